//! Two surfaces in, findings out: how what is there now differs from what was locked.
//!
//! Drift compares the world with an approved state, diff compares two states that people propose. Both ask the
//! one comparison of operations; here nothing was granted and nobody is asked for an approval.

mod operations;
mod servers;
mod surface;

pub use surface::{Surface, SurfaceSource};

use crate::canon::time::Timestamp;
use crate::model::finding::Finding;
use crate::rules::Rule;

/// A check: what it can emit, and its run over two surfaces.
struct Check {
    #[cfg_attr(not(test), expect(dead_code, reason = "tests hold a check to the rules that it names"))]
    emits: &'static [&'static [&'static Rule]],
    run: fn(&Surface, &Surface, Option<Timestamp>) -> Vec<Finding>,
}

const CHECKS: &[Check] = &[
    Check { emits: operations::EMITS, run: operations::run },
    Check { emits: servers::EMITS, run: servers::run },
];

/// Everything that drifted from `old` to `new`. The same two give the same findings in the same order.
pub fn run(old: &Surface, new: &Surface, now: Option<Timestamp>) -> Vec<Finding> {
    CHECKS.iter().flat_map(|check| (check.run)(old, new, now)).collect()
}
