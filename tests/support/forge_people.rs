//! Who takes part in a world, with which keys, and what they sign: people, trust files, statements.

use super::*;

/// The moment at which every world is judged.
pub const NOW: &str = "2026-12-01T12:00:00Z";
/// When everything on `main` was signed.
pub const THEN: &str = "2026-11-22T09:14:03Z";
/// After [`THEN`], before [`NOW`]: when a branch is signed.
pub const LATER: &str = "2026-11-30T10:00:00Z";
/// The toolpack of a world.
pub const PACK: &str = "packs/shop";
/// Its tools.
pub const CANCEL_ORDER: &str = "f5e7c6bfe52af172";
pub const CREATE_ORDER: &str = "ed01aebeaee42263";
pub const GET_ORDER: &str = "0b6b49c107c2370b";
pub const GET_USER: &str = "78d6f2c56a18d995";
pub const ISSUE_REFUND: &str = "7de72ab2531e0c3e";
pub const LIST_PRODUCTS: &str = "e8abfeebbb06855f";
pub const SURFACE: &str = "surface";
pub const TRUST: &str = ".caskmcp/trust.yaml";
pub const GATE: &str = ".caskmcp/gate.yaml";

pub fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

/// The test keys, by the seed of fixtures/keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    Alice = 1,
    Bob = 2,
    Carol = 3,
    Mallory = 4,
    Eve = 5,
    /// A second key of alice.
    Alice2 = 6,
}

impl Who {
    pub fn pair(self) -> KeyPair {
        KeyPair::generate([self as u8; 32])
    }

    pub fn id(self) -> &'static str {
        match self {
            Who::Alice | Who::Alice2 => "alice",
            Who::Bob => "bob",
            Who::Carol => "carol",
            Who::Mallory => "mallory",
            Who::Eve => "eve",
        }
    }

    /// The key as the trust file lists it.
    pub fn key(self) -> Key {
        let pair = self.pair();
        Key {
            key_id: pair.key_id(),
            kind: KeyType::Ed25519,
            public_key: pair.public().to_text(),
            not_after: None,
            revoked: None,
        }
    }
}

pub fn signer(who: Who, roles: &[Role], max_risk: RiskTier) -> Signer {
    Signer {
        id: who.id().to_owned(),
        github: Some(format!("{}-gh", who.id())),
        roles: roles.to_vec(),
        max_risk,
        toolpacks: None,
        keys: vec![who.key()],
    }
}

/// Version 1 of every world, not yet signed: alice and carol own and approve all, bob approves up to high,
/// eve's key is revoked.
pub fn first_trust() -> TrustFile {
    let mut eve = signer(Who::Eve, &[Role::Approver], RiskTier::Critical);
    eve.keys[0].revoked = Some(cask::model::trust::Revocation {
        at: time("2026-06-01T00:00:00Z"),
        reason: "laptop lost".to_owned(),
    });
    TrustFile {
        schema: cask::model::trust::SCHEMA.to_owned(),
        version: 1,
        at: time("2026-10-01T00:00:00Z"),
        previous: None,
        root: None,
        signers: vec![
            signer(Who::Alice, &[Role::Owner, Role::Approver], RiskTier::Critical),
            signer(Who::Bob, &[Role::Approver], RiskTier::High),
            signer(Who::Carol, &[Role::Owner, Role::Approver], RiskTier::Critical),
            eve,
        ],
        thresholds: Thresholds {
            trust: 2,
            approvals: PerTier { safe: 1, low: 1, medium: 1, high: 1, critical: 2 },
        },
        rules: Rules {
            max_age_days: BTreeMap::from([(RiskTier::High, 365), (RiskTier::Critical, 180)]),
            fresh_days: 30,
            author_may_approve: false,
        },
        signatures: Vec::new(),
    }
}

/// Signs a trust file by whoever is named, whether they may or not.
pub fn signed_trust(mut file: TrustFile, by: &[Who]) -> TrustFile {
    file.signatures = owner_signatures(&encode(&file), Purpose::Trust, by);
    file
}

pub fn owner_signatures(node: &Node, purpose: Purpose, by: &[Who]) -> Vec<OwnerSignature> {
    let body = json::canonical(&node.without(&["signatures"])).into_bytes();
    by.iter()
        .map(|who| OwnerSignature {
            signer: who.id().to_owned(),
            key_id: who.pair().key_id(),
            signature: who.pair().sign(purpose, &body),
        })
        .collect()
}

/// A trust file as text.
pub fn trust_text(file: &TrustFile) -> String {
    emit_yaml(&encode(file))
}

pub fn read_trust(file: &TrustFile) -> Trust {
    Trust::read(TRUST, encode(file)).expect("a trust file")
}

/// The version after `file`, edited, unsigned.
pub fn successor(file: &TrustFile, edit: impl FnOnce(&mut TrustFile)) -> TrustFile {
    let before = read_trust(file);
    let mut next = TrustFile {
        version: file.version + 1,
        at: time(LATER),
        previous: Some(before.digest.clone()),
        root: Some(before.root().to_owned()),
        signatures: Vec::new(),
        ..file.clone()
    };
    edit(&mut next);
    next
}

/// Everything that a statement says, each part open to be forged before it is signed.
#[derive(Debug, Clone)]
pub struct Statement {
    pub root: String,
    pub toolpack_id: String,
    pub kind: SignedKind,
    pub id: String,
    pub digest: String,
    pub approval: Approval,
    pub purpose: Purpose,
}

impl Statement {
    /// Signs it by a key, whoever it claims to be by.
    pub fn sign(&self, key: &KeyPair) -> Approval {
        let about = About {
            root: &self.root,
            toolpack_id: &self.toolpack_id,
            kind: self.kind,
            id: &self.id,
            digest: &self.digest,
        };
        let signature = key.sign(self.purpose, &bytes(&about, &self.approval));
        Approval { signature, ..self.approval.clone() }
    }

    pub fn with(mut self, edit: impl FnOnce(&mut Statement)) -> Statement {
        edit(&mut self);
        self
    }
}
