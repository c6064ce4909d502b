//! A GitHub for tests: a server on loopback that keeps what it is told, answers as GitHub's contract says, checks
//! tokens and permissions, misbehaves when a test asks, and remembers every request.
//!
//! One [`Fake`] serves any number of [`World`]s, each a repository of its own, told apart by the token: the
//! validating proxy of tests/ci/contract_github.rs takes seconds to start, and all worlds share it.
#![allow(dead_code, unused_imports, reason = "each test file uses its part")]

pub mod answer;
pub mod checks;
pub mod comments;
pub mod contents;
pub mod faults;
pub mod git;
pub mod git_data;
pub mod graphql;
pub mod http;
pub mod issues;
pub mod people;
pub mod pulls;
pub mod reviews;
pub mod route;
pub mod scanning;
pub mod state;
pub mod world;

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

pub use faults::Fault;
pub use state::Grant;
pub use world::{Seen, World};

/// Whose addresses a world has: those of github.com, or those of a server of one's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Com,
    Enterprise,
}

impl Kind {
    /// What stands before every path of REST.
    pub fn prefix(self) -> &'static str {
        match self {
            Kind::Com => "",
            Kind::Enterprise => "/api/v3",
        }
    }

    /// The path of GraphQL, which is not below that of REST.
    pub fn graphql(self) -> &'static str {
        match self {
            Kind::Com => "/graphql",
            Kind::Enterprise => "/api/graphql",
        }
    }
}

/// Worlds by token.
type Worlds = Arc<Mutex<BTreeMap<String, Arc<World>>>>;

/// The server. It ends with its value.
pub struct Fake {
    /// Scheme and authority, without a path.
    pub origin: String,
    worlds: Worlds,
    strangers: Arc<Mutex<Vec<Seen>>>,
    over: Arc<AtomicBool>,
}

impl Fake {
    pub fn start() -> Fake {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let fake = Fake { origin, worlds: Arc::default(), strangers: Arc::default(), over: Arc::default() };
        let (worlds, strangers, over) = (fake.worlds.clone(), fake.strangers.clone(), fake.over.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let (worlds, strangers) = (worlds.clone(), strangers.clone());
                std::thread::spawn(move || {
                    http::serve(stream, &|request| {
                        let found = request.token().and_then(|token| {
                            worlds.lock().expect("no test panicked here").get(token).cloned()
                        });
                        match found {
                            Some(world) => world.answer(request),
                            None => {
                                let answer = answer::Answer::refusal(401, "Bad credentials");
                                strangers
                                    .lock()
                                    .expect("no test panicked here")
                                    .push(Seen::of(request, "", 401));
                                http::Reply::Whole(answer)
                            }
                        }
                    });
                });
            }
        });
        fake
    }

    /// A new world that is reached directly.
    pub fn world(&self, kind: Kind) -> Arc<World> {
        self.world_behind(kind, &self.origin)
    }

    /// A new world whose links name another origin: the proxy that stands before this server.
    pub fn world_behind(&self, kind: Kind, origin: &str) -> Arc<World> {
        World::new(kind, origin, self.worlds.clone())
    }

    /// Requests whose token no world knows: none, or that of elsewhere.
    pub fn strangers(&self) -> Vec<Seen> {
        self.strangers.lock().expect("no test panicked here").clone()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for the next connection.
        drop(std::net::TcpStream::connect(self.origin.trim_start_matches("http://")));
    }
}
