//! A value in, the same as it may be kept out: redacted as recordings are, and no text longer than an excerpt.

use std::collections::BTreeMap;

use super::line::DEPTH;
use crate::canon::{Node, Value, digest, json};
use crate::capture::redact::values::Redactor;

/// Characters of the longest text; a longer one becomes an excerpt of so many.
pub const EXCERPT: usize = 4096;
/// Levels of a value: those of a line without its own.
const LEVELS: usize = DEPTH - 2;

/// Takes out what nobody may keep, and counts it.
#[derive(Default)]
pub struct Keeper(Redactor);

impl Keeper {
    /// The value as it may be kept.
    pub fn keep(&mut self, mut node: Node) -> Node {
        self.0.json(&mut node);
        bounded(node, 0)
    }

    /// What was taken out so far, by what it was.
    pub fn counted(&mut self) -> BTreeMap<String, u64> {
        self.0.counted()
    }

    /// The word for how much is taken out.
    pub fn profile(&self) -> &'static str {
        self.0.profile.word()
    }
}

/// What is too long or too deep becomes an excerpt. After the redaction: the digest of a whole text says nothing of what
/// was taken out of it.
fn bounded(node: Node, level: usize) -> Node {
    let value = match node.value {
        Value::Text(text) if is_long(&text) => return excerpt(&text),
        Value::List(_) | Value::Map(_) if level == LEVELS => return excerpt(&json::canonical(&node)),
        Value::Map(ref members) if members.iter().any(|(key, _)| is_long(key)) => {
            return excerpt(&json::canonical(&node));
        }
        Value::List(items) => Value::List(items.into_iter().map(|item| bounded(item, level + 1)).collect()),
        Value::Map(members) => {
            Value::Map(members.into_iter().map(|(key, value)| (key, bounded(value, level + 1))).collect())
        }
        value => value,
    };
    Node { value, line: node.line }
}

fn is_long(text: &str) -> bool {
    text.len() > EXCERPT && text.chars().nth(EXCERPT).is_some()
}

/// What stands for a text that is too long: its beginning, that it was cut, and what names the whole.
pub fn excerpt(whole: &str) -> Node {
    let end = whole.char_indices().nth(EXCERPT).map_or(whole.len(), |(at, _)| at);
    Node::map([
        ("excerpt", Node::text(&whole[..end])),
        ("cut", Node::bool(true)),
        ("bytes", Node::int(whole.len() as u64)),
        ("sha256", Node::text(digest::sha256_hex(whole.as_bytes()))),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_4096_characters_stays_and_a_longer_one_is_an_excerpt_with_its_digest() {
        let fits = "é".repeat(EXCERPT);
        assert_eq!(bounded(Node::text(fits.as_str()), 0), Node::text(fits.as_str()));
        let long = format!("{fits}!");
        let cut = bounded(Node::map([("body", Node::text(long.as_str()))]), 0);
        let cut = cut.get("body").expect("it is there");
        assert_eq!(cut.get("excerpt").and_then(Node::as_text), Some(fits.as_str()));
        assert_eq!(cut.get("cut").and_then(Node::as_bool), Some(true));
        assert_eq!(
            cut.get("sha256").and_then(Node::as_text),
            Some(digest::sha256_hex(long.as_bytes()).as_str())
        );
    }

    #[test]
    fn what_is_too_deep_and_names_that_are_too_long_become_excerpts() {
        let mut deep = Node::text("in the middle");
        for _ in 0..100 {
            deep = Node::new(Value::List(vec![deep]));
        }
        let kept = json::canonical(&Keeper::default().keep(deep));
        assert!(kept.contains("\"cut\":true") && !kept.contains("\"in the middle\""), "{kept}");
        let kept = Keeper::default().keep(Node::map([("é".repeat(EXCERPT + 1), Node::null())]));
        assert!(kept.get("sha256").is_some());
    }
}
