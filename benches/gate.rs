//! `gate check` of 1,000 and 10,000 tools, beside the bare parse of the same files: the floor.

mod support;

use std::collections::BTreeMap;

use cask::cmd::judging::{Bench, judge_packs};
use cask::gate::discovery::{Found, Paired};
use cask::io::load;
use cask::io::tree::Tree;
use cask::model::gate_config::GateFile;
use cask::sign::keyring::Keyring;

/// The time at which everything is judged.
const NOW: &str = "2026-01-02T12:00:00Z";

fn main() {
    divan::main();
}

fn world(tools: usize, approvals: usize) -> (cask::model::trust::Trust, Tree) {
    let (trust, _) = support::trust();
    let mut files = support::toolpack("bench", tools);
    let lock = support::lockfile(&files, trust.root(), approvals);
    files.insert("lockfile/caskmcp.lock.yaml".into(), lock);
    let bytes: BTreeMap<String, Vec<u8>> =
        files.into_iter().map(|(path, text)| (path, text.into_bytes())).collect();
    (trust, Tree::memory(bytes))
}

/// Reads the files and judges nothing: what no gate can be faster than.
#[divan::bench(args = [1_000, 10_000], sample_count = 5)]
fn floor_parse(bencher: divan::Bencher, tools: usize) {
    let (_, tree) = world(tools, 1);
    bencher.bench_local(|| {
        load::toolpack(&tree, "toolpack.yaml").expect("a toolpack").pack.manifest.tools.len()
    });
}

/// Reads the files, recomputes every subject and verifies every signature.
#[divan::bench(args = [(1_000, 1), (10_000, 1), (10_000, 3)], sample_count = 5)]
fn gate_check(bencher: divan::Bencher, (tools, approvals): (usize, usize)) {
    let (trust, tree) = world(tools, approvals);
    let keyring = Keyring::of("trust.yaml", &trust).expect("a keyring");
    let gate = GateFile::default();
    bencher.bench_local(|| {
        let bench = Bench {
            in_hand: None,
            head: &tree,
            base: None,
            bootstrap: false,
            keyring: &keyring,
            gate: &gate,
            tells_changes: true,
            author: None,
            now: support::time(NOW),
        };
        let found = Found { header: "toolpack.yaml".into(), id: "tp_bench".into() };
        let packs = judge_packs(&bench, vec![Paired { head: Some(found), base: None }]).expect("a judgement");
        assert!(packs[0].states.iter().all(|s| s.problems.is_empty()), "{:?}", packs[0].states[0].problems);
        packs.len()
    });
}
