//! A trust file and a change in; the next version out, unsigned. Pure: `now` is an argument, and who may
//! make the change is decided by the signatures that come after.

use crate::canon::time::Timestamp;
use crate::model::risk::RiskTier;
use crate::model::trust::{
    Key, PerTier, Revocation, Role, Rules, SCHEMA, Signer, Thresholds, Trust, TrustFile, is_signer_id,
};

use super::edit_refused::Refused;
use super::edit_set;
use super::key::PublicKey;

/// Days within which an approval must be merged, where nothing else is said.
const FRESH_DAYS: u32 = 30;
/// The longest reason of a revocation, in characters.
const MAX_REASON: usize = 200;

fn refuse<T>(message: impl Into<String>) -> Result<T, Refused> {
    Err(Refused::new(message))
}

fn refuse_with<T>(message: impl Into<String>, hint: &str) -> Result<T, Refused> {
    Err(Refused::new(message).hint(hint))
}

/// What is said about a signer; what is not said stays, or is the default of a new signer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// What the signer may do. A new one: approver.
    pub roles: Option<Vec<Role>>,
    /// The highest tier the signer may approve. A new one: critical.
    pub max_risk: Option<RiskTier>,
    /// Login on GitHub.
    pub github: Option<String>,
    /// Globs of toolpacks.
    pub toolpacks: Option<Vec<String>>,
}

/// One change.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// A signer, or one more key of one.
    Add {
        /// Signer id.
        id: String,
        /// The key.
        key: PublicKey,
        /// What is said about the signer.
        about: About,
    },
    /// The key signs nothing new from then on.
    Retire {
        /// Which key.
        key_id: String,
        /// From when on.
        at: Timestamp,
    },
    /// The key is compromised.
    Revoke {
        /// Which key.
        key_id: String,
        /// Why.
        reason: String,
    },
    /// A new key for the signer of an old one, which is retired.
    Rotate {
        /// The old key.
        old: String,
        /// The new one.
        new: PublicKey,
    },
    /// `PATH=VALUE`.
    Set {
        /// Dotted path.
        path: String,
        /// The value as text.
        value: String,
    },
}

/// The first version: one owner who is approver as well, one signature for everything.
///
/// # Errors
/// The id is none.
pub fn first(
    id: &str,
    github: Option<String>,
    key: &PublicKey,
    now: Timestamp,
) -> Result<TrustFile, Refused> {
    let mut file = TrustFile {
        schema: SCHEMA.to_owned(),
        version: 1,
        at: now,
        previous: None,
        root: None,
        signers: Vec::new(),
        thresholds: Thresholds {
            trust: 1,
            approvals: PerTier { safe: 1, low: 1, medium: 1, high: 1, critical: 1 },
        },
        rules: Rules {
            max_age_days: [(RiskTier::High, 365), (RiskTier::Critical, 180)].into(),
            fresh_days: FRESH_DAYS,
            author_may_approve: true,
        },
        signatures: Vec::new(),
    };
    let about = About { roles: Some(vec![Role::Owner, Role::Approver]), github, ..About::default() };
    add(&mut file, id, key, about)?;
    Ok(file)
}

/// The version after `current`, with nothing changed yet.
///
/// # Errors
/// There are too many versions.
pub fn next(current: &Trust) -> Result<TrustFile, Refused> {
    let Some(version) = current.file.version.checked_add(1) else {
        return refuse("no version number is left");
    };
    Ok(TrustFile {
        version,
        previous: Some(current.digest.clone()),
        root: Some(current.root().to_owned()),
        signatures: Vec::new(),
        ..current.file.clone()
    })
}

/// The file with a change made, unsigned and dated `now`.
///
/// # Errors
/// The change names nothing that is there, changes nothing, or would take back what no version may.
pub fn apply(mut file: TrustFile, edit: Edit, now: Timestamp) -> Result<TrustFile, Refused> {
    match edit {
        Edit::Add { id, key, about } => add(&mut file, &id, &key, about)?,
        Edit::Retire { key_id, at } => retire(&mut file, &key_id, at, now)?,
        Edit::Revoke { key_id, reason } => revoke(&mut file, &key_id, reason, now)?,
        Edit::Rotate { old, new } => rotate(&mut file, &old, &new, now)?,
        Edit::Set { path, value } => edit_set::set(&mut file, &path, value.trim())?,
    }
    file.at = now;
    file.signatures.clear();
    Ok(file)
}

fn add(file: &mut TrustFile, id: &str, key: &PublicKey, about: About) -> Result<(), Refused> {
    if !is_signer_id(id) {
        return refuse_with(
            format!("{id:?} can't be the id of a signer"),
            "1 to 128 of A-Z a-z 0-9 . _ @ + -, first a letter or digit",
        );
    }
    if let Some(owner) = holder(file, key) {
        return refuse(format!("key {} is listed already, under {owner}", key.key_id()));
    }
    let new = Key {
        key_id: key.key_id(),
        kind: key.key_type(),
        public_key: key.to_text(),
        not_after: None,
        revoked: None,
    };
    let Some(signer) = file.signers.iter_mut().find(|signer| signer.id.eq_ignore_ascii_case(id)) else {
        file.signers.push(Signer {
            id: id.to_owned(),
            github: about.github,
            roles: about.roles.unwrap_or_else(|| vec![Role::Approver]),
            max_risk: about.max_risk.unwrap_or(RiskTier::Critical),
            toolpacks: about.toolpacks,
            keys: vec![new],
        });
        return Ok(());
    };
    if signer.id != id {
        return refuse(format!("a signer is called {} already (case does not count)", signer.id));
    }
    signer.keys.push(new);
    signer.roles = about.roles.unwrap_or_else(|| signer.roles.clone());
    signer.max_risk = about.max_risk.unwrap_or(signer.max_risk);
    signer.github = about.github.or(signer.github.take());
    signer.toolpacks = about.toolpacks.or(signer.toolpacks.take());
    Ok(())
}

/// Who has a key, under whatever type.
fn holder<'f>(file: &'f TrustFile, key: &PublicKey) -> Option<&'f str> {
    let id = key.key_id();
    file.signers.iter().find(|signer| signer.keys.iter().any(|k| k.key_id == id)).map(|s| s.id.as_str())
}

fn find<'f>(file: &'f mut TrustFile, key_id: &str) -> Result<&'f mut Key, Refused> {
    let key = file.signers.iter_mut().flat_map(|s| &mut s.keys).find(|key| key.key_id == key_id);
    key.ok_or_else(|| {
        Refused::new(format!("no key {key_id:?} is listed")).hint("cask trust show   (lists them)")
    })
}

fn retire(file: &mut TrustFile, key_id: &str, at: Timestamp, now: Timestamp) -> Result<(), Refused> {
    let key = find(file, key_id)?;
    match (&key.revoked, key.not_after) {
        (Some(_), _) => refuse(format!("key {key_id} is revoked already, which is more")),
        (None, Some(end)) if end <= now => refuse(format!("key {key_id} is retired since {end}")),
        _ => {
            key.not_after = Some(at);
            Ok(())
        }
    }
}

fn revoke(file: &mut TrustFile, key_id: &str, reason: String, now: Timestamp) -> Result<(), Refused> {
    if reason.trim().is_empty() || reason.contains(char::is_control) || reason.chars().count() > MAX_REASON {
        return refuse(format!("a reason is one line of at most {MAX_REASON} characters"));
    }
    let key = find(file, key_id)?;
    if let Some(before) = &key.revoked {
        return refuse(format!("key {key_id} is revoked since {}", before.at));
    }
    key.revoked = Some(Revocation { at: now, reason });
    Ok(())
}

fn rotate(file: &mut TrustFile, old: &str, new: &PublicKey, now: Timestamp) -> Result<(), Refused> {
    find(file, old)?;
    let of_old = |signer: &&Signer| signer.keys.iter().any(|key| key.key_id == old);
    let owner = file.signers.iter().find(of_old).map(|signer| signer.id.clone()).unwrap_or_default();
    match holder(file, new) {
        // Added in an earlier version: then the old one goes, and that is all.
        Some(holder) if holder == owner && new.key_id() != old => {}
        _ => add(file, &owner, new, About::default())?,
    }
    retire(file, old, now, now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::edit_testing::{key, now, one, trust};

    fn message(result: Result<TrustFile, Refused>) -> String {
        result.unwrap_err().message
    }

    #[test]
    fn the_next_version_names_the_one_before_and_the_root() {
        let v1 = trust(&one());
        let v2 = next(&v1).unwrap();
        assert_eq!((v2.version, v2.previous.as_deref()), (2, Some(v1.digest.as_str())));
        assert_eq!(v2.root.as_deref(), Some(v1.digest.as_str()));
        let v3 = next(&trust(&v2)).unwrap();
        assert_eq!(v3.root, v2.root);
        assert_ne!(v3.previous, v2.previous);
    }

    #[test]
    fn a_key_stands_under_one_signer_whatever_its_type() {
        let ssh = key(1).retyped(super::super::key::KeyType::SshEd25519).unwrap();
        let add = |id: &str, key| Edit::Add { id: id.to_owned(), key, about: About::default() };
        assert!(message(apply(one(), add("bob", ssh), now())).contains("under alice"));
        assert!(message(apply(one(), add("Alice", key(2)), now())).contains("case does not count"));
        assert!(message(apply(one(), add("bob x", key(2)), now())).contains("id of a signer"));
        let two = apply(one(), add("bob", key(2)), now()).unwrap();
        assert_eq!(two.signers[1].roles, [Role::Approver]);
        let three = apply(two, add("alice", key(3)), now()).unwrap();
        assert_eq!(three.signers[0].keys.len(), 2);
        assert_eq!(three.signers[0].roles, [Role::Owner, Role::Approver]);
    }

    #[test]
    fn keys_end_once_and_stay_listed() {
        let id = key(1).key_id();
        let retire = Edit::Retire { key_id: id.clone(), at: now() };
        let revoke = |reason: &str| Edit::Revoke { key_id: id.clone(), reason: reason.to_owned() };
        let retired = apply(one(), retire.clone(), now()).unwrap();
        assert_eq!(retired.signers[0].keys[0].not_after, Some(now()));
        assert!(message(apply(retired.clone(), retire.clone(), now())).contains("retired since"));
        let revoked = apply(retired, revoke("laptop lost"), now()).unwrap();
        assert_eq!(revoked.signers[0].keys.len(), 1);
        assert!(message(apply(revoked.clone(), retire, now())).contains("revoked"));
        assert!(message(apply(revoked, revoke("again"), now())).contains("revoked since"));
        assert!(message(apply(one(), revoke("two\nlines"), now())).contains("one line"));
        let unknown = Edit::Retire { key_id: "0".repeat(16), at: now() };
        assert!(message(apply(one(), unknown, now())).contains("no key"));
    }

    #[test]
    fn a_rotation_keeps_the_signer_and_may_come_in_two_steps() {
        let rotate = Edit::Rotate { old: key(1).key_id(), new: key(2) };
        let done = apply(one(), rotate.clone(), now()).unwrap();
        assert_eq!(done.signers.len(), 1);
        assert!(done.signers[0].keys[0].not_after.is_some() && done.signers[0].keys[1].not_after.is_none());
        let added = Edit::Add { id: "alice".into(), key: key(2), about: About::default() };
        let stepped = apply(apply(one(), added, now()).unwrap(), rotate, now()).unwrap();
        assert_eq!(stepped, done);
        let itself = Edit::Rotate { old: key(1).key_id(), new: key(1) };
        assert!(apply(one(), itself, now()).is_err());
    }

    #[test]
    fn every_change_drops_the_signatures_and_dates_anew() {
        let mut signed = one();
        signed.signatures.push(crate::model::trust::OwnerSignature {
            signer: "alice".into(),
            key_id: key(1).key_id(),
            signature: "x".into(),
        });
        let later = now().plus_days(1);
        let set = Edit::Set { path: "rules.fresh_days".into(), value: "14".into() };
        let edited = apply(signed, set, later).unwrap();
        assert!(edited.signatures.is_empty());
        assert_eq!((edited.at, edited.rules.fresh_days), (later, 14));
    }
}
