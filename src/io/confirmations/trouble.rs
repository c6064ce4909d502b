//! What keeps a call from being confirmed: it is refused, or the store can't be used. Both end in a refusal; only the
//! second has something to tell the operator.

use std::path::Path;

use crate::enforce::reason::{ReasonCode, Refusal};
use crate::io::failure::Failure;

/// Why something was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The call is refused, for a reason that its caller may know.
    Refused(Refusal),
    /// The store can't be used. Told to the operator alone: it names paths.
    Failed(Box<Failure>),
}

impl Trouble {
    /// What the caller is told.
    pub fn refusal(&self) -> Refusal {
        match self {
            Trouble::Refused(refusal) => refusal.clone(),
            Trouble::Failed(_) => {
                Refusal::new(ReasonCode::Internal, "what is kept about calls could not be read or written")
            }
        }
    }
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Trouble {
        Trouble::Refused(refusal)
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Trouble {
        Trouble::Failed(Box::new(failure))
    }
}

/// The failure of a database.
pub fn failed(path: &Path, error: &rusqlite::Error) -> Failure {
    let subject = path.display().to_string();
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => {
            Failure::new(subject, "it is not a database of confirmations")
                .hint("--store FILE, for another one")
        }
        Some(rusqlite::ErrorCode::DatabaseBusy) => {
            Failure::new(subject, "another process has held the database for too long")
        }
        _ => Failure::new(subject, "the database can't be used").why(error.to_string()),
    }
}
