//! `cask confirm show`: all that is known of one call that waits.

use super::bench::{Bench, StoreArgs, not_now};
use super::say;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Outcome;
use crate::io::confirmations::person::Named;
use crate::report::escape::json::seen;

/// Show a call that waits for a person
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Token, handle, code or short id
    #[arg(value_name = "TOKEN")]
    token: String,
    #[command(flatten)]
    store: StoreArgs,
    /// terminal or json
    #[arg(long, value_name = "FORMAT", default_value = "terminal", value_parser = ["terminal", "json"], hide_possible_values = true)]
    format: String,
}

/// Runs the command.
///
/// # Errors
/// There is no store, or it can't be read.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let bench = Bench::open(ctx, &args.store)?;
    let (Named::Whole(waiting) | Named::Pointed(waiting)) = bench.named(&args.token)? else {
        return not_now(ctx, "shown", &args.token, None);
    };
    let now = bench.now();
    let text = match args.format.as_str() {
        "json" => seen(&format!("{:#}\n", say::json(&waiting, now))),
        _ => {
            let paint = ctx.paint();
            let next = say::how(paint, &waiting, waiting.challenge.status_at(now));
            format!("{}\n{next}\n", say::whole(paint, &waiting, None, now))
        }
    };
    ctx.print(&text)?;
    Ok(0)
}
