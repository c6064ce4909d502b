//! Two trees in, the members in which they mean different things out.

use std::collections::BTreeSet;

use crate::canon::node::pointer_step;
use crate::canon::{Node, Value};

/// The members in which two maps differ, sorted; for the `deep` ones the inner members, as `outer.inner`.
pub fn differing(base: &Node, head: &Node, deep: &[&str]) -> Vec<String> {
    let mut out = Vec::new();
    for key in keys(base, head) {
        let (b, h) = (base.get(key), head.get(key));
        if same(b, h) {
            continue;
        }
        if deep.contains(&key) {
            let none = Node::map::<String>([]);
            let (b, h) = (b.unwrap_or(&none), h.unwrap_or(&none));
            let inner = keys(b, h).into_iter().filter(|k| !same(b.get(k), h.get(k)));
            out.extend(inner.map(|k| format!("{key}.{}", pointer_step(k))));
        } else {
            out.push(pointer_step(key));
        }
    }
    out
}

fn keys<'n>(a: &'n Node, b: &'n Node) -> BTreeSet<&'n str> {
    a.members().iter().chain(b.members()).map(|(k, _)| k.as_str()).collect()
}

/// Whether two values are equal, the order of members apart. Null is the same as absent, as the reader
/// takes it. Depth is bounded by the reader of the files.
pub fn same(a: Option<&Node>, b: Option<&Node>) -> bool {
    match (a.filter(|n| !n.is_null()), b.filter(|n| !n.is_null())) {
        (None, None) => true,
        (Some(a), Some(b)) => match (&a.value, &b.value) {
            (Value::Map(_), Value::Map(_)) => keys(a, b).into_iter().all(|k| same(a.get(k), b.get(k))),
            (Value::List(x), Value::List(y)) => {
                x.len() == y.len() && x.iter().zip(y).all(|(x, y)| same(Some(x), Some(y)))
            }
            _ => a == b,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(members: &[(&str, Node)]) -> Node {
        Node::map(members.iter().cloned())
    }

    #[test]
    fn order_and_null_do_not_count_values_do() {
        let a = map(&[
            ("x", Node::int(1)),
            ("y", Node::null()),
            ("m", map(&[("p", Node::int(1)), ("q", Node::int(2))])),
        ]);
        let b = map(&[("m", map(&[("q", Node::int(3)), ("p", Node::int(1))])), ("x", Node::int(1))]);
        assert_eq!(differing(&a, &b, &["m"]), ["m.q"]);
        assert_eq!(differing(&a, &b, &[]), ["m"]);
        assert!(differing(&a, &a, &["m"]).is_empty());
        let (one, two) = (Node::texts(["a", "b"]), Node::texts(["b", "a"]));
        assert!(!same(Some(&one), Some(&two)), "the order of a list counts");
    }
}
