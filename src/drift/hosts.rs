//! Hosts that operations can be called on beside the first: those that came and those that went.

use std::collections::BTreeMap;

use super::surface::Surface;
use crate::canon::Node;
use crate::canon::time::Timestamp;
use crate::compare::hosts::parse;
use crate::model::finding::{Finding, Place, Side};
use crate::model::phrase::Phrase;
use crate::rules::{Rule, Severity, host};

/// Every rule that this check can emit.
pub const EMITS: &[&[&Rule]] = &[&[host::ADDED, host::REMOVED]];

/// The member of an operation that lists the addresses of its further servers.
const OTHERS: &str = "x-servers";

/// What came and went. A side that lists no further servers at all, and was not read from a document that would,
/// can't tell.
pub fn run(old: &Surface, new: &Surface, _now: Option<Timestamp>) -> Vec<Finding> {
    let (was, is) = (others(old, Side::Base), others(new, Side::Head));
    let knows = |surface: &Surface, found: &BTreeMap<String, Place>| {
        surface.source.origins.is_some() || !found.is_empty()
    };
    if !knows(old, &was) || !knows(new, &is) {
        return Vec::new();
    }
    let mut out = Vec::new();
    for (name, place) in
        is.iter().filter(|(name, _)| !was.contains_key(*name) && !on(old, name) && !on(new, name))
    {
        out.push(
            Finding::new(host::ADDED, new.whole(), place.clone())
                .severity(Severity::Medium)
                .values(None, Some(Node::text(name)))
                .says("host", Phrase::quote(name))
                .here("operations can be called there too".into()),
        );
    }
    for (name, place) in was.iter().filter(|(name, _)| !is.contains_key(*name) && !on(new, name)) {
        out.push(
            Finding::new(host::REMOVED, old.whole(), place.clone())
                .values(Some(Node::text(name)), None)
                .says("host", Phrase::quote(name).and_say(" gone"))
                .here("no operation names it as a server any more".into()),
        );
    }
    out
}

/// Whether any operation is on a host.
fn on(surface: &Surface, host: &str) -> bool {
    surface.operations.iter().any(|o| o.host == host)
}

/// Hosts of further servers, each with the place where it is named first.
fn others(surface: &Surface, side: Side) -> BTreeMap<String, Place> {
    let mut found = BTreeMap::new();
    for operation in &surface.operations {
        let Some(list) = operation.places.node().get(OTHERS) else { continue };
        for server in list.items() {
            let Some(url) = server.as_text() else { continue };
            let name = url.split_once("://").map_or(url, |(_, rest)| rest);
            let name = name.split('/').next().unwrap_or_default();
            let name = parse(name).map_or_else(|_| name.to_lowercase(), |spec| spec.to_string());
            found.entry(name).or_insert_with(|| {
                let place = surface.place(&operation.places, &format!("/{OTHERS}"), side);
                Place { line: server.line, ..place }
            });
        }
    }
    found
}
