//! Text that is already safe in; out comes the same text measured, cut, padded or wrapped by the columns
//! that a terminal gives it (Unicode East Asian Width, UAX #11).

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Columns that a text takes.
pub fn columns(text: &str) -> usize {
    text.width()
}

/// The text in at most `width` columns; what is longer ends in `…`.
pub fn cut(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    if width == 0 {
        return String::new();
    }
    let mut head = head(text, width - 1).to_owned();
    head.push('…');
    head
}

/// The text with blanks to the right up to `width` columns; a longer text is not cut.
pub fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

/// One line of text as lines of at most `width` columns, broken at blanks, inside a word only if the word
/// alone is too long. Blanks are kept but for the one at each break. At least one line, which may be empty.
pub fn lines(text: &str, width: usize) -> Vec<String> {
    let width = width.max(2); // room for any character
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0; // columns of `line`
    for (i, word) in text.split(' ').enumerate() {
        let mut word = word;
        let mut wide = columns(word);
        if i > 0 {
            if used + 1 + wide <= width {
                line.push(' ');
                used += 1;
            } else {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
        }
        while wide > width {
            let part = head(word, width);
            // A single cluster that is wider than a line: not breakable, so it stands alone.
            let at = if part.is_empty() { word.chars().next().map_or(0, char::len_utf8) } else { part.len() };
            lines.push(word[..at].to_owned());
            word = &word[at..];
            wide = columns(word);
        }
        line.push_str(word);
        used += wide;
    }
    lines.push(line);
    lines
}

/// The longest beginning of a text that fits in `width` columns, with the marks on its last character.
fn head(text: &str, width: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        // The emoji selector widens what it follows.
        used += if c == '\u{FE0F}' { 1 } else { c.width().unwrap_or(0) };
        if used > width {
            return &text[..at];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn width_is_columns_not_characters() {
        assert_eq!((columns("製品"), columns("e\u{301}"), columns("abc")), (4, 1, 3));
        assert_eq!(cut("製品名", 5), "製品…");
        assert_eq!(cut("製品名", 4), "製…");
        assert_eq!(pad("製", 4), "製  ");
    }

    #[test]
    fn lines_break_at_blanks_and_in_words_that_are_too_long() {
        assert_eq!(lines("one two three", 8), ["one two", "three"]);
        assert_eq!(lines("a verylongword b", 6), ["a", "verylo", "ngword", "b"]);
        assert_eq!(lines("a  b", 80), ["a  b"]);
        assert_eq!(lines("", 80), [""]);
    }

    proptest! {
        #[test]
        fn no_line_is_too_wide_and_no_word_is_lost(text in "[a-zé製 \u{301}]{0,80}", width in 2usize..20) {
            let lines = lines(&text, width);
            for line in &lines {
                prop_assert!(columns(line) <= width, "{line:?}");
            }
            let kept = |t: &str| t.chars().filter(|c| *c != ' ').collect::<String>();
            prop_assert_eq!(kept(&lines.concat()), kept(&text));
        }
    }
}
