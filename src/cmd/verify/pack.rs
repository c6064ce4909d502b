//! One toolpack of a tree in, what verification comes to out; and what a report says of several. The command and the
//! step of a workflow ask for the same.

use super::args::Args;
use super::input::{self, Pages};
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::io::load::{self, Loaded};
use crate::io::tree::Tree;
use crate::judge::hide;
use crate::judge::pack::JudgedPack;
use crate::model::finding::{Covers, Finding};
use crate::model::phrase::Phrase;
use crate::model::report::Report;
use crate::model::verified::{
    Governance, NOT_ASKED, Section, SectionReport, State, Strictness, Verified, VerifiedPack,
};
use crate::verify::{self, Asked, Live, Operations, Recorded, Sighted};

/// What is asked of every toolpack.
pub struct Beside<'a> {
    /// The options.
    pub args: &'a Args,
    /// Which sections.
    pub sections: Vec<Section>,
    /// How strictly.
    pub how: Strictness,
    /// What pages should show.
    pub pages: Option<Pages>,
}

/// What was asked for and looked at now, for one toolpack.
#[derive(Default)]
pub struct Now {
    /// What its APIs answered.
    pub live: Option<Live>,
    /// What was called while its playbook was played, and what the pages showed.
    pub played: Option<(Recorded, Vec<Sighted>)>,
    /// What is to be known of that.
    pub told: Vec<Phrase>,
}

/// What several toolpacks come to.
#[derive(Default)]
pub struct Came {
    /// For the judge.
    pub judged: Vec<JudgedPack>,
    packs: Vec<VerifiedPack>,
    /// What is to be known of recordings, and of calls that were made.
    heard: Vec<Phrase>,
    /// Calls that were to be made.
    asked: usize,
    /// Whether a playbook was played.
    is_played: bool,
}

impl Came {
    /// Takes a toolpack in. `now`: what was asked and played for it, if anything was.
    ///
    /// # Errors
    /// A file of it that cannot be read.
    pub fn add(
        &mut self,
        tree: &Tree,
        (loaded, governance): (&Loaded, Governance),
        beside: &Beside,
        now: Now,
        ctx: &Ctx,
    ) -> Result<(), Failed> {
        self.asked += now.live.as_ref().map_or(0, |live| live.counts().0);
        self.is_played |= now.played.is_some();
        let (sections, findings, told) = one(tree, loaded, beside, &now, ctx)?;
        self.heard.extend(now.told);
        let pack = &loaded.pack;
        self.heard.extend(told);
        self.packs.push(VerifiedPack {
            id: pack.header.toolpack_id.clone(),
            path: pack.dir.clone(),
            governance,
            tools: pack.manifest.tools.iter().map(|tool| tool.name.clone()).collect(),
            sections,
        });
        self.judged.push(pack_of(loaded, findings));
        Ok(())
    }

    /// Nothing that was checked is nothing that passed, and so is a section that somebody counts on.
    ///
    /// # Errors
    /// A toolpack of which nothing came to a pass or a fail, or not all that is required.
    pub fn enough(&self, required: &[Section]) -> Result<(), Failed> {
        for pack in &self.packs {
            let path = if pack.path.is_empty() { "." } else { &pack.path };
            let lacking = pack.sections.iter().find(|own| required.contains(&own.section) && !is_judged(own));
            if let Some(own) = lacking {
                let word = own.section.word();
                return Err(Failed::new("input", path, format!("{word} was not checked, and is required"))
                    .why(why_not(own))
                    .hint("give it what it needs, or leave --require away"));
            }
            if !pack.sections.iter().any(is_judged) {
                let asked = pack.sections.iter().filter(|own| own.why.plain() != NOT_ASKED);
                let failed = asked.fold(Failed::new("input", path, "nothing was verified"), |failed, own| {
                    failed.why(format!("{}: {}", own.section.word(), why_not(own)))
                });
                return Err(failed.hint("cask verify --toolpack <folder>, for all that can be checked"));
            }
        }
        Ok(())
    }

    /// Puts what was looked at, and what was not, into the report.
    pub fn tell(self, report: &mut Report, beside: &Beside) {
        let mut verified = Verified { asked: beside.sections.clone(), how: beside.how, packs: self.packs };
        hide::in_verified(&mut verified);
        let tools: usize = verified.packs.iter().map(|pack| pack.tools.len()).sum();
        let several = verified.packs.len() > 1;
        report.looked_at.push(Phrase::say(format!("{tools} tools")));
        for pack in &verified.packs {
            for own in pack.sections.iter().filter(|own| beside.sections.contains(&own.section)) {
                let word = Phrase::say(own.section.word());
                let named = if several { word.and_say(" of ").and_quote(&pack.path) } else { word };
                // Why not stands with the section.
                let list = if own.state.ran() { &mut report.looked_at } else { &mut report.not_looked_at };
                list.push(named);
            }
            let told = Phrase::say("governance: ").and_say(pack.governance.word());
            let named = Phrase::quote(&pack.path).and_say(": ");
            report.notes.push(if several { named.and(told) } else { told });
        }
        report.not_looked_at.push(Phrase::say("changes (cask diff)"));
        let api = match self.asked {
            0 => &mut report.not_looked_at,
            _ => &mut report.looked_at,
        };
        api.push(Phrase::say("the live API"));
        if beside.pages.is_some() {
            let list = if self.is_played { &mut report.looked_at } else { &mut report.not_looked_at };
            list.push(Phrase::say("the pages themselves"));
        }
        report.notes.extend(self.heard);
        report.verified = Some(verified);
    }
}

/// Whether anything of a section holds or does not: what could not be told is no judgement.
fn is_judged(own: &SectionReport) -> bool {
    own.count(State::Pass) + own.count(State::Fail) > 0
}

fn why_not(own: &SectionReport) -> String {
    match own.state {
        State::Unknown => "nothing of it could be told".to_owned(),
        _ => own.why.plain(),
    }
}

/// A toolpack's sections, what is wrong with it, and what is to be known of the recording.
type One = (Vec<SectionReport>, Vec<Finding>, Option<Phrase>);

fn one(tree: &Tree, loaded: &Loaded, beside: &Beside, now: &Now, ctx: &Ctx) -> Result<One, Failed> {
    let asks = |section| beside.sections.contains(&section);
    let contracts = match asks(Section::Contracts) || asks(Section::Outcomes) {
        true => load::contracts(tree, &loaded.pack)?,
        false => None,
    };
    let operations = Operations::read(&loaded.pack)?;
    let (capture, pages) = (beside.args.capture.as_deref(), beside.pages.as_ref().map(|own| &own.assertions));
    let heard = capture.map(|named| input::recorded(named, &operations, pages, ctx)).transpose()?;
    let (recorded, told) = heard.unzip();
    let asked = Asked {
        operations: &operations,
        sections: &beside.sections,
        how: beside.how,
        contracts: contracts.as_ref(),
        pages,
        recorded: now.played.as_ref().map(|(recorded, _)| recorded).or(recorded.as_ref()),
        sighted: now.played.as_ref().map(|(_, sighted)| sighted.as_slice()),
        live: now.live.as_ref(),
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
