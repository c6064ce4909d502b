//! `cask ci` as a step of GitHub Actions: the runner's variables and the event in; verdict, files, outputs, summary
//! and annotations out, in that order, and then whatever needs the network. What could not be told changes no verdict.

mod around;
mod judged;
mod log;
mod outcome;
mod refs;
mod server;
mod stage2;
mod step;
mod summary;

pub use around::Around;
pub use step::{part, put_together, refused, run};
