//! A server that is reached by an address over HTTP with server-sent events, the transport of the first revision: one
//! stream on which it says everything, and another address of it, named there first, that takes our messages.
//!
//! Format: <https://modelcontextprotocol.io/specification/2024-11-05/basic/transports#http-with-sse>.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::Url;

use super::events::{Event, Events, TooLong};
use super::remote::{Asked, Ends, Remote, Said, hand, send_each, turns_away};
use super::site::{Reach, Site};
use super::wire::MESSAGE;
use crate::enforce::guard::origin::Origin;
use crate::enforce::reason::Refusal;
use crate::io::credentials::credential::Credential;
use crate::io::failure::Failure;
use crate::io::net::stream::Stream;

/// How long the server may take, once its stream is open, to say where messages go.
const FIRST: Duration = Duration::from_secs(10);
/// Bytes of the address that they go to.
const ADDRESS: usize = 8 << 10;
/// Bytes that the stream may bring while nothing is asked: a server that talks on and on is of no use.
const UNASKED: usize = 256 << 20;
/// Credentials whose repetition is looked for: the last ones that were shown.
const SHOWN: usize = 8;

/// A way to a server over HTTP with server-sent events. Nothing is sent yet.
///
/// # Errors
/// An address that is none, or certificates or a proxy that can't be used.
pub fn to(reach: Reach) -> Result<Remote, Failure> {
    let site = Site::of(reach)?;
    let name = site.name.clone();
    // Whoever speaks this way has a handshake.
    Remote::begin(&name, false, move |ends| work(site, ends))
}

/// Opens the stream, hands on what comes there, and sends messages until nobody has any more.
fn work(site: Site, Ends { runtime, messages, told, turned_away }: Ends) {
    let line = Arc::new(Line { site, shown: Mutex::default(), unasked: AtomicUsize::new(0) });
    let (stream, endpoint) = match runtime.block_on(line.open(&turned_away)) {
        Ok(opened) => opened,
        Err(failure) => {
            runtime.block_on(hand(&told, Err(failure)));
            return runtime.shutdown_background();
        }
    };
    let endpoint = Arc::new(endpoint);
    let hearing = runtime.spawn(Arc::clone(&line).hear(stream, told.clone()));
    send_each(&runtime, messages, |message| {
        let (line, endpoint, told) = (Arc::clone(&line), Arc::clone(&endpoint), told.clone());
        async move { line.post(&endpoint, message, &told).await }
    });
    hearing.abort();
    runtime.shutdown_background();
}

struct Line {
    site: Site,
    shown: Mutex<VecDeque<Credential>>,
    /// Bytes that came since something was sent.
    unasked: AtomicUsize,
}

/// The stream of a server, and what of it was read.
struct Heard {
    stream: Stream,
    events: Events,
    waiting: VecDeque<Event>,
}

impl Line {
    /// Opens the stream: it, and where messages go.
    async fn open(&self, turned_away: &AtomicBool) -> Result<(Heard, Url), Failure> {
        let refused = |refusal: Refusal| self.failure("the server can't be asked").why(refusal.message);
        let credential = self.credential().await.map_err(refused)?;
        let headers = vec![
            ("accept".to_owned(), "text/event-stream".to_owned()),
            ("cache-control".to_owned(), "no-store".to_owned()),
        ];
        let outgoing = self.site.request(("GET", &self.site.url), headers, None, false);
        let stream = self.site.open(&outgoing, credential.as_ref()).await.map_err(refused)?;
        match stream.status() {
            200 if stream.essence() == "text/event-stream" => {}
            200 => return Err(self.no_stream(turned_away, "its answer to GET is no stream of events")),
            401 => {
                return Err(self
                    .failure("the server opens no stream of events")
                    .why("HTTP 401: it wants a credential"));
            }
            status if turns_away(status) || status == 406 => {
                return Err(self.no_stream(turned_away, &format!("it answers GET with HTTP {status}")));
            }
            status => {
                return Err(self
                    .failure("the server opens no stream of events")
                    .why(format!("HTTP {status}")));
            }
        }
        let mut heard = Heard { stream, events: Events::new(MESSAGE), waiting: VecDeque::new() };
        let late = |_| Err(self.no_stream(turned_away, "none of its events says in time where messages go"));
        let first = tokio::time::timeout(FIRST, self.event(&mut heard)).await.unwrap_or_else(late)?;
        if first.name != "endpoint" {
            return Err(self.no_stream(turned_away, "its first event does not say where messages go"));
        }
        let endpoint = endpoint(&first.data, &self.site.url, &self.site.origin);
        Ok((heard, endpoint.map_err(|(what, why)| self.failure(&what).why(why))?))
    }

    /// Hands on what the server says until its stream ends, and why it did.
    async fn hear(self: Arc<Line>, mut heard: Heard, told: SyncSender<Said>) {
        loop {
            let said = match self.event(&mut heard).await {
                Ok(event) if event.name == "message" => Ok(self.without_what_was_shown(event.data)),
                Ok(event) if event.name == "endpoint" => {
                    Err(self.failure("the server names another address for messages to it, in the middle"))
                }
                Ok(_) => continue,
                Err(failure) => Err(failure),
            };
            let is_last = said.is_err();
            if !hand(&told, said).await || is_last {
                return;
            }
        }
    }

    /// The next event.
    async fn event(&self, heard: &mut Heard) -> Result<Event, Failure> {
        loop {
            if let Some(event) = heard.waiting.pop_front() {
                return Ok(event);
            }
            let broken = |refusal: Refusal| {
                self.failure("the server's stream of events broke off").why(refusal.message)
            };
            let piece = heard.stream.piece().await.map_err(broken)?;
            let piece = piece.ok_or_else(|| self.failure("the server ended its stream of events"))?;
            if self.unasked.fetch_add(piece.len(), Ordering::AcqRel) + piece.len() > UNASKED {
                let what = format!("the server said more than {} MiB that nobody asked for", UNASKED >> 20);
                return Err(self.failure(&what));
            }
            let most = MESSAGE >> 20;
            let too_long =
                |TooLong| self.failure(&format!("the server said more than {most} MiB in one message"));
            heard.waiting.extend(heard.events.take(&piece).map_err(too_long)?);
        }
    }

    /// Sends a message. What the server has to say to it comes on the stream; here it says that it took it, or not.
    async fn post(&self, endpoint: &Url, message: Vec<u8>, told: &SyncSender<Said>) {
        let asked = Asked::read(&message);
        if asked.is_some() {
            self.unasked.store(0, Ordering::Release);
        }
        let status = match self.status(endpoint, message, asked.as_ref().is_some_and(Asked::calls)).await {
            Ok(status) => status,
            Err(refusal) => {
                let failure = self.failure("the server can't be asked").why(refusal.message);
                hand(told, Err(failure)).await;
                return;
            }
        };
        let said = match (status, asked) {
            (200..=299, _) => return,
            (404, _) => Err(self.failure("the server does not know this session any more")),
            (_, Some(asked)) => Ok(asked.refused(status, None)),
            (_, None) => return,
        };
        hand(told, said).await;
    }

    /// The status that a message is answered with.
    async fn status(&self, endpoint: &Url, message: Vec<u8>, calls: bool) -> Result<u16, Refusal> {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        let credential = self.credential().await?;
        let outgoing = self.site.request(("POST", endpoint), headers, Some(message), calls);
        self.site.tell(&outgoing, credential.as_ref()).await
    }

    fn shown(&self) -> MutexGuard<'_, VecDeque<Credential>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the server is shown, remembered: what it says may repeat it.
    async fn credential(&self) -> Result<Option<Credential>, Refusal> {
        let credential = self.site.credential().await?;
        if let Some(credential) = &credential {
            let mut shown = self.shown();
            if !shown.iter().any(|before| before.is_same(credential)) {
                shown.push_back(credential.clone());
            }
            if shown.len() > SHOWN {
                shown.pop_front();
            }
        }
        Ok(credential)
    }

    fn without_what_was_shown(&self, mut said: Vec<u8>) -> Vec<u8> {
        self.shown().iter().for_each(|credential| credential.taken_out_of(&mut said));
        said
    }

    /// That the server does not speak this way.
    fn no_stream(&self, turned_away: &AtomicBool, why: &str) -> Failure {
        turned_away.store(true, Ordering::Release);
        self.failure("the server opens no stream of events that takes messages").why(why)
    }

    fn failure(&self, message: &str) -> Failure {
        Failure::new(self.site.name.clone(), message)
    }
}

/// Where messages go, as an event of a server at this address says it: to that server, and to no other; else what is wrong
/// with it, and why.
fn endpoint(said: &[u8], url: &Url, origin: &Origin) -> Result<Url, (String, String)> {
    let none =
        |why: &str| ("the server names what is no address for messages to it".to_owned(), why.to_owned());
    let text = std::str::from_utf8(said).ok().filter(|text| text.len() <= ADDRESS);
    let mut named = text.and_then(|text| url.join(text.trim()).ok()).ok_or_else(|| none(""))?;
    let of = Origin::of(&named).map_err(|refusal| none(&refusal.message))?;
    if of != *origin {
        let what = format!("the server wants messages to it sent to another one: {of}");
        return Err((what, "what is meant for the server at its address is sent to no other".to_owned()));
    }
    if !named.username().is_empty() || named.password().is_some() {
        return Err(none("it has a user or password in it"));
    }
    named.set_fragment(None);
    Ok(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_go_to_the_server_that_was_asked_and_to_no_other() {
        let url = Url::parse("https://mcp.example:8443/a/sse?k=1").unwrap();
        let origin = Origin::of(&url).unwrap();
        let named = |said: &str| endpoint(said.as_bytes(), &url, &origin);
        for (said, address) in [
            ("/messages/?session_id=0f", "https://mcp.example:8443/messages/?session_id=0f"),
            ("message", "https://mcp.example:8443/a/message"),
            ("?s=2", "https://mcp.example:8443/a/sse?s=2"),
            (" https://MCP.example.:8443/m#x ", "https://mcp.example.:8443/m"),
        ] {
            assert_eq!(named(said).map(String::from).as_deref(), Ok(address), "{said}");
        }
        for said in [
            "https://mcp.example/m",
            "http://mcp.example:8443/m",
            "https://mcp.example.evil.example:8443/m",
            "//evil.example:8443/m",
            r"\\evil.example:8443\m",
            "https://mcp.example:8443@evil.example/m",
        ] {
            assert!(named(said).unwrap_err().0.contains("to another one"), "{said}");
        }
        for said in [
            "https://me:word@mcp.example:8443/m",
            "file:///etc/passwd",
            "javascript:1",
            "https://",
            "https://a..b/",
        ] {
            assert!(named(said).unwrap_err().0.contains("no address"), "{said}");
        }
        assert!(endpoint(b"/\xff", &url, &origin).is_err() && named(&"x".repeat(ADDRESS + 1)).is_err());
    }
}
