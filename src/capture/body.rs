//! The bytes of a body and what was said of them in, what is in it out: JSON, a form, text, or so many bytes.
//!
//! Media types lie: what reads as JSON is JSON. What cannot be read strictly (a key twice) stays text, and goes
//! through the redactor as text.

use super::{multipart, url};
use crate::canon::read_json::read_json;
use crate::canon::{Limits, Node};
use crate::model::exchange::{Body, Content};

/// Bytes of a JSON body that are read.
pub const JSON: usize = 16 << 20;
/// Bytes of another text that are kept. It is here to be recognised; no schema comes of it.
pub const TEXT: usize = 4096;
/// Bytes of it that are looked at: what begins in those that are kept may end behind them.
const LOOKED_AT: usize = 5 * TEXT;

/// What stands before JSON so that no page can run it.
const GUARDS: &[&str] = &[")]}',", ")]}'", "for(;;);", "for (;;);", "while(1);", "{}&&"];

/// The media type of a header's value: lower-case, without parameters.
pub fn media(header: &str) -> String {
    header.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// A body of text.
pub fn of_text(text: &str, header: &str) -> Body {
    let media = media(header);
    let content = content(text, &media, header);
    Body { media, content }
}

/// A body of bytes that may be no text.
pub fn of_bytes(bytes: &[u8], header: &str) -> Body {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => of_text(text, header),
        _ => Body { media: media(header), content: Content::Opaque(bytes.len() as u64) },
    }
}

fn content(text: &str, media: &str, header: &str) -> Content {
    let trimmed = text.trim_start_matches('\u{FEFF}').trim();
    if trimmed.is_empty() {
        return Content::Opaque(0);
    }
    if media == "application/x-www-form-urlencoded" {
        return match json(trimmed, false) {
            // Some clients send JSON and say nothing of it.
            Some(node) => Content::Json(node),
            None => Content::Form(
                trimmed.split('&').filter(|p| !p.is_empty()).take(multipart::FIELDS).map(url::pair).collect(),
            ),
        };
    }
    if media.starts_with("multipart/") {
        let fields = multipart::boundary(header).map(|mark| multipart::fields(text, &mark));
        return fields.map_or(Content::Opaque(text.len() as u64), Content::Form);
    }
    let said = media == "application/json" || media.ends_with("+json") || media == "text/json";
    match json(trimmed, said) {
        Some(node) => Content::Json(node),
        // A page is no data, and hides tokens where no name stands before them.
        None if ["html", "javascript", "ecmascript", "css"].iter().any(|word| media.contains(word)) => {
            Content::Opaque(text.len() as u64)
        }
        None => Content::Text(beginning(text, LOOKED_AT).to_owned()),
    }
}

/// The text as JSON; a bare word or number only where it was said to be JSON.
fn json(text: &str, bare: bool) -> Option<Node> {
    let text = GUARDS.iter().find_map(|guard| text.strip_prefix(guard)).unwrap_or(text).trim_start();
    if !bare && !text.starts_with(['{', '[']) {
        return None;
    }
    read_json("body", text.as_bytes(), &Limits::new(JSON)).ok()
}

/// Leaves the beginning of a text.
pub fn cut(text: &mut String, most: usize) {
    text.truncate(beginning(text, most).len());
}

/// The beginning of a text, up to a white space: half a token would be recognised by nobody.
fn beginning(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    let mut end = most;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let kept = &text[..end];
    &kept[..kept.rfind(|c: char| c.is_ascii_whitespace() || c == ',' || c == '>').unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canon::json::compact;

    fn json(text: &str, media: &str) -> Option<String> {
        match of_text(text, media).content {
            Content::Json(node) => Some(compact(&node)),
            _ => None,
        }
    }

    #[test]
    fn what_reads_as_json_is_json_whatever_was_said() {
        for media in [
            "application/json; charset=utf-8",
            "application/problem+json",
            "text/plain",
            "text/html",
            "",
            "application/x-www-form-urlencoded",
        ] {
            assert_eq!(json(" {\"a\":1}\n", media).as_deref(), Some("{\"a\": 1}"), "{media}");
        }
        assert_eq!(json(")]}',\n[1]", "application/json").as_deref(), Some("[1]"));
        assert_eq!(json("true", "application/json").as_deref(), Some("true"));
        assert_eq!(json("true", "text/plain"), None);
        assert_eq!(json("{\"a\":NaN}", "application/json"), None);
        assert_eq!(json("{\"a\":1,\"a\":2}", "application/json"), None, "which of the two?");
    }

    #[test]
    fn forms_text_and_bytes() {
        let form = of_text("a=1&b=x+y", "application/x-www-form-urlencoded;charset=utf-8");
        assert_eq!(form.media, "application/x-www-form-urlencoded");
        assert_eq!(form.content, Content::Form(vec![("a".into(), "1".into()), ("b".into(), "x y".into())]));
        assert_eq!(of_bytes(b"\x89PNG\xff", "image/png").content, Content::Opaque(5));
        assert_eq!(of_text("<p>", "text/html").content, Content::Opaque(3));
        assert_eq!(of_text("  ", "text/plain").content, Content::Opaque(0));
        let Content::Text(mut long) = of_text(&"word ".repeat(9000), "text/plain").content else {
            panic!("text")
        };
        assert!(long.len() <= LOOKED_AT && long.ends_with("word"), "{}", long.len());
        cut(&mut long, TEXT);
        assert!(long.len() <= TEXT && long.ends_with("word"), "{}", long.len());
    }
}
