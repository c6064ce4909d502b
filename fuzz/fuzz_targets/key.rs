//! Bytes → keys and signatures in every form that is read: one text for each key, and no second text for a
//! signature that holds.
#![no_main]

use std::sync::LazyLock;

use cask::model::trust::KeyType;
use cask::sign::base64url;
use cask::sign::envelope::Purpose;
use cask::sign::key::PublicKey;
use cask::sign::keypair::KeyPair;
use cask::sign::signature::{from_sshsig_pem, verify};
use libfuzzer_sys::fuzz_target;

const BODY: &[u8] = b"{}";

/// A key, with its only signature of [`BODY`], in both of our forms.
static OWN: LazyLock<(KeyPair, String, PublicKey, String)> = LazyLock::new(|| {
    let pair = KeyPair::generate([7; 32]);
    let plain = pair.sign(Purpose::Approval, BODY);
    let ssh = pair.sign_as_ssh(Purpose::Approval, BODY).expect("signed");
    let as_ssh = pair.public().retyped(KeyType::SshEd25519).expect("the same point");
    (pair, plain, as_ssh, ssh)
});

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for key_type in [KeyType::Ed25519, KeyType::SshEd25519, KeyType::SkSshEd25519] {
        if let Ok(key) = PublicKey::parse(key_type, text) {
            assert_eq!(key.to_text(), text, "two texts for one key");
            assert_eq!(key.key_type(), key_type);
            known_again(&key);
        }
    }
    for key in [PublicKey::from_openssh_line(text), PublicKey::from_spki_pem(text)].into_iter().flatten() {
        known_again(&key);
    }
    if let Ok(pair) = KeyPair::from_pkcs8_pem(text) {
        holds(&pair);
    }
    // Without a passphrase: opening an encrypted file costs what it says it costs.
    if let Ok(pair) = KeyPair::from_openssh(text, None) {
        holds(&pair);
        assert_eq!(KeyPair::public_of_openssh(text).expect("it was opened").raw(), pair.public().raw());
    }
    let made = from_sshsig_pem(text).ok();
    if let Some(made) = &made {
        let bytes = base64url::decode_strict(made).expect("ours");
        assert_eq!(base64url::encode(&bytes), *made);
    }
    let (pair, plain, as_ssh, ssh) = &*OWN;
    for candidate in [Some(text), made.as_deref()].into_iter().flatten() {
        if verify(pair.public(), Purpose::Approval, BODY, candidate).is_ok() {
            assert_eq!(candidate, plain, "a second signature of one key over one body");
        }
        if verify(as_ssh, Purpose::Approval, BODY, candidate).is_ok() {
            assert_eq!(candidate, ssh, "a second signature of one key over one body");
        }
    }
});

fn known_again(key: &PublicKey) {
    assert_eq!(PublicKey::parse(key.key_type(), &key.to_text()).as_ref(), Ok(key));
    assert_eq!(key.key_id().len(), 16);
    if key.key_type() != KeyType::Ed25519 {
        assert_eq!(PublicKey::from_openssh_line(&key.to_openssh_line("me")).as_ref(), Ok(key));
    }
}

fn holds(pair: &KeyPair) {
    known_again(pair.public());
    let signature = pair.sign(Purpose::Trust, BODY);
    let public = pair.public().retyped(KeyType::Ed25519).unwrap_or_else(|| pair.public().clone());
    assert_eq!(verify(&public, Purpose::Trust, BODY, &signature), Ok(()));
}
