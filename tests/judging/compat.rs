//! Files that the reference system wrote: every one is read by the readers that judge, its digests and ids come
//! out as it recorded them, and each entry of its lockfiles is told by the rule that fits.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cask::canon::{Node, digest};
use cask::cmd::ctx::{Ctx, Global};
use cask::cmd::options::{PackArgs, ReportArgs};
use cask::cmd::{diff, gate, packs};
use cask::io::load::{self, Loaded};
use cask::io::tree::Tree;
use cask::model::gate_config::FailOn;
use cask::model::lockfile::AnyLockfile;
use cask::model::schema_version::Generation;
use cask::model::snapshot::Snapshot;
use cask::sign::legacy::LegacyTrust;

use crate::{artifacts_digest, reference};

use artifacts_digest::{artifacts_digest, tree};
use reference::{Files, World, folder, head_of, names, parse, read};

const TRUSTED_SIGNERS: &str = ".caskmcp/state/keys/trusted_signers.json";

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

/// Every toolpack of version 1 that is kept, by its name in artifacts-digests.tsv.
fn toolpacks() -> BTreeMap<String, Files> {
    let mut all: BTreeMap<String, Files> =
        names().into_iter().map(|name| (name.clone(), head_of(&name[..2]))).collect();
    all.insert("01-unchanged".into(), head_of("01"));
    all.insert("base".into(), reference::base());
    for name in ["demo", "dogfood"] {
        all.insert(name.into(), folder(&fixture("migrate").join(name)));
    }
    all
}

fn lock(loaded: &Loaded) -> &cask::model::lockfile::LegacyLockfile {
    match &loaded.lock {
        Some(AnyLockfile::V1(lock)) => lock,
        _ => panic!("{} is of version 1", loaded.lock_path),
    }
}

#[test]
fn every_file_is_read_and_nothing_of_it_is_lost() {
    let all = toolpacks();
    assert_eq!(all.len(), 24 + 3);
    for (name, files) in &all {
        let loaded = read(files);
        let pack = &loaded.pack;
        assert_eq!(pack.header.generation, Generation::V1, "{name}");
        assert_eq!(pack.manifest.generation, Generation::V1, "{name}");
        assert_eq!(pack.baseline.generation, Generation::V1, "{name}");
        let raw = parse("tools.json", &files["artifact/tools.json"]);
        assert_eq!(pack.manifest.tools.len(), raw.get("actions").unwrap().items().len(), "{name}");
        for tool in &pack.manifest.tools {
            let said = |member: &str| tool.raw.get(member).and_then(Node::as_text).unwrap();
            assert_eq!(tool.id, said("tool_id"), "{name}");
            // A tool finds its operation by the endpoint, not by its parameters.
            let operation = pack.baseline.operation(&tool.identity);
            let operation = operation.unwrap_or_else(|| panic!("{name}: {} has an operation", tool.name));
            assert_eq!(operation.get("stable_id").and_then(Node::as_text), Some(said("endpoint_id")));
        }
        let entries = parse("lock.yaml", &files["lockfile/caskmcp.lock.yaml"]);
        assert_eq!(lock(&loaded).entries.len(), entries.get("tools").unwrap().members().len(), "{name}");
        for entry in &lock(&loaded).entries {
            let raw = entries.get("tools").unwrap().get(&entry.id).unwrap();
            assert_eq!(raw.get("name").and_then(Node::as_text), Some(&*entry.name), "{name}");
            assert_eq!(raw.get("status").and_then(Node::as_text), Some(entry.status.word()), "{name}");
            assert!(entry.line > 0, "{name}");
        }
    }
}

#[test]
fn every_list_of_trusted_keys_is_read() {
    let mut lists = 0;
    for (name, files) in toolpacks() {
        let Some(bytes) = files.get(TRUSTED_SIGNERS) else { continue };
        LegacyTrust::parse(&name, std::str::from_utf8(bytes).unwrap()).unwrap();
        lists += 1;
    }
    assert_eq!(lists, 24 + 1);
}

/// Digest of the artifacts as the readers' trees have them.
fn computed(files: &Files) -> String {
    let part = |path: &str| parse(path, &files[path]);
    artifacts_digest(
        Some(&part("artifact/tools.json")),
        Some(&part("artifact/toolsets.yaml")),
        Some(&part("artifact/policy.yaml")),
    )
}

#[test]
fn artifacts_digests_come_out_as_the_reference_system_computed_them() {
    let table = include_str!("../../fixtures/reference/artifacts-digests.tsv");
    let all = toolpacks();
    let rows: Vec<(&str, &str)> =
        table.lines().filter(|l| !l.starts_with('#')).skip(1).filter_map(|l| l.split_once('\t')).collect();
    assert_eq!(rows.len(), 24 + 2);
    for (name, sha256) in rows {
        assert_eq!(computed(&all[name]), sha256, "{name}");
    }
}

#[test]
fn a_recorded_artifacts_digest_is_stale_exactly_where_the_pair_says_so() {
    let stale = ["02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "17", "19", "21"];
    for (name, files) in toolpacks().iter().filter(|(name, _)| *name != "dogfood") {
        let loaded = read(files);
        let recorded = lock(&loaded).artifacts_digest.clone().unwrap();
        let is_stale = name.get(..2).is_some_and(|pair| stale.contains(&pair));
        assert_eq!(recorded != computed(files), is_stale, "{name}");
    }
}

#[test]
fn artifacts_digest_vectors() {
    let vectors = parse("canonical.json", include_bytes!("../../fixtures/reference/canonical.json"));
    let cases = vectors.get("artifacts_digest").unwrap().items();
    assert!(cases.len() >= 5);
    for case in cases {
        let part = |name: &str| case.get(name).filter(|n| !n.is_null());
        let said = |name: &str| case.get(name).and_then(Node::as_text).unwrap();
        let made = tree(part("tools"), part("toolsets"), part("policy"));
        assert_eq!(cask::canon::json::canonical(&made), said("canonical"), "{}", said("name"));
        assert_eq!(digest::canonical_hex(&made), said("sha256"), "{}", said("name"));
    }
}

#[test]
fn snapshot_digests_come_out_as_recorded() {
    for (name, files) in toolpacks() {
        let loaded = read(&files);
        let Some(named) = lock(&loaded).snapshot.clone() else { panic!("{name} names a snapshot") };
        let frozen = load::frozen(&Tree::memory(files), &loaded);
        if ["demo", "dogfood"].contains(&&*name) {
            assert!(matches!(frozen, Snapshot::Missing(_)), "{name}: the copies are not kept");
            continue;
        }
        let Snapshot::Found { digests, digest, files } = frozen else { panic!("{name}: {frozen:?}") };
        let is_named = digest.ends_with(&named.digest);
        assert_eq!(is_named, name != "20-snapshot-digest-mismatch", "{name}");
        if is_named {
            let id = named.dir.split('/').find_map(|step| step.strip_prefix("appr_")).unwrap();
            assert!(named.digest.starts_with(id), "{name}");
        }
        let edited: BTreeSet<&str> =
            digests.files.iter().filter(|(n, was)| files.get(*n) != Some(was)).map(|(n, _)| &**n).collect();
        let expected: &[&str] = match &*name {
            "19-snapshot-copy-edited" => &["tools.json", "toolsets.yaml"],
            "20-snapshot-digest-mismatch" => &["tools.json"],
            _ => &[],
        };
        assert_eq!(edited, expected.iter().copied().collect(), "{name}");
    }
}

fn id16(text: &str) -> String {
    digest::sha256_hex(text.as_bytes())[..16].to_owned()
}

/// The reference system's ids of an endpoint, without and with its parameters.
fn v1_ids(method: &str, host: &str, path: &str, mut parameters: Vec<&str>) -> (String, String) {
    let method = method.to_uppercase();
    parameters.sort_unstable();
    (
        id16(&format!("{method}:{host}:{path}")),
        id16(&format!("{method}:{host}:{path}:{}", parameters.join(","))),
    )
}

#[test]
fn ids_of_version_1_come_out_as_recorded() {
    let vectors = parse("canonical.json", include_bytes!("../../fixtures/reference/canonical.json"));
    let mut endpoints: Vec<(String, Node)> = vec![];
    let of = |node: &Node| node.items().to_vec();
    let ids = vectors.get("ids").unwrap();
    endpoints.extend(of(ids.get("endpoints").unwrap()).into_iter().map(|n| ("vectors".into(), n)));
    for (name, files) in toolpacks().into_iter().filter(|(n, _)| n != "dogfood") {
        let baseline = parse("baseline.json", &files["artifact/baseline.json"]);
        endpoints.extend(of(baseline.get("endpoints").unwrap()).into_iter().map(|n| (name.clone(), n)));
    }
    assert!(endpoints.len() > 4 + 24 * 5);
    for (name, endpoint) in &endpoints {
        let said = |member: &str| endpoint.get(member).and_then(Node::as_text).unwrap();
        let parameters: Vec<&str> = endpoint
            .get("parameters")
            .unwrap()
            .items()
            .iter()
            .map(|p| p.as_text().or_else(|| p.get("name")?.as_text()).unwrap())
            .collect();
        let (stable, signature) = v1_ids(said("method"), said("host"), said("path"), parameters);
        assert_eq!((&*stable, &*signature), (said("stable_id"), said("signature_id")), "{name}");
    }
}

/// Per pair, what each entry of the lockfile is told as; the entries not named are told as the last one.
type Entries = &'static [(&'static str, &'static str)];
const TOLD: &[(&str, Entries, &str)] = &[
    ("01", &[], "sig.legacy-payload"),
    (
        "12",
        &[("create_order", "sig.invalid"), ("create_user", "sig.wrong-signer"), ("get_order", "sig.missing")],
        "sig.legacy-payload",
    ),
    ("13", &[], "sig.unknown-key"),
    ("14", &[("delete_user", "sig.unknown-key")], "sig.legacy-payload"),
    ("15", &[], "sig.legacy-payload"),
    ("16", &[], "sig.legacy-payload"),
    ("18", &[], "sig.legacy-payload"),
    ("22", &[("create_order", "gate.rejected-present")], "sig.legacy-payload"),
    ("23", &[], "sig.unknown-key"),
    ("24", &[], "sig.missing"),
];

#[test]
fn each_entry_of_a_lockfile_is_told_by_the_rule_that_fits() {
    let mut world = World::new();
    world.commit("main", None, &world.base_v1());
    for (pair, ..) in TOLD {
        let mut files = world.base_v1();
        files.extend(reference::under_pack(head_of(pair)));
        world.commit(pair, Some("main"), &files);
    }
    world.write();
    for (pair, some, rest) in TOLD {
        let told = world.judge(pair, "main");
        let mut by_tool: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for finding in told.report["findings"].as_array().unwrap() {
            if finding["subject"]["kind"] != "tool" {
                continue;
            }
            let reasons = finding["approval"]["reasons"].as_array().into_iter().flatten();
            let rules = std::iter::once(&finding["rule"]).chain(reasons).map(|r| r.as_str().unwrap());
            let of_entry = rules.filter(|r| r.starts_with("sig.") || *r == "gate.rejected-present");
            let name = finding["subject"]["name"].as_str().unwrap().to_owned();
            by_tool.entry(name).or_default().extend(of_entry.map(str::to_owned));
        }
        let loaded = read(&head_of(pair));
        let entries = &lock(&loaded).entries;
        assert!(entries.len() >= 6);
        for entry in entries {
            let rule = some.iter().find(|(name, _)| *name == entry.name).map_or(*rest, |(_, rule)| rule);
            assert_eq!(by_tool[&entry.name], BTreeSet::from([rule.to_owned()]), "{pair} {}", entry.name);
        }
        // None of it counts.
        assert!(told.rules.contains("gate.unapproved") && told.exit == 2, "{pair}");
    }
}

/// Runs a command in a folder; its exit code and what it printed.
fn run(cwd: &Path, command: impl FnOnce(&mut Ctx) -> cask::cmd::failed::Outcome) -> (u8, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut ctx = Ctx {
        out: &mut out,
        err: &mut err,
        now: reference::now(),
        env: &|_| None,
        names: &Vec::new,
        cwd: cwd.to_owned(),
        random: &|_| (),
        terminal: None,
        may_ask: false,
        attended: false,
        global: Global::default(),
    };
    let exit = command(&mut ctx).unwrap_or_else(|failed| panic!("{}", failed.0.message));
    (exit, String::from_utf8(out).unwrap())
}

fn write(at: &Path, files: &Files) {
    for (path, bytes) in files {
        let path = at.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

#[test]
fn the_dogfood_toolpack_without_a_trust_file_is_not_judged_and_lists_its_tools() {
    let dir = tempfile::tempdir().unwrap();
    let files = folder(&fixture("migrate/dogfood"));
    write(dir.path(), &files);
    let args = gate::check::Args {
        packs: PackArgs { toolpack: vec![PathBuf::from(".")], lockfile: None },
        ..Default::default()
    };
    let mut listed = BTreeSet::new();
    let (exit, _) = run(dir.path(), |ctx| {
        let place = packs::find(&args.packs, ctx)?;
        let report = gate::check::report("gate check", &place, &args, ctx)?;
        listed.extend(report.standings.iter().map(|s| s.subject.name.clone()));
        assert_eq!(report.error.as_ref().and_then(|e| e.rule).map(|r| r.id), Some("trust.root-missing"));
        Ok(report.exit_code())
    });
    assert_eq!(exit, 3);
    let tools = read(&files).pack.manifest.tools;
    assert!(tools.len() >= 5);
    assert_eq!(listed, tools.into_iter().map(|tool| tool.name).collect());
    let (exit, text) = run(dir.path(), |ctx| gate::check::run(args.clone(), ctx));
    assert!(exit == 3 && text.contains("trust.root-missing"), "{text}");
}

#[test]
fn the_dogfood_toolpack_is_compared_with_an_edited_copy() {
    let dir = tempfile::tempdir().unwrap();
    let files = folder(&fixture("migrate/dogfood"));
    let mut edited = files.clone();
    let text = String::from_utf8(files["artifact/tools.json"].clone()).unwrap();
    let name = read(&files).pack.manifest.tools[0].name.clone();
    let host = text.replacen("\"api.github.com\"", "\"api.github.evil.example\"", 2);
    assert_ne!(host, text);
    edited.insert("artifact/tools.json".into(), host.into_bytes());
    write(&dir.path().join("base"), &files);
    write(&dir.path().join("head"), &edited);
    let compare = |head: &str| {
        let args = diff::Args {
            packs: PackArgs { toolpack: vec![PathBuf::from(head)], lockfile: None },
            base: Some("base".into()),
            report: ReportArgs {
                format: Some("json".into()),
                fail_on: Some(FailOn::Any),
                ..Default::default()
            },
            ..Default::default()
        };
        let (exit, text) = run(dir.path(), |ctx| diff::run(args, ctx));
        let report: serde_json::Value = serde_json::from_str(&text).unwrap();
        let rules: Vec<(String, String)> = report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|f| {
                let text = |v: &serde_json::Value| v.as_str().unwrap().to_owned();
                (text(&f["rule"]), text(&f["subject"]["name"]))
            })
            .collect();
        (exit, rules)
    };
    assert_eq!(compare("base"), (0, vec![]));
    let (exit, rules) = compare("head");
    assert_eq!(exit, 2);
    assert!(rules.contains(&("host.registrable-domain-changed".into(), name)), "{rules:?}");
}
