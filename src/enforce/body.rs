//! Arguments and what is fixed in, the bytes of a body out, in the media type of the operation.

use serde_json::{Map, Value};

use super::written::{Parameter, item, scalar};
use crate::canon::digest::sha256_hex;
use crate::model::media::{essence, is_json, rank};
use crate::model::schema::baseline::Request;

/// A media type that bodies are written in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Media {
    /// JSON, by the type's own name.
    Json(String),
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `multipart/form-data`, of parts that are text.
    Multipart,
    /// Plain text.
    Text,
}

/// What is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// The value of `Content-Type`.
    pub content_type: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Media {
    /// What the body of an operation is sent as. Where nothing is said of it, or anything may be, it is JSON.
    ///
    /// # Errors
    /// The type, if it is none that is written here.
    pub fn of(request: Option<&Request>) -> Result<Media, String> {
        let said = request.and_then(|request| request.content.keys().min_by_key(|media| rank(media)));
        let said = said.map_or_else(|| "application/json".to_owned(), |said| essence(said));
        match said.as_str() {
            "*/*" | "application/*" => Ok(Media::Json("application/json".to_owned())),
            "application/x-www-form-urlencoded" => Ok(Media::Form),
            "multipart/form-data" => Ok(Media::Multipart),
            "text/plain" | "text/*" => Ok(Media::Text),
            json if is_json(json) && json.bytes().all(is_plain) => Ok(Media::Json(said)),
            _ => Err(said),
        }
    }

    /// Writes a body.
    ///
    /// # Errors
    /// A value that has no form in this media type.
    pub fn write(&self, value: &Value) -> Result<Body, &'static str> {
        let (content_type, bytes) = match self {
            Media::Json(name) => (name.clone(), value.to_string().into_bytes()),
            Media::Text => {
                let text = scalar(value).ok_or("a body of plain text is one value")?;
                ("text/plain; charset=utf-8".to_owned(), text.into_bytes())
            }
            Media::Form => {
                let pairs =
                    fields(value)?.iter().flat_map(|(name, value)| Parameter::plain(name).in_query(value));
                let pairs: Vec<String> = pairs.map(|(name, value)| format!("{name}={value}")).collect();
                ("application/x-www-form-urlencoded".to_owned(), pairs.join("&").into_bytes())
            }
            Media::Multipart => multipart(fields(value)?),
        };
        Ok(Body { content_type, bytes })
    }
}

/// What may stand in a type that is sent as a header.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/+-._".contains(&byte)
}

fn fields(value: &Value) -> Result<&Map<String, Value>, &'static str> {
    value.as_object().ok_or("a form is an object")
}

/// Parts that are text. The boundary is made of what they hold: the same call gives the same bytes.
fn multipart(fields: &Map<String, Value>) -> (String, Vec<u8>) {
    let mut parts: Vec<(String, bool, String)> = Vec::new();
    for (name, value) in fields {
        let mut add = |value: &Value| parts.push((quoted(name), !is_single(value), item(value)));
        match value {
            Value::Null => {}
            Value::Array(items) => items.iter().filter(|item| !item.is_null()).for_each(add),
            _ => add(value),
        }
    }
    let whole: String = parts.iter().map(|(name, _, text)| format!("{name}\0{text}\0")).collect();
    let mut boundary = format!("cask-{}", &sha256_hex(whole.as_bytes())[..32]);
    while whole.contains(&boundary) {
        boundary = format!("cask-{}", &sha256_hex(boundary.as_bytes())[..32]);
    }
    let mut out = String::new();
    for (name, is_json, text) in parts {
        let kind = if is_json { "Content-Type: application/json\r\n" } else { "" };
        out.push_str(&format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n{kind}\r\n{text}\r\n"
        ));
    }
    out.push_str(&format!("--{boundary}--\r\n"));
    (format!("multipart/form-data; boundary={boundary}"), out.into_bytes())
}

fn is_single(value: &Value) -> bool {
    !value.is_array() && !value.is_object()
}

/// A field's name as browsers write it.
fn quoted(name: &str) -> String {
    name.chars()
        .map(|c| match c {
            '"' => "%22".to_owned(),
            c if c.is_control() => format!("%{:02X}", u32::from(c)),
            c => c.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::canon::Node;

    fn of(types: &[&str]) -> Result<Media, String> {
        let content: BTreeMap<String, Node> =
            types.iter().map(|media| ((*media).to_owned(), Node::map::<String>([]))).collect();
        Media::of(Some(&Request { required: false, content, encoding: None }))
    }

    fn written(media: Media, value: Value) -> (String, String) {
        let body = media.write(&value).unwrap();
        (body.content_type, String::from_utf8(body.bytes).unwrap())
    }

    #[test]
    fn the_media_type_is_the_operation_s() {
        let json = |name: &str| Ok(Media::Json(name.to_owned()));
        for (types, media) in [
            (&["application/xml", "application/json"][..], json("application/json")),
            (&["application/json; charset=utf-8"], json("application/json")),
            (&["application/merge-patch+json"], json("application/merge-patch+json")),
            (&["multipart/form-data", "application/x-www-form-urlencoded"], Ok(Media::Form)),
            (&["multipart/form-data"], Ok(Media::Multipart)),
            (&["text/plain"], Ok(Media::Text)),
            (&["*/*"], json("application/json")),
            (&[], json("application/json")),
            (&["application/octet-stream"], Err("application/octet-stream".to_owned())),
            (&["application/xml"], Err("application/xml".to_owned())),
            (&["a\r\nb+json"], Err("a\r\nb+json".to_owned())),
        ] {
            assert_eq!(of(types), media, "{types:?}");
        }
        assert_eq!(Media::of(None), json("application/json"));
    }

    #[test]
    fn a_form_has_a_pair_for_each_value() {
        let value = json!({"a b": "x&y=1", "l": [1, 2], "n": null, "o": {"k": true}});
        let (_, text) = written(Media::Form, value);
        assert_eq!(text, "a%20b=x%26y%3D1&l=1&l=2&o=%7B%22k%22%3Atrue%7D");
        assert!(Media::Form.write(&json!([1])).is_err());
    }

    #[test]
    fn no_text_of_a_part_ends_it() {
        let value = json!({"a": "x", "b\"\r\nX: y": "1\r\n", "o": {"k": 1}, "l": [1, null, 2]});
        let (kind, text) = written(Media::Multipart, value.clone());
        let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
        let parts: Vec<&str> = text.split(&format!("--{boundary}")).collect();
        assert_eq!(parts.len(), 7);
        assert_eq!(parts[2], "\r\nContent-Disposition: form-data; name=\"b%22%0D%0AX: y\"\r\n\r\n1\r\n\r\n");
        assert!(parts[3].contains("Content-Type: application/json\r\n\r\n{\"k\":1}"));
        assert_eq!(parts[6], "--\r\n");
        assert_eq!(written(Media::Multipart, value).1, text);
        let hostile = json!({"a": format!("\r\n--{boundary}--\r\n")});
        assert!(!written(Media::Multipart, hostile).0.contains(boundary));
    }

    #[test]
    fn plain_text_is_one_value() {
        assert_eq!(written(Media::Text, json!("a\nb")).1, "a\nb");
        assert_eq!(written(Media::Text, json!(3)).1, "3");
        assert!(Media::Text.write(&json!({})).is_err());
    }
}
