//! `cask gate withdraw`: signs that a tool goes, so that its removal is nobody's accident and its old
//! approvals don't come back.

use crate::cmd::ctx::Ctx;
use crate::cmd::failed::{Failed, Outcome};
use crate::cmd::gate::act::{self, Job, Ready};
use crate::cmd::gate::say;
use crate::cmd::gate::sitting::{self, Sitting, SittingArgs};
use crate::gate::withdraw::{enter, plan, select_gone};
use crate::model::lockfile::Decision;

/// Options of `gate withdraw`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Tools that are gone from tools.json, by id or name
    #[arg(value_name = "TOOL", required = true)]
    tools: Vec<String>,
    /// Why, in one line
    #[arg(short, long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: String,
    #[command(flatten)]
    sitting: SittingArgs,
}

/// Runs the command.
///
/// # Errors
/// A tool that is still there or unknown, a key that may not sign, nobody to ask, files that can't be read or
/// written.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let Sitting { desk, mut key, voice } = sitting::open(ctx, &args.sitting, &args.reason)?;
    let [at] = desk.packs.as_slice() else {
        return Err(Failed::new("usage", "", "name one toolpack: tools that are gone are named within it"));
    };
    let act = voice.act(Decision::Withdraw);
    let ready = desk.look(ctx.now, at, |scene, before| {
        let lock = act::in_step(scene, before, ctx.now);
        let tools = select_gone(scene, &lock, &args.tools).map_err(|bad| say::not_gone(&bad))?;
        let drafts = plan(scene, &lock, &act, &tools).map_err(|denied| say::denied(denied, &voice.signer))?;
        Ok(drafts.into_iter().map(|draft| Ready::new(ctx, scene, draft)).collect())
    })?;
    let mut jobs = [Job { at: at.clone(), ready, beside: String::new() }];
    act::sign(ctx, &mut key, &args.sitting.who, "withdraw", &mut jobs)?;
    act::write(ctx, &desk, "withdrawn", &jobs, enter)?;
    Ok(0)
}
