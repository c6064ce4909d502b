//! `cask verify --live` against servers of this machine: what approved reads answer is judged, and everything else is not
//! asked, is said to be open, and is never a pass.

use crate::{served_shop as shop, support, upstream};

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use shop::{LOOPBACK, PACK, Shop};
use upstream::{Answered, Upstream};

/// What nobody may find in a report.
const SECRET: &str = "sk_live_9f8e7d6c5b4a39281706f5e4d3c2b1a0";
const CARD: &str = "very-own-words-of-a-customer";

/// Contracts with these assertions, each in a contract of its own so that a check can be told by its name.
fn contracts(assertions: &[&str]) -> String {
    let one = |(at, text): (usize, &&str)| {
        format!("- contract_id: vc_{at}\n  assertions:\n  - {{type: api_state, {text}}}\n")
    };
    let all: String = assertions.iter().enumerate().map(one).collect();
    format!("schema_version: \"1.0\"\nkind: contracts\ncontracts:\n{all}")
}

/// A toolpack that names its contracts, with a change before anybody approves it.
fn shop(upstream: Upstream, server: Option<&str>, change: impl FnOnce(&Shop)) -> Shop {
    let shop = match server {
        Some(server) => Shop::elsewhere(upstream, server),
        None => Shop::unsigned(upstream),
    };
    shop.edit("toolpack.yaml", "contracts: null", "contracts: artifact/contracts.yaml");
    shop.place.write(&format!("{PACK}/artifact/contracts.yaml"), contracts(&[]));
    change(&shop);
    shop
}

/// Puts contracts in, and has all of the toolpack approved as it is then.
fn approve(shop: &Shop, assertions: &[&str]) {
    shop.place.write(&format!("{PACK}/artifact/contracts.yaml"), contracts(assertions));
    shop.place.cask(&["gate", "sync"]).ok();
    shop.place.cask(&["gate", "allow", "--all", "--yes", "--reason", "looked at it"]).ok();
}

fn verify(shop: &Shop, more: &[&str]) -> support::Ran {
    let args = [&["verify", "--toolpack", PACK, "--format", "json", "--live"], &LOOPBACK[..], more].concat();
    shop.place.cask(&args)
}

fn report(shop: &Shop, more: &[&str], code: i32) -> Value {
    let ran = verify(shop, more);
    assert_eq!(ran.code, code, "{}\n{}", ran.out, ran.err);
    for own in [SECRET, CARD] {
        assert!(!ran.out.contains(own) && !ran.err.contains(own), "{}", ran.out);
    }
    serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{e}: {}", ran.out))
}

/// In one line: where lines break hangs on the lengths of paths.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// State and reason of each contract that did not pass, by its name.
fn outcomes(report: &Value) -> BTreeMap<String, (String, String)> {
    let sections = report["verify"]["toolpacks"][0]["sections"].as_array().expect("sections");
    let outcomes = sections.iter().find(|own| own["mode"] == "outcomes").expect("outcomes");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let checks = outcomes["checks"].as_array().expect("checks").iter();
    checks.map(|own| (text(&own["subject"]), (text(&own["status"]), text(&own["message"])))).collect()
}

fn answers() -> Upstream {
    Upstream::new(|asked| match asked.target.as_str() {
        "/api/items" => Answered::json(200, &json!([{"id": "1"}, {"id": "2"}])),
        "/api/items/7" => Answered::json(200, &json!({"id": "7", "color": CARD, "key": SECRET, "n": 18})),
        "/api/items/broken" => Answered::json(503, &json!({"id": "7"})),
        "/api/items/text" => Answered::of(200, "text/plain", "id: 7"),
        "/api/items/elsewhere" => {
            Answered::of(302, "text/plain", "").with("location", "http://169.254.169.254/latest/meta-data/")
        }
        "/api/items/large" => {
            Answered::of(200, "application/json", format!("{{\"id\": \"{}\"}}", "x".repeat(20 << 20)))
        }
        "/api/items/slow" => Answered::json(200, &json!({"id": "7"})).after(Duration::from_secs(5)),
        _ => Answered::json(404, &json!({})),
    })
}

#[test]
fn what_an_approved_read_answers_holds_or_does_not() {
    let shop = shop(answers(), None, |_| ());
    let item = |rest: &str| format!("endpoint_ref: get_item, arguments: {{id: '7'}}, {rest}");
    let holds = [
        item("field_path: id, op: equals, value: '7'"),
        item("field_path: n, op: gte, value: 18"),
        item("field_path: key, op: exists"),
        "endpoint_ref: list_items, field_path: '-1.id', op: equals, value: '2'".to_owned(),
    ];
    approve(&shop, &holds.each_ref().map(String::as_str));
    let made = report(&shop, &[], 0);
    assert_eq!(outcomes(&made), BTreeMap::new());
    let asked: Vec<String> =
        shop.upstream.asked().iter().map(|own| format!("{} {}", own.method, own.target)).collect();
    assert_eq!(asked, ["GET /api/items/7", "GET /api/items"], "each call is made once");
    // It is written down as every call is.
    assert_eq!(shop.reasons(), ["allowed_policy", "allowed_policy"]);
    assert!(shop.audit().iter().any(|record| record["surface"] == "verify"), "{:?}", shop.audit());

    let fails = [
        item("field_path: color, op: equals, value: red"),
        item("field_path: n, op: lt, value: 3"),
        "endpoint_ref: list_items, field_path: 2.id, op: exists".to_owned(),
        // Its value was hidden, for it looks like a credential.
        item("field_path: key, op: equals, value: none"),
    ];
    approve(&shop, &fails.each_ref().map(String::as_str));
    let made = report(&shop, &[], 2);
    let came = outcomes(&made);
    for (name, state, says) in [
        ("vc_0", "fail", "a text of 28 characters is not equal to red (answered now)"),
        ("vc_1", "fail", "a number is not less than 3 (answered now)"),
        ("vc_2", "fail", "there is no field 2.id"),
        ("vc_3", "unknown", "the policy takes something out of the value"),
    ] {
        let (is, why) = &came[name];
        assert!(is == state && why.contains(says), "{name}: {is}: {why}");
    }
    let human = shop.place.cask(&[&["verify", "--toolpack", PACK, "--live"], &LOOPBACK[..]].concat());
    assert_eq!(human.code, 2);
    assert!(line(&human.out).contains("asked now: 2 of 2 calls were answered"), "{}", human.out);
    assert!(!human.out.contains(CARD) && !human.err.contains(CARD), "{}", human.out);
}

#[test]
fn who_we_are_is_shown_to_the_api_and_to_nobody_else() {
    const HELD: &str = "Bearer corr3ct-horse-battery";
    let shop = shop(Upstream::echo(), None, |_| ());
    let of = |rest: &str| format!("endpoint_ref: get_item, arguments: {{id: '7'}}, {rest}");
    let all = [
        of("field_path: id, op: equals, value: '7'"),
        of("field_path: authorization, op: equals, value: none"),
    ];
    approve(&shop, &all.each_ref().map(String::as_str));
    let args = ["verify", "--toolpack", PACK, "--format", "json", "--live", "--auth-env", "SHOP_AUTH"];
    let mut command = shop.place.command(&[&args[..], &LOOPBACK].concat());
    let out = command.env("SHOP_AUTH", HELD).output().expect("cask runs");
    let (told, err) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert_eq!(out.status.code(), Some(1), "{told}{err}");
    assert_eq!(shop.upstream.asked()[0].header("authorization"), Some(HELD));
    let came = outcomes(&serde_json::from_str(&told).expect("JSON"));
    let (is, why) = &came["vc_1"];
    assert!(is == "unknown" && why.contains("the policy takes something out"), "{is}: {why}");
    assert!(!came.contains_key("vc_0"), "{came:?}");
    let kept = shop.place.read(".caskmcp/state/audit/runtime.jsonl");
    for text in [&*told, &*err, &kept] {
        assert!(!text.contains("corr3ct"), "{text}");
    }
}

#[test]
fn nothing_leaves_without_the_option() {
    let shop = shop(answers(), None, |_| ());
    approve(&shop, &["endpoint_ref: list_items, field_path: 0.id, op: exists"]);
    let ran = line(&shop.place.cask(&["verify", "--toolpack", PACK]).ok());
    assert!(ran.contains("nor was the API to be asked (--live)"), "{ran}");
    assert!(shop.upstream.asked().is_empty());
    for (args, says) in [
        (&["--timeout", "5"][..], "--timeout is about calls, and none is made"),
        (&["--auth-env", "X"], "--auth-env is about calls, and none is made"),
        (&["--no-audit"], "--no-audit is about calls, and none is made"),
        (&["--toolset", "readonly"], "--live"),
        (&["--headless"], "--headless is about a browser, and none is started"),
        (&["--live", "--headless"], "--headless is about a browser, and none is started"),
        (&["--live", "--mode", "replay"], "--live is about outcomes and provenance"),
        (&["--live", "--capture", "x.har"], "--live can't be given with --capture"),
        (&["--live", "--evidence", "kept"], "leave --capture, --live"),
    ] {
        let ran = line(&shop.place.cask(&[&["verify", "--toolpack", PACK], args].concat()).failed());
        assert!(ran.contains(says), "{args:?}: {ran}");
    }
    assert_eq!(shop.upstream.connections(), 0);
}

#[test]
fn what_is_no_approved_read_is_not_asked_and_not_passed() {
    // The tool that reads asks a person; another one was changed after it was approved.
    let asks = |shop: &Shop| {
        let path = format!("{PACK}/artifact/policy.yaml");
        let policy = shop.place.read(&path);
        let rule = "rules:\n- {id: ask-first, name: ask first, type: confirm, priority: 500, match: {methods: [GET], paths: [/api/items]}, \
                    settings: {message: sure}}\n";
        assert!(policy.contains("rules:\n"), "{policy}");
        shop.place.write(&path, policy.replacen("rules:\n", rule, 1));
    };
    let shop = shop(answers(), None, asks);
    let all = [
        "endpoint_ref: list_items, field_path: 0.id, op: exists",
        "endpoint_ref: create_item, arguments: {color: red}, field_path: id, op: exists",
        "endpoint_ref: get_item, field_path: id, op: exists",
        "endpoint_ref: get_item, arguments: {id: 7}, field_path: id, op: exists",
    ];
    approve(&shop, &all);
    let made = report(&shop, &["--toolset", "operator"], 1);
    let came = outcomes(&made);
    for (name, says) in [
        ("vc_0", "a person has to confirm the call, and nobody is asked here (confirmation_required)"),
        (
            "vc_1",
            "only GET and HEAD are sent here, and the tool is called otherwise (denied_method_not_allowed)",
        ),
        ("vc_2", "it was not called: it needs arguments, and the assertion has none: id"),
        ("vc_3", "(denied_param_validation)"),
    ] {
        let (is, why) = &came[name];
        assert!(is == "unknown" && why.contains(says), "{name}: {is}: {why}");
    }
    assert_eq!(shop.upstream.connections(), 0, "nothing was sent");
    let confirmations = shop.place.cask(&["confirm", "list"]).ok();
    assert!(!confirmations.contains("cfr_"), "nobody is asked: {confirmations}");
    // A section in which nothing could be told is none that somebody can count on.
    let ran = verify(&shop, &["--require", "outcomes"]);
    assert_eq!(ran.code, 3, "{}\n{}", ran.out, ran.err);

    // Approved once, and something else now.
    shop.edit("artifact/tools.json", "Get one item", "Get any item");
    let made = report(&shop, &["--toolset", "operator"], 1);
    let (_, why) = &outcomes(&made)["vc_3"];
    assert!(why.contains("changed since the lockfile was written (denied_integrity_mismatch)"), "{why}");
    assert_eq!(shop.upstream.connections(), 0, "nothing was sent");
}

#[test]
fn what_nobody_approved_is_not_asked() {
    let shop = shop(answers(), None, |_| ());
    let all = "endpoint_ref: list_items, field_path: 0.id, op: exists";
    shop.place.write(&format!("{PACK}/artifact/contracts.yaml"), contracts(&[all]));
    shop.place.cask(&["gate", "sync"]).ok();
    let made = report(&shop, &[], 1);
    let (is, why) = &outcomes(&made)["vc_0"];
    assert!(is == "unknown" && why.contains("(denied_not_approved)"), "{why}");
    // Without a lockfile nobody can say what is approved, and how to go without is no advice here.
    std::fs::remove_dir_all(shop.place.path(&format!("{PACK}/lockfile"))).expect("a lockfile");
    let ran = verify(&shop, &[]);
    assert_eq!(ran.code, 3, "{}", ran.out);
    let told = line(&ran.err);
    assert!(told.contains("there is no lockfile") && !told.contains("--unsafe"), "{told}");
    assert_eq!(shop.upstream.connections(), 0, "nothing was sent");
}

#[test]
fn answers_that_are_none_are_open_and_bounded() {
    let shop = shop(answers(), None, |_| ());
    let of =
        |id: &str| format!("endpoint_ref: get_item, arguments: {{id: {id}}}, field_path: id, op: exists");
    let all = ["broken", "elsewhere", "large", "slow", "gone", "text"].map(of);
    approve(&shop, &all.each_ref().map(String::as_str));
    let began = Instant::now();
    let made = report(&shop, &["--timeout", "2", "--allow-redirects"], 1);
    assert!(began.elapsed() < Duration::from_secs(60), "it ends");
    let came = outcomes(&made);
    for (name, says) in [
        ("vc_0", "it was answered with status 503"),
        ("vc_1", "it was called, and gave no answer: "),
        ("vc_2", "(denied_response_too_large)"),
        ("vc_3", "(denied_timeout)"),
        ("vc_4", "it was answered with status 404"),
        ("vc_5", "the answer is no data, but text"),
    ] {
        let (is, why) = &came[name];
        assert!(is == "unknown" && why.contains(says), "{name}: {is}: {why}");
    }
    let (_, why) = &came["vc_1"];
    assert!(why.contains("denied_"), "{why}");
    // What can't be told does not count where that was said, and is no pass all the same.
    assert_eq!(report(&shop, &["--timeout", "2", "--no-strict"], 0)["verdict"], "pass");
}

#[test]
fn a_host_that_does_not_answer_is_open_and_loopback_is_closed_unless_somebody_opens_it() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let dead = format!("http://{}", free.local_addr().expect("an address"));
    drop(free);
    let shop = shop(answers(), Some(&dead), |_| ());
    approve(&shop, &["endpoint_ref: list_items, field_path: 0.id, op: exists"]);
    let (is, why) = outcomes(&report(&shop, &[], 1))["vc_0"].clone();
    assert!(is == "unknown" && why.contains("(error_upstream_unreachable)"), "{why}");
    let ran = shop.place.cask(&["verify", "--toolpack", PACK, "--format", "json", "--live"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let (_, why) = outcomes(&serde_json::from_str(&ran.out).expect("JSON"))["vc_0"].clone();
    assert!(why.contains("(denied_host_resolution_failed)"), "{why}");
}

#[test]
fn what_the_policy_takes_out_is_known_by_nobody() {
    let takes = |shop: &Shop| {
        let path = format!("{PACK}/artifact/policy.yaml");
        let policy = shop.place.read(&path);
        let rule = "rules:\n- {id: hide, name: hide, type: redact, priority: 500, match: {methods: [GET]}, \
                    settings: {fields: [color]}}\n";
        shop.place.write(&path, policy.replacen("rules:\n", rule, 1));
    };
    let shop = shop(answers(), None, takes);
    let of = |rest: &str| format!("endpoint_ref: get_item, arguments: {{id: '7'}}, {rest}");
    let all = [of("field_path: color, op: exists"), of("field_path: id, op: equals, value: '7'")];
    approve(&shop, &all.each_ref().map(String::as_str));
    let came = outcomes(&report(&shop, &[], 1));
    let (is, why) = &came["vc_0"];
    assert!(is == "unknown" && why.contains("the policy takes something out of the answer"), "{why}");
    assert!(!came.contains_key("vc_1"), "{came:?}");
}

#[test]
fn a_change_from_outside_has_nothing_asked() {
    let shop = shop(answers(), None, |_| ());
    approve(&shop, &["endpoint_ref: list_items, field_path: 0.id, op: exists"]);
    let event = |fork: bool| {
        let (head, base) = (
            json!({"id": if fork { 2 } else { 1 }, "full_name": "a/b", "fork": fork}),
            json!({"id": 1, "full_name": "c/d"}),
        );
        json!({"repository": base, "number": 3, "pull_request": {"number": 3, "title": "t", "user": {"login": "eve", "id": 9},
            "head": {"sha": "a".repeat(40), "ref": "x", "repo": head}, "base": {"sha": "b".repeat(40), "ref": "main", "repo": base}}})
    };
    for (fork, says) in [(true, "nothing is asked or played for a change from outside"), (false, "")] {
        shop.place.write("../event.json", event(fork).to_string());
        let mut command =
            shop.place.command(&[&["verify", "--toolpack", PACK, "--live"], &LOOPBACK[..]].concat());
        let path = shop.place.dir.path().join("event.json");
        command.env("CI", "true").env("GITHUB_ACTIONS", "true").env("GITHUB_EVENT_NAME", "pull_request");
        let out = command.env("GITHUB_EVENT_PATH", path).output().expect("cask runs");
        let err = line(&String::from_utf8_lossy(&out.stderr));
        assert!(err.contains(says), "{err}");
        assert_eq!(out.status.code() == Some(3), fork, "{err}");
        assert_eq!(shop.upstream.asked().is_empty(), fork, "{err}");
    }
}
