//! `cask run` as a client sees it: what is offered, what is answered, how it begins and ends. The real program, a
//! toolpack that the real commands made and signed, and a server of an API on this machine.

use crate::{served_shop, session, upstream};

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use served_shop::{PACK, Shop};
use session::Session;
use upstream::{Answered, Upstream};

#[test]
fn what_is_approved_is_offered_called_confirmed_once_and_written_down() {
    let shop = Shop::new(Upstream::echo());
    let mut session = shop.session(&["--toolset", "operator"]);
    assert_eq!(session.tools(), ["create_item", "get_item", "list_items"]);

    let got = session.call("get_item", json!({"id": "a b/c", "expand": ["x", "y"]}));
    assert_eq!(got["isError"], false);
    assert_eq!(got["structuredContent"]["target"], "/api/items/a%20b%2Fc?expand=x&expand=y");

    let asked = session.told("create_item", json!({"color": "red"}));
    assert_eq!(asked["reason_code"], "confirmation_required");
    let token = asked["confirmation_token_id"].as_str().expect("a token").to_owned();
    let with = |color: &str| json!({"color": color, "confirmation_token_id": token});
    assert_eq!(session.told("create_item", with("red"))["reason_code"], "denied_confirmation_invalid");
    assert!(shop.upstream.asked().iter().all(|asked| asked.method == "GET"), "nothing was sent yet");

    shop.place.cask(&["confirm", "grant", &token, "--yes", "--reason", "fine"]).ok();
    assert_eq!(session.told("create_item", with("blue"))["reason_code"], "denied_confirmation_invalid");
    let made = session.call("create_item", with("red"));
    assert_eq!(made["structuredContent"]["body"], r#"{"color":"red"}"#, "the token is not sent on");
    assert_eq!(session.told("create_item", with("red"))["reason_code"], "denied_confirmation_replay");
    let posts = shop.upstream.asked().iter().filter(|asked| asked.method == "POST").count();
    assert_eq!(posts, 1);

    let (code, took, told) = session.close();
    assert_eq!(code, 0);
    assert!(took < Duration::from_secs(10), "{took:?}");
    let hint = told.iter().find(|line| line.contains("has to be confirmed")).expect("the operator is told");
    assert!(hint.contains("--root /"), "the command finds the same store from anywhere: {hint}");
    assert_eq!(
        shop.reasons(),
        [
            "allowed_policy",
            "confirmation_required",
            "denied_confirmation_invalid",
            "denied_confirmation_invalid",
            "allowed_confirmation_granted",
            "denied_confirmation_replay"
        ]
    );
    let records = shop.audit();
    let used = records.iter().find(|record| record["event"] == "consume").expect("its use is written down");
    let let_through = |record: &&Value| record["reason_code"] == "allowed_confirmation_granted";
    let decision = records.iter().find(let_through).expect("it was let through");
    assert_eq!(decision["confirmation_id"], used["confirmation_id"]);
    let kinds: Vec<Value> = shop.audit().iter().map(|record| record["kind"].clone()).collect();
    assert_eq!(kinds.first(), Some(&json!("runtime_start")));
    assert_eq!(kinds.last(), Some(&json!("runtime_stop")));
    let whole = shop.place.cask(&["audit", "verify"]).ok();
    assert!(whole.starts_with("whole: "), "{whole}");
}

/// Who was told of which tools, the reference system's log did not say.
/// A runtime that is left to itself had five hundred threads after a minute, and a gigabyte with them.
#[cfg(target_os = "linux")]
#[test]
fn callers_by_the_dozen_do_not_cost_a_thread_each() {
    const CALLERS: usize = 64;
    const CALLS: usize = 2_000;
    let shop = Shop::new(Upstream::echo());
    let mut session = shop.session(&[]);
    let begin = |session: &mut Session, n: usize| {
        session.begin("tools/call", json!({"name": "get_item", "arguments": {"id": n.to_string()}}))
    };
    (0..CALLERS).for_each(|n| _ = begin(&mut session, n));
    let mut most = 0;
    for n in CALLERS..CALLS + CALLERS {
        let (_, said) = session.any();
        // After a hundred the limit over all tools says no: that is judged and written down too.
        assert!(said["result"]["isError"].is_boolean(), "{said}");
        if n < CALLS {
            begin(&mut session, n);
        }
        if n % 50 == 0 {
            let threads =
                std::fs::read_dir(format!("/proc/{}/task", session.pid())).expect("threads").count();
            most = most.max(threads);
        }
    }
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    assert!(most <= 32 + 4 * processors, "{most} threads");
    drop(session.close());
}

#[test]
fn a_list_of_tools_is_written_down() {
    let shop = Shop::new(Upstream::echo());
    let mut session = shop.session(&["--toolset", "operator"]);
    session.tools();
    drop(session.close());
    let listed = shop.audit().into_iter().find(|record| record["kind"] == "list").expect("a record");
    assert_eq!((&listed["surface"], &listed["tools"]), (&json!("mcp"), &json!(3)));
    assert!(listed.get("question").is_none(), "{listed}");
}

/// The reference system said of one byte that was changed in its log: nothing.
#[test]
fn one_flipped_byte_in_the_log_is_found() {
    let shop = Shop::new(Upstream::echo());
    let mut session = shop.session(&[]);
    session.call("list_items", json!({}));
    session.close();
    let name = ".caskmcp/state/audit/runtime.jsonl";
    let text = shop.place.read(name);
    shop.place.write(name, text.replacen("\"GET\"", "\"GEt\"", 1));
    let ran = shop.place.cask(&["audit", "verify"]);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
}

#[test]
fn tools_are_offered_with_what_a_client_needs_to_know() {
    let shop = Shop::new(Upstream::echo());
    let mut session = shop.session(&["--toolset", "operator"]);
    let said = session.ask("tools/list", json!({}));
    let tools = said["result"]["tools"].as_array().expect("tools");
    let tool = |name: &str| tools.iter().find(|tool| tool["name"] == name).expect("offered");
    let (get, create) = (tool("get_item"), tool("create_item"));
    assert_eq!(get["title"], "Get one item");
    assert_eq!(get["annotations"]["readOnlyHint"], true);
    assert_eq!(create["annotations"]["readOnlyHint"], false);
    assert_eq!(create["inputSchema"]["additionalProperties"], false);
    assert!(create["inputSchema"]["properties"]["confirmation_token_id"].is_object());
    assert!(get["outputSchema"].get("required").is_none(), "what was learned is not promised");
    assert_eq!(get["_meta"]["cask/risk_tier"], "safe");
    assert_eq!(get["_meta"]["cask/approved_by"].as_array().map(Vec::len), Some(1));
}

#[test]
fn every_revision_with_a_handshake_is_spoken() {
    let shop = Shop::new(Upstream::echo());
    for revision in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"] {
        let mut session = Session::start(shop.command(&[]));
        let said = session.shake(revision);
        assert_eq!(said["protocolVersion"], revision);
        assert_eq!(said["serverInfo"]["name"], "cask");
        assert_eq!(said["serverInfo"]["version"], env!("CARGO_PKG_VERSION"));
        assert!(said["instructions"].as_str().expect("instructions").contains("Toolset: readonly"));
        assert_eq!(session.call("get_item", json!({"id": "1"}))["isError"], false);
        assert_eq!(session.close().0, 0);
    }
}

#[test]
fn the_revision_without_a_handshake_is_spoken() {
    let shop = Shop::new(Upstream::echo());
    let mut session = Session::start(shop.command(&[]));
    let meta = json!({"io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {}});
    let found = session.ask("server/discover", json!({"_meta": meta}));
    assert!(found["result"]["supportedVersions"].to_string().contains("2026-07-28"), "{found}");
    let called =
        session.ask("tools/call", json!({"name": "get_item", "arguments": {"id": "1"}, "_meta": meta}));
    assert_eq!(called["result"]["isError"], false, "{called}");
    assert_eq!(session.close().0, 0);
}

#[test]
fn what_is_no_message_of_the_protocol_is_answered_as_such() {
    let shop = Shop::new(Upstream::echo());
    let mut session = shop.session(&[]);
    assert_eq!(session.ask("no/such/method", json!({}))["error"]["code"], -32601);
    assert_eq!(session.ask("resources/list", json!({}))["error"]["code"], -32601);
    assert_eq!(session.ask("prompts/list", json!({}))["error"]["code"], -32601);
    assert_eq!(session.ask("tools/call", json!({"arguments": {}}))["error"]["code"], -32602);
    assert_eq!(session.ask("ping", json!({}))["result"], json!({}));
    session.send(&json!({"jsonrpc": "2.0", "id": "a string", "method": "ping"}));
    assert_eq!(session.answer_to(&json!("a string"))["result"], json!({}));
    // What can't be read is told, and the conversation goes on.
    session.raw("{not json");
    assert_eq!(session.answer_to(&Value::Null)["error"]["code"], -32700);
    session.raw(r#"{"jsonrpc": "1.0", "id": 99, "method": "ping"}"#);
    assert_eq!(session.answer(99)["error"]["code"], -32600);
    // A line that is far too long is dropped, not kept.
    session.raw(&format!("{{\"jsonrpc\":\"2.0\",\"id\":77,\"method\":\"{}\"}}", "x".repeat(5 << 20)));
    assert_eq!(session.answer_to(&Value::Null)["error"]["code"], -32600);
    assert_eq!(session.ask("ping", json!({}))["result"], json!({}));
    assert_eq!(session.close().0, 0);
}

#[test]
fn answers_of_the_server_are_told_as_what_they_are() {
    let shop = Shop::new(Upstream::new(|asked| match asked.target.rsplit('/').next().unwrap_or_default() {
        "missing" => Answered::json(404, &json!({"why": "gone"})),
        "broken" => Answered::of(200, "application/json", "{"),
        "list" => Answered::json(200, &json!([1, 2])),
        "text" => Answered::of(200, "text/plain", "hello"),
        "bytes" => Answered::of(200, "application/octet-stream", vec![0, 1, 2]),
        "secret" => Answered::json(200, &json!({"id": "Bearer abcdefghijklmnop0123456789"})),
        _ => Answered::json(200, &json!({"id": "7", "big": 12345678901234567890123456789_u128 as f64})),
    }));
    let mut session = shop.session(&[]);
    let missing = session.call("get_item", json!({"id": "missing"}));
    assert_eq!(missing["isError"], true);
    let told: Value =
        serde_json::from_str(missing["content"][0]["text"].as_str().expect("text")).expect("JSON");
    assert_eq!((&told["status"], &told["status_code"]), (&json!("upstream_error"), &json!(404)));
    assert_eq!(told["data"]["why"], "gone");
    let list = session.call("get_item", json!({"id": "list"}));
    assert_eq!(list["isError"], true, "a list is not the object that was promised");
    assert!(list["content"][0]["text"].as_str().expect("text").contains("executed"));
    assert!(list.get("structuredContent").is_none());
    let bytes = session.told("get_item", json!({"id": "bytes"}));
    assert_eq!(bytes["reason_code"], "denied_content_type_not_allowed");
    let secret = session.call("get_item", json!({"id": "secret"}));
    assert!(!secret.to_string().contains("abcdefghijklmnop"), "{secret}");
    let text = session.call("get_item", json!({"id": "text"}));
    assert!(text["content"][0]["text"].as_str().expect("text").contains("hello"), "{text}");
}

#[test]
fn a_call_that_is_given_up_is_given_up_and_written_down() {
    let shop =
        Shop::new(Upstream::new(|_| Answered::json(200, &json!({"id": "1"})).after(Duration::from_secs(20))));
    let mut session = shop.session(&[]);
    let id = session.begin("tools/call", json!({"name": "get_item", "arguments": {"id": "1"}}));
    while shop.upstream.asked().is_empty() {
        std::thread::sleep(Duration::from_millis(10));
    }
    session
        .send(&json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": id}}));
    let start = Instant::now();
    let outcome = loop {
        let records = shop.audit();
        if let Some(outcome) = records.into_iter().find(|record| record["kind"] == "outcome") {
            break outcome;
        }
        assert!(start.elapsed() < Duration::from_secs(15), "no outcome");
        std::thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(outcome["error_code"], "error_cancelled");
    // The end does not wait for what nobody waits for.
    let (code, took, _) = session.close();
    assert_eq!(code, 0);
    assert!(took < Duration::from_secs(8), "{took:?}");
}

#[test]
fn whoever_waits_long_is_told_that_it_goes_on() {
    let shop =
        Shop::new(Upstream::new(|_| Answered::json(200, &json!({"id": "1"})).after(Duration::from_secs(7))));
    let mut session = shop.session(&[]);
    let params = json!({"name": "get_item", "arguments": {"id": "1"}, "_meta": {"progressToken": "p"}});
    let said = session.ask("tools/call", params);
    assert_eq!(said["result"]["isError"], false);
    let progress = session.notifications.iter().find(|n| n["method"] == "notifications/progress");
    assert_eq!(progress.expect("progress")["params"]["progressToken"], "p");
}

#[cfg(unix)]
#[test]
fn the_system_can_end_it_and_the_log_says_so() {
    let shop = Shop::new(Upstream::echo());
    let mut session = shop.session(&[]);
    session.call("list_items", json!({}));
    let status = std::process::Command::new("kill").args(["-TERM", &session.pid().to_string()]).status();
    assert!(status.expect("kill runs").success());
    let (code, took, _) = session.ended();
    assert_eq!(code, 0);
    assert!(took < Duration::from_secs(8), "{took:?}");
    let last = shop.audit().pop().expect("a record");
    assert_eq!((&last["kind"], &last["reason"]), (&json!("runtime_stop"), &json!("signal")));
}

#[test]
fn nothing_is_served_where_nothing_is_approved() {
    let shop = Shop::unsigned(Upstream::echo());
    let ran = shop.place.cask(&["run", "--toolpack", PACK]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{}", ran.err);
    assert!(ran.err.contains("not approved"), "{}", ran.err);
    let doctor = shop.place.cask(&["doctor", "--toolpack", PACK]);
    assert_eq!(doctor.code, 1, "{}", doctor.out);
    // Without a lockfile there is nothing to ask: that is no pass.
    std::fs::remove_dir_all(shop.place.path(&format!("{PACK}/lockfile"))).expect("a folder");
    let ran = shop.place.cask(&["run", "--toolpack", PACK]);
    let told = ran.failed().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("there is no lockfile"), "{told}");
}

#[test]
fn some_approved_tools_are_served_and_strict_wants_all() {
    let shop = Shop::unsigned(Upstream::echo());
    shop.place.cask(&["gate", "allow", "surface", "get_item", "--yes", "--reason", "seen"]).ok();
    shop.place.merge("approve one");
    let mut session = shop.session(&[]);
    assert_eq!(session.tools(), ["get_item"]);
    // It is there and not approved: nobody who may not call it is told so, unless the operator says so.
    assert_eq!(session.told("list_items", json!({}))["error"], "Unknown tool: list_items");
    assert_eq!(session.told("no_such", json!({}))["error"], "Unknown tool: no_such");
    drop(session.close());
    assert_eq!(shop.reasons(), ["denied_not_approved", "denied_unknown_action"]);
    let mut telling = shop.session(&["--tell-unapproved"]);
    assert_eq!(telling.told("list_items", json!({}))["reason_code"], "denied_not_approved");
    let strict = shop.place.cask(&["run", "--toolpack", PACK, "--strict"]);
    assert_eq!((strict.code, strict.out.as_str()), (1, ""));
    assert!(strict.err.contains("list_items"), "{}", strict.err);
}

/// What is approved and is no call that can be made is not there, and whoever runs the server is told.
#[test]
fn an_approved_tool_that_cannot_be_called_is_named() {
    let shop = Shop::unsigned(Upstream::echo());
    shop.edit("artifact/tools.json", "\"method\": \"POST\"", "\"method\": \"TRACE\"");
    shop.place.cask(&["gate", "sync"]).ok();
    shop.place.cask(&["gate", "allow", "--all", "--yes", "--reason", "seen"]).ok();
    shop.place.merge("approve all");
    let mut session = shop.session(&["--toolset", "operator"]);
    assert_eq!(session.tools(), ["get_item", "list_items"]);
    let told = session.told_aside().join("\n");
    assert_eq!(told.matches("approved, and can't be served: tool \"create_item\"").count(), 1, "{told}");
}

#[test]
fn tools_outside_the_toolset_are_not_there() {
    let shop = Shop::new(Upstream::echo());
    let mut session = shop.session(&[]);
    assert_eq!(session.tools(), ["get_item", "list_items"]);
    assert_eq!(session.told("create_item", json!({"color": "red"}))["error"], "Unknown tool: create_item");
    drop(session.close());
    assert_eq!(shop.reasons(), ["denied_toolset_not_allowed"]);
    let ran = shop.place.cask(&["run", "--toolpack", PACK, "--toolset", "readnoly"]);
    assert!(ran.failed().contains("readonly"));
}

/// In the reference system a dry run spent tokens, charged budgets and left challenges behind.
#[test]
fn a_dry_run_changes_nothing() {
    let shop = Shop::new(Upstream::echo());
    let mut session = shop.session(&["--toolset", "operator", "--dry-run"]);
    let read = session.told("get_item", json!({"id": "1"}));
    assert_eq!((&read["status"], &read["decision"]), (&json!("dry_run"), &json!("allow")));
    let write = session.told("create_item", json!({"color": "red"}));
    assert_eq!((&write["status"], &write["decision"]), (&json!("dry_run"), &json!("confirm")));
    drop(session.close());
    assert!(shop.upstream.asked().is_empty());
    let list = shop.place.cask(&["confirm", "list"]).ok();
    assert!(list.contains("Pending confirmations: 0"), "{list}");
}

#[test]
fn without_a_lockfile_tools_run_only_loudly() {
    let shop = Shop::unsigned(Upstream::echo());
    std::fs::remove_dir_all(shop.place.path(&format!("{PACK}/lockfile"))).expect("a folder");
    let mut session = Session::start(shop.command(&["--unsafe-no-lockfile"]));
    let said = session.shake("2025-11-25");
    assert!(said["instructions"].as_str().expect("text").contains("UNSAFE"));
    assert_eq!(session.call("get_item", json!({"id": "1"}))["isError"], false);
    let (_, _, told) = session.close();
    assert!(told.iter().any(|line| line.contains("UNSAFE")), "{told:?}");
    assert_eq!(shop.audit()[0]["loosened"], json!(["unsafe-no-lockfile", "allow-private-cidr"]));
}

/// The command that was printed granted by another trust, and wrote down elsewhere what it did.
#[test]
fn the_command_that_is_printed_grants_where_the_server_looks() {
    let shop = Shop::new(Upstream::echo());
    let kept = ["--confirm-store", "kept/calls.db", "--trust", ".caskmcp/trust.yaml"];
    for (n, log) in [&["--audit-log", "kept/log.jsonl"][..], &[]].into_iter().enumerate() {
        let mut session = shop.session(&[&["--toolset", "operator"], &kept[..], log].concat());
        let asked = session.told("create_item", json!({"color": n.to_string()}));
        let command = asked["grant_with"].as_str().expect("a command").to_owned();
        let words: Vec<&str> = command.split(' ').skip(1).chain(["--yes", "--reason", "fine"]).collect();
        // From anywhere.
        let elsewhere = shop.place.path("packs");
        let ran = shop.place.command(&words).current_dir(elsewhere).output().expect("cask runs");
        assert!(ran.status.success(), "{command}: {}", String::from_utf8_lossy(&ran.stderr));
        let token = asked["confirmation_token_id"].clone();
        let made =
            session.call("create_item", json!({"color": n.to_string(), "confirmation_token_id": token}));
        assert_eq!(made["isError"], false, "{made}");
        drop(session.close());
        let name = log.last().copied().unwrap_or(".caskmcp/state/audit/runtime.jsonl");
        let text = shop.place.read(name);
        assert!(text.contains(r#""event":"grant""#), "{command}: not in {name}");
    }
}

/// What is printed for a client starts the server: the command is run as it stands there.
#[test]
fn what_a_client_is_told_to_start_starts() {
    let shop = Shop::new(Upstream::echo());
    let printed = shop.place.cask(&["config", "--toolpack", PACK]).ok();
    assert_eq!(printed, shop.place.cask(&["run", "--toolpack", PACK, "--print-config-and-exit"]).ok());
    let again = shop.place.cask(&["mint", "api.yaml", "-o", PACK, "--print-mcp-config"]).ok();
    assert!(again.ends_with(&printed), "{again}");
    let config: Value = serde_json::from_str(&printed).expect("JSON");
    let server = &config["mcpServers"]["shop"];
    let mut command = std::process::Command::new(server["command"].as_str().expect("a command"));
    for arg in server["args"].as_array().expect("arguments") {
        command.arg(arg.as_str().expect("a word"));
    }
    let like = shop.command(&[]);
    command.args(served_shop::LOOPBACK).current_dir(std::env::temp_dir()).env_clear();
    command.envs(like.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut session = Session::open(command);
    assert_eq!(session.call("get_item", json!({"id": "1"}))["isError"], false);
    drop(session.close());
    assert_eq!(
        shop.reasons(),
        ["allowed_policy"],
        "the log lies where the toolpack is, not where the client was"
    );
    for format in ["yaml", "codex", "claude", "cursor", "vscode"] {
        let text = shop.place.cask(&["config", "--toolpack", PACK, "--format", format]).ok();
        assert!(text.contains("--audit-log"), "{format}: {text}");
    }
    let wrong = shop.place.cask(&["config", "--toolpack", PACK, "--format", "xml"]);
    assert!(wrong.failed().contains("vscode"));
}

/// Where it is asked for, a proxy carries calls; of what may not be called it never hears.
#[test]
fn a_proxy_carries_calls_and_never_hears_of_a_host_that_is_refused() {
    let password = "s3cret-of-the-proxy";
    let through = |shop: &Shop| {
        let proxy = format!("http://cask:{password}@127.0.0.1:{}/", shop.upstream.port);
        let mut command = shop.place.command(&["run", "--toolpack", PACK, "--proxy", &proxy]);
        command.env("NO_PROXY", "*");
        Session::open(command)
    };
    let shop = Shop::elsewhere(Upstream::echo(), "http://93.184.216.34");
    let mut session = through(&shop);
    let got = session.call("get_item", json!({"id": "1"}));
    assert_eq!(got["structuredContent"]["target"], "http://93.184.216.34/api/items/1", "{got}");
    let shown = format!("Basic {}", STANDARD.encode(format!("cask:{password}")));
    assert_eq!(shop.upstream.asked()[0].header("proxy-authorization"), Some(shown.as_str()));
    let told = session.close().2.join("\n");
    let place = format!("calls go through http://127.0.0.1:{}:", shop.upstream.port);
    assert!(told.contains(&place) && told.contains("shows its password"), "{told}");
    let audit = shop.place.read(".caskmcp/state/audit/runtime.jsonl");
    assert_eq!(shop.audit()[0]["loosened"], json!(["proxy"]));
    assert!(!told.contains(password) && !audit.contains(password) && !got.to_string().contains(password));

    for private in ["http://10.0.0.5", "http://127.0.0.1:9", "http://169.254.169.254"] {
        let shop = Shop::elsewhere(Upstream::echo(), private);
        let refused = through(&shop).told("get_item", json!({"id": "1"}));
        assert_eq!(refused["reason_code"], "denied_host_resolution_failed", "{private}: {refused}");
        assert_eq!(shop.upstream.connections(), 0, "{private}");
    }
}

#[test]
fn what_is_no_proxy_is_refused_at_the_start_and_not_repeated() {
    let shop = Shop::new(Upstream::echo());
    for bad in [
        "s3cret",
        "http://",
        "ftp://a:s3cret@proxy.example",
        "socks5://a:s3cret@127.0.0.1:1080",
        "http://a:s3cret@proxy.example/path",
        "http://proxy.example?s3cret",
    ] {
        let ran = shop.place.cask(&["run", "--toolpack", PACK, "--proxy", bad]);
        let told = ran.failed();
        assert!(told.contains("--proxy") && !told.contains("s3cret"), "{bad}: {told}");
    }
    let both =
        ["run", "--toolpack", PACK, "--proxy", "http://127.0.0.1:1", "--allow-private-cidr", "127.0.0.0/8"];
    assert!(shop.place.cask(&both).failed().contains("--allow-private-cidr"));
}

/// A proxy that is not there, or lets nothing through, is told as what it is.
#[test]
fn a_proxy_that_does_not_carry_is_not_taken_for_the_server() {
    let refusing = || Upstream::new(|_| Answered::of(403, "text/plain", "no"));
    let shop = Shop::elsewhere(refusing(), "https://93.184.216.34");
    for port in [shop.upstream.port, 9] {
        let proxy = format!("http://127.0.0.1:{port}");
        let mut session = Session::open(shop.place.command(&["run", "--toolpack", PACK, "--proxy", &proxy]));
        let told = session.told("get_item", json!({"id": "1"})).to_string();
        assert!(told.contains("error_upstream_unreachable") && told.contains("through the proxy"), "{told}");
    }
    assert_eq!(shop.upstream.asked()[0].method, "CONNECT");
}

/// Approvals cover whole toolpacks: single files are served where somebody says that nothing is approved, and not otherwise.
#[test]
fn single_files_are_served_unapproved_and_loudly_or_not_at_all() {
    let shop = Shop::new(Upstream::echo());
    let [tools, policy] = ["tools.json", "policy.yaml"].map(|file| format!("{PACK}/artifact/{file}"));
    let files = ["--tools", tools.as_str(), "--policy", policy.as_str()];
    let lock = format!("{PACK}/lockfile/caskmcp.lock.yaml");
    let refused = |more: &[&str]| {
        let told = shop.place.cask(&[&["run"], more].concat()).failed();
        told.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    for command in ["run", "mcp serve", "enforce --port 0", "doctor"] {
        let words: Vec<&str> = command.split(' ').chain(files).collect();
        let ran = shop.place.cask(&words);
        let told = ran.err.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(ran.code == 3 && told.contains("approvals cover a whole toolpack"), "{command}: {told}");
        assert!(told.contains("--unsafe-no-lockfile") && told.contains("--toolpack"), "{command}: {told}");
    }
    let told = refused(&[&files[..], &["--unsafe-no-lockfile", "--lockfile", &lock]].concat());
    assert!(told.contains("judge a toolpack"), "{told}");
    assert!(refused(&["--tools", &tools, "--unsafe-no-lockfile"]).contains("--policy"));
    assert!(refused(&[&files[..], &["--toolpack", PACK]].concat()).contains("--toolpack"));
    assert!(refused(&[]).contains("--tools"));
    let missing = ["--unsafe-no-lockfile", "--tools", "none.json", "--policy", &policy];
    assert!(refused(&missing).contains("there is no such file"));

    let doctor = shop.place.cask(&[&["doctor", "--unsafe-no-lockfile"], &files[..]].concat());
    assert_eq!(doctor.code, 1, "{}{}", doctor.out, doctor.err);
    assert!(doctor.out.contains("no approval is asked for"), "{}", doctor.out);
    assert!(!doctor.out.contains("approved"), "{}", doctor.out);

    // The toolsets and the baseline that lie beside the tools are theirs.
    let serve = [&["run", "--unsafe-no-lockfile"], &files[..], &served_shop::LOOPBACK].concat();
    let mut session = Session::open(shop.place.command(&serve));
    assert_eq!(session.tools(), ["get_item", "list_items"]);
    let one = json!({"id": "1"});
    assert_eq!(session.call("get_item", one.clone())["structuredContent"]["target"], "/api/items/1");
    let before = shop.place.read(&policy);
    shop.place
        .write(&policy, before.replace("effect: allow", "effect: deny").replace("type: allow", "type: deny"));
    assert_eq!(session.told("get_item", one.clone())["reason_code"], "denied_policy");
    shop.place.write(&policy, "{");
    assert_eq!(session.told("get_item", one.clone())["reason_code"], "denied_integrity_mismatch");
    shop.place.write(&policy, before);
    assert_eq!(session.call("get_item", one.clone())["isError"], false);
    let told = session.close().2.join("\n");
    assert!(told.contains("UNSAFE") && told.contains("--unsafe-no-lockfile"), "{told}");
    assert_eq!(shop.audit()[0]["loosened"], json!(["unsafe-no-lockfile", "allow-private-cidr"]));

    // Alone they are served whole, and go to their own server and no other.
    for file in [&tools, &policy] {
        let name = file.rsplit('/').next().expect("a name");
        shop.place.write(&format!("alone/{name}"), shop.place.read(file));
    }
    let alone = ["run", "-t", "alone/tools.json", "-p", "alone/policy.yaml", "--unsafe-no-lockfile"];
    let alone = [&alone[..], &served_shop::LOOPBACK].concat();
    let (own, other) = (format!("http://127.0.0.1:{}", shop.upstream.port), "http://127.0.0.1:9");
    let ran = shop.place.cask(&[&alone[..], &["--base-url", other]].concat());
    assert!(ran.code == 3 && ran.err.contains("no server that the toolpack allows"), "{}", ran.err);
    let mut session =
        Session::open(shop.place.command(&[&alone[..], &["--base-url", &own, "--unsafe-base-url"]].concat()));
    assert_eq!(session.tools(), ["create_item", "get_item", "list_items"]);
    assert_eq!(session.call("get_item", one)["isError"], false);
}
