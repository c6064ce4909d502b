//! Credentials in what a toolpack commits beside the texts of its tools, which the text cues look at.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::check::{Check, place};
use crate::canon::node::{Value, pointer_step};
use crate::canon::{Node, digest};
use crate::compare::secrets::secrets;
use crate::model::finding::{Finding, Subject, SubjectKind};
use crate::model::phrase::Phrase;
use crate::model::toolpack::{HEADER, Toolpack};
use crate::rules::pack as rule;

/// The check.
pub const CHECK: Check = Check { emits: &[rule::SECRET_FOUND], run };

/// Most findings of one file: the last says that there are more.
const MOST: usize = 50;

fn run(pack: &Toolpack) -> Vec<Finding> {
    // A baseline repeats what its tools say: that is told there, and once.
    let mut known: BTreeSet<String> =
        pack.manifest.tools.par_iter().flat_map_iter(|tool| said(&tool.raw)).collect();
    let header = &pack.header;
    let mut out = Vec::new();
    for (file, root) in [
        (HEADER, &header.raw),
        (header.tools.as_str(), &pack.manifest.rest),
        (header.baseline.as_str(), &pack.baseline.raw),
        (header.policy.as_str(), &pack.policy.raw),
        (header.toolsets.as_str(), &pack.toolsets.raw),
    ] {
        let start = out.len();
        walk(root, |pointer, text| {
            for secret in secrets(text) {
                if known.insert(digest::sha256_hex(&text.as_bytes()[secret.start..secret.end])) {
                    let name = file.rsplit('/').next().unwrap_or(file);
                    out.push(
                        Finding::new(
                            rule::SECRET_FOUND,
                            Subject::of(pack, SubjectKind::Surface, file, name),
                            place(pack, file, root, &pointer()),
                        )
                        .values(None, Some(Node::text(text)))
                        .says("credential", Phrase::say(secret.kind))
                        .here("whoever reads the repository can use it".into()),
                    );
                }
            }
            out.len() - start < MOST
        });
        if out.len() - start >= MOST
            && let Some(last) = out.last_mut()
        {
            last.why.push(Phrase::say("not looked further: there may be more of them in this file"));
        }
    }
    out
}

/// Digests of the credentials in the texts and keys below a value.
fn said(root: &Node) -> Vec<String> {
    let mut all = Vec::new();
    walk(root, |_, text| {
        all.extend(secrets(text).iter().map(|s| digest::sha256_hex(&text.as_bytes()[s.start..s.end])));
        true
    });
    all
}

/// One step of the way to a value.
enum Step<'a> {
    Root,
    Item(usize),
    Key(&'a str),
}

/// Every text and key, until enough was seen; where it stands is worked out for who asks, which hardly anybody does. No
/// recursion: a tree is as deep as its file let it be.
fn walk<'a>(root: &'a Node, mut look: impl FnMut(&dyn Fn() -> String, &'a str) -> bool) {
    // Each step with the place of the one before it.
    let mut way = vec![(0, Step::Root)];
    let mut open = vec![(0, root)];
    while let Some((at, node)) = open.pop() {
        match &node.value {
            Value::Text(text) => {
                if !look(&|| pointer(&way, at), text) {
                    return;
                }
            }
            Value::List(items) => {
                for (n, item) in items.iter().enumerate().rev() {
                    open.push((way.len(), item));
                    way.push((at, Step::Item(n)));
                }
            }
            Value::Map(members) => {
                for (key, value) in members.iter().rev() {
                    let below = way.len();
                    way.push((at, Step::Key(key)));
                    if !look(&|| pointer(&way, below), key) {
                        return;
                    }
                    open.push((below, value));
                }
            }
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => {}
        }
    }
}

/// The JSON pointer of a step.
fn pointer(way: &[(usize, Step)], mut at: usize) -> String {
    let mut steps = Vec::new();
    loop {
        let (before, step) = &way[at];
        match step {
            Step::Root => break,
            Step::Item(n) => steps.push(format!("/{n}")),
            Step::Key(key) => steps.push(format!("/{}", pointer_step(key))),
        }
        at = *before;
    }
    steps.reverse();
    steps.concat()
}
