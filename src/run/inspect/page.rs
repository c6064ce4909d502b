//! What is answered in; out comes what a reader sees of it: every text of a stranger bounded and with nothing hidden
//! in it, schemas of a size that an agent can hold, lists in pages.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::canon::visible::visible;
use crate::canon::{Node, json};

/// Characters of a description.
pub const DESCRIPTION: usize = 1024;
/// Characters of any other text.
const TEXT: usize = 2000;
/// Characters of a member's name.
const NAME: usize = 200;
/// Entries on one page of a list.
pub const PAGE: usize = 200;
/// Names in a list inside of an entry.
pub const NAMES: usize = 200;
/// Bytes of a schema.
const SCHEMA: usize = 64 << 10;

/// A value with every text in it as a reader sees it: controls and whatever turns lines around stand as `⟨U+XXXX⟩`.
pub fn shown(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(visible(&text, TEXT)),
        Value::Array(items) => Value::Array(items.into_iter().map(shown).collect()),
        Value::Object(members) => {
            let members = members.into_iter().map(|(key, value)| (visible(&key, NAME), shown(value)));
            Value::Object(members.collect())
        }
        other => other,
    }
}

/// A schema to show, with the definitions that it refers to; none where it is too large, or holds numbers that would
/// come out as others.
pub fn schema(node: &Node, defs: Option<&Node>) -> Option<Value> {
    let mut left = SCHEMA;
    let mut taken: BTreeMap<&str, Value> = BTreeMap::new();
    let mut whole = take(node, &mut left)?;
    let mut todo = vec![node];
    while let Some(node) = todo.pop() {
        for name in referred(node) {
            let Some(def) = defs.and_then(|defs| defs.get(name)).filter(|_| !taken.contains_key(name)) else {
                continue;
            };
            taken.insert(name, take(def, &mut left)?);
            todo.push(def);
        }
    }
    if let (false, Value::Object(members)) = (taken.is_empty(), &mut whole) {
        // Definitions of its own are not those of the baseline: then both can't be told.
        let taken = taken.into_iter().map(|(name, def)| (name.to_owned(), def)).collect();
        if members.insert("$defs".to_owned(), Value::Object(taken)).is_some() {
            return None;
        }
    }
    Some(whole)
}

/// A node as it is shown, where there is room for it.
fn take(node: &Node, left: &mut usize) -> Option<Value> {
    *left = left.checked_sub(json::compact(node).len())?;
    json::from_node(node)
}

/// Names of the definitions that a schema refers to.
fn referred(node: &Node) -> Vec<&str> {
    let mut found = Vec::new();
    let mut todo = vec![node];
    while let Some(node) = todo.pop() {
        let name = node.get("$ref").and_then(Node::as_text).and_then(|to| to.strip_prefix("#/$defs/"));
        found.extend(name);
        todo.extend(node.items());
        todo.extend(node.members().iter().map(|(_, value)| value));
    }
    found
}

/// One page of a list, and where the next one begins.
pub fn of<T>(items: Vec<T>, arguments: &Map<String, Value>) -> (Vec<T>, Option<usize>) {
    let from = arguments.get("offset").and_then(Value::as_u64).unwrap_or(0);
    let from = usize::try_from(from).unwrap_or(usize::MAX);
    let next = from.checked_add(PAGE).filter(|next| *next < items.len());
    (items.into_iter().skip(from).take(PAGE).collect(), next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nothing_hidden_goes_out_in_texts_or_names() {
        let told = shown(json!({"a\u{202e}": ["x\u{1b}[2J", {"b": "\u{200b}"}, 1, null]}));
        assert_eq!(told, json!({"a⟨U+202E⟩": ["x⟨U+001B⟩[2J", {"b": "⟨U+200B⟩"}, 1, null]}));
        let long = shown(Value::String("x".repeat(TEXT + 1)));
        assert_eq!(long.as_str().map(|text| text.chars().count()), Some(TEXT));
    }

    #[test]
    fn a_schema_brings_what_it_refers_to_and_nothing_else() {
        let node = |text: &str| crate::model::testing::node(text);
        let defs = node(r##"{"A": {"items": {"$ref": "#/$defs/B"}}, "B": {"$ref": "#/$defs/A"}, "C": {}}"##);
        let told = schema(&node(r##"{"$ref": "#/$defs/A"}"##), Some(&defs)).unwrap();
        assert_eq!(told["$defs"].as_object().unwrap().keys().collect::<Vec<_>>(), ["A", "B"]);
        assert_eq!(schema(&node("{}"), Some(&defs)), Some(json!({})));
        // What would be another one, and what is too much.
        assert_eq!(schema(&node(r##"{"$defs": {}, "$ref": "#/$defs/A"}"##), Some(&defs)), None);
        let huge = Node::map([("maximum", Node::int(123_456_789_012_345_678_901_234_567_890_i128))]);
        assert_eq!(schema(&huge, None), None);
        assert_eq!(schema(&node(&format!("{{\"title\": \"{}\"}}", "x".repeat(SCHEMA))), None), None);
    }

    #[test]
    fn pages_reach_all_and_end() {
        let offset = |n: u64| Map::from_iter([("offset".to_owned(), json!(n))]);
        let items: Vec<usize> = (0..PAGE + 1).collect();
        assert_eq!(of(items.clone(), &Map::new()).1, Some(PAGE));
        assert_eq!(of(items.clone(), &offset(PAGE as u64)), (vec![PAGE], None));
        assert_eq!(of(items, &offset(u64::MAX)), (Vec::new(), None));
    }
}
