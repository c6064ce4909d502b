//! An exchange in, its key and what it adds to the calls with that key out.

use std::collections::BTreeMap;

use super::bottom::Merge;
use super::calls::{MEMBERS, Operation, Spoken, spoken};
use super::class::{Segment, segment};
use super::known::{NAME, WORD, is_access, is_dots, is_host, is_method, is_token};
use super::literals::holds_own;
use super::outer::Outer;
use super::shape::{is_open, is_own_name};
use super::sketch::{Access, Body, Call, Document, Sketch, bucket};
use crate::canon::digest::sha256_hex;
use crate::canon::{Node, Value};
use crate::compare::secrets::secrets;
use crate::model::exchange::{self, Content, Credential, Exchange};

use super::formats::{Scalar, scalar};

/// Segments of a path that has a key.
pub const SEGMENTS: usize = 64;
/// Longest text of a GraphQL document that is kept.
const DOCUMENT: usize = 16 << 10;

/// Where an exchange belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its host.
    pub host: String,
    /// Its method.
    pub method: String,
    /// Its path.
    pub segments: Vec<Segment>,
}

/// The key of an exchange; none if it is none that a program could make.
pub fn key(exchange: &Exchange, outer: &Outer) -> Option<Key> {
    let (host, method) = (&exchange.host, &exchange.method);
    if !is_method(method) || !is_host(host) {
        return None;
    }
    let path = exchange.path.split(['?', '#']).next().unwrap_or_default();
    let mut segments: Vec<Segment> = Vec::new();
    for raw in path.split('/').filter(|raw| !raw.is_empty()) {
        if segments.len() >= SEGMENTS || is_dots(raw) {
            return None;
        }
        let next = segment(raw, &segments, &|text| outer.is_mark(text));
        segments.push(next);
    }
    Some(Key { host: host.clone(), method: method.clone(), segments })
}

/// Adds an exchange to what is known of its key.
pub fn take(sketch: &mut Sketch, exchange: &Exchange, key: &Key, outer: &Outer) {
    sketch.n.merge(1);
    sketch.first = [sketch.first, exchange.started].into_iter().flatten().min();
    sketch.last = sketch.last.max(exchange.started);
    if let Some(status) = exchange.status.filter(|status| (100..1_000).contains(status)) {
        sketch.status.entry(status).or_default().merge(1);
    }
    sketch.http.merge(u64::from(exchange.scheme == "http"));
    sketch.slash.merge(u64::from(exchange.path.len() > 1 && exchange.path.ends_with('/')));
    if let Some(ms) = exchange.duration_ms {
        sketch.ms.entry(bucket(ms)).or_default().merge(1);
    }
    if let Some(route) = exchange.route.as_ref().filter(|route| route.len() <= 1_024) {
        sketch.routes.put(route, 1);
    }
    for (at, number) in key.segments.iter().enumerate().filter_map(|(at, s)| Some((at, s.number?))) {
        let at = u8::try_from(at).unwrap_or(u8::MAX);
        sketch.path.entry(at).or_default().take(number);
    }
    access(sketch, exchange);
    let spoken = spoken(exchange);
    parameters(sketch, exchange, matches!(spoken, Spoken::Graphql(_)), outer);
    match spoken {
        Spoken::Graphql(operations) => {
            let named = operations.iter().all(|operation| operation.name.is_some());
            operations.into_iter().enumerate().for_each(|(i, o)| operation(sketch, o, i, exchange, outer));
            if !named {
                bodies(sketch, exchange, outer);
            }
        }
        Spoken::Rpc(methods) => {
            methods.iter().for_each(|method| sketch.rpc.put(method, 1));
            bodies(sketch, exchange, outer);
        }
        Spoken::Plain => bodies(sketch, exchange, outer),
    }
}

/// The ways to prove who calls, as one word: `scheme:bearer`, `header:x-api-key cookie`, `none`.
fn access(sketch: &mut Sketch, exchange: &Exchange) {
    let clean = |name: &str| name.replace('%', "%25").replace(' ', "%20");
    let mut words: Vec<String> = exchange
        .credentials
        .iter()
        .map(|credential| match credential {
            Credential::Scheme(name) => format!("scheme:{}", clean(name)),
            Credential::Header(name) => format!("header:{}", clean(name)),
            Credential::Query(name) => format!("query:{}", clean(name)),
            Credential::Cookie => "cookie".to_owned(),
        })
        .collect();
    words.sort();
    words.dedup();
    let word = if words.is_empty() { "none".to_owned() } else { words.join(" ") };
    let mut came = Access::default();
    match exchange.status {
        Some(200..=399) => came.ok = 1,
        Some(401 | 403) => came.denied = 1,
        _ => came.other = 1,
    }
    match word.len() <= WORD && is_access(&word) {
        true => sketch.auth.put(&word, came),
        false => sketch.auth.more = true,
    }
}

/// Headers that a caller sends for the sake of the call, beside those that begin with `x-`.
const HEADERS: [&str; 5] = ["idempotency-key", "if-match", "if-unmodified-since", "prefer", "api-version"];
/// Beginnings of headers that browsers, proxies and tracers add.
const NOT_OURS: [&str; 29] = [
    "x-amz",
    "x-amzn",
    "x-b3",
    "x-client-ip",
    "x-cloud-trace",
    "x-correlation",
    "x-csrf",
    "x-datadog",
    "x-envoy",
    "x-firefox",
    "x-forwarded",
    "x-goog-authuser",
    "x-http-",
    "x-newrelic",
    "x-ot-",
    "x-original",
    "x-powered",
    "x-purpose",
    "x-real-ip",
    "x-request-id",
    "x-requested-with",
    "x-requestid",
    "x-sentry",
    "x-span",
    "x-trace",
    "x-vercel",
    "x-wap",
    "x-xsrf",
    "x-device-user-agent",
];

fn parameters(sketch: &mut Sketch, exchange: &Exchange, graphql: bool, outer: &Outer) {
    let proof = |name: &str, header: bool| {
        exchange.credentials.iter().any(|credential| match credential {
            Credential::Header(own) => header && own == name,
            Credential::Query(own) => !header && own == name,
            _ => false,
        })
    };
    let mut grouped: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (name, value) in &exchange.query {
        if proof(name, false) || graphql && MEMBERS.contains(&name.as_str()) {
            continue;
        }
        // A name that is an id, or somebody's own, is one of too many.
        match name.len() <= NAME && !is_own_name(name, outer) {
            true => grouped.entry(format!("query.{name}")).or_default().push(value),
            false => sketch.params.more = true,
        }
    }
    for (name, value) in &exchange.request_headers {
        let sent = HEADERS.contains(&name.as_str())
            || name.starts_with("x-")
                && name.len() <= NAME
                && is_token(name)
                && !NOT_OURS.iter().any(|own| name.starts_with(own));
        if sent && !proof(name, true) {
            grouped.entry(format!("header.{name}")).or_default().push(value);
        }
    }
    for (name, values) in grouped {
        // What stands in a header is never told.
        let open = || name.strip_prefix("query.").is_some_and(|own| is_open(own, ""));
        if let Some(param) = sketch.params.entry(&name) {
            param.take(&values, &open, outer);
        }
    }
}

fn bodies(sketch: &mut Sketch, exchange: &Exchange, outer: &Outer) {
    let class =
        exchange.status.filter(|status| (100..1_000).contains(status)).map(|s| format!("{}xx", s / 100));
    for (direction, body) in [(Some("request".to_owned()), &exchange.request), (class, &exchange.response)] {
        let (Some(direction), Some(body)) = (direction, body) else { continue };
        if let Some(known) = sketch.bodies.entry(&format!("{direction} {}", media(body))) {
            take_body(known, body, outer);
        }
    }
}

/// The media type; what is said by nobody and read as JSON is JSON.
fn media(body: &exchange::Body) -> &str {
    let said = body.media.as_str();
    match &body.content {
        _ if !said.is_empty() && said.len() <= 128 && !said.contains(char::is_whitespace) => said,
        Content::Json(_) => "application/json",
        Content::Form(_) => "application/x-www-form-urlencoded",
        Content::Text(_) => "text/plain",
        Content::Opaque(_) => "application/octet-stream",
    }
}

fn take_body(known: &mut Body, body: &exchange::Body, outer: &Outer) {
    known.n.merge(1);
    match &body.content {
        Content::Json(json) => known.shape.take(json, outer),
        Content::Form(fields) => known.shape.take(&form(fields), outer),
        Content::Text(_) | Content::Opaque(_) => {}
    }
}

/// A form as an object: each field with the scalar that it stands for, a repeated one as a list.
fn form(fields: &[(String, String)]) -> Node {
    let mut made: BTreeMap<&str, Vec<Node>> = BTreeMap::new();
    for (name, value) in fields {
        let node = match scalar(value) {
            Scalar::Integer(number) => Node::int(number),
            Scalar::Number(..) => Node::new(value.parse().map_or(Value::Text(value.clone()), Value::Float)),
            Scalar::Boolean => Node::bool(value.eq_ignore_ascii_case("true")),
            Scalar::Text => Node::text(value),
        };
        made.entry(name).or_default().push(node);
    }
    Node::map(made.into_iter().map(|(name, mut values)| match values.len() {
        1 => (name, values.remove(0)),
        _ => (name, Node::new(Value::List(values))),
    }))
}

/// One operation of a request that speaks GraphQL, and its share of the answer.
fn operation(sketch: &mut Sketch, operation: Operation, at: usize, exchange: &Exchange, outer: &Outer) {
    let Some(name) = &operation.name else {
        sketch.unnamed.merge(1);
        return;
    };
    let Some(call) = sketch.graphql.entry(name) else { return };
    call.n.merge(1);
    if let Some(document) = operation.document {
        let digest = sha256_hex(document.as_bytes());
        let told =
            document.len() <= DOCUMENT && secrets(&document).is_empty() && !holds_own(&document, outer);
        let text = told.then_some(document);
        call.documents.put(&digest, Document { n: 1, text });
    }
    if let Some(hash) = &operation.persisted {
        call.persisted.put(hash, 1);
    }
    if let Some(variables) = &operation.variables {
        call.variables.take(variables, outer);
    }
    answer(call, at, exchange, outer);
}

fn answer(call: &mut Call, at: usize, exchange: &Exchange, outer: &Outer) {
    let Some(exchange::Body { content: Content::Json(json), .. }) = &exchange.response else { return };
    if !exchange.status.is_some_and(|status| (200..300).contains(&status)) {
        return;
    }
    let own = match &json.value {
        Value::List(items) => items.get(at),
        _ => Some(json),
    };
    if let Some(own) = own {
        call.answer.take(own, outer);
    }
}
