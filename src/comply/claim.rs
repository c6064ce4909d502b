//! A row of the tables of claims, and what it may ask.

use super::input::Input;
use crate::model::compliance::claim::{Claim, Evidence, State};
use crate::model::compliance::facts::{Accuracy, Inventory, Oversight, Risks, Trail};
use crate::model::phrase::Phrase;

/// A claim that can be made.
pub struct Row {
    /// A word for programs, never used twice.
    pub id: &'static str,
    /// What is claimed, in the present tense, without a full stop.
    pub statement: &'static str,
    /// What it is evidence for.
    pub articles: &'static [u8],
    /// How it stands.
    pub judge: fn(&Ask) -> Told,
}

impl Row {
    /// The claim, judged.
    pub fn claim(&'static self, ask: &Ask) -> Claim {
        let Told { state, why, evidence } = (self.judge)(ask);
        Claim { id: self.id, statement: self.statement, state, why, articles: self.articles, evidence }
    }
}

/// Everything that a claim may rest on.
pub struct Ask<'a> {
    /// What was read.
    pub input: &'a Input<'a>,
    /// Who approved what.
    pub oversight: &'a Oversight,
    /// What can be called.
    pub inventory: &'a Inventory,
    /// What holds calls back.
    pub risks: &'a Risks,
    /// Reports.
    pub accuracy: &'a Accuracy,
    /// The audit trail; without files where there is none.
    pub trail: &'a Trail,
}

impl Ask<'_> {
    /// Evidence in a file of the toolpack.
    pub fn own(&self, file: &str, what: impl Into<Phrase>) -> Evidence {
        self.at(&self.input.pack.path(file), what)
    }

    /// Evidence in a file.
    pub fn at(&self, file: &str, what: impl Into<Phrase>) -> Evidence {
        Evidence { file: file.to_owned(), what: what.into(), digest: self.input.digests.get(file).cloned() }
    }

    /// Evidence in the lockfile.
    pub fn lock(&self, what: impl Into<Phrase>) -> Evidence {
        self.at(self.input.lock_path, what)
    }
}

/// How a claim stands, why, and by what that can be seen.
pub struct Told {
    state: State,
    why: Phrase,
    evidence: Vec<Evidence>,
}

impl Told {
    /// It holds, unless one counter-example was found.
    pub fn unless(wrong: bool, why: impl Into<Phrase>) -> Told {
        let state = if wrong { State::DoesNotHold } else { State::Holds };
        Told { state, why: why.into(), evidence: Vec::new() }
    }

    /// It does not hold.
    pub fn no(why: impl Into<Phrase>) -> Told {
        Told::unless(true, why)
    }

    /// What it takes to tell was not there.
    pub fn unknown(why: impl Into<Phrase>) -> Told {
        Told { state: State::NotKnown, why: why.into(), evidence: Vec::new() }
    }

    /// With something that can be looked up.
    pub fn by(mut self, evidence: Evidence) -> Told {
        self.evidence.push(evidence);
        self
    }
}

/// Most names in a sentence.
const NAMED: usize = 5;

/// Quoted names, as many as a sentence holds.
pub fn named<'a>(names: impl IntoIterator<Item = &'a str>) -> Phrase {
    let names: Vec<&str> = names.into_iter().collect();
    let phrase = Phrase::list(names.iter().take(NAMED).copied());
    match names.len().saturating_sub(NAMED) {
        0 => phrase,
        more => phrase.and_say(format!(" and {more} more")),
    }
}

/// So many of something.
pub fn count(n: usize, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
}
