//! A request of OTLP in, its spans out: each as a line of the JSON that exports of OpenTelemetry hold, with no more of it
//! than is read. What was sent to us and what was written into a file go one way from there.

use opentelemetry_proto::tonic::trace::v1::Span as Sent;
use prost::Message;

use super::options::Wants;
use super::otel;
use super::otel_value::{is_read, member};
use super::wire;
use crate::canon::encode::try_encode;
use crate::canon::read_json::read_json;
use crate::canon::{Limits, Node, Value, json};
use crate::model::exchange::Skip;

/// Spans of one request.
pub const SPANS: usize = 50_000;
/// Bytes of one span.
const SPAN: usize = 4 << 20;
/// Fields of one span: attributes, events and links.
const FIELDS: usize = 10_000;
/// Values of one request in JSON, and of one span in protobuf, at every depth.
const NODES: usize = 1_000_000;

/// How a request is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Protobuf.
    Protobuf,
    /// The JSON of the protocol.
    Json,
}

/// Why a request is not taken, as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// It cannot be read.
    Broken,
    /// It has more spans than are taken at once.
    Many,
}

/// What became of a span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// It tells something of a call: a line of OTLP/JSON.
    Line(String),
    /// It tells nothing that is kept.
    Nothing(Skip),
}

impl Refused {
    /// Why, for whoever sent it.
    pub fn message(self) -> String {
        match self {
            Refused::Broken => "the body is no ExportTraceServiceRequest".to_owned(),
            Refused::Many => format!("more than {SPANS} spans in one request: send smaller batches"),
        }
    }
}

/// Hands over what each span of a request tells, in the order of the request. Nothing is handed over of a request that
/// is refused.
///
/// # Errors
/// Why the whole of it is not taken.
pub fn spans(body: &[u8], encoding: Encoding, each: &mut dyn FnMut(Told)) -> Result<(), Refused> {
    match encoding {
        Encoding::Protobuf => {
            let mut found = Vec::new();
            let mut count = 0usize;
            let take = &mut |span| {
                count += 1;
                if count <= SPANS {
                    found.push(span);
                }
            };
            wire::spans(body, take).map_err(|wire::Broken| Refused::Broken)?;
            if count > SPANS {
                return Err(Refused::Many);
            }
            found.into_iter().for_each(|span| each(of_wire(span)));
        }
        Encoding::Json => {
            let limits = Limits { text: 16 << 20, nodes: NODES, ..Limits::new(body.len()) };
            let request = read_json("request", body, &limits).map_err(|_| Refused::Broken)?;
            let found = in_json(&request)?;
            if found.len() > SPANS {
                return Err(Refused::Many);
            }
            found.into_iter().for_each(|span| each(told(span)));
        }
    }
    Ok(())
}

/// The spans of a request in JSON.
fn in_json(request: &Node) -> Result<Vec<&Node>, Refused> {
    let mut at = vec![request];
    for names in otel::INSIDE {
        let mut inner = Vec::new();
        for node in at {
            if !node.is_map() {
                return Err(Refused::Broken);
            }
            for list in names.iter().filter_map(|name| node.get(name)) {
                match &list.value {
                    Value::Null => {}
                    Value::List(items) => inner.extend(items),
                    _ => return Err(Refused::Broken),
                }
            }
        }
        at = inner;
    }
    Ok(at)
}

/// What a span tells that came as protobuf.
fn of_wire(bytes: &[u8]) -> Told {
    let fits = bytes.len() <= SPAN
        && wire::fields(bytes).is_ok_and(|fields| fields <= FIELDS)
        && wire::is_within(bytes, NODES);
    let sent = if fits { Sent::decode(bytes).ok() } else { None };
    let Some(mut sent) = sent else { return Told::Nothing(Skip::Malformed) };
    // All that is not read goes before anything is made of it.
    sent.attributes.retain(|attribute| is_read(&attribute.key));
    (sent.events, sent.links, sent.status) = (Vec::new(), Vec::new(), None);
    let node = try_encode(&sent);
    drop(sent);
    node.map_or(Told::Nothing(Skip::Malformed), |node| told(&node))
}

/// What a span tells, with no more of it than that.
fn told(span: &Node) -> Told {
    let line = json::canonical(&slim(span));
    // As it will be read again, so that what is held is what is stored.
    let Ok(mut found) = otel::spans(line.as_bytes(), &Wants::default()) else {
        return Told::Nothing(Skip::Malformed);
    };
    match found.pop() {
        Some(span) if found.is_empty() => match span.tells_nothing() {
            None => Told::Line(line),
            Some(skip) => Told::Nothing(skip),
        },
        _ => Told::Nothing(Skip::Malformed),
    }
}

/// The members of a span that are read, under their names in the protocol.
fn slim(span: &Node) -> Node {
    const NAMES: [[&str; 2]; 6] = [
        ["traceId", "trace_id"],
        ["spanId", "span_id"],
        ["parentSpanId", "parent_span_id"],
        ["kind", "kind"],
        ["startTimeUnixNano", "start_time_unix_nano"],
        ["endTimeUnixNano", "end_time_unix_nano"],
    ];
    let mut members: Vec<(&str, Node)> =
        NAMES.iter().filter_map(|names| Some((names[0], member(span, names)?.clone()))).collect();
    if let Some(attributes) = span.get("attributes") {
        // A list of keys and values, or a plain map.
        let of_key = |item: &&Node| item.get("key").and_then(Node::as_text).is_some_and(is_read);
        let kept = match &attributes.value {
            Value::Map(all) => Value::Map(all.iter().filter(|(name, _)| is_read(name)).cloned().collect()),
            _ => Value::List(attributes.items().iter().filter(of_key).cloned().collect()),
        };
        members.push(("attributes", Node::new(kept)));
    }
    Node::map(members)
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
    use proptest::prelude::*;

    use super::*;

    fn taken(body: &[u8], encoding: Encoding) -> Result<Vec<Told>, Refused> {
        let mut all = Vec::new();
        spans(body, encoding, &mut |told| all.push(told)).map(|()| all)
    }

    const REQUEST: &str = r#"{"resourceSpans":[{"resource":{"attributes":[]},"scopeSpans":[{"scope":{"name":"x"},"spans":[
        {"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","parentSpanId":"","name":"GET","kind":3,
         "startTimeUnixNano":"1709629200000000000","endTimeUnixNano":"1709629200120000000","events":[{"name":"e","timeUnixNano":"1"}],
         "attributes":[{"key":"http.request.method","value":{"stringValue":"GET"}},{"key":"url.full","value":{"stringValue":"https://a.example/orders/7"}},
           {"key":"http.response.status_code","value":{"intValue":"200"}},{"key":"http.request.header.accept","value":{"arrayValue":{"values":[{"stringValue":"x"}]}}},
           {"key":"db.statement","value":{"stringValue":"not ours"}}]},
        {"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b175","name":"work","kind":1,"attributes":[]},
        {"spanId":"eee19b7ec3c1b175","kind":3}]}]}]}"#;

    #[test]
    fn both_encodings_tell_the_same() {
        let json = taken(REQUEST.as_bytes(), Encoding::Json).unwrap();
        let Told::Line(line) = &json[0] else { panic!("{json:?}") };
        assert!(!line.contains("not ours") && !line.contains("events"), "{line}");
        assert_eq!(json[1], Told::Nothing(Skip::NotHttp));
        assert_eq!(json[2], Told::Nothing(Skip::Malformed), "without a trace it is no span");
        let request: ExportTraceServiceRequest = serde_json::from_str(REQUEST).unwrap();
        let wire = taken(&request.encode_to_vec(), Encoding::Protobuf).unwrap();
        assert_eq!(wire[..2], json[..2]);
        let spans = otel::spans(line.as_bytes(), &Wants::default()).unwrap();
        assert_eq!(spans.into_iter().next().unwrap().host().as_deref(), Some("a.example"));
    }

    #[test]
    fn a_route_is_kept_though_its_own_address_is_not_known() {
        let text = REQUEST.replace("url.full", "http.route").replace("\"kind\":3", "\"kind\":2");
        let told = taken(text.as_bytes(), Encoding::Json).unwrap();
        assert_eq!(told[0], Told::Nothing(Skip::NoUrl), "it is nobody's");
        let told = taken(
            text.replace("\"parentSpanId\":\"\"", "\"parentSpanId\":\"ab\"").as_bytes(),
            Encoding::Json,
        );
        assert!(matches!(told.unwrap()[0], Told::Line(_)));
    }

    #[test]
    fn what_is_no_request_is_refused_as_a_whole() {
        let deep = format!("{{\"resourceSpans\":{}{}}}", "[".repeat(5000), "]".repeat(5000));
        for body in
            ["", "[]", "7", "{\"resourceSpans\":7}", "{\"resourceSpans\":[7]}", "{\"a\":1,\"a\":2}", &deep]
        {
            assert_eq!(taken(body.as_bytes(), Encoding::Json), Err(Refused::Broken), "{body:.40}");
        }
        assert_eq!(taken(b"{}", Encoding::Json), Ok(Vec::new()));
        let empty = [b"\x12\x00".repeat(SPANS + 1)].concat();
        let frame = |tag: u8, inner: &[u8]| {
            let mut out = vec![tag];
            prost::encoding::encode_varint(inner.len() as u64, &mut out);
            [&out, inner].concat()
        };
        let many = frame(0x0a, &frame(0x12, &empty));
        assert_eq!(taken(&many, Encoding::Protobuf), Err(Refused::Many));
        let wide = frame(0x0a, &frame(0x12, &frame(0x12, &b"\x4a\x00".repeat(FIELDS + 1))));
        assert_eq!(taken(&wide, Encoding::Protobuf), Ok(vec![Told::Nothing(Skip::Malformed)]));
    }

    #[test]
    fn values_as_deep_as_they_like_cost_a_span_and_no_more() {
        let mut value = b"\x0a\x01x".to_vec();
        for _ in 0..400 {
            for tag in [0x0a, 0x2a] {
                let mut out = vec![tag];
                prost::encoding::encode_varint(value.len() as u64, &mut out);
                value = [out, value].concat();
            }
        }
        let mut request = [&b"\x0a\x08http.url"[..], &[0x12]].concat();
        prost::encoding::encode_varint(value.len() as u64, &mut request);
        request.extend(value);
        for tag in [0x4a, 0x12, 0x12, 0x0a] {
            let mut out = vec![tag];
            prost::encoding::encode_varint(request.len() as u64, &mut out);
            request = [out, request].concat();
        }
        assert_eq!(taken(&request, Encoding::Protobuf), Ok(vec![Told::Nothing(Skip::Malformed)]));
    }

    /// Two bytes are a value there, and many more once it is read: a span of 4 MiB could hold two million of them.
    #[test]
    fn values_as_many_as_they_like_cost_a_span_and_no_more() {
        let frame = |tag: u8, inner: &[u8]| {
            let mut out = vec![tag];
            prost::encoding::encode_varint(inner.len() as u64, &mut out);
            [&out, inner].concat()
        };
        let name = |name: &str| frame(0x0a, name.as_bytes());
        let told = |values: &[u8], tag: u8, at: &[u8]| {
            let value = frame(0x12, &frame(tag, values));
            let many =
                at.iter().rev().fold([name("db.rows"), value].concat(), |inner, tag| frame(*tag, &inner));
            let text = |text: &str| frame(0x12, &frame(0x0a, text.as_bytes()));
            let attribute = |key: &str, value: &str| frame(0x4a, &[name(key), text(value)].concat());
            let span = [
                frame(0x0a, &[7; 16]),
                frame(0x12, &[7; 8]),
                attribute("http.method", "GET"),
                attribute("http.url", "https://a.example/"),
                many,
            ];
            let request = [0x12, 0x12, 0x0a].iter().fold(span.concat(), |inner, tag| frame(*tag, &inner));
            taken(&request, Encoding::Protobuf).unwrap().pop().unwrap()
        };
        let (few, many) = (b"\x0a\x00".repeat(1_000), b"\x0a\x00".repeat(NODES));
        // As a list and as a map of attributes of the span, of an event and of a link.
        for tag in [0x2a, 0x32] {
            for at in [&[0x4a][..], &[0x5a, 0x1a], &[0x6a, 0x22]] {
                assert!(matches!(told(&few, tag, at), Told::Line(_)), "{tag} {at:?}");
                assert_eq!(told(&many, tag, at), Told::Nothing(Skip::Malformed), "{tag} {at:?}");
            }
        }
    }

    /// What a file may be called is taken here too, and is no batch of nothing.
    #[test]
    fn all_names_of_a_file_are_known_here() {
        let told = taken(REQUEST.as_bytes(), Encoding::Json).unwrap();
        let map = r#"{"http.request.method":"GET","url.full":"https://a.example/orders/7","http.response.status_code":200,
            "http.request.header.accept":["x"],"db.statement":"not ours"}"#;
        for (from, to) in [
            ("resourceSpans", "resource_spans"),
            ("scopeSpans", "scope_spans"),
            ("scopeSpans", "instrumentationLibrarySpans"),
        ] {
            assert_eq!(
                taken(REQUEST.replace(from, to).as_bytes(), Encoding::Json).as_ref(),
                Ok(&told),
                "{to}"
            );
        }
        let start = REQUEST.find("[{\"key\"").unwrap();
        let end = REQUEST.find("},\n        {\"traceId\"").unwrap();
        let mapped = format!("{}{map}{}", &REQUEST[..start], &REQUEST[end..]);
        let of_map = taken(mapped.as_bytes(), Encoding::Json).unwrap();
        let [Told::Line(one), Told::Line(other)] = [&told[0], &of_map[0]] else { panic!("{of_map:?}") };
        assert!(!other.contains("not ours"), "{other}");
        let hosts = crate::capture::wanted::Wanted::parse(["a.example"]).unwrap();
        let wants = Wants { hosts, ..Wants::default() };
        let read = |line: &str| {
            let span = otel::spans(line.as_bytes(), &wants).unwrap().pop().unwrap();
            otel::Index::default().judge(span).ok()
        };
        assert!(read(one).is_some());
        assert_eq!(read(one), read(other));
    }

    proptest! {
        /// Whatever is turned, cut off or put in: no panic, nothing of what is refused is taken, and where the messages' own
        /// reader reads it, it finds as many spans.
        #[test]
        fn two_readers_find_as_many_spans(
            turned in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
            end in any::<prop::sample::Index>(),
            more in proptest::collection::vec(any::<u8>(), 0..40),
            cut in any::<bool>(),
        ) {
            let request: ExportTraceServiceRequest = serde_json::from_str(REQUEST).unwrap();
            let mut body = request.encode_to_vec();
            for (at, byte) in turned {
                let at = at.index(body.len());
                body[at] = byte;
            }
            if cut {
                body.truncate(end.index(body.len()));
            }
            for body in [&body[..], &[&body[..], &more].concat(), &more] {
                let told = taken(body, Encoding::Protobuf);
                if let Ok(whole) = ExportTraceServiceRequest::decode(body) {
                    let inner = whole.resource_spans.iter().flat_map(|one| &one.scope_spans);
                    let count: usize = inner.map(|one| one.spans.len()).sum();
                    prop_assert_eq!(told.map(|told| told.len()), Ok(count));
                }
                let _ = taken(body, Encoding::Json);
            }
        }
    }
}
