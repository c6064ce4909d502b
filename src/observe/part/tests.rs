//! Any split, order and tree of merges gives the same bytes, and what is read back is what was written.

use std::io::BufRead;

use proptest::prelude::*;

use super::*;
use crate::canon::Node;
use crate::model::exchange::{Body, Content, Counts, Credential, Exchange};
use crate::model::testing::node;

/// A `GET` that was answered.
pub(crate) fn get(path: &str, answer: &str) -> Exchange {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let pairs = query.split('&').filter(|p| !p.is_empty());
    Exchange {
        method: "GET".into(),
        scheme: "https".into(),
        host: "api.test".into(),
        path: path.into(),
        route: None,
        query: pairs
            .map(|p| p.split_once('=').unwrap_or((p, "")))
            .map(|(k, v)| (k.into(), v.into()))
            .collect(),
        request_headers: Vec::new(),
        response_headers: Vec::new(),
        request: None,
        response: (!answer.is_empty())
            .then(|| Body { media: "application/json".into(), content: Content::Json(node(answer)) }),
        status: Some(200),
        started: Some("2026-01-01T00:00:00Z".parse().unwrap()),
        started_nanos: 0,
        duration_ms: Some(12),
        credentials: Vec::new(),
    }
}

fn options() -> String {
    format!("sha256:{}", "0".repeat(64))
}

/// A part of some exchanges that are entries of one file from a number on.
pub(crate) fn part_at(exchanges: &[Exchange], from: u64) -> Part {
    let n = exchanges.len() as u64;
    let input =
        Input { sha256: "a".repeat(64), name: "a.har".into(), from, to: from + n, kind: "har".into() };
    let counts = Counts { read: n, kept: n, ..Counts::default() };
    let mut part = Part::new(&options(), input, &counts).unwrap();
    exchanges.iter().for_each(|exchange| part.take(exchange, &Outer::new()));
    part
}

fn bytes(part: &Part) -> String {
    let text = write("part", part).unwrap();
    let (_, rest) = text.split_once('\n').unwrap();
    format!("{}\n{rest}", part.digest("part").unwrap())
}

fn read_text(text: &str) -> Result<Part, crate::canon::Fault> {
    read("part", text.as_bytes())
}

#[test]
fn what_is_written_is_read_back() {
    let mut posted = get("/rpc", r#"{"a": [1, 2.5, {"[x": null, "{y": "z", "7": true}]}"#);
    posted.method = "POST".into();
    posted.request = Some(Body {
        media: String::new(),
        content: Content::Json(node(
            r#"{"operationName": "A", "query": "query A { a }", "variables": {"n": 1}}"#,
        )),
    });
    posted.credentials = vec![Credential::Scheme("bearer".into()), Credential::Header("x key".into())];
    let list = [get("/users/1?page=2&q=x", r#"{"id": 1, "kind": "a"}"#), get("/users/me/", ""), posted];
    let part = part_at(&list, 0);
    let text = write("part", &part).unwrap();
    let back = read_text(&text).unwrap();
    assert_eq!(back, part);
    assert_eq!(write("part", &back).unwrap(), text);
    let keys: Vec<&str> = text
        .lines()
        .skip(1)
        .map(|l| l.split_once("\", \"s\"").unwrap().0.trim_start_matches("{\"k\": \""))
        .collect();
    assert_eq!(keys, ["api.test GET /users/me", "api.test GET /users/{int}", "api.test POST /rpc"]);
}

#[test]
fn more_literals_than_a_person_makes_are_one_child() {
    let names = |n: usize| (0..n).map(|i| get(&format!("/users/name{i}x/orders"), "{}")).collect::<Vec<_>>();
    let keys = |part: &Part| write("part", part).unwrap().lines().count() - 1;
    assert_eq!(keys(&part_at(&names(CHILDREN), 0)), CHILDREN);
    let folded = part_at(&names(CHILDREN + 1), 0);
    assert_eq!(keys(&folded), 1);
    assert!(write("part", &folded).unwrap().contains("\"api.test GET /users/{*}/orders\""));
    // Whichever part of them comes with which, and first.
    let all = names(CHILDREN + 44);
    let whole = bytes(&part_at(&all, 0));
    for at in [1, 44, 150, 256, 299] {
        let (mut one, mut two) = (part_at(&all[..at], 0), part_at(&all[at..], at as u64));
        let (first, second) = (one.clone(), two.clone());
        one.merge("two", second).unwrap();
        two.merge("one", first).unwrap();
        assert_eq!((bytes(&one), bytes(&two)), (whole.clone(), whole.clone()), "{at}");
    }
}

#[test]
fn nothing_that_is_somebodys_own_is_in_a_part() {
    let answer = r#"{"id": "550e8400-e29b-41d4-a716-446655440000", "email": "ann@mail.example", "token": "hunter2",
        "state": "open", "mark": "[REDACTED]", "9c858901-8a57-4791-81fe-4c455b099bc9": {"phone": "five"}}"#;
    let mut one = get("/users/4711?email=bob@mail.example&state=open&key2=s3", answer);
    one.request_headers = vec![("x-tenant".into(), "acme".into()), ("user-agent".into(), "me".into())];
    let text = write("part", &part_at(&[one], 0)).unwrap();
    for secret in
        ["550e8400", "ann@", "bob@", "hunter2", "REDACTED", "9c858901", "five", "acme", "user-agent"]
    {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    assert!(text.contains("\"open\"") && text.contains("header.x-tenant") && text.contains("/{uuid}/phone"));
}

#[test]
fn no_name_that_is_somebodys_own_is_in_a_part() {
    let keys = r#"{"ann@x.example": 1, "+491701234567": 1, "192.168.7.9": 1, "https://x.example/u/ann": 1, "user:4711": 1,
        "Ann <user@redacted.invalid>": 1, "(030) 123-4567": 1, "total": 1}"#;
    let mut one = get("/a;id=4712/x?ann@x.example=1&4713=2&items[4714]=3&list[0]=5&+491701234567=4", keys);
    one.request_headers = vec![("x-ann@x.example".into(), "1".into()), ("x-tenant".into(), "1".into())];
    let mut asked = get("/gql", "");
    asked.method = "POST".into();
    let text = r#"{"operationName": "A", "query": "query A { user(id: \"u4715\") { id } }"}"#;
    asked.request = Some(Body { media: String::new(), content: Content::Json(node(text)) });
    let text = write("part", &part_at(&[one, asked], 0)).unwrap();
    for own in ["ann", "Ann", "491701", "192.168", "4711", "4712", "4713", "4714", "4715", "030"] {
        assert!(!text.lines().skip(1).any(|line| line.contains(own)), "{own} in {text}");
    }
    assert!(
        text.contains("\"/total\"") && text.contains("query.list[0]") && text.contains("header.x-tenant")
    );
    // What was left out is told.
    assert!(text.contains("\"more\": [\"params\"]"), "{text}");
}

#[test]
fn what_is_no_call_is_refused_and_counted() {
    let mut odd = [get("/a/../b", ""), get("/a/%2e%2E/b", ""), get("/a", ""), get("/a", ""), get("/ok", "")];
    odd[2].host = "*.test".into();
    odd[3].host = "Api.test".into();
    let part = part_at(&odd, 0);
    assert_eq!(part.header.counts.entries(), (5, 1));
    assert_eq!(part.header.counts.counts().skipped.values().sum::<u64>(), 4);
}

#[test]
fn more_proofs_than_a_word_holds_are_told_as_more() {
    let mut one = get("/a", "");
    one.credentials = (0..20).map(|i| Credential::Header(format!("{}{i}", "x".repeat(100)))).collect();
    let part = part_at(&[one], 0);
    let text = write("part", &part).unwrap();
    assert!(text.contains("\"more\": [\"auth\"]"), "{text}");
    assert_eq!(read_text(&text).unwrap(), part);
}

#[test]
fn a_body_with_more_places_than_are_kept_keeps_the_same_ones() {
    let body = |from: usize| {
        let members: Vec<String> =
            (from..from + 1_500).map(|i| format!("\"k{i}x\": {{\"deep\": {i}}}")).collect();
        get("/big", &format!("{{{}}}", members.join(",")))
    };
    let all = [body(0), body(1_000), body(2_000)];
    let whole = bytes(&part_at(&all, 0));
    let mut one = part_at(&all[2..], 2);
    one.merge("p", part_at(&all[..2], 0)).unwrap();
    assert_eq!(bytes(&one), whole);
    let sketch = node(whole.lines().last().unwrap());
    let places = sketch
        .at("/s/bodies")
        .unwrap()
        .get("2xx application~1json")
        .or(sketch.at("/s/bodies/2xx application~1json"));
    let shape = places.unwrap().get("shape").unwrap();
    assert_eq!(shape.members().len(), 2_000);
    assert_eq!(shape.get("").unwrap().get("more").and_then(Node::as_bool), Some(true));
}

#[test]
fn what_counts_twice_or_was_made_otherwise_is_refused() {
    let some = [get("/a", "{}"), get("/b", "{}")];
    let mut one = part_at(&some, 0);
    let fault = one.clone().merge("b.part", part_at(&some, 1)).unwrap_err();
    assert!(fault.message.contains("overlap") && fault.file == "b.part", "{fault}");
    let mut other = part_at(&some, 2);
    other.header.options = Some(format!("sha256:{}", "1".repeat(64)));
    assert!(one.merge("b.part", other).unwrap_err().message.contains("options"));
    let mut empty = Part::default();
    empty.merge("a", part_at(&some, 0)).unwrap();
    assert_eq!(empty, part_at(&some, 0));
    let mut full = part_at(&some, 0);
    full.merge("empty", Part::default()).unwrap();
    assert_eq!(full, empty);
}

#[test]
fn what_is_no_part_is_refused_with_its_line() {
    let good = write("part", &part_at(&[get("/a", "{}"), get("/b", "{\"x\": \"y\"}")], 0)).unwrap();
    let refused = |text: &str| {
        let fault = read_text(text).unwrap_err();
        (fault.line, fault.pointer, fault.message)
    };
    for (from, to, line, told) in [
        ("cask.part/1", "cask.part/9", 1, "expected cask.part/1"),
        ("\"schema\"", "\"schemas\"", 1, "the first line"),
        ("\"from\": 0", "\"from\": 9", 1, "ends before"),
        ("GET /b", "GET /A", 3, "does not come after"),
        ("api.test GET /b", "b", 3, "expected `<host>"),
        ("api.test GET /b", "api.test/a GET /b", 3, "expected `<host>"),
        ("api.test GET /b", "api.test get\\u0000 /b", 3, "expected `<host>"),
        ("api.test GET /b", "api.test GET /b/../a", 3, "expected `<host>"),
        ("api.test GET /b", "api.test GET /{={b}}", 3, "expected `<host>"),
        ("{\"none\"", "{\"oauth\"", 2, "no part has \"oauth\""),
        ("2xx application", "answer application", 2, "no part has \"answer application/json\""),
        ("\"/x\"", "\"/x/y\"", 3, "not told first"),
        ("\"status\"", "\"statuses\"", 2, "unknown member"),
        ("\"n\": 1", "\"n\": -1", 2, "from 0 on"),
        ("\"n\": 1", "\"n\": 0", 2, "never called"),
        ("{\"200\": 1}", "{\"20\": 1}", 2, "expected a status"),
        ("\"ms\": {\"4\"", "\"ms\": {\"04\"", 2, "a bucket"),
        ("/x\"", "x\"", 3, "no pointer"),
        ("{\"string\": 1}", "{\"text\": 1}", 3, "no such type"),
        ("}}\n", "}}", 3, "cut off"),
    ] {
        let bad = match to {
            "}}" => good.trim_end().to_owned(),
            _ => good.replacen(from, to, 1),
        };
        assert_ne!(bad, good, "{from}");
        let (at, _, message) = refused(&bad);
        assert!(at == line && message.contains(told), "{from}: {at} {message}");
    }
    assert!(refused("").2.contains("empty"));
    let places: Vec<String> = (0..2_000).map(|i| format!("\"/k{i}\": {{}}")).collect();
    let many = good.replace("\"/x\"", &format!("{}, \"/x\"", places.join(", ")));
    assert!(refused(&many).2.contains("2,000 places"));
    let version = good.replace("cask.part/1", &format!("cask.part/{}", "9".repeat(1 << 16)));
    assert!(refused(&version).2.len() < 200);
    let long = format!("{}{{\"k\": \"{}\"}}\n", good, "x".repeat(17 << 20));
    assert_eq!(refused(&long).0, 4);
}

/// Exchanges with few different words, so that they meet; names of both kinds.
fn any_exchange() -> impl Strategy<Value = Exchange> {
    let segment =
        prop_oneof!["[a-c]", "[0-9]{1,2}", "x[0-9]{3}y", Just("{id}".to_owned()), Just("ord_7".to_owned())];
    let path = prop::collection::vec(segment, 0..4);
    let value =
        prop_oneof!["[a-z]{1,2}", "[0-9]{1,3}", Just("true".to_owned()), Just("[REDACTED]".to_owned())];
    let body = prop_oneof![
        Just(String::new()),
        "[a-z]{1,2}".prop_map(|word| format!("{{\"state\": \"{word}\", \"n\": 1}}")),
        "[1-9]{1,3}".prop_map(|n| format!("[{{\"n{n}z\": {n}.5, \"{n}\": null}}, []]")),
        Just("{\"data\": {\"a\": null}}".to_owned()),
    ];
    let query = prop::collection::vec(("[p-r]", value), 0..3);
    (path, query, body, 0u16..4, 0u8..6).prop_map(|(path, query, body, kind, extra)| {
        let mut one = get(&format!("/{}", path.join("/")), &body);
        one.query = query;
        one.status = [Some(200), Some(404), Some(401), None][kind as usize];
        one.duration_ms = Some(u64::from(kind) * 90);
        one.started = crate::canon::time::Timestamp::from_seconds(i64::from(extra) * 1_000);
        if extra == 1 {
            one.credentials = vec![Credential::Cookie];
        }
        if extra > 3 {
            one.method = "POST".into();
            let text = format!(r#"{{"operationName": "Op{kind}", "query": "query Op{kind} {{ a{extra} }}", "variables": {{"v": {kind}}}}}"#);
            one.request = Some(Body { media: String::new(), content: Content::Json(node(&text)) });
        }
        one
    })
}

/// Folds parts in the shape of a tree that the numbers choose.
fn folded(mut parts: Vec<Part>, choices: &[usize]) -> Part {
    let mut turn = choices.iter().cycle();
    while parts.len() > 1 {
        let pick = turn.next().copied().unwrap_or_default();
        let one = parts.swap_remove(pick % parts.len());
        let at = pick / 7 % parts.len();
        parts[at].merge("p", one).unwrap();
    }
    parts.pop().unwrap_or_default()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_split_order_and_tree_gives_the_same_bytes(
        all in prop::collection::vec(any_exchange(), 0..40),
        cuts in prop::collection::vec(0usize..40, 0..5),
        choices in prop::collection::vec(0usize..100, 1..8),
    ) {
        let whole = part_at(&all, 0);
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut % (all.len() + 1)).collect();
        cuts.extend([0, all.len()]);
        cuts.sort_unstable();
        let parts: Vec<Part> = cuts.windows(2).map(|two| part_at(&all[two[0]..two[1]], two[0] as u64)).collect();
        let texts: Vec<String> = parts.iter().map(|part| write("p", part).unwrap()).collect();
        for (text, part) in texts.iter().zip(&parts) {
            prop_assert_eq!(&read_text(text).unwrap(), part);
        }
        let merged = folded(parts, &choices);
        prop_assert_eq!(bytes(&merged), bytes(&whole));
        // The same without holding them.
        let mut out = Vec::new();
        let inputs = texts.iter().map(|text| ("p".to_owned(), Box::new(text.as_bytes()) as Box<dyn BufRead>));
        merge(inputs.collect(), &mut out).unwrap();
        prop_assert_eq!(String::from_utf8(out).unwrap(), write("p", &merged).unwrap());
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "[\\PC\n]{0,200}", at in 0usize..2_000, with in "[\\PC]") {
        let _ = read_text(&text);
        let mut good = write("part", &part_at(&[get("/a?b=c", "{\"x\": [\"y\"]}")], 0)).unwrap();
        let at = at % good.len();
        if good.is_char_boundary(at) {
            good.insert_str(at, &with);
            let _ = read_text(&good);
        }
    }
}
