//! What both ways to a server at an address have in common: a thread of their own that sends what it is handed, and hands
//! back what the server says, so that nobody who reads or writes slowly can hold us.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;

use super::wire::{Outlet, Stuck, Wire};
use crate::io::failure::Failure;

/// Messages that wait to be read or written.
const WAITING: usize = 64;
/// Messages that are on their way: a server may ask faster than it takes our answers.
const UNDER_WAY: usize = 64;
/// How long the server may take to hear that nobody speaks to it any more.
pub(super) const FAREWELL: Duration = Duration::from_millis(500);
/// How long a message waits for room before it is offered again.
const ROOM: Duration = Duration::from_millis(5);
/// The error code of what a server answers below the protocol.
const BELOW: i64 = -32000;

/// A message of the server, or why there are no more.
pub(super) type Said = Result<Vec<u8>, Failure>;

/// What the thread has of those that ask.
pub(super) struct Ends {
    /// Runs what it sends; ended when nobody asks any more.
    pub(super) runtime: Runtime,
    /// What it is to send; over when nobody asks any more.
    pub(super) messages: Receiver<Vec<u8>>,
    /// Whoever hears what the server says.
    pub(super) told: SyncSender<Said>,
    /// Set where the server does not speak this way.
    pub(super) turned_away: Arc<AtomicBool>,
}

/// A way to a server at an address.
pub struct Remote {
    name: String,
    may_be_stateless: bool,
    out: Option<Outlet>,
    heard: Receiver<Said>,
    turned_away: Arc<AtomicBool>,
    worker: Option<JoinHandle<()>>,
}

impl Remote {
    /// Begins: `work` goes on until nobody asks any more.
    ///
    /// # Errors
    /// The machine has nothing to do it with.
    pub(super) fn begin(
        name: &str,
        may_be_stateless: bool,
        work: impl FnOnce(Ends) + Send + 'static,
    ) -> Result<Remote, Failure> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|error| Failure::new(name, "the server can't be reached").why(error.to_string()))?;
        let (out, messages) = mpsc::sync_channel::<Vec<u8>>(WAITING);
        let (told, heard) = mpsc::sync_channel(WAITING);
        let turned_away = Arc::new(AtomicBool::new(false));
        let ends = Ends { runtime, messages, told, turned_away: Arc::clone(&turned_away) };
        let worker = Some(thread::spawn(move || work(ends)));
        let out = Some(Outlet(out));
        Ok(Remote { name: name.to_owned(), may_be_stateless, out, heard, turned_away, worker })
    }

    /// Why nothing can be sent any more: what was heard last, if that says it.
    fn gone(&self) -> Failure {
        let why = self.heard.try_iter().find_map(Result::err);
        why.unwrap_or_else(|| Failure::new(self.name.clone(), "the server can't be asked any more"))
    }
}

impl Wire for Remote {
    fn send(&mut self, message: &[u8], until: Instant) -> Result<(), Failure> {
        let mut message = message.to_vec();
        let Some(out) = &self.out else { return Err(self.gone()) };
        loop {
            match out.offer(message) {
                Ok(()) => return Ok(()),
                Err((Stuck::Gone, _)) => return Err(self.gone()),
                Err((Stuck::Full, _)) if Instant::now() >= until => return Err(self.late()),
                Err((Stuck::Full, back)) => message = back,
            }
            thread::sleep(ROOM);
        }
    }

    fn next(&mut self, until: Instant) -> Result<Option<Vec<u8>>, Failure> {
        match self.heard.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(heard) => heard.map(Some),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(self.gone()),
        }
    }

    fn outlet(&self) -> Option<Outlet> {
        self.out.clone()
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn may_be_stateless(&self) -> bool {
        self.may_be_stateless
    }

    fn is_turned_away(&self) -> bool {
        self.turned_away.load(Ordering::Acquire)
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        self.out = None;
        // Whoever still speaks to nobody must not wait for a reader.
        let (_, closed) = mpsc::sync_channel(1);
        self.heard = closed;
        let until = Instant::now() + FAREWELL;
        while self.worker.as_ref().is_some_and(|worker| !worker.is_finished()) && Instant::now() < until {
            thread::sleep(ROOM);
        }
    }
}

/// Sends messages, each with what `sending` makes of it, until nobody has any more.
pub(super) fn send_each<Sending>(
    runtime: &Runtime,
    messages: Receiver<Vec<u8>>,
    sending: impl Fn(Vec<u8>) -> Sending,
) where
    Sending: Future<Output = ()> + Send + 'static,
{
    let room = Arc::new(Semaphore::new(UNDER_WAY));
    for message in messages {
        let is_before_all = begins(&message);
        // It is never closed.
        let taken = runtime.block_on(Arc::clone(&room).acquire_owned()).ok();
        let sending = sending(message);
        let sent = async move {
            sending.await;
            drop(taken);
        };
        match is_before_all {
            // No server takes a question before it was told that it may.
            true => runtime.block_on(sent),
            // Nobody waits for what another one asks or tells.
            false => drop(runtime.spawn(sent)),
        }
    }
}

/// Hands on what a server said; whoever reads it may be busy. Whether anybody still reads.
pub(super) async fn hand(told: &SyncSender<Said>, mut said: Said) -> bool {
    loop {
        match told.try_send(said) {
            Ok(()) => return true,
            Err(TrySendError::Disconnected(_)) => return false,
            Err(TrySendError::Full(back)) => said = back,
        }
        tokio::time::sleep(ROOM).await;
    }
}

/// What of a question of ours bears on how it is sent.
pub(super) struct Asked {
    /// Its number.
    pub(super) id: Json,
    /// What is asked.
    pub(super) method: String,
    /// Of which tool or the like, where a header can say it.
    pub(super) name: Option<String>,
    /// The revision of the protocol, of a question that says it itself.
    pub(super) stateless: Option<String>,
}

const STATELESS: &str = "/params/_meta/io.modelcontextprotocol~1protocolVersion";

impl Asked {
    /// Reads a message of ours; none where it is no question.
    pub(super) fn read(message: &[u8]) -> Option<Asked> {
        let said: Json = serde_json::from_slice(message).ok()?;
        let text = |pointer: &str| said.pointer(pointer).and_then(Json::as_str).map(str::to_owned);
        Some(Asked {
            id: said.get("id")?.clone(),
            method: text("/method")?,
            name: text("/params/name").filter(|name| name.bytes().all(|b| (0x21..0x7f).contains(&b))),
            stateless: text(STATELESS),
        })
    }

    /// Whether it calls a tool.
    pub(super) fn calls(&self) -> bool {
        self.method == "tools/call"
    }

    /// The answer that an error is: the server's own, or that of a status below the protocol.
    pub(super) fn refused(&self, status: u16, own: Option<Json>) -> Vec<u8> {
        let hint = match status {
            401 => ": it wants a credential",
            404 | 405 => ": no message of MCP is taken there",
            _ => "",
        };
        let below = || json!({"code": BELOW, "message": format!("HTTP {status}{hint}")});
        let error = own.unwrap_or_else(below);
        json!({"jsonrpc": "2.0", "id": self.id, "error": error}).to_string().into_bytes()
    }
}

/// Whether a message tells the server that its answers may be asked for.
fn begins(message: &[u8]) -> bool {
    let said: Option<Json> = serde_json::from_slice(message).ok();
    said.is_some_and(|said| said["method"] == "notifications/initialized")
}

/// Whether a status says that a server does not take what it is sent in this way, as one of another transport does.
///
/// <https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#backwards-compatibility>
pub(super) fn turns_away(status: u16) -> bool {
    matches!(status, 400 | 404 | 405)
}
