//! JSON-RPC with a server that is not trusted: one question at a time, and of what comes back only its answer. What the
//! server asks us is refused politely, what it tells unasked is counted and passed over.
//!
//! Format: <https://www.jsonrpc.org/specification>, as MCP narrows it.

use std::time::Instant;

use serde_json::{Map, Value as Json, json};

use super::wire::{MESSAGE, Wire};
use crate::canon::read_json::read_json;
use crate::canon::{Limits, Node};
use crate::io::failure::Failure;

/// Messages that may come before the answer to a question.
const ASIDE: usize = 10_000;
/// Bytes that a server may say in one conversation, in all.
const HEARD: usize = 256 << 20;
/// Values that one message may hold.
const VALUES: usize = 1_000_000;

const METHOD_NOT_FOUND: i64 = -32601;

/// An error that a server answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Its number.
    pub code: i64,
    /// What it says, as it says it.
    pub message: String,
}

/// What a message is.
enum Heard {
    Answer(i64, Result<Node, Refused>),
    Question(Node, String),
    Told,
}

/// A conversation with one server.
pub struct Conversation<W> {
    wire: W,
    asked: i64,
    heard: usize,
    /// What goes with each question, where the revision of the protocol wants it.
    meta: Option<Json>,
}

impl<W: Wire> Conversation<W> {
    /// Nothing was said yet.
    pub fn new(wire: W) -> Conversation<W> {
        Conversation { wire, asked: 0, heard: 0, meta: None }
    }

    /// From now on this goes with each question.
    pub fn with_each(&mut self, meta: Json) {
        self.meta = Some(meta);
    }

    /// From now on each question goes as it is.
    pub fn without_meta(&mut self) {
        self.meta = None;
    }

    /// Tells the server something that wants no answer.
    ///
    /// # Errors
    /// As [`Wire::send`].
    pub fn tell(&mut self, method: &str, until: Instant) -> Result<(), Failure> {
        let message = json!({"jsonrpc": "2.0", "method": method});
        self.wire.send(message.to_string().as_bytes(), until)
    }

    /// Asks, and waits for the answer: what the server gives, or the error that it gives instead.
    ///
    /// # Errors
    /// No answer came in time, or something that is none.
    pub fn ask(
        &mut self,
        method: &str,
        mut params: Map<String, Json>,
        until: Instant,
    ) -> Result<Result<Node, Refused>, Failure> {
        self.asked += 1;
        let id = self.asked;
        if let Some(meta) = &self.meta {
            params.insert("_meta".to_owned(), meta.clone());
        }
        let question = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        self.wire.send(question.to_string().as_bytes(), until)?;
        self.answer(id, until).map_err(|failure| failure.looked("asked for", method))
    }

    fn answer(&mut self, id: i64, until: Instant) -> Result<Result<Node, Refused>, Failure> {
        for _ in 0..ASIDE {
            let bytes = self.wire.next(until)?;
            self.heard += bytes.len();
            if self.heard > HEARD {
                return Err(self.failure(format!("the server said more than {} MiB", HEARD >> 20)));
            }
            match self.understood(&bytes)? {
                Heard::Answer(to, answer) if to == id => return Ok(answer),
                Heard::Answer(to, _) => {
                    // The answer to another question under this number, or a number used twice.
                    return Err(self.failure(format!("the server answered question {to}, which is not open")));
                }
                Heard::Question(id, method) => self.turn_down(&id, &method, until)?,
                Heard::Told => {}
            }
        }
        Err(self.failure(format!("the server sent {ASIDE} other messages instead of an answer")))
    }

    /// Answers what the server asks: it may know that we are here, and nothing else.
    fn turn_down(&mut self, id: &Node, method: &str, until: Instant) -> Result<(), Failure> {
        let id: Json = match (id.as_text(), id.as_int()) {
            (Some(text), _) => text.into(),
            (None, Some(number)) => number.into(),
            (None, None) => return Err(self.failure("the server asked something under an id that is none")),
        };
        let answer = match method {
            "ping" => json!({"jsonrpc": "2.0", "id": id, "result": {}}),
            "roots/list" => json!({"jsonrpc": "2.0", "id": id, "result": {"roots": []}}),
            _ => json!({"jsonrpc": "2.0", "id": id,
                "error": {"code": METHOD_NOT_FOUND, "message": "no question of a server is answered here"}}),
        };
        self.wire.send(answer.to_string().as_bytes(), until)
    }

    fn understood(&self, bytes: &[u8]) -> Result<Heard, Failure> {
        let limits = Limits { nodes: VALUES, ..Limits::new(MESSAGE) };
        let message = read_json(self.wire.name(), bytes, &limits).map_err(|fault| {
            let start: String = String::from_utf8_lossy(bytes).chars().take(120).collect();
            self.failure("the server said something that is no message of MCP")
                .why(fault.message)
                .looked("it said", start)
        })?;
        let method = message.get("method").and_then(Node::as_text);
        let id = message.get("id").filter(|id| !id.is_null());
        let error = message.get("error").filter(|error| !error.is_null());
        match (method, id, message.get("result"), error) {
            (Some(method), Some(id), None, None) => Ok(Heard::Question(id.clone(), method.to_owned())),
            (Some(_), None, None, None) => Ok(Heard::Told),
            (None, Some(id), Some(result), None) => Ok(Heard::Answer(self.number(id)?, Ok(result.clone()))),
            (None, Some(id), None, Some(error)) => Ok(Heard::Answer(self.number(id)?, Err(refused(error)))),
            // It could not read what we said: as good as an answer to the question that is open.
            (None, None, None, Some(error)) => Ok(Heard::Answer(self.asked, Err(refused(error)))),
            _ => Err(self.failure("the server said something that is no message of MCP")),
        }
    }

    fn number(&self, id: &Node) -> Result<i64, Failure> {
        id.as_int().ok_or_else(|| self.failure("the server answered under an id that was not asked under"))
    }

    /// A failure of this server.
    pub fn failure(&self, message: impl Into<String>) -> Failure {
        Failure::new(self.wire.name(), message)
    }
}

fn refused(error: &Node) -> Refused {
    let said = error.get("message").and_then(Node::as_text).unwrap_or_default();
    Refused {
        code: error.get("code").and_then(Node::as_int).unwrap_or_default(),
        message: said.chars().take(500).collect(),
    }
}
