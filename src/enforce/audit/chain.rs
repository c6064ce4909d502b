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

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;
    use crate::enforce::audit::line::write;
    use crate::enforce::audit::record::{Confirmation, Counted, Outcome, Stop, Validation};
    use crate::enforce::audit::record::{Decision, Event, Intent, Record, Start, What};
    use crate::enforce::audit::redact::Redactor;
    use crate::enforce::reason::ReasonCode;

    /// One record of each kind, again and again.
    fn record_of(n: usize) -> Record {
        let decision = Decision {
            reason: Some("Ünïcode, \"quotes\" and a\nline".to_owned()),
            ..Decision::new("deny", ReasonCode::Policy)
        };
        let call_id = format!("call_{n}");
        let what = match n % 9 {
            0 => What::Start(Box::new(Start { pid: 7, ..Start::default() })),
            1 => What::Decision(Box::new(decision)),
            2 => What::Intent(Intent { call_id, ..Intent::default() }),
            3 => What::Outcome(Outcome { call_id, status: Some(200), ..Outcome::default() }),
            4 => What::Confirmation(Confirmation { event: Event::Grant, ..Confirmation::default() }),
            5 => What::Validation(Validation { side: "arguments", ..Validation::default() }),
            6 => What::List(Counted { tools: Some(3), ..Counted::default() }),
            7 => What::Inspect(Counted::default()),
            _ => What::Stop(Stop::default()),
        };
        Record { run_id: "run_0123456789ab".to_owned(), what }
    }

    fn chain_after(mut place: Place, count: usize) -> Vec<String> {
        let mut lines = Vec::new();
        for n in 0..count {
            let text = write(&record_of(n), &place, 1_795_000_000_123_456 + n as i64, &Redactor::default());
            place = after(text.as_bytes()).expect("a line that was just written");
            lines.push(text);
        }
        lines
    }

    static TWENTY: LazyLock<Vec<u8>> =
        LazyLock::new(|| (chain_after(Place::first(), 20).join("\n") + "\n").into_bytes());

    fn verify(files: &[&[u8]]) -> Result<Whole, Broken> {
        let mut chain = Chain::new();
        for (n, bytes) in files.iter().enumerate() {
            if n > 0 {
                chain.next_file()?;
            }
            for line in bytes.split_inclusive(|b| *b == b'\n') {
                match line.strip_suffix(b"\n") {
                    Some(line) => chain.line(line, true)?,
                    None => chain.line(line, false)?,
                }
            }
        }
        chain.finish()
    }

    fn why(lines: &[String]) -> (Why, u64) {
        let text = lines.join("\n") + "\n";
        let broken = verify(&[text.as_bytes()]).expect_err("it is broken");
        (broken.why, broken.line)
    }

    #[test]
    fn a_whole_chain_is_whole_over_files_and_from_its_middle() {
        let whole = verify(&[&TWENTY]).unwrap();
        assert_eq!((whole.lines, whole.continues), (20, false));
        assert_eq!(whole.last.len(), 64);
        let second = chain_after(Place { seq: 1, prev: whole.last.clone() }, 5).join("\n") + "\n";
        let both = verify(&[&TWENTY, second.as_bytes()]).unwrap();
        assert_eq!((both.lines, both.continues), (25, false));
        assert!(verify(&[second.as_bytes()]).unwrap().continues);
        let other = verify(&[second.as_bytes(), &TWENTY]).unwrap_err();
        assert_eq!((other.file, other.line, other.why), (1, 1, Why::Removed));
        assert_eq!(verify(&[]).unwrap().lines, 0);
    }

    #[test]
    fn what_was_done_to_a_chain_is_told_apart() {
        let lines = chain_after(Place::first(), 20);
        let mut removed = lines.clone();
        removed.drain(4..6);
        assert_eq!(why(&removed), (Why::Removed, 5));
        let mut first = lines.clone();
        first.remove(0);
        assert_eq!(why(&first), (Why::Removed, 1));
        let mut swapped = lines.clone();
        swapped.swap(4, 5);
        assert_eq!(why(&swapped), (Why::Reordered, 5));
        let mut twice = lines.clone();
        twice.insert(5, lines[4].clone());
        assert_eq!(why(&twice), (Why::Reordered, 6));
        let mut edited = lines.clone();
        edited[7] = edited[7].replacen("inspect", "insPect", 1);
        assert_eq!(why(&edited), (Why::Edited, 8));
        let mut foreign = lines.clone();
        foreign[3] = r#"{"decision": "allow", "run_id": "run_1", "timestamp": "x"}"#.to_owned();
        assert_eq!(why(&foreign), (Why::Foreign, 4));
        foreign[3] = "not json".to_owned();
        assert_eq!(why(&foreign), (Why::Edited, 4));
        let cut = &TWENTY[..TWENTY.len() - 20];
        let broken = verify(&[cut]).unwrap_err();
        assert_eq!((broken.line, broken.why), (20, Why::CutOff));
        let mut last_but_one_gone = lines.clone();
        last_but_one_gone.remove(18);
        assert_eq!(why(&last_but_one_gone), (Why::Removed, 19));
    }

    /// Somebody who knows the format can make an edited line's own sum good; the next line still knows better.
    #[test]
    fn a_line_that_was_written_anew_with_a_good_sum_is_found_by_the_next_one() {
        let mut lines = chain_after(Place::first(), 20);
        let place = after(lines[8].as_bytes()).expect("a line");
        lines[9] = write(&record_of(8), &place, 1, &Redactor::default());
        assert_eq!(why(&lines), (Why::Edited, 10));
    }

    #[test]
    fn a_record_of_every_kind_keeps_the_fields_of_the_reference() {
        let line = &chain_after(Place::first(), 2)[1];
        let node = record(line.as_bytes()).expect("a record");
        for name in [
            "timestamp",
            "run_id",
            "tool_id",
            "scope_id",
            "request_fingerprint",
            "decision",
            "reason_code",
            "evidence_refs",
            "lockfile_digest",
            "policy_digest",
            "confirmation_issuer",
            "provenance_mode",
            "reason",
        ] {
            assert!(node.get(name).is_some(), "{name}");
        }
        assert_eq!(node.get("timestamp").and_then(Node::as_text), Some("2026-11-18T11:06:40.123457+00:00"));
        assert_eq!(node.get("schema").and_then(Node::as_text), Some("cask.audit/2"));
        assert!(!line.contains('\n') && line.is_ascii());
        let keys: Vec<&String> = node.members().iter().map(|(key, _)| key).collect();
        assert!(keys.is_sorted(), "{keys:?}");
    }

    #[test]
    fn no_line_is_longer_than_64_kib_whatever_a_stranger_sends() {
        let long = "\u{1F600}".repeat(60_000);
        let decision = Decision {
            reason: Some(long.clone()),
            tool_id: Some(long.clone()),
            path_template: Some(long.clone()),
            origin: Some(long.clone()),
            method: Some(long.clone()),
            ..Decision::new("deny", ReasonCode::UnknownAction)
        };
        let start = Start { origins: vec![long; 200], ..Start::default() };
        for what in [What::Decision(Box::new(decision)), What::Start(Box::new(start))] {
            let record = Record { run_id: "r".to_owned(), what };
            let line = write(&record, &Place::first(), 0, &Redactor::default());
            assert!(line.len() < MAX_LINE, "{}", line.len());
            assert!(after(line.as_bytes()).is_some());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]
        #[test]
        fn any_single_byte_that_is_changed_is_found(at: prop::sample::Index, to: u8) {
            let mut bytes = TWENTY.clone();
            let at = at.index(bytes.len());
            prop_assume!(bytes[at] != to);
            let line = 1 + bytes[..at].iter().filter(|b| **b == b'\n').count() as u64;
            bytes[at] = to;
            let broken = verify(&[&bytes]);
            prop_assert!(broken.is_err(), "byte {} of line {}", at, line);
            prop_assert_eq!(broken.unwrap_err().line, line);
        }

        #[test]
        fn any_single_byte_that_is_taken_out_or_put_in_is_found(at: prop::sample::Index, byte: Option<u8>) {
            let mut bytes = TWENTY.clone();
            let at = at.index(bytes.len());
            match byte {
                Some(byte) => bytes.insert(at, byte),
                None => { bytes.remove(at); }
            }
            // A second end of line behind the last one changes nothing that was written, and is found all the same.
            prop_assert!(verify(&[&bytes]).is_err());
        }

        #[test]
        fn any_run_of_lines_taken_out_before_the_end_is_found(from in 0usize..19, count in 1usize..19) {
            let mut lines = chain_after(Place::first(), 20);
            let to = (from + count).min(19);
            lines.drain(from..to);
            prop_assert_eq!(why(&lines).0, Why::Removed);
        }
    }
}
