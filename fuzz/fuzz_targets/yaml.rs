//! Bytes → the YAML readers of both dialects: bounds hold, also behind aliases, and what was read reads back.
#![no_main]

use cask::canon::Limits;
use cask::canon::read_yaml::{Dialect, read_yaml};
use cask_fuzz::{TIGHT, reads_back, within};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let strict = read_yaml("fuzz", data, Dialect::Strict, &TIGHT);
    if let Ok(node) = &strict {
        within(node, &TIGHT);
        reads_back(node);
    }
    let aliases = Limits { aliases: 20, ..TIGHT };
    if let Ok(old) = read_yaml("fuzz", data, Dialect::V11, &aliases) {
        within(&old, &aliases);
        reads_back(&old);
        // The strict dialect refuses what readers read differently: what it takes means the same to both.
        if let Ok(node) = &strict {
            assert_eq!(*node, old, "the dialects read it differently");
        }
    }
});
