//! An MCP server of the first transport on this machine: a stream of events, and an address that takes messages. What it
//! says at either, byte for byte, a test chooses.
#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::BTreeMap;
use std::io::{BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub use crate::upstream::Asked;

/// What is answered.
#[derive(Debug, Clone, Default)]
pub struct Answered {
    /// The answer with status, headers and body. Of a stream the body begins it.
    pub whole: Vec<u8>,
    /// The name of the stream that this opens.
    pub opens: Option<String>,
    /// What is written to a stream: its name, and each piece of it.
    pub says: Option<(String, Vec<Vec<u8>>)>,
    /// Whether that stream ends then.
    pub ends: bool,
}

impl Answered {
    /// An answer that is whole.
    pub fn of(status: &str, headers: &str, body: &str) -> Answered {
        let length = body.len();
        let whole = format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\n\r\n{body}");
        Answered { whole: whole.into_bytes(), ..Answered::default() }
    }

    /// A stream of this name that begins so.
    pub fn stream(name: &str, headers: &str, begin: &str) -> Answered {
        let whole = format!("HTTP/1.1 200 OK\r\n{headers}connection: close\r\n\r\n{begin}");
        Answered { whole: whole.into_bytes(), opens: Some(name.to_owned()), ..Answered::default() }
    }

    pub fn saying(mut self, stream: &str, pieces: Vec<Vec<u8>>) -> Answered {
        self.says = Some((stream.to_owned(), pieces));
        self
    }

    pub fn ending(mut self) -> Answered {
        self.ends = true;
        self
    }
}

type Handler = Arc<dyn Fn(&Asked) -> Answered + Send + Sync>;
type Streams = Arc<Mutex<BTreeMap<String, TcpStream>>>;

/// A running server; it ends with the test.
pub struct EventsServer {
    pub port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
    connections: Arc<Connections>,
}

/// How many there are, and were at most.
#[derive(Default)]
struct Connections {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl EventsServer {
    pub fn new(handler: impl Fn(&Asked) -> Answered + Send + Sync + 'static) -> EventsServer {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let server = EventsServer { port, asked: Arc::default(), connections: Arc::default() };
        let (asked, connections) = (Arc::clone(&server.asked), Arc::clone(&server.connections));
        let (handler, streams): (Handler, Streams) = (Arc::new(handler), Streams::default());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (asked, handler, streams) =
                    (Arc::clone(&asked), Arc::clone(&handler), Arc::clone(&streams));
                let connections = Arc::clone(&connections);
                let now = connections.now.fetch_add(1, Ordering::SeqCst) + 1;
                connections.most.fetch_max(now, Ordering::SeqCst);
                std::thread::spawn(move || {
                    // Whoever hangs up early is not our concern.
                    let _ = converse(stream, &asked, &handler, &streams);
                    connections.now.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        server
    }

    /// The most connections that there were at the same time.
    pub fn most_at_once(&self) -> usize {
        self.connections.most.load(Ordering::SeqCst)
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("a lock").clone()
    }
}

fn converse(
    stream: TcpStream,
    all: &Mutex<Vec<Asked>>,
    handler: &Handler,
    streams: &Streams,
) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut out = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    while let Some(asked) = Asked::read(&mut reader)? {
        all.lock().expect("a lock").push(asked.clone());
        let answered = handler(&asked);
        // Whoever reads where messages go sends one at once: what is said to that belongs on this stream.
        if let Some(name) = answered.opens {
            streams.lock().expect("a lock").insert(name, out.try_clone()?);
        }
        out.write_all(&answered.whole)?;
        if let Some((name, pieces)) = answered.says {
            let stream = streams.lock().expect("a lock").get(&name).map(TcpStream::try_clone);
            let Some(mut stream) = stream.transpose()? else { continue };
            // Who has hung up hears no more; the answer was written.
            for piece in pieces {
                if stream.write_all(&piece).is_err() {
                    break;
                }
                std::thread::sleep(Duration::from_millis(1));
            }
            if answered.ends {
                let _ = stream.shutdown(std::net::Shutdown::Both);
            }
        }
    }
    Ok(())
}
