//! One `git cat-file --batch` process, kept open: object names in, bounded bytes out.
//!
//! Names are hex digits with at most a peel suffix, so nothing a stranger wrote reaches git's parser of
//! revisions. Contents are the stored bytes: no filter, no text conversion, no replacement.

use std::io::{self, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::oid::Oid;

/// How long one round of answers may take.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Requests written before their answers are read: few enough that a pipe's buffer holds them all, so
/// neither side can wait for the other.
const ROUND: usize = 100;
/// Up to this many bytes of an object over its limit are read and thrown away; for more, the process is
/// ended and another one started.
const DRAIN: u64 = 1 << 20;

/// An object to read: its name, perhaps with a peel suffix, and how many bytes are allowed.
pub(crate) struct Want {
    pub name: String,
    pub limit: usize,
}

/// What git has under a name.
pub(crate) enum Answer {
    /// No such object here, or it can't be peeled so.
    Missing,
    /// It has this many bytes, which is over the limit.
    TooLarge(u64),
    /// The object.
    Object { oid: Oid, kind: String, bytes: Vec<u8> },
}

/// The process, started when first needed.
pub(crate) struct Objects {
    command: Box<dyn Fn() -> Command + Send + Sync>,
    running: Mutex<Option<Batch>>,
}

impl Objects {
    /// `command` gives the hardened git command, to which the subcommand is added.
    pub(crate) fn new(command: impl Fn() -> Command + Send + Sync + 'static) -> Objects {
        Objects { command: Box::new(command), running: Mutex::new(None) }
    }

    /// Reads objects, in the order asked for.
    pub(crate) fn read(&self, wants: &[Want]) -> Result<Vec<Answer>, String> {
        // A thread that panicked in here left at worst a process in mid-answer: start anew.
        let mut running = self.running.lock().unwrap_or_else(|poisoned: PoisonError<_>| {
            let mut slot = poisoned.into_inner();
            *slot = None;
            slot
        });
        let mut answers = Vec::with_capacity(wants.len());
        while answers.len() < wants.len() {
            let rest = &wants[answers.len()..];
            let batch = match running.as_mut() {
                Some(batch) => batch,
                None => running.insert(Batch::start((self.command)())?),
            };
            match batch.ask(&rest[..rest.len().min(ROUND)], &mut answers) {
                Ok(true) => {}
                Ok(false) => *running = None,
                Err(message) => {
                    *running = None;
                    return Err(message);
                }
            }
        }
        Ok(answers)
    }

    /// Reads one object.
    pub(crate) fn one(&self, name: impl Into<String>, limit: usize) -> Result<Answer, String> {
        let answers = self.read(&[Want { name: name.into(), limit }])?;
        answers.into_iter().next().ok_or_else(|| "git gave no answer".to_owned())
    }
}

struct Batch {
    child: Child,
    requests: ChildStdin,
    chunks: Receiver<io::Result<Vec<u8>>>,
    /// What was received and not yet used, from `at` on.
    buffer: Vec<u8>,
    at: usize,
    deadline: Instant,
}

impl Batch {
    fn start(mut command: Command) -> Result<Batch, String> {
        command.args(["cat-file", "--batch"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|e| format!("git could not be started: {e}"))?;
        let (Some(requests), Some(mut pipe)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("git could not be started: no pipes".to_owned());
        };
        // Bounded: a huge object can't pile up here while nobody takes it.
        let (send, chunks) = mpsc::sync_channel(4);
        thread::spawn(move || {
            // Git writes an object in three pieces, most of them small.
            let mut buffer = vec![0; 64 * 1024];
            loop {
                let message = match pipe.read(&mut buffer) {
                    Ok(0) => return,
                    Ok(n) => Ok(buffer[..n].to_vec()),
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                    Err(e) => Err(e),
                };
                let last = message.is_err();
                if send.send(message).is_err() || last {
                    return;
                }
            }
        });
        let deadline = Instant::now() + TIMEOUT;
        Ok(Batch { child, requests, chunks, buffer: Vec::new(), at: 0, deadline })
    }

    /// Asks and answers one round. False: stopped behind an object that is too large to drain; this
    /// process is of no more use, and what is not answered must be asked of another.
    fn ask(&mut self, wants: &[Want], answers: &mut Vec<Answer>) -> Result<bool, String> {
        self.deadline = Instant::now() + TIMEOUT;
        let lines: String = wants.iter().flat_map(|w| [w.name.as_str(), "\n"]).collect();
        self.requests.write_all(lines.as_bytes()).map_err(|_| ended())?;
        self.requests.flush().map_err(|_| ended())?;
        for want in wants {
            let header = self.line()?;
            if header.ends_with(" missing") || header.ends_with(" ambiguous") {
                answers.push(Answer::Missing);
                continue;
            }
            let (oid, kind, size) = parse_header(&header).ok_or("git gave an answer of unknown form")?;
            if size > want.limit as u64 {
                answers.push(Answer::TooLarge(size));
                if size > DRAIN {
                    return Ok(false);
                }
                self.bytes(size as usize)?;
            } else {
                let bytes = self.bytes(size as usize)?;
                answers.push(Answer::Object { oid, kind, bytes });
            }
            if self.bytes(1)? != b"\n" {
                return Err("git gave an answer of unknown form".to_owned());
            }
        }
        Ok(true)
    }

    fn line(&mut self) -> Result<String, String> {
        let mut seen = self.at;
        loop {
            if let Some(end) = self.buffer[seen..].iter().position(|b| *b == b'\n') {
                let line = String::from_utf8_lossy(&self.buffer[self.at..seen + end]).into_owned();
                self.at = seen + end + 1;
                return Ok(line);
            }
            if self.buffer.len() - self.at > 4096 {
                return Err("git gave an answer of unknown form".to_owned());
            }
            let before = self.buffer.len() - self.at;
            self.fill()?;
            seen = self.at + before;
        }
    }

    fn bytes(&mut self, count: usize) -> Result<Vec<u8>, String> {
        let mut out = Vec::with_capacity(count);
        loop {
            let take = (count - out.len()).min(self.buffer.len() - self.at);
            out.extend_from_slice(&self.buffer[self.at..self.at + take]);
            self.at += take;
            if out.len() == count {
                return Ok(out);
            }
            self.fill()?;
        }
    }

    fn fill(&mut self) -> Result<(), String> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        match self.chunks.recv_timeout(left) {
            Ok(Ok(chunk)) if self.at == self.buffer.len() => (self.buffer, self.at) = (chunk, 0),
            Ok(Ok(chunk)) => {
                self.buffer.drain(..self.at);
                self.at = 0;
                self.buffer.extend_from_slice(&chunk);
            }
            Ok(Err(error)) => return Err(format!("git could not be read: {error}")),
            Err(mpsc::RecvTimeoutError::Timeout) => {
                return Err(format!("git did not answer within {} s", TIMEOUT.as_secs()));
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => return Err(ended()),
        }
        Ok(())
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ended() -> String {
    "git ended while objects were read; the repository may be damaged".to_owned()
}

pub(super) fn parse_header(line: &str) -> Option<(Oid, String, u64)> {
    let mut words = line.split(' ');
    let header = (Oid::parse(words.next()?)?, words.next()?.to_owned(), words.next()?.parse().ok()?);
    words.next().is_none().then_some(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_strictly() {
        let oid = "a".repeat(40);
        let (name, kind, size) = parse_header(&format!("{oid} blob 12")).unwrap();
        assert_eq!((name.as_str(), kind.as_str(), size), (oid.as_str(), "blob", 12));
        for bad in
            [format!("{oid} blob"), format!("{oid} blob x"), format!("{oid} blob 1 2"), "x blob 1".into()]
        {
            assert!(parse_header(&bad).is_none(), "{bad}");
        }
    }
}
