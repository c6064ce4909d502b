//! A server that several ask at the same time: each gets the answer to its own question, whoever stops waiting says so,
//! and a server that breaks the protocol is ended.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::{Map, Value as Json, json};
use tokio::sync::oneshot;

use super::asks::Asks;
use super::conversation::Conversation;
use super::message::{self, Answer, Message};
use super::wire::{Outlet, Stuck, Wire};
use crate::io::failure::Failure;

/// How soon it is noticed that nobody asks any more.
const TICK: Duration = Duration::from_millis(100);
/// How long a message waits for room before it is offered again.
const ROOM: Duration = Duration::from_millis(2);

/// Why a question has no answer.
#[derive(Debug)]
pub enum Lost {
    /// It was not sent.
    Unsent(Failure),
    /// It was sent, and no answer came in time.
    Late,
    /// It was sent, and the server is gone.
    Gone(Failure),
}

type Hand = Box<dyn FnOnce(Result<Answer, Failure>) + Send>;

struct Open {
    /// The number of the last question.
    last: i64,
    waiting: HashMap<i64, Hand>,
    /// Why the server is gone, once it is.
    gone: Option<Failure>,
}

struct Shared {
    open: Mutex<Open>,
    /// How often the server said that its tools changed.
    told: AtomicU64,
    stop: AtomicBool,
}

impl Shared {
    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A server that runs.
pub struct Peer {
    name: String,
    out: Outlet,
    meta: Option<Json>,
    shared: Arc<Shared>,
    attended: Option<JoinHandle<()>>,
}

impl Peer {
    /// Goes on where a conversation with one left off.
    ///
    /// # Errors
    /// The server is gone.
    pub fn after<W: Wire + Send + 'static>(conversation: Conversation<W>) -> Result<Peer, Failure> {
        let name = conversation.name().to_owned();
        let (mut wire, last, meta) = conversation.into_parts();
        let gone = || Failure::new(name.clone(), "the server is gone");
        let out = wire.outlet().ok_or_else(gone)?;
        let shared = Arc::new(Shared {
            open: Mutex::new(Open { last, waiting: HashMap::new(), gone: None }),
            told: AtomicU64::new(0),
            stop: AtomicBool::new(false),
        });
        let held = Arc::clone(&shared);
        let attended = thread::spawn(move || {
            let why = attend(&mut wire, &held);
            // Ended before anybody is told that it is gone.
            drop(wire);
            let mut open = held.open();
            open.gone = Some(why.clone());
            let waiting = std::mem::take(&mut open.waiting);
            drop(open);
            waiting.into_values().for_each(|hand| hand(Err(why.clone())));
        });
        Ok(Peer { name, out, meta, shared, attended: Some(attended) })
    }

    /// How often the server has said that its tools changed.
    pub fn told(&self) -> u64 {
        self.shared.told.load(Ordering::Acquire)
    }

    /// Why the server is gone, if it is.
    pub fn gone(&self) -> Option<Failure> {
        self.shared.open().gone.clone()
    }

    /// Asks, and waits for the answer until `within` is over. Who drops this waits no more, and the server is told.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn ask_among(
        &self,
        method: &str,
        params: Map<String, Json>,
        within: Duration,
    ) -> Result<Answer, Lost> {
        let until = tokio::time::Instant::now() + within;
        let (hand, answer) = oneshot::channel();
        let question = self.question(method, params, move |answer| drop(hand.send(answer)));
        let (mut open, mut message) = question.map_err(Lost::Unsent)?;
        loop {
            match self.out.offer(message) {
                Ok(()) => break,
                Err((Stuck::Gone, _)) => return Err(Lost::Unsent(self.left())),
                Err((Stuck::Full, back)) => message = back,
            }
            if tokio::time::Instant::now() >= until {
                return Err(Lost::Unsent(self.failure("the server does not read what it is asked")));
            }
            tokio::time::sleep(ROOM).await;
        }
        open.sent = true;
        match tokio::time::timeout_at(until, answer).await {
            Ok(Ok(answer)) => answer.map_err(Lost::Gone),
            Ok(Err(_)) => Err(Lost::Gone(self.left())),
            Err(_) => Err(Lost::Late),
        }
    }

    /// A question under a number of its own, and who hands its answer on.
    fn question(
        &self,
        method: &str,
        mut params: Map<String, Json>,
        hand: impl FnOnce(Result<Answer, Failure>) + Send + 'static,
    ) -> Result<(Question<'_>, Vec<u8>), Failure> {
        if let Some(meta) = &self.meta {
            params.insert("_meta".to_owned(), meta.clone());
        }
        let mut open = self.shared.open();
        if let Some(why) = &open.gone {
            return Err(why.clone());
        }
        open.last += 1;
        let id = open.last;
        open.waiting.insert(id, Box::new(hand));
        let message = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        Ok((Question { peer: self, id, sent: false }, message.to_string().into_bytes()))
    }

    fn left(&self) -> Failure {
        self.gone().unwrap_or_else(|| Failure::new(self.name.clone(), "the server is gone"))
    }

    fn failure(&self, message: &str) -> Failure {
        Failure::new(self.name.clone(), message)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // With the last way to it gone, a server may end by itself.
        self.out = Outlet::closed();
        self.shared.stop.store(true, Ordering::Release);
        if let Some(attended) = self.attended.take() {
            let _ = attended.join();
        }
    }
}

/// A question that is open.
struct Question<'p> {
    peer: &'p Peer,
    id: i64,
    sent: bool,
}

impl Drop for Question<'_> {
    fn drop(&mut self) {
        let is_open = self.peer.shared.open().waiting.remove(&self.id).is_some();
        if is_open && self.sent {
            let params = json!({"requestId": self.id, "reason": "nobody waits for the answer any more"});
            let message = json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params});
            // Where there is no room for it, the server is busy with worse.
            let _ = self.peer.out.offer(message.to_string().into_bytes());
        }
    }
}

impl Asks for &Peer {
    fn ask(&mut self, method: &str, params: Map<String, Json>, until: Instant) -> Result<Answer, Failure> {
        let (hand, answer) = mpsc::sync_channel(1);
        let (mut open, mut message) = self.question(method, params, move |answer| drop(hand.send(answer)))?;
        loop {
            match self.out.offer(message) {
                Ok(()) => break,
                Err((Stuck::Gone, _)) => return Err(self.left()),
                Err((Stuck::Full, _)) if Instant::now() >= until => {
                    return Err(Peer::failure(self, "the server does not read what it is asked"));
                }
                Err((Stuck::Full, back)) => message = back,
            }
            thread::sleep(ROOM);
        }
        open.sent = true;
        match answer.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(answer) => answer,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                Err(Peer::failure(self, "the server did not answer in time").looked("asked for", method))
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => Err(self.left()),
        }
    }

    fn name(&self) -> &str {
        &self.name
    }
}

/// Hands answers on until nobody asks any more, or the server is gone or breaks the protocol: why.
fn attend(wire: &mut impl Wire, shared: &Shared) -> Failure {
    loop {
        if shared.stop.load(Ordering::Acquire) {
            return Failure::new(wire.name(), "the server was ended");
        }
        let heard = match wire.next(Instant::now() + TICK) {
            Ok(None) => continue,
            Ok(Some(bytes)) => message::read(wire.name(), &bytes),
            Err(failure) => return failure,
        };
        let said = heard.and_then(|message| heed(message, wire, shared));
        if let Err(failure) = said {
            return failure;
        }
    }
}

fn heed(message: Message, wire: &impl Wire, shared: &Shared) -> Result<(), Failure> {
    match message {
        Message::Answer(Some(id), answer) => {
            let mut open = shared.open();
            let is_ours = (1..=open.last).contains(&id);
            let hand = open.waiting.remove(&id);
            drop(open);
            match hand {
                Some(hand) => hand(Ok(answer)),
                // Nobody waits for it any more, or it was answered before.
                None if is_ours => {}
                None => {
                    let what = format!("the server answered question {id}, which was not asked");
                    return Err(Failure::new(wire.name(), what));
                }
            }
        }
        // Which question it could not read is nobody's to guess; whoever asked it will not wait for ever.
        Message::Answer(None, _) => {}
        Message::Question(id, method) => {
            let answer = message::turned_down(wire.name(), &id, &method)?;
            if let Some(out) = wire.outlet() {
                // A server that asks faster than it reads waits for its answers.
                let _ = out.offer(answer.to_string().into_bytes());
            }
        }
        Message::Told(method) if method == "notifications/tools/list_changed" => {
            shared.told.fetch_add(1, Ordering::AcqRel);
        }
        Message::Told(_) => {}
    }
    Ok(())
}
