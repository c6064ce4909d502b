//! Puts the approval of each subject beside the changes that it covers: one cause, one finding.

use super::pack::JudgedPack;
use crate::model::finding::{Approval, ApprovalState, Covers, Finding, SubjectKind};
use crate::model::subject_state::SubjectState;
use crate::rules::{Axis, Severity};

/// All findings of a toolpack, with their approvals, and with what the base already has marked.
pub fn attach(pack: JudgedPack) -> Vec<Finding> {
    let mut found = Vec::new();
    for mut change in pack.changes {
        if let Some(approval) = approval_of(&change, &pack.states, &pack.removals) {
            change.approval = approval;
        }
        found.push(change);
    }
    let mut beyond = pack.beyond;
    // What the gate has judged by more than the subject's own approval stays as it is.
    for finding in beyond.iter_mut().filter(|f| f.approval.state == ApprovalState::NotNeeded) {
        if let Some(approval) = approval_of(finding, &pack.states, &pack.removals) {
            finding.approval = approval;
        }
    }
    let mut alone = Vec::new();
    for state in pack.states {
        let kind = state.standing.subject.kind;
        let approval = state.approval();
        let waits = approval.waits();
        let is_told = found.iter().any(|f| match f.covers {
            Covers::Tool => kind == SubjectKind::Tool && f.subject.id == state.standing.subject.id,
            Covers::Surface => kind == SubjectKind::Surface,
            _ => false,
        });
        if waits && is_told {
            // The change carries the reasons; a problem of its own would tell the same cause twice.
            continue;
        }
        for mut problem in state.problems {
            problem.approval = Approval { reasons: Vec::new(), ..approval.clone() };
            alone.push(problem);
        }
    }
    for mut finding in alone.into_iter().chain(beyond) {
        // What fails is never folded, whatever the base has: an open approval (it may have ended since, without
        // a change of any file), or high on the trust axis.
        let fails = finding.approval.waits() || (is_trust(&finding) && finding.severity >= Severity::High);
        finding.known = !fails
            && pack.has_base
            && pack.known.as_ref().is_none_or(|known| known.contains(&finding.fingerprint()));
        found.push(finding);
    }
    found
}

fn approval_of(
    change: &Finding,
    states: &[SubjectState],
    removals: &std::collections::BTreeMap<String, Approval>,
) -> Option<Approval> {
    let state = |kind: SubjectKind, id: Option<&str>| {
        states
            .iter()
            .find(|s| s.standing.subject.kind == kind && id.is_none_or(|id| s.standing.subject.id == id))
            .map(|s| s.approval())
    };
    match change.covers {
        Covers::Nothing | Covers::Owners => None,
        Covers::Tool => state(SubjectKind::Tool, Some(&change.subject.id)),
        Covers::Surface => state(SubjectKind::Surface, None),
        Covers::Withdrawal => Some(removals.get(&change.subject.id).cloned().unwrap_or_else(|| Approval {
            state: ApprovalState::Missing,
            have: 0,
            need: 1,
            signers: Vec::new(),
            reasons: Vec::new(),
        })),
    }
}

/// Whether a finding lies on the trust axis, where nothing is suppressed, levelled or filtered by tier.
pub fn is_trust(finding: &Finding) -> bool {
    finding.rule.is_on(Axis::Trust)
}
