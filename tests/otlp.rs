//! `cask capture listen --otlp`: real SDKs send to it, a toolpack comes out, and drift against it is seen; whoever sends
//! what is none, or too much of it, is told so and costs no other. An executable of its own, for it is built with the feature
//! `otlp-grpc` as well.

#[path = "support/http_client.rs"]
mod http_client;
#[path = "support/listener.rs"]
mod listener;
#[path = "support/cask.rs"]
mod support;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use http_client::{Response, send};
use listener::Listener;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message as _;
use serde_json::{Value, json};
use support::{Place, Ran};

const PROTOBUF: (&str, &str) = ("content-type", "application/x-protobuf");
const JSON: (&str, &str) = ("content-type", "application/json");
const PATH: &str = "/v1/traces";

fn root() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into()).into()
}

/// A program of an SDK; nothing where it is not installed, which is told.
#[expect(clippy::print_stderr, reason = "a test that was left out has to be seen")]
fn peer(path: &str) -> Option<PathBuf> {
    let path = root().join(".tools/otel").join(path);
    if !path.exists() {
        eprintln!("SKIPPED: {} is not here; ./test installs it", path.display());
        return None;
    }
    Some(path)
}

fn ran(command: &mut Command) {
    let output = command.output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !said.contains("rror"), "{said}");
}

/// Tells a story with the SDK for Python.
fn python(python: &Path, protocol: &str, endpoint: &str, story: &str) {
    let script = root().join("tests/support/otel/spans.py");
    ran(Command::new(python).arg(script).args([protocol, endpoint, story]));
}

/// The header and the lines of the one capture of a place.
fn stored(place: &Place, ran: Ran) -> (Value, String) {
    let told = ran.ok();
    let id = told.lines().next().and_then(|line| line.strip_prefix("Capture saved: ")).expect(&told);
    let read = |name: &str| place.read(&format!(".caskmcp/captures/{id}/{name}"));
    (serde_json::from_str(&read("capture.json")).expect("JSON"), read("exchanges.jsonl"))
}

fn post(listener: &Listener, headers: &[(&str, &str)], body: &[u8]) -> Response {
    send(&listener.http, "POST", PATH, headers, Some(body)).expect("an answer")
}

/// A span of a call as JSON.
fn span(id: u32) -> Value {
    let attribute = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
    json!({"traceId": "5b8efff798038103d269b633813fc60c", "spanId": format!("{id:016x}"), "kind": 3, "attributes": [
        attribute("http.request.method", "GET"), attribute("url.full", &format!("https://api.shop.example/orders/{id}"))]})
}

fn request(spans: &[Value]) -> Vec<u8> {
    json!({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).to_string().into_bytes()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("packed");
    encoder.finish().expect("packed")
}

/// What the SDK of Python told becomes a toolpack, and what it told later is drift.
fn shop(protocol: &str, of: fn(&Listener) -> String, more: &[&str]) {
    let Some(program) = peer("python/bin/python") else { return };
    let place = Place::with_git();
    let listener = Listener::start(&place, more);
    python(&program, protocol, &of(&listener), "told");
    let (header, lines) = stored(&place, listener.end("-TERM"));
    assert_eq!(header["kinds"], json!(["otel"]));
    assert_eq!(header["allowed_hosts"], json!(["api.shop.example"]));
    let counts = &header["counts"];
    assert_eq!((&counts["read"], &counts["kept"]), (&json!(15), &json!(5)), "{header}");
    assert!(!lines.contains("s3cr3t") && !lines.contains("ann@example.org"), "{lines}");
    assert_eq!(lines.matches("\"route\":\"/orders/{id}\"").count(), 4, "{lines}");

    let capture = format!(".caskmcp/captures/{}", header["id"].as_str().expect("an id"));
    place.cask(&["mint", &capture, "-o", "toolpacks/shop"]).ok();
    let tools = place.read("toolpacks/shop/artifact/tools.json");
    assert!(tools.contains("/orders/{id}") && tools.contains("\"POST\""), "{tools}");
    let drift =
        |to: &str| place.cask(&["drift", "--toolpack", "toolpacks/shop", "--to", to, "--format", "json"]);
    let ran = drift(&capture);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);

    let listener = Listener::start(&place, &[more, &["-a", "api.shop.example", "--name", "later"]].concat());
    python(&program, protocol, &of(&listener), "changed");
    let (header, _) = stored(&place, listener.end("-INT"));
    assert_eq!(header["name"], "later");
    let ran = drift(&format!(".caskmcp/captures/{}", header["id"].as_str().expect("an id")));
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("obs.schema-violation") && ran.out.contains("total"), "{}", ran.out);
}

#[test]
fn what_an_sdk_sends_becomes_a_toolpack_and_drift_is_seen() {
    shop("http", |listener| format!("{}{PATH}", listener.http), &[]);
}

#[test]
fn an_sdk_that_sends_json_is_understood() {
    let Some(folder) = peer("node_modules") else { return };
    let place = Place::new();
    let listener = Listener::start(&place, &[]);
    let script = root().join("tests/support/otel/spans.mjs");
    ran(Command::new("node").arg(script).arg(folder).arg(format!("{}{PATH}", listener.http)));
    let (header, lines) = stored(&place, listener.end("-TERM"));
    assert_eq!(header["counts"]["kept"], 2, "{header}");
    assert!(lines.contains("/orders/4711?expand=lines") && !lines.contains("k3y-of"), "{lines}");
}

/// The spans of a fixture in two requests, one of each encoding, in several orders: always the capture of the file.
#[test]
fn what_is_sent_in_any_order_is_stored_as_a_file_of_it_is() {
    let text = std::fs::read_to_string(root().join("fixtures/capture/otel_new.json")).expect("a fixture");
    let whole: Value = serde_json::from_str(&text).expect("JSON");
    let lists = whole["resourceSpans"].as_array().expect("a list").iter();
    let lists = lists.flat_map(|one| one["scopeSpans"].as_array().expect("a list"));
    let mut spans: Vec<Value> =
        lists.flat_map(|one| one["spans"].as_array().expect("a list").clone()).collect();
    // The ids of the fixture are short names; in protobuf they are bytes.
    for span in &mut spans {
        for name in ["traceId", "spanId", "parentSpanId"] {
            if let Some(id) = span[name].as_str() {
                span[name] = id.bytes().map(|byte| format!("{byte:02x}")).collect::<String>().into();
            }
        }
    }
    let place = Place::new();
    place.write("spans.json", request(&spans));
    let hosts = ["-a", "billing.example.com", "-a", "billing.example.com:8443", "--name", "spans"];
    let (header, lines) =
        stored(&place, place.cask(&[&["capture", "import", "spans.json"], &hosts[..]].concat()));
    assert_eq!(header["counts"]["kept"], 4);
    for turn in [0, 3, 7] {
        spans.rotate_left(turn);
        let place = Place::new();
        let listener = Listener::start(&place, &hosts);
        let (first, second) = spans.split_at(spans.len() / 2);
        assert_eq!(post(&listener, &[JSON], &request(first)).status, 200);
        let sent: ExportTraceServiceRequest = serde_json::from_slice(&request(second)).expect("a request");
        let packed = gzip(&sent.encode_to_vec());
        let answer = post(&listener, &[PROTOBUF, ("content-encoding", "gzip")], &packed);
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/x-protobuf")));
        assert_eq!(
            ExportTraceServiceResponse::decode(&*answer.body),
            Ok(ExportTraceServiceResponse::default())
        );
        let (told, stored) = stored(&place, listener.end("-TERM"));
        assert_eq!((stored, told), (lines.clone(), header.clone()), "{turn}");
    }
}

/// A file of any of the names that import knows, sent as it is: the calls of the file, and none is lost without a word.
#[test]
fn what_is_sent_under_any_of_its_names_is_what_a_file_of_it_tells() {
    let plain = String::from_utf8(request(&[span(1), span(2)])).expect("text");
    let mapped = |id: u32| {
        let mut span = span(id);
        span["attributes"] = json!({"http.request.method": "GET", "url.full": format!("https://api.shop.example/orders/{id}")});
        span
    };
    for text in [
        plain.clone(),
        plain.replace("resourceSpans", "resource_spans").replace("scopeSpans", "scope_spans"),
        plain.replace("scopeSpans", "instrumentationLibrarySpans"),
        String::from_utf8(request(&[mapped(1), mapped(2)])).expect("text"),
    ] {
        let place = Place::new();
        place.write("spans.json", &text);
        let hosts = ["-a", "api.shop.example"];
        let (_, file) =
            stored(&place, place.cask(&[&["capture", "import", "spans.json"], &hosts[..]].concat()));
        assert_eq!(file.lines().count(), 2, "{text}");
        let listener = Listener::start(&place, &hosts);
        assert_eq!(post(&listener, &[JSON], text.as_bytes()).status, 200);
        assert_eq!(stored(&place, listener.end("-TERM")).1, file, "{text}");
    }
}

/// What is no request, too much or not meant for us is refused in the words of the protocol, and costs no other.
#[test]
fn whoever_sends_what_is_none_is_told_so_and_costs_no_other() {
    let place = Place::new();
    let listener = Listener::start(&place, &[]);
    let sent: ExportTraceServiceRequest = serde_json::from_slice(&request(&[span(1)])).expect("a request");
    let wire = sent.encode_to_vec();
    let deep = [&b"{\"resourceSpans\":"[..], &b"[".repeat(100_000), &b"]".repeat(100_000), b"}"].concat();
    // 40 MiB of nothing, in 40 KB; and packed twice.
    let bomb = gzip(&vec![0; 40 << 20]);
    let port = listener.http.rsplit(':').next().expect("a port");
    let (elsewhere, other) = (format!("rebound.example:{port}"), "gzip, gzip");
    type Row<'r> = (&'r str, &'r [(&'r str, &'r str)], &'r [u8], u16, i64);
    let rows: &[Row] = &[
        ("cut off", &[PROTOBUF], &wire[..wire.len() - 1], 400, 3),
        ("no protobuf", &[PROTOBUF], b"{}", 400, 3),
        ("no JSON", &[JSON], &wire, 400, 3),
        ("deep", &[JSON], &deep, 400, 3),
        ("of another type", &[("content-type", "text/plain")], b"{}", 415, 3),
        ("of no type", &[], b"{}", 415, 3),
        ("a bomb", &[PROTOBUF, ("content-encoding", "gzip")], &bomb, 413, 8),
        ("not packed", &[JSON, ("content-encoding", "gzip")], b"{}", 400, 3),
        ("packed otherwise", &[JSON, ("content-encoding", "br")], b"{}", 415, 12),
        ("packed twice", &[JSON, ("content-encoding", other)], b"{}", 415, 12),
        ("a web page's", &[JSON, ("origin", "https://evil.example")], &request(&[span(2)]), 403, 7),
        ("a rebound name's", &[JSON, ("host", &elsewhere)], &request(&[span(2)]), 403, 7),
    ];
    for (what, headers, body, status, code) in rows {
        let answer = match headers.iter().find(|(name, _)| *name == "host") {
            Some((_, host)) => other_host(&listener, host, body),
            None => post(&listener, headers, body),
        };
        assert_eq!(answer.status, *status, "{what}: {}", answer.text());
        let (told, message) = match headers.contains(&PROTOBUF) {
            true => status_of(&answer),
            false => (answer.json()["code"].as_i64(), answer.json()["message"].as_str().map(str::to_owned)),
        };
        assert_eq!(told, Some(*code), "{what}");
        assert!(message.is_some_and(|message| !message.is_empty()), "{what}");
    }
    for (path, method, status) in
        [("/v1/metrics", "POST", 404), ("/v1/logs", "POST", 404), ("/", "GET", 404), (PATH, "GET", 405)]
    {
        let answer = send(&listener.http, method, path, &[JSON], None).expect("an answer");
        assert_eq!(answer.status, status, "{method} {path}");
        assert!(answer.json()["code"].is_i64(), "{}", answer.text());
    }
    // Some spans of a request that can't be read are told by number; the others are taken.
    let answer = post(&listener, &[JSON], &request(&[span(3), json!({"name": "x"}), span(4)]));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["partialSuccess"]["rejectedSpans"], "1", "{}", answer.text());
    let ran = listener.end("-TERM");
    assert!(ran.err.contains("! not taken: 5 requests that could not be read"), "{}", ran.err);
    assert!(ran.err.contains("! not taken: 2 requests of web pages"), "{}", ran.err);
    let (header, lines) = stored(&place, ran);
    assert_eq!(lines.lines().count(), 2, "{lines}");
    let warned = header["warnings"].to_string();
    for lost in ["1 request too large", "1 request to no place that is known", "2 requests of web pages"] {
        assert!(warned.contains(&format!("not taken: {lost}")), "{lost}: {warned}");
    }
    assert!(
        !warned.contains("metrics") && !warned.contains("another method"),
        "no span was in them: {warned}"
    );
}

/// Code and message of a `google.rpc.Status`.
fn status_of(answer: &Response) -> (Option<i64>, Option<String>) {
    #[derive(Clone, PartialEq, prost::Message)]
    struct Status {
        #[prost(int32, tag = "1")]
        code: i32,
        #[prost(string, tag = "2")]
        message: String,
    }
    let status = Status::decode(&*answer.body).expect("a Status");
    (Some(status.code.into()), Some(status.message))
}

/// A request that names another server than the one that it reaches.
fn other_host(listener: &Listener, host: &str, body: &[u8]) -> Response {
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = open(listener);
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).expect("sent");
    let mut all = String::new();
    stream.read_to_string(&mut all).expect("an answer");
    let (head, body) = all.split_once("\r\n\r\n").expect("a head");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    Response { status, headers: Vec::new(), body: body.as_bytes().to_vec() }
}

fn open(listener: &Listener) -> TcpStream {
    let stream = TcpStream::connect(listener.http.trim_start_matches("http://")).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("set");
    stream
}

/// A length that nobody sends is refused by its number, and a body that drips is waited for no longer than it may take;
/// whoever opens connections and says nothing keeps the others out only for so long.
#[test]
fn who_is_slow_or_says_nothing_keeps_nobody_out() {
    let place = Place::new();
    let listener = Listener::start(&place, &["-a", "api.shop.example"]);
    let began = Instant::now();
    let head = |length: &str| {
        format!(
            "POST {PATH} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n{length}\r\n\r\n",
            &listener.http[7..]
        )
    };
    let status = |stream: &mut TcpStream| {
        let mut line = [0; 12];
        stream.read_exact(&mut line).map(|()| String::from_utf8_lossy(&line[9..]).into_owned())
    };
    let mut large = open(&listener);
    large.write_all(head("content-length: 1073741824").as_bytes()).expect("sent");
    assert_eq!(status(&mut large).expect("an answer"), "413");
    assert!(began.elapsed() < Duration::from_secs(5), "nothing of it was waited for");

    let idle: Vec<TcpStream> = (0..200).map(|_| open(&listener)).collect();
    let mut drip = open(&listener);
    drip.write_all(head("transfer-encoding: chunked").as_bytes()).expect("sent");
    let mut dripping = drip.try_clone().expect("a socket");
    let drops = std::thread::spawn(move || {
        while dripping.write_all(b"1\r\n{\r\n").is_ok() && began.elapsed() < Duration::from_secs(40) {
            std::thread::sleep(Duration::from_millis(200));
        }
    });
    // Whoever sends something meanwhile is heard.
    assert_eq!(post(&listener, &[JSON], &request(&[span(1)])).status, 200);
    let more: Vec<TcpStream> = (0..200).map(|_| open(&listener)).collect();
    assert_eq!(post(&listener, &[JSON], &request(&[span(2)])).status, 200, "in its turn");
    assert_eq!(status(&mut drip).expect("an answer"), "408");
    assert!(began.elapsed() < Duration::from_secs(40), "{:?}", began.elapsed());
    drop((idle, more, large, drip));
    drops.join().expect("it ends");
    let (header, lines) = stored(&place, listener.end("-TERM"));
    assert_eq!(lines.lines().count(), 2, "{lines}");
    assert!(header["warnings"].to_string().contains("not taken: 1 request too slow"), "{header}");
}

#[test]
fn it_ends_when_it_was_told_to_and_finishes_what_was_begun() {
    let place = Place::new();
    let listener = Listener::start(&place, &["--max-spans", "2"]);
    assert_eq!(post(&listener, &[JSON], &request(&[span(1)])).status, 200);
    // Half a request, whose other half comes once the end was asked for.
    let body = request(&[span(2)]);
    let mut slow = begun(&listener, &body, 20);
    assert_eq!(post(&listener, &[JSON], &request(&[span(3), span(4)])).status, 200);
    until_deaf(&listener);
    slow.write_all(&body[20..]).expect("it is still there");
    let mut answer = String::new();
    slow.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let ran = listener.ended();
    assert!(ran.err.contains("enough has come: 4 spans in 3 requests"), "{}", ran.err);
    assert_eq!(stored(&place, ran).1.lines().count(), 4);
}

/// A request of which the first bytes were sent, and whose body is waited for.
fn begun(listener: &Listener, body: &[u8], bytes: usize) -> TcpStream {
    const GO_ON: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n",
        &listener.http[7..],
        body.len()
    );
    let mut stream = open(listener);
    stream.write_all(head.as_bytes()).expect("sent");
    let mut told = vec![0; GO_ON.len()];
    stream.read_exact(&mut told).expect("an answer");
    assert_eq!(told, GO_ON, "{}", String::from_utf8_lossy(&told));
    stream.write_all(&body[..bytes]).expect("sent");
    stream
}

/// Waits until no connection is taken any more.
fn until_deaf(listener: &Listener) {
    let end = Instant::now() + Duration::from_secs(60);
    while TcpStream::connect(listener.http.trim_start_matches("http://")).is_ok() {
        assert!(Instant::now() < end, "it still listens");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Whoever sends and sends is waited for no longer than two seconds, and is among what is told.
#[test]
fn what_never_comes_to_its_end_is_told() {
    let place = Place::new();
    let listener = Listener::start(&place, &[]);
    assert_eq!(post(&listener, &[JSON], &request(&[span(1)])).status, 200);
    let body = request(&[span(2)]);
    let _slow = [begun(&listener, &body, 20), begun(&listener, &body, 0)];
    let ran = listener.end("-TERM");
    assert!(ran.err.contains("asked to end: 1 span in 1 request,"), "{}", ran.err);
    assert!(ran.err.contains("! not taken: 2 requests cut off"), "{}", ran.err);
    let (header, lines) = stored(&place, ran);
    assert_eq!(lines.lines().count(), 1, "{lines}");
    assert!(header["warnings"].to_string().contains("not taken: 2 requests cut off"), "{header}");
}

#[test]
fn a_second_request_to_end_is_not_put_off() {
    let place = Place::new();
    let listener = Listener::start(&place, &[]);
    assert_eq!(post(&listener, &[JSON], &request(&[span(1)])).status, 200);
    // It is waited for.
    let _slow = begun(&listener, b"{}", 1);
    listener.signal("-INT");
    until_deaf(&listener);
    let ran = listener.end("-INT");
    assert_eq!((ran.code, ran.out.as_str()), (130, ""), "{}", ran.err);
    assert!(!place.path(".caskmcp").exists(), "and nothing is left");
}

#[test]
fn nothing_is_no_capture() {
    let place = Place::new();
    let listener = Listener::start(&place, &[]);
    send(&listener.http, "POST", "/v1/metrics", &[JSON], Some(b"{}")).expect("an answer");
    let ran = listener.end("-TERM");
    assert_eq!((ran.code, ran.out.as_str()), (3, ""), "{}", ran.err);
    for words in ["no span came in ", "1 request of metrics or logs", "OTEL_EXPORTER_OTLP_ENDPOINT"] {
        assert!(ran.err.contains(words), "{words}: {}", ran.err);
    }
    // Spans, and none of a call.
    let listener = Listener::start(&place, &[]);
    let work = json!({"traceId": "ab", "spanId": "cd", "kind": 1});
    assert_eq!(post(&listener, &[JSON], &request(&[work])).status, 200);
    let ran = listener.end("-INT");
    assert_eq!((ran.code, ran.out.as_str()), (3, ""), "{}", ran.err);
    assert!(ran.err.contains("not-http") && ran.err.contains("http.request.method"), "{}", ran.err);
    assert!(!place.path(".caskmcp").exists(), "and nothing is left");
}

#[test]
fn other_machines_reach_it_only_where_that_is_said() {
    let place = Place::new();
    let open = ["capture", "listen", "--otlp", "--bind", "0.0.0.0:0", "--duration", "1"];
    let err = place.cask(&open).failed();
    assert!(
        err.contains("other machines could reach this address") && err.contains("--unsafe-bind"),
        "{err}"
    );
    let ran = place.cask(&[&open[..], &["--unsafe-bind", "--http-host", "collector.example"]].concat());
    assert!(ran.err.contains("! other machines reach 0.0.0.0:"), "{}", ran.err);
    assert!(ran.err.contains("collector.example"), "{}", ran.err);
}

/// The same over gRPC, in a program that was built with the feature.
#[cfg(feature = "otlp-grpc")]
mod grpc {
    use super::*;

    fn address(listener: &Listener) -> String {
        listener.grpc.clone().expect("it was asked for")
    }

    #[test]
    fn what_an_sdk_sends_becomes_a_toolpack_and_drift_is_seen() {
        shop("grpc", address, &["--grpc-bind", "127.0.0.1:0"]);
    }

    /// Whoever opens more connections than there are and asks for nothing, with a word of the protocol or without, keeps the
    /// others out only for so long.
    #[test]
    fn who_says_nothing_keeps_nobody_out() {
        const HELLO: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
        let place = Place::new();
        let listener = Listener::start(&place, &["--grpc-bind", "127.0.0.1:0"]);
        let at = address(&listener);
        let open = || TcpStream::connect(&at[7..]).expect("it listens");
        let idle: Vec<TcpStream> = (0..300)
            .map(|n| {
                let mut stream = open();
                if n % 2 == 0 {
                    stream.write_all(HELLO).expect("sent");
                }
                stream
            })
            .collect();
        let mut other = open();
        other.set_read_timeout(Some(Duration::from_secs(60))).expect("set");
        other.write_all(HELLO).expect("sent");
        let mut settings = [0; 9];
        other.read_exact(&mut settings).expect("in its turn");
        assert_eq!(settings[3], 4, "SETTINGS come first: {settings:?}");
        drop((idle, other));
        assert_eq!(listener.end("-TERM").code, 3);
    }

    #[test]
    fn whoever_sends_what_is_none_is_told_so_and_costs_no_other() {
        let Some(program) = peer("python/bin/python") else { return };
        let place = Place::new();
        let listener = Listener::start(&place, &["--grpc-bind", "127.0.0.1:0"]);
        let at = address(&listener);
        let script = root().join("tests/support/otel/hostile.py");
        let output = Command::new(&program).arg(script).arg(&at[7..]).output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr);
        let codes: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{said}"));
        let expected = json!({"metrics": "UNIMPLEMENTED", "unknown": "UNIMPLEMENTED", "broken": "INVALID_ARGUMENT",
            "bomb": "RESOURCE_EXHAUSTED", "large": "RESOURCE_EXHAUSTED", "rebound": "PERMISSION_DENIED", "empty": "OK"});
        assert_eq!(codes, expected, "{said}");
        // A page speaks HTTP/1, and what is no gRPC gets no answer of it.
        let http = send(&at, "POST", PATH, &[JSON], Some(b"{}"));
        assert!(http.is_err(), "HTTP/1 is not spoken here");
        python(&program, "grpc", &at, "told");
        let ran = listener.end("-TERM");
        for told in
            ["1 request of metrics or logs", "2 requests too large", "1 request that could not be read"]
        {
            assert!(ran.err.contains(&format!("! not taken: {told}")), "{}", ran.err);
        }
        assert_eq!(stored(&place, ran).1.lines().count(), 5);
    }
}

/// What a build without gRPC says where it is asked for.
#[cfg(not(feature = "otlp-grpc"))]
#[test]
fn a_build_without_grpc_says_so() {
    let err =
        Place::new().cask(&["capture", "listen", "--otlp", "--bind", "127.0.0.1:0", "--grpc-bind"]).failed();
    assert!(err.contains("this build takes no gRPC") && err.contains("http/protobuf"), "{err}");
}
