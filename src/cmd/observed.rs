//! Recordings in, the surface that their calls tell of out: read in batches, summed up on every processor there is,
//! understood once.

use std::collections::BTreeSet;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::ctx::Ctx;
use super::failed::Failed;
use super::progress::Progress;
use super::recording::{Options, Recordings, Tape};
use crate::canon::{Node, digest};
use crate::capture::auth::Auth;
use crate::capture::redact::stand_in;
use crate::capture::redact::values::Redactor;
use crate::capture::sniff::{HEAD, Kind, sniff};
use crate::capture::{Profile, Wants};
use crate::io::fs::open_regular;
use crate::model::exchange::{Counts, Exchange};
use crate::observe::baseline::{self, Known, Observed};
use crate::observe::part::{self, Outer, Part};
use crate::report::escape::terminal::Paint;

/// The file that a surface of traffic is told to stand in, for messages.
const FILE: &str = "baseline.json";
/// Names of recordings that are written out.
const NAMES: usize = 3;

/// What recordings told.
pub struct Recorded {
    /// The summary, under the options that it was made with.
    pub part: Part,
    /// What was read, kept, left out and taken out.
    pub counts: Counts,
    /// The hosts that were kept, as they can be asked for.
    pub hosts: Vec<String>,
    /// Whether nobody had asked for them.
    pub inferred: bool,
    /// The kind of the recordings: that of the first, where there are several.
    pub kind: Kind,
    /// Entries that could not be read.
    pub warnings: Vec<String>,
}

impl Recorded {
    /// What a summary tells that was made before.
    pub fn of_part(part: Part) -> Recorded {
        let counts = part.header.counts.counts();
        let hosts: BTreeSet<String> = part.hosts.keys().map(|(host, _)| host.clone()).collect();
        let (hosts, warnings) = (hosts.into_iter().collect(), Vec::new());
        let kind = part.header.inputs.iter().filter_map(|input| Kind::of(&input.kind)).min();
        Recorded { part, counts, hosts, inferred: false, kind: kind.unwrap_or(Kind::Har), warnings }
    }
}

/// Reads recordings and sums them up.
///
/// # Errors
/// A file is no recording or cannot be read to its end, or nothing in them is wanted.
pub fn read(paths: &[PathBuf], options: &Options) -> Result<Recorded, Failed> {
    let mut recordings = Recordings::open(paths, options)?;
    let is_mark = |text: &str| stand_in::is_one(text);
    let add = |part: &mut Part, exchange: &Exchange| part.take(exchange, &Outer::with_marks(&is_mark));
    let (counts, parts) = recordings.sums(&Part::default, &add)?;
    // Which exchange went to which of them changes nothing.
    let mut part = Part::default();
    for other in parts {
        part.merge(FILE, other)?;
    }
    let hosts = recordings.hosts().spelled();
    part.header.options = Some(options_digest(&hosts, options.wants.profile));
    part.header.counts.add(&counts);
    Ok(Recorded {
        part,
        counts,
        hosts,
        inferred: recordings.inferred,
        kind: recordings.kinds().first().copied().unwrap_or(Kind::Har),
        warnings: recordings.warnings,
    })
}

/// Sums up a recording that was made just now. Of one in which nothing is wanted, `counts` says so.
///
/// # Errors
/// None of its own: what takes the exchanges here takes them all.
pub fn taped(tape: &Tape, auth: &mut Auth) -> Result<Recorded, Failed> {
    let is_mark = |text: &str| stand_in::is_one(text);
    let mut part = Part::default();
    let counts = tape.read(&mut |exchanges| {
        for exchange in &exchanges {
            auth.see(exchange);
            part.take(exchange, &Outer::with_marks(&is_mark));
        }
        Ok(())
    })?;
    let hosts = tape.wants().hosts.spelled();
    part.header.options = Some(options_digest(&hosts, tape.wants().profile));
    part.header.counts.add(&counts);
    let (inferred, warnings) = (tape.inferred, Vec::new());
    Ok(Recorded { part, counts, hosts, inferred, kind: Kind::Har, warnings })
}

/// What decides on the content of a part besides the recordings: summaries merge only under the same.
pub fn options_digest(hosts: &[String], profile: Profile) -> String {
    digest::of(&Node::map([
        ("hosts", Node::texts(hosts.iter().cloned())),
        ("profile", Node::text(profile.word())),
    ]))
}

/// The surface that a part tells of. `source`: the id of the recordings among the sources of the toolpack.
///
/// # Errors
/// More is known than a baseline holds.
pub fn understood(part: &Part, source: &str) -> Result<Observed, Failed> {
    let options = baseline::Options { file: FILE, source, known: &Known::default(), is_sample: false };
    Ok(baseline::baseline(part, &options)?)
}

/// The same, to be compared with something whose paths are known.
///
/// # Errors
/// More is known than a baseline holds.
pub fn sample(part: &Part, known: &Known) -> Result<Observed, Failed> {
    let options = baseline::Options { file: FILE, source: "recording", known, is_sample: true };
    Ok(baseline::baseline(part, &options)?)
}

/// A file with calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// As they were recorded.
    Recording,
    /// A summary of recordings.
    Part,
}

/// Whether the first bytes of a file are those of one with calls.
pub fn told(head: &[u8]) -> Option<Told> {
    let head = &head[..head.len().min(HEAD)];
    match is_part(head) {
        true => Some(Told::Part),
        false => sniff(head).map(|_| Told::Recording),
    }
}

/// Whether the first line says that it is of a summary.
fn is_part(head: &[u8]) -> bool {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    line.starts_with(b"{") && memchr::memmem::find(&line[..line.len().min(256)], b"cask.part/").is_some()
}

/// Reads a summary.
///
/// # Errors
/// It is not there, or is none.
pub fn part(path: &Path, shown: &str) -> Result<Part, Failed> {
    let file =
        open_regular(path)?.ok_or_else(|| Failed::new("input", shown.to_owned(), "there is no such file"))?;
    Ok(part::read(shown, BufReader::with_capacity(1 << 20, file))?)
}

/// The base name of a file, as far as it may be kept: recordings are called after people too.
pub fn base_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    Redactor::default().text(&name).unwrap_or_else(|| name.into_owned())
}

/// How recordings are called in a toolpack, whatever the order of the arguments was.
pub fn name(paths: &[PathBuf]) -> String {
    let mut names: Vec<String> = paths.iter().map(|path| base_name(path)).collect();
    names.sort();
    names.dedup();
    match names.len() {
        0..=NAMES => names.join(", "),
        n => format!("{} and {} more", names[..NAMES].join(", "), n - NAMES),
    }
}

/// What a person who sits before it gets: a question of what they did not say, and how far reading is.
pub fn attended(ctx: &Ctx) -> (Option<Paint>, Option<Arc<Progress>>) {
    let progress = ctx.shows_progress().then(|| Arc::new(Progress::on_stderr()));
    (ctx.can_ask_more().then(|| ctx.paint()), progress)
}

/// What is asked of recordings, in the words of the command line.
///
/// # Errors
/// A host that is none, or a profile that does not exist.
pub fn wants(hosts: &[String], profile: &str) -> Result<Wants, Failed> {
    let known = Profile::ALL.iter().find(|(_, word)| *word == profile);
    let (profile, _) = *known.ok_or_else(|| {
        Failed::new("usage", "", format!("unknown profile {profile:?}"))
            .hint("--redaction-profile default_safe")
            .hint("--redaction-profile high_risk_pii")
    })?;
    let hosts = crate::capture::wanted::Wanted::parse(hosts).map_err(|(pattern, why)| {
        Failed::new("usage", "", format!("-a {pattern}: {why}"))
            .hint("-a api.shop.example, or -a '*.shop.example'")
    })?;
    Ok(Wants { hosts, profile })
}

/// Paths as they were named, not as they were found.
pub fn shorter(mut failed: Failed, cwd: &Path) -> Failed {
    failed.0.subject = without_cwd(&failed.0.subject, cwd);
    if let Some(fault) = &mut failed.0.fault {
        fault.file = without_cwd(&fault.file, cwd);
    }
    failed
}

/// A text without the folder that the command runs in.
pub fn without_cwd(text: &str, cwd: &Path) -> String {
    text.replace(&format!("{}{}", cwd.display(), std::path::MAIN_SEPARATOR), "")
}
