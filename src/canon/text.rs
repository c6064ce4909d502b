//! Names in, the words of them and a form that they are compared in out.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::confusable_detection::skeleton;

/// The longest name that is looked at; what lies beyond cannot be a word that a person wrote.
const MAX_NAME: usize = 4096;

/// The words of an identifier or path: split at what is neither letter nor digit and at changes of case,
/// lower-case, folded to ASCII where a letter has an ASCII base or look-alike, so that a Cyrillic `а` does
/// not hide `аdmin`.
///
/// `userEmail` is `user email`, `APIKeys` is `api keys`, `2FA` stays `2fa`.
pub fn words(text: &str) -> Vec<String> {
    let letters = text.chars().take(MAX_NAME);
    let chars: Vec<char> = match text.is_ascii() {
        true => letters.collect(),
        // Split after folding, so that full-width and accented capitals split like plain ones.
        false => folded(letters).collect(),
    };
    let mut words = Vec::new();
    let mut word = String::new();
    for (at, c) in chars.iter().enumerate() {
        let ends = !c.is_alphanumeric() || at > 0 && c.is_uppercase() && starts_word(&chars, at, &word);
        if ends && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            match c.is_ascii() {
                true => word.push(c.to_ascii_lowercase()),
                false => word.extend(c.to_lowercase()),
            }
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Letters without marks, in ASCII where they have a base or look-alike there.
fn folded(letters: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    letters.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(ascii)
}

/// Whether the capital at this place begins a word: after a small letter, behind a number that belongs to
/// the word before (`oauth2Token`; in `2FA` it belongs to this one), or as the last capital of a run
/// (`APIKey`), but not before the plural s of an abbreviation (`userIDs`).
fn starts_word(chars: &[char], at: usize, word: &str) -> bool {
    let before = chars[at - 1];
    let next_lower = |n: usize| chars.get(at + n).is_some_and(|c| c.is_lowercase());
    let plural = chars.get(at + 1) == Some(&'s') && !next_lower(2);
    match () {
        () if before.is_uppercase() => next_lower(1) && !plural,
        () if before.is_numeric() => !word.chars().all(char::is_numeric),
        () => before.is_lowercase(),
    }
}

/// The ASCII that a letter is mistaken for (UTS 39) or stands for: Latin letters that no Unicode decomposition
/// takes apart.
fn ascii(c: char) -> impl Iterator<Item = char> {
    let alike = (!c.is_ascii()).then(|| look_alike(c)).flatten();
    let folded = match c {
        _ if alike.is_some() => "",
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
    let itself = folded.is_empty().then_some(alike.unwrap_or(c));
    folded.chars().chain(itself)
}

fn look_alike(c: char) -> Option<char> {
    let mut buffer = [0; 4];
    let mut letters = skeleton(c.encode_utf8(&mut buffer));
    let first = letters.next().filter(char::is_ascii_alphanumeric)?;
    letters.next().is_none().then_some(first)
}

/// A name for comparison: Unicode case folding within compatibility composition (NFKC). Two names that
/// look alike but for case or width fold to one.
pub fn fold(text: &str) -> String {
    // Nothing else folds in ASCII, which nearly all names are of.
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    // Folding can undo composition and composition can enable folding: twice reaches the fixed point
    // (Unicode 3.13, D147).
    let once = |text: &str| {
        let composed: String = text.nfkc().collect();
        caseless::default_case_fold_str(&composed).nfkc().collect::<String>()
    };
    once(&once(text))
}

/// `[a-z0-9][a-z0-9-]{0,62}` of the letters and digits of a text, if it has any.
pub fn slug(text: &str) -> Option<String> {
    let mut made = String::new();
    for c in text.chars().map(|c| c.to_ascii_lowercase()) {
        match c {
            'a'..='z' | '0'..='9' => made.push(c),
            _ if made.is_empty() || made.ends_with('-') => {}
            _ => made.push('-'),
        }
    }
    made.truncate(63);
    let made = made.trim_end_matches('-');
    (!made.is_empty()).then(|| made.to_owned())
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
            ("api-keys", "api keys"),
            ("APIKeys", "api keys"),
            ("imageURLs_old", "image urls old"),
            ("transferFunds", "transfer funds"),
            ("2fa", "2fa"),
            ("2FA", "2fa"),
            ("oauth2Callback", "oauth2 callback"),
            ("create_user_v2", "create user v2"),
            ("\u{430}dmin", "admin"),
            ("HTTPServer2", "http server2"),
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

    proptest! {
        /// What stands beside a letter that is not ASCII folds as it does alone.
        #[test]
        fn ascii_folds_as_all_letters_do(text in "[ -~]{0,12}") {
            prop_assert_eq!(fold(&format!("{text}é")), fold(&text) + "é");
        }
    }

    #[test]
    fn a_name_becomes_letters_digits_and_hyphens() {
        for (name, made) in [
            ("GitHub REST API (dogfood)", Some("github-rest-api-dogfood")),
            ("shop", Some("shop")),
            ("--Ä--", None),
            ("", None),
        ] {
            assert_eq!(slug(name).as_deref(), made, "{name}");
        }
        assert_eq!(slug(&"x y".repeat(60)).unwrap().len(), 63);
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

    proptest! {
        #[test]
        fn folding_leaves_ascii_alone(text in "[ -~\\t\\n]{0,40}") {
            prop_assert_eq!(folded(text.chars()).collect::<String>(), text);
        }

        #[test]
        fn folding_is_stable(text in any::<String>()) {
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
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
