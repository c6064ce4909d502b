//! Two trees in, the members in which they mean different things out.

use std::collections::BTreeMap;

use crate::canon::node::pointer_step;
use crate::canon::{Node, Value};

/// The members in which two maps differ, sorted; for the `deep` ones the inner members, as `outer.inner`.
pub fn differing(base: &Node, head: &Node, deep: &[&str]) -> Vec<String> {
    let none = Node::map::<String>([]);
    let mut out = Vec::new();
    for (key, b, h) in paired(base, head) {
        if same(b, h) {
            continue;
        }
        if deep.contains(&key) {
            let inner = paired(b.unwrap_or(&none), h.unwrap_or(&none)).into_iter();
            let inner = inner.filter(|(_, b, h)| !same(*b, *h));
            out.extend(inner.map(|(k, ..)| format!("{key}.{}", pointer_step(k))));
        } else {
            out.push(pointer_step(key));
        }
    }
    out
}

/// One member of two maps: its key, and its value on either side.
pub type Member<'n> = (&'n str, Option<&'n Node>, Option<&'n Node>);

/// The members of two maps by key, sorted; in one pass, for a stranger decides how many there are.
pub fn paired<'n>(base: &'n Node, head: &'n Node) -> Vec<Member<'n>> {
    let mut by_key: BTreeMap<&str, (Option<&Node>, Option<&Node>)> = BTreeMap::new();
    for (key, node) in base.members() {
        by_key.entry(key).or_default().0 = Some(node);
    }
    for (key, node) in head.members() {
        by_key.entry(key).or_default().1 = Some(node);
    }
    by_key.into_iter().map(|(key, (b, h))| (key, b, h)).collect()
}

/// Whether two values are equal, the order of members apart. Null is the same as absent, as the reader
/// takes it. Depth is bounded by the reader of the files.
pub fn same(a: Option<&Node>, b: Option<&Node>) -> bool {
    match (a.filter(|n| !n.is_null()), b.filter(|n| !n.is_null())) {
        (None, None) => true,
        // A state that is held against itself, as one is that nobody changed.
        (Some(a), Some(b)) if std::ptr::eq(a, b) => true,
        (Some(a), Some(b)) => match (&a.value, &b.value) {
            (Value::Map(x), Value::Map(y)) => {
                // Files keep the order of members as a rule; then nothing is to be looked up.
                let in_step = x.len() == y.len() && x.iter().zip(y).all(|((j, _), (k, _))| j == k);
                match in_step {
                    true => x.iter().zip(y).all(|((_, x), (_, y))| same(Some(x), Some(y))),
                    false => paired(a, b).into_iter().all(|(_, a, b)| same(a, b)),
                }
            }
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
