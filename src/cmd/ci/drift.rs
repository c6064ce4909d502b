//! `drift` of gate.yaml: toolpacks of the head against files of the head that they must match. In come the judged
//! toolpacks, out goes what they drifted from, added to each, and what of it could be looked at.

use std::collections::HashSet;

use super::args::Args;
use crate::canon::visible::is_shell_word;
use crate::cmd::anchor::{Anchored, GATE};
use crate::cmd::change::Refs;
use crate::cmd::failed::Failed;
use crate::cmd::judging::Bench;
use crate::cmd::side::{self, Side};
use crate::cmd::sources;
use crate::drift::{self, Limits, Reach, Surface};
use crate::gate::discovery::{Found, Paired};
use crate::io::tree::Tree;
use crate::judge::pack::JudgedPack;
use crate::judge::{Input, judge};
use crate::model::finding::Finding;
use crate::model::gate_config::{DriftEntry, FailOn, GateConfig};
use crate::model::phrase::Phrase;
use crate::model::report::{Coverage, Publication, Report, Role, Source, Step};
use crate::model::verdict::Verdict;
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

/// What was compared.
#[derive(Default)]
pub struct Compared {
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

/// Compares every toolpack that gate.yaml names with the file that it names, and adds what drifted.
///
/// # Errors
/// A toolpack or a file that is not there or can't be compared, unless the owners signed that it is asked no more.
pub fn compare(asked: &Asked, paired: &[Paired], packs: &mut [JudgedPack]) -> Result<Compared, Failed> {
    let mut compared = Compared::default();
    for entry in &asked.bench.gate.drift {
        match meant(entry, paired, packs) {
            of if of.is_empty() => give_up(asked, entry, nobody(entry), &mut compared)?,
            of => {
                for (pack, pair) in of {
                    match one(asked, entry, pair, &mut packs[pack]) {
                        Ok(done) => compared.add(done),
                        Err(failed) => give_up(asked, entry, failed, &mut compared)?,
                    }
                }
            }
        }
    }
    Ok(compared)
}

/// The report of a comparison that is made for its own sake: nothing is proposed, so nothing else of the toolpacks is
/// told, and nothing that differs is known.
///
/// # Errors
/// gate.yaml asks for none, or one that can't be made.
pub fn alone(
    asked: &Asked,
    paired: &[Paired],
    mut packs: Vec<JudgedPack>,
    args: &Args,
    refs: &Refs,
    anchored: &Anchored,
) -> Result<Report, Failed> {
    let gate = asked.bench.gate;
    if gate.drift.is_empty() {
        return Err(Failed::new("input", GATE, "it has no `drift:`, so there is nothing to compare")
            .why("mode drift compares each toolpack with what gate.yaml says that it must match")
            .hint("put the toolpack and its description under `drift:`, and let the owners sign")
            .hint("cask drift --toolpack <folder> --to <file>, for one comparison by hand"));
    }
    for pack in &mut packs {
        *pack = pack.of_drift();
    }
    let compared = compare(asked, paired, &mut packs)?;
    let mut report = judge(Input {
        command: "drift",
        gate,
        fail_on: args.report.fail_on(Some(gate), FailOn::Breaking),
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

/// The toolpacks of the head that an entry names: as the base knows them, so that no change takes another name and
/// is compared no more, or as they are called now.
fn meant<'p>(entry: &DriftEntry, paired: &'p [Paired], packs: &[JudgedPack]) -> Vec<(usize, &'p Paired)> {
    let named = |pack: &JudgedPack, pair: &Paired| {
        let before = pair.base.as_ref();
        let folders = [Some(pack.path.as_str()), before.map(Found::dir)].into_iter().flatten();
        let folders = folders.map(|dir| dir.rsplit('/').next().unwrap_or_default());
        let known = [Some(pack.id.as_str()), before.map(|b| b.id.as_str()), Some(pack.name.as_str())];
        let known = known.into_iter().chain([pack.known_as.as_deref()]).flatten();
        known.chain(folders).any(|name| name == entry.toolpack)
    };
    let there = packs.iter().enumerate().filter_map(|(at, pack)| {
        let is = |pair: &&Paired| {
            pair.head.as_ref().is_some_and(|head| head.dir() == pack.path && head.id == pack.id)
        };
        Some((at, pack, paired.iter().find(is)?))
    });
    there.filter(|(_, pack, pair)| named(pack, pair)).map(|(at, _, pair)| (at, pair)).collect()
}

fn nobody(entry: &DriftEntry) -> Failed {
    let message = format!("no toolpack of the head is called {:?}, so it can't be compared", entry.toolpack);
    Failed::new("input", GATE, message)
}

/// What cannot be compared is no pass. Only the owners take the question back: by a gate.yaml that this very change
/// brings, signed, and without the entry.
fn give_up(asked: &Asked, entry: &DriftEntry, why: Failed, compared: &mut Compared) -> Result<(), Failed> {
    let follows = asked.next.filter(|next| gate_follows(asked.trusted, next, asked.bench.keyring).is_ok());
    let same = |other: &DriftEntry| (&other.toolpack, &other.to) == (&entry.toolpack, &entry.to);
    if follows.is_some_and(|next| !next.file.drift.iter().any(same)) {
        compared.not_looked_at.push(
            told(entry).and_say(
                ": it can't be compared, and the owners ask for it no more (gate.yaml of this change)",
            ),
        );
        return Ok(());
    }
    Err(why
        .why(format!("{GATE}:{} asks to compare {:?} with {}", entry.line, entry.toolpack, entry.to))
        .hint("put it there; or correct `drift` in gate.yaml, and let the owners sign"))
}

/// `shop against api/openapi.yaml`.
fn told(entry: &DriftEntry) -> Phrase {
    Phrase::quote(&entry.toolpack).and_say(" against ").and_quote(&entry.to)
}

/// One toolpack and one file.
struct Done {
    looked_at: Phrase,
    unseen: Vec<Phrase>,
    notes: Vec<Phrase>,
    pair: Pair,
    coverage: Option<Coverage>,
}

impl Compared {
    fn add(&mut self, done: Done) {
        self.looked_at.push(done.looked_at);
        self.not_looked_at.extend(done.unseen);
        self.notes.extend(done.notes);
        self.pairs.push(done.pair);
        self.coverage = match (self.coverage, done.coverage) {
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
        let words = [dir, &self.to].iter().all(|word| is_shell_word(word));
        let command = words.then(|| format!("cask drift --toolpack {dir} --to {}", self.to));
        Step { role: Role::Author, who: Vec::new(), text, commands: command.into_iter().collect() }
    }
}

fn one(asked: &Asked, entry: &DriftEntry, pair: &Paired, pack: &mut JudgedPack) -> Result<Done, Failed> {
    let Some(found) = &pair.head else { return Err(nobody(entry)) };
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
    let mut prints = HashSet::new();
    for change in &mut changes {
        let fails = change.rule.is_on(Axis::Trust) && change.severity >= Severity::High;
        change.known = !fails && known.contains(&change.fingerprint());
        change.why.push(Phrase::say("compared with ").and_quote(&entry.to).and_say(", as gate.yaml asks"));
        prints.insert(change.fingerprint());
    }
    pack.changes.extend(changes);
    let named = |phrase: Phrase| told(entry).and_say(": ").and(phrase);
    let sides = [("locked", &old), ("now", &new)].into_iter();
    let notes = sides.flat_map(|(word, side)| {
        side.notes().iter().map(move |note| Phrase::say(word).and_say(": ").and(note.clone()))
    });
    Ok(Done {
        looked_at: told(entry).and_say(match coverage {
            Some(coverage) => format!(" ({})", coverage.looked_at()),
            None => format!(" ({} locked operations)", reach.compared),
        }),
        coverage,
        unseen: reach.unseen.into_iter().map(named).collect(),
        notes: notes.map(named).collect(),
        pair: Pair { dir: found.dir().to_owned(), to: entry.to.clone(), prints },
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
