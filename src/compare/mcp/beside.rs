//! What stands beside the definition of a tool: whether it runs as a task, data for clients, images and pages.

use std::collections::BTreeSet;

use super::both::{Both, word};
use crate::canon::Node;
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
    let mut told = BTreeSet::new();
    let first = out.len();
    for link in below(is) {
        let Some(host) = host(&link).filter(|h| !known.contains(h)) else { continue };
        let part = format!("/raw{}", link.0);
        if !told.insert(host.clone()) {
            // One host is one finding, wherever else it stands.
            if let Some(change) = out[first..].iter_mut().find(|c| c.wire == host) {
                change.also.push(part);
            }
            continue;
        }
        out.push(
            Change::new(mcpt::ICON_REMOTE, part, host.clone())
                .values(None, Some(Node::text(&link.1)))
                .says("image or page", Phrase::say("loaded from ").and_quote(&host))
                .here("the host sees who uses the tool, and shows what it likes"),
        );
    }
    let none = Node::null();
    let (old, new) = (was.unwrap_or(&none), is.unwrap_or(&none));
    let is_told = |leaf: &Leaf| {
        let at = format!("{root}{}", leaf.pointer);
        let inside = |part: &str| at == part || at.strip_prefix(part).is_some_and(|r| r.starts_with('/'));
        // What came as a whole is told by what was told inside it.
        let around = |part: &str| leaf.before.is_none() && part.starts_with(&at);
        out.iter().any(|c| {
            c.also
                .iter()
                .chain([&c.part])
                .any(|part| part.starts_with(root) && (inside(part) || around(part)))
        })
    };
    let rest = leaves(old, new, MOST);
    if rest.iter().all(is_told) {
        if let Some(change) = out.iter_mut().find(|c| c.part.starts_with(root)) {
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
        pointer.push_str(&crate::canon::node::pointer_step(step));
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
