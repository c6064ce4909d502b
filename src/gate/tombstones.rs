//! Tools that went: whether their going is signed, and whether the record of it stays long enough.

use std::collections::BTreeMap;

use super::sides::{BaseState, HeadSide, Naming};
use crate::canon::Node;
use crate::model::finding::{
    Approval, ApprovalState, Covers, Finding, Place, Reason, Side, Subject, SubjectKind,
};
use crate::model::lockfile::{Decision, Lockfile, Withdrawn};
use crate::model::phrase::Phrase;
use crate::rules::{lock, tool as rule};
use crate::sign::ground::Ground;
use crate::sign::verify::verify_withdrawal;

/// How far ahead of this machine's clock a tombstone's time may be, in seconds.
const CLOCK_SKEW: i64 = 300;

/// How the removal of each tool that base has and the head lacks stands with those who may sign it.
pub fn removals(head: &HeadSide, base: &BaseState, ground: &Ground) -> BTreeMap<String, Approval> {
    let Some(side) = base.side() else { return BTreeMap::new() };
    let gone = side.subjects.tools.iter().filter(|(id, _)| !head.subjects.tools.contains_key(*id));
    gone.map(|(id, subject)| {
        let lock = head.lock.and_then(|l| l.v2());
        (id.clone(), removal(id, &subject.digest, lock, ground, head.lock_path))
    })
    .collect()
}

/// How the removal of one tool stands.
pub fn removal(
    id: &str,
    digest: &str,
    lock: Option<&Lockfile>,
    ground: &Ground,
    lock_path: &str,
) -> Approval {
    let tombstones: Vec<&Withdrawn> =
        lock.map(|l| l.withdrawn.iter().filter(|w| w.tool_id == id).collect()).unwrap_or_default();
    let mut reasons = Vec::new();
    for tombstone in tombstones {
        match verify_withdrawal(id, digest, &tombstone.approvals, ground) {
            Ok(signer) => {
                return Approval {
                    state: ApprovalState::Acknowledged,
                    have: 1,
                    need: 1,
                    signers: vec![signer],
                    reasons: Vec::new(),
                };
            }
            Err(refusals) => reasons.extend(refusals.into_iter().map(|r| Reason {
                rule: r.rule,
                here: r.here,
                place: Place {
                    file: lock_path.to_owned(),
                    line: 1,
                    pointer: "/withdrawn".into(),
                    side: Side::Head,
                },
            })),
        }
    }
    Approval { state: ApprovalState::Missing, have: 0, need: 1, signers: Vec::new(), reasons }
}

/// What is wrong with the tombstones of a toolpack's lockfile, and the withdrawn tools that are back.
pub fn check(head: &HeadSide, base: &BaseState, ground: &Ground, naming: &Naming) -> Vec<Finding> {
    let mut found = Vec::new();
    let lock = head.lock.and_then(|l| l.v2());
    if let Some(lock) = lock {
        found.extend(forged(lock, ground, head.lock_path, |id| naming.tool(id, id)));
    }
    let Some(before) = base.lock() else { return found };
    found.extend(dropped(before, lock, ground, head.lock_path, |id| naming.tool(id, id)));
    for tool in &head.pack.manifest.tools {
        let on_base = base.side().is_some_and(|s| s.subjects.tools.contains_key(&tool.id));
        if let Some(gone) = before.withdrawn.iter().find(|w| w.tool_id == tool.id).filter(|_| !on_base) {
            let here = Phrase::say(format!("it was withdrawn on {}", gone.at.date()));
            found.push(
                Finding::new(
                    rule::REAPPEARED,
                    naming.tool(&tool.id, &tool.name),
                    naming.in_manifest(tool, "name"),
                )
                .risk(tool.tier)
                .says("tool", Phrase::say("withdrawn and back"))
                .here(here)
                .covered_by(Covers::Tool),
            );
        }
    }
    found
}

/// Tombstones that say what a tombstone cannot say.
pub fn forged(
    lock: &Lockfile,
    ground: &Ground,
    lock_path: &str,
    subject: impl Fn(&str) -> Subject,
) -> Vec<Finding> {
    let mut found = Vec::new();
    for (i, gone) in lock.withdrawn.iter().enumerate() {
        let at = |member: &str| Place {
            file: lock_path.to_owned(),
            line: 1,
            pointer: format!("/withdrawn/{i}/{member}"),
            side: Side::Head,
        };
        if gone.at.seconds() > ground.now.seconds() + CLOCK_SKEW {
            let here = Phrase::say(format!("it says {}, which is still to come", gone.at));
            found.push(
                Finding::new(lock::ENTRY_FORGED, subject(&gone.tool_id), at("at"))
                    .says("tombstone", here.clone())
                    .here(here),
            );
        }
        if gone.approvals.iter().any(|a| a.decision != Decision::Withdraw) {
            let here = Phrase::say("a tombstone holds statements other than withdrawals");
            found.push(
                Finding::new(lock::ENTRY_FORGED, subject(&gone.tool_id), at("approvals"))
                    .says("tombstone", here.clone())
                    .here(here),
            );
        }
    }
    found
}

/// Tombstones of the base that the head has not, while old approvals could still be replayed.
pub fn dropped(
    before: &Lockfile,
    after: Option<&Lockfile>,
    ground: &Ground,
    lock_path: &str,
    subject: impl Fn(&str) -> Subject,
) -> Vec<Finding> {
    let fresh = i64::from(ground.keyring.trust.file.rules.fresh_days);
    let stays = |gone: &Withdrawn| {
        after.is_some_and(|l| {
            l.withdrawn
                .iter()
                .any(|w| w.tool_id == gone.tool_id && w.digest == gone.digest && w.at >= gone.at)
        })
    };
    before
        .withdrawn
        .iter()
        .filter(|gone| gone.at.plus_days(fresh) > ground.now && !stays(gone))
        .map(|gone| {
            let here = Phrase::say(format!(
                "withdrawn on {}; it must stay until {}",
                gone.at.date(),
                gone.at.plus_days(fresh).date()
            ));
            let place =
                Place { file: lock_path.to_owned(), line: 1, pointer: "/withdrawn".into(), side: Side::Head };
            Finding::new(lock::TOMBSTONE_REMOVED, subject(&gone.tool_id), place)
                .values(Some(Node::text(gone.digest.as_str())), None)
                .says("tombstone", Phrase::say("record of a withdrawal removed"))
                .here(here)
        })
        .collect()
}

/// What is wrong with a lockfile whose toolpack is gone: it stays for its tombstones alone.
pub fn left_behind(
    before: &Lockfile,
    after: Option<&Lockfile>,
    ground: &Ground,
    dir: &str,
    lock_path: &str,
) -> Vec<Finding> {
    let subject = |id: &str| Subject {
        path: dir.to_owned(),
        toolpack: before.toolpack_id.clone(),
        kind: SubjectKind::Tool,
        id: id.to_owned(),
        name: before.tools.get(id).map_or(id, |e| e.name.as_str()).to_owned(),
    };
    let mut found = dropped(before, after, ground, lock_path, subject);
    found.extend(after.map(|l| forged(l, ground, lock_path, subject)).unwrap_or_default());
    found
}
