//! GraphQL operations of the endpoints on both sides: which came and went, what each does and asks for, its
//! variables and its answer. The endpoints themselves are told with the other operations.

use std::collections::{BTreeSet, HashSet};

use super::operations::finding;
use super::surface::{Surface, name};
use crate::canon::Node;
use crate::canon::node::pointer_step;
use crate::canon::time::Timestamp;
use crate::compare::graphql::variable;
use crate::compare::graphql::{self, At, Spoken, compare};
use crate::compare::keyed::Keyed;
use crate::compare::paths::shape;
use crate::compare::rounds::Rounds;
use crate::compare::surface;
use crate::model::finding::{Finding, Place, Side, Subject};
use crate::model::phrase::Phrase;
use crate::model::schema::baseline::GraphqlOperation;
use crate::model::surface::Locked;
use crate::rules::{Axis, Rule, Severity, gql, par, req, res, val};

/// Every rule that this check can emit.
pub const EMITS: &[&[&Rule]] = &[gql::ALL, par::ALL, req::ALL, res::ALL, val::ALL];

/// What drifted.
pub fn run(old: &Surface, new: &Surface, _: Option<Timestamp>) -> Vec<Finding> {
    // A description of an API has no place for them: one that is not in it is neither gone nor new.
    if old.source.origins.is_some() || new.source.origins.is_some() {
        return Vec::new();
    }
    let mut out = Vec::new();
    let (here, there) = (endpoints(old), endpoints(new));
    for keyed in paired(old, new) {
        match keyed {
            // Of an endpoint that came or went as a whole, that is told.
            Keyed::Removed(was) if !keys(was).iter().any(|key| there.contains(key)) => {}
            Keyed::Added(is) if !keys(is).iter().any(|key| here.contains(key)) => {}
            Keyed::Removed(was) => out.extend(removed(old, was)),
            Keyed::Added(is) => out.extend(added(new, is)),
            Keyed::Both(was, is) => both(old, was, new, is, &mut out),
        }
    }
    out
}

/// What an endpoint is known by: its id and its address.
fn keys(endpoint: &Locked) -> [String; 2] {
    let address = format!("{} {}\0{}", endpoint.method, endpoint.host, shape(&endpoint.full_path()));
    [endpoint.content.stable_id.clone(), address]
}

fn endpoints(surface: &Surface) -> HashSet<String> {
    surface.operations.iter().flat_map(keys).collect()
}

/// By id, earlier ids, then name on the same endpoint.
fn paired<'s>(old: &'s Surface, new: &'s Surface) -> Vec<Keyed<'s, Locked<'s>>> {
    let ids = |l: &Locked| l.graphql.as_ref().map(|(_, own)| own.stable_id.clone());
    let mut rounds = Rounds::new(old.graphql.iter().collect(), new.graphql.iter().collect());
    rounds.pair(|l: &Locked, _| ids(l).into_iter().collect());
    rounds.pair(|l, _| {
        let own = l.graphql.iter().flat_map(|(_, own)| own.aliases.iter().chain([&own.stable_id]));
        own.cloned().collect::<BTreeSet<_>>().into_iter().collect()
    });
    rounds.pair(|l, _| {
        l.graphql.iter().map(|(called, _)| format!("{}\0{}\0{called}", l.host, l.full_path())).collect()
    });
    rounds.finish()
}

/// The operation of an entry: its name and the rest.
fn own<'l>(locked: &'l Locked) -> Option<(&'l str, &'l GraphqlOperation)> {
    locked.graphql.as_ref().map(|(called, own)| (called.as_str(), own))
}

fn subject(surface: &Surface, locked: &Locked) -> Option<Subject> {
    let (called, own) = own(locked)?;
    let shown = match surface.tool(&own.stable_id) {
        Some(tool) => tool.name.clone(),
        None => format!("{} {called}", name(locked)),
    };
    Some(surface.subject(&own.stable_id, &shown))
}

fn place(surface: &Surface, locked: &Locked, member: &str, side: Side) -> Place {
    let step = own(locked).map(|(called, _)| pointer_step(called)).unwrap_or_default();
    surface.place(&locked.places, &format!("/graphql/{step}{member}"), side)
}

fn removed(old: &Surface, was: &Locked) -> Option<Finding> {
    let (called, _) = own(was)?;
    let finding = Finding::new(gql::OPERATION_REMOVED, subject(old, was)?, place(old, was, "", Side::Base));
    Some(
        finding
            .values(Some(Node::text(called)), None)
            .says("operation", Phrase::quote(called).and_say(" gone"))
            .here("calls of it fail".into()),
    )
}

/// A new operation: nothing was granted, so it weighs no more than medium.
fn added(new: &Surface, is: &Locked) -> Option<Finding> {
    let (called, entry) = own(is)?;
    let rule = match Spoken::of_entry(called, entry).kind() {
        Some(kind) => graphql::rule_of_added(kind),
        // What may be one is one.
        None => gql::OPERATION_ADDED_MUTATION,
    };
    let finding = Finding::new(rule, subject(new, is)?, place(new, is, "", Side::Head));
    Some(
        finding
            .severity(Severity::Medium)
            .values(None, Some(Node::text(called)))
            .says("new operation", Phrase::quote(called))
            .here("no tool calls it until one is minted and approved".into()),
    )
}

fn both(old: &Surface, was: &Locked, new: &Surface, is: &Locked, out: &mut Vec<Finding>) {
    let (Some(before), Some(after)) = (own(was), own(is)) else { return };
    let granted = old.tool(&before.1.stable_id).is_some();
    // The side whose tools are known speaks; else the new operation does.
    let Some(subject) = (if granted { subject(old, was) } else { subject(new, is) }) else { return };
    for told in compare(&Spoken::of_entry(before.0, before.1), &Spoken::of_entry(after.0, after.1)) {
        let member = match told.at {
            At::Locked(member) => format!("/{member}"),
            _ => String::new(),
        };
        let mut finding = Finding::new(told.rule, subject.clone(), place(new, is, &member, Side::Head));
        if let Some(severity) = told.severity {
            finding = finding.severity(severity);
        }
        if !granted && !told.rule.is_on(Axis::Contract) {
            let severity = finding.severity.min(Severity::Medium);
            finding = finding.severity(severity);
        }
        out.push(finding.values(told.before, told.after).says("GraphQL", told.change).here(told.here));
    }
    // Of the endpoint only what this operation fills: the rest was told with it.
    let mut only = is.clone();
    let content = only.content;
    only.content = was.content.clone();
    only.content.request = content.request;
    only.content.responses = content.responses;
    only.content.unknown = content.unknown;
    (only.method, only.host, only.path) = (was.method.clone(), was.host.clone(), was.path.clone());
    only.schemes = was.schemes.clone();
    for mut change in surface::compare(was, &only) {
        variable(&mut change, was);
        out.push(finding(change, (old, was), (new, is), &|| subject.clone(), granted));
    }
}
