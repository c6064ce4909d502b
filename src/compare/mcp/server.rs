//! What a server answers about itself: the version of the protocol, what it can do, its instructions.

use std::collections::BTreeSet;

use super::both::{About, Around, Told, side, word};
use super::texts::weighs;
use crate::canon::node::pointer_step;
use crate::canon::{Node, Value};
use crate::compare::leaves::around as steps;
use crate::compare::members::same;
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
const LIST_CHANGED: &str = "/listChanged";
const SUBSCRIBE: &str = "/resources/subscribe";
const EXPERIMENTAL: &str = "/experimental";
/// How deep capabilities are named.
const DEPTH: usize = 4;

/// What differs; all of it for a server that was not there.
pub fn changes(old: Option<&Node>, new: &Node, around: &Around, out: &mut Vec<Told>) {
    let mut found = Vec::new();
    let none = Node::map::<String>([]);
    let was = old.unwrap_or(&none);
    if is_unstable(new) && !is_unstable(was) {
        found.push(
            Change::new(mcp::TOOLS_UNSTABLE, "/unstable", "unstable")
                .values(was.get("unstable").cloned(), new.get("unstable").cloned())
                .says("listing", "differs each time".into())
                .here("what was read is not what will be served"),
        );
    }
    let version = |server: &Node| server.get("protocol_version").and_then(Node::as_text).map(str::to_owned);
    if let (Some(was), Some(is)) = (version(was), version(new))
        && was != is
    {
        found.push(
            Change::new(mcp::PROTOCOL_VERSION_CHANGED, "/protocol_version", "protocol")
                .texts(&was, &is)
                .says("protocol", Phrase::quote(&was).and_say(" → ").and_quote(&is))
                .here("things may mean something else in it"),
        );
    }
    let from = found.len();
    capabilities(was, new, &mut found);
    if old.is_none() {
        // A new server has its lists, which are told by what is in them.
        let list = |change: &Change| LISTS.contains(&change.wire.as_str());
        found.retain(|change| change.rule != mcp::CAPABILITY_ADDED || !list(change));
        // It came as a whole, and that is no matter of one capability.
        found[from..].iter_mut().for_each(|change| change.also.clear());
    }
    instructions(old, new, around, &mut found);
    out.extend(found.into_iter().map(|change| Told { about: About::Server, change }));
}

fn is_unstable(server: &Node) -> bool {
    server.get("unstable").and_then(Node::as_bool) == Some(true)
}

/// Whether a place of a server says the same in other words on both sides, or less than before, as far as this
/// comparison reads it: nobody is to be told of it.
pub fn is_respelled(pointer: &str, before: Option<&Node>, after: Option<&Node>) -> bool {
    let off = |n: Option<&Node>| n.is_none_or(|n| matches!(n.value, Value::Null | Value::Bool(false)));
    // `true` and `{}` declare the same.
    let bare = |n: Option<&Node>| {
        n.is_some_and(|n| n.value == Value::Bool(true) || n.is_map() && n.members().is_empty())
    };
    if pointer == "/unstable" {
        return off(after) || before == after;
    }
    let Some(path) = pointer.strip_prefix("/capabilities") else { return false };
    let nothing = |n| off(n) || path == EXPERIMENTAL && bare(n);
    nothing(before) && nothing(after) || bare(before) && bare(after) || restrains(path) && off(after)
}

/// The text that clients put into the prompt.
fn instructions(old: Option<&Node>, new: &Node, around: &Around, out: &mut Vec<Change>) {
    let said = |server: &'_ Node| server.get("instructions").filter(|n| !n.is_null()).cloned();
    let (was, is) = (old.and_then(said), said(new));
    if same(was.as_ref(), is.as_ref()) {
        return;
    }
    let empty = Node::text("");
    let texts = old.map(|_| Texts::of_text(was.as_ref().unwrap_or(&empty)));
    let now = Texts::of_text(is.as_ref().unwrap_or(&empty));
    let cues = hear(texts.as_ref(), &now, &around.of_no_tool(), INSTRUCTIONS, |_| "instructions").changes;
    if old.is_some() && !weighs(&cues, INSTRUCTIONS, Severity::Medium) {
        let way = match (&was, &is) {
            (None, _) => "new",
            (_, None) => "gone",
            _ => "reworded",
        };
        out.push(
            Change::new(mcp::INSTRUCTIONS_CHANGED, INSTRUCTIONS, "instructions")
                .on(if is.is_none() { Side::Base } else { Side::Head })
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
        let (rule, here, severity) = match path.rsplit_once('/') {
            _ if path.ends_with(LIST_CHANGED) => {
                (mcp::LIST_CHANGED_ENABLED, "what was read is not what stays", None)
            }
            _ if path == SUBSCRIBE => {
                (mcpr::SUBSCRIBE_ENABLED, "clients are told of changes while they run", None)
            }
            _ if within_new(path, &is, &was) => continue,
            // What is in a list is told by itself: that there is one weighs less.
            Some(("", name)) if LISTS.contains(&name) => {
                (mcp::CAPABILITY_ADDED, "what it lists goes to the model", Some(Severity::Medium))
            }
            _ => (mcp::CAPABILITY_ADDED, "clients open what a server declares", None),
        };
        out.push(capability(rule, (old, new), path, here, severity));
    }
    for path in was.difference(&is) {
        if !restrains(path) && !within_new(path, &was, &is) {
            let here = "what clients used is no longer there";
            out.push(capability(mcp::CAPABILITY_REMOVED, (old, new), path, here, None));
        }
    }
}

/// Whether it is a capability without which a client is told less, and nothing fails.
fn restrains(path: &str) -> bool {
    path.ends_with(LIST_CHANGED) || path == SUBSCRIBE
}

/// Whether something around a capability came with it, and was told.
fn within_new(path: &str, here: &BTreeSet<String>, there: &BTreeSet<String>) -> bool {
    steps(path).skip(1).any(|outer| here.contains(outer) && !there.contains(outer))
}

fn capability(
    rule: &'static Rule,
    (old, new): (&Node, &Node),
    path: &str,
    here: &'static str,
    severity: Option<Severity>,
) -> Change {
    let part = format!("/capabilities{path}");
    let called = path.trim_start_matches('/').replace('/', ".").replace("~1", "/").replace("~0", "~");
    let value = |node: &Node| node.at(&part).cloned();
    let mut change = Change::new(rule, part.clone(), called.as_str())
        .on(side(old, new, &part))
        .values(value(old), value(new))
        .says("capability", Phrase::quote(word(Some(&Node::text(called.as_str())))))
        .here(here);
    change.severity = severity;
    // What holds it may have come with it, or stay behind empty.
    let outer = steps(&part).skip(1).filter(|outer| old.at(outer).is_none() || new.at(outer).is_none());
    change.also.extend(outer.map(str::to_owned));
    change
}

/// The capabilities that are declared, each by where it stands: `/resources/subscribe`. What is false is not there,
/// and `experimental` without anything in it declares nothing.
fn declared(server: &Node) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    if let Some(capabilities) = server.get("capabilities") {
        collect(capabilities, "", 0, &mut out);
    }
    out.remove(EXPERIMENTAL);
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
        let path = format!("{path}/{}", pointer_step(key));
        collect(member, &path, depth + 1, out);
        out.insert(path);
    }
}
