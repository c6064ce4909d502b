//! What a single character is: blank, invisible, of which script, and which plain letter it passes for.

use std::cell::RefCell;
use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;
use unicode_security::confusable_detection::skeleton;

use crate::canon::visible::hidden;

/// The scripts that matter for look-alikes and for the language of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Script {
    /// A–Z and its extensions.
    Latin,
    /// Greek and Coptic.
    Greek,
    /// Cyrillic.
    Cyrillic,
    /// Armenian, Georgian, Cherokee, Lisu, Deseret and others with letters that look Latin.
    LatinLike,
    /// Hebrew, Arabic, Syriac, Thaana, N'Ko: written from right to left.
    RightToLeft,
    /// Devanagari to Sinhala, Tibetan, Myanmar, Khmer, Mongolian: joiners shape their letters.
    Indic,
    /// Thai and Lao.
    Thai,
    /// Han characters, kana and bopomofo.
    Han,
    /// Hangul.
    Hangul,
}

/// First and last code point of each block (Unicode 16, Blocks.txt), in order.
const BLOCKS: &[(u32, u32, Script)] = &[
    (0x41, 0x5A, Script::Latin),
    (0x61, 0x7A, Script::Latin),
    (0xC0, 0x24F, Script::Latin),
    (0x250, 0x2AF, Script::Latin),
    (0x370, 0x3FF, Script::Greek),
    (0x400, 0x52F, Script::Cyrillic),
    (0x530, 0x58F, Script::LatinLike),
    (0x590, 0x8FF, Script::RightToLeft),
    (0x900, 0xDFF, Script::Indic),
    (0xE00, 0xEFF, Script::Thai),
    (0xF00, 0x109F, Script::Indic),
    (0x10A0, 0x10FF, Script::LatinLike),
    (0x1100, 0x11FF, Script::Hangul),
    (0x13A0, 0x13FF, Script::LatinLike),
    (0x1780, 0x18AF, Script::Indic),
    (0x1C80, 0x1C8F, Script::Cyrillic),
    (0x1D00, 0x1DBF, Script::Latin),
    (0x1E00, 0x1EFF, Script::Latin),
    (0x1F00, 0x1FFF, Script::Greek),
    (0x2C60, 0x2C7F, Script::Latin),
    (0x2C80, 0x2CFF, Script::Greek),
    (0x2DE0, 0x2DFF, Script::Cyrillic),
    (0x3040, 0x31BF, Script::Han),
    (0x3400, 0x9FFF, Script::Han),
    (0xA4D0, 0xA4FF, Script::LatinLike),
    (0xA640, 0xA69F, Script::Cyrillic),
    (0xA720, 0xA7FF, Script::Latin),
    (0xAB30, 0xAB6F, Script::Latin),
    (0xAB70, 0xABBF, Script::LatinLike),
    (0xAC00, 0xD7FF, Script::Hangul),
    (0xF900, 0xFAFF, Script::Han),
    (0xFB1D, 0xFDFF, Script::RightToLeft),
    (0xFE70, 0xFEFE, Script::RightToLeft),
    (0xFF66, 0xFF9F, Script::Han),
    (0x10400, 0x1044F, Script::LatinLike),
    (0x20000, 0x3FFFF, Script::Han),
];

/// The script of a letter; none for digits, signs and letters of other scripts.
pub fn script(c: char) -> Option<Script> {
    if c.is_ascii() {
        return c.is_ascii_alphabetic().then_some(Script::Latin);
    }
    let code = c as u32;
    let at = BLOCKS.partition_point(|(first, _, _)| *first <= code).checked_sub(1)?;
    let (_, last, script) = BLOCKS[at];
    (code <= last && c.is_alphabetic()).then_some(script)
}

/// Whether nobody sees the character although it stands there; selectors of emoji too, blanks and controls
/// apart.
pub fn is_hidden(c: char) -> bool {
    !c.is_ascii() && (matches!(c, '\u{FE0E}' | '\u{FE0F}') || hidden(c) && !c.is_control() && !is_blank(c))
}

/// Whether the character takes room and shows nothing (white space, and the braille cell without dots).
pub fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == '\u{2800}'
}

/// Whether the character is a control other than the blanks among them.
pub fn is_control(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}')
}

/// Letters of other alphabets whose folded form is remembered: more than a language has, not all there are.
const REMEMBERED: usize = 1024;

thread_local! {
    static FOLDED: RefCell<HashMap<char, Vec<char>>> = RefCell::default();
}

/// What a reader takes a character for, given to `push`: lower case, compatibility form (NFKD) without accents,
/// look-alikes of ASCII letters as these (UTS 39), curly quotes and dashes as ASCII.
pub fn fold(c: char, push: impl FnMut(char)) {
    FOLDED.with_borrow_mut(|known| match known.get(&c) {
        Some(folded) => folded.iter().copied().for_each(push),
        None => {
            let folded = folded(c);
            folded.iter().copied().for_each(push);
            if known.len() < REMEMBERED {
                known.insert(c, folded);
            }
        }
    });
}

fn folded(c: char) -> Vec<char> {
    std::iter::once(c)
        .nfkd()
        .filter(|c| !('\u{300}'..='\u{36f}').contains(c))
        .flat_map(|c| match c {
            '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2bc}' | '\u{b4}' => vec!['\''],
            '\u{2010}'..='\u{2015}' | '\u{2212}' => vec!['-'],
            _ => plain(c).map_or_else(|| c.to_lowercase().collect(), |p| vec![p]),
        })
        .collect()
}

/// The ASCII letter, in lower case, that a letter of another alphabet is mistaken for.
///
/// A capital is looked up itself first and by its small letter where its shape is ambiguous: the skeleton
/// of a capital I of any script is `l`.
pub fn plain(c: char) -> Option<char> {
    if c.is_ascii() || !c.is_alphabetic() || script(c) == Some(Script::Han) {
        return None;
    }
    let one = |c: char| {
        let mut buffer = [0; 4];
        let mut letters = skeleton(c.encode_utf8(&mut buffer)).collect::<Vec<_>>().into_iter();
        let first = letters.next().filter(char::is_ascii_alphabetic)?;
        letters.next().is_none().then(|| first.to_ascii_lowercase())
    };
    let small = c.to_lowercase().next().unwrap_or(c);
    match one(c) {
        Some('l') if small != c => one(small).or(Some('l')),
        Some(found) => Some(found),
        None if small != c => one(small),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> String {
        let mut all = String::new();
        // What is remembered is the same.
        text.chars().chain(text.chars()).for_each(|c| fold(c, |c| all.push(c)));
        let (first, again) = all.split_at(all.len() / 2);
        assert_eq!(first, again);
        first.to_owned()
    }

    #[test]
    fn what_looks_alike_folds_alike() {
        for text in ["Ignore", "ｉｇｎｏｒｅ", "іgnоrе", "Іgnore", "𝐢𝐠𝐧𝐨𝐫𝐞", "ígnörè", "IGNORE"]
        {
            assert_eq!(all(text), "ignore", "{text}");
        }
        assert_eq!(all("don’t"), "don't");
        assert_eq!(all("忽略"), "忽略");
    }

    #[test]
    fn blocks_are_in_order_and_apart() {
        assert!(BLOCKS.windows(2).all(|w| w[0].1 < w[1].0));
        assert!(BLOCKS.iter().all(|b| b.0 <= b.1));
        assert_eq!(script('я'), Some(Script::Cyrillic));
        assert_eq!(script('7'), None);
        assert_eq!(script('語'), Some(Script::Han));
    }
}
