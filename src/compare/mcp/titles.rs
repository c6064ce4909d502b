//! Under which title people see a tool: that it is another one, and that it is the name of another tool.

use super::both::{Around, Both};
use crate::canon::Node;
use crate::compare::said::Spot;
use crate::compare::surface::Change;
use crate::model::finding::Side;
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

/// What differs.
pub fn changes(both: &Both, out: &mut Vec<Change>) {
    let place = |entry: &Node| PLACES.into_iter().find(|p| entry.at(p).and_then(Node::as_text).is_some());
    let (was, is) = (title(both.old), title(both.new));
    if was == is {
        return;
    }
    let part = place(both.new).or(place(both.old)).unwrap_or(PLACES[0]);
    if let Some(change) = is.and_then(|is| masks(is, part, both.around)) {
        out.push(change.values(was.map(Node::text), is.map(Node::text)));
        return;
    }
    // A cue in the title says that it is another one.
    let spot = Spot { pointer: part.trim_start_matches("/raw").to_owned(), is_name: false };
    if out.iter().any(|c| c.part == format!("/raw{}", spot.pointer)) {
        return;
    }
    let shown = |title: Option<&str>| match title {
        Some(title) => Phrase::quote(title.chars().take(60).collect::<String>()),
        None => Phrase::say("no title"),
    };
    let mut change = Change::new(mcpt::TITLE_CHANGED, part, "title")
        .on(if is.is_none() { Side::Base } else { Side::Head })
        .values(was.map(Node::text), is.map(Node::text))
        .says("title", shown(was).and_say(" → ").and(shown(is)))
        .here("people see the tool under this title");
    change.also = PLACES.iter().map(|p| (*p).to_owned()).collect();
    out.push(change);
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
            .says("title", Phrase::quote(title.chars().take(60).collect::<String>()))
            .here(Phrase::say("people take it for ").and_quote(other)),
    )
}
