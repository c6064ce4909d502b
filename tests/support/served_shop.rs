//! A repository whose toolpack calls a server of this test, minted, signed and merged by the real commands.
#![allow(dead_code, reason = "each test file uses its part")]

use std::process::Command;

use super::session::Session;
use super::support::Place;
use super::upstream::Upstream;

/// The description that the toolpack is minted from: `get_item` reads, `create_item` asks a person.
pub fn description(port: u16) -> String {
    described(&format!("http://127.0.0.1:{port}"))
}

/// The same, of an API that is elsewhere.
fn described(server: &str) -> String {
    let answer = r##"{description: ok, content: {application/json: {schema: {type: object, required: [id], properties: {id: {type: string}, color: {type: string}}}}}}"##;
    format!(
        r#"openapi: 3.1.0
info: {{title: Shop, version: "1"}}
servers: [{{url: "{server}/api"}}]
paths:
  /items/{{id}}:
    get:
      operationId: getItem
      summary: Get one item
      parameters:
      - {{name: id, in: path, required: true, schema: {{type: string}}}}
      - {{name: expand, in: query, schema: {{type: array, items: {{type: string}}}}}}
      responses: {{"200": {answer}}}
  /items:
    get:
      operationId: listItems
      summary: List items
      responses: {{"200": {{description: ok, content: {{application/json: {{schema: {{type: array, items: {{type: object}}}}}}}}}}}}
    post:
      operationId: createItem
      summary: Create an item
      requestBody: {{required: true, content: {{application/json: {{schema: {{type: object, required: [color], properties: {{color: {{type: string}}, big: {{type: boolean}}}}}}}}}}}}
      responses: {{"201": {answer}}}
"#
    )
}

/// Where the toolpack lies.
pub const PACK: &str = "packs/shop";
/// What opens this machine to calls.
pub const LOOPBACK: [&str; 2] = ["--allow-private-cidr", "127.0.0.0/8"];

/// A repository with a toolpack, approved and merged.
pub struct Shop {
    pub place: Place,
    pub upstream: Upstream,
}

impl Shop {
    pub fn new(upstream: Upstream) -> Shop {
        Shop::unsigned(upstream).approved()
    }

    /// The same, whose API is elsewhere: the server of this test is no more than on the way there.
    pub fn elsewhere(upstream: Upstream, server: &str) -> Shop {
        Shop::minted(upstream, &described(server)).approved()
    }

    fn approved(self) -> Shop {
        self.place.cask(&["gate", "allow", "--all", "--yes", "--reason", "looked at it"]).ok();
        self.place.merge("approve");
        self
    }

    /// The same before anybody approved anything.
    pub fn unsigned(upstream: Upstream) -> Shop {
        let described = description(upstream.port);
        Shop::minted(upstream, &described)
    }

    fn minted(upstream: Upstream, described: &str) -> Shop {
        let place = Place::with_git();
        place.write("api.yaml", described);
        place.cask(&["mint", "api.yaml", "-o", PACK]).ok();
        place.cask(&["key", "new", "--no-passphrase"]).ok();
        place.cask(&["trust", "init", "--id", "alice", "--yes"]).ok();
        place.write(".gitignore", ".caskmcp/state/\n");
        place.cask(&["gate", "sync"]).ok();
        place.merge("start");
        Shop { place, upstream }
    }

    /// The command that serves it.
    pub fn command(&self, more: &[&str]) -> Command {
        let mut args = vec!["run", "--toolpack", PACK];
        args.extend(LOOPBACK);
        args.extend(more);
        self.place.command(&args)
    }

    /// A conversation with its server.
    pub fn session(&self, more: &[&str]) -> Session {
        Session::open(self.command(more))
    }

    /// Lines of the audit log.
    pub fn audit(&self) -> Vec<serde_json::Value> {
        let text = self.place.read(".caskmcp/state/audit/runtime.jsonl");
        text.lines().map(|line| serde_json::from_str(line).expect("a record")).collect()
    }

    /// Reason codes of what was decided, in order.
    pub fn reasons(&self) -> Vec<String> {
        let records = self.audit();
        let decisions = records.iter().filter(|record| record["kind"] == "decision");
        decisions.map(|record| record["reason_code"].as_str().expect("a code").to_owned()).collect()
    }

    /// Changes a file of the toolpack.
    pub fn edit(&self, file: &str, from: &str, to: &str) {
        let path = format!("{PACK}/{file}");
        let text = self.place.read(&path);
        assert!(text.contains(from), "{file} has no {from:?}");
        self.place.write(&path, text.replace(from, to));
    }
}
