//! The web socket of a browser: commands out and their answers back, events to whoever listens. One task carries the
//! messages ([`Socket::pump`]); any number of others ask ([`Client::call`]) while it runs.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use crate::capture::browser::Ask;
use crate::capture::browser::wire::{Heard, command, heard};
use crate::io::failure::Failure;

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a browser that listens may take until it talks.
const OPENS: Duration = Duration::from_secs(20);

/// Who sends commands.
#[derive(Clone)]
pub struct Client {
    shared: Rc<RefCell<Shared>>,
    out: mpsc::UnboundedSender<String>,
}

#[derive(Default)]
struct Shared {
    next: u64,
    /// By the number of the command, in which session it was given, and who waits.
    waiting: BTreeMap<u64, (Option<String>, Waiting)>,
    is_closed: bool,
}

/// Who waits for an answer.
enum Waiting {
    Call(oneshot::Sender<Result<Value, String>>),
    Asked(Ask),
}

/// What goes to whoever listens.
pub enum Said {
    /// Something happened.
    Event {
        /// The session of a window, a frame or a worker.
        session: Option<String>,
        /// What.
        method: String,
        /// The particulars.
        params: Value,
    },
    /// A part of a request that was asked for.
    Asked(Ask, Result<Value, String>),
}

impl Client {
    /// One whose commands come out at the other end.
    pub(super) fn new() -> (Client, mpsc::UnboundedReceiver<String>) {
        let (send, out) = mpsc::unbounded_channel();
        (Client { shared: Rc::default(), out: send }, out)
    }

    /// Sends a command, and waits for its answer.
    ///
    /// # Errors
    /// The browser refuses it, is gone, or takes too long.
    pub async fn call(&self, session: Option<&str>, method: &str, params: Value) -> Result<Value, Failure> {
        let (send, answer) = oneshot::channel();
        self.send(session, method, params, Some(Waiting::Call(send)));
        let failed = |why: &str| Failure::new("the browser", format!("{method}: {why}"));
        match tokio::time::timeout(PATIENCE, answer).await {
            Ok(Ok(Ok(result))) => Ok(result),
            Ok(Ok(Err(why))) => Err(failed(&why)),
            Ok(Err(_)) => Err(failed("the browser is gone")),
            Err(_) => Err(failed("no answer")),
        }
    }

    /// Sends a command whose answer nobody waits for.
    pub fn tell(&self, session: Option<&str>, method: &str, params: Value) {
        self.send(session, method, params, None);
    }

    /// Asks for a part of a request; it goes to whoever listens.
    pub fn ask(&self, ask: Ask) {
        let params = serde_json::json!({"requestId": ask.request});
        let session = ask.session.clone();
        self.send(session.as_deref(), ask.what.command(), params, Some(Waiting::Asked(ask)));
    }

    /// Says that a session is gone: who waits for an answer of it hears so. Gives back what was asked for there.
    pub fn gone(&self, session: &str) -> Vec<Ask> {
        let gone = {
            let waiting = &mut self.shared.borrow_mut().waiting;
            let (gone, kept) = std::mem::take(waiting)
                .into_iter()
                .partition::<BTreeMap<_, _>, _>(|(_, (of, _))| of.as_deref() == Some(session));
            *waiting = kept;
            gone
        };
        let asked = |(_, (_, waiting))| match waiting {
            Waiting::Call(send) => {
                // Who no longer waits has what it needs.
                let _ = send.send(Err("its window is gone".to_owned()));
                None
            }
            Waiting::Asked(ask) => Some(ask),
        };
        gone.into_iter().filter_map(asked).collect()
    }

    fn send(&self, session: Option<&str>, method: &str, params: Value, waiting: Option<Waiting>) {
        let mut shared = self.shared.borrow_mut();
        if shared.is_closed {
            // Who waits hears it when the sender goes.
            return;
        }
        shared.next += 1;
        let id = shared.next;
        shared.waiting.extend(waiting.map(|waiting| (id, (session.map(str::to_owned), waiting))));
        // A socket that is gone is told by its pump.
        let _ = self.out.send(command(id, session, method, params));
    }
}

/// The socket itself.
pub struct Socket {
    stream: WebSocketStream<TcpStream>,
    out: mpsc::UnboundedReceiver<String>,
    shared: Rc<RefCell<Shared>>,
}

impl Socket {
    /// Connects. A message may have so many bytes.
    ///
    /// # Errors
    /// Nobody listens there, or it is no browser.
    pub async fn open(address: &str, most: usize) -> Result<(Client, Socket), Failure> {
        let failed = |e: &dyn std::fmt::Display| {
            Failure::new("the browser", "it can't be talked to").why(e.to_string())
        };
        let host = address.trim_start_matches("ws://").split('/').next().unwrap_or_default();
        let config = WebSocketConfig::default().max_message_size(Some(most)).max_frame_size(Some(most));
        let connect = async {
            let tcp = TcpStream::connect(host).await.map_err(|e| failed(&e))?;
            let opened = tokio_tungstenite::client_async_with_config(address, tcp, Some(config)).await;
            opened.map(|(stream, _)| stream).map_err(|e| failed(&e))
        };
        let stream = tokio::time::timeout(OPENS, connect).await.map_err(|_| failed(&"no answer"))??;
        let (client, out) = Client::new();
        let shared = Rc::clone(&client.shared);
        Ok((client, Socket { stream, out, shared }))
    }

    /// Carries messages until the browser is gone; gives why, if that is known.
    pub async fn pump(self, listen: &mut dyn FnMut(Said)) -> Option<String> {
        let Socket { stream, mut out, shared } = self;
        let (mut sink, mut messages) = stream.split();
        let write = async {
            while let Some(text) = out.recv().await {
                if let Err(e) = sink.send(Message::text(text)).await {
                    return Some(e.to_string());
                }
            }
            None
        };
        let read = async {
            while let Some(message) = messages.next().await {
                let text = match message {
                    Ok(Message::Text(text)) => text,
                    Ok(Message::Close(_)) => break,
                    Ok(_) => continue,
                    Err(e) => return Some(e.to_string()),
                };
                match heard(&text) {
                    Some(Heard::Event { session, method, params }) => {
                        listen(Said::Event { session, method, params });
                    }
                    Some(Heard::Answer { id, result }) => {
                        let waiting = shared.borrow_mut().waiting.remove(&id);
                        match waiting {
                            // Who no longer waits has what it needs.
                            Some((_, Waiting::Call(send))) => drop(send.send(result)),
                            Some((_, Waiting::Asked(ask))) => listen(Said::Asked(ask, result)),
                            None => {}
                        }
                    }
                    None => {}
                }
            }
            Some("it closed the connection".to_owned())
        };
        let why = tokio::select! {
            why = read => why,
            why = write => why,
        };
        let mut shared = shared.borrow_mut();
        shared.is_closed = true;
        shared.waiting.clear();
        why
    }
}
