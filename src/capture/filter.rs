//! What is told of a request in, whether a program would make it out (capture.md §3).

use crate::model::exchange::Skip;

/// Ends of paths of what a page is made of.
const STATIC: &[&str] = &[
    "css", "svg", "png", "jpg", "jpeg", "gif", "webp", "avif", "ico", "woff", "woff2", "ttf", "eot", "otf",
    "map", "js", "mjs", "ts", "wasm", "mp4", "webm", "mp3",
];

/// First segments of what only counts visitors or belongs to the network in between.
const BLOCKED: &[&str] = &["cdn-cgi", "beacon", "beacon.js", "collect", "pixel", "_analytics", "gtm.js"];

/// The same as last segments; only where nothing was answered that a program could use.
const COUNTERS: &[&str] = &["beacon", "collect", "pixel"];

/// Segments that only addresses of programs have.
const API: &[&str] = &["api", "graphql", "rest", "services"];

/// What is known of a request before its bodies are looked at.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// Upper-case.
    pub method: &'a str,
    /// As sent, without query.
    pub path: &'a str,
    /// Lower-case media type of the answer; empty if nobody said.
    pub media: &'a str,
    /// What the recorder says that it was for (`xhr`, `document`); empty if it says nothing.
    pub resource: &'a str,
    /// Whether anything was answered.
    pub answered: bool,
    /// Whether the connection was asked to become a web socket.
    pub upgraded: bool,
}

/// Whether the path is of something that a page is made of.
pub fn is_static(path: &str) -> bool {
    let last = path.rsplit('/').next().unwrap_or_default();
    last.rsplit_once('.').is_some_and(|(_, end)| STATIC.iter().any(|known| end.eq_ignore_ascii_case(known)))
}

/// Whether the path is of something that only counts visitors. Whole segments: `/collections` is none.
pub fn is_blocked(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    BLOCKED.contains(&first)
}

/// Why a request is left out, if it is; its host is judged elsewhere.
pub fn skip(told: Told) -> Option<Skip> {
    if is_static(told.path) {
        return Some(Skip::Static);
    }
    if told.method == "OPTIONS" {
        return Some(Skip::Preflight);
    }
    let stream = told.upgraded
        || told.resource.eq_ignore_ascii_case("websocket")
        || told.media == "text/event-stream"
        || told.resource.eq_ignore_ascii_case("eventsource");
    if stream {
        return Some(Skip::Stream);
    }
    (!is_api(told)).then_some(Skip::NotApi)
}

/// Whether a program would make this request.
pub fn is_api(told: Told) -> bool {
    let last = told.path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    if is_blocked(told.path)
        || (COUNTERS.contains(&last) && (!told.answered || told.media.starts_with("image/")))
    {
        return false;
    }
    if ["xhr", "fetch", "other"].iter().any(|kind| told.resource.eq_ignore_ascii_case(kind)) {
        return true;
    }
    let media = told.media;
    let picture_or_page = media.starts_with("image/") || media.contains("xhtml");
    if !picture_or_page && ["json", "xml", "graphql", "protobuf"].iter().any(|word| media.contains(word)) {
        return true;
    }
    let path = told.path.to_ascii_lowercase();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let inner = segments.peek().is_some();
        let version =
            segment.strip_prefix('v').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
        let named = API.contains(&segment) && (inner || segment == "graphql");
        if (inner && version) || named || segment.starts_with("query") || segment.starts_with("mutation") {
            return true;
        }
    }
    if path.contains(".json") {
        return true;
    }
    matches!(told.method, "POST" | "PUT" | "PATCH" | "DELETE") && !media.contains("html")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_reason_counts() {
        let told = |method, path, media, resource| Told {
            method,
            path,
            media,
            resource,
            answered: true,
            upgraded: false,
        };
        for (method, path, media, resource, why) in [
            ("GET", "/v1/a", "application/json", "xhr", None),
            ("GET", "/a.CSS", "application/json", "xhr", Some(Skip::Static)),
            ("OPTIONS", "/v1/a", "", "", Some(Skip::Preflight)),
            ("GET", "/v1/a", "text/event-stream", "fetch", Some(Skip::Stream)),
            ("GET", "/v1/a", "", "WebSocket", Some(Skip::Stream)),
            ("GET", "/", "text/html", "document", Some(Skip::NotApi)),
            ("GET", "/jobs.tsx", "text/html", "", Some(Skip::NotApi)),
            ("POST", "/login", "text/html", "document", Some(Skip::NotApi)),
            ("PURGE", "/x", "", "fetch", None),
        ] {
            assert_eq!(skip(told(method, path, media, resource)), why, "{method} {path}");
        }
    }

    #[test]
    fn counters_are_told_from_what_collects_something() {
        let told = |path, answered| Told {
            method: "POST",
            path,
            media: "",
            resource: "xhr",
            answered,
            upgraded: false,
        };
        assert!(!is_api(told("/api/collect", false)), "a beacon");
        assert!(is_api(told("/api/payments/collect", true)), "something was answered");
        assert!(is_api(told("/collections", false)));
    }
}
