//! `cask verify`: does a toolpack hold what was written down for it: its contracts, its own surface, and what recorded
//! calls answered. Judges what is there, not who signed it.

mod args;
mod file;
mod governance;
mod input;

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
use crate::model::page_assertions::PageAssertions;
use crate::model::phrase::Phrase;
use crate::model::report::{Publication, Report, Source, SourceKind};
use crate::model::risk::RiskTier;
use crate::model::verified::{NOT_ASKED, Section, SectionReport, State, Strictness, Verified, VerifiedPack};
use crate::verify::{self, Asked, Operations};

/// Runs the command.
///
/// # Errors
/// A file that cannot be read, or nothing that could be checked.
pub fn run(mut args: Args, ctx: &mut Ctx) -> Outcome {
    let folder = file::folder(&mut args.report)?;
    let place = packs::find(&args.packs, ctx)?;
    let report = report(&place, &args, ctx)?;
    if let Some(folder) = folder {
        file::write(&folder, &report, ctx)?;
    }
    deliver(&report, &args.report, ctx)
}

/// What the toolpacks of a place come to.
///
/// # Errors
/// A file that cannot be read, or nothing that could be checked.
pub fn report(place: &Place, args: &Args, ctx: &mut Ctx) -> Result<Report, Failed> {
    let (sections, how) = (args.sections()?, args.how(ctx)?);
    let pages = input::pages(args, ctx)?;
    let read = |header: &String| load::toolpack(&place.tree, header);
    let loaded: Vec<Loaded> =
        place.found.iter().map(|found| read(&found.header)).collect::<Result<_, Fault>>()?;
    let governance = governance::of(place, &loaded, ctx);
    let (mut judged, mut packs, mut heard) = (Vec::new(), Vec::new(), Vec::new());
    let asked = Beside { args, sections: &sections, how, pages: pages.as_ref() };
    for (loaded, governance) in loaded.iter().zip(governance) {
        let (reports, findings, told) = one(place, loaded, &asked, ctx)?;
        heard.extend(told);
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
    report.notes.extend(heard);
    report.verified = Some(verified);
    Ok(report)
}

/// What is asked of every toolpack.
struct Beside<'a> {
    args: &'a Args,
    sections: &'a [Section],
    how: Strictness,
    pages: Option<&'a PageAssertions>,
}

/// A toolpack's sections, what is wrong with it, and what is to be known of the recording.
type One = (Vec<SectionReport>, Vec<Finding>, Option<Phrase>);

fn one(place: &Place, loaded: &Loaded, beside: &Beside, ctx: &Ctx) -> Result<One, Failed> {
    let asks = |section| beside.sections.contains(&section);
    let contracts = match asks(Section::Contracts) || asks(Section::Outcomes) {
        true => load::contracts(&place.tree, &loaded.pack)?,
        false => None,
    };
    let operations = Operations::read(&loaded.pack)?;
    let capture = beside.args.capture.as_deref();
    let heard = capture.map(|named| input::recorded(named, &operations, beside.pages, ctx)).transpose()?;
    let (recorded, told) = heard.unzip();
    let asked = Asked {
        operations: &operations,
        sections: beside.sections,
        how: beside.how,
        contracts: contracts.as_ref(),
        pages: beside.pages,
        recorded: recorded.as_ref(),
    };
    let (sections, findings) = verify::run(&asked);
    Ok((sections, findings, told))
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
            let failed = sections().filter(|own| own.state != State::NotRun || own.why.plain() != NOT_ASKED).fold(
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
                // Why stands with the section.
                false => report.not_looked_at.push(named),
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
