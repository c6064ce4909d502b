//! The shared definitions that a signature covers: what is signed names them by their digests, which nobody can read. A
//! tree that is signed in, the definitions that it reaches out, by their names.

use std::collections::{BTreeMap, HashMap};

use crate::canon::{Node, Value};
use crate::model::toolpack::Toolpack;
use crate::sign::defs::DefDigests;

/// How a reference begins in a definition itself; in what is signed it is a digest.
const LOCAL: &str = "#/$defs/";

/// A definition that is reached: its digest, and what it says.
pub struct Definition<'p> {
    /// Its digest, which stands for it in what is signed.
    pub digest: &'p str,
    /// What it says.
    pub node: &'p Node,
}

/// The definitions that a tree reaches, those among them that others reach. What merely looks like a reference counts
/// as one: too much is shown then, and never too little.
pub fn reached<'p>(
    tree: &Node,
    pack: &'p Toolpack,
    defs: &'p DefDigests,
) -> BTreeMap<&'p str, Definition<'p>> {
    let mut found = BTreeMap::new();
    let Some(own) = pack.baseline.raw.get("$defs") else { return found };
    let mut open: Vec<String> = references(tree);
    if open.is_empty() {
        return found;
    }
    let own: HashMap<&str, &Node> = own.members().iter().map(|(name, node)| (name.as_str(), node)).collect();
    let mut by_digest: HashMap<&str, Vec<&str>> = HashMap::new();
    for name in own.keys() {
        if let Some(digest) = defs.of_name(name) {
            by_digest.entry(digest).or_default().push(name);
        }
    }
    while let Some(target) = open.pop() {
        let local =
            target.strip_prefix(LOCAL).and_then(|name| own.get_key_value(name)).map(|(name, _)| *name);
        let names = by_digest.get(target.as_str()).into_iter().flatten().copied();
        for name in names.chain(local) {
            let (Some(node), Some(digest)) = (own.get(name), defs.of_name(name)) else { continue };
            if found.insert(name, Definition { digest, node }).is_none() {
                open.extend(references(node));
            }
        }
    }
    found
}

/// Everything that may be a reference. No recursion: a tree is as deep as its file let it be.
fn references(tree: &Node) -> Vec<String> {
    let (mut open, mut all) = (vec![tree], Vec::new());
    while let Some(node) = open.pop() {
        match &node.value {
            Value::List(items) => open.extend(items),
            Value::Map(members) => {
                for (key, member) in members {
                    all.extend(member.as_text().filter(|_| key == "$ref").map(str::to_owned));
                    open.push(member);
                }
            }
            _ => {}
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::node;
    use crate::model::testing_pack::PackText;

    #[test]
    fn what_is_reached_by_digest_and_by_name_is_found_once_however_it_goes_round() {
        let pack = PackText::shop()
            .edit(|p| {
                p.baseline["$defs"] = serde_json::json!({
                    "Order": {"properties": {"item": {"$ref": "#/$defs/Item"}}},
                    "Item": {"description": "an item", "properties": {"of": {"$ref": "#/$defs/Order"}}},
                    "Other": {"description": "nobody asks for it"},
                });
            })
            .build();
        let defs = DefDigests::of("baseline.json", &pack.baseline.raw).unwrap();
        let order = defs.of_name("Order").unwrap();
        let tree = node(&format!(r#"{{"schema": {{"$ref": "{order}"}}}}"#));
        let found = reached(&tree, &pack, &defs);
        assert_eq!(found.keys().copied().collect::<Vec<_>>(), ["Item", "Order"]);
        assert_eq!(found["Order"].digest, order);
        assert!(reached(&node(r#"{"$ref": "sha256:00"}"#), &pack, &defs).is_empty());
        assert!(reached(&node("{}"), &pack, &defs).is_empty());
    }
}
