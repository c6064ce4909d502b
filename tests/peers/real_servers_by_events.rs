//! MCP servers that people run which speak HTTP with server-sent events alone: those of the official SDKs, in both languages.
//! Found out, locked, compared with themselves, served and called.

use crate::real_servers::{installed, release};
use crate::{session, support};

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use session::Session;
use support::Place;

const PACK: &str = "packs/it";
const OPEN: [&str; 2] = ["--allow-private-cidr", "127.0.0.0/8"];

/// A server that listens; it ends with the test.
struct Running {
    child: Child,
    port: u16,
}

impl Running {
    fn start(mut command: Command) -> Running {
        let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
        command
            .env("PORT", port.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let running = Running { child: command.spawn().expect("it starts"), port };
        let until = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < until, "it does not listen");
            std::thread::sleep(Duration::from_millis(50));
        }
        running
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A repository in which the server is locked, once it was found to be what it was.
fn locked(running: &Running, tools: usize) -> Place {
    let place = Place::with_git();
    let url = format!("http://127.0.0.1:{}/sse", running.port);
    let asked =
        |command: &[&str]| place.cask(&[command, &["--mcp-url", &url, "--mcp-name", "it"], &OPEN].concat());
    asked(&["mint", "-o", PACK]).ok();
    let baseline: Value =
        serde_json::from_str(&place.read(&format!("{PACK}/artifact/baseline.json"))).expect("JSON");
    let locked = &baseline["mcp"]["it"];
    assert_eq!(locked["launch"], json!({"transport": "sse", "url": url}));
    assert_eq!(locked["tools"].as_object().expect("tools").len(), tools);
    let same = asked(&["drift", "--toolpack", PACK]);
    assert_eq!(same.code, 0, "{}{}", same.out, same.err);
    place
}

/// The same where all of its tools are approved, and a session that serves those that only read.
fn served(running: &Running, tools: usize) -> (Place, Session) {
    let place = locked(running, tools);
    place.approve_all();
    let command = place.command(&[&["run", "--toolpack", PACK], &OPEN[..]].concat());
    (place, Session::open(command))
}

fn everything(release: &Path) -> Command {
    let mut command = Command::new("node");
    command.arg(release.join("node_modules/.bin/mcp-server-everything")).arg("sse");
    command
}

fn text(answer: &Value) -> &str {
    answer["content"][0]["text"].as_str().unwrap_or_default()
}

#[test]
fn server_everything_is_locked_and_called_by_events() {
    let (Some(old), Some(new)) =
        (release("server-everything@2025.9.25"), release("server-everything@2026.8.31"))
    else {
        return;
    };
    locked(&Running::start(everything(&old)), 10);
    let running = Running::start(everything(&new));
    let (_place, mut session) = served(&running, 13);
    assert_eq!(text(&session.call("echo", json!({"message": "hello"}))), "Echo: hello");
    let told = session.call("get-sum", json!({"a": 20, "b": 22}));
    assert_eq!(text(&told), "The sum of 20 and 22 is 42.");
    drop(running);
    let told = session.told("echo", json!({"message": "hello"}));
    assert_eq!(told["reason_code"], "error_upstream_unreachable", "it is gone");
}

#[test]
fn a_server_of_the_official_sdk_for_python_is_locked_and_called_by_events() {
    let python = installed().join("python-1.30.0/bin/python");
    if !python.exists() {
        return;
    }
    let mut command = Command::new(python);
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/peers/by_events.py"));
    let running = Running::start(command);
    let (_place, mut session) = served(&running, 2);
    let told = session.call("get_sum", json!({"a": 20, "b": 22}));
    assert_eq!(told["structuredContent"], json!({"result": 42}), "{told}");
    // What it shows comes through as it is.
    let shown = session.call("get_pixel", json!({}));
    let pixel =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=";
    assert_eq!(
        shown["content"][1],
        json!({"type": "image", "mimeType": "image/png", "data": pixel}),
        "{shown}"
    );
}
