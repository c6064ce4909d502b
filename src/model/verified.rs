//! What `cask verify` came to: per toolpack what was checked in which section, each check with its outcome. The verdict
//! is made of findings; this says what was looked at, and what was not.

use std::fmt;
use std::str::FromStr;

use super::phrase::Phrase;

/// Why a section has nothing that nobody asked for.
pub const NOT_ASKED: &str = "nobody asked for it";

/// What is verified: one section of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    /// contracts.yaml: is it about what there is, and are its schemas those that are locked.
    Contracts,
    /// tools.json against baseline.json.
    Replay,
    /// The assertions of contracts.yaml.
    Outcomes,
    /// What pages show against the calls that it may come from.
    Provenance,
}

impl Section {
    /// All, in the order of reports.
    pub const ALL: [Section; 4] =
        [Section::Contracts, Section::Replay, Section::Outcomes, Section::Provenance];

    /// The word on the command line and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Section::Contracts => "contracts",
            Section::Replay => "replay",
            Section::Outcomes => "outcomes",
            Section::Provenance => "provenance",
        }
    }
}

impl FromStr for Section {
    type Err = String;
    fn from_str(word: &str) -> Result<Self, String> {
        // The later word of the reference system for replay.
        let word = if word == "baseline-check" { "replay" } else { word };
        let found = Section::ALL.into_iter().find(|section| section.word() == word);
        found.ok_or_else(|| {
            format!("{word:?} is none of contracts, replay (or baseline-check), outcomes, provenance")
        })
    }
}

/// What a check or a section came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It holds.
    Pass,
    /// It does not.
    Fail,
    /// It could not be told.
    Unknown,
    /// There was something, and nothing of it is to be checked.
    Skipped,
    /// There was no input, or nobody asked.
    NotRun,
}

impl State {
    /// The word in every format.
    pub fn word(self) -> &'static str {
        match self {
            State::Pass => "pass",
            State::Fail => "fail",
            State::Unknown => "unknown",
            State::Skipped => "skipped",
            State::NotRun => "not run",
        }
    }

    /// Whether something was checked.
    pub fn ran(self) -> bool {
        matches!(self, State::Pass | State::Fail | State::Unknown)
    }

    /// What several checks come to: one that fails fails all, one that can't be told leaves all open; of those that are
    /// skipped or not run nothing is known, and with nothing else there is nothing to pass.
    pub fn of(states: impl IntoIterator<Item = State>) -> State {
        let mut whole = None;
        for state in states {
            whole = Some(match (whole, state) {
                (Some(State::Fail), _) | (_, State::Fail) => State::Fail,
                (Some(State::Unknown), _) | (_, State::Unknown) => State::Unknown,
                (Some(State::Pass), _) | (_, State::Pass) => State::Pass,
                (Some(State::Skipped), _) | (_, State::Skipped) => State::Skipped,
                _ => State::NotRun,
            });
        }
        whole.unwrap_or(State::NotRun)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// One thing that was checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// What it is about: an operation, a contract, an assertion. A stranger's words.
    pub subject: String,
    /// What was checked, in a word of ours.
    pub what: &'static str,
    /// What it came to.
    pub state: State,
    /// Why, where it is no pass.
    pub why: Phrase,
}

/// A tool that something on a page may come from.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Its name.
    pub tool: String,
    /// Method, host and path, with bars between.
    pub request: String,
    /// How sure it is, 0 to 1.
    pub score: f64,
    /// What it was told by: timing, content, shape, repetition.
    pub signals: [f64; 4],
    /// Whether it is an answer of the API, rather than a state of the page.
    pub is_response: bool,
    /// The recorded calls that show it.
    pub evidence: Vec<String>,
}

/// What one assertion about a page came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Traced {
    /// The assertion.
    pub name: String,
    /// What it came to.
    pub state: State,
    /// The most likely tools, best first.
    pub candidates: Vec<Candidate>,
    /// What else is to be known.
    pub note: Phrase,
}

/// A section of a toolpack.
#[derive(Debug, Clone, PartialEq)]
pub struct SectionReport {
    /// Which.
    pub section: Section,
    /// What it came to.
    pub state: State,
    /// Why nothing was checked, where nothing was.
    pub why: Phrase,
    /// The file that was looked at, from the repository's root.
    pub file: Option<String>,
    /// What was checked.
    pub checks: Vec<Check>,
    /// What pages show, in provenance.
    pub traced: Vec<Traced>,
    /// What those were told by: `heuristic` or `recorded`.
    pub basis: Option<&'static str>,
}

impl SectionReport {
    /// A section in which nothing is checked.
    pub fn without(section: Section, state: State, why: impl Into<Phrase>) -> SectionReport {
        SectionReport {
            section,
            state,
            why: why.into(),
            file: None,
            checks: Vec::new(),
            traced: Vec::new(),
            basis: None,
        }
    }

    /// How many of its checks came to something.
    pub fn count(&self, state: State) -> usize {
        let checks = self.checks.iter().map(|check| check.state);
        checks.chain(self.traced.iter().map(|one| one.state)).filter(|own| *own == state).count()
    }

    /// The counts in words: `8 pass, 1 fail`.
    pub fn told(&self) -> String {
        let states = [State::Fail, State::Unknown, State::Pass, State::Skipped];
        let counts = states.into_iter().map(|state| (self.count(state), state)).filter(|(n, _)| *n > 0);
        counts.map(|(n, state)| format!("{n} {state}")).collect::<Vec<_>>().join(", ")
    }
}

/// Who let the toolpack in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Governance {
    /// It has no lockfile.
    None,
    /// It has one, and not everything in the toolpack is approved by signatures that hold.
    PreApproval,
    /// Everything is approved.
    Approved,
}

impl Governance {
    /// The word in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Governance::None => "none",
            Governance::PreApproval => "pre-approval",
            Governance::Approved => "approved",
        }
    }
}

/// How strict verification is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Strictness {
    /// Whether what can't be told counts.
    pub strict: bool,
    /// Candidates that are kept of each assertion about a page.
    pub top_k: usize,
    /// How sure a candidate must be, 0 to 1.
    pub min_confidence: f64,
    /// The share of assertions about pages that may stay open, 0 to 1.
    pub unknown_budget: f64,
}

impl Default for Strictness {
    fn default() -> Strictness {
        Strictness { strict: true, top_k: 5, min_confidence: 0.70, unknown_budget: 0.20 }
    }
}

/// A toolpack that was verified.
#[derive(Debug, Clone, PartialEq)]
pub struct VerifiedPack {
    /// Its id.
    pub id: String,
    /// Its folder.
    pub path: String,
    /// Who let it in.
    pub governance: Governance,
    /// The names of its tools.
    pub tools: Vec<String>,
    /// The four sections.
    pub sections: Vec<SectionReport>,
}

impl VerifiedPack {
    /// What all of it comes to.
    pub fn state(&self) -> State {
        State::of(self.sections.iter().map(|section| section.state))
    }
}

/// All of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Verified {
    /// What was asked for.
    pub asked: Vec<Section>,
    /// How strictly.
    pub how: Strictness,
    /// The toolpacks, as they were named.
    pub packs: Vec<VerifiedPack>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_no_pass() {
        use State::{Fail, NotRun, Pass, Skipped, Unknown};
        for (states, whole) in [
            (&[][..], NotRun),
            (&[NotRun, NotRun], NotRun),
            (&[Skipped, NotRun], Skipped),
            (&[Pass, Skipped, NotRun], Pass),
            (&[Pass, Unknown, Skipped], Unknown),
            (&[Unknown, Fail, Pass], Fail),
        ] {
            assert_eq!(State::of(states.iter().copied()), whole, "{states:?}");
        }
        assert!(!Skipped.ran() && !NotRun.ran() && Unknown.ran());
    }

    #[test]
    fn sections_are_found_by_their_words_and_by_the_later_one() {
        for section in Section::ALL {
            assert_eq!(section.word().parse(), Ok(section));
        }
        assert_eq!("baseline-check".parse(), Ok(Section::Replay));
        assert!("all".parse::<Section>().is_err());
    }
}
