//! Bytes → the small readers (times, object names, refs, hosts) and the judges of texts: what was read is written
//! as it was, and a text introduces nothing into itself.
#![no_main]

use std::sync::LazyLock;

use cask::canon::text::fold;
use cask::canon::time::Timestamp;
use cask::canon::visible::{hidden, visible};
use cask::compare::hosts;
use cask::compare::secrets::{redact, secrets};
use cask::compare::text::{NameSet, Names, introduced, present};
use cask::io::{fs, oid::Oid, refname};
use libfuzzer_sys::fuzz_target;

static OWN: LazyLock<NameSet> = LazyLock::new(|| NameSet::from_iter(["get_order", "list_orders"]));
static OTHER: LazyLock<NameSet> = LazyLock::new(|| NameSet::from_iter(["read_file", "send_email"]));

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if text.len() > 2_000 {
        return;
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        assert_eq!(time.to_string(), text, "two texts for one time");
    }
    if let Some(oid) = Oid::parse(text) {
        assert_eq!(oid.as_str(), text);
    }
    if refname::check(text).is_ok() {
        assert!(!text.starts_with('-') && !text.contains([' ', ':', '^', '~', '\0']) && !text.contains(".."));
    }
    if fs::check_relative(text).is_ok() {
        assert!(!text.starts_with('/') && text.split('/').all(|step| step != ".." && step != "."));
    }
    if let Ok(host) = hosts::parse(text) {
        assert!(!host.name.is_empty() && host.name == host.name.to_lowercase());
        assert_eq!(host.wildcard, text.contains('*'));
        assert!(hosts::compare(text, text).is_empty(), "a host differs from itself");
    }
    hosts::is_private(text);
    let names = Names { own: &OWN, other: &OTHER, this: "get_order" };
    assert_eq!(introduced(text, text, &names), [], "a text introduces something into itself");
    for cue in present(text, &names) {
        assert!(cue.count > 0 && cue.quote.chars().count() <= 120, "{cue:?}");
    }
    let shown = redact(text);
    assert_eq!(shown.is_some(), !secrets(text).is_empty(), "{shown:?}");
    assert!(!visible(text, 200).chars().any(hidden));
    assert_eq!(fold(&fold(text)), fold(text));
});
