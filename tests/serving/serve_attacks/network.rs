//! The network: where calls may lead, how much comes back, and who sees credentials.

use super::*;

#[test]
fn a_base_address_that_nobody_approved_is_refused() {
    let shop = Shop::new(Upstream::echo());
    let ran = shop.place.cask(&["run", "--toolpack", PACK, "--base-url", "http://127.0.0.1:1"]);
    assert!(ran.failed().contains("--base-url"));
}

/// Loopback was reached through a flag alone in the reference system's container; here it is closed until opened, and what
/// is never opened stays closed.
#[test]
fn this_machine_is_not_reached_unless_it_is_opened() {
    let shop = Shop::new(Upstream::echo());
    let mut session = Session::open(shop.place.command(&["run", "--toolpack", PACK]));
    assert_eq!(code(&session.told("get_item", json!({"id": "1"}))), "denied_host_resolution_failed");
    assert!(shop.upstream.asked().is_empty());
    for cidr in ["0.0.0.0/0", "169.254.0.0/16", "127.0.0.1/8", "fd00::/4", "nonsense"] {
        let ran = shop.place.cask(&["run", "--toolpack", PACK, "--allow-private-cidr", cidr]);
        assert_eq!(ran.code, 3, "{cidr}: {}", ran.err);
    }
}

/// Redirects took `Authorization` to any host, and a POST that was answered 303 was posted again.
#[test]
fn redirects_lead_nowhere_that_was_not_approved() {
    let elsewhere = Upstream::echo();
    let port = elsewhere.port;
    let shop = Shop::new(Upstream::new(move |asked| {
        let to = match asked.target.rsplit('/').next().unwrap_or_default() {
            "metadata" => "http://169.254.169.254/latest/meta-data/".to_owned(),
            "file" => "file:///etc/passwd".to_owned(),
            "port" => format!("http://127.0.0.1:{port}/x"),
            "here" => "/api/items/end".to_owned(),
            "loop" => "/api/items/loop".to_owned(),
            _ => return Answered::json(200, &json!({"id": "end"})),
        };
        Answered::of(302, "text/plain", "").with("location", &to)
    }));
    let with = |more: &[&str]| {
        let mut command = shop.command(more);
        command.env("CASK_AUTH_HEADER", "Bearer the-secret-of-the-shop");
        Session::open(command)
    };
    let mut closed = with(&[]);
    assert_eq!(code(&closed.told("get_item", json!({"id": "here"}))), "denied_redirect_not_allowlisted");
    let mut open = with(&["--allow-redirects"]);
    assert_eq!(open.call("get_item", json!({"id": "here"}))["structuredContent"]["id"], "end");
    for hostile in ["metadata", "port", "loop"] {
        let told = open.told("get_item", json!({"id": hostile}));
        assert_eq!(code(&told), "denied_redirect_not_allowlisted", "{hostile}");
    }
    let told = open.told("get_item", json!({"id": "file"}));
    assert!(code(&told).starts_with("denied_"), "{told}");
    assert!(elsewhere.asked().is_empty());
}

/// 20 MB were read into memory and into the reply; a drip never ended.
#[test]
fn answers_are_bounded_in_size_and_time() {
    let shop = Shop::new(Upstream::new(|asked| match asked.target.rsplit('/').next().unwrap_or_default() {
        "big" => Answered::of(200, "text/plain", vec![b'x'; 20 << 20]),
        _ => Answered::json(200, &json!({"id": "1"})).after(Duration::from_secs(20)),
    }));
    let mut session = shop.session(&["--timeout", "1"]);
    let big = session.told("get_item", json!({"id": "big"}));
    // Whoever is told that nothing was done does it again.
    assert_eq!((code(&big), &big["executed"]), ("denied_response_too_large", &json!(true)));
    let start = Instant::now();
    let slow = session.told("get_item", json!({"id": "slow"}));
    assert_eq!(code(&slow), "denied_timeout");
    assert!(slow.get("executed").is_some_and(Value::is_null), "{slow}");
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

/// Cookies of one call were sent with the next, and credentials stood in the list of processes and in answers.
#[test]
fn credentials_are_shown_to_their_server_and_to_nobody_else() {
    let shop = Shop::new(Upstream::new(|asked| {
        let said = json!({"id": "1", "authorization": asked.header("authorization"), "cookie": asked.header("cookie")});
        // As some languages write it.
        let said = said.to_string().replace('/', "\\/");
        Answered::of(200, "application/json", said).with("set-cookie", "session=of-another-call")
    }));
    let mut command = shop.command(&[]);
    command.env("CASK_AUTH_HEADER", "Bearer the-secret/of-the-shop");
    let mut session = Session::open(command);
    session.call("get_item", json!({"id": "1"}));
    let got = session.call("get_item", json!({"id": "1"}));
    let asked = shop.upstream.asked();
    assert_eq!(asked[1].header("authorization"), Some("Bearer the-secret/of-the-shop"));
    assert_eq!(asked[1].header("cookie"), None);
    for part in ["the-secret", "of-the-shop"] {
        assert!(!got.to_string().contains(part), "{got}");
    }
    let (_, _, told) = session.close();
    assert!(!told.join("\n").contains("the-secret"));
    assert!(!shop.place.read(".caskmcp/state/audit/runtime.jsonl").contains("the-secret"));
    let mut broken = shop.command(&[]);
    broken.env("CASK_AUTH_HEADER", "Bearer a\r\nX-Admin: 1");
    let output = broken.output().expect("it ends");
    assert_eq!(output.status.code(), Some(3));
    assert!(!String::from_utf8_lossy(&output.stderr).contains("X-Admin"));
}

/// The proxy of the environment was asked, and got the credentials.
#[test]
fn a_proxy_of_the_environment_is_not_asked() {
    let proxy = Upstream::echo();
    let shop = Shop::new(Upstream::echo());
    let mut command = shop.command(&[]);
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"] {
        command.env(name, format!("http://127.0.0.1:{}", proxy.port));
    }
    let mut session = Session::open(command);
    assert_eq!(session.call("get_item", json!({"id": "1"}))["isError"], false);
    assert!(proxy.asked().is_empty());
}
