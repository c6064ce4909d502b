//! Lines of audit files in their order in, whether they are one whole chain out; if not, the first line that is not
//! as it was written, and why. Line by line: no file is held in memory.

use std::fmt;

use super::line::{FIRST, MAX_LINE, Place, SCHEMA, sum};
use crate::canon::limits::Limits;
use crate::canon::read_json::read_json;
use crate::canon::{Node, digest, json};

/// What is wrong with a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Why {
    /// The line is not as it was written.
    Edited,
    /// Lines before it are gone.
    Removed,
    /// It does not stand where it was written, or stands there twice.
    Reordered,
    /// The line has no end: a crash, or a file that was cut.
    CutOff,
    /// It is no record of this format.
    Foreign,
}

impl Why {
    /// The word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Why::Edited => "edited",
            Why::Removed => "removed",
            Why::Reordered => "reordered",
            Why::CutOff => "cut_off",
            Why::Foreign => "foreign",
        }
    }
}

/// Where a chain breaks first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Which of the files, from 0.
    pub file: usize,
    /// Line in that file, from 1.
    pub line: u64,
    /// What is wrong.
    pub why: Why,
    /// The same in words, without anything that stands in the line.
    pub message: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

/// A chain that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// Lines in all files.
    pub lines: u64,
    /// Hash of the last one: what the next line will vouch for. Noted elsewhere, it shows a cut at the end.
    pub last: String,
    /// Whether the first line continues a file that was not given.
    pub continues: bool,
}

/// The state of a chain while it streams by.
#[derive(Debug)]
pub struct Chain {
    file: usize,
    line: u64,
    lines: u64,
    next: Option<Place>,
    continues: bool,
    /// A line that came too early, and the number that was due: what comes next tells whether lines are gone or moved.
    gap: Option<(Broken, u64, u64)>,
}

impl Default for Chain {
    fn default() -> Self {
        Chain::new()
    }
}

impl Chain {
    /// Before the first line of the first file.
    pub fn new() -> Chain {
        Chain { file: 0, line: 0, lines: 0, next: None, continues: false, gap: None }
    }

    /// The next file begins: numbers start anew, the hashes go on.
    ///
    /// # Errors
    /// The file before ends in a gap.
    pub fn next_file(&mut self) -> Result<(), Broken> {
        if let Some((broken, ..)) = self.gap.take() {
            return Err(broken);
        }
        self.file += 1;
        self.line = 0;
        if let Some(next) = &mut self.next {
            next.seq = 1;
        }
        Ok(())
    }

    /// One line without its end; `ended` says whether it had one.
    ///
    /// # Errors
    /// The first line that is not as it was written.
    pub fn line(&mut self, bytes: &[u8], ended: bool) -> Result<(), Broken> {
        self.line += 1;
        if !ended {
            return Err(self.broken(Why::CutOff, "the line has no end"));
        }
        let (seq, prev) = self.read(bytes)?;
        if let Some((broken, due, came)) = self.gap.take() {
            return Err(match (due..came).contains(&seq) {
                true => Broken {
                    why: Why::Reordered,
                    message: format!("line number {came} stands where {due} was written"),
                    ..broken
                },
                false => broken,
            });
        }
        match &self.next {
            None if seq != 1 => {
                return Err(self.broken(Why::Removed, format!("the file begins with line number {seq}")));
            }
            None => self.continues = prev != FIRST,
            Some(next) if seq > next.seq => {
                let due = next.seq;
                let message = format!("lines number {due} to {} are gone", seq - 1);
                self.gap = Some((self.broken(Why::Removed, message), due, seq));
                return Ok(());
            }
            Some(next) if seq < next.seq => {
                let message = format!("line number {seq} stands where {} was written", next.seq);
                return Err(self.broken(Why::Reordered, message));
            }
            Some(next) if prev != next.prev && self.line == 1 => {
                return Err(self.broken(Why::Removed, "the file does not go on where the one before it ends"));
            }
            Some(next) if prev != next.prev => {
                let message = "it is not the line that the one after it was written behind";
                return Err(Broken { line: self.line - 1, ..self.broken(Why::Edited, message) });
            }
            Some(_) => {}
        }
        self.lines += 1;
        self.next = Some(Place { seq: seq + 1, prev: digest::sha256_hex(bytes) });
        Ok(())
    }

    /// The chain after its last line.
    ///
    /// # Errors
    /// It ends in a gap.
    pub fn finish(mut self) -> Result<Whole, Broken> {
        if let Some((broken, ..)) = self.gap.take() {
            return Err(broken);
        }
        let last = self.next.map_or_else(|| FIRST.to_owned(), |next| next.prev);
        Ok(Whole { lines: self.lines, last, continues: self.continues })
    }

    /// Number and predecessor of a line that is as it was written.
    fn read(&self, bytes: &[u8]) -> Result<(u64, String), Broken> {
        let edited = || self.broken(Why::Edited, "it is not as it was written");
        if bytes.len() >= MAX_LINE {
            return Err(self.broken(Why::Edited, "it is longer than any line that is written"));
        }
        let node = record(bytes).ok_or_else(edited)?;
        if node.get("schema").and_then(Node::as_text) != Some(SCHEMA) {
            return Err(self.broken(Why::Foreign, format!("it is no record of {SCHEMA}")));
        }
        let own = node.get("sum").and_then(Node::as_text);
        if own != Some(sum(&node).as_str()) || json::canonical(&node).as_bytes() != bytes {
            return Err(edited());
        }
        let seq = node.get("seq").and_then(Node::as_int).and_then(|seq| u64::try_from(seq).ok());
        let prev = node.get("prev").and_then(Node::as_text).filter(|prev| digest::is_hex64(prev));
        seq.zip(prev.map(str::to_owned)).ok_or_else(edited)
    }

    fn broken(&self, why: Why, message: impl Into<String>) -> Broken {
        Broken { file: self.file, line: self.line, why, message: message.into() }
    }
}

/// A line as a tree. None if it is no JSON object of a size that is written.
pub fn record(bytes: &[u8]) -> Option<Node> {
    let limits = Limits { depth: 8, nodes: 4096, ..Limits::new(MAX_LINE) };
    read_json("line", bytes, &limits).ok().filter(Node::is_map)
}

/// Where the line after this one goes. None if this is not the line of a chain, as it was written.
pub fn after(bytes: &[u8]) -> Option<Place> {
    let chain = Chain::new();
    let (seq, _) = chain.read(bytes).ok()?;
    Some(Place { seq: seq + 1, prev: digest::sha256_hex(bytes) })
}
