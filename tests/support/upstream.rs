//! A server of an API on this machine: what it was asked, and answers that a test chooses.
#![allow(dead_code, reason = "each test file uses its part")]

use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub method: String,
    /// Path and query as they came.
    pub target: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Asked {
    /// The next request of a connection; none once nobody asks any more.
    pub fn read(reader: &mut impl BufRead) -> io::Result<Option<Asked>> {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let mut words = line.split_whitespace();
        let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        let (method, target) = (method.to_owned(), target.to_owned());
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let length: usize = length.and_then(|(_, value)| value.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let body = String::from_utf8_lossy(&body).into_owned();
        Ok(Some(Asked { method, target, headers, body }))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

/// What is answered.
#[derive(Debug, Clone)]
pub struct Answered {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// How long the answer is kept waiting.
    pub after: Duration,
}

impl Answered {
    pub fn json(status: u16, value: &serde_json::Value) -> Answered {
        Answered::of(status, "application/json", value.to_string())
    }

    pub fn of(status: u16, kind: &str, body: impl Into<Vec<u8>>) -> Answered {
        Answered {
            status,
            headers: vec![("content-type".into(), kind.into())],
            body: body.into(),
            after: Duration::ZERO,
        }
    }

    pub fn with(mut self, name: &str, value: &str) -> Answered {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub fn after(mut self, wait: Duration) -> Answered {
        self.after = wait;
        self
    }
}

type Handler = Arc<dyn Fn(&Asked) -> Answered + Send + Sync>;

/// A running server; it ends with the test.
pub struct Upstream {
    pub port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
    connections: Arc<Mutex<Connections>>,
}

/// How many there were, are, and were at the same time at most.
#[derive(Default)]
struct Connections {
    all: usize,
    now: usize,
    most: usize,
}

impl Connections {
    fn begin(&mut self) {
        (self.all, self.now) = (self.all + 1, self.now + 1);
        self.most = self.most.max(self.now);
    }
}

impl Upstream {
    pub fn new(handler: impl Fn(&Asked) -> Answered + Send + Sync + 'static) -> Upstream {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let upstream = Upstream { port, asked: Arc::default(), connections: Arc::default() };
        let (asked, connections) = (Arc::clone(&upstream.asked), Arc::clone(&upstream.connections));
        let handler: Handler = Arc::new(handler);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                connections.lock().expect("a lock").begin();
                let (asked, handler) = (Arc::clone(&asked), Arc::clone(&handler));
                let connections = Arc::clone(&connections);
                std::thread::spawn(move || {
                    // Whoever hangs up early is not our concern.
                    let _ = converse(stream, &asked, &handler);
                    connections.lock().expect("a lock").now -= 1;
                });
            }
        });
        upstream
    }

    /// One that says back what it was asked.
    pub fn echo() -> Upstream {
        Upstream::new(|asked| {
            let said = serde_json::json!({"id": "7", "method": asked.method, "target": asked.target,
                "body": asked.body, "authorization": asked.header("authorization")});
            Answered::json(if asked.method == "POST" { 201 } else { 200 }, &said)
        })
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("a lock").clone()
    }

    pub fn connections(&self) -> usize {
        self.connections.lock().expect("a lock").all
    }

    /// The most connections that there were at the same time.
    pub fn most_at_once(&self) -> usize {
        self.connections.lock().expect("a lock").most
    }
}

fn converse(stream: TcpStream, all: &Mutex<Vec<Asked>>, handler: &Handler) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut out = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    while let Some(asked) = Asked::read(&mut reader)? {
        all.lock().expect("a lock").push(asked.clone());
        let answered = handler(&asked);
        std::thread::sleep(answered.after);
        let mut head =
            format!("HTTP/1.1 {} X\r\ncontent-length: {}\r\n", answered.status, answered.body.len());
        for (name, value) in &answered.headers {
            head += &format!("{name}: {value}\r\n");
        }
        // At once, as servers do: each piece would wake up whoever reads.
        out.write_all(&[head.as_bytes(), b"\r\n", &answered.body].concat())?;
    }
    Ok(())
}
