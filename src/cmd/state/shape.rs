//! What `cask state status --format json` prints: `cask.state/1`. Only ever added to.

use schemars::JsonSchema;
use serde::Serialize;

use crate::io::locks::{Found, Held, Kind};

/// The locks below a state folder.
#[derive(Serialize, JsonSchema)]
pub struct Locks {
    /// `cask.state/1`.
    #[schemars(extend("const" = "cask.state/1"))]
    pub schema: &'static str,
    /// The state folder.
    pub root: String,
    /// Each of them, by its file.
    pub locks: Vec<Lock>,
}

/// A lock.
#[derive(Serialize, JsonSchema)]
pub struct Lock {
    /// Its file, from the state folder: what `cask state unlock --id` takes.
    pub id: String,
    /// `advisory`: one of the operating system, which goes with its holder; `existence`: a file that is the lock by being
    /// there, as the reference system makes them.
    #[schemars(extend("enum" = ["advisory", "existence"]))]
    pub kind: &'static str,
    /// Whether somebody holds it.
    #[schemars(extend("enum" = ["free", "held", "not-known"]))]
    pub state: &'static str,
    /// The process that holds it, where that is known.
    pub pid: Option<u64>,
    /// What it runs.
    pub command: Option<String>,
    /// Seconds since the file was written.
    pub age_seconds: Option<u64>,
    /// Why that can't be told.
    pub why: Option<String>,
}

impl Lock {
    /// As it was found.
    pub fn of(found: &Found) -> Lock {
        let (state, pid, why) = match &found.held {
            Held::Free => ("free", None, None),
            Held::By(pid) => ("held", *pid, None),
            Held::Unknown(why) => ("not-known", None, Some(why.clone())),
        };
        Lock {
            id: found.id.clone(),
            kind: match found.kind {
                Kind::Advisory => "advisory",
                Kind::Existence => "existence",
            },
            state,
            pid,
            command: found.command.clone(),
            age_seconds: found.age,
            why,
        }
    }
}
