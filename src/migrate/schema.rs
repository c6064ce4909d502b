//! Schemas as the reference system wrote them in; JSON Schema 2020-12 in the order of formats-v2 §4 out.
//!
//! What OpenAPI 2.0 and 3.0 spell otherwise is restated, samples are dropped (they are values that somebody
//! sent), and no reference leads out of the file.

use std::collections::BTreeMap;

use crate::canon::node::pointer_step;
use crate::canon::{Fault, FaultKind, Node, Value, digest};
use crate::compare::restate::{DROPPED, LISTS, MAPS, ONES, def_name, settle};

/// Where a v1 schema may keep what it refers to.
const POOLS: [&str; 2] = ["definitions", "$defs"];

/// What becomes of the definitions that a schema brings along.
pub(super) enum Home<'a> {
    /// They stay in it (`input_schema`).
    Own,
    /// They go to the `$defs` of the file (baseline).
    Shared(&'a mut Defs),
}

/// The definitions of a baseline: name → (digest of the pool that it came from, restated body).
#[derive(Debug, Default)]
pub(super) struct Defs(BTreeMap<String, (String, Node)>);

impl Defs {
    /// The `$defs` of the file, if there are any.
    pub(super) fn into_node(self) -> Option<Node> {
        let made = Node::map(self.0.into_iter().map(|(name, (_, body))| (name, body)));
        (!made.members().is_empty()).then_some(made)
    }
}

/// Restates a schema.
///
/// # Errors
/// A value that is no schema where one must stand, with its place.
pub(super) fn restate(file: &str, pointer: &str, schema: &Node, home: Home) -> Result<Node, Fault> {
    let mut walk = Walk { file, pointer: pointer.to_owned(), names: BTreeMap::new() };
    let pools = || POOLS.iter().flat_map(|pool| schema.get(pool).map(Node::members).unwrap_or_default());
    match home {
        Home::Own => {
            walk.names = pools().map(|(name, _)| (name.clone(), name.clone())).collect();
            walk.schema(schema)
        }
        Home::Shared(defs) => {
            let pool =
                digest::of(&Node::map(POOLS.iter().filter_map(|p| Some((*p, schema.get(p)?.clone())))));
            let mut fresh = Vec::new();
            for (name, body) in pools() {
                let mut to = def_name(name);
                if defs.0.get(&to).is_some_and(|(from, _)| *from != pool) {
                    to = format!("{to}.{}", digest::short(&pool, 8));
                }
                if !defs.0.contains_key(&to) {
                    fresh.push((to.clone(), body));
                    // Taken now, so that a second name that folds to it is told apart.
                    defs.0.insert(to.clone(), (pool.clone(), Node::null()));
                }
                walk.names.insert(name.clone(), to);
            }
            for (name, body) in fresh {
                let body = walk.schema(body)?;
                defs.0.insert(name, (pool.clone(), body));
            }
            walk.schema(&schema.without(&POOLS))
        }
    }
}

struct Walk<'a> {
    file: &'a str,
    pointer: String,
    /// Names that a reference may use, and what they are called now.
    names: BTreeMap<String, String>,
}

impl Walk<'_> {
    fn below<T>(&mut self, step: &str, read: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        let before = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(&pointer_step(step));
        let made = read(self);
        self.pointer.truncate(before);
        made
    }

    fn fault<T>(&self, node: &Node, wanted: &str) -> Result<T, Fault> {
        let message = format!("expected {wanted}, found {}", node.kind());
        Err(Fault::new(self.file, FaultKind::Content, message).line(node.line).pointer(self.pointer.clone()))
    }

    /// A schema; the depth of the tree bounds the recursion.
    fn schema(&mut self, node: &Node) -> Result<Node, Fault> {
        let members = match &node.value {
            Value::Map(members) => members,
            Value::Bool(_) => return Ok(node.clone()),
            _ => return self.fault(node, "a schema"),
        };
        let mut made: Vec<(String, Node)> = Vec::with_capacity(members.len());
        for (key, value) in members {
            if DROPPED.contains(&key.as_str()) {
                continue;
            }
            let (name, value) = self.below(key, |walk| walk.keyword(key, value))?;
            match made.iter().position(|(k, _)| *k == name) {
                // `definitions` beside `$defs`: one pool.
                Some(at) if name == "$defs" => {
                    let mut both = made[at].1.members().to_vec();
                    both.extend(value.members().iter().filter(|(k, _)| made[at].1.get(k).is_none()).cloned());
                    both.sort_by(|a, b| a.0.cmp(&b.0));
                    made[at].1 = Node::map(both);
                }
                Some(_) => {}
                None => made.push((name, value)),
            }
        }
        let made = settle(made, node.get("nullable").and_then(Node::as_bool) == Some(true));
        Ok(Node::map(made))
    }

    fn keyword(&mut self, key: &str, value: &Node) -> Result<(String, Node), Fault> {
        let name = match key {
            "definitions" => "$defs",
            "items" if matches!(value.value, Value::List(_)) => "prefixItems",
            other => other,
        };
        let value = match name {
            "$ref" => return Ok(self.reference(value)),
            _ if MAPS.contains(&name) => {
                if !value.is_map() {
                    return self.fault(value, "a map of schemas");
                }
                let mut made = Vec::with_capacity(value.members().len());
                for (key, schema) in value.members() {
                    made.push((key.clone(), self.below(key, |walk| walk.schema(schema))?));
                }
                made.sort_by(|a, b| a.0.cmp(&b.0));
                Node::map(made)
            }
            _ if LISTS.contains(&name) => {
                let Value::List(items) = &value.value else { return self.fault(value, "a list of schemas") };
                let mut made = Vec::with_capacity(items.len());
                for (i, schema) in items.iter().enumerate() {
                    made.push(self.below(&i.to_string(), |walk| walk.schema(schema))?);
                }
                Node::new(Value::List(made))
            }
            _ if ONES.contains(&name) => self.schema(value)?,
            _ => value.clone(),
        };
        Ok((name.to_owned(), value))
    }

    /// Only to a definition of the file; anything else says that it could not be followed.
    fn reference(&self, value: &Node) -> (String, Node) {
        let name = value.as_text().and_then(|to| {
            POOLS.iter().find_map(|pool| to.strip_prefix(&format!("#/{pool}/"))).filter(|n| !n.contains('/'))
        });
        match name.and_then(|name| self.names.get(&name.replace("~1", "/").replace("~0", "~"))) {
            Some(now) => ("$ref".to_owned(), Node::text(format!("#/$defs/{}", pointer_step(now)))),
            None => ("x-unresolved".to_owned(), value.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canon::Limits;
    use crate::canon::json;
    use crate::canon::read_json::read_json;

    fn node(text: &str) -> Node {
        read_json("f", text.as_bytes(), &Limits::new(1 << 20)).unwrap()
    }

    fn own(text: &str) -> String {
        json::compact(&restate("f", "", &node(text), Home::Own).unwrap())
    }

    #[test]
    fn older_spellings_are_restated_and_samples_dropped() {
        for (old, new) in [
            (r#"{"example": 1, "type": "integer", "nullable": true}"#, r#"{"type": ["integer", "null"]}"#),
            (r#"{"nullable": false, "type": "integer"}"#, r#"{"type": "integer"}"#),
            (
                r#"{"nullable": true, "oneOf": [{"type": "string"}]}"#,
                r#"{"anyOf": [{"oneOf": [{"type": "string"}]}, {"type": "null"}]}"#,
            ),
            (r#"{"minimum": 1, "exclusiveMinimum": true}"#, r#"{"exclusiveMinimum": 1}"#),
            (r#"{"exclusiveMaximum": false, "maximum": 1}"#, r#"{"maximum": 1}"#),
            (r#"{"exclusiveMinimum": 3}"#, r#"{"exclusiveMinimum": 3}"#),
            (r#"{"items": [{"xml": {}}, true]}"#, r#"{"prefixItems": [{}, true]}"#),
        ] {
            assert_eq!(own(old), new);
        }
    }

    #[test]
    fn keywords_come_in_order_and_only_keywords_are_dropped() {
        assert_eq!(
            own(
                r#"{"x-b": 1, "required": ["b"], "title": "t", "properties": {"example": {"type": "string"}, "b": {}},
                "description": "d", "type": "object", "additionalProperties": false, "default": {"example": 1}}"#
            ),
            r#"{"type": "object", "properties": {"b": {}, "example": {"type": "string"}}, "required": ["b"], "additionalProperties": false, "default": {"example": 1}, "description": "d", "title": "t", "x-b": 1}"#
        );
    }

    #[test]
    fn a_reference_stays_inside_or_says_that_it_does_not() {
        assert_eq!(
            own(r##"{"definitions": {"A": {"$ref": "#/definitions/A"}}, "$ref": "#/definitions/A"}"##),
            r##"{"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/A"}}}"##
        );
        for to in ["#/definitions/B", "https://evil.example/s", "#", "#/$defs/A/properties/x"] {
            let told = own(&format!(r##"{{"$defs": {{"A": {{}}}}, "$ref": "{to}"}}"##));
            assert!(told.contains(&format!(r#""x-unresolved": "{to}""#)) && !told.contains("$ref"), "{told}");
        }
    }

    #[test]
    fn definitions_are_shared_by_content_and_told_apart_by_digest() {
        let mut defs = Defs::default();
        let mut of =
            |text: &str| json::compact(&restate("f", "", &node(text), Home::Shared(&mut defs)).unwrap());
        let first = r##"{"definitions": {"A": {"type": "string"}}, "$ref": "#/definitions/A"}"##;
        assert_eq!(of(first), r##"{"$ref": "#/$defs/A"}"##);
        assert_eq!(of(first), r##"{"$ref": "#/$defs/A"}"##);
        let other = of(r##"{"definitions": {"A": {"type": "integer"}}, "$ref": "#/definitions/A"}"##);
        assert!(other.starts_with(r##"{"$ref": "#/$defs/A."##), "{other}");
        assert_eq!(defs.into_node().unwrap().members().len(), 2);
    }

    #[test]
    fn what_is_no_schema_is_a_fault_with_its_place() {
        let fault = restate("f", "/s", &node("{\"properties\":\n{\"a/b\": 5}}"), Home::Own).unwrap_err();
        assert_eq!((fault.pointer.as_str(), fault.line), ("/s/properties/a~1b", 2));
        assert!(restate("f", "", &node(r#"{"anyOf": {}}"#), Home::Own).is_err());
        assert!(restate("f", "", &node(r#"{"properties": []}"#), Home::Own).is_err());
    }
}
