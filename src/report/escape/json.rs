//! JSON text in, the same JSON out, in which every character that cannot be seen, and so might steer a
//! terminal or hide from a reader, stands as `\uXXXX`.

use std::fmt::Write as _;

use crate::canon::visible::hidden;

/// The text of a whole document. Its line feeds are those of the layout: a serialiser has escaped those of
/// texts, and all else that is below U+0020.
pub fn seen(document: &str) -> String {
    let mut out = String::with_capacity(document.len() + 1);
    for c in document.chars() {
        if c != '\n' && hidden(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                write!(out, "\\u{unit:04x}").expect("writing to a String cannot fail");
            }
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unseen_characters_are_written_as_escapes_of_the_same_value() {
        let value = serde_json::json!({ "a\u{202e}": "b\u{e0041}\n\u{7f}é製" });
        let text = seen(&value.to_string());
        assert_eq!(text, "{\"a\\u202e\":\"b\\udb40\\udc41\\n\\u007fé製\"}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).ok(), Some(value));
    }
}
