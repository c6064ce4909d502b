//! Bytes → the readers of descriptions: whatever one takes is a baseline that reads back, that does not differ from
//! itself, and whose places all have a line.
#![no_main]

use std::collections::BTreeMap;

use cask::drift::{Limits, Surface, SurfaceSource, run};
use cask::model::bytes;
use cask::source::{self, Options};
use cask_fuzz::reads_back;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(document) = bytes::described("fuzz", data, 1 << 16) else { return };
    let Some(kind) = source::find(&document) else { return };
    let _wanted = (kind.wants)("fuzz", &document);
    let options = Options { files: &BTreeMap::new(), host: Some("a.test") };
    let Ok(read) = (kind.read)("fuzz", &document, &options) else { return };
    reads_back(&read.baseline.raw);
    let (baseline, origins) = (&read.baseline, Some(&read.origins));
    let surface = SurfaceSource { file: "fuzz", baseline, pack: None, origins, recorded: None };
    let Ok(surface) = Surface::read(surface) else { return };
    assert!(run(&surface, &surface, &Limits::on(None)).is_empty(), "it differs from itself");
});
