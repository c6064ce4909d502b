//! Two outcomes of one call in, in which respects they differ and in which direction out, in words for people.
//!
//! An outcome can be looser in one respect and stricter in another; each is told on its own.

use super::policy::{Decision, Outcome};
use crate::model::policy::AuditLevel;

/// Which way an outcome moves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// More is allowed, less is asked, removed or recorded.
    Looser,
    /// The other way.
    Stricter,
}

/// A respect in which outcomes are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Respect {
    /// Whether the call runs.
    Decision,
    /// How long a person has to confirm it, and the call may be made then.
    Grant,
    /// How often.
    Budget,
    /// What is taken out of its answer.
    Redaction,
    /// What is recorded.
    Audit,
}

/// What differs in one respect and one direction, in words for before and after.
pub(super) type Facet = fn(&Outcome, &Outcome, Direction) -> Option<(String, String)>;

/// The respects in which outcomes are compared.
pub(super) const FACETS: [(Respect, Facet); 5] = [
    (Respect::Decision, decision),
    (Respect::Grant, grant),
    (Respect::Budget, budget),
    (Respect::Redaction, redaction),
    (Respect::Audit, audit),
];

/// Fields that one side takes out of the answer and the other leaves in.
pub(super) fn bared(before: &Outcome, after: &Outcome) -> Vec<String> {
    before.redactions.difference(&after.redactions).cloned().collect()
}

fn decision(before: &Outcome, after: &Outcome, direction: Direction) -> Option<(String, String)> {
    const WORDS: [&str; 3] = ["denied", "asks for confirmation", "runs at once"];
    let freedom = |o: &Outcome| match (o.decision, o.confirmation) {
        (Decision::Deny, _) => 0,
        (Decision::Allow, true) => 1,
        (Decision::Allow, false) => 2,
    };
    let (was, is): (usize, usize) = (freedom(before), freedom(after));
    let moved = if direction == Direction::Looser { is > was } else { is < was };
    moved.then(|| (WORDS[was].to_owned(), WORDS[is].to_owned()))
}

/// Limits, redactions and records of a call that one side denies say nothing: there is no such call.
fn both_allowed(before: &Outcome, after: &Outcome) -> bool {
    before.decision == Decision::Allow && after.decision == Decision::Allow
}

fn grant(before: &Outcome, after: &Outcome, direction: Direction) -> Option<(String, String)> {
    if !(before.confirmation && after.confirmation) {
        return None;
    }
    let (was, is) = (before.ttl.map(u64::from), after.ttl.map(u64::from));
    let moved = match direction {
        Direction::Looser => looser(was, is),
        Direction::Stricter => looser(is, was),
    };
    let word = |ttl: Option<u64>| match ttl {
        Some(seconds) => format!("confirmed within {seconds} s"),
        None => "confirmed within what the server gives".to_owned(),
    };
    moved.then(|| (word(was), word(is)))
}

fn budget(before: &Outcome, after: &Outcome, direction: Direction) -> Option<(String, String)> {
    if !both_allowed(before, after) {
        return None;
    }
    // Every budget is charged, so the smallest counts.
    let least = |o: &Outcome| {
        let minute = o.budgets.iter().filter_map(|b| b.per_minute).min();
        let hour = o.budgets.iter().filter_map(|b| b.per_hour).min();
        [(minute, "minute"), (hour, "hour")]
    };
    let moved: Vec<_> = least(before)
        .into_iter()
        .zip(least(after))
        .filter(|((was, _), (is, _))| match direction {
            Direction::Looser => looser(*was, *is),
            Direction::Stricter => looser(*is, *was),
        })
        .collect();
    let word = |limits: Vec<(Option<u64>, &str)>| {
        let words: Vec<String> =
            limits.into_iter().filter_map(|(n, window)| Some(rate(n?, window))).collect();
        if words.is_empty() { "no budget".to_owned() } else { words.join(", ") }
    };
    let (was, is) = moved.iter().cloned().unzip();
    (!moved.is_empty()).then(|| (word(was), word(is)))
}

fn redaction(before: &Outcome, after: &Outcome, direction: Direction) -> Option<(String, String)> {
    if !both_allowed(before, after) {
        return None;
    }
    let word = |fields: Vec<&String>| {
        let names: Vec<&str> = fields.into_iter().map(String::as_str).collect();
        format!("redacts {}", names.join(", "))
    };
    let (fuller, barer) = match direction {
        Direction::Looser => (before, after),
        Direction::Stricter => (after, before),
    };
    let lost: Vec<&String> = fuller.redactions.difference(&barer.redactions).collect();
    if lost.is_empty() {
        return None;
    }
    let (redacted, not) = (word(lost), "not redacted".to_owned());
    Some(if direction == Direction::Looser { (redacted, not) } else { (not, redacted) })
}

fn audit(before: &Outcome, after: &Outcome, direction: Direction) -> Option<(String, String)> {
    let word =
        |level: Option<AuditLevel>| level.map_or("not audited".to_owned(), |l| format!("{} audit", l.word()));
    let moved = match direction {
        Direction::Looser => after.audit < before.audit,
        Direction::Stricter => after.audit > before.audit,
    };
    moved.then(|| (word(before.audit), word(after.audit)))
}

/// Whether a limit allows more than another; no limit allows the most.
pub(super) fn looser(before: Option<u64>, after: Option<u64>) -> bool {
    match (before, after) {
        (Some(was), Some(is)) => is > was,
        (Some(_), None) => true,
        (None, _) => false,
    }
}

/// `10,000 a minute`.
pub(super) fn rate(count: u64, window: &str) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    let article = if window == "hour" { "an" } else { "a" };
    format!("{out} {article} {window}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_written_for_people() {
        assert_eq!(rate(7, "minute"), "7 a minute");
        assert_eq!(rate(100, "hour"), "100 an hour");
        assert_eq!(rate(1_234_567, "minute"), "1,234,567 a minute");
    }

    #[test]
    fn no_limit_is_the_loosest_limit() {
        assert!(looser(Some(1), Some(2)) && looser(Some(1), None));
        assert!(!looser(None, Some(1)) && !looser(Some(2), Some(2)) && !looser(None, None));
    }
}
