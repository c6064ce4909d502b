//! A recording from the first page to the last answer: what is done meanwhile, when it ends, and what is kept then.

use std::time::{Duration, Instant};

use tokio::time::{sleep, timeout};

use super::launch::Launch;
use super::look;
use super::play;
pub use super::play::Script;
use super::sights::{self, Sight, Sighted};
use super::state::{self, Kept, Taken};
use super::steer::{self, Steer, TICK};
pub use super::windows::Seen;
use super::windows::{Happened, How};
use crate::capture::browser::declared::Declared;
use crate::capture::browser::script::Act;
use crate::capture::browser::storage_state::StorageState;
use crate::capture::browser::{Journal, Limits, Noted, Party};
use crate::io::end;
use crate::io::failure::Failure;

/// What is recorded, and how.
pub struct Task {
    /// The browser.
    pub launch: Launch,
    /// The first page.
    pub start: String,
    /// Whose requests are kept.
    pub party: Party,
    /// What it may cost.
    pub limits: Limits,
    /// How long it goes on at most; none: as long as is usual.
    pub duration: Option<Duration>,
    /// What is done.
    pub script: Option<Script>,
    /// What the page should show when that is done.
    pub sights: Vec<Sight>,
    /// What the browser is given beforehand.
    pub before: Option<StorageState>,
    /// Whether its state is taken in the end.
    pub keeps_state: bool,
    /// Whether pages are looked at for what they declare to agents.
    pub declares: bool,
}

/// Why a recording ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Nothing was on its way any more.
    Quiet,
    /// Its time was up.
    Time,
    /// Its windows were closed, or the browser ended.
    Closed,
    /// Somebody wanted it to end.
    Interrupted,
    /// A page had more requests than are followed.
    Full,
}

/// What was recorded.
pub struct Recorded {
    /// The entries, as a HAR file has them. Credentials are in them: they go to the reader, and nowhere else.
    pub entries: Vec<Vec<u8>>,
    /// What was noticed of requests.
    pub noted: Noted,
    /// What happened to windows.
    pub happened: Happened,
    /// Why it ended.
    pub ended: Ended,
    /// What the page showed of what it should, where the script was done to its end.
    pub sighted: Option<Vec<Sighted>>,
    /// The state of the browser, if it was to be taken and could be.
    pub kept: Option<Kept>,
    /// What pages declared to agents.
    pub declared: Declared,
    /// What of that could not be looked at.
    pub unseen: Vec<String>,
    /// Why the browser could not be heard to the end, if it could not.
    pub broken: Option<String>,
    /// Whether the browser ran without its sandbox.
    pub is_unguarded: bool,
}

/// How long a recording goes on that nobody ends and nobody sees.
const UNSEEN: Duration = Duration::from_secs(30);
/// How long is waited for quiet behind a script, and for answers behind the end.
const BEHIND: Duration = Duration::from_secs(5);
/// How often the state is taken while windows may be closed at any time.
const EVERY: Duration = Duration::from_secs(2);

/// Records.
///
/// # Errors
/// No browser, a first page that can't be opened, or a step that can't be done.
pub fn record(task: &Task, progress: &mut dyn FnMut(Seen)) -> Result<Recorded, Failure> {
    let how = How {
        limits: task.limits,
        dismisses: !task.launch.visible || task.script.is_some(),
        declares: task.declares.then(|| task.party.clone()),
    };
    steer::with(&task.launch, how, progress, async |steer: &Steer| {
        if let Some(before) = &task.before {
            state::put(steer, before).await?;
        }
        steer.windows.borrow_mut().record(Journal::new(task.party.clone(), task.limits));
        let (mut taken, mut sighted) = (Taken::default(), None);
        let spared = end::spared();
        let ended = tokio::select! {
            ended = until_the_end(task, steer, &mut taken, &mut sighted) => ended?,
            () = spared.asked() => Ended::Interrupted,
        };
        steer.quiet(Instant::now() + if ended == Ended::Time { Duration::ZERO } else { BEHIND / 2 }).await;
        if task.keeps_state && steer.is_open() {
            taken.look(steer, Duration::ZERO).await;
        }
        // What a look asks a server for is none of the recording.
        let journal = steer.windows.borrow_mut().journal();
        let unseen = if task.declares { look::look(steer, &task.party).await } else { Vec::new() };
        let (entries, noted) = journal.map(Journal::finish).unwrap_or_default();
        // Who asks for an end while it comes has it already, and loses nothing.
        drop(spared);
        let mut windows = steer.windows.borrow_mut();
        Ok(Recorded {
            entries,
            noted,
            happened: windows.happened.clone(),
            ended,
            sighted,
            kept: if task.keeps_state { taken.state() } else { None },
            declared: std::mem::take(&mut windows.declared),
            unseen,
            broken: windows.broken.clone(),
            is_unguarded: steer.is_unguarded,
        })
    })
}

async fn until_the_end(
    task: &Task,
    steer: &Steer<'_>,
    taken: &mut Taken,
    sighted: &mut Option<Vec<Sighted>>,
) -> Result<Ended, Failure> {
    let began = Instant::now();
    let is_unseen = !task.launch.visible;
    let usual = if is_unseen && task.script.is_none() { UNSEEN } else { task.limits.time };
    let most = task.duration.unwrap_or(usual).min(task.limits.time);
    // A script that leads there itself is told of it as of every step.
    let leads = task.script.as_ref().and_then(|script| script.steps.first());
    let leads = leads.is_some_and(|(step, _)| step.act == Act::Goto(task.start.clone()));
    if !leads {
        steer.goto(&task.start, most).await?;
    }
    if let Some(script) = &task.script {
        match timeout(most.saturating_sub(began.elapsed()), play::play(steer, script)).await {
            Ok(played) => played?,
            Err(_) => return Ok(Ended::Time),
        }
        let quiet = steer.quiet(Instant::now() + BEHIND).await;
        *sighted = Some(sights::look(steer, &task.sights).await?);
        return Ok(why(steer).unwrap_or(if quiet { Ended::Quiet } else { Ended::Time }));
    }
    if is_unseen {
        let quiet = steer.quiet(began + most).await;
        return Ok(why(steer).unwrap_or(if quiet { Ended::Quiet } else { Ended::Time }));
    }
    loop {
        if let Some(ended) = why(steer) {
            return Ok(ended);
        }
        if began.elapsed() >= most {
            return Ok(Ended::Time);
        }
        if task.keeps_state {
            taken.look(steer, EVERY).await;
        }
        sleep(TICK).await;
    }
}

/// Why there is nothing more to be recorded, if there is not.
fn why(steer: &Steer) -> Option<Ended> {
    match (steer.is_open(), steer.windows.borrow().is_full()) {
        (_, true) => Some(Ended::Full),
        (false, false) => Some(Ended::Closed),
        (true, false) => None,
    }
}
