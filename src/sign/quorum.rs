//! Whether the thresholds of a trust file are worth what they say: findings, never refusals.

use std::collections::BTreeSet;

use crate::canon::time::Timestamp;
use crate::model::phrase::Phrase;
use crate::model::risk::RiskTier;
use crate::model::trust::{Role, Signer, Trust};
use crate::rules::{Rule, trust as rule};

/// How a threshold is weak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Somebody can make the people whom it asks for.
    Hollow,
    /// There are not so many people.
    OutOfReach,
    /// There are just so many people.
    NoneToSpare,
}

impl Kind {
    /// The rule that tells it.
    pub fn rule(self) -> &'static Rule {
        match self {
            Kind::Hollow => rule::QUORUM_HOLLOW,
            Kind::OutOfReach | Kind::NoneToSpare => rule::QUORUM_UNREACHABLE,
        }
    }
}

/// A threshold that is worth less than it says.
pub struct Weakness {
    /// How it is weak.
    pub kind: Kind,
    /// Where the threshold stands in the trust file.
    pub pointer: String,
    /// What is weak about it.
    pub here: Phrase,
}

/// What is weak about a trust file's thresholds: hollow ones first, then those out of reach.
pub fn weaknesses(trust: &Trust, now: Timestamp) -> Vec<Weakness> {
    let thresholds = &trust.file.thresholds;
    let of_owners = |kind, text: String| Weakness {
        kind,
        pointer: "/thresholds/trust".to_owned(),
        here: Phrase::say(text),
    };
    let mut found = Vec::new();
    let highest = RiskTier::ALL.into_iter().map(|tier| *thresholds.approvals.of(tier)).max().unwrap_or(1);
    if thresholds.trust < highest {
        let text = format!(
            "{highest} must approve and {} may change who can: one owner can make the second approver",
            thresholds.trust
        );
        found.push(of_owners(Kind::Hollow, text));
    }
    let owners = able(trust, now, |signer| signer.roles.contains(&Role::Owner));
    let need = usize::from(thresholds.trust);
    if owners < need {
        let text = format!(
            "the next trust file needs {need} owners, and {owners} can sign: it can't be changed any more"
        );
        found.push(of_owners(Kind::OutOfReach, text));
    } else if owners == need {
        let text = format!(
            "the next trust file needs {need} of {owners} owners: one lost key, and it can't be changed any more"
        );
        found.push(of_owners(Kind::NoneToSpare, text));
    }
    let mut short: BTreeSet<(usize, usize, RiskTier)> = BTreeSet::new();
    for tier in RiskTier::ALL {
        let able =
            able(trust, now, |signer| signer.roles.contains(&Role::Approver) && signer.max_risk >= tier);
        let need = usize::from(*thresholds.approvals.of(tier));
        if able < need {
            short.insert((need, able, tier));
        }
    }
    found.extend(short.into_iter().map(|(need, able, tier)| Weakness {
        kind: Kind::OutOfReach,
        pointer: format!("/thresholds/approvals/{tier}"),
        here: Phrase::say(format!("{need} must approve tier {tier}, and {able} can sign it")),
    }));
    found
}

/// How many signers with a live key are of some kind.
fn able(trust: &Trust, now: Timestamp, is: impl Fn(&Signer) -> bool) -> usize {
    let live = |signer: &&Signer| signer.keys.iter().any(|key| key.is_live(now));
    trust.file.signers.iter().filter(|signer| is(signer)).filter(live).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canon::encode::encode;
    use crate::sign::edit::{About, Edit, apply, first};
    use crate::sign::keypair::KeyPair;

    fn now() -> Timestamp {
        "2026-12-01T00:00:00Z".parse().unwrap()
    }

    /// A trust file of `n` owners, with some values set.
    fn trust(n: u8, sets: &[(&str, &str)]) -> Trust {
        let key = |n: u8| KeyPair::generate([n; 32]).public().clone();
        let mut file = first("s1", None, &key(1), now()).unwrap();
        for i in 2..=n {
            let about = About { roles: Some(vec![Role::Owner, Role::Approver]), ..About::default() };
            file = apply(file, Edit::Add { id: format!("s{i}"), key: key(i), about }, now()).unwrap();
        }
        for (path, value) in sets {
            let set = Edit::Set { path: (*path).to_owned(), value: (*value).to_owned() };
            file = apply(file, set, now()).unwrap();
        }
        Trust::read("t", encode(&file)).unwrap()
    }

    fn told(trust: &Trust) -> Vec<String> {
        let text = |w: Weakness| format!("{} {}", w.kind.rule().id, w.here.plain());
        weaknesses(trust, now()).into_iter().map(text).collect()
    }

    #[test]
    fn three_owners_of_whom_two_sign_are_sound() {
        let sound = trust(3, &[("thresholds.trust", "2"), ("thresholds.approvals.critical", "2")]);
        assert_eq!(told(&sound), [""; 0]);
    }

    #[test]
    fn one_owner_could_make_the_second_approver() {
        let hollow = told(&trust(3, &[("thresholds.approvals.critical", "2")]));
        assert_eq!(hollow.len(), 1, "{hollow:?}");
        assert!(hollow[0].starts_with("trust.quorum-hollow 2 must approve and 1 may"), "{hollow:?}");
    }

    #[test]
    fn a_lost_key_must_not_end_everything() {
        let alone = told(&trust(1, &[]));
        assert!(alone[0].contains("1 of 1 owners: one lost key"), "{alone:?}");
        let dead = told(&trust(2, &[("thresholds.trust", "3")]));
        assert!(dead[0].contains("needs 3 owners, and 2 can sign"), "{dead:?}");
        let low = told(&trust(2, &[("signers.s1.max_risk", "low"), ("signers.s2.max_risk", "low")]));
        assert!(low.iter().any(|t| t.contains("1 must approve tier critical, and 0 can")), "{low:?}");
    }

    #[test]
    fn retired_keys_sign_nothing() {
        let file = trust(2, &[]).file;
        let key_id = file.signers[1].keys[0].key_id.clone();
        let file = apply(file, Edit::Retire { key_id, at: now() }, now()).unwrap();
        let trust = Trust::read("t", encode(&file)).unwrap();
        assert!(told(&trust)[0].contains("1 of 1 owners"));
    }
}
