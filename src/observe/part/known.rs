//! Words of a part in, whether an exchange could have put them there out. A part may come from anybody: what no call
//! has is no call, and a word that nobody knows decides nothing.

use super::class::{ANY, CLASSES, SUFFIX};
use crate::compare::hosts;
use crate::compare::risk_words::percent_decoded;

/// Longest word of a set.
pub const WORD: usize = 1_024;
/// Longest host and method.
const HOST: usize = 255;
const METHOD: usize = 32;
/// Longest name of something that is called by a name in its body, and longest hash of it.
pub const NAME: usize = 128;

/// Whether a text is a token, as HTTP has methods and names of headers.
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// Whether a method can be called.
pub fn is_method(text: &str) -> bool {
    text.len() <= METHOD && is_token(text)
}

/// Whether a host is one, in lower case and without anything before or behind it.
pub fn is_host(text: &str) -> bool {
    let odd =
        |c: char| c.is_whitespace() || c.is_control() || c.is_ascii_uppercase() || "/@?#{}\\".contains(c);
    !text.is_empty()
        && text.len() <= HOST
        && !text.contains(odd)
        && hosts::parse(text).is_ok_and(|host| !host.wildcard)
}

/// Whether a segment is a step up or no step: whoever calls takes it away before the call.
pub fn is_dots(raw: &str) -> bool {
    matches!(raw, "." | "..") || raw.contains('%') && matches!(percent_decoded(raw).as_str(), "." | "..")
}

/// Whether a key has such a segment.
pub fn is_segment(text: &str) -> bool {
    let plain =
        |text: &str| !text.contains(['{', '}', ' ', '/', '?', '#']) && !text.contains(char::is_control);
    let Some(rest) = text.strip_prefix('{') else {
        return !text.is_empty() && text.len() <= WORD && plain(text) && !is_dots(text);
    };
    let Some((inside, suffix)) = rest.split_once('}') else { return false };
    let own = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let class = match (inside.strip_prefix('='), inside.strip_suffix('*')) {
        (Some(name), _) => {
            return suffix.is_empty() && (1..=64).contains(&name.len()) && name.chars().all(own);
        }
        (_, Some(word)) if !word.is_empty() => {
            word.len() <= 41 && word.bytes().all(|b| b.is_ascii_alphabetic() || b"_-:".contains(&b))
        }
        _ => CLASSES.contains(&&text[..inside.len() + 2]),
    };
    text == ANY || class && suffix.len() <= SUFFIX && plain(suffix)
}

/// Whether a word says how a call proved who makes it.
pub fn is_access(word: &str) -> bool {
    let one = |one: &str| match one.split_once(':') {
        Some(("scheme" | "header" | "query", name)) => !name.is_empty() && !name.contains(char::is_control),
        Some(_) => false,
        None => one == "cookie",
    };
    word == "none" || word.split(' ').all(one)
}

/// Whether a word is the place and the name of a parameter.
pub fn is_param(word: &str) -> bool {
    let name = word.strip_prefix("query.").or_else(|| word.strip_prefix("header."));
    name.is_some_and(|name| name.len() <= NAME)
}

/// Whether a word is the direction, or the class of a status, and the media type of a body.
pub fn is_body(word: &str) -> bool {
    let Some((of, media)) = word.split_once(' ') else { return false };
    let class = matches!(of.as_bytes(), [b'1'..=b'9', b'x', b'x']);
    (of == "request" || class) && !media.is_empty() && !media.contains(char::is_whitespace)
}

/// Whether a text is a hash by which a server may know a document.
pub fn is_hash(hash: &str) -> bool {
    (1..=NAME).contains(&hash.len()) && hash.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_:".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::super::class::segment;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_no_call_has_is_not_known() {
        for good in ["api.test", "a.test:8080", "[::1]:80", "127.0.0.1", "checkout", "xn--bcher-kva.example"]
        {
            assert!(is_host(good), "{good}");
        }
        for bad in
            ["", "A.test", "a.test/b", "u@a.test", "*.a.test", "{h}.test", "a b", "a\u{202e}.test", "a..test"]
        {
            assert!(!is_host(bad), "{bad}");
        }
        for good in
            ["{*}", "{int}", "{int}.json", "{ord_*}", "{U*}", "{user-delete-*}", "{=user-id}", "me", "a%20b"]
        {
            assert!(is_segment(good), "{good}");
        }
        for bad in [
            "",
            "..",
            "%2e%2E",
            ".",
            "{}",
            "{=}",
            "{={x}}",
            "{x}",
            "{*}x",
            "{int",
            "a}b",
            "{int}{int}",
            "a?b",
        ] {
            assert!(!is_segment(bad), "{bad}");
        }
        for good in ["none", "cookie", "scheme:bearer", "header:x-key query:k"] {
            assert!(is_access(good), "{good}");
        }
        for bad in ["", "weird", "none cookie", "scheme:", "oauth:x", "scheme:a  cookie"] {
            assert!(!is_access(bad), "{bad}");
        }
        assert!(is_param("query.") && is_param("header.x-a") && !is_param("path.id") && !is_param("id"));
        assert!(is_body("request a/b") && is_body("2xx a/b") && !is_body("0xx a/b") && !is_body("2xx "));
        assert!(is_hash("ab12") && !is_hash("../x") && !is_hash(""));
    }

    proptest! {
        #[test]
        fn what_a_path_gives_a_key_has(raw in "[^/?#]{1,150}", like in "[a-z0-9{}_.*;=-]{1,40}") {
            for raw in [raw, like].iter().filter(|raw| !is_dots(raw)) {
                let key = segment(raw, &[], &|_| false).text;
                prop_assert!(is_segment(&key), "{key}");
            }
        }
    }
}
