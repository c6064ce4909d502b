//! Signatures of the reference system: its own vectors, and entries of its real lockfiles with its own verdicts.

use cask::sign::base64url;
use cask::sign::keypair::KeyPair;
use cask::sign::legacy::{LegacyEntry, LegacyTrust, LegacyVerdict, payload, verify};
use ed25519_dalek::pkcs8::DecodePrivateKey;
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};

fn read(text: &str) -> Value {
    serde_json::from_str(text).expect("the fixture is JSON")
}

fn vectors() -> Value {
    read(include_str!("../../fixtures/reference/signing.json"))
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().expect("the fixture has text here")
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The members of an entry that both fixtures spell alike.
fn signed_fields(e: &Value) -> LegacyEntry {
    let owned = |key| text(e, key).to_owned();
    LegacyEntry {
        signature_id: owned("signature_id"),
        tool_id: owned("tool_id"),
        name: owned("name"),
        method: owned("method"),
        path: owned("path"),
        host: owned("host"),
        toolsets: texts(&e["toolsets"]),
        approved_toolsets: texts(&e["approved_toolsets"]),
        status: owned("status"),
        ..LegacyEntry::default()
    }
}

fn vector(row: &Value) -> LegacyEntry {
    let optional = |key: &str| row[key].as_str().map(str::to_owned);
    LegacyEntry {
        approved_by: optional("approved_by"),
        approved_at: optional("approved_at_lockfile_text"),
        reason: optional("reason"),
        approval_mode: text(row, "mode").to_owned(),
        approval_signature: optional("signature"),
        approval_alg: Some("ed25519".to_owned()),
        approval_key_id: Some("56475aa75463474c".to_owned()),
        ..signed_fields(&row["entry"])
    }
}

fn lockfile_entry(e: &Value) -> LegacyEntry {
    let optional = |key: &str| e[key].as_str().map(str::to_owned);
    LegacyEntry {
        approved_by: optional("approved_by"),
        approved_at: optional("approved_at"),
        reason: optional("approval_reason"),
        approval_mode: text(e, "approval_mode").to_owned(),
        approval_signature: optional("approval_signature"),
        approval_alg: optional("approval_alg"),
        approval_key_id: optional("approval_key_id"),
        ..signed_fields(e)
    }
}

fn store(value: &Value) -> LegacyTrust {
    LegacyTrust::parse("trusted_signers.json", &value.to_string()).expect("the store is JSON")
}

fn trust(keys: &Value) -> LegacyTrust {
    store(&json!({ "trusted_keys": keys, "version": "1.0" }))
}

#[test]
fn every_sign_vector_reproduces_payload_and_signature() {
    let v = vectors();
    let key = SigningKey::from_pkcs8_pem(text(&v, "private_key_pkcs8_pem").trim()).unwrap();
    assert_eq!(
        KeyPair::from_pkcs8_pem(text(&v, "private_key_pkcs8_pem")).unwrap().key_id(),
        text(&v, "key_id")
    );
    let rows = v["sign"].as_array().unwrap();
    assert_eq!(rows.len(), 16);
    for row in rows {
        let payload = payload(&vector(row));
        let hex: String = payload.iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(hex, text(row, "payload_hex"), "{}", row["name"]);
        let made = base64url::encode(&key.sign(&payload).to_bytes());
        assert_eq!(format!("ed25519:{}:{made}", text(&v, "key_id")), text(row, "signature"));
        // And each holds for its own entry.
        let key = &v["verify"][0]["trusted_keys"][0];
        let mut key = key.clone();
        key["signer_id"] = row["approved_by"].clone();
        assert_eq!(verify(&vector(row), &trust(&json!([key]))), LegacyVerdict::Holds, "{}", row["name"]);
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
        let mut e = vector(&v["sign"][0]);
        e.approved_by = Some(text(row, "approved_by").to_owned());
        e.approval_signature = Some(text(row, "signature").to_owned());
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
fn entries_of_real_lockfiles_get_the_verdict_that_the_reference_gave() {
    use LegacyVerdict::*;
    let v = read(include_str!("../../fixtures/reference/legacy-entries.json"));
    let rows = v["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 55);
    for row in rows {
        let trust = store(&v["stores"][row["trust"].as_u64().unwrap() as usize]);
        let verdict = verify(&lockfile_entry(&row["entry"]), &trust);
        let expected: &[LegacyVerdict] = match text(row, "reference") {
            "ok" => &[Holds],
            said if said.ends_with("missing signer identity or approval timestamp") => &[MissingIdentity],
            said if said.ends_with("missing approval signature") => &[Missing],
            said if said.ends_with("verification failed") => {
                &[UnknownKey, Revoked, WrongSigner, DoesNotVerify]
            }
            said => panic!("a verdict that no row had: {said}"),
        };
        assert!(expected.contains(&verdict), "{}: {verdict:?}", row["name"]);
    }
    let first = |name: &str| {
        let row = rows.iter().find(|row| text(row, "name").starts_with(name)).unwrap();
        let trust = store(&v["stores"][row["trust"].as_u64().unwrap() as usize]);
        verify(&lockfile_entry(&row["entry"]), &trust)
    };
    // By name of the attack: edited entry, another's name, stranger's key, revoked key.
    assert_eq!(first("12-lockfile-tampered create_order"), DoesNotVerify);
    assert_eq!(first("12-lockfile-tampered create_user"), WrongSigner);
    assert_eq!(first("13-untrusted-signer"), UnknownKey);
    assert_eq!(first("15-revoked-key"), Revoked);
    // The reference's own mistakes, reproduced since they are only reported.
    assert_eq!(first("16-revocation-undone"), Holds);
    assert_eq!(first("23-reseal-launders-tampering"), Holds);
}
