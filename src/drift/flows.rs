//! Values that one operation gives and another takes: who has nothing to be called with once an operation is gone.
//!
//! What feeds what is read from the flows of the locked baseline. They are not signed, so what is told of them weighs
//! no more than medium; that the operation is gone is told as well.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::surface::{Surface, name};
use crate::canon::Node;
use crate::model::finding::{Finding, Side};
use crate::model::phrase::Phrase;
use crate::model::surface::Locked;
use crate::rules::{Rule, Severity, flow};

/// Every rule that is told of flows.
pub const EMITS: &[&Rule] = &[flow::DEPENDENCY_BROKEN];

/// From this confidence on, in percent, agents are told of a flow.
const SURE: i64 = 80;
/// Most flows that are read.
const EDGES: usize = 50_000;

/// Who gives what to whom, by ids.
pub struct Flows<'a> {
    /// Taker and field to the givers.
    givers: BTreeMap<(&'a str, &'a str), BTreeSet<&'a str>>,
    /// Giver to fields and takers.
    takers: BTreeMap<&'a str, Vec<(&'a str, &'a str)>>,
}

impl<'a> Flows<'a> {
    /// Those of a surface.
    pub fn of(surface: &Surface<'a>) -> Flows<'a> {
        let flows = surface.source.baseline.raw.at("/summary/flows").map(Node::items).unwrap_or_default();
        let sure = |node: &&Node| node.get("confidence").and_then(Node::as_int).is_some_and(|n| n >= SURE);
        let mut made = Flows { givers: BTreeMap::new(), takers: BTreeMap::new() };
        for node in flows.iter().filter(sure).take(EDGES) {
            let text = |key: &str| node.get(key).and_then(Node::as_text);
            if let (Some(from), Some(to), Some(field)) = (text("from"), text("to"), text("field")) {
                made.givers.entry((to, field)).or_default().insert(from);
                made.takers.entry(from).or_default().push((field, to));
            }
        }
        made
    }

    /// Who takes a member of what an operation gives, as an argument of the same name or as the id of the thing.
    pub fn takers(&self, giver: &str, member: &str) -> BTreeSet<&'a str> {
        let takes = |field: &str| field == member || member == "id" && field.ends_with("_id");
        let all = self.takers.get(giver).into_iter().flatten();
        all.filter(|(field, _)| takes(field)).map(|(_, taker)| *taker).collect()
    }
}

/// What has no giver left once some operations are gone: one finding for each that takes from them.
pub fn broken(surface: &Surface, gone: &[&Locked], side: Side) -> Vec<Finding> {
    if gone.is_empty() {
        return Vec::new();
    }
    let ids: BTreeSet<&str> = gone.iter().map(|l| l.content.stable_id.as_str()).collect();
    let by_id: HashMap<&str, &Locked> =
        surface.operations.iter().map(|l| (l.content.stable_id.as_str(), l)).collect();
    let mut out: BTreeMap<&str, (Vec<&str>, BTreeSet<&str>)> = BTreeMap::new();
    for ((taker, field), givers) in &Flows::of(surface).givers {
        if givers.is_subset(&ids) && !ids.contains(taker) {
            let entry = out.entry(taker).or_default();
            entry.0.push(field);
            entry.1.extend(givers);
        }
    }
    let told = |(taker, (fields, givers)): (&str, (Vec<&str>, BTreeSet<&str>))| {
        let taker = by_id.get(taker)?;
        let names = givers.iter().filter_map(|id| by_id.get(id)).map(|l| name(l)).collect::<Vec<_>>();
        let finding = Finding::new(
            flow::DEPENDENCY_BROKEN,
            surface.subject(&taker.content.stable_id, &name(taker)),
            surface.place(&taker.places, "", side),
        );
        let first = names.first().cloned().unwrap_or_default();
        let change = Phrase::list(fields.iter().take(2).copied()).and_say(" came from ").and_quote(first);
        Some(
            finding
                .severity(Severity::Medium)
                .values(Some(Node::texts(fields)), None)
                .says("input", change.and_say(", which is gone"))
                .here("whoever calls it has nothing to call it with".into()),
        )
    };
    out.into_iter().filter_map(told).collect()
}
