//! What many operations share and what changed for all of them at once: the credentials that a document asks for
//! by default, and the schemes that credentials are of. One cause, one finding.

use std::collections::BTreeMap;

use super::surface::{Surface, name};
use crate::canon::{Node, json};
use crate::compare::surface::Change;
use crate::model::finding::{Finding, Side};
use crate::model::phrase::Phrase;
use crate::model::surface::Locked;
use crate::rules::{Level, Rule, Severity, auth};

/// Every rule that is told of what is shared, beside those of the changes themselves.
pub const EMITS: &[&Rule] = &[auth::GLOBAL_DEFAULT_CHANGED];

/// Most operations that are named.
const NAMED: usize = 10;
/// Where the default of a document stands.
const DEFAULT: &str = "/security";

/// A change of what one operation asks for, with both states of the operation.
pub struct Told<'s, 'a> {
    /// Before.
    pub was: &'s Locked<'a>,
    /// After.
    pub is: &'s Locked<'a>,
    /// What changed.
    pub change: Change,
}

/// Takes out what is told once for all operations that share it, and tells it. What is left belongs to each
/// operation.
pub fn once<'s, 'a>(
    old: &Surface,
    new: &Surface,
    told: Vec<Told<'s, 'a>>,
    out: &mut Vec<Finding>,
) -> Vec<Told<'s, 'a>> {
    let mut groups: BTreeMap<String, Vec<Told>> = BTreeMap::new();
    let mut left = Vec::new();
    for one in told {
        match key(old, new, &one) {
            Some(key) => groups.entry(key).or_default().push(one),
            None => left.push(one),
        }
    }
    for (_, group) in groups {
        let names = names(&group);
        let certain = group.iter().all(|one| inherits(old, one.was) && inherits(new, one.is));
        let same = group.iter().all(|one| one.was.content.security == one.is.content.security);
        match (same, names.len() > 1 || certain && !same) {
            (_, false) => left.extend(group),
            // The requirement is the same: what it names has changed.
            (true, true) => by_scheme(new, group, out),
            (false, true) => out.extend(by_default(new, &names, group)),
        }
    }
    left
}

/// What operations must have in common to be told together.
fn key(old: &Surface, new: &Surface, one: &Told) -> Option<String> {
    if one.change.part != DEFAULT {
        return None;
    }
    if one.was.content.security == one.is.content.security {
        return Some("scheme".to_owned());
    }
    let value = |node: &Option<Node>| node.as_ref().map(json::canonical).unwrap_or_default();
    let values = format!("{}\0{}", value(&one.change.before), value(&one.change.after));
    // A side that was not read from a document can't tell where it had its requirement from.
    let may =
        |surface: &Surface, locked: &Locked| surface.source.origins.is_none() || inherits(surface, locked);
    let any = inherits(old, one.was) || inherits(new, one.is);
    (any && may(old, one.was) && may(new, one.is)).then(|| format!("default\0{values}"))
}

/// Whether an operation asks for what its document asks for by default.
fn inherits(surface: &Surface, locked: &Locked) -> bool {
    let Some(origins) = surface.source.origins else { return false };
    locked.content.security.is_none()
        || origins.find(&locked.places.find(DEFAULT).0).is_some_and(|spot| spot.pointer == DEFAULT)
}

fn names(group: &[Told]) -> Vec<String> {
    let mut names: Vec<String> = group.iter().map(|one| name(one.is)).collect();
    names.dedup();
    names
}

/// `12 operations: a, b, …`.
pub fn affected(names: &[String]) -> Phrase {
    let count = match names.len() {
        1 => "1 operation: ".to_owned(),
        n => format!("{n} operations: "),
    };
    let told = Phrase::say(count).and(Phrase::list(names.iter().take(NAMED)));
    if names.len() > NAMED { told.and_say(" and others") } else { told }
}

/// One finding for the document's default; it weighs as much as the gravest change that it explains.
fn by_default(new: &Surface, names: &[String], group: Vec<Told>) -> Option<Finding> {
    let severity = group.iter().map(|one| severity(&one.change)).fold(Severity::High, Severity::max);
    let mut why: Vec<Phrase> = vec![affected(names)];
    for one in &group {
        let told = Phrase::say(one.change.rule.id).and_say(": ").and(one.change.change.clone());
        if !why.contains(&told) && why.len() < NAMED {
            why.push(told);
        }
    }
    let first = group.into_iter().next()?;
    let mut finding = Finding::new(
        auth::GLOBAL_DEFAULT_CHANGED,
        new.whole(),
        new.place(&first.is.places, DEFAULT, Side::Head),
    )
    .severity(severity)
    .values(first.change.before, first.change.after)
    .says("default credential", first.change.change)
    .here(affected(names));
    finding.why.extend(why);
    Some(finding)
}

/// One finding for each way in which a scheme changed, for all operations that name it.
fn by_scheme(new: &Surface, group: Vec<Told>, out: &mut Vec<Finding>) {
    let mut by_change: BTreeMap<(&str, String), Vec<Told>> = BTreeMap::new();
    for one in group {
        by_change.entry((one.change.rule.id, one.change.change.plain())).or_default().push(one);
    }
    for (_, group) in by_change {
        let names = names(&group);
        let Some(first) = group.into_iter().next() else { continue };
        let place = new.place(&first.is.places, &first.change.part, Side::Head);
        let grave = severity(&first.change);
        let mut finding = Finding::new(first.change.rule, new.whole(), place)
            .severity(grave)
            .values(first.change.before, first.change.after)
            .says(first.change.aspect, first.change.change)
            .here(first.change.here);
        finding.why.push(affected(&names));
        out.push(finding);
    }
}

fn severity(change: &Change) -> Severity {
    let usual = match change.rule.level {
        Level::Fixed(severity) => severity,
        Level::ByRisk => Severity::Medium,
        Level::Unjudged => Severity::Critical,
    };
    change.severity.unwrap_or(usual)
}
