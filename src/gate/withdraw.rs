//! A tool goes: its removal signed, as a tombstone that keeps its old approvals from coming back.

use super::approve::Denied;
use super::draft::{Act, Draft};
use super::enter::NotTaken;
use super::scene::Scene;
use super::sync::{last_digest, own_tombstone};
use super::written::arrange;
use crate::canon::near::near;
use crate::model::lockfile::{Approval, Lockfile, Withdrawn};
use crate::model::phrase::Phrase;
use crate::rules::lock as rule;
use crate::sign::verify::{objection, verify_withdrawal};

/// A word that names no tool that is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotGone {
    /// It is still in tools.json.
    StillThere(String),
    /// Neither base nor lockfile knows it; names of tools, gone or there, that are near it: strangers' words.
    Unknown {
        /// As typed.
        word: String,
        /// Names that resemble it.
        near: Vec<String>,
    },
}

/// A tool that is gone: id, name and last digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoneTool {
    /// Its id.
    pub id: String,
    /// Its name: a stranger's word.
    pub name: String,
    /// Its last digest: the base's, else the one that the lockfile wrote.
    pub digest: String,
}

/// Every tool that base or lockfile knows and the manifest has not, by id.
pub fn gone(scene: &Scene, lock: &Lockfile) -> Vec<GoneTool> {
    let mut found: std::collections::BTreeMap<&str, (&str, Option<&str>)> = Default::default();
    for tombstone in &lock.withdrawn {
        found.insert(&tombstone.tool_id, (&tombstone.tool_id, Some(&tombstone.digest)));
    }
    for (id, entry) in &lock.tools {
        found.insert(id, (&entry.name, Some(&entry.digest)));
    }
    if let Some(side) = scene.base.side() {
        for tool in &side.pack.manifest.tools {
            let written = found.get(tool.id.as_str()).and_then(|(_, digest)| *digest);
            found.insert(&tool.id, (&tool.name, written));
        }
    }
    found
        .into_iter()
        .filter(|(id, _)| !scene.subjects.tools.contains_key(*id))
        .filter_map(|(id, (name, written))| {
            let digest = last_digest(scene, id, written)?;
            Some(GoneTool { id: id.to_owned(), name: name.to_owned(), digest })
        })
        .collect()
}

/// The gone tools that words stand for: by id or name.
///
/// # Errors
/// Every word that names a tool that is still there, or none.
pub fn select_gone(scene: &Scene, lock: &Lockfile, words: &[String]) -> Result<Vec<GoneTool>, Vec<NotGone>> {
    let all = gone(scene, lock);
    let there_still = || scene.pack.manifest.tools.iter().map(|tool| tool.name.as_str());
    let (mut tools, mut bad): (Vec<GoneTool>, Vec<NotGone>) = (Vec::new(), Vec::new());
    for word in words {
        let hit = all.iter().find(|t| t.id == *word).or_else(|| {
            let mut named = all.iter().filter(|t| t.name == *word);
            named.next().filter(|_| named.next().is_none())
        });
        let there = || scene.pack.manifest.tools.iter().any(|t| t.id == *word || t.name == *word);
        match hit {
            Some(tool) if tools.contains(tool) => {}
            Some(tool) => tools.push(tool.clone()),
            None if there() => bad.push(NotGone::StillThere(word.clone())),
            None => {
                let near = near(word, all.iter().map(|tool| tool.name.as_str()).chain(there_still()));
                let near = near.into_iter().map(str::to_owned).collect();
                bad.push(NotGone::Unknown { word: word.clone(), near });
            }
        }
    }
    if bad.is_empty() { Ok(tools) } else { Err(bad) }
}

/// Plans the withdrawal of tools that are gone.
///
/// # Errors
/// What is planned would not count: no approver's key, or one that is no longer good.
pub fn plan(scene: &Scene, lock: &Lockfile, act: &Act, tools: &[GoneTool]) -> Result<Vec<Draft>, Denied> {
    let drafts = tools.iter().map(|t| Draft::withdrawal(scene, lock, &t.id, &t.name, &t.digest, act));
    let (mut good, mut refused) = (Vec::new(), Vec::new());
    for draft in drafts {
        match objection(&draft.subject, &draft.approval, scene.ground) {
            None => good.push(draft),
            Some(refusal) => refused.push((draft.name, refusal.rule, refusal.here)),
        }
    }
    if refused.is_empty() { Ok(good) } else { Err(Denied::WouldNotCount(refused)) }
}

/// Puts signed withdrawals into the lockfile, as tombstones, and takes the entries out.
///
/// # Errors
/// Every withdrawal that the verifier does not accept; then the lockfile is not to be written.
pub fn enter(scene: &Scene, lock: &mut Lockfile, signed: &[Draft]) -> Result<(), Vec<NotTaken>> {
    let mut bad = Vec::new();
    for draft in signed {
        let (id, digest) = (&draft.subject.id, &draft.subject.digest);
        let mut fail = |rule, here| bad.push(NotTaken { name: draft.name.clone(), rule, here });
        if scene.subjects.tools.contains_key(id) {
            fail(rule::ENTRY_FORGED, Phrase::say("the tool is still in tools.json"));
            continue;
        }
        if let Err(refusals) =
            verify_withdrawal(id, digest, std::slice::from_ref(&draft.approval), scene.ground)
        {
            match refusals.into_iter().next() {
                Some(refusal) => fail(refusal.rule, refusal.here),
                None => fail(rule::ENTRY_FORGED, Phrase::say("it is no withdrawal")),
            }
            continue;
        }
        record(scene, lock, id, digest, &draft.approval);
    }
    if bad.is_empty() { Ok(()) } else { Err(bad) }
}

fn record(scene: &Scene, lock: &mut Lockfile, id: &str, digest: &str, approval: &Approval) {
    let place = own_tombstone(scene, &lock.withdrawn, id, digest).unwrap_or_else(|| {
        lock.withdrawn.push(Withdrawn {
            tool_id: id.to_owned(),
            digest: digest.to_owned(),
            at: approval.signed_at,
            approvals: Vec::new(),
        });
        lock.withdrawn.len() - 1
    });
    let approvals = &mut lock.withdrawn[place].approvals;
    approvals.retain(|a| a.signer != approval.signer);
    approvals.push(approval.clone());
    arrange(approvals);
    lock.tools.remove(id);
    lock.withdrawn.sort_by(|a, b| (&a.tool_id, a.at, &a.digest).cmp(&(&b.tool_id, b.at, &b.digest)));
}

#[cfg(test)]
mod tests {
    use super::super::sync::{Gone, sync};
    use super::super::testing::*;
    use super::super::tombstones::removal;
    use super::*;
    use crate::model::finding::ApprovalState;
    use crate::model::lockfile::Decision;

    #[test]
    fn a_withdrawal_acknowledges_the_removal_and_outlives_a_sync() {
        let trust = trust(|t| t);
        let base = merged(&trust);
        let without = shop_without(CANCEL, "cancel_order");
        over(&without, Some(&base), &trust, at(days(1)), |scene| {
            for gone in [Gone::Keep, Gone::Prune] {
                let mut lock = sync(scene, any(Some(&base.lock)).as_ref(), gone, at(days(1))).lock;
                let tools = select_gone(scene, &lock, &["cancel_order".into()]).unwrap();
                let (key, now) = (key("carol"), at(days(1)));
                let key_id = key.key_id();
                let mut drafts =
                    plan(scene, &lock, &act(Decision::Withdraw, "carol", &key_id, now), &tools).unwrap();
                sign(scene, &mut drafts, &key);
                enter(scene, &mut lock, &drafts).unwrap();
                assert!(!lock.tools.contains_key(CANCEL));
                assert_eq!((lock.withdrawn.len(), lock.withdrawn[0].approvals.len()), (1, 1));
                let digest = base.lock.tools[CANCEL].digest.clone();
                let state = removal(CANCEL, &digest, Some(&lock), scene.ground, "lock").state;
                assert_eq!(state, ApprovalState::Acknowledged);
                assert_eq!(synced(scene, Some(&lock)).lock, lock);
            }
        });
    }

    #[test]
    fn only_what_is_gone_is_withdrawn_and_only_by_an_approver() {
        let trust = trust(|t| t.replace("roles: [approver]", "roles: [owner]"));
        let base = merged(&trust);
        let without = shop_without(CANCEL, "cancel_order");
        over(&without, Some(&base), &trust, at(days(1)), |scene| {
            let lock = synced(scene, Some(&base.lock)).lock;
            let words = ["get_user".to_owned(), "nothing".to_owned()];
            let bad = select_gone(scene, &lock, &words).unwrap_err();
            assert_eq!(
                bad,
                [
                    NotGone::StillThere("get_user".into()),
                    NotGone::Unknown { word: "nothing".into(), near: vec![] }
                ]
            );
            let tools = select_gone(scene, &lock, &[CANCEL.to_owned()]).unwrap();
            let key_id = key("carol").key_id();
            assert!(
                plan(scene, &lock, &act(Decision::Withdraw, "carol", &key_id, at(days(1))), &tools).is_err()
            );
        });
    }
}
