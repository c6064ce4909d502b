//! Settings of clients that are not understood: that they differ is told, since nobody knows what they do.

use std::collections::{BTreeMap, BTreeSet};

use super::place::{place, subject};
use crate::canon::{Node, Value, digest};
use crate::model::client::{ClientFile, Kind, Setting, unknown};
use crate::model::finding::{Finding, Side};
use crate::model::phrase::Phrase;
use crate::rules::{Severity, mcp};

/// Most members of one file that are told one by one, and places that are named of one.
const MANY: usize = 50;
const SHOWN: usize = 6;

type Found<'a> = BTreeMap<String, Setting<'a>>;

/// What changed, one finding a member at the top.
pub fn run(base: &[ClientFile], head: &[ClientFile]) -> Vec<Finding> {
    let mut pairs: BTreeMap<&str, [Option<&ClientFile>; 2]> = BTreeMap::new();
    for (side, files) in [base, head].into_iter().enumerate() {
        for file in files {
            pairs.entry(file.path.as_str()).or_default()[side] = Some(file);
        }
    }
    pairs.into_values().flat_map(|[base, head]| one(base, head)).collect()
}

fn found(file: Option<&ClientFile>) -> Found<'_> {
    let all = file.map(|file| unknown(file.kind, &file.raw)).unwrap_or_default();
    all.into_iter().map(|setting| (setting.pointer.clone(), setting)).collect()
}

fn one(base: Option<&ClientFile>, head: Option<&ClientFile>) -> Vec<Finding> {
    let (was, is) = (found(base), found(head));
    let mut differ: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (pointer, setting) in was.iter().chain(&is) {
        let text = |found: &Found| found.get(pointer).map(|s| crate::canon::json::canonical(s.node));
        if text(&was) != text(&is) {
            differ.entry(setting.top).or_default().insert(pointer);
        }
    }
    let more = differ.len().saturating_sub(MANY);
    let mut out = Vec::new();
    for (at, (top, places)) in differ.into_iter().take(MANY).enumerate() {
        let Some(first) = places.first().copied() else { continue };
        let (file, side) = match (base, head) {
            (_, Some(head)) if is.contains_key(first) => (head, Side::Head),
            (Some(base), _) => (base, Side::Base),
            (None, Some(head)) => (head, Side::Head),
            (None, None) => continue,
        };
        let word = match (was.contains_key(first), is.contains_key(first)) {
            (false, _) => " is new",
            (_, false) => " is gone",
            _ => " is another",
        };
        // The member itself, or how many of what lies in it.
        let what = match places.len() {
            1 => Phrase::quote(first.trim_start_matches('/')).and_say(word),
            n => Phrase::say(format!("{n} settings of ")).and_quote(top).and_say(" differ"),
        };
        let mut finding =
            Finding::new(mcp::CLIENT_SETTING_CHANGED, subject(file, ""), place(file, first, side))
                .severity(severity(file.kind, top))
                .values(value(&was, &places), value(&is, &places))
                .says("setting", what)
                .here("what it does is not known here".into());
        if places.len() > 1 {
            finding.why = places.iter().take(SHOWN).map(|place| Phrase::quote(*place)).collect();
        }
        if at + 1 == MANY && more > 0 {
            finding = finding.why(Phrase::say(format!("and {more} more settings differ")));
        }
        out.push(finding);
    }
    out
}

/// An editor has hundreds of settings, and most are about how a page looks; those of its agent are not.
fn severity(kind: Kind, top: &str) -> Severity {
    match (kind, top) {
        (Kind::Zed, "agent" | "context_servers") => Severity::Medium,
        (Kind::Editor | Kind::Zed, _) => Severity::Low,
        _ => Severity::Medium,
    }
}

/// What is there, for the fingerprint. It may hold a credential of a shape that nobody knows: all but switches and
/// numbers is told by its digest.
fn value(found: &Found, places: &BTreeSet<&str>) -> Option<Node> {
    let all: Vec<&Node> = places.iter().filter_map(|place| found.get(*place)).map(|s| s.node).collect();
    match all[..] {
        [] => None,
        [one] if matches!(one.value, Value::Bool(_) | Value::Int(_)) => Some(one.clone()),
        _ => {
            let digests: Vec<String> = all.into_iter().map(|node| digest::of(node).to_string()).collect();
            Some(Node::texts(digests.iter().map(String::as_str)))
        }
    }
}
