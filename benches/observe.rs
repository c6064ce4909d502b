//! Traffic to a baseline: sketching five thousand exchanges, merging parts, and what is learned of a big one.
//!
//! Each at two sizes, so that a cost that grows faster than its input shows.

use cask::canon::Limits;
use cask::canon::digest::sha256_hex;
use cask::canon::read_json::read_json;
use cask::model::exchange::{Body, Content, Counts, Credential, Exchange};
use cask::observe::baseline::{Known, Options, baseline};
use cask::observe::part::{Input, Outer, Part, merge, read, write};

fn main() {
    divan::main();
}

/// A call of a shop with so many kinds of things, about 700 bytes of JSON in its answer.
fn exchange(i: usize, kinds: usize) -> Exchange {
    let kind = i % kinds;
    let answer = format!(
        r#"{{"id": {i}, "kind{kind}_id": {i}, "name": "Thing {i}", "state": "{}", "price": {}.5, "owner": {{"id": {}, "email": "p{i}@mail.example",
        "address": {{"street": "Road {i}", "city": "Town", "zip": "1{i}"}}}}, "tags": ["a", "b", "t{}"], "created_at": "2026-01-01T00:00:{:02}Z",
        "lines": [{{"sku": "S-{i}", "quantity": 1, "note": null}}, {{"sku": "S-{}", "quantity": 2, "note": "n"}}],
        "links": {{"self": "https://api.shop.example/v1/kind{kind}/{i}", "next": null}}}}"#,
        ["open", "shut", "sold"][i % 3],
        i % 90,
        i % 500,
        i % 7,
        i % 60,
        i + 1,
    );
    let json = read_json("answer", answer.as_bytes(), &Limits::new(1 << 20)).expect("plain JSON");
    Exchange {
        method: ["GET", "GET", "GET", "PUT"][i % 4].into(),
        scheme: "https".into(),
        host: "api.shop.example".into(),
        path: format!("/v1/kind{kind}s/{i}"),
        route: None,
        query: vec![("page".into(), (i % 9).to_string()), ("sort".into(), ["asc", "desc"][i % 2].into())],
        request_headers: vec![("accept".into(), "application/json".into()), ("x-tenant".into(), "t".into())],
        response_headers: Vec::new(),
        request: None,
        response: Some(Body { media: "application/json".into(), content: Content::Json(json) }),
        status: Some(200),
        started: None,
        started_nanos: 0,
        duration_ms: Some(i as u64 % 300),
        credentials: vec![Credential::Scheme("bearer".into())],
    }
}

fn exchanges(n: usize, kinds: usize) -> Vec<Exchange> {
    (0..n).map(|i| exchange(i, kinds)).collect()
}

fn part(exchanges: &[Exchange], from: u64) -> Part {
    let n = exchanges.len() as u64;
    let (sha256, name, kind) = (sha256_hex(b"a"), "a.har".into(), "har".into());
    let input = Input { sha256, name, from, to: from + n, kind };
    let options = format!("sha256:{}", sha256_hex(b"o"));
    let mut part = Part::new(&options, input, &Counts::default()).expect("a part");
    exchanges.iter().for_each(|one| part.take(one, &Outer::new()));
    part
}

#[divan::bench(args = [5_000, 10_000], sample_count = 10)]
fn sketch(bencher: divan::Bencher, n: usize) {
    let all = exchanges(n, 40);
    bencher.bench_local(|| part(&all, 0));
}

#[divan::bench(args = [500, 1_000], sample_count = 10)]
fn merge_two_texts(bencher: divan::Bencher, kinds: usize) {
    let all = exchanges(4 * kinds, kinds.min(250));
    let (one, two) = all.split_at(2 * kinds);
    let texts = [write("p", &part(one, 0)), write("p", &part(two, 2 * kinds as u64))]
        .map(|text| text.expect("written"));
    bencher.bench_local(|| {
        let inputs =
            texts.iter().map(|text| ("p".to_owned(), Box::new(text.as_bytes()) as Box<dyn std::io::BufRead>));
        let mut out = Vec::new();
        merge(inputs.collect(), &mut out).expect("merged");
        out.len()
    });
}

#[divan::bench(args = [1, 4], sample_count = 10)]
fn read_and_learn(bencher: divan::Bencher, hosts: usize) {
    let mut all = exchanges(2_000 * hosts, 250);
    all.iter_mut().enumerate().for_each(|(i, one)| one.host = format!("h{}.shop.example", i % hosts));
    let text = write("p", &part(&all, 0)).expect("written");
    bencher.bench_local(|| {
        let part = read("p", text.as_bytes()).expect("read");
        baseline(&part, &Options { file: "b", source: "har", known: &Known::default(), is_sample: false })
            .expect("a baseline")
            .baseline
            .entries
            .len()
    });
}
