//! The client of calls: it sends what agents ask for, and goes nowhere but where it may.
//!
//! [`Guarded::vet`] makes every check before anything is sent: the scheme, the list of hosts, and every address of the
//! name, which is looked up once. [`Guarded::send`] connects to those addresses and no others, so a name that answers
//! differently a moment later changes nothing. Redirects are vetted as the first request was. Proxies, certificates
//! and keys that the environment names are not listened to, and no cookie is kept. A proxy that was asked for makes the
//! connection itself: the check comes before it is asked, and holds of the name, not of where the proxy takes it.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION};
use reqwest::{Method, Url};

use super::lookup::Lookup;
use super::lost::{Carrier, done, lost};
use super::names::Names;
use super::outgoing::{self, Answer, Outgoing, Rules};
use super::pools::{IDLE, Pools};
use super::stream::Stream;
use super::unfit::Unfit;
use super::{roots, unpack};
use crate::enforce::guard::address::judge;
use crate::enforce::guard::hop::{self, NextHop, Sent, follow, is_safe};
use crate::enforce::guard::origin::Origin;
use crate::enforce::reason::{ReasonCode, Refusal, Sent as Left};
use crate::io::credentials::credential::Credential;

/// How long the addresses of a name are waited for.
const RESOLVE: Duration = Duration::from_secs(5);
/// Most addresses of a name.
const ADDRESSES: usize = 64;

/// The client.
pub struct Guarded {
    rules: Rules,
    lookup: Arc<dyn Lookup>,
    pools: Pools,
}

/// An address that may be asked, and where its server is.
#[derive(Debug, Clone)]
pub struct Vetted {
    url: Url,
    origin: Origin,
    /// Each once, in order.
    addresses: Vec<IpAddr>,
    at: Instant,
}

impl Vetted {
    /// The server.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Its addresses, all of which were judged.
    pub fn addresses(&self) -> &[IpAddr] {
        &self.addresses
    }
}

/// A request on its way, as redirects leave it.
struct Step {
    method: Method,
    headers: HeaderMap,
    body: Option<Bytes>,
    changes_state: bool,
    /// Whether it still goes to the server that it was meant for. What has once left does not come back.
    own: bool,
}

impl Step {
    /// The request that a redirect makes of it.
    fn then(self, next: &NextHop) -> Result<Step, Refusal> {
        let method = outgoing::method(&next.method)?;
        let own = self.own && next.same_origin;
        let body = self.body.filter(|_| own && next.keeps_body);
        let mut headers = if own { self.headers } else { outgoing::for_elsewhere(self.headers) };
        if body.is_none() {
            headers = outgoing::without_body(headers);
        }
        Ok(Step { changes_state: self.changes_state && method == self.method, method, headers, body, own })
    }
}

impl Guarded {
    /// A client with these rules. Nothing is sent yet.
    ///
    /// # Errors
    /// Certificates or a proxy that can't be used.
    pub fn new(rules: Rules) -> Result<Guarded, Unfit> {
        Guarded::with_lookup(rules, Arc::new(Names::default()))
    }

    /// The same, where somebody else knows the addresses of names.
    ///
    /// # Errors
    /// As [`Guarded::new`].
    pub fn with_lookup(rules: Rules, lookup: Arc<dyn Lookup>) -> Result<Guarded, Unfit> {
        if let Some(proxy) = &rules.proxy {
            // Whoever resolves the name at the other end knows nothing of what was opened here.
            if !rules.opened.is_empty() {
                let reason = "--proxy and --allow-private-cidr are given together";
                return Err(Unfit::means(reason, "leave one of them out"));
            }
            if !matches!(proxy.scheme(), "http" | "https") || proxy.host_str().is_none() {
                return Err(Unfit::means("--proxy names no proxy of http", "give --proxy http://HOST:PORT"));
            }
        }
        let tls = roots::without_environment(rules.ca_file.as_deref())?;
        let pools = Pools::new(tls, rules.connect, rules.proxy.clone(), Arc::clone(&lookup));
        Ok(Guarded { rules, lookup, pools })
    }

    /// What it holds requests to.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Whether an address may be asked: its scheme, its host, and every address that the host has.
    ///
    /// # Errors
    /// It may not, or nobody knows the host.
    pub async fn vet(&self, url: &Url) -> Result<Vetted, Refusal> {
        self.judged(url, ReasonCode::HostNotAllowlisted).await
    }

    async fn judged(&self, url: &Url, elsewhere: ReasonCode) -> Result<Vetted, Refusal> {
        let origin = Origin::of(url)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refusal::new(elsewhere, "the address has a user or password in it"));
        }
        if !self.rules.allowed.covers(&origin) {
            let message = match elsewhere {
                ReasonCode::RedirectNotAllowlisted => {
                    "the answer leads to a server that was not approved".to_owned()
                }
                _ => format!("{origin} is not a server that was approved"),
            };
            return Err(Refusal::new(elsewhere, message));
        }
        let unresolved = |message: String| Refusal::new(ReasonCode::HostResolutionFailed, message);
        let patience = RESOLVE.min(self.rules.connect);
        let mut addresses = match origin.literal() {
            Some(ip) => vec![ip],
            None => match tokio::time::timeout(patience, self.lookup.lookup(&origin.host)).await {
                Ok(Ok(found)) => found,
                Ok(Err(_)) => {
                    return Err(unresolved(format!("the addresses of {} can't be found", origin.host)));
                }
                Err(_) => {
                    let within = patience.as_secs_f32();
                    return Err(unresolved(format!(
                        "no address of {} was told within {within} s",
                        origin.host
                    )));
                }
            },
        };
        addresses.sort();
        addresses.dedup();
        if addresses.is_empty() || addresses.len() > ADDRESSES {
            return Err(unresolved(format!("{} has no address, or too many", origin.host)));
        }
        for ip in &addresses {
            if let Err(blocked) = judge(*ip, &self.rules.opened) {
                let what = if origin.literal().is_some() { "is" } else { "resolves to" };
                return Err(unresolved(format!("{} {what} a {blocked}", origin.host)));
            }
        }
        let mut url = url.clone();
        url.set_fragment(None);
        if url.host_str().is_some_and(|host| host.ends_with('.')) && url.set_host(Some(&origin.host)).is_err()
        {
            return Err(unresolved("the host of the address can't be read".into()));
        }
        Ok(Vetted { url, origin, addresses, at: Instant::now() })
    }

    /// Sends a request to where it was vetted for, and follows where the rules let it. Dropped, it is cancelled.
    ///
    /// The credential is shown to the server that it is for and to no other; what the answer repeats of it is taken out.
    ///
    /// # Errors
    /// Nothing was sent, or no answer came that is handed on.
    pub async fn send(
        &self,
        outgoing: &Outgoing,
        vetted: Vetted,
        credential: Option<&Credential>,
    ) -> Result<Answer, Refusal> {
        let started = Instant::now();
        let step = self.first(outgoing, &vetted, credential)?;
        let answer =
            tokio::time::timeout(self.rules.total, self.hops(outgoing, vetted, step, credential)).await;
        let mut answer = answer.unwrap_or_else(|_| Err(self.too_late(outgoing)))?;
        answer.millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        Ok(answer)
    }

    /// Sends a request whose answer goes on, and hands it out with its head, which is waited for as long as for a whole
    /// answer elsewhere. It goes to where it was vetted for and is led nowhere else; what the answer repeats of the
    /// credential is for whoever reads it to take out.
    ///
    /// # Errors
    /// Nothing was sent, or no answer began that is handed on.
    pub async fn open(
        &self,
        outgoing: &Outgoing,
        vetted: &Vetted,
        credential: Option<&Credential>,
    ) -> Result<Stream, Refusal> {
        let mut step = self.first(outgoing, vetted, credential)?;
        // What is unpacked as it comes can't be weighed against its packing before it is there.
        step.headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let head = tokio::time::timeout(self.rules.total, self.once(vetted, &step)).await;
        let (answer, _) = head.unwrap_or_else(|_| Err(self.too_late(outgoing)))?;
        let status = answer.status().as_u16();
        if hop::leads_on(status) {
            let message = format!("the answer {status} leads elsewhere, and redirects are not followed");
            return Err(Refusal::new(ReasonCode::RedirectNotAllowlisted, message).after(Left::Yes));
        }
        Ok(Stream::of(answer, vetted.origin.clone(), step.changes_state))
    }

    /// What it means that the deadline passed.
    pub(in crate::io) fn too_late(&self, outgoing: &Outgoing) -> Refusal {
        let within = self.rules.total.as_secs_f32();
        let done = done(outgoing.changes_state || !is_safe(&outgoing.method));
        let message = format!("there was no whole answer within {within} s{done}");
        Refusal::new(ReasonCode::Timeout, message).after(Left::Perhaps)
    }

    /// The first request, of which everything is checked before anything is sent.
    fn first(
        &self,
        outgoing: &Outgoing,
        vetted: &Vetted,
        credential: Option<&Credential>,
    ) -> Result<Step, Refusal> {
        let internal = |message: &str| Refusal::new(ReasonCode::Internal, message);
        let asked = Origin::of(&outgoing.url)?;
        let rest = |url: &Url| (url.path().to_owned(), url.query().map(str::to_owned));
        if asked != vetted.origin || rest(&outgoing.url) != rest(&vetted.url) {
            return Err(internal("the request is not the one that was vetted"));
        }
        let mut headers = outgoing::headers(&outgoing.headers)?;
        if let Some(credential) = credential {
            if *credential.origin() != vetted.origin {
                return Err(internal("the credential is for another server"));
            }
            // Whatever an argument says, the credential counts.
            headers.insert(credential.header().clone(), credential.shown());
        }
        Ok(Step {
            method: outgoing::method(&outgoing.method)?,
            headers,
            body: outgoing.body.clone().map(Bytes::from),
            changes_state: outgoing.changes_state || !is_safe(&outgoing.method),
            own: true,
        })
    }

    async fn hops(
        &self,
        outgoing: &Outgoing,
        first: Vetted,
        mut step: Step,
        credential: Option<&Credential>,
    ) -> Result<Answer, Refusal> {
        // What was vetted long ago is looked up again: the name may be another's by now.
        let mut at = match first.at.elapsed() > IDLE {
            true => self.vet(&first.url).await?,
            false => first,
        };
        let mut past = vec![at.url.clone()];
        let mut redirects = Vec::new();
        // Whatever goes wrong behind the first answer, the call was made.
        let mut left = Left::No;
        let made = |refusal: Refusal| refusal.after(Left::Yes);
        loop {
            let (answer, address) = self.once(&at, &step).await.map_err(|refusal| refusal.after(left))?;
            left = Left::Yes;
            let status = answer.status().as_u16();
            if !hop::leads_on(status) {
                let mut answer = self.read(answer, &at, &step, address).await.map_err(made)?;
                if let Some(credential) = credential {
                    credential.taken_out_of(&mut answer.body);
                    answer.headers.iter_mut().for_each(|(_, value)| credential.taken_out_of_text(value));
                }
                answer.redirects = redirects;
                return Ok(answer);
            }
            let sent = Sent {
                method: step.method.as_str(),
                url: &at.url,
                changes_state: step.changes_state,
                confirmed: outgoing.confirmed,
                redirects: self.rules.redirects,
            };
            let location = answer.headers().get(LOCATION).map(|value| value.as_bytes().to_owned());
            let next = follow(&sent, status, location.as_deref(), &past).map_err(made)?;
            drop(answer);
            at = self.judged(&next.url, ReasonCode::RedirectNotAllowlisted).await.map_err(made)?;
            past.push(next.url.clone());
            redirects.push(at.origin.to_string());
            step = step.then(&next).map_err(made)?;
        }
    }

    /// One request, and the head of its answer.
    async fn once(&self, at: &Vetted, step: &Step) -> Result<(reqwest::Response, IpAddr), Refusal> {
        let client = self.pools.client(&at.origin, &at.addresses);
        let client = client.map_err(|unfit| Refusal::new(ReasonCode::Internal, unfit.reason))?;
        let mut request = client.request(step.method.clone(), at.url.clone()).headers(step.headers.clone());
        if let Some(body) = &step.body {
            request = request.body(body.clone());
        }
        let carrier = if self.pools.has_proxy() { Carrier::Proxy } else { Carrier::None };
        let lost = |error| lost(&error, &at.origin, carrier, step.changes_state);
        let answer = request.send().await.map_err(lost)?;
        // The resolver leaves nothing else to connect to; this says so of what was in fact connected to.
        let peer = answer.remote_addr().map(|peer| peer.ip().to_canonical());
        let judged = |ip: &IpAddr| at.addresses.iter().any(|judged| judged.to_canonical() == *ip);
        match peer.filter(|ip| self.pools.has_proxy() || judged(ip)) {
            Some(address) => Ok((answer, address)),
            None => {
                let message =
                    format!("the connection to {} led to an address that was not judged", at.origin.host);
                Err(Refusal::new(ReasonCode::HostResolutionFailed, message).after(Left::Yes))
            }
        }
    }

    async fn read(
        &self,
        answer: reqwest::Response,
        at: &Vetted,
        step: &Step,
        address: IpAddr,
    ) -> Result<Answer, Refusal> {
        let status = answer.status().as_u16();
        let content_type = answer.headers().get(CONTENT_TYPE);
        let content_type = content_type.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        let content_type = content_type.unwrap_or_default();
        let headers = outgoing::handed_on(answer.headers());
        let most = self.rules.most_bytes;
        let body = unpack::body(answer, &content_type, most, &at.origin, step.changes_state).await?;
        Ok(Answer { status, content_type, headers, body, address, redirects: Vec::new(), millis: 0 })
    }
}
