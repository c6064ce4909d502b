//! `cask verify`: does a toolpack hold what was written down for it: its contracts, its own surface, and what recorded
//! calls answered. Judges what is there, not who signed it.

pub mod args;
mod file;
mod governance;
pub mod governed;
mod input;
pub mod pack;

pub use args::Args;

use pack::{Beside, Came};

use super::ctx::Ctx;
use super::deliver::deliver;
use super::evidence;
use super::evidence::keep::{deliver_kept, inputs};
use super::failed::{Failed, Outcome};
use super::packs::{self, Place};
use super::sources;
use crate::canon::Fault;
use crate::io::load::{self, Loaded};
use crate::judge::{Input, judge};
use crate::model::gate_config::{FailOn, GateFile};
use crate::model::report::{Publication, Report, Source};
use crate::model::risk::RiskTier;
use crate::model::verified::Governance;

/// Runs the command.
///
/// # Errors
/// A file that cannot be read, or nothing that could be checked.
pub fn run(mut args: Args, ctx: &mut Ctx) -> Outcome {
    if let Some(bundle) = args.of_bundle(ctx)? {
        let args = evidence::verify::Args::of(bundle, args.trust, args.report.format.as_deref())?;
        return evidence::verify::run(args, ctx);
    }
    let folder = file::folder(&mut args.report)?;
    let is_kept = args.evidence.asked(&args.report)?;
    if is_kept && (args.capture.is_some() || args.playbook.is_some()) {
        return Err(Failed::new(
            "usage",
            "--evidence",
            "evidence names the files of toolpacks, and no recording or page",
        )
        .hint("leave --capture, --playbook and --ui-assertions away"));
    }
    let beside = beside(&args, ctx)?;
    let place = packs::find(&args.packs, ctx)?;
    let before = if is_kept { inputs(&place)? } else { Vec::new() };
    let came = came(&place, &beside, ctx)?;
    let own: Vec<Report> = match folder {
        Some(_) => came.apart().map(|own| report(own, &place, &beside, ctx)).collect(),
        None => Vec::new(),
    };
    let report = report(came, &place, &beside, ctx);
    if is_kept && inputs(&place)? != before {
        return Err(Failed::new("input", "the toolpacks", "they changed while they were verified")
            .hint("run this again"));
    }
    if let Some(folder) = folder {
        file::write(&folder, &own, ctx)?;
    }
    if !is_kept {
        return deliver(&report, &args.report, ctx);
    }
    let trust = |ctx: &mut Ctx| evidence::verify::trust(&args.trust, ctx);
    deliver_kept(&report, before, &args.evidence, &args.report, trust, ctx)
}

/// What options, environment and config.yaml ask of every toolpack.
fn beside<'a>(args: &'a Args, ctx: &Ctx) -> Result<Beside<'a>, Failed> {
    let (sections, how) = (args.sections()?, args.how(ctx)?);
    Ok(Beside { args, sections, how, pages: input::pages(args, ctx)? })
}

/// What the toolpacks of a place come to.
fn came(place: &Place, beside: &Beside, ctx: &mut Ctx) -> Result<Came, Failed> {
    let read = |header: &String| load::toolpack(&place.tree, header);
    let loaded: Vec<Loaded> =
        place.found.iter().map(|found| read(&found.header)).collect::<Result<_, Fault>>()?;
    let governance = governance::of(place, &loaded, &beside.args.trust, ctx);
    let loaded: Vec<(Loaded, Governance)> = loaded.into_iter().zip(governance).collect();
    let came = Came::of(&place.tree, &loaded, beside, ctx)?;
    came.enough(&beside.args.require)?;
    Ok(came)
}

/// What is said of them.
fn report(mut came: Came, place: &Place, beside: &Beside, ctx: &Ctx) -> Report {
    let args = beside.args;
    let mut report = judge(Input {
        command: "verify",
        gate: &GateFile::default(),
        fail_on: args.report.fail_on.unwrap_or(FailOn::Any),
        min_risk: args.report.min_risk.unwrap_or(RiskTier::Safe),
        packs: std::mem::take(&mut came.judged),
        repository: Vec::new(),
        trust: None,
        trust_used: None,
        gate_source: None,
        base: Source::none(),
        head: sources::work_tree(place.repo.is_some()),
        publication: Publication::default(),
        now: ctx.now,
        base_name: None,
    });
    came.tell(&mut report, beside);
    report
}
