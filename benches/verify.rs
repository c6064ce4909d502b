//! `cask verify` of 1,000 and 10,000 tools with a contract of two assertions each, beside the bare parse of the same
//! files: the floor.

#[allow(dead_code, reason = "each benchmark uses its part")]
mod support;

use std::collections::BTreeMap;

use cask::io::load;
use cask::io::tree::Tree;
use cask::model::bytes;
use cask::model::verified::{Section, State, Strictness};
use cask::verify::{Asked, Operations, run};

const HEADER: &str = "toolpack.yaml";
const CONTRACTS: &str = "artifact/contracts.yaml";

fn main() {
    divan::main();
}

/// A contract of each tool.
fn contracts(tools: usize) -> String {
    let one = |i: usize| {
        let name = format!("get_item_{i:05}");
        format!(
            "- contract_id: vc_{i}\n  targets: [{name}]\n  assertions:\n  - {{type: schema_check, endpoint_ref: {name}, \
             field_path: response_schema.properties.price.type, op: equals, value: number}}\n  - {{type: field_match, \
             endpoint_ref: {name}, field_path: base_path, op: equals, value: /v1}}\n"
        )
    };
    let each: String = (0..tools).map(one).collect();
    format!("schema_version: \"2.0\"\nkind: contracts\ncontracts:\n{each}")
}

fn world(tools: usize) -> Tree {
    let mut files = support::toolpack("bench", tools);
    let header = &files[HEADER].replace("contracts: null", &format!("contracts: {CONTRACTS}"));
    files.insert(HEADER.to_owned(), header.clone());
    files.insert(CONTRACTS.to_owned(), contracts(tools));
    let bytes: BTreeMap<String, Vec<u8>> =
        files.into_iter().map(|(path, text)| (path, text.into_bytes())).collect();
    Tree::memory(bytes)
}

/// Reads the files and verifies nothing.
#[divan::bench(args = [1_000, 10_000], sample_count = 5)]
fn floor_parse(bencher: divan::Bencher, tools: usize) {
    let tree = world(tools);
    bencher.bench_local(|| {
        let text = tree.read(CONTRACTS, 1 << 28).expect("a file").expect("a file");
        let contracts = bytes::yaml(CONTRACTS, &text, 1 << 28).expect("YAML");
        (load::toolpack(&tree, HEADER).expect("a toolpack").pack.manifest.tools.len(), contracts)
    });
}

/// Reads the files, compares each tool with its operation and evaluates every assertion.
#[divan::bench(args = [1_000, 10_000], sample_count = 5)]
fn verify(bencher: divan::Bencher, tools: usize) {
    let tree = world(tools);
    bencher.bench_local(|| {
        let loaded = load::toolpack(&tree, HEADER).expect("a toolpack");
        let contracts = load::contracts(&tree, &loaded.pack).expect("contracts");
        let operations = Operations::read(&loaded.pack).expect("operations");
        let (sections, findings) = run(&Asked {
            operations: &operations,
            sections: &Section::ALL,
            how: Strictness::default(),
            contracts: contracts.as_ref(),
            pages: None,
            live: None,
            sighted: None,
            recorded: None,
        });
        assert!(findings.is_empty());
        assert_eq!(sections[2].count(State::Pass), 2 * tools);
        sections.len()
    });
}
