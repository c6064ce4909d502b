//! What a server writes down of calls, and the options that say so: the real program, and its log read back.

use crate::{confirming, served_shop, upstream};

use std::time::{Duration, Instant};

use cask::io::clock;
use cask::io::confirmations::{Confirmations, Store};
use cask::model::risk::RiskTier;
use confirming::unwritten;
use serde_json::{Value, json};
use served_shop::{PACK, Shop};
use upstream::{Answered, Upstream};

const LOG: &str = ".caskmcp/state/audit/runtime.jsonl";

/// The records of a kind.
fn of_kind(shop: &Shop, kind: &str) -> Vec<Value> {
    shop.audit().into_iter().filter(|record| record["kind"] == kind).collect()
}

#[test]
fn an_answer_that_does_not_fit_is_written_down_by_place_and_keyword_and_without_its_value() {
    let shop = Shop::new(Upstream::new(|asked| match asked.target.ends_with("/list") {
        true => Answered::json(200, &json!(["s3cret"])),
        false => Answered::json(200, &json!({"id": "7", "color": {"s3cret": 1}})),
    }));
    let mut session = shop.session(&[]);
    for (id, pointer, keyword) in [("7", "/color", "type"), ("list", "", "type")] {
        let told = session.call("get_item", json!({"id": id}));
        assert_eq!(told["isError"], true, "{told}");
        let outcome = of_kind(&shop, "outcome").pop().expect("an outcome");
        assert_eq!(outcome["drift"], true);
        let record = of_kind(&shop, "validation").pop().expect("what did not fit");
        assert_eq!((&record["side"], &record["call_id"]), (&json!("output"), &outcome["call_id"]));
        assert_eq!((&record["pointer"], &record["keyword"]), (&json!(pointer), &json!(keyword)));
        assert_eq!(record["tool_id"], outcome["tool_id"]);
    }
    assert!(!shop.place.read(LOG).contains("s3cret"));
}

/// What the policy takes out of answers was shown to whoever grants, listed and written down: in the path, or as a number.
#[test]
fn what_the_policy_withholds_is_neither_shown_nor_written_down() {
    let shop = Shop::unsigned(Upstream::echo());
    let policy = shop.place.read(&format!("{PACK}/artifact/policy.yaml"));
    let mut rules = String::new();
    for (kind, settings) in [("confirm", ""), ("redact", "{fields: [I-D]}"), ("audit", "{level: detailed}")] {
        rules += &format!(
            "- id: own_{kind}\n  name: own {kind}\n  type: {kind}\n  priority: 95\n  match:\n    methods: [GET]\n"
        );
        if !settings.is_empty() {
            rules += &format!("  settings: {settings}\n");
        }
    }
    shop.place.write(&format!("{PACK}/artifact/policy.yaml"), policy + &rules);
    shop.place.cask(&["gate", "sync"]).ok();
    shop.place.cask(&["gate", "allow", "--all", "--yes", "--reason", "seen"]).ok();
    shop.place.merge("approve");
    let mut session = shop.session(&[]);
    let asked = session.told("get_item", json!({"id": "s3cret"}));
    let token = asked["confirmation_token_id"].as_str().expect("a token").to_owned();
    let shown = shop.place.cask(&["confirm", "show", &token, "--format", "json"]).ok();
    let shown: Value = serde_json::from_str(&shown).expect("JSON");
    assert_eq!(
        (&shown["path"], &shown["arguments"]),
        (&json!("/api/items/*"), &json!(r#"{"id":"[redacted]"}"#))
    );
    shop.place.cask(&["confirm", "grant", &token, "--yes", "--reason", "fine"]).ok();
    session.call("get_item", json!({"id": "s3cret", "confirmation_token_id": token}));
    assert_eq!(shop.upstream.asked().last().expect("it was sent").target, "/api/items/s3cret");
    drop(session.close());
    assert_eq!(of_kind(&shop, "intent").pop().expect("an intent")["path"], "/api/items/*");
    assert!(!shop.place.read(LOG).contains("s3cret"));
}

#[test]
fn calls_go_on_where_nothing_can_be_written_only_if_that_was_said() {
    let shop = Shop::new(Upstream::echo());
    let full = ["--audit-log", "/dev/full"];
    assert_eq!(shop.place.cask(&[&["run", "--toolpack", PACK], &full[..]].concat()).code, 3);
    let mut session = shop.session(&[&full[..], &["--audit-best-effort"]].concat());
    assert_eq!(session.call("get_item", json!({"id": "1"}))["isError"], false);
    assert_eq!(shop.upstream.asked().len(), 1);
    let (_, _, told) = session.close();
    let said = told.iter().filter(|line| line.contains("can't be written") && line.contains("calls go on"));
    assert_eq!(said.count(), 1, "once, not for every call: {told:?}");
    assert!(told.iter().any(|line| line.contains("--audit-best-effort")), "{told:?}");
}

#[test]
fn the_plain_digest_of_a_call_can_be_left_out() {
    let shop = Shop::new(Upstream::echo());
    for (more, has_plain) in [(&[][..], true), (&["--audit-private"], false)] {
        let mut session = shop.session(more);
        session.call("get_item", json!({"id": "1"}));
        drop(session.close());
        let record = of_kind(&shop, "decision").pop().expect("a decision");
        assert_eq!(record["request_fingerprint"].is_string(), has_plain, "{record}");
        assert_eq!(record["request_hmac"].as_str().map(str::len), Some(64), "{record}");
    }
    let [plain, private] = &of_kind(&shop, "decision")[..] else { panic!("two calls") };
    assert_eq!(plain["request_hmac"], private["request_hmac"], "the same call is known by the key");
}

#[test]
fn a_log_of_so_many_bytes_is_rotated_and_stays_one_chain() {
    let shop = Shop::new(Upstream::echo());
    let ran = shop.place.cask(&["run", "--toolpack", PACK, "--audit-max-bytes", "65535"]);
    assert!(ran.failed().contains("--audit-max-bytes"));
    let mut session = shop.session(&["--audit-max-bytes", "65536"]);
    let first = shop.place.path(&format!("{LOG}.1"));
    for n in 0..200 {
        session.call("get_item", json!({"id": n.to_string()}));
        if first.exists() {
            break;
        }
    }
    drop(session.close());
    let length = first.metadata().expect("it was rotated").len();
    assert!((60_000..=65_536).contains(&length), "{length}");
    let whole = shop.place.cask(&["audit", "verify"]).ok();
    assert!(whole.contains("in 2 files"), "{whole}");
}

#[test]
fn the_log_is_not_mixed_with_the_protocol() {
    let shop = Shop::new(Upstream::echo());
    for command in [&["run"][..], &["enforce", "--port", "0"]] {
        let ran = shop.place.cask(&[command, &["--toolpack", PACK, "--audit-log", "-"]].concat());
        assert_eq!((ran.code, ran.out.as_str()), (3, ""), "{}", ran.err);
        assert!(ran.err.contains("standard output belongs to the protocol"), "{}", ran.err);
    }
    assert!(!shop.place.path("-").exists());
}

/// What ended while no server ran is told by the next one, at once.
#[test]
fn a_challenge_whose_time_is_over_is_written_down() {
    let shop = Shop::new(Upstream::echo());
    let store = shop.place.path(".caskmcp/state/confirmations.db");
    let now = clock::millis().expect("a clock");
    let asked = confirming::asked(1, RiskTier::High);
    let issued =
        Store::open(&store, now).expect("a store").challenge(&asked, now - 301_000, unwritten).expect("one");
    let session = shop.session(&[]);
    let end = Instant::now() + Duration::from_secs(20);
    let expired = || of_kind(&shop, "confirmation").into_iter().find(|record| record["event"] == "expire");
    while expired().is_none() {
        assert!(Instant::now() < end, "{:?}", shop.audit());
        std::thread::sleep(Duration::from_millis(20));
    }
    let record = expired().expect("it was seen");
    assert_eq!(
        (&record["confirmation_id"], &record["tool_id"]),
        (&json!(issued.short), &json!(asked.bindings.tool_id))
    );
    drop(session.close());
    assert_eq!(of_kind(&shop, "confirmation").len(), 1, "once");
}

#[test]
fn a_person_has_the_time_that_was_said() {
    let shop = Shop::new(Upstream::echo());
    for wrong in ["29", "3601", "x"] {
        let ran = shop.place.cask(&["run", "--toolpack", PACK, "--confirm-ttl", wrong]);
        assert!(ran.failed().contains("--confirm-ttl"), "{wrong}");
    }
    let mut session = shop.session(&["--toolset", "operator", "--confirm-ttl", "600"]);
    session.call("create_item", json!({"color": "red"}));
    let listed = shop.place.cask(&["confirm", "list", "--format", "json"]).ok();
    let listed: Value = serde_json::from_str(&listed).expect("JSON");
    let seconds = |name: &str| {
        let text = listed["confirmations"][0][name].as_str().expect("a time");
        text.parse::<cask::canon::time::Timestamp>().expect("a time").seconds()
    };
    assert!((599..=600).contains(&(seconds("expires_at") - seconds("created_at"))), "{listed}");
}

#[test]
fn a_rule_of_the_policy_gives_a_person_less_time_and_never_more() {
    let shop = Shop::unsigned(Upstream::echo());
    let path = format!("{PACK}/artifact/policy.yaml");
    let rule = "- id: own_ask\n  name: own ask\n  type: confirm\n  priority: 95\n  match:\n    methods: [GET]\n  settings:\n    ttl_seconds: 120\n";
    shop.place.write(&path, shop.place.read(&path) + rule);
    shop.place.cask(&["gate", "sync"]).ok();
    shop.place.cask(&["gate", "allow", "--all", "--yes", "--reason", "seen"]).ok();
    shop.place.merge("approve");
    for (said, given) in [("600", 120), ("60", 60)] {
        let mut session = shop.session(&["--confirm-ttl", said]);
        let asked = session.told("get_item", json!({"id": said}));
        let token = asked["confirmation_token_id"].as_str().expect("a token").to_owned();
        let shown = shop.place.cask(&["confirm", "show", &token, "--format", "json"]).ok();
        let shown: Value = serde_json::from_str(&shown).expect("JSON");
        let seconds = |name: &str| {
            let text = shown[name].as_str().expect("a time");
            text.parse::<cask::canon::time::Timestamp>().expect("a time").seconds()
        };
        let time = seconds("expires_at") - seconds("created_at");
        assert!((given - 1..=given).contains(&time), "{shown}");
        drop(session.close());
    }
}
