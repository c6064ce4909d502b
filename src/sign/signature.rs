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
fn raw(key: &PublicKey, message: &[u8], signature: &[u8; 64]) -> Result<(), SignatureFault> {
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
