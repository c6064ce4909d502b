//! How subjects of a toolpack stand in, what that makes of the toolpack out.

use crate::judge::pack::JudgedPack;
use crate::model::lockfile::Status;
use crate::model::verified::Governance;
use crate::rules::{Axis, Severity};

/// How a toolpack stands that was judged already.
pub fn of_states(has_lock: bool, judged: &JudgedPack) -> Governance {
    let grave = judged.beyond.iter().any(|f| f.rule.is_on(Axis::Trust) && f.severity >= Severity::High);
    governed(has_lock, !grave && all_stand(judged.states.iter().map(|own| own.standing.status)))
}

/// What it is called.
pub fn governed(has_lock: bool, is_approved: bool) -> Governance {
    match (has_lock, is_approved) {
        (false, _) => Governance::None,
        (true, true) => Governance::Approved,
        (true, false) => Governance::PreApproval,
    }
}

/// Whether there is something, and all of it was let in.
pub fn all_stand(statuses: impl Iterator<Item = Status>) -> bool {
    let mut statuses = statuses.peekable();
    statuses.peek().is_some() && statuses.all(|status| matches!(status, Status::Approved | Status::Exempted))
}
