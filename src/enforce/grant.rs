//! A person's word that a call may be made: the statement that is signed, and whether the grants of a challenge are
//! enough. A grant is judged like an approval: by a key that is trusted now, of an approver for that risk.

use std::collections::BTreeMap;

use super::challenge::Challenge;
use super::reason::{ReasonCode, Refusal};
use super::token::{Key, hex, mac_over};
use crate::canon::time::Timestamp;
use crate::canon::{Node, json};
use crate::model::risk::RiskTier;
use crate::model::trust::{Role, Trust};
use crate::sign::envelope::Purpose;
use crate::sign::keyring::Keyring;
use crate::sign::signature::verify;

/// The schema word of a statement.
pub const SCHEMA: &str = "cask.confirmation/2";
/// How far clocks may be apart, in seconds, as for approvals.
const SKEW: i64 = 300;
/// The longest reason, in characters.
pub const MAX_REASON: usize = 500;

/// One person's grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Who: the signer of the key, or for an unsigned one what the person said.
    pub signer: String,
    /// The key; empty for an unsigned one.
    pub key_id: String,
    /// When.
    pub signed_at: Timestamp,
    /// Why, in one line.
    pub reason: String,
    /// The signature; none for one that only a server takes which was started so.
    pub signature: Option<String>,
}

/// Who granted a call, as audit records say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// The signer.
    pub signer: String,
    /// The key; none if the grant was not signed.
    pub key_id: Option<String>,
}

/// What grants are judged by.
#[derive(Debug, Clone, Copy)]
pub struct Judge<'a> {
    /// The keys of the trust file in force.
    pub keyring: Option<&'a Keyring<'a>>,
    /// Whether the server takes grants that nobody signed.
    pub unsafe_unsigned_grant: bool,
}

/// The canonical bytes that are signed: everything that the challenge is bound to and everything that was shown.
pub fn statement(root: &str, challenge: &Challenge, grant: &Grant) -> Vec<u8> {
    let node = Node::map([
        ("bindings", challenge.bindings.node()),
        ("created_at", Node::int(challenge.created)),
        ("decision", Node::text("grant")),
        ("expires_at", Node::int(challenge.expires)),
        ("id", Node::text(challenge.id.as_str())),
        ("key_id", Node::text(&*grant.key_id)),
        ("reason", Node::text(&*grant.reason)),
        ("root", Node::text(root)),
        ("schema", Node::text(SCHEMA)),
        ("shown", challenge.shown.node()),
        ("signed_at", Node::text(grant.signed_at.to_string())),
        ("signer", Node::text(&*grant.signer)),
    ]);
    json::canonical(&node).into_bytes()
}

/// What a store keeps beside a grant, so that a row put in by hand is none.
pub fn mac(key: &Key, challenge: &Challenge, grant: &Grant) -> String {
    let signature = grant.signature.as_deref().map_or_else(Node::null, Node::text);
    let node = Node::map([
        ("id", Node::text(challenge.id.as_str())),
        ("key_id", Node::text(&*grant.key_id)),
        ("reason", Node::text(&*grant.reason)),
        ("signature", signature),
        ("signed_at", Node::text(grant.signed_at.to_string())),
        ("signer", Node::text(&*grant.signer)),
    ]);
    hex(&mac_over(key, "cask.confirmation-grant/2", &node))
}

/// How many people it takes: one, and for critical calls as many as a critical approval does.
pub fn need(trust: Option<&Trust>, tier: RiskTier) -> usize {
    match (trust, tier) {
        (Some(trust), RiskTier::Critical) => usize::from(*trust.file.thresholds.approvals.of(tier)).max(1),
        _ => 1,
    }
}

/// Whether one grant counts, by somebody who may.
///
/// # Errors
/// Why it does not, in words for the operator.
pub fn counts(judge: &Judge, challenge: &Challenge, grant: &Grant, now: i64) -> Result<Issuer, &'static str> {
    let Some(signature) = &grant.signature else {
        return match judge.unsafe_unsigned_grant {
            true => Ok(Issuer { signer: grant.signer.clone(), key_id: None }),
            false => Err("nobody signed it, and this server takes only signed grants"),
        };
    };
    let Some(keyring) = judge.keyring else { return Err("there is no trust file to judge its signature by") };
    let Some(held) = keyring.find(&grant.key_id) else { return Err("its key is not in the trust file") };
    if held.signer.id != grant.signer {
        return Err("its key is another signer's");
    }
    let seconds = Timestamp::from_seconds(now.div_euclid(1000)).unwrap_or(Timestamp::MAX);
    if !held.key.is_live(seconds) {
        return Err("its key is revoked or retired");
    }
    let signed = grant.signed_at.seconds();
    let (from, until) = (challenge.created.div_euclid(1000), challenge.expires.div_euclid(1000));
    if signed > seconds.seconds() + SKEW || signed < from - SKEW || signed > until {
        return Err("it was not signed while the challenge stood");
    }
    if !held.signer.roles.contains(&Role::Approver) {
        return Err("its signer is no approver");
    }
    if held.signer.max_risk < challenge.shown.tier {
        return Err("its signer may not approve calls of this risk");
    }
    if !held.signer.may_judge(&challenge.shown.toolpack) {
        return Err("its signer is not in charge of this toolpack");
    }
    let body = statement(keyring.trust.root(), challenge, grant);
    match verify(&held.public, Purpose::Confirmation, &body, signature) {
        Ok(()) => Ok(Issuer { signer: grant.signer.clone(), key_id: Some(grant.key_id.clone()) }),
        Err(_) => Err("its signature does not verify"),
    }
}

/// Whether the grants of a challenge are enough: as many distinct people as its risk takes.
///
/// # Errors
/// `denied_confirmation_invalid`, with why the last of them does not count, or how many are missing.
pub fn enough(
    judge: &Judge,
    challenge: &Challenge,
    grants: &[Grant],
    now: i64,
) -> Result<Vec<Issuer>, Refusal> {
    let invalid = |why: String| Err(Refusal::new(ReasonCode::ConfirmationInvalid, why));
    let mut who: BTreeMap<String, Issuer> = BTreeMap::new();
    let mut why = "nobody granted it";
    for grant in grants {
        match counts(judge, challenge, grant, now) {
            Ok(issuer) => {
                who.insert(issuer.signer.clone(), issuer);
            }
            Err(reason) => why = reason,
        }
    }
    let need = need(judge.keyring.map(|keyring| keyring.trust), challenge.shown.tier);
    match who.len() {
        0 => invalid(format!("the grant of this call does not count: {why}")),
        have if have < need => invalid(format!("{have} of {need} people granted this call")),
        _ => Ok(who.into_values().collect()),
    }
}
