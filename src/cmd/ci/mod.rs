//! `cask ci`: what a pull request changes about what agents may do, and whether that was approved.
//!
//! Both sides come from git objects, never from the work tree; trust comes from where the head cannot reach.

mod actions;
mod args;
mod drift;
mod found;
mod state;
mod trust;
mod whole;

pub use actions::{Around, put_together, refused};
pub use args::{Args, Task};
pub use whole::report;

use super::ctx::Ctx;
use super::deliver::{deliver, place};
use super::failed::{Failed, Outcome};
use super::handed::file::{HandOver, Outcome as Came, Refused};
use super::handed::shard::Shard;
use super::packs::here_in;
use crate::io::fs;
use crate::judge::hide;
use crate::model::report::Report;

/// Runs the command.
///
/// # Errors
/// Whatever kept it from judging.
pub fn run(mut args: Args, ctx: &mut Ctx) -> Outcome {
    // An event that names nobody fills the option with nothing: not known, not somebody without a name.
    args.author = args.author.filter(|login| !login.trim().is_empty());
    // Who says what is compared does not ask the event.
    let is_told = args.base_ref.is_some() || args.head_ref.as_deref().is_some_and(|name| name != "HEAD");
    let around = if is_told { Ok(None) } else { actions::Around::here(ctx) };
    match (around, args.shard) {
        (Ok(around), Some(shard)) => return hand_over(&args, shard, around.as_ref(), ctx),
        (Ok(Some(around)), None) => return actions::run(&args, &around, ctx),
        (Ok(None), None) => {}
        (Err(failed), _) => return Err(actions::refused(failed, ctx)),
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
    let mut report = report(args, &refs, ctx)?;
    if let Some(repo) = refs.commits.repo() {
        report.publication.reader = here_in(&ctx.cwd, repo.root());
    }
    Ok(report)
}

/// Judges one part and writes it where it was asked for, or why it could not be judged: what stands there of an earlier
/// run must not be taken for this one.
fn hand_over(args: &Args, shard: Shard, around: Option<&actions::Around>, ctx: &mut Ctx) -> Outcome {
    let part = match around {
        Some(around) => actions::part(args, around, ctx, shard),
        None => args::resolve(args, ctx).and_then(|refs| whole::part(args, &refs, ctx, shard)),
    };
    let (came, told) = match part {
        Ok(part) => {
            let (own, all) = (part.packs.len(), part.run.toolpacks);
            (Came::Judged(Box::new(part)), Ok(format!("part {shard}: {own} of {all} toolpacks judged")))
        }
        Err(mut failed) => {
            hide::in_error(&mut failed.0);
            (Came::Error(Refused::of(&failed.0)), Err(failed))
        }
    };
    let text = HandOver::new(shard, ctx.now, came).text();
    let written = match place(&args.report) {
        Some(path) => fs::write_atomic(&ctx.cwd.join(path), text.as_bytes()).map_err(Failed::from),
        None => ctx.print(&text),
    };
    let told = match (told, written) {
        (Ok(told), written) => written.map(|()| told),
        (Err(failed), Ok(())) => Err(failed),
        (Err(failed), Err(second)) => {
            Err(failed.why(format!("and that could not be handed over: {}", second.0.message)))
        }
    }?;
    ctx.note(&format!("{told}; `cask report merge` makes the one report of all {}", shard.n()));
    Ok(0)
}
