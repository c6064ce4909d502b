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

/// Who sends commands.
#[derive(Clone)]
pub struct Client {
    shared: Rc<RefCell<Shared>>,
    out: mpsc::UnboundedSender<String>,
}

#[derive(Default)]
struct Shared {
    next: u64,
    waiting: BTreeMap<u64, Waiting>,
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

    fn send(&self, session: Option<&str>, method: &str, params: Value, waiting: Option<Waiting>) {
        let mut shared = self.shared.borrow_mut();
        if shared.is_closed {
            // Who waits hears it when the sender goes.
            return;
        }
        shared.next += 1;
        let id = shared.next;
        shared.waiting.extend(waiting.map(|waiting| (id, waiting)));
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
        let tcp = TcpStream::connect(host).await.map_err(|e| failed(&e))?;
        let config = WebSocketConfig::default().max_message_size(Some(most)).max_frame_size(Some(most));
        let (stream, _) = tokio_tungstenite::client_async_with_config(address, tcp, Some(config))
            .await
            .map_err(|e| failed(&e))?;
        let (send, out) = mpsc::unbounded_channel();
        let shared = Rc::new(RefCell::new(Shared::default()));
        Ok((Client { shared: Rc::clone(&shared), out: send }, Socket { stream, out, shared }))
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
                    Ok(Message::Close(_)) => return None,
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
                            Some(Waiting::Call(send)) => drop(send.send(result)),
                            Some(Waiting::Asked(ask)) => listen(Said::Asked(ask, result)),
                            None => {}
                        }
                    }
                    None => {}
                }
            }
            None
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
