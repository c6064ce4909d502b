//! The members of one record on their way into a line: every text is bounded, every free text redacted.

use super::redact::{Redactor, head};
use crate::canon::Node;
use crate::canon::node::Value;

/// Entries of one list.
const MOST: usize = 64;

/// Collects members.
pub struct Fields<'a> {
    redactor: &'a Redactor,
    /// Bytes that one text may take.
    cap: usize,
    members: Vec<(String, Node)>,
}

impl<'a> Fields<'a> {
    /// No members yet; each text may take `cap` bytes.
    pub fn new(redactor: &'a Redactor, cap: usize) -> Fields<'a> {
        Fields { redactor, cap, members: Vec::new() }
    }

    /// A word, id or digest of ours, or null.
    pub fn word(&mut self, name: &str, text: Option<&str>) {
        let node = text.map_or_else(Node::null, |text| Node::text(self.bounded(text)));
        self.put(name, node);
    }

    /// As [`Fields::word`], left out where there is none.
    pub fn maybe(&mut self, name: &str, text: Option<&str>) {
        if text.is_some() {
            self.word(name, text);
        }
    }

    /// A text that may quote the world; left out where there is none.
    pub fn free(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            let clean = self.redactor.text(text);
            self.put(name, Node::text(self.bounded(&clean)));
        }
    }

    /// A name that may be a stranger's, or null.
    pub fn name(&mut self, name: &str, text: Option<&str>) {
        match text {
            Some(_) => self.free(name, text),
            None => self.put(name, Node::null()),
        }
    }

    /// A number; left out where there is none.
    pub fn int(&mut self, name: &str, number: Option<u64>) {
        if let Some(number) = number {
            self.put(name, Node::int(number));
        }
    }

    /// Yes or no.
    pub fn flag(&mut self, name: &str, value: bool) {
        self.put(name, Node::bool(value));
    }

    /// Texts, redacted; a list that is too long ends with how many are left out.
    pub fn list(&mut self, name: &str, texts: &[String]) {
        let mut left = self.cap * 2;
        let mut out = Vec::new();
        for text in texts.iter().take(MOST) {
            let bounded = self.bounded(&self.redactor.text(text));
            if bounded.len() > left {
                break;
            }
            left -= bounded.len();
            out.push(bounded);
        }
        if out.len() < texts.len() {
            out.push(format!("… and {} more", texts.len() - out.len()));
        }
        self.put(name, Node::texts(out));
    }

    /// An empty list, kept for readers of the reference's records.
    pub fn empty_list(&mut self, name: &str) {
        self.put(name, Node::new(Value::List(Vec::new())));
    }

    /// What was collected, sorted.
    pub fn finish(mut self) -> Node {
        self.members.sort_by(|a, b| a.0.cmp(&b.0));
        Node::new(Value::Map(self.members))
    }

    fn put(&mut self, name: &str, node: Node) {
        self.members.push((name.to_owned(), node));
    }

    fn bounded(&self, text: &str) -> String {
        match text.len() > self.cap {
            true => format!("{}…", head(text, self.cap)),
            false => text.to_owned(),
        }
    }
}
