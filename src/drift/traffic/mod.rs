//! A surface and recorded calls in, findings out: what the calls show that the surface does not say.
//!
//! A recording is a sample of the truth. What occurs in it and does not fit counts; what does not occur in it proves
//! nothing, and is told as not looked at.

mod access;
mod bodies;
mod calls;
mod coverage;
mod health;
mod inputs;
mod leaks;
mod sides;
#[cfg(test)]
mod tests;
mod told;

pub use coverage::coverage;
pub use sides::Sides;

use super::limits::Limits;
use crate::model::finding::Finding;
use crate::rules::Rule;

/// A check: a row of the table of checks.
pub struct Check {
    /// Every rule that it can emit.
    pub emits: &'static [&'static Rule],
    /// Looks at both sides.
    pub run: fn(&Sides, &Limits) -> Vec<Finding>,
}

/// Every check, in the order in which their findings come.
pub const CHECKS: &[Check] = &[
    Check { emits: calls::EMITS, run: calls::run },
    Check { emits: access::EMITS, run: access::run },
    Check { emits: bodies::EMITS, run: bodies::run },
    Check { emits: inputs::EMITS, run: inputs::run },
    Check { emits: health::EMITS, run: health::run },
    Check { emits: coverage::EMITS, run: coverage::run },
    Check { emits: leaks::EMITS, run: leaks::run },
];

/// Everything that calls show.
pub fn run(sides: &Sides, limits: &Limits) -> Vec<Finding> {
    CHECKS.iter().flat_map(|check| (check.run)(sides, limits)).collect()
}
