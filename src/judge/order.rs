//! The one order of findings, in every format.

use std::cmp::Reverse;

use crate::model::finding::Finding;
use crate::rules::order;

/// Sorts: suppressed last; what waits for an approval first; gravest first; then axis, toolpack, subject,
/// rule, pointer.
pub fn sort(findings: &mut [Finding]) {
    findings.sort_by_cached_key(|f| {
        let waits = f.approval.waits();
        (
            f.suppressed.is_some(),
            f.known,
            !waits,
            Reverse(f.severity),
            f.axis(),
            f.subject.path.clone(),
            f.subject.name.clone(),
            f.subject.id.clone(),
            order(f.rule),
            f.place.pointer.clone(),
        )
    });
}
