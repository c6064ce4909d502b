//! Running another program to its end: bounded in time and output, without a shell, without stdin.

use std::io::{self, Read};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// How much of stderr is kept, in bytes.
const STDERR_KEPT: u64 = 16 * 1024;

/// What a program left behind.
pub(crate) struct Output {
    /// The exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// Everything it printed.
    pub stdout: Vec<u8>,
    /// The beginning of what it complained about.
    pub stderr: String,
}

impl Output {
    /// The first complaint, for a `why` line.
    pub(crate) fn complaint(&self) -> String {
        let line = self.stderr.lines().map(str::trim).find(|l| !l.is_empty()).unwrap_or_default();
        let line = line.strip_prefix("fatal: ").or_else(|| line.strip_prefix("error: ")).unwrap_or(line);
        line.chars().take(300).collect()
    }
}

/// Why a program gave nothing.
pub(crate) enum Trouble {
    /// There is no such program.
    NotFound,
    /// It was still running when the time was over; it was ended.
    Timeout(Duration),
    /// It printed more than this many bytes; it was ended.
    TooMuch(usize),
    /// It could not be started or read.
    Io(io::Error),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Trouble {
        match error.kind() {
            io::ErrorKind::NotFound => Trouble::NotFound,
            _ => Trouble::Io(error),
        }
    }
}

impl Trouble {
    /// What happened, for a message.
    pub(crate) fn message(&self, program: &str) -> String {
        match self {
            Trouble::NotFound => format!("the program {program} was not found"),
            Trouble::Timeout(limit) => format!("{program} did not end within {} s", limit.as_secs()),
            Trouble::TooMuch(limit) => format!("{program} printed more than {limit} bytes"),
            Trouble::Io(error) => format!("{program} could not be run: {error}"),
        }
    }
}

enum Part {
    Out(io::Result<Vec<u8>>),
    Err(String),
}

/// A program to be run. It does not see what a workflow handed us to ask GitHub with.
pub(crate) fn program(name: &str) -> Command {
    let mut command = Command::new(name);
    for (key, _) in std::env::vars_os() {
        let name = key.to_string_lossy().to_ascii_uppercase();
        if name.starts_with("CASK_INPUT_") || matches!(name.as_str(), "GITHUB_TOKEN" | "GH_TOKEN") {
            command.env_remove(key);
        }
    }
    command
}

/// Runs a program: at most `limit` bytes of output, at most `timeout`. Pipes are read by threads of their
/// own, so a grandchild that keeps one open can't hold us.
pub(crate) fn run(command: &mut Command, limit: usize, timeout: Duration) -> Result<Output, Trouble> {
    let deadline = Instant::now() + timeout;
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    let (send, parts) = mpsc::channel();
    if let Some(pipe) = child.stdout.take() {
        let send = send.clone();
        thread::spawn(move || {
            let mut bytes = Vec::new();
            let read = pipe.take(limit as u64 + 1).read_to_end(&mut bytes).map(|_| bytes);
            let _ = send.send(Part::Out(read));
        });
    }
    if let Some(mut pipe) = child.stderr.take() {
        thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = pipe.by_ref().take(STDERR_KEPT).read_to_end(&mut bytes);
            let _ = io::copy(&mut pipe, &mut io::sink());
            let _ = send.send(Part::Err(String::from_utf8_lossy(&bytes).into_owned()));
        });
    }
    let result = collect(&parts, limit, deadline, timeout).and_then(|(stdout, stderr)| {
        loop {
            match child.try_wait()? {
                Some(status) => break Ok(Output { code: status.code(), stdout, stderr }),
                None if Instant::now() >= deadline => break Err(Trouble::Timeout(timeout)),
                None => thread::sleep(Duration::from_micros(200)),
            }
        }
    });
    if result.is_err() {
        let _ = child.kill();
        let _ = child.wait();
    }
    result
}

fn collect(
    parts: &mpsc::Receiver<Part>,
    limit: usize,
    deadline: Instant,
    timeout: Duration,
) -> Result<(Vec<u8>, String), Trouble> {
    let (mut stdout, mut stderr) = (Vec::new(), String::new());
    for _ in 0..2 {
        match parts.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(Part::Out(bytes)) => {
                stdout = bytes?;
                if stdout.len() > limit {
                    return Err(Trouble::TooMuch(limit));
                }
            }
            Ok(Part::Err(text)) => stderr = text,
            Err(RecvTimeoutError::Timeout) => return Err(Trouble::Timeout(timeout)),
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    Ok((stdout, stderr))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn sh(script: &str, limit: usize, millis: u64) -> Result<Output, Trouble> {
        run(Command::new("sh").args(["-c", script]), limit, Duration::from_millis(millis))
    }

    #[test]
    fn output_and_code_come_back() {
        let out = sh("echo hi; echo 'fatal: no' >&2; exit 7", 100, 10_000).ok().unwrap();
        assert_eq!(
            (out.code, out.stdout.as_slice(), out.complaint().as_str()),
            (Some(7), &b"hi\n"[..], "no")
        );
    }

    #[test]
    fn a_program_that_hangs_is_ended() {
        let start = Instant::now();
        assert!(matches!(sh("exec sleep 30", 100, 100), Err(Trouble::Timeout(_))));
        // The grandchild keeps the pipe open after its parent is gone.
        assert!(matches!(sh("sleep 5 & wait", 100, 100), Err(Trouble::Timeout(_))));
        assert!(start.elapsed() < Duration::from_secs(4));
    }

    #[test]
    fn a_program_that_floods_is_ended() {
        assert!(matches!(sh("yes", 1000, 10_000), Err(Trouble::TooMuch(1000))));
        assert!(matches!(sh("yes >&2", 1000, 200), Err(Trouble::Timeout(_))));
    }

    #[test]
    fn a_missing_program_is_named() {
        let trouble =
            run(&mut Command::new("no-such-program-here"), 1, Duration::from_secs(1)).err().unwrap();
        assert_eq!(trouble.message("x"), "the program x was not found");
    }
}
