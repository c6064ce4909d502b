//! Redirects: followed by hand, if at all, and what is never sent after one.

use super::*;

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
