//! trust.yaml: who may approve, how many it takes, and which keys are theirs.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::risk::RiskTier;
use crate::canon::decode::decode;
use crate::canon::digest::is_digest;
use crate::canon::time::Timestamp;
use crate::canon::{Fault, FaultKind, Node, digest};

/// Where the file stands, from the repository's root.
pub const PATH: &str = ".caskmcp/trust.yaml";
/// How many signatures may be asked for.
pub const THRESHOLD: RangeInclusive<u8> = 1..=9;
/// The schema word of this file.
pub const SCHEMA: &str = "cask.trust/1";

/// What a signer may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// May sign trust files, gate.yaml and exemptions.
    Owner,
    /// May sign approvals.
    Approver,
}

/// The algorithm of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum KeyType {
    /// Pure Ed25519 (RFC 8032) over the envelope.
    #[serde(rename = "ed25519")]
    Ed25519,
    /// An OpenSSH key: SSHSIG over the envelope.
    #[serde(rename = "ssh-ed25519")]
    SshEd25519,
    /// A FIDO key: SSHSIG with user presence.
    #[serde(rename = "sk-ssh-ed25519@openssh.com")]
    SkSshEd25519,
}

impl KeyType {
    /// Every type.
    pub const ALL: [KeyType; 3] = [KeyType::Ed25519, KeyType::SshEd25519, KeyType::SkSshEd25519];

    /// The word for it in the trust file.
    pub const fn word(self) -> &'static str {
        match self {
            KeyType::Ed25519 => "ed25519",
            KeyType::SshEd25519 => "ssh-ed25519",
            KeyType::SkSshEd25519 => "sk-ssh-ed25519@openssh.com",
        }
    }
}

impl fmt::Display for KeyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for KeyType {
    type Err = String;
    fn from_str(word: &str) -> Result<KeyType, String> {
        KeyType::ALL.into_iter().find(|t| t.word() == word).ok_or_else(|| {
            format!("unknown key type {word:?}, expected ed25519, ssh-ed25519 or sk-ssh-ed25519@openssh.com")
        })
    }
}

/// When and why a key stopped being trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// Since when.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// A public key of a signer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// First 16 hex digits of SHA-256 of the 32 raw key bytes; recomputed when read.
    pub key_id: String,
    /// Its algorithm.
    #[serde(rename = "type")]
    pub kind: KeyType,
    /// Standard padded base64: 32 raw bytes, or the OpenSSH blob.
    pub public_key: String,
    /// From then on it signs nothing new; what is merged stays valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<Timestamp>,
    /// Compromised: nothing but its rejections counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<Revocation>,
}

impl Key {
    /// Whether it is neither revoked nor retired at a time.
    pub fn is_live(&self, at: Timestamp) -> bool {
        self.revoked.is_none() && self.not_after.is_none_or(|end| at < end)
    }
}

/// A person (or machine) that may sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Signer {
    /// `[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}`, unique even without case.
    pub id: String,
    /// Login on GitHub, unique without case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub github: Option<String>,
    /// What the signer may do.
    pub roles: Vec<Role>,
    /// The highest tier that the signer may approve.
    pub max_risk: RiskTier,
    /// Only toolpacks under these paths; absent means all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub toolpacks: Option<Vec<String>>,
    /// The signer's keys.
    pub keys: Vec<Key>,
}

impl Signer {
    /// Whether the signer may judge the toolpack in a folder: some glob matches the folder, or the
    /// toolpack.yaml in it.
    pub fn may_judge(&self, dir: &str) -> bool {
        let Some(globs) = &self.toolpacks else { return true };
        let header = super::toolpack::join(dir, super::toolpack::HEADER);
        globs.iter().filter_map(|glob| scope(glob)).any(|glob| glob.is_match(dir) || glob.is_match(&header))
    }
}

/// The folders that a glob of a signer names. None if it is no glob, or too long to be compiled.
fn scope(glob: &str) -> Option<globset::GlobSet> {
    let glob = globset::GlobBuilder::new(glob).literal_separator(true).build().ok()?;
    globset::GlobSetBuilder::new().add(glob).build().ok()
}

/// How many distinct signers each kind of statement needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Owners for the next trust file.
    pub trust: u8,
    /// Approvers per tier.
    pub approvals: PerTier<u8>,
}

/// A value for each tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PerTier<T> {
    /// For tier safe.
    pub safe: T,
    /// For tier low.
    pub low: T,
    /// For tier medium.
    pub medium: T,
    /// For tier high.
    pub high: T,
    /// For tier critical.
    pub critical: T,
}

impl<T> PerTier<T> {
    /// The value of a tier.
    pub fn of(&self, tier: RiskTier) -> &T {
        match tier {
            RiskTier::Safe => &self.safe,
            RiskTier::Low => &self.low,
            RiskTier::Medium => &self.medium,
            RiskTier::High => &self.high,
            RiskTier::Critical => &self.critical,
        }
    }
}

/// How long approvals live and whether authors count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Days after which an approval of a tier ends; absent tier means never.
    pub max_age_days: BTreeMap<RiskTier, u32>,
    /// Days within which an approval must be merged.
    pub fresh_days: u32,
    /// Whether the author's own approval counts for high and critical.
    pub author_may_approve: bool,
}

/// The most signatures of owners that one file may carry: each costs a verification.
const MAX_SIGNATURES: usize = 32;

/// Whether a trust file or gate.yaml carries more signatures than anybody is to verify.
///
/// # Errors
/// The place and the limit.
pub fn limit_signatures(file: &str, raw: &Node, signatures: &[OwnerSignature]) -> Result<(), Fault> {
    if signatures.len() <= MAX_SIGNATURES {
        return Ok(());
    }
    let line = raw.get("signatures").map_or(raw.line, |n| n.line);
    let message = format!("{} signatures, at most {MAX_SIGNATURES} are read", signatures.len());
    Err(Fault::new(file, FaultKind::Limit, message)
        .line(line)
        .pointer("/signatures")
        .hint("take out those that are not of an owner who is listed"))
}

/// An owner's signature of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnerSignature {
    /// Id of the owner.
    pub signer: String,
    /// Which key.
    pub key_id: String,
    /// Unpadded base64url.
    pub signature: String,
}

/// The file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrustFile {
    /// `cask.trust/1`.
    #[schemars(extend("const" = "cask.trust/1"))]
    pub schema: String,
    /// One more on each change.
    pub version: u32,
    /// When it was written.
    pub at: Timestamp,
    /// Digest of the version before (absent in version 1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
    /// Digest of version 1 (absent in version 1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
    /// Who may sign.
    pub signers: Vec<Signer>,
    /// How many it takes.
    pub thresholds: Thresholds,
    /// Times and authors.
    pub rules: Rules,
    /// The owners' signatures of all the above.
    pub signatures: Vec<OwnerSignature>,
}

/// A trust file as read: the facts, the tree, and the digest that names it.
#[derive(Debug, Clone, PartialEq)]
pub struct Trust {
    /// The facts.
    pub file: TrustFile,
    /// The tree, for lines and canonical bytes.
    pub raw: Node,
    /// `sha256:…` over the canonical bytes without `signatures`.
    pub digest: String,
}

impl Trust {
    /// Reads a trust file.
    ///
    /// # Errors
    /// A fault with line and pointer for everything that trust.yaml may not hold: unknown members, ids or
    /// logins that differ only in case, a key twice, a threshold outside 1..9, a bad glob.
    pub fn read(file: &str, raw: Node) -> Result<Trust, Fault> {
        let facts: TrustFile = decode(file, &raw)?;
        Invariants { file, raw: &raw }.check(&facts)?;
        limit_signatures(file, &raw, &facts.signatures)?;
        let digest = digest::of(&raw.without(&["signatures"]));
        Ok(Trust { file: facts, raw, digest })
    }

    /// The digest of version 1 of this chain: the name of the repository's trust.
    pub fn root(&self) -> &str {
        self.file.root.as_deref().unwrap_or(&self.digest)
    }

    /// The tree that owners sign: everything but the signatures.
    pub fn body(&self) -> Node {
        self.raw.without(&["signatures"])
    }

    /// The signer with this id.
    pub fn signer(&self, id: &str) -> Option<&Signer> {
        self.file.signers.iter().find(|s| s.id == id)
    }

    /// The key with this id and its signer.
    pub fn key(&self, key_id: &str) -> Option<(&Signer, &Key)> {
        self.file.signers.iter().find_map(|s| s.keys.iter().find(|k| k.key_id == key_id).map(|k| (s, k)))
    }

    /// The line of a value in the file.
    pub fn line(&self, pointer: &str) -> u32 {
        self.raw.at(pointer).map_or(1, |n| n.line)
    }
}

struct Invariants<'a> {
    file: &'a str,
    raw: &'a Node,
}

impl Invariants<'_> {
    fn fault(&self, pointer: &str, message: impl Into<String>) -> Fault {
        let line = self.raw.at(pointer).map_or(self.raw.line, |n| n.line);
        Fault::new(self.file, FaultKind::Content, message).line(line).pointer(pointer)
    }

    fn check(&self, facts: &TrustFile) -> Result<(), Fault> {
        if facts.schema != SCHEMA {
            let message = format!("unknown schema {:?}, expected {SCHEMA}", facts.schema);
            return Err(Fault { kind: FaultKind::Version, ..self.fault("/schema", message) });
        }
        if facts.version == 0 {
            return Err(self.fault("/version", "versions start at 1"));
        }
        let first = facts.version == 1;
        for (name, value) in [("previous", &facts.previous), ("root", &facts.root)] {
            match value {
                Some(_) if first => {
                    return Err(self.fault(&format!("/{name}"), format!("version 1 has no {name}")));
                }
                None if !first => {
                    return Err(self.fault("", format!("{name} is missing (only version 1 has none)")));
                }
                Some(text) if !is_digest(text) => {
                    return Err(
                        self.fault(&format!("/{name}"), format!("{name} must be sha256: and 64 hex digits"))
                    );
                }
                _ => {}
            }
        }
        self.thresholds(&facts.thresholds)?;
        self.signers(&facts.signers)
    }

    fn thresholds(&self, t: &Thresholds) -> Result<(), Fault> {
        let wrong = |at: &str| {
            let (least, most) = (THRESHOLD.start(), THRESHOLD.end());
            Err(self.fault(at, format!("a threshold is a number from {least} to {most}")))
        };
        if !THRESHOLD.contains(&t.trust) {
            return wrong("/thresholds/trust");
        }
        for tier in RiskTier::ALL {
            if !THRESHOLD.contains(t.approvals.of(tier)) {
                return wrong(&format!("/thresholds/approvals/{tier}"));
            }
        }
        Ok(())
    }

    fn signers(&self, signers: &[Signer]) -> Result<(), Fault> {
        let (mut ids, mut logins, mut key_ids, mut keys) =
            (HashSet::new(), HashSet::new(), HashSet::new(), HashSet::new());
        for (i, signer) in signers.iter().enumerate() {
            let at = format!("/signers/{i}");
            if !is_signer_id(&signer.id) {
                return Err(self.fault(
                    &format!("{at}/id"),
                    "a signer id is 1 to 128 of A-Z a-z 0-9 . _ @ + -, first a letter or digit",
                ));
            }
            if !ids.insert(signer.id.to_ascii_lowercase()) {
                return Err(self.fault(
                    &format!("{at}/id"),
                    format!("signer {} is listed twice (case does not count)", signer.id),
                ));
            }
            if let Some(login) = &signer.github
                && !logins.insert(login.to_lowercase())
            {
                return Err(self.fault(
                    &format!("{at}/github"),
                    format!("login {login} belongs to another signer already"),
                ));
            }
            if signer.roles.is_empty()
                || signer.roles.iter().collect::<HashSet<_>>().len() != signer.roles.len()
            {
                return Err(
                    self.fault(&format!("{at}/roles"), "roles are one or both of owner, approver, each once")
                );
            }
            for (j, glob) in signer.toolpacks.iter().flatten().enumerate() {
                if scope(glob).is_none() {
                    return Err(self.fault(&format!("{at}/toolpacks/{j}"), format!("{glob:?} is not a glob")));
                }
            }
            for (j, key) in signer.keys.iter().enumerate() {
                let at = format!("{at}/keys/{j}");
                // The same point under two types, or under two signers, would let one key count twice.
                if !key_ids.insert(key.key_id.clone()) || !keys.insert(key.public_key.clone()) {
                    return Err(self.fault(&at, format!("key {} is listed twice", key.key_id)));
                }
            }
        }
        Ok(())
    }
}

/// Whether a text can be a signer's id.
pub fn is_signer_id(id: &str) -> bool {
    let mut bytes = id.bytes();
    id.len() <= 128
        && bytes.next().is_some_and(|b| b.is_ascii_alphanumeric())
        && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'@' | b'+' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::bytes;

    #[test]
    fn a_glob_that_is_too_long_to_be_compiled_is_no_glob() {
        // It is refused where the file is read: a signer of no toolpack would be one of all, or of none.
        let long = "?".repeat(500_000);
        assert!(globset::Glob::new(&long).is_ok(), "its form is in order");
        assert!(scope(&long).is_none() && scope(&long[..100]).is_some());
    }

    #[test]
    fn no_more_signatures_are_read_than_anybody_is_to_verify() {
        let read = |n: usize| {
            let one = "- {signer: a, key_id: \"0\", signature: x}\n".repeat(n);
            let text = format!(
                "schema: cask.trust/1\nversion: 1\nat: 2026-11-01T00:00:00Z\nsigners: []\nthresholds:\n  trust: 1\n  approvals: {{safe: 1, low: 1, medium: 1, high: 1, critical: 1}}\nrules:\n  max_age_days: {{}}\n  fresh_days: 30\n  author_may_approve: false\nsignatures:\n{one}"
            );
            Trust::read("t", bytes::strict_yaml("t", text.as_bytes(), 1 << 20).unwrap())
        };
        assert_eq!(read(MAX_SIGNATURES).unwrap().file.signatures.len(), MAX_SIGNATURES);
        let fault = read(MAX_SIGNATURES + 1).unwrap_err();
        assert_eq!((fault.kind, fault.pointer.as_str()), (FaultKind::Limit, "/signatures"));
        assert!(fault.line > 0);
    }
}
