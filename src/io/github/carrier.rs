//! The one service under the client: a request of octocrab's in, an answer out, sent again where `github::retry`
//! says so. No other code of ours or of a library decides about a second try.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use octocrab::OctoBody;
use reqwest::Url;

use super::pace::Pace;
use super::settings::Settings;
use super::wire::{Incoming, Lost, Outgoing, Wire};
use crate::canon::read_json::read_json;
use crate::canon::{Limits, Node};
use crate::github::refused::{Refused, Why};
use crate::github::retry::{self, Answer, Next, Patience, Tried, Verb};
use crate::io::net::client::client;

/// Between one write and the next: GitHub's own advice.
const BETWEEN_WRITES: Duration = Duration::from_secs(1);
/// How long one request may be tried where nobody set an end.
const PATIENCE: Duration = Duration::from_secs(120);

/// What goes with a request besides itself.
#[derive(Debug, Clone, Copy)]
pub struct Ask {
    /// What it does.
    pub verb: Verb,
    /// Whether it is tried again.
    pub patience: Patience,
    /// The permission that it takes.
    pub needs: &'static str,
    /// Most bytes of the answer.
    pub most: usize,
}

/// The service.
pub struct Carrier {
    wire: Wire,
    pace: Arc<dyn Pace>,
    times: Mutex<Times>,
}

#[derive(Default)]
struct Times {
    last_write: Option<Duration>,
    end: Option<Duration>,
}

impl Carrier {
    /// A carrier to these servers.
    ///
    /// # Errors
    /// Certificates or a proxy that can't be used.
    pub fn new(settings: &Settings, trusted: Vec<Url>) -> Result<Carrier, Refused> {
        let client = client(&settings.way, &trusted, settings.patience)?;
        Ok(Carrier {
            wire: Wire { client, token: settings.token.clone(), trusted },
            pace: Arc::clone(&settings.pace),
            times: Mutex::default(),
        })
    }

    /// Sets the moment after which nothing is tried any more, from now.
    pub fn within(&self, time: Duration) {
        self.times.lock().unwrap_or_else(PoisonError::into_inner).end = Some(self.pace.now() + time);
    }

    /// What is left of the time.
    pub fn left(&self) -> Duration {
        let end = self.times.lock().unwrap_or_else(PoisonError::into_inner).end;
        end.map_or(PATIENCE, |end| end.saturating_sub(self.pace.now()))
    }

    /// The clock.
    pub fn pace(&self) -> &dyn Pace {
        &*self.pace
    }

    /// Takes a request there and brings the answer: of the 200s, or none.
    ///
    /// # Errors
    /// Anything else, once trying again is no use.
    pub async fn carry(
        &self,
        request: http::Request<OctoBody>,
    ) -> Result<http::Response<Full<Bytes>>, Refused> {
        let (parts, body) = request.into_parts();
        let Some(ask) = parts.extensions.get::<Ask>().copied() else {
            return Err(Refused::new(
                Why::Invalid,
                "a request without its rules",
                "report this as a fault of cask",
            ));
        };
        let body = body.collect().await.map_err(|error| {
            Refused::new(
                Why::Invalid,
                format!("a body that can't be sent: {error}"),
                "report this as a fault",
            )
        })?;
        let url = Url::parse(&parts.uri.to_string()).map_err(|error| {
            Refused::new(Why::Astray, format!("no address: {error}"), "see what GITHUB_API_URL is")
        })?;
        let request = Outgoing { method: parts.method, url, body: body.to_bytes(), most: ask.most };
        self.tries(&request, ask).await
    }

    async fn tries(&self, request: &Outgoing, ask: Ask) -> Result<http::Response<Full<Bytes>>, Refused> {
        let (mut limited, mut failed) = (0, 0);
        let (start, left) = (self.pace.now(), self.left());
        loop {
            let left = left.saturating_sub(self.pace.now().saturating_sub(start));
            if left.is_zero() {
                let reason = "the time for reports was over before this one was sent";
                return Err(Refused::new(Why::OutOfTime, reason, "run the job again"));
            }
            if ask.verb != Verb::Reads {
                self.keep_apart().await;
            }
            let heard = match self.wire.exchange(request).await {
                Ok(heard) => Ok(heard),
                Err(Lost::Trouble(reason)) => Err(self.wire.token.hidden_in(&reason)),
                Err(Lost::Refused(refused)) => return Err(refused),
            };
            let said = heard.as_ref().map(message).unwrap_or_default();
            let tried = Tried {
                verb: ask.verb,
                patience: ask.patience,
                limited,
                failed,
                left,
                epoch: self.pace.epoch(),
                jitter: self.pace.jitter(),
            };
            let next = retry::next(&answer(heard.as_ref().ok(), &said), &tried);
            match (next, heard) {
                (Next::Done, Ok(heard)) => return Ok(response(heard)),
                (Next::Limit(wait), _) => {
                    limited += 1;
                    self.pace.wait(wait).await;
                }
                (Next::Again(wait), _) => {
                    failed += 1;
                    self.pace.wait(wait).await;
                }
                (Next::Look, heard) => return Err(self.refused(Why::Unsure, &heard, &said, ask)),
                (Next::Refuse(why), heard) => return Err(self.refused(why, &heard, &said, ask)),
                // Without an answer nothing is done.
                (Next::Done, heard) => return Err(self.refused(Why::Unreachable, &heard, &said, ask)),
            }
        }
    }

    /// Waits until the last write is long enough ago.
    async fn keep_apart(&self) {
        let last = self.times.lock().unwrap_or_else(PoisonError::into_inner).last_write;
        if let Some(last) = last {
            let wait = (last + BETWEEN_WRITES).saturating_sub(self.pace.now());
            if !wait.is_zero() {
                self.pace.wait(wait).await;
            }
        }
        let now = self.pace.now();
        self.times.lock().unwrap_or_else(PoisonError::into_inner).last_write = Some(now);
    }

    fn refused(&self, why: Why, heard: &Result<Incoming, String>, said: &str, ask: Ask) -> Refused {
        match heard {
            Ok(heard) => {
                let said = self.wire.token.hidden_in(said);
                let permissions = text(heard, "x-accepted-github-permissions");
                Refused::answered(why, heard.status.as_u16(), &said, ask.needs, permissions)
            }
            Err(reason) => Refused::new(
                why,
                format!("GitHub can't be reached: {reason}"),
                "see the network of the runner, its proxy and its certificates; run the job again",
            ),
        }
    }
}

fn text<'a>(heard: &'a Incoming, name: &str) -> Option<&'a str> {
    heard.headers.get(name).and_then(|value| value.to_str().ok())
}

fn answer<'a>(heard: Option<&'a Incoming>, message: &'a str) -> Answer<'a> {
    heard.map_or_else(Answer::default, |heard| Answer {
        status: heard.status.as_u16(),
        retry_after: text(heard, "retry-after"),
        remaining: text(heard, "x-ratelimit-remaining"),
        reset: text(heard, "x-ratelimit-reset"),
        message,
    })
}

/// What a refusal says: the message and the messages of its parts, or else how its body begins.
fn message(heard: &Incoming) -> String {
    if heard.status.is_success() {
        return String::new();
    }
    let limits = Limits { depth: 16, nodes: 10_000, ..Limits::new(1 << 20) };
    let said = read_json("the answer", &heard.body, &limits).ok().and_then(|node| {
        let text = |node: &Node| node.get("message").and_then(Node::as_text).map(str::to_owned);
        let mut said = vec![text(&node)?];
        let parts = node.get("errors").map(Node::items).unwrap_or_default();
        let part = |part: &Node| text(part).or_else(|| part.as_text().map(str::to_owned));
        said.extend(parts.iter().filter_map(part).take(5));
        Some(said.join(": "))
    });
    said.unwrap_or_else(|| String::from_utf8_lossy(&heard.body[..heard.body.len().min(200)]).into_owned())
}

fn response(heard: Incoming) -> http::Response<Full<Bytes>> {
    let mut response = http::Response::new(Full::new(heard.body));
    *response.status_mut() = heard.status;
    *response.headers_mut() = heard.headers;
    response
}
