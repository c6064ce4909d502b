//! Definitions and ways to sign in of several sources in, one set of each out: what is equal is shared, and what
//! has an equal name and another content gets a name of its own (formats-v2 §4).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::closure::references;
use super::schemas;
use crate::canon::digest;
use crate::canon::{Node, Value};

/// Names of one source and what they became.
pub(super) type Renamed = BTreeMap<String, String>;

/// Adds the definitions of a source; gives those that have another name now.
pub(super) fn definitions(all: &mut BTreeMap<String, Node>, source: Option<&Node>) -> Renamed {
    let members = source.map(Node::members).unwrap_or_default();
    let mut users: HashMap<String, Vec<&str>> = HashMap::new();
    for (name, body) in members {
        references(body, &mut |used| users.entry(used.to_owned()).or_default().push(name));
    }
    // Another content is what is written, or what it refers to.
    let differs = |(name, body): &&(String, Node)| all.get(name).is_some_and(|known| known != body);
    let mut todo: Vec<&str> = members.iter().filter(differs).map(|(name, _)| name.as_str()).collect();
    let mut other: BTreeSet<&str> = BTreeSet::new();
    while let Some(name) = todo.pop() {
        if all.contains_key(name) && other.insert(name) {
            todo.extend(users.get(name).into_iter().flatten());
        }
    }
    let renamed: Renamed = members
        .iter()
        .filter(|(name, _)| other.contains(name.as_str()))
        .map(|(name, body)| (name.clone(), format!("{name}.{}", digest::short(&digest::of(body), 8))))
        .collect();
    for (name, body) in members {
        let mut body = body.clone();
        schemas::rename(&mut body, &|name| renamed.get(name).cloned());
        all.insert(renamed.get(name).unwrap_or(name).clone(), body);
    }
    renamed
}

/// Adds the ways to sign in of a source; gives those that have another name now.
pub(super) fn security(all: &mut BTreeMap<String, Node>, source: Option<&Node>) -> Renamed {
    let mut renamed = Renamed::new();
    for (name, scheme) in source.map(Node::members).unwrap_or_default() {
        let name = match all.get(name) {
            Some(known) if known != scheme => {
                let new = format!("{name}.{}", digest::short(&digest::of(scheme), 8));
                renamed.insert(name.clone(), new.clone());
                new
            }
            _ => name.clone(),
        };
        all.insert(name, scheme.clone());
    }
    renamed
}

/// An operation under the names that its source's definitions and ways to sign in have now.
pub(super) fn rename(operation: &mut Node, definitions: &Renamed, security: &Renamed) {
    if !definitions.is_empty() {
        schemas::each(operation, &mut |schema| {
            schemas::rename(schema, &|name| definitions.get(name).cloned())
        });
    }
    if security.is_empty() {
        return;
    }
    if let Some(Node { value: Value::List(alternatives), .. }) = schemas::member(operation, "security") {
        for alternative in alternatives {
            if let Value::Map(members) = &mut alternative.value {
                for (name, _) in members.iter_mut() {
                    if let Some(new) = security.get(name) {
                        name.clone_from(new);
                    }
                }
            }
        }
    }
}

/// The definitions that anything still uses: operations, and each other.
pub(super) fn used(all: BTreeMap<String, Node>, operations: &mut [(String, Node)]) -> BTreeMap<String, Node> {
    let mut todo: Vec<String> = Vec::new();
    for (_, operation) in operations {
        schemas::each(operation, &mut |schema| references(schema, &mut |name| todo.push(name.to_owned())));
    }
    let mut kept: BTreeSet<String> = BTreeSet::new();
    while let Some(name) = todo.pop() {
        if let Some(body) = all.get(&name).filter(|_| !kept.contains(&name)) {
            references(body, &mut |used| todo.push(used.to_owned()));
            kept.insert(name);
        }
    }
    all.into_iter().filter(|(name, _)| kept.contains(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::node;

    #[test]
    fn equal_definitions_are_shared_and_others_keep_apart_with_all_that_uses_them() {
        let first = node(r##"{"A": {"items": {"$ref": "#/$defs/B"}}, "B": {"type": "string"}, "C": {}}"##);
        let second =
            node(r##"{"A": {"items": {"$ref": "#/$defs/B"}}, "B": {"type": "integer"}, "C": {}, "D": {}}"##);
        let mut all = BTreeMap::new();
        assert!(definitions(&mut all, Some(&first)).is_empty());
        let renamed = definitions(&mut all, Some(&second));
        assert_eq!(renamed.keys().collect::<Vec<_>>(), ["A", "B"], "A means another B");
        assert_eq!(all.len(), 6);
        let a = &all[&renamed["A"]];
        let target = format!("#/$defs/{}", renamed["B"]);
        assert_eq!(a.at("/items/$ref").unwrap().as_text(), Some(target.as_str()));
        assert_eq!(all["A"], first.members()[0].1);
        let again = definitions(&mut all, Some(&second));
        assert_eq!((again, all.len()), (renamed, 6), "the same source twice changes nothing");
    }
}
