//! An exchange as a line of `exchanges.jsonl` (formats-v2 §12), and such a line, or one of the reference system's, as
//! an exchange.

use std::collections::BTreeMap;

use super::har::{Left, began};
use super::options::Wants;
use super::{body, url};
use crate::canon::read_json::read_json;
use crate::canon::time::Timestamp;
use crate::canon::{Limits, Node, Value, digest, json};
use crate::model::exchange::{Body, Content, Credential, Exchange, Skip};

/// Bytes of one line.
pub const LINE: usize = 16 << 20;
/// Bytes of them that its id may take.
const ID: usize = 64;

/// A line without its id, and the id that it has if no other line is the same.
pub fn line(exchange: &Exchange) -> (String, String) {
    let mut text = json::canonical(&node(exchange));
    if text.len() > LINE - ID {
        // No line is longer than readers take; written out, a body can be longer than it was.
        text = json::canonical(&node(&without_bodies(exchange)));
    }
    let id = digest::short(&digest::sha256_hex(text.as_bytes()), 16).to_owned();
    (text, id)
}

/// A line with its id in front.
pub fn with_id(line: &str, id: &str) -> String {
    format!("{{\"id\":\"{id}\",{}", line.strip_prefix('{').unwrap_or(line))
}

/// With the sizes of bodies in their place.
fn without_bodies(exchange: &Exchange) -> Exchange {
    let sized = |body: &Option<Body>| {
        body.as_ref().map(|body| {
            let size = json::canonical(&content(body)).len() as u64;
            Body { media: body.media.clone(), content: Content::Opaque(size) }
        })
    };
    Exchange { request: sized(&exchange.request), response: sized(&exchange.response), ..exchange.clone() }
}

fn node(exchange: &Exchange) -> Node {
    let query = match exchange.query.is_empty() {
        true => String::new(),
        false => format!("?{}", url::query(&exchange.query)),
    };
    let address = format!("{}://{}{}{query}", exchange.scheme, exchange.host, exchange.path);
    let mut members = vec![
        ("method", Node::text(&exchange.method)),
        ("url", Node::text(address)),
        ("host", Node::text(&exchange.host)),
        ("path", Node::text(&exchange.path)),
        ("request_headers", headers(&exchange.request_headers)),
        ("response_headers", headers(&exchange.response_headers)),
        ("credentials", Node::new(Value::List(exchange.credentials.iter().map(credential).collect()))),
    ];
    let mut add = |name, value: Option<Node>| members.extend(value.map(|value| (name, value)));
    add("route", exchange.route.as_ref().map(Node::text));
    add("request_body", exchange.request.as_ref().map(content));
    add("response_body", exchange.response.as_ref().map(content));
    add("response_status", exchange.status.map(Node::int));
    add("timestamp", exchange.started.map(|at| Node::text(time(at, exchange.started_nanos))));
    add("duration_ms", exchange.duration_ms.map(Node::int));
    Node::map(members)
}

/// With as much of a second as was recorded: lines stand in another order than they were called in.
fn time(second: Timestamp, nanos: u32) -> String {
    let text = second.to_string();
    match nanos {
        0 => text,
        nanos => {
            format!("{}.{}Z", text.trim_end_matches('Z'), format!("{nanos:09}").trim_end_matches('0'))
        }
    }
}

fn headers(list: &[(String, String)]) -> Node {
    let mut members: BTreeMap<&str, Vec<Node>> = BTreeMap::new();
    for (name, value) in list {
        members.entry(name).or_default().push(Node::text(value));
    }
    Node::map(members.into_iter().map(|(name, values)| (name, Node::new(Value::List(values)))))
}

fn credential(credential: &Credential) -> Node {
    match credential {
        Credential::Scheme(scheme) => Node::map([("scheme", Node::text(scheme))]),
        Credential::Header(name) => Node::map([("header", Node::text(name))]),
        Credential::Query(name) => Node::map([("query", Node::text(name))]),
        Credential::Cookie => Node::map([("cookie", Node::bool(true))]),
    }
}

fn content(body: &Body) -> Node {
    let pair = |(name, value): &(String, String)| Node::texts([name, value]);
    let (kind, value) = match &body.content {
        Content::Json(node) => ("json", node.clone()),
        Content::Form(fields) => ("form", Node::new(Value::List(fields.iter().map(pair).collect()))),
        Content::Text(text) => ("text", Node::text(text)),
        Content::Opaque(bytes) => ("bytes", Node::int(i128::from(*bytes))),
    };
    Node::map([("media", Node::text(&body.media)), (kind, value)])
}

/// The exchange of a line of ours.
///
/// # Errors
/// Why it is left out.
pub fn read(bytes: &[u8], wants: &Wants) -> Result<Exchange, Left> {
    let node = parsed(bytes)?;
    let mut exchange = base(&node, wants)?;
    exchange.route = text(&node, "route").map(str::to_owned);
    exchange.request = node.get("request_body").map(body_of).transpose()?;
    exchange.response = node.get("response_body").map(body_of).transpose()?;
    let kinds = node.get("credentials").map_or(&[][..], Node::items);
    exchange.credentials = kinds.iter().filter_map(credential_of).collect();
    Ok(exchange)
}

/// The exchange of the reference system's.
///
/// # Errors
/// Why it is left out.
pub fn read_old(bytes: &[u8], wants: &Wants) -> Result<Exchange, Left> {
    let node = parsed(bytes)?;
    let mut exchange = base(&node, wants)?;
    let sample = node.at("/notes/schema_sample").and_then(Node::as_bool) == Some(true);
    let header = |list: &[(String, String)]| {
        list.iter().find(|(name, _)| name == "content-type").map(|(_, value)| value.clone())
    };
    let sent = header(&exchange.request_headers).unwrap_or_default();
    let said = header(&exchange.response_headers)
        .or_else(|| text(&node, "response_content_type").map(str::to_owned));
    let said = said.unwrap_or_default();
    let body = |side: &str, header: &str| {
        let values = node.get(&format!("{side}_body_json")).filter(|node| !node.is_null() && !sample);
        let media = body::media(header);
        match (values, text(&node, &format!("{side}_body"))) {
            (Some(values), _) => Some(Body { media, content: Content::Json(values.clone()) }),
            // What was cut off is no document any more.
            (None, Some(text)) if text.ends_with("...[TRUNCATED]") => {
                Some(Body { media, content: Content::Opaque(text.len() as u64) })
            }
            (None, Some(text)) if !text.is_empty() => Some(body::of_text(text, header)),
            (None, _) => None,
        }
    };
    (exchange.request, exchange.response) = (body("request", &sent), body("response", &said));
    Ok(exchange)
}

fn parsed(bytes: &[u8]) -> Result<Node, Skip> {
    // A body lies deeper in its line than it did by itself.
    let limits = Limits::new(LINE);
    let limits = Limits { text: 4 << 20, depth: limits.depth + 8, nodes: 2 * limits.nodes, ..limits };
    read_json("capture", bytes, &limits).map_err(|_| Skip::Malformed)
}

fn text<'a>(node: &'a Node, name: &str) -> Option<&'a str> {
    node.get(name).and_then(Node::as_text)
}

/// What both forms share.
fn base(node: &Node, wants: &Wants) -> Result<Exchange, Left> {
    let address = url::parse(text(node, "url").unwrap_or_default()).map_err(|why| match why {
        url::NoAddress::NoHost => Skip::NoUrl,
        url::NoAddress::NotHttp => Skip::NotHttp,
    })?;
    let method = text(node, "method").filter(|method| !method.is_empty()).ok_or(Skip::Malformed)?;
    if !wants.hosts.is_empty() && !wants.hosts.has(&address.scheme, &address.host) {
        return Err(Left { skip: Skip::OtherHost, host: Some(address.host) });
    }
    let number = |name: &str| match node.get(name).map(|node| &node.value) {
        Some(Value::Int(digits)) => digits.parse::<u64>().ok(),
        Some(Value::Float(number)) if (0.0..1e12).contains(number) => Some(number.round() as u64),
        _ => None,
    };
    let began = text(node, "timestamp").and_then(began);
    Ok(Exchange {
        method: method.to_ascii_uppercase(),
        scheme: address.scheme.replace("ws", "http"),
        host: address.host.clone(),
        path: address.path.to_owned(),
        route: None,
        query: address.query.map(url::pairs).unwrap_or_default(),
        request_headers: headers_of(node.get("request_headers")),
        response_headers: headers_of(node.get("response_headers")),
        request: None,
        response: None,
        status: number("response_status").and_then(|n| u16::try_from(n).ok()).filter(|n| *n >= 100),
        started: began.map(|(second, _)| second),
        started_nanos: began.map_or(0, |(_, nanos)| nanos),
        duration_ms: number("duration_ms"),
        credentials: Vec::new(),
    })
}

fn headers_of(node: Option<&Node>) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for (name, value) in node.map_or(&[][..], Node::members) {
        let values = if value.as_text().is_some() { std::slice::from_ref(value) } else { value.items() };
        let texts = values.iter().filter_map(Node::as_text);
        out.extend(texts.map(|text| (name.to_ascii_lowercase(), text.to_owned())));
    }
    out
}

fn credential_of(node: &Node) -> Option<Credential> {
    let (kind, value) = node.members().first()?;
    let text = || value.as_text().map(str::to_owned);
    match kind.as_str() {
        "scheme" => text().map(Credential::Scheme),
        "header" => text().map(Credential::Header),
        "query" => text().map(Credential::Query),
        "cookie" => Some(Credential::Cookie),
        _ => None,
    }
}

fn body_of(node: &Node) -> Result<Body, Skip> {
    let media = text(node, "media").unwrap_or_default().to_owned();
    let pair = |item: &Node| match item.items() {
        [name, value] => Some((name.as_text()?.to_owned(), value.as_text()?.to_owned())),
        _ => None,
    };
    let content = node.members().iter().find_map(|(kind, value)| match kind.as_str() {
        "json" => Some(Content::Json(value.clone())),
        "form" => Some(Content::Form(value.items().iter().filter_map(pair).collect())),
        "text" => value.as_text().map(|text| Content::Text(text.to_owned())),
        "bytes" => value.as_int().and_then(|n| n.try_into().ok()).map(Content::Opaque),
        _ => None,
    });
    Ok(Body { media, content: content.ok_or(Skip::Malformed)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let own =
            |list: &[(&str, &str)]| list.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let body = |content| Some(Body { media: "a/b".into(), content });
        let mut exchange = Exchange {
            method: "PURGE".into(),
            scheme: "http".into(),
            host: "[::1]:8080".into(),
            path: "/a/{token}/%20".into(),
            route: Some("/a/{id}/{x}".into()),
            query: own(&[("a[]", "1 &=é"), ("", ""), ("a[]", "[REDACTED]")]),
            request_headers: own(&[("accept", "x"), ("accept", "y"), ("b", "")]),
            response_headers: Vec::new(),
            request: body(Content::Json(Node::map([("n", Node::new(Value::Float(1.0)))]))),
            response: body(Content::Form(own(&[("x", "y")]))),
            status: Some(404),
            started: Some("2024-03-05T09:00:00Z".parse().unwrap()),
            started_nanos: 120_000_000,
            duration_ms: Some(7),
            credentials: vec![
                Credential::Scheme("basic".into()),
                Credential::Query("k".into()),
                Credential::Cookie,
            ],
        };
        for content in [Content::Text("t\n".into()), Content::Opaque(9)] {
            let (line, id) = line(&exchange);
            let text = with_id(&line, &id);
            assert!(
                text.starts_with(&format!("{{\"id\":\"{id}\",\"credentials\":")) && !text.contains('\n'),
                "{text}"
            );
            assert_eq!(read(text.as_bytes(), &Wants::default()).unwrap(), exchange);
            exchange.response = body(content);
        }
    }

    #[test]
    fn a_body_as_deep_as_readers_take_is_read_again() {
        let text = r#"{"url":"https://a.example/","method":"GET"}"#;
        let mut exchange = read(text.as_bytes(), &Wants::default()).unwrap();
        let deep = format!("{}{}", "[".repeat(128), "]".repeat(128));
        exchange.response = Some(body::of_text(&deep, "application/json"));
        assert!(matches!(exchange.response, Some(Body { content: Content::Json(_), .. })));
        let (line, id) = line(&exchange);
        assert_eq!(read(with_id(&line, &id).as_bytes(), &Wants::default()), Ok(exchange));
    }

    #[test]
    fn no_line_is_longer_than_readers_take() {
        let text = r#"{"url":"https://a.example/","method":"GET"}"#;
        let mut exchange = read(text.as_bytes(), &Wants::default()).unwrap();
        let long = Node::text("\u{1F600}".repeat(2 << 20));
        exchange.response = Some(Body { media: String::new(), content: Content::Json(long) });
        let (line, id) = line(&exchange);
        assert!(with_id(&line, &id).len() < LINE && line.contains("\"bytes\":"), "{}", line.len());
    }

    #[test]
    fn captures_of_the_reference_system_are_read() {
        let text = r#"{"url":"https://u:p@api.shop.example/a?x=%5BREDACTED%5D","method":"GET","request_headers":{"Authorization":"[REDACTED]"},
            "request_body":null,"request_body_json":null,"response_headers":{"Content-Type":"application/json"},"response_body":"{\"a\":1}",
            "response_body_json":{"a":1},"response_status":200,"timestamp":"2024-03-05T09:00:00.123456Z","duration_ms":100.0,"notes":{}}"#;
        let read = read_old(text.as_bytes(), &Wants::default()).unwrap();
        assert_eq!(
            (read.host.as_str(), read.path.as_str(), read.duration_ms),
            ("api.shop.example", "/a", Some(100))
        );
        assert_eq!(read.query, [("x".to_owned(), "[REDACTED]".to_owned())]);
        assert!(matches!(read.response.unwrap().content, Content::Json(_)));
        assert_eq!(read.started.unwrap().to_string(), "2024-03-05T09:00:00Z");
    }
}
