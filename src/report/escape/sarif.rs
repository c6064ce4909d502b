//! Raw text in, text of a SARIF message out: there, `[label](n)` is a link and a backslash escapes.

use crate::canon::visible::visible;

/// Text of at most `limit` characters, in which nothing is a link.
pub fn message(text: &str, limit: usize) -> String {
    let mut out = String::new();
    let mut left = limit;
    for c in visible(text, limit).chars() {
        let escaped = matches!(c, '[' | ']' | '\\');
        let takes = 1 + usize::from(escaped);
        // Room for the mark of a cut; an escape is never cut in two.
        if left <= takes {
            out.push('…');
            return out;
        }
        left -= takes;
        if escaped {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_and_backslashes_are_text_and_are_never_cut_from_their_escape() {
        assert_eq!(message("see [a](1) \\ \u{202e}", 80), "see \\[a\\](1) \\\\ ⟨U+202E⟩");
        assert_eq!(message("[[[[", 6), "\\[\\[…");
        assert_eq!(message("abcdef", 4), "abc…");
    }
}
