//! Can `cask run` be fooled? Each test is named after a flaw of the reference system, or an attack that its specification
//! tells of, and would fail on its behaviour. The real program before servers on this machine.

mod network;
mod while_running;

use crate::{served_shop, session, upstream};

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use served_shop::{PACK, Shop};
use session::Session;
use upstream::{Answered, Upstream};

/// The reason of a refusal.
fn code(told: &Value) -> &str {
    told["reason_code"].as_str().unwrap_or("none")
}

/// The reference system put `../../echo/outside` on the wire as it came: another endpoint answered, approved as this one.
#[test]
fn path_traversal_in_arguments_reaches_nothing_else() {
    let shop = Shop::new(Upstream::echo());
    let mut session = shop.session(&[]);
    for hostile in [
        "../../echo/outside",
        "x?admin=1",
        "x#cut",
        "x/../../y",
        "%2e%2e",
        "%2F",
        "{other}",
        "a b",
        "ü",
        "x;y=1",
        "\\..\\",
    ] {
        let got = session.call("get_item", json!({"id": hostile}));
        assert_eq!(got["isError"], false, "{hostile}: {got}");
    }
    for refused in ["", ".", "..", "a\r\nb", "a\0b", "a\nHost: evil.example"] {
        let told = session.told("get_item", json!({"id": refused}));
        assert_eq!(code(&told), "denied_param_validation", "{refused:?}: {told}");
    }
    for asked in shop.upstream.asked() {
        let inner = asked.target.strip_prefix("/api/items/").expect("the approved path");
        assert!(!inner.contains(['/', '?', '#', '\\', '{']), "{inner}");
        assert!(inner != ".." && inner != ".", "{inner}");
    }
}

/// It forwarded any argument that it had never heard of, as query or body.
#[test]
fn an_undeclared_argument_is_refused() {
    let shop = Shop::new(Upstream::echo());
    let mut session = shop.session(&["--toolset", "operator"]);
    for (tool, arguments) in [
        ("get_item", json!({"id": "1", "admin": true})),
        ("create_item", json!({"color": "red", "role": "admin"})),
    ] {
        assert_eq!(code(&session.told(tool, arguments)), "denied_param_validation", "{tool}");
    }
    assert!(shop.upstream.asked().is_empty());
}

/// Two servers that shared a store took each other's tokens, whatever base address they were started with.
#[test]
fn a_token_is_good_for_one_origin() {
    let shop = Shop::new(Upstream::echo());
    let other = Upstream::echo();
    let mut one = shop.session(&["--toolset", "operator"]);
    let asked = one.told("create_item", json!({"color": "red"}));
    let token = asked["confirmation_token_id"].as_str().expect("a token").to_owned();
    shop.place.cask(&["confirm", "grant", &token, "--yes", "--reason", "fine"]).ok();
    let base = format!("http://127.0.0.1:{}", other.port);
    let mut two = shop.session(&["--toolset", "operator", "--base-url", &base, "--unsafe-base-url"]);
    let told = two.told("create_item", json!({"color": "red", "confirmation_token_id": token}));
    assert_eq!(code(&told), "denied_confirmation_invalid");
    assert!(other.asked().is_empty());
    let made = one.call("create_item", json!({"color": "red", "confirmation_token_id": token}));
    assert_eq!(made["isError"], false, "the token was not spent by it");
}

/// A grant that was given for the server to try things out on counted for the one that customers use.
#[test]
fn a_token_is_good_for_one_part_of_a_server() {
    let shop = Shop::new(Upstream::echo());
    let base = |part: &str| format!("http://127.0.0.1:{}/{part}", shop.upstream.port);
    let (staging, prod) = (base("staging"), base("prod"));
    let mut one = shop.session(&["--toolset", "operator", "--base-url", &staging]);
    let asked = one.told("create_item", json!({"color": "red"}));
    let token = asked["confirmation_token_id"].as_str().expect("a token").to_owned();
    let waiting = shop.place.cask(&["confirm", "list", "--format", "json"]).ok();
    assert!(waiting.contains("/staging/api/items"), "what is shown is what would be sent: {waiting}");
    shop.place.cask(&["confirm", "grant", &token, "--yes", "--reason", "fine"]).ok();
    let mut two = shop.session(&["--toolset", "operator", "--base-url", &prod]);
    let again = json!({"color": "red", "confirmation_token_id": token});
    assert_eq!(code(&two.told("create_item", again.clone())), "denied_confirmation_invalid");
    assert!(shop.upstream.asked().is_empty());
    assert_eq!(one.call("create_item", again)["isError"], false);
    assert_eq!(shop.upstream.asked()[0].target, "/staging/api/items");
}

/// Rules about headers were asked before the headers were there.
#[test]
fn rules_see_the_headers_that_are_sent() {
    let shop = Shop::unsigned(Upstream::echo());
    let policy = format!("{PACK}/artifact/policy.yaml");
    let mut text = shop.place.read(&policy);
    text += r#"- id: no-json
  name: no JSON
  type: deny
  priority: 900
  match:
    headers:
      content-type: application/json
"#;
    shop.place.write(&policy, text);
    shop.place.cask(&["gate", "sync"]).ok();
    shop.place.cask(&["gate", "allow", "--all", "--yes", "--reason", "looked at it"]).ok();
    shop.place.merge("approve");
    let mut session = shop.session(&["--toolset", "operator"]);
    assert_eq!(code(&session.told("create_item", json!({"color": "red"}))), "denied_policy");
    assert_eq!(session.call("get_item", json!({"id": "1"}))["isError"], false);
}

/// Calls were made though they could not be written down.
#[test]
fn what_cannot_be_written_down_is_not_done() {
    let shop = Shop::new(Upstream::echo());
    let ran = shop.place.cask(&["run", "--toolpack", PACK, "--audit-log", "/dev/full"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    let mut session = shop.session(&[]);
    assert_eq!(session.call("get_item", json!({"id": "1"}))["isError"], false);
    let log = shop.place.path(".caskmcp/state/audit/runtime.jsonl");
    std::fs::rename(&log, log.with_extension("moved")).expect("a file");
    std::fs::create_dir(&log).expect("a folder stands in its place");
    let sent = shop.upstream.asked().len();
    let told = session.told("get_item", json!({"id": "2"}));
    assert_eq!(code(&told), "error_internal", "{told}");
    assert!(!told.to_string().contains(".caskmcp"), "no path of this machine: {told}");
    assert_eq!(shop.upstream.asked().len(), sent, "nothing was sent");
    let list = session.ask("tools/list", json!({}));
    assert_eq!(list["error"]["code"], -32603, "nor are tools named: {list}");
}

/// A checkout can bring links: the log went into nothing, or all of it into another folder, whose mode was changed.
#[cfg(unix)]
#[test]
fn links_below_the_state_folder_lead_nowhere() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let shop = Shop::new(Upstream::echo());
    let elsewhere = shop.place.dir.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).expect("a folder");
    std::fs::set_permissions(&elsewhere, std::fs::Permissions::from_mode(0o755)).expect("its mode");
    let state = shop.place.path(".caskmcp/state");
    for (link, target) in [
        ("audit/runtime.jsonl", std::path::Path::new("/dev/null")),
        ("audit", &elsewhere),
        ("confirmations.db", &elsewhere.join("other.db")),
        ("", &elsewhere),
    ] {
        let _ = std::fs::remove_dir_all(&state);
        let link = if link.is_empty() { state.clone() } else { state.join(link) };
        std::fs::create_dir_all(link.parent().expect("a folder")).expect("folders");
        symlink(target, &link).expect("a link");
        let ran = shop.place.cask(&["run", "--toolpack", PACK]);
        assert_eq!(ran.code, 3, "{}: {}", link.display(), ran.err);
        assert!(ran.err.contains("link"), "{}: {}", link.display(), ran.err);
    }
    assert_eq!(std::fs::read_dir(&elsewhere).expect("a folder").count(), 0);
    let mode = std::fs::metadata(&elsewhere).expect("a folder").permissions().mode();
    assert_eq!(mode & 0o777, 0o755);
}

/// A process that is killed between intent and outcome leaves a trace that the next one tells of.
#[cfg(unix)]
#[test]
fn a_kill_between_intent_and_outcome_is_told_at_the_next_start() {
    let shop =
        Shop::new(Upstream::new(|_| Answered::json(200, &json!({"id": "1"})).after(Duration::from_secs(30))));
    let mut session = shop.session(&[]);
    session.begin("tools/call", json!({"name": "get_item", "arguments": {"id": "1"}}));
    while shop.upstream.asked().is_empty() {
        std::thread::sleep(Duration::from_millis(10));
    }
    let kill = std::process::Command::new("kill").args(["-KILL", &session.pid().to_string()]).status();
    assert!(kill.expect("kill runs").success());
    drop(session);
    let next = shop.session(&[]);
    let (_, _, told) = next.close();
    assert!(told.iter().any(|line| line.contains("its outcome never written down")), "{told:?}");
    let start = shop.audit().into_iter().rfind(|record| record["kind"] == "runtime_start").expect("a start");
    assert_eq!(start["unmatched"].as_array().map(Vec::len), Some(1), "{start}");
    shop.place.cask(&["audit", "verify"]).ok();
}

/// Limits were of one process and forgotten at its end, and charged for calls that were denied.
#[test]
fn limits_hold_across_processes_and_only_what_is_sent_is_charged() {
    let shop = Shop::unsigned(Upstream::echo());
    shop.edit("artifact/policy.yaml", "global_rate_limit: 100", "global_rate_limit: 3");
    shop.place.cask(&["gate", "sync"]).ok();
    shop.place.cask(&["gate", "allow", "--all", "--yes", "--reason", "seen"]).ok();
    shop.place.merge("approve");
    let mut one = shop.session(&[]);
    for _ in 0..5 {
        assert_eq!(code(&one.told("get_item", json!({"id": 5}))), "denied_param_validation");
    }
    assert_eq!(one.call("get_item", json!({"id": "1"}))["isError"], false);
    assert_eq!(one.call("get_item", json!({"id": "1"}))["isError"], false);
    drop(one.close());
    let mut two = shop.session(&[]);
    assert_eq!(two.call("get_item", json!({"id": "1"}))["isError"], false);
    assert_eq!(code(&two.told("get_item", json!({"id": "1"}))), "denied_rate_limited");
    assert_eq!(shop.upstream.asked().len(), 3);
}

/// Sixty-four at once: every answer under its own id, every call in the log, no more than eight at the server.
#[test]
fn many_callers_at_once_get_their_own_answers() {
    let shop = Shop::unsigned(Upstream::new(|asked| {
        Answered::json(200, &json!({"id": asked.target})).after(Duration::from_millis(5))
    }));
    shop.edit("artifact/policy.yaml", "global_rate_limit: 100", "global_rate_limit: 100000");
    let tools = shop.place.read(&format!("{PACK}/artifact/tools.json"));
    let tools = tools.replace("\"rate_limit_per_minute\": 120", "\"rate_limit_per_minute\": 100000");
    shop.place.write(&format!("{PACK}/artifact/tools.json"), tools);
    shop.place.cask(&["gate", "sync"]).ok();
    shop.place.cask(&["gate", "allow", "--all", "--yes", "--reason", "seen"]).ok();
    shop.place.merge("approve");
    let mut session = shop.session(&[]);
    let calls: Vec<(i64, String)> = (0..64 * 4)
        .map(|n| {
            let name = format!("n{n}");
            let params = json!({"name": "get_item", "arguments": {"id": name}});
            (session.begin("tools/call", params), name)
        })
        .collect();
    for (id, name) in &calls {
        let said = session.answer(*id);
        assert_eq!(said["result"]["structuredContent"]["id"], format!("/api/items/{name}"), "{said}");
    }
    drop(session.close());
    let records = shop.audit();
    let of = |kind: &str| records.iter().filter(|record| record["kind"] == kind).count();
    assert_eq!((of("decision"), of("intent"), of("outcome")), (calls.len(), calls.len(), calls.len()));
    shop.place.cask(&["audit", "verify"]).ok();
}
