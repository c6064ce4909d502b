//! What a verdict about an approval rests on: trust, time, author, and what the base already has.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::keyring::Keyring;
use super::statement::SignedKind;
use crate::canon::time::Timestamp;
use crate::model::lockfile::{Approval, Lockfile};
use crate::model::risk::RiskTier;

/// How far ahead of this machine's clock a signer's may be, in seconds.
pub const CLOCK_SKEW: i64 = 300;

/// A subject as recomputed from the artifacts: never as the lockfile tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedSubject {
    /// Tool or surface.
    pub kind: SignedKind,
    /// Tool id, or `surface`.
    pub id: String,
    /// Its digest.
    pub digest: String,
    /// Its tier: the higher of the declared and the computed one.
    pub tier: RiskTier,
    /// The toolsets that the tool is in, sorted; empty for the surface.
    pub toolsets: Vec<String>,
}

/// The base side of one subject.
#[derive(Debug, Clone, Default)]
pub struct BaseSubject<'a> {
    /// Its digest there, recomputed from the base's artifacts; `None` where the base lacks it.
    pub digest: Option<String>,
    /// The toolsets that it is in there.
    pub toolsets: Vec<String>,
    /// The digest that the base's lockfile wrote for it.
    pub written: Option<&'a str>,
    /// The statements about it in the base's lockfile.
    pub approvals: &'a [Approval],
    /// Tombstones of it: when, the digest, and the statements.
    pub tombstones: Vec<(Timestamp, &'a str, &'a [Approval])>,
}

/// What the base side has, or why it is not asked.
#[derive(Debug, Clone)]
pub enum Base<'a> {
    /// No base is asked: `run`, bundles. Retirement goes by the signer's word on time, replay is not judged.
    NotAsked,
    /// The very first state: neither trust file nor lockfile on the base.
    Bootstrap,
    /// The base side of this toolpack, by subject id; a subject that is not in the map is not on the base.
    Known(HashMap<&'a str, BaseSubject<'a>>),
}

/// Everything that `verify` needs besides the subject and its approvals.
pub struct Ground<'a> {
    /// Who may sign.
    pub keyring: &'a Keyring<'a>,
    /// The toolpack that statements must name.
    pub toolpack_id: &'a str,
    /// Its folder.
    pub toolpack_dir: &'a str,
    /// The machine's clock.
    pub now: Timestamp,
    /// Login that opened the pull request, where that is known.
    pub author: Option<&'a str>,
    /// The base side.
    pub base: Base<'a>,
    /// Longest life of an approval by tier, in days: the stricter of trust.yaml and gate.yaml.
    pub max_age_days: BTreeMap<RiskTier, u32>,
    /// Longest exemption in days; `None` where exemptions don't count.
    pub max_exemption_days: Option<u32>,
    /// Signatures that stand in other places of the repository: there a copy was taken from.
    pub elsewhere: &'a SignatureIndex,
}

impl Ground<'_> {
    /// The base side of a subject: empty where the base lacks it or is not asked.
    pub fn base_of(&self, id: &str) -> BaseSubject<'_> {
        match &self.base {
            Base::Known(subjects) => subjects.get(id).cloned().unwrap_or_default(),
            Base::NotAsked | Base::Bootstrap => BaseSubject::default(),
        }
    }
}

/// Where each signature text of the repository's lockfiles stands.
#[derive(Debug, Clone, Default)]
pub struct SignatureIndex {
    /// Toolpack and subject: as a rule one.
    places: HashMap<String, Vec<(Arc<str>, String)>>,
}

impl SignatureIndex {
    /// Takes in a lockfile.
    pub fn add(&mut self, lock: &Lockfile) {
        let tools = lock.tools.iter().map(|(id, entry)| (id.as_str(), &entry.approvals));
        let withdrawn = lock.withdrawn.iter().map(|w| (w.tool_id.as_str(), &w.approvals));
        let surface = std::iter::once((super::subject::SURFACE, &lock.surface.approvals));
        let pack: Arc<str> = lock.toolpack_id.as_str().into();
        for (id, approvals) in tools.chain(withdrawn).chain(surface) {
            for approval in approvals {
                let places = self.places.entry(approval.signature.clone()).or_default();
                // The other side of the same toolpack says the same again.
                if places.last().is_none_or(|(other, subject)| *other != pack || subject != id) {
                    places.push((Arc::clone(&pack), id.to_owned()));
                }
            }
        }
    }

    /// Whether a signature stands under another subject or toolpack too.
    pub fn is_elsewhere(&self, signature: &str, toolpack_id: &str, id: &str) -> bool {
        self.places.get(signature).is_some_and(|places| {
            places.iter().any(|(pack, subject)| **pack != *toolpack_id || subject != id)
        })
    }
}
