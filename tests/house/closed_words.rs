//! Every word of a closed list in a member that decides something, in both generations: another word is an
//! error that names file and line, never a default.
#![cfg(unix)]

use crate::hostile;

use std::collections::BTreeMap;
use std::path::Path;

use cask::canon::Fault;
use cask::io::load;
use cask::io::tree::Tree;
use hostile::{ARTIFACTS, BASELINE, DIGESTS, GATE, HEADER, LOCK, POLICY, TOOLS, TOOLSETS, TRUST, World};

type Files = BTreeMap<String, Vec<u8>>;

/// A toolpack of version 1, at the place of the other.
fn version_1() -> Files {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/migrate/base");
    let lock = "lockfile/caskmcp.lock.yaml";
    [
        "toolpack.yaml",
        "artifact/tools.json",
        "artifact/toolsets.yaml",
        "artifact/policy.yaml",
        "artifact/baseline.json",
        lock,
    ]
    .into_iter()
    .map(|name| (format!("toolpacks/shop/{name}"), std::fs::read(root.join(name)).expect(name)))
    .collect()
}

fn version_2() -> Files {
    let world = World::new();
    ARTIFACTS
        .into_iter()
        .chain([TRUST, GATE, DIGESTS])
        .map(|name| (name.to_owned(), world.good(name)))
        .collect()
}

fn load_all(files: Files) -> Result<(), Fault> {
    let tree = Tree::memory(files);
    load::trust(&tree, TRUST)?;
    load::gate_config(&tree, GATE)?;
    load::toolpack(&tree, HEADER).map(drop)
}

/// Words to be changed: the file, a text that stands in it, and what is put in its place.
const V2: &[(&str, &str, &str)] = &[
    (HEADER, "schema_version: \"2.0\"", "schema_version: \"2.1\""),
    (TOOLS, "\"schema_version\": \"2.0\"", "\"schema_version\": \"3.0\""),
    (TOOLS, "\"risk_tier\": \"high\"", "\"risk_tier\": \"hgih\""),
    (TOOLS, "\"risk_tier\": \"high\"", "\"risk_tier\": \"High\""),
    (TOOLS, "\"risk_tier\": \"high\"", "\"risk_tier\": null"),
    (TOOLS, "\"risk_tier\": \"high\"", "\"risk_override\": {\"tier\": \"none\"}, \"risk_tier\": \"high\""),
    (TOOLS, "\"confirmation_required\": \"always\"", "\"confirmation_required\": \"sometimes\""),
    (TOOLS, "\"confirmation_required\": \"always\"", "\"confirmation_required\": true"),
    (TOOLS, "\"kind\": \"http\"", "\"kind\": \"grpc\""),
    (TOOLS, "\"effect\": \"delete\"", "\"effect\": \"erase\""),
    (TOOLSETS, "schema_version: \"2.0\"", "schema_version: \"1.9\""),
    (POLICY, "schema_version: \"2.0\"", "schema_version: \"2\""),
    (POLICY, "default_action: deny", "default_action: confirm"),
    (POLICY, "default_action: deny", "default_action: Deny"),
    (POLICY, "type: allow", "type: permit"),
    (POLICY, "    methods: [GET]", "    methods: [GET]\n    risk_tiers: [extreme]"),
    (POLICY, "    per_minute: 10", "    per_minute: 10\n    level: all"),
    (POLICY, "audit_all: true", "audit_all: \"true\""),
    (BASELINE, "\"schema_version\": \"2.0\"", "\"schema_version\": 2"),
    (LOCK, "schema_version: \"2.0\"", "schema_version: \"2.0.1\""),
    (LOCK, "status: approved", "status: aproved"),
    (LOCK, "risk_tier: high", "risk_tier: highest"),
    (LOCK, "decision: approve", "decision: accept"),
    (TRUST, "schema: cask.trust/1", "schema: cask.trust/2"),
    (TRUST, "roles: [owner, approver]", "roles: [owner, admin]"),
    (TRUST, "max_risk: critical", "max_risk: any"),
    (TRUST, "type: ed25519", "type: rsa"),
    (GATE, "schema: cask.gate/1", "schema: cask.gate/1.1"),
    (GATE, "version: 1\n", "version: 1\nfail_on: sometimes\n"),
    (GATE, "version: 1\n", "version: 1\nmin_risk: none\n"),
    (GATE, "version: 1\n", "version: 1\nlevels:\n  tool.removed: severe\n"),
    (GATE, "version: 1\n", "version: 1\nlevels:\n  no.such-rule: low\n"),
    (GATE, "version: 1\n", "version: 1\nlevels:\n  sig.invalid: low\n"),
    (GATE, "version: 1\n", "version: 1\napprovals:\n  max_days: {huge: 1}\n"),
    (GATE, "version: 1\n", "version: 1\napprovals:\n  reason_required: [hgih]\n"),
];

const V1: &[(&str, &str, &str)] = &[
    (TOOLS, "\"risk_tier\": \"", "\"risk_tier\": \"very "),
    (TOOLS, "\"confirmation_required\": \"", "\"confirmation_required\": \"not "),
    (TOOLS, "\"schema_version\": \"1.0\"", "\"schema_version\": \"0.9\""),
    (HEADER, "schema_version: '1.0'", "schema_version: '1.1'"),
    (POLICY, "default_action: deny", "default_action: maybe"),
    (POLICY, "  type: allow", "  type: permit"),
    (LOCK, "status: approved", "status: aproved"),
    (LOCK, "risk_tier: ", "risk_tier: very-"),
    (BASELINE, "\"schema_version\": \"1.0\"", "\"schema_version\": \"1.5\""),
];

#[test]
fn another_word_is_an_error_with_file_and_line() {
    let mut told = Vec::new();
    for (generation, files, table) in [(2, version_2(), V2), (1, version_1(), V1)] {
        load_all(files.clone()).unwrap_or_else(|fault| panic!("version {generation}: {fault}"));
        for (file, from, to) in table {
            let text = String::from_utf8(files[*file].clone()).expect("text");
            if !text.contains(from) {
                told.push(format!("version {generation}, {file}: there is no {from:?}"));
                continue;
            }
            let mut spoilt = files.clone();
            spoilt.insert((*file).to_owned(), text.replacen(from, to, 1).into_bytes());
            match load_all(spoilt) {
                Ok(()) => told.push(format!("version {generation}, {file}: {to:?} is taken")),
                Err(fault) if fault.file != *file || fault.line == 0 || fault.message.is_empty() => {
                    told.push(format!("version {generation}, {file}: {to:?} is told as {fault}"));
                }
                Err(_) => {}
            }
        }
    }
    assert!(told.is_empty(), "{}", told.join("\n"));
}
