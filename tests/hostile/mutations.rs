//! Ten thousand damaged files, each through everything that reads and judges it: reading, the gate, the
//! diff, every report format. Whatever comes out, nothing panics. The damage is the same on every run.
#![cfg(unix)]
#![allow(clippy::print_stderr, reason = "what was measured")]

use crate::hostile;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use cask::canon::time::Timestamp;
use cask::cmd::judging::{Bench, judge_packs};
use cask::gate::discovery::{Found, Paired};
use cask::io::load;
use cask::io::tree::Tree;
use cask::judge::{Input, judge};
use cask::model::baseline::Baseline;
use cask::model::gate_config::{FailOn, GateFile};
use cask::model::policy::Policy;
use cask::model::report::{Publication, Source};
use cask::model::risk::RiskTier;
use cask::model::tool::Manifest;
use cask::model::toolset::Toolsets;
use cask::model::{bytes, limits};
use cask::report::formats::{FORMATS, Format};
use cask::report::style::Style;
use cask::sign::keyring::Keyring;
use hostile::{
    ARTIFACTS, BASELINE, DIGESTS, GATE, HEADER, LOCK, PACK, POLICY, TOOLS, TOOLSETS, TRUST, World,
};
use rayon::prelude::*;

/// How many files are damaged.
const ROUNDS: u64 = 10_000;

thread_local! {
    /// Whether a panic of this thread is caught and told at the end.
    static CAUGHT: Cell<bool> = const { Cell::new(false) };
}

type Files = BTreeMap<String, Vec<u8>>;

/// splitmix64: the same numbers everywhere.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
}

/// What attackers and accidents put into files.
const PIECES: &[&str] = &[
    "null",
    "true",
    "-1",
    "0",
    "1e999",
    "99999999999999999999999999",
    "0x1F",
    "~",
    "[]",
    "{}",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "\"",
    "'",
    "\\",
    "\n",
    "\n\n",
    "  ",
    "\t",
    "- ",
    "? ",
    "|",
    ">",
    "&a ",
    "*a",
    "<<: ",
    "!!binary ",
    "%",
    "#",
    "---\n",
    "...\n",
    "\0",
    "\u{1b}[2J",
    "\u{202e}",
    "\u{200b}",
    "\u{feff}",
    "\u{e0041}",
    "é",
    "\u{fffd}",
    "\\ud800",
    "\\u0000",
    "critical",
    "safe",
    "approve",
    "exempt",
    "withdraw",
    "2.0",
    "\"1.0\"",
    "..",
    "../",
    "/",
    "{}",
    "{{{",
    "}}}",
    "(a+)+$",
    "*",
    "**",
    "api.shop.example:99999",
    "[::1]",
    "xn--",
    "GET",
    "9999-12-31T23:59:59Z",
    "0000-00-00T00:00:00Z",
    "sha256:",
    "AAAA",
    "__proto__",
    "$ref",
    "#/$defs/Order",
    "\"$ref\": \"#/$defs/Order\"",
];

/// Damages a file in one to four places.
fn damaged(good: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = good.to_vec();
    for _ in 0..=numbers.below(4) {
        let at = numbers.below(bytes.len() + 1);
        let end = (at + numbers.below(24)).min(bytes.len());
        let piece = PIECES[numbers.below(PIECES.len())].as_bytes();
        match numbers.below(9) {
            0 if at < bytes.len() => bytes[at] ^= 1 << numbers.below(8),
            1 => drop(bytes.drain(at..end)),
            2 => drop(bytes.splice(at..at, piece.iter().copied())),
            3 => drop(bytes.splice(at..end, piece.iter().copied())),
            4 => {
                let copy = bytes[at..end].repeat(1 + numbers.below(40));
                drop(bytes.splice(at..at, copy));
            }
            5 => bytes.truncate(at),
            // A whole value, where JSON and our YAML have one.
            6 | 7 => {
                let from = bytes[at..].windows(2).position(|w| w == b": ").map(|i| at + i + 2);
                if let Some(from) = from {
                    let stop = |b: &u8| matches!(b, b'\n' | b',' | b'}');
                    let to = bytes[from..].iter().position(stop).map_or(bytes.len(), |i| from + i);
                    drop(bytes.splice(from..to, piece.iter().copied()));
                }
            }
            // Two lines change places.
            _ => {
                let mut lines: Vec<&[u8]> = bytes.split(|b| *b == b'\n').collect();
                let (a, b) = (numbers.below(lines.len()), numbers.below(lines.len()));
                lines.swap(a, b);
                bytes = lines.join(&b'\n');
            }
        }
    }
    bytes
}

/// Reads one file as whoever judges does. Whether it could be read.
fn read(tree: &Tree, name: &str) -> bool {
    let bytes = tree.read(name, limits::BASELINE).ok().flatten().unwrap_or_default();
    match name {
        TRUST => load::trust(tree, name).is_ok_and(|trust| trust.is_some()),
        GATE => load::gate_config(tree, name).is_ok(),
        LOCK => load::lockfile(tree, name).is_ok(),
        HEADER => load::read_header(name, &bytes).is_ok(),
        TOOLS => {
            bytes::json(name, &bytes, limits::TOOLS).is_ok_and(|node| Manifest::read(name, node).is_ok())
        }
        BASELINE => {
            bytes::json(name, &bytes, limits::BASELINE).is_ok_and(|node| Baseline::read(name, node).is_ok())
        }
        POLICY => {
            bytes::yaml(name, &bytes, limits::POLICY).is_ok_and(|node| Policy::read(name, &node).is_ok())
        }
        _ => {
            bytes::yaml(name, &bytes, limits::TOOLSETS).is_ok_and(|node| Toolsets::read(name, &node).is_ok())
        }
    }
}

/// Reads and judges a repository, and shows what was found in formats. Whether it came to a report.
fn judged(head: &Tree, base: Option<&Tree>, formats: &[Format]) -> bool {
    let Ok(Some(trust)) = load::trust(head, TRUST) else { return false };
    let Ok(keyring) = Keyring::of(TRUST, &trust) else { return false };
    let Ok(gate) = load::gate_config(head, GATE) else { return false };
    let gate = gate.map_or_else(GateFile::default, |config| config.file);
    let Ok(id) = load::toolpack_id(head, HEADER) else { return false };
    let found = Some(Found { header: HEADER.to_owned(), id });
    let now: Timestamp = "2026-11-24T00:00:00Z".parse().expect("a time");
    let bench = Bench {
        in_hand: None,
        head,
        base,
        bootstrap: false,
        keyring: &keyring,
        gate: &gate,
        tells_changes: true,
        author: None,
        now,
    };
    let paired = Paired { base: found.clone().filter(|_| base.is_some()), head: found };
    let Ok(packs) = judge_packs(&bench, vec![paired]) else { return false };
    let report = judge(Input {
        command: "gate check",
        gate: &gate,
        fail_on: FailOn::Any,
        min_risk: RiskTier::Safe,
        packs,
        repository: Vec::new(),
        trust: Some(&trust),
        trust_used: None,
        gate_source: None,
        base: Source::none(),
        head: Source::none(),
        publication: Publication::default(),
        now,
        base_name: None,
    });
    for format in formats {
        let text = (format.render)(&report, &Style::default());
        assert!(!text.is_empty());
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{}: control characters", format.id);
    }
    true
}

#[test]
fn nothing_that_is_damaged_makes_anything_panic() {
    let world = World::new();
    let names = ARTIFACTS.into_iter().chain([TRUST, GATE, DIGESTS]);
    let good: Files = names.map(|name| (name.to_owned(), world.good(name))).collect();
    let base = Tree::memory(good.clone());
    assert!(judged(&Tree::memory(good.clone()), Some(&base), FORMATS), "the whole one is judged");

    // Other tests of this program still say why they fail.
    let loud = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !CAUGHT.get() {
            loud(panic)
        }
    }));
    let (came, begun) = (AtomicUsize::new(0), Instant::now());
    let targets = [LOCK, TRUST, HEADER, TOOLS, POLICY, LOCK, TOOLS, BASELINE, TOOLSETS, GATE];
    let panics: Vec<String> = (0..ROUNDS)
        .into_par_iter()
        .filter_map(|seed| {
            let name = targets[(seed % targets.len() as u64) as usize];
            let bytes = damaged(&good[name], &mut Numbers(seed));
            let mut files = good.clone();
            files.insert(name.to_owned(), bytes);
            let spoilt = Tree::memory(files);
            // What can't be read is not judged, so reading it alone is the whole of the run; now and then the
            // whole is tried all the same. Sometimes what is damaged is what was merged, sometimes nothing was.
            // Each run shows one of the formats.
            let nth = (seed / 7) as usize % FORMATS.len();
            let format = &FORMATS[nth..=nth];
            let merged = Some(&base).filter(|_| seed % 3 == 0);
            CAUGHT.set(true);
            let run = catch_unwind(AssertUnwindSafe(|| match seed % 64 {
                0 => judged(&base, Some(&spoilt), format),
                1 => judged(&spoilt, merged, format),
                _ => read(&spoilt, name) && judged(&spoilt, merged, format),
            }));
            CAUGHT.set(false);
            match run {
                Ok(true) => drop(came.fetch_add(1, Ordering::Relaxed)),
                Ok(false) => {}
                Err(panic) => {
                    let said = panic.downcast_ref::<String>().map(String::as_str);
                    let said = said.or(panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
                    return Some(format!("seed {seed}, {name}: {said}"));
                }
            }
            None
        })
        .collect();
    let came = came.load(Ordering::Relaxed);
    eprintln!("{ROUNDS} damaged files of {PACK} in {:?}; {came} of them could be judged", begun.elapsed());
    assert!(panics.is_empty(), "{} panics\n{}", panics.len(), panics[..panics.len().min(20)].join("\n"));
    // Damage that is always refused tests the reader only, damage that never is tests nothing.
    assert!((ROUNDS / 50..ROUNDS * 9 / 10).contains(&(came as u64)), "{came} could be judged");
}
