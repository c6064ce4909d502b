//! `cask confirm deny`: this call is not made.

use serde_json::json;

use super::bench::{Bench, StoreArgs, TrailArgs, not_now, one_line, person};
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Outcome;
use crate::enforce::audit::record::{Confirmation, Event};
use crate::io::confirmations::person::Named;

/// Refuse a call that waits for a person
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Token, handle, code or short id
    #[arg(value_name = "TOKEN")]
    token: String,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    trail: TrailArgs,
    /// Why, in one line
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Who you are, for the audit trail
    #[arg(long, value_name = "ID")]
    by: Option<String>,
    /// terminal or json
    #[arg(long, value_name = "FORMAT", default_value = "terminal", value_parser = ["terminal", "json"], hide_possible_values = true)]
    format: String,
}

/// Runs the command.
///
/// # Errors
/// There is no store, or store or audit trail can't be written.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let reason = one_line(args.reason)?;
    args.by.as_deref().map_or(Ok(()), person)?;
    let bench = Bench::open(ctx, &args.store)?;
    let (Named::Whole(waiting) | Named::Pointed(waiting)) = bench.named(&args.token)? else {
        return not_now(ctx, "denied", &args.token, None);
    };
    let challenge = &waiting.challenge;
    if let Err(status) = challenge.may_deny(bench.now()) {
        return not_now(ctx, "denied", &args.token, Some(status));
    }
    let trail = bench.trail(ctx, &args.trail)?;
    let told = Confirmation {
        event: Event::Deny,
        confirmation_id: challenge.id.short(),
        tool_id: Some(challenge.bindings.tool_id.clone()),
        issuer: args.by.or_else(|| ctx.var("USER").filter(|name| person(name).is_ok())),
        reason: Some(reason.clone()).filter(|reason| !reason.is_empty()),
        ..Confirmation::default()
    };
    let kept = Some(reason.as_str()).filter(|reason| !reason.is_empty());
    if let Err(status) = bench.store.deny(challenge, kept, bench.now(), || trail.write(told))? {
        return not_now(ctx, "denied", &args.token, status);
    }
    let paint = ctx.paint();
    let text = match args.format.as_str() {
        "json" => format!("{}\n", json!({"id": challenge.id.short(), "status": "denied", "reason": kept})),
        _ => {
            let mut text = format!("Denied: {}\n", paint.text(&args.token, 2000));
            if let Some(reason) = kept {
                text += &format!("Reason: {}\n", paint.text(reason, 600));
            }
            text
        }
    };
    ctx.print(&text)?;
    Ok(0)
}
