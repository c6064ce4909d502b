//! Files of recorded calls in, redacted exchanges out in batches: of any kind and size, in bounded memory.
//!
//! What has to be known beforehand (which hosts a recording is about, which spans tell one call) is learned in a
//! first pass. Files are read in the order of their paths, so that the order of arguments changes nothing.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use crate::capture::feed::Feed;
use crate::capture::otel::{self, Index};
use crate::capture::sniff::{HEAD, Kind, Layout, layout};
use crate::capture::split::Piece;
use crate::capture::wanted::{Wanted, infer};
use crate::capture::{Reader, Wants, har, stored};
use crate::cmd::abreast::{Back, Batch, Line, Work, abreast};
use crate::cmd::asked;
use crate::cmd::failed::Failed;
use crate::cmd::progress::Progress;
use crate::io::blocks::Blocks;
use crate::io::captures;
use crate::model::exchange::{Counts, Exchange, Skip};
use crate::report::escape::terminal::Paint;

/// Bytes and entries between two looks at what was counted, and of spans that are read at once.
const BATCH: usize = 4 << 20;
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

/// Takes entries, with the lines of those over the limit.
type Each<'a> = &'a mut dyn FnMut(&Batch, &[u64]) -> Result<(), Failed>;

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
        let (mut counts, mut states) = (Counts::default(), Vec::new());
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

impl Recording {
    /// Takes the file apart: each piece, and the end of each block; whether that was the last.
    fn pieces(
        &self,
        piece: &mut dyn FnMut(Piece),
        block_ends: &mut dyn FnMut(bool) -> Result<(), Failed>,
    ) -> Result<(), Failed> {
        let gone = || Failed::new("input", &self.shown, "there is no such file any more");
        let mut blocks = Blocks::open(&self.path)?.ok_or_else(gone)?;
        let limit = if self.kind == Kind::Otel { otel::LIMIT } else { stored::LINE };
        let mut feed = Feed::new(self.layout, limit);
        let mut block = Vec::new();
        loop {
            blocks.next(&mut block)?;
            self.progress.iter().for_each(|progress| progress.read(block.len() as u64));
            let ended = block.is_empty();
            let read = match ended {
                true => feed.finish(piece),
                false => feed.push(&block, piece),
            };
            read.map_err(|stop| Failed::from(stop.of(&self.shown)))?;
            block_ends(ended)?;
            if ended {
                return Ok(());
            }
        }
    }

    /// Hands over all entries, batch by batch, with the lines of those over the limit.
    fn stream(&self, each: Each) -> Result<(), Failed> {
        let all = RefCell::new((Batch::default(), Vec::new()));
        let mut piece = |piece: Piece| match piece {
            Piece::Whole(bytes, line) => all.borrow_mut().0.push(bytes, line),
            Piece::TooLarge(line) => all.borrow_mut().1.push(line),
        };
        self.pieces(&mut piece, &mut |ended| {
            let (batch, over) = &mut *all.borrow_mut();
            if ended || batch.bytes() >= BATCH || batch.len() >= ENTRIES {
                each(batch, over)?;
                batch.clear();
                over.clear();
            }
            Ok(())
        })
    }

    /// Hands over all entries to every processor there is, and what is made of them to `take`.
    fn abreast<S: Send, O: Send>(
        &self,
        work: &Work<S, O>,
        take: &mut dyn FnMut(Back<O>) -> Result<(), Failed>,
    ) -> Result<Vec<S>, Failed> {
        abreast(work, take, &mut |line: &mut Line<O>| {
            let all = RefCell::new(Handed {
                line,
                batch: Batch::default(),
                over: Vec::new(),
                since: (0, 0),
                sent: Ok(()),
            });
            let mut piece = |piece: Piece| all.borrow_mut().piece(piece);
            self.pieces(&mut piece, &mut |ended| all.borrow_mut().block_ends(ended))
        })
    }
}

/// Entries on their way to the processors.
struct Handed<'h, 'l, O> {
    line: &'h mut Line<'l, O>,
    batch: Batch,
    /// Lines of entries over the limit, since the last mark.
    over: Vec<u64>,
    /// Bytes and entries since the last mark.
    since: (usize, usize),
    /// Whether all went well.
    sent: Result<(), Failed>,
}

impl<O> Handed<'_, '_, O> {
    fn piece(&mut self, piece: Piece) {
        match piece {
            Piece::Whole(bytes, line) if self.sent.is_ok() => {
                self.batch.push(bytes, line);
                self.since = (self.since.0 + bytes.len(), self.since.1 + 1);
                if self.batch.is_full() {
                    self.sent = self.line.send(&mut self.batch);
                }
            }
            Piece::Whole(..) => {}
            Piece::TooLarge(line) => self.over.push(line),
        }
    }

    fn block_ends(&mut self, ended: bool) -> Result<(), Failed> {
        std::mem::replace(&mut self.sent, Ok(()))?;
        if ended || self.since.0 >= BATCH || self.since.1 >= ENTRIES {
            if !self.batch.is_empty() {
                self.line.send(&mut self.batch)?;
            }
            self.since = (0, 0);
            self.line.mark(std::mem::take(&mut self.over))?;
        }
        Ok(())
    }
}

/// How many calls of programs went to each host.
fn about(files: &[Recording]) -> Result<BTreeMap<String, u64>, Failed> {
    let mut calls: BTreeMap<String, u64> = BTreeMap::new();
    let see = |calls: &mut BTreeMap<String, u64>, host: Option<String>| {
        if let Some(host) = host {
            *calls.entry(host).or_default() += 1;
        }
    };
    for file in files {
        match file.kind {
            Kind::Har => {
                let make = |calls: &mut BTreeMap<String, u64>, batch: &Batch| {
                    for (_, bytes) in batch.pieces() {
                        let seen = har::seen(bytes).ok().filter(|seen| seen.skip.is_none());
                        see(calls, seen.map(|seen| seen.host));
                    }
                };
                let parts = file.abreast(&Work { new: &BTreeMap::new, make: &make }, &mut |_| Ok(()))?;
                for (host, n) in parts.into_iter().flatten() {
                    *calls.entry(host).or_default() += n;
                }
            }
            Kind::Otel => file.stream(&mut |batch, _| {
                // No host is wanted, so each is told as another.
                let spans = batch
                    .pieces()
                    .flat_map(|(_, bytes)| otel::spans(bytes, &Wants::default()).unwrap_or_default());
                spans.for_each(|span| see(&mut calls, span.host()));
                Ok(())
            })?,
            Kind::Capture | Kind::OldCapture => {}
        }
    }
    Ok(calls)
}

/// What is told of a file beside its exchanges.
struct Told<'t> {
    counts: &'t mut Counts,
    /// Lines of entries that could not be read.
    unread: &'t mut Vec<u64>,
}

/// What is made of some exchanges.
type Make<'m, S, O> = &'m (dyn Fn(&mut S, Vec<Exchange>) -> O + Sync);
/// The same, with the state that it begins with.
type Making<'m, S, O> = (&'m (dyn Fn() -> S + Sync), Make<'m, S, O>);

/// Entries that stand for themselves, on every processor there is.
fn entries<S: Send, O: Send>(
    file: &Recording,
    wants: &Wants,
    told: &mut Told,
    (new, make): Making<S, O>,
    sink: &mut dyn FnMut(O) -> Result<(), Failed>,
) -> Result<Vec<S>, Failed> {
    let read = |(reader, state): &mut (Reader, S), batch: &Batch| {
        let (mut exchanges, mut unread) = (Vec::new(), Vec::new());
        for (line, bytes) in batch.pieces() {
            let before = reader.skipped(Skip::Malformed);
            exchanges.extend(reader.entry(file.kind, bytes));
            if reader.skipped(Skip::Malformed) > before {
                unread.push(line);
            }
        }
        (make(state, exchanges), reader.counted(), unread)
    };
    let work = Work { new: &|| (Reader::new(wants), new()), make: &read };
    let states = file.abreast(&work, &mut |back| {
        match back {
            Back::Made((made, part, lines)) => {
                told.counts.add(&part);
                told.unread.extend(lines);
                sink(made)?;
            }
            // At the same places whatever the number of processors is.
            Back::Mark(over) => {
                fewer(told.counts);
                let mut reader = Reader::new(wants);
                over.iter().for_each(|_| reader.malformed());
                told.counts.add(&reader.counted());
                told.unread.extend(over);
            }
        }
        Ok(())
    })?;
    Ok(states.into_iter().map(|(_, state)| state).collect())
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
fn spans<S: Send, O: Send>(
    file: &Recording,
    wants: &Wants,
    index: &mut Index,
    told: &mut Told,
    (new, make): Making<S, O>,
    sink: &mut dyn FnMut(O) -> Result<(), Failed>,
) -> Result<Vec<S>, Failed> {
    let mut reader = Reader::new(wants);
    let mut states: Vec<S> = (0..rayon::current_num_threads().max(1)).map(|_| new()).collect();
    file.stream(&mut |batch, over| {
        if let Some(line) = over.first() {
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
                    told.unread.push(line);
                }
            }
        }
        let each = exchanges.len().div_ceil(states.len()).max(1);
        let mut shares: Vec<Vec<Exchange>> = Vec::new();
        while !exchanges.is_empty() {
            let rest = exchanges.split_off(exchanges.len().min(each));
            shares.push(std::mem::replace(&mut exchanges, rest));
        }
        let made: Vec<O> =
            states.par_iter_mut().zip(shares).map(|(state, share)| make(state, share)).collect();
        made.into_iter().try_for_each(&mut *sink)
    })?;
    told.counts.add(&reader.counted());
    Ok(states)
}
