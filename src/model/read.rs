//! How the modules beside this one take facts out of a tree: every fault names file, line and pointer.

use std::fmt::Display;
use std::str::FromStr;

use crate::canon::node::pointer_step;
use crate::canon::{Fault, FaultKind, Node, Value};

/// A node with the place it stands at.
#[derive(Clone, Copy)]
pub struct At<'a> {
    /// The file, for messages.
    pub file: &'a str,
    /// The pointer of the node, for messages.
    pub pointer: &'a str,
    /// The node itself.
    pub node: &'a Node,
}

impl<'a> At<'a> {
    /// A node at a place.
    pub fn new(file: &'a str, pointer: &'a str, node: &'a Node) -> At<'a> {
        At { file, pointer, node }
    }

    /// A fault at this node.
    pub fn fault(&self, message: impl Into<String>) -> Fault {
        Fault::new(self.file, FaultKind::Content, message).line(self.node.line).pointer(self.pointer)
    }

    /// A fault at a member of this node (at the node, if it lacks the member).
    pub fn fault_at(&self, key: &str, message: impl Into<String>) -> Fault {
        let line = self.node.get(key).map_or(self.node.line, |n| n.line);
        Fault::new(self.file, FaultKind::Content, message).line(line).pointer(format!(
            "{}/{}",
            self.pointer,
            pointer_step(key)
        ))
    }

    /// The map itself.
    ///
    /// # Errors
    /// If it is not a map.
    pub fn map(&self) -> Result<&'a [(String, Node)], Fault> {
        match &self.node.value {
            Value::Map(members) => Ok(members),
            _ => Err(self.fault(format!("expected a map, found {}", self.node.kind()))),
        }
    }

    /// A text that must be there.
    ///
    /// # Errors
    /// If it is missing or not text.
    pub fn text(&self, key: &str) -> Result<&'a str, Fault> {
        self.opt_text(key)?.ok_or_else(|| self.fault_at(key, format!("{key} is missing")))
    }

    /// A text that may be missing or null.
    ///
    /// # Errors
    /// If it is there and not text.
    pub fn opt_text(&self, key: &str) -> Result<Option<&'a str>, Fault> {
        match self.node.get(key) {
            None => Ok(None),
            Some(node) => match &node.value {
                Value::Null => Ok(None),
                Value::Text(text) => Ok(Some(text)),
                _ => Err(self.fault_at(key, format!("{key} must be text, found {}", node.kind()))),
            },
        }
    }

    /// A word of a closed list that must be there. Unknown words are errors: they decide something.
    ///
    /// # Errors
    /// If it is missing, not text, or not a word of the list.
    pub fn word<T>(&self, key: &str) -> Result<T, Fault>
    where
        T: FromStr,
        T::Err: Display,
    {
        self.text(key)?.parse().map_err(|e: T::Err| self.fault_at(key, e.to_string()))
    }

    /// A whole number that may be missing or null.
    ///
    /// # Errors
    /// If it is there and not a number from 0 to 2^63.
    pub fn opt_count(&self, key: &str) -> Result<Option<u64>, Fault> {
        match self.node.get(key) {
            None => Ok(None),
            Some(node) if node.is_null() => Ok(None),
            Some(node) => match node.as_int().and_then(|n| u64::try_from(n).ok()) {
                Some(n) => Ok(Some(n)),
                None => Err(self.fault_at(key, format!("{key} must be a whole number from 0 up"))),
            },
        }
    }

    /// A list of texts; missing or null is the empty list.
    ///
    /// # Errors
    /// If it is there and not a list of texts.
    pub fn texts(&self, key: &str) -> Result<Vec<String>, Fault> {
        match self.node.get(key) {
            None => Ok(Vec::new()),
            Some(node) if node.is_null() => Ok(Vec::new()),
            Some(Node { value: Value::List(items), .. }) => items
                .iter()
                .enumerate()
                .map(|(i, item)| {
                    item.as_text().map(str::to_owned).ok_or_else(|| {
                        Fault::new(
                            self.file,
                            FaultKind::Content,
                            format!("{key} must hold texts, found {}", item.kind()),
                        )
                        .line(item.line)
                        .pointer(format!(
                            "{}/{}/{i}",
                            self.pointer,
                            pointer_step(key)
                        ))
                    })
                })
                .collect(),
            Some(node) => {
                Err(self.fault_at(key, format!("{key} must be a list of texts, found {}", node.kind())))
            }
        }
    }
}

/// Whether a path in an artifact is one that every machine reads alike: `/`-separated segments of
/// `[A-Za-z0-9._-]`, no `..`, no `.`, no empty segment, no final dot.
pub fn is_plain_path(path: &str) -> bool {
    !path.is_empty()
        && path.split('/').all(|segment| {
            !segment.is_empty()
                && segment != "."
                && segment != ".."
                && !segment.ends_with('.')
                && segment.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
        })
}
