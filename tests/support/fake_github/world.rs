//! One repository on the fake: its tokens, its addresses, its script of faults, and what was asked of it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use super::faults::{self, Fault, What};
use super::http::{Reply, Request};
use super::people::Site;
use super::route;
use super::state::{Grant, State};
use super::{Kind, Worlds};

/// A request that arrived, who sent it, and what it got; status 0 where it got nothing.
#[derive(Clone, Debug)]
pub struct Seen {
    pub request: Request,
    pub login: String,
    pub status: u16,
}

impl Seen {
    pub fn of(request: &Request, login: &str, status: u16) -> Seen {
        Seen { request: request.clone(), login: login.to_owned(), status }
    }

    /// The body as JSON; null where it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.request.body).unwrap_or_default()
    }
}

pub struct World {
    pub kind: Kind,
    pub site: Site,
    state: Mutex<State>,
    script: Mutex<Vec<Fault>>,
    seen: Mutex<Vec<Seen>>,
    worlds: Worlds,
}

/// Worlds and tokens are numbered, so that each is told apart.
static COUNT: AtomicU64 = AtomicU64::new(1);

impl World {
    pub(super) fn new(kind: Kind, origin: &str, worlds: Worlds) -> Arc<World> {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let html = match kind {
            Kind::Com => "https://github.com",
            Kind::Enterprise => "https://ghe.example",
        };
        Arc::new(World {
            kind,
            site: Site { rest: format!("{origin}{}", kind.prefix()), html: html.to_owned() },
            state: Mutex::new(State::new(kind, number)),
            script: Mutex::default(),
            seen: Mutex::default(),
            worlds,
        })
    }

    /// What it holds, to look at and to change. Let go of it before the next request.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no endpoint panicked")
    }

    /// A new token, in the form of those of a job.
    pub fn token(self: &Arc<World>, grant: Grant) -> String {
        let token = format!("ghs_{:036}", COUNT.fetch_add(1, Ordering::Relaxed));
        self.state().grants.insert(token.clone(), grant);
        self.worlds.lock().expect("no test panicked here").insert(token.clone(), self.clone());
        token
    }

    /// Adds a line to the script.
    pub fn fault(&self, fault: Fault) {
        self.script.lock().expect("no endpoint panicked").push(fault);
    }

    /// All that arrived so far, in order.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("no endpoint panicked").clone()
    }

    /// What arrived of a method, with a path that contains a text.
    pub fn calls(&self, method: &str, path: &str) -> Vec<Seen> {
        let mut seen = self.seen();
        seen.retain(|seen| seen.request.method == method && seen.request.path.contains(path));
        seen
    }

    /// What arrived and was meant to change something; a question to GraphQL is none.
    pub fn writes(&self) -> Vec<Seen> {
        let mut seen = self.seen();
        seen.retain(|seen| {
            let question =
                seen.request.path.ends_with("/graphql") && !seen.json().to_string().contains("mutation");
            seen.request.method != "GET" && !question
        });
        seen
    }

    /// The address of REST, as `GITHUB_API_URL` has it.
    pub fn rest(&self) -> &str {
        &self.site.rest
    }

    /// The address of GraphQL, as `GITHUB_GRAPHQL_URL` has it.
    pub fn graphql(&self) -> String {
        let origin = self.site.rest.strip_suffix(self.kind.prefix()).expect("made with it");
        format!("{origin}{}", self.kind.graphql())
    }

    /// What becomes of a request.
    pub(super) fn answer(&self, request: &Request) -> Reply {
        let struck = faults::strike(&mut self.script.lock().expect("no endpoint panicked"), request);
        if let Some(What::Slow(time)) = struck {
            std::thread::sleep(time);
        }
        let mut state = self.state();
        let grant = request.token().and_then(|token| state.grants.get(token)).cloned();
        let grant = grant.expect("a world is found by its token");
        let mut done = || route::answer(self.kind, &self.site, &mut state, &grant, request);
        let reply = match struck {
            None | Some(What::Slow(_)) => Reply::Whole(done()),
            Some(What::Instead(answer)) => Reply::Whole(answer),
            Some(What::After(answer)) => {
                done();
                Reply::Whole(answer)
            }
            Some(What::Cut) => Reply::Cut,
            Some(What::CutAfter) => {
                done();
                Reply::Cut
            }
            Some(What::Half) => Reply::Half(done()),
        };
        let status = match &reply {
            Reply::Whole(answer) | Reply::Packed(answer) => answer.status,
            Reply::Cut | Reply::Half(_) => 0,
        };
        self.seen.lock().expect("no endpoint panicked").push(Seen::of(request, &grant.login, status));
        match reply {
            Reply::Whole(answer) if state.packs && !answer.body.is_empty() => Reply::Packed(answer),
            reply => reply,
        }
    }
}
