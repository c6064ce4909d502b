//! Files of recorded calls in, redacted exchanges out in batches: of any kind and size, in bounded memory.
//!
//! What has to be known beforehand (which hosts a recording is about, which spans tell one call) is learned in a
//! first pass. Files are read in the order of their paths, so that the order of arguments changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use crate::capture::feed::Feed;
use crate::capture::otel::{self, Index};
use crate::capture::sniff::{HEAD, Kind, Layout, layout};
use crate::capture::split::Piece;
use crate::capture::wanted::{Wanted, infer};
use crate::capture::{Reader, Wants, har, stored};
use crate::cmd::asked;
use crate::cmd::failed::Failed;
use crate::cmd::progress::Progress;
use crate::io::blocks::Blocks;
use crate::io::captures;
use crate::model::exchange::{Counts, Exchange, Skip};
use crate::report::escape::terminal::Paint;

/// Bytes of entries that are read at once.
const BATCH: usize = 4 << 20;
/// Entries that are read at once.
const ENTRIES: usize = 4096;
/// Entries of a file that could not be read and are named.
const NAMED: usize = 5;
/// Hosts that are named where none was wanted.
const HOSTS: usize = 8;

/// What is asked of recordings.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Hosts and profile. No hosts: those that the recordings are about.
    pub wants: Wants,
    /// The kind of every file; none: told by its content.
    pub kind: Option<Kind>,
    /// How hosts are asked for where none is wanted; none: nobody is asked, and those with most calls are taken.
    pub ask: Option<Paint>,
    /// Who is told how far reading is.
    pub progress: Option<Arc<Progress>>,
}

/// Takes exchanges, batch by batch.
pub type Sink<'a> = &'a mut dyn FnMut(Vec<Exchange>) -> Result<(), Failed>;

/// Recordings that are ready to be read.
pub struct Recordings {
    files: Vec<Recording>,
    wants: Wants,
    index: Index,
    /// Whether the hosts were not asked for but inferred.
    pub inferred: bool,
    /// Entries that could not be read, by file and line.
    pub warnings: Vec<String>,
}

struct Recording {
    path: PathBuf,
    shown: String,
    kind: Kind,
    layout: Layout,
    /// Bytes of one reading, if they are known.
    size: Option<u64>,
    progress: Option<Arc<Progress>>,
}

/// Reads one file: hands over its exchanges, and tells what was counted.
///
/// # Errors
/// It is no recording, cannot be read to its end, or tells of no call to a wanted host.
pub fn each(path: &Path, options: &Options, sink: Sink) -> Result<Counts, Failed> {
    let mut recordings = Recordings::open(&[path.to_owned()], options)?;
    recordings.each(sink)
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
        let files: Vec<Recording> = paths.iter().map(|path| look(path, options)).collect::<Result<_, _>>()?;
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
            file.stream(&mut |batch| {
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
        Ok(Recordings { files, wants, index, inferred, warnings: Vec::new() })
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
        let mut counts = Counts::default();
        for file in &self.files {
            let mut unread = Vec::new();
            match file.kind {
                Kind::Otel => spans(file, &self.wants, &mut self.index, &mut counts, &mut unread, sink)?,
                _ => entries(file, &self.wants, &mut counts, &mut unread, sink)?,
            }
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
            _ => Ok(counts),
        }
    }

    /// Why nothing was kept.
    fn nothing(&self, counts: &Counts) -> Failed {
        let names: Vec<&str> = self.files.iter().map(|file| file.shown.as_str()).collect();
        let failed = |message: &str| Failed::new("input", names.join(", "), message.to_owned());
        if counts.read == 0 {
            return failed("it has no entries").hint("record again, and use the API while it is recorded");
        }
        let mut failed = failed("nothing in it is kept").looked("read", counts.read.to_string());
        for (reason, n) in &counts.skipped {
            failed = failed.looked(reason.word(), n.to_string());
        }
        if !counts.other_hosts.is_empty() {
            if self.wants.hosts.is_empty() {
                failed.0.message = "it holds pages, and no calls that a program would make".to_owned();
            } else {
                failed = failed.looked("wanted", self.wants.hosts.spelled().join(", "));
            }
            let mut hosts: Vec<(&String, &u64)> = counts.other_hosts.iter().collect();
            hosts.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
            let more = hosts.len().saturating_sub(HOSTS);
            let mut told: Vec<String> =
                hosts.iter().take(HOSTS).map(|(host, n)| format!("{host} ({n})")).collect();
            if more > 0 {
                told.push(format!("{more} more"));
            }
            return failed.looked("seen", told.join(", ")).hint("name the hosts of the API:  -a HOST");
        }
        failed.hint("record calls to the API, not only pages")
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

/// Which kind of recording a path leads to. A folder is one of a stored capture.
fn look(path: &Path, options: &Options) -> Result<Recording, Failed> {
    let path = captures::file_of(path);
    let shown = path.display().to_string();
    let Some(mut blocks) = Blocks::open(&path)? else {
        return Err(Failed::new("input", shown, "there is no such file")
            .hint("name a HAR file, an OTLP/JSON export or a stored capture"));
    };
    let mut head = Vec::new();
    blocks.next(&mut head)?;
    if head.starts_with(&[0xFF, 0xFE]) || head.starts_with(&[0xFE, 0xFF]) {
        return Err(Failed::new("input", shown, "UTF-16, not UTF-8").hint("save it as UTF-8"));
    }
    let found = layout(&head[..head.len().min(HEAD)]);
    match (found, options.kind) {
        (Some((found, layout)), asked) if asked.is_none_or(|asked| asked == found) => {
            let (size, progress) = (blocks.size(), options.progress.clone());
            Ok(Recording { path, shown, kind: found, layout, size, progress })
        }
        (Some((found, _)), _) => {
            Err(Failed::new("input", shown, format!("it is of the kind {}", found.word()))
                .hint("leave --input-format away: the kind is told by the content"))
        }
        (None, _) => Err(none(shown, &head)),
    }
}

/// Why a file is no recording, as far as its beginning tells.
fn none(shown: String, head: &[u8]) -> Failed {
    let has = |word: &[u8]| memchr::memmem::find(&head[..head.len().min(HEAD)], word).is_some();
    let start = head.trim_ascii_start();
    let failed = |message: &str| Failed::new("input", shown.clone(), message.to_owned());
    if start.is_empty() {
        return failed("it is empty").hint("record it again, or export it again");
    }
    if has(b"openapi") || has(b"swagger") {
        return failed("it describes an API and records no calls")
            .hint("cask mint FILE, which makes a toolpack of it");
    }
    let known = "known are HAR, OTLP/JSON and stored captures";
    match start[0] {
        b'{' | b'[' => failed("it is JSON, but no recording that is known").why(known),
        _ => failed("it is not JSON, or a single value").why(known),
    }
    .hint("export it as HAR (\"Save all as HAR\"), or as OTLP/JSON")
}

/// Some entries of a file.
struct Batch {
    bytes: Vec<u8>,
    pieces: Vec<(Range<usize>, u64)>,
    /// Lines of entries over the limit.
    over: Vec<u64>,
}

impl Batch {
    fn pieces(&self) -> impl Iterator<Item = (u64, &[u8])> {
        self.pieces.iter().map(|(range, line)| (*line, &self.bytes[range.clone()]))
    }

    fn take(&mut self, piece: Piece) {
        match piece {
            Piece::Whole(bytes, line) => {
                let start = self.bytes.len();
                self.bytes.extend_from_slice(bytes);
                self.pieces.push((start..self.bytes.len(), line));
            }
            Piece::TooLarge(line) => self.over.push(line),
        }
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.pieces.clear();
        self.over.clear();
    }
}

impl Recording {
    /// Hands over all entries, batch by batch.
    fn stream(&self, each: &mut dyn FnMut(&Batch) -> Result<(), Failed>) -> Result<(), Failed> {
        let gone = || Failed::new("input", &self.shown, "there is no such file any more");
        let mut blocks = Blocks::open(&self.path)?.ok_or_else(gone)?;
        let limit = if self.kind == Kind::Otel { otel::LIMIT } else { stored::LINE };
        let mut feed = Feed::new(self.layout, limit);
        let mut batch = Batch { bytes: Vec::new(), pieces: Vec::new(), over: Vec::new() };
        let mut block = Vec::new();
        loop {
            blocks.next(&mut block)?;
            self.progress.iter().for_each(|progress| progress.read(block.len() as u64));
            let ended = block.is_empty();
            let read = match ended {
                true => feed.finish(&mut |piece| batch.take(piece)),
                false => feed.push(&block, &mut |piece| batch.take(piece)),
            };
            read.map_err(|stop| Failed::from(stop.of(&self.shown)))?;
            if ended || batch.bytes.len() >= BATCH || batch.pieces.len() >= ENTRIES {
                each(&batch)?;
                batch.clear();
            }
            if ended {
                return Ok(());
            }
        }
    }
}

/// How many calls of programs went to each host.
fn about(files: &[Recording]) -> Result<BTreeMap<String, u64>, Failed> {
    let mut calls: BTreeMap<String, u64> = BTreeMap::new();
    for file in files {
        let mut see = |host: Option<String>| {
            if let Some(host) = host {
                *calls.entry(host).or_default() += 1;
            }
        };
        match file.kind {
            Kind::Har => file.stream(&mut |batch| {
                let one = |(range, _): &(Range<usize>, u64)| {
                    har::seen(&batch.bytes[range.clone()])
                        .ok()
                        .filter(|seen| seen.skip.is_none())
                        .map(|seen| seen.host)
                };
                let hosts: Vec<Option<String>> = batch.pieces.par_iter().map(one).collect();
                hosts.into_iter().for_each(&mut see);
                Ok(())
            })?,
            Kind::Otel => file.stream(&mut |batch| {
                // No host is wanted, so each is told as another.
                let spans = batch
                    .pieces()
                    .flat_map(|(_, bytes)| otel::spans(bytes, &Wants::default()).unwrap_or_default());
                spans.for_each(|span| see(span.host()));
                Ok(())
            })?,
            Kind::Capture | Kind::OldCapture => {}
        }
    }
    Ok(calls)
}

/// Entries that stand for themselves, on every processor there is.
fn entries(
    file: &Recording,
    wants: &Wants,
    counts: &mut Counts,
    unread: &mut Vec<u64>,
    sink: Sink,
) -> Result<(), Failed> {
    file.stream(&mut |batch| {
        let size = (batch.pieces.len() / (2 * rayon::current_num_threads())).max(16);
        let read: Vec<(Vec<Exchange>, Counts, Vec<u64>)> = batch
            .pieces
            .par_chunks(size)
            .map(|pieces| {
                let mut reader = Reader::new(wants);
                let (mut exchanges, mut unread) = (Vec::new(), Vec::new());
                for (range, line) in pieces {
                    let before = reader.skipped(Skip::Malformed);
                    exchanges.extend(reader.entry(file.kind, &batch.bytes[range.clone()]));
                    if reader.skipped(Skip::Malformed) > before {
                        unread.push(*line);
                    }
                }
                (exchanges, reader.counted(), unread)
            })
            .collect();
        for (exchanges, part, lines) in read {
            counts.add(&part);
            unread.extend(lines);
            sink(exchanges)?;
        }
        fewer(counts);
        if !batch.over.is_empty() {
            let mut reader = Reader::new(wants);
            batch.over.iter().for_each(|_| reader.malformed());
            counts.add(&reader.counted());
            unread.extend(&batch.over);
        }
        Ok(())
    })
}

/// Of the hosts that were not wanted only the most frequent stay; whatever the number of processors is, the same.
fn fewer(counts: &mut Counts) {
    const KEPT: usize = 1000;
    if counts.other_hosts.len() > 2 * KEPT {
        let mut hosts: Vec<(String, u64)> = std::mem::take(&mut counts.other_hosts).into_iter().collect();
        hosts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        counts.other_hosts = hosts.into_iter().take(KEPT).collect();
    }
}

/// Spans, one after another: which of them tell the same call is known of all together.
fn spans(
    file: &Recording,
    wants: &Wants,
    index: &mut Index,
    counts: &mut Counts,
    unread: &mut Vec<u64>,
    sink: Sink,
) -> Result<(), Failed> {
    let mut reader = Reader::new(wants);
    file.stream(&mut |batch| {
        if let Some(line) = batch.over.first() {
            // It may hold any number of calls: that is not one entry less.
            return Err(Failed::new(
                "input",
                &file.shown,
                format!("more than 32 MiB in one batch of spans, on line {line}"),
            )
            .hint("export smaller batches"));
        }
        let mut exchanges = Vec::new();
        for (line, bytes) in batch.pieces() {
            match otel::spans(bytes, wants) {
                Ok(found) => {
                    exchanges.extend(found.into_iter().filter_map(|span| reader.exchange(index.judge(span))))
                }
                Err(_) => {
                    reader.malformed();
                    unread.push(line);
                }
            }
        }
        sink(exchanges)
    })?;
    counts.add(&reader.counted());
    Ok(())
}
