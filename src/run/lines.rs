//! Messages on two streams of bytes, one a line: what comes in is bounded, and what can't be read is answered as the
//! protocol says. (The SDK's own reader passes over what is no JSON, so that whoever sent it waits for ever.)

use std::io;
use std::sync::Arc;

use rmcp::RoleServer;
use rmcp::model::{ErrorData, RequestId};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use serde_json::Value;
use serde_json::error::Category;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::sync::Mutex;

/// Most bytes of one message.
pub const MOST: usize = 4 << 20;

/// Both streams.
pub struct Lines<R, W> {
    input: BufReader<R>,
    output: Arc<Mutex<W>>,
    /// The line so far: a reader that is given up and asked again goes on here.
    line: Vec<u8>,
    /// Whether the line is too long, and its rest is thrown away.
    is_over: bool,
}

impl<R: AsyncRead + Unpin, W> Lines<R, W> {
    /// Reads from one, writes to the other.
    pub fn new(input: R, output: W) -> Lines<R, W> {
        Lines {
            input: BufReader::new(input),
            output: Arc::new(Mutex::new(output)),
            line: Vec::new(),
            is_over: false,
        }
    }

    /// The next line, whole; none at the end of input. Nothing is lost if the future is dropped.
    async fn next(&mut self) -> io::Result<Option<Line>> {
        loop {
            let there = self.input.fill_buf().await?;
            if there.is_empty() {
                return Ok(None);
            }
            let end = there.iter().position(|byte| *byte == b'\n');
            let part = &there[..end.unwrap_or(there.len())];
            let fits = !self.is_over && self.line.len() + part.len() <= MOST;
            if fits {
                self.line.extend_from_slice(part);
            } else {
                self.is_over = true;
                self.line = Vec::new();
            }
            let used = part.len() + usize::from(end.is_some());
            self.input.consume(used);
            if end.is_some() {
                let line = std::mem::take(&mut self.line);
                let was_over = std::mem::take(&mut self.is_over);
                return Ok(Some(if was_over { Line::TooLong } else { Line::Whole(line) }));
            }
        }
    }
}

enum Line {
    Whole(Vec<u8>),
    TooLong,
}

/// One message as a line.
async fn write<W: AsyncWrite + Unpin>(
    output: &Mutex<W>,
    message: &TxJsonRpcMessage<RoleServer>,
) -> io::Result<()> {
    let mut line = serde_json::to_vec(message).map_err(io::Error::other)?;
    line.push(b'\n');
    let mut output = output.lock().await;
    output.write_all(&line).await?;
    output.flush().await
}

/// What a line is.
enum Message {
    Read(Box<RxJsonRpcMessage<RoleServer>>),
    /// To be answered, under the id that it has, if it has one.
    Refused(ErrorData, Option<RequestId>),
    /// Nothing that anybody waits for an answer to.
    Ignored,
}

/// Reads a line.
fn read(line: &[u8]) -> Message {
    let line = line.trim_ascii();
    if line.is_empty() {
        return Message::Ignored;
    }
    let error = match serde_json::from_slice(line) {
        Ok(message) => return Message::Read(Box::new(message)),
        Err(error) => error,
    };
    if error.classify() != Category::Data {
        return Message::Refused(ErrorData::parse_error("it is no JSON", None), None);
    }
    let value: Value = serde_json::from_slice(line).unwrap_or_default();
    let refused = ErrorData::invalid_request("it is no message of the protocol", None);
    match (value.as_object(), value.get("method"), value.get("id")) {
        // A batch, or no message at all.
        (None, ..) => Message::Refused(refused, None),
        (Some(_), Some(_), Some(id)) => Message::Refused(refused, serde_json::from_value(id.clone()).ok()),
        // A notification is never answered, nor is an answer: two that answer each other's errors would never end.
        _ => Message::Ignored,
    }
}

impl<R, W> Transport<RoleServer> for Lines<R, W>
where
    R: AsyncRead + Unpin + Send,
    W: AsyncWrite + Unpin + Send + 'static,
{
    type Error = io::Error;

    fn send(
        &mut self,
        item: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), io::Error>> + Send + 'static {
        let output = Arc::clone(&self.output);
        async move { write(&output, &item).await }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        loop {
            let (told, id) = match self.next().await.ok()?? {
                Line::TooLong => (ErrorData::invalid_request("it is too long", None), None),
                Line::Whole(line) => match read(&line) {
                    Message::Read(message) => return Some(*message),
                    Message::Refused(told, id) => (told, id),
                    Message::Ignored => continue,
                },
            };
            // By itself, so that giving up this future does not give up half a line.
            let output = Arc::clone(&self.output);
            tokio::spawn(
                async move { write(&output, &TxJsonRpcMessage::<RoleServer>::error(told, id)).await },
            );
        }
    }

    async fn close(&mut self) -> Result<(), io::Error> {
        self.output.lock().await.shutdown().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(line: &str) -> Option<(i32, Option<String>)> {
        match read(line.as_bytes()) {
            Message::Refused(told, id) => Some((told.code.0, id.map(|id| id.to_string()))),
            Message::Read(_) | Message::Ignored => None,
        }
    }

    #[test]
    fn what_is_no_message_is_answered_and_what_nobody_waits_for_is_not() {
        assert_eq!(code("{not json"), Some((-32700, None)));
        assert_eq!(code("{\"a\": 1"), Some((-32700, None)));
        assert_eq!(code("[]"), Some((-32600, None)));
        assert_eq!(
            code(r#"{"jsonrpc": "1.0", "id": 9, "method": "ping"}"#),
            Some((-32600, Some("9".into())))
        );
        for silent in ["", "  ", r#"{"jsonrpc": "1.0", "method": "ping"}"#, r#"{"jsonrpc": "2.0", "x": 1}"#] {
            assert_eq!(code(silent), None, "{silent}");
        }
        let ping = br#"{"jsonrpc": "2.0", "id": 1, "method": "ping"}"#;
        assert!(matches!(read(ping), Message::Read(_)));
    }

    #[tokio::test]
    async fn lines_are_bounded_and_nothing_is_lost_by_giving_up() {
        let (mut end, ours) = tokio::io::duplex(1 << 16);
        let mut lines = Lines::new(ours, Vec::new());
        end.write_all(b"half").await.unwrap();
        assert!(tokio::time::timeout(std::time::Duration::from_millis(20), lines.next()).await.is_err());
        let long = vec![b'x'; MOST + 1];
        let writer = tokio::spawn(async move {
            end.write_all(b" and half\n").await.unwrap();
            end.write_all(&long).await.unwrap();
            end.write_all(b"\nnext\n").await.unwrap();
        });
        let mut got = Vec::new();
        while let Some(line) = lines.next().await.unwrap() {
            got.push(match line {
                Line::Whole(line) => String::from_utf8(line).unwrap(),
                Line::TooLong => "too long".to_owned(),
            });
        }
        writer.await.unwrap();
        assert_eq!(got, ["half and half", "too long", "next"]);
    }
}
