//! The reference system's signatures: what they cover, and whether one holds by its own rules.
//!
//! For reading old files only. A v1 signature never counts (its payload leaves out schema, description, risk
//! and policy, and has no envelope); it is reported as `sig.legacy-payload`. Nothing here is as strict as the
//! rest of this folder, since the question is what that system accepted.

use std::collections::BTreeSet;

use ed25519_dalek::{Signature, VerifyingKey};
use serde_json::Value;

use super::python::{b64decode, isoformat};
use crate::canon::{Fault, FaultKind};

/// A trust store larger than this is not looked at, in bytes.
const MAX_STORE: usize = 1 << 20;

/// The fields of a v1 lockfile entry that its signature is about, and the signature's own, as read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LegacyEntry {
    /// Identity of the endpoint; may be empty.
    pub signature_id: String,
    /// Stands in for an empty `signature_id`.
    pub tool_id: String,
    /// Name of the tool.
    pub name: String,
    /// HTTP method in any case.
    pub method: String,
    /// Path template.
    pub path: String,
    /// Host in any case.
    pub host: String,
    /// Sets that the tool is in; order and repetitions don't matter.
    pub toolsets: Vec<String>,
    /// Sets that it was approved for; order and repetitions don't matter.
    pub approved_toolsets: Vec<String>,
    /// `pending`, `approved` or `rejected`.
    pub status: String,
    /// Who approved: free text.
    pub approved_by: Option<String>,
    /// When, as the lockfile writes it (`…Z`).
    pub approved_at: Option<String>,
    /// Why; absent and empty are the same to the signature.
    pub reason: Option<String>,
    /// `1-of-1` and the like.
    pub approval_mode: String,
    /// `ed25519:<key id>:<base64url>`.
    pub approval_signature: Option<String>,
    /// `ed25519`.
    pub approval_alg: Option<String>,
    /// The key id that the signature is said to be of.
    pub approval_key_id: Option<String>,
}

/// One key of `trusted_signers.json`, as far as verification looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct TrustedKey {
    key_id: String,
    signer_id: String,
    public_key: String,
    active: bool,
}

/// `trusted_signers.json`: the keys that the reference system trusted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LegacyTrust {
    keys: Vec<TrustedKey>,
}

/// What verification of one entry says. Only `Holds` is acceptance by the reference system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LegacyVerdict {
    /// Accepted by the reference system.
    Holds,
    /// No approver, or no time of approval.
    MissingIdentity,
    /// No signature.
    Missing,
    /// The entry names no key id.
    MissingKeyId,
    /// The entry names another algorithm.
    WrongAlgorithm,
    /// Not three parts, another algorithm word, or no base64.
    Malformed,
    /// The trust store has no such key.
    UnknownKey,
    /// The trust store has such a key only as no longer active.
    Revoked,
    /// The key is trusted for another signer than the one in the entry.
    WrongSigner,
    /// Not a signature of this entry by that key.
    DoesNotVerify,
    /// Verifies, but by another key id than the entry names.
    KeyIdMismatch,
}

impl LegacyTrust {
    /// Reads the text of a `trusted_signers.json`. As tolerant as the system that wrote it: what is not an
    /// object, or not a key in it, counts as absent. `file` is its name for messages.
    ///
    /// # Errors
    /// Text that is not JSON, or longer than 1 MiB.
    pub fn parse(file: &str, text: &str) -> Result<LegacyTrust, Fault> {
        if text.len() > MAX_STORE {
            return Err(Fault::new(file, FaultKind::Limit, "the trust store is larger than 1 MiB"));
        }
        let value: Value = serde_json::from_str(text).map_err(|error| {
            let line = u32::try_from(error.line()).unwrap_or(u32::MAX);
            Fault::new(file, FaultKind::Syntax, "the trust store is not JSON").line(line)
        })?;
        let keys = value.get("trusted_keys").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        Ok(LegacyTrust { keys: keys.iter().filter_map(trusted_key).collect() })
    }
}

/// A key whose algorithm is not said to be `ed25519` is never used, nor is one whose members aren't text.
fn trusted_key(entry: &Value) -> Option<TrustedKey> {
    let text = |name: &str| entry.get(name).and_then(Value::as_str);
    (text("algorithm")? == "ed25519").then_some(())?;
    Some(TrustedKey {
        key_id: text("key_id")?.to_owned(),
        signer_id: text("signer_id")?.to_owned(),
        public_key: text("public_key")?.to_owned(),
        active: entry.get("status").is_none_or(|status| status == "active"),
    })
}

/// The bytes that a v1 signature is over: twelve fields joined by `|`, nothing escaped.
pub fn payload(entry: &LegacyEntry) -> Vec<u8> {
    let id = if entry.signature_id.is_empty() { &entry.tool_id } else { &entry.signature_id };
    let at = entry.approved_at.as_deref().unwrap_or_default();
    [
        id.clone(),
        entry.name.clone(),
        entry.method.to_uppercase(),
        entry.path.clone(),
        entry.host.to_lowercase(),
        sorted(&entry.toolsets),
        sorted(&entry.approved_toolsets),
        entry.status.clone(),
        entry.approved_by.clone().unwrap_or_default(),
        isoformat(at).unwrap_or_else(|| at.to_owned()),
        entry.reason.clone().unwrap_or_default(),
        entry.approval_mode.clone(),
    ]
    .join("|")
    .into_bytes()
}

/// Whether the reference system accepted this entry's signature with this trust store, and why not.
pub fn verify(entry: &LegacyEntry, trust: &LegacyTrust) -> LegacyVerdict {
    let said = |field: &Option<String>| field.clone().filter(|text| !text.is_empty());
    let (Some(signer), Some(_)) =
        (said(&entry.approved_by), entry.approved_at.as_deref().and_then(isoformat))
    else {
        return LegacyVerdict::MissingIdentity;
    };
    let Some(signature) = said(&entry.approval_signature) else { return LegacyVerdict::Missing };
    if said(&entry.approval_alg).is_some_and(|alg| !alg.eq_ignore_ascii_case("ed25519")) {
        return LegacyVerdict::WrongAlgorithm;
    }
    let Some(named) = said(&entry.approval_key_id) else { return LegacyVerdict::MissingKeyId };

    let parts: Vec<&str> = signature.split(':').collect();
    let ["ed25519", key_id, text] = parts[..] else { return LegacyVerdict::Malformed };
    let Some(bytes) = b64decode(text, (4 - text.chars().count() % 4) % 4) else {
        return LegacyVerdict::Malformed;
    };
    match by_any_key(trust, key_id, &signer, &payload(entry), &bytes) {
        LegacyVerdict::Holds if key_id != named => LegacyVerdict::KeyIdMismatch,
        verdict => verdict,
    }
}

/// Several entries of one key may stand in the store; the best of their verdicts counts, since one active
/// entry was enough (even beside a revoked one: that was the reference system's mistake).
fn by_any_key(
    trust: &LegacyTrust,
    key_id: &str,
    signer: &str,
    payload: &[u8],
    signature: &[u8],
) -> LegacyVerdict {
    let mut verdict = LegacyVerdict::UnknownKey;
    // The verdicts from UnknownKey to DoesNotVerify stand in the order of how far verification came.
    for key in trust.keys.iter().filter(|key| key.key_id == key_id) {
        verdict = verdict.max(if !key.active {
            LegacyVerdict::Revoked
        } else if key.signer_id != signer {
            LegacyVerdict::WrongSigner
        } else if holds(&key.public_key, payload, signature) {
            return LegacyVerdict::Holds;
        } else {
            LegacyVerdict::DoesNotVerify
        });
    }
    verdict
}

fn holds(public_key: &str, payload: &[u8], signature: &[u8]) -> bool {
    let key = b64decode(public_key, 0)
        .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
        .and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok());
    // The reference system's library takes keys of small order; a signature that anybody could have made up is
    // no evidence of an approval, so this one step is strict.
    match (key, <[u8; 64]>::try_from(signature)) {
        (Some(key), Ok(signature)) => key.verify_strict(payload, &Signature::from_bytes(&signature)).is_ok(),
        _ => false,
    }
}

fn sorted(sets: &[String]) -> String {
    sets.iter().map(String::as_str).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first row of fixtures/reference/signing.json (a test key) with its trust store.
    fn good() -> (LegacyEntry, LegacyTrust) {
        let sets = || vec!["operator".to_owned(), "readonly".to_owned()];
        let entry = LegacyEntry {
            signature_id: "139855197a601a6a".into(),
            name: "get_user".into(),
            method: "GET".into(),
            path: "/v1/users/{id}".into(),
            host: "api.example.com".into(),
            toolsets: sets(),
            approved_toolsets: sets(),
            status: "approved".into(),
            approved_by: Some("reviewer@example.com".into()),
            approved_at: Some("2026-01-01T00:00:00Z".into()),
            reason: Some("ok".into()),
            approval_mode: "1-of-1".into(),
            approval_signature: Some(SIGNATURE.into()),
            approval_alg: Some("ed25519".into()),
            approval_key_id: Some("56475aa75463474c".into()),
            ..LegacyEntry::default()
        };
        (entry, LegacyTrust::parse("trusted_signers.json", STORE).unwrap())
    }

    const SIGNATURE: &str = "ed25519:56475aa75463474c:yXdFbL4_OoWxEDoj5wr8HQp7r-tsIqeDzwTTNQgCFfn5zEigUzq-_vSJUDSUe80panuDPVJg3sg-tRN4TCFuCA";
    const STORE: &str = r#"{"trusted_keys": [{"algorithm": "ed25519", "key_id": "56475aa75463474c",
        "public_key": "A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=", "signer_id": "reviewer@example.com"}]}"#;

    #[test]
    fn the_order_of_the_checks() {
        let (mut e, t) = good();
        e.approval_key_id = Some("0000000000000000".into());
        assert_eq!(verify(&e, &t), LegacyVerdict::KeyIdMismatch);
        e.approval_key_id = None;
        assert_eq!(verify(&e, &t), LegacyVerdict::MissingKeyId);
        e.approval_alg = Some("rsa".into());
        assert_eq!(verify(&e, &t), LegacyVerdict::WrongAlgorithm);
        e.approval_signature = Some(String::new());
        assert_eq!(verify(&e, &t), LegacyVerdict::Missing);
        e.approved_at = Some("yesterday".into());
        assert_eq!(verify(&e, &t), LegacyVerdict::MissingIdentity);
        let (mut e, t) = good();
        e.approval_alg = Some("ED25519".into());
        assert_eq!(verify(&e, &t), LegacyVerdict::Holds);
        e.approval_alg = None;
        assert_eq!(verify(&e, &t), LegacyVerdict::Holds);
    }

    #[test]
    fn a_key_of_small_order_signs_nothing_here() {
        // The identity as key, and as R with S = 0: plain verification takes it for every message.
        let (mut e, _) = good();
        let mut signature = [0; 64];
        signature[0] = 1;
        let text = crate::sign::base64url::encode(&signature);
        e.approval_signature = Some(format!("ed25519:56475aa75463474c:{text}"));
        let weak = STORE.replace(
            "A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=",
            "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        );
        let t = LegacyTrust::parse("trusted_signers.json", &weak).unwrap();
        assert_eq!(verify(&e, &t), LegacyVerdict::DoesNotVerify);
    }

    #[test]
    fn the_store_is_read_as_tolerantly_as_it_was_written() {
        for text in ["[]", "3", "null", "{}", r#"{"trusted_keys": {}}"#, r#"{"trusted_keys": [1, null, {}]}"#]
        {
            assert_eq!(LegacyTrust::parse("t.json", text).unwrap(), LegacyTrust::default(), "{text}");
        }
        let fault = LegacyTrust::parse("t.json", "{\n\"trusted_keys\": [,]}").unwrap_err();
        assert_eq!((fault.kind, fault.line), (FaultKind::Syntax, 2));
        let fault = LegacyTrust::parse("t.json", &" ".repeat(MAX_STORE + 1)).unwrap_err();
        assert_eq!(fault.kind, FaultKind::Limit);
        assert!(LegacyTrust::parse("t.json", &"[".repeat(MAX_STORE)).is_err());
    }
}
