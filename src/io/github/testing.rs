//! For tests: a clock that nobody waits for, and a server on this machine that gives prepared answers in order
//! and remembers what it was asked.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::pace::{Pace, Wait};
use super::settings::Settings;
use crate::io::net::token::Token;

/// A clock that stands still unless somebody waits; it remembers for how long.
#[derive(Default)]
pub struct Still {
    now: Mutex<Duration>,
    waits: Mutex<Vec<Duration>>,
}

impl Still {
    /// All waits, in order.
    pub fn waits(&self) -> Vec<Duration> {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Pace for Still {
    fn now(&self) -> Duration {
        *self.now.lock().unwrap()
    }

    fn epoch(&self) -> u64 {
        1_800_000_000 + self.now().as_secs()
    }

    fn wait(&self, time: Duration) -> Wait {
        *self.now.lock().unwrap() += time;
        self.waits.lock().unwrap().push(time);
        Box::pin(async {})
    }

    fn jitter(&self) -> i8 {
        0
    }
}

/// A request that the server got.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Method and path.
    pub line: String,
    /// Its headers, in small letters.
    pub headers: Vec<String>,
    /// Its body.
    pub body: String,
}

impl Asked {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find_map(|line| line.strip_prefix(&format!("{name}: ")))
    }
}

/// A server of prepared answers.
pub struct Server {
    /// `http://127.0.0.1:<port>`.
    pub base: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// Answers each request with the next of these, whole as they stand on the wire; the last one stays. An
    /// empty one closes the connection.
    pub fn start(answers: Vec<String>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, own) = (Arc::clone(&asked), base.clone());
        std::thread::spawn(move || {
            for (at, stream) in listener.incoming().enumerate() {
                let Ok(mut stream) = stream else { return };
                log.lock().unwrap().push(request(&stream));
                let answer = answers.get(at).or(answers.last()).cloned().unwrap_or_default();
                let _ = stream.write_all(answer.replace("{base}", &own).as_bytes());
            }
        });
        Server { base, asked }
    }

    /// What it was asked.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// Settings that lead here.
    pub fn settings(&self, pace: &Arc<Still>) -> Settings {
        Settings {
            rest: self.base.clone(),
            graphql: format!("{}/graphql", self.base),
            token: Token::new("ghs_secretsecretsecret"),
            pace: Arc::clone(pace) as Arc<dyn Pace>,
            patience: Duration::from_secs(5),
            ..Settings::of(&|_| None, "")
        }
    }
}

/// An answer as it stands on the wire.
pub fn answer(status: u16, headers: &[&str], body: &str) -> String {
    let more: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
    format!(
        "HTTP/1.1 {status} Said\r\ncontent-length: {}\r\nconnection: close\r\n{more}\r\n{body}",
        body.len()
    )
}

fn request(stream: &TcpStream) -> Asked {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    let line = lines.first().and_then(|line| line.strip_suffix(" HTTP/1.1")).unwrap_or_default().to_owned();
    let headers: Vec<String> = lines.iter().skip(1).cloned().collect();
    let length =
        headers.iter().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    let _ = reader.read_exact(&mut body);
    Asked { line, headers, body: String::from_utf8_lossy(&body).into_owned() }
}
