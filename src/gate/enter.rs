//! Signed statements put into a lockfile that is in step with the artifacts: all that the one verifier accepts,
//! or none.

use super::draft::Draft;
use super::scene::Scene;
use super::sync::alone;
use super::written::arrange;
use crate::model::lockfile::{Approval, Decision, Lockfile, MAX_APPROVALS};
use crate::model::phrase::Phrase;
use crate::rules::{Rule, gate as gate_rule};
use crate::sign::subject::SURFACE;

/// A signed statement that the verifier does not accept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotTaken {
    /// The subject's name: a stranger's word.
    pub name: String,
    /// Why.
    pub rule: &'static Rule,
    /// What that means here.
    pub here: Phrase,
}

/// Puts signed statements into a lockfile that is in step with the artifacts, and derives each status from the
/// verdict. All of them are accepted by the verifier, or the lockfile is not to be written.
///
/// # Errors
/// Every statement that would not count as it now stands.
pub fn enter(scene: &Scene, lock: &mut Lockfile, signed: &[Draft]) -> Result<(), Vec<NotTaken>> {
    let mut bad = Vec::new();
    for draft in signed {
        let name = draft.name.clone();
        let mut fail = |rule, here| bad.push(NotTaken { name: name.clone(), rule, here });
        let id = draft.subject.id.as_str();
        let Some(judged) = scene.judged(id) else {
            fail(gate_rule::DEFINITION_MISMATCH, Phrase::say("it is gone since it was shown"));
            continue;
        };
        if judged.digest != draft.subject.digest {
            fail(gate_rule::DEFINITION_MISMATCH, Phrase::say("it changed since it was shown"));
            continue;
        }
        if let Some(refusal) = alone(scene, &judged, &judged.digest, &draft.approval) {
            fail(refusal.rule, refusal.here);
            continue;
        }
        if let Err(here) = take_in(scene, lock, id, &draft.approval) {
            fail(gate_rule::UNAPPROVED, here);
        }
    }
    if !bad.is_empty() {
        return Err(bad);
    }
    scene.derive_status(lock);
    Ok(())
}

fn take_in(scene: &Scene, lock: &mut Lockfile, id: &str, approval: &Approval) -> Result<(), Phrase> {
    let base = scene.ground.base_of(id);
    let list = match id {
        SURFACE => &mut lock.surface.approvals,
        _ => match lock.tools.get_mut(id) {
            Some(entry) => &mut entry.approvals,
            None => return Err(Phrase::say("the lockfile has no entry for it")),
        },
    };
    // The same person's earlier word about this state says nothing more, unless the base relies on it.
    list.retain(|a| {
        a.signer != approval.signer
            || a.decision != approval.decision
            || a.decision == Decision::Reject
            || base.approvals.contains(a)
    });
    list.push(approval.clone());
    arrange(list);
    if list.len() > MAX_APPROVALS {
        return Err(Phrase::say(format!("it has more than {MAX_APPROVALS} statements")));
    }
    if approval.decision == Decision::Approve {
        let place = list.iter().position(|a| a == approval);
        let counts = scene.verdict(lock, id).is_some_and(|v| place.is_some_and(|i| v.counted.contains(&i)));
        if !counts {
            return Err(Phrase::say("a refusal of the same moment stands against it"));
        }
    }
    Ok(())
}
