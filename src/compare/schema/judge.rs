//! One place of two schemas: each facet in turn. What differs is told, what lies below goes on the list.

use super::document::scan;
use super::place::Place;
use super::rows;
use super::types::Types;
use super::view::{View, value_key};
use super::walk::{About, Task, Walk, from_to, shortened};
use super::{branches, envelope, kinds, objects, values};
use crate::model::phrase::Phrase;
use crate::rules::Severity;

/// What can only be seen over the whole schema: references that lead nowhere, and definitions that contain
/// themselves.
pub(super) fn whole<'a>(walk: &mut Walk<'a>, root: &Place<'a>) {
    let ((old_lost, old_cycles), (new_lost, new_cycles)) = (scan(&walk.old), scan(&walk.new));
    for (target, pointer) in new_lost.iter().filter(|(target, _)| !old_lost.contains_key(*target)) {
        let (rule, severity) = rows::REF_UNRESOLVED.at(root.level);
        let change = Phrase::quote(shortened(target)).and_say(" is not defined");
        let here = Phrase::say("what is accepted there can't be told");
        walk.out_at(rule, severity, pointer.clone(), root.field(), About::default(), change, here);
    }
    if let Some((target, pointer)) = new_cycles.iter().find(|(target, _)| !old_cycles.contains_key(*target)) {
        let (rule, severity) = rows::RECURSION.at(root.level);
        let change = Phrase::quote(shortened(target)).and_say(" contains itself");
        let here = Phrase::say("values can be nested without end");
        walk.out_at(rule, severity, pointer.clone(), root.field(), About::default(), change, here);
    }
}

/// Compares one place.
pub(super) fn place<'a>(walk: &mut Walk<'a>, task: &Task<'a>) {
    let (old, new) = (View::of(&walk.old, &task.old), View::of(&walk.new, &task.new));
    let at = &task.place;
    if (old.cut || new.cut) && !walk.same(&task.old, &task.new) {
        walk.cut("one place of the schema is put together from too many parts");
    }
    // What is not known can't be compared; that it is not known was told for the whole.
    if new.lost && !old.lost {
        return;
    }
    if !task.told {
        values::flags(walk, at, &old, &new);
    }
    if envelope::envelope(walk, task, &old, &new) {
        return;
    }
    if branches::one_sided(walk, task, &old, &new) {
        conditions(walk, at, &old, &new);
        return;
    }
    let Some(shared) = kinds::types(walk, at, &old, &new, task.told) else { return };
    if kinds::choices(walk, at, &old, &new) {
        values::bounds(walk, at, &old, &new, shared);
        values::texts(walk, at, &old, &new, shared);
    } else if old.values.is_some() && new.values.is_some() {
        values::texts(walk, at, &old, &new, shared);
    }
    if shared.meets(Types::OBJECT) {
        objects::fields(walk, at, &old, &new);
    }
    if shared.meets(Types::LIST) {
        objects::items(walk, at, &old, &new);
    }
    branches::groups(walk, at, &old, &new);
    conditions(walk, at, &old, &new);
}

/// Keywords whose effect is not judged: that they differ is told.
fn conditions<'a>(walk: &mut Walk<'a>, place: &Place<'a>, old: &View<'a>, new: &View<'a>) {
    if old.discriminator.map(value_key) != new.discriminator.map(value_key) {
        let name = |v: &View<'a>| v.discriminator.and_then(|d| d.get("propertyName"));
        let about = About { keyword: "discriminator", before: old.discriminator, after: new.discriminator };
        let change = match name(old) == name(new) {
            true => Phrase::say("other mapping"),
            false => from_to(name(old), name(new)),
        };
        walk.tell(rows::DISCRIMINATOR, place, about, change, "objects are read as something else");
    }
    let keywords: std::collections::BTreeSet<&'a str> =
        old.others.keys().chain(new.others.keys()).copied().collect();
    for keyword in keywords {
        let none = Vec::new();
        let (before, after) =
            (old.others.get(keyword).unwrap_or(&none), new.others.get(keyword).unwrap_or(&none));
        if walk.same(before, after) {
            continue;
        }
        let (rule, severity) = rows::CONDITION.at(place.level);
        // That something can't be read was told for the whole.
        let severity = if keyword == "x-unresolved" { Severity::Low } else { severity };
        let word = match (before.is_empty(), after.is_empty()) {
            (true, _) => "new keyword ",
            (_, true) => "without keyword ",
            _ => "other keyword ",
        };
        let change = Phrase::say(word).and_quote(shortened(keyword));
        let about = About { keyword, before: before.first().copied(), after: after.first().copied() };
        walk.tell_as(rule, severity, place, about, change, "what it does to a value is not judged");
    }
}
