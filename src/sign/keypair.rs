//! Private keys: from the bytes of a key file to a key that signs, and back to the bytes of a file.
//!
//! Pure: seeds, salts and file contents are arguments; whoever calls reads the disk and asks the system for
//! randomness. Everything secret is wiped when dropped.

use std::fmt;

use ed25519_dalek::pkcs8::DecodePrivateKey;
use ed25519_dalek::{Signer, SigningKey};
use ssh_key::private::{Ed25519Keypair, KeypairData};
use ssh_key::{Cipher, Kdf, LineEnding, PrivateKey};
use zeroize::Zeroizing;

use super::base64url;
use super::envelope::{Purpose, pae};
use super::fault::KeyFault;
use super::key::PublicKey;

/// Larger than any Ed25519 key file with a sane comment, in bytes.
const MAX_FILE: usize = 16 * 1024;

/// Rounds of bcrypt-pbkdf in the files that are written: about half a second of work per guess on one core.
const ROUNDS: u32 = 24;

/// Above this, opening a key file would take minutes: a trap, not a key (`ssh-keygen -a`).
const MAX_ROUNDS: u32 = 1024;

/// The longest comment in a key file, in bytes.
const MAX_COMMENT: usize = 255;

/// A private key with its public half.
pub struct KeyPair {
    secret: SigningKey,
    public: PublicKey,
}

impl KeyPair {
    /// The pair of a seed. The caller takes it from the system's random source and wipes its own copy.
    pub fn generate(seed: [u8; 32]) -> KeyPair {
        let seed = Zeroizing::new(seed);
        let secret = SigningKey::from_bytes(&seed);
        // A clamped scalar is never 0 modulo the group order, so its point is of prime order.
        let public = PublicKey::from_raw(secret.verifying_key().as_bytes())
            .expect("the point of a clamped scalar is of prime order");
        KeyPair { secret, public }
    }

    /// A pair from unencrypted PKCS#8 PEM (`-----BEGIN PRIVATE KEY-----`, RFC 8410).
    ///
    /// # Errors
    /// Any other text or algorithm, an encrypted file, halves that don't belong together.
    pub fn from_pkcs8_pem(pem: &str) -> Result<KeyPair, KeyFault> {
        if pem.len() > MAX_FILE {
            return Err(KeyFault::TooLong);
        }
        if pem.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----") {
            return Err(KeyFault::Encrypted);
        }
        let secret = SigningKey::from_pkcs8_pem(pem.trim()).map_err(|_| KeyFault::Syntax)?;
        Ok(KeyPair::generate(secret.to_bytes()))
    }

    /// A pair from an OpenSSH private key file (`-----BEGIN OPENSSH PRIVATE KEY-----`, OpenSSH PROTOCOL.key).
    /// The passphrase is not looked at where the file needs none.
    ///
    /// # Errors
    /// Any other text or algorithm, a security key (its private half is in the hardware), a missing or wrong
    /// passphrase, a file that asks for an unreasonable amount of work.
    pub fn from_openssh(pem: &str, passphrase: Option<&str>) -> Result<KeyPair, KeyFault> {
        if pem.len() > MAX_FILE {
            return Err(KeyFault::TooLong);
        }
        let mut key = PrivateKey::from_openssh(pem.trim()).map_err(|e| match e {
            // Checks of the inner structure: the halves differ, or the check numbers do.
            ssh_key::Error::Crypto | ssh_key::Error::PublicKey => KeyFault::Halves,
            _ => KeyFault::Syntax,
        })?;
        // The public half stands outside the encryption: refuse before asking for anything.
        PublicKey::from_key_data(key.public_key().key_data())?;
        if key.is_encrypted() {
            match key.kdf() {
                Kdf::Bcrypt { rounds, .. } if *rounds <= MAX_ROUNDS => (),
                Kdf::Bcrypt { .. } => return Err(KeyFault::Work),
                _ => return Err(KeyFault::Syntax),
            }
            let passphrase = passphrase.ok_or(KeyFault::Encrypted)?;
            key = key.decrypt(passphrase).map_err(|_| KeyFault::Passphrase)?;
        }
        match key.key_data() {
            KeypairData::Ed25519(pair) => {
                let pair_of_seed = KeyPair::generate(*pair.private.as_ref());
                // The reader has compared them already; a signature by another key would be worse than a check.
                if pair_of_seed.public.raw() == &pair.public.0 {
                    Ok(pair_of_seed)
                } else {
                    Err(KeyFault::Halves)
                }
            }
            _ => Err(KeyFault::Kind),
        }
    }

    /// The OpenSSH private key file of this pair, with LF line ends. With a passphrase it is encrypted
    /// (bcrypt-pbkdf, AES-256-CTR), for which `random` is the salt and the check number: 20 fresh bytes from
    /// the system's random source each time.
    ///
    /// # Errors
    /// An empty passphrase; a comment with control characters or of more than 255 bytes.
    pub fn to_openssh(
        &self,
        comment: &str,
        passphrase: Option<&str>,
        random: [u8; 20],
    ) -> Result<Zeroizing<String>, KeyFault> {
        if comment.len() > MAX_COMMENT || comment.contains(char::is_control) {
            return Err(KeyFault::Comment);
        }
        let data = KeypairData::Ed25519(Ed25519Keypair::from(&self.secret));
        let mut key = PrivateKey::new(data, comment).map_err(|_| KeyFault::Syntax)?;
        if let Some(passphrase) = passphrase {
            if passphrase.is_empty() {
                return Err(KeyFault::EmptyPassphrase);
            }
            let (salt, check) = random.split_at(16);
            let check = u32::from_be_bytes([check[0], check[1], check[2], check[3]]);
            let kdf = Kdf::Bcrypt { salt: salt.to_vec(), rounds: ROUNDS };
            key = key
                .encrypt_with(Cipher::Aes256Ctr, kdf, check, passphrase)
                .map_err(|_| KeyFault::Passphrase)?;
        }
        key.to_openssh(LineEnding::LF).map_err(|_| KeyFault::Syntax)
    }

    /// The public half, as a key of type `ed25519`.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The name of the key, as in [`PublicKey::key_id`].
    pub fn key_id(&self) -> String {
        self.public.key_id()
    }

    /// The signature text for `body`: unpadded base64url of the 64 bytes of pure Ed25519 (RFC 8032) over the
    /// envelope. Deterministic.
    pub fn sign(&self, purpose: Purpose, body: &[u8]) -> String {
        base64url::encode(&self.secret.sign(&pae(purpose, body)).to_bytes())
    }
}

/// Only the name: a private key must never reach a log.
impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyPair({})", self.key_id())
    }
}
