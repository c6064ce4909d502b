//! A schema in, the names of its properties at any depth out.
//!
//! Schemas are written by strangers: depth and work are bounded, and a definition that contains itself is
//! followed once.

use std::collections::BTreeSet;

use crate::canon::Node;

/// How deep fields are looked for.
const MAX_DEPTH: usize = 12;
/// How many parts of a schema are looked at.
const MAX_STEPS: usize = 20_000;

/// Notes the names of the properties of a schema, nested ones dotted.
struct Walk<'a> {
    defs: Option<&'a Node>,
    /// Definitions that are being looked at: one that contains itself is followed once.
    open: BTreeSet<&'a str>,
    steps: usize,
    fields: BTreeSet<String>,
}

/// Names of the properties that a schema has at any depth, nested ones dotted. References are looked up in
/// the schema's own definitions, else in `outer`.
pub fn names<'a>(schema: &'a Node, outer: Option<&'a Node>) -> BTreeSet<String> {
    let defs = schema.get("$defs").or(schema.get("definitions")).or(outer);
    let mut walk = Walk { defs, open: BTreeSet::new(), steps: 0, fields: BTreeSet::new() };
    walk.schema(schema, "", 0);
    walk.fields
}

impl<'a> Walk<'a> {
    fn schema(&mut self, schema: &'a Node, prefix: &str, depth: usize) {
        self.steps += 1;
        if depth > MAX_DEPTH || self.steps > MAX_STEPS {
            return;
        }
        if let Some(reference) = schema.get("$ref").and_then(Node::as_text) {
            let name = reference.rsplit('/').next().unwrap_or_default();
            let known = self.defs.and_then(|d| d.members().iter().find(|(key, _)| key == name));
            if let Some((name, target)) = known
                && self.open.insert(name)
            {
                self.schema(target, prefix, depth + 1);
                self.open.remove(name.as_str());
            }
        }
        for (key, value) in schema.members() {
            match key.as_str() {
                "properties" => {
                    for (name, property) in value.members() {
                        let name = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
                        self.schema(property, &name, depth + 1);
                        self.fields.insert(name);
                    }
                }
                "items" | "additionalProperties" | "if" | "then" | "else" | "contains" => {
                    self.schema(value, prefix, depth + 1);
                }
                "allOf" | "anyOf" | "oneOf" | "prefixItems" => {
                    value.items().iter().for_each(|branch| self.schema(branch, prefix, depth + 1));
                }
                "patternProperties" | "dependentSchemas" => {
                    value.members().iter().for_each(|(_, branch)| self.schema(branch, prefix, depth + 1));
                }
                _ => {}
            }
        }
    }
}
