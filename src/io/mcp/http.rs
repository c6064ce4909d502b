//! A server that is reached by an address (streamable HTTP): each message a request through the guard of addresses, each
//! answer one message or a stream of them, read to its end.
//!
//! Format: <https://modelcontextprotocol.io/specification/2025-11-25/basic/transports>, and of the revision without a
//! handshake <https://modelcontextprotocol.io/specification/2026-07-28/basic/transports>.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use reqwest::Url;
use serde_json::{Value as Json, json};

use super::events;
use super::wire::{MESSAGE, Outlet, Stuck, Wire};
use crate::enforce::guard::hosts::Allowed;
use crate::enforce::guard::origin::Origin;
use crate::enforce::reason::Refusal;
use crate::io::credentials::provider::TokenProvider;
use crate::io::failure::Failure;
use crate::io::net::guarded::Guarded;
use crate::io::net::outgoing::{Answer, Outgoing, Rules};

/// Messages that wait to be read or written.
const WAITING: usize = 64;
/// How long the server may take to hear that nobody speaks to it any more.
const FAREWELL: Duration = Duration::from_millis(500);
/// The tool that a credential is got for: the server's are behind one address, and it is for that.
const ANY_TOOL: &str = "";
/// The error code of what a server answers below the protocol.
const BELOW: i64 = -32000;
const STATELESS: &str = "/params/_meta/io.modelcontextprotocol~1protocolVersion";

/// A server, and what is held to on the way to it.
pub struct Reach {
    /// Its address.
    pub url: Url,
    /// The rules; which servers may be asked is not theirs to say: the one at the address, and no redirect.
    pub rules: Rules,
    /// Who we are to it.
    pub credentials: Arc<dyn TokenProvider>,
    /// Headers that it wants with every message, beside those of the protocol.
    pub headers: Vec<(String, String)>,
}

/// What the server gave to be sent with every message.
#[derive(Default)]
struct Session {
    id: Option<String>,
    revision: Option<String>,
}

struct Line {
    name: String,
    url: Url,
    origin: Origin,
    net: Guarded,
    credentials: Arc<dyn TokenProvider>,
    headers: Vec<(String, String)>,
    session: Mutex<Session>,
}

/// A way to a server at an address.
pub struct Http {
    name: String,
    out: Option<Outlet>,
    heard: Receiver<Result<Vec<u8>, Failure>>,
    worker: Option<JoinHandle<()>>,
}

impl Http {
    /// Gets ready to ask. Nothing is sent yet.
    ///
    /// # Errors
    /// An address that is none, or certificates or a proxy that can't be used.
    pub fn to(reach: Reach) -> Result<Http, Failure> {
        let Reach { url, rules, credentials, headers } = reach;
        let name = url.to_string();
        let unfit = |why: String| Failure::new(name.clone(), "the server can't be reached").why(why);
        let origin = Origin::of(&url).map_err(|refusal| unfit(refusal.message))?;
        let allowed = Allowed::only([origin.clone()]);
        let rules = Rules { allowed, redirects: false, most_bytes: MESSAGE, ..rules };
        let net = Guarded::new(rules).map_err(|why| unfit(why.to_string()))?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|error| unfit(error.to_string()))?;
        let (out, messages) = mpsc::sync_channel::<Vec<u8>>(WAITING);
        let (told, heard) = mpsc::sync_channel(WAITING);
        let session = Mutex::default();
        let line = Arc::new(Line { name: name.clone(), url, origin, net, credentials, headers, session });
        let worker = thread::spawn(move || {
            for message in messages {
                let (line, told) = (Arc::clone(&line), told.clone());
                let is_before_all = begins(&message);
                let sending = async move { line.exchange(message, &told).await };
                match is_before_all {
                    // No server takes a question before it was told that it may.
                    true => runtime.block_on(sending),
                    // Nobody waits for what another one asks or tells.
                    false => drop(runtime.spawn(sending)),
                }
            }
            runtime.block_on(async { tokio::time::timeout(FAREWELL, line.leave()).await.ok() });
            runtime.shutdown_background();
        });
        Ok(Http { name, out: Some(Outlet(out)), heard, worker: Some(worker) })
    }
}

impl Wire for Http {
    fn send(&mut self, message: &[u8], until: Instant) -> Result<(), Failure> {
        let mut message = message.to_vec();
        let gone = || Failure::new(self.name.clone(), "the server can't be asked any more");
        let out = self.out.as_ref().ok_or_else(gone)?;
        loop {
            match out.offer(message) {
                Ok(()) => return Ok(()),
                Err((Stuck::Gone, _)) => return Err(gone()),
                Err((Stuck::Full, _)) if Instant::now() >= until => return Err(self.late()),
                Err((Stuck::Full, back)) => message = back,
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn next(&mut self, until: Instant) -> Result<Option<Vec<u8>>, Failure> {
        match self.heard.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(heard) => heard.map(Some),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => {
                Err(Failure::new(self.name.clone(), "the server can't be asked any more"))
            }
        }
    }

    fn outlet(&self) -> Option<Outlet> {
        self.out.clone()
    }

    fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Http {
    fn drop(&mut self) {
        self.out = None;
        // Whoever still speaks to nobody must not wait for a reader.
        let (_, closed) = mpsc::sync_channel(1);
        self.heard = closed;
        let until = Instant::now() + FAREWELL;
        while self.worker.as_ref().is_some_and(|worker| !worker.is_finished()) && Instant::now() < until {
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Line {
    fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a message, and hands on what comes back.
    async fn exchange(&self, message: Vec<u8>, told: &SyncSender<Result<Vec<u8>, Failure>>) {
        let asked = question(&message);
        let answer = match self.post(message, asked.as_ref()).await {
            Ok(answer) => answer,
            Err(refusal) => {
                let failure =
                    Failure::new(self.name.clone(), "the server can't be asked").why(refusal.message);
                return hand(told, vec![Err(failure)]).await;
            }
        };
        let session = answer.headers.iter().find(|(name, _)| name == "mcp-session-id");
        if let Some((_, id)) = session {
            self.session().id = Some(id.clone());
        }
        let Some(asked) = asked else { return };
        let said = self.said(&answer, &asked);
        hand(told, said).await;
    }

    async fn post(&self, message: Vec<u8>, asked: Option<&Asked>) -> Result<Answer, Refusal> {
        let mut headers = vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            ("accept".to_owned(), "application/json, text/event-stream".to_owned()),
        ];
        {
            let session = self.session();
            let stateless = asked.and_then(|asked| asked.stateless.clone());
            if let Some(asked) = asked.filter(|_| stateless.is_some()) {
                headers.push(("mcp-method".to_owned(), asked.method.clone()));
                headers.extend(asked.name.clone().map(|name| ("mcp-name".to_owned(), name)));
            }
            headers.extend(session.id.clone().map(|id| ("mcp-session-id".to_owned(), id)));
            let revision = stateless.or_else(|| session.revision.clone());
            headers.extend(revision.map(|revision| ("mcp-protocol-version".to_owned(), revision)));
        }
        let calls = asked.is_some_and(|asked| asked.method == "tools/call");
        self.send("POST", headers, Some(message), calls).await
    }

    async fn send(
        &self,
        method: &str,
        mut headers: Vec<(String, String)>,
        body: Option<Vec<u8>>,
        calls: bool,
    ) -> Result<Answer, Refusal> {
        let vetted = self.net.vet(&self.url).await?;
        let credential = self.credentials.get(&self.origin, ANY_TOOL).await?;
        headers.extend(self.headers.iter().cloned());
        let outgoing = Outgoing {
            method: method.to_owned(),
            url: self.url.clone(),
            headers,
            body,
            changes_state: calls,
            confirmed: calls,
        };
        self.net.send(&outgoing, vetted, credential.as_ref()).await
    }

    /// The messages of an answer.
    fn said(&self, answer: &Answer, asked: &Asked) -> Vec<Result<Vec<u8>, Failure>> {
        let is_stream = answer.content_type.to_ascii_lowercase().starts_with("text/event-stream");
        let messages = match is_stream {
            true => events::data(&answer.body),
            false if answer.body.is_empty() => Vec::new(),
            false => vec![answer.body.clone()],
        };
        let is_ours = |message: &Vec<u8>| {
            serde_json::from_slice::<Json>(message).is_ok_and(|said| said.get("id") == Some(&asked.id))
        };
        if answer.status < 400 && messages.iter().any(is_ours) {
            if asked.method == "initialize" {
                self.session().revision = messages.iter().find_map(|message| revision(message));
            }
            return messages.into_iter().map(Ok).collect();
        }
        if answer.status < 400 {
            return vec![Err(Failure::new(self.name.clone(), "the server did not answer what it was asked"))];
        }
        if answer.status == 404 && self.session().id.is_some() {
            return vec![Err(Failure::new(
                self.name.clone(),
                "the server does not know this session any more",
            ))];
        }
        // An error of the protocol may come with a status of its own; it need not say which question it answers.
        let text = messages.first().and_then(|message| serde_json::from_slice::<Json>(message).ok());
        let own = text.as_ref().and_then(|said| said.get("error")).filter(|error| error.is_object());
        let hint = if answer.status == 401 { ": it wants a credential" } else { "" };
        let below = || json!({"code": BELOW, "message": format!("HTTP {}{hint}", answer.status)});
        let error = own.cloned().unwrap_or_else(below);
        let told = json!({"jsonrpc": "2.0", "id": asked.id, "error": error});
        vec![Ok(told.to_string().into_bytes())]
    }

    /// Tells the server that the session is over, where there is one.
    async fn leave(&self) {
        let id = self.session().id.clone();
        if let Some(id) = id {
            let headers = vec![("mcp-session-id".to_owned(), id)];
            // Many servers know no such thing.
            let _ = self.send("DELETE", headers, None, false).await;
        }
    }
}

/// Hands messages on; whoever reads them may be busy.
async fn hand(told: &SyncSender<Result<Vec<u8>, Failure>>, said: Vec<Result<Vec<u8>, Failure>>) {
    for one in said {
        let mut one = Some(one);
        while let Some(now) = one.take() {
            match told.try_send(now) {
                Ok(()) | Err(mpsc::TrySendError::Disconnected(_)) => {}
                Err(mpsc::TrySendError::Full(back)) => {
                    one = Some(back);
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
        }
    }
}

/// What of a question of ours bears on how it is sent.
struct Asked {
    id: Json,
    method: String,
    name: Option<String>,
    /// The revision of the protocol, of a question that says it itself.
    stateless: Option<String>,
}

fn question(message: &[u8]) -> Option<Asked> {
    let said: Json = serde_json::from_slice(message).ok()?;
    let text = |pointer: &str| said.pointer(pointer).and_then(Json::as_str).map(str::to_owned);
    Some(Asked {
        id: said.get("id")?.clone(),
        method: text("/method")?,
        name: text("/params/name").filter(|name| name.bytes().all(|b| (0x21..0x7f).contains(&b))),
        stateless: text(STATELESS),
    })
}

/// Whether a message tells the server that its answers may be asked for.
fn begins(message: &[u8]) -> bool {
    let said: Option<Json> = serde_json::from_slice(message).ok();
    said.is_some_and(|said| said["method"] == "notifications/initialized")
}

fn revision(message: &[u8]) -> Option<String> {
    let said: Json = serde_json::from_slice(message).ok()?;
    let revision = said.pointer("/result/protocolVersion")?.as_str()?;
    revision.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-').then(|| revision.to_owned())
}
