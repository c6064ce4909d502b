//! Puts the approval of each subject beside the changes that it covers: one cause, one finding.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::pack::JudgedPack;
use crate::model::finding::{Approval, ApprovalState, Covers, Finding, SubjectKind};
use crate::model::subject_state::SubjectState;
use crate::rules::{Axis, Severity};

/// All findings of a toolpack, with their approvals, and with what the base already has marked.
pub fn attach(pack: JudgedPack) -> Vec<Finding> {
    let states = States::of(&pack.states);
    let mut found = Vec::new();
    let mut told = HashSet::new();
    for mut change in pack.changes {
        if let Some(approval) = states.approval_of(&change, &pack.removals) {
            change.approval = approval;
        }
        told.extend(match change.covers {
            Covers::Tool => Some((SubjectKind::Tool, change.subject.id.clone())),
            Covers::Surface => Some((SubjectKind::Surface, String::new())),
            _ => None,
        });
        found.push(change);
    }
    let mut beyond = pack.beyond;
    // What the gate has judged by more than the subject's own approval stays as it is.
    for finding in beyond.iter_mut().filter(|f| f.approval.state == ApprovalState::NotNeeded) {
        if let Some(approval) = states.approval_of(finding, &pack.removals) {
            finding.approval = approval;
        }
    }
    let mut alone = Vec::new();
    for state in pack.states {
        let approval = state.approval();
        let waits = approval.waits();
        let subject = &state.standing.subject;
        let is_told = told.contains(&match subject.kind {
            SubjectKind::Surface => (SubjectKind::Surface, String::new()),
            kind => (kind, subject.id.clone()),
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

/// How each signed subject stands: a toolpack has thousands of them, and each change asks for one.
struct States {
    tools: HashMap<String, Approval>,
    surface: Option<Approval>,
}

impl States {
    fn of(states: &[SubjectState]) -> States {
        let mut all = States { tools: HashMap::new(), surface: None };
        for state in states {
            match state.standing.subject.kind {
                SubjectKind::Tool => {
                    all.tools.entry(state.standing.subject.id.clone()).or_insert_with(|| state.approval());
                }
                SubjectKind::Surface => {
                    all.surface.get_or_insert_with(|| state.approval());
                }
                _ => {}
            }
        }
        all
    }

    fn approval_of(&self, change: &Finding, removals: &BTreeMap<String, Approval>) -> Option<Approval> {
        match change.covers {
            Covers::Nothing | Covers::Owners => None,
            Covers::Tool => self.tools.get(&change.subject.id).cloned(),
            Covers::Surface => self.surface.clone(),
            Covers::Withdrawal => {
                Some(removals.get(&change.subject.id).cloned().unwrap_or_else(|| Approval {
                    state: ApprovalState::Missing,
                    have: 0,
                    need: 1,
                    signers: Vec::new(),
                    reasons: Vec::new(),
                }))
            }
        }
    }
}

/// Whether a finding lies on the trust axis, where nothing is suppressed, levelled or filtered by tier.
pub fn is_trust(finding: &Finding) -> bool {
    finding.rule.is_on(Axis::Trust)
}
