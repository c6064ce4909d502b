//! What the parts of the comparison look at, and what they tell.

use super::known::Titles;
use crate::canon::node::pointer_step;
use crate::canon::{Node, Value};
use crate::compare::surface::Change;
use crate::compare::text::Names;
use crate::model::finding::Side;

/// What is known beside the two states: which tools there are, and under which titles.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    /// The names of tools, and whose text is read.
    pub names: Names<'a>,
    /// What the tools show themselves as.
    pub titles: &'a Titles<'a>,
}

impl Around<'_> {
    /// The same for a text that belongs to no tool.
    pub fn of_no_tool(&self) -> Names<'_> {
        Names { this: "", ..self.names }
    }
}

/// A tool before and after.
pub struct Both<'a> {
    /// Its entry in the base.
    pub old: &'a Node,
    /// Its entry in the head.
    pub new: &'a Node,
    /// What is around it.
    pub around: &'a Around<'a>,
}

impl<'a> Both<'a> {
    /// A part of what was received, before and after. Null is the same as absent.
    pub fn at(&self, part: &str) -> (Option<&'a Node>, Option<&'a Node>) {
        let at = |node: &'a Node| node.at(part).filter(|n| !n.is_null());
        (at(self.old), at(self.new))
    }

    /// The state in which a part stands: the new one where it has it.
    pub fn side(&self, part: &str) -> Side {
        side(self.old, self.new, part)
    }
}

/// The state in which a part of a node stands.
pub fn side(old: &Node, new: &Node, part: &str) -> Side {
    if new.at(part).is_none() && old.at(part).is_some() { Side::Base } else { Side::Head }
}

/// What a change of a server is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// The server itself.
    Server,
    /// A prompt: id, name.
    Prompt(String, String),
    /// A resource: id, address.
    Resource(String, String),
    /// A template of addresses: id, template.
    Template(String, String),
}

/// A change of a server, with what it is about. Its parts lie below the server.
#[derive(Debug, Clone)]
pub struct Told {
    /// What it is about.
    pub about: About,
    /// The change.
    pub change: Change,
}

/// The lists of a server; empty where it has none.
pub struct Lists<'a> {
    server: Option<&'a Node>,
}

/// An item of a list: its key, and its entry.
pub type Item<'a> = (&'a str, &'a Node);

impl<'a> Lists<'a> {
    /// Of a server; `None` for one that is not there.
    pub fn of(server: Option<&'a Node>) -> Lists<'a> {
        Lists { server }
    }

    /// The items of a list.
    pub fn items(&self, list: &str) -> Vec<Item<'a>> {
        let members = self.server.and_then(|s| s.get(list)).map(Node::members).unwrap_or_default();
        members.iter().map(|(key, entry)| (key.as_str(), entry)).collect()
    }
}

/// The part of a server that is an item.
pub fn part(list: &str, key: &str) -> String {
    format!("/{list}/{}", pointer_step(key))
}

/// The id of an entry; its key where a stranger's file has none.
pub fn id(item: &Item) -> String {
    item.1.get("stable_id").and_then(Node::as_text).unwrap_or(item.0).to_owned()
}

/// The change with its parts below an item. An item that came with its list, or went with it, stands for the list.
pub fn below(mut change: Change, list: &str, key: &str) -> Change {
    let root = part(list, key);
    change.part = format!("{root}{}", change.part);
    change.wire = format!("{list} {key} {}", change.wire);
    change.also = change.also.iter().map(|also| format!("{root}{also}")).collect();
    change
}

/// A short word for a value: texts as they are, others by their kind.
pub fn word(node: Option<&Node>) -> String {
    const MAX: usize = 60;
    let text = match node.map(|n| &n.value) {
        None | Some(Value::Null) => "nothing".to_owned(),
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Bool(b)) => b.to_string(),
        Some(Value::Int(digits)) => digits.clone(),
        Some(_) => node.map(Node::kind).unwrap_or_default().to_owned(),
    };
    match text.char_indices().nth(MAX) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}
