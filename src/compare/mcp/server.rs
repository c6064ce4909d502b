//! What a server answers about itself: the version of the protocol, what it can do, its instructions.

use std::collections::BTreeSet;

use super::both::{About, Around, Told, side, word};
use super::texts::weighs;
use crate::canon::node::pointer_step;
use crate::canon::{Node, Value};
use crate::compare::said::{Texts, hear};
use crate::compare::surface::Change;
use crate::model::finding::Side;
use crate::model::phrase::Phrase;
use crate::rules::{Rule, Severity, mcp, mcpr};

/// What this can emit beyond the rules of texts.
pub const EMITS: &[&Rule] = &[
    mcp::TOOLS_UNSTABLE,
    mcp::PROTOCOL_VERSION_CHANGED,
    mcp::CAPABILITY_ADDED,
    mcp::CAPABILITY_REMOVED,
    mcp::LIST_CHANGED_ENABLED,
    mcp::INSTRUCTIONS_CHANGED,
    mcpr::SUBSCRIBE_ENABLED,
];

const INSTRUCTIONS: &str = "/instructions";
/// Capabilities that name a list: what is in it is told by itself.
const LISTS: [&str; 3] = ["tools", "prompts", "resources"];
/// How deep capabilities are named.
const DEPTH: usize = 4;

/// What differs.
pub fn changes(old: &Node, new: &Node, around: &Around, out: &mut Vec<Told>) {
    let mut found = Vec::new();
    let unstable = |server: &Node| server.get("unstable").and_then(Node::as_bool) == Some(true);
    if unstable(new) && !unstable(old) {
        found.push(
            Change::new(mcp::TOOLS_UNSTABLE, "/unstable", "unstable")
                .values(old.get("unstable").cloned(), new.get("unstable").cloned())
                .says("listing", "differs each time".into())
                .here("what was read is not what will be served"),
        );
    }
    let version = |server: &Node| server.get("protocol_version").and_then(Node::as_text).map(str::to_owned);
    if let (Some(was), Some(is)) = (version(old), version(new))
        && was != is
    {
        found.push(
            Change::new(mcp::PROTOCOL_VERSION_CHANGED, "/protocol_version", "protocol")
                .texts(&was, &is)
                .says("protocol", Phrase::quote(&was).and_say(" → ").and_quote(&is))
                .here("things may mean something else in it"),
        );
    }
    capabilities(old, new, &mut found);
    instructions(Some(old), new, around, &mut found);
    out.extend(found.into_iter().map(|change| Told { about: About::Server, change }));
}

/// A server that was not there: what it tells the model at once.
pub fn of_new(new: &Node, around: &Around, out: &mut Vec<Told>) {
    let mut found = Vec::new();
    instructions(None, new, around, &mut found);
    out.extend(found.into_iter().map(|change| Told { about: About::Server, change }));
}

/// The text that clients put into the prompt.
fn instructions(old: Option<&Node>, new: &Node, around: &Around, out: &mut Vec<Change>) {
    let text = |server: &'_ Node| server.get("instructions").and_then(Node::as_text).map(str::to_owned);
    let (before, after) = (old.and_then(text), text(new));
    if before == after {
        return;
    }
    let node = |server: Option<&Node>| server.and_then(|s| s.get("instructions")).cloned();
    let (was, is) = (node(old), node(Some(new)));
    let empty = Node::text("");
    let texts = old.map(|_| Texts::of_text(was.as_ref().unwrap_or(&empty)));
    let now = Texts::of_text(is.as_ref().unwrap_or(&empty));
    let cues = hear(texts.as_ref(), &now, &around.of_no_tool(), INSTRUCTIONS, |_| "instructions").changes;
    if old.is_some() && !weighs(&cues, INSTRUCTIONS, Severity::Medium) {
        let way = match (&before, &after) {
            (None, _) => "new",
            (_, None) => "gone",
            _ => "reworded",
        };
        out.push(
            Change::new(mcp::INSTRUCTIONS_CHANGED, INSTRUCTIONS, "instructions")
                .on(if after.is_none() { Side::Base } else { Side::Head })
                .values(was.clone(), is.clone())
                .says("instructions", Phrase::say(way))
                .here("clients put them into the prompt of the model"),
        );
    }
    out.extend(cues);
}

fn capabilities(old: &Node, new: &Node, out: &mut Vec<Change>) {
    let (was, is) = (declared(old), declared(new));
    for path in is.difference(&was) {
        let (rule, here, severity) = match path.rsplit_once('.') {
            Some((_, "listChanged")) => (mcp::LIST_CHANGED_ENABLED, "what was read is not what stays", None),
            Some(("resources", "subscribe")) => {
                (mcpr::SUBSCRIBE_ENABLED, "clients are told of changes while they run", None)
            }
            _ if within_new(path, &is, &was) => continue,
            // What is in a list is told by itself: that there is one weighs less.
            None if LISTS.contains(&path.as_str()) => {
                (mcp::CAPABILITY_ADDED, "what it lists goes to the model", Some(Severity::Medium))
            }
            _ => (mcp::CAPABILITY_ADDED, "clients open what a server declares", None),
        };
        out.push(capability(rule, (old, new), path, here, severity));
    }
    for path in was.difference(&is) {
        let sub = path.ends_with(".listChanged") || path == "resources.subscribe";
        if !sub && !within_new(path, &was, &is) {
            let here = "what clients used is no longer there";
            out.push(capability(mcp::CAPABILITY_REMOVED, (old, new), path, here, None));
        }
    }
}

/// Whether something around a capability came with it, and was told.
fn within_new(path: &str, here: &BTreeSet<String>, there: &BTreeSet<String>) -> bool {
    let mut outer = path;
    while let Some((around, _)) = outer.rsplit_once('.') {
        outer = around;
        if here.contains(outer) && !there.contains(outer) {
            return true;
        }
    }
    false
}

fn capability(
    rule: &'static Rule,
    (old, new): (&Node, &Node),
    path: &str,
    here: &'static str,
    severity: Option<Severity>,
) -> Change {
    let steps: String = path.split('.').map(|step| format!("/{}", pointer_step(step))).collect();
    let part = format!("/capabilities{steps}");
    let value = |node: &Node| node.at(&part).cloned();
    let mut change = Change::new(rule, part.clone(), path)
        .on(side(old, new, &part))
        .values(value(old), value(new))
        .says("capability", Phrase::quote(word(Some(&Node::text(path)))))
        .here(here);
    change.severity = severity;
    // What holds it may have come with it, or stay behind empty.
    let mut outer = part.as_str();
    while let Some((around, _)) = outer.rsplit_once('/').filter(|(around, _)| !around.is_empty()) {
        outer = around;
        if old.at(outer).is_none() || new.at(outer).is_none() {
            change.also.push(outer.to_owned());
        }
    }
    change
}

/// The capabilities that are declared, as `resources.subscribe`. What is false is not there, and `experimental`
/// without anything in it declares nothing.
fn declared(server: &Node) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    if let Some(capabilities) = server.get("capabilities") {
        collect(capabilities, "", 0, &mut out);
    }
    out.remove("experimental");
    out
}

fn collect(node: &Node, path: &str, depth: usize, out: &mut BTreeSet<String>) {
    if depth >= DEPTH {
        return;
    }
    for (key, member) in node.members() {
        if matches!(member.value, Value::Null | Value::Bool(false)) {
            continue;
        }
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        collect(member, &path, depth + 1, out);
        out.insert(path);
    }
}
