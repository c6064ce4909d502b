//! A request that is complete in, an entry of a HAR file out: what a browser tells itself and what it exports are read in one
//! way, and so give one toolpack.
//!
//! Entries hold what was sent and answered, credentials with it. They are never written anywhere: the reader of
//! recordings takes out what nobody may keep.

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::{Map, Value, json};

use super::hop::{Body, Headers, Hop};

/// Headers as they went over the network, where they were told.
#[derive(Debug, Clone, Copy, Default)]
pub struct Extra<'a> {
    /// Of the request.
    pub request: Option<&'a Headers>,
    /// Of the answer.
    pub response: Option<&'a Headers>,
}

/// The entry of a request that is recorded.
pub fn of(hop: &Hop, extra: Extra) -> Vec<u8> {
    let mut entry = Map::new();
    if let Some(began) = began(hop.wall) {
        entry.insert("startedDateTime".to_owned(), began.into());
    }
    if let Some(ended) = hop.ended.filter(|ended| *ended >= hop.began) {
        entry.insert("time".to_owned(), ((ended - hop.began) * 1000.0).into());
    }
    entry.insert("_resourceType".to_owned(), hop.resource.as_str().into());
    let request_headers = extra.request.unwrap_or(&hop.request_headers);
    let mut request = json!({"method": hop.method, "url": hop.url, "headers": listed(request_headers)});
    if let Some(post) = hop.post.bytes() {
        request["postData"] = match std::str::from_utf8(post) {
            Ok(text) => json!({"mimeType": sent(request_headers, "content-type"), "text": text}),
            Err(_) => json!({
                "mimeType": sent(request_headers, "content-type"),
                "text": BASE64_STANDARD.encode(post),
                "encoding": "base64",
            }),
        };
    }
    entry.insert("request".to_owned(), request);
    if let Some(status) = hop.status {
        let mut content = json!({"mimeType": hop.media, "size": hop.size});
        if let Body::Text(text, encoded) = &hop.body {
            content["text"] = text.as_str().into();
            if *encoded {
                content["encoding"] = "base64".into();
            }
        }
        let headers = listed(extra.response.unwrap_or(&hop.response_headers));
        let response = json!({"status": status, "headers": headers, "content": content});
        entry.insert("response".to_owned(), response);
    }
    Value::Object(entry).to_string().into_bytes()
}

/// The entry of a request to another host: that there was one, and nothing of it.
pub fn of_another(hop: &Hop, scheme: &str, host: &str) -> Vec<u8> {
    let request = json!({"method": hop.method, "url": format!("{scheme}://{host}/")});
    json!({"_resourceType": hop.resource, "request": request}).to_string().into_bytes()
}

fn listed(headers: &Headers) -> Value {
    headers.iter().map(|(name, value)| json!({"name": name, "value": value})).collect()
}

fn sent<'a>(headers: &'a Headers, wanted: &str) -> &'a str {
    let found = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
    found.map_or("", |(_, value)| value.as_str())
}

fn began(wall: f64) -> Option<String> {
    let micros = wall * 1e6;
    // What a browser says may be anything.
    let micros = (micros.is_finite() && (1.0..1e17).contains(&micros)).then_some(micros as i64)?;
    jiff::Timestamp::from_microsecond(micros).ok().map(|time| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::browser::hop::Post;
    use crate::capture::wanted::Wanted;
    use crate::capture::{Profile, Wants, har};
    use crate::model::exchange::{Content, Skip};

    fn wants() -> Wants {
        Wants { hosts: Wanted::parse(["a.example"]).unwrap(), profile: Profile::DefaultSafe }
    }

    #[test]
    fn the_reader_of_recordings_reads_what_is_told() {
        let pairs = |list: &[(&str, &str)]| -> Headers {
            list.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
        };
        let hop = Hop {
            method: "POST".to_owned(),
            url: "https://a.example/v1/x?q=1".to_owned(),
            resource: "fetch".to_owned(),
            wall: 1_764_000_000.25,
            began: 10.0,
            ended: Some(10.5),
            post: Post::Known(br#"{"n":1}"#.to_vec()),
            status: Some(201),
            media: "application/json".to_owned(),
            body: Body::Text("eyJvayI6dHJ1ZX0=".to_owned(), true),
            ..Hop::default()
        };
        let request = pairs(&[(":method", "POST"), ("Content-Type", "application/json"), ("cookie", "a=b")]);
        let response = pairs(&[("content-type", "application/json")]);
        let extra = Extra { request: Some(&request), response: Some(&response) };
        let exchange = har::entry(&of(&hop, extra), &wants()).unwrap();
        assert_eq!((exchange.method.as_str(), exchange.path.as_str()), ("POST", "/v1/x"));
        assert_eq!((exchange.status, exchange.duration_ms), (Some(201), Some(500)));
        assert_eq!(exchange.started.unwrap().to_string(), "2025-11-24T16:00:00Z");
        assert!(matches!(exchange.request.unwrap().content, Content::Json(_)));
        assert!(matches!(exchange.response.unwrap().content, Content::Json(_)));
        assert_eq!(exchange.request_headers.len(), 2, "{:?}", exchange.request_headers);
    }

    #[test]
    fn of_another_host_nothing_but_its_name_is_told() {
        let hop =
            Hop { method: "GET".to_owned(), url: "https://b.example/secret".to_owned(), ..Hop::default() };
        let bytes = of_another(&hop, "https", "b.example");
        assert!(!String::from_utf8_lossy(&bytes).contains("secret"));
        let left = har::entry(&bytes, &wants()).unwrap_err();
        assert_eq!((left.skip, left.host.as_deref()), (Skip::OtherHost, Some("b.example")));
    }

    #[test]
    fn no_time_of_a_browser_panics() {
        for wall in [f64::NAN, f64::INFINITY, -1.0, 0.0, 1e300] {
            assert_eq!(began(wall), None);
        }
    }
}
