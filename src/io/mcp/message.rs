//! What a server that is not trusted says: bytes in, a message of JSON-RPC out.
//!
//! Format: <https://www.jsonrpc.org/specification>, as MCP narrows it.

use serde_json::{Value as Json, json};

use super::wire::MESSAGE;
use crate::canon::read_json::read_json;
use crate::canon::{Limits, Node};
use crate::io::failure::Failure;

/// Values that one message may hold.
const VALUES: usize = 1_000_000;
/// Characters of an error that are kept.
const COMPLAINT: usize = 500;

const METHOD_NOT_FOUND: i64 = -32601;

/// An error that a server answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Its number.
    pub code: i64,
    /// What it says, as it says it.
    pub message: String,
}

/// What a question came to: what the server gives, or the error that it gives instead.
pub type Answer = Result<Node, Refused>;

/// What a server said.
#[derive(Debug)]
pub enum Message {
    /// The answer to a question of this number; without one, to the question that is open: it could not be read.
    Answer(Option<i64>, Answer),
    /// It asks something: under which id, and what.
    Question(Node, String),
    /// It tells something that wants no answer.
    Told(String),
}

/// Reads what the server of this name said.
///
/// # Errors
/// It is no message.
pub fn read(name: &str, bytes: &[u8]) -> Result<Message, Failure> {
    let limits = Limits { nodes: VALUES, text: MESSAGE, ..Limits::new(MESSAGE) };
    let message = read_json(name, bytes, &limits).map_err(|fault| {
        let start: String = String::from_utf8_lossy(bytes).chars().take(120).collect();
        Failure::new(name, "the server said something that is no message of MCP")
            .why(fault.message)
            .looked("it said", start)
    })?;
    let method = message.get("method").and_then(Node::as_text);
    let id = message.get("id").filter(|id| !id.is_null());
    let error = message.get("error").filter(|error| !error.is_null());
    let number = |id: &Node| {
        let none = || Failure::new(name, "the server answered under an id that was not asked under");
        id.as_int().map(Some).ok_or_else(none)
    };
    match (method, id, message.get("result"), error) {
        (Some(method), Some(id), None, None) => Ok(Message::Question(id.clone(), method.to_owned())),
        (Some(method), None, None, None) => Ok(Message::Told(method.to_owned())),
        (None, Some(id), Some(result), None) => Ok(Message::Answer(number(id)?, Ok(result.clone()))),
        (None, Some(id), None, Some(error)) => Ok(Message::Answer(number(id)?, Err(refused(error)))),
        (None, None, None, Some(error)) => Ok(Message::Answer(None, Err(refused(error)))),
        _ => Err(Failure::new(name, "the server said something that is no message of MCP")),
    }
}

fn refused(error: &Node) -> Refused {
    let said = error.get("message").and_then(Node::as_text).unwrap_or_default();
    Refused {
        code: error.get("code").and_then(Node::as_int).unwrap_or_default(),
        message: said.chars().take(COMPLAINT).collect(),
    }
}

/// The answer to what a server asks: it may know that we are here, and nothing else.
///
/// # Errors
/// The id is none.
pub fn turned_down(name: &str, id: &Node, method: &str) -> Result<Json, Failure> {
    let id: Json = match (id.as_text(), id.as_int()) {
        (Some(text), _) => text.into(),
        (None, Some(number)) => number.into(),
        (None, None) => {
            return Err(Failure::new(name, "the server asked something under an id that is none"));
        }
    };
    Ok(match method {
        "ping" => json!({"jsonrpc": "2.0", "id": id, "result": {}}),
        "roots/list" => json!({"jsonrpc": "2.0", "id": id, "result": {"roots": []}}),
        _ => json!({"jsonrpc": "2.0", "id": id,
            "error": {"code": METHOD_NOT_FOUND, "message": "no question of a server is answered here"}}),
    })
}
