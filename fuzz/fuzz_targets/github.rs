//! Bytes → what GitHub and its users say: payloads, comments with markers, pages of a list, hunks; and what a part of a
//! run hands over. What is read is written back as it was, and a stranger's text marks nothing as ours.
#![no_main]

use cask::cmd::handed::file::HandOver;
use cask::github::marker::{Kind, Marker, body_id, marked_as};
use cask::github::{event, link, review, sides};
use libfuzzer_sys::fuzz_target;

const EVENTS: [&str; 8] = [
    "pull_request",
    "pull_request_target",
    "merge_group",
    "push",
    "workflow_run",
    "schedule",
    "workflow_dispatch",
    "issue_comment",
];

fuzz_target!(|data: &[u8]| {
    for name in EVENTS {
        if let Ok(payload) = event::read(name, "fuzz", data) {
            let meant = sides::sides(&payload, None, None);
            let named = sides::sides(&payload, Some("a"), Some("b"));
            let fixed = name.starts_with("pull_request") || name == "merge_group";
            assert!(!fixed || (meant.is_ok() && named.is_err()), "{name}: {meant:?} {named:?}");
        }
    }
    if let Ok(handed) = HandOver::read("fuzz", data) {
        let text = handed.text();
        let again = HandOver::read("again", text.as_bytes()).unwrap_or_else(|why| panic!("{why:?}: {text}"));
        assert_eq!(again.text(), text);
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Some((marker, below)) = Marker::read(text) {
        assert!(text.starts_with("<!-- cask:"), "a marker that does not begin the text");
        assert!(text.ends_with(below));
        assert_eq!(Marker::read(&marker.line()).map(|(again, _)| again), Some(marker));
    }
    for kind in [Kind::Report, Kind::Drift] {
        let _ = marked_as(text, kind);
    }
    assert_eq!(body_id(text).len(), 16);
    if let Some(next) = link::next(text) {
        assert!(text.contains(next));
    }
    let lines = review::right_lines(text);
    assert!(lines.len() <= text.split('\n').count());
});
