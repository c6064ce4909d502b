//! What stands in the place of what was taken out: words that say so, and values that keep the form.
//!
//! A schema is inferred from what is left. So a number stays a number, and a text that is an address of mail, a date,
//! a UUID or a link stays one, always the same.

/// In place of a credential.
pub const PLAIN: &str = "[REDACTED]";
/// In place of a scheme and its token.
pub const BEARER: &str = "[REDACTED_BEARER]";
/// In place of a name and password in base64.
pub const BASIC: &str = "[REDACTED_BASIC]";
/// In place of a token with claims.
pub const JWT: &str = "[REDACTED_JWT]";
/// In place of personal data.
pub const PII: &str = "[REDACTED_PII]";
/// In place of an address of mail.
pub const NO_MAIL: &str = "user@redacted.invalid";
/// In place of a network address.
pub const NO_ADDRESS: &str = "0.0.0.0";
/// In place of a segment of a path.
pub const SEGMENT: &str = "{token}";

const UUID: &str = "00000000-0000-0000-0000-000000000000";
const DATE: &str = "1970-01-01";
const TIME: &str = "1970-01-01T00:00:00Z";
const LINK: &str = "https://redacted.invalid/";

/// What stands in place of a whole text: of the same form if it has one that schemas know.
pub fn of(text: &str) -> &'static str {
    let bytes = text.as_bytes();
    let shaped = |shape: &[u8]| {
        bytes.len() >= shape.len()
            && shape.iter().zip(bytes).all(|(s, b)| match s {
                b'0' => b.is_ascii_digit(),
                b'x' => b.is_ascii_hexdigit(),
                other => other == b,
            })
    };
    if bytes.len() == 36 && shaped(b"xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx") {
        UUID
    } else if bytes.len() == 10 && shaped(b"0000-00-00") {
        DATE
    } else if bytes.len() >= 20 && shaped(b"0000-00-00T00:00:00") {
        TIME
    } else if text.starts_with("https://") || text.starts_with("http://") {
        LINK
    } else if text.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.'))
        && !text.contains(' ')
    {
        NO_MAIL
    } else {
        PLAIN
    }
}

/// Whether a text stands in the place of another already: all of it, since what only begins so goes on with anything.
pub fn is_one(text: &str) -> bool {
    // Nearly no text begins as one of them does.
    if !matches!(text.as_bytes().first(), Some(b'[' | b'%' | b'u' | b'0' | b'1' | b'h' | b'{')) {
        return false;
    }
    let marked = |open: &str, close: &str| {
        let inner = text.strip_prefix(open).and_then(|text| text.strip_suffix(close));
        inner.is_some_and(|inner| {
            inner.strip_prefix("REDACTED").is_some_and(|kind| {
                kind.bytes().all(|b| b.is_ascii_uppercase() || b == b'_') && kind.len() <= 16
            })
        })
    };
    marked("[", "]")
        || marked("%5B", "%5D")
        || marked("%255B", "%255D")
        || [NO_MAIL, NO_ADDRESS, UUID, DATE, TIME, LINK, SEGMENT].contains(&text)
}

/// Whether a text has one anywhere in it: of such a text nobody knows what it said.
pub fn has_one(text: &str) -> bool {
    let opens = ["[REDACTED", "%5BREDACTED", "%255BREDACTED"];
    let known = [NO_MAIL, NO_ADDRESS, UUID, DATE, TIME, LINK, SEGMENT];
    opens.into_iter().chain(known).any(|mark| text.contains(mark))
}

/// Whether a value is one, but for what only ends it where nothing encloses it: a full stop, a fragment.
pub fn is_one_of_text(value: &str) -> bool {
    is_one(value.split('#').next().unwrap_or(value).trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_kept_and_what_stands_in_is_known_again() {
        for (text, kept) in [
            ("hunter2", PLAIN),
            ("3FA85F64-5717-4562-b3fc-2c963f66afa6", UUID),
            ("1990-05-06", DATE),
            ("1990-05-06T07:08:09.5+02:00", TIME),
            ("https://a.example/x", LINK),
            ("ann@example.org", NO_MAIL),
            ("é@", PLAIN),
        ] {
            assert_eq!(of(text), kept, "{text}");
            assert!(is_one(kept), "{kept}");
            assert_eq!(of(kept), if kept == PLAIN { PLAIN } else { kept });
        }
        for text in
            ["[REDACTED", "[REDACTED] hunter2", "[REDACTED]hunter2]", "[REDACTEDhunter2]", "%5BREDACTED"]
        {
            assert!(!is_one(text), "{text}");
        }
        assert!(is_one_of_text("%5BREDACTED%5D#x") && !is_one_of_text("%5BREDACTED%5Dx#"));
        assert!(is_one("%5BREDACTED_PII%5D") && is_one(JWT));
        for text in ["to [REDACTED_PII], please", "mail user@redacted.invalid", "since 1970-01-01", JWT] {
            assert!(has_one(text), "{text}");
        }
        assert!(!has_one("redacted") && !has_one(""));
    }
}
