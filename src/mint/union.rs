//! Definitions and ways to sign in of several sources in, one set of each out: what is equal is shared, and what
//! has an equal name and another content gets a name of its own (formats-v2 §4).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::closure::references;
use super::schemas;
use crate::canon::digest;
use crate::canon::{Fault, FaultKind, Node, Value};
use crate::sign::defs::DefDigests;

/// Names of one source and what they became.
pub(super) type Renamed = BTreeMap<String, String>;

/// How a definition is called that cannot keep its name: the shorter, the more can be called so.
#[derive(Clone, Copy)]
enum Called {
    /// By the beginning of its digest.
    Short,
    /// By all of it.
    Whole,
    /// By a number behind it, which nothing has: names of strangers may look like ours.
    Numbered,
}

/// Adds the definitions of a source; gives those that have another name now.
///
/// # Errors
/// A reference that leads nowhere.
pub(super) fn definitions(
    file: &str,
    all: &mut BTreeMap<String, Node>,
    source: Option<&Node>,
) -> Result<Renamed, Fault> {
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
    if other.is_empty() {
        all.extend(members.iter().cloned());
        return Ok(Renamed::new());
    }
    // By content: what is written alike and refers to other things is another definition.
    let digests = DefDigests::of(file, &Node::map(source.map(|defs| ("$defs", defs.clone()))))?;
    let own: HashSet<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
    for called in [Called::Short, Called::Whole, Called::Numbered] {
        let name = |name: &str| {
            let digest = digests.of_name(name).unwrap_or_default();
            match called {
                Called::Short => format!("{name}.{}", digest::short(digest, 8)),
                Called::Whole => format!("{name}.{}", digest::short(digest, 64)),
                Called::Numbered => {
                    let base = format!("{name}.{}", digest::short(digest, 64));
                    let free = |name: &String| !all.contains_key(name) && !own.contains(name.as_str());
                    (2..).map(|n| format!("{base}.{n}")).find(free).unwrap_or(base)
                }
            }
        };
        let renamed: Renamed = other.iter().map(|old| ((*old).to_owned(), name(old))).collect();
        let mut made: BTreeMap<String, Node> = BTreeMap::new();
        let mut clash = false;
        for (name, body) in members {
            let mut body = body.clone();
            schemas::rename(&mut body, &|name| renamed.get(name).cloned());
            let name = renamed.get(name).unwrap_or(name);
            clash |= all.get(name).is_some_and(|known| *known != body);
            clash |= made.insert(name.clone(), body).is_some();
        }
        if !clash {
            all.extend(made);
            return Ok(renamed);
        }
    }
    Err(Fault::new(
        file,
        FaultKind::Content,
        "its definitions cannot be told from those of the other sources",
    ))
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
        assert!(added(&mut all, &first).is_empty());
        let renamed = added(&mut all, &second);
        assert_eq!(renamed.keys().collect::<Vec<_>>(), ["A", "B"], "A means another B");
        assert_eq!(all.len(), 6);
        let a = &all[&renamed["A"]];
        let target = format!("#/$defs/{}", renamed["B"]);
        assert_eq!(a.at("/items/$ref").unwrap().as_text(), Some(target.as_str()));
        assert_eq!(all["A"], first.members()[0].1);
        let again = added(&mut all, &second);
        assert_eq!((again, all.len()), (renamed, 6), "the same source twice changes nothing");
    }

    #[test]
    fn definitions_that_are_written_alike_and_refer_to_other_things_keep_apart() {
        let of = |kind: &str| {
            node(&format!(r##"{{"A": {{"items": {{"$ref": "#/$defs/B"}}}}, "B": {{"type": "{kind}"}}}}"##))
        };
        let mut all = BTreeMap::new();
        added(&mut all, &of("string"));
        let [two, three] = ["integer", "boolean"].map(|kind| added(&mut all, &of(kind)));
        for (renamed, kind) in [(&two, "integer"), (&three, "boolean")] {
            let target = all[&renamed["A"]].at("/items/$ref").unwrap().as_text().unwrap();
            let body = &all[target.strip_prefix("#/$defs/").unwrap()];
            assert_eq!(body.get("type").unwrap().as_text(), Some(kind));
        }
        assert_eq!((all.len(), &added(&mut all, &of("integer"))), (6, &two));
    }

    #[test]
    fn a_name_of_a_stranger_that_looks_like_ours_takes_nothing_over() {
        let (first, second) = (node(r#"{"A": {"type": "string"}}"#), node(r#"{"A": {"type": "integer"}}"#));
        let mut free = BTreeMap::new();
        added(&mut free, &first);
        let ours = added(&mut free, &second)["A"].clone();
        // The name that the second one would get is there already, and means something else.
        let mut all = BTreeMap::new();
        added(&mut all, &first);
        all.insert(ours.clone(), node(r#"{"type": "boolean"}"#));
        let renamed = added(&mut all, &second);
        assert_eq!(all[&ours], node(r#"{"type": "boolean"}"#));
        assert_eq!(all[&renamed["A"]], node(r#"{"type": "integer"}"#));
        // Within one source too.
        let mut all = BTreeMap::new();
        added(&mut all, &first);
        let both = node(&format!(r#"{{"A": {{"type": "integer"}}, "{ours}": {{"type": "null"}}}}"#));
        let renamed = added(&mut all, &both);
        assert_eq!(all[&ours], node(r#"{"type": "null"}"#));
        assert_eq!(all[&renamed["A"]], node(r#"{"type": "integer"}"#));
    }

    fn added(all: &mut BTreeMap<String, Node>, source: &Node) -> Renamed {
        definitions("baseline.json", all, Some(source)).unwrap()
    }
}
