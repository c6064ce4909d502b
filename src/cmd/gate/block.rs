//! `cask gate block`: signs that subjects are refused as they now stand.

use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Outcome;
use crate::cmd::gate::act::{self, Job, Ready};
use crate::cmd::gate::allow::name_all;
use crate::cmd::gate::say;
use crate::cmd::gate::sitting::{self, Sitting, SittingArgs};
use crate::gate::approve::plan_block;
use crate::gate::enter::enter;
use crate::model::lockfile::Decision;

/// Options of `gate block`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Tools by id or name; `surface` for policy, toolsets, hosts and baseline
    #[arg(value_name = "TOOL", required = true)]
    tools: Vec<String>,
    /// Why, in one line
    #[arg(short, long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    sitting: SittingArgs,
}

/// Runs the command.
///
/// # Errors
/// A name that is unknown, a key that is not listed, nobody to ask, files that can't be read or written.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let Sitting { desk, mut key, voice } = sitting::open(ctx, &args.sitting, &args.reason)?;
    let act = voice.act(Decision::Reject);
    let mut jobs = Vec::new();
    for (at, ids) in name_all(ctx, &desk, &args.tools)?.into_iter().filter(|(_, ids)| !ids.is_empty()) {
        let ready = desk.look(ctx.now, &at, |scene, before| {
            let lock = act::in_step(scene, before, ctx.now);
            let plan =
                plan_block(scene, &lock, &act, &ids).map_err(|denied| say::denied(denied, &voice.signer))?;
            Ok(plan.drafts.into_iter().map(|draft| Ready::new(ctx, scene, draft)).collect())
        })?;
        jobs.push(Job { at, ready, beside: String::new() });
    }
    act::sign(ctx, &mut key, &args.sitting.who, "refuse", &mut jobs)?;
    act::write(ctx, &desk, "refused", &jobs, enter)?;
    Ok(0)
}
