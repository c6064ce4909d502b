//! Under which title people see a tool: that it is another one, and that it is the name of another tool.

use super::both::{Around, Both};
use crate::canon::Node;
use crate::compare::surface::Change;
use crate::model::phrase::Phrase;
use crate::rules::{Rule, mcpt};

/// What this part can emit.
pub const EMITS: &[&Rule] = &[mcpt::TITLE_CHANGED, mcpt::TITLE_MASKS_NAME];

/// Where a title stands; the first counts.
const PLACES: [&str; 2] = ["/raw/title", "/raw/annotations/title"];

/// The title of an entry.
pub fn title(entry: &Node) -> Option<&str> {
    PLACES.iter().find_map(|place| entry.at(place)?.as_text())
}

/// What differs. Clients differ in which of the two places they show, so each is looked at; one that stands empty
/// is read as the other one.
pub fn changes(both: &Both, out: &mut Vec<Change>) {
    let at = |entry: &'_ Node, place: &str| {
        entry.at(place).and_then(Node::as_text).or_else(|| title(entry)).map(str::to_owned)
    };
    let mut told: Option<(Option<String>, Option<String>)> = None;
    for place in PLACES {
        let (was, is) = (at(both.old, place), at(both.new, place));
        let stands = [both.old, both.new].iter().any(|entry| entry.at(place).is_some());
        if was == is || !stands {
            continue;
        }
        if told.as_ref().is_some_and(|told| *told == (was.clone(), is.clone())) {
            // The same change in the other place.
            out.iter_mut().rev().take(1).for_each(|last| last.also.push(place.to_owned()));
            continue;
        }
        if let Some(change) = changed(both, place, (was.as_deref(), is.as_deref()), out) {
            out.push(change);
            told = Some((was, is));
        }
    }
}

fn changed(
    both: &Both,
    place: &str,
    (was, is): (Option<&str>, Option<&str>),
    told: &[Change],
) -> Option<Change> {
    let change = match is.and_then(|is| masks(is, place, both.around)) {
        Some(masks) => masks,
        // A cue in the title says that it is another one.
        None if told.iter().any(|c| c.part == place) => return None,
        None => Change::new(mcpt::TITLE_CHANGED, place, "title")
            .says("title", shown(was).and_say(" → ").and(shown(is)))
            .here("people see the tool under this title"),
    };
    Some(change.on(both.side(place)).values(was.map(Node::text), is.map(Node::text)))
}

fn shown(title: Option<&str>) -> Phrase {
    match title {
        Some(title) => Phrase::quote(title.chars().take(60).collect::<String>()),
        None => Phrase::say("no title"),
    }
}
/// A new tool that shows itself as another one.
pub fn of_new(new: &Node, around: &Around) -> Option<Change> {
    let place = PLACES.into_iter().find(|p| new.at(p).and_then(Node::as_text).is_some())?;
    masks(title(new)?, place, around).map(|change| change.values(None, title(new).map(Node::text)))
}

fn masks(title: &str, part: &str, around: &Around) -> Option<Change> {
    let other = around.titles.other(title, around.names.this)?;
    Some(
        Change::new(mcpt::TITLE_MASKS_NAME, part, "title")
            .says("title", shown(Some(title)))
            .here(Phrase::say("people take it for ").and_quote(other)),
    )
}
