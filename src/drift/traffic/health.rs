//! How calls fare: failures of the server, and how long answers take, where both sides counted enough of them.

use super::sides::{Called, Sides};
use super::told::{observed, of_operation};
use crate::canon::Node;
use crate::drift::limits::Limits;
use crate::model::finding::Finding;
use crate::model::phrase::Phrase;
use crate::rules::{Rule, obs};

/// Every rule that this check can emit.
pub const EMITS: &[&Rule] = &[obs::ERROR_RATE, obs::LATENCY_CLASS];

/// Calls from which a share of them says something.
const ENOUGH: u64 = 20;
/// Milliseconds below which nobody waits.
const NOTICED: u64 = 100;

/// What was found.
pub fn run(sides: &Sides, limits: &Limits) -> Vec<Finding> {
    if !sides.calls_are_new {
        return Vec::new();
    }
    let counted = |one: &&Called| {
        [one.was, one.is].iter().all(|l| observed(l, "count").is_some_and(|count| count >= ENOUGH))
    };
    let all = sides.called.iter().filter(counted);
    all.flat_map(|one| [errors(sides, one, limits), latency(sides, one, limits)]).flatten().collect()
}

/// More than the limit, and more than before.
fn errors(sides: &Sides, one: &Called, limits: &Limits) -> Option<Finding> {
    let share = |l| {
        let count = observed(l, "count")?;
        Some((observed(l, "errors_5xx").unwrap_or(0), count))
    };
    let ((old, before), (new, after)) = (share(one.was)?, share(one.is)?);
    let over = u128::from(new) * 100 > u128::from(limits.error_rate) * u128::from(after);
    let more = u128::from(new) * u128::from(before) > u128::from(old) * u128::from(after);
    if !over || !more {
        return None;
    }
    let percent = |n: u64, of: u64| u128::from(n) * 100 / u128::from(of.max(1));
    let (was, is) = (percent(old, before), percent(new, after));
    let finding = of_operation(obs::ERROR_RATE, sides, one.was, "")
        .values(Some(Node::int(was as i128)), Some(Node::int(is as i128)))
        .says("5xx", Phrase::say(format!("{was} % → {is} % of calls")))
        .here(Phrase::say(format!("{new} of {after} calls ended with a failure of the server")));
    Some(finding)
}

/// Both times are upper bounds of buckets of powers of two: only what is certain whatever they were exactly counts.
fn latency(sides: &Sides, one: &Called, limits: &Limits) -> Option<Finding> {
    let (was, is) = (observed(one.was, "p95_ms")?, observed(one.is, "p95_ms")?);
    let least = is / 2 + 1;
    if least < NOTICED || least <= was.max(1).saturating_mul(u64::from(limits.latency_factor)) {
        return None;
    }
    let finding = of_operation(obs::LATENCY_CLASS, sides, one.was, "")
        .values(Some(Node::int(i128::from(was))), Some(Node::int(i128::from(least))))
        .says("p95", Phrase::say(format!("at most {was} ms → {least} ms or more")))
        .here("callers may give up before the answer comes".into());
    Some(finding)
}
