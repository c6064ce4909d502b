//! What the risk classifier is told about a migrated tool: its action and operation in, the judgement out.

use std::collections::BTreeSet;

use crate::canon::Node;
use crate::compare::risk::{Assessed, Facts, Input, assess};
use crate::model::risk::ToolKind;
use crate::model::tool::Tool;

/// Names that one tool is judged by; far more than any schema has that a person wrote.
const MAX_NAMES: usize = 20_000;
/// Definitions inside definitions.
const MAX_DEPTH: usize = 32;

/// What stands around a tool.
pub(super) struct Around<'a> {
    /// Argument → place, as written into the action.
    pub(super) inputs: &'a Node,
    /// The schema of its arguments, as written into the action.
    pub(super) input_schema: &'a Node,
    /// The schema of its answer.
    pub(super) answer: Option<&'a Node>,
    /// The baseline's definitions.
    pub(super) defs: Option<&'a Node>,
    /// Whether its host is one of the toolpack's own.
    pub(super) first_party: bool,
}

/// Judges a tool.
pub(super) fn judge(tool: &Tool, around: &Around) -> Assessed {
    let fixed = tool.raw.get("fixed_body");
    let mut names = Names { defs: around.input_schema.get("$defs"), found: BTreeSet::new() };
    names.collect(around.input_schema, "", 0);
    // A pinned member is no input: a caller cannot choose it.
    let is_pinned = |name: &str| fixed.is_some_and(|fixed| fixed.get(name).is_some());
    let inputs: Vec<Input> = names
        .found
        .iter()
        .filter(|name| !is_pinned(name))
        .map(|name| Input {
            name,
            in_path: around
                .inputs
                .get(name)
                .and_then(Node::as_text)
                .is_some_and(|place| place.starts_with("path.")),
        })
        .collect();
    let mut answer = Names { defs: around.defs, found: BTreeSet::new() };
    if let Some(schema) = around.answer {
        answer.collect(schema, "", 0);
    }
    let outputs: Vec<&str> = answer.found.iter().map(String::as_str).collect();
    assess(&Facts {
        kind: ToolKind::Http,
        method: Some(&tool.method),
        path: &tool.full_path(),
        operation_id: None,
        name: &tool.name,
        graphql: tool.graphql.as_ref().map(|_| tool.graphql_type.as_deref().unwrap_or("unknown")),
        inputs: &inputs,
        output_fields: &outputs,
        read_only: None,
        destructive: None,
        open_world: None,
        first_party: around.first_party,
        security_none: false,
        override_tier: None,
    })
}

/// Names of the fields of a schema, nested ones as dotted paths.
struct Names<'a> {
    defs: Option<&'a Node>,
    found: BTreeSet<String>,
}

impl Names<'_> {
    fn collect(&mut self, schema: &Node, prefix: &str, depth: usize) {
        if depth > MAX_DEPTH || self.found.len() >= MAX_NAMES {
            return;
        }
        let target = schema
            .get("$ref")
            .and_then(Node::as_text)
            .and_then(|to| self.defs?.get(to.strip_prefix("#/$defs/")?));
        if let Some(target) = target {
            self.collect(target, prefix, depth + 1);
        }
        for (name, property) in schema.get("properties").map(Node::members).unwrap_or_default() {
            let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
            // A field seen at this place before has been walked: definitions that lead back end here.
            if self.found.insert(path.clone()) {
                self.collect(property, &path, depth + 1);
            }
        }
        for key in ["items", "additionalProperties"] {
            if let Some(one) = schema.get(key) {
                self.collect(one, prefix, depth + 1);
            }
        }
        for key in ["allOf", "anyOf", "oneOf", "prefixItems"] {
            for one in schema.get(key).map(Node::items).unwrap_or_default() {
                self.collect(one, prefix, depth + 1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canon::Limits;
    use crate::canon::read_json::read_json;

    #[test]
    fn fields_are_found_wherever_they_stand_and_circles_end() {
        let schema = read_json(
            "f",
            br##"{"properties": {"a": {"items": {"properties": {"b": {}}}}, "n": {"$ref": "#/$defs/N"}},
                 "anyOf": [{"properties": {"c": {}}}],
                 "$defs": {"N": {"properties": {"n": {"$ref": "#/$defs/N"}}}}}"##,
            &Limits::new(1 << 20),
        )
        .unwrap();
        let mut names = Names { defs: schema.get("$defs"), found: BTreeSet::new() };
        names.collect(&schema, "", 0);
        for name in ["a", "a.b", "c", "n", "n.n"] {
            assert!(names.found.contains(name), "{name}");
        }
        assert!(names.found.len() < 100);
    }
}
