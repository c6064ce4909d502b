//! A recording as a side of drift: which calls it tells of depends on the hosts of the other side, and what they are
//! calls of on its paths. So it is found first, read when the hosts are known, and understood last.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempPath;

use super::failed::Failed;
use super::observed::{self, Recorded, Told, told};
use super::progress::Progress;
use super::recording::Options;
use crate::canon::visible::visible;
use crate::capture::redact::classes::gives_access;
use crate::capture::sniff::Kind;
use crate::drift::Recording;
use crate::io::blocks::Blocks;
use crate::io::captures;
use crate::model::baseline::Baseline;
use crate::model::phrase::Phrase;
use crate::model::report::Source;
use crate::observe::baseline::Known;

/// Hosts of calls that were left out and are named.
const NAMED: usize = 5;

/// A recording that was found.
pub struct Heard {
    /// Where it comes from, for the report.
    pub source: Source,
    /// The file, as the reader can open it from where the command ran.
    file: String,
    at: At,
    told: Told,
}

enum At {
    File(PathBuf),
    /// What came out of git, for as long as it is read.
    Copy(TempPath),
}

impl At {
    fn path(&self) -> &Path {
        match self {
            At::File(path) => path,
            At::Copy(path) => path,
        }
    }
}

impl Heard {
    /// The recording that a path leads to, if it is one.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn at(path: &Path, source: &Source) -> Result<Option<Heard>, Failed> {
        let inside = captures::file_of(path);
        if path.is_dir() && !inside.is_file() {
            return Ok(None);
        }
        let name = source.name.trim_end_matches('/');
        let file = match inside.file_name().filter(|_| path.is_dir()) {
            Some(own) => format!("{name}/{}", own.to_string_lossy()),
            None => name.to_owned(),
        };
        Heard::of(At::File(inside), source, file)
    }

    /// The recording that some bytes are, if they are one. `file`: how they are called.
    ///
    /// # Errors
    /// They cannot be kept while they are read.
    pub fn of_bytes(bytes: &[u8], source: &Source, file: &str) -> Result<Option<Heard>, Failed> {
        let packed = bytes.starts_with(&[0x1f, 0x8b]);
        if !packed && told(bytes).is_none() {
            return Ok(None);
        }
        let failed = |e: std::io::Error| Failed::new("io", file.to_owned(), format!("it can't be kept: {e}"));
        let mut copy = tempfile::NamedTempFile::new().map_err(failed)?;
        copy.write_all(bytes).map_err(failed)?;
        Heard::of(At::Copy(copy.into_temp_path()), source, file.to_owned())
    }

    fn of(at: At, source: &Source, file: String) -> Result<Option<Heard>, Failed> {
        let Some(mut blocks) = Blocks::open(at.path())? else { return Ok(None) };
        let mut head = Vec::new();
        blocks.next(&mut head)?;
        Ok(told(&head).map(|told| Heard { source: source.clone(), file, at, told }))
    }

    /// Reads its calls to some hosts; without any, to those that it is about. `progress` is told how far it is.
    ///
    /// # Errors
    /// A host that is none, or a recording that cannot be read to its end or has no such call.
    pub fn read(self, hosts: &[String], progress: Option<&Arc<Progress>>) -> Result<Spoken, Failed> {
        let path = self.at.path().to_owned();
        let read = match self.told {
            Told::Part => observed::part(&path, &self.file).map(Recorded::of_part),
            Told::Recording => {
                let wants = observed::wants(hosts, "default_safe")?;
                let progress = progress.cloned();
                observed::read(
                    std::slice::from_ref(&path),
                    &Options { wants, progress, ..Options::default() },
                )
            }
        };
        let name = |text: &str| text.replace(&path.display().to_string(), &self.file);
        let mut recorded = read.map_err(|mut failed| {
            failed.0.subject = name(&failed.0.subject);
            if let Some(fault) = &mut failed.0.fault {
                fault.file = name(&fault.file);
            }
            failed
        })?;
        recorded.warnings = recorded.warnings.iter().map(|warning| name(warning)).collect();
        Ok(Spoken { source: self.source, file: self.file, recorded })
    }
}

/// A recording whose calls were read.
pub struct Spoken {
    source: Source,
    file: String,
    recorded: Recorded,
}

/// What a recording tells.
pub struct Understood {
    /// Where it comes from, for the report.
    pub source: Source,
    /// The file, as the reader can open it from where the command ran.
    pub file: String,
    /// The surface of its calls.
    pub baseline: Baseline,
    /// What else is known of it.
    pub recording: Recording,
    /// What was left out, or cannot be told apart.
    pub notes: Vec<Phrase>,
}

impl Spoken {
    /// The hosts that its calls went to.
    pub fn hosts(&self) -> Vec<String> {
        let mut hosts: Vec<String> = self.recorded.part.hosts.keys().map(|(host, _)| host.clone()).collect();
        hosts.dedup();
        hosts
    }

    /// What they tell, as calls of the paths that are known.
    ///
    /// # Errors
    /// More is known than a surface holds.
    pub fn understood(self, known: &Known) -> Result<Understood, Failed> {
        let made = observed::sample(&self.recorded.part, known)?;
        let mut notes = self.left_out();
        notes.extend(made.notes);
        let recording = Recording { leaks: self.leaks() };
        Ok(Understood { source: self.source, file: self.file, baseline: made.baseline, recording, notes })
    }

    /// What cask would have taken out when it stored it. Of what was not stored yet nobody expects that it is clean.
    fn leaks(&self) -> BTreeMap<String, u64> {
        let stored = matches!(self.recorded.kind, Kind::Capture | Kind::OldCapture);
        let all = self.recorded.counts.redacted.iter().filter(|(class, _)| stored && gives_access(class));
        all.map(|(class, n)| (class.clone(), *n)).collect()
    }

    fn left_out(&self) -> Vec<Phrase> {
        let counts = &self.recorded.counts;
        let mut notes = vec![Phrase::say(format!(
            "{} of {} entries are calls that were looked at",
            counts.kept, counts.read
        ))];
        let mut hosts: Vec<(&String, &u64)> = counts.other_hosts.iter().collect();
        hosts.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        if !hosts.is_empty() {
            let more = hosts.len().saturating_sub(NAMED);
            let told = Phrase::say("calls to other hosts were left out (-a HOST takes them in): ");
            let told = told.and(Phrase::list(hosts.iter().take(NAMED).map(|(host, _)| host.as_str())));
            notes.push(if more > 0 { told.and_say(format!(" and {more} more")) } else { told });
        }
        notes.extend(self.recorded.warnings.iter().map(|warning| Phrase::quote(visible(warning, 200))));
        notes
    }
}
