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
    walk(document, &steps(path), defs).ok()
}

/// The value at a path of a document that is not made: `parts` are its members. None of their keys has a dot.
pub fn find_in<'a>(
    parts: &[(&str, Option<&'a Node>)],
    path: &str,
    defs: Option<&'a Node>,
) -> Option<&'a Node> {
    let steps = steps(path);
    let (first, left) = steps.split_first()?;
    let part = parts.iter().find(|(key, _)| key == first)?.1?;
    walk(part, left, defs).ok()
}

/// The value at a path of a recorded body, else the value where the way ends.
///
/// # Errors
/// There is none; what is there instead of the next step.
pub fn recorded<'a>(body: &'a Node, path: &str) -> Result<&'a Node, &'a Node> {
    walk(body, &steps(path), None)
}

fn steps(path: &str) -> Vec<&str> {
    if path.is_empty() { Vec::new() } else { path.split('.').collect() }
}

fn walk<'a>(document: &'a Node, steps: &[&str], defs: Option<&'a Node>) -> Result<&'a Node, &'a Node> {
    let (mut node, mut left, mut hops) = (document, steps, HOPS);
    loop {
        match step(node, left) {
            Some((below, taken)) => (node, left) = (below, &left[taken..]),
            None if left.is_empty() && (defs.is_none() || referred(node).is_none()) => return Ok(node),
            None => {
                hops = hops.checked_sub(1).ok_or(node)?;
                node = defs.zip(referred(node)).and_then(|(defs, name)| defs.get(name)).ok_or(node)?;
            }
        }
    }
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

/// The name of the shared schema that one refers to.
fn referred(node: &Node) -> Option<&str> {
    node.get("$ref")?.as_text()?.strip_prefix("#/$defs/")
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
        assert_eq!(recorded(&document, "a.b.0.c"), Err(&node("10")), "where the way ends");
        let parts = [("a", document.get("a")), ("none", None)];
        let within = |path: &str| find_in(&parts, path, None).and_then(Node::as_int);
        assert_eq!(
            (within("a.b.0"), within("a."), within("none"), within("b")),
            (Some(10), Some(30), None, None)
        );
        assert!(find_in(&parts, "a", None) == document.get("a") && find_in(&parts, "", None).is_none());
        assert!(find(&document, "r.z", None).is_none());
        let circle = node(r##"{"$ref": "#/$defs/L"}"##);
        assert!(find(&circle, "a", Some(&defs)).is_none());
    }

    #[test]
    fn a_reference_at_the_end_is_what_it_refers_to() {
        let document = node(
            r##"{"r": {"$ref": "#/$defs/X"}, "gone": {"$ref": "#/$defs/no"}, "other": {"$ref": "#/x"},
                "circle": {"$ref": "#/$defs/L"}, "list": [{"$ref": "#/$defs/Y"}]}"##,
        );
        let defs = node(r##"{"X": {"$ref": "#/$defs/Y"}, "Y": {"z": 60}, "L": {"$ref": "#/$defs/L"}}"##);
        let found = |path: &str| find(&document, path, Some(&defs));
        assert_eq!((found("r"), found("list.0")), (defs.get("Y"), defs.get("Y")));
        // One that leads nowhere, or round and round, is no field; one of another kind is a value.
        assert_eq!((found("gone"), found("circle")), (None, None));
        assert_eq!(found("other"), document.get("other"));
        assert_eq!(found("r.$ref").and_then(Node::as_text), Some("#/$defs/X"), "it can still be named");
        assert_eq!(find_in(&[("schema", document.get("r"))], "schema", Some(&defs)), defs.get("Y"));
        // An answer refers to nothing: its members are data.
        assert_eq!(recorded(&document, "r"), Ok(document.get("r").expect("it is there")));
    }

    #[test]
    fn a_key_with_dots_is_one_step() {
        let document = node(r#"{"operations": {"api.shop.example/v1/orders GET": {"deprecated": false}}}"#);
        let found = find(&document, "operations.api.shop.example/v1/orders GET.deprecated", None);
        assert_eq!(found.and_then(Node::as_bool), Some(false));
    }
}
