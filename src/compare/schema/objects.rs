//! The fields of an object: which are new, gone, renamed, required, and whether others may come. Also lists.

use std::collections::BTreeMap;

use super::change::Position;
use super::document::{Conj, Document};
use super::place::{Place, Step};
use super::rows;
use super::types::Types;
use super::view::View;
use super::walk::{About, Walk, shortened};
use super::words::{is_address, is_assignment, is_guard, is_prose, is_sensitive, is_sink};
use crate::canon::text::words;
use crate::canon::{Node, json};
use crate::model::phrase::Phrase;
use crate::rules::{req, res};

/// A field of one side.
#[derive(Debug, Clone)]
pub(super) struct Field<'a> {
    pub(super) name: &'a str,
    pub(super) required: bool,
    /// What it means, where that does not stand in its schema.
    pub(super) description: Option<&'a str>,
    pub(super) schema: Conj<'a>,
}

/// Compares the fields of two objects; what both have goes on the list.
pub(super) fn fields<'a>(walk: &mut Walk<'a>, place: &Place<'a>, old: &View<'a>, new: &View<'a>) {
    let field = |view: &View<'a>, name: &'a str, schema: &Conj<'a>| Field {
        name,
        required: view.required.contains(name),
        description: None,
        schema: schema.clone(),
    };
    let (mut gone, mut added) = (Vec::new(), Vec::new());
    for (name, schema) in &old.fields {
        let was = field(old, name, schema);
        match new.fields.get(name) {
            Some(now) => both(walk, &place.below(Step::Property(name)), &was, &field(new, name, now)),
            // It has no name of its own any more, and is held to what holds for those.
            None if !new.closed && !new.rest.is_empty() => {
                let at = place.below(Step::Property(name));
                let now = Field { required: false, schema: new.rest.clone(), ..was.clone() };
                both(walk, &at, &was, &now);
            }
            None => gone.push(was),
        }
    }
    for (name, schema) in &new.fields {
        let now = field(new, name, schema);
        if old.fields.contains_key(name) {
            continue;
        }
        if !old.closed && !old.rest.is_empty() {
            let was = Field { required: false, schema: old.rest.clone(), ..now.clone() };
            both(walk, &place.below(Step::Property(name)), &was, &now);
        } else {
            added.push(now);
        }
    }
    changed(walk, &gone, &added, |name| place.below(Step::Property(name)));
    // Required and refused at once: nothing fits.
    let odd = |v: &View<'a>, other: &View<'a>| -> Vec<&'a str> {
        let unknown = |name: &&&'a str| !v.fields.contains_key(**name) && !other.required.contains(**name);
        v.required.iter().filter(unknown).copied().collect()
    };
    for (names, now) in [(odd(old, new), false), (odd(new, old), true)] {
        names.into_iter().for_each(|name| required(walk, &place.below(Step::Property(name)), !now, now));
    }
    others(walk, place, old, new);
}

/// Fields that only one side has: renamed ones, new ones, gone ones.
pub(super) fn changed<'a>(
    walk: &mut Walk<'a>,
    gone: &[Field<'a>],
    added: &[Field<'a>],
    at: impl Fn(&'a str) -> Place<'a>,
) {
    let renamed = renames(gone, added);
    for (was, now) in &renamed {
        let (was, now) = (&gone[*was], &added[*now]);
        let place = at(now.name);
        let Some(sent) = &rows::named(place.level).sent else { continue };
        let change = Phrase::quote(shortened(was.name)).and_say(" → ").and_quote(shortened(now.name));
        walk.say(
            sent.renamed,
            &place,
            About::default(),
            change,
            "calls that send the old name are not understood",
        );
        if is_sink(now.name) && !is_sink(was.name) {
            walk.say(
                sent.sink_added,
                &place,
                About::default(),
                Phrase::say("renamed to an address, file or command"),
                "its value may reach outward",
            );
        }
        if is_assigned(walk, &place) && !is_assignment(was.name) {
            walk.say(
                req::MASS_ASSIGNMENT_FIELD,
                &place,
                About::default(),
                Phrase::say("renamed"),
                "it can be set now",
            );
        }
    }
    for (at_list, was) in gone.iter().enumerate() {
        if !renamed.iter().any(|(g, _)| *g == at_list) || at(was.name).is_returned() {
            removed(walk, &at(was.name), was);
        }
    }
    for (at_list, now) in added.iter().enumerate() {
        if !renamed.iter().any(|(_, a)| *a == at_list) || at(now.name).is_returned() {
            self::added(walk, &at(now.name), now);
        }
    }
}

/// Pairs of a field that is gone and one that is new and is the same but for its name; only where neither
/// could be another one, and where text or name say that it is the same.
fn renames(gone: &[Field], added: &[Field]) -> Vec<(usize, usize)> {
    let key = |f: &Field| {
        let schemas: Vec<String> = f.schema.iter().map(|n| json::canonical(n)).collect();
        format!("{} {:?} {schemas:?}", f.required, f.description)
    };
    let mut by_key: BTreeMap<String, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
    if !gone.is_empty() && !added.is_empty() {
        gone.iter().enumerate().for_each(|(i, f)| by_key.entry(key(f)).or_default().0.push(i));
        added.iter().enumerate().for_each(|(i, f)| by_key.entry(key(f)).or_default().1.push(i));
    }
    let told = |f: &Field| f.description.is_some() || f.schema.iter().any(|n| n.get("description").is_some());
    let kin = |a: &str, b: &str| {
        let (a, b) = (words(a), words(b));
        a.concat() == b.concat() || a.iter().any(|w| w.len() > 2 && b.contains(w))
    };
    let mut pairs: Vec<(usize, usize)> = by_key
        .into_values()
        .filter_map(|(g, a)| match (&g[..], &a[..]) {
            ([g], [a]) => Some((*g, *a)),
            _ => None,
        })
        .filter(|(g, a)| told(&gone[*g]) || kin(gone[*g].name, added[*a].name))
        .collect();
    pairs.sort_unstable();
    pairs
}

/// A field that both sides have.
pub(super) fn both<'a>(walk: &mut Walk<'a>, place: &Place<'a>, was: &Field<'a>, now: &Field<'a>) {
    required(walk, place, was.required, now.required);
    walk.push(place.clone(), was.schema.clone(), now.schema.clone());
}

/// Whether a field that both sides have must be there.
pub(super) fn required<'a>(walk: &mut Walk<'a>, place: &Place<'a>, was: bool, now: bool) {
    let about = About::default();
    let change = |now: bool| Phrase::say(if now { "optional → required" } else { "required → optional" });
    match (was, now, &rows::named(place.level).sent) {
        (false, true, Some(sent)) => {
            walk.say(sent.became_required, place, about, change(true), "calls without it fail");
        }
        (true, false, Some(sent)) if is_guard(place.name()) => {
            let here = "a call without it is not kept in bounds";
            walk.say(sent.guard_became_optional, place, about, change(false), here);
        }
        (true, false, Some(sent)) => {
            walk.say(sent.became_optional, place, about, change(false), "it may be left out")
        }
        (false, true, None) => {
            walk.say(res::TYPE_NARROWED, place, about, change(true), "it is always there now")
        }
        (true, false, None) => {
            walk.say(res::FIELD_BECAME_OPTIONAL, place, about, change(false), "it may be missing")
        }
        _ => {}
    }
}

/// Whether what stands at a place gives rights, an owner or a state, and can be set by a call that writes.
pub(super) fn is_assigned<'a>(walk: &Walk<'a>, place: &Place<'a>) -> bool {
    let in_body = !matches!(walk.context.position, Position::Parameter { .. });
    in_body && walk.context.writes && !place.is_returned() && is_assignment(place.name())
}

/// A field that is gone.
pub(super) fn removed<'a>(walk: &mut Walk<'a>, place: &Place<'a>, was: &Field<'a>) {
    let about = About { before: was.schema.first().copied(), ..About::default() };
    match &rows::named(place.level).sent {
        Some(sent) => {
            let here = "calls that send it fail or mean something else";
            walk.say(sent.removed, place, about, Phrase::say("gone"), here);
            // What kept a call in bounds does so no more, whoever still sends it.
            if was.required && is_guard(place.name()) {
                let change = Phrase::say("required → gone");
                let here = "a call is not kept in bounds by it";
                walk.say(sent.guard_became_optional, place, about, change, here);
            }
        }
        None if was.required => {
            walk.say(res::FIELD_REQUIRED_REMOVED, place, about, Phrase::say("gone"), "it was always there");
        }
        None => {
            walk.say(res::FIELD_OPTIONAL_REMOVED, place, about, Phrase::say("gone"), "it was sometimes there")
        }
    }
}

/// A new field.
pub(super) fn added<'a>(walk: &mut Walk<'a>, place: &Place<'a>, now: &Field<'a>) {
    let view = View::of(&walk.new, &now.schema);
    let about = About { after: now.schema.first().copied(), ..About::default() };
    // What it is called, and what lies in it.
    let inner = walk.names_in(&now.schema);
    let kind = || Phrase::say(format!("new, {}", view.reach.words(view.null)));
    match &rows::named(place.level).sent {
        Some(sent) => {
            if now.required {
                walk.say(sent.required_added, place, about, kind(), "calls without it fail");
            }
            let (rule, here) = match () {
                () if view.read_only => (sent.optional_added, "it is only returned"),
                () if is_assigned(walk, place) || writes(walk) && inner.iter().any(|n| is_assignment(n)) => {
                    (req::MASS_ASSIGNMENT_FIELD, "a caller can give itself rights, an owner or a state")
                }
                () if is_sink(now.name)
                    || inner.iter().any(|n| is_sink(n))
                    || takes_address(&walk.new, &view) =>
                {
                    (sent.sink_added, "whoever steers the agent chooses what it reaches or runs")
                }
                () if !now.required && walk.context.writes && is_freeform(&view) => {
                    (sent.freeform_added, "nothing limits what is sent in it")
                }
                () => (sent.optional_added, "calls may send it"),
            };
            // What must be sent is told by its first row, unless it reaches further than a plain field.
            if !now.required || rule != sent.optional_added {
                walk.say(rule, place, about, kind(), here);
            }
        }
        None => {
            let about_people = walk.context.about;
            let sensitive = |n: &str| is_sensitive(n, about_people);
            let prose = |n: &str| is_prose(n);
            let (rule, here) = match () {
                () if view.write_only => (res::FIELD_ADDED, "it is only sent"),
                () if sensitive(&place.field()) || inner.iter().any(|n| sensitive(n)) => {
                    (res::FIELD_SENSITIVE_ADDED, "the agent, its model and its logs get to see it")
                }
                () if prose(now.name) && unbounded_text(&view) => {
                    (res::FIELD_FREEFORM_ADDED, "instructions for the model can come in with it")
                }
                () => (res::FIELD_ADDED, "callers may ignore it"),
            };
            walk.say(rule, place, about, kind(), here);
        }
    }
}

fn writes(walk: &Walk) -> bool {
    walk.context.writes && !matches!(walk.context.position, Position::Parameter { .. })
}

fn takes_address<'a>(document: &Document<'a>, view: &View<'a>) -> bool {
    let address = |v: &View| v.formats.get("format").and_then(|f| f.as_text()).is_some_and(is_address);
    address(view) || !view.items.is_empty() && address(&View::of(document, &view.items))
}

/// A text without any limit.
fn unbounded_text(view: &View) -> bool {
    view.types.meets(Types::TEXT)
        && view.values.is_none()
        && view.bounds[1].1.is_none()
        && view.patterns.is_empty()
        && view.formats.is_empty()
}

/// Any text, or an object of anything.
fn is_freeform(view: &View) -> bool {
    let object =
        view.types.meets(Types::OBJECT) && view.fields.is_empty() && !view.closed && view.rest.is_empty();
    unbounded_text(view) || object && view.values.is_none() && view.groups.is_empty()
}

/// Properties without a name of their own.
fn others<'a>(walk: &mut Walk<'a>, place: &Place<'a>, old: &View<'a>, new: &View<'a>) {
    let word = |v: &View| match (v.closed, v.rest.is_empty()) {
        (true, _) => "none",
        (false, true) => "any",
        (false, false) => "some",
    };
    let opened = match (word(old), word(new)) {
        ("some", "some") => {
            walk.push(place.below(Step::Rest), old.rest.clone(), new.rest.clone());
            None
        }
        ("none", "any" | "some") | ("some", "any") => Some(true),
        ("any" | "some", "none") | ("any", "some") => Some(false),
        _ => None,
    };
    if let Some(opened) = opened {
        let (row, here) = match opened {
            true => (rows::OPENED, "properties that nobody has named fit"),
            false => (rows::CLOSED, "properties that nobody has named do not fit"),
        };
        let about = About {
            keyword: "additionalProperties",
            before: old.closing.or(old.rest.first().copied()),
            after: new.closing.or(new.rest.first().copied()),
        };
        walk.tell(
            row,
            place,
            about,
            Phrase::say(format!("other properties: {} → {}", word(old), word(new))),
            here,
        );
    }
    if !(old.names.is_empty() && new.names.is_empty()) {
        walk.push(place.below(Step::Names), old.names.clone(), new.names.clone());
    }
    for (pattern, schema) in &new.by_pattern {
        match old.by_pattern.get(pattern) {
            Some(before) => walk.push(place.below(Step::Matching(pattern)), before.clone(), schema.clone()),
            None => pattern_of_names(walk, place, pattern, None, schema.first().copied()),
        }
    }
    for (pattern, schema) in old.by_pattern.iter().filter(|(p, _)| !new.by_pattern.contains_key(*p)) {
        pattern_of_names(walk, place, pattern, schema.first().copied(), None);
    }
}

fn pattern_of_names<'a>(
    walk: &mut Walk<'a>,
    place: &Place<'a>,
    pattern: &str,
    before: Option<&'a Node>,
    after: Option<&'a Node>,
) {
    let word = if after.is_some() { "new pattern of names " } else { "without the pattern of names " };
    let change = Phrase::say(word).and_quote(shortened(pattern));
    let about = About { keyword: "patternProperties", before, after };
    walk.tell(rows::CONDITION, place, about, change, "other properties fit");
}

/// The items of two lists.
pub(super) fn items<'a>(walk: &mut Walk<'a>, place: &Place<'a>, old: &View<'a>, new: &View<'a>) {
    for at in 0..old.prefix.len().max(new.prefix.len()) {
        let of = |view: &View<'a>| view.prefix.get(at).unwrap_or(&view.items).clone();
        walk.push(place.below(Step::Item(at)), of(old), of(new));
    }
    walk.push(place.below(Step::Items), old.items.clone(), new.items.clone());
}
