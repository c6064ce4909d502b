//! What gate.yaml asks of `cask ci` beside the toolpacks' own changes, and what several toolpacks open together: in
//! real repositories, really signed, with exit codes and exact rules.
#![cfg(unix)]

use crate::{forge, in_parts, support};

use cask::model::gate_config::{DriftEntry, GateConfig, GateFile};
use forge::*;
use serde_json::Value;

const API: &str = "api/baseline.json";
const OWNERS: [Who; 2] = [Who::Alice, Who::Carol];

fn entry(toolpack: &str, to: &str) -> DriftEntry {
    DriftEntry { toolpack: toolpack.into(), to: to.into(), line: 0 }
}

/// The shop, whose tools must match a file of the repository that they match on `main`.
fn world() -> World {
    let w = World::shop();
    w.write(API, w.read(&format!("{PACK}/artifact/baseline.json")));
    w.put_gate(|gate| gate.drift = vec![entry("shop", API)], &OWNERS);
    w.merge();
    w
}

/// An operation that the description has no more.
fn api_without_orders(w: &World) {
    w.json(API, |api| {
        let operations = api["operations"].as_object_mut().expect("operations");
        operations.remove("api.shop.example/v1/orders POST").expect("it was there");
    });
}

/// Rule, subject and whether the base has it, of what is told.
fn told(judged: &Judged) -> Vec<(String, String, bool)> {
    let findings = judged.report["findings"].as_array().expect("findings");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    findings
        .iter()
        .map(|f| (text(&f["rule"]), text(&f["subject"]["name"]), f["known"].as_bool().expect("a word")))
        .collect()
}

fn row(rule: &str, name: &str, known: bool) -> (String, String, bool) {
    (rule.to_owned(), name.to_owned(), known)
}

/// The report for people, in one line.
fn shown(w: &World) -> String {
    w.shown("terminal").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The gate.yaml after the one that is there.
fn next_gate(w: &World, edit: impl FnOnce(&mut GateFile), by: &[Who]) {
    let text = w.read(GATE);
    let node = cask::model::bytes::strict_yaml(GATE, text.as_bytes(), 1 << 20).expect("YAML");
    let was = GateConfig::read(GATE, node).expect("a gate.yaml");
    w.put_gate(
        |gate| {
            gate.version = was.file.version + 1;
            gate.previous = Some(was.digest.clone());
            gate.drift = was.file.drift.clone();
            edit(gate);
        },
        by,
    );
}

#[test]
fn what_matches_is_looked_at_and_says_nothing() {
    let w = world();
    let judged = w.judge();
    assert_eq!((judged.code, told(&judged)), (0, Vec::new()));
    let shown = shown(&w);
    assert!(shown.contains("shop against api/baseline.json (6 locked operations)"), "{shown}");
}

#[test]
fn a_file_that_moves_away_from_its_toolpack_blocks_and_no_approval_helps() {
    let w = world();
    api_without_orders(&w);
    let judged = w.judge();
    assert_eq!(judged.code, 2, "{judged:?}");
    assert_eq!(told(&judged), [row("op.removed", "create_order", false)]);
    let finding = &judged.report["findings"][0];
    assert_eq!(finding["subject"]["toolpack"], "tp_1d915b164824", "{finding}");
    assert_eq!(finding["approval"]["state"], "not-needed");
    let shown = w.shown("markdown");
    assert!(shown.contains("cask drift --toolpack packs/shop --to api/baseline.json"), "{shown}");
    assert_eq!(in_parts::differs(&w, &[1, 2, 3]), None);
}

#[test]
fn what_drifted_before_is_folded() {
    let w = world();
    api_without_orders(&w);
    w.merge();
    w.write("README.md", "nothing to do with it\n");
    let judged = w.judge();
    assert_eq!((judged.code, told(&judged)), (0, vec![row("op.removed", "create_order", true)]));
}

#[test]
fn another_name_ends_no_comparison() {
    let mut w = world();
    let header = format!("{PACK}/toolpack.yaml");
    let name = w.loaded(PACK).pack.header.name;
    next_gate(&w, |gate| gate.drift = vec![entry(&name, API)], &OWNERS);
    w.merge();
    w.replace(&header, &format!("name: {name}"), "name: Something else");
    w.approve_all(PACK, LATER);
    api_without_orders(&w);
    let judged = w.judge();
    assert!(told(&judged).contains(&row("op.removed", "create_order", false)), "{judged:?}");
    assert_eq!(judged.code, 2);
}

#[test]
fn what_can_not_be_compared_is_not_judged() {
    for what in ["gone", "a link", "no description", "nothing of it", "taken back by nobody"] {
        let w = world();
        match what {
            "a link" => link(&w),
            "no description" => w.write(API, "{\n"),
            "nothing of it" => w.write(API, "{\"schema_version\": \"2.0\", \"operations\": 1}\n"),
            _ => w.remove(API),
        }
        if what == "taken back by nobody" {
            next_gate(&w, |gate| gate.drift.clear(), &[Who::Mallory]);
        }
        let judged = w.judge();
        assert_eq!(judged.code, 3, "{what}: {judged:?}");
        assert_eq!(in_parts::differs(&w, &[1, 2]), None, "{what}");
        assert!(judged.message.contains(API), "{what}: {}", judged.message);
    }
    let w = World::shop();
    w.put_gate(|gate| gate.drift = vec![entry("shopp", API)], &OWNERS);
    w.merge();
    let judged = w.judge();
    assert_eq!(judged.code, 3);
    assert!(judged.message.contains("no toolpack of the head is called \"shopp\""), "{}", judged.message);
}

fn link(w: &World) {
    w.remove(API);
    std::os::unix::fs::symlink("../packs/shop/artifact/baseline.json", w.path(API)).expect("a link");
}

#[test]
fn owners_take_the_question_back_in_the_change_that_takes_the_file_away() {
    let w = world();
    w.remove(API);
    next_gate(&w, |gate| gate.drift.clear(), &OWNERS);
    let judged = w.judge();
    assert_eq!((judged.code, told(&judged)), (1, vec![row("trust.policy-weakened", "gate.yaml", false)]));
    let shown = shown(&w);
    assert!(shown.contains("the owners ask for it no more"), "{shown}");
    assert_eq!(in_parts::differs(&w, &[1, 2]), None);
    // As long as it can be compared, it is.
    w.git(&["reset", "-q", "--hard", "main"]);
    api_without_orders(&w);
    next_gate(&w, |gate| gate.drift.clear(), &OWNERS);
    let judged = w.judge();
    assert_eq!(judged.code, 2);
    assert!(told(&judged).contains(&row("op.removed", "create_order", false)), "{judged:?}");
}

#[test]
fn what_the_head_asks_is_not_in_force() {
    let w = World::shop();
    w.put_gate(|gate| gate.drift = vec![entry("shop", "nowhere.json")], &OWNERS);
    let judged = w.judge();
    assert_eq!((judged.code, told(&judged)), (1, vec![row("trust.policy-weakened", "gate.yaml", false)]));
}

const CALLS: &str = "api/calls.har";
const PAGE: &str = r#"{"items": [], "next": 1}"#;

/// A recording of calls: method, path, status and answer of each.
fn recording(calls: &[(&str, &str, u16, &str)]) -> String {
    let entry = |(method, path, status, text): &(&str, &str, u16, &str)| {
        serde_json::json!({
            "request": {"method": method, "url": format!("https://api.shop.example/v1{path}"),
                "headers": [{"name": "Authorization", "value": "Bearer x"}]},
            "response": {"status": status, "headers": [], "content": {"mimeType": "application/json", "text": text}}
        })
    };
    let entries: Vec<Value> = calls.iter().map(entry).collect();
    serde_json::json!({"log": {"version": "1.2", "entries": entries}}).to_string()
}

#[test]
fn recorded_calls_of_the_repository_are_held_against_its_toolpack() {
    let w = World::shop();
    w.write(CALLS, recording(&[("GET", "/products", 200, PAGE)]));
    w.put_gate(|gate| gate.drift = vec![entry("shop", CALLS)], &OWNERS);
    w.merge();
    let told_of = |w: &World| {
        let judged = w.judge();
        let mut rules: Vec<(String, bool)> =
            told(&judged).into_iter().map(|(rule, _, known)| (rule, known)).collect();
        rules.dedup();
        (judged.code, rules, judged.report["summary"]["coverage"].clone())
    };
    let seen = |rule: &str, known: bool| (rule.to_owned(), known);
    let (code, rules, coverage) = told_of(&w);
    assert_eq!((code, rules), (0, vec![seen("op.not-observed", true)]));
    assert_eq!((&coverage["exercised"], &coverage["operations"]), (&1.into(), &6.into()));
    let shown_now = shown(&w);
    assert!(shown_now.contains("shop against api/calls.har (1 of 6 operations)"), "{shown_now}");
    // Calls of what nobody knows, and an operation that is gone.
    w.write(CALLS, recording(&[("GET", "/products", 410, "{}"), ("DELETE", "/carts/1", 204, "")]));
    let (code, rules, _) = told_of(&w);
    assert_eq!(code, 2);
    let new: Vec<&str> = rules.iter().filter(|(_, known)| !known).map(|(rule, _)| rule.as_str()).collect();
    assert_eq!(new, ["obs.undocumented-endpoint", "obs.gone"]);
    // The owners ask for more than was called.
    w.write(CALLS, recording(&[("GET", "/products", 200, PAGE)]));
    next_gate(&w, |gate| gate.coverage.min = 50, &OWNERS);
    w.merge();
    let (_, rules, coverage) = told_of(&w);
    assert!(rules.iter().any(|(rule, _)| rule == "obs.coverage-low"), "{rules:?}");
    assert_eq!(coverage["min"], 50);
    // One that takes the place of a description would hide what is gone.
    let other = world();
    other.write(API, recording(&[("GET", "/products", 200, PAGE)]));
    let judged = other.judge();
    assert_eq!(judged.code, 3);
    assert!(judged.message.contains("on the base it lists all there is"), "{}", judged.message);
    // So would one that takes the place of what nobody can read.
    let other = world();
    other.write(API, "openapi: [");
    other.merge();
    other.write(API, recording(&[("GET", "/products", 200, PAGE)]));
    assert_eq!(other.judge().code, 3);
    // One that ends in its middle was not looked at.
    w.write(CALLS, r#"{"log": {"entries": ["#);
    assert_eq!(w.judge().code, 3);
}

/// Both a tool of the read-only set and another change a title, and what passes is told or not.
#[test]
fn a_toolset_narrows_what_is_told_and_no_verdict() {
    let judged = |toolset: Option<&str>, sign: bool| {
        let mut w = World::shop();
        w.put_gate(|gate| gate.toolset = toolset.map(str::to_owned), &OWNERS);
        w.merge();
        for id in [CREATE_ORDER, GET_ORDER] {
            w.action(id, |action| action["description"] = "Orders of a customer.".into());
        }
        if sign {
            w.approve_all(PACK, LATER);
        }
        let judged = w.judge();
        let mut names: Vec<String> = told(&judged).into_iter().map(|(_, name, _)| name).collect();
        names.dedup();
        (judged.code, names, judged.report["verdict"].clone(), shown(&w))
    };
    for sign in [true, false] {
        let (code, names, verdict, _) = judged(None, sign);
        assert_eq!(
            (code, names),
            (if sign { 0 } else { 2 }, vec!["create_order".into(), "get_order".into()])
        );
        let (narrow, names, same, shown) = judged(Some("readonly"), sign);
        assert_eq!((narrow, &same), (code, &verdict));
        // What is not signed is told, whatever it belongs to.
        let left = if sign { &["get_order"][..] } else { &["create_order", "get_order"] };
        assert_eq!(names, left);
        assert!(shown.contains("narrows this to the toolset readonly"), "{shown}");
        let (all, names, same, shown) = judged(Some("red-only"), sign);
        assert_eq!((all, names.len(), same), (code, 2, verdict));
        assert!(shown.contains("red-only, which no toolpack has"), "{shown}");
    }
}

const OTHER: &str = "packs/notices";

/// The shop, whose agents read what belongs to users, and beside it a toolpack whose agents list products alone.
fn two_toolpacks() -> World {
    let mut w = World::shop();
    support::copy(&w.path(PACK), &w.path(OTHER));
    for file in ["toolpack.yaml", "artifact/tools.json", "lockfile/caskmcp.lock.yaml"] {
        let path = format!("{OTHER}/{file}");
        w.write(&path, w.read(&path).replace("tp_1d915b164824", "tp_00000000000b"));
    }
    let sets = format!("{OTHER}/artifact/toolsets.yaml");
    w.replace(&sets, "default_toolset: readonly", "default_toolset: notices");
    w.replace(
        &sets,
        "toolsets:\n",
        "toolsets:\n  notices:\n    description: What is new.\n    actions:\n    - list_products\n  \
         spare:\n    description: For nobody yet.\n    actions:\n    - list_products\n",
    );
    let mut lock = w.lock(OTHER);
    lock.surface.approvals.clear();
    lock.tools.values_mut().for_each(|entry| entry.approvals.clear());
    w.put_lock(OTHER, &lock);
    w.approve_all(OTHER, THEN);
    w.merge();
    w
}

/// A tool that sends notices to wherever its caller says, in a toolset of the toolpack beside the shop.
fn add_sender(w: &World, toolset: &str) {
    let id = "0123456789abcdef";
    w.json(&format!("{OTHER}/artifact/tools.json"), |file| {
        let actions = file["actions"].as_array_mut().expect("actions");
        let mut new =
            actions.iter().find(|a| a["name"] == "create_order").expect("a tool that writes").clone();
        new["tool_id"] = id.into();
        new["name"] = "subscribe".into();
        new["path"] = "/notices".into();
        new["inputs"]["callback_url"] = "body./callback_url".into();
        new["input_schema"]["properties"]["callback_url"] = serde_json::json!({"type": "string"});
        new["risk_tier"] = "high".into();
        new["confirmation_required"] = "always".into();
        actions.push(new);
    });
    w.json(&format!("{OTHER}/artifact/baseline.json"), |baseline| {
        let mut new = baseline["operations"]["api.shop.example/v1/orders POST"].clone();
        new["stable_id"] = id.into();
        new["operation_id"] = "subscribe".into();
        baseline["operations"]["api.shop.example/v1/notices POST"] = new;
    });
    let set = format!("  {toolset}:\n");
    let text = w.read(&format!("{OTHER}/artifact/toolsets.yaml"));
    let at = text.find(&set).expect("the toolset");
    let (before, after) = text.split_at(at);
    let after = after.replacen("    actions:\n", "    actions:\n    - subscribe\n", 1);
    w.write(&format!("{OTHER}/artifact/toolsets.yaml"), format!("{before}{after}"));
}

#[test]
fn a_way_out_of_another_toolpack_is_told_with_the_tool_that_opens_it() {
    for (toolset, sign, code, rules) in [
        ("notices", false, 2, &["flow.new-egress-path", "gate.definition-mismatch", "op.added-write"][..]),
        ("notices", true, 1, &["flow.new-egress-path", "op.added-write"][..]),
        // Agents are not run with that one.
        ("spare", true, 1, &["op.added-write"][..]),
    ] {
        let mut w = two_toolpacks();
        add_sender(&w, toolset);
        if sign {
            w.approve_all(OTHER, LATER);
        }
        let judged = w.judge();
        let mut told: Vec<String> = told(&judged).into_iter().map(|(rule, ..)| rule).collect();
        told.sort();
        assert_eq!(
            (judged.code, told),
            (code, rules.iter().map(|r| (*r).to_owned()).collect()),
            "{toolset} {sign}\n{}",
            shown(&w)
        );
        assert_eq!(in_parts::differs(&w, &[1, 2, 3, 4, 5]), None, "{toolset} {sign}");
    }
}
