//! Public keys: text in, a point that is safe to verify with out, and the id by which it is named.
//!
//! What is refused here never reaches a verifier: other algorithms, certificates, second spellings of a
//! point, and points outside the prime-order group (RFC 8032; "Taming the many EdDSAs", eprint 2020/1244).

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::VerifyingKey;
use ed25519_dalek::pkcs8::DecodePublicKey;
use sha2::{Digest, Sha256};
use ssh_key::public::{Ed25519PublicKey, KeyData, SkEd25519};

use super::base64url;
use super::fault::KeyFault;
pub use crate::model::trust::KeyType;

/// No key that is known needs more; bounds the work on hostile text.
const MAX_TEXT: usize = 4096;

/// The longest FIDO application string that is taken, in bytes.
const MAX_APPLICATION: usize = 255;

/// A public key that passed every check.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    key_type: KeyType,
    point: VerifyingKey,
    /// What a security key is bound to; empty for the other types.
    application: String,
}

impl PublicKey {
    /// A key from the trust file: `text` is padded standard base64 of the 32 raw bytes (`ed25519`) or of the
    /// OpenSSH public key blob (the other types).
    ///
    /// # Errors
    /// Any deviation from that form, a key of another type than `key_type`, and every unsafe point.
    pub fn parse(key_type: KeyType, text: &str) -> Result<PublicKey, KeyFault> {
        if text.len() > MAX_TEXT {
            return Err(KeyFault::TooLong);
        }
        let bytes = base64url::decode_standard_strict(text).ok_or(KeyFault::Base64)?;
        let key = match key_type {
            KeyType::Ed25519 => {
                PublicKey::from_raw(bytes.as_slice().try_into().map_err(|_| KeyFault::Length)?)?
            }
            KeyType::SshEd25519 | KeyType::SkSshEd25519 => PublicKey::from_blob(&bytes)?,
        };
        if key.key_type == key_type { Ok(key) } else { Err(KeyFault::Kind) }
    }

    /// A key of type `ed25519` from its 32 raw bytes.
    ///
    /// # Errors
    /// Every unsafe point.
    pub fn from_raw(bytes: &[u8; 32]) -> Result<PublicKey, KeyFault> {
        Ok(PublicKey { key_type: KeyType::Ed25519, point: point(bytes)?, application: String::new() })
    }

    /// A key from a line of `authorized_keys` or a `.pub` file: `type base64 [comment]`.
    ///
    /// # Errors
    /// More than one line, options before the type, a certificate, another algorithm, every unsafe point.
    pub fn from_openssh_line(line: &str) -> Result<PublicKey, KeyFault> {
        if line.len() > MAX_TEXT {
            return Err(KeyFault::TooLong);
        }
        let line = line.trim_matches([' ', '\t', '\r', '\n']);
        if line.contains(|c: char| c.is_control() && c != '\t') {
            return Err(KeyFault::Syntax);
        }
        let mut words = line.split([' ', '\t']).filter(|w| !w.is_empty());
        let (Some(word), Some(text)) = (words.next(), words.next()) else { return Err(KeyFault::Syntax) };
        match KeyType::from_str(word) {
            Ok(KeyType::Ed25519) => Err(KeyFault::Kind),
            Ok(key_type) => PublicKey::parse(key_type, text),
            Err(_) if word.contains("-cert-v0") => Err(KeyFault::Certificate),
            Err(_) if is_algorithm(word) => Err(KeyFault::Kind),
            Err(_) if line.split([' ', '\t']).any(is_algorithm) => Err(KeyFault::Options),
            Err(_) => Err(KeyFault::Syntax),
        }
    }

    /// A key of type `ed25519` from SPKI PEM (`-----BEGIN PUBLIC KEY-----`, RFC 8410).
    ///
    /// # Errors
    /// Any other text or algorithm, every unsafe point.
    pub fn from_spki_pem(pem: &str) -> Result<PublicKey, KeyFault> {
        if pem.len() > MAX_TEXT {
            return Err(KeyFault::TooLong);
        }
        // The library takes any encoding of any point: only its bytes are used.
        let key = VerifyingKey::from_public_key_pem(pem.trim()).map_err(|_| KeyFault::Syntax)?;
        PublicKey::from_raw(key.as_bytes())
    }

    fn from_blob(bytes: &[u8]) -> Result<PublicKey, KeyFault> {
        let parsed = ssh_key::PublicKey::from_bytes(bytes).map_err(|_| KeyFault::Syntax)?;
        let key = PublicKey::from_key_data(parsed.key_data())?;
        // The reader forgives bytes behind a member; one key has one blob.
        if key.blob() == bytes { Ok(key) } else { Err(KeyFault::Syntax) }
    }

    pub(super) fn from_key_data(data: &KeyData) -> Result<PublicKey, KeyFault> {
        match data {
            KeyData::Ed25519(key) => Ok(PublicKey {
                key_type: KeyType::SshEd25519,
                point: point(&key.0)?,
                application: String::new(),
            }),
            KeyData::SkEd25519(key) => {
                let application = key.application();
                // OpenSSH gives security keys no other application; a web site's must never count.
                if !application.starts_with("ssh:")
                    || application.len() > MAX_APPLICATION
                    || application.contains(char::is_control)
                {
                    return Err(KeyFault::Application);
                }
                Ok(PublicKey {
                    key_type: KeyType::SkSshEd25519,
                    point: point(&key.public_key().0)?,
                    application: application.to_owned(),
                })
            }
            KeyData::Certificate(_) => Err(KeyFault::Certificate),
            KeyData::Other(key) if key.algorithm().as_str().contains("-cert-v0") => {
                Err(KeyFault::Certificate)
            }
            _ => Err(KeyFault::Kind),
        }
    }

    /// The same point under another type, for a key whose owner uses it otherwise. Security keys can't be
    /// retyped: what they sign is bound to their application.
    pub fn retyped(&self, key_type: KeyType) -> Option<PublicKey> {
        let sk = KeyType::SkSshEd25519;
        ((self.key_type == sk) == (key_type == sk)).then(|| PublicKey { key_type, ..self.clone() })
    }

    /// How signatures by this key are made.
    pub fn key_type(&self) -> KeyType {
        self.key_type
    }

    /// The 32 raw bytes of the point, for every type.
    pub fn raw(&self) -> &[u8; 32] {
        self.point.as_bytes()
    }

    /// SHA-256 of the 32 raw bytes, 64 lower-case hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        Sha256::digest(self.raw()).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The first 16 digits of the fingerprint: the name of the key in files and messages.
    pub fn key_id(&self) -> String {
        let mut id = self.fingerprint();
        id.truncate(16);
        id
    }

    /// The text of the key in the trust file; [`PublicKey::parse`] reads it back.
    pub fn to_text(&self) -> String {
        match self.key_type {
            KeyType::Ed25519 => base64url::encode_standard(self.raw()),
            KeyType::SshEd25519 | KeyType::SkSshEd25519 => base64url::encode_standard(&self.blob()),
        }
    }

    /// The key as a line of `authorized_keys` without a line end; a key of type `ed25519` is written as
    /// `ssh-ed25519`.
    pub fn to_openssh_line(&self, comment: &str) -> String {
        let word = match self.key_type {
            KeyType::Ed25519 => KeyType::SshEd25519,
            other => other,
        };
        let line = format!("{word} {} {comment}", base64url::encode_standard(&self.blob()));
        line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim_end().to_owned()
    }

    pub(super) fn point(&self) -> &VerifyingKey {
        &self.point
    }

    pub(super) fn application(&self) -> &str {
        &self.application
    }

    /// The OpenSSH public key blob (RFC 8709 §4; OpenSSH PROTOCOL.u2f for security keys).
    fn blob(&self) -> Vec<u8> {
        let point = Ed25519PublicKey(*self.raw());
        let data = match self.key_type {
            KeyType::SkSshEd25519 => KeyData::SkEd25519(SkEd25519::new(point, self.application.as_str())),
            KeyType::Ed25519 | KeyType::SshEd25519 => KeyData::Ed25519(point),
        };
        ssh_key::PublicKey::from(data).to_bytes().expect("a key of bounded length has an encoding")
    }
}

/// A public key is no secret, but its long form helps nobody in a message.
impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} {})", self.key_type, self.key_id())
    }
}

/// Whether a word of a key line names an algorithm of OpenSSH.
fn is_algorithm(word: &str) -> bool {
    ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-", "rsa-sha2-"].iter().any(|p| word.starts_with(p))
}

/// The point of 32 bytes, if it is one that every verifier agrees about.
fn point(bytes: &[u8; 32]) -> Result<VerifyingKey, KeyFault> {
    let key = VerifyingKey::from_bytes(bytes).map_err(|_| KeyFault::NotAPoint)?;
    if key.is_weak() {
        return Err(KeyFault::SmallOrder);
    }
    let point = key.to_edwards();
    if point.compress().as_bytes() != bytes {
        return Err(KeyFault::NotCanonical);
    }
    if !point.is_torsion_free() {
        return Err(KeyFault::MixedOrder);
    }
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032 §7.1, test 1.
    const RAW: &str = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    const LINE: &str = include_str!("../../fixtures/keys/ssh/signer.pub");
    const CERTIFICATE: &str = include_str!("../../fixtures/keys/ssh/certificate.pub");

    fn parse(text: &str) -> Result<PublicKey, KeyFault> {
        PublicKey::parse(KeyType::Ed25519, text)
    }

    #[test]
    fn a_raw_key_has_one_text_and_the_id_of_its_hash() {
        let key = parse(RAW).unwrap();
        assert_eq!(key.to_text(), RAW);
        assert_eq!(key.fingerprint(), "21fe31dfa154a261626bf854046fd2271b7bed4b6abe45aa58877ef47f9721b9");
        assert_eq!(key.key_id(), "21fe31dfa154a261");
        let bare = RAW.trim_end_matches('=');
        assert_eq!(parse(bare).unwrap_err(), KeyFault::Base64);
        assert_eq!(parse(&RAW.replace('/', "_")).unwrap_err(), KeyFault::Base64);
        assert_eq!(parse(&format!("{RAW}\n")).unwrap_err(), KeyFault::Base64);
        assert_eq!(parse("").unwrap_err(), KeyFault::Length);
        assert_eq!(parse(&RAW[4..]).unwrap_err(), KeyFault::Length);
        assert_eq!(parse(&"A".repeat(MAX_TEXT + 4)).unwrap_err(), KeyFault::TooLong);
    }

    #[test]
    fn the_key_id_of_the_reference_vector() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../../fixtures/reference/signing.json")).unwrap();
        let key = PublicKey::from_spki_pem(vectors["public_key_spki_pem"].as_str().unwrap()).unwrap();
        assert_eq!(key.key_id(), vectors["key_id"].as_str().unwrap());
        assert_eq!(key.key_type(), KeyType::Ed25519);
        let raw: String = key.raw().iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(raw, vectors["public_key_raw_hex"].as_str().unwrap());
    }

    #[test]
    fn a_line_of_a_real_ssh_keygen_and_back() {
        let key = PublicKey::from_openssh_line(LINE).unwrap();
        assert_eq!(key.key_type(), KeyType::SshEd25519);
        assert_eq!(key.to_openssh_line("ssh test key"), LINE.trim_end());
        assert_eq!(PublicKey::parse(KeyType::SshEd25519, &key.to_text()), Ok(key.clone()));
        // The id is that of the point, whatever the wrapping.
        let plain = parse(&base64url::encode_standard(key.raw())).unwrap();
        assert_eq!(plain.key_id(), key.key_id());
        assert_eq!(key.retyped(KeyType::Ed25519), Some(plain.clone()));
        assert_eq!(plain.to_openssh_line(""), key.to_openssh_line(""));
        assert_eq!(key.to_openssh_line("a\nssh-rsa b").lines().count(), 1);
    }

    #[test]
    fn what_is_said_and_what_is_there_must_agree() {
        let text = PublicKey::from_openssh_line(LINE).unwrap().to_text();
        assert_eq!(PublicKey::parse(KeyType::SkSshEd25519, &text).unwrap_err(), KeyFault::Kind);
        assert_eq!(parse(&text).unwrap_err(), KeyFault::Length);
        assert_eq!(PublicKey::parse(KeyType::SshEd25519, RAW).unwrap_err(), KeyFault::Syntax);
        let line = format!("sk-ssh-ed25519@openssh.com {text}");
        assert_eq!(PublicKey::from_openssh_line(&line).unwrap_err(), KeyFault::Kind);
    }

    #[test]
    fn certificates_other_algorithms_and_options_are_refused() {
        let fault = |line: &str| PublicKey::from_openssh_line(line).unwrap_err();
        assert_eq!(fault(CERTIFICATE), KeyFault::Certificate);
        let blob = CERTIFICATE.split(' ').nth(1).unwrap();
        assert_eq!(PublicKey::parse(KeyType::SshEd25519, blob).unwrap_err(), KeyFault::Certificate);
        assert_eq!(fault(&format!("ssh-ed25519 {blob}")), KeyFault::Certificate);
        assert_eq!(fault(include_str!("../../fixtures/keys/ssh/rsa.pub")), KeyFault::Kind);
        assert_eq!(fault(include_str!("../../fixtures/keys/ssh/ecdsa.pub")), KeyFault::Kind);
        assert_eq!(fault(&format!("cert-authority {LINE}")), KeyFault::Options);
        assert_eq!(fault(&format!("command=\"x\",no-pty {LINE}")), KeyFault::Options);
        assert_eq!(fault(&format!("ed25519 {RAW}")), KeyFault::Kind);
        for junk in ["", "ssh-ed25519", "# comment", "no key here", &format!("{LINE}{LINE}")] {
            assert_eq!(fault(junk), KeyFault::Syntax, "{junk}");
        }
    }

    #[test]
    fn a_blob_has_one_form() {
        let text = PublicKey::from_openssh_line(LINE).unwrap().to_text();
        let blob = base64url::decode_standard_strict(&text).unwrap();
        for length in 0..blob.len() {
            let cut = base64url::encode_standard(&blob[..length]);
            assert!(PublicKey::parse(KeyType::SshEd25519, &cut).is_err());
        }
        let longer = base64url::encode_standard(&[&blob[..], &[0]].concat());
        assert_eq!(PublicKey::parse(KeyType::SshEd25519, &longer).unwrap_err(), KeyFault::Syntax);
        // A byte behind the point, inside its member.
        let inside = base64url::encode_standard(&[&blob[..18], &[33], &blob[19..], &[0]].concat());
        assert_eq!(PublicKey::parse(KeyType::SshEd25519, &inside).unwrap_err(), KeyFault::Syntax);
        let weak = base64url::encode_standard(&[&blob[..19], &[0; 32]].concat());
        assert_eq!(PublicKey::parse(KeyType::SshEd25519, &weak).unwrap_err(), KeyFault::SmallOrder);
    }

    #[test]
    fn a_security_key_is_bound_to_an_ssh_application() {
        let point = Ed25519PublicKey(*parse(RAW).unwrap().raw());
        let read = |application: &str| {
            let data = KeyData::SkEd25519(SkEd25519::new(point, application));
            let text = base64url::encode_standard(&ssh_key::PublicKey::from(data).to_bytes().unwrap());
            PublicKey::parse(KeyType::SkSshEd25519, &text).inspect(|key| assert_eq!(key.to_text(), text))
        };
        let key = read("ssh:work").unwrap();
        assert_eq!(key.key_id(), parse(RAW).unwrap().key_id());
        assert_eq!(key.retyped(KeyType::SshEd25519), None);
        assert_eq!(parse(RAW).unwrap().retyped(KeyType::SkSshEd25519), None);
        assert_ne!(read("ssh:").unwrap(), key);
        let long = format!("ssh:{}", "x".repeat(MAX_APPLICATION));
        for application in ["", "https://example.com", "ssh:\n", &long] {
            assert_eq!(read(application).unwrap_err(), KeyFault::Application, "{application}");
        }
    }

    #[test]
    fn the_words_of_the_types() {
        for key_type in KeyType::ALL {
            assert_eq!(key_type.to_string().parse(), Ok(key_type));
            assert_eq!(serde_json::to_value(key_type).unwrap(), key_type.word());
        }
        assert!("ssh-rsa".parse::<KeyType>().is_err());
        assert!("Ed25519".parse::<KeyType>().is_err());
    }

    #[test]
    fn pem_of_anything_else_is_refused() {
        let rsa = "-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----";
        for pem in ["", RAW, rsa, LINE, &"-".repeat(MAX_TEXT + 1)] {
            assert!(PublicKey::from_spki_pem(pem).is_err(), "{pem}");
        }
        // A point of small order in perfect PEM.
        let weak = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n-----END PUBLIC KEY-----";
        assert_eq!(PublicKey::from_spki_pem(weak).unwrap_err(), KeyFault::SmallOrder);
    }
}
