//! ENGINE: a toolpack, its contracts and what was recorded in; what holds of it, and what does not, out.
//!
//! Four sections: `contracts` and `replay` look at what is written down, `outcomes` evaluates assertions,
//! `provenance` traces what pages show to calls. A section without input is told as not run, and what could not be told
//! as unknown: neither is a pass.

mod answered;
mod contracts;
mod field;
mod found;
pub mod live;
mod operations;
mod operator;
mod outcomes;
mod provenance;
mod recorded;
mod replay;
mod schemas;
mod seen;

pub use live::Live;
pub use operations::Operations;
pub use provenance::Sighted;
pub use recorded::Recorded;
pub use seen::is_shown;

use outcomes::Answers;
use provenance::Seen;

use crate::model::contracts::Contracts;
use crate::model::finding::Finding;
use crate::model::page_assertions::PageAssertions;
use crate::model::verified::{NOT_ASKED, Section, SectionReport, State, Strictness};

/// What is verified, and against what.
pub struct Asked<'a> {
    /// The toolpack.
    pub operations: &'a Operations<'a>,
    /// Which sections.
    pub sections: &'a [Section],
    /// How strictly.
    pub how: Strictness,
    /// Its contracts, where it names some.
    pub contracts: Option<&'a Contracts>,
    /// What pages should show, where that was given.
    pub pages: Option<&'a PageAssertions>,
    /// What was recorded, where a recording was given.
    pub recorded: Option<&'a Recorded>,
    /// What pages showed of what they should, where they were looked at: what they show instead, if anything.
    pub sighted: Option<&'a [Sighted]>,
    /// What APIs answered, where they were asked: it is looked at instead of what was recorded.
    pub live: Option<&'a Live>,
}

/// Verifies a toolpack: its sections in their order, and everything that is wrong. The same input gives the same.
pub fn run(asked: &Asked) -> (Vec<SectionReport>, Vec<Finding>) {
    let mut findings = Vec::new();
    let sections = Section::ALL.into_iter().map(|section| {
        let (report, found) = match asked.sections.contains(&section) {
            true => one(asked, section),
            false => (SectionReport::without(section, State::NotRun, NOT_ASKED), Vec::new()),
        };
        findings.extend(found);
        report
    });
    (sections.collect(), findings)
}

fn one(asked: &Asked, section: Section) -> (SectionReport, Vec<Finding>) {
    let without = |why: &'static str| (SectionReport::without(section, State::NotRun, why), Vec::new());
    match (section, asked.contracts) {
        (Section::Replay, _) => replay::run(asked.operations),
        (Section::Contracts | Section::Outcomes, None) => without("toolpack.yaml names no contracts file"),
        (Section::Contracts, Some(own)) => contracts::run(asked.operations, own),
        (Section::Outcomes, Some(own)) => {
            let answers = match (asked.live, asked.recorded) {
                (Some(live), _) => Answers::Live(live),
                (None, Some(recorded)) => Answers::Recorded(recorded),
                (None, None) => Answers::None,
            };
            outcomes::run(asked.operations, own, answers, asked.how.strict)
        }
        (Section::Provenance, _) => match asked.pages {
            Some(pages) => {
                let seen = Seen { recorded: asked.recorded, sighted: asked.sighted };
                provenance::run(asked.operations, pages, seen, asked.how)
            }
            None => without("no playbook and no assertions about pages were given"),
        },
    }
}
