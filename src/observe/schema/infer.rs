//! The shape of many values in; the JSON Schema that all of them fulfil out, with its keywords in the order of
//! the format (formats-v2 §4).

use super::evidence::choices;
use crate::canon::{Node, Value};
use crate::observe::part::{ARRAY, BOOLEAN, INTEGER, Merge, NULL, NUMBER, OBJECT, STRING, Shape, TYPES, key};

/// Members from which an object may be a map, and how many of them one of its values then has at most, of a hundred.
const MAP: usize = 48;
const SPARSE: u64 = 20;

/// The schema of a shape that was seen in so many calls.
pub fn schema(shape: &Shape, calls: u64) -> Node {
    schema_of(shape, calls, false)
}

/// The same with the values that were seen beside it, whether or not they are all there are.
pub fn sample(shape: &Shape, calls: u64) -> Node {
    schema_of(shape, calls, true)
}

/// The member of a sample that lists texts that were seen.
const SEEN: &str = "x-seen";

fn schema_of(shape: &Shape, calls: u64, is_sample: bool) -> Node {
    let mut made: Vec<(&str, Node)> = Vec::new();
    let kinds = kinds(shape);
    if kinds.iter().all(|kind| *kind == NULL) {
        // That nothing was there does not say what could be.
        return Node::map::<&str>([]);
    }
    let names: Vec<&str> = kinds.iter().map(|kind| TYPES[*kind]).collect();
    made.push(("type", if names.len() == 1 { Node::text(names[0]) } else { Node::texts(names) }));
    if kinds.contains(&STRING)
        && let Some(texts) = &shape.texts
    {
        let only = kinds.iter().all(|kind| matches!(*kind, STRING | NULL));
        if let Some(format) = texts.lengths.0.and(texts.formats.first()) {
            made.push(("format", Node::text(format)));
        } else if let Some(values) = choices(texts, calls).filter(|_| only) {
            let null = kinds.contains(&NULL).then(Node::null);
            let all = values.into_iter().map(Node::text).chain(null);
            made.push(("enum", Node::new(Value::List(all.collect()))));
        }
        let seen = texts.values.sorted();
        if is_sample && !seen.is_empty() {
            made.push((SEEN, Node::texts(seen.into_iter().map(|(value, _)| value))));
        }
    }
    if kinds.contains(&OBJECT) {
        object(shape, calls, is_sample, &mut made);
    }
    if kinds.contains(&ARRAY)
        && let Some(item) = &shape.item
    {
        made.push(("items", schema_of(item, calls, is_sample)));
    }
    Node::map(made)
}

/// The types that were seen, a whole number being a number, and `null` last.
fn kinds(shape: &Shape) -> Vec<usize> {
    let order = [ARRAY, BOOLEAN, INTEGER, NUMBER, OBJECT, STRING, NULL];
    let seen = |kind: &usize| shape.types[*kind] > 0 && !(*kind == INTEGER && shape.types[NUMBER] > 0);
    order.into_iter().filter(seen).collect()
}

fn object(shape: &Shape, calls: u64, is_sample: bool, made: &mut Vec<(&str, Node)>) {
    let (mut own, mut others): (Vec<(String, &Shape)>, Option<Shape>) = (Vec::new(), None);
    for (step, member) in &shape.members {
        match key(step) {
            Some(key) => own.push((key, member)),
            None => others.get_or_insert_default().merge(member.clone()),
        }
    }
    if is_map(&own, shape) {
        for (_, member) in own.drain(..) {
            others.get_or_insert_default().merge(member.clone());
        }
    }
    own.sort_by(|a, b| a.0.cmp(&b.0));
    let always = |member: &Shape| member.seen() >= shape.types[OBJECT];
    let required: Vec<String> = own.iter().filter(|(_, m)| always(m)).map(|(key, _)| key.clone()).collect();
    if !own.is_empty() {
        let properties = own.iter().map(|(key, member)| (key.clone(), schema_of(member, calls, is_sample)));
        made.push(("properties", Node::map(properties.collect::<Vec<_>>())));
    }
    if !required.is_empty() {
        made.push(("required", Node::texts(required)));
    }
    if let Some(others) = others {
        made.push(("additionalProperties", schema_of(&others, calls, is_sample)));
    }
}

/// Whether the members of an object are values of a map: very many, of which each object has few.
fn is_map(own: &[(String, &Shape)], shape: &Shape) -> bool {
    let there: u64 = own.iter().map(|(_, member)| member.seen()).fold(0, u64::saturating_add);
    let could = shape.types[OBJECT].saturating_mul(own.len() as u64);
    own.len() >= MAP && there.saturating_mul(100) < could.saturating_mul(SPARSE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canon::json::compact;
    use crate::model::testing::node;
    use crate::observe::part::Outer;

    fn of(values: &[&str]) -> String {
        let mut shape = Shape::default();
        values.iter().for_each(|value| shape.take(&node(value), &Outer::new()));
        compact(&schema(&shape, values.len() as u64))
    }

    #[test]
    fn types_are_those_of_all_values() {
        for (values, schema) in [
            (
                &[r#"{"p": 1}"#, r#"{"p": 1.5}"#][..],
                r#"{"type": "object", "properties": {"p": {"type": "number"}}, "required": ["p"]}"#,
            ),
            (
                &[r#"{"p": 1}"#, r#"{"p": null}"#, "{}"],
                r#"{"type": "object", "properties": {"p": {"type": ["integer", "null"]}}}"#,
            ),
            (&["[]"], r#"{"type": "array"}"#),
            (
                &["[1, \"a\"]", "[true]"],
                r#"{"type": "array", "items": {"type": ["boolean", "integer", "string"]}}"#,
            ),
            (&["null"], "{}"),
            (&["\"2026-01-01\"", "\"2026-01-02\""], r#"{"type": "string", "format": "date"}"#),
            (&["\"2026-01-01\"", "\"soon\""], r#"{"type": "string"}"#),
            (&["\"[REDACTED]\""], r#"{"type": "string"}"#),
            (
                &["[[{\"a\": 1}], []]"],
                r#"{"type": "array", "items": {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}}}"#,
            ),
        ] {
            assert_eq!(of(values), schema, "{values:?}");
        }
    }

    #[test]
    fn choices_need_few_values_and_many_calls() {
        let some =
            |n: usize| (0..n).map(|i| if i % 2 == 0 { "\"open\"" } else { "\"shut\"" }).collect::<Vec<_>>();
        assert_eq!(of(&some(10)), r#"{"type": "string", "enum": ["open", "shut"]}"#);
        assert_eq!(of(&some(9)), r#"{"type": "string"}"#);
        assert_eq!(
            of(&[some(10), vec!["null"]].concat()),
            r#"{"type": ["string", "null"], "enum": ["open", "shut", null]}"#
        );
        assert_eq!(of(&[some(10), vec!["\"\""]].concat()), r#"{"type": "string"}"#);
        assert_eq!(of(&["\"open\""; 40]), r#"{"type": "string"}"#, "one value is no choice");
    }

    #[test]
    fn keys_that_are_ids_are_no_properties() {
        let ids = r#"{"17": {"n": 1}, "18": {"n": 2.5}, "total": 2}"#;
        assert_eq!(
            of(&[ids]),
            r#"{"type": "object", "properties": {"total": {"type": "integer"}}, "required": ["total"], "additionalProperties": {"type": "object", "properties": {"n": {"type": "number"}}, "required": ["n"]}}"#
        );
        let names: Vec<String> = (0..60).map(|i| format!("{{\"name{i}x\": true}}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(of(&names), r#"{"type": "object", "additionalProperties": {"type": "boolean"}}"#);
    }
}
