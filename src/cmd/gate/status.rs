//! `cask gate status`: who signed what, until when, and what is missing. Shows; never fails a run.

use crate::cmd::ctx::Ctx;
use crate::cmd::deliver::{for_reader, style};
use crate::cmd::failed::Outcome;
use crate::cmd::gate::check;
use crate::cmd::options::{PackArgs, TrustArgs};
use crate::cmd::packs::find;
use crate::report::{json, status};

/// Options of `gate status`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    packs: PackArgs,
    #[command(flatten)]
    trust: TrustArgs,
    /// Only subjects that stand so: pending, approved, exempted or rejected
    #[arg(short, long, value_name = "STATUS", value_parser = ["pending", "approved", "exempted", "rejected"], hide_possible_values = true)]
    status: Option<String>,
    /// terminal or json
    #[arg(long, value_name = "FORMAT", default_value = "terminal", value_parser = ["terminal", "json"],
        hide_possible_values = true)]
    format: String,
}

/// Runs the command.
///
/// # Errors
/// A toolpack, trust file or lockfile that can't be read.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let place = find(&args.packs, ctx)?;
    let of_check = check::Args { packs: args.packs, trust: args.trust, ..check::Args::default() };
    let mut report = check::report("gate status", &place, &of_check, ctx)?;
    if report.trust.is_none() {
        ctx.note("there is no trust file: nobody may sign, and nothing is approved\nnext: cask init");
    }
    if let Some(wanted) = args.status.as_deref() {
        report.standings.retain(|standing| standing.status.word() == wanted);
    }
    let style = style(ctx);
    let text = match args.format.as_str() {
        "json" => json::render(&report, &style),
        _ if ctx.has_reader() => status::terminal(&for_reader(&report), &style),
        _ => status::terminal(&report, &style),
    };
    ctx.print(&text)?;
    Ok(0)
}
