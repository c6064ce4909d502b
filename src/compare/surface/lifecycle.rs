//! Deprecation of an operation, before and after; and whether one that is gone had announced it.

use super::change::Change;
use crate::canon::Node;
use crate::canon::time::Timestamp;
use crate::model::phrase::Phrase;
use crate::model::schema::baseline::Facet;
use crate::model::surface::Locked;
use crate::rules::{Rule, op};

/// Every rule that this part can emit.
pub const EMITS: &[&Rule] =
    &[op::DEPRECATED, op::DEPRECATED_NO_SUNSET, op::SUNSET_MOVED_EARLIER, op::UNDEPRECATED];

/// What differs.
pub fn changes(old: &Locked, new: &Locked, out: &mut Vec<Change>) {
    if !old.knows(Facet::Deprecation) || !new.knows(Facet::Deprecation) {
        return;
    }
    let (was, is) = (is_deprecated(old), is_deprecated(new));
    let (from, to) = (sunset(old), sunset(new));
    let said = |locked: &Locked| locked.content.sunset.clone().unwrap_or_else(|| "no day".to_owned());
    let change = match (was, is) {
        (false, true) if to.is_some() => Change::new(op::DEPRECATED, "/sunset", "deprecated")
            .here("calls work until that day")
            .says("deprecated", Phrase::say("until ").and_quote(said(new))),
        (false, true) => Change::new(op::DEPRECATED_NO_SUNSET, "/deprecated", "deprecated")
            .here("calls may fail on any day")
            .says("deprecated", Phrase::say("nobody says until when")),
        (true, false) => Change::new(op::UNDEPRECATED, "/deprecated", "deprecated")
            .here("it stays")
            .says("deprecated", Phrase::say("taken back")),
        // A day that can no longer be read is no day.
        (true, true) if from.is_some() && to.is_none() => {
            Change::new(op::DEPRECATED_NO_SUNSET, "/sunset", "sunset")
                .here("the day that was announced is gone")
                .says("goes on", Phrase::quote(said(old)).and_say(" → ").and_quote(said(new)))
        }
        (true, true) if to.is_some() && (from.is_none() || to < from) => {
            Change::new(op::SUNSET_MOVED_EARLIER, "/sunset", "sunset")
                .here("less time than was announced")
                .says("goes on", Phrase::quote(said(old)).and_say(" → ").and_quote(said(new)))
        }
        _ => return,
    };
    out.push(change.values(value(old), value(new)));
}

/// The rule of an operation that is gone: whether it had announced that, and whether its day has come. Where
/// nobody knows what day it is, it has not.
pub fn gone(old: &Locked, now: Option<Timestamp>) -> &'static Rule {
    match sunset(old) {
        Some(day) if now.is_some_and(|now| day <= now) => op::REMOVED_AFTER_SUNSET,
        Some(_) => op::REMOVED_BEFORE_SUNSET,
        None => op::REMOVED,
    }
}

fn is_deprecated(locked: &Locked) -> bool {
    locked.content.deprecated == Some(true) || locked.content.sunset.is_some()
}

/// The first moment of its last day, where a day is given that can be read.
fn sunset(locked: &Locked) -> Option<Timestamp> {
    let day = locked.content.sunset.as_deref()?;
    format!("{}T00:00:00Z", day.get(..10)?)
        .parse()
        .ok()
        .filter(|_| day.len() == 10 || day.as_bytes()[10] == b'T')
}

fn value(locked: &Locked) -> Option<Node> {
    locked.content.sunset.as_deref().map(Node::text).or(locked.content.deprecated.map(Node::bool))
}
