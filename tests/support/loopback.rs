//! A server on this machine that notes what it is asked, over how many connections, and answers as it is told.

#![allow(dead_code, reason = "each test file uses its part")]

use std::io::{BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

pub use crate::upstream::Asked;

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
                    while let Ok(Some(request)) = Asked::read(&mut reader) {
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
