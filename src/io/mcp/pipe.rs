//! A server that speaks over the streams of a process: a message a line, out through one thread and in through another,
//! so that nobody who stops reading or writing can hold us.

use std::io::{BufRead, BufReader, Read, Write};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::wire::{MESSAGE, Outlet, Stuck, Wire};
use crate::io::failure::Failure;
use crate::io::program::{Program, Start};

/// Messages that wait to be read or written: who sends more waits.
const WAITING: usize = 64;
/// How much of what it complained about last is kept, in bytes.
const COMPLAINT: usize = 4 << 10;
/// How long it may take to end after its input has.
const FAREWELL: Duration = Duration::from_millis(500);

/// A server behind two streams.
pub struct Pipe {
    name: String,
    /// None once it was told that nothing more comes.
    out: Option<Outlet>,
    lines: Receiver<Line>,
    complaint: Arc<Mutex<Vec<u8>>>,
    program: Program,
}

enum Line {
    Message(Vec<u8>),
    TooLong,
    Failed(String),
}

impl Pipe {
    /// Starts a server. It has said nothing yet.
    ///
    /// # Errors
    /// It can't be started.
    pub fn start(start: &Start) -> Result<Pipe, Failure> {
        let name = start.shown.clone();
        let mut program = Program::start(start)?;
        let (mut stdin, stdout, stderr) =
            program.streams().ok_or_else(|| Failure::new(name.clone(), "the server has no streams"))?;
        let (out, messages) = mpsc::sync_channel::<Vec<u8>>(WAITING);
        thread::spawn(move || {
            for mut message in messages {
                message.push(b'\n');
                if stdin.write_all(&message).and_then(|()| stdin.flush()).is_err() {
                    break;
                }
            }
        });
        let (send, lines) = mpsc::sync_channel(WAITING);
        thread::spawn(move || read_lines(stdout, &send));
        let complaint = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&complaint);
        thread::spawn(move || keep_the_end(stderr, &kept));
        Ok(Pipe { name, out: Some(Outlet(out)), lines, complaint, program })
    }

    /// A failure with what the server complained about last.
    fn failure(&self, message: impl Into<String>) -> Failure {
        let complaint = self.complaint.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&complaint);
        let last: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let failure = Failure::new(self.name.clone(), message);
        last.iter().rev().take(3).rev().fold(failure, |failure, line| {
            failure.looked("it said", line.chars().take(300).collect::<String>())
        })
    }

    fn gone(&mut self) -> Failure {
        // Its last words may be on their way.
        thread::sleep(Duration::from_millis(50));
        match self.program.ended() {
            Some(Some(code)) => self.failure(format!("the server ended with code {code}")),
            Some(None) => self.failure("the server was ended by a signal"),
            None => self.failure("the server closed its output"),
        }
    }
}

impl Wire for Pipe {
    fn send(&mut self, message: &[u8], until: Instant) -> Result<(), Failure> {
        let mut message = message.to_vec();
        loop {
            let Some(out) = &self.out else { return Err(self.gone()) };
            match out.offer(message) {
                Ok(()) => return Ok(()),
                Err((Stuck::Gone, _)) => return Err(self.gone()),
                Err((Stuck::Full, _)) if Instant::now() >= until => {
                    return Err(self.failure("the server does not read what it is asked"));
                }
                Err((Stuck::Full, back)) => message = back,
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn next(&mut self, until: Instant) -> Result<Option<Vec<u8>>, Failure> {
        match self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(Line::Message(bytes)) => Ok(Some(bytes)),
            Ok(Line::TooLong) => {
                let most = MESSAGE >> 20;
                Err(self.failure(format!("the server said more than {most} MiB in one message")))
            }
            Ok(Line::Failed(why)) => Err(self.failure("what the server says can't be read").why(why)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(self.gone()),
        }
    }

    fn outlet(&self) -> Option<Outlet> {
        self.out.clone()
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn late(&self) -> Failure {
        self.failure("the server did not answer in time")
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        // A server may end by itself when nobody speaks to it any more; its output ends with it.
        self.out = None;
        let until = Instant::now() + FAREWELL;
        while !matches!(
            self.lines.recv_timeout(until.saturating_duration_since(Instant::now())),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected)
        ) && Instant::now() < until
        {}
    }
}

fn read_lines(stdout: impl Read, send: &SyncSender<Line>) {
    let mut stdout = BufReader::new(stdout);
    loop {
        let mut line = Vec::new();
        let most = MESSAGE as u64 + 1;
        let told = match stdout.by_ref().take(most).read_until(b'\n', &mut line) {
            Ok(0) => return,
            Ok(_) if line.len() > MESSAGE => Line::TooLong,
            Ok(_) => {
                let end = line.iter().rposition(|byte| !byte.is_ascii_whitespace()).map_or(0, |at| at + 1);
                line.truncate(end);
                if line.is_empty() {
                    continue;
                }
                Line::Message(line)
            }
            Err(e) => Line::Failed(e.to_string()),
        };
        let goes_on = matches!(told, Line::Message(_));
        if send.send(told).is_err() || !goes_on {
            return;
        }
    }
}

fn keep_the_end(mut stderr: impl Read, kept: &Mutex<Vec<u8>>) {
    let mut block = [0; 4096];
    while let Ok(count @ 1..) = stderr.read(&mut block) {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(&block[..count]);
        let over = kept.len().saturating_sub(COMPLAINT);
        kept.drain(..over);
    }
}
