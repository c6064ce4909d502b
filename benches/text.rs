//! Texts of tools at one, two and four times the size: what a text shows, and what a reworded one shows beyond it.
//! The floor is a bare check that the bytes are text.

use cask::compare::text::{NameSet, Names, introduced, present};
use divan::counter::BytesCount;
use rayon::prelude::*;

fn main() {
    divan::main();
}

const SENTENCES: [&str; 8] = [
    "Lists the orders of a customer, newest first, a page of fifty at a time.",
    "Returns: id, status, total, currency, created_at and the lines of each order.",
    "Use this when the customer asks where a parcel is and gives the number of an order.",
    "The `expand` argument takes `customer`, `payment` or both, separated by a comma.",
    "Prices are in the smallest unit of the currency: 1999 is 19.99 in euros.",
    "See https://docs.shop.example/orders for what each status means, or write to api@shop.example.",
    "An order that was cancelled stays in the list for thirty days and is then moved to the archive.",
    "Die Bestellungen werden nach Datum sortiert, früher zuletzt, und über `page` weitergeblättert.",
];

/// So many kilobytes of descriptions of a usual length, no two the same.
fn descriptions(kilobytes: usize) -> Vec<String> {
    let mut out = Vec::new();
    let mut bytes = 0;
    while bytes < kilobytes << 10 {
        let i = out.len();
        let mut text = format!("Tool {i}. ");
        for n in 0..6 {
            text.push_str(SENTENCES[(i * 3 + n * (1 + i % 5)) % SENTENCES.len()]);
            text.push(' ');
        }
        bytes += text.len();
        out.push(text);
    }
    out
}

fn bytes(texts: &[String]) -> BytesCount {
    BytesCount::new(texts.iter().map(String::len).sum::<usize>())
}

/// The floor.
#[divan::bench(args = [1_024, 2_048, 4_096], sample_count = 5)]
fn bare_read(bencher: divan::Bencher, kilobytes: usize) {
    let texts = descriptions(kilobytes);
    let raw: Vec<&[u8]> = texts.iter().map(String::as_bytes).collect();
    bencher.counter(bytes(&texts)).bench_local(|| {
        raw.iter().filter_map(|text| std::str::from_utf8(divan::black_box(text)).ok()).count()
    });
}

#[divan::bench(args = [1_024, 2_048, 4_096], sample_count = 5)]
fn present_in_new_texts(bencher: divan::Bencher, kilobytes: usize) {
    let texts = descriptions(kilobytes);
    let none = NameSet::default();
    let names = Names { own: &none, other: &none, this: "" };
    bencher
        .counter(bytes(&texts))
        .bench_local(|| texts.iter().map(|text| present(text, &names).len()).sum::<usize>());
}

/// On all processors.
#[divan::bench(args = [1_024, 2_048, 4_096], sample_count = 5)]
fn present_on_all(bencher: divan::Bencher, kilobytes: usize) {
    let texts = descriptions(kilobytes);
    let none = NameSet::default();
    let names = Names { own: &none, other: &none, this: "" };
    bencher
        .counter(bytes(&texts))
        .bench_local(|| texts.par_iter().map(|text| present(text, &names).len()).sum::<usize>());
}

/// With the names of a thousand tools to look for.
#[divan::bench(args = [1_024, 2_048, 4_096], sample_count = 5)]
fn present_among_tools(bencher: divan::Bencher, kilobytes: usize) {
    let texts = descriptions(kilobytes);
    let tools: Vec<String> = (0..1_000).map(|n| format!("get_order_{n}")).collect();
    let (own, none) = (tools.iter().map(String::as_str).collect(), NameSet::default());
    let names = Names { own: &own, other: &none, this: "get_order_1" };
    bencher
        .counter(bytes(&texts))
        .bench_local(|| texts.iter().map(|text| present(text, &names).len()).sum::<usize>());
}

#[divan::bench(args = [1_024, 2_048, 4_096], sample_count = 5)]
fn introduced_by_rewording(bencher: divan::Bencher, kilobytes: usize) {
    let texts = descriptions(kilobytes);
    let reworded: Vec<String> =
        texts.iter().map(|text| text.replacen("fifty", "sixty", 1) + "It is fast.").collect();
    let none = NameSet::default();
    let names = Names { own: &none, other: &none, this: "" };
    // Both are read.
    let both = BytesCount::new(texts.iter().chain(&reworded).map(String::len).sum::<usize>());
    bencher.counter(both).bench_local(|| {
        texts.iter().zip(&reworded).map(|(was, is)| introduced(was, is, &names).len()).sum::<usize>()
    });
}
