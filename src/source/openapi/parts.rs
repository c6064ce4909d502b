//! Where the parts of one operation stand in the document, while it is read.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::at::At;
use crate::model::origin::{Origin, Spot};

/// Names of files, each kept once.
#[derive(Debug)]
pub(super) struct Files {
    own: String,
    others: HashMap<String, Arc<str>>,
}

impl Files {
    /// The document, and no other file yet.
    pub(super) fn new(own: &str) -> Files {
        Files { own: own.to_owned(), others: HashMap::new() }
    }

    /// The place of something.
    pub(super) fn spot(&mut self, at: &At) -> Spot {
        let file = (at.file != self.own).then(|| match self.others.get(at.file) {
            Some(known) => known.clone(),
            None => self.others.entry(at.file.to_owned()).or_insert(Arc::from(at.file)).clone(),
        });
        Spot { file, pointer: at.pointer.to_string() }
    }
}

/// The parts of one operation.
#[derive(Debug)]
pub(super) struct Parts<'f> {
    files: &'f mut Files,
    spot: Spot,
    parts: Vec<(String, Spot)>,
}

impl<'f> Parts<'f> {
    /// An operation that stands at a place.
    pub(super) fn of(files: &'f mut Files, operation: &At) -> Parts<'f> {
        let spot = files.spot(operation);
        Parts { files, spot, parts: Vec::new() }
    }

    /// Notes where a part stands; the last word about a part counts.
    pub(super) fn note(&mut self, part: &str, at: &At) {
        let spot = self.files.spot(at);
        match self.parts.last_mut() {
            Some((last, there)) if last == part => *there = spot,
            _ => self.parts.push((part.to_owned(), spot)),
        }
    }

    /// All of it.
    pub(super) fn origin(self) -> Origin {
        Origin { spot: self.spot, parts: self.parts }
    }
}
