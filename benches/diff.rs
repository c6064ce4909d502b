//! Two states of a toolpack with many tools, and trees that a stranger made wide: twice as much is to be about
//! twice the work, whatever the order.

#[allow(dead_code, reason = "each benchmark uses its part")]
mod support;

use std::collections::BTreeMap;

use cask::canon::Node;
use cask::compare::leaves::leaves;
use cask::compare::members::same;
use cask::diff::{DiffContext, Pair};
use cask::io::load::{self, Loaded};
use cask::io::tree::Tree;

fn main() {
    divan::main();
}

/// A map and the same in the opposite order: no member stands where it stood.
fn turned(members: usize) -> (Node, Node) {
    let map = |order: &mut dyn Iterator<Item = usize>| {
        Node::map(order.map(|n| (format!("m{n}"), Node::int(n as i64))))
    };
    (map(&mut (0..members)), map(&mut (0..members).rev()))
}

#[divan::bench(args = [10_000, 20_000, 40_000, 80_000], sample_count = 20)]
fn same_members(bencher: divan::Bencher, members: usize) {
    let (base, head) = turned(members);
    bencher.bench_local(|| assert!(same(Some(&base), Some(&head))));
}

#[divan::bench(args = [10_000, 20_000, 40_000, 80_000], sample_count = 20)]
fn places_that_differ(bencher: divan::Bencher, members: usize) {
    let (base, head) = turned(members);
    bencher.bench_local(|| assert!(leaves(&base, &head, usize::MAX).is_empty()));
}

/// A toolpack with so many tools; of every tenth one the input is bounded otherwise, if it is `edited`.
fn state(tools: usize, edited: bool) -> Loaded {
    let files = support::toolpack("bench", tools);
    let bytes: BTreeMap<String, Vec<u8>> = files
        .into_iter()
        .map(|(path, text)| {
            let text = match edited && path.ends_with("tools.json") {
                true => tenth(&text),
                false => text,
            };
            (path, text.into_bytes())
        })
        .collect();
    load::toolpack(&Tree::memory(bytes), "toolpack.yaml").expect("a toolpack")
}

/// The text with every tenth description of a tool followed by a bound of its input.
fn tenth(text: &str) -> String {
    let mut parts = text.split("\"additionalProperties\": false");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for (n, part) in parts.enumerate() {
        out.push_str(if n % 10 == 0 { "\"minProperties\": 2, " } else { "" });
        out.push_str("\"additionalProperties\": false");
        out.push_str(part);
    }
    assert!(out.len() > text.len(), "nothing was edited");
    out
}

/// Pairs the tools, runs every check: read files in, findings out.
#[divan::bench(args = [2_500, 5_000, 10_000], sample_count = 5)]
fn diff_of_two_states(bencher: divan::Bencher, tools: usize) {
    let (base, head) = (state(tools, false), state(tools, true));
    bencher.bench_local(|| {
        let pair = Pair::new(Some(&base.pack), Some(&head.pack)).expect("operations that can be read");
        let found = cask::diff::run(&pair, &DiffContext::default());
        assert!(found.len() >= tools / 10, "{}", found.len());
        found.len()
    });
}

/// The same without a base: each tool has a finding.
#[divan::bench(args = [2_500, 5_000, 10_000], sample_count = 3)]
fn diff_of_new_tools(bencher: divan::Bencher, tools: usize) {
    let head = state(tools, false);
    bencher.bench_local(|| {
        let pair = Pair::new(None, Some(&head.pack)).expect("operations that can be read");
        let found = cask::diff::run(&pair, &DiffContext::default());
        assert!(found.len() >= tools);
        found.len()
    });
}
