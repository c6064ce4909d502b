//! A path, or lines that are held in memory, in; which kind of recording it is, and its entries in batches, out.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::abreast::{Back, Batch, Line, Work, abreast};
use super::options::Options;
use crate::capture::feed::Feed;
use crate::capture::otel;
use crate::capture::sniff::{HEAD, Kind, Layout, layout};
use crate::capture::split::Piece;
use crate::capture::stored;
use crate::cmd::failed::Failed;
use crate::cmd::progress::Progress;
use crate::io::blocks::Blocks;
use crate::io::captures;

/// Bytes and entries between two looks at what was counted, and of spans that are read at once.
const BATCH: usize = 4 << 20;
const ENTRIES: usize = 4096;

/// Takes entries, with the lines of those over the limit.
pub type Each<'a> = &'a mut dyn FnMut(&Batch, &[u64]) -> Result<(), Failed>;

/// Where a recording is.
enum Place {
    File(PathBuf),
    /// Each entry a line.
    Memory(Vec<String>),
}

/// Recorded calls: those of a file, or those that a receiver holds.
pub struct Recording {
    place: Place,
    /// Its path, or what it is, for messages.
    pub shown: String,
    /// What kind of recording it is.
    pub kind: Kind,
    layout: Layout,
    /// Bytes of one reading, if they are known.
    pub size: Option<u64>,
    progress: Option<Arc<Progress>>,
}

/// Which kind of recording a path leads to. A folder is one of a stored capture.
///
/// # Errors
/// It is missing, cannot be read, or is no recording of the kind that is asked for.
pub fn look(path: &Path, options: &Options) -> Result<Recording, Failed> {
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
            Ok(Recording { place: Place::File(path), shown, kind: found, layout, size, progress })
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
    /// Spans that were received, each a line of OTLP/JSON.
    pub fn held(lines: Vec<String>, shown: String) -> Recording {
        let place = Place::Memory(lines);
        Recording { place, shown, kind: Kind::Otel, layout: Layout::Lines, size: None, progress: None }
    }

    /// Takes the recording apart: each piece, and the end of each block; whether that was the last.
    fn pieces(
        &self,
        piece: &mut dyn FnMut(Piece),
        block_ends: &mut dyn FnMut(bool) -> Result<(), Failed>,
    ) -> Result<(), Failed> {
        let path = match &self.place {
            Place::File(path) => path,
            Place::Memory(lines) => {
                for (line, text) in (1..).zip(lines) {
                    piece(Piece::Whole(text.as_bytes(), line));
                    block_ends(false)?;
                }
                return block_ends(true);
            }
        };
        let gone = || Failed::new("input", &self.shown, "there is no such file any more");
        let mut blocks = Blocks::open(path)?.ok_or_else(gone)?;
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
    ///
    /// # Errors
    /// The file cannot be read to its end, or `each` fails.
    pub fn stream(&self, each: Each) -> Result<(), Failed> {
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
    ///
    /// # Errors
    /// The file cannot be read to its end, or `take` fails.
    pub fn abreast<S: Send, O: Send>(
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
