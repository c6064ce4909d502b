//! A schema in, whether comparing one value with it ends, and within how many steps into one another, out. What
//! compiles schemas and compares values calls itself: a stranger's schema must not say how often.

use std::collections::HashMap;

use crate::canon::{Node, Value};
use crate::compare::risk_words::percent_decoded;

/// Keywords whose schemas are about the same value as the one that they stand in.
const SAME: &[&str] =
    &["allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas", "dependencies"];
/// Words that say what a reference means by other ways than its place.
const NAMES: &[&str] =
    &["$anchor", "$dynamicAnchor", "$dynamicRef", "$recursiveAnchor", "$recursiveRef", "$id", "id"];
/// Schemas inside each other that are about one value: a description has ten at most.
const MAX_LEVELS: usize = 32;
/// Different references.
const MAX_REFERENCES: usize = 5_000;

/// Whether a schema can be compiled and compared within bounds.
///
/// # Errors
/// Why not, in words.
pub fn check(schema: &Node) -> Result<(), &'static str> {
    let mut walk = Walk { root: schema, heights: HashMap::new() };
    walk.everywhere(schema, true)
}

struct Walk<'a> {
    root: &'a Node,
    /// How many schemas the target of a reference has inside each other.
    heights: HashMap<&'a str, usize>,
}

impl<'a> Walk<'a> {
    /// Every map may be a schema: taking more of them for one than there are only refuses more.
    fn everywhere(&mut self, node: &'a Node, is_root: bool) -> Result<(), &'static str> {
        let named =
            |(key, value): &(String, Node)| NAMES.contains(&key.as_str()) && value.as_text().is_some();
        if !is_root && node.members().iter().any(named) {
            return Err("its schema has parts that are referred to by names of their own");
        }
        if node.is_map() {
            self.height(node, MAX_LEVELS)?;
        }
        let inner = node.members().iter().map(|(_, member)| member).chain(node.items());
        inner.into_iter().try_for_each(|inner| self.everywhere(inner, false))
    }

    /// How many schemas about one value are inside each other, the references among them followed.
    fn height(&mut self, schema: &'a Node, left: usize) -> Result<usize, &'static str> {
        const DEEP: &str = "its schema has too many parts inside each other, or one that leads to itself";
        let left = left.checked_sub(1).ok_or(DEEP)?;
        let mut most = 0;
        for (key, member) in schema.members() {
            let height = match (key.as_str(), &member.value) {
                ("$ref", Value::Text(reference)) => {
                    let height = self.of_reference(reference, left)?;
                    if height > left {
                        return Err(DEEP);
                    }
                    height
                }
                ("dependentSchemas" | "dependencies", Value::Map(members)) => {
                    self.tallest(members.iter().map(|(_, schema)| schema), left)?
                }
                (key, Value::List(items)) if SAME.contains(&key) => self.tallest(items.iter(), left)?,
                (key, Value::Map(_)) if SAME.contains(&key) => self.height(member, left)?,
                _ => 0,
            };
            most = most.max(height);
        }
        Ok(most + 1)
    }

    fn tallest(
        &mut self,
        schemas: impl Iterator<Item = &'a Node>,
        left: usize,
    ) -> Result<usize, &'static str> {
        let mut most = 0;
        for schema in schemas {
            most = most.max(self.height(schema, left)?);
        }
        Ok(most)
    }

    fn of_reference(&mut self, reference: &'a str, left: usize) -> Result<usize, &'static str> {
        if let Some(height) = self.heights.get(reference) {
            return Ok(*height);
        }
        if self.heights.len() >= MAX_REFERENCES {
            return Err("its schema has too many references");
        }
        let pointer = reference.strip_prefix('#').filter(|at| at.is_empty() || at.starts_with('/'));
        let target = pointer.and_then(|pointer| self.root.at(&percent_decoded(pointer)));
        let target = target.ok_or("its schema has a reference that leads out of it or nowhere")?;
        let height = self.height(target, left)?;
        self.heights.insert(reference, height);
        Ok(height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::node;

    #[test]
    fn what_stays_at_one_value_has_an_end() {
        for (schema, sound) in [
            (r##"{"$ref": "#"}"##, false),
            (r##"{"properties": {"child": {"$ref": "#"}}}"##, true),
            (r##"{"allOf": [{"$ref": "#"}]}"##, false),
            (
                r##"{"$ref": "#/$defs/a", "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/b"}]}, "b": {"not": {"$ref": "#/$defs/a"}}}}"##,
                false,
            ),
            (r##"{"$ref": "#/$defs/a", "$defs": {"a": {"items": {"$ref": "#/$defs/a"}}}}"##, true),
            (r##"{"$defs": {"a b": {"$ref": "#/$defs/a%20b"}}}"##, false),
            (r##"{"dependentSchemas": {"x": {"$ref": "#"}}}"##, false),
            (r##"{"allOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/a"}], "$defs": {"a": {}}}"##, true),
        ] {
            assert_eq!(check(&node(schema)).is_ok(), sound, "{schema}");
        }
    }

    #[test]
    fn references_only_lead_to_places() {
        for (schema, sound) in [
            (r##"{"$id": "https://a.test/", "properties": {"$id": {"type": "string"}}}"##, true),
            (r##"{"$id": "https://a.test/", "allOf": [{"$ref": "https://a.test/"}]}"##, false),
            (r##"{"properties": {"a": {"$anchor": "x", "$ref": "#x"}}}"##, false),
            (r##"{"properties": {"a": {"$dynamicRef": "#x"}}}"##, false),
            (r##"{"properties": {"a": {"$id": "b", "$ref": "#"}}}"##, false),
            (r##"{"$ref": "#/$defs/gone"}"##, false),
        ] {
            assert_eq!(check(&node(schema)).is_ok(), sound, "{schema}");
        }
    }

    #[test]
    fn chains_have_a_longest() {
        let chain = |steps: usize, keyword: &str| {
            let link = |n: usize| Node::map([("$ref", Node::text(format!("#/$defs/d{n}")))]);
            let wrap = |n: usize| match keyword {
                "" => link(n),
                _ => Node::map([(keyword, Node::map([("x", link(n))]))]),
            };
            let mut defs: Vec<(String, Node)> = (0..steps).map(|n| (format!("d{n}"), wrap(n + 1))).collect();
            defs.push((format!("d{steps}"), Node::map::<String>([])));
            check(&Node::map([("$defs", Node::map(defs)), ("$ref", Node::text("#/$defs/d0"))]))
        };
        assert!(chain(29, "").is_ok() && chain(40, "").is_err() && chain(20_000, "").is_err());
        assert!(chain(4_000, "properties").is_ok() && chain(20_000, "properties").is_err());
    }
}
