//! `cask gate block`: signs that subjects are refused as they now stand.

use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Outcome;
use crate::cmd::gate::act::{self, Job, Ready, WhoArgs};
use crate::cmd::gate::allow::{name_all, reason};
use crate::cmd::gate::desk::{Desk, Unnamed};
use crate::cmd::gate::say;
use crate::cmd::options::{PackArgs, TrustArgs};
use crate::gate::approve::plan_block;
use crate::gate::draft::Act;
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
    packs: PackArgs,
    #[command(flatten)]
    trust: TrustArgs,
    #[command(flatten)]
    who: WhoArgs,
}

/// Runs the command.
///
/// # Errors
/// A name that is unknown, a key that is not listed, nobody to ask, files that can't be read or written.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let reason = reason(&args.reason)?;
    let desk = Desk::open(ctx, &args.packs, &args.trust, Unnamed::One)?;
    let mut key = act::key(ctx, &desk, &args.who)?;
    desk.tell_trust(ctx);
    let (signer, key_id) = (key.signer.clone(), key.key_id.clone());
    let act = Act {
        decision: Decision::Reject,
        signer: &signer,
        key_id: &key_id,
        reason: &reason,
        now: ctx.now,
        expires_at: None,
    };
    let mut jobs = Vec::new();
    for (at, ids) in name_all(ctx, &desk, &args.tools)?.into_iter().filter(|(_, ids)| !ids.is_empty()) {
        let ready = desk.look(ctx.now, &at, |scene, before| {
            let lock = act::in_step(scene, before, ctx.now);
            let plan = plan_block(scene, &lock, &act, &ids).map_err(|denied| say::denied(denied, &signer))?;
            Ok(plan.drafts.into_iter().map(|draft| Ready::new(ctx, scene, draft)).collect())
        })?;
        jobs.push(Job { at, ready, beside: String::new() });
    }
    act::sign(ctx, &mut key, &args.who, "refuse", &mut jobs)?;
    act::write(ctx, &desk, "refused", &jobs, enter)?;
    Ok(0)
}
