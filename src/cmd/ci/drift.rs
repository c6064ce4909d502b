//! `drift` of gate.yaml: toolpacks of the head against files of the head that they must match. In come the judged
//! toolpacks, out goes what each drifted from, and what of it could be looked at.

use std::collections::HashSet;

use super::args::Args;
use crate::cmd::anchor::{Anchored, GATE};
use crate::cmd::change::Refs;
use crate::cmd::failed::Failed;
use crate::cmd::handed::drift::{Drift, asks, called_by_nobody, told};
use crate::cmd::handed::part::{Compared, Drifted, Held, Named};
use crate::cmd::judging::Bench;
use crate::cmd::options::usual_fail_on;
use crate::cmd::side::{self, Side};
use crate::cmd::sources;
use crate::drift::{self, Limits, Reach, Surface};
use crate::gate::discovery::{Found, Paired};
use crate::io::tree::Tree;
use crate::judge::pack::JudgedPack;
use crate::judge::{Input, judge};
use crate::model::finding::Finding;
use crate::model::gate_config::{DriftEntry, GateConfig};
use crate::model::phrase::Phrase;
use crate::model::report::{Publication, Report, Source};
use crate::rules::{Axis, Severity};
use crate::sign::chain::gate_follows;

/// Who says what is compared.
pub struct Asked<'a> {
    /// Both states, and the gate.yaml in force.
    pub bench: &'a Bench<'a>,
    /// Its tree and digest, where there is one.
    pub trusted: Option<&'a GateConfig>,
    /// The head's, where it comes into force with the merge.
    pub next: Option<&'a GateConfig>,
    /// Percent of the operations that a recording must have called, beside what gate.yaml asks.
    pub coverage: u32,
}

impl Asked<'_> {
    /// The stricter of gate.yaml and option.
    fn limits(&self) -> Limits {
        let limits = Limits::of(self.bench.gate, self.bench.now);
        Limits { coverage: limits.coverage.max(self.coverage), ..limits }
    }
}

/// Compares every toolpack that gate.yaml names with the file that it names: what came of it, by toolpack.
///
/// # Errors
/// A toolpack or a file that can't be compared, unless the owners signed that it is asked no more.
pub fn compare(
    asked: &Asked,
    paired: &[(usize, Paired)],
    packs: &[JudgedPack],
) -> Result<Vec<Vec<Drifted>>, Failed> {
    let one = |(pack, (_, pair)): (&JudgedPack, &(usize, Paired))| {
        let named = Named::of(pair);
        let entries = asked.bench.gate.drift.iter().enumerate();
        let meant = entries.filter(|(_, entry)| named.is_meant(entry, pack));
        let held = meant.map(|(at, entry)| {
            let outcome = match one(asked, entry, pair) {
                Ok(compared) => Held::Compared(Box::new(compared)),
                Err(failed) => Held::GivenUp(given_up(asked, entry).ok_or_else(|| asks(entry, failed))?),
            };
            Ok(Drifted { entry: at, outcome })
        });
        held.collect::<Result<Vec<Drifted>, Failed>>()
    };
    packs.iter().zip(paired).map(one).collect()
}

/// The report of a comparison that is made for its own sake: nothing is proposed, so nothing else of the toolpacks is
/// told, and nothing that differs is known.
///
/// # Errors
/// gate.yaml asks for none, or one that can't be made.
pub fn alone(
    asked: &Asked,
    paired: &[(usize, Paired)],
    packs: &[JudgedPack],
    args: &Args,
    refs: &Refs,
    anchored: &Anchored,
) -> Result<Report, Failed> {
    let gate = asked.bench.gate;
    if gate.drift.is_empty() {
        return Err(nothing_asked("it has no `drift:`, so there is nothing to compare"));
    }
    let held = compare(asked, paired, packs)?;
    let mut packs: Vec<JudgedPack> = packs.iter().map(JudgedPack::of_drift).collect();
    let compared = Drift::add(&gate.drift, held, &nobody(asked), &mut packs)?;
    let mut report = judge(Input {
        command: "drift",
        gate,
        fail_on: args.report.fail_on(Some(gate), usual_fail_on("ci")),
        min_risk: args.report.min_risk(Some(gate)),
        packs,
        repository: Vec::new(),
        trust: None,
        trust_used: None,
        gate_source: anchored.gate.as_ref().map(|config| (anchored.source.clone(), config.digest.clone())),
        base: sources::commit(&refs.base_name, &refs.base),
        head: refs.head_source(),
        publication: Publication::default(),
        now: asked.bench.now,
        base_name: None,
    });
    compared.tell(&mut report);
    report.not_looked_at.extend(["approvals (mode gate)", "the live API"].map(Phrase::say));
    Ok(report)
}

/// That nothing says what is to be compared: no pass.
pub fn nothing_asked(message: &str) -> Failed {
    Failed::new("input", GATE, message)
        .why("mode drift compares each toolpack with what gate.yaml says that it must match")
        .hint("put the toolpack and its description under `drift:`, and let the owners sign")
        .hint("cask drift --toolpack <folder> --to <file>, for one comparison by hand")
}

/// For each entry what to say if it names no toolpack; none: then nothing can be judged.
pub fn nobody(asked: &Asked) -> Vec<Option<Phrase>> {
    asked.bench.gate.drift.iter().map(|entry| given_up(asked, entry)).collect()
}

/// What cannot be compared is no pass. Only the owners take the question back: by a gate.yaml that this very change
/// brings, signed, and without the entry.
fn given_up(asked: &Asked, entry: &DriftEntry) -> Option<Phrase> {
    let follows = asked.next.filter(|next| gate_follows(asked.trusted, next, asked.bench.keyring).is_ok());
    let same = |other: &DriftEntry| (&other.toolpack, &other.to) == (&entry.toolpack, &entry.to);
    follows.filter(|next| !next.file.drift.iter().any(same)).map(|_| {
        told(entry)
            .and_say(": it can't be compared, and the owners ask for it no more (gate.yaml of this change)")
    })
}

fn one(asked: &Asked, entry: &DriftEntry, pair: &Paired) -> Result<Compared, Failed> {
    let Some(found) = &pair.head else { return Err(called_by_nobody(entry)) };
    let (bench, limits) = (asked.bench, asked.limits());
    let (old, new) = both(bench.head, found, &entry.to)?;
    let (was, is) = (Surface::read(old.surface())?, Surface::read(new.surface())?);
    let base = bench.base.filter(|_| !bench.bootstrap);
    if is.source.recorded.is_some() {
        still_recorded(base, &entry.to)?;
    }
    let reach = Reach::of(&was, &is);
    if let Some((why, hints)) = reach.nothing() {
        let failed = Failed::new("input", entry.to.clone(), why);
        return Err(hints.into_iter().fold(failed, Failed::hint));
    }
    let coverage = drift::coverage(&was, &is, &limits);
    let mut changes = drift::run(&was, &is, &limits);
    let known = match (&pair.base, base) {
        (Some(found), Some(base)) if !changes.is_empty() => before(base, found, &entry.to, &limits),
        _ => HashSet::new(),
    };
    for change in &mut changes {
        let fails = change.rule.is_on(Axis::Trust) && change.severity >= Severity::High;
        change.known = !fails && known.contains(&change.fingerprint());
        change.why.push(Phrase::say("compared with ").and_quote(&entry.to).and_say(", as gate.yaml asks"));
    }
    let named = |phrase: Phrase| told(entry).and_say(": ").and(phrase);
    let sides = [("locked", &old), ("now", &new)].into_iter();
    let notes = sides.flat_map(|(word, side)| {
        side.notes().iter().map(move |note| Phrase::say(word).and_say(": ").and(note.clone()))
    });
    Ok(Compared {
        looked_at: told(entry).and_say(match coverage {
            Some(coverage) => format!(" ({})", coverage.looked_at()),
            None => format!(" ({} locked operations)", reach.compared),
        }),
        coverage,
        unseen: reach.unseen.into_iter().map(named).collect(),
        notes: notes.map(named).collect(),
        dir: found.dir().to_owned(),
        to: entry.to.clone(),
        changes,
    })
}

/// A recording proves nothing by what it lacks. Where the base has a description, a change that puts a recording in its
/// place would take all that is gone for something that nobody called.
fn still_recorded(base: Option<&Tree>, to: &str) -> Result<(), Failed> {
    let Some(base) = base else { return Ok(()) };
    let below = format!("{to}/");
    if !base.list()?.iter().any(|entry| entry.path == to || entry.path.starts_with(&below)) {
        return Ok(());
    }
    let source = Source { name: to.to_owned(), ..Source::none() };
    match Side::of_tree(base, to, source) {
        Ok(side::Found::Heard(_)) => Ok(()),
        Ok(side::Found::Side(_)) => Err(Failed::new(
            "input",
            to.to_owned(),
            "it is a recording of calls, and on the base it lists all there is",
        )
        .why("what a recording lacks may be there all the same, so nothing could be told as gone")),
        // What it was nobody knows: it may have listed all there is.
        Err(failed) => {
            Err(failed.why("it is a recording of calls, and what it was on the base can't be read"))
        }
    }
}

/// A toolpack of a tree, and the file of the same tree that it must match.
fn both(tree: &Tree, found: &Found, to: &str) -> Result<(Side, Side), Failed> {
    let source = |name: &str| Source { name: name.to_owned(), ..Source::none() };
    let locked = Side::of_header(tree, &found.header, source(found.dir()))?;
    side::meet(side::Found::Side(Box::new(locked)), Side::of_tree(tree, to, source(to))?, &[], None)
}

/// Fingerprints of what differed on the base. What can't be compared there is known to nobody.
fn before(base: &Tree, found: &Found, to: &str, limits: &Limits) -> HashSet<String> {
    let Ok((old, new)) = both(base, found, to) else { return HashSet::new() };
    let (Ok(was), Ok(is)) = (Surface::read(old.surface()), Surface::read(new.surface())) else {
        return HashSet::new();
    };
    drift::run(&was, &is, limits).iter().map(Finding::fingerprint).collect()
}
