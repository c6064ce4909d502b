//! Under which title people see a tool: that it is another one, and that it is the name of another tool.

use std::collections::{BTreeMap, BTreeSet};

use super::both::{Around, Both};
use crate::canon::Node;
use crate::canon::text::{fold, words};
use crate::compare::said::Spot;
use crate::compare::surface::Change;
use crate::model::finding::Side;
use crate::model::phrase::Phrase;
use crate::rules::{Rule, mcpt};

/// What this part can emit.
pub const EMITS: &[&Rule] = &[mcpt::TITLE_CHANGED, mcpt::TITLE_MASKS_NAME];

/// Where a title stands; the first counts.
const PLACES: [&str; 2] = ["/raw/title", "/raw/annotations/title"];

/// The names and titles of tools as people read them, indexed once.
#[derive(Debug, Clone, Default)]
pub struct Titles<'a> {
    /// The names of the tools that are known by it.
    by_reading: BTreeMap<String, BTreeSet<&'a str>>,
}

impl<'a> Titles<'a> {
    /// Of tools: each a name, and the title that it shows itself under.
    pub fn of(tools: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> Titles<'a> {
        let mut titles = Titles::default();
        for (name, title) in tools {
            for text in [Some(name), title].into_iter().flatten() {
                titles.by_reading.entry(reading(text)).or_default().insert(name);
            }
        }
        titles.by_reading.remove("");
        titles
    }

    /// The tool, other than this one, that a title is the name or the title of.
    fn other(&self, title: &str, this: &str) -> Option<&'a str> {
        let read = reading(title);
        if read == reading(this) {
            return None;
        }
        self.by_reading.get(&read)?.iter().find(|name| **name != this).copied()
    }
}

/// The title of an entry.
pub fn title(entry: &Node) -> Option<&str> {
    PLACES.iter().find_map(|place| entry.at(place)?.as_text())
}

/// A name or title as it is read: `read_file`, `Read file` and `ReadFile` are one.
fn reading(text: &str) -> String {
    words(&fold(text)).concat()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_read_as_people_read_it() {
        let titles = Titles::of([("read_file", Some("Read a file")), ("delete_file", None), ("x", Some(""))]);
        for (title, this, other) in [
            ("Read File", "delete_file", Some("read_file")),
            ("READ a file", "delete_file", Some("read_file")),
            ("Re\u{430}d file", "delete_file", Some("read_file")),
            ("Read file", "read_file", None),
            ("Delete File", "delete_file", None),
            ("Read files", "delete_file", None),
            ("", "delete_file", None),
        ] {
            assert_eq!(titles.other(title, this), other, "{title} of {this}");
        }
    }
}
