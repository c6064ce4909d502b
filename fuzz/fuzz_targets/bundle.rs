//! Bytes → the files of a bundle: what is accepted is what the same files are packed to, within the archive's own size,
//! and nothing in it leads anywhere.
#![no_main]

use cask::bundle::manifest;
use cask::io::archive::{pack, unpack};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(files) = unpack(data) else { return };
    assert!(files.values().map(Vec::len).sum::<usize>() <= data.len());
    for name in files.keys() {
        assert!(
            !name.starts_with('/') && name.split('/').all(|part| !["", ".", ".."].contains(&part)),
            "{name}"
        );
    }
    assert_eq!(pack(&files).expect("it was read").as_slice(), data, "two archives of the same files");
    if let Ok(told) = manifest::check(&files) {
        assert_eq!(told.files.len() + 1, files.len());
    }
});
