//! The keys of a trust file, parsed and proven to be what their ids say.

use std::collections::HashMap;

use super::envelope::Purpose;
use super::genuine::Genuine;
use super::key::PublicKey;
use super::signature::{SignatureFault, verify};
use crate::canon::{Fault, FaultKind};
use crate::model::trust::{Key, Signer, Trust};

/// A trust file with its keys ready to verify with.
#[derive(Debug)]
pub struct Keyring<'a> {
    /// The trust file.
    pub trust: &'a Trust,
    by_id: HashMap<&'a str, Held<'a>>,
    genuine: Option<&'a Genuine>,
}

/// One key and whose it is.
#[derive(Debug, Clone)]
pub struct Held<'a> {
    /// Whose it is.
    pub signer: &'a Signer,
    /// What the file says about it.
    pub key: &'a Key,
    /// The key itself.
    pub public: PublicKey,
}

impl<'a> Keyring<'a> {
    /// Parses the keys of a trust file.
    ///
    /// # Errors
    /// A key that cannot be used (weak, malformed, a certificate), a key id that is not its key's, or one
    /// point under two ids: `trust.unreadable`.
    pub fn of(file: &str, trust: &'a Trust) -> Result<Keyring<'a>, Fault> {
        let mut by_id = HashMap::new();
        let mut points: HashMap<[u8; 32], &str> = HashMap::new();
        for (i, signer) in trust.file.signers.iter().enumerate() {
            for (j, key) in signer.keys.iter().enumerate() {
                let fault = |member: &str, message: String| {
                    let pointer = format!("/signers/{i}/keys/{j}/{member}");
                    Fault::new(file, FaultKind::Content, message).line(trust.line(&pointer)).pointer(pointer)
                };
                let public = PublicKey::parse(key.kind, &key.public_key)
                    .map_err(|e| fault("public_key", format!("not a key that may sign: {e}")))?;
                if public.key_id() != key.key_id {
                    let message = format!("key_id says {}, the key's is {}", key.key_id, public.key_id());
                    return Err(fault("key_id", message));
                }
                if let Some(other) = points.insert(*public.raw(), &signer.id) {
                    return Err(fault("public_key", format!("the same key stands under {other} already")));
                }
                by_id.insert(key.key_id.as_str(), Held { signer, key, public });
            }
        }
        Ok(Keyring { trust, by_id, genuine: None })
    }

    /// The same keys, for who judges by them what was judged before: no signature is verified twice.
    pub fn remembering(self, genuine: &'a Genuine) -> Keyring<'a> {
        Keyring { genuine: Some(genuine), ..self }
    }

    /// The key with this id.
    pub fn find(&self, key_id: &str) -> Option<&Held<'a>> {
        self.by_id.get(key_id)
    }

    /// Whether a text is the signature of a statement by one of these keys, as [`verify`] says it.
    ///
    /// # Errors
    /// Those of [`verify`].
    pub fn holds(&self, held: &Held, body: &[u8], text: &str) -> Result<(), SignatureFault> {
        match self.genuine {
            Some(genuine) => genuine.verify(&held.public, Purpose::Approval, body, text),
            None => verify(&held.public, Purpose::Approval, body, text),
        }
    }
}
