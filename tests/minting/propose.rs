//! Candidates for tools out of captures, and drafts of what agents were denied, by the real program: the same bytes for
//! the same capture, no value of anybody's, nothing approved by any of it.
#![cfg(unix)]

use crate::{served_shop, session, support, upstream};

use std::collections::BTreeMap;
use std::path::Path;

use cask::enforce::audit::record::{Decision, Record, What};
use cask::enforce::reason::ReasonCode;
use cask::io::audit_log::{AuditLog, Durability, MAX_BYTES};
use serde_json::{Value, json};
use served_shop::{PACK, Shop};
use session::Session;
use support::Place;
use upstream::Upstream;

const HOSTS: [&str; 2] = ["-a", "*.shop.example.com"];
const FILES: [&str; 3] = ["endpoint_catalog.yaml", "questions.yaml", "tools.proposed.yaml"];

fn har(entries: &[Value]) -> String {
    json!({"log": {"version": "1.2", "creator": {"name": "t", "version": "1"}, "entries": entries}})
        .to_string()
}

/// A call and its answer.
fn call(method: &str, path: &str, status: u16, body: Option<Value>) -> Value {
    let mut request = json!({"method": method, "url": format!("https://api.shop.example.com{path}"),
        "httpVersion": "HTTP/2", "headers": [], "queryString": [], "cookies": [], "headersSize": -1, "bodySize": 0});
    if let Some(body) = body {
        request["postData"] = json!({"mimeType": "application/json", "text": body.to_string()});
    }
    json!({"startedDateTime": "2026-03-05T09:00:00.000Z", "time": 10, "request": request,
        "response": {"status": status, "statusText": "", "httpVersion": "HTTP/2", "cookies": [], "redirectURL": "",
            "headers": [{"name": "Content-Type", "value": "application/json"}], "headersSize": -1, "bodySize": 0,
            "content": {"size": 2, "mimeType": "application/json", "text": "{\"ok\":true}"}},
        "cache": {}, "timings": {"send": 1, "wait": 1, "receive": 1}})
}

/// Stores calls; the id of the capture.
fn imported(place: &Place, entries: &[Value]) -> String {
    place.write("calls.har", har(entries));
    let told = place.cask(&[&["capture", "import", "calls.har"], &HOSTS[..]].concat()).ok();
    told.lines().find_map(|line| line.strip_prefix("Capture saved: ")).expect("an id").to_owned()
}

fn shop(place: &Place) -> Vec<Value> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/capture/shop.har"));
    let har: Value = serde_json::from_str(&text.expect("a fixture")).expect("JSON");
    assert!(place.root().is_dir());
    har["log"]["entries"].as_array().expect("entries").clone()
}

/// Drafts a capture; the folder, and its files by name.
fn drafted(place: &Place, args: &[&str]) -> (String, BTreeMap<&'static str, String>) {
    let told = place.cask(&[&["propose"], args].concat()).ok();
    let label = "Generated proposal artifacts: ";
    let dir = told.lines().find_map(|line| line.strip_prefix(label)).expect("a folder").to_owned();
    let files = FILES.into_iter().map(|name| (name, place.read(&format!("{dir}/{name}")))).collect();
    (dir, files)
}

fn list(file: &str, key: &str) -> Vec<Value> {
    let node = cask::model::bytes::strict_yaml("file", file.as_bytes(), 1 << 24).expect("YAML");
    let whole: Value = serde_json::from_str(&cask::canon::json::canonical(&node)).expect("JSON");
    whole[key].as_array().expect(key).clone()
}

fn proposals(files: &BTreeMap<&str, String>) -> BTreeMap<String, Value> {
    let all = list(&files["tools.proposed.yaml"], "proposals");
    all.into_iter().map(|one| (one["name"].as_str().expect("a name").to_owned(), one)).collect()
}

#[test]
fn the_same_calls_give_the_same_bytes_in_whatever_order_they_came() {
    let place = Place::with_git();
    let mut entries = shop(&place);
    let id = imported(&place, &entries);
    let (dir, first) = drafted(&place, &["from-capture", &id]);
    assert!(dir.starts_with(".caskmcp/proposals/proposal_"), "{dir}");
    std::fs::remove_dir_all(place.path(&dir)).expect("it goes");
    for args in [&["create", &id][..], &["from-capture", &format!(".caskmcp/captures/{id}")]] {
        assert_eq!(drafted(&place, args), (dir.clone(), first.clone()), "{args:?}");
    }
    let elsewhere = Place::with_git();
    entries.reverse();
    let same = imported(&elsewhere, &entries);
    assert_eq!(same, id);
    assert_eq!(drafted(&elsewhere, &["from-capture", &same, "--deterministic"]).1, first);
    let other = drafted(&place, &["from-capture", &id, "--scope", "agent_safe_readonly", "-o", "out"]);
    assert!(other.0.starts_with("out/proposal_") && other.1 != first, "{}", other.0);
    for (list_of, key, prefix) in [
        ("endpoint_catalog.yaml", "family_id", "fam_"),
        ("tools.proposed.yaml", "proposal_id", "tp_"),
        ("questions.yaml", "question_id", "q_"),
    ] {
        let name = match key {
            "family_id" => "families",
            "proposal_id" => "proposals",
            _ => "questions",
        };
        let rows = list(&first[list_of], name);
        let ids: std::collections::BTreeSet<&str> = rows.iter().filter_map(|row| row[key].as_str()).collect();
        assert!(ids.len() == rows.len() && ids.iter().all(|id| id.starts_with(prefix)), "{ids:?}");
    }
}

#[test]
fn no_value_of_anybodys_is_told_and_only_success_makes_sure() {
    let place = Place::with_git();
    let mut entries = Vec::new();
    for n in 0..6 {
        entries.push(call(
            "GET",
            &format!("/v1/users/{}?page=1&sort=asc&customer=4711&email=zoe@mail.example", 900_417 + n),
            200,
            None,
        ));
        entries.push(call("GET", "/v1/reports?order_id=ord_77aa31&lang=de", 200, None));
        entries.push(call("GET", "/v1/locked?page=2", 401, None));
        entries.push(call(
            "POST",
            "/v1/orders",
            201,
            Some(json!({"state": "open", "note": "call Zoe Smithson", "coupon_code": "spring"})),
        ));
        entries.push(call("DELETE", "/v1/users/900417", 204, None));
    }
    let id = imported(&place, &entries);
    let (_, files) = drafted(&place, &["from-capture", &id]);
    let text: String = files.values().cloned().collect();
    for secret in ["900417", "900422", "4711", "zoe", "Zoe", "ord_77aa31", "spring", "mail.example"] {
        assert!(!text.contains(secret), "{secret} is told:\n{text}");
    }
    let all = proposals(&files);
    let parameter = |tool: &str, name: &str| {
        let list = all[tool]["parameters"].as_array().expect("a list").clone();
        list.into_iter()
            .find(|one| one["name"] == name)
            .unwrap_or_else(|| panic!("{tool} {name}: {:?}", all[tool]))
    };
    // What only chooses may be told, and stand where nobody says anything.
    assert_eq!(parameter("get_user", "sort")["default"], "asc");
    assert_eq!(parameter("get_user", "page")["default"], 1);
    assert_eq!(parameter("get_user", "page")["variability"], "stable");
    assert_eq!(parameter("get_user", "user_id")["variability"], "variable");
    for (tool, name) in [
        ("get_user", "user_id"),
        ("get_user", "customer"),
        ("delete_user", "user_id"),
        ("create_order", "state"),
    ] {
        assert_eq!(parameter(tool, name)["default"], Value::Null, "{tool} {name}");
    }
    assert_eq!(parameter("create_order", "state")["observed_values"], json!(["open"]));
    assert_eq!(all["get_locked"]["confidence"], 10);
    assert_eq!(parameter("get_locked", "page")["default"], Value::Null, "it never worked");
    assert_eq!(
        all["get_user"]["confidence"].as_i64().map(|sure| sure >= 75),
        Some(true),
        "{:?}",
        all["get_user"]
    );
    assert_eq!(all["delete_user"]["requires_review"], true);
    let questions = list(&files["questions.yaml"], "questions");
    assert!(questions.iter().any(|q| q["prompt"].as_str().expect("text").contains("answered with success")));
}

#[test]
fn names_of_strangers_break_neither_files_nor_lines() {
    let place = Place::with_git();
    let paths =
        ["/v1/a%0Ab%1B[31m", "/v1/x%00y", "/v1/%E2%80%AEevil", "/v1/..%2f..%2fetc", "/v1/a|b`c@d", "/v1/<b>"];
    let mut entries: Vec<Value> = paths.iter().map(|path| call("GET", path, 200, None)).collect();
    entries.push(call("GET", "/v1/q?%1B]0;x%07=1&a%0A=2&__proto__=3", 200, None));
    let id = imported(&place, &entries);
    let (dir, files) = drafted(&place, &["from-capture", &id]);
    assert!(proposals(&files).len() >= paths.len(), "{files:?}");
    let told = place.cask(&["-v", "propose", "from-capture", &id]).ok();
    let none = place.cask(&["propose", "publish", &dir, "--max-risk", "safe", "--min-confidence", "1"]);
    assert_eq!(none.code, 1, "{}", none.err);
    for text in files.values().chain([&told, &none.out]) {
        assert!(text.chars().all(|c| c == '\n' || !c.is_control() && c != '\u{202e}'), "{text:?}");
    }
}

#[test]
fn what_is_published_is_what_compile_makes_of_it_and_waits_for_signatures() {
    let place = Place::with_git();
    let id = imported(&place, &shop(&place));
    let (dir, files) = drafted(&place, &["from-capture", &id]);
    let all = proposals(&files);
    let ids = |name: &str| all[name]["proposal_id"].as_str().expect("an id").to_owned();
    let none = place.cask(&["propose", "publish", &dir, "--proposal-id", &ids("delete_user")]);
    assert_eq!(none.code, 1, "{}", none.err);
    assert!(none.out.starts_with("No proposals passed publish filters.\n"), "{}", none.out);
    for (name, row) in &all {
        let reasons = match name.as_str() {
            "delete_user" => "confidence<0.75, requires-review",
            _ => "not-selected",
        };
        let line = none.out.lines().find(|line| line.contains(row["proposal_id"].as_str().expect("an id")));
        assert!(line.is_some_and(|line| line.contains(name) && line.contains(reasons)), "{name}: {line:?}");
    }
    assert!(!place.path(".caskmcp/published").exists(), "nothing was published");
    let (user, product) = (ids("delete_user"), ids("get_product"));
    let chosen = ["--proposal-id", &user, "--proposal-id", &product];
    let reviewed =
        ["--reviewed", &user, "--reviewed", &product, "--min-confidence", "0.4", "--sync-lockfile"];
    let args = [&["propose", "publish", &dir][..], &chosen, &reviewed].concat();
    let told = place.cask(&args).ok();
    let pack =
        told.lines().find_map(|line| line.strip_prefix("Published toolpack: ")).expect("a folder").to_owned();
    assert!(pack.starts_with(".caskmcp/published/pub_") && told.contains("nothing approved yet"), "{told}");
    place.cask(&["compile", "-c", &id, "-o", "whole"]).ok();
    let tools = |pack: &str| -> BTreeMap<String, Value> {
        let text = place.read(&format!("{pack}/artifact/tools.json"));
        let file: Value = serde_json::from_str(&text).expect("JSON");
        let actions = file["actions"].as_array().expect("actions").clone();
        actions.into_iter().map(|one| (one["tool_id"].as_str().expect("an id").to_owned(), one)).collect()
    };
    let (some, whole) = (tools(&pack), tools("whole"));
    assert_eq!(some.len(), 2);
    for (id, tool) in &some {
        let mut compiled = whole[id].clone();
        // Hints about other tools are about those that are there.
        compiled.as_object_mut().expect("a tool").remove("depends_on");
        assert_eq!(*tool, compiled);
    }
    let report: Value =
        serde_json::from_str(&place.read(&format!("{pack}/publish_report.json"))).expect("JSON");
    assert_eq!(report["counts"], json!({"selected": 2, "excluded": all.len() - 2}));
    assert!(!report.to_string().contains(&place.root().display().to_string()));
    // A whole toolpack: it is judged, nothing of it is approved, and signatures alone change that.
    place.cask(&["key", "new", "--no-passphrase"]).ok();
    place.cask(&["trust", "init", "--id", "alice", "--yes"]).ok();
    place.merge("start");
    let check = ["gate", "check", "--toolpack", &pack, "--format", "json"];
    let judged = place.cask(&check);
    assert_eq!(judged.code, 2, "{}", judged.err);
    assert_eq!(
        judged.out.matches("\"gate.unapproved\"").count(),
        3,
        "two tools and the surface: {}",
        judged.out
    );
    place.cask(&["gate", "allow", "--toolpack", &pack, "--all", "--yes", "--reason", "read"]).ok();
    assert_eq!(place.cask(&check).code, 0);
    // Published again, it is the same, and what was signed stays signed.
    let told = place.cask(&args).ok();
    assert!(told.contains("everything is approved") && !told.contains("pending"), "{told}");
    assert_eq!(place.cask(&check).code, 0);
    // Nothing that somebody put there is taken over.
    let policy = format!("{pack}/artifact/policy.yaml");
    let own = place.read(&policy);
    place.write(&policy, format!("{own}# wider\n"));
    assert!(place.cask(&args).failed().contains("what somebody put there"));
    place.write(&policy, own);
    for other in ["notes.txt", "artifact/contracts.yaml", "emit/x.json"] {
        place.write(&format!("{pack}/{other}"), "{}");
        assert!(place.cask(&args).failed().contains("what somebody put there"), "{other}");
        std::fs::remove_file(place.path(&format!("{pack}/{other}"))).expect("removed");
    }
    let _ = std::fs::remove_dir(place.path(&format!("{pack}/emit")));
    place.cask(&args).ok();
}

#[test]
fn what_is_published_is_made_of_the_capture_and_not_of_the_file() {
    let place = Place::with_git();
    let id = imported(&place, &shop(&place));
    let (dir, files) = drafted(&place, &["from-capture", &id]);
    let file = format!("{dir}/tools.proposed.yaml");
    let text = &files["tools.proposed.yaml"];
    let publish = |args: &[&str]| place.cask(&[&["propose", "publish"], args].concat());
    for (edited, says) in [
        (
            text.replacen("requires_review: true", "requires_review: false", 1),
            "it is not what its capture gives now",
        ),
        (text.replacen("risk_tier: high", "risk_tier: safe", 1), "it is not what its capture gives now"),
        (text.replacen(&id, "../../etc", 1), "it is no id of a capture"),
        (text.replacen(&id, "cap_000000000000", 1), "there is no such capture"),
        (text.replacen("version: 1.0.0", "version: 9", 1), "version"),
        (text.replacen("scope: first_party_only", "scope: ours", 1), "--scope-file FILE"),
        ("- a list\n".to_owned(), file.as_str()),
    ] {
        place.write(&file, &edited);
        let told = publish(&[&dir]).failed();
        // Long lines are broken for a terminal.
        let plain = told.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(plain.contains(says), "{says}: {told}");
    }
    place.write(&file, text);
    assert!(publish(&["calls.har"]).failed().contains("it is no tools.proposed.yaml"));
    assert!(publish(&["nowhere/tools.proposed.yaml"]).failed().contains("there is no such file"));
    assert!(publish(&[&dir, "--proposal-id", "tp_0000000000"]).failed().contains("tp_0000000000"));
    assert!(publish(&[&dir, "--reviewed", "tp_0000000000"]).failed().contains("tp_0000000000"));
    assert!(publish(&[&dir, "--min-confidence", "75"]).failed().contains("--min-confidence"));
    assert!(publish(&[&dir, "--max-risk", "severe"]).failed().contains("severe"));
    assert!(place.cask(&["propose", "from-capture", "../x"]).failed().contains("there is no such capture"));
    assert!(
        place.cask(&["propose", "from-capture", "calls.har"]).failed().contains("it is no stored capture")
    );
    // Moved away, the capture is named; with another one nothing is published.
    std::fs::rename(place.path(&format!(".caskmcp/captures/{id}")), place.path("moved")).expect("it moves");
    assert!(publish(&[&dir]).failed().contains("there is no such capture"));
    assert_eq!(publish(&[&dir, "--capture", "moved"]).code, 0);
    let link = place.path(".caskmcp/proposals");
    std::fs::remove_dir_all(&link).expect("it goes");
    std::os::unix::fs::symlink(place.dir.path(), &link).expect("a link");
    assert!(place.cask(&["propose", "from-capture", "moved"]).failed().contains("link"));
}

/// A log with denials; each is written twice.
fn denied(path: &Path, denials: &[(ReasonCode, &str, Option<&str>)]) {
    let (log, _) = AuditLog::open(path, MAX_BYTES).expect("a log");
    for (code, tool, method) in denials {
        for _ in 0..2 {
            let decision = Decision {
                tool_id: Some((*tool).to_owned()),
                method: method.map(str::to_owned),
                origin: method.map(|_| "https://api.shop.example".to_owned()),
                ..Decision::new("deny", *code)
            };
            let record =
                Record { run_id: "run_0123456789ab".to_owned(), what: What::Decision(Box::new(decision)) };
            log.append(&record, Durability::Written).expect("it is written");
        }
    }
}

fn ids(place: &Place, args: &[&str]) -> Vec<String> {
    let told = place.cask(&[&["propose", "list"], args].concat()).ok();
    told.lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|id| id.starts_with("prop_"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn denials_become_drafts_and_drafts_are_decided_on_once() {
    let place = Place::with_git();
    assert_eq!(place.cask(&["propose", "list"]).ok(), "No proposals found.\n");
    let token = ["ghp_", "0123456789abcdefghijklmnopqrstuvwxyzAB"].concat();
    denied(
        &place.path("log.jsonl"),
        &[
            (ReasonCode::UnknownAction, "close_account", None),
            (ReasonCode::NotApproved, "0b6b49c107c2370b", Some("DELETE")),
            (ReasonCode::UnknownAction, &token, None),
            (ReasonCode::UnknownAction, "a\u{1b}[31m\n| b", None),
            // No tool and no signature of anybody would answer these.
            (ReasonCode::Policy, "x", None),
            (ReasonCode::IntegrityMismatch, "y", None),
        ],
    );
    let drafts = ["propose", "drafts", "--from-audit", "log.jsonl"];
    let told = place.cask(&drafts).ok();
    assert!(told.contains("8 denials") && told.contains("New drafts: 4\n"), "{told}");
    assert!(
        place.cask(&drafts).ok().contains("New drafts: 0\n  Counted on: 0\n"),
        "read again, nothing is new"
    );
    let listed = place.cask(&["propose", "list"]).ok();
    assert!(
        listed.contains("tool=close_account  risk=medium  reason=denied_unknown_action  2 denials"),
        "{listed}"
    );
    assert!(listed.contains("tool=0b6b49c107c2370b  risk=high  reason=denied_not_approved"), "{listed}");
    let kept: String =
        ids(&place, &[]).iter().map(|id| place.read(&format!(".caskmcp/drafts/{id}.json"))).collect();
    assert!(!kept.contains(&token) && !kept.contains('\u{1b}') && !listed.contains(&token), "{kept}");

    let id = &ids(&place, &[])[0];
    let propose = |args: &[&str]| place.cask(&[&["propose"], args].concat());
    assert!(propose(&["approve", id]).failed().contains("nobody can be asked here"));
    let approvers = [("CASKMCP_APPROVERS", "ann, bob")];
    let approve = ["propose", "approve", id, "--by", "ann", "--audit-log", "reviews.jsonl"];
    let mallory = ["propose", "approve", id, "--by", "mallory"];
    assert!(place.cask_with(&mallory, &approvers).failed().contains("does not name mallory"));
    let said = place.cask_with(&approve, &approvers).ok();
    assert!(said.starts_with(&format!("Proposal '{id}' approved by ann.\nThis grants nothing")), "{said}");
    assert!(place.cask_with(&approve, &approvers).failed().contains("it is approved already"));
    assert!(propose(&["reject", id]).failed().contains("it is approved already"));
    assert!(!place.path(".caskmcp/published").exists());
    assert_eq!(ids(&place, &["--status", "approved"]), std::slice::from_ref(id));
    propose(&["reopen", id, "--by", "bob", "--audit-log", "reviews.jsonl"]).ok();
    assert!(propose(&["reopen", id]).failed().contains("nothing to reopen"));
    propose(&["reject", id, "--by", "bob", "-r", "not for agents", "--audit-log", "reviews.jsonl"]).ok();
    let shown = propose(&["show", id]).ok();
    assert!(
        shown.contains("Status: rejected\n") && shown.contains("Rejection reason: not for agents\n"),
        "{shown}"
    );
    place.cask(&["audit", "verify", "reviews.jsonl"]).ok();
    let events: Vec<Value> =
        place.read("reviews.jsonl").lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
    let words: Vec<&str> = events.iter().filter_map(|e| e["event"].as_str()).collect();
    assert_eq!(words, ["approve", "reopen", "reject"]);
    assert!(events.iter().all(|e| e["kind"] == "review" && e["proposal_id"] == id.as_str()), "{events:?}");
    // What can't be written down is not done.
    assert_eq!(propose(&["reopen", id, "--audit-log", "/dev/full"]).code, 3);
    assert_eq!(ids(&place, &["--status", "rejected"]), std::slice::from_ref(id));
    // A denial more is counted, and decides nothing.
    denied(&place.path("log.jsonl"), &[(ReasonCode::UnknownAction, "close_account", None)]);
    assert!(place.cask(&drafts).ok().contains("New drafts: 0\n  Counted on: 1\n"));
    assert_eq!(ids(&place, &["--status", "rejected"]), std::slice::from_ref(id));
}

#[test]
fn hostile_drafts_are_told_and_lead_nowhere() {
    let place = Place::with_git();
    denied(&place.path("log.jsonl"), &[(ReasonCode::UnknownAction, "a", None)]);
    place.cask(&["propose", "drafts", "--from-audit", "log.jsonl"]).ok();
    let id = ids(&place, &[])[0].clone();
    let file = format!(".caskmcp/drafts/{id}.json");
    let good = place.read(&file);
    for name in ["../../../etc/passwd", "prop_", "prop_XYZ", "prop_0123456789abcdef/../x", ""] {
        for verb in ["show", "reject", "reopen"] {
            assert!(
                place.cask(&["propose", verb, "--", name]).failed().contains("it is no id of a draft"),
                "{name}"
            );
        }
    }
    assert!(place.cask(&["propose", "show", "prop_00000000"]).failed().contains("there is no such draft"));
    let moved = good.replace(&id, "prop_00000000");
    for (text, says) in [
        (good.replace("\"pending\"", "\"granted\""), "unknown status"),
        (good.replacen('{', "{\"status\": \"approved\",", 1), "status"),
        (moved, "as the file is called"),
        ("[".repeat(10_000), ".json"),
        ("x".repeat(70_000), ".json"),
    ] {
        place.write(&file, &text);
        let listed = place.cask(&["propose", "list"]);
        assert!(listed.code == 1 && listed.err.contains(says), "{says}: {}", listed.err);
        assert!(place.cask(&["propose", "show", &id]).failed().contains(says), "{says}");
        assert_eq!(place.cask(&["propose", "reject", &id]).code, 3);
        assert_eq!(place.cask(&["propose", "drafts", "--from-audit", "log.jsonl"]).code, 3);
        assert_eq!(place.read(&file), text, "it stays");
    }
    std::fs::remove_file(place.path(&file)).expect("it goes");
    place.write("elsewhere.json", &good);
    std::os::unix::fs::symlink(place.path("elsewhere.json"), place.path(&file)).expect("a link");
    assert!(place.cask(&["propose", "reject", &id]).failed().contains("link"));
    assert_eq!(place.read("elsewhere.json"), good);
    assert!(
        place
            .cask(&["propose", "drafts", "--from-audit", "none.jsonl"])
            .failed()
            .contains("there is no such file")
    );
}

#[test]
fn neither_server_nor_gate_looks_at_drafts_and_no_server_offers_them() {
    let shop = Shop::new(Upstream::echo());
    let offered = |session: &mut Session| {
        let told = session.ask("tools/list", json!({}));
        let tools = told["result"]["tools"].as_array().expect("tools").clone();
        tools.iter().map(|tool| tool["name"].as_str().expect("a name").to_owned()).collect::<Vec<_>>()
    };
    let judged = || {
        let args = ["gate", "check", "--toolpack", PACK, "--format", "json"];
        let report: Value = serde_json::from_str(&shop.place.cask(&args).out).expect("a report");
        (report["verdict"].clone(), report["findings"].clone(), shop.place.cask(&["lint"]).code)
    };
    let mut session = shop.session(&[]);
    let before = (offered(&mut session), judged());
    let first = session.call("close_account", json!({}));
    drop(session.close());
    let drafts = ["propose", "drafts", "--from-audit", ".caskmcp/state/audit/runtime.jsonl"];
    assert!(shop.place.cask(&drafts).ok().contains("New drafts: 1\n"));
    let id = ids(&shop.place, &[])[0].clone();
    let approve = ["propose", "approve", &id, "--by", "alice"];
    shop.place.cask_with(&approve, &[("CASKMCP_APPROVERS", "alice")]).ok();
    shop.place.merge("drafts");
    let mut session = shop.session(&[]);
    assert_eq!((offered(&mut session), judged()), before);
    let again = session.call("close_account", json!({}));
    assert_eq!(again["isError"], first["isError"]);
    drop(session.close());
    assert_eq!(shop.reasons().iter().filter(|code| *code == "denied_unknown_action").count(), 2);
    let mut inspect = Session::open(shop.place.command(&["mcp", "inspect", "--toolpack", PACK]));
    for name in offered(&mut inspect).iter().chain(&before.0) {
        let words = ["propos", "draft", "publish", "approve", "reject", "reopen"];
        assert!(!words.iter().any(|word| name.contains(word)), "{name}");
    }
}
