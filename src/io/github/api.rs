//! The API as methods that wait: a question in, a small value of ours out.
//!
//! Nothing is started before the first question: no runtime, no TLS. Answers are read by the strict readers of
//! `canon` into the few members that we need, since one that an enterprise server does not have must not fail us.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::Method;
use http::request::Builder;
use http_body_util::BodyExt as _;
use octocrab::{AuthState, Octocrab, OctocrabBuilder};
use reqwest::Url;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::runtime::Runtime;

use super::address::{self, Slug};
use super::carrier::{Ask, Carrier};
use super::settings::Settings;
use crate::canon::decode::decode;
use crate::canon::read_json::read_json;
use crate::canon::{Fault, Limits};
use crate::github::link;
use crate::github::refused::{Refused, Why};
use crate::github::retry::{self, Patience, Verb};
use crate::io::net::address::same_origin;

/// Most bytes of an answer.
const ANSWER: usize = 10 << 20;
/// Most pages of a list.
const PAGES: usize = 50;

/// GitHub's API.
pub struct Api {
    settings: Settings,
    patience: Patience,
    engine: Arc<OnceLock<Result<Engine, Refused>>>,
}

/// What is started for the first question.
struct Engine {
    rest: Url,
    graphql: Url,
    carrier: Arc<Carrier>,
    client: Octocrab,
    // Last: what runs on it goes first.
    runtime: Runtime,
}

/// An answer of the 200s.
pub struct Heard {
    /// Its status.
    pub status: u16,
    /// Its header `link`.
    pub link: Option<String>,
    /// Its body.
    pub body: Vec<u8>,
}

/// A question: where, and what it takes.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Steps below the address of the API.
    pub steps: &'a [&'a str],
    /// What is asked there.
    pub query: &'a [(&'a str, &'a str)],
    /// The permission that it takes.
    pub needs: &'static str,
}

impl Api {
    /// The API, before the first question.
    pub fn new(settings: Settings) -> Api {
        Api { settings, patience: Patience::Waits, engine: Arc::default() }
    }

    /// The same API for questions that somebody else can answer too: each is asked once, and no limit is waited for.
    #[must_use]
    pub fn once(&self) -> Api {
        Api { settings: self.settings.clone(), patience: Patience::Hurries, engine: Arc::clone(&self.engine) }
    }

    /// Whether there is a token to ask with.
    pub fn has_token(&self) -> bool {
        !self.settings.token.is_empty()
    }

    /// From now on, after this long nothing is tried any more.
    ///
    /// # Errors
    /// The API can't be asked at all.
    pub fn within(&self, time: Duration) -> Result<(), Refused> {
        self.engine()?.carrier.within(time);
        Ok(())
    }

    /// Waits, as long as there is time for it; whether there was.
    ///
    /// # Errors
    /// The API can't be asked at all.
    pub fn wait(&self, time: Duration) -> Result<bool, Refused> {
        let engine = self.engine()?;
        if time >= engine.carrier.left() {
            return Ok(false);
        }
        engine.runtime.block_on(engine.carrier.pace().wait(time));
        Ok(true)
    }

    /// Reads one thing.
    ///
    /// # Errors
    /// It is not there, not for us, or not to be read.
    pub(super) fn get<T: DeserializeOwned>(&self, question: Question) -> Result<T, Refused> {
        self.read(&self.get_raw(question, ANSWER)?)
    }

    /// Reads one thing of at most `most` bytes.
    ///
    /// # Errors
    /// It is not there, not for us, or too large.
    pub(super) fn get_raw(&self, question: Question, most: usize) -> Result<Heard, Refused> {
        let engine = self.engine()?;
        let url = address::below(&engine.rest, question.steps, question.query)?;
        let ask = self.rules(Verb::Reads, question.needs, most);
        engine.send(Method::GET, &url, None::<&()>, ask)
    }

    /// Reads a list to its end, page by page, as `items` finds them in a page, until `enough`.
    ///
    /// # Errors
    /// A page can't be read, or there are more of them than are read: a list that was cut is none.
    pub(super) fn list<P: DeserializeOwned, T>(
        &self,
        question: Question,
        items: impl Fn(P) -> Vec<T>,
        pages: usize,
    ) -> Result<Vec<T>, Refused> {
        let engine = self.engine()?;
        let ask = self.rules(Verb::Reads, question.needs, ANSWER);
        let mut url = address::below(&engine.rest, question.steps, question.query)?;
        let mut all = Vec::new();
        for _ in 0..pages.min(PAGES) {
            let heard = engine.send(Method::GET, &url, None::<&()>, ask)?;
            all.extend(items(self.read(&heard)?));
            let Some(next) = heard.link.as_deref().and_then(link::next) else { return Ok(all) };
            let next = url.join(next).ok().filter(|next| same_origin(next, &url));
            url = next.ok_or_else(|| {
                let reason = "the next page of a list is on another server";
                Refused::new(Why::Astray, reason, "see whether a proxy changes answers")
            })?;
        }
        match pages < PAGES {
            true => Ok(all),
            false => Err(Refused::new(
                Why::TooLarge,
                format!("a list has more than {PAGES} pages"),
                "the job summary has the whole report",
            )),
        }
    }

    /// Replaces or deletes: what is the same if it is done twice.
    ///
    /// # Errors
    /// It was not done.
    pub(super) fn replace<B: Serialize>(
        &self,
        method: Method,
        question: Question,
        body: Option<&B>,
    ) -> Result<Heard, Refused> {
        let engine = self.engine()?;
        let url = address::below(&engine.rest, question.steps, question.query)?;
        let ask = self.rules(Verb::Replaces, question.needs, ANSWER);
        engine.send(method, &url, body, ask)
    }

    /// Adds something, once. Where the answer was lost, `landed` looks whether it is there before it is sent
    /// again.
    ///
    /// # Errors
    /// It was not added, or nobody knows.
    pub(super) fn add<B: Serialize, T: DeserializeOwned>(
        &self,
        question: Question,
        body: &B,
        landed: impl Fn() -> Result<Option<T>, Refused>,
    ) -> Result<T, Refused> {
        self.add_by(Method::POST, question, body, landed)
    }

    /// The same by another method: that of a change of which a part adds up.
    ///
    /// # Errors
    /// It was not added, or nobody knows.
    pub(super) fn add_by<B: Serialize, T: DeserializeOwned>(
        &self,
        method: Method,
        question: Question,
        body: &B,
        landed: impl Fn() -> Result<Option<T>, Refused>,
    ) -> Result<T, Refused> {
        let engine = self.engine()?;
        let url = address::below(&engine.rest, question.steps, question.query)?;
        let ask = self.rules(Verb::Adds, question.needs, ANSWER);
        let mut failed = 0;
        loop {
            // An answer that can't be read was still one: it is there.
            let refused = match engine
                .send(method.clone(), &url, Some(body), ask)
                .and_then(|heard| self.read(&heard))
            {
                Err(refused) if matches!(refused.why, Why::Unsure | Why::Unreadable) => refused,
                other => return other,
            };
            let Some(pause) = retry::pause(failed, engine.carrier.pace().jitter()) else {
                return Err(refused);
            };
            failed += 1;
            if !self.wait(pause)? {
                return Err(refused);
            }
            if let Some(there) = landed()? {
                return Ok(there);
            }
            if refused.why == Why::Unreadable {
                return Err(refused);
            }
        }
    }

    /// Asks in GraphQL, at its own address.
    ///
    /// # Errors
    /// It was refused, or answered with errors.
    pub(super) fn graphql<T: DeserializeOwned>(
        &self,
        verb: Verb,
        query: &str,
        variables: serde_json::Value,
    ) -> Result<T, Refused> {
        #[derive(serde::Deserialize)]
        struct Answer<T> {
            data: Option<T>,
            #[serde(default)]
            errors: Vec<Said>,
        }
        #[derive(serde::Deserialize)]
        struct Said {
            #[serde(default)]
            message: String,
        }
        let engine = self.engine()?;
        let ask = self.rules(verb, "pull-requests: write", ANSWER);
        let body = serde_json::json!({ "query": query, "variables": variables });
        let heard = engine.send(Method::POST, &engine.graphql, Some(&body), ask)?;
        let answer: Answer<T> = self.read(&heard)?;
        match (answer.data, answer.errors.first()) {
            (Some(data), None) => Ok(data),
            (_, said) => {
                let said = said.map_or("no data", |said| said.message.as_str());
                Err(Refused::answered(Why::Invalid, heard.status, said, ask.needs, None))
            }
        }
    }

    /// What an answer holds.
    ///
    /// # Errors
    /// It is no JSON, or not of that shape.
    pub(super) fn read<T: DeserializeOwned>(&self, heard: &Heard) -> Result<T, Refused> {
        let limits = Limits { nodes: 1_000_000, text: 12 << 20, ..Limits::new(12 << 20) };
        // An answer may repeat what it was sent.
        let told = |reason: &str| Refused::unreadable(heard.status, self.settings.token.hidden_in(reason));
        let node = read_json("the answer", &heard.body, &limits).map_err(|fault| {
            let begins = String::from_utf8_lossy(&heard.body[..heard.body.len().min(400)]).into_owned();
            let begins: String = self.settings.token.hidden_in(&begins).chars().take(200).collect();
            told(&format!("{} in {begins:?}", fault.message))
        })?;
        decode("the answer", &node).map_err(|fault: Fault| told(&fault.message))
    }

    fn rules(&self, verb: Verb, needs: &'static str, most: usize) -> Ask {
        Ask { verb, patience: self.patience, needs, most }
    }

    fn engine(&self) -> Result<&Engine, Refused> {
        self.engine.get_or_init(|| Engine::start(&self.settings)).as_ref().map_err(Clone::clone)
    }
}

impl Engine {
    fn start(settings: &Settings) -> Result<Engine, Refused> {
        let rest = address::parse(&settings.rest, "GITHUB_API_URL")?;
        let graphql = address::parse(&settings.graphql, "GITHUB_GRAPHQL_URL")?;
        let carrier = Arc::new(Carrier::new(settings, vec![rest.clone(), graphql.clone()])?);
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
                Refused::new(
                    Why::Unreachable,
                    format!("the network can't be used: {error}"),
                    "run the job again",
                )
            })?;
        let carries = Arc::clone(&carrier);
        let service = tower::service_fn(move |request| {
            let carrier = Arc::clone(&carries);
            async move { carrier.carry(request).await }
        });
        // The client starts its worker where it is made.
        let client = {
            let _inside = runtime.enter();
            let built = OctocrabBuilder::new_empty().with_service(service).with_auth(AuthState::None).build();
            match built {
                Ok(client) => client,
                Err(never) => match never {},
            }
        };
        Ok(Engine { rest, graphql, carrier, client, runtime })
    }

    fn send<B: Serialize>(
        &self,
        method: Method,
        url: &Url,
        body: Option<&B>,
        ask: Ask,
    ) -> Result<Heard, Refused> {
        self.runtime.block_on(async {
            let builder = Builder::new().method(method).uri(url.as_str());
            let mut request = self.client.build_request(builder, body).map_err(refused)?;
            request.extensions_mut().insert(ask);
            let answer = self.client.execute(request).await.map_err(refused)?;
            let (parts, body) = answer.into_parts();
            let link = parts.headers.get(http::header::LINK).and_then(|value| value.to_str().ok());
            let link = link.map(str::to_owned);
            let body = body.collect().await.map_err(refused)?.to_bytes().to_vec();
            Ok(Heard { status: parts.status.as_u16(), link, body })
        })
    }
}

/// Our own refusal, out of what the client made of it.
fn refused(error: octocrab::Error) -> Refused {
    let other = |reason: String| Refused::new(Why::Invalid, reason, "report this as a fault of cask");
    match error {
        octocrab::Error::Service { source, .. } => match source.downcast::<Refused>() {
            Ok(refused) => *refused,
            Err(source) => other(format!("a request came to nothing: {source}")),
        },
        error => other(format!("a request can't be made: {error}")),
    }
}

/// The steps to something of a repository.
pub(super) fn of<'a>(slug: Slug<'a>, more: &[&'a str]) -> Vec<&'a str> {
    let mut steps = vec!["repos", slug.owner, slug.repo];
    steps.extend(more);
    steps
}
