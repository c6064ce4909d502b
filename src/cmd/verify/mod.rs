//! `cask verify`: does a toolpack hold what was written down for it: its contracts, its own surface, and what recorded
//! calls answered. Judges what is there, not who signed it.

pub mod args;
mod file;
mod governance;
pub mod governed;
mod input;
mod live;
pub mod pack;

pub use args::Args;

use pack::{Beside, Came};

use super::ctx::Ctx;
use super::deliver::deliver;
use super::evidence;
use super::evidence::keep::{inputs, keep};
use super::failed::{Failed, Outcome};
use super::live::strangers;
use super::packs::{self, Place};
use crate::canon::Fault;
use crate::io::load::{self, Loaded};
use crate::judge::{Input, judge};
use crate::model::gate_config::{FailOn, GateFile};
use crate::model::report::{Publication, Report, Source, SourceKind};
use crate::model::risk::RiskTier;
use crate::model::verified::Section;

/// Runs the command.
///
/// # Errors
/// A file that cannot be read, or nothing that could be checked.
pub fn run(mut args: Args, ctx: &mut Ctx) -> Outcome {
    if let Some(bundle) = args.bundle.take() {
        return evidence::verify::run(
            evidence::verify::Args::of(bundle, args.report.format.as_deref())?,
            ctx,
        );
    }
    let folder = file::folder(&mut args.report)?;
    let is_kept = args.evidence.asked(&args.report)?;
    if is_kept && (args.capture.is_some() || args.playbook.is_some() || args.live) {
        return Err(Failed::new(
            "usage",
            "--evidence",
            "evidence names the files of toolpacks, and no recording, answer or page",
        )
        .hint("leave --capture, --live, --playbook and --ui-assertions away"));
    }
    let beside = beside(&args, ctx)?;
    if args.live {
        strangers::refused("--live", "nothing is asked or played for a change from outside", ctx).map_err(
            |failed| failed.hint("ask on a schedule or by hand: cask verify --toolpack DIR --live"),
        )?;
    }
    let place = packs::find(&args.packs, ctx)?;
    let before = if is_kept { inputs(&place)? } else { Vec::new() };
    let report = report(&place, &beside, ctx)?;
    if is_kept {
        if inputs(&place)? != before {
            return Err(Failed::new("input", "the toolpacks", "they changed while they were verified")
                .hint("run this again"));
        }
        keep(&report, before, &args.evidence, evidence::verify::in_force, ctx)?;
    }
    if let Some(folder) = folder {
        file::write(&folder, &report, ctx)?;
    }
    deliver(&report, &args.report, ctx)
}

/// What options, environment and config.yaml ask of every toolpack.
fn beside<'a>(args: &'a Args, ctx: &Ctx) -> Result<Beside<'a>, Failed> {
    let (sections, how) = (args.sections(ctx)?, args.how(ctx)?);
    Ok(Beside { args, sections, how, pages: input::pages(args, ctx)? })
}

/// What the toolpacks of a place come to.
fn report(place: &Place, beside: &Beside, ctx: &mut Ctx) -> Result<Report, Failed> {
    let args = beside.args;
    let read = |header: &String| load::toolpack(&place.tree, header);
    let loaded: Vec<Loaded> =
        place.found.iter().map(|found| read(&found.header)).collect::<Result<_, Fault>>()?;
    let governance = governance::of(place, &loaded, ctx);
    let mut came = Came::default();
    for ((found, loaded), governance) in place.found.iter().zip(&loaded).zip(governance) {
        let asks = args.live && beside.sections.contains(&Section::Outcomes);
        let live = asks.then(|| live::asked((place, found), loaded, args, ctx)).transpose()?;
        came.add(&place.tree, (loaded, governance), beside, live, ctx)?;
    }
    came.enough(&args.require)?;
    let kind = if place.repo.is_some() { SourceKind::Worktree } else { SourceKind::Folder };
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
        head: Source { kind, commit: None, name: "work tree".to_owned() },
        publication: Publication::default(),
        now: ctx.now,
        base_name: None,
    });
    came.tell(&mut report, beside);
    Ok(report)
}
