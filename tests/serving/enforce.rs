//! `cask enforce`: the decisions over plain HTTP. Tests are named after what the reference system's gateway let happen.

use crate::{http_server, served_shop, upstream};

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use http_server::Http;
use serde_json::json;
use served_shop::{LOOPBACK, PACK, Shop};
use upstream::{Answered, Upstream};

fn gateway(shop: &Shop, more: &[&str]) -> Http {
    let mut args = vec!["enforce", "--toolpack", PACK, "--port", "0", "--toolset", "operator"];
    args.extend(LOOPBACK);
    args.extend(more);
    Http::start(shop.place.command(&args))
}

#[test]
fn calls_are_made_confirmed_while_it_runs_and_used_once() {
    let shop = Shop::new(Upstream::echo());
    let http = gateway(&shop, &["--mode", "proxy"]);
    let get = json!({"action": "get_item", "params": {"id": "7"}});
    // Its second call to a server that keeps connections failed.
    for _ in 0..3 {
        let said = http.ask("POST", "/execute", Some(&get));
        assert_eq!(said.status, 200, "{said:?}");
        let told = said.json();
        assert_eq!((&told["executed"], &told["response"]["status_code"]), (&json!(true), &json!(200)));
        assert_eq!(told["response"]["body"]["target"], "/api/items/7");
        assert!(!said.head.contains("set-cookie"));
    }
    assert_eq!(shop.upstream.connections(), 1, "one connection is kept");
    let create = json!({"action": "create_item", "params": {"color": "red"}});
    let asked = http.ask("POST", "/execute", Some(&create));
    assert_eq!(asked.status, 403);
    let told = asked.json();
    assert_eq!((&told["decision"], &told["requires_confirmation"]), (&json!("confirm"), &json!(true)));
    let token = told["confirmation_token_id"].as_str().expect("a token").to_owned();
    let waiting = http.ask("GET", "/pending", None).json();
    assert_eq!(waiting["pending"][0]["action_id"], "create_item");
    assert!(!waiting.to_string().contains(&token), "nobody can use what is listed");
    // A lock was held as long as it ran, so that nobody could grant.
    shop.place.cask(&["confirm", "grant", &token, "--yes", "--reason", "fine"]).ok();
    let again = json!({"action": "create_item", "params": {"color": "red"}, "confirmation_token_id": token});
    let made = http.ask("POST", "/execute", Some(&again)).json();
    assert_eq!(made["reason_code"], "allowed_confirmation_granted", "{made}");
    assert_eq!(
        http.ask("POST", "/execute", Some(&again)).json()["reason_code"],
        "denied_confirmation_replay"
    );
    for path in ["/confirm", "/deny"] {
        assert_eq!(http.ask("POST", path, Some(&json!({}))).status, 410);
    }
}

/// It charged budgets and left challenges behind though nothing was to be sent.
#[test]
fn what_is_only_evaluated_changes_nothing() {
    let shop = Shop::new(Upstream::echo());
    let http = gateway(&shop, &[]);
    let ask = |action: &str, params| {
        let said = http.ask("POST", "/evaluate", Some(&json!({"action": action, "params": params})));
        (said.status, said.json())
    };
    let (status, told) = ask("get_item", json!({"id": "7"}));
    assert_eq!((status, &told["allowed"], &told["budget_exceeded"]), (200, &json!(true), &json!(false)));
    let left = told["budget_remaining"].clone();
    assert_eq!(ask("get_item", json!({"id": "7"})).1["budget_remaining"], left);
    let (status, told) = ask("create_item", json!({"color": "red"}));
    assert_eq!((status, &told["reason_code"]), (403, &json!("confirmation_required")));
    assert_eq!(told["confirmation_token_id"], json!(null));
    assert_eq!(ask("get_item", json!({"id": 7})).1["reason_code"], "denied_param_validation");
    assert_eq!(ask("nope", json!({})).1["reason_code"], "denied_unknown_action");
    let made = http.ask("POST", "/execute", Some(&json!({"action": "get_item", "params": {"id": "7"}})));
    assert_eq!(made.status, 400);
    assert!(shop.upstream.asked().is_empty());
    assert_eq!(http.ask("GET", "/pending", None).json()["pending"], json!([]));
}

/// It answered whoever came, from any page of any browser.
#[test]
fn only_programs_that_may_are_answered_and_only_in_json() {
    let shop = Shop::new(Upstream::echo());
    let http = gateway(&shop, &["--mode", "proxy"]);
    let (host, token) = (format!("127.0.0.1:{}", http.port), format!("Bearer {}", http.token));
    let base = [("host", host.as_str()), ("authorization", token.as_str())];
    let json_type = ("content-type", "application/json");
    let body = json!({"action": "get_item", "params": {"id": "7"}}).to_string();
    let with = |more: &[(&'static str, &'static str)]| {
        let mut headers: Vec<(&str, &str)> = base.to_vec();
        headers.extend(more.iter().copied());
        http.raw("POST", "/execute", &headers, &body).status
    };
    assert_eq!(with(&[json_type]), 200);
    assert_eq!(with(&[json_type, ("origin", "http://evil.example")]), 403);
    for kind in ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data"] {
        assert_eq!(with(&[("content-type", kind)]), 415, "{kind}");
    }
    assert_eq!(http.raw("POST", "/execute", &[("host", &host), json_type], &body).status, 401);
    let evil = [("host", "evil.example"), ("authorization", token.as_str()), json_type];
    assert_eq!(http.raw("POST", "/execute", &evil, &body).status, 403);
    for (method, path, status) in
        [("PUT", "/execute", 405), ("DELETE", "/actions", 405), ("GET", "/nope", 404)]
    {
        let said = http.raw(method, path, &base, "");
        assert_eq!(said.status, status, "{method} {path}");
        assert!(said.json()["error"].is_string());
    }
    let mut wanted = base.to_vec();
    wanted.push(json_type);
    for broken in ["{", "[]", "7", "{}", r#"{"action": 7}"#] {
        assert_eq!(http.raw("POST", "/execute", &wanted, broken).status, 400, "{broken}");
    }
    let large = format!("{{\"action\": \"{}\"}}", "x".repeat(2 << 20));
    assert_eq!(http.raw("POST", "/execute", &wanted, &large).status, 413);
    assert_eq!(http.raw("GET", "/health", &[("host", &host)], "").json(), json!({"status": "ok"}));
    let listed = http.ask("GET", "/actions", None).json();
    let record =
        shop.audit().into_iter().find(|record| record["kind"] == "list").expect("it is written down");
    assert_eq!((&record["surface"], &record["tools"]), (&json!("gateway"), &listed["count"]));
    assert_eq!(listed, json!({"actions": ["create_item", "get_item", "list_items"], "count": 3}));
    assert_eq!(http.ask("GET", "/policy", None).json()["default_action"], "deny");
}

/// One client that said nothing blocked all others.
#[test]
fn a_client_that_stalls_holds_up_nobody() {
    let shop = Shop::new(Upstream::echo());
    let http = gateway(&shop, &[]);
    let stalled: Vec<TcpStream> = (0..16)
        .map(|_| {
            let mut stream = TcpStream::connect(("127.0.0.1", http.port)).expect("it listens");
            stream.write_all(b"POST /evaluate HTTP/1.1\r\ncontent-le").expect("it reads");
            stream
        })
        .collect();
    assert_eq!(http.ask("GET", "/actions", None).status, 200);
    drop(stalled);
}

/// Behind something that encrypts, or under a name of its own, it answered nobody.
#[test]
fn it_is_reached_by_the_names_that_were_said_and_by_no_other() {
    let shop = Shop::new(Upstream::echo());
    let http = gateway(&shop, &["--http-host", "Gate.example", "--http-host", "gate.example:8443"]);
    let token = format!("Bearer {}", http.token);
    let status =
        |host: &str| http.raw("GET", "/actions", &[("host", host), ("authorization", &token)], "").status;
    let with_port = format!("gate.example:{}", http.port);
    for host in ["gate.example", "gate.example:8443", &with_port] {
        assert_eq!(status(host), 200, "{host}");
    }
    for host in ["evil.example", "gate.example:80", "gate.example.evil.example"] {
        assert_eq!(status(host), 403, "{host}");
    }
    let args = ["enforce", "--toolpack", PACK, "--port", "0", "--http-host", "*.example"];
    assert!(shop.place.cask(&args).failed().contains("--http-host"));
    let args = ["run", "--toolpack", PACK, "--http-host", "gate.example"];
    assert!(shop.place.cask(&args).failed().contains("--http ADDR"));
}

/// It listened on all addresses while it said `localhost`.
#[test]
fn it_listens_on_this_machine_unless_that_is_said_loudly() {
    let shop = Shop::new(Upstream::echo());
    let ran = shop.place.cask(&["enforce", "--toolpack", PACK, "--port", "0", "--bind", "0.0.0.0"]);
    assert!(ran.failed().contains("other machines could reach"));
    let short = [("CASK_HTTP_TOKEN", "short")];
    let ran = shop.place.cask_with(&["enforce", "--toolpack", PACK, "--port", "0"], &short);
    assert!(ran.failed().contains("CASK_HTTP_TOKEN"));
}

/// It said of every call that had left and gave no answer that it was blocked: whoever asked made it twice.
#[test]
fn a_call_that_left_and_gives_no_answer_is_not_told_as_blocked() {
    let shop = Shop::new(Upstream::new(|asked| match asked.target.rsplit('/').next().unwrap_or_default() {
        "pdf" => Answered::of(200, "application/pdf", "%PDF-1.7"),
        _ => Answered::json(200, &json!({"id": "1"})).after(Duration::from_secs(20)),
    }));
    let http = gateway(&shop, &["--mode", "proxy", "--timeout", "1"]);
    for (id, reason, executed) in
        [("pdf", "denied_content_type_not_allowed", json!(true)), ("slow", "denied_timeout", json!(null))]
    {
        let said = http.ask("POST", "/execute", Some(&json!({"action": "get_item", "params": {"id": id}})));
        let told = said.json();
        assert_eq!((said.status, &told["decision"]), (502, &json!("allow")), "{told}");
        assert_eq!((&told["reason_code"], &told["executed"]), (&json!(reason), &executed), "{told}");
    }
}

/// A member of the answer that is called as one of ours was taken for ours, and the rest was lost.
#[test]
fn what_a_server_answers_is_handed_on_whole_whatever_it_says() {
    let said = json!({"id": "7", "status_code": "OK", "data": {"own": true}});
    let answer = said.clone();
    let shop = Shop::new(Upstream::new(move |_| Answered::json(200, &answer)));
    let http = gateway(&shop, &["--mode", "proxy"]);
    let got = http.ask("POST", "/execute", Some(&json!({"action": "get_item", "params": {"id": "7"}})));
    assert_eq!(got.json()["response"]["body"], said);
}

/// Whoever hung up left a call that was sent and of which nobody wrote down what came of it.
#[test]
fn a_call_whose_caller_hangs_up_is_written_down_to_its_end() {
    let shop =
        Shop::new(Upstream::new(|_| Answered::json(200, &json!({"id": "1"})).after(Duration::from_secs(3))));
    let http = gateway(&shop, &["--mode", "proxy"]);
    let body = json!({"action": "get_item", "params": {"id": "7"}}).to_string();
    let mut stream = TcpStream::connect(("127.0.0.1", http.port)).expect("it listens");
    let head = format!(
        "POST /execute HTTP/1.1\r\nhost: 127.0.0.1:{}\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        http.port,
        http.token,
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("it reads");
    let until = Instant::now() + Duration::from_secs(10);
    while shop.upstream.asked().is_empty() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(10));
    }
    drop(stream);
    let ended = || shop.audit().into_iter().find(|record| record["kind"] == "outcome");
    while ended().is_none() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(ended().expect("an outcome")["error_code"], "error_cancelled");
}

/// Agents over MCP were not told which tools wait for approval; whoever asked here was.
#[test]
fn a_tool_that_nobody_approved_is_told_as_none() {
    let shop = Shop::new(Upstream::echo());
    shop.edit("artifact/tools.json", "\"/items/{id}\"", "\"/admin/{id}\"");
    let ask = |more: &[&str]| {
        let http = gateway(&shop, &[&["--mode", "proxy"], more].concat());
        http.ask("POST", "/execute", Some(&json!({"action": "get_item", "params": {"id": "7"}}))).json()
    };
    let told = ask(&[]);
    assert_eq!(
        (&told["reason_code"], &told["audit_fields"]["method"]),
        (&json!("denied_unknown_action"), &json!(null))
    );
    assert!(!told.to_string().contains("approved"), "{told}");
    assert_ne!(ask(&["--tell-unapproved"])["reason_code"], "denied_unknown_action");
    assert!(shop.upstream.asked().is_empty());
}
