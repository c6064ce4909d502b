//! A browser of this machine, steered over the DevTools protocol: started with a profile of its own, watched, and ended
//! with all that it started. What it says is bounded and believed in nothing; what it means, `capture::browser` knows.

mod connection;
pub mod find;
mod launch;
pub mod login;
mod look;
mod page;
mod play;
pub mod record;
pub mod sights;
pub mod state;
mod steer;
mod windows;

pub use launch::Launch;
