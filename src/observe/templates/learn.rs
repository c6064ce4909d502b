//! The keys of one host in, the template of each out. A place is judged once, from all that stands at it and whatever
//! order it was seen in; each place is visited once for each level above it at most.

use std::collections::BTreeMap;

use super::given::Known;
use super::literal::{extension, is_fixed, is_slug};
use super::made::{Kind, Made, Template};
use super::names::named;
use super::routes::{class, numbers, routed};
use crate::canon::digest::sha256;
use crate::compare::paths::shape;
use crate::observe::part::{ANY, Place, Shape, Sketch, act};

/// Fewest names of one place that count as its values because all of them answer alike.
const ALIKE: usize = 8;
/// Fewest fields of such an answer, and levels of it that are looked at.
const FIELDS: usize = 3;
const LEVELS: usize = 3;

/// A call with a template, and every key that it was learned from.
#[derive(Debug)]
pub struct Learned<'p> {
    /// Its method.
    pub method: &'p str,
    /// Its template.
    pub template: Template,
    /// What is known of each of its keys.
    pub sketches: Vec<&'p Sketch>,
    /// Whether more names were seen at a place of it than a person makes.
    pub folded: bool,
}

/// A place in the paths of all methods.
#[derive(Default)]
struct Spot<'p> {
    here: Vec<Entry<'p>>,
    below: BTreeMap<&'p str, Spot<'p>>,
}

/// Method, what is known, and whether names were folded.
type Entry<'p> = (&'p str, &'p Sketch, bool);
type Found<'p> = BTreeMap<Vec<Made>, Vec<Entry<'p>>>;
/// The values of a place, by what stands before and behind them.
type Values<'p, 's> = BTreeMap<(&'p str, &'p str), (Kind, Vec<&'s Spot<'p>>)>;

/// Learns the templates of a host: a place for each of its methods. What is a call of a known template is not learned.
pub fn learn<'p>(host: &str, methods: &[(&'p str, &'p Place)], known: &Known) -> Vec<Learned<'p>> {
    let mut root = Spot::default();
    let mut found: Found = BTreeMap::new();
    for (method, place) in methods {
        place.each(&mut |segments, sketch| {
            if let Some(made) = known.find(host, method, segments) {
                found.entry(made).or_default().push((method, sketch, false));
                return;
            }
            let folded = segments.contains(&ANY);
            match routed(segments, sketch) {
                Some(made) => found.entry(made).or_default().push((method, sketch, folded)),
                None => {
                    let spot = segments
                        .iter()
                        .fold(&mut root, |spot, segment| spot.below.entry(segment).or_default());
                    spot.here.push((method, sketch, folded));
                }
            }
        });
    }
    let given: BTreeMap<String, Vec<Made>> =
        found.keys().map(|made| (shape(&plain(made)), made.clone())).rev().collect();
    walk(&[&root], &mut Vec::new(), &mut |path, here| {
        // What the recorder named for one key is the name for all of that shape.
        let path = given.get(&shape(&plain(path))).cloned().unwrap_or_else(|| path.to_vec());
        found.entry(path).or_default().extend(here);
    });
    let mut by_call: BTreeMap<(String, &'p str), Learned<'p>> = BTreeMap::new();
    for (path, entries) in found {
        let all: Vec<&Sketch> = entries.iter().map(|(_, sketch, _)| *sketch).collect();
        let template = named(&path, &|at| numbers(&all, at));
        for (method, sketch, folded) in entries {
            let learned = by_call.entry((template.text.clone(), method)).or_insert_with(|| Learned {
                method,
                template: template.clone(),
                sketches: Vec::new(),
                folded: false,
            });
            learned.sketches.push(sketch);
            learned.folded |= folded;
            for (mine, theirs) in learned.template.places.iter_mut().zip(&template.places) {
                mine.kind.classes.extend(theirs.kind.classes.iter().cloned());
            }
        }
    }
    by_call.into_values().collect()
}

/// A path with a placeholder for all that varies.
fn plain(path: &[Made]) -> String {
    path.iter().fold(String::new(), |text, made| match made {
        Made::Literal(literal) => format!("{text}/{literal}"),
        Made::Given(_, kind) | Made::Value(kind) => format!("{text}/{}{{}}{}", kind.prefix, kind.suffix),
    })
}

/// What stands at one place: the spots that are one in the template so far.
fn walk<'p, 's>(spots: &[&'s Spot<'p>], above: &mut Vec<Made>, out: &mut dyn FnMut(&[Made], Vec<Entry<'p>>)) {
    let here: Vec<_> = spots.iter().flat_map(|spot| spot.here.iter().copied()).collect();
    if !here.is_empty() {
        out(above, here);
    }
    let mut below: BTreeMap<&'p str, Vec<&'s Spot<'p>>> = BTreeMap::new();
    for spot in spots {
        for (segment, child) in &spot.below {
            below.entry(segment).or_default().push(child);
        }
    }
    for (made, children) in divided(below) {
        above.push(made);
        walk(&children, above, out);
        above.pop();
    }
}

/// The segments of one place, each with what is below it.
fn divided<'p, 's>(below: BTreeMap<&'p str, Vec<&'s Spot<'p>>>) -> Vec<(Made, Vec<&'s Spot<'p>>)> {
    let mut out = Vec::new();
    let mut values: Values = BTreeMap::new();
    let mut literals: BTreeMap<&'p str, Vec<&'s Spot<'p>>> = BTreeMap::new();
    let many = below.contains_key(ANY);
    for (segment, spots) in below {
        if let Some(name) = segment.strip_prefix("{=").and_then(|rest| rest.strip_suffix('}')) {
            out.push((Made::Given(name.to_owned(), Kind::default()), spots));
        } else if let Some((class, suffix)) = value(segment) {
            let around = (act(segment).unwrap_or_default(), suffix);
            take(&mut values, around, spots).classes.extend(class);
        } else if many && !is_fixed(segment) {
            // Another method has more names here than a person makes.
            take(&mut values, ("", ""), spots);
        } else {
            literals.insert(segment, spots);
        }
    }
    let mut slugs: BTreeMap<&'p str, Vec<&'p str>> = BTreeMap::new();
    for segment in literals.keys().filter(|segment| is_slug(segment)) {
        slugs.entry(extension(segment).1).or_default().push(segment);
    }
    for (suffix, segments) in slugs.into_iter().filter(|(_, segments)| segments.len() > 1) {
        for spots in segments.iter().filter_map(|segment| literals.remove(segment)) {
            take(&mut values, ("", suffix), spots).slug = true;
        }
    }
    for segment in alike(&literals) {
        if let Some(spots) = literals.remove(segment) {
            take(&mut values, ("", ""), spots);
        }
    }
    out.extend(literals.into_iter().map(|(segment, spots)| (Made::Literal(segment.to_owned()), spots)));
    out.extend(values.into_values().map(|(kind, spots)| (Made::Value(kind), spots)));
    out
}

fn take<'v, 'p, 's>(
    values: &'v mut Values<'p, 's>,
    (prefix, suffix): (&'p str, &'p str),
    spots: Vec<&'s Spot<'p>>,
) -> &'v mut Kind {
    let (kind, all) = values.entry((prefix, suffix)).or_default();
    prefix.clone_into(&mut kind.prefix);
    suffix.clone_into(&mut kind.suffix);
    all.extend(spots);
    kind
}

/// The class and the suffix of a segment that is a value by itself.
fn value(segment: &str) -> Option<(Option<String>, &str)> {
    let end = segment.strip_prefix('{')?.find('}')? + 2;
    let (head, suffix) = segment.split_at(end);
    Some((class(head), suffix))
}

/// Names of one place that answer alike, if there are enough of them: the names of people, of currencies.
fn alike<'p>(literals: &BTreeMap<&'p str, Vec<&Spot<'p>>>) -> Vec<&'p str> {
    if literals.len() < ALIKE {
        return Vec::new();
    }
    let mut by_answer: BTreeMap<[u8; 32], Vec<&'p str>> = BTreeMap::new();
    for (segment, spots) in literals.iter().filter(|(segment, _)| !is_fixed(segment)) {
        // What has ids below it is a collection, not one thing of many.
        let holds = spots.iter().any(|spot| spot.below.keys().any(|key| key.starts_with('{')));
        if holds {
            continue;
        }
        let mut told = (String::new(), 0);
        spots.iter().for_each(|spot| answers(spot, "", &mut told));
        if told.1 >= FIELDS {
            by_answer.entry(sha256(told.0.as_bytes())).or_default().push(segment);
        }
    }
    by_answer.into_values().filter(|segments| segments.len() >= ALIKE).flatten().collect()
}

/// What all calls below a spot answer, as one text, and how many fields that has.
fn answers(spot: &Spot, path: &str, out: &mut (String, usize)) {
    for (method, sketch, _) in &spot.here {
        out.0.push_str(&format!("\n{method} {path}"));
        for (key, body) in sketch.bodies.sorted().into_iter().filter(|(key, _)| key.starts_with("2xx")) {
            out.0.push_str(&format!("\n{key}"));
            fields(&body.shape, "", 0, out);
        }
    }
    for (segment, below) in &spot.below {
        answers(below, &format!("{path}/{segment}"), out);
    }
}

fn fields(shape: &Shape, pointer: &str, level: usize, out: &mut (String, usize)) {
    if level >= LEVELS {
        return;
    }
    shape.each(pointer, &mut |below, shape| {
        out.0.push_str(&format!(" {below}"));
        out.1 += 1;
        fields(shape, below, level + 1, out);
    });
}
