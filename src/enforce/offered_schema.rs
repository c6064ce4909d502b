//! A schema as it is locked in, the schema that is shown to agents and their clients out: without words that only
//! vendors know, its texts cleaned, and for answers so wide that what was taken away or came less is no fault of them.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use crate::canon::visible::hidden;
use crate::canon::{Node, Value};
use crate::compare::restate::{LISTS, MAPS, ONES};

/// Values of a schema that is shown; a larger one would fill what a model can read.
const MAX_NODES: usize = 20_000;
/// Characters of a text in it.
const MAX_TEXT: usize = 1024;
/// References that the whole schema may be.
const MAX_HOPS: usize = 20;

/// What an answer with something taken away, or a text with a mark in it, may not fit; and what only means something
/// together with these.
const STRICT: &[&str] = &[
    "required",
    "minProperties",
    "maxProperties",
    "dependentRequired",
    "dependentSchemas",
    "dependencies",
    "propertyNames",
    "unevaluatedProperties",
    "unevaluatedItems",
    "not",
    "if",
    "then",
    "else",
    "contains",
    "minContains",
    "maxContains",
    "uniqueItems",
    "pattern",
    "format",
    "minLength",
    "maxLength",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "default",
    "example",
    "examples",
    "discriminator",
    "xml",
    "externalDocs",
];

/// A text without what cannot be seen, at most `limit` characters long. Line breaks stay.
pub fn clean(text: &str, limit: usize) -> String {
    let shown = text.chars().map(|c| if matches!(c, '\t' | '\u{2028}' | '\u{2029}') { ' ' } else { c });
    let mut out: String = shown.filter(|c| *c == '\n' || !hidden(*c)).take(limit + 1).collect();
    if let Some((at, _)) = out.char_indices().nth(limit) {
        out.truncate(out[..at].char_indices().last().map_or(0, |(last, _)| last));
        out.push('…');
    }
    out.trim().to_owned()
}

/// The schema of arguments as it is shown; none if it is too large.
pub fn of_input(schema: &Node) -> Option<Node> {
    Walk { relaxed: false, left: MAX_NODES, named: BTreeSet::new() }.schema(schema)
}

/// The schema of answers as it is shown: an object, self-contained, relaxed. None if it is no object's or too large.
/// `defs` are the definitions around it, by which its references are looked up.
pub fn of_output(schema: &Node, defs: Option<&Node>) -> Option<Node> {
    let own = schema.get("$defs").or(schema.get("definitions"));
    let all: BTreeMap<&str, &Node> = [defs, own]
        .into_iter()
        .flatten()
        .flat_map(Node::members)
        .map(|(name, body)| (name.as_str(), body))
        .collect();
    let mut root = schema;
    for _ in 0..MAX_HOPS {
        match root.get("$ref").and_then(Node::as_text).and_then(definition) {
            Some(name) => root = all.get(name.as_str())?,
            None => break,
        }
    }
    let is_object = match root.get("type") {
        Some(kind) => kind.as_text() == Some("object"),
        None => root.get("properties").is_some(),
    };
    if !is_object || root.get("$ref").is_some() {
        return None;
    }
    let mut walk = Walk { relaxed: true, left: MAX_NODES, named: BTreeSet::new() };
    let mut made = walk.schema(&root.without(&["$defs", "definitions", "$schema", "$id"]))?;
    made.set("type", Node::text("object"));
    let mut reached: BTreeMap<String, Node> = BTreeMap::new();
    while let Some(name) = walk.named.pop_first() {
        if let Entry::Vacant(slot) = reached.entry(name) {
            // What is not there can be anything.
            let body = all.get(slot.key().as_str());
            let body = body.map_or(Some(Node::map::<String>([])), |body| walk.schema(body))?;
            slot.insert(body);
        }
    }
    if !reached.is_empty() {
        made.set("$defs", Node::map(reached));
    }
    Some(made)
}

/// The name of a definition that a reference means.
fn definition(reference: &str) -> Option<String> {
    let name = reference.strip_prefix("#/$defs/").or(reference.strip_prefix("#/definitions/"))?;
    (!name.contains('/')).then(|| name.replace("~1", "/").replace("~0", "~"))
}

struct Walk {
    relaxed: bool,
    left: usize,
    /// Definitions that were referred to.
    named: BTreeSet<String>,
}

impl Walk {
    /// The schema, or none when there is too much of it.
    fn schema(&mut self, schema: &Node) -> Option<Node> {
        self.left = self.left.checked_sub(1)?;
        let Value::Map(members) = &schema.value else { return Some(schema.clone()) };
        let mut out: Vec<(String, Node)> = Vec::with_capacity(members.len());
        for (key, value) in members {
            if key.starts_with("x-") || self.relaxed && self.is_dropped(key, value) {
                continue;
            }
            if let Some(kept) = self.member(key, value)? {
                out.push((key.clone(), kept));
            }
        }
        let mut made = Node::map(out);
        if self.relaxed {
            open_choice(&mut made);
        }
        Some(made)
    }

    fn is_dropped(&self, key: &str, value: &Node) -> bool {
        STRICT.contains(&key) || key == "additionalProperties" && value.as_bool() == Some(false)
    }

    /// A member of a schema by what its keyword holds; the inner none leaves it out.
    fn member(&mut self, key: &str, value: &Node) -> Option<Option<Node>> {
        Some(Some(match &value.value {
            Value::Map(members) if MAPS.contains(&key) || matches!(key, "definitions" | "dependencies") => {
                let mut kept = Vec::with_capacity(members.len());
                for (name, schema) in members {
                    kept.push((name.clone(), self.schema(schema)?));
                }
                Node::map(kept)
            }
            Value::List(items) if LISTS.contains(&key) || key == "items" => {
                let kept: Option<Vec<Node>> = items.iter().map(|schema| self.schema(schema)).collect();
                Node::new(Value::List(kept?))
            }
            Value::Map(_) if ONES.contains(&key) => self.schema(value)?,
            Value::Text(text) if matches!(key, "description" | "title" | "$comment") => {
                Node::text(clean(text, MAX_TEXT))
            }
            Value::Text(text) if key == "$ref" && self.relaxed => match definition(text) {
                Some(name) => {
                    let reference = format!("#/$defs/{}", crate::canon::node::pointer_step(&name));
                    self.named.insert(name);
                    Node::text(reference)
                }
                // It leads elsewhere, and elsewhere is not looked.
                None => return Some(None),
            },
            _ => {
                self.left = self.left.checked_sub(weight(value))?;
                value.clone()
            }
        }))
    }
}

fn weight(node: &Node) -> usize {
    1 + node.members().iter().map(|(_, member)| member).chain(node.items()).map(weight).sum::<usize>()
}

/// Several branches may fit once their bounds are gone: `oneOf` is `anyOf`.
fn open_choice(schema: &mut Node) {
    let Some(one) = schema.get("oneOf").cloned() else { return };
    let mut made = schema.without(&["oneOf"]);
    if schema.get("anyOf").is_none() {
        made.set("anyOf", one);
    } else {
        let mut all = schema.get("allOf").map(|all| all.items().to_vec()).unwrap_or_default();
        all.push(Node::map([("anyOf", one)]));
        made.set("allOf", Node::new(Value::List(all)));
    }
    *schema = made;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canon::json::compact;
    use crate::model::testing::node;

    fn output(schema: &str, defs: &str) -> Option<String> {
        of_output(&node(schema), Some(&node(defs))).map(|made| compact(&made))
    }

    #[test]
    fn an_answer_s_schema_is_relaxed_and_brings_what_it_refers_to() {
        let schema = r##"{"$ref": "#/$defs/User"}"##;
        let defs = r##"{"User": {"type": "object", "properties": {"id": {"type": "integer"},
            "required": {"type": "string", "format": "email", "minLength": 3},
            "best": {"oneOf": [{"$ref": "#/$defs/User"}, {"type": "null"}]}, "of": {"$ref": "#/$defs/Of~1It"}},
            "required": ["id"], "additionalProperties": false, "x-go-type": "User"},
            "Of/It": {"not": {"required": ["a"]}, "additionalProperties": {"type": "string", "pattern": "a"}}, "Other": {}}"##;
        assert_eq!(
            output(schema, defs).unwrap(),
            concat!(
                r##"{"type": "object", "properties": {"id": {"type": "integer"}, "required": {"type": "string"}, "##,
                r##""best": {"anyOf": [{"$ref": "#/$defs/User"}, {"type": "null"}]}, "of": {"$ref": "#/$defs/Of~1It"}}, "##,
                r##""$defs": {"Of/It": {"additionalProperties": {"type": "string"}}, "##,
                r##""User": {"type": "object", "properties": {"id": {"type": "integer"}, "required": {"type": "string"}, "##,
                r##""best": {"anyOf": [{"$ref": "#/$defs/User"}, {"type": "null"}]}, "of": {"$ref": "#/$defs/Of~1It"}}}}}"##
            )
        );
    }

    #[test]
    fn only_objects_are_promised() {
        for (schema, expected) in [
            (r#"{"type": "array"}"#, None),
            (r#"{"type": ["object", "null"]}"#, None),
            ("{}", None),
            (r#"{"properties": {}}"#, Some(r#"{"properties": {}, "type": "object"}"#)),
            (r##"{"$ref": "#/$defs/absent"}"##, None),
            (r##"{"$ref": "https://x.test/"}"##, None),
            (
                r##"{"type": "object", "properties": {"a": {"$ref": "https://x.test/"}, "b": {"$ref": "#/$defs/no"}}}"##,
                Some(
                    r##"{"type": "object", "properties": {"a": {}, "b": {"$ref": "#/$defs/no"}}, "$defs": {"no": {}}}"##,
                ),
            ),
            (
                r#"{"type": "object", "oneOf": [{"a": 1}], "anyOf": [true]}"#,
                Some(r#"{"type": "object", "anyOf": [true], "allOf": [{"anyOf": [{"a": 1}]}]}"#),
            ),
        ] {
            assert_eq!(output(schema, "{}").as_deref(), expected, "{schema}");
        }
        let round = r##"{"A": {"$ref": "#/$defs/B"}, "B": {"$ref": "#/$defs/A"}}"##;
        assert_eq!(output(r##"{"$ref": "#/$defs/A"}"##, round), None);
    }

    #[test]
    fn a_schema_that_fills_a_model_is_not_shown() {
        let many: Vec<String> = (0..30_000).map(|n| format!("\"p{n}\": {{}}")).collect();
        let schema = node(&format!(r#"{{"type": "object", "properties": {{{}}}}}"#, many.join(",")));
        assert!(of_output(&schema, None).is_none() && of_input(&schema).is_none());
    }

    #[test]
    fn vendor_words_go_and_texts_are_cleaned_but_names_and_values_stay() {
        let schema = node(
            r#"{"type": "object", "x-cask-resolver": {}, "description": "a\u0000\u202eb\nc\td", "properties": {
            "x-trace": {"enum": ["x-a"], "const": {"x-b": 1}, "x-c": 1}}, "required": ["x-trace"]}"#,
        );
        assert_eq!(
            compact(&of_input(&schema).unwrap()),
            r#"{"type": "object", "description": "ab\nc d", "properties": {"x-trace": {"enum": ["x-a"], "const": {"x-b": 1}}}, "required": ["x-trace"]}"#
        );
        assert_eq!(clean("abcdef", 4), "abc…");
        assert_eq!(clean("abcd", 4), "abcd");
    }
}
