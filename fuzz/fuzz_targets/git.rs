//! The first byte says which command of git printed the others. `cask::io::fuzzed` holds what must be true of each.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Some((which, data)) = data.split_first() {
        cask::io::fuzzed::output(*which, data);
    }
});
