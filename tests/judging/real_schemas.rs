//! The comparison of schemas over schemas that people wrote (fixtures/real-schemas): each single edit is told, and on
//! the axis that a validator sees; each other spelling is silent.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use cask::canon::read_json::read_json;
use cask::canon::{Limits, Node};
use cask::compare::schema::{Context, Position, Schema, SchemaChange, compare};
use cask::rules::{Axis, Severity};
use serde_json::{Map, Value, json};

use crate::{dice, schema_edits, schema_spellings};

use dice::Dice;
use schema_edits::edits;
use schema_spellings::{SPELLINGS, modern};

const POSITIONS: [Position; 3] = [Position::ToolInput, Position::RequestBody, Position::Response];

/// Every schema, by where it stood.
fn real() -> Vec<(String, Value)> {
    let all: Value = serde_json::from_str(include_str!("../../fixtures/real-schemas/schemas.json")).unwrap();
    let of = |e: &Value| (e["name"].as_str().unwrap().to_owned(), e["schema"].clone());
    all.as_array().unwrap().iter().map(of).collect()
}

fn node(value: &Value) -> Node {
    read_json("schema.json", value.to_string().as_bytes(), &Limits::new(1 << 20)).unwrap()
}

fn changes(old: &Node, new: &Node, position: Position) -> Vec<SchemaChange> {
    let context = Context { position, writes: true, about: &[] };
    compare(Schema::new(old, None), Schema::new(new, None), &context)
}

fn shown(list: &[SchemaChange]) -> Vec<String> {
    list.iter().map(|c| format!("{} {} {}", c.rule.id, c.pointer, c.change.plain())).collect()
}

fn none(wrong: &[String]) {
    let first: Vec<String> = wrong.iter().take(40).map(|w| w.chars().take(1_500).collect()).collect();
    let first = first.join("\n\n");
    assert!(wrong.is_empty(), "{} wrong, the first:\n{first}", wrong.len());
}

#[test]
fn there_are_schemas_of_every_kind() {
    let all = real();
    let text = all.iter().map(|(_, schema)| schema.to_string()).collect::<String>();
    for keyword in [
        "enum",
        "oneOf",
        "anyOf",
        "allOf",
        "nullable",
        "pattern",
        "format",
        "$ref",
        "default",
        "minItems",
        "additionalProperties",
        "maximum",
        "maxLength",
        "uniqueItems",
        "readOnly",
        "const",
    ] {
        assert!(text.contains(&format!("\"{keyword}\":")), "none has {keyword}");
    }
    assert!((60..=100).contains(&all.len()), "{}", all.len());
}

#[test]
fn another_spelling_of_a_real_schema_is_silent() {
    let mut wrong = Vec::new();
    let mut respelled = vec![0usize; SPELLINGS.len()];
    for (name, schema) in real() {
        let today = modern(&schema);
        for (at, (spelling, restate)) in SPELLINGS.iter().enumerate() {
            let (was, is) = (node(&schema), node(&restate(&today)));
            respelled[at] += usize::from(was != is);
            for position in POSITIONS {
                for (from, to) in [(&was, &is), (&is, &was)] {
                    let told = changes(from, to, position);
                    if !told.is_empty() {
                        wrong.push(format!("{spelling} of {name}: {:?}\n{schema}", shown(&told)));
                    }
                }
            }
        }
    }
    none(&wrong);
    for (n, (spelling, _)) in respelled.iter().zip(SPELLINGS) {
        assert!(*n >= 8, "{spelling} was tried on {n}");
    }
}

#[test]
fn each_edit_of_a_real_schema_is_told() {
    let mut wrong = Vec::new();
    let mut tried = 0;
    for (name, schema) in real() {
        let old = node(&schema);
        for edit in edits(&schema) {
            tried += 1;
            let new = node(&edit.schema);
            for position in POSITIONS {
                // What is left out is nothing that comes back.
                if position == Position::Response && edit.what.starts_with("default ") {
                    continue;
                }
                for (from, to) in [(&old, &new), (&new, &old)] {
                    if changes(from, to, position).is_empty() {
                        wrong.push(format!("{} of {name}, {position:?}: silent\n{schema}", edit.what));
                    }
                }
            }
        }
    }
    none(&wrong);
    assert!(tried > 2_000, "{tried} edits");
}

/// Rules that say that the new shape is another one: what it takes instead is part of it.
const ANOTHER: &[&str] =
    &["changed", "became-object", "became-array", "wrapped", "renamed", "removed", "required-added"];

#[test]
fn what_a_validator_sees_of_an_edit_is_told_on_its_axis() {
    const VALUES: usize = 10;
    let mut dice = Dice(7);
    let (mut lost, mut gained) = (0usize, 0usize);
    let mut wrong: Vec<String> = Vec::new();
    for (name, schema) in real() {
        let old = modern(&schema);
        let before = jsonschema::validator_for(&old).unwrap();
        let old_node = node(&old);
        for edit in edits(&old) {
            let new = edit.schema;
            let after = jsonschema::validator_for(&new).unwrap_or_else(|e| panic!("{}: {e}", edit.what));
            let new_node = node(&new);
            let sent = changes(&old_node, &new_node, Position::RequestBody);
            let returned = changes(&old_node, &new_node, Position::Response);
            for i in 0..VALUES {
                let from = if i % 2 == 0 { &old } else { &new };
                let value = value(&mut dice, from, from, 9);
                let (was, is) = (before.is_valid(&value), after.is_valid(&value));
                let mut check = |holds: bool, what: &str| {
                    if !holds {
                        wrong.push(format!(
                            "{} of {name}: {what}\nvalue {value}\nsent {:#?}\nreturned {:#?}\nof {old}",
                            edit.what,
                            shown(&sent),
                            shown(&returned)
                        ));
                    }
                };
                match (was, is) {
                    (true, false) => {
                        lost += 1;
                        check(
                            sent.iter().any(|c| c.rule.is_on(Axis::Contract)),
                            "refused now, no break told",
                        );
                        check(!returned.is_empty(), "no longer comes, and nothing told");
                    }
                    (false, true) => {
                        gained += 1;
                        let other = sent.iter().any(|c| ANOTHER.iter().any(|a| c.rule.id.ends_with(a)));
                        let more = sent.iter().any(|c| c.rule.is_on(Axis::Capability)) || other;
                        check(more, "accepted now, and nothing told");
                        let quiet = ["res.field-added", "val.additional-properties-opened"];
                        let told =
                            |c: &SchemaChange| c.severity >= Severity::Medium || quiet.contains(&c.rule.id);
                        check(returned.iter().any(told), "may come now, and nothing told");
                    }
                    _ => {}
                }
            }
        }
    }
    wrong.sort_by_key(String::len);
    none(&wrong);
    assert!(lost > 500 && gained > 500, "{lost} lost, {gained} gained");
}

/// A value that a schema may well accept.
fn value(dice: &mut Dice, schema: &Value, root: &Value, depth: usize) -> Value {
    let of = |word: &str| schema.get(word);
    if depth == 0 {
        return json!(null);
    }
    if let Some(reference) = of("$ref").and_then(Value::as_str) {
        return value(dice, root.pointer(&reference[1..]).unwrap(), root, depth - 1);
    }
    if let Some(Value::Array(values)) = of("enum")
        && !dice.one_in(8)
    {
        return dice.pick(values);
    }
    if let Some(only) = of("const") {
        return only.clone();
    }
    let mut made = match of("type") {
        Some(Value::Array(kinds)) => {
            let kind = dice.pick(kinds);
            plain(dice, &kind, schema, root, depth)
        }
        Some(kind) => plain(dice, kind, schema, root, depth),
        None => plain(dice, &json!("object"), schema, root, depth),
    };
    let all = of("allOf").and_then(Value::as_array).cloned().unwrap_or_default();
    let one =
        ["anyOf", "oneOf"].iter().filter_map(|w| of(w)?.as_array()).map(|l| dice.pick(l)).collect::<Vec<_>>();
    for branch in all.iter().chain(&one) {
        match (&mut made, value(dice, branch, root, depth - 1)) {
            (Value::Object(made), Value::Object(more)) => made.extend(more),
            (made, other) => *made = other,
        }
    }
    made
}

fn plain(dice: &mut Dice, kind: &Value, schema: &Value, root: &Value, depth: usize) -> Value {
    let of = |word: &str| schema.get(word);
    let number = |word: &str| of(word).and_then(Value::as_i64);
    match kind.as_str() {
        Some("object") => {
            let mut made = Map::new();
            let required = of("required").and_then(Value::as_array).cloned().unwrap_or_default();
            for (name, inner) in of("properties").and_then(Value::as_object).into_iter().flatten() {
                if required.contains(&json!(name)) || dice.one_in(2) {
                    made.insert(name.clone(), value(dice, inner, root, depth - 1));
                }
            }
            match of("additionalProperties") {
                Some(Value::Bool(false)) => {}
                Some(inner) if inner.is_object() => {
                    made.insert("zz".into(), value(dice, inner, root, depth - 1));
                }
                _ if dice.one_in(3) => drop(made.insert("zz".into(), json!("zz"))),
                _ => {}
            }
            made.into()
        }
        Some("array") => {
            let least = number("minItems").unwrap_or(0) as usize;
            let items = of("items").cloned().unwrap_or(json!({}));
            (0..least + dice.below(3))
                .map(|_| value(dice, &items, root, depth - 1))
                .collect::<Vec<_>>()
                .into()
        }
        Some("boolean") => json!(dice.one_in(2)),
        Some("null") => json!(null),
        Some("integer" | "number") => {
            let near = [
                number("minimum"),
                number("maximum"),
                number("exclusiveMinimum"),
                number("exclusiveMaximum"),
            ];
            let near: Vec<i64> =
                near.into_iter().flatten().flat_map(|n| [n - 1, n, n + 1]).chain([0, 1, 2, 7]).collect();
            match kind == "number" && dice.one_in(3) {
                true => json!(0.5),
                false => json!(dice.pick(&near)),
            }
        }
        _ => {
            let (least, most) = (number("minLength").unwrap_or(0), number("maxLength").unwrap_or(3));
            let length = dice.pick(&[least, most, most + 1, 1, 3]);
            let texts = [
                "a".repeat(length as usize),
                "0".repeat(40),
                "zz".to_owned(),
                "#aabbcc".to_owned(),
                "2026-01-01T00:00:00Z".to_owned(),
                "https://a.example/b".to_owned(),
            ];
            dice.pick(&texts).into()
        }
    }
}
