//! A server of files on this machine, which also serves as badly as real ones do.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What is answered for a path.
#[derive(Clone)]
pub enum Answer {
    Bytes(Vec<u8>),
    /// As many bytes as these are promised, and only so many of them sent.
    CutOff(Vec<u8>, usize),
    Redirect(String),
}

/// A running server; it ends with the test.
pub struct Served {
    pub base: String,
    asked: Arc<Mutex<Vec<String>>>,
    answers: Arc<Mutex<BTreeMap<String, Answer>>>,
}

impl Served {
    pub fn new() -> Served {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let base = format!("http://{}/releases", listener.local_addr().expect("an address"));
        let served = Served { base, asked: Arc::default(), answers: Arc::default() };
        let (asked, answers) = (served.asked.clone(), served.answers.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // Whoever hangs up early is not our concern.
                let _ = answer(stream, &asked, &answers);
            }
        });
        served
    }

    pub fn put(&self, name: &str, answer: Answer) {
        self.answers.lock().expect("a lock").insert(format!("/releases/{name}"), answer);
    }

    /// Heads of what was asked, with everything that was sent along.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("a lock").clone()
    }
}

fn answer(
    mut stream: TcpStream,
    asked: &Mutex<Vec<String>>,
    answers: &Mutex<BTreeMap<String, Answer>>,
) -> std::io::Result<()> {
    let mut head = String::new();
    let mut reader = BufReader::new(stream.try_clone()?);
    while reader.read_line(&mut head)? > 2 {}
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    asked.lock().expect("a lock").push(head);
    let found = answers.lock().expect("a lock").get(&path).cloned();
    match found {
        None => write!(stream, "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"),
        Some(Answer::Redirect(to)) => write!(
            stream,
            "HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        ),
        Some(Answer::Bytes(bytes)) => sent(&mut stream, bytes.len(), &bytes),
        Some(Answer::CutOff(bytes, at)) => sent(&mut stream, bytes.len(), &bytes[..at]),
    }
}

fn sent(stream: &mut TcpStream, promised: usize, bytes: &[u8]) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {promised}\r\nconnection: close\r\n\r\n")?;
    stream.write_all(bytes)
}
