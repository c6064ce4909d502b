//! A schema in, whether following it for one value would never end out: a reference that reaches itself through
//! keywords that stay at the same value.

use std::collections::{HashMap, HashSet};

use crate::canon::{Node, Value};

/// Keywords whose schemas are about the same value as the one that they stand in.
const SAME: &[&str] =
    &["allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas", "dependencies"];

/// How far the target of a reference has been followed.
#[derive(Clone, Copy, PartialEq)]
enum Mark {
    Open,
    Done,
}

/// Whether some reference leads to itself without going into a part of the value.
pub fn leads_to_itself(schema: &Node) -> bool {
    let mut walk = Walk { root: schema, marks: HashMap::new() };
    let mut seen = HashSet::new();
    references(schema, &mut seen);
    seen.into_iter().any(|reference| walk.closes(reference))
}

/// Every text of a `$ref`, wherever it stands: one more than there is costs nothing.
fn references<'a>(node: &'a Node, seen: &mut HashSet<&'a str>) {
    for (key, member) in node.members() {
        if matches!(key.as_str(), "$ref" | "$dynamicRef" | "$recursiveRef") {
            seen.extend(member.as_text());
        }
        references(member, seen);
    }
    node.items().iter().for_each(|item| references(item, seen));
}

struct Walk<'a> {
    root: &'a Node,
    marks: HashMap<&'a str, Mark>,
}

impl<'a> Walk<'a> {
    /// Whether the target of a reference reaches the reference again. Chains are followed with a stack of its own:
    /// a stranger decides how long they are.
    fn closes(&mut self, start: &'a str) -> bool {
        let mut open: Vec<(&'a str, Vec<&'a str>)> = Vec::new();
        if self.enter(start, &mut open) {
            return true;
        }
        while let Some((reference, next)) = open.last_mut() {
            match next.pop() {
                Some(inner) => {
                    if self.enter(inner, &mut open) {
                        return true;
                    }
                }
                None => {
                    self.marks.insert(reference, Mark::Done);
                    open.pop();
                }
            }
        }
        false
    }

    fn enter(&mut self, reference: &'a str, open: &mut Vec<(&'a str, Vec<&'a str>)>) -> bool {
        match self.marks.get(reference) {
            Some(mark) => *mark == Mark::Open,
            None => {
                self.marks.insert(reference, Mark::Open);
                let mut inner = Vec::new();
                if let Some(target) = reference.strip_prefix('#').and_then(|at| self.root.at(at)) {
                    same(target, &mut inner);
                }
                open.push((reference, inner));
                false
            }
        }
    }
}

/// References of a schema that are about its own value.
fn same<'a>(schema: &'a Node, out: &mut Vec<&'a str>) {
    for (key, member) in schema.members() {
        match (key.as_str(), &member.value) {
            ("$ref" | "$dynamicRef" | "$recursiveRef", Value::Text(text)) => out.push(text),
            (key, Value::List(items)) if SAME.contains(&key) => items.iter().for_each(|s| same(s, out)),
            ("dependentSchemas" | "dependencies", Value::Map(members)) => {
                members.iter().for_each(|(_, s)| same(s, out));
            }
            (key, Value::Map(_)) if SAME.contains(&key) => same(member, out),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::node;

    #[test]
    fn only_what_stays_at_one_value_never_ends() {
        for (schema, endless) in [
            (r##"{"$ref": "#"}"##, true),
            (r##"{"properties": {"child": {"$ref": "#"}}}"##, false),
            (r##"{"allOf": [{"$ref": "#"}]}"##, true),
            (
                r##"{"$ref": "#/$defs/a", "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/b"}]}, "b": {"not": {"$ref": "#/$defs/a"}}}}"##,
                true,
            ),
            (r##"{"$ref": "#/$defs/a", "$defs": {"a": {"items": {"$ref": "#/$defs/a"}}}}"##, false),
            (r##"{"dependentSchemas": {"x": {"$ref": "#"}}}"##, true),
            (r##"{"allOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/a"}], "$defs": {"a": {}}}"##, false),
        ] {
            assert_eq!(leads_to_itself(&node(schema)), endless, "{schema}");
        }
    }
}
