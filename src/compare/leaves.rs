//! Two trees in, every place at which they differ out: strictly, as a digest sees them.
//!
//! Members are compared by key. Items of a list are compared by their `id` where all have one, as a set where
//! all are texts, else one by one; that the order of such items differs is a place of its own.

use std::collections::BTreeMap;

use super::members::paired;
use crate::canon::node::pointer_step;
use crate::canon::{Node, Value};

/// A place at which two trees differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaf<'n> {
    /// Where, in the head; for what the head lacks, in the base.
    pub pointer: String,
    /// What stood there; `None` for what is new.
    pub before: Option<&'n Node>,
    /// What stands there; `None` for what is gone.
    pub after: Option<&'n Node>,
}

/// The places at which two trees differ, in the order of their keys; at most as many as asked for.
pub fn leaves<'n>(base: &'n Node, head: &'n Node, most: usize) -> Vec<Leaf<'n>> {
    let mut walk = Walk { most, pointer: String::new(), found: Vec::new() };
    walk.both(base, head);
    walk.found
}

/// A pointer and those around it, the innermost first, without the empty one.
pub fn around(pointer: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(pointer), |at| at.rsplit_once('/').map(|(outer, _)| outer))
        .take_while(|at| !at.is_empty())
}

struct Walk<'n> {
    most: usize,
    /// One buffer for the whole walk.
    pointer: String,
    found: Vec<Leaf<'n>>,
}

impl<'n> Walk<'n> {
    fn note(&mut self, before: Option<&'n Node>, after: Option<&'n Node>) {
        if self.found.len() < self.most {
            self.found.push(Leaf { pointer: self.pointer.clone(), before, after });
        }
    }

    fn below(&mut self, step: &str, before: Option<&'n Node>, after: Option<&'n Node>) {
        if self.found.len() >= self.most {
            return;
        }
        let end = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(&pointer_step(step));
        match (before, after) {
            (Some(before), Some(after)) => self.both(before, after),
            (before, after) => self.note(before, after),
        }
        self.pointer.truncate(end);
    }

    fn both(&mut self, base: &'n Node, head: &'n Node) {
        match (&base.value, &head.value) {
            (Value::Map(_), Value::Map(_)) => {
                for (key, before, after) in paired(base, head) {
                    self.below(key, before, after);
                }
            }
            (Value::List(old), Value::List(new)) => self.lists(base, head, old, new),
            (Value::Float(was), Value::Float(is)) if was.to_bits() == is.to_bits() => {}
            (Value::Float(_), Value::Float(_)) => self.note(Some(base), Some(head)),
            (was, is) if was == is => {}
            _ => self.note(Some(base), Some(head)),
        }
    }

    fn lists(&mut self, base: &'n Node, head: &'n Node, old: &'n [Node], new: &'n [Node]) {
        let keyed = |key: fn(&Node) -> Option<&str>| Some((by_key(old, key)?, by_key(new, key)?));
        match keyed(|item| item.get("id").and_then(Node::as_text)).or_else(|| keyed(Node::as_text)) {
            Some((was, is)) => {
                for (key, (at, item)) in &was {
                    match is.get(key) {
                        Some((at, other)) => self.below(&at.to_string(), Some(item), Some(other)),
                        None => self.below(&at.to_string(), Some(item), None),
                    }
                }
                for (at, item) in is.iter().filter(|(key, _)| !was.contains_key(*key)).map(|(_, i)| i) {
                    self.below(&at.to_string(), None, Some(item));
                }
                let mut kept: Vec<(usize, usize)> =
                    was.iter().filter_map(|(key, (at, _))| Some((*at, is.get(key)?.0))).collect();
                kept.sort_unstable();
                if !kept.is_sorted_by_key(|(_, at)| *at) {
                    self.note(Some(base), Some(head));
                }
            }
            None if old.len() == new.len() => {
                for (at, (before, after)) in old.iter().zip(new).enumerate() {
                    self.below(&at.to_string(), Some(before), Some(after));
                }
            }
            None => self.note(Some(base), Some(head)),
        }
    }
}

/// Items with their places by a key that all of them have and no two share.
fn by_key(items: &[Node], key: fn(&Node) -> Option<&str>) -> Option<BTreeMap<&str, (usize, &Node)>> {
    let mut out = BTreeMap::new();
    for (at, item) in items.iter().enumerate() {
        if out.insert(key(item)?, (at, item)).is_some() {
            return None;
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::node;

    fn told(base: &str, head: &str) -> Vec<String> {
        let (base, head) = (node(base), node(head));
        let sign = |l: &Leaf| match (l.before, l.after) {
            (None, _) => "+",
            (_, None) => "-",
            _ => "",
        };
        leaves(&base, &head, 9).iter().map(|l| format!("{}{}", sign(l), l.pointer)).collect()
    }

    #[test]
    fn around_a_place_are_the_steps_that_lead_to_it() {
        let all = |pointer| around(pointer).collect::<Vec<_>>();
        assert_eq!(all("/a/b~1c/0"), ["/a/b~1c/0", "/a/b~1c", "/a"]);
        assert!(all("").is_empty());
    }

    #[test]
    fn every_place_that_differs_is_named_once() {
        for (base, head, places) in [
            (r#"{"a": 1, "b": 2}"#, r#"{"b": 2, "a": 1}"#, &[][..]),
            (r#"{"a": {"b/c": 1}}"#, r#"{"a": {"b/c": 2, "d": 3}}"#, &["/a/b~1c", "+/a/d"]),
            (r#"{"a": null}"#, "{}", &["-/a"]),
            (r#"{"a": 1}"#, r#"{"a": 1.0}"#, &["/a"]),
            (r#"{"a": 0.0}"#, r#"{"a": -0.0}"#, &["/a"]),
            (r#"["x", "y", "z"]"#, r#"["y", "z", "w"]"#, &["-/0", "+/2"]),
            (r#"["x", "y"]"#, r#"["y", "x"]"#, &[""]),
            (r#"["x", "x"]"#, r#"["x", "y"]"#, &["/1"]),
            (r#"["x", "x"]"#, r#"["x"]"#, &[""]),
            (r#"[{"id": "a", "n": 1}, {"id": "b"}]"#, r#"[{"id": "b"}, {"id": "a", "n": 2}]"#, &["/1/n", ""]),
            (r#"[{"id": "a"}, {"id": "b"}]"#, r#"[{"id": "b"}]"#, &["-/0"]),
            (r#"[1, 2]"#, r#"[1, 3]"#, &["/1"]),
        ] {
            assert_eq!(told(base, head), places, "{base} {head}");
        }
    }
}
