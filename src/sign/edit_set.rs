//! `PATH=VALUE` into a trust file: the closed list of what can be set, and what each accepts.

use crate::canon::near::near;
use crate::canon::time::DAYS;
use crate::model::risk::RiskTier;
use crate::model::trust::THRESHOLD;
use crate::model::trust::{PerTier, Role, TrustFile};

use super::edit_refused::Refused;

/// Every path that can be set, for messages and help.
pub const PATHS: &str = "thresholds.trust, thresholds.approvals.TIER, rules.max_age_days.TIER, \
    rules.fresh_days, rules.author_may_approve, signers.ID.{roles,max_risk,github,toolpacks}";

/// Sets one value.
///
/// # Errors
/// No such path, or a value that it can't have.
pub fn set(file: &mut TrustFile, path: &str, value: &str) -> Result<(), Refused> {
    if let Some(rest) = path.strip_prefix("signers.") {
        // An id may have dots, a member has none.
        let (id, member) = rest.rsplit_once('.').ok_or_else(|| unknown(path))?;
        return signer(file, path, id, member, value);
    }
    match path.split('.').collect::<Vec<_>>().as_slice() {
        ["thresholds", "trust"] => file.thresholds.trust = threshold(path, value)?,
        ["thresholds", "approvals", tier] => {
            *of(&mut file.thresholds.approvals, self::tier(path, tier)?) = threshold(path, value)?;
        }
        ["rules", "max_age_days", tier] => {
            let tier = self::tier(path, tier)?;
            match value {
                "none" => drop(file.rules.max_age_days.remove(&tier)),
                _ => drop(file.rules.max_age_days.insert(tier, days(path, value)?)),
            }
        }
        ["rules", "fresh_days"] => file.rules.fresh_days = days(path, value)?,
        ["rules", "author_may_approve"] => {
            file.rules.author_may_approve = match value {
                "true" => true,
                "false" => false,
                _ => return Err(wants(path, "true or false")),
            }
        }
        _ => return Err(unknown(path)),
    }
    Ok(())
}

fn signer(file: &mut TrustFile, path: &str, id: &str, member: &str, value: &str) -> Result<(), Refused> {
    let Some(signer) = file.signers.iter_mut().find(|signer| signer.id == id) else {
        let refused = Refused::new(format!("no signer is called {id:?}"));
        return Err(match near(id, file.signers.iter().map(|signer| signer.id.as_str())).first() {
            Some(name) => {
                refused.hint(format!("cask trust set signers.{name}.{member}={value}   (did you mean this?)"))
            }
            None => refused.hint("cask trust show   (lists them)"),
        });
    };
    match member {
        "roles" => signer.roles = roles(value)?,
        "max_risk" => signer.max_risk = tier(path, value)?,
        "github" => signer.github = (value != "none").then(|| value.to_owned()),
        "toolpacks" => {
            let globs = || value.split(',').map(|glob| glob.trim().to_owned()).collect();
            signer.toolpacks = (value != "none").then(globs);
        }
        _ => return Err(unknown(path)),
    }
    Ok(())
}

/// Roles from their words with commas between, in one order.
///
/// # Errors
/// Another word, or none.
pub fn roles(text: &str) -> Result<Vec<Role>, Refused> {
    let mut roles = Vec::new();
    for word in text.split(',').map(str::trim) {
        roles.push(match word {
            "owner" => Role::Owner,
            "approver" => Role::Approver,
            _ => return Err(Refused::new(format!("{word:?} is no role; owner and approver are"))),
        });
    }
    roles.sort();
    roles.dedup();
    Ok(roles)
}

fn of(tiers: &mut PerTier<u8>, tier: RiskTier) -> &mut u8 {
    match tier {
        RiskTier::Safe => &mut tiers.safe,
        RiskTier::Low => &mut tiers.low,
        RiskTier::Medium => &mut tiers.medium,
        RiskTier::High => &mut tiers.high,
        RiskTier::Critical => &mut tiers.critical,
    }
}

fn tier(path: &str, word: &str) -> Result<RiskTier, Refused> {
    word.parse().map_err(|_| wants(path, "one of safe, low, medium, high, critical"))
}

fn threshold(path: &str, value: &str) -> Result<u8, Refused> {
    value.parse().ok().filter(|n| THRESHOLD.contains(n)).ok_or_else(|| wants(path, "a number from 1 to 9"))
}

fn days(path: &str, value: &str) -> Result<u32, Refused> {
    value.parse().ok().filter(|n| DAYS.contains(n)).ok_or_else(|| wants(path, "a number of days"))
}

fn wants(path: &str, what: &str) -> Refused {
    Refused::new(format!("{path} wants {what}"))
}

fn unknown(path: &str) -> Refused {
    Refused::new(format!("{path:?} can't be set")).hint(format!("one of {PATHS}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canon::time::Timestamp;
    use crate::sign::edit::first;
    use crate::sign::keypair::KeyPair;

    fn file() -> TrustFile {
        let key = KeyPair::generate([1; 32]);
        first("a.b", None, key.public(), Timestamp::MIN).unwrap()
    }

    #[test]
    fn each_path_sets_its_own_value_and_nothing_else() {
        for (path, value, pointer) in [
            ("thresholds.trust", "2", "/thresholds/trust"),
            ("thresholds.approvals.critical", "9", "/thresholds/approvals/critical"),
            ("rules.max_age_days.low", "7", "/rules/max_age_days/low"),
            ("rules.max_age_days.high", "none", "/rules/max_age_days/high"),
            ("rules.fresh_days", "1", "/rules/fresh_days"),
            ("rules.author_may_approve", "false", "/rules/author_may_approve"),
            ("signers.a.b.roles", "approver", "/signers/0/roles"),
            ("signers.a.b.max_risk", "low", "/signers/0/max_risk"),
            ("signers.a.b.github", "ab", "/signers/0/github"),
            ("signers.a.b.toolpacks", "shop/**, pay/*", "/signers/0/toolpacks"),
        ] {
            let (before, mut after) = (file(), file());
            set(&mut after, path, value).unwrap();
            let (before, after) =
                (crate::canon::encode::encode(&before), crate::canon::encode::encode(&after));
            assert_ne!(before.at(pointer), after.at(pointer), "{path}");
            let rest = |node: &crate::canon::Node| crate::canon::json::compact(node).len();
            assert!(rest(&before).abs_diff(rest(&after)) < 40, "{path}");
        }
    }

    #[test]
    fn other_paths_and_values_are_refused() {
        for (path, value) in [
            ("thresholds.trust", "0"),
            ("thresholds.trust", "10"),
            ("thresholds.trust", "-1"),
            ("thresholds.trust", "x"),
            ("thresholds.approvals.severe", "1"),
            ("rules.fresh_days", "0"),
            ("rules.author_may_approve", "yes"),
            ("signers.c.roles", "owner"),
            ("signers.a.b.roles", ""),
            ("signers.a.b.roles", "admin"),
            ("signers.a.b.keys", "x"),
            ("signers", "x"),
            ("version", "7"),
            ("root", "x"),
            ("signatures", ""),
            ("", ""),
        ] {
            let mut file = file();
            assert!(set(&mut file, path, value).is_err(), "{path}={value}");
        }
    }
}
