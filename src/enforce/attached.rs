//! Content of a server's answer that is no text in; the same out where it is what it says it is, else why it is not handed
//! on. What is inside is not looked at any further: whoever shows it is warned by its type, so that has to be true.

use std::collections::BTreeSet;

use base64::prelude::{BASE64_STANDARD, Engine};

use super::redaction::{Redactor, Taken};
use crate::canon::Node;
use crate::canon::visible::visible;

/// Characters of a media type, and of an address.
const TYPE: usize = 100;
const ADDRESS: usize = 300;

/// What begins in a way that everybody knows, and how: its type, where the mark stands, and the mark.
const MARKS: &[(&str, usize, &[u8])] = &[
    ("image/png", 0, b"\x89PNG\r\n\x1a\n"),
    ("image/jpeg", 0, b"\xff\xd8\xff"),
    ("image/gif", 0, b"GIF87a"),
    ("image/gif", 0, b"GIF89a"),
    ("image/webp", 8, b"WEBP"),
];

/// Content that is handed on beside a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// What of the protocol it is.
    pub kind: Kind,
    /// Its media type, lower case and without parameters.
    pub media: String,
    /// Its bytes, in base64.
    pub data: String,
}

/// What of the protocol content is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// An image.
    Image,
    /// A sound.
    Audio,
    /// A resource, of this address.
    Resource(String),
}

/// The content of an item that is no text, at most `room` bytes of it. `fields` are those that the policy takes away.
///
/// # Errors
/// It is not handed on: why.
pub fn attached(
    item: &Node,
    redactor: &Redactor,
    fields: &BTreeSet<String>,
    room: usize,
) -> Result<Attached, &'static str> {
    let none = Node::null();
    let (inside, member) = match item.get("type").and_then(Node::as_text) {
        Some("resource") => (item.get("resource").unwrap_or(&none), "blob"),
        _ => (item, "data"),
    };
    let text = |key: &str| inside.get(key).unwrap_or(&none).as_text();
    let media = media(text("mimeType").ok_or("it does not say what it is")?)?;
    let of = |family: &str| media.split_once('/').is_some_and(|(kind, _)| kind == family);
    let address = || {
        let address = visible(text("uri").unwrap_or_default(), ADDRESS);
        redactor.text(&address, &mut Taken::new()).into_owned()
    };
    let kind = match item.get("type").and_then(Node::as_text) {
        Some("image") if of("image") => Kind::Image,
        Some("audio") if of("audio") => Kind::Audio,
        Some("resource") => Kind::Resource(address()),
        _ => return Err("its type is one of something else"),
    };
    let data = text(member).filter(|data| !data.is_empty()).ok_or("there is nothing in it")?;
    if data.len() > room {
        return Err("with it the answer is larger than it may be");
    }
    // Nobody finds a field in it, or what looks like one to whoever asked for it to be taken away.
    if !fields.is_empty() {
        return Err("the policy takes fields away, which can't be looked for in it");
    }
    let bytes = BASE64_STANDARD.decode(data).map_err(|_| "it is no base64")?;
    is_what_it_says(&bytes, &media)?;
    let mut taken = Taken::new();
    redactor.text(&String::from_utf8_lossy(&bytes), &mut taken);
    if !taken.is_empty() {
        return Err("what the policy takes away, or what looks like a credential, is in it");
    }
    Ok(Attached { kind, media, data: data.to_owned() })
}

/// A media type that is a type and a subtype, and nothing else.
fn media(said: &str) -> Result<String, &'static str> {
    let is_token = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&b))
    };
    let plain =
        said.len() <= TYPE && said.split_once('/').is_some_and(|(kind, sub)| is_token(kind) && is_token(sub));
    match plain {
        // A name that many use, and nobody registered.
        true if said.eq_ignore_ascii_case("image/jpg") => Ok("image/jpeg".to_owned()),
        true => Ok(said.to_ascii_lowercase()),
        false => Err("its type is none"),
    }
}

/// Whether bytes can be of a type: none is text, which agents read as soon as somebody unpacks it, and where nobody looked
/// for what is hidden in it; images of the usual types begin as such do, and nothing else does.
fn is_what_it_says(bytes: &[u8], media: &str) -> Result<(), &'static str> {
    let (kind, sub) = media.split_once('/').unwrap_or_default();
    let words = ["json", "xml", "yaml", "javascript", "ecmascript", "xhtml", "svg", "html"];
    if kind == "text" || words.iter().any(|word| sub == *word || sub.ends_with(&format!("+{word}"))) {
        return Err("it is text, and may carry what is run");
    }
    let marked =
        |(_, at, mark): &&(&str, usize, &[u8])| bytes.get(*at..).is_some_and(|rest| rest.starts_with(mark));
    let begins = MARKS
        .iter()
        .find(marked)
        .map(|(of, ..)| *of)
        .filter(|of| *of != "image/webp" || bytes.starts_with(b"RIFF"));
    let has_a_mark = MARKS.iter().any(|(of, ..)| *of == media);
    if begins.map_or(has_a_mark, |begins| begins != media) {
        return Err("it does not begin as its type does");
    }
    match std::str::from_utf8(bytes) {
        Ok(_) => Err("its bytes are text"),
        Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::node;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and so on";

    fn item(kind: &str, media: &str, bytes: &[u8]) -> Node {
        let data = BASE64_STANDARD.encode(bytes);
        match kind {
            "resource" => node(&format!(
                r#"{{"type": "resource", "resource": {{"uri": "file:///a\u202e", "mimeType": "{media}", "blob": "{data}"}}}}"#
            )),
            _ => node(&format!(r#"{{"type": "{kind}", "mimeType": "{media}", "data": "{data}"}}"#)),
        }
    }

    fn given(item: &Node, fields: &[&str], room: usize) -> Result<Attached, &'static str> {
        let redactor = Redactor::default().hiding(["sesame-open"]);
        let fields: BTreeSet<String> = fields.iter().map(|field| (*field).to_owned()).collect();
        attached(item, &redactor, &fields, room)
    }

    #[test]
    fn what_is_what_it_says_is_handed_on() {
        for (kind, media, is, bytes) in [
            ("image", "image/png", "image/png", PNG),
            ("image", "Image/JPG", "image/jpeg", b"\xff\xd8\xff\xe0"),
            ("image", "image/gif", "image/gif", b"GIF89a\xff"),
            ("image", "image/webp", "image/webp", b"RIFF\xff\0\0\0WEBPVP8 "),
            ("image", "image/bmp", "image/bmp", b"BM\xff\xff"),
            ("audio", "audio/wav", "audio/wav", b"RIFF\xff\0\0\0WAVE"),
            ("resource", "application/pdf", "application/pdf", b"%PDF-1.7\n%\xe2\xe3"),
            ("resource", "image/png", "image/png", PNG),
        ] {
            let given = given(&item(kind, media, bytes), &[], 1000).expect(media);
            let expected = match kind {
                "image" => Kind::Image,
                "audio" => Kind::Audio,
                _ => Kind::Resource("file:///a⟨U+202E⟩".to_owned()),
            };
            assert_eq!((given.kind, &*given.media), (expected, is));
            assert_eq!(given.data, BASE64_STANDARD.encode(bytes));
        }
    }

    #[test]
    fn whatever_else_is_named_with_the_reason() {
        for (item, why) in [
            (item("image", "image/png", b"\xff\xd8\xff\xe0"), "it does not begin as its type does"),
            (item("image", "image/bmp", PNG), "it does not begin as its type does"),
            (item("resource", "application/zip", PNG), "it does not begin as its type does"),
            (
                item("image", "image/webp", b"\xff\xff\xff\xff\0\0\0\0WEBP"),
                "it does not begin as its type does",
            ),
            (
                item("image", "image/svg+xml", b"<svg onload=\"\xff\"/>"),
                "it is text, and may carry what is run",
            ),
            (item("resource", "text/html", b"<p>\xff"), "it is text, and may carry what is run"),
            (item("resource", "application/ld+json", b"{}\xff"), "it is text, and may carry what is run"),
            (item("resource", "application/octet-stream", b"ignore all"), "its bytes are text"),
            (item("image", "image/gif", b"GIF89a = 1 // all of it is text"), "its bytes are text"),
            (item("image", "audio/wav", PNG), "its type is one of something else"),
            (item("audio", "image/png", PNG), "its type is one of something else"),
            (item("image", "image/png; x=y", PNG), "its type is none"),
            (item("image", "image", PNG), "its type is none"),
            (item("image", "image/p ng", PNG), "its type is none"),
            (item("image", "image/png", b""), "there is nothing in it"),
            (
                item("image", "image/png", &[PNG, b"sesame-open"].concat()),
                "what the policy takes away, or what looks like a credential, is in it",
            ),
            (node(r#"{"type": "image", "mimeType": "image/png", "data": "iVBORw0K*"}"#), "it is no base64"),
            (node(r#"{"type": "image", "mimeType": "image/png", "data": "iVBORw0KGgo"}"#), "it is no base64"),
            (node(r#"{"type": "image", "mimeType": "image/png", "data": 1}"#), "there is nothing in it"),
            (node(r#"{"type": "image", "data": "AAAA"}"#), "it does not say what it is"),
            (
                node(r#"{"type": "resource", "resource": {"uri": "u", "blob": "AAAA"}}"#),
                "it does not say what it is",
            ),
        ] {
            assert_eq!(given(&item, &[], 1000), Err(why), "{item:?}");
        }
        let png = item("image", "image/png", PNG);
        let size = BASE64_STANDARD.encode(PNG).len();
        assert!(given(&png, &[], size).is_ok());
        assert_eq!(given(&png, &[], size - 1), Err("with it the answer is larger than it may be"));
        assert!(given(&png, &["email"], 1000).unwrap_err().starts_with("the policy takes fields away"));
    }
}
