//! A toolpack that lies in another folder than on base: signers may be bound to folders, so that moving one
//! moves it to other people's word.

use super::sides::{HeadSide, Naming};
use crate::model::finding::{Approval, ApprovalState, Covers, Finding, SubjectKind};
use crate::model::lockfile::{Approval as Statement, Status};
use crate::model::phrase::Phrase;
use crate::rules::pack as rule;
use crate::sign::ground::Ground;
use crate::sign::subject::SURFACE;
use crate::sign::verify::verify;

/// The move of a toolpack. It is acknowledged by approvals of the surface that are not on base, by people who
/// may judge toolpacks both where it was and where it is: `there` and `here`.
pub fn check(head: &HeadSide, was_in: &str, there: &Ground, here: &Ground, naming: &Naming) -> Finding {
    let known = here.base_of(SURFACE).approvals;
    let lock = head.lock.and_then(|l| l.v2());
    let new: Vec<Statement> = lock
        .map(|l| l.surface.approvals.iter().filter(|a| !known.contains(a)).cloned().collect())
        .unwrap_or_default();
    let [there, here] = [there, here].map(|ground| verify(&head.subjects.surface, None, &new, ground));
    let both = there.status == Status::Approved && here.status == Status::Approved;
    let less = if there.have < here.have { &there } else { &here };
    let subject =
        naming.subject(SubjectKind::Toolpack, &head.pack.header.toolpack_id, &head.pack.header.name);
    let mut finding = Finding::new(rule::MOVED, subject, naming.in_header())
        .says("toolpack", Phrase::say("moved from ").and_quote(was_in))
        .here(Phrase::say("it was in ").and_quote(was_in))
        .covered_by(Covers::Surface);
    finding.approval = Approval {
        state: if both { ApprovalState::Acknowledged } else { ApprovalState::Missing },
        have: less.have,
        need: less.need,
        signers: less.signers.keys().cloned().collect(),
        reasons: Vec::new(),
    };
    finding
}
