//! A text as its reader takes it: invisible characters gone, look-alikes folded, blanks collapsed.
//!
//! Each byte of a view knows the place in the raw text it came from, so that what a pattern finds in the
//! view can be shown as it was written.

use std::ops::Range;

use super::chars::{fold, is_blank, is_hidden};
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

/// Which view it is.
#[derive(Debug, Clone, Copy)]
enum Made {
    Folded(Hidden),
    Plain,
}

/// A text made from a raw one, and where each of its bytes came from.
#[derive(Debug)]
pub struct View<'r> {
    /// What patterns run on.
    pub text: String,
    raw: &'r str,
    /// How far before its raw character a character of `text` stands, from a place on: nearly all texts have few such
    /// places.
    shifts: Vec<(usize, isize)>,
}

impl<'r> View<'r> {
    /// The folded view: lower case, look-alikes as ASCII, no emphasis marks (`*`, `` ` ``, `"`), runs of
    /// blanks as one space, or as one line feed if a line ended in them.
    pub fn folded(raw: &'r str, hidden: Hidden) -> View<'r> {
        View::new(raw, Made::Folded(hidden))
    }

    /// The plain view: lower case and without what nobody sees, else as written. For names that a
    /// machine resolves (hosts, addresses), where a look-alike is another name.
    pub fn plain(raw: &'r str) -> View<'r> {
        View::new(raw, Made::Plain)
    }

    fn new(raw: &'r str, made: Made) -> View<'r> {
        let mut maker = Maker { text: Vec::with_capacity(raw.len()), shifts: Vec::new(), shift: 0 };
        made.read(raw, &mut maker);
        let text = String::from_utf8(maker.text).expect("made of whole characters");
        View { text, raw, shifts: maker.shifts }
    }

    /// The place of the raw character behind a byte of the view.
    fn origin(&self, mut at: usize) -> Option<usize> {
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let after = self.shifts.partition_point(|(from, _)| *from <= at);
        let shift = after.checked_sub(1).map_or(0, |last| self.shifts[last].1);
        (at < self.text.len()).then(|| at.checked_add_signed(shift))?
    }

    /// The bytes of the raw text behind bytes of the view.
    pub fn raw(&self, range: Range<usize>) -> Range<usize> {
        let last = range.end.checked_sub(1).filter(|last| *last < self.text.len());
        let (Some(first), Some(last)) = (self.origin(range.start), last.and_then(|last| self.origin(last)))
        else {
            return 0..0;
        };
        let width = self.raw.get(last..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        first..last + width
    }

    /// The view between two places, moved out to whole characters, with blanks as spaces.
    pub fn key(&self, range: Range<usize>) -> String {
        let range = whole(&self.text, range);
        self.text[range].trim().replace('\n', " ")
    }
}

/// Bytes that are taken at once where nothing is in them but words in ASCII with single blanks.
const BLOCK: usize = 16;

impl Made {
    fn read(self, raw: &str, view: &mut Maker) {
        let mut at = 0;
        while at < raw.len() {
            if let Some(block) = raw.as_bytes().get(at..).and_then(|rest| rest.first_chunk())
                && let Some(words) = self.words(block)
                && !(is_space(words[0]) && view.ends_blank())
            {
                view.place(at);
                view.text.extend_from_slice(&words);
                at += BLOCK;
                continue;
            }
            let end = (at + BLOCK).min(raw.len());
            while at < end {
                let Some(c) = raw[at..].chars().next() else { return };
                self.take(at, c, view);
                at += c.len_utf8();
            }
        }
    }

    /// A block as it stands in the view, if each of its bytes does. Without branches: most blocks do.
    fn words(self, block: &[u8; BLOCK]) -> Option<[u8; BLOCK]> {
        let emphasis = matches!(self, Made::Folded(_));
        let mut odd = false;
        let new = block.map(|b| {
            odd |= !b.is_ascii() | (emphasis & matches!(b, b'*' | b'`' | b'"'));
            let blank = if (b == b'\n') | (b == b'\r') { b'\n' } else { b' ' };
            if is_space(b) { blank } else { b.to_ascii_lowercase() }
        });
        for (one, next) in new.iter().zip(&new[1..]) {
            odd |= is_space(*one) & is_space(*next);
        }
        (!odd).then_some(new)
    }

    fn take(self, at: usize, c: char, view: &mut Maker) {
        let line = matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}');
        match self {
            Made::Folded(Hidden::Blank) if is_hidden(c) => view.blank(at, line),
            _ if is_hidden(c) => {}
            _ if is_blank(c) => view.blank(at, line),
            Made::Folded(_) if matches!(c, '*' | '`' | '"' | '\u{201c}' | '\u{201d}' | '\u{201e}') => {}
            _ if c.is_ascii() => view.byte(at, (c as u8).to_ascii_lowercase()),
            Made::Folded(_) => fold(c, |c| view.push(at, c)),
            Made::Plain => c.to_lowercase().for_each(|c| view.push(at, c)),
        }
    }
}

/// A blank of ASCII, as [`is_blank`] has it.
fn is_space(b: u8) -> bool {
    (b == b' ') | (b.wrapping_sub(b'\t') < 5)
}

/// A view that is being made.
struct Maker {
    text: Vec<u8>,
    shifts: Vec<(usize, isize)>,
    /// The last of them.
    shift: isize,
}

impl Maker {
    /// Remembers from where the next character comes.
    fn place(&mut self, at: usize) {
        let shift = at.wrapping_sub(self.text.len()).cast_signed();
        if shift != self.shift {
            self.shifts.push((self.text.len(), shift));
            self.shift = shift;
        }
    }

    fn byte(&mut self, at: usize, byte: u8) {
        self.place(at);
        self.text.push(byte);
    }

    fn push(&mut self, at: usize, c: char) {
        self.place(at);
        self.text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }

    fn ends_blank(&self) -> bool {
        matches!(self.text.last(), Some(b' ' | b'\n'))
    }

    /// A blank, or none where one stands: of several it is a line feed if one ended a line.
    fn blank(&mut self, at: usize, line: bool) {
        match self.text.last_mut() {
            Some(last @ b' ') if line => *last = b'\n',
            Some(b' ' | b'\n') => {}
            _ => self.byte(at, if line { b'\n' } else { b' ' }),
        }
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
        assert_eq!(&raw[view.raw(0..6)], "Do  not");
        assert_eq!(&raw[view.raw(3..14)], "not\u{200b} MENTION");
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
            let long = format!("{}{raw}{0}", "Lists `the` orders of a customer,\nnewest first.  And so\r\non, ");
            let raw = if a % 2 == 0 { raw } else { long };
            for make in [|raw| View::folded(raw, Hidden::Blank), View::plain] {
                let view = make(&raw);
                for (at, c) in view.text.char_indices() {
                    let own = &raw[view.raw(at..at + c.len_utf8())];
                    prop_assert!(c == '\n' || make(own).text.contains(c), "{:?} {:?}", c, own);
                }
                let range = whole(&view.text, a.min(b)..a.max(b));
                let back = view.raw(range);
                prop_assert!(quote(&raw, back, &[]).chars().count() <= 120);
            }
        }
    }
}
