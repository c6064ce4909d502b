//! Other spellings of a schema, in words of 2020-12, that mean the same.

use serde_json::{Map, Value, json};

/// A spelling: what it does, and the schema in it.
pub type Spelling = (&'static str, fn(&Value) -> Value);

/// Each is tried on every schema.
pub const SPELLINGS: &[Spelling] = &[
    ("the words of 2020-12", Value::clone),
    ("keys and lists in another order", reordered),
    ("what is usual written out", written_out),
    ("null as an alternative", or_null),
    ("references written out", |schema| inlined(schema, schema, 0)),
    ("properties as definitions", defined),
    ("required in an allOf", |schema| each(schema, &split)),
    ("an allOf of one", |schema| each(schema, &|map| Map::from_iter([("allOf".to_owned(), json!([map]))]))),
    ("a choice of one", |schema| each(schema, &|map| Map::from_iter([("anyOf".to_owned(), json!([map]))]))),
    ("words for people and vendors", |schema| each(schema, &words)),
];

/// Whether a keyword holds schemas: one, a list of them, or a map.
fn holds(keyword: &str) -> &'static str {
    match keyword {
        "items" | "additionalProperties" | "not" => "one",
        "anyOf" | "oneOf" | "allOf" => "list",
        "properties" | "$defs" => "map",
        _ => "",
    }
}

/// A schema whose parts are restated, the innermost first; what is no map stays.
fn each(schema: &Value, restate: &dyn Fn(Map<String, Value>) -> Map<String, Value>) -> Value {
    let Value::Object(map) = schema else { return schema.clone() };
    let inner = |key: &String, value: &Value| match (holds(key), value) {
        ("one", value) => each(value, restate),
        ("list", Value::Array(list)) => list.iter().map(|one| each(one, restate)).collect(),
        ("map", Value::Object(map)) => {
            map.iter().map(|(k, v)| (k.clone(), each(v, restate))).collect::<Map<_, _>>().into()
        }
        _ => value.clone(),
    };
    let mut made: Map<String, Value> = map.iter().map(|(k, v)| (k.clone(), inner(k, v))).collect();
    // References are resolved at the root.
    let defs = made.remove("$defs");
    let mut made = restate(made);
    if let Some(defs) = defs {
        made.insert("$defs".into(), defs);
    }
    made.into()
}

/// `nullable` of OpenAPI 3.0 in a list of types.
pub fn modern(schema: &Value) -> Value {
    each(schema, &|mut map| {
        if map.remove("nullable") == Some(json!(true))
            && let Some(kind) = map.get("type").cloned()
        {
            map.insert("type".into(), json!([kind, "null"]));
        }
        map
    })
}

fn reordered(schema: &Value) -> Value {
    each(schema, &|map| {
        let turned = |(key, value): (String, Value)| match (key.as_str(), value) {
            ("enum" | "required" | "type", Value::Array(list)) => {
                (key, list.into_iter().rev().collect::<Vec<_>>().into())
            }
            ("properties", Value::Object(map)) => (key, map.into_iter().rev().collect::<Map<_, _>>().into()),
            (_, value) => (key, value),
        };
        map.into_iter().rev().map(turned).collect()
    })
}

fn written_out(schema: &Value) -> Value {
    each(schema, &|mut map| {
        let usual: &[(&str, Value)] = match map.get("type").and_then(Value::as_str) {
            Some("object") => {
                &[("additionalProperties", json!(true)), ("required", json!([])), ("minProperties", json!(0))]
            }
            Some("array") => &[("items", json!({})), ("minItems", json!(0)), ("uniqueItems", json!(false))],
            Some("string") => &[("minLength", json!(0)), ("pattern", json!(".*"))],
            Some("integer") => &[("multipleOf", json!(1))],
            _ => &[],
        };
        for (key, value) in usual {
            map.entry(*key).or_insert_with(|| value.clone());
        }
        for flag in ["readOnly", "writeOnly", "deprecated"] {
            map.entry(flag).or_insert(json!(false));
        }
        map
    })
}

fn or_null(schema: &Value) -> Value {
    each(schema, &|mut map| {
        let Some(Value::Array(kinds)) = map.get("type").cloned() else { return map };
        if kinds.len() != 2 || kinds[1] != json!("null") || map.contains_key("enum") {
            return map;
        }
        map.insert("type".into(), kinds[0].clone());
        let beside: Vec<(String, Value)> =
            ["default", "description", "readOnly"].iter().filter_map(|k| map.remove_entry(*k)).collect();
        let mut made = Map::from_iter([("anyOf".to_owned(), json!([{"type": "null"}, map]))]);
        made.extend(beside);
        made
    })
}

fn inlined(schema: &Value, root: &Value, depth: usize) -> Value {
    let target = |map: &Map<String, Value>| {
        let reference = map.get("$ref")?.as_str()?;
        root.pointer(&reference[1..]).filter(|_| depth < 6).cloned()
    };
    match schema {
        Value::Object(map) if map.len() == 1 && target(map).is_some() => {
            inlined(&target(map).unwrap_or_default(), root, depth + 1)
        }
        Value::Object(map) => {
            map.iter().map(|(k, v)| (k.clone(), inlined(v, root, depth))).collect::<Map<_, _>>().into()
        }
        Value::Array(list) => list.iter().map(|v| inlined(v, root, depth)).collect(),
        other => other.clone(),
    }
}

fn defined(schema: &Value) -> Value {
    let mut made = schema.clone();
    let mut defs = schema.get("$defs").and_then(Value::as_object).cloned().unwrap_or_default();
    if let Some(properties) = made.get_mut("properties").and_then(Value::as_object_mut) {
        for (at, (_, inner)) in properties.iter_mut().enumerate() {
            let name = format!("Part{at}");
            defs.insert(name.clone(), std::mem::replace(inner, json!({"$ref": format!("#/$defs/{name}")})));
        }
    }
    made["$defs"] = defs.into();
    made
}

fn split(mut map: Map<String, Value>) -> Map<String, Value> {
    match map.remove("required") {
        Some(required) => Map::from_iter([("allOf".to_owned(), json!([map, {"required": required}]))]),
        None => map,
    }
}

fn words(mut map: Map<String, Value>) -> Map<String, Value> {
    map.insert("description".into(), json!("said otherwise"));
    map.insert("title".into(), json!("t"));
    map.insert("$comment".into(), json!("c"));
    map.insert("x-order".into(), json!([1, {"type": "string"}]));
    map.insert("examples".into(), json!([1]));
    map
}
