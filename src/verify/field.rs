//! A document and a path to a field in, the value there out: steps between dots, each the key of a member or the place
//! of an item (counted from the end if it is negative).
//!
//! Keys of surfaces have dots of their own (`api.shop.example/v1/orders GET`), so a step may be several, the fewest
//! that are a key. A schema that refers to another is followed.

use crate::canon::{Node, Value};

/// References that are followed on one way.
const HOPS: usize = 32;

/// The value at a path, if there is one. `defs`: what `#/$defs/…` refers into; none: nothing is followed.
pub fn find<'a>(document: &'a Node, path: &str, defs: Option<&'a Node>) -> Option<&'a Node> {
    let steps: Vec<&str> = if path.is_empty() { Vec::new() } else { path.split('.').collect() };
    let (mut node, mut left, mut hops) = (document, &steps[..], HOPS);
    while !left.is_empty() {
        match step(node, left) {
            Some((below, taken)) => (node, left) = (below, &left[taken..]),
            None => {
                hops = hops.checked_sub(1)?;
                node = target(node, defs?)?;
            }
        }
    }
    Some(node)
}

/// What lies one step below, and how many parts of the path that step took.
fn step<'a>(node: &'a Node, left: &[&str]) -> Option<(&'a Node, usize)> {
    match &node.value {
        Value::List(items) => {
            let at: i64 = left.first()?.parse().ok()?;
            let count = i64::try_from(items.len()).ok()?;
            let at = if at < 0 { count.checked_add(at)? } else { at };
            Some((items.get(usize::try_from(at).ok()?)?, 1))
        }
        Value::Map(_) => {
            let mut key = String::new();
            left.iter().enumerate().find_map(|(at, part)| {
                if at > 0 {
                    key.push('.');
                }
                key.push_str(part);
                Some((node.get(&key)?, at + 1))
            })
        }
        _ => None,
    }
}

fn target<'a>(node: &Node, defs: &'a Node) -> Option<&'a Node> {
    defs.get(node.get("$ref")?.as_text()?.strip_prefix("#/$defs/")?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::node;

    #[test]
    fn a_path_leads_to_a_value_or_nowhere() {
        let document = node(
            r##"{"a": {"b": [10, {"c": 20}], "": 30, "d.e": {"f": 40}, "d": {"g": 50}}, "r": {"$ref": "#/$defs/X"}}"##,
        );
        let defs = node(r##"{"X": {"$ref": "#/$defs/Y"}, "Y": {"z": 60}, "L": {"$ref": "#/$defs/L"}}"##);
        for (path, value) in [
            ("a.b.0", Some(10)),
            ("a.b.1.c", Some(20)),
            ("a.b.-1.c", Some(20)),
            ("a.b.-3", None),
            ("a.b.2", None),
            ("a.b.x", None),
            ("a.b.99999999999999999999", None),
            ("a.", Some(30)),
            ("a.d.e.f", None),
            ("a.d.g", Some(50)),
            ("r.z", Some(60)),
            ("r.y", None),
            ("a.b.0.c", None),
        ] {
            let found = find(&document, path, Some(&defs)).and_then(Node::as_int);
            assert_eq!(found, value, "{path}");
        }
        assert_eq!(find(&document, "", None), Some(&document));
        assert!(find(&document, "r.z", None).is_none());
        let circle = node(r##"{"$ref": "#/$defs/L"}"##);
        assert!(find(&circle, "a", Some(&defs)).is_none());
    }

    #[test]
    fn a_key_with_dots_is_one_step() {
        let document = node(r#"{"operations": {"api.shop.example/v1/orders GET": {"deprecated": false}}}"#);
        let found = find(&document, "operations.api.shop.example/v1/orders GET.deprecated", None);
        assert_eq!(found.and_then(Node::as_bool), Some(false));
    }
}
