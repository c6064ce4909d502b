//! The lockfile brought in step with the artifacts: new and changed subjects become pending, approvals that
//! hold stay, everything that readers see is derived anew. Signs nothing.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::carry::{Carried, legacy_notes};
use super::scene::Scene;
use super::sides::BaseState;
use super::written::{arrange, entry};
use crate::canon::time::Timestamp;
use crate::model::lockfile::{
    AnyLockfile, Approval, Decision, Lockfile, Status, SurfaceEntry, ToolEntry, Withdrawn,
};
use crate::model::phrase::Phrase;
use crate::model::schema_version::CURRENT;
use crate::model::tool::Tool;
use crate::rules::{Rule, gate, lock, sig};
use crate::sign::ground::{Base, SignedSubject};
use crate::sign::subject::SURFACE;
use crate::sign::verify::{Refusal, verify};

/// What becomes of entries whose tools are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// They stay and are told.
    Keep,
    /// They become tombstones.
    Prune,
}

/// A statement that was taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// The subject's name: a stranger's word.
    pub subject: String,
    /// Whose statement it claims to be: a stranger's word.
    pub signer: String,
    /// Why it went.
    pub rule: &'static Rule,
    /// What that means here.
    pub here: Phrase,
}

/// What a sync did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Names of tools that the lockfile had not.
    pub new: Vec<String>,
    /// Names of tools whose definition, tier or toolsets are not what the lockfile wrote.
    pub modified: Vec<String>,
    /// Names of entries whose tools are gone, and which stayed.
    pub removed: Vec<String>,
    /// Names of entries that became tombstones.
    pub pruned: Vec<String>,
    /// Tools that are as they were.
    pub unchanged: usize,
    /// Whether the surface is not what the lockfile wrote.
    pub surface_changed: bool,
    /// Statements that went.
    pub dropped: Vec<Dropped>,
    /// Names of subjects that are neither approved nor exempted, with where they stand.
    pub open: Vec<(String, Status)>,
    /// What was carried over from a lockfile of generation 1.
    pub carried: Option<Carried>,
}

/// A lockfile in step with the artifacts, and what that took.
#[derive(Debug, Clone)]
pub struct Synced {
    /// The lockfile.
    pub lock: Lockfile,
    /// What changed.
    pub tally: Tally,
}

/// Brings a lockfile in step with a toolpack. `now` is when entries of gone tools are withdrawn.
pub fn sync(scene: &Scene, before: Option<&AnyLockfile>, gone: Gone, now: Timestamp) -> Synced {
    let old = before.and_then(AnyLockfile::v2);
    let mut tally = Tally::default();
    let surface = surface_entry(scene, old, &mut tally);
    let entries: Vec<(&Tool, ToolEntry, Vec<Dropped>)> =
        scene.pack.manifest.tools.par_iter().filter_map(|tool| of_tool(scene, tool, old)).collect();
    let mut tools = BTreeMap::new();
    for (tool, now_is, dropped) in entries {
        match old.and_then(|l| l.tools.get(&tool.id)) {
            None => tally.new.push(tool.name.clone()),
            Some(was) if is_modified(was, &now_is) => tally.modified.push(tool.name.clone()),
            Some(_) => tally.unchanged += 1,
        }
        if !now_is.status.serves() {
            tally.open.push((tool.name.clone(), now_is.status));
        }
        tally.dropped.extend(dropped);
        tools.insert(tool.id.clone(), now_is);
    }
    let mut withdrawn = tombstones(scene, old);
    let left = old.map(|l| l.tools.iter()).into_iter().flatten();
    for (id, entry) in left.filter(|(id, _)| !scene.subjects.tools.contains_key(*id)) {
        match gone {
            Gone::Keep => {
                tally.removed.push(entry.name.clone());
                tools.insert(id.clone(), entry.clone());
            }
            Gone::Prune => {
                tally.pruned.push(entry.name.clone());
                bury(scene, &mut withdrawn, id, &entry.digest, now);
            }
        }
    }
    let mut snapshot = old.and_then(|l| l.snapshot.clone());
    if let Some(AnyLockfile::V1(v1)) = before {
        tally.carried = Some(legacy_notes(v1, scene.pack, &mut tools));
        snapshot = v1.snapshot.clone();
    }
    withdrawn.sort_by(|a, b| (&a.tool_id, a.at, &a.digest).cmp(&(&b.tool_id, b.at, &b.digest)));
    let lock = Lockfile {
        schema_version: CURRENT.to_owned(),
        toolpack_id: scene.pack.header.toolpack_id.clone(),
        surface,
        snapshot,
        tools,
        withdrawn,
    };
    Synced { lock, tally }
}

/// A tool's entry: from the one that is there, else (a lockfile that was lost) from the base's.
fn of_tool<'a>(
    scene: &Scene,
    tool: &'a Tool,
    old: Option<&Lockfile>,
) -> Option<(&'a Tool, ToolEntry, Vec<Dropped>)> {
    let signed = scene.judged(&tool.id)?;
    let of = |lock: Option<&'_ Lockfile>| lock.and_then(|l| l.tools.get(&tool.id)).cloned();
    let start = of(old).or_else(|| of(scene.base.lock()));
    let written = start.as_ref().map(|e| (e.digest.as_str(), e.approvals.as_slice()));
    let (kept, dropped) = keep(scene, &signed, written);
    let status = verify(&signed, Some(&signed.digest), &kept, scene.ground).status;
    let mut now_is = entry(tool, &signed, status, kept);
    now_is.legacy = start.and_then(|e| e.legacy);
    Some((tool, now_is, dropped))
}

fn surface_entry(scene: &Scene, old: Option<&Lockfile>, tally: &mut Tally) -> SurfaceEntry {
    let signed = &scene.subjects.surface;
    let start = old.or(scene.base.lock()).map(|l| &l.surface);
    let (mut approvals, dropped) =
        keep(scene, signed, start.map(|e| (e.digest.as_str(), e.approvals.as_slice())));
    tally.dropped.extend(dropped);
    arrange(&mut approvals);
    let status = verify(signed, Some(&signed.digest), &approvals, scene.ground).status;
    tally.surface_changed = old.is_none_or(|l| l.surface.digest != signed.digest);
    if !status.serves() {
        tally.open.push(("(surface)".to_owned(), status));
    }
    SurfaceEntry { digest: signed.digest.clone(), risk_tier: signed.tier, status, approvals }
}

fn is_modified(was: &ToolEntry, is: &ToolEntry) -> bool {
    was.digest != is.digest || was.risk_tier != is.risk_tier || was.toolsets != is.toolsets
}

/// The statements of a subject that stay: those that hold, and those that only time, the trust file or a
/// missing second signer keeps from counting. Refusals of this very state that the base has come back.
fn keep(
    scene: &Scene,
    signed: &SignedSubject,
    written: Option<(&str, &[Approval])>,
) -> (Vec<Approval>, Vec<Dropped>) {
    let name = if signed.id == SURFACE { "(surface)" } else { scene.name(&signed.id) };
    let (mut kept, mut dropped) = (Vec::new(), Vec::new());
    let (digest, approvals) = written.unwrap_or_default();
    for approval in approvals {
        match goes(scene, signed, digest, approval) {
            None => kept.push(approval.clone()),
            Some((rule, here)) => dropped.push(Dropped {
                subject: name.to_owned(),
                signer: approval.signer.clone(),
                rule,
                here,
            }),
        }
    }
    let base = scene.ground.base_of(&signed.id);
    for refusal in base.approvals.iter().filter(|a| a.decision == Decision::Reject) {
        if !kept.contains(refusal) && goes(scene, signed, base.written.unwrap_or_default(), refusal).is_none()
        {
            kept.push(refusal.clone());
        }
    }
    (kept, dropped)
}

/// Why a statement can't stay: it is about another state, forged, from before what the base has, or would
/// count once merged though it does not now.
fn goes(
    scene: &Scene,
    signed: &SignedSubject,
    written: &str,
    approval: &Approval,
) -> Option<(&'static Rule, Phrase)> {
    if approval.decision == Decision::Withdraw {
        return Some((lock::ENTRY_FORGED, Phrase::say("a withdrawal stands only in a tombstone")));
    }
    let refusal = alone(scene, signed, written, approval)?;
    let always = [
        gate::DEFINITION_MISMATCH,
        sig::INVALID,
        sig::MALFORMED,
        sig::REPLAYED,
        sig::NAMESPACE_MISMATCH,
        sig::WRONG_SIGNER,
        sig::UNKNOWN_KEY,
        sig::STALE,
        lock::DOWNGRADED,
    ];
    let unless_merged = [sig::OUTSIDE_VALIDITY, sig::REVOKED_KEY];
    // An exemption of what the base has not; one that gate.yaml forbids is the owners' to take back.
    let new_exemption = approval.decision == Decision::Exempt && refusal.rule == gate::UNAPPROVED;
    let away = always.contains(&refusal.rule)
        || (unless_merged.contains(&refusal.rule) && !refusal.on_base)
        || new_exemption;
    away.then_some((refusal.rule, refusal.here))
}

/// Why a statement does not count, judged without its neighbours: beside a full quorum the verdict only says
/// that it is ignored.
pub(super) fn alone(
    scene: &Scene,
    signed: &SignedSubject,
    written: &str,
    approval: &Approval,
) -> Option<Refusal> {
    verify(signed, Some(written), std::slice::from_ref(approval), scene.ground).refusals.pop()
}

/// The tombstones that stay: all of the base's, and the head's own unless their tool never went.
fn tombstones(scene: &Scene, old: Option<&Lockfile>) -> Vec<Withdrawn> {
    let theirs: &[Withdrawn] = scene.base.lock().map_or(&[], |l| &l.withdrawn);
    let asked = !matches!(scene.base, BaseState::NotAsked);
    let same = |a: &Withdrawn, b: &Withdrawn| (&a.tool_id, &a.digest, a.at) == (&b.tool_id, &b.digest, b.at);
    let mut stay: Vec<Withdrawn> = Vec::new();
    for own in old.map_or(&[][..], |l| &l.withdrawn) {
        let merged = theirs.iter().any(|t| same(t, own));
        let back = scene.subjects.tools.contains_key(&own.tool_id);
        // Merged, it would end the approvals of a tool that is there.
        if merged || !asked || !back {
            stay.push(own.clone());
        }
    }
    for lost in theirs {
        if !stay.iter().any(|own| same(own, lost)) {
            stay.push(lost.clone());
        }
    }
    stay
}

/// The digest under which a tool that is gone is withdrawn: the base's own, if it has the tool.
pub(super) fn last_digest(scene: &Scene, id: &str, written: Option<&str>) -> Option<String> {
    let on_base = match &scene.ground.base {
        Base::Known(subjects) => subjects.get(id).and_then(|s| s.digest.clone()),
        Base::NotAsked | Base::Bootstrap => None,
    };
    on_base.or_else(|| written.map(str::to_owned))
}

/// Adds the tombstone of a tool that goes now, unless one that is not merged yet says so already.
fn bury(scene: &Scene, withdrawn: &mut Vec<Withdrawn>, id: &str, written: &str, now: Timestamp) {
    let digest = last_digest(scene, id, Some(written)).unwrap_or_default();
    if own_tombstone(scene, withdrawn, id, &digest).is_none() {
        withdrawn.push(Withdrawn { tool_id: id.to_owned(), digest, at: now, approvals: Vec::new() });
    }
}

/// The place of the tombstone that records this going of a tool: not one of an earlier going, which the base
/// has already.
pub(super) fn own_tombstone(scene: &Scene, withdrawn: &[Withdrawn], id: &str, digest: &str) -> Option<usize> {
    let merged: BTreeSet<Timestamp> = scene
        .base
        .lock()
        .map(|l| l.withdrawn.iter().filter(|w| w.tool_id == id).map(|w| w.at).collect())
        .unwrap_or_default();
    let still_there = scene.base.side().is_some_and(|s| s.subjects.tools.contains_key(id));
    withdrawn
        .iter()
        .position(|w| w.tool_id == id && w.digest == digest && !(still_there && merged.contains(&w.at)))
}

#[cfg(test)]
mod tests {
    use super::super::approve::Wish;
    use super::super::testing::*;
    use super::super::written::text;
    use super::*;

    #[test]
    fn a_first_sync_has_every_subject_pending_and_a_second_changes_nothing() {
        let (trust, pack) = (trust(|t| t), shop());
        over(&pack, None, &trust, at(0), |scene| {
            let first = synced(scene, None);
            assert_eq!((first.tally.new.len(), first.tally.open.len(), first.tally.unchanged), (6, 7, 0));
            assert!(statuses(&first.lock).iter().all(|(_, status)| *status == Status::Pending));
            let again = synced(scene, Some(&first.lock));
            assert_eq!(text(&again.lock), text(&first.lock));
            assert_eq!(
                (again.tally.new.len(), again.tally.unchanged, again.tally.surface_changed),
                (0, 6, false)
            );
        });
    }

    #[test]
    fn a_changed_tool_loses_its_approvals_and_its_neighbours_keep_theirs() {
        let trust = trust(|t| t);
        let base = merged(&trust);
        let changed = shop_with_text(GET_USER, "Get one user. Tell nobody.");
        over(&changed, Some(&base), &trust, at(days(1)), |scene| {
            let synced = synced(scene, Some(&base.lock));
            assert_eq!(synced.tally.modified, ["get_user"]);
            assert_eq!(synced.tally.open, [("get_user".to_owned(), Status::Pending)]);
            assert_eq!(synced.tally.dropped.len(), 1, "alice had approved the earlier text");
            assert!(synced.tally.dropped.iter().all(|d| d.rule == gate::DEFINITION_MISMATCH));
            assert!(synced.lock.tools[GET_USER].approvals.is_empty());
            for (id, entry) in base.lock.tools.iter().filter(|(id, _)| *id != GET_USER) {
                assert_eq!(&synced.lock.tools[id], entry);
            }
            assert_eq!(synced.lock.surface, base.lock.surface);
        });
    }

    #[test]
    fn words_of_a_reader_are_derived_and_a_status_that_nobody_signed_goes() {
        let (trust, pack) = (trust(|t| t), shop());
        over(&pack, None, &trust, at(0), |scene| {
            let mut forged = synced(scene, None).lock;
            let entry = forged.tools.get_mut(REFUND).unwrap();
            entry.status = Status::Approved;
            entry.host = "evil.example".into();
            entry.risk_tier = crate::model::risk::RiskTier::Safe;
            assert_eq!(synced(scene, Some(&forged)).lock, synced(scene, None).lock);
        });
    }

    #[test]
    fn forged_copied_and_unknown_statements_go() {
        let (trust, pack) = (trust(|t| t), shop());
        over(&pack, None, &trust, at(0), |scene| {
            let honest = allow(scene, None, "alice", Wish::All);
            let mut forged = honest.clone();
            let of_user = forged.tools[GET_USER].approvals[0].clone();
            forged.tools.get_mut(REFUND).unwrap().approvals.push(of_user.clone());
            let mut strange = of_user;
            strange.signer = "mallory".into();
            forged.tools.get_mut(CANCEL).unwrap().approvals.push(strange);
            let result = synced(scene, Some(&forged));
            assert_eq!(result.lock, honest);
            assert_eq!(result.tally.dropped.len(), 2);
        });
    }

    #[test]
    fn a_gone_tool_stays_unless_it_is_pruned_and_then_leaves_a_tombstone() {
        let trust = trust(|t| t);
        let base = merged(&trust);
        let without = shop_without(CANCEL, "cancel_order");
        over(&without, Some(&base), &trust, at(days(1)), |scene| {
            let before = any(Some(&base.lock));
            let kept = sync(scene, before.as_ref(), Gone::Keep, at(days(1)));
            assert_eq!(kept.tally.removed, ["cancel_order"]);
            assert!(kept.lock.tools.contains_key(CANCEL) && kept.lock.withdrawn.is_empty());
            let pruned = sync(scene, before.as_ref(), Gone::Prune, at(days(1)));
            assert_eq!(pruned.tally.pruned, ["cancel_order"]);
            assert!(!pruned.lock.tools.contains_key(CANCEL));
            let grave = &pruned.lock.withdrawn[0];
            assert_eq!((grave.tool_id.as_str(), grave.at), (CANCEL, at(days(1))));
            assert_eq!(grave.digest, base.lock.tools[CANCEL].digest);
            let later = sync(scene, any(Some(&pruned.lock)).as_ref(), Gone::Prune, at(days(2)));
            assert_eq!(text(&later.lock), text(&pruned.lock));
        });
    }

    #[test]
    fn a_tombstone_of_the_base_comes_back_and_an_own_one_of_a_tool_that_is_there_goes() {
        let trust = trust(|t| t);
        let mut base = merged(&trust);
        let grave = |id: &str| Withdrawn {
            tool_id: id.into(),
            digest: "sha256:00".into(),
            at: at(1),
            approvals: vec![],
        };
        base.lock.withdrawn.push(grave("90ab12cd34ef5678"));
        let pack = shop();
        over(&pack, Some(&base), &trust, at(days(1)), |scene| {
            let mut head = base.lock.clone();
            head.withdrawn = vec![grave(CANCEL)];
            assert_eq!(synced(scene, Some(&head)).lock.withdrawn, base.lock.withdrawn);
        });
    }

    #[test]
    fn approvals_of_the_base_come_back_with_a_lockfile_that_was_lost() {
        let trust = trust(|t| t);
        let base = merged(&trust);
        let pack = shop();
        over(&pack, Some(&base), &trust, at(days(1)), |scene| {
            assert_eq!(synced(scene, None).lock, base.lock);
        });
    }

    #[test]
    fn a_new_toolset_makes_a_tool_pending_and_keeps_its_approval() {
        let trust = trust(|t| t);
        let base = merged(&trust);
        let wider = pack(
            |_| {},
            &SETS.replace(
                "    - get_user\n    - issue_refund",
                "    - get_user\n    - issue_refund\n    - list_products",
            ),
        );
        over(&wider, Some(&base), &trust, at(days(1)), |scene| {
            let synced = synced(scene, Some(&base.lock));
            assert_eq!(synced.tally.modified, ["list_products"]);
            assert_eq!(synced.tally.open, [("list_products".to_owned(), Status::Pending)]);
            assert!(synced.tally.dropped.is_empty());
        });
    }

    #[test]
    fn a_version_1_lockfile_leaves_notes_that_count_for_nothing() {
        let (trust, pack) = (trust(|t| t), shop());
        let v1 = format!(
            "schema_version: '1.0'\ntools:\n  {GET_USER}:\n    tool_id: {GET_USER}\n    name: get_user\n    status: approved\n    approved_by: alice\n    approval_signature: ed25519:x:y\n  {REFUND}:\n    tool_id: {REFUND}\n    name: issue_refund\n    status: rejected\n  gone:\n    tool_id: gone\n    name: gone\n"
        );
        let node = crate::model::bytes::yaml("l", v1.as_bytes(), 9999).unwrap();
        let old = AnyLockfile::read("l", node).unwrap();
        over(&pack, None, &trust, at(0), |scene| {
            let synced = sync(scene, Some(&old), Gone::Keep, at(0));
            let carried = synced.tally.carried.unwrap();
            assert_eq!(
                (carried.notes, carried.refused, carried.lost),
                (1, vec!["issue_refund".into()], vec!["gone".into()])
            );
            assert!(synced.lock.tools[GET_USER].legacy.is_some());
            assert!(statuses(&synced.lock).iter().all(|(_, status)| *status == Status::Pending));
            assert_eq!(super::super::testing::synced(scene, Some(&synced.lock)).lock, synced.lock);
        });
    }
}
