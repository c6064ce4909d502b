//! The steps that one approval passes before it counts, numbered as in docs/trust.md; the first that fails
//! is the reason why it does not.

use super::ground::{Base, BaseSubject, CLOCK_SKEW, Ground, SignedSubject};
use super::keyring::Held;
use super::signature::SignatureFault;
use super::statement::{About, bytes};
use crate::canon::time::Timestamp;
use crate::model::lockfile::{Approval, Decision};
use crate::model::phrase::Phrase;
use crate::model::risk::RiskTier;
use crate::model::trust::Role;
use crate::rules::{Rule, gate, lock, sig};

/// What was found about one approval.
pub(super) struct Judged {
    /// Whether it counts, or the rule and what it means here.
    pub(super) outcome: Step,
    /// Whether its signature is its signer's over this very subject.
    pub(super) genuine: bool,
    /// Whether the identical approval stands on base.
    pub(super) on_base: bool,
    /// When it ends.
    pub(super) ends: Option<Timestamp>,
}

/// Judges the approvals of one subject.
pub(super) struct Judge<'a> {
    /// The subject, as it is.
    pub(super) subject: &'a SignedSubject,
    /// The digest that the lockfile wrote beside the approvals.
    pub(super) written: Option<&'a str>,
    /// What it rests on.
    pub(super) ground: &'a Ground<'a>,
    /// The subject on base.
    pub(super) base: &'a BaseSubject<'a>,
}

/// A step passed, or the rule that says why not and what it means here.
pub(super) type Step = Result<(), (&'static Rule, Phrase)>;

impl Judge<'_> {
    /// Goes through all steps.
    pub(super) fn judge(&self, approval: &Approval) -> Judged {
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
    pub(super) fn steps(&self, approval: &Approval, held: &Held, on_base: bool, signature: Step) -> Step {
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
    pub(super) fn held(&self, approval: &Approval) -> Result<Held<'_>, (&'static Rule, Phrase)> {
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
        let statement = bytes(&self.about(digest), approval);
        self.ground.keyring.holds(held, &statement, &approval.signature)
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
        if !held.signer.may_judge(self.ground.toolpack_dir) {
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

    /// See `verify::withdrawn_at`.
    pub(super) fn withdrawn_at(&self, at: Timestamp, digest: &str, approvals: &[Approval]) -> Timestamp {
        let genuine = |a: &&Approval| self.not_future(a).is_ok() && self.is_genuine(a, digest);
        approvals.iter().filter(genuine).map(|a| a.signed_at).fold(at, Timestamp::max)
    }

    /// The newest genuine, not future-dated statement about this subject on base, refusals included.
    pub(super) fn newest_on_base(&self) -> Option<Timestamp> {
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

fn short(digest: &str) -> String {
    let hex = digest.strip_prefix("sha256:").unwrap_or(digest);
    format!("sha256:{}…", hex.chars().take(12).collect::<String>())
}
