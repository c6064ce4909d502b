//! Bytes and a passphrase in, a file that tells nothing without it out; and back. XChaCha20-Poly1305 under a key that
//! Argon2id makes of the passphrase (RFC 9106).

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::canon::decode::decode;
use crate::canon::digest::sha256_hex;
use crate::canon::emit::emit_json;
use crate::canon::encode::encode;
use crate::canon::read_json::read_json;
use crate::canon::{Fault, FaultKind, Limits};

/// The form of the file.
const SCHEMA: &str = "cask.sealed/1";
const KDF: &str = "argon2id";
const CIPHER: &str = "xchacha20-poly1305";
/// Bytes of the file: base64 of the largest storage state, and what stands around it.
pub const LARGEST: usize = 12 << 20;
/// What a key costs: 64 MiB and three passes over them (RFC 9106 §4, the second recommended option with one lane).
const COST: Cost = Cost { memory_kib: 64 << 10, passes: 3, lanes: 1 };
/// What a file may ask for at most.
const MOST: Cost = Cost { memory_kib: 256 << 10, passes: 16, lanes: 4 };

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: String,
    /// Digest of what it belongs to: whether it is with that is told without the passphrase.
    belongs_to: String,
    kdf: String,
    cost: Cost,
    salt: String,
    cipher: String,
    nonce: String,
    sealed: String,
}

/// Why a file is not opened.
#[derive(Debug)]
pub enum Closed {
    /// The file is none of ours.
    Broken(Fault),
    /// It belongs to something else than it is found with.
    Elsewhere,
    /// The passphrase is another one, or the file was changed: nobody can tell which.
    Other,
}

/// Seals bytes. `bound`: what the file belongs to, without which it is not opened; `random` fills with what nobody guesses.
pub fn seal(bytes: &[u8], bound: &[u8], passphrase: &str, random: &mut dyn FnMut(&mut [u8])) -> String {
    let (mut salt, mut nonce) = ([0; 16], [0; 24]);
    random(&mut salt);
    random(&mut nonce);
    let key = key(passphrase, &salt, COST).expect("the cost and the salt are as they must be");
    let sealed = XChaCha20Poly1305::new(&Key::from(*key))
        .encrypt(&XNonce::from(nonce), Payload { msg: bytes, aad: bound })
        .expect("no storage state is too long for the cipher");
    let file = File {
        schema: SCHEMA.to_owned(),
        belongs_to: sha256_hex(bound),
        kdf: KDF.to_owned(),
        cost: COST,
        salt: STANDARD.encode(salt),
        cipher: CIPHER.to_owned(),
        nonce: STANDARD.encode(nonce),
        sealed: STANDARD.encode(sealed),
    };
    emit_json(&encode(&file))
}

/// The bytes that were sealed.
///
/// # Errors
/// It is no such file, asks for more than is spent on one, or opens for another passphrase or in another place.
pub fn open(name: &str, text: &[u8], bound: &[u8], passphrase: &str) -> Result<Zeroizing<Vec<u8>>, Closed> {
    let broken = |message: &str| {
        Closed::Broken(Fault::new(name, FaultKind::Content, message).hint("cask auth login, once more"))
    };
    let limits = Limits { text: LARGEST, ..Limits::new(LARGEST) };
    let node = read_json(name, text, &limits).map_err(|_| broken("it is cut off, or no sealed login"))?;
    let file: File = decode(name, &node).map_err(|_| broken("it is no sealed login"))?;
    if (&*file.schema, &*file.kdf, &*file.cipher) != (SCHEMA, KDF, CIPHER) {
        return Err(broken("it is sealed in a way that this cask does not know"));
    }
    if file.belongs_to != sha256_hex(bound) {
        return Err(Closed::Elsewhere);
    }
    let asked = file.cost;
    if asked.memory_kib > MOST.memory_kib || asked.passes > MOST.passes || asked.lanes > MOST.lanes {
        return Err(broken("it asks for more memory or time than is spent on a passphrase"));
    }
    let bytes = |text: &str| STANDARD.decode(text).map_err(|_| broken("it is no sealed login"));
    let nonce: [u8; 24] = bytes(&file.nonce)?.try_into().map_err(|_| broken("it is no sealed login"))?;
    let key = key(passphrase, &bytes(&file.salt)?, asked).ok_or_else(|| broken("it is no sealed login"))?;
    let sealed = bytes(&file.sealed)?;
    XChaCha20Poly1305::new(&Key::from(*key))
        .decrypt(&XNonce::from(nonce), Payload { msg: &sealed, aad: bound })
        .map(Zeroizing::new)
        .map_err(|_| Closed::Other)
}

/// The key of a passphrase; none where the salt or the cost is none.
fn key(passphrase: &str, salt: &[u8], cost: Cost) -> Option<Zeroizing<[u8; 32]>> {
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32)).ok()?;
    let mut key = Zeroizing::new([0; 32]);
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon.hash_password_into(passphrase.as_bytes(), salt, key.as_mut()).ok()?;
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(bytes: &[u8]) -> String {
        let mut next = 0;
        seal(bytes, b"shop", "a long passphrase", &mut |out| {
            out.iter_mut().for_each(|byte| {
                next += 1;
                *byte = next;
            });
        })
    }

    #[test]
    fn it_opens_for_its_passphrase_in_its_place_and_for_nothing_else() {
        let text = sealed(b"s3cret");
        assert!(!text.contains("s3cret"));
        let open = |text: &str, bound: &[u8], passphrase| open("f", text.as_bytes(), bound, passphrase);
        assert_eq!(&**open(&text, b"shop", "a long passphrase").unwrap(), b"s3cret");
        assert!(matches!(open(&text, b"shop", "another passphrase"), Err(Closed::Other)));
        assert!(matches!(open(&text, b"other", "a long passphrase"), Err(Closed::Elsewhere)));
        let digests = [&b"shop"[..], b"other"].map(sha256_hex);
        let forged = text.replace(&digests[0], &digests[1]);
        assert!(matches!(open(&forged, b"other", "a long passphrase"), Err(Closed::Other)));
        let turned = text.replace("\"passes\": 3", "\"passes\": 2");
        assert_ne!(turned, text);
        assert!(matches!(open(&turned, b"shop", "a long passphrase"), Err(Closed::Other)));
    }

    #[test]
    fn what_is_torn_or_asks_for_too_much_is_refused_before_anything_is_spent() {
        let text = sealed(b"s3cret");
        let costly = text.replace("65536", "4194304");
        let unknown = text.replace(CIPHER, "rot13");
        let salted = text.replace("AQIDBAUGBwgJCgsMDQ4PEA==", "AQ==");
        assert!(costly != text && unknown != text && salted != text);
        for text in ["", "{}", "[", &text[..text.len() / 2], &costly, &unknown, &salted] {
            assert!(matches!(open("f", text.as_bytes(), b"shop", "x"), Err(Closed::Broken(_))), "{text}");
        }
    }
}
