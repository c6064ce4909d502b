//! Signs toolpacks and trust files of version 2 with the test keys, for tests of what is made of them.

#![allow(dead_code, reason = "each test uses its part")]

use std::collections::BTreeMap;

use cask::canon::Node;
use cask::canon::emit::emit_yaml_with;
use cask::canon::encode::encode;
use cask::canon::json;
use cask::canon::time::Timestamp;
use cask::gate::subjects::Subjects;
use cask::model::bytes::strict_yaml;
use cask::model::limits;
use cask::model::lockfile::{Approval, Decision, Lockfile, Status};
use cask::model::risk::RiskTier;
use cask::model::toolpack::Toolpack;
use cask::model::trust::{
    Key, KeyType, OwnerSignature, PATH, PerTier, Revocation, Role, Rules, SCHEMA, Signer, Thresholds, Trust,
    TrustFile,
};
use cask::sign::envelope::Purpose;
use cask::sign::ground::SignedSubject;
use cask::sign::keypair::KeyPair;
use cask::sign::statement::{About, bytes};

/// The test key of a person (fixtures/keys/README.md).
pub fn key(who: &str) -> KeyPair {
    let seed = match who {
        "alice" => 1,
        "bob" => 2,
        "carol" => 3,
        "mallory" => 4,
        "eve" => 5,
        other => panic!("{other} has no test key"),
    };
    KeyPair::generate([seed; 32])
}

pub fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

/// A signer that may do everything, with the key of the same name.
pub fn owner(who: &str) -> Signer {
    let public = key(who).public().clone();
    Signer {
        id: who.to_owned(),
        github: None,
        roles: vec![Role::Owner, Role::Approver],
        max_risk: RiskTier::Critical,
        toolpacks: None,
        keys: vec![Key {
            key_id: public.key_id(),
            kind: KeyType::Ed25519,
            public_key: public.to_text(),
            not_after: None,
            revoked: None,
        }],
    }
}

/// The same, with the key revoked.
pub fn revoked(who: &str, at: &str) -> Signer {
    let mut signer = owner(who);
    signer.keys[0].revoked = Some(Revocation { at: time(at), reason: "laptop lost".into() });
    signer
}

/// A trust file that needs one signature of everything, signed by `by`; its text and what is read from it.
pub fn trust(after: Option<&Trust>, at: &str, signers: Vec<Signer>, by: &[&str]) -> (String, Trust) {
    let mut file = TrustFile {
        schema: SCHEMA.to_owned(),
        version: after.map_or(1, |t| t.file.version + 1),
        at: time(at),
        previous: after.map(|t| t.digest.clone()),
        root: after.map(|t| t.root().to_owned()),
        signers,
        thresholds: Thresholds {
            trust: 1,
            approvals: PerTier { safe: 1, low: 1, medium: 1, high: 1, critical: 1 },
        },
        rules: Rules { max_age_days: BTreeMap::new(), fresh_days: 30, author_may_approve: true },
        signatures: Vec::new(),
    };
    let body = json::canonical(&encode(&file).without(&["signatures"])).into_bytes();
    file.signatures = by
        .iter()
        .map(|who| OwnerSignature {
            signer: (*who).to_owned(),
            key_id: key(who).key_id(),
            signature: key(who).sign(Purpose::Trust, &body),
        })
        .collect();
    let text = yaml(&encode(&file));
    let node = strict_yaml(PATH, text.as_bytes(), limits::SMALL).expect("strict YAML");
    let read = Trust::read(PATH, node).expect("a trust file");
    (text, read)
}

pub fn yaml(node: &Node) -> String {
    emit_yaml_with(node, &|_| false)
}

/// Who says what under which name, and when.
pub struct Act<'a> {
    pub signer: &'a str,
    pub key: &'a str,
    pub decision: Decision,
    pub at: &'a str,
}

impl<'a> Act<'a> {
    pub fn approves(signer: &'a str, at: &'a str) -> Act<'a> {
        Act { signer, key: signer, decision: Decision::Approve, at }
    }

    /// The signed statement about a subject of a toolpack.
    pub fn about(&self, root: &str, toolpack_id: &str, subject: &SignedSubject) -> Approval {
        let pair = key(self.key);
        let mut approval = Approval {
            signer: self.signer.to_owned(),
            key_id: pair.key_id(),
            decision: self.decision,
            risk_tier: subject.tier,
            approved_toolsets: subject.toolsets.clone(),
            signed_at: time(self.at),
            expires_at: None,
            reason: "first review".to_owned(),
            signature: String::new(),
        };
        let about = About { root, toolpack_id, kind: subject.kind, id: &subject.id, digest: &subject.digest };
        approval.signature = pair.sign(Purpose::Approval, &bytes(&about, &approval));
        approval
    }
}

/// Signs every subject of a toolpack; what was signed before goes.
pub fn sign_all(lock: &mut Lockfile, pack: &Toolpack, root: &str, act: &Act) {
    let subjects = Subjects::of(pack).expect("subjects");
    let id = &pack.header.toolpack_id;
    sign_surface(lock, pack, root, act);
    for (tool, entry) in &mut lock.tools {
        let subject = subjects.get(tool).expect("an entry has its tool");
        entry.approvals = vec![act.about(root, id, subject)];
        entry.digest.clone_from(&subject.digest);
        entry.status = Status::Approved;
    }
}

/// Signs the surface alone.
pub fn sign_surface(lock: &mut Lockfile, pack: &Toolpack, root: &str, act: &Act) {
    let surface = Subjects::of(pack).expect("subjects").surface;
    lock.surface.approvals = vec![act.about(root, &pack.header.toolpack_id, &surface)];
    lock.surface.digest = surface.digest;
    lock.surface.risk_tier = surface.tier;
    lock.surface.status = Status::Approved;
}
