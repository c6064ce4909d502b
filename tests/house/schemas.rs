//! The JSON Schemas that are handed out: every file that we write or ship is valid by them, and each loses
//! its validity with any one required member, and with any closed word that is another.
#![cfg(unix)]

use crate::{hostile, protected};

use std::collections::BTreeMap;

use cask::bundle::manifest::Manifest;
use cask::canon::encode::encode;
use cask::canon::{Node, json};
use cask::cmd::schema_kinds::KINDS;
use cask::evidence::signature::{self, EvidenceSignature, SignatureFile};
use cask::evidence::{Entry, Head, write};
use cask::model::bytes;
use cask::model::verdict::Verdict;
use hostile::{ARTIFACTS, DIGESTS, GATE, TRUST, World};
use jsonschema::Validator;
use serde_json::{Value, json as value};

fn validator(kind: &str) -> (Value, Validator) {
    let kind = KINDS.iter().find(|k| k.name == kind).expect("a kind");
    let schema = kind.schema();
    let validator = jsonschema::draft202012::new(&schema).expect("a schema of 2020-12");
    (schema, validator)
}

/// A file as the program reads it, as JSON.
fn read(name: &str, bytes: &[u8]) -> Value {
    let node = match name.rsplit('/').next().expect("a name") {
        name if name.ends_with(".json") => bytes::json(name, bytes, 1 << 24),
        "trust.yaml" | "gate.yaml" => bytes::strict_yaml(name, bytes, 1 << 24),
        _ => bytes::yaml(name, bytes, 1 << 24),
    };
    serde_json::from_str(&json::canonical(&node.expect(name))).expect("canonical JSON")
}

/// Every file of version 2 that there is here: kind, name, content.
fn files() -> Vec<(&'static str, String, Value)> {
    let kind_of = |name: &str| KINDS.iter().find(|k| name.rsplit('/').next() == Some(k.file)).map(|k| k.name);
    let mut files = Vec::new();
    let world = World::new();
    for name in ARTIFACTS.into_iter().chain([TRUST, GATE, DIGESTS]) {
        files.push((kind_of(name).expect(name), name.to_owned(), read(name, &world.good(name))));
    }
    for args in [&["ci"][..], &["gate", "check"], &["diff"], &["ci", "--base-ref", "nope"]] {
        let run = world.run(&[args, &["--format", "json"]].concat());
        files.push(("report", run.line.clone(), serde_json::from_str(&run.out).expect("a report")));
    }
    let part = world.run(&["ci", "--shard", "1/1"]);
    files.push(("shard", part.line.clone(), serde_json::from_str(&part.out).expect("a part")));
    let doctor = world.run(&["doctor", "--toolpack", "toolpacks/shop", "--format", "json"]);
    files.push(("doctor", doctor.line.clone(), serde_json::from_str(&doctor.out).expect("checks")));
    for (kind, args) in [
        ("compliance", &["compliance", "report", "--toolpack", "toolpacks/shop", "--format", "json"][..]),
        ("repair", &["repair", "--toolpack", "toolpacks/shop", "--format", "json"]),
        ("state", &["state", "status", "--format", "json"]),
    ] {
        let run = world.run(args);
        files.push((kind, run.line.clone(), serde_json::from_str(&run.out).expect(kind)));
    }
    for without in ["", "check", "rules"] {
        let told = protected::doctor(&protected::github(without), &["--format", "json"]);
        let name = format!("protections without {without:?}");
        files.push(("protections", name, serde_json::from_str(&told.out).expect("protections")));
    }
    files.extend(kept());
    let mut todo = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")];
    while let Some(dir) = todo.pop() {
        for entry in std::fs::read_dir(dir).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                todo.push(path);
                continue;
            }
            let name = path.to_string_lossy().into_owned();
            let kind = match kind_of(&name) {
                Some(kind) => kind,
                None if name.ends_with("fixtures/layout/lockfile.yaml") => "lockfile",
                None if name.contains("fixtures/reports/") && name.ends_with(".json") => "report",
                None => continue,
            };
            let content = read(&name, &std::fs::read(&path).expect("a file"));
            // Files of version 1 have no schema of ours.
            if content["schema_version"] == "2.0" || content["schema"].is_string() {
                files.push((kind, name, content));
            }
        }
    }
    files
}

/// What is kept and handed over.
fn kept() -> Vec<(&'static str, String, Value)> {
    let read = |text: &str| serde_json::from_str(text).expect("JSON");
    let facts = vec![("verdict".to_owned(), Node::text("pass"))];
    let head = Head { command: "drift".into(), version: "1".into(), at: None, facts };
    let bundle = write(&head, &[Entry { kind: "finding", data: Node::text("x") }]);
    let lines = String::from_utf8(bundle).expect("text");
    let mut all: Vec<(&'static str, String, Value)> =
        lines.lines().map(|line| ("evidence", "a line".to_owned(), read(line))).collect();
    let by = EvidenceSignature {
        signer: "alice".into(),
        key_id: "0".into(),
        signed_at: "2026-12-01T00:00:00Z".parse().expect("a time"),
        signature: "x".into(),
    };
    let digest = format!("sha256:{}", "0".repeat(64));
    let schema = signature::SCHEMA.to_owned();
    let signed = SignatureFile { schema, digest: digest.clone(), root: digest, signatures: vec![by] };
    all.push(("evidence-signature", "signatures".to_owned(), read(&json::canonical(&encode(&signed)))));
    let files = BTreeMap::from([("a".to_owned(), b"1".to_vec())]);
    let manifest = Manifest::of("tp_a", Verdict::Pass, &files).text();
    all.push(("bundle", "a manifest".to_owned(), read(&manifest)));
    all
}

#[test]
fn every_file_is_valid_by_its_schema() {
    let mut seen = BTreeMap::new();
    for (kind, name, content) in files() {
        let errors: Vec<String> =
            validator(kind).1.iter_errors(&content).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{name}\n{}", errors.join("\n"));
        *seen.entry(kind).or_insert(0) += 1;
    }
    assert_eq!(seen.len(), KINDS.len(), "a kind has no file: {seen:?}");
    assert!(seen["tools"] >= 3 && seen["report"] >= 8, "{seen:?}");
}

/// The places of an instance that a schema speaks of, each with the schema there.
fn places<'s>(
    root: &'s Value,
    schema: &'s Value,
    at: &Value,
    pointer: &str,
    out: &mut Vec<(String, &'s Value)>,
) {
    if let Some(name) = schema["$ref"].as_str() {
        let target = root.pointer(name.trim_start_matches('#')).expect("it resolves");
        return places(root, target, at, pointer, out);
    }
    out.push((pointer.to_owned(), schema));
    for case in schema["anyOf"].as_array().into_iter().flatten().filter(|c| c["type"] != "null") {
        if !at.is_null() {
            places(root, case, at, pointer, out);
        }
    }
    for (key, member) in at.as_object().into_iter().flatten() {
        let known =
            schema["properties"].get(key).or(schema.get("additionalProperties").filter(|s| s.is_object()));
        if let Some(known) = known {
            let step = key.replace('~', "~0").replace('/', "~1");
            places(root, known, member, &format!("{pointer}/{step}"), out);
        }
    }
    for (i, item) in at.as_array().into_iter().flatten().enumerate() {
        if schema["items"].is_object() {
            places(root, &schema["items"], item, &format!("{pointer}/{i}"), out);
        }
    }
}

#[test]
fn no_required_member_can_be_left_out_and_no_closed_word_changed() {
    let mut tried: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for (kind, name, content) in files() {
        let (schema, valid) = validator(kind);
        let mut found = Vec::new();
        places(&schema, &schema, &content, "", &mut found);
        let mut refused = |what: String, pointer: &str, change: &dyn Fn(&mut Value)| {
            let mut spoilt = content.clone();
            change(spoilt.pointer_mut(pointer).expect("it is there"));
            // Each member of each kind of object once in each file is enough.
            if *tried.entry((kind, what.clone())).and_modify(|n| *n += 1).or_insert(1) < 4 {
                assert!(!valid.is_valid(&spoilt), "{name} {pointer}: valid with {what}");
            }
        };
        for (pointer, part) in &found {
            for key in part["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                let title = part["description"].as_str().unwrap_or_default();
                refused(format!("no {key} ({title})"), pointer, &|v| {
                    v.as_object_mut().expect("an object").remove(key);
                });
                refused(format!("{key} of another type ({title})"), pointer, &|v| {
                    if part["properties"][key].as_object().is_some_and(|s| s.len() > 1) {
                        v[key] = value!([[["x"]]]);
                    } else {
                        v.as_object_mut().expect("an object").remove(key);
                    }
                });
            }
            let is_closed = part.get("const").or(part.get("enum")).or(part.get("oneOf")).is_some();
            if is_closed {
                refused(format!("another word ({part})"), pointer, &|v| *v = value!("no-such-word"));
            }
        }
    }
    for kind in KINDS {
        assert!(tried.keys().any(|(k, _)| *k == kind.name), "{}: nothing was tried", kind.name);
    }
    assert!(tried.len() > 150, "{}", tried.len());
}

#[test]
fn members_that_are_not_known_are_taken_where_the_readers_take_them() {
    let world = World::new();
    for (kind, name, own, foreign) in [
        ("toolpack", ARTIFACTS[0], true, false),
        ("tools", ARTIFACTS[1], true, true),
        ("toolsets", ARTIFACTS[2], true, false),
        ("policy", ARTIFACTS[3], true, false),
        ("baseline", ARTIFACTS[4], true, true),
        ("lockfile", ARTIFACTS[5], false, false),
        ("trust", TRUST, false, false),
        ("gate", GATE, false, false),
    ] {
        let good = read(name, &world.good(name));
        for (key, taken) in [("x-ours", own), ("theirs", foreign)] {
            let mut more = good.clone();
            more[key] = value!(1);
            assert_eq!(validator(kind).1.is_valid(&more), taken, "{kind} with {key}");
        }
    }
}
