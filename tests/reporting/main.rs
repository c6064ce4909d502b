//! What people and programs see of a report, by the renderers and validators that they have.

mod encoders;
mod reports;

#[path = "../support/gfm.rs"]
mod gfm;
#[path = "../support/stories.rs"]
mod stories;
