//! The standard input, where another program wrote something into it: bounded in bytes and in time, so that
//! one that is left open by whoever started us can't hold us for ever.

use std::io::{IsTerminal, Read};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::failure::Failure;

const SUBJECT: &str = "the standard input";

/// All of it; none if it is a terminal, where nobody means to type what a program would hand over.
///
/// # Errors
/// It has more than `limit` bytes, is still open after `wait`, or can't be read.
pub fn piped(limit: usize, wait: Duration) -> Result<Option<Vec<u8>>, Failure> {
    if std::io::stdin().is_terminal() {
        return Ok(None);
    }
    let (send, answer) = mpsc::channel();
    // Left behind when the time is over: the process ends soon after.
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().take(limit as u64 + 1).read_to_end(&mut bytes);
        let _ = send.send(read.map(|_| bytes));
    });
    match answer.recv_timeout(wait) {
        Ok(Ok(bytes)) if bytes.len() > limit => {
            Err(Failure::new(SUBJECT, format!("it has more than {limit} bytes")))
        }
        Ok(Ok(bytes)) => Ok(Some(bytes)),
        Ok(Err(e)) => Err(Failure::new(SUBJECT, format!("it can't be read: {e}"))),
        Err(_) => Err(Failure::new(SUBJECT, format!("it is still open after {} s", wait.as_secs()))
            .why("it is read for what is pushed, as git hands it to a hook")
            .hint("close it where nothing is handed over:  </dev/null")),
    }
}
