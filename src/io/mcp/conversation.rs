//! A conversation with a server that is not trusted: one question at a time, and of what comes back only its answer. What
//! the server asks us is refused politely, what it tells unasked is counted and passed over.

use std::time::Instant;

use serde_json::{Map, Value as Json, json};

use super::asks::Asks;
use super::message::{self, Answer, Message};
use super::wire::Wire;
use crate::io::failure::Failure;

/// Messages that may come before the answer to a question.
const ASIDE: usize = 10_000;
/// Bytes that a server may say in one conversation, in all.
const HEARD: usize = 256 << 20;

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

    /// The way to the server.
    pub fn wire(&self) -> &W {
        &self.wire
    }

    /// The way to the server, the number of the last question, and what goes with each.
    pub(super) fn into_parts(self) -> (W, i64, Option<Json>) {
        (self.wire, self.asked, self.meta)
    }

    /// Tells the server something that wants no answer.
    ///
    /// # Errors
    /// As [`Wire::send`].
    pub fn tell(&mut self, method: &str, until: Instant) -> Result<(), Failure> {
        let message = json!({"jsonrpc": "2.0", "method": method});
        self.wire.send(message.to_string().as_bytes(), until)
    }

    fn answer(&mut self, id: i64, until: Instant) -> Result<Answer, Failure> {
        for _ in 0..ASIDE {
            let bytes = self.wire.next(until)?.ok_or_else(|| self.wire.late())?;
            self.heard += bytes.len();
            if self.heard > HEARD {
                return Err(self.failure(format!("the server said more than {} MiB", HEARD >> 20)));
            }
            match message::read(self.wire.name(), &bytes)? {
                Message::Answer(to, answer) if to.is_none_or(|to| to == id) => return Ok(answer),
                Message::Answer(to, _) => {
                    // The answer to another question under this number, or a number used twice.
                    let to = to.unwrap_or_default();
                    return Err(self.failure(format!("the server answered question {to}, which is not open")));
                }
                Message::Question(id, method) => {
                    let answer = message::turned_down(self.wire.name(), &id, &method)?;
                    self.wire.send(answer.to_string().as_bytes(), until)?;
                }
                Message::Told(_) => {}
            }
        }
        Err(self.failure(format!("the server sent {ASIDE} other messages instead of an answer")))
    }
}

impl<W: Wire> Asks for Conversation<W> {
    fn ask(
        &mut self,
        method: &str,
        mut params: Map<String, Json>,
        until: Instant,
    ) -> Result<Answer, Failure> {
        self.asked += 1;
        let id = self.asked;
        if let Some(meta) = &self.meta {
            params.insert("_meta".to_owned(), meta.clone());
        }
        let question = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        self.wire.send(question.to_string().as_bytes(), until)?;
        self.answer(id, until).map_err(|failure| failure.looked("asked for", method))
    }

    fn name(&self) -> &str {
        self.wire.name()
    }
}
