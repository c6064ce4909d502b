//! The fields of a policy that stand beside its rules and need no tracing: two policies in, their changes out.

use std::collections::BTreeSet;

use super::policy::{Request, changes_state};
use super::policy_change::{Effect, PolicyChange};
use super::policy_facets::{looser, rate};
use crate::model::policy::Policy;

/// The changes of limits, redactions and overrides, in this order.
pub(super) fn fields(base: &Policy, head: &Policy, requests: &[(&str, Request)]) -> Vec<PolicyChange> {
    let mut out: Vec<PolicyChange> = limit(base, head).into_iter().collect();
    let headers = |policy: &Policy| policy.redact_headers.clone();
    let patterns = |policy: &Policy| -> BTreeSet<String> { policy.redact_patterns.keys().cloned().collect() };
    for (name, what, old, new) in [
        ("redact_headers", "header", headers(base), headers(head)),
        ("redact_patterns", "pattern", patterns(base), patterns(head)),
    ] {
        if old != new {
            let redacted = |x: &String| format!("{what} {x} redacted");
            let lost = old.difference(&new).map(|x| Effect::every(redacted(x), "not redacted"));
            let gained = new.difference(&old).map(|x| Effect::every("not redacted", redacted(x)));
            out.push(PolicyChange {
                loosened: lost.collect(),
                tightened: gained.collect(),
                ..PolicyChange::of_field(base, head, name)
            });
        }
    }
    out.extend(overrides(base, head, requests));
    out
}

fn limit(base: &Policy, head: &Policy) -> Option<PolicyChange> {
    let (was, is) = (base.global_rate_limit, head.global_rate_limit);
    if was == is {
        return None;
    }
    let word = |limit: Option<u64>| limit.map_or("no limit".to_owned(), |n| rate(n, "minute"));
    let effect = vec![Effect::every(word(was), word(is))];
    let change = PolicyChange::of_field(base, head, "global_rate_limit");
    Some(match looser(was, is) {
        true => PolicyChange { loosened: effect, ..change },
        false => PolicyChange { tightened: effect, ..change },
    })
}

fn overrides(base: &Policy, head: &Policy, requests: &[(&str, Request)]) -> Option<PolicyChange> {
    let facts = |policy: &Policy| -> Vec<_> {
        let list = policy.state_changing_overrides.iter();
        list.map(|o| (o.tool_id.clone(), o.method.clone(), o.path.clone(), o.host.clone(), o.state_changing))
            .collect()
    };
    if facts(base) == facts(head) {
        return None;
    }
    let mut change = PolicyChange::of_field(base, head, "state_changing_overrides");
    let word = |changes: bool| if changes { "counts as a change" } else { "counts as a read" }.to_owned();
    for (name, request) in requests {
        let (was, is) = (changes_state(base, request), changes_state(head, request));
        let effect =
            Effect { tool: (*name).to_owned(), before: word(was), after: word(is), bared: Vec::new() };
        match (was, is) {
            (true, false) => change.loosened.push(effect),
            (false, true) => change.tightened.push(effect),
            _ => {}
        }
    }
    Some(change)
}
