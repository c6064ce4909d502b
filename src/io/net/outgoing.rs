//! A call as it is sent to a server, and what came back: the values on both sides of the guarded client.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};

use crate::enforce::guard::address::Opened;
use crate::enforce::guard::hosts::Allowed;
use crate::enforce::prepared::METHODS;
use crate::enforce::reason::{ReasonCode, Refusal};
use crate::enforce::request::{ACCEPT, USER_AGENT};

/// How long a connection may take to come about.
pub const CONNECT: Duration = Duration::from_secs(10);
/// How long a call may take with all its redirects and its whole body.
pub const TOTAL: Duration = Duration::from_secs(30);
/// Most bytes of an answer, unpacked.
pub const MOST: usize = 5 << 20;

/// A request.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// The method, upper-case.
    pub method: String,
    /// Where it goes.
    pub url: Url,
    /// Its headers.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Option<Vec<u8>>,
    /// Whether it may change something there.
    pub changes_state: bool,
    /// Whether a person granted it.
    pub confirmed: bool,
}

/// What every request is held to.
#[derive(Clone)]
pub struct Rules {
    /// Where requests may go.
    pub allowed: Allowed,
    /// Which networks of one's own they may go to.
    pub opened: Opened,
    /// Whether redirects are followed.
    pub redirects: bool,
    /// How long a connection may take to come about.
    pub connect: Duration,
    /// How long a call may take as a whole.
    pub total: Duration,
    /// Most bytes of an answer, unpacked.
    pub most_bytes: usize,
    /// Roots beside those of the system.
    pub ca_file: Option<PathBuf>,
    /// The proxy that carries every request. It finds names for itself; what a name is here is judged all the same.
    pub proxy: Option<Url>,
}

impl Rules {
    /// The usual rules for these servers.
    pub fn new(allowed: Allowed, opened: Opened) -> Rules {
        Rules {
            allowed,
            opened,
            redirects: false,
            connect: CONNECT,
            total: TOTAL,
            most_bytes: MOST,
            ca_file: None,
            proxy: None,
        }
    }
}

impl fmt::Debug for Rules {
    // A proxy may have a password in its address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rules { allowed, opened, redirects, connect, total, most_bytes, ca_file, proxy } = self;
        f.debug_struct("Rules")
            .field("allowed", allowed)
            .field("opened", opened)
            .field("redirects", redirects)
            .field("connect", connect)
            .field("total", total)
            .field("most_bytes", most_bytes)
            .field("ca_file", ca_file)
            .field("proxy", &proxy.is_some())
            .finish()
    }
}

/// What a server answered. Cookies are left out: what one call was given is nothing to the next.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The type of the body, as it was said; empty if it was not.
    pub content_type: String,
    /// The headers, their names lower-case.
    pub headers: Vec<(String, String)>,
    /// The body, unpacked.
    pub body: Vec<u8>,
    /// The address that was connected to; with a proxy, its own.
    pub address: IpAddr,
    /// The servers that redirects led to.
    pub redirects: Vec<String>,
    /// How long all took.
    pub millis: u64,
}

/// Headers that frame or route a request: they are the client's alone.
const OWN: &[&str] = &[
    "host",
    "connection",
    "content-length",
    "transfer-encoding",
    "upgrade",
    "te",
    "trailer",
    "keep-alive",
    "expect",
    "accept-encoding",
];
/// Headers that may come along to another server: they say what is wanted, and nothing of who wants it.
const ELSEWHERE: &[HeaderName] = &[header::ACCEPT, header::ACCEPT_LANGUAGE, header::USER_AGENT];
/// Headers that speak of a body.
const OF_A_BODY: &[HeaderName] =
    &[header::CONTENT_TYPE, header::CONTENT_ENCODING, header::CONTENT_LANGUAGE, header::CONTENT_LOCATION];
/// Headers of an answer that are not handed on.
const KEPT_BACK: &[HeaderName] = &[
    header::SET_COOKIE,
    header::CONNECTION,
    header::TRANSFER_ENCODING,
    header::CONTENT_ENCODING,
    header::CONTENT_LENGTH,
    header::TRAILER,
    header::UPGRADE,
    header::PROXY_AUTHENTICATE,
];

/// The method of a request.
///
/// # Errors
/// It is none that is sent.
pub(super) fn method(name: &str) -> Result<Method, Refusal> {
    let known = METHODS.contains(&name);
    let method = known.then(|| Method::from_bytes(name.as_bytes()).ok()).flatten();
    method.ok_or_else(|| Refusal::new(ReasonCode::MethodNotAllowed, "the method is none that is sent"))
}

/// The headers of a request, those that every request has included.
///
/// # Errors
/// A name or value that is none, or a header that is the client's alone.
pub(super) fn headers(given: &[(String, String)]) -> Result<HeaderMap, Refusal> {
    let refused = |message: &str| Refusal::new(ReasonCode::ParamValidation, message);
    let mut out = HeaderMap::new();
    for (name, value) in given {
        let name = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| refused("a header has a name that none has"))?;
        if OWN.contains(&name.as_str()) || name.as_str().starts_with("proxy-") {
            return Err(refused("a header is given that only the client sets"));
        }
        // A control, a line break above all, would end the header and begin another.
        if value.chars().any(char::is_control) {
            return Err(refused("a header has a control character in its value"));
        }
        let value = HeaderValue::from_bytes(value.as_bytes())
            .map_err(|_| refused("a header has a character in its value that none has"))?;
        out.append(name, value);
    }
    let own = [(header::ACCEPT, ACCEPT), (header::USER_AGENT, USER_AGENT), (header::ACCEPT_ENCODING, "gzip")];
    for (name, value) in own {
        out.entry(name).or_insert(HeaderValue::from_static(value));
    }
    Ok(out)
}

/// The headers for another server.
pub(super) fn for_elsewhere(mut headers: HeaderMap) -> HeaderMap {
    let names: Vec<HeaderName> = headers.keys().cloned().collect();
    for name in names.into_iter().filter(|name| !ELSEWHERE.contains(name) && *name != header::ACCEPT_ENCODING)
    {
        headers.remove(name);
    }
    headers
}

/// The headers for a request that no longer has a body.
pub(super) fn without_body(mut headers: HeaderMap) -> HeaderMap {
    for name in OF_A_BODY {
        headers.remove(name);
    }
    headers
}

/// The headers of an answer as they are handed on.
pub(super) fn handed_on(headers: &HeaderMap) -> Vec<(String, String)> {
    let kept = headers.iter().filter(|(name, _)| !KEPT_BACK.contains(name));
    kept.map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    })
    .collect()
}

/// Whether bodies of a type are handed on: JSON in all its names, and text.
pub(super) fn is_handed_on(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let Some((kind, sub)) = essence.split_once('/') else { return false };
    let token = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&b))
    };
    token(kind)
        && token(sub)
        && (kind == "text" || kind == "application" && (sub == "json" || sub.ends_with("+json")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_and_text_are_handed_on_and_nothing_else() {
        for yes in [
            "application/json",
            "Application/JSON; charset=utf-8",
            "application/problem+json",
            "application/vnd.shop.v2+json;x=y",
            "text/plain",
            "text/html",
        ] {
            assert!(is_handed_on(yes), "{yes}");
        }
        for no in [
            "application/octet-stream",
            "application/octet-stream; application/json",
            "image/png",
            "application/jsonx",
            "application/json, application/zip",
            "json",
            "text/",
            "/json",
            "",
        ] {
            assert!(!is_handed_on(no), "{no}");
        }
    }

    #[test]
    fn a_header_ends_where_its_line_does_and_frames_nothing() {
        let given = |name: &str, value: &str| headers(&[(name.to_owned(), value.to_owned())]);
        assert!(given("X-Trace", "a b").is_ok());
        for (name, value) in [
            ("X-Trace", "a\r\nHost: evil.example"),
            ("X-Trace", "a\nb"),
            ("X-Trace", "a\0b"),
            ("X-Trace", "a\tb"),
            ("X Trace", "a"),
            ("X-Trace:", "a"),
            ("", "a"),
            ("Host", "evil.example"),
            ("Content-Length", "0"),
            ("Transfer-Encoding", "chunked"),
            ("Proxy-Authorization", "x"),
            ("Accept-Encoding", "br"),
        ] {
            assert_eq!(
                given(name, value).unwrap_err().code,
                ReasonCode::ParamValidation,
                "{name}: {value:?}"
            );
        }
        assert!(METHODS.iter().all(|known| method(known).is_ok()), "what is offered can be sent");
        for bad in ["CONNECT", "TRACE", "get", "GET /x HTTP/1.1\r\n", ""] {
            assert_eq!(method(bad).unwrap_err().code, ReasonCode::MethodNotAllowed, "{bad}");
        }
    }

    #[test]
    fn a_password_of_a_proxy_is_not_shown() {
        let proxy = Url::parse("http://me:secret@proxy.example:3128").ok();
        let rules = Rules { proxy, ..Rules::new(Allowed::default(), Opened::default()) };
        assert!(!format!("{rules:?}").contains("secret"));
    }

    #[test]
    fn another_server_learns_nothing_of_the_call() {
        let given = ["Authorization", "Cookie", "X-Api-Key", "Content-Type", "Accept"];
        let all = headers(&given.map(|name| (name.to_owned(), "secret".to_owned()))).unwrap();
        let left = for_elsewhere(all);
        let names: std::collections::BTreeSet<&str> = left.keys().map(HeaderName::as_str).collect();
        assert_eq!(names, ["accept", "accept-encoding", "user-agent"].into());
    }
}
