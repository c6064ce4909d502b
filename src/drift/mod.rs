//! Two surfaces in, findings out: how what is there now differs from what was locked.
//!
//! Drift compares the world with an approved state, diff compares two states that people propose. Both ask the
//! one comparison of operations; here nothing was granted and nobody is asked for an approval. Where a side is a
//! recording, absence proves nothing, and [`traffic`] compares.

mod flows;
mod graphql;
mod hosts;
mod limits;
mod moves;
mod operations;
mod reach;
pub mod reference;
mod servers;
mod shared;
mod surface;
#[cfg(test)]
mod tests;
pub mod traffic;

pub use limits::Limits;
pub use reach::Reach;
pub use surface::{Recording, Surface, SurfaceSource};

use crate::canon::time::Timestamp;
use crate::model::finding::Finding;
use crate::model::report::Coverage;
use crate::rules::Rule;
use traffic::Sides;

/// A check: a row of the table of checks.
pub struct Check {
    /// Every rule that it can emit.
    pub emits: &'static [&'static [&'static Rule]],
    /// The part of a baseline that it looks at: both sides must know of it.
    pub of: &'static str,
    /// Looks at both sides.
    pub run: fn(&Surface, &Surface, Option<Timestamp>) -> Vec<Finding>,
}

/// Every check, in the order in which their findings come.
pub const CHECKS: &[Check] = &[
    Check { emits: operations::EMITS, of: "/operations", run: operations::run },
    Check { emits: hosts::EMITS, of: "/operations", run: hosts::run },
    Check { emits: graphql::EMITS, of: "/operations", run: graphql::run },
    Check { emits: &servers::EMITS, of: "/mcp", run: servers::run },
];

/// How much of the one side was called in the other; none if neither was recorded.
pub fn coverage(old: &Surface, new: &Surface, limits: &Limits) -> Option<Coverage> {
    Sides::of(old, new).map(|sides| traffic::coverage(&sides, limits))
}

/// Everything that drifted from `old` to `new`. The same two give the same findings in the same order.
pub fn run(old: &Surface, new: &Surface, limits: &Limits) -> Vec<Finding> {
    if let Some(sides) = Sides::of(old, new) {
        return traffic::run(&sides, limits);
    }
    let known = CHECKS.iter().filter(|check| old.knows(check.of) && new.knows(check.of));
    known.flat_map(|check| (check.run)(old, new, limits.now)).collect()
}
