//! A merged part in, what calls showed of the inputs of each operation out: how many values there were, and those that
//! may be told. The operations are those of the baseline, learned in the same way.

use std::collections::BTreeMap;

use super::baseline::{by_host, call};
use super::part::{BOOLEAN, Bounds, INTEGER, NUMBER, Param, Part, STRING, Shape, Texts, key};
use super::templates::{Known, Learned, learn, numbers};
use crate::canon::Node;
use crate::canon::node::pointer_step;
use crate::canon::text::words;
use crate::model::seen::{Heard, Seen, Told, Variety};

/// Last words of names whose numbers count or choose, and are of nobody.
const COUNTS: [&str; 13] = [
    "count", "days", "depth", "first", "hours", "level", "limit", "max", "min", "offset", "page", "size",
    "skip",
];

/// What calls showed of the inputs of each operation.
pub fn inputs(part: &Part) -> Told {
    let known = Known::default();
    let mut told = Told::new();
    for (host, methods) in by_host(part, &known) {
        let learned = learn(host, &methods, &known);
        for one in &learned {
            let call = call(host, one, false);
            let answered = call.sketch.status.iter().filter(|(status, _)| **status < 400);
            let answered = answered.fold(0, |n: u64, (_, of)| n.saturating_add(*of));
            let failed = call.sketch.n.saturating_sub(answered);
            let mut inputs = of_path(one);
            for (place, param) in call.sketch.params.sorted() {
                inputs.insert(place.to_owned(), of_param(place, param));
            }
            for (media, body) in call.sketch.bodies.sorted() {
                if media.starts_with("request ") {
                    members(&body.shape, "body.", &mut inputs);
                }
            }
            for (name, spoken) in call.sketch.graphql.sorted() {
                let mut inputs = BTreeMap::new();
                members(&spoken.variables, "body./variables", &mut inputs);
                // What was answered with success is not counted for each of them.
                let (answered, failed) = (answered.min(spoken.n), failed.min(spoken.n));
                let heard = Heard { calls: spoken.n, answered, failed, inputs };
                told.insert((call.key(), Some(name.to_owned())), heard);
            }
            told.insert((call.key(), None), Heard { calls: call.sketch.n, answered, failed, inputs });
        }
    }
    told
}

/// Of a placeholder no value is told: it is the name of one thing.
fn of_path(learned: &Learned) -> BTreeMap<String, Seen> {
    let segments: Vec<&str> = learned.template.text.split('/').skip(1).collect();
    let of = |name: &str| segments.iter().position(|segment| segment.contains(&format!("{{{name}}}")));
    let several = learned.sketches.len() > 1;
    let made = learned.template.places.iter().map(|place| {
        let bounds = of(&place.name).map(|at| numbers(&learned.sketches, at)).unwrap_or_default();
        let kinds = place.kind.slug || place.kind.classes.len() > 1;
        let variety = match bounds.0 {
            Some((low, high)) if low != high => Variety::Many,
            // Keys of one template differ in a placeholder; of one alone it is this one.
            _ if kinds || several && learned.template.places.len() == 1 => Variety::Many,
            Some(_) if place.kind.is_number() => Variety::One,
            _ => Variety::Unknown,
        };
        (format!("path.{}", place.name), Seen { variety, ..Seen::default() })
    });
    made.collect()
}

fn of_param(place: &str, param: &Param) -> Seen {
    let [_, fractions, booleans, _] = param.kinds;
    let name = place.split_once('.').map_or(place, |(_, name)| name);
    let seen = of(name, &Counted { fractions, booleans, bounds: param.numbers, texts: Some(&param.texts) });
    // Values that came together are no values of one.
    if param.repeated > 0 { Seen { variety: Variety::Unknown, ..Seen::default() } } else { seen }
}

/// The members of an object that is sent.
fn members(shape: &Shape, at: &str, inputs: &mut BTreeMap<String, Seen>) {
    for (step, member) in &shape.members {
        let Some(name) = key(step) else { continue };
        let of = |kind: usize| member.types[kind];
        let counted = Counted {
            fractions: of(NUMBER),
            booleans: of(BOOLEAN),
            bounds: member.numbers,
            texts: member.texts.as_deref(),
        };
        let plain = of(INTEGER) + of(NUMBER) + of(BOOLEAN) + of(STRING);
        let seen = if member.seen() == plain { self::of(&name, &counted) } else { Seen::default() };
        // Of several media types the first that said something holds.
        inputs.entry(format!("{at}/{}", pointer_step(&name))).or_insert(seen);
    }
}

/// What is known of the values of one place.
struct Counted<'p> {
    fractions: u64,
    booleans: u64,
    bounds: Bounds,
    texts: Option<&'p Texts>,
}

fn of(name: &str, counted: &Counted) -> Seen {
    let mut values: Vec<(Node, u64)> = Vec::new();
    let (mut least, mut is_all) = (0, counted.fractions == 0 && counted.booleans == 0);
    if let Some((low, high)) = counted.bounds.0 {
        least += if low == high { 1 } else { 2 };
        // Of numbers the bounds alone are kept.
        let is_count = words(name).last().is_some_and(|last| COUNTS.contains(&last.as_str()));
        if counted.fractions == 0 && is_count {
            values.push((Node::int(low), 1));
            values.extend((low != high).then(|| (Node::int(high), 1)));
        }
        is_all &= is_count && low == high;
    }
    if counted.booleans > 0 {
        least += 1;
    }
    if let Some(texts) = counted.texts {
        let kept = texts.values.sorted();
        least += kept.len() + usize::from(texts.left > 0);
        is_all &= texts.left == 0 && !texts.values.more;
        let words = kept.into_iter().filter(|(value, _)| is_word(value));
        values.extend(words.map(|(value, n)| (Node::text(value), *n)));
    }
    let alone = counted.texts.map_or(0, |texts| texts.left) + counted.booleans <= 1;
    let variety = match least {
        0 => Variety::Unknown,
        1 if counted.fractions == 0 && alone => Variety::One,
        1 => Variety::Unknown,
        _ => Variety::Many,
    };
    Seen { variety, is_all: is_all && values.len() == least, values }
}

/// Letters of a word that chooses something.
const LETTERS: usize = 24;

/// What a program writes to choose something: no sentence, no code, and no name as people write theirs.
fn is_word(value: &str) -> bool {
    !value.is_empty() && value.len() <= LETTERS && value.bytes().all(|b| b.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::part::Outer;

    fn param(values: &[&str], is_open: bool) -> Param {
        let mut param = Param::default();
        for value in values {
            param.n += 1;
            param.take(&[value], &|| is_open, &Outer::new());
        }
        param
    }

    fn told(name: &str, values: &[&str], is_open: bool) -> (Variety, Vec<Node>, bool) {
        let seen = of_param(&format!("query.{name}"), &param(values, is_open));
        (seen.variety, seen.values.into_iter().map(|(value, _)| value).collect(), seen.is_all)
    }

    #[test]
    fn values_that_choose_are_told_and_nobodys_own_are() {
        let text = |all: &[&str]| all.iter().map(|value| Node::text(*value)).collect::<Vec<_>>();
        assert_eq!(told("sort", &["asc", "asc"], true), (Variety::One, text(&["asc"]), true));
        assert_eq!(told("sort", &["desc", "asc"], true), (Variety::Many, text(&["asc", "desc"]), true));
        assert_eq!(told("page", &["1", "1"], true), (Variety::One, vec![Node::int(1)], true));
        assert_eq!(told("page", &["3", "1"], true), (Variety::Many, vec![Node::int(1), Node::int(3)], false));
        // A number may be somebody's, and a sentence too.
        assert_eq!(told("customer", &["4711", "4711"], true), (Variety::One, Vec::new(), false));
        for value in ["red shoes", "Ann", "spring24", "1990-05-06", "ann.smith", "abcdefghijklmnopqrstuvwxy"]
        {
            assert_eq!(told("text", &[value], true).1, Vec::new(), "{value}");
        }
        assert_eq!(told("last", &["4711"], true).1, Vec::new(), "four digits of a card");
        assert_eq!(told("email", &["somebody"], false), (Variety::One, Vec::new(), false));
        assert_eq!(told("email", &["somebody", "other"], false).0, Variety::Unknown);
        assert_eq!(told("x", &["550e8400-e29b-41d4-a716-446655440000"], true).1, Vec::new());
        assert_eq!(told("flag", &["true", "true"], true).0, Variety::Unknown);
    }
}
