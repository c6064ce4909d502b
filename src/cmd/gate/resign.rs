//! `cask gate resign`: signs your own approvals anew, with a new key or because time ended them. Nothing that
//! does not verify, nothing in another's name.

use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Outcome;
use crate::cmd::gate::act::{self, Job, Ready, WhoArgs};
use crate::cmd::gate::allow::reason;
use crate::cmd::gate::desk::{Desk, Unnamed};
use crate::cmd::options::{PackArgs, TrustArgs};
use crate::gate::draft::Act;
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
    packs: PackArgs,
    #[command(flatten)]
    trust: TrustArgs,
    #[command(flatten)]
    who: WhoArgs,
}

/// Runs the command.
///
/// # Errors
/// A key that may not sign, nobody to ask, files that can't be read or written.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let reason = reason(&args.reason)?;
    let desk = Desk::open(ctx, &args.packs, &args.trust, Unnamed::One)?;
    let mut key = act::key(ctx, &desk, &args.who)?;
    desk.tell_trust(ctx);
    let (signer, key_id) = (key.signer.clone(), key.key_id.clone());
    let act = Act {
        decision: Decision::Approve,
        signer: &signer,
        key_id: &key_id,
        reason: &reason,
        now: ctx.now,
        expires_at: None,
    };
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
    act::sign(ctx, &mut key, &args.who, "approve again", &mut jobs)?;
    act::write(ctx, &desk, "signed again", &jobs, enter)?;
    Ok(0)
}
