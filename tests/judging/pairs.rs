//! The pairs of the reference system, as they are and migrated: each gives the exit code and exactly the rules
//! that fixtures/reference/pairs.tsv foretells.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};

use cask::model::lockfile::{Decision, Status};

use crate::{reference, sign_v2};

use reference::{Files, Row, World, head_of, table};

const SIGNED: &str = "2026-11-30T12:00:00Z";
const LATER: &str = "2026-12-01T06:00:00Z";

/// Compares every row of a mode with what `cask ci` says.
fn compare(world: &World, rows: &[Row]) {
    let mut wrong = Vec::new();
    for row in rows {
        let told = world.judge(&row.branch(), &row.base());
        let (more, fewer): (BTreeSet<_>, BTreeSet<_>) = (
            told.rules.difference(&row.rules).cloned().collect(),
            row.rules.difference(&told.rules).cloned().collect(),
        );
        if told.exit != row.exit || !more.is_empty() || !fewer.is_empty() {
            wrong.push(format!(
                "{} {}: exit {} (foretold {}), beyond the table {more:?}, missing {fewer:?}\n{}",
                row.pair, row.mode, told.exit, row.exit, told.text
            ));
        }
    }
    assert!(wrong.is_empty(), "{} rows differ\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_table_foretells_every_pair_in_both_modes() {
    let rows = table();
    for pair in 1..=24 {
        for mode in ["a", "b"] {
            let found = rows.iter().filter(|r| r.pair == format!("{pair:02}") && r.mode == mode).count();
            assert_eq!(found, 1, "pair {pair:02}, mode {mode}");
        }
    }
}

#[test]
fn pairs_of_version_1_are_told_and_never_count() {
    let mut world = World::new();
    world.commit("main", None, &world.base_v1());
    let rows: Vec<Row> = table().into_iter().filter(|r| r.mode == "a").collect();
    for row in &rows {
        let mut files = world.base_v1();
        files.extend(reference::under_pack(head_of(&row.pair)));
        world.commit(&row.branch(), Some("main"), &files);
    }
    world.write();
    compare(&world, &rows);
}

#[test]
fn the_same_changes_of_signed_toolpacks_are_told_by_the_rule_of_each() {
    let mut world = World::new();
    let rows: Vec<Row> = table().into_iter().filter(|r| r.mode.starts_with('b')).collect();
    for row in &rows {
        let base = world.base_v2(&row.pair);
        if !world.has(&row.base()) {
            world.commit(&row.base(), None, &base.files());
        }
        let head = edited(&base, &row.pair, &row.mode);
        world.commit(&row.branch(), Some(&row.base()), &head);
    }
    world.write();
    compare(&world, &rows);
}

/// What the head of a pair does to the signed base.
fn edited(base: &reference::Signed, pair: &str, mode: &str) -> Files {
    let mut head = base.head(pair);
    let root = base.trust.root().to_owned();
    match (pair, mode) {
        ("04", "b-unsigned") => {
            sign_v2::sign_surface(&mut head.lock, &head.pack, &root, &sign_v2::Act::approves("alice", LATER))
        }
        ("04", _) => {
            sign_v2::sign_surface(&mut head.lock, &head.pack, &root, &sign_v2::Act::approves("alice", LATER));
            head.withdraw("get_order", base, "alice", LATER);
        }
        ("12", _) => {
            let widened = ["high_risk", "operator", "readonly", "write_ops"].map(str::to_owned);
            let entry = head.entry("create_order");
            entry.risk_tier = cask::model::risk::RiskTier::Safe;
            entry.toolsets = widened.to_vec();
            entry.approvals[0].approved_toolsets = widened.to_vec();
            head.entry("create_user").approvals[0].signer = "carol".into();
            head.entry("get_order").approvals.clear();
        }
        ("13", _) => {
            let act =
                sign_v2::Act { signer: "alice", key: "mallory", decision: Decision::Approve, at: LATER };
            sign_v2::sign_all(&mut head.lock, &head.pack, &root, &act);
        }
        ("14", _) => {
            let act = sign_v2::Act::approves("mallory", LATER);
            head.approve("delete_user", &root, &act);
            sign_v2::sign_surface(&mut head.lock, &head.pack, &root, &act);
            let signers = ["mallory", "eve"].map(sign_v2::owner).to_vec();
            head.trust = sign_v2::trust(Some(&base.trust), LATER, signers, &["mallory"]).0;
        }
        ("15", _) => {
            let signers =
                vec![sign_v2::revoked("alice", LATER), sign_v2::owner("bob"), sign_v2::owner("carol")];
            head.trust = sign_v2::trust(Some(&base.trust), LATER, signers, &["bob"]).0;
        }
        ("16", _) => {
            head.approve("get_products", &root, &sign_v2::Act::approves("alice", LATER));
            let signers = ["alice", "bob", "carol"].map(sign_v2::owner).to_vec();
            let by = if mode == "b-signed" { "bob" } else { "alice" };
            head.trust = sign_v2::trust(Some(&base.trust), LATER, signers, &[by]).0;
        }
        ("18", _) => {
            head.lock = base.lock.clone();
            let now = head.subject("get_users").digest;
            head.entry("get_users").digest = now;
        }
        ("19", _) => {
            for name in ["tools.json", "toolsets.yaml"] {
                let copied = head.files[&format!("{}/artifact/{name}", reference::PACK)].clone();
                head.files.insert(format!("{}/snapshot/{name}", reference::PACK), copied);
            }
        }
        ("20", _) => {
            let path = format!("{}/snapshot/digests.json", reference::PACK);
            let text = String::from_utf8(head.files[&path].clone()).unwrap();
            let digest = base.digests.as_ref().unwrap().files["tools.json"].sha256.clone();
            head.files.insert(path, text.replace(&digest, &"0".repeat(64)).into_bytes());
        }
        ("22", _) => head.reject("create_order", &root, "alice", LATER),
        ("23", _) => {
            let names: Vec<String> = head.lock.tools.values().map(|e| e.name.clone()).collect();
            for name in names {
                let signer = if name == "create_order" { "cto@example.com" } else { "alice" };
                let act = sign_v2::Act { signer, key: "mallory", decision: Decision::Approve, at: SIGNED };
                head.approve(&name, &root, &act);
            }
            let entry = head.entry("create_order");
            entry.path = "/collect".into();
            entry.host = "evil.example".into();
            let signers = ["alice", "bob", "carol", "mallory"].map(sign_v2::owner).to_vec();
            head.trust = sign_v2::trust(Some(&base.trust), LATER, signers, &["mallory"]).0;
        }
        ("24", _) => {
            head.lock.surface.approvals.clear();
            head.lock.tools.values_mut().for_each(|e| e.approvals.clear());
        }
        _ => {}
    }
    head.into_files()
}

/// A revocation that comes into force with the merge: everything that the key approved ends, by name.
#[test]
fn a_revocation_lists_every_approval_that_it_ends() {
    let mut world = World::new();
    let base = world.base_v2("15");
    world.commit("main", None, &base.files());
    world.commit("15-b", Some("main"), &edited(&base, "15", "b"));
    world.write();
    let told = world.judge("15-b", "main");
    let findings = told.report["findings"].as_array().unwrap();
    let ends = findings.iter().find(|f| f["rule"] == "trust.after-merge").unwrap();
    let named: BTreeSet<&str> =
        ends["before"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    let mut expected: BTreeSet<&str> = base.lock.tools.values().map(|e| e.name.as_str()).collect();
    expected.insert("(surface)");
    assert_eq!(named, expected);
}

/// Without a base to ask, what migration left of old approvals is stale and not forged.
#[test]
fn approvals_of_an_earlier_state_are_told_as_such_where_no_base_is_asked() {
    let world = World::new();
    let base = world.base_v2("07");
    let mut head = base.head("07");
    for (name, rule) in [("get_order", Some("gate.definition-mismatch")), ("get_users", None)] {
        let (subject, entry) = (head.subject(name), head.entry(name).clone());
        let verdict = reference::verify_alone(&base.trust, &head.pack, &subject, &entry);
        let told: Vec<&str> = verdict.refusals.iter().map(|r| r.rule.id).collect();
        assert_eq!(told, Vec::from_iter(rule), "{name}");
        assert_eq!(entry.status == Status::Approved, rule.is_none(), "{name}");
    }
}

/// Each mode-b base, before any edit, is green: what a row tells comes from its edit.
#[test]
fn the_signed_bases_are_green() {
    let mut world = World::new();
    let mut bases: BTreeMap<String, Files> = BTreeMap::new();
    for row in table().into_iter().filter(|r| r.mode == "b") {
        bases.entry(row.base()).or_insert_with(|| world.base_v2(&row.pair).files());
    }
    for (name, files) in &bases {
        world.commit(name, None, files);
        world.commit(&format!("{name}-again"), Some(name), files);
    }
    world.write();
    for name in bases.keys() {
        let told = world.judge(&format!("{name}-again"), name);
        assert_eq!((told.exit, &told.rules), (0, &BTreeSet::new()), "{name}\n{}", told.text);
    }
}
