//! The texts of a tool: cues that are new in them, and what is said in other words.

use std::collections::BTreeMap;

use super::both::{Around, Both, side};
use crate::canon::Node;
use crate::compare::said::{Heard, Reworded, Spot, Text, Texts, hear};
use crate::compare::surface::Change;
use crate::model::finding::Side;
use crate::model::phrase::Phrase;
use crate::rules::{Level, Rule, Severity, mcpt};

/// What this part can emit beyond the rules of texts.
pub const EMITS: &[&Rule] = &[
    mcpt::DESCRIPTION_CHANGED,
    mcpt::DESCRIPTION_EMPTIED,
    mcpt::DESCRIPTION_GREW,
    mcpt::PARAM_DESCRIPTION_CHANGED,
];

const DESCRIPTION: &str = "/description";
/// From this length on a description that grew is more than is read in passing.
const LONG: usize = 500;

/// What differs.
pub fn changes(both: &Both, out: &mut Vec<Change>) {
    let Some(new) = both.new.get("raw") else { return };
    let Some(old) = both.old.get("raw") else {
        // It said nothing that was kept, so nobody approved what it says now.
        out.extend(of_new(both.new, both.around));
        return;
    };
    let (was, is) = (Texts::of_raw(old), Texts::of_raw(new));
    let Heard { changes, reworded } = hear(Some(&was), &is, &both.around.names, "/raw", aspect);
    let from = out.len();
    out.extend(changes);
    let cues = &out[from..];
    let description = described(&was, &is, &reworded, cues);
    out.extend(description);
    parameters(both, (old, &was), (new, &is), &reworded, out);
}

/// The cues in the texts of a tool that nobody approved before.
pub fn of_new(new: &Node, around: &Around) -> Vec<Change> {
    let Some(raw) = new.get("raw") else { return Vec::new() };
    hear(None, &Texts::of_raw(raw), &around.names, "/raw", aspect).changes
}

/// A place of a definition in a word of ours.
pub fn aspect(pointer: &str) -> &'static str {
    match pointer {
        DESCRIPTION => "description",
        "/title" | "/annotations/title" => "title",
        _ if pointer.contains("chema/") => "parameter text",
        _ => "text",
    }
}

/// The description as a whole: one change, the gravest that speaks.
fn described(was: &Texts, is: &Texts, reworded: &[Reworded], cues: &[Change]) -> Option<Change> {
    let spot = Spot { pointer: DESCRIPTION.to_owned(), is_name: false };
    let (before, after) = (was.by_spot.get(&spot), is.by_spot.get(&spot));
    let values = |change: Change| {
        let node = |text: Option<&Text>| text.map(|t| Node::text(t.said));
        change.values(node(before), node(after))
    };
    let part = format!("/raw{DESCRIPTION}");
    match (said(before), said(after)) {
        (Some(_), None) => {
            let gone = if after.is_none() { Side::Base } else { Side::Head };
            Some(values(
                Change::new(mcpt::DESCRIPTION_EMPTIED, part, "description")
                    .on(gone)
                    .says("description", "gone".into())
                    .here("a model guesses from the name what the tool does"),
            ))
        }
        (Some(b), Some(a)) if grew(b, a) && !weighs(cues, &part, Severity::Medium) => {
            let change = format!("{} → {} characters", b.chars().count(), a.chars().count());
            Some(values(
                Change::new(mcpt::DESCRIPTION_GREW, part, "description")
                    .says("description", Phrase::say(change))
                    .here("nothing in it instructs the model by a phrase that is known"),
            ))
        }
        (b, Some(_)) if reworded.iter().any(|r| *r.spot == spot) => Some(values(
            Change::new(mcpt::DESCRIPTION_CHANGED, part, "description")
                .says("description", Phrase::say(if b.is_some() { "reworded" } else { "new" }))
                .here("says it in other words, and nothing in them instructs the model"),
        )),
        _ => None,
    }
}

/// What a text says, where it says anything.
fn said<'a>(text: Option<&Text<'a>>) -> Option<&'a str> {
    text.map(|t| t.said).filter(|t| !t.trim().is_empty())
}

fn grew(before: &str, after: &str) -> bool {
    let (before, after) = (before.chars().count(), after.chars().count());
    after > LONG && after > before * 2
}

/// Whether a cue of some weight was told of a place: it says that the text is another one.
pub fn weighs(cues: &[Change], part: &str, least: Severity) -> bool {
    let severity = |c: &Change| match c.rule.level {
        Level::Fixed(severity) => severity,
        _ => Severity::Critical,
    };
    cues.iter().any(|c| c.part == part && severity(c) >= least)
}

/// Texts within the schemas, all as one: those of what both sides have.
fn parameters(
    both: &Both,
    (old, was): (&Node, &Texts),
    (new, is): (&Node, &Texts),
    reworded: &[Reworded],
    out: &mut Vec<Change>,
) {
    let mut changed: BTreeMap<&str, Way> = BTreeMap::new();
    for text in reworded {
        let pointer = text.spot.pointer.as_str();
        if is_prose(text.spot) && (text.before.is_some() || holder_in(old, pointer)) {
            changed
                .insert(pointer, Way { before: text.before.map(|b| b.said), after: Some(text.after.said) });
        }
    }
    for (spot, text) in &was.by_spot {
        if is_prose(spot) && !is.by_spot.contains_key(spot) && holder_in(new, &spot.pointer) {
            changed.insert(&spot.pointer, Way { before: Some(text.said), after: None });
        }
    }
    let Some((first, Way { before, after })) = changed.iter().next() else { return };
    let part = format!("/raw{first}");
    let (before, after, words) = match changed.len() {
        1 => (before.map(Node::text), after.map(Node::text), format!("text {}", way(*before, *after))),
        n => {
            let all = |side: for<'w> fn(&Way<'w>) -> Option<&'w str>| {
                let text = |(pointer, both): (&&str, &Way)| {
                    side(both).map(|text| ((*pointer).to_owned(), Node::text(text)))
                };
                Some(Node::map(changed.iter().filter_map(text)))
            };
            (all(|way| way.before), all(|way| way.after), format!("{n} texts reworded"))
        }
    };
    let change = match changed.len() {
        1 => Phrase::quote(field(first)).and_say(": ").and_say(words),
        _ => Phrase::say(words).and_say(", the first of ").and_quote(field(first)),
    };
    let mut change = Change::new(mcpt::PARAM_DESCRIPTION_CHANGED, part.clone(), "texts")
        .on(side(both.old, both.new, &part))
        .values(before, after)
        .says("parameter text", change)
        .here("says it in other words, and nothing in them instructs the model");
    change.also = changed.keys().map(|pointer| format!("/raw{pointer}")).collect();
    // Libraries make titles of the names of parameters.
    change.severity = changed.keys().all(|p| p.ends_with("/title")).then_some(Severity::Low);
    out.push(change);
}

/// A text before and after.
struct Way<'a> {
    before: Option<&'a str>,
    after: Option<&'a str>,
}

fn way(before: Option<&str>, after: Option<&str>) -> &'static str {
    match (before, after) {
        (None, _) => "new",
        (_, None) => "gone",
        _ => "reworded",
    }
}

/// Whether a text within a schema explains a value; what is a value itself is compared with its schema.
fn is_prose(spot: &Spot) -> bool {
    let in_schema = spot.pointer.starts_with("/inputSchema/") || spot.pointer.starts_with("/outputSchema/");
    let mut steps = spot.pointer.rsplit('/');
    let (last, outer) = (steps.next().unwrap_or_default(), steps.next().unwrap_or_default());
    in_schema
        && !spot.is_name
        && (matches!(last, "description" | "title") && outer != "properties" || last == "$comment")
}

/// Whether what a text belongs to is there.
fn holder_in(raw: &Node, pointer: &str) -> bool {
    pointer.rsplit_once('/').is_some_and(|(holder, _)| raw.at(holder).is_some())
}

/// The parameter for people, of a place in a schema.
fn field(pointer: &str) -> String {
    let mut steps = pointer.split('/').skip(2).peekable();
    let mut name = String::new();
    while let Some(step) = steps.next() {
        match step {
            "properties" => {
                let step = steps.next().unwrap_or_default().replace("~1", "/").replace("~0", "~");
                name = if name.is_empty() { step } else { format!("{name}.{step}") };
            }
            "items" if steps.peek().is_some() => name += "[]",
            _ => {}
        }
    }
    if name.is_empty() { "the whole".to_owned() } else { name }
}
