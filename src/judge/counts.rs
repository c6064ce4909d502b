//! How many of what.

use super::pack::JudgedPack;
use crate::model::lockfile::Status;
use crate::model::report::Counts;
use crate::rules::sig;

/// Counts over all toolpacks.
pub fn of(packs: &[JudgedPack]) -> Counts {
    let mut counts = Counts::default();
    for pack in packs {
        let (added, removed, changed, unchanged) = pack.moved;
        counts.tools_added += added;
        counts.tools_removed += removed;
        counts.tools_changed += changed;
        counts.tools_unchanged += unchanged;
        for state in &pack.states {
            match state.standing.status {
                Status::Approved => counts.approved += 1,
                Status::Exempted => counts.exempted += 1,
                Status::Pending => counts.pending += 1,
                Status::Rejected => counts.rejected += 1,
            }
            counts.signatures_valid += state.genuine;
            counts.signatures_invalid += state.refused;
            counts.signatures_weak += state.problems.iter().filter(|p| p.rule == sig::LEGACY_PAYLOAD).count();
        }
    }
    counts
}
