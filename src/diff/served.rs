//! A tool in, every text of its definition that a model reads out, by where it stands.

use std::collections::BTreeMap;

use crate::canon::node::pointer_step;
use crate::canon::{Node, Value};
use crate::model::risk::ToolKind;
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;

/// Texts of one tool that are looked at; the reader bounds their size.
const MAX_TEXTS: usize = 5_000;
/// Members whose values are words of JSON Schema; a sentence there is looked at all the same.
const WORDS: [&str; 8] = ["type", "format", "$ref", "$schema", "$id", "$anchor", "pattern", "required"];

/// One text of a tool.
#[derive(Clone, Copy)]
pub struct Text<'a> {
    /// Where it stands.
    pub node: &'a Node,
    /// What is said: the value, or a name of a parameter.
    pub said: &'a str,
}

/// The texts of a tool by where they stand in it, however the file keeps them.
pub type Texts<'a> = BTreeMap<Spot, Text<'a>>;

/// A pointer below the tool, and whether its last step is what is read, instead of the value there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// JSON pointer below the tool.
    pub pointer: String,
    /// Whether the name is the text.
    pub is_name: bool,
}

/// Every text that a model is served with a tool.
pub fn texts<'a>(pack: &'a Toolpack, tool: &'a Tool) -> Texts<'a> {
    let mut out = BTreeMap::new();
    match raw(pack, tool) {
        Some(raw) => walk(raw, "", "", &mut out),
        None => {
            for member in ["title", "description", "input_schema", "output_schema"] {
                if let Some(node) = tool.raw.get(member) {
                    walk(node, &format!("/{member}"), member, &mut out);
                }
            }
        }
    }
    out
}

/// What a server said of a tool of its own.
fn raw<'a>(pack: &'a Toolpack, tool: &Tool) -> Option<&'a Node> {
    match tool.kind {
        ToolKind::Http => None,
        ToolKind::Mcp | ToolKind::WebMcp => pack.baseline.operation(&tool.identity)?.get("raw"),
    }
}

/// Depth is bounded by the reader of the file.
fn walk<'a>(node: &'a Node, pointer: &str, key: &str, out: &mut Texts<'a>) {
    if out.len() >= MAX_TEXTS {
        return;
    }
    match &node.value {
        Value::Text(said) => {
            let sentence = said.len() > 64 || said.contains(char::is_whitespace) || !said.is_ascii();
            let own_name = pointer == "/name";
            if !own_name && (sentence || !WORDS.contains(&key)) {
                out.insert(Spot { pointer: pointer.to_owned(), is_name: false }, Text { node, said });
            }
        }
        Value::List(items) => {
            for (at, item) in items.iter().enumerate() {
                walk(item, &format!("{pointer}/{at}"), key, out);
            }
        }
        Value::Map(members) => {
            for (name, member) in members {
                let at = format!("{pointer}/{}", pointer_step(name));
                // What a stranger names is read as any text; a text of its own stands beside it.
                if key == "properties" {
                    out.insert(
                        Spot { pointer: at.clone(), is_name: true },
                        Text { node: member, said: name },
                    );
                }
                walk(member, &at, name, out);
            }
        }
        _ => {}
    }
}
