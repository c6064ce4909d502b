//! What kind of value a place takes: its types, null, and whether it is a choice from a list.

use std::collections::BTreeSet;

use super::place::{Level, Place};
use super::rows::{self, Row};
use super::types::Types;
use super::view::{View, value_key};
use super::walk::{About, Walk, shown};
use super::words::is_privileged;
use crate::canon::Node;
use crate::model::phrase::Phrase;
use crate::rules::{Severity, res};

/// Most values that a sentence lists.
const LISTED: usize = 5;

/// Tells how the types changed. Gives what both sides still share, `None` if nothing below is to be compared.
pub(super) fn types<'a>(
    walk: &mut Walk<'a>,
    place: &Place<'a>,
    old: &View<'a>,
    new: &View<'a>,
    told: bool,
) -> Option<Types> {
    let (was, is) = (old.types.node(old.null), new.types.node(new.null));
    let about = About { keyword: "type", before: Some(&was), after: Some(&is) };
    let named = rows::named(place.level);
    let words = |v: &View| v.types.words(v.null);
    let change = || Phrase::say(format!("{} → {}", words(old), words(new)));
    let shared = old.types.and(new.types);
    // Nothing was said, or nothing is said any more.
    if !new.says && old.says && place.is_root() && place.is_returned() {
        let about = About::default();
        walk.say(res::SCHEMA_LOST, place, about, change(), "anything may come back");
        return None;
    }
    let narrower = !old.types.within(new.types);
    let gained = !new.types.within(old.types);
    // A list of choices on one side says itself what it takes away.
    let told_by_list = match (&old.values, &new.values) {
        (Some(_), Some(_)) => true,
        (None, Some(_)) => !gained,
        (Some(_), None) => !narrower,
        (None, None) => false,
    };
    let types_told = !told_by_list && (gained || narrower);
    if types_told {
        match (old.types, new.types) {
            (Types::LIST, Types::OBJECT) if place.level != Level::Parameter => {
                walk.tell(rows::LIST_TO_OBJECT, place, about, change(), "every value has the wrong shape");
            }
            (Types::OBJECT, Types::LIST) if place.level != Level::Parameter => {
                walk.tell(rows::OBJECT_TO_LIST, place, about, change(), "every value has the wrong shape");
            }
            _ if gained && narrower => {
                walk.say(named.type_changed, place, about, change(), "values of the old type do not fit");
            }
            _ if gained => {
                let lost = !new.says && place.is_root();
                let severity = if lost { Severity::High } else { rows::severity(named.type_widened) };
                walk.tell_as(named.type_widened, severity, place, about, change(), "more kinds of value fit");
            }
            _ => {
                // Properties without `type: object` beside them are nearly always meant so.
                let restated = new.types == Types::OBJECT && old.types == Types::ALL && old.of_objects;
                let severity = match rows::severity(named.type_narrowed) {
                    grave if restated => grave.min(Severity::Low),
                    grave => grave,
                };
                walk.tell_as(
                    named.type_narrowed,
                    severity,
                    place,
                    about,
                    change(),
                    "fewer kinds of value fit",
                );
            }
        }
    }
    let null_is_told =
        told || types_told && (old.null && !new.null && narrower || !old.null && new.null && gained);
    if old.null != new.null && !null_is_told {
        let row = if new.null { rows::NULL_ADDED } else { rows::NULL_REMOVED };
        let here = if new.null { "null fits too" } else { "null no longer fits" };
        walk.tell(row, place, about, change(), here);
    }
    // What says nothing but a type has nothing below it that could differ further.
    let nothing_below = types_told && (!old.says || !new.says);
    let lists = old.values.is_some() || new.values.is_some();
    (!nothing_below && (lists || shared != Types::NONE)).then_some(shared)
}

/// Tells how a list of choices changed. Gives whether bounds beside it are still to be compared.
pub(super) fn choices<'a>(walk: &mut Walk<'a>, place: &Place<'a>, old: &View<'a>, new: &View<'a>) -> bool {
    match (&old.values, &new.values) {
        (None, None) => true,
        (None, Some(values)) => {
            let (row, keyword) =
                if new.is_const { (rows::CONST_ADDED, "const") } else { (rows::BECAME_ENUM, "enum") };
            let about = About { keyword, ..About::default() };
            walk.tell(row, place, about, Phrase::say("any → ").and(list(values)), "nothing else fits");
            !old.certainly_fit(values)
        }
        (Some(values), None) => {
            let (row, keyword) =
                if old.is_const { (rows::CONST_REMOVED, "const") } else { (rows::ENUM_DROPPED, "enum") };
            let about = About { keyword, ..About::default() };
            walk.tell(row, place, about, list(values).and_say(" → any"), "other values fit too");
            !new.certainly_fit(values)
        }
        (Some(before), Some(after)) => {
            both(walk, place, (old, before), (new, after));
            false
        }
    }
}

fn both<'a>(
    walk: &mut Walk<'a>,
    place: &Place<'a>,
    (old, before): (&View<'a>, &[&'a Node]),
    (new, after): (&View<'a>, &[&'a Node]),
) {
    let keys = |values: &[&Node]| values.iter().map(|v| value_key(v)).collect::<BTreeSet<_>>();
    let less = |from: &[&'a Node], those: &[&Node]| -> Vec<&'a Node> {
        let known = keys(those);
        from.iter().copied().filter(|v| !known.contains(&value_key(v))).collect()
    };
    let (gone, added) = (less(before, after), less(after, before));
    let keyword = if new.is_const && old.is_const { "const" } else { "enum" };
    let about = About { keyword, ..About::default() };
    let values =
        |values: &[&Node]| Node::new(crate::canon::Value::List(values.iter().copied().cloned().collect()));
    if !gone.is_empty() {
        let fixed = new.is_const && !old.is_const && added.is_empty();
        let row = if fixed { rows::CONST_ADDED } else { rows::ENUM_REMOVED };
        let before = values(&gone);
        let about = About { before: Some(&before), ..about };
        walk.tell(row, place, about, Phrase::say("without ").and(list(&gone)), "what is gone no longer fits");
    }
    let power = |v: &&Node| !place.is_returned() && v.as_text().is_some_and(is_privileged);
    let (strong, plain): (Vec<&Node>, Vec<&Node>) = added.into_iter().partition(power);
    let opened = old.is_const && !new.is_const && gone.is_empty();
    let plain_row: Row = if opened { rows::CONST_REMOVED } else { rows::ENUM_ADDED };
    for (row, list_of) in [(rows::ENUM_PRIVILEGED, strong), (plain_row, plain)] {
        if !list_of.is_empty() {
            let after = values(&list_of);
            let about = About { after: Some(&after), ..about };
            walk.tell(row, place, about, Phrase::say("with ").and(list(&list_of)), "what is new fits too");
        }
    }
}

/// The values of a list of choices in a sentence.
fn list(values: &[&Node]) -> Phrase {
    if values.is_empty() {
        return Phrase::say("no value");
    }
    let mut phrase = Phrase::default();
    for (at, value) in values.iter().take(LISTED).enumerate() {
        phrase = if at > 0 { phrase.and_say(", ") } else { phrase }.and(shown(Some(value)));
    }
    match values.len() {
        n if n > LISTED => phrase.and_say(format!(" and {} more", n - LISTED)),
        _ => phrase,
    }
}
