//! One signature text over bytes by one key: holds or not, and why not.
//!
//! Strict on purpose: one message, one key and one purpose have no second signature text that an outsider
//! could make from the first.

use std::fmt;

use ed25519_dalek::Signature;
use sha2::{Digest, Sha256};
use ssh_key::encoding::{Decode, Encode};
use ssh_key::{Algorithm, HashAlg, SshSig};

use super::base64url;
use super::envelope::{Purpose, pae};
use super::key::{KeyType, PublicKey};

/// The longest signature text that is looked at: a security key's SSHSIG with the longest application is
/// below 1 KiB.
const MAX_TEXT: usize = 2048;

/// FIDO flag: somebody touched the key (CTAP2 / OpenSSH PROTOCOL.u2f `SSH_SK_USER_PRESENCE_REQD`).
const USER_PRESENCE: u8 = 0x01;

/// Why a signature doesn't count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SignatureFault {
    /// Not the text of a signature that a key of this type makes.
    Malformed,
    /// A signature, but not of these bytes by this key.
    DoesNotVerify,
    /// An SSH signature made for another purpose.
    WrongNamespace,
}

impl fmt::Display for SignatureFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SignatureFault::Malformed => "the signature is malformed",
            SignatureFault::DoesNotVerify => "the signature does not verify",
            SignatureFault::WrongNamespace => "the ssh signature was made for another purpose",
        })
    }
}

impl std::error::Error for SignatureFault {}

/// Whether `text` is a signature of `body` for `purpose` by `key`.
///
/// `ed25519`: pure Ed25519 (RFC 8032) over the envelope. The ssh types: SSHSIG (OpenSSH PROTOCOL.sshsig) over
/// the envelope with the namespace of the purpose and hash sha512; by a security key only with the user
/// presence flag. `text` is unpadded base64url of the 64 bytes or of the SSHSIG blob.
///
/// # Errors
/// Malformed text first, then (ssh types) another namespace, then everything else that differs.
pub fn verify(key: &PublicKey, purpose: Purpose, body: &[u8], text: &str) -> Result<(), SignatureFault> {
    if text.len() > MAX_TEXT {
        return Err(SignatureFault::Malformed);
    }
    let bytes = base64url::decode_strict(text).ok_or(SignatureFault::Malformed)?;
    match key.key_type() {
        KeyType::Ed25519 => {
            let bytes: &[u8; 64] = bytes.as_slice().try_into().map_err(|_| SignatureFault::Malformed)?;
            raw(key, &pae(purpose, body), bytes)
        }
        KeyType::SshEd25519 | KeyType::SkSshEd25519 => ssh(key, purpose, body, &parse_blob(&bytes)?),
    }
}

/// The signature text of what `ssh-keygen -Y sign` writes (`-----BEGIN SSH SIGNATURE-----`).
///
/// # Errors
/// Any other text. Nothing is verified here.
pub fn from_sshsig_pem(pem: &str) -> Result<String, SignatureFault> {
    if pem.len() > MAX_TEXT {
        return Err(SignatureFault::Malformed);
    }
    let signature = SshSig::from_pem(pem.trim()).map_err(|_| SignatureFault::Malformed)?;
    let blob = signature.encode_vec().map_err(|_| SignatureFault::Malformed)?;
    parse_blob(&blob)?;
    Ok(base64url::encode(&blob))
}

/// `verify_strict`: S below the group order, R neither small-order nor in a second spelling. With a key of
/// prime order (which [`PublicKey`] is) that leaves no signature about which verifiers disagree.
pub(super) fn raw(key: &PublicKey, message: &[u8], signature: &[u8; 64]) -> Result<(), SignatureFault> {
    key.point()
        .verify_strict(message, &Signature::from_bytes(signature))
        .map_err(|_| SignatureFault::DoesNotVerify)
}

fn parse_blob(blob: &[u8]) -> Result<SshSig, SignatureFault> {
    let reader = &mut &*blob;
    let signature = SshSig::decode(reader).map_err(|_| SignatureFault::Malformed)?;
    // The reader forgives bytes behind a member and behind the end, version 0 and reserved data; none of them
    // would be signed.
    let again = signature.encode_vec().map_err(|_| SignatureFault::Malformed)?;
    let exact = again == blob && signature.version() == SshSig::VERSION && signature.reserved().is_empty();
    if exact { Ok(signature) } else { Err(SignatureFault::Malformed) }
}

fn ssh(key: &PublicKey, purpose: Purpose, body: &[u8], signature: &SshSig) -> Result<(), SignatureFault> {
    if signature.namespace() != purpose.namespace() {
        return Err(SignatureFault::WrongNamespace);
    }
    // Certificates and other algorithms are no keys here, so they never equal ours.
    if PublicKey::from_key_data(signature.public_key()).as_ref() != Ok(key) {
        return Err(SignatureFault::DoesNotVerify);
    }
    if signature.hash_alg() != HashAlg::Sha512 {
        return Err(SignatureFault::DoesNotVerify);
    }
    let signed = SshSig::signed_data(purpose.namespace(), HashAlg::Sha512, &pae(purpose, body))
        .map_err(|_| SignatureFault::DoesNotVerify)?;
    let bytes = signature.signature_bytes();
    match (key.key_type(), signature.algorithm()) {
        (KeyType::SshEd25519, Algorithm::Ed25519) => {
            raw(key, &signed, bytes.try_into().map_err(|_| SignatureFault::Malformed)?)
        }
        (KeyType::SkSshEd25519, Algorithm::SkEd25519) => {
            let (bytes, trailer) = bytes.split_first_chunk::<64>().ok_or(SignatureFault::Malformed)?;
            let [flags, counter @ ..]: [u8; 5] = trailer.try_into().map_err(|_| SignatureFault::Malformed)?;
            if flags & USER_PRESENCE == 0 {
                return Err(SignatureFault::DoesNotVerify);
            }
            // OpenSSH PROTOCOL.u2f: SHA256(application) || flags || counter || SHA256(message).
            let mut message = Sha256::digest(key.application().as_bytes()).to_vec();
            message.push(flags);
            message.extend_from_slice(&counter);
            message.extend_from_slice(&Sha256::digest(&signed));
            raw(key, &message, bytes)
        }
        _ => Err(SignatureFault::DoesNotVerify),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::keypair::KeyPair;
    use ed25519_dalek::{Signer, SigningKey};
    use proptest::prelude::*;
    use ssh_key::public::{Ed25519PublicKey, KeyData, SkEd25519};

    macro_rules! made_by_ssh_keygen {
        ($name:literal) => {
            include_str!(concat!("../../fixtures/keys/ssh/", $name))
        };
    }

    const BODY: &[u8] = include_bytes!("../../fixtures/keys/ssh/body.json");

    fn signer() -> PublicKey {
        PublicKey::from_openssh_line(made_by_ssh_keygen!("signer.pub")).unwrap()
    }

    fn text(pem: &str) -> String {
        from_sshsig_pem(pem).unwrap()
    }

    #[test]
    fn signatures_of_a_real_ssh_keygen_verify_for_their_purpose_only() {
        for (made, pem) in [
            (Purpose::Approval, made_by_ssh_keygen!("approval.sig")),
            (Purpose::Trust, made_by_ssh_keygen!("trust.sig")),
            (Purpose::Gate, made_by_ssh_keygen!("gate.sig")),
        ] {
            for asked in Purpose::ALL {
                let expected = if made == asked { Ok(()) } else { Err(SignatureFault::WrongNamespace) };
                assert_eq!(verify(&signer(), asked, BODY, &text(pem)), expected);
            }
        }
    }

    #[test]
    fn what_ssh_keygen_signed_otherwise_is_refused() {
        let check = |pem: &str| verify(&signer(), Purpose::Approval, BODY, &text(pem));
        assert_eq!(check(made_by_ssh_keygen!("other-namespace.sig")), Err(SignatureFault::WrongNamespace));
        for pem in [
            made_by_ssh_keygen!("sha256.sig"),
            made_by_ssh_keygen!("other-key.sig"),
            made_by_ssh_keygen!("rsa.sig"),
            made_by_ssh_keygen!("certificate.sig"),
        ] {
            assert_eq!(check(pem), Err(SignatureFault::DoesNotVerify));
        }
        let good = text(made_by_ssh_keygen!("approval.sig"));
        let other = verify(&signer(), Purpose::Approval, b"{}", &good);
        assert_eq!(other, Err(SignatureFault::DoesNotVerify));
    }

    #[test]
    fn the_type_of_the_key_decides_what_a_signature_is() {
        let ssh = text(made_by_ssh_keygen!("approval.sig"));
        let plain = signer().retyped(KeyType::Ed25519).unwrap();
        assert_eq!(verify(&plain, Purpose::Approval, BODY, &ssh), Err(SignatureFault::Malformed));
        // Not even the Ed25519 signature inside counts as one over the envelope.
        let blob = base64url::decode_strict(&ssh).unwrap();
        let inner = base64url::encode(&blob[blob.len() - 64..]);
        assert_eq!(verify(&plain, Purpose::Approval, BODY, &inner), Err(SignatureFault::DoesNotVerify));

        let pair = KeyPair::from_openssh(made_by_ssh_keygen!("signer"), None).unwrap();
        let raw = pair.sign(Purpose::Approval, BODY);
        assert_eq!(verify(&plain, Purpose::Approval, BODY, &raw), Ok(()));
        assert_eq!(verify(&signer(), Purpose::Approval, BODY, &raw), Err(SignatureFault::Malformed));
    }

    #[test]
    fn any_flipped_bit_of_an_ssh_signature_refuses() {
        let good = text(made_by_ssh_keygen!("approval.sig"));
        let blob = base64url::decode_strict(&good).unwrap();
        for bit in 0..blob.len() * 8 {
            let mut blob = blob.clone();
            blob[bit / 8] ^= 1 << (bit % 8);
            let flipped = verify(&signer(), Purpose::Approval, BODY, &base64url::encode(&blob));
            assert!(flipped.is_err(), "bit {bit}");
        }
        for bit in 0..good.len() * 8 {
            let mut bytes = good.as_bytes().to_vec();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let Ok(flipped) = String::from_utf8(bytes) else { continue };
            assert!(verify(&signer(), Purpose::Approval, BODY, &flipped).is_err(), "bit {bit}");
        }
        for bit in 0..BODY.len() * 8 {
            let mut body = BODY.to_vec();
            body[bit / 8] ^= 1 << (bit % 8);
            assert!(verify(&signer(), Purpose::Approval, &body, &good).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn a_blob_has_one_form() {
        let good = base64url::decode_strict(&text(made_by_ssh_keygen!("approval.sig"))).unwrap();
        let check = |blob: &[u8]| verify(&signer(), Purpose::Approval, BODY, &base64url::encode(blob));
        assert_eq!(check(&good), Ok(()));
        for length in 0..good.len() {
            assert_eq!(check(&good[..length]), Err(SignatureFault::Malformed), "{length}");
        }
        let mut longer = good.clone();
        longer.push(0);
        assert_eq!(check(&longer), Err(SignatureFault::Malformed));
        // Version 0, version 2.
        for version in [0, 2] {
            let mut other = good.clone();
            other[9] = version;
            assert_eq!(check(&other), Err(SignatureFault::Malformed));
        }
        // One byte behind the key, inside its member.
        let key = 4 + 11 + 4 + 32;
        let mut inside = good.clone();
        inside[13] += 1;
        inside.insert(14 + key, 0);
        assert_eq!(check(&inside), Err(SignatureFault::Malformed));
        // Reserved data: said to be ignored by verifiers, and not signed as such.
        let at = 14 + key + 4 + "cask.approval".len();
        let mut reserved = good.clone();
        reserved[at + 3] = 1;
        reserved.insert(at + 4, b'x');
        assert_eq!(check(&reserved), Err(SignatureFault::Malformed));
        // The word of another hash beside a signature over sha512: the word is signed only by its use.
        let word = good.windows(6).position(|w| w == b"sha512").unwrap();
        let mut hash = good.clone();
        hash[word..word + 6].copy_from_slice(b"sha256");
        assert_eq!(check(&hash), Err(SignatureFault::DoesNotVerify));
        // A length that promises more than any memory.
        let mut huge = good.clone();
        huge[10..14].copy_from_slice(&[0xff; 4]);
        assert_eq!(check(&huge), Err(SignatureFault::Malformed));
        let long = "A".repeat(MAX_TEXT + 1);
        let refused = verify(&signer(), Purpose::Approval, BODY, &long);
        assert_eq!(refused, Err(SignatureFault::Malformed));
    }

    #[test]
    fn pem_is_taken_only_by_its_own_door() {
        let pem = made_by_ssh_keygen!("approval.sig");
        assert_eq!(verify(&signer(), Purpose::Approval, BODY, pem), Err(SignatureFault::Malformed));
        let padded = format!("{}=", text(pem));
        assert_eq!(verify(&signer(), Purpose::Approval, BODY, &padded), Err(SignatureFault::Malformed));
        let windows = pem.replace('\n', "\r\n");
        assert_eq!(from_sshsig_pem(&windows), from_sshsig_pem(pem));
        let cut = &pem[..pem.len() - 40];
        for other in ["", "x", &text(pem), cut, made_by_ssh_keygen!("signer"), &"-".repeat(MAX_TEXT + 1)] {
            assert_eq!(from_sshsig_pem(other), Err(SignatureFault::Malformed), "{other}");
        }
    }

    /// A security key made of paper: the private key is known, so its signatures are built by hand after
    /// OpenSSH PROTOCOL.u2f.
    struct SecurityKey {
        secret: SigningKey,
        application: &'static str,
    }

    impl SecurityKey {
        fn data(&self) -> KeyData {
            let point = Ed25519PublicKey(self.secret.verifying_key().to_bytes());
            KeyData::SkEd25519(SkEd25519::new(point, self.application))
        }

        fn public(&self) -> PublicKey {
            let line = ssh_key::PublicKey::from(self.data()).to_openssh().unwrap();
            PublicKey::from_openssh_line(&line).unwrap()
        }

        /// Signs as application `application` with these flags, and writes `written` flags beside it.
        fn sign(&self, application: &str, flags: u8, written: u8) -> String {
            let envelope = pae(Purpose::Approval, BODY);
            let signed = SshSig::signed_data("cask.approval", HashAlg::Sha512, &envelope).unwrap();
            let counter = 7u32.to_be_bytes();
            let mut message = Sha256::digest(application.as_bytes()).to_vec();
            message.push(flags);
            message.extend(counter);
            message.extend(Sha256::digest(&signed));
            let mut bytes = self.secret.sign(&message).to_bytes().to_vec();
            bytes.push(written);
            bytes.extend(counter);
            let signature = ssh_key::Signature::new(Algorithm::SkEd25519, bytes).unwrap();
            let whole = SshSig::new(self.data(), "cask.approval", HashAlg::Sha512, signature).unwrap();
            text(&whole.to_pem(ssh_key::LineEnding::LF).unwrap())
        }
    }

    #[test]
    fn a_security_key_counts_only_with_a_touch() {
        let key = SecurityKey { secret: SigningKey::from_bytes(&[3; 32]), application: "ssh:" };
        let check = |text: &str| verify(&key.public(), Purpose::Approval, BODY, text);
        // User present; user present and verified (PIN).
        assert_eq!(check(&key.sign("ssh:", 0x01, 0x01)), Ok(()));
        assert_eq!(check(&key.sign("ssh:", 0x05, 0x05)), Ok(()));
        let refused = Err(SignatureFault::DoesNotVerify);
        // Not present; verified only; presence written beside a signature without it.
        assert_eq!(check(&key.sign("ssh:", 0x00, 0x00)), refused);
        assert_eq!(check(&key.sign("ssh:", 0x04, 0x04)), refused);
        assert_eq!(check(&key.sign("ssh:", 0x00, 0x01)), refused);
        assert_eq!(check(&key.sign("https://example.com", 0x01, 0x01)), refused);
        assert_eq!(verify(&key.public(), Purpose::Approval, b"{}", &key.sign("ssh:", 1, 1)), refused);
    }

    #[test]
    fn any_flipped_bit_of_a_touched_signature_refuses() {
        let key = SecurityKey { secret: SigningKey::from_bytes(&[3; 32]), application: "ssh:" };
        let blob = base64url::decode_strict(&key.sign("ssh:", 1, 1)).unwrap();
        for bit in 0..blob.len() * 8 {
            let mut blob = blob.clone();
            blob[bit / 8] ^= 1 << (bit % 8);
            let flipped = verify(&key.public(), Purpose::Approval, BODY, &base64url::encode(&blob));
            assert!(flipped.is_err(), "bit {bit}");
        }
    }

    proptest! {
        #[test]
        fn a_blob_with_a_piece_replaced_refuses(start: usize, length in 0usize..40, piece: Vec<u8>) {
            let good = base64url::decode_strict(&text(made_by_ssh_keygen!("approval.sig"))).unwrap();
            let start = start % (good.len() + 1);
            let end = (start + length).min(good.len());
            let blob = [&good[..start], &piece, &good[end..]].concat();
            let outcome = verify(&signer(), Purpose::Approval, BODY, &base64url::encode(&blob));
            prop_assert_eq!(outcome.is_ok(), blob == good);
        }
    }

    #[test]
    fn a_security_key_and_a_plain_key_of_one_point_are_two_keys() {
        let key = SecurityKey { secret: SigningKey::from_bytes(&[3; 32]), application: "ssh:" };
        let plain = KeyPair::generate([3; 32]).public().retyped(KeyType::SshEd25519).unwrap();
        assert_eq!(plain.key_id(), key.public().key_id());
        let text = key.sign("ssh:", 1, 1);
        let refused = Err(SignatureFault::DoesNotVerify);
        assert_eq!(verify(&plain, Purpose::Approval, BODY, &text), refused);
        let other = SecurityKey { secret: SigningKey::from_bytes(&[3; 32]), application: "ssh:other" };
        assert_eq!(verify(&other.public(), Purpose::Approval, BODY, &text), refused);
    }
}
