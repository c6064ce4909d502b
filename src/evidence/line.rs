//! One line of a bundle: canonical JSON whose digest covers all of it, the digest of the line before included. So the
//! digest of the last line names the whole bundle.

use crate::canon::limits::Limits;
use crate::canon::read_json::read_json;
use crate::canon::{Node, digest, json};

/// The schema word of every line.
pub const SCHEMA: &str = "cask.evidence/1";
/// Kind of the first line.
pub const HEADER: &str = "header";
/// Kind of the last line.
pub const END: &str = "end";
/// `prev` of the first line.
pub const FIRST: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
/// Bytes of the longest line.
pub const MAX_LINE: usize = 1 << 20;
/// Bytes of the largest bundle that is read.
pub const MAX_BUNDLE: usize = 32 << 20;
/// Levels of a line, its own object included.
pub const DEPTH: usize = 64;

/// Where a line stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its number, from 1.
    pub seq: u64,
    /// Digest of the line before it.
    pub prev: String,
}

impl Place {
    /// Before the first line.
    pub fn first() -> Place {
        Place { seq: 1, prev: FIRST.to_owned() }
    }

    /// Behind a line with this digest.
    pub fn behind(&self, digest: &str) -> Place {
        Place { seq: self.seq + 1, prev: digest.to_owned() }
    }
}

/// A line at a place, without its end, and its digest. `member` is what it has beside those that all have.
pub fn line(place: &Place, kind: &str, member: (&str, Node)) -> (String, String) {
    let mut node = Node::map([
        ("schema", Node::text(SCHEMA)),
        ("seq", Node::int(place.seq)),
        ("prev", Node::text(place.prev.as_str())),
        ("kind", Node::text(kind)),
        member,
    ]);
    let digest = digest::of(&node);
    node.set("digest", Node::text(digest.as_str()));
    (json::canonical(&node), digest)
}

/// A line as a tree. None if it is no JSON object of a size that is written.
pub fn read(bytes: &[u8]) -> Option<Node> {
    let limits = Limits { depth: DEPTH, ..Limits::new(MAX_LINE) };
    read_json("line", bytes, &limits).ok().filter(Node::is_map)
}

/// Whether a word can be the kind of an entry.
pub fn is_kind(word: &str) -> bool {
    !word.is_empty()
        && word.len() <= 64
        && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
        && ![HEADER, END].contains(&word)
}

/// The name of the file that a bundle with this digest (of its last line) is kept in.
pub fn file_name(digest: &str) -> String {
    format!("ev_{}.jsonl", digest.strip_prefix("sha256:").unwrap_or(digest))
}

/// The digest that a file's name tells, if it is a name of that form.
pub fn named(file_name: &str) -> Option<String> {
    let hex = file_name.strip_prefix("ev_")?.strip_suffix(".jsonl")?;
    digest::is_hex64(hex).then(|| format!("sha256:{hex}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_by_its_digest() {
        let (text, digest) = line(&Place::first(), HEADER, ("data", Node::null()));
        assert_eq!(named(&file_name(&digest)), Some(digest.clone()));
        assert_eq!(named("ev_12.jsonl"), None);
        let node = read(text.as_bytes()).expect("a line");
        assert_eq!(digest::of(&node.without(&["digest"])), digest);
    }

    #[test]
    fn kinds_are_words_and_none_of_ours() {
        assert!(is_kind("finding") && is_kind("x-y"));
        for word in ["", "end", "header", "A", "a b", "é"] {
            assert!(!is_kind(word), "{word}");
        }
    }
}
