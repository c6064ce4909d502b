//! What a server serves, read again without asking anybody: whenever a file changed that what was read last hangs on,
//! or one that what can't be read would hang on.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::files::Watched;
use super::unattended::Unattended;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::run::live::{Source, Stamp};

/// How much the clock of the file system may be behind.
const SLACK: Duration = Duration::from_millis(100);

/// Reads a state, and says on which files it hangs before it reads them.
type Reading<S> = Box<dyn Fn(&mut Ctx, &mut Watched) -> Result<S, Failed> + Send + Sync>;

/// Reads the same again.
pub struct Again<S> {
    reading: Reading<S>,
    alone: Unattended,
    watched: Mutex<Looking>,
    first: Mutex<Option<S>>,
}

/// The files that are looked at.
struct Looking {
    /// On which the state hangs that was read last.
    read: Watched,
    /// The same; while nothing can be read, with those of the last try: what mends it may be written to either.
    now: Watched,
}

impl Looking {
    fn at(watched: Watched) -> Looking {
        Looking { read: watched.clone(), now: watched }
    }
}

impl<S> Again<S> {
    /// What reads again what was read first, and began to be read then.
    pub fn after(
        (first, watched): (S, Watched),
        began: SystemTime,
        alone: Unattended,
        reading: impl Fn(&mut Ctx, &mut Watched) -> Result<S, Failed> + Send + Sync + 'static,
    ) -> Again<S> {
        // What was written while it was read may be half of one state and half of another.
        let quiet = !watched.written_since(began - SLACK);
        Again {
            reading: Box::new(reading),
            alone,
            watched: Mutex::new(Looking::at(watched)),
            first: Mutex::new(quiet.then_some(first)),
        }
    }
}

impl<S: Send> Source<S> for Again<S> {
    fn stamp(&self) -> Stamp {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner).now.stamp()
    }

    fn load(&self) -> Result<S, String> {
        if let Some(state) = self.first.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return Ok(state);
        }
        let mut told = Watched::default();
        let read = self.alone.with(|ctx| (self.reading)(ctx, &mut told));
        // It may name other files now, or the default branch may be another one: stamped anew, the two states
        // differ, and it is read once more with nothing unwatched.
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        match &read {
            Ok(_) => *watched = Looking::at(told),
            Err(_) => watched.now = watched.read.and(&told),
        }
        read
    }
}
