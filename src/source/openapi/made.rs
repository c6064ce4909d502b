//! Trees that keep the lines of what they were made of.

use crate::canon::{Node, Value};

/// A node at a line.
pub(super) fn at(line: u32, node: Node) -> Node {
    Node { line, ..node }
}

/// A map under construction: members in the order in which they are added.
#[derive(Debug)]
pub(super) struct Made {
    line: u32,
    members: Vec<(String, Node)>,
}

impl Made {
    /// An empty map that stands at a line.
    pub(super) fn new(line: u32) -> Made {
        Made { line, members: Vec::new() }
    }

    /// Adds a member.
    pub(super) fn put(&mut self, key: impl Into<String>, node: Node) {
        // What the program makes stands where the map does.
        let line = if node.line == 0 { self.line } else { node.line };
        self.members.push((key.into(), Node { line, ..node }));
    }

    /// Adds a member, if there is one.
    pub(super) fn put_some(&mut self, key: &str, node: Option<Node>) {
        if let Some(node) = node {
            self.put(key, node);
        }
    }

    /// Adds a map, if anything is in it.
    pub(super) fn put_filled(&mut self, key: &str, made: Made) {
        if !made.is_empty() {
            self.put(key, made.node());
        }
    }

    /// Whether nothing is in it.
    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The map.
    pub(super) fn node(self) -> Node {
        Node { value: Value::Map(self.members), line: self.line }
    }

    /// The map with its members by code point.
    pub(super) fn sorted(mut self) -> Made {
        self.members.sort_by(|a, b| a.0.cmp(&b.0));
        self
    }
}
