//! The MCP servers of a toolpack, as long as it is served: each is started as it was locked and only when its tools are
//! approved, asked what it offers, and believed only where that is what was locked.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use reqwest::Url;

use crate::canon::{Node, digest};
use crate::compare::tier;
use crate::enforce::reason::{ReasonCode, Refusal};
use crate::io::credentials::provider::{ByOrigin, TokenProvider};
use crate::io::end;
use crate::io::failure::Failure;
use crate::io::mcp::conversation::Conversation;
use crate::io::mcp::listing::{self, Patience};
use crate::io::mcp::locked;
use crate::io::mcp::peer::Peer;
use crate::io::mcp::pipe::Pipe;
use crate::io::mcp::site::Reach;
use crate::io::mcp::wire::Wire;
use crate::io::mcp::{http, sse};
use crate::io::net::outgoing::Rules;
use crate::model::client::launch::{Launch, Transport};
use crate::model::risk::ToolKind;
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;

/// How long what a server said of its tools is believed, if it says nothing else.
const BELIEVED: Duration = Duration::from_secs(60);
/// How long it may take to say it again.
const AGAIN_ASKED: Patience = Patience {
    start: Duration::from_secs(10),
    answer: Duration::from_secs(10),
    whole: Duration::from_secs(30),
};
/// How long a server that could not be started is let be.
const AGAIN: Duration = Duration::from_secs(10);

/// What starts servers: where, and with which variables.
pub struct Ground {
    /// The folder of the repository.
    pub root: PathBuf,
    /// The variables that are there.
    pub variable: fn(&str) -> Option<String>,
    /// Tells whoever runs the server something.
    pub tell: fn(&str),
    /// What requests to servers at an address are held to.
    pub rules: Rules,
    /// Who we are to those.
    pub credentials: Arc<ByOrigin>,
}

/// A server that runs.
pub struct Upstream {
    /// Its name in the toolpack.
    pub name: String,
    /// The way to it.
    pub peer: Peer,
    /// Values that it was given and might repeat.
    pub given: Vec<String>,
    said: Mutex<Said>,
}

/// What a server said of its tools.
struct Said {
    at: Instant,
    /// How often it had told by then that they changed.
    told: u64,
    /// The digest of each as it describes it, by name.
    tools: HashMap<String, String>,
}

/// A server of a toolpack, as it is now.
struct Held {
    launch: Launch,
    state: State,
}

enum State {
    Runs(Arc<Upstream>),
    /// It does not, since then; why was told.
    Not(Instant),
}

/// The servers of what is served.
pub struct Servers {
    ground: Ground,
    held: Mutex<BTreeMap<String, Held>>,
    /// Counts what is known of them: another number where any says something else, runs or does not.
    known: AtomicU64,
}

impl Servers {
    /// None runs yet.
    pub fn new(ground: Ground) -> Servers {
        Servers { ground, held: Mutex::default(), known: AtomicU64::new(0) }
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<String, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends all of them: what is served can't be verified any more, or nothing is served.
    pub fn end(&self) {
        // One that is being started now is not waited for: it ends below like all others.
        if let Ok(mut held) = self.held.try_lock() {
            held.clear();
        }
        // A call that is still under way holds its server; nothing that was started outlives this.
        end::all();
    }

    /// Starts the servers of these tools, which somebody approved, and ends all others.
    pub fn settle<'t>(&self, pack: &Toolpack, approved: impl IntoIterator<Item = &'t Tool>) {
        let approved = approved.into_iter().filter(|tool| tool.kind == ToolKind::Mcp);
        let hosts: BTreeSet<&str> = approved.map(|tool| tool.host.as_str()).collect();
        let is_wanted = |name: &str| hosts.contains(name);
        let wanted: Vec<&(String, Launch)> =
            pack.baseline.servers.iter().filter(|(name, _)| is_wanted(name)).collect();
        let mut held = self.held();
        held.retain(|name, one| {
            let stays = wanted.iter().any(|(other, launch)| other == name && *launch == one.launch);
            stays && matches!(one.state, State::Runs(_))
        });
        let missing: Vec<_> = wanted.into_iter().filter(|(name, _)| !held.contains_key(name)).collect();
        if missing.is_empty() {
            return;
        }
        // Each may have to be fetched first: none waits for another.
        let started: Vec<(String, Held)> = std::thread::scope(|scope| {
            let starting = missing.into_iter().map(|(name, launch)| {
                let state = scope.spawn(|| self.state(name, launch));
                (name, launch, state)
            });
            let starting: Vec<_> = starting.collect();
            let held = starting.into_iter().map(|(name, launch, state)| {
                let state = state.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                (name.clone(), Held { launch: launch.clone(), state })
            });
            held.collect()
        });
        held.extend(started);
    }

    /// The server of a tool, asked anew what the tool is where that is due.
    ///
    /// # Errors
    /// It does not run, or does not describe the tool as it was approved.
    pub fn of(&self, pack: &Toolpack, tool: &Tool) -> Result<Arc<Upstream>, Refusal> {
        let server = self.running(&tool.host)?;
        let known = server.describes(&tool.path, || self.news());
        let known = known.map_err(|failure| {
            (self.ground.tell)(&server.line(&failure));
            Refusal::new(
                ReasonCode::UpstreamUnreachable,
                "the server of the tool does not say what it offers",
            )
        })?;
        let locked = tier::listed(pack, tool).map(digest::of);
        match (known, locked) {
            (Some(is), Some(locked)) if is == locked => Ok(server),
            (Some(_), _) => Err(Refusal::new(
                ReasonCode::IntegrityMismatch,
                "its server describes the tool otherwise than it was approved",
            )),
            (None, _) => {
                Err(Refusal::new(ReasonCode::IntegrityMismatch, "its server does not have the tool any more"))
            }
        }
    }

    /// A number that is another one where what is known of any server is something else.
    pub fn known(&self) -> u64 {
        self.known.load(Ordering::Acquire)
    }

    /// Whether any server said since it was last asked that its tools changed, or is gone.
    pub fn is_moved(&self) -> bool {
        let held = self.held();
        held.values().any(|one| match &one.state {
            State::Runs(server) => server.is_moved(),
            State::Not(_) => false,
        })
    }

    fn news(&self) {
        self.known.fetch_add(1, Ordering::AcqRel);
    }

    /// A server that runs; one that is gone is started again, not too often.
    fn running(&self, name: &str) -> Result<Arc<Upstream>, Refusal> {
        let mut held = self.held();
        let none = || Refusal::new(ReasonCode::UpstreamUnreachable, "the server of the tool is not started");
        let one = held.get_mut(name).ok_or_else(none)?;
        let is_due = match &one.state {
            State::Runs(server) => server.peer.gone().is_some(),
            State::Not(since) => since.elapsed() >= AGAIN,
        };
        if is_due {
            one.state = self.state(name, &one.launch);
            self.news();
        }
        match &one.state {
            State::Runs(server) => Ok(Arc::clone(server)),
            State::Not(_) => {
                Err(Refusal::new(ReasonCode::UpstreamUnreachable, "the server of the tool does not run"))
            }
        }
    }

    fn state(&self, name: &str, launch: &Launch) -> State {
        match self.started(name, launch) {
            Ok(server) => State::Runs(Arc::new(server)),
            Err(failure) => {
                (self.ground.tell)(&line(name, &failure));
                State::Not(Instant::now())
            }
        }
    }

    fn reach(&self, name: &str, launch: &Launch) -> Result<Reach, Failure> {
        let none = || Failure::new(name, "its address is none");
        let url = launch.url.as_deref().and_then(|url| Url::parse(url).ok()).ok_or_else(none)?;
        let credentials: Arc<dyn TokenProvider> = self.ground.credentials.clone();
        let rules = self.ground.rules.clone();
        // Whoever calls gives up first, and knows why.
        let rules = Rules { total: rules.total + Duration::from_secs(1), ..rules };
        // Those that were locked are credentials, and given as such.
        Ok(Reach { url, rules, credentials, headers: Vec::new() })
    }

    fn started(&self, name: &str, launch: &Launch) -> Result<Upstream, Failure> {
        let (peer, tools, given) = match launch.transport {
            Transport::Stdio => {
                let (start, given) = locked::start(name, launch, &self.ground.root, &self.ground.variable)?;
                let begun = Pipe::start(&start).and_then(begun);
                let (peer, tools) =
                    begun.map_err(|failure| failure.without(given.iter().map(String::as_str)))?;
                (peer, tools, given)
            }
            Transport::Http => {
                let (peer, tools) = begun(http::to(self.reach(name, launch)?)?)?;
                (peer, tools, Vec::new())
            }
            Transport::Sse => {
                let (peer, tools) = begun(sse::to(self.reach(name, launch)?)?)?;
                (peer, tools, Vec::new())
            }
            Transport::WebSocket => {
                let spoken = launch.transport.word();
                return Err(Failure::new(
                    name,
                    format!("it is reached by {spoken}, which is not spoken here"),
                ));
            }
        };
        let said = Said { at: Instant::now(), told: 0, tools: by_name(&tools) };
        Ok(Upstream { name: name.to_owned(), peer, given, said: Mutex::new(said) })
    }
}

/// Begins a conversation: the way to the server for all who call, and its tools.
fn begun<W: Wire + Send + 'static>(wire: W) -> Result<(Peer, Vec<Node>), Failure> {
    let mut with = Conversation::new(wire);
    match listing::begin(&mut with, Patience::default()) {
        Ok(tools) => Ok((Peer::after(with)?, tools)),
        // What was approved was reached in one way; another is for a person to look at first.
        Err(failure) if with.wire().is_turned_away() => Err(failure
            .hint("cask drift --toolpack DIR --mcp-url URL   (whether it is reached in another way now)")),
        Err(failure) => Err(failure),
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        self.end();
    }
}

impl Upstream {
    /// Why it is of no use, in one line, without what it was given.
    pub fn line(&self, failure: &Failure) -> String {
        line(&self.name, &failure.clone().without(self.given.iter().map(String::as_str)))
    }

    fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_moved(&self) -> bool {
        let said = self.said();
        said.told != self.peer.told() || self.peer.gone().is_some()
    }

    /// The digest of a tool as the server describes it now; none if it has none of this name.
    fn describes(&self, tool: &str, news: impl FnOnce()) -> Result<Option<String>, Failure> {
        let mut said = self.said();
        // Before it is asked: what it tells meanwhile is news.
        let told = self.peer.told();
        if told != said.told || said.at.elapsed() >= BELIEVED {
            let tools = listing::tools(&mut &self.peer, AGAIN_ASKED)?;
            let tools = by_name(&tools);
            if tools != said.tools {
                news();
            }
            *said = Said { at: Instant::now(), told, tools };
        }
        Ok(said.tools.get(tool).cloned())
    }
}

/// The digest of each tool. Of two of one name none is known: which of them would be called is the server's to choose.
fn by_name(tools: &[Node]) -> HashMap<String, String> {
    let mut out: HashMap<String, String> = HashMap::new();
    let mut twice = Vec::new();
    for tool in tools {
        let Some(name) = tool.get("name").and_then(Node::as_text) else { continue };
        if out.insert(name.to_owned(), digest::of(tool)).is_some() {
            twice.push(name);
        }
    }
    twice.into_iter().for_each(|name| drop(out.remove(name)));
    out
}

/// Why a server does not run, in one line.
fn line(name: &str, failure: &Failure) -> String {
    let said = failure.looked.iter().map(|(label, text)| format!("{label}: {text}"));
    let whole: Vec<String> = std::iter::once(failure.message.clone())
        .chain(failure.why.iter().cloned())
        .chain(said)
        .chain(failure.hints.iter().cloned())
        .collect();
    format!("! the server {name} is of no use: {}", whole.join("; "))
}
