//! Events of the network in, entries of a recording out: which of them tell one request, and what has to be asked for
//! before it is complete.
//!
//! A request is known by its id, in whichever window, frame or worker it is told. Redirects are hops of one id. Headers as
//! they went over the network come in events of their own, before or after the others, in the order of the hops
//! that have them (DevTools protocol, `Network`).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::doubles::{Doubles, Told};
use super::entry;
use super::hop::{self, Headers, Hop};
use super::limits::Limits;
use super::party::Party;
use super::wire::text_of;
use crate::capture::url;

/// Bytes of the address of a stream that is named.
const ADDRESS: usize = 8 << 10;
/// Streams that are named.
const NAMED: usize = 20;

/// What has to be asked for now: later the browser may have let go of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Whom.
    pub session: Option<String>,
    /// Of which request.
    pub request: String,
    /// Which of the two.
    pub what: Part,
    hop: usize,
}

impl Ask {
    /// The same, asked in another session.
    pub fn to(self, session: &str) -> Ask {
        Ask { session: Some(session.to_owned()), ..self }
    }
}

/// A part of a request that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What was sent.
    Sent,
    /// What was answered.
    Answered,
}

impl Part {
    /// The command that asks for it.
    pub fn command(self) -> &'static str {
        match self {
            Part::Sent => "Network.getRequestPostData",
            Part::Answered => "Network.getResponseBody",
        }
    }
}

/// What was noticed beside the entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Noted {
    /// Connections that stay open, by kind and address without query; the first ones.
    pub streams: BTreeSet<(String, String)>,
    /// How many there were.
    pub all_streams: u64,
    /// Answers over the bound of a body.
    pub large: u64,
    /// Answers that the browser had let go of, or had not got to their end.
    pub unread: u64,
    /// Calls of pages that a service worker made in their place, and that are told by it.
    pub repeated: u64,
    /// Whether there were more requests than are followed.
    pub is_full: bool,
}

/// All hops of one request.
#[derive(Debug, Default)]
struct Chain {
    session: Option<String>,
    /// The document that it is for.
    loader: Option<String>,
    hops: Vec<Hop>,
    requests: Vec<Headers>,
    responses: Vec<Headers>,
    /// Whether the last hop has ended.
    ended: bool,
    /// What was asked for and not answered yet.
    asked: usize,
}

impl Chain {
    /// Whether nothing of it is missing.
    fn is_complete(&self) -> bool {
        let told = self.hops.iter().filter(|hop| hop.has_extra).count();
        self.ended && self.asked == 0 && self.requests.len() >= told && self.responses.len() >= told
    }
}

/// Takes events, and gives entries in the end.
#[derive(Debug)]
pub struct Journal {
    party: Party,
    limits: Limits,
    open: BTreeMap<String, Chain>,
    entries: Vec<Vec<u8>>,
    bytes: usize,
    requests: usize,
    /// Sessions of service workers.
    workers: BTreeSet<String>,
    /// Calls that service workers made.
    doubles: Doubles,
    noted: Noted,
}

impl Journal {
    /// One that has seen nothing yet.
    pub fn new(party: Party, limits: Limits) -> Journal {
        Journal {
            party,
            limits,
            open: BTreeMap::new(),
            entries: Vec::new(),
            bytes: 0,
            requests: 0,
            workers: BTreeSet::new(),
            doubles: Doubles::default(),
            noted: Noted::default(),
        }
    }

    /// Says that a session is one of a service worker.
    pub fn worker(&mut self, session: &str) {
        self.workers.insert(session.to_owned());
    }

    /// Takes an event; what is no event of the network changes nothing.
    pub fn event(&mut self, session: Option<&str>, method: &str, params: &Value) -> Vec<Ask> {
        let Some(request) = text_of(params, "requestId") else { return Vec::new() };
        let mut asks = Vec::new();
        match method {
            "Network.requestWillBeSent" => asks.extend(self.begun(session, request, params)),
            "Network.requestWillBeSentExtraInfo" => {
                if let Some(chain) = self.chain(request) {
                    chain.requests.push(hop::headers(params.get("headers")));
                }
            }
            "Network.responseReceivedExtraInfo" => {
                if let Some(chain) = self.chain(request) {
                    chain.responses.push(hop::headers(params.get("headers")));
                }
            }
            "Network.responseReceived" => self.answered(request, params),
            "Network.dataReceived" => {
                let bytes = params.get("dataLength").and_then(Value::as_u64).unwrap_or(0);
                if let Some(hop) = self.last(request) {
                    hop.size = hop.size.saturating_add(bytes);
                }
            }
            "Network.loadingFinished" | "Network.loadingFailed" => {
                asks.extend(self.open_post(request));
                asks.extend(self.ended(request, params, method == "Network.loadingFinished"));
            }
            "Network.webSocketCreated" => self.socket(params),
            _ => {}
        }
        self.settle(request);
        asks
    }

    /// Says that a window shows another document: of what was for the one before, the end may never be told.
    /// What has come of it may be there still.
    pub fn navigated(&mut self, session: &str, loader: &str) -> Vec<Ask> {
        let party = &self.party;
        let left = |(_, chain): &(&String, &mut Chain)| {
            let is_other = chain.loader.as_deref() != Some(loader);
            !chain.ended && is_other && chain.session.as_deref() == Some(session)
        };
        let mut asks = Vec::new();
        for (request, chain) in self.open.iter_mut().filter(left) {
            chain.ended = true;
            if chain.hops.last().is_some_and(|hop| hop.has_body() && party.has_address(&hop.url)) {
                asks.push(chain.ask(request, Part::Answered));
            }
        }
        asks
    }

    /// Takes what was asked for.
    pub fn answer(&mut self, ask: &Ask, result: Result<Value, String>) {
        let most = self.limits.body;
        let Some(chain) = self.open.get_mut(&ask.request) else { return };
        chain.asked = chain.asked.saturating_sub(1);
        let Some(hop) = chain.hops.get_mut(ask.hop) else { return };
        match (ask.what, result) {
            (Part::Sent, Ok(answer)) => hop.sent(&answer, most),
            // It is asked for once more when all of it was sent.
            (Part::Sent, Err(_)) => {}
            (Part::Answered, Ok(answer)) => {
                let text = text_of(&answer, "body").unwrap_or_default();
                let encoded = answer.get("base64Encoded").and_then(Value::as_bool).unwrap_or(false);
                let length = if encoded { text.len() / 4 * 3 } else { text.len() };
                match length > most {
                    true => self.noted.large += 1,
                    false => hop.body = Some((text.to_owned(), encoded)),
                }
            }
            (Part::Answered, Err(_)) => self.noted.unread += 1,
        }
        self.settle(&ask.request);
    }

    /// Requests that are on their way, but for connections that stay open.
    pub fn on_the_way(&self) -> usize {
        let goes_on = |chain: &&Chain| {
            chain.asked > 0 || (!chain.ended && chain.hops.last().is_some_and(|hop| !hop.is_stream()))
        };
        self.open.values().filter(goes_on).count()
    }

    /// Method, address and status of a call of a program that was answered just now, to a host that is recorded.
    pub fn called(&self, request: &str) -> Option<(&str, &str, u16)> {
        let hop = self.open.get(request)?.hops.last()?;
        let called = matches!(hop.resource.as_str(), "xhr" | "fetch") && self.party.has_address(&hop.url);
        called.then_some((&hop.method, &hop.url, hop.status?))
    }

    /// Whether nothing more is taken.
    pub fn is_full(&self) -> bool {
        self.noted.is_full
    }

    /// The entries, and what was noticed. What is still open is told as far as it came.
    pub fn finish(mut self) -> (Vec<Vec<u8>>, Noted) {
        while let Some((_, chain)) = self.open.pop_first() {
            let cut_off = chain.hops.last().is_some_and(|hop| hop.has_body() && hop.body.is_none());
            self.noted.unread += u64::from(cut_off && !chain.ended);
            self.tell(chain);
        }
        let (told, twice) = std::mem::take(&mut self.doubles).united();
        self.noted.repeated = twice;
        self.entries.extend(told.iter().map(Told::entry));
        (self.entries, self.noted)
    }

    fn begun(&mut self, session: Option<&str>, request: &str, params: &Value) -> Option<Ask> {
        let redirect = params.get("redirectResponse");
        let extra = params.get("redirectHasExtraInfo").and_then(Value::as_bool).unwrap_or(false);
        let hop = Hop::begun(params)?;
        // What a page makes up itself, or has within it, is no request.
        url::parse(&hop.url).ok()?;
        let known = self.open.get(request).and_then(|chain| chain.hops.last());
        if redirect.is_none() && known.is_some_and(|last| last.url == hop.url) {
            return None;
        }
        if self.requests >= self.limits.requests {
            self.noted.is_full = true;
            self.open.remove(request);
            return None;
        }
        self.requests += 1;
        let wanted = self.party.has_address(&hop.url);
        let chain = self.chain(request)?;
        if let (Some(response), Some(last)) = (redirect, chain.hops.last_mut()) {
            last.answered(response, extra);
            last.ended = Some(hop.began);
        }
        let open = wanted && hop.post_is_open;
        chain.session = session.map(str::to_owned);
        chain.loader = text_of(params, "loaderId").map(str::to_owned);
        chain.ended = false;
        chain.hops.push(hop);
        open.then(|| chain.ask(request, Part::Sent))
    }

    fn answered(&mut self, request: &str, params: &Value) {
        let resource = hop::resource(params);
        let extra = params.get("hasExtraInfo").and_then(Value::as_bool).unwrap_or(false);
        let Some(hop) = self.last(request) else { return };
        if !resource.is_empty() {
            hop.resource = resource;
        }
        hop.answered(params.get("response").unwrap_or(&Value::Null), extra);
        if hop.is_stream() {
            let (kind, url) = ("event stream", hop.url.clone());
            self.stream(kind, &url);
        }
    }

    fn ended(&mut self, request: &str, params: &Value, whole: bool) -> Option<Ask> {
        let most = self.limits.body as u64;
        let party = self.party.clone();
        let chain = self.open.get_mut(request)?;
        chain.ended = true;
        let last = chain.hops.last_mut()?;
        last.ended = Some(hop::number(params, "timestamp"));
        if !last.has_body() || !party.has_address(&last.url) {
            return None;
        }
        if last.size > most {
            self.noted.large += 1;
            return None;
        }
        if !whole {
            self.noted.unread += 1;
            return None;
        }
        Some(chain.ask(request, Part::Answered))
    }

    /// Asks once more for what was sent, where it could not be told at first: of a file, while that is read.
    fn open_post(&mut self, request: &str) -> Option<Ask> {
        let party = &self.party;
        let chain = self.open.get_mut(request)?;
        let last = chain.hops.last_mut()?;
        let open = std::mem::take(&mut last.post_is_open) && party.has_address(&last.url);
        open.then(|| chain.ask(request, Part::Sent))
    }

    fn socket(&mut self, params: &Value) {
        let Some(url) = text_of(params, "url").filter(|url| url::parse(url).is_ok()) else { return };
        if self.requests >= self.limits.requests {
            self.noted.is_full = true;
            return;
        }
        self.requests += 1;
        self.stream("web socket", url);
        let (method, url, resource) = ("GET".to_owned(), url.to_owned(), "websocket".to_owned());
        self.tell(Chain { hops: vec![Hop { method, url, resource, ..Hop::default() }], ..Chain::default() });
    }

    fn stream(&mut self, kind: &str, address: &str) {
        if !self.party.has_address(address) {
            return;
        }
        self.noted.all_streams += 1;
        // Whoever tells of it takes its tokens out first, for which it has to be whole.
        let plain = address.split(['?', '#']).next().unwrap_or_default();
        if self.noted.streams.len() < NAMED && plain.len() <= ADDRESS {
            self.noted.streams.insert((kind.to_owned(), plain.to_owned()));
        }
    }

    /// The chain of a request, begun if it is not there; none where too many are.
    fn chain(&mut self, request: &str) -> Option<&mut Chain> {
        match self.open.contains_key(request) || self.open.len() <= self.limits.requests {
            true => Some(self.open.entry(request.to_owned()).or_default()),
            false => None,
        }
    }

    fn last(&mut self, request: &str) -> Option<&mut Hop> {
        self.open.get_mut(request)?.hops.last_mut()
    }

    /// Tells a request whose last part has come.
    fn settle(&mut self, request: &str) {
        if self.open.get(request).is_some_and(|chain| !chain.hops.is_empty() && chain.is_complete())
            && let Some(chain) = self.open.remove(request)
        {
            self.tell(chain);
        }
    }

    fn tell(&mut self, chain: Chain) {
        let by_worker = chain.session.is_some_and(|session| self.workers.contains(&session));
        let (mut requests, mut responses) = (chain.requests.into_iter(), chain.responses.into_iter());
        for hop in chain.hops {
            let (request, response) =
                if hop.has_extra { (requests.next(), responses.next()) } else { (None, None) };
            let Ok(address) = url::parse(&hop.url) else { continue };
            let wanted = self.party.has(&address.scheme, &address.host);
            let other = (!wanted).then(|| entry::of_another(&hop, &address.scheme, &address.host));
            let told = Told { hop, request, response };
            self.bytes += other.as_ref().map_or_else(|| told.weight(), Vec::len);
            if self.bytes > self.limits.entries {
                self.noted.is_full = true;
                return;
            }
            match (other, told.hop.from_worker, by_worker) {
                (Some(other), ..) => self.entries.push(other),
                (None, true, _) => self.doubles.through_worker(told),
                (None, false, true) => self.doubles.by_worker(told),
                (None, false, false) => self.entries.push(told.entry()),
            }
        }
    }
}

impl Chain {
    /// Asks for a part of its last hop.
    fn ask(&mut self, request: &str, what: Part) -> Ask {
        self.asked += 1;
        let (session, hop) = (self.session.clone(), self.hops.len().saturating_sub(1));
        Ask { session, request: request.to_owned(), what, hop }
    }
}

#[cfg(test)]
mod tests;
