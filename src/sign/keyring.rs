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
        Ok(Keyring::with(trust, proven(file, trust)?))
    }

    /// The keys of a trust file, which were proven to be in its order.
    fn with(trust: &'a Trust, proven: Vec<PublicKey>) -> Keyring<'a> {
        let keys =
            trust.file.signers.iter().flat_map(|signer| signer.keys.iter().map(move |key| (signer, key)));
        let held = |((signer, key), public): ((&'a Signer, &'a Key), PublicKey)| {
            (key.key_id.as_str(), Held { signer, key, public })
        };
        Keyring { trust, by_id: keys.zip(proven).map(held).collect(), genuine: None }
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

/// A trust file that is kept beside its keys, for who asks for a keyring of them at each call: keys are proven once, and
/// so is each signature that holds.
#[derive(Debug)]
pub struct Proven {
    trust: Trust,
    keys: Vec<PublicKey>,
    genuine: Genuine,
}

impl Proven {
    /// Parses the keys of a trust file.
    ///
    /// # Errors
    /// Those of [`Keyring::of`].
    pub fn of(file: &str, trust: Trust) -> Result<Proven, Fault> {
        Ok(Proven { keys: proven(file, &trust)?, trust, genuine: Genuine::default() })
    }

    /// The trust file.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// Its keys.
    pub fn keyring(&self) -> Keyring<'_> {
        Keyring::with(&self.trust, self.keys.clone()).remembering(&self.genuine)
    }
}

/// The keys of a trust file, in its order. To prove that a point is one that may sign takes longer than to verify with it.
fn proven(file: &str, trust: &Trust) -> Result<Vec<PublicKey>, Fault> {
    let mut keys = Vec::new();
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
            keys.push(public);
        }
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::edit_testing::{key, one, trust};

    #[test]
    fn each_key_is_found_by_its_id_with_its_signer_however_the_keyring_is_made() {
        let mut file = one();
        let mut second = file.signers[0].clone();
        second.id = "bob".to_owned();
        let more =
            |n: u8| Key { key_id: key(n).key_id(), public_key: key(n).to_text(), ..second.keys[0].clone() };
        second.keys = vec![more(2), more(3)];
        file.signers.push(second);
        let (known, proven) = (trust(&file), Proven::of("t", trust(&file)).expect("sound keys"));
        for keyring in [Keyring::of("t", &known).expect("sound keys"), proven.keyring()] {
            for (n, signer) in [(1, "alice"), (2, "bob"), (3, "bob")] {
                let held = keyring.find(&key(n).key_id()).expect("it is there");
                assert_eq!((held.signer.id.as_str(), &held.key.key_id), (signer, &key(n).key_id()));
                assert_eq!(held.public, key(n));
            }
            assert!(keyring.find(&key(4).key_id()).is_none());
        }
        // An id that is not its key's.
        file.signers[1].keys[0].key_id = key(4).key_id();
        let foreign = Proven::of("t", trust(&file)).expect_err("it is another key's");
        assert!(foreign.message.starts_with("key_id says"), "{}", foreign.message);
    }
}
