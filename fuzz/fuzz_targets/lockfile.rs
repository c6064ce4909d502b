//! Bytes → a lockfile of either generation: what is accepted is written, read and written again as the same.
#![no_main]

use cask::canon::encode::encode;
use cask::canon::json::canonical;
use cask::gate::written;
use cask::model::bytes;
use cask::model::lockfile::AnyLockfile;
use libfuzzer_sys::fuzz_target;

const LIMIT: usize = 64 << 10;

fuzz_target!(|data: &[u8]| {
    let Ok(node) = bytes::yaml("fuzz", data, LIMIT) else { return };
    match AnyLockfile::read("fuzz", node) {
        Err(_) => {}
        Ok(AnyLockfile::V2(lock, node)) => {
            let text = written::text(&lock);
            let again = bytes::yaml("again", text.as_bytes(), LIMIT * 8).expect("what is written is read");
            let AnyLockfile::V2(read, _) = AnyLockfile::read("again", again).expect("it is a lockfile")
            else {
                panic!("another generation");
            };
            assert_eq!(*read, *lock, "{text}");
            assert_eq!(written::text(&read), text);
            // Nothing that was in the file is lost: members that are optional may be added, null.
            let (kept, had) = (canonical(&encode(&*lock)), canonical(&node));
            assert!(kept.len() >= had.len(), "lost:\n{had}\n{kept}");
            for id in lock.tools.keys() {
                assert!(AnyLockfile::V2(lock.clone(), node.clone()).line(id, "digest") > 0);
            }
        }
        Ok(AnyLockfile::V1(lock)) => {
            for entry in &lock.entries {
                assert!(!entry.id.is_empty() && entry.line > 0, "{entry:?}");
            }
        }
    }
});
