//! Words, comparable names, and text that a person can trust to be what it looks like.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The words of an identifier or path: split at non-alphanumerics and case changes, ASCII-folded,
/// lower-case. `userEmail` → user, email; `APIKey` → api, key; `2fa` stays one word.
pub fn words(text: &str) -> Vec<String> {
    // Split after folding, so that full-width and accented capitals split like plain ones.
    let chars: Vec<char> = text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(ascii).collect();
    let mut words = Vec::new();
    let mut word = String::new();
    for (at, c) in chars.iter().enumerate() {
        if !c.is_alphanumeric() {
            words.push(std::mem::take(&mut word));
            continue;
        }
        if at > 0 && c.is_uppercase() && starts_word(&chars, at) {
            words.push(std::mem::take(&mut word));
        }
        word.extend(c.to_lowercase());
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// Whether the capital at this place begins a word: after anything but a capital, or as the last capital
/// of a run (`APIKey`), but not before the plural s of an abbreviation (`userIDs`).
fn starts_word(chars: &[char], at: usize) -> bool {
    if !chars[at - 1].is_uppercase() {
        return true;
    }
    let next_lower = |n: usize| chars.get(at + n).is_some_and(|c| c.is_lowercase());
    let plural = chars.get(at + 1) == Some(&'s') && !next_lower(2);
    next_lower(1) && !plural
}

/// Latin letters that no Unicode decomposition takes apart.
fn ascii(c: char) -> impl Iterator<Item = char> {
    let folded = match c {
        'ß' => "ss",
        'ẞ' => "SS",
        'æ' => "ae",
        'Æ' => "AE",
        'œ' => "oe",
        'Œ' => "OE",
        'ø' => "o",
        'Ø' => "O",
        'đ' | 'ð' => "d",
        'Đ' | 'Ð' => "D",
        'ħ' => "h",
        'Ħ' => "H",
        'ı' => "i",
        'ł' => "l",
        'Ł' => "L",
        'þ' => "th",
        'Þ' => "TH",
        'ŧ' => "t",
        'Ŧ' => "T",
        _ => "",
    };
    let itself = folded.is_empty().then_some(c);
    folded.chars().chain(itself)
}

/// A name for comparison: Unicode case folding within compatibility composition (NFKC). Two names that
/// look alike but for case or width fold to one.
pub fn fold(text: &str) -> String {
    // Folding can undo composition and composition can enable folding: twice reaches the fixed point
    // (Unicode 3.13, D147).
    let once = |text: &str| {
        let composed: String = text.nfkc().collect();
        caseless::default_case_fold_str(&composed).nfkc().collect::<String>()
    };
    once(&once(text))
}

/// Whether a character is invisible or changes how its neighbours are shown: controls, separators, bidi
/// marks, zero-width and fillers, variation selectors but those of emoji, tags, noncharacters.
pub fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0xAD | 0x34F | 0x61C | 0x115F | 0x1160 | 0x17B4 | 0x17B5 | 0x180B..=0x180F
            | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0x3164
            | 0xFE00..=0xFE0D | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFB | 0xFFFE | 0xFFFF
            | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A | 0xE0000..=0xE0FFF)
}

/// Untrusted text made safe to look at: hidden characters as `⟨U+XXXX⟩`, cut to `limit` characters with
/// `…`. Every renderer's first step; escaping for its own format follows.
pub fn visible(text: &str, limit: usize) -> String {
    let mut out = String::new();
    let mut length = 0;
    // Where to cut so that the sign of the cut still fits.
    let mut cut = 0;
    for c in text.chars() {
        let piece = if hidden(c) { format!("⟨U+{:04X}⟩", u32::from(c)) } else { c.to_string() };
        let more = piece.chars().count();
        if length + more > limit {
            out.truncate(cut);
            if limit > 0 {
                out.push('…');
            }
            return out;
        }
        out.push_str(&piece);
        length += more;
        if length < limit {
            cut = out.len();
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_split_at_case_and_signs() {
        for (text, expected) in [
            ("userEmail", "user email"),
            ("APIKey", "api key"),
            ("api_key", "api key"),
            ("2fa", "2fa"),
            ("/v1/users/{user_id}", "v1 users user id"),
            ("oauth2Token", "oauth2 token"),
            ("userIDs", "user ids"),
            ("APIsList", "apis list"),
            ("HTTPServer", "http server"),
            ("authors", "authors"),
            ("Zahlungsübersicht", "zahlungsubersicht"),
            ("straße", "strasse"),
            ("ＡＰＩＫｅｙ", "api key"),
            ("", ""),
            ("--", ""),
            ("x", "x"),
            ("getÉtat", "get etat"),
        ] {
            assert_eq!(words(text).join(" "), expected, "{text}");
        }
    }

    #[test]
    fn names_fold_over_case_and_width() {
        for (a, b) in
            [("Straße", "STRASSE"), ("ＡＢＣ", "abc"), ("É", "e\u{301}"), ("ﬁle", "FILE"), ("Σ", "ς")]
        {
            assert_eq!(fold(a), fold(b), "{a} {b}");
        }
        assert_ne!(fold("a"), fold("а"), "Cyrillic is another letter");
    }

    #[test]
    fn hidden_characters_are_shown() {
        assert_eq!(visible("a\u{202E}b\u{200B}\n\u{E0041}é", 100), "a⟨U+202E⟩b⟨U+200B⟩⟨U+000A⟩⟨U+E0041⟩é");
        assert_eq!(visible("❤\u{FE0F}", 100), "❤\u{FE0F}");
    }

    #[test]
    fn a_cut_is_marked_and_never_inside_an_escape() {
        assert_eq!(visible("abcdef", 6), "abcdef");
        assert_eq!(visible("abcdef", 4), "abc…");
        assert_eq!(visible("ab\u{202E}c", 6), "ab…");
        assert_eq!(visible("a", 0), "");
    }

    proptest! {
        #[test]
        fn folding_is_stable(text in any::<String>()) {
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }

        #[test]
        fn nothing_hidden_passes_and_the_limit_holds(text in any::<String>(), limit in 0usize..40) {
            let shown = visible(&text, limit);
            prop_assert!(!shown.chars().any(hidden));
            prop_assert!(shown.chars().count() <= limit);
        }

        #[test]
        fn words_are_lower_case(text in "[a-zA-Z0-9_éÉß/-]{0,30}") {
            for word in words(&text) {
                prop_assert_eq!(word.to_lowercase(), word.clone());
                prop_assert!(word.is_ascii());
            }
        }
    }
}
