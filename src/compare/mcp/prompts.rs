//! The prompts of a server: which there are, what they need, and what they say.

use std::collections::BTreeSet;

use super::both::{About, Around, Item, Lists, Told, below, id};
use crate::canon::{Node, Value};
use crate::compare::keyed::{Keyed, keyed};
use crate::compare::members::{paired, same};
use crate::compare::said::{Heard, Texts, hear};
use crate::compare::surface::Change;
use crate::model::finding::Side;
use crate::model::phrase::Phrase;
use crate::rules::{Rule, mcpp};

/// What this can emit beyond the rules of texts.
pub const EMITS: &[&Rule] = &[
    mcpp::PROMPT_ADDED,
    mcpp::PROMPT_REMOVED,
    mcpp::ARGUMENT_REQUIRED_ADDED,
    mcpp::ARGUMENT_REMOVED,
    mcpp::TEXT_CHANGED,
];

const LIST: &str = "prompts";

/// What differs.
pub fn changes(old: &Lists, new: &Lists, around: &Around, out: &mut Vec<Told>) {
    let (was, is) = (old.items(LIST), new.items(LIST));
    // Items that came with their list, or went with it, stand for the list.
    let whole = was.is_empty() != is.is_empty();
    for entry in keyed(&was, &is, |(key, _)| *key) {
        let (item, found) = match entry {
            Keyed::Added(item) => (item, added(item, around)),
            Keyed::Removed(item) => (item, vec![removed(item)]),
            Keyed::Both(was, item) => (item, both(was.1, item.1, around)),
        };
        let about = About::Prompt(id(item), item.0.to_owned());
        for mut change in found.into_iter().map(|c| below(c, LIST, item.0)) {
            if whole {
                change.also.push(format!("/{LIST}"));
            }
            out.push(Told { about: about.clone(), change });
        }
    }
}

fn added(item: &Item, around: &Around) -> Vec<Change> {
    let mut found = vec![
        Change::new(mcpp::PROMPT_ADDED, "", "")
            .values(None, Some(item.1.clone()))
            .says("new prompt", Phrase::quote(item.0))
            .here("its text goes to the model as the user's own"),
    ];
    if let Some(raw) = item.1.get("raw") {
        found.extend(heard(None, raw, "/raw", around).cues);
    }
    found
}

fn removed(item: &Item) -> Change {
    Change::new(mcpp::PROMPT_REMOVED, "", "")
        .on(Side::Base)
        .values(Some(item.1.clone()), None)
        .says("prompt", "gone".into())
        .here("who starts from it fails")
}

fn both(old: &Node, new: &Node, around: &Around) -> Vec<Change> {
    let Some(is) = new.get("raw") else { return Vec::new() };
    // It said nothing that was kept, so nobody approved what it says now.
    let Some(was) = old.get("raw") else { return heard(None, is, "/raw", around).cues };
    if same(Some(was), Some(is)) {
        return Vec::new();
    }
    let mut out = Vec::new();
    let mut texts = heard(Some(&beside(was)), &beside(is), "/raw", around);
    let all_told = arguments(was, is, around, &mut texts, &mut out);
    texts.gone(was, is);
    out.extend(texts.changes());
    // Arguments that came or went move those behind them.
    if all_told && let Some(first) = out.iter_mut().find(|c| c.part.starts_with("/raw/arguments/")) {
        first.also.push("/raw/arguments".to_owned());
    }
    out
}

/// What a prompt says beside the list of its arguments. What is no list is read as it stands.
fn beside(raw: &Node) -> Node {
    match raw.get("arguments").map(|n| &n.value) {
        Some(Value::List(_)) => raw.without(&["arguments"]),
        _ => raw.clone(),
    }
}

/// An argument, with its place.
type Argument<'a> = (usize, &'a Node);

/// What differs in the arguments, and whether that is all: a place that no rule reads is not told by one beside it.
/// Those of one name are paired in their order, and those without a name too: each is read.
fn arguments(was: &Node, is: &Node, around: &Around, texts: &mut Said, out: &mut Vec<Change>) -> bool {
    let mut given = [was, is].into_iter().filter_map(|raw| raw.get("arguments"));
    let are_lists = given.all(|all| matches!(all.value, Value::List(_) | Value::Null));
    let (was, is) = (listed(was), listed(is));
    let mut all_told = are_lists
        && [&was, &is].into_iter().all(|side| {
            let names: BTreeSet<Option<&str>> = side.iter().map(|(_, node)| name(node)).collect();
            names.len() == side.len() && !names.contains(&None)
        });
    for entry in keyed(&was, &is, |(_, node)| name(node)) {
        all_told &= match entry {
            Keyed::Both((_, before), (at, after)) => {
                if same(Some(before), Some(after)) {
                    continue;
                }
                let root = format!("/raw/arguments/{at}");
                let heard = heard(Some(before), after, &root, around);
                texts.cues.extend(heard.cues);
                texts.reworded.extend(heard.reworded);
                let asks = required(after) && !required(before);
                if asks {
                    out.push(required_added(Some(before), (*at, after)));
                }
                paired(before, after).into_iter().all(|(key, b, a)| {
                    same(b, a)
                        || key == "required" && asks
                        || ["title", "description"].contains(&key) && a.is_some_and(|a| a.as_text().is_some())
                })
            }
            Keyed::Added((at, after)) => {
                let heard = heard(None, after, &format!("/raw/arguments/{at}"), around);
                texts.cues.extend(heard.cues);
                // Nothing but its text tells which one it is.
                if name(after).is_none() {
                    texts.reworded.extend(heard.reworded);
                }
                let asks = required(after) && name(after).is_some();
                if asks {
                    out.push(required_added(None, (*at, after)));
                }
                asks
            }
            Keyed::Removed((at, before)) => {
                out.push(removed_argument((*at, before)));
                true
            }
        };
    }
    all_told
}

fn listed(raw: &Node) -> Vec<Argument<'_>> {
    raw.get("arguments").map(Node::items).unwrap_or_default().iter().enumerate().collect()
}

fn required_added(known: Option<&Node>, (at, argument): Argument) -> Change {
    let name = name(argument).unwrap_or_default();
    Change::new(mcpp::ARGUMENT_REQUIRED_ADDED, format!("/raw/arguments/{at}"), name)
        .values(known.cloned(), Some(argument.clone()))
        .says("argument", Phrase::quote(name).and_say(" is required"))
        .here("who gives it not gets no prompt")
}

fn removed_argument((at, argument): Argument) -> Change {
    let name = name(argument).unwrap_or_default();
    Change::new(mcpp::ARGUMENT_REMOVED, format!("/raw/arguments/{at}"), name)
        .on(Side::Base)
        .values(Some(argument.clone()), None)
        .says("argument", Phrase::quote(name).and_say(" gone"))
        .here("what is given there is lost")
}

fn name(argument: &Node) -> Option<&str> {
    argument.get("name").and_then(Node::as_text)
}

fn required(argument: &Node) -> bool {
    argument.get("required").and_then(Node::as_bool).unwrap_or(false)
}

/// What the texts of a prompt say anew.
struct Said {
    cues: Vec<Change>,
    reworded: Vec<(String, Option<String>, Option<String>)>,
}

fn heard(old: Option<&Node>, new: &Node, root: &str, around: &Around) -> Said {
    let was = old.map(Texts::of_raw);
    let is = Texts::of_raw(new);
    let Heard { changes, reworded } =
        hear(was.as_ref(), &is, &around.of_no_tool(), root, super::texts::aspect);
    let reworded = reworded.iter().filter(|r| !r.spot.is_name).map(|r| {
        let before = r.before.map(|b| b.said.to_owned());
        (format!("{root}{}", r.spot.pointer), before, Some(r.after.said.to_owned()))
    });
    Said { cues: changes, reworded: reworded.collect() }
}

impl Said {
    /// A text that nothing stands in the place of.
    fn gone(&mut self, was: &Node, is: &Node) {
        for key in ["title", "description"] {
            if let (Some(text), None) = (was.get(key).and_then(Node::as_text), is.get(key)) {
                self.reworded.push((format!("/raw/{key}"), Some(text.to_owned()), None));
            }
        }
    }

    /// Cues, then all that was reworded as one.
    fn changes(self) -> Vec<Change> {
        let mut out = self.cues;
        let Some((first, before, after)) = self.reworded.first().cloned() else { return out };
        let words = match self.reworded.len() {
            1 => "reworded".to_owned(),
            n => format!("{n} texts reworded"),
        };
        let side = if after.is_none() { Side::Base } else { Side::Head };
        let mut change = Change::new(mcpp::TEXT_CHANGED, first, "texts")
            .on(side)
            .values(before.map(Node::text), after.map(Node::text))
            .says("prompt text", Phrase::say(words))
            .here("says it in other words, and nothing in them instructs beyond its purpose");
        change.also = self.reworded.into_iter().map(|(place, ..)| place).collect();
        out.push(change);
        out
    }
}
