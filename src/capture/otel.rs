//! Spans of OpenTelemetry in, the calls that they tell of out: of either generation of names for their attributes.
//!
//! One call is often told twice, by who made it and by who answered it. What was answered knows the route, and counts
//! only where nobody told that it was made.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::filter::{self, Told};
use super::har::{self, Left};
use super::options::Wants;
use super::otel_value::{Attributes, attributes, member};
use super::{body, url};
use crate::canon::read_json::read_json;
use crate::canon::time::Timestamp;
use crate::canon::{Limits, Node, Value};
use crate::model::exchange::{Exchange, Skip};

/// Bytes of one document, line or element.
pub const LIMIT: usize = 32 << 20;
/// Spans whose ids are remembered.
const REMEMBERED: usize = 5_000_000;
/// Batches inside batches.
const DEPTH: usize = 8;

/// What batches are called that hold spans, from outside in: in JSON of the protocol, in its older form, and as programs
/// in Python write it.
pub const INSIDE: [&[&str]; 3] = [
    &["resourceSpans", "resource_spans"],
    &["scopeSpans", "scope_spans", "instrumentationLibrarySpans"],
    &["spans"],
];

/// A span, and what it tells.
pub struct Span {
    /// Its own id, of trace and span; 0: it has none.
    id: u64,
    /// That of the span in which it was made.
    parent: u64,
    side: Side,
    route: Option<String>,
    made: Result<Exchange, Left>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Client,
    Server,
    Other,
}

impl Span {
    /// One that cannot be read.
    fn unread() -> Span {
        Span { id: 0, parent: 0, side: Side::Other, route: None, made: Err(Skip::Malformed.into()) }
    }

    /// Why nothing is lost without it, where no host is wanted: it tells of no call, and of no route of one.
    pub fn tells_nothing(&self) -> Option<Skip> {
        let routes = self.side == Side::Server && self.route.is_some() && self.parent != 0;
        let left = self.made.as_ref().err()?;
        (left.host.is_none() && !routes).then_some(left.skip)
    }

    /// The host of its call, where no host is wanted.
    pub fn host(self) -> Option<String> {
        self.made.err().and_then(|left| left.host)
    }
}

/// What has to be known of all spans before the first can be judged.
#[derive(Debug, Default)]
pub struct Index {
    clients: HashSet<u64>,
    /// Calls that were taken in.
    calls: usize,
    routes: HashMap<u64, String>,
    seen: HashSet<u64>,
}

impl Index {
    /// Takes in a span, before any is judged.
    ///
    /// # Errors
    /// There are more of them than are remembered.
    pub fn learn(&mut self, span: &Span) -> Result<(), String> {
        self.calls += usize::from(span.made.is_ok());
        if self.calls > REMEMBERED || self.routes.len() >= REMEMBERED {
            return Err(format!("more than {REMEMBERED} spans of calls"));
        }
        if span.side == Side::Client && span.id != 0 && span.made.is_ok() {
            self.clients.insert(span.id);
        }
        if let (Side::Server, Some(route)) = (span.side, &span.route)
            && span.parent != 0
        {
            // Of several the one that sorts first: not the one that was met first.
            let known = self.routes.entry(span.parent).or_insert_with(|| route.clone());
            if route < known {
                known.clone_from(route);
            }
        }
        Ok(())
    }

    /// What a span tells, with what is known of the others.
    pub fn judge(&mut self, span: Span) -> Result<Exchange, Left> {
        let mut exchange = span.made?;
        let answered_only = span.side != Side::Server || !self.clients.contains(&span.parent);
        if !answered_only || span.id != 0 && !self.seen.insert(span.id) {
            return Err(Skip::Duplicate.into());
        }
        if exchange.route.is_none() {
            exchange.route = self.routes.get(&span.id).and_then(|route| fitting(route, &exchange.path));
        }
        Ok(exchange)
    }
}

/// The spans of a document, or of an element of one.
///
/// # Errors
/// It is no JSON, or none that holds spans.
pub fn spans(bytes: &[u8], wants: &Wants) -> Result<Vec<Span>, Skip> {
    let limits = Limits { text: 16 << 20, ..Limits::new(LIMIT) };
    let node = read_json("otel", bytes, &limits).map_err(|_| Skip::Malformed)?;
    let mut found = Vec::new();
    match collect(&node, wants, 0, &mut found) {
        true => Ok(found),
        false => Err(Skip::Malformed),
    }
}

/// Whether it was something that holds spans.
fn collect(node: &Node, wants: &Wants, depth: usize, found: &mut Vec<Span>) -> bool {
    if depth > DEPTH {
        return false;
    }
    if let items @ [_, ..] = node.items() {
        let held = items.iter().filter(|item| collect(item, wants, depth + 1, found)).count();
        if held > 0 {
            found.extend(items[held..].iter().map(|_| Span::unread()));
        }
        return held > 0;
    }
    let mut any = false;
    let names = INSIDE.iter().copied().flatten();
    for (name, list) in names.filter_map(|name| Some((*name, node.get(name)?))) {
        any = true;
        if !matches!(list.value, Value::List(_) | Value::Null) {
            found.push(Span::unread());
        }
        for item in list.items() {
            // A batch may be empty; what is no batch or span, or too deep to be looked at, counts as unread.
            let empty = item.is_map() && depth < DEPTH && name != "spans";
            if !collect(item, wants, depth + 1, found) && !empty {
                found.push(Span::unread());
            }
        }
    }
    if let Some(inner) = node.get("span") {
        return collect(inner, wants, depth + 1, found);
    }
    if member(node, &["traceId", "trace_id"]).is_some() && member(node, &["spanId", "span_id"]).is_some() {
        found.push(span(node, wants));
        return true;
    }
    any
}

fn span(node: &Node, wants: &Wants) -> Span {
    let text = |names: &[&str]| member(node, names).and_then(Node::as_text).unwrap_or_default();
    let (trace, own) = (text(&["traceId", "trace_id"]), text(&["spanId", "span_id"]));
    let id = |span: &str| if trace.is_empty() || span.is_empty() { 0 } else { hash(trace, span) };
    let side = match node.get("kind") {
        Some(kind) if kind.as_int() == Some(3) => Side::Client,
        Some(kind) if kind.as_int() == Some(2) => Side::Server,
        Some(kind) => {
            let word = kind.as_text().unwrap_or_default().to_ascii_uppercase();
            if word.ends_with("CLIENT") {
                Side::Client
            } else if word.ends_with("SERVER") {
                Side::Server
            } else {
                Side::Other
            }
        }
        None => Side::Other,
    };
    let attributes = attributes(node);
    let route = attributes.text(&["http.route"]).map(|route| template(&route));
    let made = call(node, &attributes, route.as_deref(), wants);
    Span { id: id(own), parent: id(text(&["parentSpanId", "parent_span_id"])), side, route, made }
}

/// Never 0, which is "none".
fn hash(trace: &str, span: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (trace.to_ascii_lowercase(), span.to_ascii_lowercase()).hash(&mut hasher);
    hasher.finish().max(1)
}

fn call(node: &Node, a: &Attributes, route: Option<&str>, wants: &Wants) -> Result<Exchange, Left> {
    let method = a.text(&["http.request.method", "http.method"]).map(|m| m.to_ascii_uppercase());
    let method = match method.as_deref() {
        // A method that the recorder does not know, with its own name beside it.
        Some("_OTHER") => a.text(&["http.request.method_original"]).map(|m| m.to_ascii_uppercase()),
        _ => method,
    };
    let token =
        |m: &String| m.len() <= 32 && m.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    let method = method.filter(token).ok_or(Skip::NotHttp)?;
    let text = match a.text(&["url.full", "http.url"]) {
        Some(text) => text,
        None => built(a, route).ok_or(Skip::NoUrl)?,
    };
    let text = text.trim();
    if text.len() > har::LONGEST {
        return Err(Skip::Malformed.into());
    }
    let address = url::parse(text).map_err(|why| match why {
        url::NoAddress::NoHost => Skip::NoUrl,
        url::NoAddress::NotHttp => Skip::NotHttp,
    })?;
    if !wants.hosts.has(&address.scheme, &address.host) {
        return Err(Left { skip: Skip::OtherHost, host: Some(address.host) });
    }
    let request_headers = a.headers(&["http.request.header."]);
    let response_headers = a.headers(&["http.response.header."]);
    let sent = |list: &[(String, String)]| {
        list.iter().find(|(name, _)| name == "content-type").map(|(_, value)| value.clone())
    };
    let answered =
        sent(&response_headers).or_else(|| a.text(&["http.response_content_type"])).unwrap_or_default();
    let media = body::media(&answered);
    if let Some(skip) = filtered(&method, address.path, &media) {
        return Err(skip.into());
    }
    let made = |names: &[&str], header: &str| a.text(names).map(|text| body::of_text(&text, header));
    let request = made(
        &["http.request.body", "http.request.body.content"],
        &sent(&request_headers).unwrap_or_default(),
    );
    let response = made(&["http.response.body", "http.response.body.content"], &answered);
    let nanos = |names: &[&str]| {
        let node = member(node, names)?;
        node.as_text()
            .and_then(|text| text.parse::<u64>().ok())
            .or(node.as_int().and_then(|n| n.try_into().ok()))
    };
    let (start, end) = (
        nanos(&["startTimeUnixNano", "start_time_unix_nano"]),
        nanos(&["endTimeUnixNano", "end_time_unix_nano"]),
    );
    let status = a.text(&["http.response.status_code", "http.status_code"]);
    let status =
        status.and_then(|s| s.parse::<f64>().ok()).filter(|s| (100.0..1000.0).contains(s)).map(|s| s as u16);
    Ok(Exchange {
        method,
        scheme: address.scheme.replace("ws", "http"),
        host: address.host.clone(),
        path: address.path.replace('\\', "/"),
        route: route.and_then(|route| fitting(route, address.path)),
        query: address.query.map(url::pairs).unwrap_or_default(),
        request_headers,
        response_headers,
        request,
        response,
        status,
        started: start.and_then(|n| Timestamp::from_seconds((n / 1_000_000_000).try_into().ok()?)),
        started_nanos: start.map_or(0, |n| (n % 1_000_000_000) as u32),
        duration_ms: start.zip(end).map(|(start, end)| end.saturating_sub(start) / 1_000_000),
        credentials: Vec::new(),
    })
}

/// Spans are of programs, so only what a page is made of is left out, and what keeps a connection open.
fn filtered(method: &str, path: &str, media: &str) -> Option<Skip> {
    let told = Told { method, path, media, resource: "xhr", answered: true, upgraded: false };
    match filter::skip(told) {
        Some(Skip::NotApi) if filter::is_blocked(path) => Some(Skip::NotApi),
        Some(Skip::NotApi) | None => None,
        other => other,
    }
}

/// The address that parts of it make.
fn built(a: &Attributes, route: Option<&str>) -> Option<String> {
    let scheme = a.text(&["url.scheme", "http.scheme"]).unwrap_or_else(|| "https".to_owned());
    let mut host = a.text(&["server.address", "http.host", "net.peer.name", "net.host.name"])?;
    let bare = host.rsplit_once(':').is_none_or(|(_, port)| !port.bytes().all(|b| b.is_ascii_digit()));
    if let Some(port) = a.text(&["server.port", "net.peer.port", "net.host.port"]).filter(|_| bare) {
        host = format!("{host}:{port}");
    }
    let path = a.text(&["url.path", "http.target"]).or_else(|| route.map(str::to_owned)).unwrap_or_default();
    let path = if path.starts_with('/') { path } else { format!("/{path}") };
    let query = a.text(&["url.query"]).filter(|_| !path.contains('?'));
    let query = query.map(|q| format!("?{}", q.trim_start_matches('?'))).unwrap_or_default();
    Some(format!("{scheme}://{host}{path}{query}"))
}

/// A route as frameworks write it, with `{name}` for what varies: `:id`, `<int:id>`, `{id:[0-9]+}`, `[id]`, `*`.
pub fn template(route: &str) -> String {
    let plain = route.split('?').next().unwrap_or_default();
    let segments = plain.trim_start_matches('/').split('/').map(|segment| {
        let name = |text: &str| {
            let end =
                text.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-')).unwrap_or(text.len());
            let name = if end == 0 { "rest" } else { &text[..end] };
            format!("{{{name}}}")
        };
        let inner = |open: char, close: char| segment.strip_prefix(open).and_then(|s| s.strip_suffix(close));
        if let Some(rest) = segment.strip_prefix(':') {
            name(rest)
        } else if let Some(rest) = inner('{', '}') {
            name(rest.trim_start_matches(['*', '.']))
        } else if let Some(rest) = inner('<', '>') {
            name(rest.rsplit(':').next().unwrap_or(rest))
        } else if let Some(rest) = inner('[', ']') {
            name(rest.trim_matches(['[', ']', '.']))
        } else if let Some(rest) = segment.strip_prefix('*') {
            name(rest)
        } else {
            segment.to_owned()
        }
    });
    format!("/{}", segments.collect::<Vec<_>>().join("/"))
}

/// The route, if the path is one of it: a router below another knows only the end of a path.
fn fitting(route: &str, path: &str) -> Option<String> {
    let (mine, theirs): (Vec<&str>, Vec<&str>) = (route.split('/').collect(), path.split('/').collect());
    let fits = mine.len() == theirs.len()
        && mine.iter().zip(&theirs).all(|(m, t)| m == t || m.starts_with('{') && !t.is_empty());
    fits.then(|| route.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::wanted::Wanted;

    #[test]
    fn routes_of_frameworks_are_one_form() {
        for (route, made) in [
            ("/invoices/:id", "/invoices/{id}"),
            ("users/{id}", "/users/{id}"),
            ("/a/<int:item_id>/b", "/a/{item_id}/b"),
            ("/a/{id:[0-9]+}", "/a/{id}"),
            ("/posts/[slug]", "/posts/{slug}"),
            ("/files/*", "/files/{rest}"),
            ("/files/{*path}", "/files/{path}"),
            ("/", "/"),
        ] {
            assert_eq!(template(route), made, "{route}");
        }
        assert_eq!(fitting("/a/{id}", "/a/7").as_deref(), Some("/a/{id}"));
        assert_eq!(fitting("/{id}", "/a/7"), None);
        assert_eq!(fitting("/b/{id}", "/a/7"), None);
    }

    #[test]
    fn a_call_that_both_sides_tell_counts_once_and_has_its_route() {
        let wants = Wants { hosts: Wanted::parse(["api.shop.example"]).unwrap(), ..Wants::default() };
        let span = |id: &str, parent: &str, kind: u8, more: &str| {
            format!(
                r#"{{"traceId":"t","spanId":"{id}","parentSpanId":"{parent}","kind":{kind},"attributes":[{{"key":"http.request.method","value":{{"stringValue":"GET"}}}},{{"key":"url.full","value":{{"stringValue":"https://api.shop.example/orders/7"}}}}{more}]}}"#
            )
        };
        let route = r#",{"key":"http.route","value":{"stringValue":"/orders/:id"}}"#;
        let client = span("c", "", 3, "");
        let server = span("s", "c", 2, route);
        for text in [format!("[{client},{server},{client}]"), format!("[{server},{client},{client}]")] {
            let mut index = Index::default();
            for span in spans(text.as_bytes(), &wants).unwrap() {
                index.learn(&span).unwrap();
            }
            let told: Vec<_> =
                spans(text.as_bytes(), &wants).unwrap().into_iter().map(|s| index.judge(s)).collect();
            let kept: Vec<_> = told.iter().flatten().collect();
            assert_eq!((told.len(), kept.len()), (3, 1));
            assert_eq!(kept[0].route.as_deref(), Some("/orders/{id}"));
        }
    }

    #[test]
    fn what_holds_no_spans_is_malformed() {
        let told = |text: &str| spans(text.as_bytes(), &Wants::default()).map(|s| s.len());
        assert_eq!(told("[1,2]"), Err(Skip::Malformed));
        assert_eq!(told("{broken"), Err(Skip::Malformed));
        assert_eq!(told("{\"resourceSpans\":[]}"), Ok(0));
        let lost = format!("{}{}{}", "{\"spans\":[".repeat(20), "{}", "]}".repeat(20));
        for (text, lost) in [
            ("{\"spans\":[{\"traceId\":\"a\"},7]}", 2),
            ("{\"resourceSpans\":[{},[7],7]}", 2),
            ("[{\"spans\":[]},7,{\"spans\":null}]", 1),
            ("{\"resourceSpans\":[{\"scopeSpans\":{}}]}", 1),
            (&lost, 1),
        ] {
            let found = spans(text.as_bytes(), &Wants::default()).unwrap();
            let unread = found.iter().filter(|s| s.made == Err(Skip::Malformed.into())).count();
            assert_eq!(unread, lost, "{text}");
        }
        assert_eq!(told("{\"span\":{\"traceId\":\"a\",\"spanId\":\"b\"}}"), Ok(1));
    }
}
