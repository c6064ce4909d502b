//! What events tell of one request, up to its answer or to the redirect that ends it: put together as they come.

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::Value;

use super::wire::text_of;
use crate::capture::{body, filter};

/// Names and values of headers. One that came several times is there several times.
pub type Headers = Vec<(String, String)>;

/// Kinds of resources of which a page is made: nobody asks for what is in them.
const MADE_OF: &[&str] = &["image", "stylesheet", "font", "media", "script", "manifest", "texttrack", "ping"];

/// What a request carries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Post {
    /// Nothing.
    #[default]
    None,
    /// This.
    Known(Vec<u8>),
    /// Something that is not known yet.
    Open,
    /// Something that can't be known, or is over the bound of a body.
    Lost,
}

/// What is known of the body of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Body {
    /// There is none, or it was not told yet.
    #[default]
    None,
    /// A text, and whether it is base64.
    Text(String, bool),
    /// It is over the bound of a body.
    Large,
    /// The browser had let go of it, or had not got to its end.
    Unread,
}

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
    /// What was sent.
    pub post: Post,
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
    /// The answer.
    pub body: Body,
}

impl Hop {
    /// What `Network.requestWillBeSent` tells. None: it names no address.
    pub fn begun(params: &Value) -> Option<Hop> {
        let request = params.get("request")?;
        Some(Hop {
            method: text_of(request, "method").unwrap_or("GET").to_owned(),
            url: text_of(request, "url")?.to_owned(),
            resource: resource(params),
            wall: number(params, "wallTime"),
            began: number(params, "timestamp"),
            request_headers: headers(request.get("headers")),
            post: posted(request),
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

    /// Takes in what was sent, where it had to be asked for.
    pub fn sent(&mut self, answer: &Value, most: usize) {
        let text = text_of(answer, "postData").filter(|text| text.len() <= most);
        let encoded = answer.get("base64Encoded").and_then(Value::as_bool).unwrap_or(false);
        let bytes = text.and_then(|text| match encoded {
            true => BASE64_STANDARD.decode(text).ok(),
            false => Some(text.as_bytes().to_vec()),
        });
        self.post = bytes.map_or(Post::Lost, Post::Known);
    }

    /// Takes in what was answered, where that could be asked for.
    pub fn received(&mut self, answer: &Value, most: usize) {
        let text = text_of(answer, "body").unwrap_or_default();
        let encoded = answer.get("base64Encoded").and_then(Value::as_bool).unwrap_or(false);
        let length = if encoded { text.len() / 4 * 3 } else { text.len() };
        self.body = if length > most { Body::Large } else { Body::Text(text.to_owned(), encoded) };
    }

    /// About how many bytes it takes.
    pub fn weight(&self) -> usize {
        let words = self.method.len() + self.url.len() + self.resource.len() + self.media.len();
        let headers = weight(&self.request_headers) + weight(&self.response_headers);
        size_of::<Hop>() + words + headers + self.post.weight() + self.body.weight()
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

impl Post {
    /// The bytes, where they are known.
    pub fn bytes(&self) -> Option<&[u8]> {
        match self {
            Post::Known(bytes) => Some(bytes),
            Post::None | Post::Open | Post::Lost => None,
        }
    }

    /// Whether something was sent and nobody knows what.
    pub fn is_missing(&self) -> bool {
        matches!(self, Post::Open | Post::Lost)
    }

    /// How many bytes it takes.
    pub fn weight(&self) -> usize {
        self.bytes().map_or(0, <[u8]>::len)
    }
}

impl Body {
    /// How many bytes it takes.
    pub fn weight(&self) -> usize {
        match self {
            Body::Text(text, _) => text.len(),
            Body::None | Body::Large | Body::Unread => 0,
        }
    }
}

/// About how many bytes headers take.
pub fn weight(headers: &Headers) -> usize {
    let each = |(name, value): &(String, String)| size_of::<(String, String)>() + name.len() + value.len();
    size_of::<Headers>() + headers.iter().map(each).sum::<usize>()
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

/// What a request carries, as far as it is told with it.
fn posted(request: &Value) -> Post {
    if !request.get("hasPostData").and_then(Value::as_bool).unwrap_or(false) {
        return Post::None;
    }
    let parts = request.get("postDataEntries").and_then(Value::as_array);
    let decoded = |part: &Value| BASE64_STANDARD.decode(text_of(part, "bytes")?).ok();
    let whole: Option<Vec<Vec<u8>>> = parts.and_then(|parts| parts.iter().map(decoded).collect());
    whole.filter(|parts| !parts.is_empty()).map_or(Post::Open, |parts| Post::Known(parts.concat()))
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
        assert_eq!(parts.post, Post::Known(b"a=1".to_vec()));
        let mut file = sent(json!({"postDataEntries": [{"bytes": "YT0="}, {}]}));
        assert_eq!(file.post, Post::Open);
        file.sent(&json!({"postData": "a=1"}), 3);
        assert_eq!(file.post, Post::Known(b"a=1".to_vec()));
        for (answer, why) in [
            (json!({"postData": "a=12"}), "over the bound"),
            (json!({}), "not told"),
            (json!({"postData": "?", "base64Encoded": true}), "no base64"),
        ] {
            file.sent(&answer, 3);
            assert_eq!(file.post, Post::Lost, "{why}");
            assert!(file.post.is_missing());
        }
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
