//! `cask verify`: does a toolpack hold what was written down for it: its contracts, its own surface, and what recorded
//! calls answered. Judges what is there, not who signed it.

mod args;
mod governance;

pub use args::Args;

use super::ctx::Ctx;
use super::deliver::deliver;
use super::failed::{Failed, Outcome};
use super::packs::{self, Place};
use crate::canon::Fault;
use crate::io::load::{self, Loaded};
use crate::judge::pack::JudgedPack;
use crate::judge::{Input, hide, judge};
use crate::model::finding::{Covers, Finding};
use crate::model::gate_config::{FailOn, GateFile};
use crate::model::phrase::Phrase;
use crate::model::report::{Publication, Report, Source, SourceKind};
use crate::model::risk::RiskTier;
use crate::model::verified::{Section, SectionReport, State, Strictness, Verified, VerifiedPack};
use crate::verify::{self, Asked, Operations};

/// Runs the command.
///
/// # Errors
/// A file that cannot be read, or nothing that could be checked.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let how = args.how(ctx)?;
    let place = packs::find(&args.packs, ctx)?;
    let report = report(&place, &args, how, ctx)?;
    deliver(&report, &args.report, ctx)
}

/// What the toolpacks of a place come to.
fn report(place: &Place, args: &Args, how: Strictness, ctx: &mut Ctx) -> Result<Report, Failed> {
    let sections = args.sections();
    let read = |header: &String| load::toolpack(&place.tree, header);
    let loaded: Vec<Loaded> =
        place.found.iter().map(|found| read(&found.header)).collect::<Result<_, Fault>>()?;
    let governance = governance::of(place, &loaded, ctx);
    let (mut judged, mut packs) = (Vec::new(), Vec::new());
    for (loaded, governance) in loaded.iter().zip(governance) {
        let (reports, findings) = one(place, loaded, &sections, how)?;
        let pack = &loaded.pack;
        packs.push(VerifiedPack {
            id: pack.header.toolpack_id.clone(),
            path: pack.dir.clone(),
            governance,
            tools: pack.manifest.tools.iter().map(|tool| tool.name.clone()).collect(),
            sections: reports,
        });
        judged.push(pack_of(loaded, findings));
    }
    enough(&packs, &args.require)?;
    let in_repo = place.repo.is_some();
    let kind = if in_repo { SourceKind::Worktree } else { SourceKind::Folder };
    let mut report = judge(Input {
        command: "verify",
        gate: &GateFile::default(),
        fail_on: args.report.fail_on.unwrap_or(FailOn::Any),
        min_risk: args.report.min_risk.unwrap_or(RiskTier::Safe),
        packs: judged,
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
    let mut verified = Verified { asked: sections, how, packs };
    hide::in_verified(&mut verified);
    tell(&mut report, &verified);
    report.verified = Some(verified);
    Ok(report)
}

/// One toolpack: its sections, and what is wrong with it.
fn one(
    place: &Place,
    loaded: &Loaded,
    sections: &[Section],
    how: Strictness,
) -> Result<(Vec<SectionReport>, Vec<Finding>), Failed> {
    let asks = |section| sections.contains(&section);
    let contracts = match asks(Section::Contracts) || asks(Section::Outcomes) {
        true => load::contracts(&place.tree, &loaded.pack)?,
        false => None,
    };
    let operations = Operations::read(&loaded.pack)?;
    let asked = Asked { operations: &operations, sections, how, contracts: contracts.as_ref(), recorded: None };
    Ok(verify::run(&asked))
}

fn pack_of(loaded: &Loaded, findings: Vec<Finding>) -> JudgedPack {
    let pack = &loaded.pack;
    JudgedPack {
        id: pack.header.toolpack_id.clone(),
        name: pack.header.name.clone(),
        path: pack.dir.clone(),
        tools: pack.manifest.tools.len(),
        hosts: pack.header.allowed_hosts.clone(),
        changes: findings.into_iter().map(|finding| finding.covered_by(Covers::Nothing)).collect(),
        moved: (0, 0, 0, pack.manifest.tools.len()),
        ..JudgedPack::default()
    }
}

/// Nothing that was checked is nothing that passed, and so is a section that somebody counts on.
fn enough(packs: &[VerifiedPack], required: &[Section]) -> Result<(), Failed> {
    for pack in packs {
        let sections = || pack.sections.iter();
        let path = if pack.path.is_empty() { "." } else { &pack.path };
        let lacking = sections().find(|own| required.contains(&own.section) && !own.state.ran());
        if let Some(own) = lacking {
            let word = own.section.word();
            return Err(Failed::new("input", path, format!("{word} was not checked, and is required"))
                .why(own.why.plain())
                .hint("give it what it needs, or leave --require away"));
        }
        if !sections().any(|own| own.state.ran()) {
            let failed = Failed::new("input", path, "nothing was verified");
            let failed = sections().filter(|own| own.state != State::NotRun || own.why.plain() != verify::NOT_ASKED).fold(
                failed,
                |failed, own| failed.why(format!("{}: {}", own.section.word(), own.why.plain())),
            );
            return Err(failed.hint("cask verify --toolpack <folder>, for all that can be checked"));
        }
    }
    Ok(())
}

/// What was looked at, and what was not.
fn tell(report: &mut Report, verified: &Verified) {
    let tools: usize = verified.packs.iter().map(|pack| pack.tools.len()).sum();
    report.looked_at.push(Phrase::say(format!("{tools} tools")));
    for section in &verified.asked {
        let state = |pack: &VerifiedPack| pack.sections.iter().find(|own| own.section == *section).cloned();
        for (pack, own) in verified.packs.iter().filter_map(|pack| Some((pack, state(pack)?))) {
            let word = Phrase::say(section.word());
            let named = match verified.packs.len() {
                1 => word,
                _ => word.and_say(" of ").and_quote(&pack.path),
            };
            match own.state.ran() {
                true => report.looked_at.push(named),
                false => report.not_looked_at.push(named.and_say(": ").and(own.why)),
            }
        }
    }
    report.not_looked_at.extend(["changes (cask diff)", "the live API"].map(Phrase::say));
    for pack in &verified.packs {
        let told = Phrase::say("governance: ").and_say(pack.governance.word());
        report.notes.push(match verified.packs.len() {
            1 => told,
            _ => Phrase::quote(&pack.path).and_say(": ").and(told),
        });
    }
}
