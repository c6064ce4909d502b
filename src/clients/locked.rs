//! Servers that a signed toolpack locks: a client that starts one exactly so starts what was approved.

use crate::compare::launch::is_locked_as;
use crate::model::client::Launch;
use crate::model::finding::{Approval, ApprovalState};

/// A server as a toolpack keeps it.
#[derive(Debug, Clone, PartialEq)]
pub struct Locked {
    /// How it is started or reached.
    pub launch: Launch,
    /// Folder of the toolpack.
    pub path: String,
    /// How the surface that holds it stands.
    pub approval: Approval,
}

/// The approval of a launch line: that of a signed toolpack which keeps exactly it.
pub fn approval(launch: &Launch, locked: &[Locked]) -> Option<(Approval, String)> {
    let is_it =
        |l: &&Locked| l.approval.state == ApprovalState::Acknowledged && is_locked_as(&l.launch, launch);
    locked.iter().find(is_it).map(|l| (l.approval.clone(), l.path.clone()))
}
