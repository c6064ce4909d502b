//! Servers that a signed toolpack locks: a client that starts one exactly so starts what was approved.

use crate::canon::Node;
use crate::compare::launch::is_locked_as;
use crate::model::at::At;
use crate::model::client::Launch;
use crate::model::finding::{Approval, ApprovalState};
use crate::model::toolpack::Toolpack;

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

/// The servers that a toolpack keeps. One whose launch line can't be understood locks nothing.
pub fn servers(pack: &Toolpack, surface: &Approval) -> Vec<Locked> {
    let all = pack.baseline.raw.get("mcp").map(Node::members).unwrap_or_default();
    let launches = all.iter().filter_map(|(_, entry)| entry.get("launch"));
    launches
        .filter_map(|node| Launch::read(&At::new("", "", node)).ok())
        .map(|launch| Locked { launch, path: pack.dir.clone(), approval: surface.clone() })
        .collect()
}

/// The approval of a launch line: that of a signed toolpack which keeps exactly it.
pub fn approval(launch: &Launch, locked: &[Locked]) -> Option<(Approval, String)> {
    let is_it =
        |l: &&Locked| l.approval.state == ApprovalState::Acknowledged && is_locked_as(&l.launch, launch);
    locked.iter().find(is_it).map(|l| (l.approval.clone(), l.path.clone()))
}
