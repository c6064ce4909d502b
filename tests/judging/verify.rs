//! `cask verify` with the real binary: what it passes, what it refuses, and that nothing checked is never a pass.

use crate::support;

use std::path::Path;

use serde_json::{Value, json};
use support::{Place, copy};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
const HEAD: &str = "schema_version: \"1.0\"\nkind: contracts\ncontracts:\n";

/// A plain folder with a toolpack of the fixtures.
fn with(pack: &str) -> Place {
    let place = Place::new();
    copy(&Path::new(FIXTURES).join(pack), &place.path("shop"));
    place
}

/// The same with contracts.
fn shop(contracts: &str) -> Place {
    let place = with("toolpacks/shop");
    let header = place.read("shop/toolpack.yaml");
    place
        .write("shop/toolpack.yaml", header.replace("contracts: null", "contracts: artifact/contracts.yaml"));
    place.write("shop/artifact/contracts.yaml", format!("{HEAD}{contracts}"));
    place
}

fn assertion(text: &str) -> Place {
    shop(&format!("- contract_id: vc_1\n  targets: [get_order]\n  assertions:\n  - {text}\n"))
}

/// The report, after it came to an exit code.
fn report(place: &Place, args: &[&str], code: i32) -> Value {
    let ran = place.cask(&[&["verify", "--toolpack", "shop", "--format", "json"], args].concat());
    assert_eq!(ran.code, code, "{args:?}\n{}\n{}", ran.out, ran.err);
    serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{e}: {}", ran.out))
}

fn rules(report: &Value) -> Vec<&str> {
    report["findings"].as_array().expect("findings").iter().filter_map(|f| f["rule"].as_str()).collect()
}

fn statuses(report: &Value) -> Vec<&str> {
    let sections = report["verify"]["toolpacks"][0]["sections"].as_array().expect("sections");
    sections.iter().filter_map(|section| section["status"].as_str()).collect()
}

/// Calls of the shop, as a recorder writes them: path, status, answer, second.
fn har(calls: &[(&str, u16, Value, u32)]) -> String {
    let entries = calls.iter().map(|(path, status, body, second)| {
        json!({"startedDateTime": format!("2026-11-20T08:00:{second:02}Z"), "time": 40,
            "request": {"method": "GET", "url": format!("https://api.shop.example/v1{path}"), "headers": []},
            "response": {"status": status, "headers": [],
                "content": {"mimeType": "application/json", "text": body.to_string()}}})
    });
    let entries: Vec<Value> = entries.collect();
    json!({"log": {"version": "1.2", "creator": {"name": "t", "version": "1"}, "entries": entries}})
        .to_string()
}

const ORDER: &str = "/orders/ord_0123456789ab";

#[test]
fn a_toolpack_alone_is_verified_and_what_was_not_run_is_no_pass() {
    for pack in ["shop", "desk", "vault"] {
        let place = with(&format!("toolpacks/{pack}"));
        let made = report(&place, &[], 0);
        assert_eq!(rules(&made), Vec::<&str>::new(), "{pack}");
        assert_eq!(statuses(&made), ["not-run", "pass", "not-run", "not-run"], "{pack}");
        assert_eq!(made["verify"]["toolpacks"][0]["governance_mode"], "none", "{pack}");
    }
    let place = with("toolpacks/shop");
    assert_eq!(report(&place, &[], 0), report(&place, &[], 0), "the same input is the same report");
    let said = place.cask(&["verify", "--toolpack", "shop"]).ok();
    assert!(said.contains("contracts    not run (toolpack.yaml names no contracts file)"), "{said}");
}

#[test]
fn what_cask_makes_of_a_description_is_what_it_locked() {
    for description in ["recordings/shop.yaml", "openapi/desk.yaml", "openapi/desk-2.0.json"] {
        let place = Place::new();
        let source = Path::new(FIXTURES).join(description);
        place.write("api.yaml", std::fs::read(source).expect("a description"));
        place.cask(&["mint", "api.yaml", "-o", "shop"]).ok();
        let made = report(&place, &[], 0);
        assert_eq!(rules(&made), Vec::<&str>::new(), "{description}");
    }
}

#[test]
fn toolpacks_of_the_reference_system_hold_what_was_compiled_for_them() {
    for pack in ["migrate/base", "migrate/demo"] {
        let made = report(&with(pack), &[], 0);
        assert_eq!(statuses(&made), ["pass", "pass", "skipped", "not-run"], "{pack}");
        assert_eq!(made["verify"]["toolpacks"][0]["governance_mode"], "pre-approval", "{pack}");
    }
}

#[test]
fn a_type_that_changed_is_told_by_the_rule_of_drift_with_its_place() {
    let place = with("migrate/base");
    let text = place.read("shop/artifact/tools.json");
    let mut tools: Value = serde_json::from_str(&text).expect("JSON");
    let actions = tools["actions"].as_array_mut().expect("actions");
    let own = actions.iter_mut().find(|a| a["name"] == "get_products").expect("the tool");
    let key = if own["output_schema"].is_object() { "output_schema" } else { "response_schema" };
    own[key]["properties"]["data"]["items"]["properties"]["price"]["type"] = "string".into();
    place.write("shop/artifact/tools.json", tools.to_string());
    let made = report(&place, &["--mode", "baseline-check"], 2);
    assert_eq!(rules(&made), ["res.type-changed"]);
    let pointer = made["findings"][0]["place"]["pointer"].as_str().expect("a pointer");
    assert!(pointer.ends_with(&format!("/{key}/properties/data/items/properties/price/type")), "{pointer}");
}

#[test]
fn nothing_that_ran_is_not_judged() {
    let place = with("toolpacks/shop");
    for mode in ["contracts", "outcomes", "provenance"] {
        let ran = place.cask(&["verify", "--toolpack", "shop", "--mode", mode]);
        let said = ran.failed();
        assert!(said.contains("nothing was verified"), "{said}");
    }
    let compiled = with("migrate/base");
    let said = compiled.cask(&["verify", "--toolpack", "shop", "--mode", "outcomes"]).failed();
    assert!(said.contains("no contract has an assertion"), "{said}");
    // What somebody counts on has to be checked.
    report(&place, &["--require", "replay"], 0);
    let ran = place.cask(&["verify", "--toolpack", "shop", "--require", "contracts"]);
    assert!(ran.failed().contains("contracts was not checked, and is required"));
    let made = report(&place, &["--require", "outcomes"], 3);
    assert_eq!((&made["verdict"], &made["command"]), (&"error".into(), &"verify".into()));
    // A recording that is about nothing that was asked for.
    let ran = place.cask(&["verify", "--toolpack", "shop", "--mode", "replay", "--capture", "x.har"]);
    assert!(ran.failed().contains("--capture is about outcomes and provenance"));
}

#[test]
fn a_contract_that_does_not_hold_fails_and_an_open_one_asks_for_a_look() {
    let holds = "{type: schema_check, endpoint_ref: get_order, field_path: input_schema.required.0, op: equals, value: order_id}";
    assert_eq!(statuses(&report(&assertion(holds), &[], 0))[2], "pass");
    let broken = holds.replace("value: order_id", "value: id");
    let made = report(&assertion(&broken), &[], 2);
    assert_eq!(rules(&made), ["verify.contract-broken"]);
    let place = &made["findings"][0]["place"];
    assert_eq!((&place["file"], &place["line"]), (&"artifact/contracts.yaml".into(), &7.into()));
    let open = holds.replace("required.0", "required.7");
    assert_eq!(rules(&report(&assertion(&open), &[], 1)), ["verify.assertion-unknown"]);
    assert_eq!(rules(&report(&assertion(&open), &["--no-strict"], 0)), ["verify.assertion-unknown"]);
    // Of what could not be told alone nothing was judged.
    for asked in [&["--mode", "outcomes"][..], &["--require", "outcomes"]] {
        let said = assertion(&open).cask(&[&["verify", "--toolpack", "shop"], asked].concat()).failed();
        assert!(said.contains("nothing of it could be told"), "{asked:?}: {said}");
    }
    report(&assertion(&open), &["--fail-on", "breaking"], 0);
}

#[test]
fn hostile_contracts_are_refused_with_their_place() {
    let typo = assertion("{type: field_match, field_path: a, op: equal, value: 1}");
    let said = typo.cask(&["verify", "--toolpack", "shop"]).failed();
    assert!(said.contains("unknown op \"equal\"") && said.contains("contracts.yaml:7"), "{said}");
    // Who does not ask for contracts does not read them.
    report(&typo, &["--mode", "replay"], 0);
    for (contracts, says) in [
        ("- {assertions: [{type: shell, op: exists}]}\n".to_owned(), "unknown type \"shell\""),
        ("- {contract_id: a, contract_id: b}\n".to_owned(), "contract_id"),
        ("- &a [*a]\n".to_owned(), "contracts.yaml"),
        (format!("- {}\n", "[".repeat(5_000)), "contracts.yaml"),
        ("- {targets: [{a: 1}]}\n".to_owned(), "expected text"),
        ("- !!python/object:os.system {}\n".to_owned(), "contracts.yaml"),
    ] {
        let said = shop(&contracts).cask(&["verify", "--toolpack", "shop"]).failed();
        assert!(said.contains(says), "{contracts:.40}: {said}");
    }
    let place = shop("[]\n");
    std::fs::remove_file(place.path("shop/artifact/contracts.yaml")).expect("removed");
    let said = place.cask(&["verify", "--toolpack", "shop"]).failed();
    assert!(said.contains("contracts.yaml") && said.contains("missing"), "{said}");
    let header = place.read("shop/toolpack.yaml");
    place.write("shop/toolpack.yaml", header.replace("artifact/contracts.yaml", "../../etc/passwd"));
    let said = place.cask(&["verify", "--toolpack", "shop"]).failed();
    assert!(said.contains("can leave the"), "{said}");
}

#[test]
fn what_calls_answered_is_read_from_a_recording() {
    let state = "{type: api_state, endpoint_ref: get_order, field_path: status, op: equals, value: sent}";
    let place = assertion(state);
    // Without a recording it is not run, and alone it is nothing.
    assert_eq!(statuses(&report(&place, &[], 0))[2], "not-run");
    assert_eq!(place.cask(&["verify", "--toolpack", "shop", "--mode", "outcomes"]).code, 3);
    let order = |status: &str| json!({"order_id": "ord_0123456789ab", "status": status, "total": 1});
    place.write("ok.har", har(&[(ORDER, 200, order("open"), 1), (ORDER, 200, order("sent"), 2)]));
    assert_eq!(statuses(&report(&place, &["--capture", "ok.har"], 0))[2], "pass");
    // The last success counts, in whatever order they were written.
    place.write("back.har", har(&[(ORDER, 200, order("sent"), 9), (ORDER, 200, order("open"), 3)]));
    assert_eq!(statuses(&report(&place, &["--capture", "back.har"], 0))[2], "pass");
    place.write("open.har", har(&[(ORDER, 200, order("open"), 1), (ORDER, 500, order("sent"), 2)]));
    let made = report(&place, &["--capture", "open.har"], 2);
    assert_eq!(rules(&made), ["verify.contract-broken"]);
    place.write("never.har", har(&[("/products", 200, json!({"items": []}), 1)]));
    assert_eq!(rules(&report(&place, &["--capture", "never.har"], 1)), ["verify.assertion-unknown"]);
    // What is taken out of recordings is no value.
    let secret =
        "{type: api_state, endpoint_ref: get_order, field_path: token, op: matches_regex, value: '^.'}";
    let hidden = assertion(secret);
    let body = json!({"token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"});
    hidden.write("s.har", har(&[(ORDER, 200, body, 1)]));
    let made = report(&hidden, &["--capture", "s.har"], 1);
    assert_eq!(rules(&made), ["verify.assertion-unknown"]);
    assert!(
        made["findings"][0]["why"].to_string().contains("taken out")
            || made.to_string().contains("taken out")
    );
    // A stored capture goes by its id.
    let id = place.cask(&["capture", "import", "ok.har", "-a", "api.shop.example", "--name", "june"]).ok();
    let id = id.split_whitespace().find(|word| word.starts_with("cap_")).expect("an id");
    let id = id.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    assert_eq!(statuses(&report(&place, &["--capture", id], 0))[2], "pass");
    for (named, says) in [("none.har", "no stored capture"), ("shop/toolpack.yaml", "cannot judge")] {
        let said = place.cask(&["verify", "--toolpack", "shop", "--capture", named]).failed();
        assert!(said.contains(says), "{named}: {said}");
    }
    place.write("other.har", har(&[]));
    assert_eq!(place.cask(&["verify", "--toolpack", "shop", "--capture", "other.har"]).code, 3);
}

/// Programs call often in one second, and neither spans nor the lines of a stored capture stand in the order of calls.
#[test]
fn of_calls_in_one_second_the_last_is_the_one_that_began_last() {
    let state = "{type: api_state, endpoint_ref: get_order, field_path: status, op: equals, value: sent}";
    let place = assertion(state);
    let order = |status: &str| json!({"order_id": "ord_0123456789ab", "status": status, "total": 1});
    // Four states within one second, the last in each place of the file.
    for last in 0..4 {
        let calls: Vec<(&str, u16, Value, u32)> =
            (0..4).map(|n| (ORDER, 200, order(if n == last { "sent" } else { "open" }), 7)).collect();
        let mut text = har(&calls);
        for n in 0..4 {
            let millis = if n == last { 950 } else { 100 + n };
            text = text.replacen("08:00:07Z", &format!("08:00:07.{millis}Z"), 1);
        }
        place.write("r.har", text);
        assert_eq!(statuses(&report(&place, &["--capture", "r.har"], 0))[2], "pass", "{last}");
        // Stored, the lines stand in the order of what they are.
        let id = place.cask(&["capture", "import", "r.har", "-a", "api.shop.example"]).ok();
        let id = id.split_whitespace().find(|word| word.starts_with("cap_")).expect("an id");
        let id = id.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        assert_eq!(statuses(&report(&place, &["--capture", id], 0))[2], "pass", "{last} stored");
    }
    // Of one moment the one that stands behind.
    place.write("same.har", har(&[(ORDER, 200, order("open"), 1), (ORDER, 200, order("sent"), 1)]));
    assert_eq!(statuses(&report(&place, &["--capture", "same.har"], 0))[2], "pass");
}

#[test]
fn a_value_that_somebody_was_answered_with_is_told_by_nobody() {
    let state = "{type: api_state, endpoint_ref: get_order, field_path: status, op: equals, value: sent}";
    let place = assertion(state);
    let answer = |status: Value| json!({"status": status, "total": 7});
    place.write("text.har", har(&[(ORDER, 200, answer("Ann Smith".into()), 1)]));
    let made = report(&place, &["--capture", "text.har"], 2).to_string();
    assert!(!made.contains("Ann Smith"), "{made}");
    assert!(made.contains("a text of 9 characters") && made.contains("recording/1"), "{made}");
    place.write("map.har", har(&[(ORDER, 200, answer(json!({"a": "Ann Smith", "b": 2, "c": 3})), 1)]));
    let made = report(&place, &["--capture", "map.har"], 2).to_string();
    assert!(!made.contains("Ann Smith") && made.contains("a map of 3"), "{made}");
}

#[test]
fn what_may_have_been_taken_out_holds_for_nothing_and_breaks_nothing() {
    let body = json!({"total": 0, "share": 0.5, "note": "mail user@redacted.invalid", "token": {"sub": "x"}});
    for (field, op) in [
        ("total", "op: gte, value: 0"),
        ("total", "op: equals, value: 5"),
        ("share", "op: lt, value: 1"),
        ("note", "op: contains, value: mail"),
        ("note", "op: equals, value: other"),
        ("note.name", "op: exists"),
    ] {
        let place =
            assertion(&format!("{{type: api_state, endpoint_ref: get_order, field_path: {field}, {op}}}"));
        place.write("r.har", har(&[(ORDER, 200, body.clone(), 1)]));
        let made = report(&place, &["--capture", "r.har"], 1);
        assert_eq!(rules(&made), ["verify.assertion-unknown"], "{field} {op}");
    }
}

#[test]
fn a_finding_keeps_of_what_is_long_no_more_than_it_shows() {
    let long = "x".repeat(5_000);
    let text = format!(
        "{{type: schema_check, endpoint_ref: get_order, field_path: input_schema, op: equals, value: {long}}}"
    );
    let made = report(&assertion(&text), &[], 2);
    let (before, after) = (&made["findings"][0]["before"], &made["findings"][0]["after"]);
    assert!(before.as_str().is_some_and(|text| text.chars().count() == 121), "{before}");
    assert!(after.as_str().is_some_and(|text| text.starts_with("a map of ")), "{after}");
}

#[test]
fn a_compiled_contract_that_compares_nothing_does_not_pass() {
    let compiled = |tool: &str, request: &str, schemas: &str| {
        shop(&format!("- {{request_fingerprint: ab, tool_id: {tool}, {request}, {schemas}}}\n"))
    };
    let order = "method: GET, host: api.shop.example, path: '/v1/orders/{id}'";
    let gone = "method: DELETE, host: api.shop.example, path: '/v1/orders/{order_id}'";
    let answers = "response_schema: {type: object, properties: {state: {type: string}}}";
    let contracts = ["--mode", "contracts"];
    // Another request under the name of a tool is another one.
    for other in [
        order.replace("GET", "POST"),
        order.replace("api.shop", "evil.shop"),
        order.replace("/orders", "/order"),
    ] {
        let made = report(&compiled("get_order", &other, answers), &contracts, 2);
        assert_eq!(rules(&made), ["verify.target-missing"], "{other}");
    }
    // What answers nothing does not answer with what was written down.
    let made = report(&compiled("cancel_order", gone, answers), &contracts, 2);
    assert_eq!(rules(&made), ["verify.contract-broken"]);
    assert!(made.to_string().contains("nothing in JSON is locked"), "{made}");
    // What says nothing is skipped, and what refers to nowhere is looked at.
    let place = compiled("get_order", order, "response_schema: {}");
    let args = ["verify", "--toolpack", "shop", "--mode", "contracts"];
    assert!(place.cask(&args).failed().contains("nothing was verified"));
    let told = report(&place, &[], 0);
    assert!(told.to_string().contains("response_schema says nothing"), "{told}");
    let place = compiled("get_order", order, "response_schema: {$ref: '#/$defs/Order'}");
    let said = report(&place, &[], 1);
    assert_eq!(rules(&said), ["verify.contract-broken"]);
    assert!(said.to_string().contains("refers to a schema"), "{said}");
}

/// Assertions about pages: name and text.
fn pages(place: &Place, shown: &[(&str, &str)]) {
    place.write("tour.yaml", "version: \"1.0\"\nsteps:\n- {type: goto, url: https://shop.example}\n");
    let each = shown.iter().map(|(name, text)| {
        format!(
            "- name: {name}\n  locator: {{by: text, value: x}}\n  expect: {{type: contains_text, value: {text}}}\n"
        )
    });
    place.write("pages.yaml", each.collect::<String>());
}

const PAGES: [&str; 4] = ["--playbook", "tour.yaml", "--ui-assertions", "pages.yaml"];

#[test]
fn what_pages_show_is_within_the_budget_or_over_it() {
    let place = with("toolpacks/shop");
    // cancel_order is the first action, so its name alone is enough for the formula of the reference system.
    pages(&place, &[("order", "orders"), ("again", "orders"), ("greeting", "Good morning")]);
    let made = report(&place, &PAGES, 1);
    assert_eq!(rules(&made), ["verify.unknown-budget", "verify.unmapped"]);
    let section = &made["verify"]["toolpacks"][0]["sections"][3];
    assert_eq!((&section["basis"], &section["status"]), (&"heuristic".into(), &"unknown".into()));
    assert_eq!(section["results"][0]["top_candidates"].as_array().map(Vec::len), Some(5));
    // Within the budget it passes, strict or not; over it a person looks, strict or not.
    fn more<'a>(extra: &[&'a str]) -> Vec<&'a str> {
        [&PAGES[..], extra].concat()
    }
    assert_eq!(rules(&report(&place, &more(&["--unknown-budget", "0.4"]), 0)), ["verify.unmapped"]);
    report(&place, &more(&["--no-strict"]), 1);
    let made = report(&place, &more(&["--unknown-budget", "0.4", "--top-k", "2"]), 0);
    let results = &made["verify"]["toolpacks"][0]["sections"][3]["results"];
    assert_eq!(results[0]["top_candidates"].as_array().map(Vec::len), Some(2));
    // Of the environment, of config.yaml, of nobody.
    place.write(".caskmcp/config.yaml", "schema: cask.config/1\nverify: {unknown_budget: 40}\n");
    report(&place, &PAGES, 0);
    let args = [&["verify", "--toolpack", "shop"][..], &PAGES].concat();
    let code = |env: &[(&str, &str)]| place.cask_with(&args, env).code;
    assert_eq!(code(&[("CASK_VERIFY_UNKNOWN_BUDGET", "0.1")]), 1);
    assert_eq!(code(&[("CASK_VERIFY_UNKNOWN_BUDGET", "")]), 0);
    assert_eq!(code(&[("CASK_VERIFY_STRICT", "perhaps")]), 3);
    report(&place, &more(&["--unknown-budget", "0.3"]), 1);
    for wrong in
        [["--unknown-budget", "1.1"], ["--min-confidence", "-1"], ["--top-k", "0"], ["--mode", "every"]]
    {
        assert_eq!(place.cask(&[&args[..], &wrong].concat()).code, 3, "{wrong:?}");
    }
    let half = ["verify", "--toolpack", "shop", "--playbook", "tour.yaml"];
    assert!(place.cask(&half).failed().contains("one of them is missing"));
    place.write("tour.yaml", "version: \"9.9\"\nsteps: []\n");
    assert!(place.cask(&args).failed().contains("1.0"));
}

#[test]
fn recorded_calls_say_what_a_page_shows() {
    let place = with("toolpacks/shop");
    pages(&place, &[("state", "Handed to the carrier"), ("greeting", "Good morning")]);
    let order = json!({"order_id": "ord_0123456789ab", "status": "Handed to the carrier", "total": 1});
    place.write("r.har", har(&[("/products", 200, json!({"items": []}), 1), (ORDER, 200, order, 2)]));
    let args = [&PAGES[..], &["--capture", "r.har", "--unknown-budget", "0.5"]].concat();
    let made = report(&place, &args, 0);
    assert_eq!(rules(&made), ["verify.unmapped"]);
    let section = &made["verify"]["toolpacks"][0]["sections"][3];
    assert_eq!(section["basis"], "recorded");
    let first = &section["results"][0];
    assert_eq!(
        (&first["status"], &first["top_candidates"][0]["tool_id"]),
        (&"pass".into(), &"get_order".into())
    );
    assert_eq!(first["top_candidates"][0]["evidence_refs"], json!(["recording/2"]));
    assert_eq!(first["top_candidates"][0]["signals"]["shape_match"], 0.9);
}

#[test]
fn the_files_of_the_reference_system_say_what_it_came_to() {
    let broken = "{type: schema_check, endpoint_ref: get_order, field_path: input_schema.type, op: equals, value: list}";
    let place = assertion(broken);
    let args = ["verify", "--toolpack", "shop", "--format", "both", "--output", "out"];
    assert_eq!(place.cask(&args).code, 2);
    let text = place.read("out/verify_tp_1d915b164824.json");
    let file: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((&file["overall_status"], &file["exit_code"]), (&"fail".into(), &2.into()));
    assert_eq!(file["reasons"][0]["rule"], "verify.contract-broken");
    assert_eq!(file["contracts"]["contract_path"], "artifact/contracts.yaml");
    assert_eq!(file["replay"]["checks"]["fail_count"], 0);
    assert_eq!(file["provenance"]["status"], "skipped");
    assert_eq!((&file["governance_mode"], &file["mode"]), (&"none".into(), &"all".into()));
    assert!(!text.contains(place.root().to_str().expect("text")), "paths are relative");
    assert_eq!(place.cask(&args).code, 2);
    assert_eq!(place.read("out/verify_tp_1d915b164824.json"), text, "the same input is the same file");
    assert!(place.read("out/verify_tp_1d915b164824.md").contains("| outcomes | fail |"));
    assert!(place.cask(&args[..5]).failed().contains("no folder is named"));
    let replay = ["--mode", "replay", "--output", "out"];
    place.cask(&[&["verify", "--toolpack", "shop", "--format", "both"], &replay[..]].concat()).ok();
    let file: Value = serde_json::from_str(&place.read("out/verify_tp_1d915b164824.json")).expect("JSON");
    assert_eq!((&file["contracts"], &file["mode"]), (&Value::Null, &"replay".into()));
}

/// One recording, and files for each of them.
#[test]
fn of_several_toolpacks_each_has_files_that_are_about_it_alone() {
    let place = Place::with_git();
    for pack in ["shop", "desk"] {
        copy(&Path::new(FIXTURES).join("toolpacks").join(pack), &place.path(pack));
    }
    let broken = "{type: schema_check, endpoint_ref: get_order, field_path: input_schema.type, op: equals, value: list}";
    let state = "{type: api_state, endpoint_ref: get_order, field_path: status, op: equals, value: sent}";
    let header = place.read("shop/toolpack.yaml");
    place
        .write("shop/toolpack.yaml", header.replace("contracts: null", "contracts: artifact/contracts.yaml"));
    place.write(
        "shop/artifact/contracts.yaml",
        format!(
            "{HEAD}- contract_id: vc_1\n  targets: [get_order]\n  assertions:\n  - {broken}\n  - {state}\n"
        ),
    );
    place.write("r.har", har(&[(ORDER, 200, json!({"status": "sent", "total": 1}), 1)]));
    let args = ["verify", "--toolpack", "shop", "--toolpack", "desk", "--capture", "r.har"];
    assert_eq!(place.cask(&[&args[..], &["--format", "both", "--output", "out"]].concat()).code, 2);
    let id = |pack: &str| {
        let header = place.read(&format!("{pack}/toolpack.yaml"));
        header.split_whitespace().find(|word| word.starts_with("tp_")).expect("an id").to_owned()
    };
    let file = |pack: &str, end: &str| place.read(&format!("out/verify_{}.{end}", id(pack)));
    let (shop, desk) = (file("shop", "md"), file("desk", "md"));
    assert!(shop.contains("verify.contract-broken") && shop.contains("Blocked"), "{shop}");
    assert!(shop.contains("1 of 1 entries are calls of the toolpack"), "{shop}");
    assert!(!shop.contains("desk"), "{shop}");
    assert!(
        !desk.contains("verify.contract-broken") && !desk.contains("shop") && desk.contains("Passed"),
        "{desk}"
    );
    assert!(desk.contains("0 of 1 entries are calls of the toolpack"), "{desk}");
    let read = |pack: &str| serde_json::from_str::<Value>(&file(pack, "json")).expect("JSON");
    assert_eq!((&read("shop")["exit_code"], &read("desk")["exit_code"]), (&2.into(), &0.into()));
    assert_eq!(read("shop")["outcomes"]["checks"]["pass_count"], 1, "what was answered was looked at");
}

#[test]
fn only_signatures_that_hold_make_a_toolpack_approved() {
    let place = Place::with_git();
    copy(&Path::new(FIXTURES).join("toolpacks/shop"), &place.path("shop"));
    let governance = || {
        let made = report(&place, &[], 0);
        made["verify"]["toolpacks"][0]["governance_mode"].as_str().expect("a word").to_owned()
    };
    assert_eq!(governance(), "none");
    place.cask(&["key", "new", "--no-passphrase"]).ok();
    place.cask(&["trust", "init", "--id", "alice", "--yes"]).ok();
    place.merge("trust");
    place.cask(&["gate", "sync"]).ok();
    assert_eq!(governance(), "pre-approval");
    place.cask(&["gate", "allow", "--all", "--yes", "--reason", "looked at it"]).ok();
    assert_eq!(governance(), "approved");
    let tools = place.read("shop/artifact/tools.json");
    place.write("shop/artifact/tools.json", tools.replacen("Cancel an order", "Cancel any order", 2));
    assert_eq!(governance(), "pre-approval");
    // A lockfile that says so of itself is not believed.
    let lock = place.read("shop/lockfile/caskmcp.lock.yaml");
    let forged = lock.replace("signature: ", "signature: AA");
    assert_ne!(lock, forged);
    place.write("shop/artifact/tools.json", tools);
    place.write("shop/lockfile/caskmcp.lock.yaml", forged);
    assert_eq!(governance(), "pre-approval");
}

#[test]
fn what_was_verified_is_kept_and_checked() {
    let place = with("toolpacks/shop");
    let args = ["verify", "--toolpack", "shop", "--evidence", "evidence"];
    let plain = place.cask(&args[..3]);
    let kept = place.cask(&args);
    assert_eq!((kept.code, &kept.out), (plain.code, &plain.out));
    let name = std::fs::read_dir(place.path("evidence")).expect("a folder").next().expect("a bundle");
    let name = format!("evidence/{}", name.expect("an entry").file_name().to_string_lossy());
    assert!(place.cask(&["verify", "--bundle", &name]).ok().contains("whole"));
    place.write(&name, place.read(&name).replacen("\"verify\"", "\"verifx\"", 1));
    assert_eq!(place.cask(&["verify", "--bundle", &name]).code, 2);
    assert_eq!(place.cask(&["verify", "--bundle", "no.jsonl"]).code, 3);
    // A recording would not be named in it.
    place.write("calls.har", har(&[]));
    let told = place.cask(&[&args[..], &["--capture", "calls.har"]].concat()).failed();
    assert!(told.contains("no recording"), "{told}");
    // What is said of toolpacks means nothing of it, and is not passed over.
    place.write(&name, place.read(&name).replacen("\"verifx\"", "\"verify\"", 1));
    let bundle = ["verify", "--bundle", &name];
    for more in [
        &["--toolpack", "shop"][..],
        &["--require", "replay"],
        &["--mode", "replay"],
        &["--strict"],
        &["--no-strict"],
        &["--top-k", "3"],
        &["--min-confidence", "0.9"],
        &["--unknown-budget", "0.1"],
        &["--fail-on", "any"],
        &["--min-risk", "high"],
        &["--output", "out.json"],
    ] {
        assert_eq!(place.cask(&[&bundle[..], more].concat()).code, 3, "{more:?}");
    }
    assert!(place.cask(&[&bundle[..], &["--format", "json"]].concat()).ok().contains("\"whole\": true"));
    // What a shell has set for all commands is not said of this one.
    let set = [("CASK_VERIFY_MIN_CONFIDENCE", "0.9"), ("CASK_VERIFY_STRICT", "true")];
    assert_eq!(place.cask_with(&bundle, &set).code, 0);
}
