//! `cask verify`: does a toolpack hold what was written down for it: its contracts, its own surface, and what recorded
//! calls answered. Judges what is there, not who signed it.

pub mod args;
mod file;
mod governance;
pub mod governed;
mod input;
mod live;
pub mod pack;
mod played;

pub use args::Args;

use input::Pages;
use pack::{Beside, Came, Now};

use super::ctx::Ctx;
use super::deliver::deliver;
use super::evidence;
use super::evidence::keep::{deliver_kept, inputs};
use super::failed::{Failed, Outcome};
use super::live::strangers;
use super::packs::{self, Place};
use super::sources;
use crate::canon::Fault;
use crate::cmd::options::usual_fail_on;
use crate::gate::discovery::Found;
use crate::io::load::{self, Loaded};
use crate::judge::{Input, judge};
use crate::model::gate_config::GateFile;
use crate::model::report::{Publication, Report, Source};
use crate::model::risk::RiskTier;
use crate::model::verified::{Governance, Section};
use crate::verify::Operations;

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
    let (sections, how) = (args.sections(ctx)?, args.how(ctx)?);
    Ok(Beside { args, sections, how, pages: input::pages(args, ctx)? })
}

/// What the APIs of a toolpack answer now, and what its pages show.
fn now(at: (&Place, &Found), loaded: &Loaded, beside: &Beside, ctx: &mut Ctx) -> Result<Now, Failed> {
    let (args, mut now) = (beside.args, Now::default());
    if beside.sections.contains(&Section::Outcomes) {
        let (live, told) = live::asked(at, loaded, args, ctx)?;
        now.live = Some(live);
        now.told.push(told);
    }
    if let Some(Pages { playbook: (file, text), assertions }) = &beside.pages {
        if at.0.found.len() > 1 {
            return Err(Failed::new("usage", "--playbook", "a playbook is played for one toolpack")
                .hint("name it: --toolpack <folder>"));
        }
        let operations = Operations::read(&loaded.pack)?;
        played::played(args, (file, text), assertions, &operations, &mut now, ctx)?;
    }
    Ok(now)
}

/// What the toolpacks of a place come to.
fn came(place: &Place, beside: &Beside, ctx: &mut Ctx) -> Result<Came, Failed> {
    let read = |header: &String| load::toolpack(&place.tree, header);
    let loaded: Vec<Loaded> =
        place.found.iter().map(|found| read(&found.header)).collect::<Result<_, Fault>>()?;
    let governance = governance::of(place, &loaded, &beside.args.trust, ctx);
    let mut asked = Vec::new();
    if beside.args.live {
        for at in place.found.iter().zip(&loaded) {
            asked.push(now((place, at.0), at.1, beside, ctx)?);
        }
    }
    let loaded: Vec<(Loaded, Governance)> = loaded.into_iter().zip(governance).collect();
    let came = Came::of(&place.tree, &loaded, beside, asked, ctx)?;
    came.enough(&beside.args.require)?;
    Ok(came)
}

/// What is said of them.
fn report(mut came: Came, place: &Place, beside: &Beside, ctx: &Ctx) -> Report {
    let args = beside.args;
    let mut report = judge(Input {
        command: "verify",
        gate: &GateFile::default(),
        fail_on: args.report.fail_on(None, usual_fail_on("verify")),
        min_risk: args.report.min_risk.unwrap_or(RiskTier::Safe),
        packs: std::mem::take(&mut came.judged),
        repository: Vec::new(),
        trust: None,
        trust_used: None,
        gate_source: None,
        base: Source::none(),
        head: sources::work_tree(place.repo.is_some()),
        publication: Publication { reader: place.here(&ctx.cwd), ..Publication::default() },
        now: ctx.now,
        base_name: None,
    });
    came.tell(&mut report, beside);
    report
}
