//! Files, or what a receiver holds, in, their exchanges out in batches, and what was counted. What has to be known beforehand is learned first.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::calls::{Make, Told, entries, spans};
use super::file::{Recording, look};
use super::hosts::about;
use super::nothing::nothing;
use super::options::Options;
use crate::capture::Wants;
use crate::capture::otel::{self, Index};
use crate::capture::sniff::Kind;
use crate::capture::wanted::{Wanted, infer};
use crate::cmd::asked;
use crate::cmd::failed::Failed;
use crate::model::exchange::{Counts, Exchange};

/// Entries of a file that could not be read and are named.
const NAMED: usize = 5;

/// Takes exchanges, batch by batch.
pub type Sink<'a> = &'a mut dyn FnMut(Vec<Exchange>) -> Result<(), Failed>;

/// Recordings that are ready to be read.
pub struct Recordings {
    files: Vec<Recording>,
    wants: Wants,
    index: Index,
    /// What was left out before it got here.
    before: Counts,
    /// Whether the hosts were not asked for but inferred.
    pub inferred: bool,
    /// Entries that could not be read, by file and line.
    pub warnings: Vec<String>,
}

impl Recordings {
    /// Looks at files, and learns what has to be known before any is read.
    ///
    /// # Errors
    /// One is missing, is no recording, or cannot be read to its end.
    pub fn open(paths: &[PathBuf], options: &Options) -> Result<Recordings, Failed> {
        let mut paths = paths.to_vec();
        paths.sort();
        // One file under two names tells nothing twice.
        let mut seen = BTreeSet::new();
        paths.retain(|path| seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())));
        let files = paths.iter().map(|path| look(path, options)).collect::<Result<_, _>>()?;
        Recordings::learned(files, Counts::default(), options)
    }

    /// Spans that were received, each a line of OTLP/JSON; `before`: of how many more nothing is kept, and why. In which
    /// order they came changes nothing.
    ///
    /// # Errors
    /// There are more than can be judged together.
    pub fn received(mut lines: Vec<String>, before: Counts, options: &Options) -> Result<Recordings, Failed> {
        lines.sort_unstable();
        Recordings::learned(vec![Recording::held(lines, "what was received".to_owned())], before, options)
    }

    /// Learns what has to be known before anything is read.
    fn learned(files: Vec<Recording>, before: Counts, options: &Options) -> Result<Recordings, Failed> {
        let mut wants = options.wants.clone();
        let stored = |file: &Recording| matches!(file.kind, Kind::Capture | Kind::OldCapture);
        let mut inferred = wants.hosts.is_empty() && !files.iter().all(stored);
        expect(&files, inferred, options);
        if inferred {
            let calls = about(&files)?;
            wants.hosts = infer(&calls);
            if let Some(paint) = options.ask {
                options.progress.iter().for_each(|progress| progress.hide());
                if let Some(chosen) = asked::hosts(&calls, &wants.hosts, paint)? {
                    (wants.hosts, inferred) = (chosen, false);
                }
            }
        }
        let mut index = Index::default();
        for file in files.iter().filter(|file| file.kind == Kind::Otel) {
            file.stream(&mut |batch, _| {
                for (_, bytes) in batch.pieces() {
                    for span in otel::spans(bytes, &wants).unwrap_or_default() {
                        index.learn(&span).map_err(|why| {
                            Failed::new("input", &file.shown, format!("it holds {why}"))
                                .hint("split it by trace, and import its parts one by one")
                        })?;
                    }
                }
                Ok(())
            })?;
        }
        Ok(Recordings { files, wants, index, before, inferred, warnings: Vec::new() })
    }

    /// The kinds of the files, each once.
    pub fn kinds(&self) -> Vec<Kind> {
        let mut kinds: Vec<Kind> = self.files.iter().map(|file| file.kind).collect();
        kinds.sort();
        kinds.dedup();
        kinds
    }

    /// The hosts that are kept.
    pub fn hosts(&self) -> &Wanted {
        &self.wants.hosts
    }

    /// Reads all: hands over the exchanges, and tells what was counted.
    ///
    /// # Errors
    /// A file cannot be read to its end, nothing in them is wanted, or the sink fails.
    pub fn each(&mut self, sink: Sink) -> Result<Counts, Failed> {
        let (counts, _) = self.read(&|| (), &|(), exchanges| exchanges, sink)?;
        Ok(counts)
    }

    /// Reads all: puts each exchange to one of several sums, on every processor there is, and tells what was counted.
    ///
    /// # Errors
    /// A file cannot be read to its end, or nothing in them is wanted.
    pub fn sums<S: Send>(
        &mut self,
        new: &(dyn Fn() -> S + Sync),
        add: &(dyn Fn(&mut S, &Exchange) + Sync),
    ) -> Result<(Counts, Vec<S>), Failed> {
        let make = |sum: &mut S, exchanges: Vec<Exchange>| exchanges.iter().for_each(|one| add(sum, one));
        self.read(new, &make, &mut |()| Ok(()))
    }

    /// Reads all: makes something of some exchanges each, on every processor there is, and hands it over in order.
    fn read<S: Send, O: Send>(
        &mut self,
        new: &(dyn Fn() -> S + Sync),
        make: Make<S, O>,
        sink: &mut dyn FnMut(O) -> Result<(), Failed>,
    ) -> Result<(Counts, Vec<S>), Failed> {
        let (mut counts, mut states) = (self.before.clone(), Vec::new());
        for file in &self.files {
            let mut unread = Vec::new();
            let mut told = Told { counts: &mut counts, unread: &mut unread };
            states.extend(match file.kind {
                Kind::Otel => spans(file, &self.wants, &mut self.index, &mut told, (new, make), sink)?,
                _ => entries(file, &self.wants, &mut told, (new, make), sink)?,
            });
            let rest = unread.len().saturating_sub(NAMED);
            let named = unread.iter().take(NAMED);
            self.warnings
                .extend(named.map(|line| format!("{}: the entry on line {line} can't be read", file.shown)));
            if rest > 0 {
                self.warnings.push(format!("{}: {rest} more entries can't be read", file.shown));
            }
        }
        match counts.kept {
            0 => Err(self.nothing(&counts)),
            _ => Ok((counts, states)),
        }
    }

    /// Why nothing was kept.
    fn nothing(&self, counts: &Counts) -> Failed {
        let names: Vec<&str> = self.files.iter().map(|file| file.shown.as_str()).collect();
        let hint = match self.files.iter().all(|file| file.kind == Kind::Otel) {
            true => "export the spans of HTTP calls: those with http.request.method and url.full",
            false => "record calls to the API, not only pages",
        };
        nothing(&names.join(", "), counts, &self.wants.hosts, hint)
    }
}

/// Says how much is going to be read: what has to be known first takes readings of its own.
fn expect(files: &[Recording], inferred: bool, options: &Options) {
    let Some(progress) = &options.progress else { return };
    // Of what is packed nobody knows it, and then of all.
    let readings = |file: &Recording| {
        let first = inferred && matches!(file.kind, Kind::Har | Kind::Otel);
        1 + u64::from(first) + u64::from(file.kind == Kind::Otel)
    };
    let bytes: Option<u64> = files.iter().map(|file| Some(file.size? * readings(file))).sum();
    progress.expect(bytes.unwrap_or(0));
}
