//! The body of a recorded call where a text is expected: read as JSON, and made a text once somebody asks for it.
//!
//! Most bytes of a recording are bodies of what is left out. They are checked, so that an entry that is broken is told
//! as broken, and never copied.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::{Deserializer, Error};
use serde_json::value::RawValue;

use super::loose::Loose;

/// The text of a value; empty for null, a list or a map.
#[derive(Debug)]
pub struct Late<'a>(Inner<'a>);

#[derive(Debug)]
enum Inner<'a> {
    /// What stands between the quotes of a text that can be read.
    Quoted(&'a str),
    Plain(Cow<'a, str>),
}

impl<'de: 'a, 'a> Deserialize<'de> for Late<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Late<'a>, D::Error> {
        let raw = <&'a RawValue>::deserialize(deserializer)?.get();
        let inner = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"'));
        Ok(Late(match inner {
            // Halves of a pair stand alone in what is no text: whether they do is known of those who take all apart.
            Some(quoted) if !has_halves(quoted.as_bytes()) => Inner::Quoted(quoted),
            _ => Inner::Plain(serde_json::from_str::<Loose>(raw).map_err(D::Error::custom)?.0),
        }))
    }
}

impl Late<'_> {
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.raw().is_empty()
    }

    fn raw(&self) -> &str {
        match &self.0 {
            Inner::Quoted(quoted) => quoted,
            Inner::Plain(text) => text,
        }
    }

    /// The text.
    pub fn text(&self) -> Cow<'_, str> {
        match &self.0 {
            Inner::Quoted(quoted) => unescaped(quoted),
            Inner::Plain(text) => Cow::Borrowed(text),
        }
    }
}

/// Whether an escape of a half of a pair (`\ud83d`) may be in it.
fn has_halves(quoted: &[u8]) -> bool {
    memchr::memmem::find_iter(quoted, b"\\u").any(|at| matches!(quoted.get(at + 2), Some(b'd' | b'D')))
}

/// A text of JSON without its escapes, all of which were looked at before and none of which is a half of a pair.
fn unescaped(quoted: &str) -> Cow<'_, str> {
    let bytes = quoted.as_bytes();
    if memchr::memchr(b'\\', bytes).is_none() {
        return Cow::Borrowed(quoted);
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = backslash(rest) {
        out.extend_from_slice(&rest[..at]);
        let (char, length) = escape(&rest[at..]);
        match char.is_ascii() {
            true => out.push(char as u8),
            false => out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        rest = &rest[at + length..];
    }
    out.extend_from_slice(rest);
    // Made of whole characters.
    Cow::Owned(String::from_utf8(out).unwrap_or_default())
}

/// The next backslash: texts of JSON in texts have one every few bytes.
fn backslash(bytes: &[u8]) -> Option<usize> {
    const NEAR: usize = 24;
    let near = &bytes[..bytes.len().min(NEAR)];
    let found = near.iter().position(|b| *b == b'\\');
    found.or_else(|| memchr::memchr(b'\\', &bytes[near.len()..]).map(|n| near.len() + n))
}

/// The character of an escape, and the bytes of it.
fn escape(bytes: &[u8]) -> (char, usize) {
    let char = match bytes.get(1) {
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => {
            let digits = bytes.get(2..6).unwrap_or_default();
            let code = digits.iter().fold(0, |code, b| code << 4 | char::from(*b).to_digit(16).unwrap_or(0));
            return (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 6);
        }
        Some(other) => char::from(*other),
        None => '\\',
    };
    (char, 2.min(bytes.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn both(json: &str) -> (Option<String>, Option<String>) {
        let late = serde_json::from_str::<Late>(json).ok();
        if let Some(late) = &late {
            assert_eq!(late.is_empty(), late.text().is_empty(), "{json}");
        }
        let loose = serde_json::from_str::<Loose>(json).ok().map(|loose| loose.0.into_owned());
        (late.map(|late| late.text().into_owned()), loose)
    }

    #[test]
    fn values_that_are_no_texts_and_broken_ones_are_told_as_before() {
        for json in [
            "7",
            "1e999",
            "true",
            "null",
            "[1]",
            "{\"a\":1}",
            "\"\"",
            "\"\\ud83d\\ude00\"",
            "\"\\ud83d\"",
            "\"\\ude00\"",
            "\"\\uD83Dx\"",
            "\"\\u00e9\\\\ud83d\"",
            "\"\\x\"",
            "\"\\u12\"",
            "\"a\nb\"",
            "\"",
        ] {
            let (late, loose) = both(json);
            assert_eq!(late, loose, "{json}");
        }
        let late: Late = serde_json::from_str("\"plain\"").unwrap();
        assert!(matches!(late.text(), Cow::Borrowed("plain")), "not copied");
    }

    proptest! {
        #[test]
        fn the_text_is_what_a_whole_reader_makes_of_it(
            text in any::<String>(),
            odd in "\"([a-z\u{e9}]{0,30}|\\\\[\"\\\\/bfnrtux]|\\\\u[0-9a-fA-F]{4}|\\\\u[dD][89a-fA-F][0-9a-f]{2}){0,12}\"",
        ) {
            for json in [serde_json::to_string(&text).expect("a text"), odd] {
                let (late, loose) = both(&json);
                prop_assert_eq!(late, loose, "{}", json);
            }
        }
    }
}
