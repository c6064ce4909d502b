//! `cask gate resign`: signs your own approvals anew, with a new key or because time ended them. Nothing that
//! does not verify, nothing in another's name.

use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Outcome;
use crate::cmd::gate::act::{self, Job, Ready};
use crate::cmd::gate::sitting::{self, Sitting, SittingArgs};
use crate::gate::enter::enter;
use crate::gate::resign::plan;
use crate::model::lockfile::Decision;

/// Options of `gate resign`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Why, in one line (default: the reason that was given before)
    #[arg(short, long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: String,
    #[command(flatten)]
    sitting: SittingArgs,
}

/// Runs the command.
///
/// # Errors
/// A key that may not sign, nobody to ask, files that can't be read or written.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let Sitting { desk, mut key, voice } = sitting::open(ctx, &args.sitting, &args.reason)?;
    let act = voice.act(Decision::Approve);
    let mut jobs = Vec::new();
    for at in &desk.packs {
        let ready: Vec<Ready> = desk.look(ctx.now, at, |scene, before| {
            let lock = act::in_step(scene, before, ctx.now);
            Ok(plan(scene, &lock, &act).into_iter().map(|draft| Ready::new(ctx, scene, draft)).collect())
        })?;
        if !ready.is_empty() {
            jobs.push(Job { at: at.clone(), ready, beside: String::new() });
        }
    }
    if jobs.is_empty() {
        ctx.print("nothing of yours needs a new signature\n")?;
        return Ok(0);
    }
    act::sign(ctx, &mut key, &args.sitting.who, "approve again", &mut jobs)?;
    act::write(ctx, &desk, "signed again", &jobs, enter)?;
    Ok(0)
}
