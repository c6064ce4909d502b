//! How much of the surface was called.

use super::sides::{Called, Sides};
use super::told::challenge;
use crate::canon::Node;
use crate::drift::limits::Limits;
use crate::model::finding::{Finding, Place};
use crate::model::phrase::Phrase;
use crate::model::report::Coverage;
use crate::rules::{Rule, obs};

/// Every rule that this check can emit.
pub const EMITS: &[&Rule] = &[obs::COVERAGE_LOW];

/// How many operations were called, of how many. One that only a page answered for was not.
pub fn coverage(sides: &Sides, limits: &Limits) -> Coverage {
    let answered = |one: &&Called| challenge(one).is_none();
    let exercised = sides.called.iter().filter(answered).count();
    Coverage { exercised, operations: sides.all(), min: limits.coverage }
}

/// What was found.
pub fn run(sides: &Sides, limits: &Limits) -> Vec<Finding> {
    let coverage = coverage(sides, limits);
    if !coverage.is_low() {
        return Vec::new();
    }
    let source = &sides.surface.source;
    let place = Place { file: source.file.to_owned(), line: 1, pointer: String::new(), side: sides.side() };
    let Coverage { exercised, operations, min } = coverage;
    let finding = Finding::new(obs::COVERAGE_LOW, sides.surface.whole(), place)
        .values(Some(Node::int(i128::from(min))), Some(Node::int(i128::from(coverage.percent()))))
        .says(
            "coverage",
            Phrase::say(format!("{exercised} of {operations} operations, {min} % are asked for")),
        )
        .here("of the rest nothing is known".into());
    vec![finding]
}
