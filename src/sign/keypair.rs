//! Private keys: from the bytes of a key file to a key that signs, and back to the bytes of a file.
//!
//! Pure: seeds, salts and file contents are arguments; whoever calls reads the disk and asks the system for
//! randomness. What is secret is wiped when dropped.

use std::fmt;

use ed25519_dalek::pkcs8::DecodePrivateKey;
use ed25519_dalek::{Signer, SigningKey};
use ssh_key::encoding::Encode;
use ssh_key::private::{Ed25519Keypair, KeypairData};
use ssh_key::{Cipher, HashAlg, Kdf, LineEnding, PrivateKey};
use zeroize::{Zeroize, Zeroizing};

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
    pub fn generate(mut seed: [u8; 32]) -> KeyPair {
        let secret = SigningKey::from_bytes(&seed);
        seed.zeroize();
        KeyPair::of(secret)
    }

    fn of(secret: SigningKey) -> KeyPair {
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
        Ok(KeyPair::of(secret))
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
                let read = KeyPair::of(SigningKey::from(&pair.private));
                // The reader has compared them already; a signature by another key would be worse than a check.
                if read.public.raw() == &pair.public.0 { Ok(read) } else { Err(KeyFault::Halves) }
            }
            _ => Err(KeyFault::Kind),
        }
    }

    /// The public half that an OpenSSH private key file names, without opening it: it stands outside the
    /// encryption, so it says which key this claims to be, and no more.
    ///
    /// # Errors
    /// Any other text or algorithm, every unsafe point.
    pub fn public_of_openssh(pem: &str) -> Result<PublicKey, KeyFault> {
        if pem.len() > MAX_FILE {
            return Err(KeyFault::TooLong);
        }
        let key = PrivateKey::from_openssh(pem.trim()).map_err(|_| KeyFault::Syntax)?;
        PublicKey::from_key_data(key.public_key().key_data())
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

    /// The signature text for `body` by this key as a key of type `ssh-ed25519`: what `ssh-keygen -Y sign`
    /// makes with the namespace of the purpose and hash sha512. Deterministic.
    ///
    /// # Errors
    /// The library refuses to make it.
    pub fn sign_as_ssh(&self, purpose: Purpose, body: &[u8]) -> Result<String, KeyFault> {
        let data = KeypairData::Ed25519(Ed25519Keypair::from(&self.secret));
        let key = PrivateKey::new(data, "").map_err(|_| KeyFault::Syntax)?;
        let signature = key
            .sign(purpose.namespace(), HashAlg::Sha512, &pae(purpose, body))
            .map_err(|_| KeyFault::Syntax)?;
        Ok(base64url::encode(&signature.encode_vec().map_err(|_| KeyFault::Syntax)?))
    }
}

/// Only the name: a private key must never reach a log.
impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyPair({})", self.key_id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::signature::verify;

    const PLAIN: &str = include_str!("../../fixtures/keys/ssh/signer");
    const ENCRYPTED: &str = include_str!("../../fixtures/keys/ssh/encrypted");
    const PKCS8: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n-----END PRIVATE KEY-----\n";

    #[test]
    fn an_ssh_signature_is_the_one_that_ssh_keygen_makes() {
        use crate::sign::key::KeyType;
        use crate::sign::signature::from_sshsig_pem;
        let pair = KeyPair::from_openssh(PLAIN, None).unwrap();
        let body = include_bytes!("../../fixtures/keys/ssh/body.json");
        for (purpose, pem) in [
            (Purpose::Approval, include_str!("../../fixtures/keys/ssh/approval.sig")),
            (Purpose::Trust, include_str!("../../fixtures/keys/ssh/trust.sig")),
            (Purpose::Gate, include_str!("../../fixtures/keys/ssh/gate.sig")),
        ] {
            let made = pair.sign_as_ssh(purpose, body).unwrap();
            assert_eq!(made, from_sshsig_pem(pem).unwrap());
            let key = pair.public().retyped(KeyType::SshEd25519).unwrap();
            assert_eq!(verify(&key, purpose, body, &made), Ok(()));
        }
    }

    #[test]
    fn the_public_half_is_told_without_a_passphrase() {
        let public = KeyPair::public_of_openssh(ENCRYPTED).unwrap();
        assert_eq!(public.raw(), KeyPair::from_openssh(PLAIN, None).unwrap().public().raw());
        assert_eq!(KeyPair::public_of_openssh(PKCS8).unwrap_err(), KeyFault::Syntax);
    }

    #[test]
    fn files_of_a_real_ssh_keygen() {
        let plain = KeyPair::from_openssh(PLAIN, None).unwrap();
        let line = include_str!("../../fixtures/keys/ssh/signer.pub");
        assert_eq!(plain.public().to_openssh_line("ssh test key"), line.trim_end());
        let opened = KeyPair::from_openssh(ENCRYPTED, Some("test passphrase")).unwrap();
        assert_eq!(opened.public(), plain.public());
        assert_eq!(KeyPair::from_openssh(ENCRYPTED, None).unwrap_err(), KeyFault::Encrypted);
        assert_eq!(KeyPair::from_openssh(ENCRYPTED, Some("test")).unwrap_err(), KeyFault::Passphrase);
        assert_eq!(KeyPair::from_openssh(ENCRYPTED, Some("")).unwrap_err(), KeyFault::Passphrase);
        let ecdsa = include_str!("../../fixtures/keys/ssh/ecdsa");
        assert!(KeyPair::from_openssh(ecdsa, None).is_err());
    }

    #[test]
    fn what_is_written_reads_back() {
        let pair = KeyPair::generate([4; 32]);
        let plain = pair.to_openssh("alice", None, [0; 20]).unwrap();
        assert_eq!(KeyPair::from_openssh(&plain, None).unwrap().public(), pair.public());
        let sealed = pair.to_openssh("alice", Some("horse"), [9; 20]).unwrap();
        assert_eq!(KeyPair::from_openssh(&sealed, Some("horse")).unwrap().public(), pair.public());
        assert_eq!(KeyPair::from_openssh(&sealed, Some("donkey")).unwrap_err(), KeyFault::Passphrase);
        assert_eq!(KeyPair::from_openssh(&sealed, None).unwrap_err(), KeyFault::Encrypted);
        // Same arguments, same bytes; another salt, another file.
        assert_eq!(pair.to_openssh("alice", Some("horse"), [9; 20]).unwrap(), sealed);
        assert_ne!(pair.to_openssh("alice", Some("horse"), [8; 20]).unwrap(), sealed);
    }

    #[test]
    fn bad_passphrases_and_comments_are_refused() {
        let pair = KeyPair::generate([4; 32]);
        let fault = |comment: &str, passphrase| pair.to_openssh(comment, passphrase, [0; 20]).unwrap_err();
        assert_eq!(fault("", Some("")), KeyFault::EmptyPassphrase);
        assert_eq!(fault("a\nb", None), KeyFault::Comment);
        assert_eq!(fault(&"a".repeat(MAX_COMMENT + 1), None), KeyFault::Comment);
    }

    #[test]
    fn a_file_that_asks_for_hours_of_work_is_refused_at_once() {
        let body: String = ENCRYPTED.lines().filter(|line| !line.starts_with('-')).collect();
        let mut bytes = base64url::decode_standard_strict(&body).unwrap();
        // …, string salt (16 bytes), u32 rounds.
        let at = bytes.windows(6).position(|w| w == b"bcrypt").unwrap() + 6 + 4 + 4 + 16;
        assert!((1..=64).contains(&u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap())));
        bytes[at..at + 4].copy_from_slice(&u32::MAX.to_be_bytes());
        let text = base64url::encode_standard(&bytes);
        let lines: Vec<&str> = text.as_bytes().chunks(70).map(|c| std::str::from_utf8(c).unwrap()).collect();
        let pem = format!(
            "-----BEGIN OPENSSH PRIVATE KEY-----\n{}\n-----END OPENSSH PRIVATE KEY-----\n",
            lines.join("\n")
        );
        assert_eq!(KeyPair::from_openssh(&pem, Some("test passphrase")).unwrap_err(), KeyFault::Work);
    }

    #[test]
    fn pkcs8_of_the_reference_system() {
        let pair = KeyPair::from_pkcs8_pem(PKCS8).unwrap();
        assert_eq!(pair.key_id(), "56475aa75463474c");
        let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----";
        assert_eq!(KeyPair::from_pkcs8_pem(encrypted).unwrap_err(), KeyFault::Encrypted);
        for pem in ["", "x", PLAIN, &PKCS8[..80], &"-".repeat(MAX_FILE + 1)] {
            assert!(KeyPair::from_pkcs8_pem(pem).is_err());
            assert!(KeyPair::from_openssh(&pem.replace("OPENSSH", "OTHER"), None).is_err());
        }
    }

    #[test]
    fn any_flipped_bit_of_a_key_file_is_refused_or_names_the_same_key() {
        let pair = KeyPair::generate([5; 32]);
        let file = pair.to_openssh("", None, [0; 20]).unwrap();
        for bit in 0..file.len() * 8 {
            let mut bytes = file.as_bytes().to_vec();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let Ok(text) = String::from_utf8(bytes) else { continue };
            if let Ok(read) = KeyPair::from_openssh(&text, None) {
                assert_eq!(read.public(), pair.public());
            }
        }
    }

    #[test]
    fn a_pair_signs_for_its_public_half_and_never_shows_itself() {
        let pair = KeyPair::generate([6; 32]);
        let text = pair.sign(Purpose::Gate, b"body");
        assert_eq!(verify(pair.public(), Purpose::Gate, b"body", &text), Ok(()));
        assert_eq!(pair.sign(Purpose::Gate, b"body"), text);
        assert_eq!(format!("{pair:?}"), format!("KeyPair({})", pair.key_id()));
    }
}
