//! The beginning of a file in, which kind of recording it is and how it is laid out out.
//!
//! Told by content, not by name: what is called `.har` may be anything.

use super::split::{Piece, Splitter, Target};

/// A kind of recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// What browsers and proxies export (HTTP Archive).
    Har,
    /// Spans of OpenTelemetry, as JSON.
    Otel,
    /// Exchanges that cask stored.
    Capture,
    /// Exchanges that the reference system stored.
    OldCapture,
}

/// How its entries lie in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// In one place of a JSON document, or each a document.
    Split(Target),
    /// Each on a line of its own.
    Lines,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 4] = [Kind::Har, Kind::Otel, Kind::Capture, Kind::OldCapture];

    /// The kind of a word.
    pub fn of(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The word in files.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Har => "har",
            Kind::Otel => "otel",
            Kind::Capture => "capture",
            Kind::OldCapture => "capture-v1",
        }
    }
}

/// Bytes of a file that are enough to tell.
pub const HEAD: usize = 64 << 10;

/// Members at the top of a document, or of the first element of a list.
const MARKS: &[(&str, Kind)] = &[
    ("log", Kind::Har),
    ("resourceSpans", Kind::Otel),
    ("resource_spans", Kind::Otel),
    ("spans", Kind::Otel),
    ("span", Kind::Otel),
    ("traceId", Kind::Otel),
    // First in a line of ours, whatever size the bodies behind it have.
    ("credentials", Kind::Capture),
    ("response_status", Kind::Capture),
    ("request_headers", Kind::Capture),
];

/// The kind of a recording, by its first bytes. None: it is none that is known.
pub fn sniff(head: &[u8]) -> Option<Kind> {
    layout(head).map(|(kind, _)| kind)
}

/// The kind and the layout, by the first bytes.
pub fn layout(head: &[u8]) -> Option<(Kind, Layout)> {
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    let start = head.iter().position(|b| !b.is_ascii_whitespace())?;
    let head = &head[start..];
    let list = head[0] == b'[';
    let keys = keys(head, if list { 2 } else { 1 });
    let (mark, kind) = MARKS.iter().find(|(mark, _)| keys.iter().any(|key| key == mark))?;
    Some(match (*kind, list) {
        (Kind::Har, false) => (Kind::Har, Layout::Split(Target::Array(&["log", "entries"]))),
        (Kind::Har, true) => return None,
        (Kind::Capture, true) => (Kind::OldCapture, Layout::Split(Target::Array(&[]))),
        (Kind::Capture, false) => (Kind::Capture, Layout::Lines),
        (_, true) => (Kind::Otel, Layout::Split(Target::Array(&[]))),
        (_, false) if several_lines(head) => (Kind::Otel, Layout::Lines),
        (_, false) => match *mark {
            "resourceSpans" => (Kind::Otel, Layout::Split(Target::Array(&["resourceSpans"]))),
            "resource_spans" => (Kind::Otel, Layout::Split(Target::Array(&["resource_spans"]))),
            "spans" => (Kind::Otel, Layout::Split(Target::Array(&["spans"]))),
            _ => (Kind::Otel, Layout::Split(Target::Roots)),
        },
    })
}

/// Whether the first document ends with its line and another one follows.
fn several_lines(head: &[u8]) -> bool {
    let Some(end) = head.iter().position(|b| *b == b'\n') else { return false };
    let (first, rest) = head.split_at(end);
    let mut whole = false;
    let mut splitter = Splitter::new(Target::Roots, HEAD);
    let read = splitter.push(first, &mut |piece| whole |= matches!(piece, Piece::Whole(..)));
    read.is_ok() && whole && !rest.iter().all(u8::is_ascii_whitespace)
}

/// The keys at a depth, as far as the head goes.
fn keys(head: &[u8], wanted: usize) -> Vec<String> {
    let mut keys = Vec::new();
    let (mut depth, mut at) = (0usize, 0);
    while at < head.len() {
        match head[at] {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                let start = at + 1;
                let mut end = start;
                while end < head.len() && head[end] != b'"' {
                    end += if head[end] == b'\\' { 2 } else { 1 };
                }
                let after = head.get(end + 1..).unwrap_or_default().iter().find(|b| !b.is_ascii_whitespace());
                if depth == wanted && after == Some(&b':') {
                    keys.push(String::from_utf8_lossy(&head[start..end.min(head.len())]).into_owned());
                }
                at = end;
            }
            _ => {}
        }
        at += 1;
    }
    keys
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn recordings_are_told_by_their_members() {
        let array = |path| Layout::Split(Target::Array(path));
        for (head, found) in [
            (
                "\u{FEFF} {\"x\": {\"spans\": 1}, \"log\": {\"entries\": [",
                Some((Kind::Har, array(&["log", "entries"]))),
            ),
            ("{\"resourceSpans\":[{", Some((Kind::Otel, array(&["resourceSpans"])))),
            ("{\"resource_spans\":[{", Some((Kind::Otel, array(&["resource_spans"])))),
            ("{\"resourceSpans\":[]}\n{\"resourceSpans\":[]}\n", Some((Kind::Otel, Layout::Lines))),
            ("{\"spans\":[{\"traceId\":\"a\"", Some((Kind::Otel, array(&["spans"])))),
            ("[{\"traceId\":\"a\"", Some((Kind::Otel, array(&[])))),
            ("{\n\"traceId\":\"a\"\n}\n", Some((Kind::Otel, Layout::Split(Target::Roots)))),
            ("{\"id\":\"0\",\"request_headers\":{}}\n", Some((Kind::Capture, Layout::Lines))),
            ("[{\"request_headers\":{}}]", Some((Kind::OldCapture, array(&[])))),
            ("{\"openapi\":\"3.0.0\"}", None),
            ("[{\"log\":{}}]", None),
            ("{\"a\":\"log\"}", None),
            ("log", None),
            ("", None),
        ] {
            assert_eq!(layout(head.as_bytes()), found, "{head}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100), text in "[\\[\\]{}\",:a\\\\\n]{0,60}") {
            let _ = layout(&bytes);
            let _ = layout(text.as_bytes());
        }
    }
}
