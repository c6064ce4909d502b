//! Signatures that were found to hold, for who judges the same statements twice: a signature holds over the same bytes by
//! the same key whoever asks, and to find that out costs more than all else about it.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

use super::envelope::{Purpose, pae};
use super::key::PublicKey;
use super::signature::{SignatureFault, verify};

/// Those that held: 32 bytes each, and no more of them than the lockfile has that is judged. One that did not is looked at
/// again: nothing but what was proven is kept.
#[derive(Debug, Default)]
pub struct Genuine(Mutex<HashSet<[u8; 32]>>);

impl Genuine {
    /// As [`verify`], which is asked once for each key, purpose, body and text that hold together.
    ///
    /// # Errors
    /// Those of [`verify`].
    pub fn verify(
        &self,
        key: &PublicKey,
        purpose: Purpose,
        body: &[u8],
        text: &str,
    ) -> Result<(), SignatureFault> {
        let asked = question(key, purpose, body, text);
        // Who panics while it holds the lock leaves a set of proven signatures behind, as it was.
        if self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&asked) {
            return Ok(());
        }
        verify(key, purpose, body, text)?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(asked);
        Ok(())
    }
}

/// One digest for one question. The key's text is as long as its length says, and so is the envelope: no two questions
/// run together to the same bytes.
fn question(key: &PublicKey, purpose: Purpose, body: &[u8], text: &str) -> [u8; 32] {
    let key = key.to_text();
    let mut hash = Sha256::new();
    hash.update((key.len() as u64).to_be_bytes());
    hash.update(key);
    hash.update(pae(purpose, body));
    hash.update(text);
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::trust::KeyType;
    use crate::sign::keypair::KeyPair;
    use proptest::prelude::*;

    const BODY: &[u8] = b"a statement";

    fn kept(genuine: &Genuine) -> usize {
        genuine.0.lock().expect("nobody panicked").len()
    }

    #[test]
    fn what_held_once_is_not_looked_at_again() {
        let (pair, genuine) = (KeyPair::generate([1; 32]), Genuine::default());
        let text = pair.sign(Purpose::Approval, BODY);
        for _ in 0..2 {
            assert_eq!(genuine.verify(pair.public(), Purpose::Approval, BODY, &text), Ok(()));
            assert_eq!(kept(&genuine), 1);
        }
        // What was proven is believed without another look: else this would not be.
        genuine.0.lock().expect("nobody panicked").insert(question(
            pair.public(),
            Purpose::Approval,
            BODY,
            "x",
        ));
        assert_eq!(genuine.verify(pair.public(), Purpose::Approval, BODY, "x"), Ok(()));
    }

    #[test]
    fn what_held_vouches_for_nothing_else() {
        let (pair, other) = (KeyPair::generate([1; 32]), KeyPair::generate([2; 32]));
        let genuine = Genuine::default();
        let text = pair.sign(Purpose::Approval, BODY);
        assert_eq!(genuine.verify(pair.public(), Purpose::Approval, BODY, &text), Ok(()));
        let wrapped = pair.public().retyped(KeyType::SshEd25519).expect("the same point");
        let longer = format!("{text}A");
        let asked: [(&PublicKey, Purpose, &[u8], &str); 6] = [
            (other.public(), Purpose::Approval, BODY, &text),
            (&wrapped, Purpose::Approval, BODY, &text),
            (pair.public(), Purpose::Trust, BODY, &text),
            (pair.public(), Purpose::Approval, b"a statemenT", &text),
            (pair.public(), Purpose::Approval, BODY, &longer),
            (pair.public(), Purpose::Approval, BODY, &text[1..]),
        ];
        for (key, purpose, body, text) in asked {
            for _ in 0..2 {
                let is = verify(key, purpose, body, text);
                assert!(is.is_err() && genuine.verify(key, purpose, body, text) == is);
            }
        }
        assert_eq!(kept(&genuine), 1);
    }

    proptest! {
        /// Whoever asks in whatever order gets what the verifier says.
        #[test]
        fn to_remember_changes_no_answer(asked in proptest::collection::vec((0..2u8, 0..2u8, 0..2u8, 0..2u8, 0..2usize), 1..20)) {
            let genuine = Genuine::default();
            for (by, signed, key, body, purpose) in asked {
                let pair = |seed: u8| KeyPair::generate([seed; 32]);
                let text = pair(by).sign(Purpose::Approval, &[signed]);
                let (pair, purpose) = (pair(key), [Purpose::Approval, Purpose::Gate][purpose]);
                let is = verify(pair.public(), purpose, &[body], &text);
                prop_assert_eq!(genuine.verify(pair.public(), purpose, &[body], &text), is);
            }
        }
    }
}
