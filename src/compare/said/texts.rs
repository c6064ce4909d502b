//! A definition in, every text of it that a model reads out, by where it stands.

use std::collections::BTreeMap;

use crate::canon::node::pointer_step;
use crate::canon::{Node, Value};
use crate::model::tool::Tool;

/// Texts of one tool that are looked at. Where there are more, it is told that they were not.
const MAX_TEXTS: usize = 50_000;
/// Bytes of their places: a name that is long stands in the place of everything below it.
const MAX_PLACES: usize = 32 << 20;
/// Members whose values are words of JSON Schema; a sentence there is looked at all the same.
const WORDS: [&str; 8] = ["type", "format", "$ref", "$schema", "$id", "$anchor", "pattern", "required"];
/// Names of members that say nothing: those of JSON Schema, of OpenAPI's schemas and of MCP's tools.
#[rustfmt::skip]
const MEMBERS: &[&str] = &[
    "$anchor", "$comment", "$defs", "$dynamicAnchor", "$dynamicRef", "$id", "$ref", "$schema", "_meta",
    "additionalItems", "additionalProperties", "allOf", "annotations", "anyOf", "const", "contains",
    "contentEncoding", "contentMediaType", "contentSchema", "default", "definitions", "dependencies",
    "dependentRequired", "dependentSchemas", "deprecated", "description", "destructiveHint", "discriminator",
    "else", "enum", "example", "examples", "exclusiveMaximum", "exclusiveMinimum", "execution", "format",
    "icons", "idempotentHint", "if", "inputSchema", "items", "mapping", "maxContains", "maxItems", "maxLength",
    "maxProperties", "maximum", "mimeType", "minContains", "minItems", "minLength", "minProperties", "minimum",
    "multipleOf", "name", "not", "nullable", "oneOf", "openWorldHint", "outputSchema", "pattern",
    "patternProperties", "prefixItems", "properties", "propertyName", "propertyNames", "readOnly",
    "readOnlyHint", "required", "sizes", "src", "taskSupport", "then", "title", "type", "unevaluatedItems",
    "unevaluatedProperties", "uniqueItems", "writeOnly",
];

/// One text of a tool.
#[derive(Clone, Copy)]
pub struct Text<'a> {
    /// Where it stands.
    pub node: &'a Node,
    /// What is said: the value, or a name of a parameter.
    pub said: &'a str,
}

/// The texts of a tool, however the file keeps them.
#[derive(Default)]
pub struct Texts<'a> {
    /// Each by where it stands in the tool.
    pub by_spot: BTreeMap<Spot, Text<'a>>,
    /// The first that is beyond the limits, with its place: from there on nothing was looked at.
    pub unread: Option<(Spot, &'a Node)>,
    /// Bytes of the places so far.
    places: usize,
}

/// A pointer below the tool, and whether its last step is what is read, instead of the value there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// JSON pointer below the tool.
    pub pointer: String,
    /// Whether the name is the text.
    pub is_name: bool,
}

/// Links that a client follows to show something, and no model reads: which host they lead to is told as that.
const LINKS: [&str; 2] = ["/_meta/ui/resourceUri", "/_meta/openai~1outputTemplate"];

/// Whether a place of what a server said is a link to an image or a page.
pub fn is_link(pointer: &str) -> bool {
    LINKS.contains(&pointer) || pointer.starts_with("/icons/") && pointer.ends_with("/src")
}

impl<'a> Texts<'a> {
    /// Every text that a model is served with an action of our own.
    pub fn of_action(tool: &'a Tool) -> Texts<'a> {
        let mut out = Texts::default();
        for member in ["title", "description", "input_schema", "output_schema"] {
            if let Some(node) = tool.raw.get(member) {
                out.walk(node, &mut format!("/{member}"), member);
            }
        }
        out
    }

    /// Every text of what a server said: of a tool, a prompt or a resource, as it came.
    pub fn of_raw(raw: &'a Node) -> Texts<'a> {
        let mut out = Texts::default();
        out.walk(raw, &mut String::new(), "");
        out.by_spot.retain(|spot, _| !is_link(&spot.pointer));
        out
    }

    /// A single text.
    pub fn of_text(node: &'a Node) -> Texts<'a> {
        let mut out = Texts::default();
        out.walk(node, &mut String::new(), "");
        out
    }

    /// Depth is bounded by the reader of the file. The pointer is one buffer for the whole walk: most nodes
    /// are no texts and need no copy of it.
    fn walk(&mut self, node: &'a Node, pointer: &mut String, key: &str) {
        if self.unread.is_some() {
            return;
        }
        let end = pointer.len();
        match &node.value {
            Value::Text(said) => {
                let sentence = said.len() > 64 || said.contains(char::is_whitespace) || !said.is_ascii();
                let own_name = pointer == "/name";
                if !own_name && (sentence || !WORDS.contains(&key)) {
                    self.note(node, said, pointer, false);
                }
            }
            Value::List(items) => {
                for (at, item) in items.iter().enumerate() {
                    pointer.push_str(&format!("/{at}"));
                    self.walk(item, pointer, key);
                    pointer.truncate(end);
                }
            }
            Value::Map(members) => {
                for (name, member) in members {
                    pointer.push('/');
                    pointer.push_str(&pointer_step(name));
                    // What a stranger names is read as any text; a text of its own stands beside it.
                    if key == "properties" || !MEMBERS.contains(&name.as_str()) {
                        self.note(member, name, pointer, true);
                    }
                    self.walk(member, pointer, name);
                    pointer.truncate(end);
                }
            }
            _ => {}
        }
    }

    fn note(&mut self, node: &'a Node, said: &'a str, pointer: &str, is_name: bool) {
        if self.unread.is_some() {
            return;
        }
        let spot = Spot { pointer: pointer.to_owned(), is_name };
        self.places += pointer.len();
        if self.by_spot.len() >= MAX_TEXTS || self.places > MAX_PLACES {
            self.unread = Some((spot, node));
        } else {
            self.by_spot.insert(spot, Text { node, said });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing_pack::PackText;
    use serde_json::json;

    #[test]
    fn texts_are_read_up_to_a_limit_that_is_known() {
        let labels = |n: usize| {
            let pack = PackText::shop()
                .edit(|p| {
                    let labels: Vec<String> = (0..n).map(|i| i.to_string()).collect();
                    p.action("create_order")["input_schema"] = json!({"enum": labels});
                })
                .build();
            let texts = Texts::of_action(&pack.manifest.tools[0]);
            (texts.by_spot.len(), texts.unread.map(|(spot, _)| spot.pointer))
        };
        // Title and description beside them.
        assert_eq!(labels(MAX_TEXTS - 2), (MAX_TEXTS, None));
        assert_eq!(labels(MAX_TEXTS - 1).1, Some(format!("/input_schema/enum/{}", MAX_TEXTS - 2)));
    }
}
