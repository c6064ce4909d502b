//! A server that is reached by an address (streamable HTTP): each message a request through the guard of addresses, each
//! answer one message or a stream of them, read to its end.
//!
//! Format: <https://modelcontextprotocol.io/specification/2025-11-25/basic/transports>, and of the revision without a
//! handshake <https://modelcontextprotocol.io/specification/2026-07-28/basic/transports>.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value as Json;

use super::events;
use super::remote::{Asked, Ends, FAREWELL, Remote, Said, hand, send_each, turns_away};
use super::site::{Reach, Site};
use crate::enforce::reason::Refusal;
use crate::io::failure::Failure;
use crate::io::net::outgoing::{Answer, Outgoing};

/// What the server gave to be sent with every message.
#[derive(Default)]
struct Session {
    id: Option<String>,
    revision: Option<String>,
}

struct Line {
    site: Site,
    session: Mutex<Session>,
    turned_away: Arc<AtomicBool>,
}

/// A way to a server over streamable HTTP. Nothing is sent yet.
///
/// # Errors
/// An address that is none, or certificates or a proxy that can't be used.
pub fn to(reach: Reach) -> Result<Remote, Failure> {
    let site = Site::of(reach)?;
    let name = site.name.clone();
    Remote::begin(&name, true, move |ends| work(site, ends))
}

/// Sends messages until nobody has any more.
fn work(site: Site, Ends { runtime, messages, told, turned_away }: Ends) {
    let line = Arc::new(Line { site, session: Mutex::default(), turned_away });
    send_each(&runtime, messages, |message| {
        let (line, told) = (Arc::clone(&line), told.clone());
        async move { line.exchange(message, &told).await }
    });
    runtime.block_on(async { tokio::time::timeout(FAREWELL, line.leave()).await.ok() });
    runtime.shutdown_background();
}

impl Line {
    fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a message, and hands on what comes back to a question.
    async fn exchange(&self, message: Vec<u8>, told: &SyncSender<Said>) {
        let sent = match Asked::read(&message) {
            Some(asked) => self.ask(message, &asked).await,
            None => self.tell(message).await.map(|()| Vec::new()),
        };
        let failed =
            |refusal: Refusal| vec![Err(self.failure("the server can't be asked").why(refusal.message))];
        for said in sent.unwrap_or_else(failed) {
            hand(told, said).await;
        }
    }

    /// Asks: the messages that the server answers with.
    async fn ask(&self, message: Vec<u8>, asked: &Asked) -> Result<Vec<Said>, Refusal> {
        let answer = self.site.ask(&self.outgoing(message, Some(asked))).await?;
        let session = answer.headers.iter().find(|(name, _)| name == "mcp-session-id");
        if let Some((_, id)) = session {
            self.session().id = Some(id.clone());
        }
        Ok(self.said(&answer, asked))
    }

    /// Tells what wants no answer. Whether it was of use, the next question shows.
    async fn tell(&self, message: Vec<u8>) -> Result<(), Refusal> {
        let credential = self.site.credential().await?;
        self.site.tell(&self.outgoing(message, None), credential.as_ref()).await.map(drop)
    }

    fn outgoing(&self, message: Vec<u8>, asked: Option<&Asked>) -> Outgoing {
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
        let calls = asked.is_some_and(Asked::calls);
        self.site.request(("POST", &self.site.url), headers, Some(message), calls)
    }

    /// The messages of an answer.
    fn said(&self, answer: &Answer, asked: &Asked) -> Vec<Said> {
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
            return vec![Err(self.failure("the server did not answer what it was asked"))];
        }
        if answer.status == 404 && self.session().id.is_some() {
            return vec![Err(self.failure("the server does not know this session any more"))];
        }
        // An error of the protocol may come with a status of its own; it need not say which question it answers.
        let text = messages.first().and_then(|message| serde_json::from_slice::<Json>(message).ok());
        let own = text.as_ref().and_then(|said| said.get("error")).filter(|error| error.is_object());
        if asked.method == "initialize" && turns_away(answer.status) {
            self.turned_away.store(true, Ordering::Release);
        }
        vec![Ok(asked.refused(answer.status, own.cloned()))]
    }

    /// Tells the server that the session is over, where there is one.
    async fn leave(&self) {
        let id = self.session().id.clone();
        if let Some(id) = id {
            let headers = vec![("mcp-session-id".to_owned(), id)];
            let outgoing = self.site.request(("DELETE", &self.site.url), headers, None, false);
            // Many servers know no such thing.
            let _ = self.site.ask(&outgoing).await;
        }
    }

    fn failure(&self, message: &str) -> Failure {
        Failure::new(self.site.name.clone(), message)
    }
}

fn revision(message: &[u8]) -> Option<String> {
    let said: Json = serde_json::from_slice(message).ok()?;
    let revision = said.pointer("/result/protocolVersion")?.as_str()?;
    revision.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-').then(|| revision.to_owned())
}
