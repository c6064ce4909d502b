//! One tool under random acts of honest people, of an attacker who can put anything back that was ever signed,
//! and of time; beside it a simple account of who approved what. Whatever the verifier lets in, the account
//! must cover; and what was just approved by enough people must be let in.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use cask::canon::time::Timestamp;
use cask::model::lockfile::{Approval, Decision};
use cask::model::risk::RiskTier;
use cask::model::trust::{Revocation, Trust, TrustFile};
use cask::sign::ground::{Base, BaseSubject, Ground, SignatureIndex, SignedSubject};
use cask::sign::keyring::Keyring;
use cask::sign::statement::SignedKind;
use cask::sign::verify::verify;
use proptest::prelude::*;

use super::forge::*;

const PEOPLE: [Who; 3] = [Who::Alice, Who::Bob, Who::Carol];
const TOOL: &str = "aa";

#[derive(Debug, Clone)]
enum Act {
    Edit(u8),
    Approve(usize),
    Block(usize),
    /// Drops every approval that is there, as a sync after an edit or an attacker does.
    Drop,
    /// Puts a statement back that was made earlier.
    Replay(usize),
    /// The gate says yes: the head becomes the base.
    Merge,
    Retire(usize),
    Revoke(usize),
    Days(u8),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => (0u8..3).prop_map(Act::Edit),
        6 => (0usize..3).prop_map(Act::Approve),
        1 => (0usize..3).prop_map(Act::Block),
        2 => Just(Act::Drop),
        6 => (0usize..40).prop_map(Act::Replay),
        6 => Just(Act::Merge),
        1 => (0usize..3).prop_map(Act::Retire),
        1 => (0usize..3).prop_map(Act::Revoke),
        2 => (1u8..40).prop_map(Act::Days),
    ]
}

fn digest(content: u8) -> String {
    format!("sha256:{}", format!("{content:02x}").repeat(32))
}

/// A statement with what it was about, which the lockfile does not say.
#[derive(Debug, Clone)]
struct Made {
    approval: Approval,
    content: u8,
}

struct State {
    now: Timestamp,
    trust: TrustFile,
    content: u8,
    head: Vec<Approval>,
    base: Option<(u8, Vec<Approval>)>,
    made: Vec<Made>,
}

impl State {
    fn new(tier: RiskTier) -> State {
        let mut trust = first_trust();
        trust.rules.author_may_approve = true;
        trust.signers[1].max_risk = tier;
        State { now: time(NOW), trust, content: 0, head: Vec::new(), base: None, made: Vec::new() }
    }

    fn say(&mut self, who: usize, decision: Decision, tier: RiskTier) {
        // Nobody signs two things in one second.
        self.now = Timestamp::from_seconds(self.now.seconds() + 60).expect("a time");
        let who = PEOPLE[who];
        let statement = Statement {
            root: root(),
            toolpack_id: "tp_m".into(),
            kind: SignedKind::Tool,
            id: TOOL.into(),
            digest: digest(self.content),
            purpose: cask::sign::envelope::Purpose::Approval,
            approval: Approval {
                signer: who.id().into(),
                key_id: who.pair().key_id(),
                decision,
                risk_tier: tier,
                approved_toolsets: Vec::new(),
                signed_at: self.now,
                expires_at: None,
                reason: String::new(),
                signature: String::new(),
            },
        };
        let approval = statement.sign(&who.pair());
        self.made.push(Made { approval: approval.clone(), content: self.content });
        if self.head.len() < 32 {
            self.head.push(approval);
        }
    }

    /// What the verifier says of the head.
    fn serves(&self, tier: RiskTier) -> bool {
        // The keys may change, the root does not: as after a rotation.
        let mut file = self.trust.clone();
        file.version = 2;
        file.previous = Some(root());
        file.root = Some(root());
        let trust: Trust = read_trust(&file);
        let keyring = Keyring::of("t", &trust).expect("keys");
        let written = self.base.as_ref().map(|(content, _)| digest(*content));
        let base = match (&self.base, &written) {
            (Some((_, approvals)), Some(written)) => HashMap::from([(
                TOOL,
                BaseSubject {
                    digest: Some(written.clone()),
                    written: Some(written),
                    approvals,
                    ..BaseSubject::default()
                },
            )]),
            _ => HashMap::new(),
        };
        let index = SignatureIndex::default();
        let ground = Ground {
            keyring: &keyring,
            toolpack_id: "tp_m",
            toolpack_dir: "m",
            now: self.now,
            author: None,
            base: Base::Known(base),
            max_age_days: BTreeMap::new(),
            max_exemption_days: None,
            elsewhere: &index,
        };
        let subject = SignedSubject {
            kind: SignedKind::Tool,
            id: TOOL.into(),
            digest: digest(self.content),
            tier,
            toolsets: Vec::new(),
        };
        verify(&subject, Some(&subject.digest), &self.head, &ground).status.serves()
    }

    /// The account: people whose word covers the head. A word counts if it is about this very content, its key
    /// is not revoked, nobody refused this content later (in the head or on base), it either stands on base
    /// already or is not older than a month, by a key in use, and, where the content is another than the
    /// base's, it is younger than every word about that.
    fn covered(&self, tier: RiskTier) -> BTreeSet<&str> {
        let made = |a: &Approval| self.made.iter().find(|m| m.approval == *a).expect("only what was made");
        let here = |a: &&Approval| made(a).content == self.content;
        let base_words: &[Approval] = self.base.as_ref().map_or(&[], |(_, words)| words);
        let refused =
            self.head.iter().chain(base_words).filter(|a| a.decision == Decision::Reject).filter(here);
        let refused = refused.map(|a| a.signed_at).max();
        let about_base =
            |a: &&Approval| self.base.as_ref().is_some_and(|(content, _)| made(a).content == *content);
        let youngest = base_words.iter().filter(about_base).map(|a| a.signed_at).max();
        let same = self.base.as_ref().is_some_and(|(content, _)| *content == self.content);
        self.head
            .iter()
            .filter(|a| a.decision == Decision::Approve)
            .filter(here)
            .filter(|a| refused.is_none_or(|at| a.signed_at > at))
            .filter(|a| {
                let signer = self.trust.signers.iter().find(|s| s.id == a.signer).expect("a signer");
                let key = &signer.keys[0];
                let merged = base_words.contains(a);
                key.revoked.is_none()
                    && signer.max_risk >= tier
                    && key.not_after.is_none_or(|end| a.signed_at < end && (merged || self.now < end))
                    && (merged || a.signed_at.plus_days(30) >= self.now)
                    && (same || youngest.is_none_or(|youngest| a.signed_at > youngest))
            })
            .map(|a| a.signer.as_str())
            .collect()
    }
}

fn root() -> String {
    format!("sha256:{}", "00".repeat(32))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_verifier_agrees_with_the_account(
        acts in proptest::collection::vec(act(), 1..40),
        critical in any::<bool>(),
    ) {
        let tier = if critical { RiskTier::Critical } else { RiskTier::High };
        let need = if critical { 2 } else { 1 };
        let mut state = State::new(tier);
        // What was merged at some time, by content: an old one must never come back by old words alone.
        for act in acts {
            match act {
                Act::Edit(content) => state.content = content,
                Act::Approve(who) => state.say(who, Decision::Approve, tier),
                Act::Block(who) => state.say(who, Decision::Reject, tier),
                Act::Drop => state.head.clear(),
                Act::Replay(i) => {
                    let old = state.made.get(i).map(|m| m.approval.clone());
                    if let Some(old) = old.filter(|o| !state.head.contains(o) && state.head.len() < 32) {
                        state.head.push(old);
                    }
                }
                Act::Merge => {
                    if state.serves(tier) {
                        state.base = Some((state.content, state.head.clone()));
                    }
                }
                Act::Retire(who) => state.trust.signers[[0, 1, 2][who]].keys[0].not_after = Some(state.now),
                Act::Revoke(who) => {
                    let at = state.now;
                    state.trust.signers[[0, 1, 2][who]].keys[0].revoked = Some(Revocation { at, reason: "lost".into() });
                }
                Act::Days(days) => state.now = state.now.plus_days(i64::from(days)),
            }
            let covered = state.covered(tier);
            prop_assert_eq!(state.serves(tier), covered.len() >= need, "covered by {:?}", covered);
        }
    }
}
