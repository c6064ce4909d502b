//! What limits a value of its type: bounds, steps, patterns, formats, flags and defaults.

use super::decimal::Decimal;
use super::pattern::Relation;
use super::place::Place;
use super::rows;
use super::types::Types;
use super::view::{BOUNDS, Limit, View, stricter, value_key};
use super::walk::{About, Walk, from_to, shown};
use super::words::{is_address, is_amount, safe_value};
use crate::canon::Node;
use crate::model::phrase::Phrase;

/// Bounds and steps.
pub(super) fn bounds<'a>(
    walk: &mut Walk<'a>,
    place: &Place<'a>,
    old: &View<'a>,
    new: &View<'a>,
    shared: Types,
) {
    for (at, (_, _, types)) in BOUNDS.iter().enumerate() {
        if shared.meets(*types) {
            bound(walk, place, old.bounds[at].0.as_ref(), new.bounds[at].0.as_ref(), false);
            bound(walk, place, old.bounds[at].1.as_ref(), new.bounds[at].1.as_ref(), true);
        }
    }
    if shared.meets(Types::NUMBER) {
        steps(walk, place, old, new, shared);
    }
    if shared.meets(Types::LIST) && old.unique.is_some() != new.unique.is_some() {
        let about = About { keyword: "uniqueItems", before: old.unique, after: new.unique };
        let added = new.unique.is_some();
        let (row, change, here) = match added {
            true => (rows::UNIQUE, "items must differ", "lists with equal items do not fit"),
            false => (rows::BOUND_REMOVED, "items may be equal", "lists with equal items fit"),
        };
        walk.tell(row, place, about, Phrase::say(change), here);
    }
}

fn bound<'a>(
    walk: &mut Walk<'a>,
    place: &Place<'a>,
    old: Option<&Limit<'a>>,
    new: Option<&Limit<'a>>,
    upper: bool,
) {
    let Some(keyword) = new.or(old).map(|l| l.keyword) else { return };
    let (row, here) = match (old, new, upper) {
        (None, Some(_), _) if keyword == "minProperties" => (rows::MIN_PROPERTIES, "smaller ones do not fit"),
        (None, Some(_), true) => (rows::MAX_SET, "larger ones do not fit"),
        (None, Some(_), false) => (rows::MIN_SET, "smaller ones do not fit"),
        (Some(_), None, _) => {
            let amount = is_amount(place.name());
            let row = if amount { rows::AMOUNT_UNBOUND } else { rows::BOUND_REMOVED };
            (row, "nothing limits it any more")
        }
        (Some(o), Some(n), true) if stricter(n, o, true) => (rows::MAX_LOWERED, "larger ones do not fit"),
        (Some(o), Some(n), true) if stricter(o, n, true) => (rows::MAX_RAISED, "larger ones fit"),
        (Some(o), Some(n), false) if stricter(n, o, false) => match keyword {
            "minProperties" => (rows::MIN_PROPERTIES, "smaller ones do not fit"),
            _ => (rows::MIN_RAISED, "smaller ones do not fit"),
        },
        (Some(o), Some(n), false) if stricter(o, n, false) => (rows::MIN_LOWERED, "smaller ones fit"),
        _ => return,
    };
    let side = |limit: Option<&Limit<'a>>| match limit {
        Some(l) if l.exclusive && upper => Phrase::say("below ").and(shown(Some(l.node))),
        Some(l) if l.exclusive => Phrase::say("above ").and(shown(Some(l.node))),
        other => shown(other.map(|l| l.node)),
    };
    let change = Phrase::say(keyword).and_say(" ").and(side(old)).and_say(" → ").and(side(new));
    let about = About { keyword, before: old.map(|l| l.node), after: new.map(|l| l.node) };
    walk.tell(row, place, about, change, here);
}

fn steps<'a>(walk: &mut Walk<'a>, place: &Place<'a>, old: &View<'a>, new: &View<'a>, shared: Types) {
    let whole = shared.and(Types::NUMBER) == Types::WHOLE;
    let one = Decimal::count(1);
    // Each step of one side must follow from one of the other side.
    let follows = |from: &View<'a>, of: &View<'a>| {
        of.steps.iter().all(|(step, _)| {
            from.steps
                .iter()
                .map(|(s, _)| s)
                .chain(whole.then_some(&one))
                .any(|s| s.is_multiple_of(step) == Some(true))
        })
    };
    let (row, here) = match (follows(old, new), follows(new, old)) {
        (true, true) => return,
        (false, true) => (rows::STEPS_TIGHTENED, "numbers between the steps do not fit"),
        (true, false) => (rows::BOUND_REMOVED, "numbers between the old steps fit"),
        (false, false) => (rows::CONDITION, "other numbers fit"),
    };
    let (before, after) = (old.steps.first().map(|s| s.1), new.steps.first().map(|s| s.1));
    let about = About { keyword: "multipleOf", before, after };
    walk.tell(row, place, about, Phrase::say("multipleOf ").and(from_to(before, after)), here);
}

/// Patterns of texts, and what a text stands for.
pub(super) fn texts<'a>(
    walk: &mut Walk<'a>,
    place: &Place<'a>,
    old: &View<'a>,
    new: &View<'a>,
    shared: Types,
) {
    if shared.meets(Types::TEXT) {
        let only = |a: &View<'a>, b: &View<'a>| -> Vec<(&'a str, &'a Node)> {
            a.patterns.iter().filter(|(p, _)| !b.patterns.contains_key(*p)).map(|(p, n)| (*p, *n)).collect()
        };
        let (gone, added) = (only(old, new), only(new, old));
        let unknown = (rows::PATTERN_UNDECIDABLE, "which of them takes more can't be told");
        // None at all takes what the empty pattern takes.
        let told = match (&gone[..], &added[..]) {
            ([], []) => None,
            ([], [(after, _)]) if walk.relation("", after) == Relation::Same => None,
            ([(before, _)], []) if walk.relation(before, "") == Relation::Same => None,
            ([], _) => Some((rows::PATTERN_ADDED, "texts that do not match do not fit")),
            (_, []) => Some((rows::PATTERN_REMOVED, "texts that do not match fit")),
            ([(before, _)], [(after, _)]) => match walk.relation(before, after) {
                Relation::Same => None,
                Relation::Tighter => Some((rows::PATTERN_TIGHTENED, "fewer texts fit")),
                Relation::Looser => Some((rows::PATTERN_LOOSENED, "more texts fit")),
                Relation::Apart => {
                    Some((rows::PATTERN_UNDECIDABLE, "each takes texts that the other does not"))
                }
                Relation::Unknown => Some(unknown),
            },
            _ => Some(unknown),
        };
        if let Some((row, here)) = told {
            let (before, after) = (gone.first().map(|p| p.1), added.first().map(|p| p.1));
            walk.tell(row, place, About { keyword: "pattern", before, after }, from_to(before, after), here);
        }
    }
    let keywords: std::collections::BTreeSet<&'static str> =
        old.formats.keys().chain(new.formats.keys()).copied().collect();
    for keyword in keywords {
        let (before, after) = (old.formats.get(keyword).copied(), new.formats.get(keyword).copied());
        if before.map(value_key) == after.map(value_key) {
            continue;
        }
        let address =
            |n: Option<&Node>| keyword == "format" && n.and_then(Node::as_text).is_some_and(is_address);
        let (row, here) = match address(after) && !address(before) {
            true => (rows::FORMAT_TO_URI, "whoever steers the agent can choose where it points"),
            false => (rows::FORMAT, "callers and server may read it differently"),
        };
        walk.tell(row, place, About { keyword, before, after }, from_to(before, after), here);
    }
}

/// Defaults, and whether a field is only sent or only returned.
pub(super) fn flags<'a>(walk: &mut Walk<'a>, place: &Place<'a>, old: &View<'a>, new: &View<'a>) {
    let word = |on: bool| if on { "yes" } else { "no" };
    for (row, keyword, before, after) in [
        (rows::READ_ONLY, "readOnly", old.read_only, new.read_only),
        (rows::WRITE_ONLY, "writeOnly", old.write_only, new.write_only),
    ] {
        if before != after {
            let change = Phrase::say(format!("{keyword} {} → {}", word(before), word(after)));
            let (b, a) = (Node::bool(before), Node::bool(after));
            let about = About { keyword, before: Some(&b), after: Some(&a) };
            let assignable = keyword == "readOnly" && before && super::objects::is_assigned(walk, place);
            let here = "it is sent or returned where it was not, or the other way round";
            match assignable {
                true => walk.say(
                    crate::rules::req::MASS_ASSIGNMENT_FIELD,
                    place,
                    about,
                    change,
                    "it can be set now",
                ),
                false => walk.tell(row, place, about, change, here),
            }
        }
    }
    // What comes back has no default: the sender fills it in.
    let Some(sent) = &rows::named(place.level).sent else { return };
    if old.default.map(value_key) == new.default.map(value_key) {
        return;
    }
    let about = About { keyword: "default", before: old.default, after: new.default };
    let change = from_to(old.default, new.default);
    // A switch that is not set is off.
    let on = |view: &View| view.default.map_or(Some(false), Node::as_bool);
    if let Some(safe) = safe_value(place.name())
        && on(old) == Some(safe)
        && on(new) != Some(safe)
    {
        walk.say(sent.guard_flipped, place, about, change, "a call that says nothing acts at once");
        return;
    }
    let rule = match (old.default, new.default) {
        (None, _) => sent.default_added,
        (_, None) => sent.default_removed,
        _ => sent.default_changed,
    };
    walk.say(rule, place, about, change, "a call that leaves it out does something else");
}
