//! What is served: a toolpack as it stands now, the way to its servers, and what is kept of calls. One value for all
//! clients of a server.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;

use super::apart::apart;
use super::how::How;
use super::live::Live;
use super::offer::Offer;
use super::ready::Ready;
use super::servers::Servers;
use super::trail::Trail;
use crate::enforce::audit::record::{Confirmation, Event, What};
use crate::enforce::reason::{ReasonCode, Refusal};
use crate::io::audit_log::Durability;
use crate::io::clock;
use crate::io::confirmations::store::{Confirmations, Store};
use crate::io::credentials::provider::ByOrigin;
use crate::io::spending::Spending;
use crate::model::risk::ToolKind;
use crate::model::tool::Tool;

/// How often files are looked at though nobody calls.
const LOOK: Duration = Duration::from_secs(1);
/// How often challenges are ended whose time is over.
const SWEEP: Duration = Duration::from_secs(30);
/// How long a list of tools may be given out before every approval is looked at again; each call is in any case.
const LISTED: Duration = Duration::from_secs(60);
/// Calls that may wait for their turn, for each that may be made at one time.
const WAITING: usize = 32;

/// What is served.
pub struct Served {
    live: Live,
    /// How it is served.
    pub how: How,
    /// What happens is written there.
    pub trail: Trail,
    /// Confirmations.
    pub store: Store,
    /// Budgets.
    pub spending: Spending,
    /// Who we are to the servers of the tools.
    pub credentials: Arc<ByOrigin>,
    /// MCP servers that run here.
    pub servers: Servers,
    /// Turns of calls.
    pub slots: Semaphore,
    /// Places before the turns.
    pub queue: Semaphore,
    ready: Mutex<(u64, Result<Arc<Ready>, Refusal>)>,
    offers: Mutex<Option<Listed>>,
    changes: watch::Sender<u64>,
}

struct Listed {
    generation: u64,
    /// What was known of servers.
    known: u64,
    at: Instant,
    offers: Arc<Vec<Offer>>,
}

impl Served {
    /// Puts together what is served.
    pub fn new(
        live: Live,
        how: How,
        trail: Trail,
        store: Store,
        spending: Spending,
        credentials: Arc<ByOrigin>,
        servers: Servers,
    ) -> Served {
        let nothing = Refusal::new(ReasonCode::Internal, "nothing was read yet");
        let turns = how.max_calls;
        Served {
            live,
            how,
            trail,
            store,
            spending,
            credentials,
            servers,
            slots: Semaphore::new(turns),
            queue: Semaphore::new(turns * WAITING),
            ready: Mutex::new((0, Err(nothing))),
            offers: Mutex::new(None),
            changes: watch::Sender::new(1),
        }
    }

    /// The toolpack as its files are now, ready for a call.
    ///
    /// # Errors
    /// What they are now is not approved, or can't be served.
    pub fn ready(&self) -> Result<Arc<Ready>, Refusal> {
        self.look().0
    }

    fn look(&self) -> (Result<Arc<Ready>, Refusal>, u64) {
        // As a rule nothing changed. To read all anew takes long: other tasks go on meanwhile.
        self.glance().unwrap_or_else(|| apart(|| self.look_anew()))
    }

    /// What was served last, if it is what is served now and nobody else looks just now.
    fn glance(&self) -> Option<(Result<Arc<Ready>, Refusal>, u64)> {
        let (_, generation) = self.live.glance()?;
        let held = self.ready.try_lock().ok()?;
        (held.0 == generation).then(|| (held.1.clone(), generation))
    }

    fn look_anew(&self) -> (Result<Arc<Ready>, Refusal>, u64) {
        let (state, generation) = self.live.look();
        let mut held = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if held.0 != generation {
            let ready = state.and_then(|state| {
                Ready::of(state, &self.how).map(Arc::new).map_err(|why| {
                    self.trail.tell(&format!("the toolpack can't be served: {why}"));
                    Refusal::new(ReasonCode::IntegrityMismatch, "the toolpack can't be served as it is now")
                })
            });
            match &ready {
                Ok(ready) => {
                    self.trail.redact_with(ready.shown.clone());
                    self.settle(ready);
                }
                // Whatever was approved then, nothing is now.
                Err(_) => self.servers.end(),
            }
            *held = (generation, ready);
        }
        (held.1.clone(), generation)
    }

    /// The tools that may be called now, as they are offered.
    pub fn offers(&self) -> Arc<Vec<Offer>> {
        let (ready, generation) = self.look();
        let mut held = self.offers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(listed) = held.as_ref()
            && listed.generation == generation
            && listed.known == self.servers.known()
            && !self.servers.is_moved()
            && listed.at.elapsed() < LISTED
        {
            return Arc::clone(&listed.offers);
        }
        let known = self.servers.known();
        let is_new =
            held.as_ref().is_none_or(|listed| (listed.generation, listed.known) != (generation, known));
        let offers = Arc::new(ready.map(|ready| self.offered(&ready, is_new)).unwrap_or_default());
        let known = self.servers.known();
        *held = Some(Listed { generation, known, at: Instant::now(), offers: Arc::clone(&offers) });
        offers
    }

    fn offered(&self, ready: &Ready, is_new: bool) -> Vec<Offer> {
        // A clock that is out of this world can tell no approval that stands from one that ended.
        let Ok(now) = clock::now() else { return Vec::new() };
        let mut admitted = ready.state.admitted(self.how.toolset.as_deref(), now);
        // What a server says that it is now may not be what was approved.
        let is_offered = |tool: &Tool| {
            let why = self.withheld(ready, tool);
            if let Some(why) = why.as_ref().filter(|_| is_new) {
                self.trail.tell(&format!("! approved, and not served: {}: {}", tool.name, why.message));
            }
            why.is_none()
        };
        admitted.retain(|(tool, _)| is_offered(tool));
        if is_new {
            for (tool, _) in &admitted {
                if let Err(why) = ready.prepared(tool) {
                    self.trail.tell(&format!("! approved, and can't be served: {}", why.message));
                }
            }
        }
        Offer::all(ready, &admitted)
    }

    /// Starts the servers of tools that are approved, and ends the others.
    fn settle(&self, ready: &Ready) {
        self.servers.settle(&ready.state.pack, self.of_servers(ready));
    }

    /// The tools of servers that somebody approved.
    fn of_servers<'r>(&self, ready: &'r Ready) -> Vec<&'r Tool> {
        if self.how.reads_only {
            return Vec::new();
        }
        // A clock that is out of this world can tell no approval that stands from one that ended.
        let Ok(now) = clock::now() else { return Vec::new() };
        let set = self.how.toolset.as_deref();
        let of_servers = ready.state.pack.manifest.tools.iter().filter(|tool| tool.kind == ToolKind::Mcp);
        of_servers.filter(|tool| ready.state.admit(tool, set, now).is_ok()).collect()
    }

    /// Why a tool that is approved is not served: its server does not run, or describes it otherwise.
    fn withheld(&self, ready: &Ready, tool: &Tool) -> Option<Refusal> {
        (tool.kind == ToolKind::Mcp).then(|| self.servers.of(&ready.state.pack, tool).err()).flatten()
    }

    /// Reads what is served, and starts what it needs. Which tools that are approved can't be called all the same, and why.
    pub fn begin(&self) -> Vec<(String, Refusal)> {
        // What changed meanwhile, each call is told.
        let Ok(ready) = self.ready() else { return Vec::new() };
        let withheld = |tool: &Tool| Some((tool.name.clone(), self.withheld(&ready, tool)?));
        self.of_servers(&ready).into_iter().filter_map(withheld).collect()
    }

    /// Tells when tools come and go.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// What the model is told of this server as a whole.
    pub fn instructions(&self) -> String {
        let mut text =
            "Only tools that people have approved are served here; every call is checked again. ".to_owned();
        if let Some(set) = &self.how.toolset {
            text += &format!("Toolset: {set}. ");
        }
        if self.how.dry_run {
            text += "Dry run: calls are decided and not sent. ";
        }
        if self.ready().is_ok_and(|ready| !ready.state.is_enforced()) {
            text += "UNSAFE: no approval is asked for. ";
        }
        if !self.trail.is_kept() {
            text += "No audit log is kept. ";
        }
        text += "A call that a person has to confirm comes back as an error with confirmation_token_id; once a person \
                 has granted it, repeat the very same call with that argument. It can be used once.";
        text
    }

    /// Looks after what is served until `stop`: files that change, challenges whose time is over.
    pub async fn attend(self: Arc<Self>, stop: CancellationToken) {
        let mut looks = tokio::time::interval(LOOK);
        let mut last = self.look().1;
        let mut known = self.servers.known();
        // What ended while nobody looked is told at once.
        let mut swept: Option<Instant> = None;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = looks.tick() => {}
            }
            let generation = apart(|| self.look().1);
            if generation != last {
                match self.live.trouble() {
                    None => self.trail.tell("the files of the toolpack changed; they were verified again"),
                    Some(why) => self.trail.tell(&format!("nothing is served: {why}")),
                }
                last = generation;
                self.changes.send_replace(generation);
            }
            if self.servers.is_moved() {
                apart(|| self.offers());
            }
            if self.servers.known() != known {
                known = self.servers.known();
                self.trail.tell("what a server of the toolpack offers changed, or it was started again");
                self.changes.send_modify(|_| {});
            }
            if swept.is_none_or(|at| at.elapsed() >= SWEEP) {
                swept = Some(Instant::now());
                apart(|| self.sweep());
            }
        }
    }

    fn sweep(&self) {
        let Ok(now) = clock::millis() else { return };
        let ended = self.store.sweep(now).map_err(|trouble| self.told(trouble)).unwrap_or_default();
        for one in ended {
            let expired = Confirmation {
                event: Event::Expire,
                confirmation_id: one.short,
                tool_id: Some(one.tool_id),
                ..Confirmation::default()
            };
            self.trail.note(What::Confirmation(expired), Durability::Synced);
        }
    }
}
