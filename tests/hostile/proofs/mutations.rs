//! Every byte of every governed file of a small toolpack is changed in three ways. The gate must tell it, or
//! what was changed must be among what is unsigned on purpose.

use std::collections::BTreeMap;

use cask::canon::{Node, Value, json};
use cask::gate::trust_files::{TrustSides, trust_change};
use cask::io::tree::Tree;
use cask::model::bytes;
use cask::model::lockfile::{Decision, Withdrawn};
use cask::model::trust::Trust;
use cask::sign::keyring::Keyring;
use rayon::prelude::*;

use super::forge::*;
use super::panel::{Side, is_clean, judge, side};

type Files = BTreeMap<String, Vec<u8>>;

const FILES: &[(&str, &str)] = &[
    (
        "toolpack.yaml",
        "schema_version: \"2.0\"\ntoolpack_id: tp_s\nname: s\ncreated_at: 2026-01-01T00:00:00Z\nscope: all\nallowed_hosts: [a.example]\nsources: []\npaths:\n  tools: t.json\n  toolsets: s.yaml\n  policy: p.yaml\n  baseline: b.json\n  contracts: c.yaml\n  lockfile: lockfile/caskmcp.lock.yaml\nruntime:\n  mode: local # here\n",
    ),
    ("c.yaml", "checks: []\n"),
    (
        "t.json",
        r##"{"schema_version": "2.0", "toolpack_id": "tp_s", "actions": [
 {"name": "get", "tool_id": "aa", "kind": "http", "description": "Gets.", "method": "GET", "host": "a.example",
  "path": "/x", "input_schema": {"type": "object"}, "effect": "read", "risk_tier": "safe",
  "confirmation_required": "never", "rate_limit_per_minute": 60, "depends_on": [{"tool": "bb"}]},
 {"name": "pay", "tool_id": "bb", "kind": "http", "method": "POST", "host": "a.example", "path": "/payments",
  "effect": "write", "risk_tier": "critical", "confirmation_required": "always"}]}
"##,
    ),
    (
        "b.json",
        r##"{"schema_version": "2.0", "operations": {
 "a.example/x GET": {"stable_id": "aa", "responses": {"200": {"content": {"application/json": {"$ref": "#/$defs/A"}}}},
  "observed": {"count": 7}},
 "a.example/payments POST": {"stable_id": "bb", "security": [{"k": []}]},
 "a.example/z GET": {"stable_id": "cc", "request": {"observed": 3}, "observed": {"count": 1}}},
 "summary": {"sources": {"o": "x"}},
 "$defs": {"A": {"properties": {"n": {"maximum": 10}, "b": {"$ref": "#/$defs/B"}}}, "B": {"enum": [1, "u"]}, "L": {}}}
"##,
    ),
    (
        "s.yaml",
        "schema_version: \"2.0\"\ndefault_toolset: r\ntoolsets:\n  r:\n    description: reads\n    actions: [get]\n  w:\n    actions: [get, pay]\n",
    ),
    (
        "p.yaml",
        "schema_version: \"2.0\"\nname: p\ndefault_action: deny\naudit_all: true\nredact_headers: [cookie]\nredact_patterns: []\nrules:\n- id: r1\n  name: reads\n  type: allow\n  priority: 10\n  match:\n    methods: [GET]\n",
    ),
];

/// The small toolpack, signed, with a tombstone; as files.
fn small() -> (Files, Trust) {
    let mut world = World::empty();
    world.put_trust(&signed_trust(first_trust(), &[Who::Alice, Who::Carol]));
    for (path, text) in FILES {
        world.write(&format!("s/{path}"), text);
    }
    world.approve_all("s", THEN);
    let mut lock = world.lock("s");
    let digest = format!("sha256:{}", "ab".repeat(32));
    let gone = cask::sign::statement::About {
        root: &world.root,
        toolpack_id: "tp_s",
        kind: cask::sign::statement::SignedKind::Tool,
        id: "dd",
        digest: &digest,
    };
    let mut said = lock.tools["aa"].approvals[0].clone();
    (said.decision, said.approved_toolsets) = (Decision::Withdraw, Vec::new());
    let body = cask::sign::statement::bytes(&gone, &said);
    said.signature = Who::Alice.pair().sign(cask::sign::envelope::Purpose::Approval, &body);
    lock.withdrawn.push(Withdrawn { tool_id: "dd".into(), digest, at: time(THEN), approvals: vec![said] });
    world.put_lock("s", &lock);
    let mut files = Files::new();
    for (path, _) in FILES.iter().chain(&[("lockfile/caskmcp.lock.yaml", "")]) {
        let path = format!("s/{path}");
        files.insert(path.clone(), world.read(&path).into_bytes());
    }
    files.insert(TRUST.into(), world.read(TRUST).into_bytes());
    (files, read_trust(&world.trust()))
}

fn read(tree: &Tree) -> Option<Side> {
    side(tree, "s").ok()
}

/// What every file of a toolpack says, without what is unsigned on purpose (docs/trust.md, what is signed).
fn signed_meaning(files: &Files) -> Vec<String> {
    let origin = ["created_at", "generated_at", "capture_id", "artifact_id"];
    files
        .iter()
        .filter(|(path, _)| *path != TRUST)
        .map(|(path, text)| {
            let node = match path.rsplit('.').next() {
                Some("json") => bytes::json(path, text, 1 << 20),
                _ if path.ends_with("c.yaml") => return String::from_utf8_lossy(text).into_owned(),
                _ => bytes::yaml(path, text, 1 << 20),
            };
            let mut node = node.expect("a file that was read").without(&origin);
            if path.ends_with("t.json") {
                let actions = node.get("actions").map(Node::items).unwrap_or_default();
                let actions = actions.iter().map(|a| a.without(&["depends_on"])).collect();
                node.set("actions", Node::new(Value::List(actions)));
            }
            if path.ends_with("b.json") {
                node = node.without(&["summary"]);
                let operations = node.get("operations").map(Node::members).unwrap_or_default();
                let operations: Vec<_> =
                    operations.iter().map(|(k, o)| (k.clone(), o.without(&["observed"]))).collect();
                node.set("operations", Node::map(operations));
            }
            json::canonical(&node)
        })
        .collect()
}

/// Three other texts for the byte at a place.
fn mutants(text: &[u8], at: usize) -> Vec<Vec<u8>> {
    let with = |byte: u8| {
        let mut other = text.to_vec();
        other[at] = byte;
        other
    };
    let was = text[at];
    let neighbour = match was {
        b'0'..=b'8' | b'a'..=b'y' | b'A'..=b'Y' => was + 1,
        b'9' => b'0',
        b'z' | b'Z' => was - 25,
        _ => b'x',
    };
    let mut deleted = text.to_vec();
    deleted.remove(at);
    vec![with(was ^ 1), with(neighbour), deleted]
}

#[test]
fn no_single_byte_changes_a_toolpack_unseen() {
    let (files, trust) = small();
    let base_tree = Tree::memory(files.clone());
    let base = read(&base_tree).expect("the small toolpack");
    let now = time(NOW);
    assert!(is_clean(&judge(&base, &base, &base_tree, &trust, now)), "it is in order as it is");
    let meaning = signed_meaning(&files);
    let places: Vec<(&String, usize)> = files
        .iter()
        .filter(|(path, _)| *path != TRUST)
        .flat_map(|(path, text)| (0..text.len()).map(move |at| (path, at)))
        .collect();
    let outcomes: Vec<(usize, Vec<String>)> = places
        .par_iter()
        .map(|(path, at)| {
            let (mut unseen, mut wrong) = (0, Vec::new());
            for mutant in mutants(&files[*path], *at) {
                let mut head_files = files.clone();
                head_files.insert((*path).clone(), mutant);
                let tree = Tree::memory(head_files.clone());
                let Some(head) = read(&tree) else { continue };
                if !is_clean(&judge(&base, &head, &tree, &trust, now)) {
                    continue;
                }
                unseen += 1;
                if signed_meaning(&head_files) != meaning {
                    let text = String::from_utf8_lossy(&head_files[*path]).into_owned();
                    let near = text.get(at.saturating_sub(40)..(at + 40).min(text.len())).unwrap_or_default();
                    wrong.push(format!("{path} at byte {at}: …{near}…"));
                }
            }
            (unseen, wrong)
        })
        .collect();
    let wrong: Vec<&String> = outcomes.iter().flat_map(|(_, wrong)| wrong).collect();
    assert!(wrong.is_empty(), "{} changes pass unseen:\n{:#?}", wrong.len(), &wrong[..wrong.len().min(40)]);
    // That some pass (comments, hints, what was observed) shows that not everything is refused.
    let unseen: usize = outcomes.iter().map(|(unseen, _)| unseen).sum();
    assert!(unseen > 20 && unseen < places.len() / 4, "{unseen} of {} bytes", places.len());
}

#[test]
fn no_single_byte_changes_the_trust_file_unseen() {
    let (files, trust) = small();
    let keyring = Keyring::of(TRUST, &trust).expect("keys");
    let text = &files[TRUST];
    let wrong: Vec<usize> = (0..text.len())
        .into_par_iter()
        .filter(|at| {
            mutants(text, *at).iter().any(|mutant| {
                let Ok(node) = bytes::strict_yaml(TRUST, mutant, 1 << 20) else { return false };
                let Ok(head) = Trust::read(TRUST, node) else { return false };
                let Ok(head_keys) = Keyring::of(TRUST, &head) else { return false };
                let sides = TrustSides {
                    trusted: &keyring,
                    base: Some(&trust),
                    head: Some(&head_keys),
                    base_is_default: true,
                    now: time(NOW),
                };
                let told = trust_change(&sides);
                let stops = told
                    .iter()
                    .any(|f| f.rule.id == "trust.rollback" || f.rule.id == "trust.rotation-unsigned");
                !stops && head.raw != trust.raw
            })
        })
        .collect();
    assert!(wrong.is_empty(), "bytes {wrong:?}");
}
