//! A client that speaks MCP over pipes, line by line, and holds every answer against what the server promised.
#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How long anything may take; a test that waits so long has failed.
const LONG: Duration = Duration::from_secs(60);

/// What a tool said.
#[derive(Debug)]
pub struct Said {
    pub is_error: bool,
    pub text: String,
    pub structured: Option<Value>,
}

impl Said {
    /// It answered.
    pub fn ok(self) -> Value {
        assert!(!self.is_error, "{}", self.text);
        self.structured.expect("an answer is structured")
    }

    /// It told why it can't.
    pub fn error(self) -> Value {
        assert!(self.is_error && self.structured.is_none(), "{}", self.text);
        serde_json::from_str(&self.text).expect("an error is JSON")
    }
}

/// A conversation.
pub struct Client {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    next: u64,
    schemas: HashMap<String, jsonschema::Validator>,
    meta: Option<Value>,
}

impl Client {
    /// Starts a server and says nothing.
    pub fn start(command: &mut Command) -> Client {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("cask runs");
        let (send, lines) = channel();
        let out = BufReader::new(child.stdout.take().expect("piped"));
        std::thread::spawn(move || out.lines().map_while(Result::ok).for_each(|line| drop(send.send(line))));
        let stdin = child.stdin.take();
        Client { child, stdin, lines, next: 1, schemas: HashMap::new(), meta: None }
    }

    /// Starts a server and shakes hands.
    pub fn open(command: &mut Command) -> Client {
        let mut client = Client::start(command);
        client.shake("2025-11-25");
        client.learn();
        client
    }

    /// The handshake of the revisions that have one.
    pub fn shake(&mut self, version: &str) -> Value {
        let client = json!({"name": "test", "version": "0"});
        let hello = json!({"protocolVersion": version, "capabilities": {}, "clientInfo": client});
        let answer = self.ask("initialize", hello);
        self.say(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        answer["result"].clone()
    }

    /// What is sent along with every request where there is no handshake.
    pub fn without_handshake(&mut self, version: &str) {
        self.meta = Some(json!({
            "io.modelcontextprotocol/protocolVersion": version,
            "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "0"},
            "io.modelcontextprotocol/clientCapabilities": {}
        }));
    }

    /// Asks what tools there are, and remembers what they promise.
    pub fn learn(&mut self) -> Vec<Value> {
        let tools = self.ask("tools/list", json!({}))["result"]["tools"].as_array().expect("tools").clone();
        for tool in &tools {
            let name = tool["name"].as_str().expect("a name").to_owned();
            let schema = jsonschema::draft202012::new(&tool["outputSchema"]).expect("a schema");
            self.schemas.insert(name, schema);
        }
        tools
    }

    pub fn line(&mut self, line: &[u8]) {
        let stdin = self.stdin.as_mut().expect("still open");
        stdin
            .write_all(line)
            .and_then(|()| stdin.write_all(b"\n"))
            .and_then(|()| stdin.flush())
            .expect("it reads");
    }

    pub fn say(&mut self, message: &Value) {
        self.line(message.to_string().as_bytes());
    }

    /// The next line: a message of the protocol, and nothing else ever.
    pub fn hear(&mut self) -> Value {
        let line = self.lines.recv_timeout(LONG).expect("an answer");
        let message: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{line}: {e}"));
        assert_eq!(message["jsonrpc"], "2.0", "{line}");
        message
    }

    /// Asks, and waits for the answer.
    pub fn ask(&mut self, method: &str, mut params: Value) -> Value {
        if let Some(meta) = &self.meta {
            params["_meta"] = meta.clone();
        }
        let id = self.next;
        self.next += 1;
        self.say(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        loop {
            let message = self.hear();
            if message["id"] == id {
                return message;
            }
        }
    }

    /// Calls a tool; what it says must be what it promised.
    pub fn call(&mut self, name: &str, arguments: Value) -> Said {
        let answer = self.ask("tools/call", json!({"name": name, "arguments": arguments}));
        let result = &answer["result"];
        let content = result["content"].as_array().unwrap_or_else(|| panic!("{name}: {answer}"));
        assert!(content.len() == 1 && content[0]["type"] == "text", "{answer}");
        let said = Said {
            is_error: result["isError"] == true,
            text: content[0]["text"].as_str().expect("text").to_owned(),
            structured: result.get("structuredContent").cloned(),
        };
        if let Some(structured) = &said.structured {
            let listed = name.replacen("cask_", "caskmcp_", 1);
            let schema = self.schemas.get(name).or_else(|| self.schemas.get(&listed)).expect("it is listed");
            schema.validate(structured).unwrap_or_else(|e| panic!("{name}: {e}\n{structured:#}"));
            assert_eq!(serde_json::from_str::<Value>(&said.text).ok().as_ref(), Some(structured));
        }
        said
    }

    /// Ends the input.
    pub fn close(&mut self) {
        self.stdin = None;
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the end: the exit code, how long it took, and what was told on stderr.
    pub fn end(mut self) -> (Option<i32>, Duration, String) {
        let began = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                break status;
            }
            assert!(began.elapsed() < LONG, "it does not end");
            std::thread::yield_now();
        };
        let took = began.elapsed();
        let mut told = String::new();
        self.child.stderr.take().expect("piped").read_to_string(&mut told).expect("text");
        (status.code(), took, told)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
