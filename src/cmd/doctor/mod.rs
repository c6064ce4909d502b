//! `cask doctor`: what is in order and what is not, each with what helps: the settings of a repository on GitHub, or a
//! toolpack on this machine that is to be served.

pub mod args;
mod container;
mod github;
mod page;
mod servers;
pub mod shape;
pub(in crate::cmd) mod toolpack;

pub use args::Args;

use super::ctx::Ctx;
use super::failed::Outcome;

/// Runs the command.
///
/// # Errors
/// What is to be looked at can't be.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    match args.github {
        true => github::run(&args, ctx),
        false => toolpack::run(&args, ctx),
    }
}
