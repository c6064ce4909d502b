//! Allow, exempt, block: which subjects are to be signed, and what would not count anyway.
//!
//! The key is not here: a plan gives drafts, whoever holds a key signs them, and `enter` takes in only what the
//! one verifier accepts.

use super::draft::{Act, Draft};
use super::scene::Scene;
use crate::canon::time::Timestamp;
use crate::model::gate_config::GateFile;
use crate::model::lockfile::{Approval, Decision, Lockfile, Status};
use crate::model::phrase::Phrase;
use crate::rules::{Rule, gate as gate_rule};
use crate::sign::subject::SURFACE;
use crate::sign::verify::{Verdict, objection};

/// Which subjects somebody wants to sign.
#[derive(Debug, Clone, Copy)]
pub enum Wish<'a> {
    /// These, by id.
    Named(&'a [String]),
    /// Every one that is not approved and not refused.
    All,
}

/// A subject that is not signed, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Its name: a stranger's word.
    pub name: String,
    /// Why.
    pub why: Phrase,
}

/// What will be signed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Statements without signatures.
    pub drafts: Vec<Draft>,
    /// What stays as it is although it was wished for, or goes with it.
    pub left_out: Vec<LeftOut>,
    /// Whether the surface is signed along without having been named.
    pub surface_along: bool,
}

/// Why nothing at all may be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denied {
    /// There is no such toolset.
    Toolset {
        /// As typed.
        word: String,
        /// Those that there are: strangers' words.
        known: Vec<String>,
    },
    /// A named tool is not in the toolset.
    NotInSet(Vec<String>),
    /// What is named would not count.
    WouldNotCount(Vec<(String, &'static Rule, Phrase)>),
    /// The owners ask for a reason at these tools' tiers.
    Reason(Vec<String>),
    /// It would run longer than the owners let it; until when it may.
    TooLong(String, Timestamp),
}

/// Plans approvals or exemptions (by the act's decision). With a toolset, only that one is added to those that
/// are approved already.
///
/// # Errors
/// A wish that can't be met as it stands: then nothing is signed.
pub fn plan(
    scene: &Scene,
    lock: &Lockfile,
    config: &GateFile,
    act: &Act,
    wish: Wish,
    toolset: Option<&str>,
) -> Result<Plan, Denied> {
    if let Some(set) = toolset.filter(|set| !scene.pack.toolsets.toolsets.contains_key(*set)) {
        let known = scene.pack.toolsets.toolsets.keys().cloned().collect();
        return Err(Denied::Toolset { word: set.to_owned(), known });
    }
    let mut plan = Plan::default();
    let ids: Vec<String> = match wish {
        Wish::Named(ids) => named(scene, ids, toolset)?,
        Wish::All => all(scene, lock, act, toolset, &mut plan.left_out),
    };
    let mut refused = Vec::new();
    for id in &ids {
        let Some((draft, against)) = draft(scene, lock, id, act, toolset) else {
            refused.push(gone(id));
            continue;
        };
        match (against, wish) {
            (None, _) => plan.drafts.push(draft),
            (Some((rule, here)), Wish::Named(_)) => refused.push((draft.name, rule, here)),
            (Some((_, why)), Wish::All) => plan.left_out.push(LeftOut { name: draft.name, why }),
        }
    }
    if !refused.is_empty() {
        return Err(Denied::WouldNotCount(refused));
    }
    along(scene, lock, act, &mut plan);
    limits(config, act, &plan.drafts)?;
    Ok(plan)
}

/// A subject that was there when it was named: the artifacts are read anew for the plan.
fn gone(id: &str) -> (String, &'static Rule, Phrase) {
    (id.to_owned(), gate_rule::DEFINITION_MISMATCH, Phrase::say("it is gone since it was named"))
}

fn named(scene: &Scene, ids: &[String], toolset: Option<&str>) -> Result<Vec<String>, Denied> {
    let Some(set) = toolset else { return Ok(ids.to_vec()) };
    let outside = |id: &&String| {
        *id != SURFACE && scene.subjects.get(id).is_none_or(|s| !s.toolsets.iter().any(|t| t == set))
    };
    let strangers: Vec<String> = ids.iter().filter(outside).map(|id| scene.name(id).to_owned()).collect();
    if strangers.is_empty() { Ok(ids.to_vec()) } else { Err(Denied::NotInSet(strangers)) }
}

/// Every subject that an act of this kind would bring forward.
fn all(
    scene: &Scene,
    lock: &Lockfile,
    act: &Act,
    toolset: Option<&str>,
    left_out: &mut Vec<LeftOut>,
) -> Vec<String> {
    let mut ids = Vec::new();
    for id in scene.ids() {
        let (Some(subject), Some(verdict)) = (scene.judged(id), scene.verdict(lock, id)) else { continue };
        let in_set = toolset.is_none_or(|set| id == SURFACE || subject.toolsets.iter().any(|s| s == set));
        if !in_set || is_settled(lock, id, &verdict, act, toolset) {
            continue;
        }
        if verdict.status == Status::Rejected {
            let why = Phrase::say("refused; name it to overrule that");
            left_out.push(LeftOut { name: scene.name(id).to_owned(), why });
            continue;
        }
        ids.push(id.to_owned());
    }
    ids
}

/// How an approval by this signer would bear on a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bearing {
    /// It would count.
    Counts,
    /// It would bring nothing: the subject is approved, or this signer has signed it already.
    Settled,
    /// It would not count, for this reason.
    Against(Phrase),
}

/// How an approval of a subject by the signer of an act would bear on it, before anybody signs.
pub fn bearing(scene: &Scene, lock: &Lockfile, id: &str, act: &Act) -> Bearing {
    if scene.verdict(lock, id).is_some_and(|verdict| is_settled(lock, id, &verdict, act, None)) {
        return Bearing::Settled;
    }
    match draft(scene, lock, id, act, None) {
        Some((_, None)) => Bearing::Counts,
        Some((_, Some((_, here)))) => Bearing::Against(here),
        None => Bearing::Against(gone(id).2),
    }
}

/// Whether a further statement of this signer would bring nothing.
fn is_settled(lock: &Lockfile, id: &str, verdict: &Verdict, act: &Act, toolset: Option<&str>) -> bool {
    if act.decision == Decision::Exempt {
        return verdict.status.serves();
    }
    if verdict.status == Status::Approved {
        return true;
    }
    let mine = statements(lock, id)
        .iter()
        .enumerate()
        .filter(|(i, a)| verdict.counted.contains(i) && a.signer == act.signer)
        .map(|(_, a)| a);
    let mut mine = mine.peekable();
    match toolset {
        None => {
            mine.peek().is_some()
                && mine.any(|a| verdict.unnamed.iter().all(|s| a.approved_toolsets.contains(s)))
        }
        Some(set) => mine.any(|a| a.approved_toolsets.iter().any(|s| s == set)),
    }
}

fn statements<'a>(lock: &'a Lockfile, id: &str) -> &'a [Approval] {
    match id {
        SURFACE => &lock.surface.approvals,
        _ => lock.tools.get(id).map_or(&[], |e| &e.approvals),
    }
}

type Against = Option<(&'static Rule, Phrase)>;

fn draft(
    scene: &Scene,
    lock: &Lockfile,
    id: &str,
    act: &Act,
    toolset: Option<&str>,
) -> Option<(Draft, Against)> {
    let judged = scene.judged(id)?;
    let sets = match (id, toolset) {
        (SURFACE, _) => Vec::new(),
        (_, None) => judged.toolsets.clone(),
        (_, Some(set)) => with_set(scene, lock, id, act, set, &judged.toolsets),
    };
    let draft = Draft::new(scene, lock, id, sets, act)?;
    let against = objection(&judged, &draft.approval, scene.ground).map(|r| (r.rule, r.here));
    Some((draft, against))
}

/// One set more than those that are approved already, by a quorum or by this signer.
fn with_set(
    scene: &Scene,
    lock: &Lockfile,
    id: &str,
    act: &Act,
    set: &str,
    current: &[String],
) -> Vec<String> {
    let Some(verdict) = scene.verdict(lock, id) else { return Vec::new() };
    let approvals = statements(lock, id);
    let mine = verdict.counted.iter().filter_map(|&i| approvals.get(i)).filter(|a| a.signer == act.signer);
    let mine: Vec<&String> = mine.flat_map(|a| &a.approved_toolsets).collect();
    let is_meant = |s: &&String| *s == set || verdict.toolsets.contains(*s) || mine.contains(s);
    current.iter().filter(is_meant).cloned().collect()
}

/// The surface goes with the tools, in one act, wherever it is not approved: no tool is served without it.
fn along(scene: &Scene, lock: &Lockfile, act: &Act, plan: &mut Plan) {
    let has_it = plan.drafts.iter().any(|d| d.subject.id == SURFACE)
        || plan.left_out.iter().any(|l| l.name == scene.name(SURFACE));
    let Some(verdict) = scene.verdict(lock, SURFACE) else { return };
    if plan.drafts.is_empty() || has_it || is_settled(lock, SURFACE, &verdict, act, None) {
        return;
    }
    let left = |why| LeftOut { name: scene.name(SURFACE).to_owned(), why };
    if verdict.status == Status::Rejected {
        return plan.left_out.push(left(Phrase::say("refused; name it to overrule that")));
    }
    match draft(scene, lock, SURFACE, act, None) {
        None => {}
        Some((_, Some((_, why)))) => plan.left_out.push(left(why)),
        Some((draft, None)) => {
            plan.surface_along = true;
            plan.drafts.insert(0, draft);
        }
    }
}

/// What gate.yaml asks of each statement.
fn limits(config: &GateFile, act: &Act, drafts: &[Draft]) -> Result<(), Denied> {
    if act.decision != Decision::Approve {
        return Ok(());
    }
    let asks = |d: &&Draft| config.approvals.reason_required.contains(&d.subject.tier);
    let silent: Vec<String> = match act.reason.trim().is_empty() {
        true => drafts.iter().filter(asks).map(|d| d.name.clone()).collect(),
        false => Vec::new(),
    };
    if !silent.is_empty() {
        return Err(Denied::Reason(silent));
    }
    for draft in drafts {
        let longest = config.approvals.max_days.get(&draft.subject.tier);
        let longest = longest.map(|days| draft.approval.signed_at.plus_days(i64::from(*days)));
        if let (Some(longest), Some(end)) = (longest, act.expires_at)
            && end > longest
        {
            return Err(Denied::TooLong(draft.name.clone(), longest));
        }
    }
    Ok(())
}

/// Plans refusals of subjects as they now stand. Any listed key may refuse.
///
/// # Errors
/// The key is not one of the trust file.
pub fn plan_block(scene: &Scene, lock: &Lockfile, act: &Act, ids: &[String]) -> Result<Plan, Denied> {
    let (mut drafts, mut refused) = (Vec::new(), Vec::new());
    for id in ids {
        let Some(draft) = Draft::new(scene, lock, id, Vec::new(), act) else {
            refused.push(gone(id));
            continue;
        };
        match objection(&draft.subject, &draft.approval, scene.ground) {
            None => drafts.push(draft),
            Some(refusal) => refused.push((draft.name, refusal.rule, refusal.here)),
        }
    }
    if !refused.is_empty() {
        return Err(Denied::WouldNotCount(refused));
    }
    Ok(Plan { drafts, ..Plan::default() })
}

#[cfg(test)]
mod tests {
    use super::super::enter::enter;
    use super::super::sync::{Gone, sync};
    use super::super::testing::*;
    use super::*;
    use crate::model::risk::RiskTier;

    fn wish(
        scene: &Scene,
        lock: &Lockfile,
        who: &str,
        wish: Wish,
        toolset: Option<&str>,
    ) -> Result<Plan, Denied> {
        let key = key(who).key_id();
        plan(scene, lock, &gate_file(), &act(Decision::Approve, who, &key, scene.ground.now), wish, toolset)
    }

    fn names(plan: &Plan) -> Vec<&str> {
        plan.drafts.iter().map(|d| d.name.as_str()).collect()
    }

    #[test]
    fn what_is_allowed_is_approved_and_the_surface_goes_along() {
        let (trust, pack) = (trust(|t| t), shop());
        over(&pack, None, &trust, at(0), |scene| {
            let ids = [GET_USER.to_owned()];
            let lock = allow(scene, None, "alice", Wish::Named(&ids));
            assert_eq!(
                (status(&lock, GET_USER), status(&lock, SURFACE)),
                (Status::Approved, Status::Approved)
            );
            assert_eq!(
                lock.tools[GET_USER].approvals[0].approved_toolsets,
                ["operator", "readonly", "support"]
            );
            assert_eq!(status(&lock, CANCEL), Status::Pending);
            // Read back, it is the same lockfile with the same verdict.
            assert_eq!(synced(scene, Some(&lock)).lock, lock);
        });
    }

    #[test]
    fn two_people_make_a_quorum_and_one_alone_does_not_twice() {
        let (trust, pack) = (trust(|t| t), shop());
        over(&pack, None, &trust, at(0), |scene| {
            let ids = [REFUND.to_owned()];
            let lock = allow(scene, None, "alice", Wish::Named(&ids));
            assert_eq!(status(&lock, REFUND), Status::Pending);
            let twice = allow(scene, Some(&lock), "alice", Wish::Named(&ids));
            assert_eq!((status(&twice, REFUND), twice.tools[REFUND].approvals.len()), (Status::Pending, 1));
            assert!(
                wish(scene, &lock, "alice", Wish::All, None)
                    .unwrap()
                    .drafts
                    .iter()
                    .all(|d| d.subject.id != REFUND)
            );
            assert_eq!(
                status(&allow(scene, Some(&twice), "bob", Wish::Named(&ids)), REFUND),
                Status::Approved
            );
        });
    }

    #[test]
    fn a_signer_may_not_go_above_their_tier_nor_a_stranger_anywhere() {
        let (trust, pack) = (trust(|t| t), shop());
        over(&pack, None, &trust, at(0), |scene| {
            let lock = synced(scene, None).lock;
            let ids = [REFUND.to_owned(), GET_USER.to_owned()];
            let denied = wish(scene, &lock, "carol", Wish::Named(&ids), None).unwrap_err();
            let Denied::WouldNotCount(list) = denied else { panic!("{denied:?}") };
            assert_eq!(
                (list.len(), list[0].0.as_str(), list[0].1),
                (1, "issue_refund", gate_rule::APPROVER_NOT_ALLOWED)
            );
            let all = wish(scene, &lock, "carol", Wish::All, None).unwrap();
            let left: Vec<&str> = all.left_out.iter().map(|l| l.name.as_str()).collect();
            assert!(left.contains(&"cancel_order") && left.contains(&"issue_refund"), "{left:?}");
            assert!(names(&all).contains(&"create_order") && !names(&all).contains(&"cancel_order"));
            assert!(wish(scene, &lock, "mallory", Wish::Named(&ids), None).is_err());
        });
    }

    #[test]
    fn nobody_signs_in_anothers_name() {
        let (trust, pack) = (trust(|t| t), shop());
        over(&pack, None, &trust, at(0), |scene| {
            let mut lock = synced(scene, None).lock;
            let (bob, mallory) = (key("bob"), key("mallory"));
            for (signer, key_id, pair) in
                [("alice", bob.key_id(), &bob), ("alice", key("alice").key_id(), &mallory)]
            {
                let act = act(Decision::Approve, signer, &key_id, at(0));
                let mut drafts = vec![Draft::new(scene, &lock, GET_USER, vec![], &act).unwrap()];
                sign(scene, &mut drafts, pair);
                let bad = enter(scene, &mut lock, &drafts).unwrap_err();
                assert_eq!(bad.len(), 1);
            }
            assert!(lock.tools[GET_USER].approvals.is_empty());
        });
    }

    #[test]
    fn a_refusal_voids_what_was_approved_until_a_quorum_signs_later() {
        let trust = trust(|t| t);
        let base = merged(&trust);
        let pack = shop();
        let ids = [GET_USER.to_owned()];
        let blocked = over(&pack, Some(&base), &trust, at(days(1)), |scene| {
            let mut lock = synced(scene, Some(&base.lock)).lock;
            let key = key("carol");
            let key_id = key.key_id();
            let act = act(Decision::Reject, "carol", &key_id, at(days(1)));
            let mut drafts = plan_block(scene, &lock, &act, &ids).unwrap().drafts;
            sign(scene, &mut drafts, &key);
            enter(scene, &mut lock, &drafts).unwrap();
            assert_eq!(status(&lock, GET_USER), Status::Rejected);
            // Not taken in by `--all`; by name it is, and signed after the refusal of the same second.
            assert!(wish(scene, &lock, "alice", Wish::All, None).unwrap().drafts.is_empty());
            assert_eq!(
                status(&allow(scene, Some(&lock), "alice", Wish::Named(&ids)), GET_USER),
                Status::Approved
            );
            lock
        });
        // Once merged, the refusal comes back where somebody took it out.
        let base = Before { pack: shop(), lock: blocked };
        over(&pack, Some(&base), &trust, at(days(2)), |scene| {
            let mut head = base.lock.clone();
            head.tools.get_mut(GET_USER).unwrap().approvals.retain(|a| a.decision != Decision::Reject);
            assert_eq!(status(&synced(scene, Some(&head)).lock, GET_USER), Status::Rejected);
        });
    }

    #[test]
    fn an_exemption_lets_in_what_the_base_has_and_nothing_new() {
        let trust = trust(|t| t);
        let bare = over(&shop(), None, &trust, at(0), |scene| synced(scene, None).lock);
        let base = Before { pack: shop(), lock: bare };
        let exempt = |scene: &Scene, who: &str, wish: Wish| {
            let key_id = key(who).key_id();
            let mut act = act(Decision::Exempt, who, &key_id, scene.ground.now);
            act.expires_at = Some(scene.ground.now.plus_days(90));
            plan(scene, &base.lock, &gate_file(), &act, wish, None)
        };
        over(&shop(), Some(&base), &trust, at(days(1)), |scene| {
            let mut lock = base.lock.clone();
            let mut drafts = exempt(scene, "alice", Wish::All).unwrap().drafts;
            sign(scene, &mut drafts, &key("alice"));
            enter(scene, &mut lock, &drafts).unwrap();
            assert!(statuses(&lock).iter().all(|(_, status)| *status == Status::Exempted));
            let ids = [GET_USER.to_owned()];
            assert!(exempt(scene, "carol", Wish::Named(&ids)).is_err(), "carol owns nothing");
        });
        let changed = shop_with_text(GET_USER, "new");
        over(&changed, Some(&base), &trust, at(days(1)), |scene| {
            let plan = exempt(scene, "alice", Wish::All).unwrap();
            assert!(plan.left_out.iter().any(|l| l.name == "get_user"), "{plan:?}");
            assert!(exempt(scene, "alice", Wish::Named(&[GET_USER.to_owned()])).is_err());
        });
    }

    #[test]
    fn one_toolset_is_added_to_those_that_are_approved() {
        let (trust, pack) = (trust(|t| t), shop());
        over(&pack, None, &trust, at(0), |scene| {
            let mut lock = synced(scene, None).lock;
            let ids = [GET_USER.to_owned()];
            for (set, named, stands) in [
                ("readonly", vec!["readonly"], Status::Pending),
                ("support", vec!["readonly", "support"], Status::Pending),
                ("operator", vec!["operator", "readonly", "support"], Status::Approved),
            ] {
                let mut drafts = wish(scene, &lock, "alice", Wish::Named(&ids), Some(set)).unwrap().drafts;
                sign(scene, &mut drafts, &key("alice"));
                enter(scene, &mut lock, &drafts).unwrap();
                let approvals = &lock.tools[GET_USER].approvals;
                assert_eq!(
                    (approvals.len(), &approvals[0].approved_toolsets),
                    (1, &named.iter().map(|s| s.to_string()).collect())
                );
                assert_eq!(status(&lock, GET_USER), stands);
            }
            let denied = wish(scene, &lock, "alice", Wish::All, Some("opertor")).expect_err("there is none");
            assert!(
                matches!(&denied, Denied::Toolset { word, known } if word == "opertor" && !known.is_empty()),
                "{denied:?}"
            );
            let outside = wish(scene, &lock, "alice", Wish::Named(&[REFUND.to_owned()]), Some("readonly"));
            assert_eq!(outside, Err(Denied::NotInSet(vec!["issue_refund".into()])));
        });
    }

    #[test]
    fn the_owners_limits_are_met_before_anybody_signs() {
        let (trust, pack) = (trust(|t| t), shop());
        over(&pack, None, &trust, at(0), |scene| {
            let lock = synced(scene, None).lock;
            let mut config = gate_file();
            config.approvals.reason_required = vec![RiskTier::High];
            config.approvals.max_days.insert(RiskTier::High, 30);
            let key_id = key("alice").key_id();
            let mut act = act(Decision::Approve, "alice", &key_id, at(0));
            act.expires_at = Some(at(days(31)));
            let ids = [CANCEL.to_owned()];
            let asked = |act: &Act| plan(scene, &lock, &config, act, Wish::Named(&ids), None);
            assert!(matches!(asked(&act), Err(Denied::TooLong(_, _))));
            act.expires_at = Some(at(days(30)));
            assert!(asked(&act).is_ok());
            act.reason = " ";
            assert_eq!(asked(&act), Err(Denied::Reason(vec!["(surface)".into(), "cancel_order".into()])));
        });
    }

    #[test]
    fn what_changed_while_the_question_was_open_is_not_signed() {
        let trust = trust(|t| t);
        let drafts = over(&shop(), None, &trust, at(0), |scene| {
            let lock = synced(scene, None).lock;
            let mut drafts =
                wish(scene, &lock, "alice", Wish::Named(&[GET_USER.to_owned()]), None).unwrap().drafts;
            sign(scene, &mut drafts, &key("alice"));
            drafts
        });
        over(&shop_with_text(GET_USER, "other"), None, &trust, at(0), |scene| {
            let mut lock = sync(scene, None, Gone::Keep, at(0)).lock;
            let bad = enter(scene, &mut lock, &drafts).unwrap_err();
            assert_eq!(bad[0].rule, gate_rule::DEFINITION_MISMATCH);
            assert!(lock.tools[GET_USER].approvals.is_empty());
        });
    }

    #[test]
    fn what_went_after_it_was_named_is_refused_and_nothing_is_signed() {
        let trust = trust(|t| t);
        over(&shop(), None, &trust, at(0), |scene| {
            let lock = synced(scene, None).lock;
            let ids = [GET_USER.to_owned(), "0000000000000000".to_owned()];
            let key_id = key("alice").key_id();
            let block = plan_block(scene, &lock, &act(Decision::Reject, "alice", &key_id, at(0)), &ids);
            for denied in [wish(scene, &lock, "alice", Wish::Named(&ids), None), block] {
                let Err(Denied::WouldNotCount(list)) = denied else { panic!("{denied:?}") };
                let told: Vec<_> = list.iter().map(|(name, _, here)| (name.as_str(), here.plain())).collect();
                assert_eq!(told, [("0000000000000000", "it is gone since it was named".to_owned())]);
            }
        });
    }

    #[test]
    fn the_author_rule_asks_for_a_login_at_high_tiers() {
        let trust = trust(|t| t.replace("  github: alice-gh\n", ""));
        over(&shop(), None, &trust, at(0), |scene| {
            let lock = synced(scene, None).lock;
            assert!(wish(scene, &lock, "alice", Wish::Named(&[CANCEL.to_owned()]), None).is_err());
            assert!(wish(scene, &lock, "alice", Wish::Named(&[GET_USER.to_owned()]), None).is_ok());
        });
    }
}
