//! An operation before and after in, every way in which it differs out, each with its rule.
//!
//! The table of parts is the dispatch: a part knows the two operations and not its siblings, and names every
//! rule that it can emit. Diff asks for the tools of a pull request, drift for two sources.

mod address;
mod change;
mod field;
mod lifecycle;
mod parameters;
mod request;
mod responses;
mod scheme;
mod security;
mod selectors;
#[cfg(test)]
mod tests;

pub use change::Change;
pub use field::{GOES, Under, placed, told};
pub use lifecycle::gone;

use crate::model::surface::Locked;
use crate::rules::{Rule, par, req, res, val};

/// A part of an operation.
struct Part {
    emits: &'static [&'static Rule],
    changes: fn(&Locked, &Locked, &mut Vec<Change>),
}

const PARTS: &[Part] = &[
    Part { emits: address::EMITS, changes: address::changes },
    Part { emits: lifecycle::EMITS, changes: lifecycle::changes },
    Part { emits: security::EMITS, changes: security::changes },
    Part { emits: parameters::EMITS, changes: parameters::changes },
    Part { emits: request::EMITS, changes: request::changes },
    Part { emits: responses::EMITS, changes: responses::changes },
];

/// Every rule that [`compare`] can emit.
pub const EMITS: &[&[&Rule]] = &[
    address::EMITS,
    lifecycle::EMITS,
    security::EMITS,
    parameters::EMITS,
    request::EMITS,
    responses::EMITS,
    par::ALL,
    req::ALL,
    res::ALL,
    val::ALL,
];

/// Every way in which an operation differs from what it was. The same two give the same changes in the same
/// order; an operation does not differ from itself.
pub fn compare(old: &Locked, new: &Locked) -> Vec<Change> {
    let mut out = Vec::new();
    for part in PARTS {
        let from = out.len();
        (part.changes)(old, new, &mut out);
        debug_assert!(
            out[from..].iter().all(|c| part.emits.contains(&c.rule) || is_of_schemas(c.rule)),
            "a part emits a rule that it does not name"
        );
    }
    out
}

/// Families whose rules the comparison of schemas emits for any part that has one.
fn is_of_schemas(rule: &Rule) -> bool {
    [par::ALL, req::ALL, res::ALL, val::ALL].iter().any(|family| family.contains(&rule))
}
