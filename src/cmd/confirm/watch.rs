//! `cask confirm watch`: shows calls as they come to wait, until it is ended or nobody reads on.

use std::collections::BTreeMap;
use std::time::Duration;

use super::bench::{Bench, StoreArgs};
use super::say;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Outcome;
use crate::enforce::challenge::Status;
use crate::io::confirmations::person::Waiting;
use crate::report::escape::json::seen;

/// Show calls as they come to wait for a person
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    #[command(flatten)]
    store: StoreArgs,
    /// terminal or json (one object a line)
    #[arg(long, value_name = "FORMAT", default_value = "terminal", value_parser = ["terminal", "json"], hide_possible_values = true)]
    format: String,
    /// Say only so many changes, then end
    #[arg(long, value_name = "N")]
    count: Option<u64>,
}

/// How often it looks.
const PAUSE: Duration = Duration::from_millis(250);

/// Runs the command.
///
/// # Errors
/// There is no store, it can't be read, or nobody reads what is told.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let bench = Bench::open(ctx, &args.store)?;
    ctx.note("waiting for calls; Ctrl-C ends");
    let mut seen: BTreeMap<String, (Status, usize)> = BTreeMap::new();
    let mut left = args.count.unwrap_or(u64::MAX);
    let mut first = true;
    while left > 0 {
        let now = bench.now();
        let (all, _) = bench.store.list(true)?;
        for one in &all {
            let status = one.challenge.status_at(now);
            let id = one.challenge.id.as_str();
            let before = seen.insert(id.to_owned(), (status, one.grants.len()));
            // What was over before anybody watched is no news.
            let is_news = before != Some((status, one.grants.len())) && (!first || status.is_open());
            if is_news && left > 0 {
                tell(ctx, &args, one, now)?;
                left -= 1;
            }
        }
        seen.retain(|id, _| all.iter().any(|one| one.challenge.id.as_str() == id));
        first = false;
        if left > 0 {
            std::thread::sleep(PAUSE);
        }
    }
    Ok(0)
}

fn tell(ctx: &mut Ctx, args: &Args, one: &Waiting, now: i64) -> Outcome {
    let text = match args.format.as_str() {
        "json" => seen(&format!("{}\n", say::json(one, now))),
        _ => say::brief(ctx.paint(), one, now),
    };
    ctx.print(&text)?;
    ctx.out.flush()?;
    Ok(0)
}
