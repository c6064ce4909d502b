//! ENGINE: one state of a toolpack in, what is wrong with it by itself out: no base is asked.
//!
//! What a change from nothing would be told for is told by the diff of that state with nothing; here stands what no
//! change tells.

mod check;
pub mod committed;
mod image;
mod patterns;
mod risk;
mod secrets;
#[cfg(test)]
mod tests;

pub use check::Check;

use rayon::prelude::*;

use crate::canon::Node;
use crate::model::finding::Finding;
use crate::model::toolpack::Toolpack;
use crate::rules::{Family, Rule, host, mcp, policy, text, tool, toolset};

/// Every check, in the order in which their findings come.
pub const CHECKS: &[Check] = &[patterns::CHECK, secrets::CHECK, risk::CHECK, image::CHECK];

/// Rules of the diff that are about what there is, and not about what became of something else: of a state held
/// against nothing they are told, and no other.
pub const OF_A_STATE: &[&[&Rule]] = &[
    &[policy::DEFAULT_ALLOW, policy::METHOD_GUARD_MISSING, toolset::READONLY_VIOLATED],
    &[tool::DUPLICATE_NAME, tool::TEXT_UNREAD],
    &[host::WILDCARDED, host::PRIVATE_TARGET, host::SCHEME_DOWNGRADED, host::TEMPLATE_VARIABLE_ADDED],
    &[mcp::LAUNCH_SHELL, mcp::LAUNCH_UNPINNED],
    text::ALL,
];

/// A word by itself presses nobody: `urgent` is a value as good as any.
const A_WORD: usize = 16;

/// Whether a finding of the diff with nothing is about the state.
pub fn is_of_a_state(finding: &Finding) -> bool {
    let is_word = |node: &Node| node.as_text().is_some_and(|text| text.len() < A_WORD);
    OF_A_STATE.iter().any(|rules| rules.contains(&finding.rule))
        && !(finding.rule == text::URGENCY_MARKER && finding.after.as_ref().is_some_and(is_word))
}

/// Credentials in what a toolpack commits: the one check whose answer counts where files are handed over, whatever else is
/// wrong with them.
pub fn credentials(pack: &Toolpack) -> Vec<Finding> {
    (secrets::CHECK.run)(pack)
}

/// What is wrong with a toolpack. The same toolpack gives the same findings in the same order.
pub fn run(pack: &Toolpack) -> Vec<Finding> {
    CHECKS.par_iter().flat_map_iter(|check| (check.run)(pack)).collect()
}

/// The same, but for what the gate finds out about each tool wherever it judges.
pub fn run_beside_the_gate(pack: &Toolpack) -> Vec<Finding> {
    let is_the_gates = |check: &&Check| check.emits.iter().all(|rule| rule.family == Family::Gate);
    CHECKS.par_iter().filter(|check| !is_the_gates(check)).flat_map_iter(|check| (check.run)(pack)).collect()
}
