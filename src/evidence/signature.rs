//! Who vouches for a bundle: a file beside it in, the people whose signatures hold out.
//!
//! What is signed names the bundle by its digest, and is signed for a purpose of its own: it can never be taken for an
//! approval, nor an approval for it. The statement is rebuilt from the bundle's digest and the signature's own fields.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::canon::decode::decode;
use crate::canon::read_json::read_json;
use crate::canon::time::Timestamp;
use crate::canon::{Fault, FaultKind, Limits, Node, digest, json};
use crate::sign::envelope::Purpose;
use crate::sign::ground::CLOCK_SKEW;
use crate::sign::keyring::Keyring;
use crate::sign::signature::verify;

/// The schema word of the file, and of what is signed.
pub const SCHEMA: &str = "cask.evidence-signature/1";
/// How the name of the file ends, in place of what the bundle's ends with.
pub const EXTENSION: &str = "sig.json";
/// Bytes of the largest such file that is read.
pub const MAX: usize = 1 << 20;
/// Signatures of one bundle.
pub const MANY: usize = 32;

/// The file beside a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignatureFile {
    /// `cask.evidence-signature/1`.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: String,
    /// Digest of the bundle's last line.
    pub digest: String,
    /// Digest of the first trust file of those who sign.
    pub root: String,
    /// Who signed.
    pub signatures: Vec<EvidenceSignature>,
}

/// One person's signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceSignature {
    /// Id of the signer.
    pub signer: String,
    /// Id of the key.
    pub key_id: String,
    /// When it was signed, as the signer says.
    pub signed_at: Timestamp,
    /// Over the statement, as signatures of approvals are over theirs.
    pub signature: String,
}

impl SignatureFile {
    /// Reads the file.
    ///
    /// # Errors
    /// A fault with line and pointer for everything that the file may not hold.
    pub fn read(file: &str, bytes: &[u8]) -> Result<SignatureFile, Fault> {
        let node = read_json(file, bytes, &Limits::new(MAX))?;
        let read: SignatureFile = decode(file, &node)?;
        let fault = |pointer: &str, message: &str| {
            let line = node.at(pointer).map_or(1, |n| n.line);
            Err(Fault::new(file, FaultKind::Content, message).line(line).pointer(pointer))
        };
        match &read {
            SignatureFile { schema, .. } if schema != SCHEMA => {
                fault("/schema", "it is no cask.evidence-signature/1")
            }
            SignatureFile { digest, .. } if !digest::is_digest(digest) => fault("/digest", "it is no digest"),
            SignatureFile { root, .. } if !digest::is_digest(root) => fault("/root", "it is no digest"),
            SignatureFile { signatures, .. } if signatures.is_empty() => {
                fault("/signatures", "nobody signed")
            }
            SignatureFile { signatures, .. } if signatures.len() > MANY => {
                fault("/signatures", "more have signed than is looked at")
            }
            _ => Ok(read),
        }
    }

    /// The exact bytes that one of its signatures is over.
    pub fn statement(&self, by: &EvidenceSignature) -> Vec<u8> {
        let node = Node::map([
            ("digest", Node::text(self.digest.as_str())),
            ("key_id", Node::text(by.key_id.as_str())),
            ("root", Node::text(self.root.as_str())),
            ("schema", Node::text(SCHEMA)),
            ("signed_at", Node::text(by.signed_at.to_string())),
            ("signer", Node::text(by.signer.as_str())),
        ]);
        json::canonical(&node).into_bytes()
    }

    /// Those who vouch for the bundle with this digest, by a trust file.
    ///
    /// # Errors
    /// It is about another bundle or of another trust, or one of its signatures does not count: why, in words that may
    /// quote the file.
    pub fn vouched(&self, digest: &str, keyring: &Keyring, now: Timestamp) -> Result<Vec<String>, String> {
        if self.digest != digest {
            return Err("the signatures are about another bundle".to_owned());
        }
        if self.root != keyring.trust.root() {
            return Err("the signatures are of people of another trust".to_owned());
        }
        let mut people: Vec<String> = Vec::new();
        for by in &self.signatures {
            self.counts(by, keyring, now).map_err(|why| format!("signature by key {}: {why}", by.key_id))?;
            if !people.contains(&by.signer) {
                people.push(by.signer.clone());
            }
        }
        people.sort();
        Ok(people)
    }

    fn counts(&self, by: &EvidenceSignature, keyring: &Keyring, now: Timestamp) -> Result<(), String> {
        let held = keyring.find(&by.key_id).ok_or("the trust file does not list the key")?;
        if held.signer.id != by.signer {
            return Err("the trust file lists the key under another name".to_owned());
        }
        if held.key.revoked.is_some() {
            return Err("the key is revoked".to_owned());
        }
        if held.key.not_after.is_some_and(|end| by.signed_at > end) {
            return Err("the key was retired before".to_owned());
        }
        if by.signed_at.seconds() > now.seconds() + CLOCK_SKEW {
            return Err("it was signed in the future".to_owned());
        }
        verify(&held.public, Purpose::Evidence, &self.statement(by), &by.signature)
            .map_err(|why| why.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canon::encode::encode;
    use crate::model::trust::{Revocation, Trust, TrustFile};
    use crate::sign::edit::first;
    use crate::sign::keypair::KeyPair;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn trust(edit: impl Fn(&mut TrustFile)) -> Trust {
        let pair = KeyPair::generate([1; 32]);
        let mut file = first("alice", None, pair.public(), time("2026-01-01T00:00:00Z")).unwrap();
        edit(&mut file);
        Trust::read("trust.yaml", encode(&file)).unwrap()
    }

    fn digest(n: u8) -> String {
        format!("sha256:{}", format!("{n:02x}").repeat(32))
    }

    fn signed(trust: &Trust, purpose: Purpose) -> SignatureFile {
        let pair = KeyPair::generate([1; 32]);
        let mut by = EvidenceSignature {
            signer: "alice".into(),
            key_id: pair.key_id(),
            signed_at: time("2026-02-01T00:00:00Z"),
            signature: String::new(),
        };
        let mut file = SignatureFile {
            schema: SCHEMA.into(),
            digest: digest(1),
            root: trust.root().to_owned(),
            signatures: Vec::new(),
        };
        by.signature = pair.sign(purpose, &file.statement(&by));
        file.signatures.push(by);
        file
    }

    #[test]
    fn a_signature_counts_for_its_bundle_its_people_and_its_time() {
        let good = trust(|_| {});
        let file = signed(&good, Purpose::Evidence);
        let told = |file: &SignatureFile, trust: &Trust, digest: &str, now: &str| {
            file.vouched(digest, &Keyring::of("trust.yaml", trust).unwrap(), time(now))
        };
        let now = "2026-03-01T00:00:00Z";
        assert_eq!(told(&file, &good, &digest(1), now), Ok(vec!["alice".to_owned()]));
        let why = |result: Result<Vec<String>, String>| result.unwrap_err();
        assert!(why(told(&file, &good, &digest(2), now)).contains("another bundle"));
        assert!(why(told(&file, &good, &digest(1), "2026-01-15T00:00:00Z")).contains("in the future"));
        for purpose in Purpose::ALL.into_iter().filter(|purpose| *purpose != Purpose::Evidence) {
            let other = signed(&good, purpose);
            assert!(why(told(&other, &good, &digest(1), now)).contains("does not verify"), "{purpose:?}");
        }
        let mut later = file.clone();
        later.signatures[0].signed_at = time("2026-02-02T00:00:00Z");
        assert!(why(told(&later, &good, &digest(1), now)).contains("does not verify"));
        let mut named = file.clone();
        named.signatures[0].signer = "bob".into();
        assert!(why(told(&named, &good, &digest(1), now)).contains("another name"));
        // The root stays: a later version of the same trust.
        let root = good.root().to_owned();
        let next = |edit: &dyn Fn(&mut TrustFile)| {
            trust(|file| {
                (file.version, file.root, file.previous) = (2, Some(root.clone()), Some(root.clone()));
                edit(file);
            })
        };
        let revoked = next(&|file| {
            file.signers[0].keys[0].revoked =
                Some(Revocation { at: time("2026-02-20T00:00:00Z"), reason: "lost".into() });
        });
        assert!(why(told(&file, &revoked, &digest(1), now)).contains("revoked"));
        let retired = |at: &str| {
            let at = time(at);
            next(&move |file| file.signers[0].keys[0].not_after = Some(at))
        };
        assert!(why(told(&file, &retired("2026-01-20T00:00:00Z"), &digest(1), now)).contains("retired"));
        assert!(told(&file, &retired("2026-02-20T00:00:00Z"), &digest(1), now).is_ok());
        assert!(
            why(told(&file, &trust(|f| f.at = time("2026-01-02T00:00:00Z")), &digest(1), now))
                .contains("another trust")
        );
    }

    #[test]
    fn a_file_that_says_something_else_is_refused_with_its_place() {
        let file = signed(&trust(|_| {}), Purpose::Evidence);
        let text = |file: &SignatureFile| json::canonical(&encode(file));
        assert_eq!(SignatureFile::read("f", text(&file).as_bytes()), Ok(file.clone()));
        let refused =
            |file: SignatureFile| SignatureFile::read("f", text(&file).as_bytes()).unwrap_err().pointer;
        assert_eq!(refused(SignatureFile { schema: "cask.approval/2".into(), ..file.clone() }), "/schema");
        assert_eq!(refused(SignatureFile { digest: "x".into(), ..file.clone() }), "/digest");
        assert_eq!(refused(SignatureFile { signatures: Vec::new(), ..file.clone() }), "/signatures");
        assert_eq!(
            refused(SignatureFile { signatures: vec![file.signatures[0].clone(); 33], ..file.clone() }),
            "/signatures"
        );
        assert!(SignatureFile::read("f", b"{\"schema\": 1}").is_err());
    }
}
