//! A HAR file of 5,000 entries, and one ten times as large: splitting, reading and redacting it and summing it up, beside
//! a bare parse.

use std::sync::LazyLock;

use cask::capture::feed::Feed;
use cask::capture::sniff::{Kind, layout};
use cask::capture::split::Piece;
use cask::capture::wanted::Wanted;
use cask::capture::{Reader, Wants};
use cask::observe::part::{Outer, Part};
use divan::counter::BytesCount;
use rayon::prelude::*;

/// That of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

/// A recording as a shop's page makes one: about 900 bytes an entry.
fn har(entries: usize) -> Vec<u8> {
    let one = |n: usize| {
        format!(
            r#"{{"startedDateTime":"2024-03-05T09:{:02}:{:02}.000Z","time":{n},"request":{{"method":"{}","url":"https://api.shop.example/v1/products/{n}/reviews?page={}&sort=newest","headers":[{{"name":"Authorization","value":"Bearer abc.def-{n}"}},{{"name":"Accept","value":"application/json"}}],"queryString":[],"cookies":[]}},"response":{{"status":200,"headers":[{{"name":"Content-Type","value":"application/json"}}],"content":{{"size":300,"mimeType":"application/json","text":"{{\"id\":{n},\"name\":\"Runner number {n}\",\"price\":59.9,\"currency\":\"EUR\",\"tags\":[\"a\",\"b\"],\"email\":\"ann{n}@example.org\",\"stock\":null,\"reviews\":[{{\"id\":\"rev_{n}\",\"rating\":5,\"text\":\"They fit well and last for years of walks.\"}}],\"updated_at\":\"2024-03-05T09:00:00Z\"}}"}}}},"_resourceType":"xhr"}}"#,
            n / 60 % 60,
            n % 60,
            if n.is_multiple_of(5) { "POST" } else { "GET" },
            n % 20,
        )
    };
    let all: Vec<String> = (0..entries).map(one).collect();
    format!("{{\"log\":{{\"version\":\"1.2\",\"entries\":[{}]}}}}", all.join(",")).into_bytes()
}

static SMALL: LazyLock<Vec<u8>> = LazyLock::new(|| har(5_000));
static LARGE: LazyLock<Vec<u8>> = LazyLock::new(|| har(50_000));

fn file(entries: usize) -> &'static [u8] {
    if entries == 5_000 { &SMALL } else { &LARGE }
}

/// The floor: the same bytes through a parser that keeps nothing.
#[divan::bench(args = [5_000, 50_000])]
fn bare_parse(bencher: divan::Bencher, entries: usize) {
    let bytes = file(entries);
    bencher.counter(BytesCount::new(bytes.len())).bench(|| {
        serde_json::from_slice::<serde::de::IgnoredAny>(bytes).expect("JSON");
    });
}

/// The pieces alone.
#[divan::bench(args = [5_000, 50_000])]
fn split(bencher: divan::Bencher, entries: usize) {
    let bytes = file(entries);
    bencher.counter(BytesCount::new(bytes.len())).bench(|| pieces(bytes).len());
}

fn pieces(bytes: &[u8]) -> Vec<Vec<u8>> {
    let (_, layout) = layout(&bytes[..4096]).expect("a recording");
    let mut feed = Feed::new(layout, 16 << 20);
    let mut pieces = Vec::new();
    let mut take = |piece: Piece| {
        if let Piece::Whole(bytes, _) = piece {
            pieces.push(bytes.to_vec());
        }
    };
    for block in bytes.chunks(1 << 20) {
        feed.push(block, &mut take).expect("a HAR file");
    }
    feed.finish(&mut take).expect("whole");
    pieces
}

/// Read and redacted, on one processor.
#[divan::bench(args = [5_000, 50_000])]
fn read_on_one(bencher: divan::Bencher, entries: usize) {
    let bytes = file(entries);
    let wants = Wants { hosts: Wanted::parse(["api.shop.example"]).expect("a host"), ..Wants::default() };
    bencher.counter(BytesCount::new(bytes.len())).bench(|| {
        let mut reader = Reader::new(&wants);
        let kept = pieces(bytes).iter().filter_map(|piece| reader.entry(Kind::Har, piece)).count();
        assert_eq!(kept, entries);
    });
}

/// Read and redacted, on all.
#[divan::bench(args = [5_000, 50_000])]
fn read_on_all(bencher: divan::Bencher, entries: usize) {
    let bytes = file(entries);
    let wants = Wants { hosts: Wanted::parse(["api.shop.example"]).expect("a host"), ..Wants::default() };
    bencher.counter(BytesCount::new(bytes.len())).bench(|| {
        let read = |part: &[Vec<u8>]| {
            let mut reader = Reader::new(&wants);
            part.iter().filter_map(|piece| reader.entry(Kind::Har, piece)).count()
        };
        let kept: usize = pieces(bytes).par_chunks(256).map(read).sum();
        assert_eq!(kept, entries);
    });
}

/// From the bytes of the file to what its calls tell, on all: the goal of 5,000 entries is 60 ms.
#[divan::bench(args = [5_000, 50_000])]
fn to_a_part(bencher: divan::Bencher, entries: usize) {
    let bytes = file(entries);
    let wants = Wants { hosts: Wanted::parse(["api.shop.example"]).expect("a host"), ..Wants::default() };
    bencher.counter(BytesCount::new(bytes.len())).bench(|| {
        let sum = |pieces: &[Vec<u8>]| {
            let (mut reader, mut part) = (Reader::new(&wants), Part::default());
            let read = pieces.iter().filter_map(|piece| reader.entry(Kind::Har, piece));
            read.for_each(|exchange| part.take(&exchange, &Outer::new()));
            part
        };
        let parts: Vec<Part> = pieces(bytes).par_chunks(256).map(sum).collect();
        let mut whole = Part::default();
        parts.into_iter().for_each(|part| whole.merge("part", part).expect("the same options"));
        assert!(!whole.is_empty());
    });
}
