//! A conversation with a server on its standard streams: messages out, answers in, each waited for within bounds.
#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How long an answer may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A conversation.
pub struct Session {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    errors: Receiver<String>,
    answers: BTreeMap<String, Value>,
    /// Everything that came and is no answer.
    pub notifications: Vec<Value>,
    /// What stood on standard output and is no message.
    pub stray: Vec<String>,
    next: i64,
}

impl Session {
    /// Starts a server. Nothing is said yet.
    pub fn start(mut command: Command) -> Session {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the server starts");
        let input = child.stdin.take();
        let lines = reading(child.stdout.take().expect("piped"));
        let errors = reading(child.stderr.take().expect("piped"));
        Session {
            child,
            input,
            lines,
            errors,
            answers: BTreeMap::new(),
            notifications: Vec::new(),
            stray: Vec::new(),
            next: 0,
        }
    }

    /// Starts a server and shakes hands.
    pub fn open(command: Command) -> Session {
        let mut session = Session::start(command);
        session.shake("2025-11-25");
        session
    }

    /// The handshake of the revisions that have one; what the server says of itself.
    pub fn shake(&mut self, revision: &str) -> Value {
        let hello = json!({"protocolVersion": revision, "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"}});
        let said = self.ask("initialize", hello);
        self.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        said["result"].clone()
    }

    pub fn send(&mut self, message: &Value) {
        self.raw(&message.to_string());
    }

    pub fn raw(&mut self, line: &str) {
        let input = self.input.as_mut().expect("the conversation goes on");
        writeln!(input, "{line}").expect("the server reads");
        input.flush().expect("the server reads");
    }

    /// Sends a request; its id.
    pub fn begin(&mut self, method: &str, params: Value) -> i64 {
        self.next += 1;
        let id = self.next;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        id
    }

    /// The answer to a request.
    pub fn answer(&mut self, id: i64) -> Value {
        self.answer_to(&json!(id))
    }

    /// The answer to a message with this id; null is the id of what could not be read.
    pub fn answer_to(&mut self, id: &Value) -> Value {
        let key = id.to_string();
        self.until(|session| session.answers.remove(&key))
    }

    /// The next answer to come, whatever it answers.
    pub fn any(&mut self) -> (i64, Value) {
        self.until(|session| {
            let (key, said) = session.answers.pop_first()?;
            Some((key.parse().expect("an id of ours"), said))
        })
    }

    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.begin(method, params);
        self.answer(id)
    }

    /// Calls a tool: its result.
    pub fn call(&mut self, tool: &str, arguments: Value) -> Value {
        let said = self.ask("tools/call", json!({"name": tool, "arguments": arguments}));
        assert!(said.get("error").is_none(), "{said}");
        said["result"].clone()
    }

    /// The text of a call, read as JSON.
    pub fn told(&mut self, tool: &str, arguments: Value) -> Value {
        let result = self.call(tool, arguments);
        let text = result["content"][0]["text"].as_str().expect("text");
        serde_json::from_str(text).unwrap_or_else(|_| json!(text))
    }

    /// Names of the tools that are offered.
    pub fn tools(&mut self) -> Vec<String> {
        let said = self.ask("tools/list", json!({}));
        let tools = said["result"]["tools"].as_array().expect("tools");
        tools.iter().map(|tool| tool["name"].as_str().expect("a name").to_owned()).collect()
    }

    /// Waits until something that came satisfies.
    pub fn until<T>(&mut self, mut found: impl FnMut(&mut Session) -> Option<T>) -> T {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = found(self) {
                return found;
            }
            let left = end.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => self.take(line),
                Err(_) => panic!("no answer came; told: {:?}", self.told_aside()),
            }
        }
    }

    fn take(&mut self, line: String) {
        match serde_json::from_str::<Value>(&line) {
            Ok(message) if message.get("method").is_some() => self.notifications.push(message),
            Ok(message) => drop(self.answers.insert(message["id"].to_string(), message)),
            Err(_) => self.stray.push(line),
        }
    }

    /// What the server told whoever started it so far.
    pub fn told_aside(&self) -> Vec<String> {
        self.errors.try_iter().collect()
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Hangs up; the exit code, how long the end took, and what was told aside.
    pub fn close(mut self) -> (i32, Duration, Vec<String>) {
        drop(self.input.take());
        self.ended()
    }

    /// Waits for the end.
    pub fn ended(mut self) -> (i32, Duration, Vec<String>) {
        let start = Instant::now();
        let code = loop {
            match self.child.try_wait().expect("a child") {
                Some(status) => break status.code().unwrap_or(-1),
                None if start.elapsed() > PATIENCE => {
                    let _ = self.child.kill();
                    panic!("the server does not end");
                }
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        };
        let took = start.elapsed();
        while let Ok(line) = self.lines.recv_timeout(Duration::from_millis(200)) {
            self.take(line);
        }
        assert_eq!(self.stray, Vec::<String>::new(), "standard output is for the protocol");
        (code, took, self.told_aside())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn reading(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}
