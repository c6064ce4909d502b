//! What a shop's traffic tells: the part and the baseline that are made of it stand beside it, to be read by people
//! (`BLESS=1` writes them anew), and every split and order makes the same ones.

use std::collections::BTreeMap;
use std::io::BufRead;
use std::path::Path;

use cask::canon::digest::sha256_hex;
use cask::canon::emit::emit_json;
use cask::canon::read_json::read_json;
use cask::canon::{Limits, Node};
use cask::model::baseline::Baseline;
use cask::model::exchange::{Body, Content, Counts, Credential, Exchange};
use cask::model::surface;
use cask::observe::baseline::{Known, Options, baseline};
use cask::observe::part::{Input, Outer, Part, merge, read, write};

const SHOP: &str = include_str!("../../fixtures/observe/shop.jsonl");

fn exchanges(text: &str) -> Vec<Exchange> {
    text.lines().map(exchange).collect()
}

fn exchange(line: &str) -> Exchange {
    let node = read_json("shop.jsonl", line.as_bytes(), &Limits::new(1 << 20)).expect(line);
    let text = |key: &str| node.get(key).and_then(Node::as_text).unwrap_or_default().to_owned();
    let number = |key: &str| node.get(key).and_then(Node::as_int);
    Exchange {
        method: text("method"),
        scheme: "https".into(),
        host: text("host"),
        path: text("path"),
        route: None,
        query: node.get("query").map(pairs).unwrap_or_default(),
        request_headers: Vec::new(),
        response_headers: Vec::new(),
        request: node.get("request").map(body),
        response: node.get("response").map(body),
        status: number("status").and_then(|status| u16::try_from(status).ok()),
        started: text("at").parse().ok(),
        started_nanos: 0,
        duration_ms: number("ms").and_then(|ms| u64::try_from(ms).ok()),
        credentials: node
            .get("credentials")
            .map(Node::items)
            .unwrap_or_default()
            .iter()
            .map(credential)
            .collect(),
    }
}

fn pairs(list: &Node) -> Vec<(String, String)> {
    let text = |pair: &Node, at: &str| pair.at(at).and_then(Node::as_text).unwrap_or_default().to_owned();
    list.items().iter().map(|pair| (text(pair, "/0"), text(pair, "/1"))).collect()
}

fn body(node: &Node) -> Body {
    let media = node.get("media").and_then(Node::as_text).unwrap_or_default().to_owned();
    let content = match (node.get("json"), node.get("form"), node.get("text").and_then(Node::as_text)) {
        (Some(json), _, _) => Content::Json(json.clone()),
        (_, Some(form), _) => Content::Form(pairs(form)),
        (_, _, text) => Content::Text(text.unwrap_or_default().to_owned()),
    };
    Body { media, content }
}

fn credential(node: &Node) -> Credential {
    match node.as_text().unwrap_or_default().split_once(' ') {
        Some(("scheme", name)) => Credential::Scheme(name.to_owned()),
        Some(("header", name)) => Credential::Header(name.to_owned()),
        Some((_, name)) => Credential::Query(name.to_owned()),
        None => Credential::Cookie,
    }
}

fn part(exchanges: &[Exchange], from: usize) -> Part {
    let (from, n) = (from as u64, exchanges.len() as u64);
    let input = Input {
        sha256: sha256_hex(SHOP.as_bytes()),
        name: "shop.jsonl".into(),
        from,
        to: from + n,
        kind: "har".into(),
    };
    let counts = Counts { read: n, kept: n, ..Counts::default() };
    let options = format!("sha256:{}", sha256_hex(b"no options"));
    let mut part = Part::new(&options, input, &counts).expect("a part");
    exchanges.iter().for_each(|exchange| part.take(exchange, &Outer::new()));
    part
}

fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/observe").join(name);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, text).expect("the golden can be written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == text,
        "{name} is not in step: look at it after BLESS=1 cargo test --test minting observe::"
    );
}

#[test]
fn a_shop_is_told_of_by_its_traffic() {
    let whole = part(&exchanges(SHOP), 0);
    golden("shop.part", &write("shop.part", &whole).expect("written"));
    let options =
        Options { file: "baseline.json", source: "har", known: &Known::default(), is_sample: false };
    let made = baseline(&whole, &options).expect("a baseline");
    golden("shop.baseline.json", &emit_json(&made.baseline.raw));
    let notes: String = made.notes.iter().map(|note| format!("{}\n", note.plain())).collect();
    golden("shop.notes.txt", &notes);
    let read = Baseline::read("baseline.json", made.baseline.raw.clone()).expect("what we write, we read");
    for entry in &read.entries {
        assert!(
            surface::read("baseline.json", &read, entry).expect("readable").is_some(),
            "{}",
            entry.pointer
        );
    }
}

#[test]
fn any_split_and_order_makes_the_same_baseline() {
    let all = exchanges(SHOP);
    let options =
        Options { file: "baseline.json", source: "har", known: &Known::default(), is_sample: false };
    let whole = baseline(&part(&all, 0), &options).expect("a baseline").baseline.raw;
    for size in [1, 7, 20] {
        let mut texts: Vec<String> = all
            .chunks(size)
            .enumerate()
            .map(|(i, chunk)| write("p", &part(chunk, i * size)).expect("written"))
            .collect();
        texts.reverse();
        let inputs = texts
            .iter()
            .map(|text| ("p".to_owned(), Box::new(text.as_bytes()) as Box<dyn BufRead>))
            .collect();
        let mut out = Vec::new();
        merge(inputs, &mut out).expect("merged");
        let merged = read("merged", out.as_slice()).expect("read");
        assert_eq!(baseline(&merged, &options).expect("a baseline").baseline.raw, whole, "{size}");
    }
}

#[test]
fn no_secret_of_the_traffic_is_in_what_is_made() {
    let text = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/observe/shop.baseline.json"),
    );
    let part =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/observe/shop.part"));
    for text in [text, part] {
        let text = text.expect("a golden");
        for secret in [
            "new@example.org",
            "555-123-4567",
            "REDACTED",
            "pk_live_999",
            "Zk3v9Qe",
            "5f2b8c1e",
            "4111",
            "hunter",
        ] {
            assert!(!text.contains(secret), "{secret}");
        }
    }
}

#[test]
fn hints_are_few() {
    let made = baseline(
        &part(&exchanges(SHOP), 0),
        &Options { file: "b", source: "har", known: &Known::default(), is_sample: false },
    )
    .expect("a baseline");
    let flows = made.baseline.raw.at("/summary/flows").map(Node::items).unwrap_or_default();
    let mut taken: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for flow in flows {
        let text = |key: &str| flow.get(key).and_then(Node::as_text).unwrap_or_default();
        *taken.entry((text("to"), text("field"))).or_default() += 1;
    }
    assert!(!flows.is_empty() && taken.values().all(|n| *n <= 3), "{taken:?}");
}
