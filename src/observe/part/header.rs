//! The first line of a part: under which options it was made, of which inputs, and what was counted on the way.

use std::collections::BTreeMap;

use super::bottom::{Bottom, Merge};
use crate::canon::digest::{is_digest, is_hex64};
use crate::canon::{Fault, FaultKind, Node, Value};
use crate::model::at::At;
use crate::model::exchange::{Counts, Skip};

/// What it says first.
pub const SCHEMA: &str = "cask.part/1";
/// Words that are kept of what was counted by word.
const WORDS: usize = 64;

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Header {
    /// Digest of the options; none for the empty part.
    pub options: Option<String>,
    /// What it was made of, sorted.
    pub inputs: Vec<Input>,
    /// What was counted.
    pub counts: Tally,
}

/// Entries of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Input {
    /// SHA-256 of the file.
    pub sha256: String,
    /// Number of the first entry.
    pub from: u64,
    /// Number after the last entry.
    pub to: u64,
    /// Its name, for people.
    pub name: String,
    /// The word for its kind of recording; none in parts of before there was one.
    pub kind: Option<String>,
}

/// [`Counts`] that stay small whatever the words are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    read: u64,
    kept: u64,
    skipped: Bottom<u64, WORDS>,
    redacted: Bottom<u64, WORDS>,
    other_hosts: Bottom<u64, WORDS>,
}

impl Tally {
    /// Adds what a reader counted.
    pub fn add(&mut self, counts: &Counts) {
        self.read.merge(counts.read);
        self.kept.merge(counts.kept);
        counts.skipped.iter().for_each(|(reason, n)| self.skipped.put(reason.word(), *n));
        counts.redacted.iter().for_each(|(class, n)| self.redacted.put(class, *n));
        counts.other_hosts.iter().for_each(|(host, n)| self.other_hosts.put(host, *n));
    }

    /// Counts an exchange that was kept by its reader and is none.
    pub fn refuse(&mut self) {
        self.skipped.put(Skip::Malformed.word(), 1);
        self.kept = self.kept.saturating_sub(1);
    }

    /// What was counted, as far as it is kept.
    pub fn counts(&self) -> Counts {
        let of = |map: &Bottom<u64, WORDS>| {
            map.sorted().into_iter().map(|(word, n)| (word.to_owned(), *n)).collect::<BTreeMap<String, u64>>()
        };
        let reason = |skip: &Skip| Some((*skip, *self.skipped.get(skip.word())?));
        Counts {
            read: self.read,
            kept: self.kept,
            skipped: Skip::ALL.iter().filter_map(reason).collect(),
            redacted: of(&self.redacted),
            other_hosts: of(&self.other_hosts),
        }
    }

    /// Entries that were read, and those that were kept.
    pub fn entries(&self) -> (u64, u64) {
        (self.read, self.kept)
    }

    fn node(&self) -> Node {
        let mut members = vec![("read", Node::int(self.read)), ("kept", Node::int(self.kept))];
        let maps =
            [("skipped", &self.skipped), ("redacted", &self.redacted), ("other_hosts", &self.other_hosts)];
        let more: Vec<&str> = maps.iter().filter(|(_, map)| map.more).map(|(name, _)| *name).collect();
        for (name, map) in maps.into_iter().filter(|(_, map)| !map.is_empty()) {
            members.push((name, Node::map(map.sorted().into_iter().map(|(word, n)| (word, Node::int(*n))))));
        }
        if !more.is_empty() {
            members.push(("more", Node::texts(more)));
        }
        Node::map(members)
    }

    fn read(at: &At) -> Result<Tally, Fault> {
        at.only(&["read", "kept", "skipped", "redacted", "other_hosts", "more"])?;
        let more = at.texts_of("more")?;
        let map = |name: &str| -> Result<Bottom<u64, WORDS>, Fault> {
            let mut made = Bottom::default();
            for (word, n) in at.optional(name).map(|m| m.members()).transpose()?.unwrap_or_default() {
                made.put(word, n.count()?);
            }
            made.more |= more.iter().any(|m| m == name);
            Ok(made)
        };
        Ok(Tally {
            read: at.opt_count("read")?.unwrap_or_default(),
            kept: at.opt_count("kept")?.unwrap_or_default(),
            skipped: map("skipped")?,
            redacted: map("redacted")?,
            other_hosts: map("other_hosts")?,
        })
    }
}

impl Merge for Tally {
    fn merge(&mut self, other: Tally) {
        self.read.merge(other.read);
        self.kept.merge(other.kept);
        self.skipped.merge(other.skipped);
        self.redacted.merge(other.redacted);
        self.other_hosts.merge(other.other_hosts);
    }
}

impl Header {
    /// Of a part that is made of one input.
    ///
    /// # Errors
    /// If the digests are none, or the range ends before it begins.
    pub fn new(options: &str, input: Input, counts: &Counts) -> Result<Header, Fault> {
        let mut tally = Tally::default();
        tally.add(counts);
        let header = Header { options: Some(options.to_owned()), inputs: vec![input], counts: tally };
        header.sound("part", 0)?;
        Ok(header)
    }

    /// Adds another part's.
    ///
    /// # Errors
    /// If it was made under other options, or of entries that are in here already.
    pub fn merge(&mut self, file: &str, other: Header) -> Result<(), Fault> {
        let refused = |message: String, hint: &'static str| {
            Err(Fault::new(file, FaultKind::Content, message).line(1).hint(hint))
        };
        match (&self.options, &other.options) {
            (Some(mine), Some(theirs)) if mine != theirs => {
                return refused(
                    format!("made under the options {theirs}, the parts before it under {mine}"),
                    "make all parts with the same hosts and redaction",
                );
            }
            (None, theirs) => self.options.clone_from(theirs),
            _ => {}
        }
        self.inputs.extend(other.inputs);
        self.inputs.sort();
        if let Some((one, two)) = overlap(&self.inputs) {
            return refused(
                format!(
                    "entries {}–{} of {:?} and {}–{} of {:?} overlap: they would count twice",
                    one.from, one.to, one.name, two.from, two.to, two.name
                ),
                "give each part once",
            );
        }
        self.counts.merge(other.counts);
        Ok(())
    }

    /// The line.
    pub fn node(&self) -> Node {
        self.made(true)
    }

    /// The same without what the part was made of: equal for every split of the same entries.
    pub fn without_inputs(&self) -> Node {
        self.made(false)
    }

    fn made(&self, inputs: bool) -> Node {
        let mut members = vec![("schema", Node::text(SCHEMA))];
        members.extend(self.options.as_ref().map(|digest| ("options", Node::text(digest))));
        if inputs {
            let made = self.inputs.iter().map(|input| {
                let kind = input.kind.as_ref().map(|kind| ("kind", Node::text(kind)));
                let always = [
                    ("sha256", Node::text(&input.sha256)),
                    ("name", Node::text(&input.name)),
                    ("from", Node::int(input.from)),
                    ("to", Node::int(input.to)),
                ];
                Node::map(always.into_iter().chain(kind))
            });
            members.push(("inputs", Node::new(Value::List(made.collect()))));
        }
        members.push(("counts", self.counts.node()));
        Node::map(members)
    }

    /// Reads the line.
    ///
    /// # Errors
    /// If it is no part's first line, or two of its inputs overlap.
    pub fn read(file: &str, line: &Node) -> Result<Header, Fault> {
        let at = At::root(file, line);
        at.map()?;
        match at.opt_text("schema")? {
            Some(SCHEMA) => {}
            Some(other) => {
                return Err(Fault::new(
                    file,
                    FaultKind::Version,
                    format!("expected {SCHEMA}, found {other:?}"),
                )
                .line(1)
                .pointer("/schema")
                .hint("make it anew with this version"));
            }
            None => return Err(at.fault(format!("the first line of a part says `\"schema\": \"{SCHEMA}\"`"))),
        }
        at.only(&["schema", "options", "inputs", "counts"])?;
        let mut inputs = Vec::new();
        for input in at.required("inputs")?.items()? {
            input.only(&["sha256", "name", "from", "to", "kind"])?;
            inputs.push(Input {
                sha256: input.text_of("sha256")?.to_owned(),
                name: input.text_of("name")?.to_owned(),
                from: input.required("from")?.count()?,
                to: input.required("to")?.count()?,
                kind: input.opt_text("kind")?.map(str::to_owned),
            });
        }
        inputs.sort();
        let counts = Tally::read(&at.required("counts")?)?;
        let header = Header { options: at.opt_text("options")?.map(str::to_owned), inputs, counts };
        header.sound(file, 1)?;
        Ok(header)
    }

    fn sound(&self, file: &str, line: u32) -> Result<(), Fault> {
        let fault = |pointer: &str, message: &str| {
            Err(Fault::new(file, FaultKind::Content, message).line(line).pointer(pointer))
        };
        if self.options.as_ref().is_some_and(|digest| !is_digest(digest)) {
            return fault("/options", "expected sha256: and 64 hex digits");
        }
        if self.options.is_none() && !self.inputs.is_empty() {
            return fault("/options", "a part that is made of anything says under which options");
        }
        for (i, input) in self.inputs.iter().enumerate() {
            if !is_hex64(&input.sha256) {
                return fault(&format!("/inputs/{i}/sha256"), "expected 64 hex digits");
            }
            if input.from > input.to {
                return fault(&format!("/inputs/{i}/to"), "the range ends before it begins");
            }
        }
        match overlap(&self.inputs) {
            Some(_) => fault("/inputs", "two inputs overlap: their entries would count twice"),
            None => Ok(()),
        }
    }
}

/// Two of some sorted inputs that have an entry in common.
fn overlap(inputs: &[Input]) -> Option<(&Input, &Input)> {
    let mut far: Option<&Input> = None;
    for input in inputs.iter().filter(|input| input.from < input.to) {
        match far {
            Some(before) if before.sha256 == input.sha256 && input.from < before.to => {
                return Some((before, input));
            }
            Some(before) if before.sha256 == input.sha256 && before.to >= input.to => {}
            _ => far = Some(input),
        }
    }
    None
}
