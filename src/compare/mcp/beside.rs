//! What stands beside the definition of a tool: whether it runs as a task, data for clients, images and pages.

use std::collections::{BTreeMap, BTreeSet};

use super::both::{Both, word};
use crate::canon::node::pointer_step;
use crate::canon::{Node, Value};
use crate::compare::hosts;
use crate::compare::leaves::{Leaf, leaves};
use crate::compare::members::same;
use crate::compare::said::is_link;
use crate::compare::surface::Change;
use crate::model::finding::Side;
use crate::model::phrase::Phrase;
use crate::rules::{Rule, Severity, mcpt};

/// What this part can emit.
pub const EMITS: &[&Rule] = &[mcpt::TASK_SUPPORT_CHANGED, mcpt::META_CHANGED, mcpt::ICON_REMOTE];

const TASK: &str = "/raw/execution/taskSupport";
/// Where data for clients stands.
const DATA: [&str; 2] = ["/raw/_meta", "/raw/icons"];
/// Places of data that are compared one by one.
const MOST: usize = 1_000;

/// What differs.
pub fn changes(both: &Both, out: &mut Vec<Change>) {
    task(both, out);
    for root in DATA {
        let (was, is) = both.at(root);
        if !same(was, is) {
            data(root, (was, is), out);
        }
    }
}

/// Whether a call runs as a task; by the protocol it does not where nothing is said.
fn task(both: &Both, out: &mut Vec<Change>) {
    const DEFAULT: &str = "forbidden";
    let (was, is) = both.at(TASK);
    let means = |node: Option<&Node>| node.map_or(DEFAULT.to_owned(), |n| word(Some(n)));
    let (before, after) = (means(was), means(is));
    if before == after {
        return;
    }
    let here = match after.as_str() {
        "required" => "a call that does not run as a task fails",
        DEFAULT => "a call that runs as a task fails",
        _ => "a call may run as a task and go on after its answer",
    };
    let mut change = Change::new(mcpt::TASK_SUPPORT_CHANGED, TASK, "task")
        .on(both.side(TASK))
        .values(was.cloned(), is.cloned())
        .says("task", Phrase::quote(before).and_say(" → ").and_quote(&after))
        .here(here);
    // Who called it before still can.
    change.severity = (after == "optional").then_some(Severity::Low);
    // What came or went with what holds it speaks for it, if nothing else was in it.
    if let (None, Some(holder)) | (Some(holder), None) = both.at("/raw/execution")
        && holder.members().len() == 1
    {
        change.also.push("/raw/execution".to_owned());
    }
    out.push(change);
}

/// Links to other hosts first, each with its host; then what else differs, as one.
fn data(root: &str, (was, is): (Option<&Node>, Option<&Node>), out: &mut Vec<Change>) {
    let below = |node: Option<&Node>| -> Vec<(String, String)> {
        let mut links = Vec::new();
        if let Some(node) = node {
            collect(node, &mut root.trim_start_matches("/raw").to_owned(), &mut links);
        }
        links
    };
    let host = |(_, link): &(String, String)| remote(link);
    let known: BTreeSet<String> = below(was).iter().filter_map(host).collect();
    let mut told: BTreeMap<String, usize> = BTreeMap::new();
    for link in below(is) {
        let Some(host) = host(&link).filter(|h| !known.contains(h)) else { continue };
        let part = format!("/raw{}", link.0);
        // One host is one finding, wherever else it stands.
        if let Some(at) = told.get(&host) {
            out[*at].also.push(part);
            continue;
        }
        told.insert(host.clone(), out.len());
        out.push(
            Change::new(mcpt::ICON_REMOTE, part, host.clone())
                .values(None, Some(Node::text(&link.1)))
                .says("image or page", Phrase::say("loaded from ").and_quote(&host))
                .here("the host sees who uses the tool, and shows what it likes"),
        );
    }
    let none = Node::null();
    let (old, new) = (was.unwrap_or(&none), is.unwrap_or(&none));
    let told: BTreeSet<&str> =
        out.iter().filter(|c| is_within(&c.part, root)).flat_map(|c| spoken(c, is, root)).collect();
    let rest = leaves(old, new, MOST);
    let mut values = Values { told: &told, left: MOST };
    if rest.len() < MOST && rest.iter().all(|leaf| values.are_told(leaf, root)) {
        if let Some(change) = out.iter_mut().find(|c| is_within(&c.part, root)) {
            change.also.push(root.to_owned());
        }
        return;
    }
    let side = if is.is_none() { Side::Base } else { Side::Head };
    let aspect = if root.ends_with("icons") { "icons" } else { "data" };
    let way = match (was, is) {
        (None, _) => "new",
        (_, None) => "gone",
        _ => "changed",
    };
    out.push(
        Change::new(mcpt::META_CHANGED, root, aspect)
            .on(side)
            .values(was.cloned(), is.cloned())
            .says(aspect, Phrase::say(way))
            .here("what clients and models make of it is theirs to know"),
    );
}

/// Whether a part is a node or stands below it.
fn is_within(part: &str, root: &str) -> bool {
    part.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The places whose very values a change tells: a cue in a name says nothing of what has the name.
fn spoken<'c>(change: &'c Change, is: Option<&Node>, root: &str) -> Vec<&'c str> {
    if change.rule == mcpt::ICON_REMOTE {
        return change.also.iter().chain([&change.part]).map(String::as_str).collect();
    }
    let value = change.part.strip_prefix(root).and_then(|rest| is?.at(rest));
    if value.is_some() && value == change.after.as_ref() { vec![change.part.as_str()] } else { Vec::new() }
}

/// Looks whether values were told, as many as are left.
struct Values<'t> {
    told: &'t BTreeSet<&'t str>,
    left: usize,
}

impl Values<'_> {
    /// What came as a whole is told by what was told of every value inside it.
    fn are_told(&mut self, leaf: &Leaf, root: &str) -> bool {
        match (leaf.before, leaf.after) {
            (None, Some(after)) => self.all(after, &mut format!("{root}{}", leaf.pointer)),
            _ => self.told.contains(format!("{root}{}", leaf.pointer).as_str()),
        }
    }

    fn all(&mut self, node: &Node, pointer: &mut String) -> bool {
        let end = pointer.len();
        let mut below = |step: &str, member: &Node| {
            pointer.push('/');
            pointer.push_str(&pointer_step(step));
            let told = self.all(member, pointer);
            pointer.truncate(end);
            told
        };
        match &node.value {
            Value::Map(members) if !members.is_empty() => members.iter().all(|(key, n)| below(key, n)),
            Value::List(items) if !items.is_empty() => {
                items.iter().enumerate().all(|(at, n)| below(&at.to_string(), n))
            }
            _ => {
                self.left = self.left.saturating_sub(1);
                self.left > 0 && self.told.contains(pointer.as_str())
            }
        }
    }
}

/// The links below a node, with their places. Depth is bounded by the reader of the file.
fn collect(node: &Node, pointer: &mut String, out: &mut Vec<(String, String)>) {
    if let Some(text) = node.as_text() {
        if is_link(pointer) {
            out.push((pointer.clone(), text.to_owned()));
        }
        return;
    }
    let end = pointer.len();
    let mut below = |step: &str, member: &Node| {
        pointer.push('/');
        pointer.push_str(&pointer_step(step));
        collect(member, pointer, out);
        pointer.truncate(end);
    };
    node.members().iter().for_each(|(key, member)| below(key, member));
    node.items().iter().enumerate().for_each(|(at, item)| below(&at.to_string(), item));
}

/// The host that a link loads from; `None` for data that is embedded and for what the server itself hands out.
fn remote(link: &str) -> Option<String> {
    let (scheme, rest) = match link.split_once("//") {
        Some((scheme, rest)) => (scheme.trim_end_matches(':'), rest),
        None => return None,
    };
    let remote = ["", "http", "https", "ws", "wss", "ftp"].iter().any(|s| s.eq_ignore_ascii_case(scheme));
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let named = hosts::parse(host).map_or_else(|_| host.to_lowercase(), |spec| spec.name);
    (remote && !host.is_empty()).then_some(named)
}
