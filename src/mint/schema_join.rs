//! Two schemas of one thing that were seen at different times in, one that accepts what either accepts out.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::canon::json::compact;
use crate::canon::{Node, Value};
use crate::compare::restate::settle;

/// How deep schemas are joined; below, the later one is taken.
const MAX_DEPTH: usize = 40;

/// Joins what was seen before with what is seen now.
pub(super) fn join(before: &Node, now: &Node) -> Node {
    at_depth(before, now, 0)
}

fn at_depth(before: &Node, now: &Node, depth: usize) -> Node {
    if before == now || depth > MAX_DEPTH {
        return now.clone();
    }
    let (Some(was), Some(is)) = (types(before), types(now)) else { return either(before, now) };
    let plain = |node: &Node| node.members().iter().all(|(key, _)| KNOWN.contains(&key.as_str()));
    if !plain(before) || !plain(now) {
        return either(before, now);
    }
    let mut kinds: BTreeSet<&str> = was.union(&is).copied().collect();
    if kinds.contains("number") {
        kinds.remove("integer");
    }
    let mut made: Vec<(String, Node)> = Vec::new();
    let kinds: Vec<&str> = kinds.into_iter().collect();
    made.push((
        "type".to_owned(),
        if kinds.len() == 1 { Node::text(kinds[0]) } else { Node::texts(kinds.iter().copied()) },
    ));
    if was.contains("object") || is.contains("object") {
        objects(before, now, (&was, &is), depth, &mut made);
    }
    let items = (before.get("items"), now.get("items"));
    match items {
        (Some(a), Some(b)) => made.push(("items".to_owned(), at_depth(a, b, depth + 1))),
        (Some(one), None) | (None, Some(one)) => made.push(("items".to_owned(), one.clone())),
        (None, None) => {}
    }
    // What only one side says of its values does not hold for those of the other.
    if let (Some(a), Some(b)) = (before.get("format"), now.get("format"))
        && a == b
    {
        made.push(("format".to_owned(), a.clone()));
    }
    if let (Some(a), Some(b)) = (before.get("enum"), now.get("enum")) {
        let known: HashSet<String> = a.items().iter().map(compact).collect();
        let mut values = a.items().to_vec();
        values.extend(b.items().iter().filter(|value| !known.contains(&compact(value))).cloned());
        made.push(("enum".to_owned(), Node::new(Value::List(values))));
    }
    Node::map(settle(made, false))
}

/// Keywords that are joined; a schema with others is kept beside the other one.
const KNOWN: &[&str] = &["type", "properties", "required", "items", "format", "enum"];

fn objects(
    before: &Node,
    now: &Node,
    (was, is): (&BTreeSet<&str>, &BTreeSet<&str>),
    depth: usize,
    made: &mut Vec<(String, Node)>,
) {
    let members = |node: &Node| node.get("properties").map(Node::members).unwrap_or_default().to_vec();
    let mut properties: BTreeMap<String, Node> = members(before).into_iter().collect();
    for (name, schema) in members(now) {
        let joined = properties.get(&name).map(|known| at_depth(known, &schema, depth + 1));
        properties.insert(name, joined.unwrap_or(schema));
    }
    if !properties.is_empty() {
        made.push(("properties".to_owned(), Node::map(properties)));
    }
    let required = |node: &Node| -> BTreeSet<String> {
        let list = node.get("required").map(Node::items).unwrap_or_default();
        list.iter().filter_map(Node::as_text).map(str::to_owned).collect()
    };
    let required = match (was.contains("object"), is.contains("object")) {
        (true, true) => required(before).intersection(&required(now)).cloned().collect(),
        (true, false) => required(before),
        _ => required(now),
    };
    if !required.is_empty() {
        made.push(("required".to_owned(), Node::texts(required)));
    }
}

/// The types of a schema, if it says them.
fn types(node: &Node) -> Option<BTreeSet<&str>> {
    match &node.get("type")?.value {
        Value::Text(one) => Some(BTreeSet::from([one.as_str()])),
        Value::List(many) => Some(many.iter().filter_map(Node::as_text).collect()),
        _ => None,
    }
}

/// One of the two, each once.
fn either(before: &Node, now: &Node) -> Node {
    let mut branches: Vec<Node> = match before.get("anyOf") {
        Some(list) if before.members().len() == 1 => list.items().to_vec(),
        _ => vec![before.clone()],
    };
    // A schema without a word accepts everything already.
    if branches.iter().chain([now]).any(|branch| branch.members().is_empty() && branch.is_map()) {
        return Node::map::<String>([]);
    }
    let more = match now.get("anyOf") {
        Some(list) if now.members().len() == 1 => list.items().to_vec(),
        _ => vec![now.clone()],
    };
    for branch in more {
        if !branches.contains(&branch) {
            branches.push(branch);
        }
    }
    Node::map([("anyOf", Node::new(Value::List(branches)))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::node;

    #[test]
    fn what_either_accepts_is_accepted() {
        let obj = |props: &str, required: &str| {
            format!(r#"{{"type": "object", "properties": {{{props}}}, "required": [{required}]}}"#)
        };
        for (before, now, joined) in [
            (
                r#"{"type": "integer"}"#.to_owned(),
                r#"{"type": "number"}"#.to_owned(),
                r#"{"type": "number"}"#.to_owned(),
            ),
            (
                r#"{"type": "string", "format": "date"}"#.to_owned(),
                r#"{"type": ["string", "null"]}"#.to_owned(),
                r#"{"type": ["null", "string"]}"#.to_owned(),
            ),
            (
                obj(r#""a": {"type": "integer"}, "b": {}"#, r#""a", "b""#),
                obj(r#""a": {"type": "string"}"#, r#""a""#),
                obj(r#""a": {"type": ["integer", "string"]}, "b": {}"#, r#""a""#),
            ),
            (
                r##"{"$ref": "#/$defs/A"}"##.to_owned(),
                r#"{"type": "string"}"#.to_owned(),
                r##"{"anyOf": [{"$ref": "#/$defs/A"}, {"type": "string"}]}"##.to_owned(),
            ),
        ] {
            let made = join(&node(&before), &node(&now));
            assert_eq!(made, node(&joined), "{before} {now}");
            assert_eq!(join(&made, &node(&now)), made, "what was seen once more changes nothing");
        }
    }
}
