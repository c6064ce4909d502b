//! An operation of a baseline with its key taken apart: what everything that is made of an operation looks at.

use crate::canon::Node;
use crate::canon::digest::id16;
use crate::compare::paths::shape;

/// One HTTP operation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Operation<'a> {
    /// Its key: `<host><base path><path> <METHOD>`.
    pub(super) key: &'a str,
    /// Upper-case.
    pub(super) method: &'a str,
    /// Lower-case, with a port if it is not the scheme's.
    pub(super) host: &'a str,
    /// Server path, without a final slash.
    pub(super) base_path: &'a str,
    /// Path template below it.
    pub(super) path: &'a str,
    /// Base path and path.
    pub(super) full_path: &'a str,
    /// What is known of it.
    pub(super) node: &'a Node,
}

impl<'a> Operation<'a> {
    /// Takes a key apart. None for one that is none; readers of baselines refuse those.
    pub(super) fn of(key: &'a str, node: &'a Node) -> Option<Operation<'a>> {
        let (address, method) = key.rsplit_once(' ')?;
        let (host, full_path) = address.split_at(address.find('/').unwrap_or(address.len()));
        let base_path = node.get("base_path").and_then(Node::as_text).unwrap_or_default();
        let path = full_path.strip_prefix(base_path)?;
        (!host.is_empty() && !method.is_empty()).then_some(Operation {
            key,
            method,
            host,
            base_path,
            path,
            full_path,
            node,
        })
    }

    /// A text of it.
    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        self.node.get(key).and_then(Node::as_text)
    }

    /// The words that its identity is made of (formats-v2 §5).
    pub(super) fn identity(&self) -> [String; 5] {
        ["cask.id/2", "http", self.method, self.host, &shape(self.full_path)].map(str::to_owned)
    }

    /// The id that it has if nothing else has it.
    pub(super) fn computed_id(&self) -> String {
        id16(&self.identity().each_ref().map(String::as_str))
    }

    /// Placeholders of its path, in order, each once.
    pub(super) fn placeholders(&self) -> Vec<&'a str> {
        placeholders(self.path)
    }
}

/// Placeholders of a path, in order, each once.
pub(super) fn placeholders(path: &str) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    let mut rest = path;
    while let Some(open) = rest.find('{') {
        let Some(close) = rest[open..].find('}') else { break };
        let name = &rest[open + 1..open + close];
        if !found.contains(&name) {
            found.push(name);
        }
        rest = &rest[open + close + 1..];
    }
    found
}

/// The operations of a baseline, in its order.
pub(super) fn operations(baseline: &Node) -> impl Iterator<Item = Operation<'_>> {
    let all = baseline.get("operations").map(Node::members).unwrap_or_default();
    all.iter().filter_map(|(key, node)| Operation::of(key, node))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::node;

    #[test]
    fn a_key_is_taken_apart_and_gives_the_id_of_the_format() {
        let entry = node(r#"{"base_path": "/v1"}"#);
        let operation = Operation::of("api.shop.example/v1/users/{user_id} GET", &entry).unwrap();
        assert_eq!(
            (operation.host, operation.base_path, operation.path, operation.method),
            ("api.shop.example", "/v1", "/users/{user_id}", "GET")
        );
        assert_eq!(operation.computed_id(), "78d6f2c56a18d995");
        assert_eq!(placeholders("/a/{x}/b/{y}.json/{x}/{open"), ["x", "y"]);
        for key in ["x", "/a GET", "h/other GET"] {
            assert!(Operation::of(key, &entry).is_none(), "{key}");
        }
    }
}
