//! The comparison of schemas beside a validator: thousands of pairs of random schemas, values of both. A value
//! that was accepted and is refused now must be told as a break; one that was refused and is accepted now as
//! more than before; and the other way round for what comes back.

use std::collections::BTreeMap;

use cask::canon::read_json::read_json;
use cask::canon::{Limits, Node};
use cask::compare::schema::{Context, Position, Schema, SchemaChange, compare};
use cask::rules::{Axis, Severity, val};
use serde_json::{Value, json};

use crate::dice;
use dice::Dice;

/// Rules that say that the new shape is another one: what it takes instead is part of it.
const ANOTHER: &[&str] = &[
    "req.field-type-changed",
    "req.array-became-object",
    "req.object-became-array",
    "req.wrapped",
    "req.field-renamed",
    // Calls without what was required fit once it is gone.
    "req.field-removed",
    "req.field-required-added",
    "val.discriminator-changed",
];

/// Rules about what a validator does not look at, or about words that the names here do not have.
const UNSEEN: &[&str] = &[
    "val.ref-unresolved",
    "val.amount-bound-removed",
    "val.enum-privileged-added",
    "val.format-changed",
    "val.format-to-uri",
    "val.discriminator-changed",
    "val.read-only-flag-changed",
    "val.write-only-flag-changed",
];

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

fn schema(dice: &mut Dice, depth: usize) -> Value {
    let mut made = serde_json::Map::new();
    let kinds: &[&str] = if depth == 0 {
        &["integer", "number", "string", "boolean", "any", "nullable"]
    } else {
        &[
            "integer", "number", "string", "boolean", "object", "object", "array", "any", "nullable",
            "anyOf", "oneOf", "allOf", "ref", "not",
        ]
    };
    let kind = dice.pick(kinds);
    match kind {
        "integer" | "number" => number(dice, kind, &mut made),
        "string" => string(dice, &mut made),
        "boolean" => drop(made.insert("type".into(), json!("boolean"))),
        "object" => object(dice, depth, &mut made),
        "array" => {
            made.insert("type".into(), json!("array"));
            if !dice.one_in(4) {
                made.insert("items".into(), schema(dice, depth - 1));
            }
            if dice.one_in(4) {
                made.insert("minItems".into(), json!(dice.below(3)));
            }
            if dice.one_in(3) {
                made.insert("maxItems".into(), json!(1 + dice.below(3)));
            }
            if dice.one_in(4) {
                made.insert("uniqueItems".into(), json!(true));
            }
            if dice.one_in(5) {
                made.insert("prefixItems".into(), json!([schema(dice, 0)]));
            }
        }
        "nullable" => {
            let mut inner = serde_json::Map::new();
            number(dice, "integer", &mut inner);
            match dice.below(3) {
                0 => {
                    inner.insert("type".into(), json!(["integer", "null"]));
                    return Value::Object(inner);
                }
                1 => return json!({"anyOf": [inner, {"type": "null"}]}),
                _ => return json!({"oneOf": [inner, {"type": "null"}]}),
            }
        }
        "anyOf" | "oneOf" => {
            let n = 1 + dice.below(3);
            let branches: Vec<Value> = (0..n).map(|_| schema(dice, depth - 1)).collect();
            made.insert(kind.into(), json!(branches));
        }
        "allOf" => {
            let branches: Vec<Value> = (0..2).map(|_| schema(dice, depth - 1)).collect();
            made.insert("allOf".into(), json!(branches));
        }
        "ref" => return json!({"$ref": format!("#/$defs/{}", dice.pick(&["X", "Y"]))}),
        "not" => drop(made.insert("not".into(), schema(dice, 0))),
        _ => {}
    }
    if dice.one_in(9) && !made.contains_key("enum") {
        let mut values: Vec<Value> = (0..3).map(|_| scalar(dice)).collect();
        values.dedup();
        match dice.one_in(4) {
            true => made.insert("const".into(), values[0].clone()),
            false => made.insert("enum".into(), json!(values)),
        };
    }
    Value::Object(made)
}

fn number(dice: &mut Dice, kind: &str, made: &mut serde_json::Map<String, Value>) {
    made.insert("type".into(), json!(kind));
    for (keyword, chance) in
        [("minimum", 3), ("maximum", 3), ("exclusiveMinimum", 6), ("exclusiveMaximum", 6), ("multipleOf", 6)]
    {
        if dice.one_in(chance) {
            let value = match keyword {
                "multipleOf" => dice.pick(&[json!(1), json!(2), json!(3), json!(4), json!(0.5)]),
                _ => dice.pick(&[json!(-1), json!(0), json!(1), json!(2), json!(2.5), json!(5), json!(9)]),
            };
            made.insert(keyword.into(), value);
        }
    }
}

fn string(dice: &mut Dice, made: &mut serde_json::Map<String, Value>) {
    made.insert("type".into(), json!("string"));
    if dice.one_in(4) {
        made.insert("minLength".into(), json!(dice.below(4)));
    }
    if dice.one_in(3) {
        made.insert("maxLength".into(), json!(dice.below(5)));
    }
    if dice.one_in(3) {
        let patterns =
            ["^a", "^ab", "b$", "^[a-c]+$", "^[a-z]{1,3}$", "^(a|ab)$", "^ab$", "^\\d+$", "x|y", ".*"];
        made.insert("pattern".into(), json!(dice.pick(&patterns)));
    }
}

fn object(dice: &mut Dice, depth: usize, made: &mut serde_json::Map<String, Value>) {
    made.insert("type".into(), json!("object"));
    let mut properties = serde_json::Map::new();
    for name in NAMES {
        if dice.one_in(2) {
            properties.insert(name.into(), schema(dice, depth - 1));
        }
    }
    let required: Vec<String> = properties.keys().filter(|_| dice.one_in(2)).cloned().collect();
    made.insert("properties".into(), properties.into());
    if !required.is_empty() {
        made.insert("required".into(), json!(required));
    }
    match dice.below(6) {
        0 | 1 => drop(made.insert("additionalProperties".into(), json!(false))),
        2 => drop(made.insert("additionalProperties".into(), schema(dice, 0))),
        _ => {}
    }
    if dice.one_in(6) {
        made.insert("minProperties".into(), json!(dice.below(3)));
    }
    if dice.one_in(6) {
        made.insert("maxProperties".into(), json!(1 + dice.below(4)));
    }
    if dice.one_in(10) {
        made.insert("propertyNames".into(), json!({"type": "string", "maxLength": 1 + dice.below(2)}));
    }
}

fn scalar(dice: &mut Dice) -> Value {
    dice.pick(&[
        json!(null),
        json!(true),
        json!(-2),
        json!(0),
        json!(1),
        json!(2),
        json!(2.5),
        json!(3),
        json!(4),
        json!(5),
        json!(10),
        json!(""),
        json!("a"),
        json!("ab"),
        json!("abc"),
        json!("abcdef"),
        json!("12"),
        json!("x"),
    ])
}

/// A value that a schema may well accept: what it declares, and for what it leaves open a name of nobody's.
fn value(dice: &mut Dice, schema: &Value, defs: &Value, depth: usize) -> Value {
    if depth == 0 || dice.one_in(12) {
        return scalar(dice);
    }
    let of = |word: &str| schema.get(word);
    if let Some(target) = of("$ref").and_then(Value::as_str).and_then(|r| defs.get(&r[8..])) {
        return value(dice, target, defs, depth - 1);
    }
    if let Some(Value::Array(values)) = of("enum") {
        return dice.pick(values);
    }
    if let Some(only) = of("const") {
        return only.clone();
    }
    for word in ["anyOf", "oneOf", "allOf"] {
        if let Some(Value::Array(branches)) = of(word) {
            let one = dice.pick(branches);
            let mut made = value(dice, &one, defs, depth - 1);
            if word == "allOf" {
                for branch in branches {
                    if let (Value::Object(all), Value::Object(more)) =
                        (&mut made, value(dice, branch, defs, depth - 1))
                    {
                        all.extend(more);
                    }
                }
            }
            return made;
        }
    }
    let kind = match of("type") {
        Some(Value::Array(kinds)) => dice.pick(kinds),
        Some(kind) => kind.clone(),
        None => return scalar(dice),
    };
    match kind.as_str() {
        Some("object") => {
            let mut made = serde_json::Map::new();
            let properties = of("properties").and_then(Value::as_object);
            let required = |name: &str| {
                of("required").and_then(Value::as_array).is_some_and(|r| r.contains(&json!(name)))
            };
            for (name, inner) in properties.into_iter().flatten() {
                if required(name) || dice.one_in(2) {
                    made.insert(name.clone(), value(dice, inner, defs, depth - 1));
                }
            }
            match of("additionalProperties") {
                Some(Value::Bool(false)) => {}
                Some(inner) if dice.one_in(2) => {
                    made.insert("zz".into(), value(dice, inner, defs, depth - 1));
                }
                None if dice.one_in(3) => drop(made.insert("zz".into(), scalar(dice))),
                _ => {}
            }
            made.into()
        }
        Some("array") => {
            let items = of("items").cloned().unwrap_or(json!({}));
            let prefix = of("prefixItems").and_then(Value::as_array).cloned().unwrap_or_default();
            (0..dice.below(4))
                .map(|i| value(dice, prefix.get(i).unwrap_or(&items), defs, depth - 1))
                .collect::<Vec<_>>()
                .into()
        }
        Some("string") => dice.pick(&["", "a", "ab", "abc", "abcd", "bb", "b", "c", "12", "x", "azz"]).into(),
        Some("boolean") => json!(dice.one_in(2)),
        Some("null") => json!(null),
        Some("integer") => json!(dice.below(13) as i64 - 2),
        _ => dice.pick(&[
            json!(-1),
            json!(0),
            json!(0.5),
            json!(1),
            json!(2),
            json!(2.5),
            json!(3),
            json!(4),
            json!(4.5),
            json!(5),
            json!(6),
            json!(9),
            json!(9.5),
        ]),
    }
}

/// A schema that differs in one place, or in two.
fn mutated(dice: &mut Dice, schema_: &Value, depth: usize) -> Value {
    let Value::Object(map) = schema_ else { return schema(dice, depth) };
    let mut map = map.clone();
    let keys: Vec<String> = map.keys().cloned().collect();
    if keys.is_empty() || dice.one_in(8) {
        return schema(dice, depth);
    }
    let key = dice.pick(&keys);
    let deep = |dice: &mut Dice, inner: &Value| mutated(dice, inner, depth.saturating_sub(1));
    match (key.as_str(), &map[&key]) {
        ("properties", Value::Object(inner)) if !inner.is_empty() && !dice.one_in(3) => {
            let name = dice.pick(&inner.keys().cloned().collect::<Vec<_>>());
            let mut inner = inner.clone();
            let now = deep(dice, &inner[&name]);
            inner.insert(name, now);
            map.insert(key, inner.into());
        }
        ("properties", Value::Object(inner)) => {
            let mut inner = inner.clone();
            let name = dice.pick(&NAMES);
            match inner.remove(name) {
                Some(_) => {}
                None => drop(inner.insert(name.into(), schema(dice, depth.saturating_sub(1)))),
            }
            map.insert(key, inner.into());
        }
        ("pattern", _) if !dice.one_in(3) => {
            let mut other = serde_json::Map::new();
            string(dice, &mut other);
            if let Some(pattern) = other.remove("pattern") {
                map.insert(key, pattern);
            }
        }
        ("required", _) => drop(map.insert(key, json!([dice.pick(&NAMES)]))),
        ("items" | "additionalProperties" | "not", inner) if inner.is_object() && !dice.one_in(3) => {
            let now = deep(dice, &inner.clone());
            map.insert(key, now);
        }
        ("anyOf" | "oneOf" | "allOf", Value::Array(list)) => {
            let mut list = list.clone();
            match dice.below(4) {
                0 if list.len() > 1 => drop(list.pop()),
                1 => list.push(schema(dice, depth.saturating_sub(1))),
                2 => {
                    let other = if key == "anyOf" { "oneOf" } else { "anyOf" };
                    map.remove(&key);
                    map.insert(other.into(), list.into());
                    return map.into();
                }
                _ => {
                    let at = dice.below(list.len());
                    list[at] = deep(dice, &list[at]);
                }
            }
            map.insert(key, list.into());
        }
        _ => {
            // A keyword goes, or one of another schema of the kind comes in its place.
            let other = (0..40).map(|_| schema(dice, depth)).find(|s| s.get("type") == map.get("type"));
            match other.and_then(|o| Some(o.as_object()?.clone())) {
                Some(other) if !dice.one_in(3) && !other.is_empty() => {
                    let name = dice.pick(&other.keys().cloned().collect::<Vec<_>>());
                    map.insert(name.clone(), other[&name].clone());
                }
                _ => drop(map.remove(&key)),
            }
        }
    }
    map.into()
}

fn node(value: &Value) -> Node {
    read_json("schema.json", value.to_string().as_bytes(), &Limits::new(1 << 20)).expect("plain JSON")
}

fn changes(old: &Node, new: &Node, position: Position) -> Vec<SchemaChange> {
    let context = Context { position, writes: true, about: &[] };
    compare(Schema::new(old, None), Schema::new(new, None), &context)
}

fn is_on(changes: &[SchemaChange], axis: Axis) -> bool {
    changes.iter().any(|c| c.rule.is_on(axis))
}

#[test]
fn what_a_validator_accepts_or_refuses_is_told() {
    const PAIRS: usize = 10_000;
    const VALUES: usize = 6;
    let mut dice = Dice(2);
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    let (mut lost, mut gained, mut differing) = (0usize, 0usize, 0usize);
    let mut wrong: Vec<String> = Vec::new();
    for pair in 0..PAIRS {
        let mut old = schema(&mut dice, 2);
        let mut new = mutated(&mut dice, &old, 2);
        let defs = json!({"X": schema(&mut dice, 1), "Y": schema(&mut dice, 0)});
        let mut new_defs = defs.clone();
        if dice.one_in(3) {
            let changed = mutated(&mut dice, &defs["X"], 1);
            new_defs["X"] = changed;
        }
        for (schema, defs) in [(&mut old, &defs), (&mut new, &new_defs)] {
            if let Value::Object(map) = schema {
                map.insert("$defs".into(), defs.clone());
            }
        }
        let (Ok(before), Ok(after)) = (jsonschema::validator_for(&old), jsonschema::validator_for(&new))
        else {
            continue;
        };
        let (old_node, new_node) = (node(&old), node(&new));
        let sent = changes(&old_node, &new_node, Position::RequestBody);
        let returned = changes(&old_node, &new_node, Position::Response);
        let shown = |list: &[SchemaChange]| {
            list.iter()
                .map(|c| format!("{} {} {}", c.rule.id, c.pointer, c.change.plain()))
                .collect::<Vec<_>>()
        };
        for change in sent.iter().chain(&returned) {
            *counts.entry(change.rule.id).or_default() += 1;
        }
        differing += usize::from(!sent.is_empty());
        for i in 0..VALUES {
            let (from, defs) = if i % 2 == 0 { (&old, &defs) } else { (&new, &new_defs) };
            let value = value(&mut dice, from, defs, 5);
            let (was, is) = (before.is_valid(&value), after.is_valid(&value));
            // What its own schema refuses says nothing: nobody sends a property there that is declared elsewhere.
            if !(if i % 2 == 0 { was } else { is }) {
                continue;
            }
            let mut check = |holds: bool, what: &str| {
                if !holds {
                    let (sent, returned) = (shown(&sent), shown(&returned));
                    wrong.push(format!(
                        "pair {pair}: {what}\nold {old}\nnew {new}\nvalue {value}\nsent {sent:#?}\nreturned {returned:#?}"
                    ));
                }
            };
            let other_shape = sent.iter().any(|c| ANOTHER.contains(&c.rule.id));
            match (was, is) {
                (true, false) => {
                    lost += 1;
                    check(is_on(&sent, Axis::Contract), "refused now, and no break told");
                    check(!returned.is_empty(), "no longer comes, and nothing told");
                }
                (false, true) => {
                    gained += 1;
                    let more = is_on(&sent, Axis::Capability) || other_shape;
                    check(more, "accepted now, and nothing told");
                    let quiet = ["res.field-added", "val.additional-properties-opened"];
                    let told =
                        returned.iter().any(|c| c.severity >= Severity::Medium || quiet.contains(&c.rule.id));
                    check(told, "may come now, and nothing told");
                }
                _ => {}
            }
        }
    }
    wrong.sort_by_key(String::len);
    wrong.dedup_by_key(|w| w.split(':').next().unwrap_or_default().to_owned());
    assert!(
        wrong.is_empty(),
        "{} disagreements, the shortest:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(8)].join("\n\n")
    );
    println!("{differing} pairs differ, {lost} values lost, {gained} gained\n{counts:#?}");
    // Every kind of change that a validator can see was met.
    for rule in val::ALL.iter().filter(|rule| !UNSEEN.contains(&rule.id)) {
        assert!(counts.contains_key(rule.id), "no pair for {}", rule.id);
    }
    assert!(differing > PAIRS / 2 && lost > 1_000 && gained > 1_000, "{differing} {lost} {gained}");
}
