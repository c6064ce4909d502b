//! A server on this machine that notes what it is asked, over how many connections, and answers as it is told.

#![allow(dead_code, reason = "each test file uses its part")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    pub target: String,
    /// Names lower-case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

/// The server.
pub struct Upstream {
    pub ip: &'static str,
    pub port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
    connections: Arc<AtomicUsize>,
}

impl Upstream {
    /// A server at 127.0.0.1. What answers says whether the connection goes on.
    pub fn start(says: impl Fn(&Asked, &mut TcpStream) -> bool + Send + Sync + 'static) -> Upstream {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback works");
        Upstream::on("127.0.0.1", listener, says)
    }

    /// Servers at these addresses, all with one port.
    pub fn with_one_port<const N: usize>(
        ips: [&'static str; N],
        says: impl Fn(&Asked, &mut TcpStream) -> bool + Send + Sync + Clone + 'static,
    ) -> [Upstream; N] {
        let listeners = (0..50).find_map(|_| {
            let first = TcpListener::bind((ips[0], 0)).expect("loopback works");
            let port = first.local_addr().expect("loopback works").port();
            let rest = ips[1..].iter().map(|ip| TcpListener::bind((*ip, port)).ok());
            std::iter::once(Some(first)).chain(rest).collect::<Option<Vec<_>>>()
        });
        let mut listeners = listeners.expect("a port that is free everywhere").into_iter();
        ips.map(|ip| Upstream::on(ip, listeners.next().expect("loopback works"), says.clone()))
    }

    fn on(
        ip: &'static str,
        listener: TcpListener,
        says: impl Fn(&Asked, &mut TcpStream) -> bool + Send + Sync + 'static,
    ) -> Upstream {
        let port = listener.local_addr().expect("loopback works").port();
        let (asked, connections, says) = (Arc::default(), Arc::default(), Arc::new(says));
        let server = Upstream { ip, port, asked: Arc::clone(&asked), connections: Arc::clone(&connections) };
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                connections.fetch_add(1, Ordering::SeqCst);
                let (asked, says) = (Arc::clone(&asked), Arc::clone(&says));
                std::thread::spawn(move || {
                    let mut reader = BufReader::new(stream.try_clone().expect("loopback works"));
                    while let Some(request) = request(&mut reader) {
                        asked.lock().expect("loopback works").push(request.clone());
                        if !says(&request, &mut stream) {
                            return;
                        }
                    }
                });
            }
        });
        server
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}:{}{path}", self.ip, self.port)
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("loopback works").clone()
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

fn request(reader: &mut BufReader<TcpStream>) -> Option<Asked> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, n)| n.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some(Asked { method, target, headers, body: String::from_utf8(body).expect("loopback works") })
}

/// Answers, whole; the connection goes on.
pub fn answer(stream: &mut TcpStream, status: &str, headers: &[(&str, &str)], body: &[u8]) -> bool {
    let mut head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).is_ok()
}

/// Answers with JSON.
pub fn json(stream: &mut TcpStream, status: &str, body: &str) -> bool {
    answer(stream, status, &[("Content-Type", "application/json")], body.as_bytes())
}

/// Waits until something is so.
pub fn until(what: &str, so: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(10);
    while !so() {
        assert!(Instant::now() < end, "{what}: not within ten seconds");
        std::thread::sleep(Duration::from_millis(2));
    }
}
