//! Bytes → the strict JSON reader: bounds hold, what it takes is JSON to others as well, and it reads back.
#![no_main]

use cask::canon::read_json::read_json;
use cask_fuzz::{TIGHT, reads_back, within};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(node) = read_json("fuzz", data, &TIGHT) else { return };
    assert!(data.len() <= TIGHT.bytes);
    within(&node, &TIGHT);
    let other: Result<Box<serde_json::value::RawValue>, _> = serde_json::from_slice(data);
    other.expect("another reader takes it for JSON");
    reads_back(&node);
});
