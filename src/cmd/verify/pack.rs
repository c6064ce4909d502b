//! One toolpack of a tree in, what verification comes to out; and what a report says of several. The command and the
//! step of a workflow ask for the same.

use super::args::Args;
use super::input::{self, Pages};
use crate::canon::Fault;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::io::load::{self, Loaded};
use crate::io::tree::Tree;
use crate::judge::hide;
use crate::judge::pack::JudgedPack;
use crate::model::contracts::Contracts;
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
    /// What was made of each beside its files.
    made: Vec<Made>,
}

/// What is to be known of the recording, the calls and the pages of a toolpack.
#[derive(Default, Clone)]
struct Made {
    told: Vec<Phrase>,
    /// Calls that were to be made.
    asked: usize,
    /// Whether a playbook was played.
    is_played: bool,
}

impl Came {
    /// What toolpacks of a tree come to, each with who let it in. `now`: what was asked and played for each, if anything
    /// was.
    ///
    /// # Errors
    /// A file of one that cannot be read, or a recording.
    pub fn of(
        tree: &Tree,
        loaded: &[(Loaded, Governance)],
        beside: &Beside,
        now: Vec<Now>,
        ctx: &Ctx,
    ) -> Result<Came, Failed> {
        let packs: Vec<(Operations, Option<Contracts>)> =
            loaded.iter().map(|(own, _)| read(tree, own, beside)).collect::<Result<_, Fault>>()?;
        let pages = beside.pages.as_ref().map(|own| &own.assertions);
        let capture = beside.args.capture.as_deref();
        let heard = capture.map(|named| input::recorded(named, &packs, pages, ctx)).transpose()?;
        let (mut heard, mut now) = (heard.into_iter().flatten(), now.into_iter());
        let mut came = Came::default();
        for ((own, governance), (operations, contracts)) in loaded.iter().zip(&packs) {
            let (recorded, heard) = heard.next().unzip();
            let Now { live, played, mut told } = now.next().unwrap_or_default();
            told.extend(heard);
            let (sections, findings) = verify::run(&Asked {
                operations,
                sections: &beside.sections,
                how: beside.how,
                contracts: contracts.as_ref(),
                pages,
                recorded: played.as_ref().map(|(recorded, _)| recorded).or(recorded.as_ref()),
                sighted: played.as_ref().map(|(_, sighted)| sighted.as_slice()),
                live: live.as_ref(),
            });
            let pack = &own.pack;
            let asked = live.as_ref().map_or(0, |live| live.counts().0);
            came.made.push(Made { told, asked, is_played: played.is_some() });
            came.packs.push(VerifiedPack {
                id: pack.header.toolpack_id.clone(),
                path: pack.dir.clone(),
                governance: *governance,
                tools: pack.manifest.tools.iter().map(|tool| tool.name.clone()).collect(),
                sections,
            });
            came.judged.push(pack_of(own, findings));
        }
        Ok(came)
    }

    /// The same, each toolpack by itself.
    pub fn apart(&self) -> impl Iterator<Item = Came> + '_ {
        let both = self.packs.iter().zip(&self.judged).zip(&self.made);
        both.map(|((pack, judged), made)| Came {
            judged: vec![judged.clone()],
            packs: vec![pack.clone()],
            made: vec![made.clone()],
        })
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
        let is_asked = self.made.iter().any(|made| made.asked > 0);
        let api = if is_asked { &mut report.looked_at } else { &mut report.not_looked_at };
        api.push(Phrase::say("the live API"));
        if beside.pages.is_some() {
            let is_played = self.made.iter().any(|made| made.is_played);
            let list = if is_played { &mut report.looked_at } else { &mut report.not_looked_at };
            list.push(Phrase::say("the pages themselves"));
        }
        for (pack, made) in verified.packs.iter().zip(self.made) {
            let named = Phrase::quote(&pack.path).and_say(": ");
            report.notes.extend(
                made.told.into_iter().map(|told| if several { named.clone().and(told) } else { told }),
            );
        }
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

/// The operations of a toolpack, and its contracts where they are asked for.
fn read<'a>(
    tree: &Tree,
    loaded: &'a Loaded,
    beside: &Beside,
) -> Result<(Operations<'a>, Option<Contracts>), Fault> {
    let asks = |section| beside.sections.contains(&section);
    let contracts = match asks(Section::Contracts) || asks(Section::Outcomes) {
        true => load::contracts(tree, &loaded.pack)?,
        false => None,
    };
    Ok((Operations::read(&loaded.pack)?, contracts))
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
