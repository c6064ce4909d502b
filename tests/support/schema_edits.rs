//! Single edits of a schema, each of which changes what fits it or what it means.

use serde_json::{Map, Value, json};

/// An edit that was made.
pub struct Edit {
    /// What, and where.
    pub what: String,
    /// The schema with it.
    pub schema: Value,
}

/// Every edit of a schema and of what lies in it; definitions are edited where they stand.
pub fn edits(schema: &Value) -> Vec<Edit> {
    let mut out = Vec::new();
    for at in places(schema, String::new()) {
        let Some(map) = schema.pointer(&at).and_then(Value::as_object) else { continue };
        for (what, edited) in of(map) {
            // Within alternatives, or beside what refuses it, null changes nothing.
            let within = ["/anyOf/", "/oneOf/", "/allOf/", "/$defs/"].iter().any(|group| at.contains(group));
            if within && what == "null added" {
                continue;
            }
            let mut whole = schema.clone();
            if let Some(place) = whole.pointer_mut(&at) {
                *place = edited.into();
                out.push(Edit { what: format!("{what} at {at:?}"), schema: whole });
            }
        }
    }
    out
}

/// Where schemas stand that are maps.
fn places(schema: &Value, at: String) -> Vec<String> {
    let mut out = vec![at.clone()];
    for (key, value) in schema.as_object().into_iter().flatten() {
        let inner: Vec<(String, &Value)> = match (key.as_str(), value) {
            ("items" | "additionalProperties", Value::Object(_)) => vec![(key.clone(), value)],
            ("anyOf" | "oneOf" | "allOf", Value::Array(list)) => {
                list.iter().enumerate().map(|(i, v)| (format!("{key}/{i}"), v)).collect()
            }
            ("properties" | "$defs", Value::Object(map)) => {
                let step = |name: &str| name.replace('~', "~0").replace('/', "~1");
                map.iter().map(|(name, v)| (format!("{key}/{}", step(name)), v)).collect()
            }
            _ => Vec::new(),
        };
        for (step, inner) in inner {
            out.extend(places(inner, format!("{at}/{step}")));
        }
    }
    out
}

type Keywords = Map<String, Value>;

/// The edits of one place.
fn of(map: &Keywords) -> Vec<(String, Keywords)> {
    let mut out = Vec::new();
    let mut put = |what: String, key: &str, value: Option<Value>| {
        let mut edited = map.clone();
        match value {
            Some(value) => drop(edited.insert(key.to_owned(), value)),
            None => drop(edited.remove(key)),
        }
        out.push((what, edited));
    };
    let listed = map.contains_key("enum") || map.contains_key("const");
    let plain = !listed && !["$ref", "anyOf", "oneOf", "allOf"].iter().any(|k| map.contains_key(*k));
    if let Some(Value::String(kind)) = map.get("type")
        && plain
        && kind != "null"
    {
        let other = if kind == "string" { "boolean" } else { "string" };
        put(format!("{kind} → {other}"), "type", Some(json!(other)));
        if !map.contains_key("nullable") {
            put("null added".into(), "type", Some(json!([kind, "null"])));
        }
        let bound = match kind.as_str() {
            "string" => ("maxLength", json!(1)),
            "integer" | "number" => ("maximum", json!(1)),
            "array" => ("maxItems", json!(1)),
            _ => ("maxProperties", json!(1)),
        };
        if kind != "boolean" && !map.contains_key(bound.0) {
            put(format!("{} set", bound.0), bound.0, Some(bound.1));
        }
        if kind == "string" && !map.contains_key("pattern") {
            put("pattern set".into(), "pattern", Some(json!("^zz")));
        }
        if kind == "array" && !map.contains_key("uniqueItems") {
            put("uniqueItems set".into(), "uniqueItems", Some(json!(true)));
        }
    }
    if let Some(Value::Array(kinds)) = map.get("type")
        && !listed
    {
        put("the last type gone".into(), "type", Some(json!(kinds[..kinds.len() - 1])));
    }
    for bound in ["minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "maxProperties"] {
        if let Some(n) = map.get(bound).and_then(Value::as_i64).filter(|_| plain) {
            put(format!("{bound} raised"), bound, Some(json!(n + 1)));
            if n > 0 {
                put(format!("{bound} lowered"), bound, Some(json!(n - 1)));
            }
            if n > 0 || bound.starts_with("max") || bound == "minimum" {
                put(format!("{bound} gone"), bound, None);
            }
        }
    }
    for gone in ["pattern", "format", "default", "readOnly", "const", "enum"] {
        let idle = gone == "readOnly" && map.get(gone) == Some(&json!(false));
        if map.contains_key(gone) && !idle {
            put(format!("{gone} gone"), gone, None);
        }
    }
    if let Some(Value::Array(values)) = map.get("enum") {
        let text = values.iter().all(Value::is_string);
        let more = values.iter().cloned().chain([json!("zz_new")]).collect();
        if text {
            put("a choice added".into(), "enum", Some(more));
        }
        if values.len() > 1 {
            put("a choice gone".into(), "enum", Some(json!(values[1..])));
        }
    }
    if map.contains_key("default") {
        put("default changed".into(), "default", Some(json!("zz_other")));
    }
    let is_object = map.contains_key("properties");
    if let Some(Value::Object(properties)) = map.get("properties") {
        let required: Vec<&str> = map
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        for name in properties.keys() {
            let mut less = properties.clone();
            less.remove(name);
            if !required.contains(&name.as_str()) {
                put(format!("{name} gone"), "properties", Some(less.into()));
                let more: Vec<&str> = required.iter().copied().chain([name.as_str()]).collect();
                put(format!("{name} required"), "required", Some(json!(more)));
            } else {
                let fewer: Vec<&str> = required.iter().copied().filter(|r| r != name).collect();
                put(format!("{name} optional"), "required", Some(json!(fewer)));
            }
        }
        let mut more = properties.clone();
        more.insert("zz_new".into(), json!({"type": "integer"}));
        put("a property added".into(), "properties", Some(more.into()));
    }
    match map.get("additionalProperties") {
        Some(Value::Bool(false)) => put("opened".into(), "additionalProperties", None),
        None if is_object && plain => put("closed".into(), "additionalProperties", Some(json!(false))),
        Some(Value::Object(_)) => put("closed".into(), "additionalProperties", Some(json!(false))),
        _ => {}
    }
    for group in ["anyOf", "oneOf"] {
        if let Some(Value::Array(branches)) =
            map.get(group).filter(|b| b.as_array().is_some_and(|b| b.len() > 1))
        {
            put(format!("{group}: one gone"), group, Some(json!(branches[1..])));
            let more: Vec<Value> =
                branches.iter().cloned().chain([json!({"type": "number", "multipleOf": 0.25})]).collect();
            put(format!("{group}: one more"), group, Some(json!(more)));
        }
    }
    out
}
