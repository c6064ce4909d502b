//! What a reader sees of a text: raw text in; out comes text of bounded length in which every character that
//! a reader could not see, or that would move other characters, stands as `⟨U+XXXX⟩`. Every renderer's first
//! step; the words of a shell command are told here too.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar as _;

/// How many characters without a width of their own may follow one another. Real scripts need up to four
/// on one letter; a flood of them paints over neighbouring lines.
const MARKS: usize = 4;

/// `text` with everything invisible made visible, at most `limit` characters long.
///
/// Controls, bidirectional controls, zero-width and tag characters, line and paragraph separators become
/// `⟨U+XXXX⟩`; so do combining marks that have nothing of the text to stand on, floods of them, and runs of
/// variation selectors. What exceeds the limit is cut and ends in `…`, never inside a `⟨U+XXXX⟩`. Applying
/// it twice changes nothing.
pub fn visible(text: &str, limit: usize) -> String {
    let mut out = String::new();
    let mut length = 0; // characters in `out`
    let mut fits = (0, 0); // bytes and characters of `out` that leave room for the mark of a cut
    let mut marks = MARKS; // at the start, a mark would stand on what is before the text
    let mut selector = false;
    let mut piece = String::new();
    for c in text.chars() {
        let mark = c.width() == Some(0);
        marks = if mark { marks + 1 } else { 0 };
        let again = selector && is_selector(c);
        selector = is_selector(c);
        piece.clear();
        if hidden(c) || marks > MARKS || again {
            write!(piece, "⟨U+{:04X}⟩", c as u32).expect("writing to a String cannot fail");
            // What was written has a width: the next mark stands on it.
            marks = 0;
        } else {
            piece.push(c);
        }
        length += piece.chars().count();
        if length > limit {
            out.truncate(fits.0);
            if limit > 0 {
                out.push('…');
            }
            return out;
        }
        out.push_str(&piece);
        if length < limit {
            fits = (out.len(), length);
        }
    }
    out
}

/// Whether a character shows nothing itself: github.md's list (C0, C1, U+200B–200F, 2028–202E, 2060–2069,
/// FEFF, E0000–E007F) and the others that Unicode gives no glyph or a blank one to be read past.
pub fn hidden(c: char) -> bool {
    matches!(c as u32,
        0x00..=0x1F | 0x7F..=0x9F           // controls
        | 0xAD                              // soft hyphen
        | 0x34F                             // combining grapheme joiner
        | 0x61C                             // Arabic letter mark: bidi
        | 0x115F | 0x1160 | 0x3164 | 0xFFA0 // Hangul fillers
        | 0x17B4 | 0x17B5                   // Khmer inherent vowels
        | 0x180B..=0x180F                   // Mongolian selectors and vowel separator
        | 0x200B..=0x200F                   // zero width, left-to-right and right-to-left marks
        | 0x2028..=0x202E                   // line and paragraph separator, bidi embeddings
        | 0x2060..=0x206F                   // joiners, invisible operators, bidi isolates
        | 0x2800                            // blank Braille pattern
        | 0xFE00..=0xFE0D                   // variation selectors but those of emoji
        | 0xFEFF                            // byte order mark
        | 0xFFF0..=0xFFFB                   // unassigned, interlinear annotation
        | 0xFFFE | 0xFFFF                   // noncharacters
        | 0x1BCA0..=0x1BCA3                 // shorthand format controls
        | 0x1D173..=0x1D17A                 // musical format controls
        | 0xE0000..=0xE0FFF) // tags, variation selectors 17–256
}

/// Whether a name may stand in a command to paste: `[A-Za-z0-9][A-Za-z0-9._/-]*`, which every shell takes as
/// one plain word.
pub fn is_shell_word(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric()) && is_shell_path(name)
}

/// Whether a path may stand there behind an option: `.caskmcp/x` and `/tmp/x` too, no option, and no other's home.
pub fn is_shell_path(path: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'/' | b'-');
    !path.is_empty() && !path.starts_with('-') && path.bytes().all(plain)
}

/// A text as one word of a POSIX shell, whatever is in it.
pub fn shell_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Whether a word that the person at this machine typed (a path, a ref, a pin) may stand in a command that is shown to
/// them: as [`is_shell_word`], and it may be a path from the root or from here, or have a colon in it.
pub fn is_typed_word(word: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'/' | b'-' | b':');
    word.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '/' | '_'))
        && word.bytes().all(plain)
}

fn is_selector(c: char) -> bool {
    matches!(c, '\u{FE00}'..='\u{FE0F}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: usize = usize::MAX;

    #[test]
    fn invisible_characters_are_named() {
        assert_eq!(visible("a\u{200b}b\u{202e}c\nd\0", ALL), "a⟨U+200B⟩b⟨U+202E⟩c⟨U+000A⟩d⟨U+0000⟩");
        assert_eq!(visible("\u{e0041}\u{2028}\u{feff}\u{9b}", ALL), "⟨U+E0041⟩⟨U+2028⟩⟨U+FEFF⟩⟨U+009B⟩");
        assert_eq!(visible("naïve 製品 ✅ مرحبا", ALL), "naïve 製品 ✅ مرحبا");
    }

    #[test]
    fn marks_stand_only_on_the_text_and_never_in_floods() {
        assert_eq!(visible("e\u{301}", ALL), "e\u{301}");
        assert_eq!(visible("\u{301}e", ALL), "⟨U+0301⟩e");
        assert_eq!(
            visible(&format!("z{}", "\u{301}".repeat(5)), ALL),
            "z\u{301}\u{301}\u{301}\u{301}⟨U+0301⟩"
        );
        assert_eq!(visible("❤\u{fe0f}\u{fe01}", ALL), "❤\u{fe0f}⟨U+FE01⟩");
    }

    #[test]
    fn a_cut_ends_in_an_ellipsis_and_splits_no_name_of_a_character() {
        assert_eq!(visible("abcd", 4), "abcd");
        assert_eq!(visible("abcde", 4), "abc…");
        assert_eq!(visible("a\u{200b}b", 8), "a…");
        assert_eq!(visible("a\u{200b}", 9), "a⟨U+200B⟩");
        assert_eq!(visible("abc", 1), "…");
        assert_eq!(visible("abc", 0), "");
    }

    #[test]
    fn quoted_a_text_is_one_word_whatever_is_in_it() {
        for (text, is) in [("", "''"), ("a b", "'a b'"), ("it's $(x)\n", "'it'\\''s $(x)\n'")] {
            assert_eq!(shell_quoted(text), is);
        }
    }

    #[test]
    fn only_plain_words_stand_in_commands() {
        for name in ["get_order", "toolpacks/shop", "v1.2-x"] {
            assert!(is_shell_word(name), "{name}");
        }
        for name in ["", "-rf", "--yes", "a b", "a;b", "$(x)", "a\nb", "é", ".x", "/etc", "~", "a`b`", "a*"]
        {
            assert!(!is_shell_word(name), "{name:?}");
        }
        for path in [".", ".caskmcp/published/pub_0", "/tmp/x", "../x", "toolpacks/shop", "_x"] {
            assert!(is_shell_path(path), "{path}");
        }
        for path in ["", "-x", "--root", "~", "a b", "a;b", "$HOME", "a\nb", "é", "a\\b"] {
            assert!(!is_shell_path(path), "{path:?}");
        }
    }

    #[test]
    fn a_typed_word_may_be_any_plain_path_or_pin() {
        for word in
            ["trust.yaml", "/etc/trust.yaml", "../x", "./x", ".state", "_x", "sha256:00ff", "origin/main"]
        {
            assert!(is_typed_word(word), "{word}");
        }
        for word in ["", "-x", "--yes", "a b", "a;b", "$(x)", "~/x", ":x", "é", "a*", "a\nb", "a\\b"] {
            assert!(!is_typed_word(word), "{word:?}");
        }
    }

    proptest! {
        #[test]
        fn the_result_is_short_clean_and_final(text in any::<String>(), limit in 0usize..60) {
            let shown = visible(&text, limit);
            prop_assert!(shown.chars().count() <= limit);
            prop_assert!(!shown.chars().any(hidden));
            prop_assert_eq!(visible(&shown, limit), shown.clone());
            let whole = visible(&text, ALL);
            prop_assert_eq!(visible(&whole, ALL), whole);
        }
    }
}
