//! `cask ci`: what a pull request changes about what agents may do, and whether that was approved.
//!
//! Both sides come from git objects, never from the work tree; trust comes from where the head cannot reach.

mod actions;
mod args;
mod drift;
mod found;
mod trust;
mod whole;

pub use args::{Args, Task};
pub use trust::no_trust;
pub use whole::report;

use super::ctx::Ctx;
use super::deliver::deliver;
use super::failed::{Failed, Outcome};
use crate::model::report::Report;

/// Runs the command.
///
/// # Errors
/// Whatever kept it from judging.
pub fn run(mut args: Args, ctx: &mut Ctx) -> Outcome {
    // An event that names nobody fills the option with nothing: not known, not somebody without a name.
    args.author = args.author.filter(|login| !login.trim().is_empty());
    match actions::Around::here(ctx) {
        Ok(Some(around)) => return actions::run(&args, &around, ctx),
        Ok(None) => {}
        Err(failed) => return Err(actions::refused(failed, ctx)),
    }
    let report = judged(&args, ctx)?;
    deliver(&report, &args.report, ctx)
}

/// What this command would report.
///
/// # Errors
/// Whatever kept it from judging.
pub fn judged(args: &Args, ctx: &mut Ctx) -> Result<Report, Failed> {
    let refs = args::resolve(args, ctx)?;
    report(args, &refs, ctx)
}
