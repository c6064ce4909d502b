//! What was read for serving.

use crate::run::state::State;

/// A toolpack that was read, and what is to be told of it.
pub struct Read {
    /// The toolpack with its approvals.
    pub state: State,
    /// Where the trust file was read, for people; none where approvals are not asked for.
    pub trust: Option<String>,
    /// Whether it was read where whoever changes the toolpack can't change it.
    pub is_anchored: bool,
    /// What whoever starts the server should know, one line each.
    pub warnings: Vec<String>,
}
