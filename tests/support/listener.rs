//! `cask capture listen` while it runs: where it listens, and what it came to in the end.
#![allow(dead_code, reason = "each test file uses its part")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::support::{Place, Ran};

/// How long something may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// One that listens.
pub struct Listener {
    child: Child,
    said: Receiver<String>,
    told: String,
    /// `http://127.0.0.1:PORT`, where HTTP is taken.
    pub http: String,
    /// The same of gRPC, where that is asked for.
    pub grpc: Option<String>,
}

impl Listener {
    /// Starts one on free ports.
    pub fn start(place: &Place, more: &[&str]) -> Listener {
        let args = [&["capture", "listen", "--otlp", "--bind", "127.0.0.1:0"], more].concat();
        let mut command = place.command(&args);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("cask starts");
        let (send, said) = channel();
        let errors = child.stderr.take().expect("piped");
        std::thread::spawn(move || {
            for line in BufReader::new(errors).lines() {
                let _ = send.send(line.expect("errors are text"));
            }
        });
        let mut listener = Listener { child, said, told: String::new(), http: String::new(), grpc: None };
        listener.http = listener.address("(OTLP/HTTP").replace("/v1/traces", "");
        if more.iter().any(|arg| arg.starts_with("--grpc-bind")) {
            listener.grpc = Some(listener.address("(OTLP/gRPC)"));
        }
        listener
    }

    /// The address in the line that has these words.
    fn address(&mut self, words: &str) -> String {
        let line = self.wait(words);
        line.split(' ').find(|word| word.starts_with("http://")).expect("an address").to_owned()
    }

    /// Waits for a line that has these words.
    pub fn wait(&mut self, words: &str) -> String {
        loop {
            let line =
                self.said.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("{words:?}: {}", self.told));
            self.told.push_str(&line);
            self.told.push('\n');
            if line.contains(words) {
                return line;
            }
        }
    }

    /// Asks for the end.
    pub fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status().expect("kill runs");
        assert!(sent.success());
    }

    /// Asks for the end, and waits for it.
    pub fn end(self, signal: &str) -> Ran {
        self.signal(signal);
        self.ended()
    }

    /// Waits for the end that comes by itself.
    pub fn ended(mut self) -> Ran {
        let mut out = String::new();
        self.child.stdout.take().expect("piped").read_to_string(&mut out).expect("results are text");
        let code = self.child.wait().expect("it ends").code().expect("it was not killed");
        while let Ok(line) = self.said.recv_timeout(PATIENCE) {
            self.told.push_str(&line);
            self.told.push('\n');
        }
        Ran { code, out, err: self.told.clone() }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // A test that failed leaves nothing that runs.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
