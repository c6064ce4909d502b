//! A v1 description in; its own words, and the hints that had been written into them, out.
//!
//! The reference system appends `(Call X first to obtain F)`, `(Risk: …)` and `[Auth]`. Version 2 renders
//! them when a tool is served, so that one tool's text does not change with its neighbours.

use std::sync::LazyLock;

use regex::Regex;

/// Taking a mark out can put another one together; after so many rounds the text is left as it is.
const ROUNDS: usize = 4;

static MARK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[ \t]*(?:\(Call ([^\s()]+) first([^()\n]*)\)|\(Risk: [^()\n]*\)|\[Auth\])")
        .expect("the pattern is a constant")
});

/// A description without its marks.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Described {
    /// Its own words.
    pub(super) text: String,
    /// Tool name and field of each hint that names both, in the order of the text.
    pub(super) hints: Vec<(String, String)>,
}

/// Takes the marks out.
pub(super) fn describe(text: &str) -> Described {
    let mut hints = Vec::new();
    let mut text = text.to_owned();
    for _ in 0..ROUNDS {
        for mark in MARK.captures_iter(&text) {
            let field = mark.get(2).and_then(|rest| rest.as_str().strip_prefix(" to obtain "));
            if let (Some(tool), Some(field)) = (mark.get(1), field) {
                hints.push((tool.as_str().to_owned(), field.trim().to_owned()));
            }
        }
        let plain = MARK.replace_all(&text, "");
        if plain == text {
            break;
        }
        text = plain.into_owned();
    }
    Described { text: text.trim().to_owned(), hints }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(of: &str) -> String {
        describe(of).text
    }

    #[test]
    fn marks_go_wherever_they_stand() {
        let found = describe("List users. (Risk: high) [Auth] (Call a first to obtain id) (Call b first)");
        assert_eq!(found.text, "List users.");
        assert_eq!(found.hints, [("a".to_owned(), "id".to_owned())]);
        assert_eq!(text("[Auth] Log in"), "Log in");
        assert_eq!(text("One (Risk: critical) two [Auth] three"), "One two three");
    }

    #[test]
    fn own_words_stay_to_the_byte() {
        for own in ["Call get_user first", "(call x first)", "Risk: high", "a  b\n c", "(see [1])", "[auth]"]
        {
            assert_eq!(text(own), own);
        }
    }

    #[test]
    fn a_mark_inside_a_mark_leaves_none() {
        assert_eq!(text("Go (Call x (Risk: high) first) on"), "Go on");
        assert_eq!(text("Go [Au[Auth]th]"), "Go");
    }
}
