//! `cask confirm list`: the calls that wait for a person.

use serde_json::json;

use super::bench::{Bench, StoreArgs};
use super::say;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Outcome;
use crate::report::escape::json::seen;

/// List calls that wait for a person
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    #[command(flatten)]
    store: StoreArgs,
    /// Those too that are over, as long as they are kept
    #[arg(long)]
    all: bool,
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
    let now = bench.now();
    let (mut waiting, forged) = bench.store.list(args.all)?;
    if !args.all {
        waiting.retain(|one| one.challenge.status_at(now).is_open());
    }
    if forged > 0 {
        ctx.note(&format!("{forged} rows of the store were not written by cask: they count for nothing"));
    }
    let text = match args.format.as_str() {
        "json" => {
            let all: Vec<_> = waiting.iter().map(|one| say::json(one, now)).collect();
            let report = json!({"schema": "cask.confirmations/1", "confirmations": all, "forged": forged});
            seen(&format!("{report:#}\n"))
        }
        _ => {
            let paint = ctx.paint();
            let head = match args.all {
                true => format!("Confirmations: {}\n", waiting.len()),
                false => format!("Pending confirmations: {}\n", waiting.len()),
            };
            waiting.iter().fold(head, |text, one| text + &say::brief(paint, one, now))
        }
    };
    ctx.print(&text)?;
    Ok(0)
}
