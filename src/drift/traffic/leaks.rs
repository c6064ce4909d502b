//! Credentials in a stored capture.

use super::sides::Sides;
use crate::canon::Node;
use crate::drift::limits::Limits;
use crate::model::finding::{Finding, Place, Side};
use crate::model::phrase::Phrase;
use crate::rules::{Rule, obs};

/// Every rule that this check can emit.
pub const EMITS: &[&Rule] = &[obs::TOKEN_LIKE_LEAK];

/// What was found: of both sides, where both are recordings.
pub fn run(sides: &Sides, _: &Limits) -> Vec<Finding> {
    let (now, then) = if sides.calls_are_new { (Side::Head, Side::Base) } else { (Side::Base, Side::Head) };
    let mut out = Vec::new();
    for (surface, side) in [(sides.calls, now), (sides.surface, then)] {
        let Some(recording) = surface.source.recorded.filter(|own| !own.leaks.is_empty()) else { continue };
        let all: u64 = recording.leaks.values().sum();
        let kinds: Vec<&str> = recording.leaks.keys().map(String::as_str).collect();
        let place = Place { file: surface.source.file.to_owned(), line: 1, pointer: String::new(), side };
        let counted = if all == 1 { "1 credential: ".to_owned() } else { format!("{all} credentials: ") };
        out.push(
            Finding::new(obs::TOKEN_LIKE_LEAK, surface.whole(), place)
                .values(None, Some(Node::texts(kinds.iter().copied())))
                .says("capture", Phrase::say(counted).and(Phrase::list(kinds.iter().take(3).copied())))
                .here("whoever can read the capture can use them".into()),
        );
    }
    out
}
