//! The protocol: every revision, its edges, and the end.

use std::time::Duration;

use serde_json::{Value, json};

use super::{PACK, Shop};
use crate::mcp::Client;

const SEVEN: [&str; 7] = [
    "caskmcp_list_actions",
    "caskmcp_check_policy",
    "caskmcp_get_approval_status",
    "caskmcp_list_pending_approvals",
    "caskmcp_get_action_details",
    "caskmcp_risk_summary",
    "caskmcp_get_flows",
];

fn start(shop: &Shop) -> Client {
    Client::start(&mut shop.place.command(&["inspect", "--toolpack", PACK]))
}

#[test]
fn every_revision_with_a_handshake_is_echoed_and_any_other_gets_the_last_of_them() {
    let shop = Shop::bare();
    for (asked, given) in [
        ("2024-11-05", "2024-11-05"),
        ("2025-03-26", "2025-03-26"),
        ("2025-06-18", "2025-06-18"),
        ("2025-11-25", "2025-11-25"),
        ("2026-07-28", "2025-11-25"),
        ("1999-01-01", "2025-11-25"),
    ] {
        let mut client = start(&shop);
        let hello = client.shake(asked);
        assert_eq!(hello["protocolVersion"], given, "{asked}");
        assert_eq!(
            hello["serverInfo"],
            json!({"name": "cask-inspect", "version": env!("CARGO_PKG_VERSION")})
        );
        assert_eq!(hello["capabilities"], json!({"tools": {}}));
        assert!(hello["instructions"].as_str().unwrap().contains("Reads only"));
        assert!(client.learn().len() >= SEVEN.len());
        assert_eq!(client.call("caskmcp_risk_summary", json!({})).ok()["total_actions"], 6);
    }
}

#[test]
fn the_revision_without_a_handshake_discovers_and_asks() {
    let shop = Shop::bare();
    let mut client = start(&shop);
    client.without_handshake("2026-07-28");
    let found = client.ask("server/discover", json!({}));
    let versions = found["result"]["supportedVersions"].as_array().unwrap();
    assert!(versions.contains(&json!("2026-07-28")), "{found}");
    client.learn();
    assert_eq!(client.call("cask_risk_summary", json!({})).ok()["total_actions"], 6);
}

/// The help of the reference system's command lists six.
#[test]
fn all_seven_tools_are_listed_and_say_that_they_only_read() {
    let shop = Shop::bare();
    let mut client = shop.inspect();
    let tools = client.learn();
    let names: Vec<&str> = tools.iter().filter_map(|tool| tool["name"].as_str()).collect();
    assert_eq!(names[..7], SEVEN);
    assert_eq!(names[7..], ["cask_gate_check"]);
    for tool in &tools {
        assert_eq!(tool["annotations"]["readOnlyHint"], true, "{tool}");
        assert_eq!(tool["annotations"]["openWorldHint"], false, "{tool}");
        for schema in ["inputSchema", "outputSchema"] {
            assert!(jsonschema::draft202012::meta::is_valid(&tool[schema]), "{tool}");
            assert_eq!(tool[schema]["type"], "object");
        }
    }
    // The same under names of ours.
    for name in SEVEN {
        let arguments = match name.ends_with("policy") || name.contains("_get_a") {
            true => json!({"action_name": "get_order"}),
            false => json!({}),
        };
        let own = name.replace("caskmcp_", "cask_");
        let (theirs, ours) = (client.call(name, arguments.clone()), client.call(&own, arguments));
        assert_eq!((theirs.text, theirs.is_error), (ours.text, ours.is_error), "{name}");
    }
}

#[test]
fn what_is_no_request_is_answered_as_json_rpc_says() {
    let shop = Shop::bare();
    let mut client = start(&shop);
    let mut refused = |line: &str, code: i64, id: Value| {
        client.line(line.as_bytes());
        let answer = client.hear();
        assert_eq!((&answer["error"]["code"], &answer["id"]), (&json!(code), &id), "{line}: {answer}");
    };
    // Before the handshake.
    refused("{bad", -32700, Value::Null);
    refused(r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#, -32602, json!(1));
    client.say(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
    client.shake("2025-11-25");
    client.learn();
    let mut refused = |line: &str, code: i64, id: Value| {
        client.line(line.as_bytes());
        let answer = client.hear();
        assert_eq!((&answer["error"]["code"], &answer["id"]), (&json!(code), &id), "{line}: {answer}");
    };
    refused("not json", -32700, Value::Null);
    refused("\u{1}", -32700, Value::Null);
    refused(r#"[{"jsonrpc":"2.0","id":8,"method":"ping"}]"#, -32600, Value::Null);
    refused(r#""text""#, -32600, Value::Null);
    refused(r#"{"id":5,"method":"ping"}"#, -32600, json!(5));
    refused(r#"{"jsonrpc":"2.0","id":7,"method":"nope/x"}"#, -32601, json!(7));
    for method in ["resources/list", "prompts/list", "logging/setLevel"] {
        let params = json!({"level": "info"});
        let line = json!({"jsonrpc": "2.0", "id": method, "method": method, "params": params});
        refused(&line.to_string(), -32601, json!(method));
    }
    refused(r#"{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"arguments":{}}}"#, -32602, json!(9));
    let line = r#"{"jsonrpc":"2.0","id":15,"method":"tools/call","params":{"name":"caskmcp_get_flows","arguments":[1]}}"#;
    refused(line, -32602, json!(15));
    // Notifications never are.
    client.line(br#"{"jsonrpc":"2.0","method":"notifications/nope"}"#);
    client.line(b"");
    client.say(&json!({"jsonrpc": "2.0", "id": "abc", "method": "ping"}));
    let answer = client.hear();
    assert_eq!((&answer["id"], &answer["result"]), (&json!("abc"), &json!({})));
    let call = json!({"name": "caskmcp_get_flows", "arguments": null});
    client.say(&json!({"jsonrpc": "2.0", "id": "x", "method": "tools/call", "params": call}));
    assert_eq!(client.hear()["result"]["isError"], false);
}

#[test]
fn a_line_over_four_mebibytes_is_refused_and_the_conversation_goes_on() {
    let shop = Shop::bare();
    let mut client = shop.inspect();
    client.line(&vec![b'x'; (4 << 20) + 10]);
    let answer = client.hear();
    assert_eq!((&answer["error"]["code"], &answer["id"]), (&json!(-32600), &Value::Null));
    assert_eq!(client.call("caskmcp_risk_summary", json!({})).ok()["total_actions"], 6);
}

#[test]
fn it_ends_with_its_input_and_what_was_asked_is_still_answered() {
    let shop = Shop::bare();
    let mut client = shop.inspect();
    client.say(&json!({"jsonrpc": "2.0", "id": "last", "method": "tools/call",
        "params": {"name": "caskmcp_list_actions", "arguments": {}}}));
    client.close();
    assert_eq!(client.hear()["id"], "last");
    let (code, took, _) = client.end();
    assert!(code == Some(0) && took < Duration::from_secs(2), "{code:?} {took:?}");
    // Nobody ever said a word.
    let mut client = start(&shop);
    client.close();
    assert_eq!(client.end().0, Some(0));
}

#[test]
fn it_ends_when_it_is_told_to() {
    let shop = Shop::bare();
    for signal in ["-TERM", "-INT"] {
        assert_ends(shop.inspect(), signal);
        // Before the handshake as well: only what answers is there to be told.
        let mut client = start(&shop);
        client.say(&json!({"jsonrpc": "2.0", "id": 1, "method": "ping"}));
        client.hear();
        assert_ends(client, signal);
    }
}

fn assert_ends(client: Client, signal: &str) {
    let sent = std::process::Command::new("kill").args([signal, &client.pid().to_string()]).status();
    assert!(sent.expect("kill runs").success());
    let (code, took, _) = client.end();
    assert!(code == Some(0) && took < Duration::from_secs(2), "{signal}: {code:?} {took:?}");
}

#[test]
fn many_questions_at_once_are_all_answered() {
    let shop = Shop::bare();
    let mut client = shop.inspect();
    for id in 0..300 {
        let params = json!({"name": "caskmcp_get_action_details", "arguments": {"action_name": "get_user"}});
        client.say(
            &json!({"jsonrpc": "2.0", "id": format!("q{id}"), "method": "tools/call", "params": params}),
        );
    }
    let mut ids: Vec<String> = (0..300).map(|_| client.hear()["id"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 300);
}
