//! `cask verify --live` against servers of this machine: what approved reads answer is judged, and everything else is not
//! asked, is said to be open, and is never a pass.

#[path = "support/session.rs"]
mod session;
#[path = "support/served_shop.rs"]
mod shop;
#[path = "support/cask.rs"]
mod support;
#[path = "support/upstream.rs"]
mod upstream;

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

/// A toolpack that is minted, names its contracts, and is approved by `more` beside all.
fn shop(upstream: Upstream, server: Option<&str>, change: impl FnOnce(&Shop)) -> Shop {
    let shop = match server {
        Some(server) => Shop::elsewhere(upstream, server),
        None => Shop::unsigned(upstream),
    };
    shop.edit("toolpack.yaml", "contracts: null", "contracts: artifact/contracts.yaml");
    shop.place.write(&format!("{PACK}/artifact/contracts.yaml"), contracts(&[]));
    change(&shop);
    shop.place.cask(&["gate", "sync"]).ok();
    shop.place.cask(&["gate", "allow", "--all", "--yes", "--reason", "looked at it"]).ok();
    shop.place.merge("approve");
    shop
}

fn verify(shop: &Shop, assertions: &[&str], more: &[&str]) -> support::Ran {
    shop.place.write(&format!("{PACK}/artifact/contracts.yaml"), contracts(assertions));
    let args = [&["verify", "--toolpack", PACK, "--format", "json", "--live"], &LOOPBACK[..], more].concat();
    shop.place.cask(&args)
}

fn report(shop: &Shop, assertions: &[&str], more: &[&str], code: i32) -> Value {
    let ran = verify(shop, assertions, more);
    assert_eq!(ran.code, code, "{}\n{}", ran.out, ran.err);
    for own in [SECRET, CARD] {
        assert!(!ran.out.contains(own) && !ran.err.contains(own), "{}", ran.out);
    }
    serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{e}: {}", ran.out))
}

/// What each contract came to that did not pass, and why.
fn outcomes(report: &Value) -> Vec<(String, String, String)> {
    let sections = report["verify"]["toolpacks"][0]["sections"].as_array().expect("sections");
    let outcomes = sections.iter().find(|own| own["section"] == "outcomes").expect("outcomes");
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let checks = outcomes["checks"].as_array().expect("checks").iter();
    checks.map(|own| (text(&own["subject"]), text(&own["status"]), text(&own["why"]))).collect()
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
    let item = "endpoint_ref: get_item, arguments: {id: '7'}, ";
    let of = |rest: &str| format!("{item}{rest}");
    let holds = [
        of("field_path: id, op: equals, value: '7'"),
        of("field_path: n, op: gte, value: 18"),
        of("field_path: key, op: exists"),
        "endpoint_ref: list_items, field_path: '-1.id', op: equals, value: '2'".to_owned(),
    ];
    let all: Vec<&str> = holds.iter().map(String::as_str).collect();
    let made = report(&shop, &all, &[], 0);
    assert_eq!(outcomes(&made), []);
    let asked: Vec<String> = shop.upstream.asked().iter().map(|a| format!("{} {}", a.method, a.target)).collect();
    assert_eq!(asked, ["GET /api/items/7", "GET /api/items"], "each call is made once");
    let text = made.to_string();
    assert!(text.contains("asked now: 2 of 2 calls were answered"), "{text}");
    // It is written down as every call is.
    assert_eq!(shop.reasons(), ["allowed_policy", "allowed_policy"]);
    assert!(shop.audit().iter().any(|record| record["surface"] == "verify"), "who asked");

    let fails = [
        of("field_path: color, op: equals, value: red"),
        of("field_path: size, op: exists"),
        of("field_path: n, op: lt, value: 3"),
    ];
    let all: Vec<&str> = fails.iter().map(String::as_str).collect();
    let made = report(&shop, &all, &[], 2);
    let states: Vec<String> = outcomes(&made).into_iter().map(|(_, state, _)| state).collect();
    assert_eq!(states, ["fail", "fail", "fail"], "{made}");
    assert!(made.to_string().contains("answered now"), "{made}");
}
