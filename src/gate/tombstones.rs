//! Tools that went: whether their going is signed, and whether the record of it stays long enough.

use std::collections::BTreeMap;

use super::sides::{BaseState, HeadSide, Naming};
use crate::canon::Node;
use crate::canon::time::Timestamp;
use crate::model::finding::{
    Approval, ApprovalState, Covers, Finding, Place, Reason, Side, Subject, SubjectKind,
};
use crate::model::lockfile::{Decision, Lockfile, Withdrawn};
use crate::model::phrase::Phrase;
use crate::model::risk::ToolKind;
use crate::rules::{lock, mcpt, tool as rule};
use crate::sign::ground::{CLOCK_SKEW, Ground};
use crate::sign::verify::{verify_withdrawal, withdrawn_at};

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
        found.extend(forged(&lock.withdrawn, ground, head.lock_path, |id| naming.tool(id, id)));
    }
    // What stayed behind of an earlier toolpack with this id stays in a file of its own: see `dropped`.
    if let Some(before) = base.side().and_then(|s| s.lock) {
        let after = lock.map(|l| l.withdrawn.as_slice()).unwrap_or_default();
        found.extend(dropped(&before.withdrawn, after, ground, head.lock_path, |id| naming.tool(id, id)));
    }
    for tool in &head.pack.manifest.tools {
        let on_base = base.side().is_some_and(|s| s.subjects.tools.contains_key(&tool.id));
        if let Some(gone) = base.tombstones().find(|w| w.tool_id == tool.id).filter(|_| !on_base) {
            let here = Phrase::say(format!("it was withdrawn on {}", gone.at.date()));
            let back = if tool.kind == ToolKind::Mcp { mcpt::REAPPEARED } else { rule::REAPPEARED };
            found.push(
                Finding::new(back, naming.tool(&tool.id, &tool.name), naming.in_manifest(tool, "name"))
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
    withdrawn: &[Withdrawn],
    ground: &Ground,
    lock_path: &str,
    subject: impl Fn(&str) -> Subject,
) -> Vec<Finding> {
    let mut found = Vec::new();
    for (i, gone) in withdrawn.iter().enumerate() {
        let mut forged = |member: &str, here: Phrase| {
            let place = Place {
                file: lock_path.to_owned(),
                line: 1,
                pointer: format!("/withdrawn/{i}/{member}"),
                side: Side::Head,
            };
            let finding = Finding::new(lock::ENTRY_FORGED, subject(&gone.tool_id), place);
            found.push(finding.says("tombstone", here.clone()).here(here));
        };
        if gone.at.seconds() > ground.now.seconds() + CLOCK_SKEW {
            forged("at", Phrase::say(format!("it says {}, which is still to come", gone.at)));
        }
        let base = ground.base_of(&gone.tool_id);
        let is_new = !base.tombstones.iter().any(|(at, digest, _)| *at == gone.at && *digest == gone.digest);
        let past = |a: &&crate::model::lockfile::Approval| a.signed_at <= ground.now;
        let newest = base.approvals.iter().filter(past).map(|a| a.signed_at).max();
        if let Some(newest) = newest.filter(|newest| is_new && ends(gone, ground) <= *newest) {
            let here = Phrase::say(format!("it says {}, and what it ends was signed at {newest}", gone.at));
            forged("at", here);
        }
        if gone.approvals.iter().any(|a| a.decision != Decision::Withdraw) {
            forged("approvals", Phrase::say("a tombstone holds statements other than withdrawals"));
        }
    }
    found
}

/// What a tombstone ends: everything signed until then.
fn ends(gone: &Withdrawn, ground: &Ground) -> Timestamp {
    withdrawn_at(&gone.tool_id, gone.at, &gone.digest, &gone.approvals, ground)
}

/// Tombstones of the base that the head has not, while old approvals could still be replayed.
pub fn dropped(
    before: &[Withdrawn],
    after: &[Withdrawn],
    ground: &Ground,
    lock_path: &str,
    subject: impl Fn(&str) -> Subject,
) -> Vec<Finding> {
    let fresh = i64::from(ground.keyring.trust.file.rules.fresh_days);
    // As it was, with every word in it; or overtaken by a withdrawal that is signed later.
    let stays = |gone: &Withdrawn, until: Timestamp| {
        after.iter().filter(|w| w.tool_id == gone.tool_id).any(|w| {
            let same = w.digest == gone.digest && w.at == gone.at;
            same && gone.approvals.iter().all(|a| w.approvals.contains(a))
                || withdrawn_at(&w.tool_id, Timestamp::MIN, &w.digest, &w.approvals, ground) > until
        })
    };
    before
        .iter()
        .map(|gone| (gone, ends(gone, ground)))
        .filter(|(gone, until)| until.plus_days(fresh) > ground.now && !stays(gone, *until))
        .map(|(gone, until)| {
            let here = Phrase::say(format!(
                "withdrawn on {}; it must stay until {}",
                until.date(),
                until.plus_days(fresh).date()
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

/// A tool that base has under an id that the head has not, and whose going nothing tells: the head has it
/// under another id. Without a tombstone the old id could come back with its old approvals.
pub fn unrecorded(
    id: &str,
    name: &str,
    head: &HeadSide,
    base: &BaseState,
    naming: &Naming,
) -> Option<Finding> {
    let lock = head.lock.and_then(|l| l.v2());
    let entry = base.side()?.lock?.tools.get(id).filter(|e| !e.approvals.is_empty())?;
    if lock.is_some_and(|l| l.withdrawn.iter().any(|w| w.tool_id == id)) {
        return None;
    }
    let here = Phrase::say("it goes on under another id, and no tombstone ends the approvals of this one");
    let place =
        Place { file: head.lock_path.to_owned(), line: 1, pointer: "/withdrawn".into(), side: Side::Head };
    let finding = Finding::new(lock::TOMBSTONE_REMOVED, naming.tool(id, name), place);
    Some(
        finding
            .values(Some(Node::text(entry.digest.as_str())), None)
            .says("tombstone", here.clone())
            .here(here),
    )
}

/// What is wrong with the tombstones that stay behind when a toolpack goes: `before` and `after` are those of
/// the base and of the head, whichever lockfile of the toolpack's id they stand in.
pub fn left_behind(
    before: &[Withdrawn],
    after: &[Withdrawn],
    ground: &Ground,
    dir: &str,
    lock_path: &str,
) -> Vec<Finding> {
    let subject = |id: &str| Subject {
        path: dir.to_owned(),
        toolpack: ground.toolpack_id.to_owned(),
        kind: SubjectKind::Tool,
        id: id.to_owned(),
        name: id.to_owned(),
    };
    let mut found = dropped(before, after, ground, lock_path, subject);
    found.extend(forged(after, ground, lock_path, subject));
    found
}
