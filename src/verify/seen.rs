//! A recorded body and what a page should show in; where the body has it out: the names that lead there, `[]` for the
//! items of a list.

use crate::canon::read_json::read_json;
use crate::canon::{Limits, Node, Value};
use crate::model::page_assertions::Expected;

/// Depth of a body that is looked into: what is deeper is no data that a page shows.
const DEPTH: usize = 64;

/// The first place of a body that is what should be seen. What `hides` says was taken out is never it.
pub fn find(body: &Node, expected: &Expected, hides: &dyn Fn(&Node) -> bool) -> Option<Vec<String>> {
    let mut way = Vec::new();
    within(body, expected, hides, &mut way).then_some(way)
}

fn within(node: &Node, expected: &Expected, hides: &dyn Fn(&Node) -> bool, way: &mut Vec<String>) -> bool {
    if is(node, expected) && (matches!(expected, Expected::Shape(_)) || !hides(node)) {
        return true;
    }
    if way.len() >= DEPTH {
        return false;
    }
    let mut below = |name: &str, inner: &Node| {
        way.push(name.to_owned());
        let found = within(inner, expected, hides, way);
        if !found {
            way.pop();
        }
        found
    };
    match &node.value {
        Value::List(items) => items.iter().any(|item| below("[]", item)),
        Value::Map(members) => members.iter().any(|(name, member)| below(name, member)),
        _ => false,
    }
}

/// Whether the text of an element is what should be seen. Line breaks and indents of a page are spaces.
pub fn is_shown(text: &str, expected: &Expected) -> bool {
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let data = || {
        let limits = Limits { depth: DEPTH, text: text.len(), ..Limits::new(text.len()) };
        read_json("the page", text.as_bytes(), &limits).ok()
    };
    match expected {
        Expected::Contains(part) => squeezed(text).to_lowercase().contains(&squeezed(part)),
        Expected::Equals(value) => match value.as_text() {
            Some(wanted) => squeezed(text) == squeezed(wanted),
            None => data().is_some_and(|node| super::operator::same(&node, value)),
        },
        Expected::Matches(pattern) => pattern.is_match(text),
        Expected::Shape(shape) => data().is_some_and(|node| has_shape(&node, shape)),
    }
}

fn is(node: &Node, expected: &Expected) -> bool {
    let text = || match &node.value {
        Value::Text(text) => Some(text.clone()),
        Value::Int(_) | Value::Float(_) | Value::Bool(_) => Some(crate::canon::json::compact(node)),
        _ => None,
    };
    match expected {
        Expected::Contains(part) => text().is_some_and(|text| text.to_lowercase().contains(part.as_str())),
        Expected::Equals(value) => super::operator::same(node, value),
        Expected::Matches(pattern) => text().is_some_and(|text| pattern.is_match(&text)),
        Expected::Shape(shape) => has_shape(node, shape),
    }
}

/// Whether a map has every member of another, and in them what theirs have.
fn has_shape(node: &Node, shape: &Node) -> bool {
    node.is_map()
        && shape
            .members()
            .iter()
            .all(|(name, inner)| node.get(name).is_some_and(|own| !inner.is_map() || has_shape(own, inner)))
}

/// Whether a schema says that there is something under these names. References into `defs` and alternatives are
/// followed as far as the steps go.
pub fn names(schema: &Node, way: &[String], defs: Option<&Node>) -> bool {
    let mut looks = LOOKS;
    named(schema, way, defs, &mut looks)
}

/// Places of a schema that are looked at on one way.
const LOOKS: usize = 1_000;

fn named(schema: &Node, way: &[String], defs: Option<&Node>, looks: &mut usize) -> bool {
    let Some(left) = looks.checked_sub(1) else { return false };
    *looks = left;
    let Some((name, rest)) = way.split_first() else { return true };
    let own = match name.as_str() {
        "[]" => schema.get("items"),
        name => schema.get("properties").and_then(|properties| properties.get(name)),
    };
    if own.is_some_and(|own| named(own, rest, defs, looks)) {
        return true;
    }
    let target = schema.get("$ref").and_then(Node::as_text).and_then(|to| to.strip_prefix("#/$defs/"));
    if target.and_then(|to| defs?.get(to)).is_some_and(|target| named(target, way, defs, looks)) {
        return true;
    }
    ["allOf", "anyOf", "oneOf"]
        .into_iter()
        .flat_map(|group| schema.get(group).map(Node::items).unwrap_or_default())
        .any(|branch| named(branch, way, defs, looks))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::node;

    #[test]
    fn what_is_shown_is_found_where_it_stands() {
        let body =
            node(r#"{"orders": [{"id": 1}, {"id": 22, "state": "In Transit", "sum": {"amount": 12.5}}]}"#);
        let way = |expected: &Expected| find(&body, expected, &|_| false).map(|way| way.join("."));
        let contains = |text: &str| way(&Expected::Contains(text.to_owned()));
        assert_eq!(contains("in trans").as_deref(), Some("orders.[].state"));
        assert_eq!(contains("12.5").as_deref(), Some("orders.[].sum.amount"));
        assert_eq!(contains("lost"), None);
        assert_eq!(way(&Expected::Equals(node("22.0"))).as_deref(), Some("orders.[].id"));
        assert_eq!(way(&Expected::Equals(node("2"))), None);
        let pattern = regex::Regex::new("^In T").unwrap();
        assert_eq!(way(&Expected::Matches(pattern)).as_deref(), Some("orders.[].state"));
        let shape = |text: &str| way(&Expected::Shape(node(text)));
        assert_eq!(shape(r#"{"sum": {"amount": null}}"#).as_deref(), Some("orders.[]"));
        assert_eq!(shape(r#"{"sum": {"tax": null}}"#), None);
        let deep = (0..100).fold("\"x\"".to_owned(), |inner, _| format!("[{inner}]"));
        assert_eq!(find(&node(&deep), &Expected::Contains("x".into()), &|_| false), None);
        let hides = |node: &Node| node.as_text() == Some("In Transit");
        assert_eq!(find(&body, &Expected::Contains("transit".into()), &hides), None, "it was taken out");
    }

    #[test]
    fn the_text_of_a_page_is_what_should_be_seen_or_not() {
        let equals = |text: &str| Expected::Equals(node(text));
        let shape = || Expected::Shape(node(r#"{"id": null}"#));
        let pattern = |text: &str| Expected::Matches(regex::Regex::new(text).unwrap());
        for (text, expected, is) in [
            ("\n  In\n Transit ", Expected::Contains("in transit".into()), true),
            ("In Transition", equals(r#""In Transit""#), false),
            (" In\tTransit\n", equals(r#""In Transit""#), true),
            ("in transit", equals(r#""In Transit""#), false),
            (" 12.0 ", equals("12"), true),
            ("12 EUR", equals("12"), false),
            ("true", equals("true"), true),
            (r#"{"id": 7, "more": 1}"#, shape(), true),
            (r#"{"no": 7}"#, shape(), false),
            ("id", shape(), false),
            ("", Expected::Contains("x".into()), false),
            ("order 12", pattern("[0-9]+$"), true),
            ("order", pattern("[0-9]+$"), false),
        ] {
            assert_eq!(is_shown(text, &expected), is, "{text:?} {expected:?}");
        }
    }

    #[test]
    fn a_schema_names_a_way_through_what_it_refers_to() {
        let schema = node(
            r##"{"properties": {"list": {"items": {"$ref": "#/$defs/A"}}, "self": {"$ref": "#/$defs/Loop"}}}"##,
        );
        let defs = node(
            r##"{"A": {"allOf": [{"properties": {"id": {}}}, {"properties": {"b": {}}}]}, "Loop": {"$ref": "#/$defs/Loop"}}"##,
        );
        let names =
            |way: &str| names(&schema, &way.split('.').map(str::to_owned).collect::<Vec<_>>(), Some(&defs));
        assert!(names("list.[].b") && names("list"));
        assert!(!names("list.[].c") && !names("other") && !names("self.x"));
    }
}
