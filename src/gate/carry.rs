//! What a lockfile of generation 1 leaves to the one that is written in its place: notes, which never count.

use std::collections::BTreeMap;

use crate::model::lockfile::{LegacyEntry, LegacyLockfile, Status, ToolEntry};
use crate::model::toolpack::Toolpack;

/// What was carried over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Carried {
    /// Approvals kept as notes.
    pub notes: usize,
    /// Names of tools that the old lockfile refuses: nobody signed that, so it has to be said again.
    pub refused: Vec<String>,
    /// Names of entries without a tool: nothing is left of them.
    pub lost: Vec<String>,
}

/// Puts the approvals of an old lockfile as notes into the entries of their tools.
pub fn legacy_notes(
    old: &LegacyLockfile,
    pack: &Toolpack,
    tools: &mut BTreeMap<String, ToolEntry>,
) -> Carried {
    let mut carried = Carried::default();
    for entry in &old.entries {
        let tool = pack.manifest.tools.iter().find(|tool| is_of(entry, &tool.id, &tool.aliases));
        let Some(now) = tool.and_then(|tool| tools.get_mut(&tool.id)) else {
            carried.lost.push(entry.name.clone());
            continue;
        };
        if entry.status == Status::Rejected {
            carried.refused.push(entry.name.clone());
        }
        if now.legacy.is_none() && entry.approval.is_some() {
            now.legacy.clone_from(&entry.approval);
            carried.notes += 1;
        }
    }
    carried
}

fn is_of(entry: &LegacyEntry, id: &str, aliases: &[String]) -> bool {
    entry.id == id || aliases.contains(&entry.id)
}
