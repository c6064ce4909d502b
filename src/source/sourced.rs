//! What goes into a reader of descriptions and what comes out of it: types that the rows of the table share.

use std::collections::{BTreeMap, BTreeSet};

use crate::canon::{Fault, Node, Value};
use crate::model::baseline::Baseline;
use crate::model::origin::Origins;
use crate::model::phrase::Phrase;

/// A kind of description: a row of the table.
pub struct Source {
    /// The word of toolpack.yaml's `sources` for it.
    pub id: &'static str,
    /// What people call it.
    pub label: &'static str,
    /// Whether what it lacks is not there.
    pub is_whole: bool,
    /// Whether a document is one, told from its content. Looks at the top of it only.
    pub sniff: fn(&Node) -> bool,
    /// The files that a document of this kind needs beside itself, relative to the file that is given.
    pub wants: fn(&str, &Node) -> BTreeSet<String>,
    /// Reads it.
    pub read: fn(&str, &Node, &Options) -> Result<Sourced, Fault>,
}

/// What a reader is given beside the document.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// Other files of the project, by path in the project; those that [`Source::wants`] names are there.
    pub files: &'a BTreeMap<String, Node>,
    /// The host of a description that names none.
    pub host: Option<&'a str>,
}

/// A description, read.
#[derive(Debug, Clone)]
pub struct Sourced {
    /// What it describes, in the form that everything else takes.
    pub baseline: Baseline,
    /// Where its entries stand in the files that they were read from.
    pub origins: Origins,
    /// Whether it names no host: its operations stand under the one of [`Options::host`], or under none.
    pub hostless: bool,
    /// What a reader of the report has to know: what was not looked at, or read as something else.
    pub notes: Vec<Phrase>,
}

/// Notes, each once, in the order in which they were made; a hostile file does not make a long report.
#[derive(Debug, Default)]
pub struct Notes {
    made: Vec<Phrase>,
    seen: BTreeSet<String>,
    more: usize,
}

/// Most notes that are kept.
const MAX_NOTES: usize = 20;

impl Notes {
    /// Adds one.
    pub fn add(&mut self, note: Phrase) {
        if self.made.len() >= MAX_NOTES {
            self.more += 1;
        } else if self.seen.insert(note.plain()) {
            self.made.push(note);
        }
    }

    /// All of them.
    pub fn into_list(mut self) -> Vec<Phrase> {
        if self.more > 0 {
            self.made.push(Phrase::say(format!("and {} more notes of this kind", self.more)));
        }
        self.made
    }
}

/// The value with its keys sorted at every depth, which is bounded by the reader of the file.
pub(super) fn sorted(node: &Node) -> Node {
    let value = match &node.value {
        Value::Map(members) => {
            let mut members: Vec<(String, Node)> =
                members.iter().map(|(key, member)| (key.clone(), sorted(member))).collect();
            members.sort_by(|(a, _), (b, _)| a.cmp(b));
            Value::Map(members)
        }
        Value::List(items) => Value::List(items.iter().map(sorted).collect()),
        other => other.clone(),
    };
    Node { value, line: node.line }
}
