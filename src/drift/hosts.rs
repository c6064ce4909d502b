//! Hosts that operations can be called on beside the first: those that came, those that went, and those that can
//! now be called without encryption.

use std::collections::{BTreeMap, BTreeSet};

use super::surface::Surface;
use crate::canon::Node;
use crate::canon::time::Timestamp;
use crate::compare::host_rules::told;
use crate::compare::hosts::{HostChange, parse};
use crate::model::baseline::OTHER_SERVERS;
use crate::model::finding::{Finding, Place, Side};
use crate::model::phrase::Phrase;
use crate::model::surface::Locked;
use crate::rules::{Rule, Severity, host};

/// Every rule that this check can emit.
pub const EMITS: &[&[&Rule]] = &[&[host::ADDED, host::REMOVED, host::SCHEME_DOWNGRADED]];

/// Hosts of further servers, each with the place where it is named first.
#[derive(Default)]
struct Others {
    all: BTreeMap<String, Place>,
    /// Those that are named without encryption.
    plain: BTreeMap<String, Place>,
}

/// What came and went. A side that lists no further servers at all, and was not read from a document that would,
/// can't tell.
pub fn run(old: &Surface, new: &Surface, _now: Option<Timestamp>) -> Vec<Finding> {
    let (was, is) = (others(old, Side::Base), others(new, Side::Head));
    let knows = |surface: &Surface, found: &Others| surface.source.origins.is_some() || !found.all.is_empty();
    if !knows(old, &was) || !knows(new, &is) {
        return Vec::new();
    }
    let mut out = Vec::new();
    let (on_old, on_new) = (on(old, |_| true), on(new, |_| true));
    let known = |name: &str| was.all.contains_key(name) || on_old.contains(name);
    for (name, place) in is.all.iter().filter(|(name, _)| !known(name) && !on_new.contains(name.as_str())) {
        out.push(
            Finding::new(host::ADDED, new.whole(), place.clone())
                .severity(Severity::Medium)
                .values(None, Some(Node::text(name)))
                .says("host", Phrase::quote(name))
                .here("operations can be called there too".into()),
        );
    }
    let plain = on(old, is_plain);
    let downgraded = |name: &str| known(name) && !was.plain.contains_key(name) && !plain.contains(name);
    for (name, place) in is.plain.iter().filter(|(name, _)| downgraded(name)) {
        let change = HostChange::SchemeDowngraded;
        let (rule, here) = told(&change);
        out.push(
            Finding::new(rule, new.whole(), place.clone())
                .severity(Severity::Medium)
                .values(Some(Node::text(name)), Some(Node::text(format!("http://{name}"))))
                .says("host", Phrase::quote(name).and_say(" can also be called by http"))
                .here(here),
        );
    }
    let gone = |name: &str| !is.all.contains_key(name) && !on_new.contains(name);
    for (name, place) in was.all.iter().filter(|(name, _)| gone(name)) {
        out.push(
            Finding::new(host::REMOVED, old.whole(), place.clone())
                .values(Some(Node::text(name)), None)
                .says("host", Phrase::quote(name).and_say(" gone"))
                .here("no operation names it as a server any more".into()),
        );
    }
    out
}

/// The hosts that operations are on.
fn on<'s>(surface: &'s Surface, which: fn(&Locked) -> bool) -> BTreeSet<&'s str> {
    surface.operations.iter().filter(|o| which(o)).map(|o| o.host.as_str()).collect()
}

fn is_plain(operation: &Locked) -> bool {
    operation.content.scheme.as_deref() == Some("http")
}

fn others(surface: &Surface, side: Side) -> Others {
    let mut found = Others::default();
    for operation in &surface.operations {
        let Some(list) = operation.places.node().get(OTHER_SERVERS) else { continue };
        for server in list.items() {
            let Some(url) = server.as_text() else { continue };
            let (scheme, name) = url.split_once("://").unwrap_or(("", url));
            let name = name.split('/').next().unwrap_or_default();
            let name = parse(name).map_or_else(|_| name.to_lowercase(), |spec| spec.to_string());
            let place = || {
                let place = surface.place(&operation.places, &format!("/{OTHER_SERVERS}"), side);
                Place { line: server.line, ..place }
            };
            if scheme == "http" && !found.plain.contains_key(&name) {
                found.plain.insert(name.clone(), place());
            }
            found.all.entry(name).or_insert_with(place);
        }
    }
    found
}
