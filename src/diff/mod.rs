//! Pair of toolpacks in, findings out: what the head can do, reach or break that the base could not.
//!
//! The table of checks is the dispatch. A check knows the pair and not its siblings, and declares every rule
//! that it can emit.

#[cfg(test)]
mod any_edit;
mod arguments;
pub mod check;
mod depends;
mod flow;
mod graphql;
mod hosts;
mod names;
mod operations;
pub mod pair;
mod policy;
mod policy_words;
mod reach;
mod redirects;
mod rest;
mod served;
mod servers;
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

use std::collections::HashSet;

use rayon::prelude::*;

use crate::model::finding::Finding;
use crate::rules::{flow as flow_rules, res};

/// Every check, in the order in which their findings come. Only the last looks at what the others found.
pub const CHECKS: &[Check] = &[
    tools::CHECK,
    names::CHECK,
    operations::CHECK,
    texts::CHECK,
    hosts::CHECK,
    reach::CHECK,
    redirects::CHECK,
    servers::CHECK,
    toolsets::CHECK,
    policy::CHECK,
    flow::CHECK,
    depends::CHECK,
    rest::CHECK,
];

/// Runs every check over a pair. The same pair gives the same findings in the same order.
pub fn run(pair: &Pair, ctx: &DiffContext) -> Vec<Finding> {
    let found = |check, earlier| {
        let mut sink = check::Sink::new(check, earlier);
        (check.run)(pair, ctx, &mut sink);
        sink.into_findings()
    };
    let Some((last, others)) = CHECKS.split_last() else { return Vec::new() };
    let mut findings: Vec<Finding> = others.par_iter().flat_map_iter(|check| found(check, &[])).collect();
    absorb(&mut findings);
    let rest = found(last, &findings);
    findings.extend(rest);
    findings
}

/// One cause, one finding: that a field is gone which another tool needs says all that its removal says.
fn absorb(findings: &mut Vec<Finding>) {
    let at = |f: &Finding| (f.subject.id.clone(), f.place.file.clone(), f.place.pointer.clone());
    let needed = findings.iter().filter(|f| f.rule == flow_rules::DEPENDENCY_BROKEN);
    let places: HashSet<_> = needed.map(at).collect();
    if places.is_empty() {
        return;
    }
    let general = [res::FIELD_REQUIRED_REMOVED, res::FIELD_OPTIONAL_REMOVED];
    findings.retain(|f| !general.contains(&f.rule) || !places.contains(&at(f)));
}
