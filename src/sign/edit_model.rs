//! Chains of random edits, signed by everybody: what follows, and what does not, by the rules of trust.md §2.

use proptest::prelude::*;

use crate::canon::json;
use crate::model::trust::{OwnerSignature, Role, Signer, Trust, TrustFile};
use crate::sign::chain::is_successor;
use crate::sign::edit::{About, Edit, apply, next};
use crate::sign::edit_testing::{key, now, one, trust};
use crate::sign::envelope::Purpose;
use crate::sign::keypair::KeyPair;
use crate::sign::keyring::Keyring;
use crate::sign::signed_text::trust_text;

/// A change over four keys and three people.
fn any_edit() -> impl Strategy<Value = Edit> {
    let id = |n: u8| ["alice", "bob", "carol"][usize::from(n % 3)].to_owned();
    let add = (any::<u8>(), 1u8..5, any::<bool>()).prop_map(move |(person, n, owner)| Edit::Add {
        id: id(person),
        key: key(n),
        about: About { roles: owner.then(|| vec![Role::Owner, Role::Approver]), ..About::default() },
    });
    let set = prop_oneof![
        (1u8..4).prop_map(|n| ("thresholds.trust".to_owned(), n.to_string())),
        (1u8..4).prop_map(|n| ("thresholds.approvals.critical".to_owned(), n.to_string())),
        any::<u8>().prop_map(move |n| (format!("signers.{}.roles", id(n)), "approver".to_owned())),
    ];
    prop_oneof![
        3 => add,
        1 => (1u8..5).prop_map(|n| Edit::Retire { key_id: key(n).key_id(), at: now() }),
        1 => (1u8..5).prop_map(|n| Edit::Revoke { key_id: key(n).key_id(), reason: "lost".into() }),
        2 => (1u8..5, 1u8..5).prop_map(|(a, b)| Edit::Rotate { old: key(a).key_id(), new: key(b) }),
        2 => set.prop_map(|(path, value)| Edit::Set { path, value }),
    ]
}

/// The file, signed by every key there is.
fn signed(file: &TrustFile) -> Trust {
    let bare = trust(file);
    let bytes = json::canonical(&bare.body()).into_bytes();
    let mut file = file.clone();
    for n in 1..5 {
        let pair = KeyPair::generate([n; 32]);
        if let Some((signer, _)) = bare.key(&pair.key_id()) {
            file.signatures.push(OwnerSignature {
                signer: signer.id.clone(),
                key_id: pair.key_id(),
                signature: pair.sign(Purpose::Trust, &bytes),
            });
        }
    }
    trust(&file)
}

fn live_owners(file: &TrustFile) -> usize {
    let live = |s: &&Signer| s.roles.contains(&Role::Owner) && s.keys.iter().any(|k| k.is_live(now()));
    file.signers.iter().filter(live).count()
}

proptest! {
    /// However a chain is edited: what all can sign follows exactly where enough owners are live on both
    /// sides, and no edit ever takes back a key or a revocation.
    #[test]
    fn every_chain_of_edits_follows_by_the_rules(edits in proptest::collection::vec(any_edit(), 1..12)) {
        let mut current = signed(&one());
        for edit in edits {
            let Ok(file) = apply(next(&current).unwrap(), edit, now()) else { continue };
            let text = trust_text("t", &file).unwrap();
            prop_assert!(text.ends_with("signatures: []\n"));
            let after = signed(&file);
            let (old, new) = (Keyring::of("t", &current).unwrap(), Keyring::of("t", &after).unwrap());
            let enough = live_owners(&current.file) >= usize::from(current.file.thresholds.trust)
                && live_owners(&file) >= usize::from(file.thresholds.trust);
            let step = is_successor(&old, &new, now());
            prop_assert_eq!(step.is_ok(), enough, "{:?}", step);
            let unsigned = trust(&file);
            prop_assert!(is_successor(&old, &Keyring::of("t", &unsigned).unwrap(), now()).is_err());
            if let Err((rule, _)) = step {
                prop_assert_eq!(rule.id, "trust.rotation-unsigned");
                break;
            }
            current = after;
        }
    }
}
