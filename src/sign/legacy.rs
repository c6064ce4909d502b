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
    use crate::sign::base64url;
    use crate::sign::keypair::KeyPair;
    use ed25519_dalek::pkcs8::DecodePrivateKey;
    use ed25519_dalek::{Signer, SigningKey};

    fn vectors() -> Value {
        serde_json::from_str(include_str!("../../fixtures/reference/signing.json")).unwrap()
    }

    fn text(value: &Value, key: &str) -> String {
        value[key].as_str().unwrap().to_owned()
    }

    fn entry(row: &Value) -> LegacyEntry {
        let e = &row["entry"];
        let list =
            |key: &str| e[key].as_array().unwrap().iter().map(|v| v.as_str().unwrap().into()).collect();
        LegacyEntry {
            signature_id: text(e, "signature_id"),
            tool_id: text(e, "tool_id"),
            name: text(e, "name"),
            method: text(e, "method"),
            path: text(e, "path"),
            host: text(e, "host"),
            toolsets: list("toolsets"),
            approved_toolsets: list("approved_toolsets"),
            status: text(e, "status"),
            approved_by: row["approved_by"].as_str().map(str::to_owned),
            approved_at: row["approved_at_lockfile_text"].as_str().map(str::to_owned),
            reason: row["reason"].as_str().map(str::to_owned),
            approval_mode: text(row, "mode"),
            approval_signature: Some(text(row, "signature")),
            approval_alg: Some("ed25519".into()),
            approval_key_id: Some("56475aa75463474c".into()),
        }
    }

    fn trust(keys: &Value) -> LegacyTrust {
        let store = serde_json::json!({ "trusted_keys": keys, "version": "1.0" });
        LegacyTrust::parse("trusted_signers.json", &store.to_string()).unwrap()
    }

    /// The first `sign` row with the first trust store: what each `verify` row changes.
    fn good() -> (LegacyEntry, LegacyTrust) {
        let v = vectors();
        (entry(&v["sign"][0]), trust(&v["verify"][0]["trusted_keys"]))
    }

    #[test]
    fn every_sign_vector_reproduces_payload_and_signature() {
        let v = vectors();
        let key = SigningKey::from_pkcs8_pem(text(&v, "private_key_pkcs8_pem").trim()).unwrap();
        assert_eq!(
            KeyPair::from_pkcs8_pem(&text(&v, "private_key_pkcs8_pem")).unwrap().key_id(),
            text(&v, "key_id")
        );
        let rows = v["sign"].as_array().unwrap();
        assert_eq!(rows.len(), 16);
        for row in rows {
            let payload = payload(&entry(row));
            let hex: String = payload.iter().map(|b| format!("{b:02x}")).collect();
            assert_eq!(hex, text(row, "payload_hex"), "{}", row["name"]);
            let made = base64url::encode(&key.sign(&payload).to_bytes());
            assert_eq!(format!("ed25519:{}:{made}", text(&v, "key_id")), text(row, "signature"));
            // And each holds for its own entry.
            let key = &v["verify"][0]["trusted_keys"][0];
            let mut key = key.clone();
            key["signer_id"] = row["approved_by"].clone();
            assert_eq!(
                verify(&entry(row), &trust(&serde_json::json!([key]))),
                LegacyVerdict::Holds,
                "{}",
                row["name"]
            );
        }
    }

    #[test]
    fn every_verify_vector_is_accepted_or_refused_as_by_the_reference() {
        use LegacyVerdict::*;
        let v = vectors();
        let rows = v["verify"].as_array().unwrap();
        assert_eq!(rows.len(), EXPECTED.len());
        for (row, (name, expected)) in rows.iter().zip(EXPECTED) {
            assert_eq!(row["name"], *name);
            let mut e = entry(&v["sign"][0]);
            e.approved_by = Some(text(row, "approved_by"));
            e.approval_signature = Some(text(row, "signature"));
            if let [_, id, _] = text(row, "signature").split(':').collect::<Vec<_>>()[..] {
                e.approval_key_id = Some(id.to_owned());
            }
            match *name {
                "approved_at missing" => e.approved_at = None,
                "same instant in another offset" => e.approved_at = Some("2026-01-01T01:00:00+01:00".into()),
                "risk_tier, tool_id, version, endpoint_id changed: not covered" => e.tool_id = "other".into(),
                "path changed" => e.path = "/v1/users".into(),
                "approved_toolsets changed" => e.approved_toolsets = vec!["readonly".into()],
                "status changed" => e.status = "pending".into(),
                "method case and host case ignored" => {
                    e.method = "get".into();
                    e.host = "API.example.COM".into();
                }
                _ => (),
            }
            let verdict = verify(&e, &trust(&row["trusted_keys"]));
            assert_eq!(verdict, *expected, "{name}");
            assert_eq!(verdict == Holds, row["valid"].as_bool().unwrap(), "{name}");
        }
    }

    const EXPECTED: &[(&str, LegacyVerdict)] = {
        use LegacyVerdict::*;
        &[
            ("good", Holds),
            ("empty trust store", UnknownKey),
            ("revoked", Revoked),
            ("unknown status word", Revoked),
            ("status missing counts as active", Holds),
            ("algorithm missing in the store entry", UnknownKey),
            ("other signer_id", WrongSigner),
            ("approved_by differs from signed one", DoesNotVerify),
            ("key_id is only a label: entry relabelled together with the signature", Holds),
            ("key_id in signature not in store", UnknownKey),
            ("upper-case algorithm", Malformed),
            ("two parts", Malformed),
            ("four parts", Malformed),
            ("padded signature accepted", Holds),
            ("two junk characters inside base64: padding arithmetic breaks", Malformed),
            ("four junk characters inside base64 are skipped", Holds),
            ("standard alphabet characters", Holds),
            ("truncated signature", DoesNotVerify),
            ("non-ascii signature", Malformed),
            ("revoked entry and a second active entry of the same key", Holds),
            ("public_key without padding", DoesNotVerify),
            ("signer_id with other case", WrongSigner),
            ("approved_at missing", MissingIdentity),
            ("same instant in another offset", DoesNotVerify),
            ("risk_tier, tool_id, version, endpoint_id changed: not covered", Holds),
            ("path changed", DoesNotVerify),
            ("approved_toolsets changed", DoesNotVerify),
            ("status changed", DoesNotVerify),
            ("method case and host case ignored", Holds),
        ]
    };

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
