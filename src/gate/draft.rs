//! A statement before it is signed: what will stand in it, and the exact bytes that a key signs.

use super::scene::Scene;
use crate::canon::time::Timestamp;
use crate::model::lockfile::{Approval, Decision, Lockfile};
use crate::sign::ground::{Base, SignedSubject};
use crate::sign::statement::{About, SignedKind, bytes, tree};
use crate::sign::subject::SURFACE;

/// How far ahead of this machine's clock the newest statement about a subject may be and still be followed,
/// in seconds: two people's clocks differ.
const FOLLOW: i64 = 60;

/// Who signs what kind of statement, and how it reads.
#[derive(Debug, Clone)]
pub struct Act<'a> {
    /// What is said.
    pub decision: Decision,
    /// Id of the signer in the trust file.
    pub signer: &'a str,
    /// The key that signs.
    pub key_id: &'a str,
    /// Why, in one line.
    pub reason: &'a str,
    /// This machine's clock.
    pub now: Timestamp,
    /// When it ends, if it does.
    pub expires_at: Option<Timestamp>,
}

/// A statement that waits for its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What it is about, recomputed from the artifacts.
    pub subject: SignedSubject,
    /// The subject's name: a stranger's word, unless it is the surface.
    pub name: String,
    /// The statement's own fields; `signature` is empty until it is signed.
    pub approval: Approval,
}

impl Draft {
    /// A statement about a subject. It is dated after every earlier statement about the subject: one that is
    /// not later than a refusal or a withdrawal would not count, and a second is short.
    pub fn new(scene: &Scene, lock: &Lockfile, id: &str, sets: Vec<String>, act: &Act) -> Option<Draft> {
        // The tier that the artifacts have, not one that the base let stand: it is what the signer sees.
        let subject = scene.subjects.get(id)?.clone();
        let name = scene.name(&subject.id).to_owned();
        let tier = subject.tier;
        Some(Draft { approval: unsigned(scene, lock, id, sets, tier, act), subject, name })
    }

    /// The withdrawal of a tool that is gone, over its last digest.
    pub fn withdrawal(
        scene: &Scene,
        lock: &Lockfile,
        id: &str,
        name: &str,
        digest: &str,
        act: &Act,
    ) -> Draft {
        let tier = lock.tools.get(id).map_or(crate::model::risk::RiskTier::Safe, |e| e.risk_tier);
        let subject = SignedSubject {
            kind: SignedKind::Tool,
            id: id.to_owned(),
            digest: digest.to_owned(),
            tier,
            toolsets: Vec::new(),
        };
        Draft { approval: unsigned(scene, lock, id, Vec::new(), tier, act), subject, name: name.to_owned() }
    }

    fn about<'a>(&'a self, scene: &'a Scene) -> About<'a> {
        About {
            root: scene.ground.keyring.trust.root(),
            toolpack_id: &scene.pack.header.toolpack_id,
            kind: self.subject.kind,
            id: &self.subject.id,
            digest: &self.subject.digest,
        }
    }

    /// The bytes that are signed, before the envelope.
    pub fn body(&self, scene: &Scene) -> Vec<u8> {
        bytes(&self.about(scene), &self.approval)
    }

    /// The statement as a tree, for those who put it in later.
    pub fn statement(&self, scene: &Scene) -> crate::canon::Node {
        tree(&self.about(scene), &self.approval)
    }
}

fn unsigned(
    scene: &Scene,
    lock: &Lockfile,
    id: &str,
    approved_toolsets: Vec<String>,
    risk_tier: crate::model::risk::RiskTier,
    act: &Act,
) -> Approval {
    Approval {
        signer: act.signer.to_owned(),
        key_id: act.key_id.to_owned(),
        decision: act.decision,
        risk_tier,
        approved_toolsets,
        signed_at: after_all(scene, lock, id, act.now),
        expires_at: act.expires_at,
        reason: act.reason.to_owned(),
        signature: String::new(),
    }
}

/// Now, or the second after the newest statement about a subject where that is a little ahead.
fn after_all(scene: &Scene, lock: &Lockfile, id: &str, now: Timestamp) -> Timestamp {
    let own =
        if id == SURFACE { Some(&lock.surface.approvals) } else { lock.tools.get(id).map(|e| &e.approvals) };
    let own = own.into_iter().flatten().map(|a| a.signed_at);
    let graves = lock.withdrawn.iter().filter(|w| w.tool_id == id).map(|w| w.at);
    let mut known: Vec<Timestamp> = own.chain(graves).collect();
    if let Base::Known(subjects) = &scene.ground.base
        && let Some(base) = subjects.get(id)
    {
        known.extend(base.approvals.iter().map(|a| a.signed_at));
        for (at, _, approvals) in &base.tombstones {
            known.push(*at);
            known.extend(approvals.iter().map(|a| a.signed_at));
        }
    }
    let near = known.into_iter().filter(|t| (0..=FOLLOW).contains(&(t.seconds() - now.seconds()))).max();
    near.and_then(|t| Timestamp::from_seconds(t.seconds() + 1)).unwrap_or(now)
}
