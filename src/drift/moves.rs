//! Operations that are called elsewhere than before: another host, another base path, other server variables. Many that moved alike moved
//! for one cause, and are told once.

use std::collections::BTreeMap;

use super::shared::affected;
use super::surface::{Surface, name};
use crate::canon::Node;
use crate::compare::host_rules::told;
use crate::compare::hosts::{self, HostChange, variables};
use crate::compare::paths::shape;
use crate::compare::server_variables;
use crate::model::finding::{Finding, Side, Subject};
use crate::model::phrase::Phrase;
use crate::model::surface::Locked;
use crate::rules::{Rule, auth, host};

/// A finding that other operations may share, and the name of the one that it is about.
pub struct Moved {
    finding: Finding,
    name: String,
}

/// Where an operation went.
pub fn of(was: &Locked, is: &Locked, new: &Surface, subject: &dyn Fn() -> Subject, out: &mut Vec<Moved>) {
    let full = |l: &Locked| match l.content.scheme.as_deref() {
        Some("http") => format!("http://{}", l.host),
        _ => l.host.clone(),
    };
    let (before, after) = (full(was), full(is));
    let mut put =
        |rule: &'static Rule, part: &str, values: (&str, &str), aspect, change: Phrase, here: Phrase| {
            let finding = Finding::new(rule, subject(), new.place(&is.places, part, Side::Head))
                .values(Some(Node::text(values.0)), Some(Node::text(values.1)))
                .says(aspect, change)
                .here(here);
            out.push(Moved { finding, name: name(is) });
        };
    for change in hosts::compare(&before, &after) {
        let (rule, here) = told(&change);
        put(
            rule,
            "",
            (&before, &after),
            "host",
            Phrase::quote(&before).and_say(" → ").and_quote(&after),
            here,
        );
    }
    let asks = is.content.security.as_ref().is_some_and(|s| !s.is_empty());
    if was.host != is.host && asks {
        let here = Phrase::say("what is asked for ").and_quote(&before).and_say(" would go to the new host");
        let change = Phrase::say("would be sent to the new host");
        put(auth::CROSS_HOST_CREDENTIAL, "/security", (&before, &after), "credential", change, here);
    }
    let base = |l: &Locked| l.content.base_path.clone().unwrap_or_default();
    let (before, after) = (base(was), base(is));
    // The same address may be split otherwise; a parameter may have got another name on the way.
    if was.host == is.host && before != after && shape(&was.path) == shape(&is.path) {
        let old = variables(&before);
        let variable = variables(&after).into_iter().find(|v| !old.contains(v));
        let (rule, here) = match variable {
            Some(name) => told(&HostChange::TemplateVariableAdded(name.to_owned())),
            None => (host::BASE_PATH_CHANGED, "every call goes to another place on the same host".into()),
        };
        let change = Phrase::quote(&before).and_say(" → ").and_quote(&after);
        put(rule, "/base_path", (&before, &after), "base path", change, here);
    }
    for change in server_variables::compare(was, is) {
        let place = new.place(&is.places, &change.part, Side::Head);
        let mut finding = Finding::new(change.rule, subject(), place);
        if let Some(severity) = change.severity {
            finding = finding.severity(severity);
        }
        let finding =
            finding.values(change.before, change.after).says(change.aspect, change.change).here(change.here);
        out.push(Moved { finding, name: name(is) });
    }
}

/// The same, with what many operations share told once.
pub fn once(new: &Surface, moved: Vec<Moved>, out: &mut Vec<Finding>) {
    let mut order: Vec<Vec<Moved>> = Vec::new();
    let mut known: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for one in moved {
        let words = one.finding.change.plain() + "\0" + &one.finding.here.plain();
        let at = *known.entry((one.finding.rule.id, words)).or_insert(order.len());
        if at == order.len() {
            order.push(Vec::new());
        }
        order[at].push(one);
    }
    for group in order {
        let names: Vec<String> = group.iter().map(|one| one.name.clone()).collect();
        let mut findings = group.into_iter().map(|one| one.finding);
        let Some(mut first) = findings.next() else { continue };
        if names.len() > 1 {
            first.subject = new.whole();
            first.why.push(affected(&names));
            if let Some(gravest) = findings.map(|f| f.severity).max() {
                first.severity = first.severity.max(gravest);
            }
        }
        out.push(first);
    }
}
