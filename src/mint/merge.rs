//! One operation as two sources know it in, as one out: what a description says counts, and what was seen is kept
//! beside it.

use std::collections::{BTreeMap, BTreeSet};

use super::schema_join::join;
use crate::canon::{Node, Value};
use crate::model::baseline::OPERATION_MEMBERS;

/// Where what is known of an operation comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Basis {
    Declared,
    Observed,
    Both,
}

impl Basis {
    /// Of an operation; who does not say, declares.
    pub(super) fn of(operation: &Node) -> Basis {
        match operation.get("basis").and_then(Node::as_text) {
            Some("observed") => Basis::Observed,
            Some("both") => Basis::Both,
            _ => Basis::Declared,
        }
    }
}

/// What was found to differ between a description and what was seen.
pub(super) type Differences = Vec<String>;

/// Puts a later state of an operation over an earlier one: of a source that was read before, or of the toolpack
/// that there was.
pub(super) fn over(before: &Node, now: &Node, differences: &mut Differences) -> Node {
    match (Basis::of(before), Basis::of(now)) {
        (Basis::Observed, Basis::Observed) => seen_twice(before, now),
        (_, Basis::Observed) => beside(before, now, differences),
        (Basis::Observed, _) => beside(now, before, differences),
        // Both describe: the later one is what holds, and what was seen stays beside it.
        (Basis::Both, Basis::Declared) => {
            let mut made = now.clone();
            made.set("basis", Node::text("both"));
            if let Some(observed) = before.get("observed") {
                made.set("observed", observed.clone());
            }
            ordered(made)
        }
        _ => now.clone(),
    }
}

/// Whether two sources describe an operation, each otherwise.
pub(super) fn both_describe(one: &Node, other: &Node) -> bool {
    let said = |node: &Node| node.without(&["basis", "observed", "unknown"]);
    let seen = |node: &Node| Basis::of(node) == Basis::Observed;
    !seen(one) && !seen(other) && ordered(said(one)) != ordered(said(other))
}

/// A description, with what was seen of it.
fn beside(declared: &Node, seen: &Node, differences: &mut Differences) -> Node {
    let mut made = declared.clone();
    made.set("basis", Node::text("both"));
    if let Some(observed) = seen.get("observed") {
        made.set("observed", observed.clone());
    }
    tell(declared, seen, differences);
    ordered(made)
}

/// What was seen that the description does not have, or has otherwise.
fn tell(declared: &Node, seen: &Node, differences: &mut Differences) {
    let names = |node: &Node, key: &str| -> BTreeSet<String> {
        node.get(key).map(Node::members).unwrap_or_default().iter().map(|(name, _)| name.clone()).collect()
    };
    for name in names(seen, "parameters").difference(&names(declared, "parameters")) {
        // The path's own may have another name in traffic.
        if !name.starts_with("path.") {
            differences.push(format!("{name} was seen and is not described"));
        }
    }
    let told = names(declared, "responses");
    for status in names(seen, "responses").difference(&told) {
        let ranged = format!("{}XX", &status[..status.len().min(1)]);
        if !told.contains("default") && !told.contains(&ranged) {
            differences.push(format!("status {status} was seen and is not described"));
        }
    }
    for (name, parameter) in seen.get("parameters").map(Node::members).unwrap_or_default() {
        let of = |node: Option<&Node>| node.and_then(|n| n.at("/schema/type").cloned());
        let described = declared.get("parameters").and_then(|parameters| parameters.get(name));
        if let (Some(said), Some(was)) = (of(described), of(Some(parameter)))
            && said != was
            && !narrower(&was, &said)
        {
            differences.push(format!("{name} is described with another type than was seen"));
        }
    }
}

/// Whether every value of a type is one of the other: digits are text too.
fn narrower(was: &Node, said: &Node) -> bool {
    let pair = (was.as_text(), said.as_text());
    matches!(pair, (_, Some("string")) | (Some("integer"), Some("number")) | (_, None) | (None, _))
}

/// What was seen at two times: all of it.
fn seen_twice(before: &Node, now: &Node) -> Node {
    let mut made = now.clone();
    for key in ["parameters", "responses"] {
        if let Some(all) = both_maps(before.get(key), now.get(key), &|a, b| part(a, b)) {
            made.set(key, all);
        }
    }
    match (before.get("request"), now.get("request")) {
        (Some(a), Some(b)) => made.set("request", part(a, b)),
        (Some(a), None) => made.set("request", optional(a)),
        _ => {}
    }
    if let Some(all) = both_maps(before.get("graphql"), now.get("graphql"), &|a, b| entry(a, b)) {
        made.set("graphql", all);
    }
    for key in ["security", "unknown"] {
        if let (Some(was), None) = (before.get(key), now.get(key)) {
            made.set(key, was.clone());
        }
    }
    ordered(made)
}

/// A part that has schemas: a parameter, a body, an answer, a header.
fn part(before: &Node, now: &Node) -> Node {
    let mut made = before.clone();
    for (key, value) in now.members() {
        let joined = match (key.as_str(), before.get(key)) {
            ("schema", Some(was)) => join(was, value),
            ("content" | "headers", Some(was)) => both_maps(Some(was), Some(value), &|a, b| {
                if key == "content" { join(a, b) } else { part(a, b) }
            })
            .unwrap_or_else(|| value.clone()),
            _ => value.clone(),
        };
        made.set(key, joined);
    }
    // Needed is what was there each time.
    if before.get("required").is_none() || now.get("required").is_none() {
        made = made.without(&["required"]);
    }
    made
}

fn optional(part: &Node) -> Node {
    part.without(&["required"])
}

fn entry(before: &Node, now: &Node) -> Node {
    let mut made = before.clone();
    for (key, value) in now.members() {
        let joined = match (key.as_str(), before.get(key)) {
            ("variables" | "response", Some(was)) => join(was, value),
            _ => value.clone(),
        };
        made.set(key, joined);
    }
    made
}

/// The members of two maps; those of both are joined. What only one has of a parameter or body was not needed.
fn both_maps(before: Option<&Node>, now: Option<&Node>, join: &dyn Fn(&Node, &Node) -> Node) -> Option<Node> {
    if before.is_none() && now.is_none() {
        return None;
    }
    let mut all: BTreeMap<&str, Node> = BTreeMap::new();
    let known: BTreeMap<&str, &Node> = members(before).iter().map(|(k, v)| (k.as_str(), v)).collect();
    for (key, value) in members(now) {
        let made = match known.get(key.as_str()) {
            Some(was) => join(was, value),
            None if key.starts_with("path.") => value.clone(),
            None => optional(value),
        };
        all.insert(key, made);
    }
    for (key, value) in known {
        let made = if key.starts_with("path.") { value.clone() } else { optional(value) };
        all.entry(key).or_insert(made);
    }
    Some(Node::map(all))
}

fn members(node: Option<&Node>) -> &[(String, Node)] {
    node.map(Node::members).unwrap_or_default()
}

/// Members of an operation in the order of the format; others behind them.
pub(super) fn ordered(operation: Node) -> Node {
    let line = operation.line;
    let Value::Map(mut members) = operation.value else { return operation };
    let rank =
        |key: &str| OPERATION_MEMBERS.iter().position(|k| *k == key).unwrap_or(OPERATION_MEMBERS.len());
    members.sort_by(|(a, _), (b, _)| (rank(a), a).cmp(&(rank(b), b)));
    Node { value: Value::Map(members), line }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::node;

    const SAID: &str = r#"{"basis": "declared", "operation_id": "x", "parameters": {"query.page": {"schema": {"type": "integer"}}},
        "responses": {"200": {}}}"#;
    const SEEN: &str = r#"{"basis": "observed", "parameters": {"query.page": {"schema": {"type": "string"}}, "query.q": {}},
        "responses": {"200": {}, "404": {}}, "observed": {"count": 3}}"#;

    #[test]
    fn a_description_wins_and_what_was_seen_stands_beside_it_whichever_came_first() {
        for (before, now) in [(SAID, SEEN), (SEEN, SAID)] {
            let mut told = Vec::new();
            let made = over(&node(before), &node(now), &mut told);
            assert_eq!(made.get("basis").unwrap().as_text(), Some("both"));
            assert_eq!(made.at("/observed/count").unwrap(), &Node::int(3));
            assert_eq!(made.get("parameters"), node(SAID).get("parameters"));
            assert_eq!(
                told,
                [
                    "query.q was seen and is not described",
                    "status 404 was seen and is not described",
                    "query.page is described with another type than was seen"
                ]
            );
            // Minted once more from the description alone it stays what it is.
            assert_eq!(over(&made, &node(SAID), &mut Vec::new()), made);
        }
    }

    #[test]
    fn what_was_seen_before_stays_and_is_no_longer_needed() {
        let seen = |params: &str, responses: &str| {
            node(&format!(
                r#"{{"basis": "observed", "parameters": {{{params}}}, "responses": {{{responses}}}}}"#
            ))
        };
        let before = seen(
            r#""path.id": {"required": true}, "query.a": {"required": true}, "query.b": {"schema": {"type": "integer"}}"#,
            r#""200": {"content": {"application/json": {"type": "integer"}}}"#,
        );
        let now = seen(
            r#""path.id": {"required": true}, "query.b": {"required": true, "schema": {"type": "string"}}"#,
            r#""200": {"content": {"application/json": {"type": "number"}}}, "404": {}"#,
        );
        let made = over(&before, &now, &mut Vec::new());
        assert_eq!(
            made.get("parameters").unwrap(),
            &node(
                r#"{"path.id": {"required": true}, "query.a": {}, "query.b": {"schema": {"type": ["integer", "string"]}}}"#
            )
        );
        assert_eq!(
            made.at("/responses/200/content/application~1json/type").unwrap().as_text(),
            Some("number")
        );
        assert!(made.at("/responses/404").is_some());
    }
}
