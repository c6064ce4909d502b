//! One pass over the bytes of a text in, which closer looks can find anything out.
//!
//! Most texts are words in ASCII, and each look at them costs as much as one that finds something. What is told here
//! may be too much, never too little.

use super::decode::RUN;
use super::marks::PUSHOUT;

/// What a byte can be part of; several at once.
const DIGIT: u8 = 1;
const ESCAPE: u8 = 1 << 1;
const BLANK: u8 = 1 << 2;
const SEPARATOR: u8 = 1 << 3;
const CONTROL: u8 = 1 << 4;
const TAG: u8 = 1 << 5;
const FOREIGN: u8 = 1 << 6;
const ACCENTED: u8 = 1 << 7;

const fn part_of(byte: u8) -> u8 {
    match byte {
        // Within a character.
        0x80..=0xbf => ACCENTED,
        // The first of U+00C0 to U+02BF: letters of Latin script.
        0xc3..=0xca => ACCENTED,
        0xc0.. => ACCENTED | FOREIGN,
        b'-' | b'_' => DIGIT | SEPARATOR,
        b'+' | b'/' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => DIGIT,
        b'&' | b'%' | b'\\' => ESCAPE,
        b' ' => BLANK | SEPARATOR,
        b'\t' | b'\n' | 0x0b | 0x0c => BLANK | if byte < b'\x0b' { 0 } else { CONTROL },
        b'\r' => BLANK | CONTROL,
        0..=0x1f | 0x7f => CONTROL,
        b'.' => SEPARATOR,
        b'<' => TAG,
        _ => 0,
    }
}

static PARTS: [u8; 256] = {
    let mut parts = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        parts[byte] = part_of(byte as u8);
        byte += 1;
    }
    parts
};

/// What a text may hold.
#[derive(Debug, Clone, Copy)]
pub struct Glance {
    any: u8,
    digits: usize,
    blanks: usize,
    spelled: bool,
}

impl Glance {
    /// Reads a text once.
    pub fn of(text: &str) -> Glance {
        let (mut any, mut most_digits, mut most_blanks, mut spelled) = (0, 0, 0, false);
        let (mut digits, mut blanks) = (0u32, 0u32);
        // One bit for each of the last characters: whether it parts single letters.
        let mut parted = 0u8;
        for byte in text.bytes() {
            let part = PARTS[usize::from(byte)];
            any |= part;
            digits = if part & DIGIT != 0 { digits.saturating_add(1) } else { 0 };
            blanks = if part & BLANK != 0 { blanks.saturating_add(1) } else { 0 };
            most_digits = most_digits.max(digits);
            most_blanks = most_blanks.max(blanks);
            let within = byte & 0xc0 == 0x80;
            parted = if within { parted } else { parted << 1 | u8::from(part & SEPARATOR != 0) };
            spelled |= parted & 0b10101 == 0b10101;
        }
        Glance { any, digits: most_digits as usize, blanks: most_blanks as usize, spelled }
    }

    /// Anything beyond ASCII.
    pub fn is_beyond_ascii(self) -> bool {
        self.any & ACCENTED != 0
    }

    /// Anything beyond letters of Latin script: what nobody sees, look-alikes, other blanks.
    pub fn is_foreign(self) -> bool {
        self.any & FOREIGN != 0
    }

    /// Controls of terminals.
    pub fn has_controls(self) -> bool {
        self.any & (CONTROL | FOREIGN) != 0
    }

    /// Blanks that push what follows out of sight.
    pub fn has_pushouts(self) -> bool {
        self.blanks > PUSHOUT || self.is_foreign()
    }

    /// Entities, escapes.
    pub fn has_escapes(self) -> bool {
        self.any & ESCAPE != 0
    }

    /// Runs of base64 or hex, or of escapes.
    pub fn has_blobs(self) -> bool {
        self.digits >= RUN || self.has_escapes()
    }

    /// Words that are split by tags, or letter by letter.
    pub fn has_split_words(self) -> bool {
        self.spelled || self.any & (TAG | FOREIGN) != 0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::chars::is_hidden;
    use super::super::{decode, marks};
    use super::*;

    #[test]
    fn words_need_no_closer_look() {
        let glance =
            Glance::of("Lists the orders of a customer, newest first: 50 of them.\n- `id` (e.g. 7)\n");
        assert!(!glance.is_foreign() && !glance.has_controls() && !glance.has_pushouts());
        assert!(!glance.has_blobs() && !glance.has_escapes() && !glance.has_split_words());
    }

    proptest! {
        #[test]
        fn a_look_that_is_not_worth_it_finds_nothing(
            text in "([a-z] ){0,6}([a-z][ ._-]{0,2}){0,9}[\\x00-\\x7f]{0,20}(\\\\x41|%41|&lt;|<b>|é| [a-zéüĀœ]|\\PC|[\u{80}-\u{2ff}\u{2000}-\u{206f}]|[A-Za-z0-9+/_-]{35,50}){0,4}[ \n\r]{0,200}x?",
        ) {
            let glance = Glance::of(&text);
            prop_assert!(glance.is_foreign() || marks::hidden(&text).is_empty() && marks::mixed_words(&text).is_empty());
            prop_assert_eq!(glance.is_beyond_ascii(), !text.is_ascii());
            prop_assert!(glance.is_foreign() || !text.chars().any(is_hidden));
            prop_assert!(glance.is_foreign() || decode::smuggled(&text).is_none());
            prop_assert!(glance.has_controls() || marks::controls(&text).is_empty());
            prop_assert!(glance.has_pushouts() || marks::pushouts(&text).is_empty());
            prop_assert!(glance.has_escapes() || decode::in_place(&text).is_none());
            prop_assert!(glance.has_blobs() || decode::blobs(&text).is_empty());
            prop_assert!(glance.has_split_words() || decode::rejoined(&text).is_none());
        }
    }
}
