//! Operations that came, went, moved or changed.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::flows;
use super::moves::{self, Moved};
use super::shared::{self, Told};
use super::surface::{Surface, name};
use crate::canon::Node;
use crate::canon::time::Timestamp;
use crate::compare::keyed::Keyed;
use crate::compare::paths::shape;
use crate::compare::risk::{Facts, assess};
use crate::compare::rounds::Rounds;
use crate::compare::surface::{self, Change, gone};
use crate::compare::tier::rule_of_added;
use crate::model::finding::{Finding, Side, Subject};
use crate::model::phrase::Phrase;
use crate::model::risk::{RiskTier, ToolKind};
use crate::model::surface::Locked;
use crate::rules::{Axis, Family, Rule, Severity, auth, host, op, tool};

/// Every rule that this check can emit.
pub const EMITS: &[&[&Rule]] = &[
    &[
        op::REMOVED,
        op::REMOVED_AFTER_SUNSET,
        op::REMOVED_BEFORE_SUNSET,
        op::ADDED_READ,
        op::ADDED_WRITE,
        op::ADDED_DESTRUCTIVE,
        op::ADDED_PRIVILEGED,
        tool::RISK_RAISED,
        auth::CROSS_HOST_CREDENTIAL,
    ],
    host::ALL,
    shared::EMITS,
    flows::EMITS,
];

/// What drifted, with what the comparison of operations finds.
pub fn run(old: &Surface, new: &Surface, now: Option<Timestamp>) -> Vec<Finding> {
    let mut out = Vec::new();
    // Those that something of the old surface was on, and those that were told since.
    let mut hosts: BTreeSet<&str> = old.operations.iter().map(|o| o.host.as_str()).collect();
    let pairs = paired(old, new);
    let (mut security, mut moved, mut gone_now) = (Vec::new(), Vec::new(), Vec::new());
    // Most of the work, and no pair knows of another.
    let changes: Vec<Vec<Change>> = pairs
        .par_iter()
        .map(|keyed| match keyed {
            Keyed::Both(was, is) => surface::compare(was, is),
            Keyed::Added(_) | Keyed::Removed(_) => Vec::new(),
        })
        .collect();
    for (keyed, changes) in pairs.iter().zip(changes) {
        match keyed {
            Keyed::Removed(was) => {
                out.push(removed(old, was, now));
                gone_now.push(*was);
            }
            Keyed::Added(is) => {
                out.push(added(new, is));
                if hosts.insert(&is.host) {
                    out.push(new_host(new, is));
                }
            }
            Keyed::Both(was, is) => {
                security.extend(both((old, was), (new, is), changes, &mut moved, &mut out))
            }
        }
    }
    out.extend(flows::broken(old, &gone_now, Side::Base));
    moves::once(new, moved, &mut out);
    for Told { was, is, change } in shared::once(old, new, security, &mut out) {
        out.push(about(old, was, new, is, change));
    }
    out
}

/// By id, earlier ids, address, then the source's own name (formats-v2 §5). A description gives ids that nobody
/// assigned: where all its operations went to another server, their paths below it still tell which is which.
fn paired<'s>(old: &'s Surface, new: &'s Surface) -> Vec<Keyed<'s, Locked<'s>>> {
    let mut rounds = Rounds::new(old.operations.iter().collect(), new.operations.iter().collect());
    rounds.pair(|l: &Locked, _| vec![l.content.stable_id.clone()]);
    rounds.pair(|l, _| {
        l.content
            .aliases
            .iter()
            .chain([&l.content.stable_id])
            .cloned()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect()
    });
    rounds.pair(|l, _| vec![format!("{}\0{}\0{}", l.method, l.host, shape(&l.full_path()))]);
    rounds.pair(|l, _| l.content.operation_id.iter().map(|id| format!("{}\0{id}", l.method)).collect());
    if old.source.origins.is_some() || new.source.origins.is_some() {
        rounds.pair(|l, _| vec![format!("{}\0{}", l.method, shape(&l.path))]);
    }
    rounds.finish()
}

fn removed(old: &Surface, was: &Locked, now: Option<Timestamp>) -> Finding {
    let rule = gone(was, now);
    let here = match rule == op::REMOVED {
        true => "calls to it fail",
        false => "it was announced",
    };
    let request = format!("{} {}", was.method, was.full_path());
    Finding::new(
        rule,
        old.subject(&was.content.stable_id, &name(was)),
        old.place(&was.places, "", Side::Base),
    )
    .values(Some(Node::text(&request)), None)
    .says("operation", Phrase::quote(request).and_say(" gone"))
    .here(here.into())
}

/// A new operation: nothing was granted, so it weighs no more than medium (rules.md, "verdict").
fn added(new: &Surface, is: &Locked) -> Finding {
    let path = is.full_path();
    let operation_id = is.content.operation_id.as_deref();
    let assessed = assess(&Facts { operation_id, ..Facts::request(&is.method, &path) });
    let rule = rule_of_added(ToolKind::Http, &assessed);
    let request = format!("{} {path}", is.method);
    let subject = new.subject(&is.content.stable_id, &name(is));
    let finding = Finding::new(rule, subject, new.place(&is.places, "", Side::Head));
    let severity = finding.severity.min(Severity::Medium);
    finding
        .risk(assessed.tier)
        .severity(severity)
        .values(None, Some(Node::text(&request)))
        .says("new operation", Phrase::quote(request))
        .here("no tool calls it until one is minted and approved".into())
}

/// A host that nothing of the old surface was on.
fn new_host(new: &Surface, is: &Locked) -> Finding {
    let finding = Finding::new(
        host::ADDED,
        new.subject(&is.content.stable_id, &name(is)),
        new.place(&is.places, "", Side::Head),
    );
    finding
        .severity(Severity::Medium)
        .values(None, Some(Node::text(&is.host)))
        .says("host", Phrase::quote(&is.host))
        .here("no operation was on it before".into())
}

/// What changed about one operation. Changes of what it asks callers for are given back: others may share them.
fn both<'s, 'a>(
    (old, was): (&Surface, &'s Locked<'a>),
    (new, is): (&Surface, &'s Locked<'a>),
    changes: Vec<Change>,
    moved: &mut Vec<Moved>,
    out: &mut Vec<Finding>,
) -> Vec<Told<'s, 'a>> {
    let subject = || subject(old, was, new, is);
    moves::of(was, is, new, &subject, moved);
    tier_raised(was, is, new, &subject, out);
    let mut shared = Vec::new();
    for change in changes {
        match change.rule.family {
            Family::Auth => shared.push(Told { was, is, change }),
            _ => out.push(about(old, was, new, is, change)),
        }
    }
    shared
}

/// The side whose tools are known speaks; else the new operation does.
fn subject(old: &Surface, was: &Locked, new: &Surface, is: &Locked) -> Subject {
    match old.tool(&was.content.stable_id).is_some() {
        true => old.subject(&was.content.stable_id, &name(is)),
        false => new.subject(&is.content.stable_id, &name(is)),
    }
}

fn about(old: &Surface, was: &Locked, new: &Surface, is: &Locked, change: Change) -> Finding {
    let granted = old.tool(&was.content.stable_id).is_some();
    finding(change, (old, was), (new, is), &|| subject(old, was, new, is), granted)
}

type SubjectOf<'f> = dyn Fn() -> Subject + 'f;

/// The finding of a change, at its place.
pub(super) fn finding(
    change: Change,
    old: (&Surface, &Locked),
    new: (&Surface, &Locked),
    subject: &SubjectOf,
    granted: bool,
) -> Finding {
    let (surface, locked) = match change.side {
        Side::Base => old,
        Side::Head => new,
    };
    let mut finding =
        Finding::new(change.rule, subject(), surface.place(&locked.places, &change.part, change.side));
    if let Some(severity) = change.severity {
        finding = finding.severity(severity);
    }
    let only_widens = change.rule.is_on(Axis::Capability) && !change.rule.is_on(Axis::Contract);
    if only_widens && !granted && change.rule.family != Family::Auth {
        let severity = finding.severity.min(Severity::Medium);
        finding = finding.severity(severity);
    }
    finding.values(change.before, change.after).says(change.aspect, change.change).here(change.here)
}

/// What version 1 says of an operation's risk: where it rises, people look again.
fn tier_raised(was: &Locked, is: &Locked, new: &Surface, subject: &SubjectOf, out: &mut Vec<Finding>) {
    let tier = |l: &Locked| -> Option<RiskTier> { l.places.node().get("risk_tier")?.as_text()?.parse().ok() };
    let (Some(before), Some(after)) = (tier(was), tier(is)) else { return };
    if after > before {
        out.push(
            Finding::new(tool::RISK_RAISED, subject(), new.place(&is.places, "/risk_tier", Side::Head))
                .severity(Severity::Medium)
                .values(Some(Node::text(before.word())), Some(Node::text(after.word())))
                .says("risk", Phrase::say(format!("{before} → {after}")))
                .here("it can do more harm than when it was locked".into()),
        );
    }
}
