//! A page on the command line in, what a browser tells of it out: options, files and the environment become a recording, and
//! what was noticed becomes sentences.

mod args;
mod led;
mod played;
mod record;
mod told;

pub use args::{BrowserArgs, LaunchArgs};
pub use played::{Played, played};
pub use record::{Browsed, record};
