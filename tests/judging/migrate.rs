//! From version 1 to version 2 over toolpacks that the reference system wrote: what is written reads back
//! strictly, digests what it was computed from, pairs with what it came from, and changes only where the
//! source changed.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod in_place;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cask::canon::time::Timestamp;
use cask::canon::{FaultKind, Node};
use cask::cmd::ctx::{Ctx, Global};
use cask::cmd::migrate as command;
use cask::compare::keyed::Keyed;
use cask::diff::Pair;
use cask::io::load::{self, Loaded};
use cask::io::tree::Tree;
use cask::migrate::{self, Migrated};
use cask::model::lockfile::{AnyLockfile, Status};
use cask::model::risk::RiskTier;
use cask::model::schema_version::Generation;
use cask::sign::subject;

const ALL: [&str; 8] = [
    "base",
    "02-additive-tool",
    "03-new-write-tool",
    "08-parameter-change",
    "18-repointed-tool",
    "22-blocked-tool",
    "demo",
    "dogfood",
];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/migrate").join(name)
}

/// The files of a fixture, by path.
fn files(name: &str) -> BTreeMap<String, Vec<u8>> {
    files_in(&folder(name))
}

/// The files of a folder, by path; the lock files of a command apart.
fn files_in(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut todo = vec![dir.to_owned()];
    while let Some(at) = todo.pop() {
        for entry in std::fs::read_dir(&at).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => todo.push(path),
                false => {
                    let rel = path.strip_prefix(dir).unwrap().to_str().unwrap().replace('\\', "/");
                    all.insert(rel, std::fs::read(&path).unwrap());
                }
            }
        }
    }
    all.retain(|path, _| !path.ends_with(".lock.yaml.lock"));
    all
}

fn read(files: BTreeMap<String, Vec<u8>>) -> Loaded {
    load::toolpack(&Tree::memory(files), "toolpack.yaml").unwrap()
}

fn migrated(name: &str) -> Migrated {
    let v1 = read(files(name));
    migrate::toolpack(&v1.pack, v1.lock.as_ref()).unwrap()
}

/// What a folder holds once a migration is written into it.
fn written(name: &str, made: &Migrated) -> BTreeMap<String, Vec<u8>> {
    let mut all = files(name);
    for (path, text) in &made.files {
        all.insert(path.clone(), text.clone().into_bytes());
    }
    all.insert(made.lock_path().to_owned(), made.lock_text().into_bytes());
    all
}

/// The fixture with a text of one file replaced.
fn with(name: &str, path: &str, from: &str, to: &str) -> Loaded {
    let mut all = files(name);
    let text = String::from_utf8(all[path].clone()).unwrap();
    assert!(text.contains(from), "{path} holds no {from:?}");
    all.insert(path.to_owned(), text.replacen(from, to, 1).into_bytes());
    read(all)
}

fn tools(made: &Migrated) -> BTreeMap<&str, &Node> {
    made.pack.manifest.tools.iter().map(|tool| (tool.name.as_str(), &tool.raw)).collect()
}

fn notes(made: &Migrated) -> String {
    made.notes.iter().map(|note| note.plain() + "\n").collect()
}

#[test]
fn what_is_written_reads_back_strictly_and_has_the_digests_it_was_given() {
    for name in ALL {
        let made = migrated(name);
        let again = read(written(name, &made));
        assert_eq!(again.pack.header.generation, Generation::V2, "{name}");
        assert_eq!(again.pack.baseline.generation, Generation::V2, "{name}");
        let digests = subject::digests(&again.pack).unwrap();
        assert_eq!(digests, subject::digests(&made.pack).unwrap(), "{name}");
        let lock = again.lock.unwrap();
        let lock = lock.v2().unwrap();
        assert_eq!(lock, &made.lock, "{name}");
        assert_eq!(lock.surface.digest, digests.surface, "{name}");
        let in_lock: BTreeMap<_, _> =
            lock.tools.iter().map(|(id, e)| (id.clone(), e.digest.clone())).collect();
        assert_eq!(in_lock, digests.tools, "{name}");
        assert!(again.pack.manifest.tools.is_sorted_by(|a, b| a.name < b.name), "{name}");
    }
}

#[test]
fn a_migration_is_a_function_of_the_files() {
    for name in ALL {
        let (one, two) = (migrated(name), migrated(name));
        assert_eq!((one.lock_text(), one.files), (two.lock_text(), two.files), "{name}");
    }
}

#[test]
fn where_and_when_it_was_captured_is_not_in_what_is_written() {
    let mut all = files("base");
    for bytes in all.values_mut() {
        let text = String::from_utf8(bytes.clone()).unwrap();
        *bytes = text
            .replace("cap_ref_base", "cap_other")
            .replace("2026-01-01T12:00:00+00:00", "2027-02-02T00:00:00+00:00")
            .into_bytes();
    }
    let v1 = read(all);
    let made = migrate::toolpack(&v1.pack, v1.lock.as_ref()).unwrap();
    assert_eq!(made.files, migrated("base").files);
}

#[test]
fn nothing_is_approved_by_the_move_and_who_approved_is_kept_as_a_note() {
    let made = migrated("base");
    for entry in made.lock.tools.values() {
        assert_eq!((entry.status, entry.approvals.len()), (Status::Pending, 0));
        let note = entry.legacy.as_ref().unwrap();
        assert_eq!(
            (note.name.as_str(), note.approved_by.as_str()),
            (entry.name.as_str(), "reviewer@example.com")
        );
        assert!(note.signature.starts_with("ed25519:"));
    }
    assert_eq!((made.lock.surface.status, made.lock.surface.risk_tier), (Status::Pending, RiskTier::Medium));
    // Its v1 key changed with a parameter; who approved the former state is still told.
    let changed = migrated("08-parameter-change");
    let entry = &changed.lock.tools["d4e26d1d6f53c39f"];
    assert_eq!(entry.legacy.as_ref().map(|n| n.id.as_str()), Some("8c81e6cb61036fa7"));
    let blocked = migrated("22-blocked-tool");
    assert!(notes(&blocked).contains("was rejected and is pending now"), "{}", notes(&blocked));
    let refused =
        blocked.lock.tools.values().filter_map(|e| e.legacy.as_ref()).find(|n| n.status == "rejected");
    assert_eq!(refused.map(|n| n.reason.as_str()), Some("not needed"));
}

#[test]
fn ids_are_those_of_the_v1_endpoints_and_earlier_keys_are_aliases() {
    for name in ALL {
        let v1 = read(files(name));
        let made = migrated(name);
        for tool in &v1.pack.manifest.tools {
            let now = made.pack.manifest.tools.iter().find(|t| t.name == tool.name).unwrap();
            assert_eq!((&now.id, &now.identity), (&tool.identity, &tool.identity), "{name}");
            assert_eq!(now.aliases, std::slice::from_ref(&tool.id), "{name}");
            let operation = made.pack.baseline.operation(&now.identity).unwrap();
            assert_eq!(operation.get("aliases"), now.raw.get("aliases"), "{name}");
        }
    }
}

#[test]
fn another_tool_changes_nothing_about_the_others() {
    let base = migrated("base");
    let of = |made: &Migrated| subject::digests(&made.pack).unwrap();
    for (name, new) in [
        ("02-additive-tool", Some("get_product")),
        ("03-new-write-tool", Some("create_refund")),
        ("08-parameter-change", None),
    ] {
        let head = migrated(name);
        let (was, now) = (tools(&base), tools(&head));
        let changed: BTreeSet<&str> = now
            .iter()
            .filter(|(tool, raw)| {
                was.get(*tool).map(|r| r.without(&["depends_on"])) != Some(raw.without(&["depends_on"]))
            })
            .map(|(tool, _)| *tool)
            .collect();
        assert_eq!(changed, BTreeSet::from([new.unwrap_or("get_products")]), "{name}");
        for (id, digest) in of(&base).tools {
            let same = of(&head).tools.get(&id) == Some(&digest);
            assert_eq!(same, base.lock.tools[&id].name != "get_products" || new.is_some(), "{name} {id}");
        }
        // A tool that nobody guards leaves the surface as it was (contracts.yaml, which is signed as a
        // whole, taken from the base).
        let mut same = files(name);
        same.extend(files("base").remove_entry("artifact/contracts.yaml"));
        let same = migrate::toolpack(&read(same).pack, None).unwrap();
        assert_eq!(of(&base).surface == of(&same).surface, name != "03-new-write-tool", "{name}");
    }
}

/// Lines that only one of two texts has, each with the block that it stands in: the nearest line above that
/// begins with `opens`.
fn differing<'a>(was: &'a str, now: &'a str, opens: &str) -> Vec<(&'a str, &'a str)> {
    let (was, now): (Vec<&str>, Vec<&str>) = (was.lines().collect(), now.lines().collect());
    let ops = similar::capture_diff_slices(similar::Algorithm::Myers, &was, &now);
    let block = |lines: &[&'a str], at: usize| {
        lines[..=at].iter().rev().find(|line| line.starts_with(opens)).copied().unwrap_or_default()
    };
    let mut found = Vec::new();
    for op in ops.iter().filter(|op| op.tag() != similar::DiffTag::Equal) {
        found.extend(op.old_range().map(|at| (was[at], block(&was, at))));
        found.extend(op.new_range().map(|at| (now[at], block(&now, at))));
    }
    found
}

#[test]
fn only_the_lines_of_the_changed_tool_differ() {
    let base = migrated("base");
    for (name, tool, call, new) in [
        ("02-additive-tool", "get_product", "/v1/products/{id} GET", true),
        ("03-new-write-tool", "create_refund", "/v1/refunds POST", true),
        ("08-parameter-change", "get_products", "/v1/products GET", false),
    ] {
        let head = migrated(name);
        let of = |path: &str, opens: &str| differing(&base.files[path], &head.files[path], opens);
        let mut own = 0;
        for (line, block) in of("artifact/tools.json", "   \"name\": ") {
            // A new tool is a new source for others: unsigned, one line each.
            let edge = new && (line.contains("\"depends_on\"") || line.starts_with("    {\"tool\": "));
            let brace = matches!(line, "  {" | "  }," | "   ]" | "   ],");
            assert!(edge || brace || block.contains(&format!("\"{tool}\"")), "{name}: {block} {line}");
            own += usize::from(!edge && !brace);
        }
        assert!(own > 0, "{name}");
        for (line, block) in of("artifact/baseline.json", "  \"api.example.com") {
            let brace = matches!(line, "  },");
            assert!(brace || block.contains(&format!("{call}\"")), "{name}: {block} {line}");
        }
        for (line, _) in of("artifact/toolsets.yaml", "  ") {
            assert!(new && (line.ends_with(tool) || line.starts_with("    actions:")), "{name}: {line}");
        }
        assert_eq!(of("artifact/policy.yaml", ""), []);
        assert_eq!(of("toolpack.yaml", ""), []);
    }
}

#[test]
fn hints_leave_the_text_and_become_edges() {
    let made = migrated("base");
    let tools = tools(&made);
    let order = tools["get_order"];
    assert_eq!(
        order.get("description").and_then(Node::as_text),
        Some(
            "Use this to browse or manage commerce data. Retrieve an order by {id}. Returns: amount, id, state"
        )
    );
    let edges = order.get("depends_on").unwrap().items();
    assert_eq!(edges.len(), 5);
    assert!(edges.iter().all(|e| e.get("field").and_then(Node::as_text) == Some("id")));
    assert!(
        edges.iter().all(|e| made
            .pack
            .manifest
            .tool(e.get("tool").and_then(Node::as_text).unwrap())
            .is_some())
    );
    // product_id comes from an id: a guess by name.
    let guess = &tools["create_order"].get("depends_on").unwrap().items()[0];
    assert_eq!(guess.get("confidence"), Some(&Node::int(60)));
    for raw in tools.values() {
        assert_eq!(raw.get("enables"), None);
    }
}

#[test]
fn arguments_go_where_they_went() {
    let made = migrated("base");
    let tools = tools(&made);
    let place = |tool: &str, name: &str| {
        tools[tool].get("inputs").unwrap().get(name).unwrap().as_text().unwrap().to_owned()
    };
    assert_eq!(place("get_order", "id"), "path.id");
    assert_eq!(place("get_products", "limit"), "query.limit");
    assert_eq!(place("create_order", "qty"), "body./qty");
    assert_eq!(tools["get_order"].get("output").and_then(Node::as_text), Some("200 application/json"));
    assert_eq!(tools["create_order"].get("output").and_then(Node::as_text), Some("201 application/json"));
}

#[test]
fn tiers_are_kept_and_only_raised_with_a_note() {
    for name in ALL {
        let v1 = read(files(name));
        let made = migrated(name);
        for tool in &v1.pack.manifest.tools {
            let now = made.pack.manifest.tools.iter().find(|t| t.name == tool.name).unwrap();
            assert!(now.tier >= tool.tier, "{name} {}", tool.name);
            let told = notes(&made).contains(&format!("the tier of {} rises", tool.name));
            assert_eq!(told, now.tier > tool.tier, "{name} {}", tool.name);
            assert!(!now.raw.get("risk_reasons").unwrap().items().is_empty());
            // What a verifier will find in the written files is never more than what they say.
            let found = cask::compare::tier::of_tool(&made.pack, now);
            assert!(found.tier <= now.tier && Some(found.effect) == now.effect, "{name} {}", tool.name);
        }
    }
    // The tool that now calls another host is seen to.
    let moved = migrated("18-repointed-tool");
    assert!(notes(&moved).contains("the tier of get_users rises from safe to medium"), "{}", notes(&moved));
}

#[test]
fn a_v1_base_pairs_with_a_v2_head_and_nothing_came_or_went() {
    for name in ALL {
        let v1 = read(files(name)).pack;
        let made = migrated(name);
        let pair = Pair::new(Some(&v1), Some(&made.pack)).unwrap();
        assert_eq!(pair.tools().len(), v1.manifest.tools.len(), "{name}");
        assert!(pair.tools().iter().all(|tool| matches!(tool, Keyed::Both(..))), "{name}");
        assert_eq!(pair.renamed().count(), 0, "{name}");
    }
    // Also where only the head was migrated and a parameter changed in between.
    let (was, now) = (read(files("base")).pack, migrated("08-parameter-change").pack);
    let pair = Pair::new(Some(&was), Some(&now)).unwrap();
    assert!(pair.tools().iter().all(|tool| matches!(tool, Keyed::Both(..))));
}

#[test]
fn the_base_is_written_in_the_layout_of_the_format() {
    let made = migrated("base");
    for (path, golden) in [
        ("toolpack.yaml", include_str!("../../fixtures/migrate/base.expect/toolpack.yaml")),
        ("artifact/tools.json", include_str!("../../fixtures/migrate/base.expect/artifact/tools.json")),
        ("artifact/toolsets.yaml", include_str!("../../fixtures/migrate/base.expect/artifact/toolsets.yaml")),
        ("artifact/policy.yaml", include_str!("../../fixtures/migrate/base.expect/artifact/policy.yaml")),
        ("artifact/baseline.json", include_str!("../../fixtures/migrate/base.expect/artifact/baseline.json")),
    ] {
        if std::env::var_os("BLESS").is_some() {
            let to = folder("base.expect").join(path);
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::write(to, &made.files[path]).unwrap();
        } else {
            assert_eq!(made.files[path], golden, "{path}");
        }
    }
    assert_eq!(made.lock_path(), "lockfile/caskmcp.lock.yaml");
}

#[test]
fn version_2_and_half_of_it_are_refused() {
    let made = migrated("base");
    let again = read(written("base", &made));
    let fault = migrate::toolpack(&again.pack, again.lock.as_ref()).unwrap_err();
    assert!(fault.message.contains("nothing to do"), "{fault}");
    let mut half = files("base");
    half.insert("artifact/policy.yaml".to_owned(), made.files["artifact/policy.yaml"].clone().into_bytes());
    let half = read(half);
    let fault = migrate::toolpack(&half.pack, None).unwrap_err();
    assert_eq!(fault.file, "artifact/policy.yaml");
}

#[test]
fn over_a_v2_base_what_the_base_has_stays() {
    let mut base = migrated("base").lock;
    let approval: cask::model::lockfile::Approval = serde_json::from_value(serde_json::json!({
        "signer": "alice", "key_id": "683f3e2a3a70957c", "decision": "approve", "risk_tier": "safe",
        "approved_toolsets": ["operator"], "signed_at": "2026-11-22T09:14:03Z", "expires_at": null,
        "reason": "", "signature": "x"
    }))
    .unwrap();
    for entry in base.tools.values_mut() {
        entry.approvals = vec![approval.clone()];
        entry.status = Status::Approved;
    }
    let gone = base.tools.values().next().cloned().unwrap();
    base.tools.insert("0000000000000000".to_owned(), gone);

    let head = read(files("08-parameter-change"));
    let made = migrate::onto(&head.pack, head.lock.as_ref(), Some(&base)).unwrap();
    for (id, entry) in &made.lock.tools {
        assert_eq!(entry.approvals, std::slice::from_ref(&approval), "{id}");
        let changed = entry.name == "get_products" && id != "0000000000000000";
        assert_eq!(entry.status, if changed { Status::Pending } else { Status::Approved }, "{}", entry.name);
    }
    assert!(made.lock.tools.contains_key("0000000000000000"), "gate sync makes its tombstone");
    let fresh = read(files("02-additive-tool"));
    let made = migrate::onto(&fresh.pack, None, Some(&base)).unwrap();
    let new = made.lock.tools.values().find(|e| e.name == "get_product").unwrap();
    assert_eq!((new.status, new.approvals.len()), (Status::Pending, 0));
}

#[test]
fn a_v2_lockfile_over_v1_artifacts_follows_its_tools() {
    let v1 = read(files("base"));
    let mut lock = migrated("base").lock;
    // As such a lockfile is keyed: by the v1 ids.
    lock.tools = v1
        .pack
        .manifest
        .tools
        .iter()
        .map(|tool| (tool.id.clone(), lock.tools[&tool.identity].clone()))
        .collect();
    let lock = AnyLockfile::V2(Box::new(lock), Node::null());
    let made = migrate::toolpack(&v1.pack, Some(&lock)).unwrap();
    assert_eq!(made.lock.tools.len(), 6);
    assert!(v1.pack.manifest.tools.iter().all(|tool| made.lock.tools.contains_key(&tool.identity)));
}

#[test]
fn what_version_2_does_not_know_is_told() {
    let v1 = with("base", "artifact/policy.yaml", "audit_all: true", "audit_all: true\nsurprise: 1");
    let made = migrate::toolpack(&v1.pack, None).unwrap();
    assert!(notes(&made).contains("artifact/policy.yaml /surprise is dropped"), "{}", notes(&made));
    let v1 = with("base", "toolpack.yaml", "scope:", "surprise: 1\nscope:");
    let made = migrate::toolpack(&v1.pack, None).unwrap();
    assert!(notes(&made).contains("toolpack.yaml /surprise is dropped"));
    // In an action it may be something that a server acts on: it stays in the digest.
    let v1 =
        with("base", "artifact/tools.json", r#""id": "get_order","#, r#""id": "get_order", "surprise": 1,"#);
    let made = migrate::toolpack(&v1.pack, None).unwrap();
    assert_eq!(tools(&made)["get_order"].get("surprise"), Some(&Node::int(1)));
    assert_ne!(subject::digests(&made.pack).unwrap(), subject::digests(&migrated("base").pack).unwrap());
}

#[test]
fn nothing_smuggled_into_v1_begins_to_act() {
    let evil = r#""id": "get_order", "kind": "mcp", "effect": "read", "risk_override": {"tier": "safe"},
        "inputs": {"id": "body./x"}, "enriched": true,"#;
    let v1 = with("base", "artifact/tools.json", r#""id": "get_order","#, evil);
    let made = migrate::toolpack(&v1.pack, None).unwrap();
    assert_eq!(made.files["artifact/tools.json"], migrated("base").files["artifact/tools.json"]);
    assert!(notes(&made).contains("/actions/0/risk_override is dropped"), "{}", notes(&made));
}

#[test]
fn what_cannot_be_mapped_is_a_fault_with_its_place() {
    for (path, from, to, pointer) in [
        (
            "artifact/baseline.json",
            r#""auth_type": "bearer""#,
            r#""auth_type": "magic""#,
            "/endpoints/0/auth_type",
        ),
        (
            "artifact/baseline.json",
            r#""location": "path""#,
            r#""location": "void""#,
            "/endpoints/0/parameters/0/location",
        ),
        (
            "artifact/baseline.json",
            r#""path": "/v1/products""#,
            r#""path": "/v1/orders/{id}""#,
            "/endpoints/1",
        ),
        (
            "artifact/baseline.json",
            "        200\n",
            "        \"ok\"\n",
            "/endpoints/0/response_status_codes/0",
        ),
        (
            "artifact/baseline.json",
            "\"response_status_codes\": [\n        200\n      ]",
            "\"response_status_codes\": 200",
            "/endpoints/0/response_status_codes",
        ),
        (
            "artifact/tools.json",
            r#""type": "string""#,
            r#""properties": 5"#,
            "/actions/0/input_schema/properties/id/properties",
        ),
        ("artifact/tools.json", r#""name": "get_users""#, r#""name": "get_user""#, "/actions/3/name"),
    ] {
        let mut all = files("base");
        let text = String::from_utf8(all[path].clone()).unwrap();
        assert!(text.contains(from), "{path} holds no {from:?}");
        all.insert(path.to_owned(), text.replacen(from, to, 1).into_bytes());
        all.insert("artifact/toolsets.yaml".to_owned(), b"schema_version: '1.0'\ntoolsets: {}\n".to_vec());
        let fault = migrate::toolpack(&read(all).pack, None).unwrap_err();
        assert_eq!((fault.file.as_str(), fault.pointer.as_str()), (path, pointer), "{fault}");
        assert_eq!(fault.kind, FaultKind::Content);
        assert!(fault.line > 0, "{fault}");
    }
}

#[test]
fn two_operations_of_one_graphql_endpoint_have_ids_of_their_own() {
    let from = r#""id": "create_order","#;
    let to = r#""id": "create_order", "graphql_operation_name": "CreateOrder", "graphql_operation_type": "mutation",
        "fixed_body": {"operationName": "CreateOrder"},"#;
    let v1 = with("base", "artifact/tools.json", from, to);
    let made = migrate::toolpack(&v1.pack, None).unwrap();
    let tool = made.pack.manifest.tools.iter().find(|t| t.name == "create_order").unwrap();
    assert_ne!(tool.id, "92e64fca56c88a21");
    assert_eq!(tool.aliases, ["30e8feb3e3b3b421"]);
    let entry = made.pack.baseline.entry(&tool.id).unwrap();
    assert_eq!(entry.pointer, "/operations/api.example.com~1v1~1orders POST/graphql/CreateOrder");
    assert!(made.pack.baseline.entry("92e64fca56c88a21").is_some());
    assert_eq!(tool.graphql_type.as_deref(), Some("mutation"));
}

/// Every pointer of a tree down to a depth.
fn pointers(node: &Node, at: &str, depth: usize, all: &mut Vec<String>) {
    all.push(at.to_owned());
    if depth == 0 {
        return;
    }
    for (key, value) in node.members() {
        pointers(value, &format!("{at}/{}", cask::canon::node::pointer_step(key)), depth - 1, all);
    }
    if let Some(first) = node.items().first() {
        pointers(first, &format!("{at}/0"), depth - 1, all);
    }
}

#[test]
fn whatever_stands_in_a_file_it_is_migrated_or_refused_with_its_file() {
    let limits = cask::canon::Limits::new(1 << 20);
    let (mut made, mut refused) = (0, 0);
    for path in ["artifact/tools.json", "artifact/baseline.json"] {
        let all = files("base");
        let tree = cask::canon::read_json::read_json(path, &all[path], &limits).unwrap();
        let mut places = Vec::new();
        pointers(&tree, "", 4, &mut places);
        for place in places {
            for value in ["null", "5", "\"x\"", "[]", "{\"$ref\": \"#/$defs/A\"}"] {
                let value = cask::canon::read_json::read_json("v", value.as_bytes(), &limits).unwrap();
                let mut changed: serde_json::Value = serde_json::from_slice(&all[path]).unwrap();
                let Some(slot) = changed.pointer_mut(&place) else { continue };
                *slot = serde_json::from_str(&cask::canon::json::compact(&value)).unwrap();
                let mut some = all.clone();
                some.insert(path.to_owned(), serde_json::to_vec(&changed).unwrap());
                let Ok(v1) = load::toolpack(&Tree::memory(some.clone()), "toolpack.yaml") else { continue };
                match migrate::toolpack(&v1.pack, v1.lock.as_ref()) {
                    Err(fault) => {
                        assert!(fault.file.starts_with("artifact/"), "{place}: {fault}");
                        refused += 1;
                    }
                    Ok(m) => {
                        for (path, text) in &m.files {
                            some.insert(path.clone(), text.clone().into_bytes());
                        }
                        let again = read(some);
                        assert_eq!(
                            subject::digests(&again.pack).unwrap(),
                            subject::digests(&m.pack).unwrap(),
                            "{place}"
                        );
                        made += 1;
                    }
                }
            }
        }
    }
    assert!(made > 50 && refused > 20, "{made} made, {refused} refused");
}
