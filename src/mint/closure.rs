//! Schemas in, the definitions that they reach out: what makes the schema of a tool's arguments stand alone.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::canon::{Fault, FaultKind, Node, Value};
use crate::compare::restate::{LISTS, MAPS, ONES};

/// Most values that all tools together take of definitions: a description in which each operation reaches all of
/// them would make a file of their product.
const MAX_NODES: usize = 2_000_000;

/// The definitions of a baseline.
pub(super) struct Closure<'a> {
    file: &'a str,
    /// All of them.
    pub(super) all: Option<&'a Node>,
    by_name: HashMap<&'a str, &'a Node>,
    left: usize,
}

impl<'a> Closure<'a> {
    pub(super) fn new(file: &'a str, defs: Option<&'a Node>) -> Closure<'a> {
        let members = defs.map(Node::members).unwrap_or_default();
        let by_name = members.iter().map(|(name, body)| (name.as_str(), body)).collect();
        Closure { file, all: defs, by_name, left: MAX_NODES }
    }

    /// The definitions that schemas reach, by name.
    ///
    /// # Errors
    /// More of them than a toolpack may hold.
    pub(super) fn reach<'s>(
        &mut self,
        operation: &str,
        schemas: impl Iterator<Item = &'s Node>,
    ) -> Result<Node, Fault> {
        let mut named: BTreeSet<String> = BTreeSet::new();
        schemas.for_each(|schema| references(schema, &mut |name| _ = named.insert(name.to_owned())));
        let mut reached: BTreeMap<&'a str, Node> = BTreeMap::new();
        let mut todo: Vec<String> = named.into_iter().collect();
        while let Some(name) = todo.pop() {
            let Some((name, body)) = self.by_name.get_key_value(name.as_str()) else { continue };
            if reached.contains_key(name) {
                continue;
            }
            let weight = weight(body);
            self.left = self.left.checked_sub(weight).ok_or_else(|| {
                let message = format!(
                    "the arguments of {operation:?} and of those before it reach too many definitions"
                );
                Fault::new(self.file, FaultKind::Limit, message)
                    .hint("mint a part of it: --scope-file, or --allowed-hosts")
            })?;
            references(body, &mut |name| todo.push(name.to_owned()));
            reached.insert(name, (*body).clone());
        }
        Ok(Node::map(reached.into_iter().map(|(name, body)| (name.to_owned(), body))))
    }
}

/// Tells the name of each definition that a schema refers to by itself. The readers bound its depth.
pub(super) fn references(schema: &Node, tell: &mut impl FnMut(&str)) {
    for (key, value) in schema.members() {
        match key.as_str() {
            "$ref" => {
                if let Some(name) = value.as_text().and_then(|text| text.strip_prefix("#/$defs/")) {
                    tell(name);
                }
            }
            _ if MAPS.contains(&key.as_str()) => {
                value.members().iter().for_each(|(_, s)| references(s, tell))
            }
            _ if LISTS.contains(&key.as_str()) => value.items().iter().for_each(|s| references(s, tell)),
            _ if ONES.contains(&key.as_str()) => {
                references(value, tell);
                value.items().iter().for_each(|s| references(s, tell));
            }
            _ => {}
        }
    }
}

/// How many values a tree has.
fn weight(node: &Node) -> usize {
    1 + match &node.value {
        Value::Map(members) => members.iter().map(|(_, value)| weight(value)).sum(),
        Value::List(items) => items.iter().map(weight).sum(),
        _ => 0usize,
    }
}
