//! What a person decided about a subject: kept in memory until the last screen.

use super::sheet::Item;
use crate::canon::time::Timestamp;

/// What was decided about a subject, and is not signed yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Mark {
    /// Nothing.
    #[default]
    None,
    /// It may be used.
    Approve {
        /// When that ends, where somebody said so.
        until: Option<Timestamp>,
    },
    /// It must not be used.
    Refuse {
        /// Why.
        reason: String,
    },
    /// It is left for another time.
    Later,
}

impl Mark {
    /// What is decided about a subject in a word, or else how it stands.
    pub(super) fn word(&self, item: &Item) -> &'static str {
        match self {
            Mark::None => item.stand.word(),
            Mark::Approve { .. } => "approve",
            Mark::Refuse { .. } => "refuse",
            Mark::Later => "later",
        }
    }

    /// Whether it is to be signed.
    pub(super) fn signs(&self) -> bool {
        matches!(self, Mark::Approve { .. } | Mark::Refuse { .. })
    }
}
