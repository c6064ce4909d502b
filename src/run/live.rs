//! The toolpack that is served, as it stands on disk now: where a file of it changed, all of it is read and verified
//! anew before another call is decided, and while that fails nothing is served.

use std::sync::{Arc, Mutex, PoisonError};

use super::state::State;
use crate::enforce::reason::{ReasonCode, Refusal};

/// Where a toolpack is read from; `S` is what is made of it.
pub trait Source<S = State>: Send + Sync {
    /// What tells this state of the files from another; cheap, asked before each call.
    fn stamp(&self) -> Stamp;

    /// Reads it, and finds the trust that judges it.
    ///
    /// # Errors
    /// Why it can't be served, in one line for whoever runs the server.
    fn load(&self) -> Result<S, String>;
}

/// The state of some files: equal where nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stamp(pub Vec<Option<[u64; 5]>>);

/// A toolpack that is served.
pub struct Live<S = State> {
    source: Box<dyn Source<S>>,
    held: Mutex<Held<S>>,
}

struct Held<S> {
    stamp: Stamp,
    state: Result<Arc<S>, String>,
    /// Counts the states that there were.
    generation: u64,
}

impl<S> Held<S> {
    fn served(&self) -> Result<Arc<S>, Refusal> {
        self.state.as_ref().map(Arc::clone).map_err(|_| {
            Refusal::new(
                ReasonCode::IntegrityMismatch,
                "the files of the toolpack changed, and what they are now is not approved",
            )
        })
    }
}

impl<S> Live<S> {
    /// Reads a toolpack for the first time.
    ///
    /// # Errors
    /// It can't be served.
    pub fn start(source: Box<dyn Source<S>>) -> Result<Live<S>, String> {
        let (stamp, state) = settled(source.as_ref());
        let state = Arc::new(state?);
        Ok(Live { source, held: Mutex::new(Held { stamp, state: Ok(state), generation: 1 }) })
    }

    /// The toolpack as its files are now.
    ///
    /// # Errors
    /// They changed, and what they are now can't be verified.
    pub fn now(&self) -> Result<Arc<S>, Refusal> {
        self.look().0
    }

    /// The same, and a number that is another one for each state.
    pub fn look(&self) -> (Result<Arc<S>, Refusal>, u64) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if self.source.stamp() != held.stamp {
            let (stamp, state) = settled(self.source.as_ref());
            *held = Held { stamp, state: state.map(Arc::new), generation: held.generation + 1 };
        }
        (held.served(), held.generation)
    }

    /// What [`Live::look`] says, where that takes no wait: none where files changed, or somebody else looks just now.
    pub fn glance(&self) -> Option<(Result<Arc<S>, Refusal>, u64)> {
        let stamp = self.source.stamp();
        let held = self.held.try_lock().ok()?;
        (stamp == held.stamp).then(|| (held.served(), held.generation))
    }

    /// Why nothing is served, where that is so: for whoever runs the server.
    pub fn trouble(&self) -> Option<String> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).state.as_ref().err().cloned()
    }
}

/// Most times that files are read again because they changed while they were read.
const AGAIN: usize = 5;

/// A state, and the stamp that its files had before and after they were read.
fn settled<S>(source: &dyn Source<S>) -> (Stamp, Result<S, String>) {
    let mut stamp = source.stamp();
    for _ in 0..AGAIN {
        let state = source.load();
        let after = source.stamp();
        if after == stamp {
            return (stamp, state);
        }
        stamp = after;
    }
    // Never equal to what is on disk next time: it is looked at again then.
    (Stamp::default(), Err("its files change faster than they can be read".to_owned()))
}
