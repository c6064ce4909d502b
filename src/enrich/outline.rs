//! A schema in, its shape out: which members there are, of which type, what is said of them. Never a value: choices,
//! defaults and examples may have been seen in somebody's traffic.
//!
//! Schemas are written by strangers: depth and size are bounded, and a definition that contains itself is followed
//! once.

use std::collections::{BTreeSet, HashMap};

use crate::canon::{Node, Value};
use crate::compare::secrets::redact;

/// How deep members are told.
const DEPTH: usize = 8;
/// How many schemas are told.
const STEPS: usize = 400;
/// Names of members that are demanded.
const REQUIRED: usize = 100;
/// Longest text, in characters.
const TEXT: usize = 300;

/// The shape of a schema. References are looked up in its own definitions, else in `outer`.
pub fn outline(schema: &Node, outer: Option<&Node>) -> Node {
    let defs = schema.get("$defs").or(outer).map(Node::members).unwrap_or_default();
    let defs = defs.iter().map(|(name, body)| (name.as_str(), body)).collect();
    Walk { defs, open: BTreeSet::new(), steps: 0 }.schema(schema, 0)
}

/// A text as it is sent: no credential, and no more of it than tells what it is about.
pub fn said(text: &str, most: usize) -> Node {
    let text = redact(text).unwrap_or_else(|| text.to_owned());
    Node::text(text.chars().take(most).collect::<String>())
}

struct Walk<'a> {
    defs: HashMap<&'a str, &'a Node>,
    /// Definitions that are being told.
    open: BTreeSet<&'a str>,
    steps: usize,
}

impl<'a> Walk<'a> {
    fn schema(&mut self, schema: &'a Node, depth: usize) -> Node {
        self.steps += 1;
        if depth > DEPTH || self.steps > STEPS {
            return Node::map::<String>([]);
        }
        if let Some(reference) = schema.get("$ref").and_then(Node::as_text) {
            let name = reference.rsplit('/').next().unwrap_or_default();
            let known = self.defs.get_key_value(name).map(|(name, body)| (*name, *body));
            return match known {
                Some((name, body)) if self.open.insert(name) => {
                    let told = self.schema(body, depth + 1);
                    self.open.remove(name);
                    told
                }
                _ => Node::map::<String>([]),
            };
        }
        let told = schema.members().iter().filter_map(|(key, value)| {
            let told = self.member(key, value, depth)?;
            Some((key.clone(), told))
        });
        Node::map(told.collect::<Vec<_>>())
    }

    /// What is told of one keyword. What is not listed here is not told.
    fn member(&mut self, key: &str, value: &'a Node, depth: usize) -> Option<Node> {
        match (key, &value.value) {
            ("type" | "format", Value::Text(text)) => Some(said(text, TEXT)),
            ("title" | "description", Value::Text(text)) => Some(said(text, TEXT)),
            ("type" | "required", Value::List(names)) => {
                let names = names.iter().filter_map(Node::as_text).take(REQUIRED);
                Some(Node::new(Value::List(names.map(|name| said(name, TEXT)).collect())))
            }
            ("properties", Value::Map(members)) => {
                let mut told = Vec::new();
                for (name, schema) in members {
                    if self.steps > STEPS {
                        break;
                    }
                    let name = said(name, TEXT).as_text().unwrap_or_default().to_owned();
                    told.push((name, self.schema(schema, depth + 1)));
                }
                Some(Node::map(told))
            }
            ("items" | "additionalProperties", Value::Map(_)) => Some(self.schema(value, depth + 1)),
            ("allOf" | "anyOf" | "oneOf", Value::List(branches)) => {
                let told = branches.iter().take(STEPS).map(|branch| self.schema(branch, depth + 1));
                Some(Node::new(Value::List(told.collect())))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canon::json::compact;
    use crate::model::testing::node;

    fn told(schema: &str) -> String {
        compact(&outline(&node(schema), None))
    }

    #[test]
    fn members_and_types_are_told_and_values_are_not() {
        let schema = r##"{"type": "object", "properties": {
            "state": {"type": "string", "enum": ["SEEN1"], "default": "SEEN2", "description": "which"},
            "item": {"$ref": "#/$defs/Item"}, "tags": {"type": "array", "items": {"type": "string", "const": "SEEN3"}}},
            "required": ["state"], "example": {"state": "SEEN4"}, "x-seen": "SEEN5",
            "$defs": {"Item": {"type": ["object", "null"], "examples": ["SEEN6"], "properties": {"of": {"$ref": "#/$defs/Item"}}}}}"##;
        let told = told(schema);
        assert!(!told.contains("SEEN"), "{told}");
        for part in
            ["\"state\"", "which", "\"required\": [\"state\"]", "[\"object\", \"null\"]", "\"of\": {}"]
        {
            assert!(told.contains(part), "{part} in {told}");
        }
    }

    #[test]
    fn what_is_large_or_deep_or_contains_itself_ends() {
        let wide: Vec<String> = (0..5_000).map(|n| format!(r#""m{n}": {{"type": "string"}}"#)).collect();
        let wide = told(&format!(r#"{{"properties": {{{}}}}}"#, wide.join(", ")));
        assert!(wide.len() < 20_000, "{}", wide.len());
        let deep = r#"{"items": "#.repeat(60) + "{}" + &"}".repeat(60);
        assert!(told(&deep).len() < 200);
        // Definitions that each name the next one twice would be told 2^n times.
        let bombs: Vec<String> = (0..40)
            .map(|n| {
                format!(
                    r##""d{n}": {{"allOf": [{{"$ref": "#/$defs/d{m}"}}, {{"$ref": "#/$defs/d{m}"}}]}}"##,
                    m = n + 1
                )
            })
            .collect();
        let bomb = format!(r##"{{"$ref": "#/$defs/d0", "$defs": {{{}}}}}"##, bombs.join(", "));
        assert!(told(&bomb).len() < 20_000);
    }

    #[test]
    fn a_credential_in_a_text_is_not_told() {
        let key = format!("ghp_{}", "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zaB3dE5");
        assert!(!told(&format!(r#"{{"description": "use {key}"}}"#)).contains(&key));
    }
}
