//! What was judged and what it came to in, the bytes of a whole bundle out. No clock: a time is in it only if it was
//! handed in, so the same judgement of the same bytes is the same bundle.

use super::keep::{Keeper, excerpt};
use super::line::{END, HEADER, MAX_LINE, Place, is_kind, line};
use crate::canon::time::Timestamp;
use crate::canon::{Node, json};

/// What a bundle is about: its first line.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    /// The command that judged.
    pub command: String,
    /// Version of the program.
    pub version: String,
    /// When, if that is to be told.
    pub at: Option<Timestamp>,
    /// What it came to, and against what: members of the first line's data.
    pub facts: Vec<(String, Node)>,
}

/// One thing that was seen: a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// What it is, in one word: `finding`, `subject`.
    pub kind: &'static str,
    /// What was seen.
    pub data: Node,
}

/// A bundle: one line for the head, one for each entry, one that ends it. Redacted, whatever was handed in.
pub fn write(head: &Head, entries: &[Entry]) -> Vec<u8> {
    let mut keeper = Keeper::default();
    let mut first = Node::map(head.facts.iter().map(|(key, value)| (key.as_str(), value.clone())));
    first.set("command", Node::text(head.command.as_str()));
    first.set("version", Node::text(head.version.as_str()));
    if let Some(at) = head.at {
        first.set("at", Node::text(at.to_string()));
    }
    let mut first = keeper.keep(first);
    let kept: Vec<Node> = entries.iter().map(|entry| keeper.keep(entry.data.clone())).collect();
    // After the redaction of all: the first line says how much was taken out.
    let removed = keeper.counted().into_iter().map(|(class, n)| (class, Node::int(n)));
    let redaction = [("profile", Node::text(keeper.profile())), ("removed", Node::map(removed))];
    first.set("redaction", Node::map(redaction));

    let mut out = String::new();
    let mut place = Place::first();
    let mut put = |kind: &str, member: (&str, Node)| {
        let (text, digest) = line(&place, kind, member);
        place = place.behind(&digest);
        out += &text;
        out.push('\n');
    };
    put(HEADER, ("data", fitting(first)));
    for (entry, data) in entries.iter().zip(kept) {
        debug_assert!(is_kind(entry.kind), "{} is no kind", entry.kind);
        put(entry.kind, ("data", fitting(data)));
    }
    put(END, ("count", Node::int(entries.len() as u64)));
    out.into_bytes()
}

/// Room for the members that every line has.
const AROUND: usize = 1 << 10;

/// Data that fits into a line; what does not becomes an excerpt.
fn fitting(data: Node) -> Node {
    let text = json::canonical(&data);
    if text.len() <= MAX_LINE - AROUND { data } else { excerpt(&text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canon::Value;
    use crate::evidence::check::check;

    fn head() -> Head {
        Head { command: "gate check".into(), version: "1.2.3".into(), at: None, facts: Vec::new() }
    }

    #[test]
    fn what_is_written_is_whole_and_twice_the_same() {
        let entries = [Entry { kind: "finding", data: Node::texts(["a", "é\n"]) }];
        let bytes = write(&head(), &entries);
        assert_eq!(bytes, write(&head(), &entries));
        let checked = check(&bytes).expect("it is whole");
        assert_eq!(checked.entries[0].kind, "finding");
        assert_eq!(checked.entries[0].data, entries[0].data);
        assert_eq!(checked.head.get("command").and_then(Node::as_text), Some("gate check"));
        assert!(checked.head.get("at").is_none(), "no clock was handed in");
        let at = Head { at: Some("2026-12-01T00:00:00Z".parse().unwrap()), ..head() };
        let checked = check(&write(&at, &[])).expect("it is whole");
        assert_eq!(checked.head.get("at").and_then(Node::as_text), Some("2026-12-01T00:00:00Z"));
    }

    #[test]
    fn credentials_and_personal_data_never_reach_a_line() {
        let token = ["ghp_", "16C7e42F292c6912E7710c838347Ae178B4a"].concat();
        let data = Node::map([
            ("message", Node::text(format!("it answered {token} to ann@shop.example"))),
            ("headers", Node::map([("authorization", Node::text("Basic eDp5"))])),
            ("digest", Node::text(format!("sha256:{}", "9f86d081".repeat(8)))),
        ]);
        let named = Head { facts: vec![("source".into(), Node::text(token.as_str()))], ..head() };
        let text = String::from_utf8(write(&named, &[Entry { kind: "finding", data }])).unwrap();
        for secret in [token.as_str(), "ann@shop.example", "eDp5"] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
        assert!(text.contains(&"9f86d081".repeat(8)), "digests stay: {text}");
        assert!(text.contains(r#""removed":{"#) && text.contains("e-mail address"), "{text}");
    }

    #[test]
    fn no_line_is_deeper_than_a_reader_takes() {
        let deep = (0..100).fold(Node::text("x"), |inner, _| Node::new(Value::List(vec![inner])));
        let checked = check(&write(&head(), &[Entry { kind: "finding", data: deep }])).expect("it is whole");
        assert!(json::canonical(&checked.entries[0].data).contains("\"cut\":true"));
    }

    #[test]
    fn no_line_is_longer_than_a_reader_takes() {
        let many = Node::texts((0..100_000).map(|n| format!("a text of many {n}")));
        let bytes = write(&head(), &[Entry { kind: "finding", data: many }]);
        let checked = check(&bytes).expect("it is whole");
        assert!(checked.entries[0].data.get("sha256").is_some());
    }
}
