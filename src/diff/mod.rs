//! Pair of toolpacks in, findings out: what the head can do, reach or break that the base could not.
//!
//! The table of checks is the dispatch. A check knows the pair and not its siblings, and declares every rule
//! that it can emit.

pub mod across;
#[cfg(test)]
mod any_edit;
pub mod check;
mod depends;
mod flow;
mod graphql;
mod hosts;
mod launches;
mod names;
mod offers;
mod operations;
pub mod pair;
mod policy;
mod policy_words;
mod reach;
mod redirects;
mod rest;
mod servers;
pub mod shadows;
pub mod sides;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod texts;
mod tools;
mod toolsets;
mod words;

pub use check::{Check, DiffContext};
pub use pair::Pair;

use rayon::prelude::*;

use crate::model::finding::Finding;
use crate::rules::{flow as flow_rules, res};

/// Every check, in the order in which their findings come.
pub const CHECKS: &[Check] = &[
    tools::CHECK,
    names::CHECK,
    operations::CHECK,
    texts::CHECK,
    offers::CHECK,
    hosts::CHECK,
    reach::CHECK,
    redirects::CHECK,
    launches::CHECK,
    toolsets::CHECK,
    policy::CHECK,
    flow::CHECK,
    // These look at what those before them found.
    depends::CHECK,
    rest::CHECK,
];

/// How many checks at the end look at what the others found.
const AFTER: usize = 2;

/// Runs every check over a pair. The same pair gives the same findings in the same order.
pub fn run(pair: &Pair, ctx: &DiffContext) -> Vec<Finding> {
    let (first, after) = CHECKS.split_at(CHECKS.len() - AFTER);
    let mut findings: Vec<Finding> =
        first.par_iter().flat_map_iter(|check| look(check, pair, ctx, &[])).collect();
    for check in after {
        let more = look(check, pair, ctx, &findings);
        absorb(&mut findings, &more);
        findings.extend(more);
    }
    findings
}

fn look(check: &Check, pair: &Pair, ctx: &DiffContext, earlier: &[Finding]) -> Vec<Finding> {
    let mut sink = check::Sink::new(check, earlier);
    (check.run)(pair, ctx, &mut sink);
    sink.into_findings()
}

/// One cause, one finding: that a field is gone which another tool needs says all that its removal says.
fn absorb(findings: &mut Vec<Finding>, found: &[Finding]) {
    let needed: Vec<&Finding> = found.iter().filter(|f| f.rule == flow_rules::DEPENDENCY_BROKEN).collect();
    if needed.is_empty() {
        return;
    }
    let at = |f: &Finding| (f.subject.id.clone(), f.place.file.clone(), f.place.pointer.clone());
    let places: std::collections::HashSet<_> = needed.into_iter().map(at).collect();
    let general = [res::FIELD_REQUIRED_REMOVED, res::FIELD_OPTIONAL_REMOVED];
    findings.retain(|f| !general.contains(&f.rule) || !places.contains(&at(f)));
}
