//! What toolpacks drifted from, as gate.yaml asks, put together: in come the toolpacks with what each was held against,
//! out goes what the report says of it.

use std::collections::HashSet;

use super::part::{Compared, Drifted, Held};
use crate::canon::visible::is_shell_path;
use crate::cmd::anchor::GATE;
use crate::cmd::failed::Failed;
use crate::judge::pack::JudgedPack;
use crate::model::command::Command;
use crate::model::gate_config::DriftEntry;
use crate::model::phrase::Phrase;
use crate::model::report::{Coverage, Report, Role, Step};
use crate::model::verdict::Verdict;

/// What was compared.
#[derive(Default)]
pub struct Drift {
    looked_at: Vec<Phrase>,
    not_looked_at: Vec<Phrase>,
    notes: Vec<Phrase>,
    pairs: Vec<Pair>,
    coverage: Option<Coverage>,
}

/// A toolpack and its file, with the fingerprints of what differs.
struct Pair {
    dir: String,
    to: String,
    prints: HashSet<String>,
}

impl Drift {
    /// Adds what differs to each toolpack, entry by entry. `nobody`: what to say of an entry that names no toolpack.
    ///
    /// # Errors
    /// An entry that names none, and that the owners still ask for.
    pub fn add(
        entries: &[DriftEntry],
        held: Vec<Vec<Drifted>>,
        nobody: &[Option<Phrase>],
        packs: &mut [JudgedPack],
    ) -> Result<Drift, Failed> {
        let mut drift = Drift::default();
        let mut by_entry: Vec<Vec<(usize, Held)>> = entries.iter().map(|_| Vec::new()).collect();
        for (at, all) in held.into_iter().enumerate() {
            for one in all {
                if let Some(of) = by_entry.get_mut(one.entry) {
                    of.push((at, one.outcome));
                }
            }
        }
        for (n, (entry, held)) in entries.iter().zip(by_entry).enumerate() {
            if held.is_empty() {
                let given_up = nobody.get(n).cloned().flatten();
                drift.not_looked_at.push(given_up.ok_or_else(|| asks(entry, called_by_nobody(entry)))?);
            }
            for (at, outcome) in held {
                match outcome {
                    Held::Compared(compared) => drift.take(*compared, &mut packs[at]),
                    Held::GivenUp(why) => drift.not_looked_at.push(why),
                }
            }
        }
        Ok(drift)
    }

    fn take(&mut self, compared: Compared, pack: &mut JudgedPack) {
        let prints = compared.changes.iter().map(|change| change.fingerprint()).collect();
        pack.changes.extend(compared.changes);
        self.looked_at.push(compared.looked_at);
        self.not_looked_at.extend(compared.unseen);
        self.notes.extend(compared.notes);
        self.pairs.push(Pair { dir: compared.dir, to: compared.to, prints });
        self.coverage = match (self.coverage, compared.coverage) {
            (Some(one), Some(other)) => Some(one.and(other)),
            (one, other) => one.or(other),
        };
    }

    /// Tells a report of the judged changes what was compared, and who does what next.
    pub fn tell(self, report: &mut Report) {
        for pair in &self.pairs {
            let fails = report.findings.iter().any(|f| {
                f.weighs != Verdict::Pass && f.suppressed.is_none() && pair.prints.contains(&f.fingerprint())
            });
            if fails {
                report.next.push(pair.step());
            }
        }
        report.looked_at.extend(self.looked_at);
        report.not_looked_at.extend(self.not_looked_at);
        report.notes.extend(self.notes);
        report.coverage = self.coverage;
    }
}

impl Pair {
    fn step(&self) -> Step {
        let dir = if self.dir.is_empty() { "." } else { &self.dir };
        let text = Phrase::say("bring ")
            .and_quote(dir)
            .and_say(" in step with ")
            .and_quote(&self.to)
            .and_say(", or take the change back: no approval covers what they differ in");
        let words = [dir, &self.to].iter().all(|word| is_shell_path(word));
        let command =
            words.then(|| Command::say("cask drift").toolpack(dir).and_say("--to").and_path(&self.to));
        Step { role: Role::Author, who: Vec::new(), text, commands: command.into_iter().collect() }
    }
}

/// Nothing was compared, since no toolpack has the name.
pub fn called_by_nobody(entry: &DriftEntry) -> Failed {
    let message = format!("no toolpack of the head is called {:?}, so it can't be compared", entry.toolpack);
    Failed::new("input", GATE, message)
}

/// A failure to compare, with who asks for it.
pub fn asks(entry: &DriftEntry, failed: Failed) -> Failed {
    failed
        .why(format!("{GATE}:{} asks to compare {:?} with {}", entry.line, entry.toolpack, entry.to))
        .hint("put it there; or correct `drift` in gate.yaml, and let the owners sign")
}

/// `shop against api/openapi.yaml`.
pub fn told(entry: &DriftEntry) -> Phrase {
    Phrase::quote(&entry.toolpack).and_say(" against ").and_quote(&entry.to)
}
