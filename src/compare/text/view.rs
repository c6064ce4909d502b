//! A text as its reader takes it: invisible characters gone, look-alikes folded, blanks collapsed.
//!
//! Each byte of a view knows the place in the raw text it came from, so that what a pattern finds in the
//! view can be shown as it was written.

use std::ops::Range;

use super::chars::{Folder, is_blank, is_hidden};
use crate::compare::secrets::{self, SecretShape};

/// Longest quote in characters.
const QUOTE: usize = 120;

/// How a view treats what nobody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hidden {
    /// As if it were not there.
    Dropped,
    /// As a blank: it may stand between two words.
    Blank,
}

/// A text made from a raw one, and where each of its bytes came from.
#[derive(Debug)]
pub struct View {
    /// What patterns run on.
    pub text: String,
    /// For each byte of `text` the byte offset of the raw character behind it.
    origin: Vec<u32>,
}

impl View {
    /// The folded view: lower case, look-alikes as ASCII, no emphasis marks (`*`, `` ` ``, `"`), runs of
    /// blanks as one space, or as one line feed if a line ended in them.
    pub fn folded(raw: &str, hidden: Hidden) -> View {
        let mut view = View { text: String::with_capacity(raw.len()), origin: Vec::with_capacity(raw.len()) };
        let mut folder = Folder::default();
        for (at, c) in raw.char_indices() {
            match c {
                _ if is_hidden(c) && hidden == Hidden::Dropped => {}
                _ if is_blank(c) || is_hidden(c) => view.blank(at, c),
                '*' | '`' | '"' | '\u{201c}' | '\u{201d}' | '\u{201e}' => {}
                _ if c.is_ascii() => view.push(at, c.to_ascii_lowercase()),
                _ => folder.fold(c).iter().for_each(|c| view.push(at, *c)),
            }
        }
        view
    }

    /// The plain view: lower case and without what nobody sees, else as written. For names that a
    /// machine resolves (hosts, addresses), where a look-alike is another name.
    pub fn plain(raw: &str) -> View {
        let mut view = View { text: String::with_capacity(raw.len()), origin: Vec::with_capacity(raw.len()) };
        for (at, c) in raw.char_indices().filter(|(_, c)| !is_hidden(*c)) {
            if is_blank(c) {
                view.blank(at, c);
            } else {
                c.to_lowercase().for_each(|c| view.push(at, c));
            }
        }
        view
    }

    fn push(&mut self, at: usize, c: char) {
        self.text.push(c);
        self.origin.resize(self.text.len(), u32::try_from(at).unwrap_or(u32::MAX));
    }

    fn blank(&mut self, at: usize, c: char) {
        let line = matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}');
        if !self.text.ends_with([' ', '\n']) {
            self.push(at, if line { '\n' } else { ' ' });
        } else if line && self.text.ends_with(' ') {
            self.text.pop();
            self.text.push('\n');
        }
    }

    /// The bytes of the raw text behind bytes of the view.
    pub fn raw(&self, raw: &str, range: Range<usize>) -> Range<usize> {
        let (Some(first), Some(last)) =
            (self.origin.get(range.start), range.end.checked_sub(1).and_then(|e| self.origin.get(e)))
        else {
            return 0..0;
        };
        let last = *last as usize;
        let width = raw.get(last..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        *first as usize..last + width
    }

    /// The view between two places, moved out to whole characters, with blanks as spaces.
    pub fn key(&self, range: Range<usize>) -> String {
        let range = whole(&self.text, range);
        self.text[range].trim().replace('\n', " ")
    }
}

/// Moves both ends outward to character boundaries.
pub fn whole(text: &str, range: Range<usize>) -> Range<usize> {
    let mut start = range.start.min(text.len());
    let mut end = range.end.min(text.len()).max(start);
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    start..end
}

/// The words of a raw text between two places as a quote: runs of blanks as one space, secrets
/// replaced, at most 120 characters.
pub fn quote(raw: &str, range: Range<usize>, secrets: &[SecretShape]) -> String {
    let range = whole(raw, range);
    let mut shown = String::new();
    let mut at = range.start;
    // A secret that only reaches into the range is replaced whole.
    for secret in secrets.iter().filter(|s| s.start < range.end && s.end > range.start) {
        shown.push_str(raw.get(at..secret.start).unwrap_or(""));
        shown.push_str(&secrets::mark(secret, raw));
        at = secret.end;
    }
    shown.push_str(raw.get(at..range.end).unwrap_or(""));
    shorten(&shown)
}

/// Blanks collapsed and cut to the length of a quote.
pub fn shorten(text: &str) -> String {
    let mut short = String::new();
    let mut length = 0;
    let mut gap = false;
    for c in text.chars() {
        if is_blank(c) {
            gap = !short.is_empty();
            continue;
        }
        let need = 1 + usize::from(gap);
        if length + need > QUOTE - 1 {
            short.push('…');
            return short;
        }
        if gap {
            short.push(' ');
            gap = false;
        }
        short.push(c);
        length += need;
    }
    short
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_find_in_the_view_is_shown_as_written() {
        let raw = "Do  not\u{200b} MENTION";
        let view = View::folded(raw, Hidden::Dropped);
        assert_eq!(view.text, "do not mention");
        assert_eq!(&raw[view.raw(raw, 0..6)], "Do  not");
        assert_eq!(&raw[view.raw(raw, 3..14)], "not\u{200b} MENTION");
        assert_eq!(View::folded("do\u{200b}not", Hidden::Blank).text, "do not");
    }

    #[test]
    fn line_ends_survive_as_one_blank() {
        assert_eq!(View::folded("a \r\n\n  b\tc", Hidden::Dropped).text, "a\nb c");
        assert_eq!(View::folded("a", Hidden::Dropped).key(0..1), "a");
    }

    #[test]
    fn quotes_are_short_and_carry_no_secret() {
        assert_eq!(shorten(&"x".repeat(500)).chars().count(), 120);
        assert_eq!(shorten("  a \u{2800}\n b "), "a b");
        let raw = "send ghp_aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zaB3dE to";
        assert_eq!(quote(raw, 0..12, &secrets::secrets(raw)), "send ⟨secret: github token ghp_… #a463a0⟩");
    }

    proptest! {
        #[test]
        fn every_place_of_a_view_maps_into_the_raw_text(raw in ".{0,60}", a in 0usize..80, b in 0usize..80) {
            for view in [View::folded(&raw, Hidden::Blank), View::plain(&raw)] {
                prop_assert_eq!(view.text.len(), view.origin.len());
                let range = whole(&view.text, a.min(b)..a.max(b));
                let back = view.raw(&raw, range);
                prop_assert!(quote(&raw, back, &[]).chars().count() <= 120);
            }
        }
    }
}
