//! Bytes → a summary of recordings: what is accepted is written and read as the same, merging loses nothing, and what is
//! understood of it is a surface, the same each time.
#![no_main]

use cask::canon::emit::emit_json;
use cask::model::baseline::Baseline;
use cask::model::surface;
use cask::observe::baseline::{Known, Options, baseline};
use cask::observe::part::{Part, merge, read, write};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(part) = read("fuzz", data) else { return };
    let Ok(text) = write("fuzz", &part) else { return };
    let again = read("again", text.as_bytes()).unwrap_or_else(|why| panic!("{why:?}: {text}"));
    assert_eq!(write("again", &again).expect("as before"), text);

    let mut whole = Part::default();
    whole.merge("again", again).expect("nothing is in it yet");
    assert_eq!(write("whole", &whole).expect("as before"), text, "the empty part is not neutral");
    let mut streamed = Vec::new();
    merge(vec![("text".to_owned(), Box::new(text.as_bytes()))], &mut streamed).expect("it was read");
    assert_eq!(streamed, text.as_bytes(), "read in one go and line by line");

    for is_sample in [false, true] {
        let known = Known::default();
        let options = Options { file: "baseline.json", source: "har", known: &known, is_sample };
        let Ok(made) = baseline(&whole, &options) else { continue };
        let same = baseline(&whole, &options).expect("as before");
        assert_eq!(emit_json(&made.baseline.raw), emit_json(&same.baseline.raw));
        let read = Baseline::read("baseline.json", made.baseline.raw).unwrap_or_else(|why| panic!("{why:?}"));
        for entry in &read.entries {
            surface::read("baseline.json", &read, entry).unwrap_or_else(|why| panic!("{why:?}"));
        }
    }
});
