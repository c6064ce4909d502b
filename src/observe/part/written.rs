//! What is known of a key in, its member `s` as a tree out. What is nothing is left out, so that one part has one
//! text.

use std::collections::BTreeMap;

use super::bottom::{Bottom, Bounds};
use super::formats::Formats;
use super::shape::{STRING, Shape, TYPES, Texts};
use super::sketch::{Access, Body, Call, Document, Param, Sketch};
use crate::canon::Node;

/// Members under construction.
#[derive(Default)]
struct Made(Vec<(String, Node)>);

impl Made {
    fn count(&mut self, key: &str, n: u64) {
        if n > 0 {
            self.put(key, Node::int(n));
        }
    }

    fn put(&mut self, key: &str, node: Node) {
        self.0.push((key.to_owned(), node));
    }

    fn bounds(&mut self, key: &str, bounds: Bounds) {
        if let Some(node) = pair(bounds) {
            self.put(key, node);
        }
    }

    fn filled(&mut self, key: &str, made: Made) {
        if !made.0.is_empty() {
            self.put(key, made.node());
        }
    }

    fn set<V, const MAX: usize>(&mut self, key: &str, set: &Bottom<V, MAX>, node: impl Fn(&V) -> Node) {
        if !set.is_empty() {
            self.put(key, Node::map(set.sorted().into_iter().map(|(word, known)| (word, node(known)))));
        }
    }

    fn more(&mut self, sets: &[(&str, bool)]) {
        let more: Vec<&str> = sets.iter().filter(|(_, more)| *more).map(|(key, _)| *key).collect();
        if !more.is_empty() {
            self.put("more", Node::texts(more));
        }
    }

    fn node(self) -> Node {
        Node::map(self.0)
    }
}

fn pair(bounds: Bounds) -> Option<Node> {
    let (low, high) = bounds.0?;
    Some(Node::new(crate::canon::Value::List(vec![Node::int(low), Node::int(high)])))
}

fn counts<K: ToString>(map: &BTreeMap<K, u64>) -> Made {
    Made(map.iter().map(|(key, n)| (key.to_string(), Node::int(*n))).collect())
}

fn number(n: &u64) -> Node {
    Node::int(*n)
}

/// The tree of a sketch.
pub fn sketch(of: &Sketch) -> Node {
    let mut made = Made::default();
    made.count("n", of.n);
    for (key, time) in [("first", of.first), ("last", of.last)] {
        if let Some(time) = time {
            made.put(key, Node::text(time.to_string()));
        }
    }
    made.filled("status", counts(&of.status));
    made.count("http", of.http);
    made.count("slash", of.slash);
    made.filled("ms", counts(&of.ms));
    made.set("auth", &of.auth, access);
    made.set("routes", &of.routes, number);
    let path = of.path.iter().filter_map(|(at, bounds)| Some((at.to_string(), pair(*bounds)?)));
    made.filled("path", Made(path.collect()));
    made.set("params", &of.params, param);
    made.set("bodies", &of.bodies, body);
    made.set("graphql", &of.graphql, call);
    made.count("unnamed", of.unnamed);
    made.set("rpc", &of.rpc, number);
    made.more(&[
        ("auth", of.auth.more),
        ("routes", of.routes.more),
        ("params", of.params.more),
        ("bodies", of.bodies.more),
        ("graphql", of.graphql.more),
        ("rpc", of.rpc.more),
    ]);
    made.node()
}

fn access(of: &Access) -> Node {
    let mut made = Made::default();
    made.count("ok", of.ok);
    made.count("denied", of.denied);
    made.count("other", of.other);
    made.node()
}

/// The words for what values of parameters stand for.
pub const KINDS: [&str; 4] = ["integer", "number", "boolean", "string"];

fn param(of: &Param) -> Node {
    let mut made = Made::default();
    made.count("n", of.n);
    made.count("repeated", of.repeated);
    let mut kinds = Made::default();
    KINDS.iter().zip(of.kinds).for_each(|(kind, n)| kinds.count(kind, n));
    made.filled("t", kinds);
    made.bounds("num", of.numbers);
    texts(&of.texts, of.kinds[3] > 0, &mut made);
    made.node()
}

fn texts(of: &Texts, any: bool, made: &mut Made) {
    if any && of.formats != Formats::ALL {
        let names = of.formats.names();
        made.put("f", Node::texts(names));
    }
    made.bounds("len", of.lengths);
    made.set("v", &of.values, number);
    if of.values.more {
        made.put("many", Node::bool(true));
    }
    made.count("left", of.left);
}

fn body(of: &Body) -> Node {
    let mut made = Made::default();
    made.count("n", of.n);
    made.filled("shape", shape(&of.shape));
    made.node()
}

fn call(of: &Call) -> Node {
    let mut made = Made::default();
    made.count("n", of.n);
    made.set("documents", &of.documents, document);
    made.set("persisted", &of.persisted, number);
    made.filled("variables", shape(&of.variables));
    made.filled("answer", shape(&of.answer));
    made.more(&[("documents", of.documents.more), ("persisted", of.persisted.more)]);
    made.node()
}

fn document(of: &Document) -> Node {
    let mut made = Made::default();
    made.count("n", of.n);
    if let Some(text) = &of.text {
        made.put("text", Node::text(text));
    }
    made.node()
}

/// Every place of a shape by its pointer.
fn shape(of: &Shape) -> Made {
    let mut made = Made::default();
    if !of.is_empty() {
        places("", of, &mut made);
        made.0.sort_by(|a, b| a.0.cmp(&b.0));
    }
    made
}

fn places(pointer: &str, of: &Shape, out: &mut Made) {
    let mut made = Made::default();
    let mut types = Made::default();
    TYPES.iter().zip(of.types).for_each(|(kind, n)| types.count(kind, n));
    made.filled("t", types);
    made.bounds("num", of.numbers);
    made.bounds("items", of.items);
    if let Some(own) = &of.texts {
        texts(own, of.types[STRING] > 0, &mut made);
    }
    if of.more {
        made.put("more", Node::bool(true));
    }
    out.put(pointer, made.node());
    of.each(pointer, &mut |below, shape| places(below, shape, out));
}
