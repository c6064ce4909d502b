//! Lines of a stream in, messages of the protocol out, and back: one message a line, bounded in size, and an answer
//! to whatever is none. The SDK's own transport drops what it can't read; whoever sent it would wait for ever.

use std::collections::HashSet;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex as Plain, PoisonError};
use std::time::Duration;

use rmcp::RoleServer;
use rmcp::model::{JsonRpcMessage, RequestId, ServerResult};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::sync::{Mutex, Notify};
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Bytes that a message may have.
pub const LINE: usize = 4 << 20;
/// Requests that wait for an answer at one time; more are not read.
const OPEN: usize = 256;
/// How long answers may take after the last line.
const REST: Duration = Duration::from_millis(1500);

const PARSE: i64 = -32700;
const INVALID: i64 = -32600;

/// A conversation over two streams.
pub struct Lines<R, W> {
    read: BufReader<R>,
    line: Vec<u8>,
    /// Whether the rest of a line that was too long is still to come.
    skips: bool,
    write: Arc<Mutex<W>>,
    open: Arc<Open>,
    /// An answer of this transport itself that is being written.
    due: Option<JoinHandle<()>>,
    /// Whether the SDK has taken up the conversation: with something else than a request it would give up before.
    begun: Arc<AtomicBool>,
    /// Until when answers are waited for; set at the end of the stream.
    until: Option<Instant>,
}

/// Requests that have no answer yet.
#[derive(Default)]
struct Open {
    ids: Plain<HashSet<RequestId>>,
    closed: Notify,
}

impl Open {
    fn edit<T>(&self, edit: impl FnOnce(&mut HashSet<RequestId>) -> T) -> T {
        edit(&mut self.ids.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn close(&self, id: &RequestId) {
        self.edit(|ids| ids.remove(id));
        self.closed.notify_waiters();
    }

    /// Waits until fewer than this many are open.
    async fn below(&self, most: usize) {
        loop {
            let closed = self.closed.notified();
            if self.edit(|ids| ids.len()) < most {
                return;
            }
            closed.await;
        }
    }
}

/// What a line is.
enum Line {
    /// A message.
    Message(Box<RxJsonRpcMessage<RoleServer>>),
    /// Something that nobody waits for an answer to.
    Nothing,
    /// No message: what is answered.
    Refused(Value),
}

/// What reading came to.
enum Read {
    Line,
    TooLong,
    End,
}

impl<R, W> Lines<R, W>
where
    R: AsyncRead + Send + Unpin,
    W: AsyncWrite + Send + Unpin + 'static,
{
    /// Speaks over two streams.
    pub fn new(read: R, write: W) -> Lines<R, W> {
        Lines {
            read: BufReader::new(read),
            line: Vec::new(),
            skips: false,
            write: Arc::new(Mutex::new(write)),
            open: Arc::default(),
            due: None,
            begun: Arc::default(),
            until: None,
        }
    }

    /// The next line into `line`. May be dropped while it waits: what was read stays.
    async fn read(&mut self) -> Read {
        loop {
            let Ok(there) = self.read.fill_buf().await else { return Read::End };
            if there.is_empty() {
                // A last line without an end was not finished.
                return Read::End;
            }
            let end = there.iter().position(|byte| *byte == b'\n');
            let taken = end.map_or(there.len(), |at| at + 1);
            let fits = self.line.len() + taken <= LINE + 1;
            if !self.skips && fits {
                self.line.extend_from_slice(&there[..end.unwrap_or(taken)]);
            }
            self.read.consume(taken);
            let skipped = self.skips;
            self.skips = end.is_none() && (skipped || !fits);
            match (skipped, fits, end) {
                (false, true, Some(_)) => return Read::Line,
                // Told at once, and the rest is passed over.
                (false, false, _) => {
                    self.line = Vec::new();
                    return Read::TooLong;
                }
                _ => {}
            }
        }
    }

    /// Begins to write an answer of this transport itself. A task does it: half a line can't be taken back.
    fn answer(&mut self, answer: &Value) {
        let (write, bytes) = (Arc::clone(&self.write), line(answer.to_string().into_bytes()));
        self.due = Some(tokio::spawn(async move {
            // Who does not read any more will close the stream too.
            let _ = put(&write, &bytes).await;
        }));
    }
}

impl<R, W> Transport<RoleServer> for Lines<R, W>
where
    R: AsyncRead + Send + Unpin,
    W: AsyncWrite + Send + Unpin + 'static,
{
    type Error = io::Error;

    fn send(
        &mut self,
        item: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), io::Error>> + Send + 'static {
        let (write, open) = (Arc::clone(&self.write), Arc::clone(&self.open));
        // A ping and a discovery may come before it begins.
        if let JsonRpcMessage::Response(response) = &item
            && !matches!(response.result, ServerResult::EmptyResult(_) | ServerResult::DiscoverResult(_))
        {
            self.begun.store(true, Ordering::Relaxed);
        }
        async move {
            let written = match serde_json::to_vec(&item) {
                Ok(bytes) => put(&write, &line(bytes)).await,
                Err(e) => Err(e.into()),
            };
            match &item {
                JsonRpcMessage::Response(response) => open.close(&response.id),
                JsonRpcMessage::Error(error) => error.id.iter().for_each(|id| open.close(id)),
                JsonRpcMessage::Request(_) | JsonRpcMessage::Notification(_) => {}
            }
            written
        }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        loop {
            if let Some(due) = &mut self.due {
                let _ = due.await;
                self.due = None;
            }
            if let Some(until) = self.until {
                // Who pipes questions in and closes the pipe still wants the answers.
                let _ = tokio::time::timeout_at(until, self.open.below(1)).await;
                return None;
            }
            self.open.below(OPEN).await;
            match self.read().await {
                Read::Line => {}
                Read::End => {
                    self.until = Some(Instant::now() + REST);
                    continue;
                }
                Read::TooLong => {
                    self.answer(&refusal(INVALID, "the message has more than 4 MiB", None));
                    continue;
                }
            }
            let read = understand(&self.line);
            self.line.clear();
            match read {
                Line::Nothing => {}
                Line::Refused(answer) => self.answer(&answer),
                Line::Message(message) => match &*message {
                    JsonRpcMessage::Request(request) => {
                        self.open.edit(|ids| ids.insert(request.id.clone()));
                        return Some(*message);
                    }
                    _ if !self.begun.load(Ordering::Relaxed) => {}
                    JsonRpcMessage::Notification(notification) => {
                        if let Some(id) = cancelled(notification) {
                            self.open.close(&id);
                        }
                        return Some(*message);
                    }
                    JsonRpcMessage::Response(_) | JsonRpcMessage::Error(_) => return Some(*message),
                },
            }
        }
    }

    async fn close(&mut self) -> Result<(), io::Error> {
        self.write.lock().await.flush().await
    }
}

/// The request that a notification takes back, if it does: no answer to it will come.
fn cancelled<N: serde::Serialize>(notification: &N) -> Option<RequestId> {
    let value = serde_json::to_value(notification).ok()?;
    let is_one = value.get("method")? == "notifications/cancelled";
    is_one.then(|| serde_json::from_value(value.pointer("/params/requestId")?.clone()).ok()).flatten()
}

async fn put<W: AsyncWrite + Unpin>(write: &Mutex<W>, bytes: &[u8]) -> io::Result<()> {
    let mut write = write.lock().await;
    write.write_all(bytes).await?;
    write.flush().await
}

fn line(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.push(b'\n');
    bytes
}

fn refusal(code: i64, message: &str, id: Option<&Value>) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}})
}

/// What a line says.
fn understand(line: &[u8]) -> Line {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.iter().all(u8::is_ascii_whitespace) {
        return Line::Nothing;
    }
    let Ok(value) = serde_json::from_slice::<Value>(line) else {
        return Line::Refused(refusal(PARSE, "the line is not JSON", None));
    };
    let Value::Object(members) = &value else {
        let what = match value {
            Value::Array(_) => "messages come one by one, not as a batch",
            _ => "a message is an object",
        };
        return Line::Refused(refusal(INVALID, what, None));
    };
    let id = members.get("id").filter(|id| id.is_string() || id.is_i64()).cloned();
    let is_notification = members.contains_key("method") && !members.contains_key("id");
    match serde_json::from_value(value) {
        Ok(message) => Line::Message(Box::new(message)),
        Err(_) if is_notification => Line::Nothing,
        Err(_) => Line::Refused(refusal(INVALID, "the message is no request of JSON-RPC 2.0", id.as_ref())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(line: &str) -> Value {
        match understand(line.as_bytes()) {
            Line::Refused(answer) => answer,
            Line::Message(message) => panic!("{message:?}"),
            Line::Nothing => Value::Null,
        }
    }

    #[test]
    fn what_is_no_message_is_answered_and_what_wants_no_answer_is_not() {
        for (line, code, id) in [
            ("{bad", PARSE, Value::Null),
            ("\u{feff}", PARSE, Value::Null),
            ("[]", INVALID, Value::Null),
            ("7", INVALID, Value::Null),
            (r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, INVALID, Value::Null),
            (r#"{"id":1,"method":"ping"}"#, INVALID, json!(1)),
            (r#"{"jsonrpc":"1.0","id":"a","method":"ping"}"#, INVALID, json!("a")),
            (r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, INVALID, Value::Null),
            (r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, INVALID, Value::Null),
            (r#"{"jsonrpc":"2.0","id":3}"#, INVALID, json!(3)),
        ] {
            let answer = refused(line);
            assert_eq!((&answer["error"]["code"], &answer["id"]), (&json!(code), &id), "{line}");
        }
        for line in ["", " \t", "\r", r#"{"method":"no/such"}"#] {
            assert_eq!(refused(line), Value::Null, "{line:?}");
        }
    }

    /// Speaks these bytes to a transport, a few at a time, and says what it took and what it answered.
    fn heard(bytes: Vec<u8>) -> (usize, String) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let (mut near, far) = tokio::io::duplex(1000);
            let (answers, written) = tokio::io::duplex(1 << 16);
            let mut lines = Lines::new(far, written);
            let speak = async {
                near.write_all(&bytes).await.unwrap();
                drop(near);
            };
            let take = async {
                let mut taken = 0;
                while let Some(message) = lines.receive().await {
                    taken += 1;
                    if let JsonRpcMessage::Request(request) = message {
                        lines.open.close(&request.id);
                    }
                }
                drop(lines);
                taken
            };
            let ((), taken) = tokio::join!(speak, take);
            let mut text = String::new();
            tokio::io::AsyncReadExt::read_to_string(&mut BufReader::new(answers), &mut text).await.unwrap();
            (taken, text)
        })
    }

    #[test]
    fn a_line_over_the_cap_is_told_once_and_the_next_one_is_read() {
        let ping = b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n";
        let long = [&vec![b'x'; LINE + 5][..], b"\n", ping].concat();
        let (taken, text) = heard(long);
        assert_eq!(taken, 1);
        assert_eq!(text.lines().count(), 1);
        assert!(text.contains("4 MiB"), "{text}");
        let mut fits = br#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#.to_vec();
        fits.resize(LINE, b' ');
        assert_eq!(heard(line(fits)), (1, String::new()));
        // What was not finished is not read.
        assert_eq!(heard(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}".to_vec()), (0, String::new()));
    }
}
