//! A repository on the fake of GitHub and our client before it, on each way between them: directly and through the
//! proxy that knows GitHub's contract, at github.com and at an enterprise server.
#![allow(dead_code, reason = "each test file uses its part")]

use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use cask::io::github::{Api, Pace, Settings, Slug};
use cask::io::net::token::Token;

use super::fake_github::{Fake, Grant, Kind, World};
use super::prism::Peer;

/// The repository of every world.
pub const SHOP: Slug = Slug { owner: "acme", repo: "shop" };

/// A clock that stands while nobody waits, and notes how long was waited.
#[derive(Default)]
pub struct Clock {
    now: Mutex<Duration>,
    waits: Mutex<Vec<Duration>>,
}

/// When it begins, in seconds of 1970: the fake's own time.
pub const BEGINS: u64 = 1_767_225_600;

impl Clock {
    /// What was waited so far, in seconds.
    pub fn waits(&self) -> Vec<u64> {
        self.waits.lock().expect("no test panicked here").iter().map(Duration::as_secs).collect()
    }
}

impl Pace for Clock {
    fn now(&self) -> Duration {
        *self.now.lock().expect("no test panicked here")
    }

    fn epoch(&self) -> u64 {
        BEGINS + self.now().as_secs()
    }

    fn wait(&self, time: Duration) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
        *self.now.lock().expect("no test panicked here") += time;
        self.waits.lock().expect("no test panicked here").push(time);
        Box::pin(std::future::ready(()))
    }

    fn jitter(&self) -> i8 {
        0
    }
}

/// How client and fake stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Direct(Kind),
    /// Through the proxy.
    Held(Kind),
}

/// One repository with a pull request, and the client of one run.
pub struct Scene {
    pub way: Way,
    pub world: Arc<World>,
    pub token: String,
    pub clock: Arc<Clock>,
    pub api: Api,
}

static FAKE: LazyLock<Fake> = LazyLock::new(Fake::start);

impl Way {
    pub fn kind(self) -> Kind {
        match self {
            Way::Direct(kind) | Way::Held(kind) => kind,
        }
    }

    /// A new repository; nothing where the proxy could not be installed.
    pub fn world(self) -> Option<Arc<World>> {
        match self {
            Way::Direct(kind) => Some(FAKE.world(kind)),
            Way::Held(kind) => Some(Peer::of(kind)?.world(kind)),
        }
    }
}

impl Scene {
    /// A run with the token of a job.
    pub fn new(world: &Arc<World>, way: Way) -> Scene {
        Scene::with(world, way, Grant::job())
    }

    /// A run with a token that may do this.
    pub fn with(world: &Arc<World>, way: Way, grant: Grant) -> Scene {
        let (token, clock) = (world.token(grant), Arc::new(Clock::default()));
        let settings = Settings {
            rest: world.rest().to_owned(),
            graphql: world.graphql(),
            token: Token::new(&token),
            pace: clock.clone(),
            ..Settings::of(&|_| None, "")
        };
        Scene { way, world: world.clone(), token, clock, api: Api::new(settings) }
    }

    /// As above, but requests may take only so long.
    pub fn patient(&self, patience: Duration) -> Api {
        Api::new(Settings {
            rest: self.world.rest().to_owned(),
            graphql: self.world.graphql(),
            token: Token::new(&self.token),
            pace: self.clock.clone(),
            patience,
            ..Settings::of(&|_| None, "")
        })
    }

    /// What the texts under the pull request are.
    pub fn bodies(&self) -> Vec<String> {
        self.world.state().bodies(7)
    }
}

fn run(ways: &[Way], test: &dyn Fn(&Scene)) {
    for way in ways {
        let Some(world) = way.world() else { continue };
        let (head, base) = ("a".repeat(40), "b".repeat(40));
        world.state().open_pull(7, "mallory", ("feat/x", &head), ("main", &base));
        test(&Scene::new(&world, *way));
        if let Way::Held(kind) = way {
            let complaints = Peer::of(*kind).expect("it was there").prism.complaints();
            assert_eq!(complaints, Vec::<String>::new(), "the contract was broken, {way:?}");
        }
    }
}

/// Runs a scenario on every way.
pub fn every_way(test: impl Fn(&Scene)) {
    let (com, own) = (Kind::Com, Kind::Enterprise);
    run(&[Way::Direct(com), Way::Direct(own), Way::Held(com), Way::Held(own)], &test);
}

/// Runs a scenario without the proxy: what it is about, a proxy would answer in its own way.
pub fn directly(test: impl Fn(&Scene)) {
    run(&[Way::Direct(Kind::Com), Way::Direct(Kind::Enterprise)], &test);
}

/// The servers behind the ways without a proxy: what it got that no world knows.
pub fn strangers() -> Vec<super::fake_github::Seen> {
    FAKE.strangers()
}
