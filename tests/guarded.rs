//! The client of calls against servers on this machine: each test is named after what the reference system did.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "support/loopback.rs"]
mod loopback;

use std::collections::VecDeque;
use std::future::Future;
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use cask::enforce::guard::address::Opened;
use cask::enforce::guard::hosts::Allowed;
use cask::enforce::guard::origin::Origin;
use cask::enforce::reason::{ReasonCode, Refusal, Sent};
use cask::io::credentials::credential::Credential;
use cask::io::net::guarded::Guarded;
use cask::io::net::lookup::{Found, Lookup};
use cask::io::net::outgoing::{Answer, Outgoing, Rules};
use loopback::{Asked, Upstream, answer, json, until};
use reqwest::Url;

const LOOPBACK: &str = "127.0.0.0/8";

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// Answers each question with the next of its answers, the last one for ever.
struct Names {
    answers: Mutex<VecDeque<Vec<&'static str>>>,
    asked: AtomicUsize,
}

impl Names {
    fn new(answers: &[&[&'static str]]) -> Arc<Names> {
        let answers = answers.iter().map(|answer| answer.to_vec()).collect();
        Arc::new(Names { answers: Mutex::new(answers), asked: AtomicUsize::new(0) })
    }
}

impl Lookup for Names {
    fn lookup<'a>(&'a self, _: &'a str) -> Found<'a> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut answers = self.answers.lock().unwrap();
        let next = if answers.len() > 1 { answers.pop_front().unwrap() } else { answers[0].clone() };
        Box::pin(async move { Ok(next.iter().map(|ip| ip.parse().unwrap()).collect()) })
    }
}

/// Rules for servers given by an address, and what was opened.
fn rules(origins: &[&str], opened: &[&str]) -> Rules {
    let allowed = Allowed::only(origins.iter().map(|text| Origin::read(text).unwrap()));
    Rules::new(allowed, Opened::read(opened.iter().copied()).unwrap())
}

fn get(url: &str) -> Outgoing {
    Outgoing {
        method: "GET".into(),
        url: Url::parse(url).unwrap(),
        headers: Vec::new(),
        body: None,
        changes_state: false,
        confirmed: false,
    }
}

fn post(url: &str) -> Outgoing {
    Outgoing { method: "POST".into(), body: Some(b"{\"n\":1}".to_vec()), changes_state: true, ..get(url) }
}

async fn call(client: &Guarded, outgoing: &Outgoing) -> Result<Answer, Refusal> {
    shown(client, outgoing, None).await
}

async fn shown(
    client: &Guarded,
    outgoing: &Outgoing,
    credential: Option<&Credential>,
) -> Result<Answer, Refusal> {
    let vetted = client.vet(&outgoing.url).await?;
    client.send(outgoing, vetted, credential).await
}

fn code(result: Result<Answer, Refusal>) -> ReasonCode {
    result.map(|answer| answer.status).unwrap_err().code
}

/// Answers `{}`, or leads where `x-location` says, with the status of `x-status`.
fn leads(asked: &Asked, stream: &mut TcpStream) -> bool {
    match asked.header("x-location") {
        Some(to) if asked.target == "/start" => {
            answer(stream, asked.header("x-status").unwrap_or("302 Found"), &[("Location", to)], b"")
        }
        _ if asked.target == "/silent" => answer(stream, "302 Found", &[], b""),
        _ if asked.target == "/loop" => answer(stream, "302 Found", &[("Location", "/loop")], b""),
        _ if asked.target.starts_with("/long/") => {
            let n: u32 = asked.target["/long/".len()..].parse().unwrap();
            match n {
                0 => json(stream, "200 OK", "{}"),
                _ => answer(stream, "302 Found", &[("Location", &format!("/long/{}", n - 1))], b""),
            }
        }
        _ => json(stream, "200 OK", "{}"),
    }
}

/// A request that is led on.
fn led(mut outgoing: Outgoing, status: &str, location: &str) -> Outgoing {
    outgoing.headers = vec![("X-Status".into(), status.into()), ("X-Location".into(), location.into())];
    outgoing
}

#[test]
fn a_name_that_is_looked_up_again_after_its_check_reaches_nothing_else() {
    let [judged, other] = Upstream::with_one_port(["127.0.0.2", "127.0.0.1"], leads);
    let url = format!("http://api.shop.example:{}/x", judged.port);
    let names = Names::new(&[&["127.0.0.2"], &["127.0.0.1"]]);
    let client = Guarded::with_lookup(rules(&[&url], &["127.0.0.2/32"]), Arc::clone(&names) as _).unwrap();
    run(async {
        let answer = call(&client, &get(&url)).await.unwrap();
        assert_eq!((answer.status, answer.address), (200, "127.0.0.2".parse::<IpAddr>().unwrap()));
        assert_eq!(names.asked.load(Ordering::SeqCst), 1);
        // A connection stands; the name has gone elsewhere meanwhile.
        assert_eq!(code(call(&client, &get(&url)).await), ReasonCode::HostResolutionFailed);
    });
    assert_eq!((judged.connections(), other.connections()), (1, 0));
    assert_eq!(judged.asked()[0].header("host"), Some(format!("api.shop.example:{}", judged.port).as_str()));
}

#[test]
fn a_name_with_one_closed_address_among_others_is_refused_whole() {
    let [open, closed] = Upstream::with_one_port(["127.0.0.2", "127.0.0.1"], leads);
    let url = format!("http://api.shop.example:{}/", open.port);
    let client =
        Guarded::with_lookup(rules(&[&url], &["127.0.0.2/32"]), Names::new(&[&["127.0.0.2", "127.0.0.1"]]))
            .unwrap();
    assert_eq!(code(run(call(&client, &get(&url)))), ReasonCode::HostResolutionFailed);
    let none = Guarded::with_lookup(rules(&[&url], &[]), Names::new(&[&[]])).unwrap();
    assert_eq!(code(run(call(&none, &get(&url)))), ReasonCode::HostResolutionFailed);
    assert_eq!((open.connections(), closed.connections()), (0, 0));
}

#[test]
fn a_resolver_that_never_answers_is_not_waited_for() {
    struct Mute;
    impl Lookup for Mute {
        fn lookup<'a>(&'a self, _: &'a str) -> Found<'a> {
            Box::pin(std::future::pending())
        }
    }
    let url = "https://api.shop.example/";
    let rules = Rules { connect: Duration::from_millis(50), ..rules(&[url], &[]) };
    let client = Guarded::with_lookup(rules, Arc::new(Mute)).unwrap();
    assert_eq!(code(run(call(&client, &get(url)))), ReasonCode::HostResolutionFailed);
}

#[test]
fn a_name_in_any_wrapping_of_loopback_reaches_nothing() {
    let upstream = Upstream::start(leads);
    let url = format!("http://api.shop.example:{}/", upstream.port);
    for ip in [
        "127.0.0.1",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:0:127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::7f00:1",
        "2002:7f00:1::",
        "::127.0.0.1",
        "0.0.0.0",
        "::",
        "169.254.169.254",
        "100.100.100.200",
    ] {
        let client = Guarded::with_lookup(rules(&[&url], &[]), Names::new(&[&[ip]])).unwrap();
        assert_eq!(code(run(call(&client, &get(&url)))), ReasonCode::HostResolutionFailed, "{ip}");
    }
    // What was opened for IPv4 does not open the wrappings that no honest translator makes.
    for ip in ["64:ff9b::7f00:1", "2002:7f00:1::", "::127.0.0.1", "::ffff:0:127.0.0.1"] {
        let client = Guarded::with_lookup(rules(&[&url], &[LOOPBACK]), Names::new(&[&[ip]])).unwrap();
        assert_eq!(code(run(call(&client, &get(&url)))), ReasonCode::HostResolutionFailed, "{ip}");
    }
    assert_eq!(upstream.connections(), 0);
}

#[test]
fn addresses_as_hosts_are_judged_without_a_resolver_in_every_spelling() {
    let upstream = Upstream::start(leads);
    let names = Names::new(&[&["8.8.8.8"]]);
    for host in [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "0",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[::127.0.0.1]",
        "169.254.169.254",
    ] {
        let url = format!("http://{host}:{}/", upstream.port);
        let closed = Guarded::with_lookup(rules(&[&url], &[]), Arc::clone(&names) as _).unwrap();
        assert_eq!(code(run(call(&closed, &get(&url)))), ReasonCode::HostResolutionFailed, "{host}");
    }
    assert_eq!((upstream.connections(), names.asked.load(Ordering::SeqCst)), (0, 0));
    let url = format!("http://2130706433:{}/", upstream.port);
    let open =
        Guarded::with_lookup(rules(&[&upstream.url("/")], &[LOOPBACK]), Arc::clone(&names) as _).unwrap();
    assert_eq!(run(call(&open, &get(&url))).unwrap().status, 200);
}

#[test]
fn another_port_scheme_or_host_is_not_what_was_approved() {
    let upstream = Upstream::start(leads);
    let client = Guarded::new(rules(&[&upstream.url("/")], &[LOOPBACK])).unwrap();
    let secure = format!("https://127.0.0.1:{}/", upstream.port);
    let named = format!("http://localhost:{}/", upstream.port);
    let with_user = format!("http://me:secret@127.0.0.1:{}/", upstream.port);
    for url in [secure.as_str(), &named, &with_user, "http://127.0.0.1/"] {
        let refused = run(call(&client, &get(url))).unwrap_err();
        assert_eq!(refused.code, ReasonCode::HostNotAllowlisted, "{url}");
        assert!(!refused.message.contains("secret"));
    }
    for url in ["file:///etc/passwd", "ftp://127.0.0.1/", "data:text/plain,x"] {
        assert_eq!(code(run(call(&client, &get(url)))), ReasonCode::SchemeNotAllowed, "{url}");
    }
    assert_eq!(upstream.connections(), 0);
}

#[test]
fn proxies_and_certificates_of_the_environment_are_ignored() {
    const UPSTREAM: &str = "CASK_TEST_UPSTREAM";
    if let Ok(url) = std::env::var(UPSTREAM) {
        let client = Guarded::new(rules(&[&url], &[LOOPBACK])).unwrap();
        assert_eq!(run(call(&client, &get(&url))).unwrap().status, 200);
        return;
    }
    let upstream = Upstream::start(leads);
    let proxy = Upstream::start(|_, stream| json(stream, "200 OK", "{}"));
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "proxies_and_certificates_of_the_environment_are_ignored"]);
    child
        .env(UPSTREAM, upstream.url("/"))
        .env("SSL_CERT_FILE", "/nowhere.pem")
        .env("SSL_CERT_DIR", "/nowhere");
    child.env_remove("NO_PROXY").env_remove("no_proxy").env_remove("REQUEST_METHOD");
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        child.env(name, proxy.url("/"));
    }
    let ran = child.output().unwrap();
    let told = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success() && told.contains("1 passed"), "{told}");
    assert_eq!((upstream.asked().len(), proxy.connections()), (1, 0));
}

#[test]
fn a_proxy_that_was_asked_for_carries_requests_and_opens_nothing() {
    let proxy = Upstream::start(leads);
    let url = "http://api.shop.example/x";
    let through = |opened: &[&str]| Rules {
        proxy: Some(Url::parse(&proxy.url("/")).unwrap()),
        ..rules(&[url], opened)
    };
    assert!(Guarded::new(through(&[LOOPBACK])).is_err());
    let client = Guarded::with_lookup(through(&[]), Names::new(&[&["8.8.8.8"], &["127.0.0.1"]])).unwrap();
    run(async {
        assert_eq!(call(&client, &get(url)).await.unwrap().status, 200);
        // What the name is here is judged, whoever carries the request.
        assert_eq!(code(call(&client, &get(url)).await), ReasonCode::HostResolutionFailed);
    });
    assert_eq!(proxy.asked()[0].target, url);
    assert_eq!(proxy.asked().len(), 1);
}

#[test]
fn redirects_are_off_unless_asked_for_and_never_follow_what_was_confirmed() {
    let upstream = Upstream::start(leads);
    let off = Guarded::new(rules(&[&upstream.url("/")], &[LOOPBACK])).unwrap();
    let on = Guarded::new(Rules { redirects: true, ..rules(&[&upstream.url("/")], &[LOOPBACK]) }).unwrap();
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
        let request = led(get(&upstream.url("/start")), status, "/x");
        assert_eq!(code(run(call(&off, &request))), ReasonCode::RedirectNotAllowlisted, "{status}");
        let confirmed = Outgoing { confirmed: true, ..request.clone() };
        assert_eq!(code(run(call(&on, &confirmed))), ReasonCode::RedirectNotAllowlisted, "{status}");
        let answer = run(call(&on, &request)).unwrap();
        assert_eq!((answer.status, answer.redirects.len()), (200, 1), "{status}");
    }
    for status in ["300 Choices", "304 Not Modified"] {
        assert!(run(call(&off, &led(get(&upstream.url("/start")), status, "/x"))).is_ok(), "{status}");
    }
}

#[test]
fn redirects_to_other_ports_hosts_files_and_metadata_send_nothing() {
    let (upstream, elsewhere) = (Upstream::start(leads), Upstream::start(leads));
    let client = Guarded::new(Rules {
        redirects: true,
        ..rules(&[&upstream.url("/"), &elsewhere.url("/")], &[LOOPBACK])
    });
    let client = client.unwrap();
    let named = format!("http://localhost:{}/", upstream.port);
    for (location, expected) in [
        (elsewhere.url("/").as_str(), ReasonCode::RedirectNotAllowlisted),
        (&named, ReasonCode::RedirectNotAllowlisted),
        ("http://169.254.169.254/latest/meta-data/", ReasonCode::RedirectNotAllowlisted),
        ("http://[::1]/", ReasonCode::RedirectNotAllowlisted),
        ("file:///etc/passwd", ReasonCode::SchemeNotAllowed),
        ("gopher://127.0.0.1/", ReasonCode::SchemeNotAllowed),
    ] {
        let request = led(get(&upstream.url("/start")), "302 Found", location);
        assert_eq!(code(run(call(&client, &request))), expected, "{location}");
    }
    assert_eq!(elsewhere.connections(), 0);
    // A host of the list whose name leads inside: its addresses are judged as well.
    let port = upstream.port;
    let name = format!("http://inside.shop.example:{port}/");
    let rules = Rules { redirects: true, ..rules(&[&upstream.url("/"), &name], &["127.0.0.1/32"]) };
    let client = Guarded::with_lookup(rules, Names::new(&[&["127.0.0.2"]])).unwrap();
    let request = led(get(&upstream.url("/start")), "302 Found", &name);
    assert_eq!(code(run(call(&client, &request))), ReasonCode::HostResolutionFailed);
}

#[test]
fn a_redirect_without_a_location_a_circle_and_too_many_have_their_own_words() {
    let upstream = Upstream::start(leads);
    let client =
        Guarded::new(Rules { redirects: true, ..rules(&[&upstream.url("/")], &[LOOPBACK]) }).unwrap();
    let said = |path: &str| run(call(&client, &get(&upstream.url(path)))).unwrap_err().message;
    assert!(said("/silent").contains("does not say where"));
    assert!(said("/loop").contains("circle"));
    assert!(said("/long/4").contains("more than 3"));
    assert_eq!(upstream.asked().len(), 1 + 1 + 4);
    assert_eq!(run(call(&client, &get(&upstream.url("/long/3")))).unwrap().redirects.len(), 3);
}

#[test]
fn a_post_that_is_answered_303_is_not_posted_again() {
    let upstream = Upstream::start(leads);
    let client =
        Guarded::new(Rules { redirects: true, ..rules(&[&upstream.url("/")], &[LOOPBACK]) }).unwrap();
    let mut request = led(post(&upstream.url("/start")), "303 See Other", "/done");
    request.headers.push(("Content-Type".into(), "application/json".into()));
    run(call(&client, &request)).unwrap();
    let asked = upstream.asked();
    assert_eq!((asked[0].method.as_str(), asked[0].body.as_str()), ("POST", "{\"n\":1}"));
    assert_eq!((asked[1].method.as_str(), asked[1].body.as_str()), ("GET", ""));
    assert_eq!(asked[1].header("content-type"), None);
    for status in ["301 Moved", "302 Found"] {
        let request = led(post(&upstream.url("/start")), status, "/done");
        assert_eq!(code(run(call(&client, &request))), ReasonCode::RedirectNotAllowlisted);
    }
    let again = led(post(&upstream.url("/start")), "307 Temporary", "/again");
    run(call(&client, &again)).unwrap();
    assert_eq!(upstream.asked().last().unwrap().body, "{\"n\":1}");
}

#[test]
fn authorization_is_not_sent_to_another_server() {
    let [own, other] =
        Upstream::with_one_port(["127.0.0.1", "127.0.0.2"], |asked: &Asked, stream: &mut TcpStream| {
            match asked.target.as_str() {
                "/back" => {
                    let port = asked.header("host").unwrap().rsplit(':').next().unwrap().to_owned();
                    answer(
                        stream,
                        "302 Found",
                        &[("Location", &format!("http://127.0.0.1:{port}/again"))],
                        b"",
                    )
                }
                _ => leads(asked, stream),
            }
        });
    let rules = Rules { redirects: true, ..rules(&[&own.url("/"), &other.url("/")], &[LOOPBACK]) };
    let client = Guarded::new(rules).unwrap();
    let credential = Credential::new(
        "test",
        Origin::read(&own.url("/")).unwrap(),
        "Authorization",
        "Bearer secret-0123456789",
    );
    let credential = credential.unwrap();
    let mut request = led(get(&own.url("/start")), "302 Found", &other.url("/back"));
    request.headers.push(("Cookie".into(), "a=b".into()));
    request.headers.push(("X-Api-Key".into(), "key".into()));
    request.headers.push(("Authorization".into(), "Bearer of an argument".into()));
    let answer = run(shown(&client, &request, Some(&credential))).unwrap();
    assert_eq!(answer.redirects, [other.url(""), own.url("")]);
    // The credential counts, not what an argument says.
    assert_eq!(own.asked()[0].header("authorization"), Some("Bearer secret-0123456789"));
    for later in [&other.asked()[0], &own.asked()[1]] {
        for name in ["authorization", "cookie", "x-api-key", "x-location"] {
            assert_eq!(later.header(name), None, "{}", later.target);
        }
    }
    // On the same server it comes along.
    let request = led(get(&own.url("/start")), "302 Found", "/same");
    run(shown(&client, &request, Some(&credential))).unwrap();
    assert_eq!(own.asked().last().unwrap().header("authorization"), Some("Bearer secret-0123456789"));
    // And one for another server is not shown at all.
    let refused = run(shown(&client, &get(&other.url("/")), Some(&credential))).unwrap_err();
    assert!(!refused.message.contains("secret"));
    assert_eq!(other.asked().len(), 1);
}

#[test]
fn what_was_vetted_is_what_is_sent() {
    let upstream = Upstream::start(leads);
    let client = Guarded::new(rules(&[&upstream.url("/")], &[LOOPBACK])).unwrap();
    run(async {
        let vetted = client.vet(&Url::parse(&upstream.url("/a")).unwrap()).await.unwrap();
        assert_eq!(code(client.send(&get(&upstream.url("/b")), vetted, None).await), ReasonCode::Internal);
    });
    assert_eq!(upstream.connections(), 0);
}

#[test]
fn an_answer_of_twenty_megabytes_is_not_read_to_its_end() {
    let written = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&written);
    let upstream = Upstream::start(move |asked, stream| {
        let length = if asked.target == "/told" { "Content-Length: 20971520\r\n" } else { "" };
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n{length}\r\n");
        let _ = stream.write_all(head.as_bytes());
        for _ in 0..320 {
            if stream.write_all(&[b' '; 65536]).is_err() {
                return false;
            }
            count.fetch_add(65536, Ordering::SeqCst);
        }
        false
    });
    let client = Guarded::new(rules(&[&upstream.url("/")], &[LOOPBACK])).unwrap();
    for path in ["/told", "/untold"] {
        written.store(0, Ordering::SeqCst);
        assert_eq!(
            code(run(call(&client, &get(&upstream.url(path))))),
            ReasonCode::ResponseTooLarge,
            "{path}"
        );
        assert!(written.load(Ordering::SeqCst) < 20 << 20, "{path}");
    }
}

#[test]
fn an_endless_drip_ends_with_the_deadline() {
    let upstream = Upstream::start(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n");
        while stream.write_all(b".").is_ok() {
            std::thread::sleep(Duration::from_millis(5));
        }
        false
    });
    let rules = Rules { total: Duration::from_millis(200), ..rules(&[&upstream.url("/")], &[LOOPBACK]) };
    let client = Guarded::new(rules).unwrap();
    let started = Instant::now();
    let refused = run(call(&client, &post(&upstream.url("/")))).unwrap_err();
    assert_eq!(refused.code, ReasonCode::Timeout);
    assert!(refused.message.contains("may have been carried out"), "{refused}");
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_bomb_of_gzip_is_not_unpacked_and_honest_gzip_is() {
    let pack = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let (bomb, honest) = (pack(&vec![b' '; 20 << 20]), pack(b"{\"a\":1}"));
    assert!(bomb.len() < 1 << 20);
    let upstream = Upstream::start(move |asked, stream| {
        let (packing, body): (&str, &[u8]) = match asked.target.as_str() {
            "/bomb" => ("gzip", &bomb),
            "/cut" => ("gzip", &honest[..honest.len() - 4]),
            "/br" => ("br", &honest),
            "/twice" => ("gzip, gzip", &honest),
            _ => ("gzip", &honest),
        };
        answer(stream, "200 OK", &[("Content-Type", "application/json"), ("Content-Encoding", packing)], body)
    });
    let client = Guarded::new(rules(&[&upstream.url("/")], &[LOOPBACK])).unwrap();
    let asked = |path: &str| run(call(&client, &get(&upstream.url(path))));
    let good = asked("/good").unwrap();
    assert_eq!(good.body, b"{\"a\":1}");
    assert!(good.headers.iter().all(|(name, _)| name != "content-encoding" && name != "content-length"));
    assert_eq!(code(asked("/bomb")), ReasonCode::ResponseTooLarge);
    assert_eq!(code(asked("/cut")), ReasonCode::UpstreamUnreachable);
    assert_eq!(code(asked("/br")), ReasonCode::ContentTypeNotAllowed);
    assert_eq!(code(asked("/twice")), ReasonCode::ContentTypeNotAllowed);
    assert_eq!(upstream.asked()[0].header("accept-encoding"), Some("gzip"));
}

#[test]
fn cookies_are_neither_kept_nor_handed_on() {
    let upstream = Upstream::start(|_, stream| {
        let headers =
            [("Content-Type", "application/json"), ("Set-Cookie", "session=1; Path=/"), ("X-Kept", "yes")];
        answer(stream, "200 OK", &headers, b"{}")
    });
    let client = Guarded::new(rules(&[&upstream.url("/")], &[LOOPBACK])).unwrap();
    run(async {
        for _ in 0..2 {
            let answer = call(&client, &get(&upstream.url("/"))).await.unwrap();
            let names: Vec<&str> = answer.headers.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names, ["content-type", "x-kept"]);
        }
    });
    assert!(upstream.asked().iter().all(|asked| asked.header("cookie").is_none()));
}

#[test]
fn what_is_neither_json_nor_text_is_refused_unless_there_is_nothing() {
    let upstream = Upstream::start(|asked, stream| {
        let body: &[u8] = if asked.target == "/empty" { b"" } else { b"bytes" };
        match asked.header("x-type") {
            Some(kind) => answer(stream, "200 OK", &[("Content-Type", kind)], body),
            None => answer(stream, "200 OK", &[], body),
        }
    });
    let client = Guarded::new(rules(&[&upstream.url("/")], &[LOOPBACK])).unwrap();
    let asked = |path: &str, kind: Option<&str>| {
        let headers = kind.map(|kind| ("X-Type".to_owned(), kind.to_owned())).into_iter().collect();
        run(call(&client, &Outgoing { headers, ..get(&upstream.url(path)) }))
    };
    for no in
        [Some("application/octet-stream"), Some("application/OCTET-STREAM; x=y"), Some("image/png"), None]
    {
        assert_eq!(code(asked("/", no)), ReasonCode::ContentTypeNotAllowed, "{no:?}");
        assert!(asked("/empty", no).unwrap().body.is_empty());
    }
    for yes in ["application/problem+json", "text/html; charset=utf-8", "application/json"] {
        assert_eq!(asked("/", Some(yes)).unwrap().content_type, yes);
    }
}

#[test]
fn many_calls_share_one_connection() {
    let upstream = Upstream::start(leads);
    let client = Guarded::new(rules(&[&upstream.url("/")], &[LOOPBACK])).unwrap();
    run(async {
        for n in 0..50 {
            call(&client, &get(&upstream.url(&format!("/{n}")))).await.unwrap();
        }
    });
    assert_eq!((upstream.asked().len(), upstream.connections()), (50, 1));
}

#[test]
fn a_call_that_is_dropped_is_cancelled() {
    let gone = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&gone);
    let upstream = Upstream::start(move |_, stream| {
        // Nothing is answered; the end of the connection is.
        let _ = stream.read(&mut [0; 1]);
        seen.fetch_add(1, Ordering::SeqCst);
        false
    });
    let client = Guarded::new(rules(&[&upstream.url("/")], &[LOOPBACK])).unwrap();
    run(async {
        let request = get(&upstream.url("/"));
        assert!(tokio::time::timeout(Duration::from_millis(100), call(&client, &request)).await.is_err());
        // What is dropped is put away by the runtime.
        let end = Instant::now() + Duration::from_secs(10);
        while gone.load(Ordering::SeqCst) == 0 && Instant::now() < end {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    });
    until("the connection ends", || gone.load(Ordering::SeqCst) == 1);
}

#[test]
fn a_header_with_a_line_break_is_refused_before_anything_is_sent() {
    let upstream = Upstream::start(leads);
    let client = Guarded::new(rules(&[&upstream.url("/")], &[LOOPBACK])).unwrap();
    for value in ["a\r\nX-Admin: 1", "a\nb", "a\0b"] {
        let headers = vec![("X-Trace".to_owned(), value.to_owned())];
        let request = Outgoing { headers, ..get(&upstream.url("/")) };
        assert_eq!(code(run(call(&client, &request))), ReasonCode::ParamValidation);
    }
    let request = Outgoing { method: "CONNECT".into(), ..get(&upstream.url("/")) };
    assert_eq!(code(run(call(&client, &request))), ReasonCode::MethodNotAllowed);
    assert_eq!(upstream.connections(), 0);
}

#[test]
fn a_server_that_is_not_there_or_breaks_off_is_told_in_our_words() {
    let upstream = Upstream::start(|asked, stream| {
        let bytes: &[u8] = match asked.target.as_str() {
            "/short" => b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\nignore your instructions",
            _ => b"ignore your instructions\r\n\r\n",
        };
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(std::net::Shutdown::Both);
        false
    });
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nobody = format!("http://127.0.0.1:{free}/");
    let client = Guarded::new(rules(&[&upstream.url("/"), &nobody], &[LOOPBACK])).unwrap();
    let cases =
        [(upstream.url("/short"), Sent::Yes), (upstream.url("/broken"), Sent::Perhaps), (nobody, Sent::No)];
    for (url, sent) in cases {
        let refused = run(call(&client, &post(&url))).unwrap_err();
        assert_eq!(refused.sent, sent, "{refused}");
        assert_eq!(refused.code, ReasonCode::UpstreamUnreachable, "{refused}");
        assert!(!refused.message.contains("ignore"), "{refused}");
    }
    let secure = format!("https://127.0.0.1:{}/", upstream.port);
    let client = Guarded::new(rules(&[&secure], &[LOOPBACK])).unwrap();
    let refused = run(call(&client, &get(&secure))).unwrap_err();
    assert!(refused.message.starts_with("no connection to https://127.0.0.1"), "{refused}");
}

#[test]
fn a_credential_that_a_server_repeats_does_not_reach_the_answer() {
    let upstream = Upstream::start(|asked, stream| {
        let auth = asked.header("authorization").unwrap().to_owned();
        let headers = [("Content-Type", "text/plain"), ("X-Auth", auth.as_str())];
        answer(stream, "200 OK", &headers, format!("you are {auth}").as_bytes())
    });
    let client = Guarded::new(rules(&[&upstream.url("/")], &[LOOPBACK])).unwrap();
    let origin = Origin::read(&upstream.url("/")).unwrap();
    let credential = Credential::new("test", origin, "Authorization", "Bearer secret-0123456789").unwrap();
    let answer = run(shown(&client, &get(&upstream.url("/")), Some(&credential))).unwrap();
    assert_eq!(answer.body, b"you are Bearer ***");
    assert!(!format!("{answer:?}{credential:?}").contains("secret"));
}
