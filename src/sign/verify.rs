//! The one verifier. Only [`verify`] says that an approval holds; gate, run, bundles and doctor ask it.
//!
//! The steps of [`judge`] are numbered as in docs/trust.md; the first that fails is the reason why an
//! approval does not count.

use std::collections::{BTreeMap, BTreeSet};

use super::envelope::Purpose;
use super::ground::{Base, BaseSubject, Ground, SignedSubject};
use super::keyring::Held;
use super::signature::{SignatureFault, verify as verify_signature};
use super::statement::{About, SignedKind, bytes};
use crate::canon::time::Timestamp;
use crate::model::lockfile::{Approval, Decision, Status};
use crate::model::phrase::Phrase;
use crate::model::risk::RiskTier;
use crate::model::trust::Role;
use crate::rules::{Rule, gate, lock, sig};

/// How far ahead of this machine's clock a signer's may be, in seconds.
const CLOCK_SKEW: i64 = 300;

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
    /// Signatures that were found genuine (whether they count or not).
    pub genuine: usize,
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
    let subject = SignedSubject {
        kind: SignedKind::Tool,
        id: id.to_owned(),
        digest: digest.to_owned(),
        tier: RiskTier::Safe,
        toolsets: Vec::new(),
    };
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
    let subject = SignedSubject {
        kind: SignedKind::Tool,
        id: id.to_owned(),
        digest: digest.to_owned(),
        tier: RiskTier::Safe,
        toolsets: Vec::new(),
    };
    let base = BaseSubject::default();
    Judge { subject: &subject, written: None, ground, base: &base }.withdrawn_at(at, digest, approvals)
}

struct Judged {
    outcome: Result<(), (&'static Rule, Phrase)>,
    genuine: bool,
    on_base: bool,
    ends: Option<Timestamp>,
}

struct Judge<'a> {
    subject: &'a SignedSubject,
    written: Option<&'a str>,
    ground: &'a Ground<'a>,
    base: &'a BaseSubject<'a>,
}

type Step = Result<(), (&'static Rule, Phrase)>;

impl Judge<'_> {
    fn judge(&self, approval: &Approval) -> Judged {
        let on_base = self.on_base(approval);
        let mut judged = Judged { outcome: Ok(()), genuine: false, on_base, ends: None };
        let held = match self.held(approval) {
            Ok(held) => held,
            Err(reason) => return Judged { outcome: Err(reason), ..judged },
        };
        // Steps 8 and 9 cost most and are asked last among those that can be refused cheaply; but whether a
        // signature is genuine must be known for every approval, since forged ones weigh more than ended ones.
        let signature = self.signature(approval, &held);
        judged.genuine = signature.is_ok();
        judged.ends = self.ends(approval);
        judged.outcome = self.steps(approval, &held, on_base, signature);
        judged
    }

    /// Steps 4 to 13; `signature` is what 8 and 9 found.
    fn steps(&self, approval: &Approval, held: &Held, on_base: bool, signature: Step) -> Step {
        if approval.decision == Decision::Reject {
            return self.not_future(approval).and(signature);
        }
        self.key_live(approval, held, on_base)
            .and_then(|()| self.not_future(approval))
            .and_then(|()| self.not_expired(approval))
            .and(signature)
            .and_then(|()| self.may_sign(approval, held))
            .and_then(|()| self.tier(approval, held))
            .and_then(|()| self.not_replayed(approval, on_base))
            .and_then(|()| self.not_author(approval, held, on_base))
    }

    /// The identical signature stands under the same subject in the base's lockfile.
    fn on_base(&self, approval: &Approval) -> bool {
        self.base.approvals.iter().any(|a| a == approval)
            || self.base.tombstones.iter().any(|(_, _, approvals)| approvals.iter().any(|a| a == approval))
    }

    /// 1 the signer is listed, 2 the key is listed, 3 the key is the signer's.
    fn held(&self, approval: &Approval) -> Result<Held<'_>, (&'static Rule, Phrase)> {
        let keyring = self.ground.keyring;
        if keyring.trust.signer(&approval.signer).is_none() {
            let here = Phrase::quote(&approval.signer).and_say(" is not in the trust file that judges");
            return Err((sig::UNKNOWN_KEY, here));
        }
        let Some(held) = keyring.find(&approval.key_id) else {
            let here = Phrase::say("key ")
                .and_quote(&approval.key_id)
                .and_say(" is not in the trust file that judges");
            return Err((sig::UNKNOWN_KEY, here));
        };
        if held.signer.id != approval.signer {
            let here = Phrase::say("key ")
                .and_quote(&approval.key_id)
                .and_say(" is ")
                .and_quote(&held.signer.id)
                .and_say("'s, the approval names ")
                .and_quote(&approval.signer);
            return Err((sig::WRONG_SIGNER, here));
        }
        Ok(held.clone())
    }

    /// 4 not revoked, 5 not retired.
    fn key_live(&self, approval: &Approval, held: &Held, on_base: bool) -> Step {
        let key = Phrase::say("key ").and_quote(&approval.key_id).and_say(" of ").and_quote(&approval.signer);
        if let Some(revoked) = &held.key.revoked {
            return Err((sig::REVOKED_KEY, key.and_say(format!(" was revoked on {}", revoked.at.date()))));
        }
        if let Some(end) = held.key.not_after {
            let asked = !matches!(self.ground.base, Base::NotAsked);
            if end <= approval.signed_at || (asked && end <= self.ground.now && !on_base) {
                return Err((sig::OUTSIDE_VALIDITY, key.and_say(format!(" was retired on {}", end.date()))));
            }
        }
        Ok(())
    }

    /// 6 not signed in the future.
    fn not_future(&self, approval: &Approval) -> Step {
        if approval.signed_at.seconds() > self.ground.now.seconds() + CLOCK_SKEW {
            let here = Phrase::say(format!("signed at {}, which is still to come", approval.signed_at));
            return Err((sig::OUTSIDE_VALIDITY, here));
        }
        Ok(())
    }

    /// When an approval ends: the nearer of its own end and the longest life of its tier.
    fn ends(&self, approval: &Approval) -> Option<Timestamp> {
        let life = match approval.decision {
            Decision::Exempt => self.ground.max_exemption_days.or(Some(0)),
            Decision::Approve => self.ground.max_age_days.get(&self.subject.tier).copied(),
            Decision::Reject | Decision::Withdraw => None,
        };
        let by_age = life.map(|days| approval.signed_at.plus_days(i64::from(days)));
        [approval.expires_at, by_age].into_iter().flatten().min()
    }

    /// 7 not ended; an exemption must say when it ends.
    fn not_expired(&self, approval: &Approval) -> Step {
        if approval.decision == Decision::Exempt {
            if self.ground.max_exemption_days.is_none() {
                return Err((gate::UNAPPROVED, Phrase::say("gate.yaml does not allow exemptions")));
            }
            if approval.expires_at.is_none() {
                return Err((gate::EXPIRED, Phrase::say("an exemption must say when it ends")));
            }
        }
        match self.ends(approval) {
            Some(end) if end <= self.ground.now => {
                let here = Phrase::say("the approval by ")
                    .and_quote(&approval.signer)
                    .and_say(format!(" ended on {}", end.date()));
                Err((gate::EXPIRED, here))
            }
            _ => Ok(()),
        }
    }

    fn about<'a>(&'a self, digest: &'a str) -> About<'a> {
        About {
            root: self.ground.keyring.trust.root(),
            toolpack_id: self.ground.toolpack_id,
            kind: self.subject.kind,
            id: &self.subject.id,
            digest,
        }
    }

    fn holds_over(&self, approval: &Approval, held: &Held, digest: &str) -> Result<(), SignatureFault> {
        verify_signature(
            &held.public,
            Purpose::Approval,
            &bytes(&self.about(digest), approval),
            &approval.signature,
        )
    }

    /// 8 the text is a signature, 9 it holds over the rebuilt statement.
    fn signature(&self, approval: &Approval, held: &Held) -> Step {
        let signer = || Phrase::say("the signature by ").and_quote(&approval.signer);
        match self.holds_over(approval, held, &self.subject.digest) {
            Ok(()) => return Ok(()),
            Err(SignatureFault::Malformed) => {
                return Err((
                    sig::MALFORMED,
                    Phrase::say("the text under ").and_quote(&approval.signer).and_say(" is no signature"),
                ));
            }
            Err(SignatureFault::WrongNamespace) => {
                return Err((sig::NAMESPACE_MISMATCH, signer().and_say(" was made for another purpose")));
            }
            Err(SignatureFault::DoesNotVerify) => {}
        }
        let earlier = [self.written, self.base.written, self.base.digest.as_deref()];
        for digest in earlier.into_iter().flatten().filter(|d| *d != self.subject.digest) {
            if self.holds_over(approval, held, digest).is_ok() {
                let here = Phrase::say(format!(
                    "the approved digest is {}, this definition is {}",
                    short(digest),
                    short(&self.subject.digest)
                ));
                return Err((gate::DEFINITION_MISMATCH, here));
            }
        }
        if self.ground.elsewhere.is_elsewhere(&approval.signature, self.ground.toolpack_id, &self.subject.id)
        {
            return Err((
                sig::REPLAYED,
                signer().and_say(" stands under another subject and was copied from there"),
            ));
        }
        Err((sig::INVALID, signer().and_say(" does not hold over what is here")))
    }

    /// 10 the role, and the toolpacks that the signer may judge.
    fn may_sign(&self, approval: &Approval, held: &Held) -> Step {
        let (role, word) = match approval.decision {
            Decision::Exempt => (Role::Owner, "owner"),
            _ => (Role::Approver, "approver"),
        };
        let who = Phrase::quote(&approval.signer);
        if !held.signer.roles.contains(&role) {
            return Err((gate::APPROVER_NOT_ALLOWED, who.and_say(format!(" has not the role {word}"))));
        }
        if !may_judge(held.signer.toolpacks.as_deref(), self.ground.toolpack_dir) {
            let here = who.and_say(" may not judge toolpacks under ").and_quote(self.ground.toolpack_dir);
            return Err((gate::APPROVER_NOT_ALLOWED, here));
        }
        Ok(())
    }

    /// 11 the tier that the signer may approve, and the tier that the signer saw.
    fn tier(&self, approval: &Approval, held: &Held) -> Step {
        if approval.decision == Decision::Withdraw {
            return Ok(());
        }
        let tier = self.subject.tier;
        if tier > held.signer.max_risk {
            let here = Phrase::quote(&approval.signer)
                .and_say(format!(" may approve up to {}, this is {tier}", held.signer.max_risk));
            return Err((gate::APPROVER_NOT_ALLOWED, here));
        }
        if approval.risk_tier < tier {
            let here = Phrase::quote(&approval.signer)
                .and_say(format!(" signed it as {}, it is {tier}", approval.risk_tier));
            return Err((gate::RISK_UNDERSTATED, here));
        }
        Ok(())
    }

    /// 12 not an older state that comes back.
    fn not_replayed(&self, approval: &Approval, on_base: bool) -> Step {
        let known = match &self.ground.base {
            Base::NotAsked => return Ok(()),
            Base::Bootstrap => false,
            Base::Known(_) => true,
        };
        if approval.decision == Decision::Exempt {
            // An exemption lets in nothing new: only what the base's artifacts have.
            if known && self.base.digest.as_deref() != Some(&self.subject.digest) {
                return Err((
                    gate::UNAPPROVED,
                    Phrase::say("an exemption covers only what the base branch has"),
                ));
            }
            return Ok(());
        }
        if approval.decision == Decision::Withdraw {
            return self.withdraws_what_is_there(approval);
        }
        if !on_base {
            self.is_fresh(approval)?;
        }
        // On whichever side it stands: a tombstone overtakes what was approved before it, and what base
        // approved later overtakes what was kept beside it.
        self.after_tombstones(approval)?;
        if self.base.digest.as_deref() != Some(self.subject.digest.as_str())
            && let Some(newest) = self.newest_on_base()
            && approval.signed_at <= newest
        {
            let here = Phrase::say(format!(
                "signed at {}, not after what the base branch has of {newest}",
                approval.signed_at
            ));
            return Err((lock::DOWNGRADED, here));
        }
        Ok(())
    }

    /// Signed so recently that it can be meant for what is merged now.
    fn is_fresh(&self, approval: &Approval) -> Step {
        let fresh = i64::from(self.ground.keyring.trust.file.rules.fresh_days);
        if approval.signed_at.plus_days(fresh) < self.ground.now {
            let here = Phrase::say(format!(
                "signed on {}, more than {fresh} days ago, and never merged",
                approval.signed_at.date()
            ));
            return Err((sig::STALE, here));
        }
        Ok(())
    }

    /// A withdrawal ends the approvals from before it. One from before the tool was approved again ended
    /// others, whether it stands on base or not.
    fn withdraws_what_is_there(&self, approval: &Approval) -> Step {
        if !self.on_base(approval) {
            self.is_fresh(approval)?;
        }
        match self.newest_on_base() {
            Some(newest) if approval.signed_at <= newest => {
                let here = Phrase::say(format!(
                    "signed at {}, not after what the base branch has of {newest}",
                    approval.signed_at
                ));
                Err((lock::DOWNGRADED, here))
            }
            _ => Ok(()),
        }
    }

    fn after_tombstones(&self, approval: &Approval) -> Step {
        for (at, digest, approvals) in &self.base.tombstones {
            let newest = self.withdrawn_at(*at, digest, approvals);
            if approval.signed_at <= newest {
                let here = Phrase::say(format!(
                    "withdrawn on {}; approvals from before that do not count",
                    newest.date()
                ));
                return Err((lock::DOWNGRADED, here));
            }
        }
        Ok(())
    }

    fn withdrawn_at(&self, at: Timestamp, digest: &str, approvals: &[Approval]) -> Timestamp {
        let genuine = |a: &&Approval| self.not_future(a).is_ok() && self.is_genuine(a, digest);
        approvals.iter().filter(genuine).map(|a| a.signed_at).fold(at, Timestamp::max)
    }

    /// The newest genuine, not future-dated statement about this subject on base, refusals included.
    fn newest_on_base(&self) -> Option<Timestamp> {
        let digests = [self.base.written, self.base.digest.as_deref()];
        self.base
            .approvals
            .iter()
            .filter(|a| self.not_future(a).is_ok())
            .filter(|a| digests.into_iter().flatten().any(|digest| self.is_genuine(a, digest)))
            .map(|a| a.signed_at)
            .max()
    }

    fn is_genuine(&self, approval: &Approval, digest: &str) -> bool {
        self.held(approval).is_ok_and(|held| self.holds_over(approval, &held, digest).is_ok())
    }

    /// 13 not approved by its author, where the trust file does not let that count.
    fn not_author(&self, approval: &Approval, held: &Held, on_base: bool) -> Step {
        let rules = &self.ground.keyring.trust.file.rules;
        if rules.author_may_approve
            || self.subject.tier < RiskTier::High
            || on_base
            || approval.decision == Decision::Withdraw
        {
            return Ok(());
        }
        let who = Phrase::quote(&approval.signer);
        match (&held.signer.github, self.ground.author) {
            (None, _) => Err((
                gate::AUTHOR_APPROVED,
                who.and_say(
                    " has no login in the trust file, so it can't be told that they are not the author",
                ),
            )),
            (Some(login), Some(author)) if login.eq_ignore_ascii_case(author) => {
                Err((gate::AUTHOR_APPROVED, who.and_say(" opened the pull request")))
            }
            _ => Ok(()),
        }
    }
}

/// Whether a signer may judge toolpacks in this folder: some glob matches the folder or a folder above it.
pub fn may_judge(globs: Option<&[String]>, dir: &str) -> bool {
    let Some(globs) = globs else { return true };
    globs.iter().filter_map(|glob| globset::GlobBuilder::new(glob).literal_separator(true).build().ok()).any(
        |glob| {
            let matcher = glob.compile_matcher();
            matcher.is_match(dir)
                || matcher.is_match(format!("{dir}/toolpack.yaml"))
                || dir.is_empty() && glob.glob() == "**"
        },
    )
}

fn short(digest: &str) -> String {
    let hex = digest.strip_prefix("sha256:").unwrap_or(digest);
    format!("sha256:{}…", hex.chars().take(12).collect::<String>())
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
        genuine: judged.iter().filter(|j| j.genuine).count(),
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
    /// The newest genuine statement about the tool on base; costs signatures, and is asked for new sets only.
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
