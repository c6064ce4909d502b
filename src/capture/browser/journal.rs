//! Events of the network in, entries of a recording out: which of them tell one request, and what has to be asked for
//! before it is complete.
//!
//! A request is known by its id, in whichever window, frame or worker it is told. Redirects are hops of one id. Headers as
//! they went over the network come in events of their own, before or after the others, in the order of the hops
//! that have them (DevTools protocol, `Network`).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::chain::{Ask, Chain, Part};
use super::doubles::{Doubles, Told};
use super::entry;
use super::hop::{self, Body, Headers, Hop, Post};
use super::limits::Limits;
use super::party::Party;
use super::wire::text_of;
use crate::capture::url;

/// Bytes of the address of a stream that is named.
const ADDRESS: usize = 8 << 10;
/// Streams that are named.
const NAMED: usize = 20;

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
    /// Requests that carried something which could not be had, or is over the bound of a body.
    pub unsent: u64,
    /// Requests to addresses that are longer than any that is read.
    pub long: u64,
    /// Calls of pages that a service worker made in their place, and that are told by it.
    pub repeated: u64,
    /// Whether there were more requests than are followed.
    pub is_full: bool,
}

/// Bytes that are held, and how many that may be.
#[derive(Debug)]
struct Held {
    bytes: usize,
    most: usize,
    /// Whether there was no room for something.
    is_over: bool,
}

impl Held {
    /// Makes room for more; gives whether there is.
    fn take(&mut self, bytes: usize) -> bool {
        let fits = self.bytes.saturating_add(bytes) <= self.most;
        match fits {
            true => self.bytes += bytes,
            false => self.is_over = true,
        }
        fits
    }

    fn free(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_sub(bytes);
    }
}

/// Takes events, and gives entries in the end.
#[derive(Debug)]
pub struct Journal {
    party: Party,
    limits: Limits,
    open: BTreeMap<String, Chain>,
    entries: Vec<Vec<u8>>,
    /// Of requests that are open, and of entries.
    held: Held,
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
            held: Held { bytes: 0, most: limits.entries, is_over: false },
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
                self.headers(request, params, |chain| &mut chain.requests);
            }
            "Network.responseReceivedExtraInfo" => {
                self.headers(request, params, |chain| &mut chain.responses);
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
            let last = chain.hops.last().filter(|hop| party.has_address(&hop.url));
            let (has_body, is_open) =
                last.map_or((false, false), |hop| (hop.has_body(), hop.post == Post::Open));
            asks.extend(is_open.then(|| chain.ask(request, Part::Sent)));
            asks.extend(has_body.then(|| chain.ask(request, Part::Answered)));
        }
        asks
    }

    /// Says that a session is gone: of what was on its way there, nothing more comes.
    pub fn gone(&mut self, session: &str) {
        let of_it = |chain: &Chain| !chain.ended && chain.session.as_deref() == Some(session);
        let open = self.open.iter().filter(|(_, chain)| of_it(chain));
        let open: Vec<String> = open.map(|(request, _)| request.clone()).collect();
        for request in open {
            self.open.get_mut(&request).into_iter().for_each(Chain::cut_off);
            self.settle(&request);
        }
    }

    /// Takes what was asked for.
    pub fn answer(&mut self, ask: &Ask, result: Result<Value, String>) {
        let most = self.limits.body;
        let Some(chain) = self.open.get_mut(&ask.request) else { return };
        chain.asked = chain.asked.saturating_sub(1);
        let Some(hop) = chain.hops.get_mut(ask.hop) else { return };
        let before = hop.weight();
        match (ask.what, result) {
            (Part::Sent, Ok(answer)) => hop.sent(&answer, most),
            // It is asked for once more when all of it was sent.
            (Part::Sent, Err(_)) => {}
            (Part::Answered, Ok(answer)) => hop.received(&answer, most),
            (Part::Answered, Err(_)) => hop.body = Body::Unread,
        }
        let more = hop.weight().saturating_sub(before);
        match (self.held.take(more), ask.what) {
            (true, _) => chain.weight += more,
            (false, Part::Sent) => hop.post = Post::Lost,
            (false, Part::Answered) => hop.body = Body::Unread,
        }
        self.settle(&ask.request);
    }

    /// Requests that are on their way, but for connections that stay open.
    pub fn on_the_way(&self) -> usize {
        self.open.values().filter(|chain| chain.goes_on()).count()
    }

    /// Method, address and status of a call of a program that was answered just now, to a host that is recorded.
    pub fn called(&self, request: &str) -> Option<(&str, &str, u16)> {
        let hop = self.open.get(request)?.hops.last()?;
        let called = matches!(hop.resource.as_str(), "xhr" | "fetch") && self.party.has_address(&hop.url);
        called.then_some((&hop.method, &hop.url, hop.status?))
    }

    /// Whether nothing more is taken.
    pub fn is_full(&self) -> bool {
        self.noted.is_full || self.held.is_over
    }

    /// The entries, and what was noticed. What is still open is told as far as it came.
    pub fn finish(mut self) -> (Vec<Vec<u8>>, Noted) {
        while let Some((_, mut chain)) = self.open.pop_first() {
            chain.cut_off();
            self.tell(chain);
        }
        let (told, twice) = std::mem::take(&mut self.doubles).united();
        self.noted.repeated = twice;
        self.noted.is_full |= self.held.is_over;
        for told in &told {
            self.note(&told.hop);
            self.entries.push(told.entry());
        }
        (self.entries, self.noted)
    }

    fn begun(&mut self, session: Option<&str>, request: &str, params: &Value) -> Option<Ask> {
        let hop = Hop::begun(params)?;
        // What a page makes up itself, or has within it, is no request.
        if url::parse(&hop.url).is_err() {
            self.noted.long += u64::from(is_too_long(&hop.url, &self.party));
            return None;
        }
        let redirect = params.get("redirectResponse");
        let known = self.open.get(request).and_then(|chain| chain.hops.last());
        if redirect.is_none() && known.is_some_and(|last| last.url == hop.url) {
            return None;
        }
        if let Some(response) = redirect {
            let extra = params.get("redirectHasExtraInfo").and_then(Value::as_bool).unwrap_or(false);
            self.response(request, response, extra);
        }
        let weight = hop.weight();
        if self.requests >= self.limits.requests || !self.held.take(weight) {
            self.noted.is_full = true;
            let left = self.open.remove(request);
            self.held.free(left.map_or(0, |chain| chain.weight));
            return None;
        }
        self.requests += 1;
        let open = self.party.has_address(&hop.url) && hop.post == Post::Open;
        let Some(chain) = self.chain(request) else {
            self.held.free(weight);
            return None;
        };
        chain.weight += weight;
        if let (Some(_), Some(last)) = (redirect, chain.hops.last_mut()) {
            last.ended = Some(hop.began);
        }
        chain.session = session.map(str::to_owned);
        chain.loader = text_of(params, "loaderId").map(str::to_owned);
        chain.ended = false;
        chain.hops.push(hop);
        open.then(|| chain.ask(request, Part::Sent))
    }

    /// Takes headers that went over the network.
    fn headers(&mut self, request: &str, params: &Value, of: fn(&mut Chain) -> &mut Vec<Headers>) {
        let headers = hop::headers(params.get("headers"));
        let weight = hop::weight(&headers);
        if !self.held.take(weight) {
            return;
        }
        match self.chain(request) {
            Some(chain) => {
                chain.weight += weight;
                of(chain).push(headers);
            }
            None => self.held.free(weight),
        }
    }

    /// Takes an answer to the last hop of a request.
    fn response(&mut self, request: &str, response: &Value, extra: bool) {
        let Some(chain) = self.open.get_mut(request) else { return };
        let Some(last) = chain.hops.last_mut() else { return };
        let before = last.weight();
        last.answered(response, extra);
        let more = last.weight().saturating_sub(before);
        match self.held.take(more) {
            true => chain.weight += more,
            false => last.response_headers.clear(),
        }
    }

    fn answered(&mut self, request: &str, params: &Value) {
        let resource = hop::resource(params);
        let extra = params.get("hasExtraInfo").and_then(Value::as_bool).unwrap_or(false);
        self.response(request, params.get("response").unwrap_or(&Value::Null), extra);
        let Some(hop) = self.last(request) else { return };
        if !resource.is_empty() {
            hop.resource = resource;
        }
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
        if last.size > most || !whole {
            last.body = if last.size > most { Body::Large } else { Body::Unread };
            return None;
        }
        Some(chain.ask(request, Part::Answered))
    }

    /// Asks once more for what was sent, where it could not be told at first: of a file, while that is read.
    fn open_post(&mut self, request: &str) -> Option<Ask> {
        let party = &self.party;
        let chain = self.open.get_mut(request)?;
        let last = chain.hops.last_mut()?;
        let open = last.post == Post::Open && party.has_address(&last.url);
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
        if self.open.get(request).is_some_and(Chain::is_complete)
            && let Some(chain) = self.open.remove(request)
        {
            self.tell(chain);
        }
    }

    fn tell(&mut self, chain: Chain) {
        self.held.free(chain.weight);
        let by_worker = chain.session.is_some_and(|session| self.workers.contains(&session));
        let (mut requests, mut responses) = (chain.requests.into_iter(), chain.responses.into_iter());
        for hop in chain.hops {
            let (request, response) =
                if hop.has_extra { (requests.next(), responses.next()) } else { (None, None) };
            let Ok(address) = url::parse(&hop.url) else { continue };
            let is_other = !self.party.has(&address.scheme, &address.host);
            let is_double = hop.from_worker || by_worker;
            let other = is_other.then(|| entry::of_another(&hop, &address.scheme, &address.host));
            let told = Told { hop, request, response };
            let entry = other.or_else(|| (!is_double).then(|| told.entry()));
            if !self.held.take(entry.as_ref().map_or_else(|| told.weight(), Vec::len)) {
                return;
            }
            match (entry, told.hop.from_worker) {
                (Some(entry), _) => {
                    if !is_other {
                        self.note(&told.hop);
                    }
                    self.entries.push(entry);
                }
                (None, true) => self.doubles.through_worker(told),
                (None, false) => self.doubles.by_worker(told),
            }
        }
    }

    /// Counts what of a request is missing in its entry.
    fn note(&mut self, hop: &Hop) {
        self.noted.large += u64::from(hop.body == Body::Large);
        self.noted.unread += u64::from(hop.body == Body::Unread);
        self.noted.unsent += u64::from(hop.post.is_missing());
    }
}

/// Whether an address is one of the party that nobody reads, since it is too long.
fn is_too_long(address: &str, party: &Party) -> bool {
    let plain = address.split(['?', '#']).next().unwrap_or_default();
    let head: String = plain.chars().take(2_000).collect();
    address.len() > url::LONGEST && party.has_address(&head)
}

#[cfg(test)]
mod tests;
