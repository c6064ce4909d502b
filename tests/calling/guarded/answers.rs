//! Answers: how much is read of one, for how long, and what is believed of it.

use super::*;

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
