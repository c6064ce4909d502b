//! Two schemas in, whether they say the same word for word, references followed on both sides, out. For
//! keywords whose effect is not judged: if they differ at all, that is told.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::document::{Document, Inside, inside, is_silent};
use super::view::value_key;
use crate::canon::{Node, Value};

/// Most pairs that are looked at in one comparison; beyond it schemas count as different.
const MAX_PAIRS: usize = 200_000;

/// What was looked at so far.
#[derive(Debug, Default)]
pub(super) struct Budget {
    spent: usize,
}

impl Budget {
    /// Whether the schemas of each pair say the same.
    pub(super) fn equal<'a>(
        &mut self,
        old: &Document<'a>,
        new: &Document<'a>,
        mut todo: Vec<(&'a Node, &'a Node)>,
    ) -> bool {
        let mut seen: HashSet<(*const Node, *const Node)> = HashSet::new();
        while let Some((a, b)) = todo.pop() {
            self.spent += 1;
            if self.spent > MAX_PAIRS {
                return false;
            }
            let (a, b) = (follow(old, a), follow(new, b));
            if !seen.insert((std::ptr::from_ref(a), std::ptr::from_ref(b))) {
                continue;
            }
            match (&a.value, &b.value) {
                (Value::Map(_), Value::Map(_)) if members(old, a, new, b, &mut todo) => {}
                (Value::Map(_), Value::Map(_)) => return false,
                _ if value_key(a) != value_key(b) => return false,
                _ => {}
            }
        }
        true
    }
}

/// The definition that a schema is nothing but a reference to.
fn follow<'a>(document: &Document<'a>, mut node: &'a Node) -> &'a Node {
    const MAX_HOPS: usize = 50;
    for _ in 0..MAX_HOPS {
        let meant =
            node.members().iter().filter(|(k, _)| matches!(k.as_str(), "$ref" | "allOf") || !is_silent(k));
        let meant = meant.count();
        let target = node.get("$ref").and_then(Node::as_text).filter(|_| meant == 1);
        match target.and_then(|target| document.resolve(target)) {
            Some(target) => node = target,
            None => break,
        }
    }
    node
}

fn members<'a>(
    old: &Document<'a>,
    a: &'a Node,
    new: &Document<'a>,
    b: &'a Node,
    todo: &mut Vec<(&'a Node, &'a Node)>,
) -> bool {
    let words = |node: &'a Node| -> BTreeMap<&'a str, &'a Node> {
        let says = |key: &str| key == "$ref" || key == "allOf" || !is_silent(key);
        node.members().iter().filter(|(k, _)| says(k)).map(|(k, v)| (k.as_str(), v)).collect()
    };
    let (a, b) = (words(a), words(b));
    if !a.keys().eq(b.keys()) {
        return false;
    }
    for (key, x) in a {
        let y = b[key];
        match (key, inside(key, x), inside(key, y)) {
            ("$ref", ..) => {
                let target = |d: &Document<'a>, n: &'a Node| n.as_text().and_then(|r| d.resolve(r));
                match (target(old, x), target(new, y)) {
                    (Some(x), Some(y)) => todo.push((x, y)),
                    _ if x == y => {}
                    _ => return false,
                }
            }
            (_, Some(Inside::One(x)), Some(Inside::One(y))) => todo.push((x, y)),
            (_, Some(Inside::List(x)), Some(Inside::List(y))) => {
                if x.len() != y.len() {
                    return false;
                }
                todo.extend(x.iter().zip(y));
            }
            (_, Some(Inside::Named(x)), Some(Inside::Named(y))) => {
                let by_name: BTreeMap<&str, &'a Node> = y.iter().map(|(k, v)| (k.as_str(), v)).collect();
                if x.len() != y.len() {
                    return false;
                }
                for (name, x) in x {
                    let Some(y) = by_name.get(name.as_str()) else { return false };
                    todo.push((x, y));
                }
            }
            ("enum" | "required" | "type", ..) => {
                let set = |n: &Node| n.items().iter().map(value_key).collect::<BTreeSet<_>>();
                if (x.items().is_empty() || y.items().is_empty()) && value_key(x) != value_key(y)
                    || set(x) != set(y)
                {
                    return false;
                }
            }
            _ if value_key(x) != value_key(y) => return false,
            _ => {}
        }
    }
    true
}
