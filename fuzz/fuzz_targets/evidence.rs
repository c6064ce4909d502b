//! Bytes → an evidence bundle, and the signatures beside one: what is accepted has one spelling, and what it holds is
//! kept again as it is.
#![no_main]

use cask::canon::Node;
use cask::evidence::line::Place;
use cask::evidence::line::line;
use cask::evidence::signature::SignatureFile;
use cask::evidence::{Entry, Head, check, write};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(file) = SignatureFile::read("fuzz", data) {
        for by in &file.signatures {
            assert!(!file.statement(by).is_empty());
        }
    }
    // Few inputs chain by chance: the input as what a line tells is written, and read back.
    if let Ok(node) = cask::canon::read_json::read_json("fuzz", data, &cask_fuzz::TIGHT) {
        let head = Head { command: "fuzz".into(), version: "1".into(), at: None, facts: Vec::new() };
        let bytes = write(&head, &[Entry { kind: "finding", data: node }]);
        let checked = check(&bytes).unwrap_or_else(|broken| panic!("{broken}"));
        assert_eq!(checked.entries.len(), 1);
    }
    if let Ok(checked) = check(data) {
        let mut place = Place::first();
        let mut text = String::new();
        let mut put = |kind: &str, member: (&str, Node)| {
            let (one, digest) = line(&place, kind, member);
            place = place.behind(&digest);
            text += &(one + "\n");
            digest
        };
        put("header", ("data", checked.head));
        let count = checked.entries.len() as u64;
        for seen in checked.entries {
            put(&seen.kind, ("data", seen.data));
        }
        assert_eq!(put("end", ("count", Node::int(count))), checked.digest);
        assert_eq!(text.as_bytes(), data, "two spellings of one bundle");
    }
});
