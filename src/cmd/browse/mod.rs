//! A page on the command line in, what a browser tells of it out: options, files and the environment become a recording, and
//! what was noticed becomes sentences.

mod args;
mod record;
mod told;

pub use args::BrowserArgs;
pub use record::{Browsed, record};
