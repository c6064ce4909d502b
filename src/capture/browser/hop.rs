//! What events tell of one request, up to its answer or to the redirect that ends it: put together as they come.

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::Value;

use super::wire::text_of;
use crate::capture::{body, filter};

/// Names and values of headers. One that came several times is there several times.
pub type Headers = Vec<(String, String)>;

/// Kinds of resources of which a page is made: nobody asks for what is in them.
const MADE_OF: &[&str] = &["image", "stylesheet", "font", "media", "script", "manifest", "texttrack", "ping"];

/// A request and what came of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Hop {
    /// As it was sent.
    pub method: String,
    /// Without its fragment.
    pub url: String,
    /// What it was for, as recordings have it: `xhr`, `fetch`, `document`.
    pub resource: String,
    /// When it began: seconds since 1970, and on the clock of the browser.
    pub wall: f64,
    /// The same on the clock that its end is told on.
    pub began: f64,
    /// When it ended.
    pub ended: Option<f64>,
    /// As the page asked for them; what went over the network is told apart.
    pub request_headers: Headers,
    /// What was sent, as far as it is known.
    pub post: Option<Vec<u8>>,
    /// Whether something was sent that is not known yet.
    pub post_is_open: bool,
    /// The status of the answer.
    pub status: Option<u16>,
    /// As the page sees them.
    pub response_headers: Headers,
    /// The media type of the answer.
    pub media: String,
    /// Whether the headers that went over the network are told, before or after.
    pub has_extra: bool,
    /// Whether a service worker answered, and no server.
    pub from_worker: bool,
    /// Bytes of the answer, unpacked.
    pub size: u64,
    /// The answer: a text, and whether it is base64.
    pub body: Option<(String, bool)>,
}

impl Hop {
    /// What `Network.requestWillBeSent` tells. None: it names no address.
    pub fn begun(params: &Value) -> Option<Hop> {
        let request = params.get("request")?;
        let (post, post_is_open) = posted(request);
        Some(Hop {
            method: text_of(request, "method").unwrap_or("GET").to_owned(),
            url: text_of(request, "url")?.to_owned(),
            resource: resource(params),
            wall: number(params, "wallTime"),
            began: number(params, "timestamp"),
            request_headers: headers(request.get("headers")),
            post,
            post_is_open,
            ..Hop::default()
        })
    }

    /// Takes in an answer. `has_extra`: whether its headers are told apart.
    pub fn answered(&mut self, response: &Value, has_extra: bool) {
        self.status = response.get("status").and_then(Value::as_u64).and_then(|n| n.try_into().ok());
        self.response_headers = headers(response.get("headers"));
        self.media = body::media(text_of(response, "mimeType").unwrap_or_default());
        self.has_extra = has_extra;
        self.from_worker = response.get("fromServiceWorker").and_then(Value::as_bool).unwrap_or(false);
    }

    /// What was sent, where it had to be asked for.
    pub fn sent(&mut self, answer: &Value, most: usize) {
        self.post_is_open = false;
        let Some(text) = text_of(answer, "postData").filter(|text| text.len() <= most) else { return };
        let encoded = answer.get("base64Encoded").and_then(Value::as_bool).unwrap_or(false);
        self.post = match encoded {
            true => BASE64_STANDARD.decode(text).ok(),
            false => Some(text.as_bytes().to_vec()),
        };
    }

    /// Whether it is a connection that stays open.
    pub fn is_stream(&self) -> bool {
        self.resource == "websocket" || self.resource == "eventsource" || self.media == "text/event-stream"
    }

    /// Whether what was answered may be of use.
    pub fn has_body(&self) -> bool {
        let none = matches!(self.status, None | Some(204 | 205 | 304)) || self.method == "HEAD";
        let path = self.url.split(['?', '#']).next().unwrap_or_default();
        !none
            && !self.is_stream()
            && !MADE_OF.contains(&self.resource.as_str())
            && !filter::is_static(path)
            && !self.media.starts_with("image/")
    }
}

/// The kind of resource of an event.
pub fn resource(params: &Value) -> String {
    text_of(params, "type").unwrap_or_default().to_ascii_lowercase()
}

/// A number of an event.
pub fn number(params: &Value, key: &str) -> f64 {
    params.get(key).and_then(Value::as_f64).unwrap_or_default()
}

/// Headers as events have them: values of one name stand on lines.
pub fn headers(value: Option<&Value>) -> Headers {
    let each = |(name, value): (&String, &Value)| {
        let value = value.as_str().unwrap_or_default().to_owned();
        let name = name.clone();
        value.split('\n').map(|line| (name.clone(), line.to_owned())).collect::<Headers>()
    };
    value.and_then(Value::as_object).into_iter().flatten().flat_map(each).collect()
}

/// What a request carries, and whether there is more of it than is told.
fn posted(request: &Value) -> (Option<Vec<u8>>, bool) {
    if !request.get("hasPostData").and_then(Value::as_bool).unwrap_or(false) {
        return (None, false);
    }
    let parts = request.get("postDataEntries").and_then(Value::as_array);
    let decoded = |part: &Value| BASE64_STANDARD.decode(text_of(part, "bytes")?).ok();
    let whole: Option<Vec<Vec<u8>>> = parts.and_then(|parts| parts.iter().map(decoded).collect());
    match whole.filter(|parts| !parts.is_empty()) {
        Some(parts) => (Some(parts.concat()), false),
        None => (None, true),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn bodies_that_are_told_in_parts_are_joined_and_others_are_asked_for() {
        let sent = |more: Value| {
            let mut request = json!({"url": "https://a.example/", "method": "POST", "hasPostData": true});
            request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            Hop::begun(&json!({"request": request, "type": "XHR"})).unwrap()
        };
        let parts = sent(json!({"postDataEntries": [{"bytes": "YT0="}, {"bytes": "MQ=="}]}));
        assert_eq!((parts.post.as_deref(), parts.post_is_open), (Some(&b"a=1"[..]), false));
        let mut file = sent(json!({"postDataEntries": [{"bytes": "YT0="}, {}]}));
        assert!(file.post.is_none() && file.post_is_open);
        file.sent(&json!({"postData": "a=1"}), 3);
        assert!(file.post.is_some() && !file.post_is_open);
        file.post = None;
        file.sent(&json!({"postData": "a=12"}), 3);
        assert_eq!(file.post, None, "over the bound");
    }

    #[test]
    fn headers_of_one_name_are_told_apart() {
        let headers = headers(Some(&json!({"Set-Cookie": "a=1\nb=2", "X": "y", "Z": 1})));
        let all: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(all, [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("X", "y"), ("Z", "")]);
    }

    #[test]
    fn only_bodies_that_may_be_of_use_are_asked_for() {
        let answered = |resource: &str, url: &str, status: u16, media: &str| Hop {
            resource: resource.to_owned(),
            url: url.to_owned(),
            status: Some(status),
            media: media.to_owned(),
            ..Hop::default()
        };
        assert!(answered("fetch", "https://a.example/v1", 200, "").has_body());
        assert!(answered("document", "https://a.example/", 401, "text/html").has_body());
        for (resource, url, status, media) in [
            ("image", "https://a.example/i", 200, "image/png"),
            ("fetch", "https://a.example/i.png?x", 200, ""),
            ("fetch", "https://a.example/i", 204, ""),
            ("fetch", "https://a.example/i", 200, "text/event-stream"),
            ("eventsource", "https://a.example/i", 200, ""),
        ] {
            assert!(!answered(resource, url, status, media).has_body(), "{resource} {url} {status} {media}");
        }
    }
}
