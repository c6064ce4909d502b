//! How calls proved who made them in, what callers must prove out: schemes by name, and the alternatives of an operation.

use std::collections::{BTreeMap, BTreeSet};

use super::part::{Access, Sketch};
use crate::canon::{Node, Value};
use crate::compare::restate::def_name;

/// Schemes of the whole surface, by name.
#[derive(Debug, Default)]
pub struct Schemes(BTreeMap<String, Node>);

/// What is known of who may call an operation.
#[derive(Debug)]
pub struct Needed {
    /// The alternatives; none where no call proved anything: that none is needed is more than traffic can tell.
    pub security: Option<Node>,
    /// Calls that were answered without any proof.
    pub anonymous: u64,
}

impl Schemes {
    /// What an operation asks for.
    pub fn needed(&mut self, sketch: &Sketch) -> Needed {
        let known = sketch.auth.sorted();
        let anonymous = sketch.auth.get("none").map_or(0, |came| came.ok);
        let proofs = || known.iter().filter(|(word, _)| *word != "none");
        let any_ok = proofs().any(|(_, came)| came.ok > 0);
        // A proof that was refused each time is none, unless nothing better is known.
        let counts = |came: &Access| came.ok > 0 || !any_ok;
        let alternatives: BTreeSet<Vec<String>> =
            proofs().filter(|(_, came)| counts(came)).map(|(word, _)| self.alternative(word)).collect();
        if alternatives.is_empty() {
            return Needed { security: None, anonymous };
        }
        let mut made: Vec<Node> = alternatives
            .into_iter()
            .map(|names| Node::map(names.into_iter().map(|name| (name, Node::texts::<&str>([])))))
            .collect();
        if anonymous > 0 {
            made.push(Node::map::<&str>([]));
        }
        Needed { security: Some(Node::new(Value::List(made))), anonymous }
    }

    /// The names of the schemes that were used together. A cookie beside another proof is what browsers send
    /// anyhow, unless that one only shows that the page itself made the call.
    fn alternative(&mut self, word: &str) -> Vec<String> {
        let all: Vec<&str> = word.split(' ').collect();
        let proof = |one: &str| one != "cookie" && !["csrf", "xsrf"].iter().any(|mark| one.contains(mark));
        let other = all.iter().any(|one| proof(one));
        let mut names: Vec<String> =
            all.iter().filter(|one| !other || proof(one)).filter_map(|one| self.scheme(one)).collect();
        names.sort();
        names.dedup();
        names
    }

    fn scheme(&mut self, word: &str) -> Option<String> {
        let (kind, name) = word.split_once(':').unwrap_or((word, ""));
        let name = name.replace("%20", " ").replace("%25", "%");
        let text = |pairs: &[(&'static str, &str)]| {
            Node::map(pairs.iter().map(|(key, value)| (*key, Node::text(*value))))
        };
        let (wanted, node) = match kind {
            "scheme" => (name.clone(), text(&[("type", "http"), ("scheme", &name)])),
            "header" => (name.clone(), text(&[("type", "apiKey"), ("in", "header"), ("name", &name)])),
            "query" => {
                (format!("query_{name}"), text(&[("type", "apiKey"), ("in", "query"), ("name", &name)]))
            }
            "cookie" => ("cookie".to_owned(), text(&[("type", "apiKey"), ("in", "cookie")])),
            _ => return None,
        };
        let mut free = def_name(&wanted);
        // Names of strangers may be those of others: `bearer` may be a header.
        while self.0.get(&free).is_some_and(|other| *other != node) {
            free = format!("{kind}_{free}");
        }
        self.0.insert(free.clone(), node);
        Some(free)
    }

    /// All schemes, if there are any.
    pub fn node(self) -> Option<Node> {
        (!self.0.is_empty()).then(|| Node::map(self.0))
    }
}
