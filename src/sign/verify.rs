//! The one verifier. Only [`verify`] says that an approval holds; gate, run, bundles and doctor ask it.
//!
//! What one approval is worth is said by the steps beside this file; here the worths become a verdict.

use std::collections::{BTreeMap, BTreeSet};

use super::ground::{Base, BaseSubject, Ground, SignedSubject};
use super::statement::SignedKind;
use super::steps::{Judge, Judged};
use crate::canon::time::Timestamp;
use crate::model::lockfile::{Approval, Decision, Status};
use crate::model::phrase::Phrase;
use crate::model::risk::RiskTier;
use crate::rules::{Rule, gate, lock, sig};

/// Why one approval does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Its place in the list that was given.
    pub index: usize,
    /// The rule.
    pub rule: &'static Rule,
    /// What it means here.
    pub here: Phrase,
    /// Whether only time or the trust file ended it: it held once, and it is on base.
    pub ended: bool,
    /// Whether the identical approval stands on base.
    pub on_base: bool,
}

/// What the approvals of a subject come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Where the subject stands.
    pub status: Status,
    /// Distinct people whose approvals (or exemptions) count.
    pub have: u32,
    /// How many it takes.
    pub need: u32,
    /// Who they are, with their keys.
    pub signers: BTreeMap<String, BTreeSet<String>>,
    /// The toolsets that a quorum named.
    pub toolsets: BTreeSet<String>,
    /// Toolsets that the tool is in and no quorum named.
    pub unnamed: Vec<String>,
    /// Approvals that do not count, and why.
    pub refusals: Vec<Refusal>,
    /// When it stops standing as it does, if it does.
    pub until: Option<Timestamp>,
    /// Why it was refused, if it was.
    pub rejection: Option<String>,
    /// A refusal that base has and the head dropped while it still counts.
    pub dropped_rejection: bool,
    /// Whether one person's several signatures would have been enough had they been of several.
    pub same_principal: Option<String>,
    /// Indices of approvals that count.
    pub counted: Vec<usize>,
    /// Indices of approvals whose signature was found genuine, whether they count or not.
    pub genuine: Vec<usize>,
}

/// Judges a subject by its approvals.
///
/// `written` is the digest that the lockfile wrote beside the approvals: it only tells an approval of an
/// earlier content from a forged one.
pub fn verify(
    subject: &SignedSubject,
    written: Option<&str>,
    approvals: &[Approval],
    ground: &Ground,
) -> Verdict {
    let base = ground.base_of(&subject.id);
    let judged: Vec<Judged> = approvals
        .iter()
        .map(|approval| Judge { subject, written, ground, base: &base }.judge(approval))
        .collect();
    tally(subject, approvals, &judged, ground, &base)
}

/// Whether a withdrawal of a subject is signed: one approver is enough.
///
/// `digest` is the subject's last digest. Returns the signer, or why none counts.
///
/// # Errors
/// The refusals of all withdrawals that do not count.
pub fn verify_withdrawal(
    id: &str,
    digest: &str,
    approvals: &[Approval],
    ground: &Ground,
) -> Result<String, Vec<Refusal>> {
    let subject = gone(id, digest);
    let base = ground.base_of(id);
    let mut refusals = Vec::new();
    for (index, approval) in approvals.iter().enumerate().filter(|(_, a)| a.decision == Decision::Withdraw) {
        match (Judge { subject: &subject, written: None, ground, base: &base }).judge(approval).outcome {
            Ok(()) => return Ok(approval.signer.clone()),
            Err((rule, here)) => refusals.push(Refusal { index, rule, here, ended: false, on_base: false }),
        }
    }
    Err(refusals)
}

/// A tool that is gone, as statements about it name it: no tier and no set is asked.
pub fn gone(id: &str, digest: &str) -> SignedSubject {
    SignedSubject {
        kind: SignedKind::Tool,
        id: id.to_owned(),
        digest: digest.to_owned(),
        tier: RiskTier::Safe,
        toolsets: Vec::new(),
    }
}

/// Why a statement would not count even with a signature that holds: what can be said before anybody signs.
/// `None` says nothing about a signature.
pub fn objection(subject: &SignedSubject, statement: &Approval, ground: &Ground) -> Option<Refusal> {
    let base = ground.base_of(&subject.id);
    let judge = Judge { subject, written: None, ground, base: &base };
    let outcome = judge.held(statement).and_then(|held| judge.steps(statement, &held, false, Ok(())));
    outcome.err().map(|(rule, here)| Refusal { index: 0, rule, here, ended: false, on_base: false })
}

/// When a tool was withdrawn: the time that its tombstone writes, or that of the newest withdrawal that was
/// genuinely signed and is not dated ahead. The written time is signed by nobody, so that alone it could be
/// put years back and the tombstone dropped at once.
pub fn withdrawn_at(
    id: &str,
    at: Timestamp,
    digest: &str,
    approvals: &[Approval],
    ground: &Ground,
) -> Timestamp {
    let subject = gone(id, digest);
    let base = BaseSubject::default();
    Judge { subject: &subject, written: None, ground, base: &base }.withdrawn_at(at, digest, approvals)
}

/// Reasons that weigh even beside a full quorum: merged, the approval would count, or somebody forged it.
fn weighs_beside_quorum(refusal: &Refusal) -> bool {
    let forged = [sig::INVALID, sig::MALFORMED, sig::REPLAYED, sig::NAMESPACE_MISMATCH, sig::WRONG_SIGNER];
    let would_count = [sig::OUTSIDE_VALIDITY, sig::STALE, lock::DOWNGRADED];
    forged.contains(&refusal.rule) || (would_count.contains(&refusal.rule) && !refusal.on_base)
}

fn tally(
    subject: &SignedSubject,
    approvals: &[Approval],
    judged: &[Judged],
    ground: &Ground,
    base: &BaseSubject,
) -> Verdict {
    let trust = &ground.keyring.trust.file;
    let need = u32::from(*trust.thresholds.approvals.of(subject.tier));
    let valid = |decision: Decision| {
        approvals
            .iter()
            .zip(judged)
            .enumerate()
            .filter(move |(_, (a, j))| a.decision == decision && j.outcome.is_ok())
    };
    let rejection = rejections(subject, approvals, judged, ground, base).into_iter().max_by_key(|r| r.at);
    let survives = |a: &Approval| rejection.as_ref().is_none_or(|r| a.signed_at > r.at);
    let counted: Vec<usize> =
        valid(Decision::Approve).filter(|(_, (a, _))| survives(a)).map(|(i, _)| i).collect();
    let people =
        |indices: &[usize]| indices.iter().map(|&i| approvals[i].signer.as_str()).collect::<BTreeSet<_>>();
    let have = people(&counted).len() as u32;
    let newest = || Judge { subject, written: None, ground, base }.newest_on_base();
    let names = Names {
        subject,
        approvals,
        judged,
        base,
        known: matches!(ground.base, Base::Known(_)),
        newest: &newest,
    };
    let (toolsets, unnamed) = names.by(&counted, need);
    let quorum = have >= need;
    let exempting: Vec<usize> =
        valid(Decision::Exempt).filter(|(_, (a, _))| survives(a)).map(|(i, _)| i).collect();
    let owners = people(&exempting).len() as u32;
    let owners_needed = u32::from(trust.thresholds.trust);
    let exempted = owners >= owners_needed;
    let sets_named = unnamed.is_empty();
    // An exemption lets in nothing new: no set either.
    let by_exemption = names.by(&exempting, owners_needed);
    let exempts = exempted && !(quorum && sets_named);
    let (toolsets, unnamed) = if exempts { by_exemption } else { (toolsets, unnamed) };
    let status = match () {
        () if quorum && sets_named => Status::Approved,
        () if exempts && unnamed.is_empty() => Status::Exempted,
        () if rejection.is_some() && !quorum => Status::Rejected,
        () => Status::Pending,
    };
    let standing = match status {
        Status::Exempted => &exempting,
        _ => &counted,
    };
    let mut signers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for &i in standing {
        signers.entry(approvals[i].signer.clone()).or_default().insert(approvals[i].key_id.clone());
    }
    let refusals = approvals
        .iter()
        .zip(judged)
        .enumerate()
        .filter(|(_, (a, _))| a.decision != Decision::Withdraw)
        .filter_map(|(index, (_, j))| {
            let (rule, here) = j.outcome.clone().err()?;
            let by_time =
                [gate::EXPIRED, sig::OUTSIDE_VALIDITY, sig::REVOKED_KEY, gate::APPROVER_NOT_ALLOWED];
            let ended = j.on_base && j.genuine && by_time.contains(&rule);
            Some(Refusal { index, rule, here, ended, on_base: j.on_base })
        })
        .map(|mut refusal| {
            if status == Status::Approved && !weighs_beside_quorum(&refusal) {
                refusal.here = Phrase::say(refusal.rule.title).and_say(": ").and(refusal.here);
                refusal.rule = sig::IGNORED;
            }
            refusal
        })
        .collect();
    let several = have < need && counted.len() as u32 >= need;
    let same_principal = several.then(|| approvals[counted[0]].signer.clone());
    let dropped_rejection = rejection.as_ref().is_some_and(|r| r.only_on_base) && !quorum;
    Verdict {
        status,
        have: if exempts { owners } else { have },
        need: if exempts { owners_needed } else { need },
        until: until(
            standing,
            approvals,
            judged,
            if status == Status::Exempted { owners_needed } else { need },
        ),
        signers,
        toolsets,
        unnamed,
        refusals,
        rejection: rejection.filter(|_| !quorum).map(|r| r.reason),
        dropped_rejection,
        same_principal,
        counted,
        genuine: (0..judged.len()).filter(|&i| judged[i].genuine).collect(),
    }
}

/// When the quorum falls below what is needed: the end of the people's latest approvals, in order, at the
/// one whose end leaves too few.
fn until(standing: &[usize], approvals: &[Approval], judged: &[Judged], need: u32) -> Option<Timestamp> {
    let mut ends: BTreeMap<&str, Option<Timestamp>> = BTreeMap::new();
    for &i in standing {
        let end = judged[i].ends;
        ends.entry(&approvals[i].signer)
            .and_modify(|known| *known = known.and_then(|k| end.map(|e| k.max(e))))
            .or_insert(end);
    }
    let spare = (ends.len() as u32).checked_sub(need)?;
    let mut dated: Vec<Timestamp> = ends.into_values().flatten().collect();
    dated.sort_unstable();
    dated.get(spare as usize).copied()
}

struct Rejection {
    at: Timestamp,
    reason: String,
    only_on_base: bool,
}

/// Refusals of this very state, in the head or on base: by any listed key, live or not.
fn rejections(
    subject: &SignedSubject,
    approvals: &[Approval],
    judged: &[Judged],
    ground: &Ground,
    base: &BaseSubject,
) -> Vec<Rejection> {
    let here = approvals
        .iter()
        .zip(judged)
        .filter(|(a, j)| a.decision == Decision::Reject && j.outcome.is_ok())
        .map(|(a, _)| Rejection { at: a.signed_at, reason: a.reason.clone(), only_on_base: false });
    let there = base
        .approvals
        .iter()
        .filter(|a| a.decision == Decision::Reject && !approvals.contains(a))
        .filter(|a| Judge { subject, written: None, ground, base }.judge(a).outcome.is_ok())
        .map(|a| Rejection { at: a.signed_at, reason: a.reason.clone(), only_on_base: true });
    here.chain(there).collect()
}

/// Who named which toolset of a tool.
struct Names<'a> {
    subject: &'a SignedSubject,
    approvals: &'a [Approval],
    judged: &'a [Judged],
    base: &'a BaseSubject<'a>,
    known: bool,
    /// The newest genuine statement about the tool on base.
    newest: &'a dyn Fn() -> Option<Timestamp>,
}

impl Names<'_> {
    /// The toolsets that a quorum of `counted` named, and those that the tool is in and none did.
    fn by(&self, counted: &[usize], need: u32) -> (BTreeSet<String>, Vec<String>) {
        let (mut named, mut unnamed) = (BTreeSet::new(), Vec::new());
        for set in &self.subject.toolsets {
            let people: BTreeSet<&str> = counted
                .iter()
                .filter(|&&i| self.approvals[i].approved_toolsets.contains(set) && self.may_name(i, set))
                .map(|&i| self.approvals[i].signer.as_str())
                .collect();
            if people.len() as u32 >= need {
                named.insert(set.clone());
            } else {
                unnamed.push(set.clone());
            }
        }
        (named, unnamed)
    }

    /// A set that the tool is not in on base is new: only approvals that are new too can have meant it, and
    /// newer than all that base has, since the digest does not tell sets and so does not tell an approval
    /// from before the tool was taken out of one.
    fn may_name(&self, i: usize, set: &String) -> bool {
        let is_new = self.known && !self.base.toolsets.contains(set);
        let approval = &self.approvals[i];
        !is_new
            || approval.decision == Decision::Approve
                && !self.judged[i].on_base
                && (self.newest)().is_none_or(|newest| approval.signed_at > newest)
    }
}
