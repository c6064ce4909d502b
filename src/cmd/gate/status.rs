//! `cask gate status`: who signed what, until when, and what is missing. Shows; never fails a run.

use crate::cmd::ctx::Ctx;
use crate::cmd::deliver::style;
use crate::cmd::failed::{Failed, Outcome};
use crate::cmd::gate::desk::Desk;
use crate::cmd::in_force::InForce;
use crate::cmd::judging::{Bench, judge_packs};
use crate::cmd::options::{PackArgs, TrustArgs};
use crate::gate::discovery::{Found, Paired};
use crate::judge::{Input, judge};
use crate::model::gate_config::FailOn;
use crate::model::lockfile::Status;
use crate::model::phrase::Phrase;
use crate::model::report::{Publication, Report, Source, SourceKind};
use crate::model::risk::RiskTier;
use crate::report::{json, status};

/// Options of `gate status`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    packs: PackArgs,
    #[command(flatten)]
    trust: TrustArgs,
    /// Only subjects that stand so: pending, approved, exempted or rejected
    #[arg(short, long, value_name = "STATUS", value_parser = ["pending", "approved", "exempted", "rejected"])]
    status: Option<String>,
    /// terminal or json
    #[arg(long, value_name = "FORMAT", default_value = "terminal", value_parser = ["terminal", "json"])]
    format: String,
}

/// Runs the command.
///
/// # Errors
/// A toolpack, trust file or lockfile that can't be read.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let desk = Desk::open(ctx, &args.packs, &args.trust)?;
    let mut report = report(ctx, &desk)?;
    if desk.standing.source.is_none() {
        ctx.note("there is no trust file: nobody may sign, nothing is approved (cask trust init --id NAME)");
    }
    if let Some(wanted) = args.status.as_deref() {
        report.standings.retain(|standing| standing.status.word() == wanted);
    }
    let style = style(ctx);
    let text = match args.format.as_str() {
        "json" => json::render(&report, &style),
        _ => status::terminal(&report, &style),
    };
    ctx.print(&text)?;
    Ok(0)
}

fn report(ctx: &Ctx, desk: &Desk) -> Result<Report, Failed> {
    let standing = &desk.standing;
    let keyring = crate::cmd::anchor::keyring(&standing.trust)?;
    let bench = Bench {
        head: &desk.head,
        base: desk.base.as_ref().map(|(tree, _)| tree),
        bootstrap: desk.bootstrap,
        keyring: &keyring,
        gate: &standing.gate,
        author: None,
        now: ctx.now,
    };
    let mut paired = Vec::new();
    for at in &desk.packs {
        let id = desk.load(at)?.pack.header.toolpack_id;
        let base = desk.base_of(&at.header, &id)?;
        paired.push(Paired { head: Some(Found { header: at.header.clone(), id }), base });
    }
    let packs = judge_packs(&bench, paired)?;
    let trust = standing.source.as_ref().map(|source| InForce {
        trust: standing.trust.clone(),
        source: source.clone(),
        anchored: standing.anchored,
        off_pin: None,
    });
    let nowhere = || Source { kind: SourceKind::None, commit: None, name: String::new() };
    let mut report = judge(Input {
        command: "gate status",
        gate: &standing.gate,
        fail_on: FailOn::Never,
        min_risk: RiskTier::Safe,
        packs,
        repository: Vec::new(),
        trust: trust.as_ref().map(|t| &t.trust),
        trust_used: trust.as_ref().map(|t| t.shown(ctx.now, None)),
        gate_source: None,
        base: desk.base.as_ref().map_or_else(nowhere, |(_, source)| source.clone()),
        head: Source { kind: SourceKind::Worktree, commit: None, name: "the work tree".to_owned() },
        publication: Publication::default(),
        now: ctx.now,
        base_name: None,
    });
    if report.standings.iter().any(|s| s.status == Status::Pending) && trust.is_none() {
        report.notes.push(Phrase::say("there is no trust file: nobody may sign"));
    }
    Ok(report)
}
