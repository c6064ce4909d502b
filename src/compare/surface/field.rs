//! A change of a schema in, the change of the operation that it is part of out.

use super::change::Change;
use crate::compare::schema::SchemaChange;
use crate::model::finding::Side;
use crate::model::phrase::Phrase;
use crate::model::surface::{Locked, Places};
use crate::rules::{Family, Rule};

/// Where in an operation a schema stands.
pub struct Under<'a> {
    /// Below the operation.
    pub part: &'a str,
    /// On the wire; the field follows.
    pub wire: &'a str,
    /// In a word or two of ours.
    pub aspect: &'static str,
}

/// The change with its place, its field in front of its words (without what the aspect says already).
pub fn told(change: SchemaChange, under: &Under, old: &Locked, new: &Locked) -> Change {
    placed(change, under, &old.places, &new.places)
}

/// The same of what is no operation.
pub fn placed(change: SchemaChange, under: &Under, old: &Places, new: &Places) -> Change {
    let part = format!("{}{}", under.part, change.pointer);
    // What is gone from the new state stands in the old one.
    let gone = change.after.is_none() && change.before.is_some();
    let side = if gone && old.missing(&part) < new.missing(&part) { Side::Base } else { Side::Head };
    let field = match (under.wire, change.field.as_str()) {
        (wire, "") => wire.to_owned(),
        ("", field) => field.to_owned(),
        (wire, field) => format!("{wire} {field}"),
    };
    // What people read begins with the aspect already.
    let told = if under.wire == under.aspect { &change.field } else { &field };
    let words = match told.is_empty() {
        true => change.change,
        false => Phrase::quote(told).and_say(": ").and(change.change),
    };
    Change {
        rule: change.rule,
        severity: Some(change.severity),
        side,
        also: beside(change.rule, &part),
        part,
        wire: field,
        before: change.before,
        after: change.after,
        aspect: under.aspect,
        change: words,
        here: change.here,
    }
}

/// The step below a parameter or property for where an argument goes: no member of version 2's operations.
pub const GOES: &str = "in";

/// Where else it is said that a parameter or property is there: among those that are required, and where its
/// value goes.
fn beside(rule: &Rule, part: &str) -> Vec<String> {
    let Some((outer, _)) = part.rsplit_once('/').filter(|_| matches!(rule.family, Family::Par | Family::Req))
    else {
        return Vec::new();
    };
    let required = match outer.strip_suffix("/properties") {
        Some(object) => format!("{object}/required"),
        None if outer == "/parameters" => format!("{part}/required"),
        None => return Vec::new(),
    };
    vec![required, format!("{part}/{GOES}")]
}
