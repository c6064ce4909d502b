//! `cask bundle`: a toolpack with all that is needed to check who approved it, in one file; and such a file checked.

mod contents;
mod generated;
pub mod pack;
pub mod verify;
