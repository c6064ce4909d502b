//! Whether a trust file or gate.yaml is signed by those who may, and follows the one before it.

use std::collections::BTreeSet;

use super::envelope::Purpose;
use super::keyring::{Held, Keyring};
use super::signature::verify;
use crate::canon::time::Timestamp;
use crate::canon::{Node, json};
use crate::model::gate_config::GateConfig;
use crate::model::phrase::Phrase;
use crate::model::trust::{OwnerSignature, Role, Trust};
use crate::rules::{Rule, trust as rule};

/// Why a trust file or gate.yaml is not in order.
pub type Breach = (&'static Rule, Phrase);

/// Distinct owners of a keyring who signed a body with keys that are `usable`.
pub fn owners_who_signed<'k>(
    keyring: &'k Keyring,
    purpose: Purpose,
    body: &Node,
    signatures: &[OwnerSignature],
    usable: impl Fn(&Held) -> bool,
) -> BTreeSet<&'k str> {
    let bytes = json::canonical(body).into_bytes();
    signatures
        .iter()
        .filter_map(|s| keyring.find(&s.key_id).map(|held| (s, held)))
        .filter(|(s, held)| {
            held.signer.id == s.signer && held.signer.roles.contains(&Role::Owner) && usable(held)
        })
        .filter(|(s, held)| verify(&held.public, purpose, &bytes, &s.signature).is_ok())
        .map(|(_, held)| held.signer.id.as_str())
        .collect()
}

/// A version is well-formed if its own quorum signed exactly its bytes, with keys that were neither revoked
/// nor retired in it.
///
/// # Errors
/// [`rule::ROTATION_UNSIGNED`] with who is missing.
pub fn own_quorum(keyring: &Keyring) -> Result<(), Breach> {
    let trust = keyring.trust;
    let at = trust.file.at;
    let live = |held: &Held| held.key.is_live(at);
    let owners = owners_who_signed(keyring, Purpose::Trust, &trust.body(), &trust.file.signatures, live);
    let need = usize::from(trust.file.thresholds.trust);
    if owners.len() >= need {
        return Ok(());
    }
    let here = Phrase::say(format!(
        "version {} needs the signatures of {need} of its own owners, it has {}",
        trust.file.version,
        owners.len()
    ));
    Err((rule::ROTATION_UNSIGNED, here))
}

/// Whether `next` is a valid successor of `current`.
///
/// # Errors
/// [`rule::ROLLBACK`] for a version that is not above, or that drops a key or a revocation;
/// [`rule::ROTATION_UNSIGNED`] for anything else that is not the one next version, signed by its own quorum
/// and by the owners of `current` whose keys are live there and now.
pub fn is_successor(current: &Keyring, next: &Keyring, now: Timestamp) -> Result<(), Breach> {
    let (old, new) = (current.trust, next.trust);
    let (was, is) = (old.file.version, new.file.version);
    if is <= was {
        return Err((
            rule::ROLLBACK,
            Phrase::say(format!("version {is} is not above version {was}, which is in force")),
        ));
    }
    if is - was != 1 {
        return Err((
            rule::ROTATION_UNSIGNED,
            Phrase::say(format!("version {is} skips over the one after version {was}")),
        ));
    }
    if new.file.previous.as_deref() != Some(old.digest.as_str()) {
        return Err((
            rule::ROTATION_UNSIGNED,
            Phrase::say(format!("version {is} does not follow version {was} as it is in force")),
        ));
    }
    if new.file.root.as_deref() != Some(old.root()) {
        return Err((rule::ROTATION_UNSIGNED, Phrase::say(format!("version {is} names another root"))));
    }
    own_quorum(next)?;
    let live = |held: &Held| held.key.is_live(now);
    let owners = owners_who_signed(current, Purpose::Trust, &new.body(), &new.file.signatures, live);
    let need = usize::from(old.file.thresholds.trust);
    if owners.len() < need {
        let who = old.file.signers.iter().filter(|s| s.roles.contains(&Role::Owner)).map(|s| s.id.as_str());
        let here = Phrase::say(format!("{need} of the owners of version {was} ("))
            .and(Phrase::list(who))
            .and_say(format!(
                ") must sign version {is}; {} did",
                if owners.is_empty() { "none".to_owned() } else { owners.len().to_string() }
            ));
        return Err((rule::ROTATION_UNSIGNED, here));
    }
    // Asked last: of a file that its owners did not sign, that is what is to be said.
    match forgets(old, new) {
        Some(lost) => Err((rule::ROLLBACK, lost)),
        None => Ok(()),
    }
}

/// No successor drops a key or a revocation: what a key signed must stay judgeable.
fn forgets(old: &Trust, new: &Trust) -> Option<Phrase> {
    for signer in &old.file.signers {
        for key in &signer.keys {
            match new.key(&key.key_id) {
                None => {
                    return Some(
                        Phrase::say("key ")
                            .and_quote(&key.key_id)
                            .and_say(" of ")
                            .and_quote(&signer.id)
                            .and_say(" is dropped; retire or revoke it instead"),
                    );
                }
                Some((_, kept)) if key.revoked.is_some() && kept.revoked != key.revoked => {
                    return Some(
                        Phrase::say("the revocation of key ")
                            .and_quote(&key.key_id)
                            .and_say(" is taken back"),
                    );
                }
                Some((owner, _)) if owner.id != signer.id => {
                    return Some(
                        Phrase::say("key ")
                            .and_quote(&key.key_id)
                            .and_say(" is given to ")
                            .and_quote(&owner.id),
                    );
                }
                Some(_) => {}
            }
        }
    }
    None
}

/// Whether the first file of a chain, newest first, descends by valid steps from the version that a pin
/// names. Each step is judged at the time that the later file gives for itself.
///
/// # Errors
/// The first step that does not hold, or that no version has the pinned digest.
pub fn descends_from(pin: &str, newest_first: &[Keyring]) -> Result<(), Breach> {
    let mut later: Option<&Keyring> = None;
    for keyring in newest_first {
        match later {
            None => own_quorum(keyring)?,
            Some(next) if next.trust.digest == keyring.trust.digest => continue,
            Some(next) => is_successor(keyring, next, next.trust.file.at)?,
        }
        if keyring.trust.digest == pin {
            return Ok(());
        }
        later = Some(keyring);
    }
    Err((rule::ROTATION_UNSIGNED, Phrase::say("no version in the file's history is the one that is pinned")))
}

/// Whether a gate.yaml is signed by the owners of a trust file, for this repository.
///
/// # Errors
/// What is missing.
pub fn gate_is_signed(config: &GateConfig, keyring: &Keyring) -> Result<(), Phrase> {
    if config.file.root != keyring.trust.root() {
        return Err(Phrase::say("it is made for another repository's trust"));
    }
    let usable = |held: &Held| held.key.revoked.is_none();
    let owners = owners_who_signed(keyring, Purpose::Gate, &config.body(), &config.file.signatures, usable);
    let need = usize::from(keyring.trust.file.thresholds.trust);
    if owners.len() < need {
        return Err(Phrase::say(format!(
            "{need} of its owners must sign it; {} did",
            if owners.is_empty() { "none".to_owned() } else { owners.len().to_string() }
        )));
    }
    Ok(())
}

/// Whether `next` is the gate.yaml that may follow `current` (`None`: the first one).
///
/// # Errors
/// What is missing.
pub fn gate_follows(
    current: Option<&GateConfig>,
    next: &GateConfig,
    keyring: &Keyring,
) -> Result<(), Phrase> {
    match current {
        None if next.file.version != 1 || next.file.previous.is_some() => {
            return Err(Phrase::say("the first gate.yaml has version 1 and no previous"));
        }
        Some(old) if old.file.version.checked_add(1) != Some(next.file.version) => {
            return Err(Phrase::say(format!(
                "version {} is not the one after version {}",
                next.file.version, old.file.version
            )));
        }
        Some(old) if next.file.previous.as_deref() != Some(old.digest.as_str()) => {
            return Err(Phrase::say(format!(
                "it does not follow version {} as it is in force",
                old.file.version
            )));
        }
        _ => {}
    }
    gate_is_signed(next, keyring)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::bytes;

    fn gate(version: u32, previous: &str) -> GateConfig {
        let text = format!("schema: cask.gate/1\nversion: {version}\nprevious: {previous}\nroot: sha256:0\n");
        GateConfig::read("g", bytes::strict_yaml("g", text.as_bytes(), 1 << 20).unwrap()).unwrap()
    }

    #[test]
    fn nothing_follows_the_last_version_that_can_be_counted() {
        let text = "schema: cask.trust/1\nversion: 1\nat: 2026-11-01T00:00:00Z\nsigners: []\nthresholds:\n  trust: 1\n  approvals: {safe: 1, low: 1, medium: 1, high: 1, critical: 1}\nrules:\n  max_age_days: {}\n  fresh_days: 30\n  author_may_approve: false\nsignatures: []\n";
        let trust = Trust::read("t", bytes::strict_yaml("t", text.as_bytes(), 1 << 20).unwrap()).unwrap();
        let keyring = Keyring::of("t", &trust).unwrap();
        let last = gate(u32::MAX, "sha256:0");
        for next in [1, u32::MAX] {
            let why = gate_follows(Some(&last), &gate(next, &last.digest), &keyring).unwrap_err();
            assert_eq!(why.plain(), format!("version {next} is not the one after version {}", u32::MAX));
        }
    }
}
