//! A signer's own approvals signed anew: with a new key, or because time ended them. Never in another's name,
//! never what did not hold when it was signed.

use super::draft::{Act, Draft};
use super::scene::Scene;
use super::sync::alone;
use crate::canon::time::Timestamp;
use crate::model::lockfile::{Approval, Decision, Lockfile};
use crate::sign::ground::{Ground, SignedSubject};
use crate::sign::subject::SURFACE;
use crate::sign::verify::{objection, verify};

/// Plans to sign anew what the act's signer approved and what is still as it was approved. `expires_at` of
/// the act wins; without one an approval that had an end gets the same span again.
pub fn plan(scene: &Scene, lock: &Lockfile, act: &Act) -> Vec<Draft> {
    scene.ids().filter_map(|id| one(scene, lock, id, act)).collect()
}

fn one(scene: &Scene, lock: &Lockfile, id: &str, act: &Act) -> Option<Draft> {
    let judged = scene.judged(id)?;
    let (written, approvals) = match id {
        SURFACE => (&lock.surface.digest, &lock.surface.approvals),
        _ => lock.tools.get(id).map(|e| (&e.digest, &e.approvals))?,
    };
    let own: Vec<&Approval> = approvals
        .iter()
        .filter(|a| a.signer == act.signer && a.decision == Decision::Approve)
        .filter(|a| held_once(scene, &judged, written, a, act.now))
        .collect();
    let last = *own.last()?;
    // The refusal that voids it is not this command's to overrule.
    let verdict = verify(&judged, Some(written), approvals, scene.ground);
    if verdict.rejection.is_some() {
        return None;
    }
    let fresh = alone(scene, &judged, written, last).is_none();
    if fresh && last.key_id == act.key_id && last.expires_at.is_none() && verdict.until.is_none() {
        return None;
    }
    let span = last.expires_at.map(|end| end.seconds() - last.signed_at.seconds());
    let again = span.and_then(|span| Timestamp::from_seconds(act.now.seconds() + span));
    let act = Act {
        expires_at: act.expires_at.or(again),
        reason: if act.reason.is_empty() { &last.reason } else { act.reason },
        ..act.clone()
    };
    let mut sets: Vec<String> = own.iter().flat_map(|a| a.approved_toolsets.iter().cloned()).collect();
    sets.retain(|set| judged.toolsets.contains(set));
    sets.sort_unstable();
    sets.dedup();
    let draft = Draft::new(scene, lock, id, sets, &act)?;
    objection(&judged, &draft.approval, scene.ground).is_none().then_some(draft)
}

/// Whether an approval holds now, or held on the day that it was signed and only time ended it.
pub(super) fn held_once(
    scene: &Scene,
    judged: &SignedSubject,
    written: &str,
    approval: &Approval,
    now: Timestamp,
) -> bool {
    if alone(scene, judged, written, approval).is_none() {
        return true;
    }
    if approval.signed_at > now {
        return false;
    }
    let ground = scene.ground;
    let then = Ground {
        keyring: ground.keyring,
        toolpack_id: ground.toolpack_id,
        toolpack_dir: ground.toolpack_dir,
        now: approval.signed_at,
        author: ground.author,
        base: ground.base.clone(),
        max_age_days: ground.max_age_days.clone(),
        max_exemption_days: ground.max_exemption_days,
        elsewhere: ground.elsewhere,
    };
    verify(judged, Some(written), std::slice::from_ref(approval), &then).refusals.is_empty()
}

#[cfg(test)]
mod tests {
    use super::super::enter::enter;
    use super::super::testing::*;
    use super::*;
    use crate::model::lockfile::Status;
    use crate::sign::keypair::KeyPair;

    fn resign(scene: &Scene, lock: &Lockfile, who: &str, pair: &KeyPair) -> Vec<Draft> {
        let key_id = pair.key_id();
        plan(scene, lock, &Act { reason: "", ..act(Decision::Approve, who, &key_id, scene.ground.now) })
    }

    #[test]
    fn ended_approvals_are_signed_anew_for_the_same_time_and_reason() {
        let trust = trust(|t| t);
        let base = merged(&trust);
        over(&shop(), Some(&base), &trust, at(days(200)), |scene| {
            let mut lock = synced(scene, Some(&base.lock)).lock;
            assert_eq!(status(&lock, REFUND), Status::Pending, "180 days are over");
            let mut drafts = resign(scene, &lock, "alice", &key("alice"));
            assert!(drafts.iter().any(|d| d.subject.id == REFUND && d.approval.reason == "looked at it"));
            assert!(drafts.iter().all(|d| d.approval.signer == "alice"), "in nobody else's name");
            sign(scene, &mut drafts, &key("alice"));
            enter(scene, &mut lock, &drafts).unwrap();
            assert_eq!(scene.verdict(&lock, REFUND).unwrap().have, 1);
        });
    }

    #[test]
    fn a_forged_or_stale_entry_is_not_laundered() {
        let trust = trust(|t| t);
        let base = merged(&trust);
        over(&shop_with_text(GET_USER, "other"), Some(&base), &trust, at(days(1)), |scene| {
            let mut lock = base.lock.clone();
            let mut forged = lock.tools[GET_USER].approvals[0].clone();
            forged.signature = forged.signature.replace(|c: char| c.is_lowercase(), "A");
            lock.tools.get_mut(REFUND).unwrap().approvals = vec![forged];
            let ids: Vec<String> =
                resign(scene, &lock, "alice", &key("alice")).into_iter().map(|d| d.subject.id).collect();
            assert!(!ids.contains(&GET_USER.to_owned()), "the text changed");
            assert!(!ids.contains(&REFUND.to_owned()), "the approval is forged");
        });
    }

    #[test]
    fn a_revoked_key_approves_nothing_through_another_one() {
        let trust = trust(|t| {
            t.replacen(
                "    type: ed25519\n",
                "    type: ed25519\n    revoked: {at: 2026-11-30T00:00:00Z, reason: lost}\n",
                1,
            )
        });
        let before = crate::gate::testing::trust(|t| t);
        let base = merged(&before);
        over(&shop(), Some(&base), &trust, at(days(20)), |scene| {
            let drafts = resign(scene, &base.lock, "alice", &key("alice"));
            assert!(drafts.is_empty());
        });
    }

    #[test]
    fn a_new_key_signs_what_the_retired_one_had() {
        let (old, new) = (key("alice"), KeyPair::generate([77; 32]));
        let line = format!("  - key_id: \"{}\"\n", old.key_id());
        let added = format!(
            "  - key_id: \"{}\"\n    type: ed25519\n    public_key: {}\n{line}",
            new.key_id(),
            crate::sign::base64url::encode_standard(new.public().raw())
        );
        let trust_now = trust(|t| {
            let t = t.replace(&line, &added);
            let at = t.find(&old.key_id()).unwrap();
            let (head, tail) = t.split_at(at);
            format!(
                "{head}{}",
                tail.replacen(
                    "    type: ed25519\n",
                    "    type: ed25519\n    not_after: 2026-11-30T00:00:00Z\n",
                    1
                )
            )
        });
        // The same root, so that statements of the first file are judged by the second.
        let trust_before = trust(|t| t);
        let mut trust_now = trust_now;
        trust_now.file.root = Some(trust_before.digest.clone());
        let base = merged(&trust_before);
        over(&shop(), Some(&base), &trust_now, at(days(20)), |scene| {
            let mut lock = base.lock.clone();
            let mut drafts = resign(scene, &lock, "alice", &new);
            assert_eq!(drafts.len(), 7);
            sign(scene, &mut drafts, &new);
            enter(scene, &mut lock, &drafts).unwrap();
            assert!(statuses(&lock).iter().all(|(_, s)| *s == Status::Approved));
            assert!(resign(scene, &lock, "mallory", &key("mallory")).is_empty());
        });
    }

    #[test]
    fn a_refused_state_is_not_brought_back() {
        let trust = trust(|t| t);
        let base = merged(&trust);
        over(&shop(), Some(&base), &trust, at(days(200)), |scene| {
            let mut lock = base.lock.clone();
            let key = key("carol");
            let key_id = key.key_id();
            let act = act(Decision::Reject, "carol", &key_id, scene.ground.now);
            let mut drafts = vec![Draft::new(scene, &lock, CANCEL, vec![], &act).unwrap()];
            sign(scene, &mut drafts, &key);
            enter(scene, &mut lock, &drafts).unwrap();
            assert!(
                resign(scene, &lock, "alice", &super::super::testing::key("alice"))
                    .iter()
                    .all(|d| d.subject.id != CANCEL)
            );
        });
    }
}
