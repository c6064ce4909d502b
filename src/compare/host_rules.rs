//! A change of a host, or a new host, in; the rule that speaks of it and what it means here, out.

use super::hosts::{HostChange, is_private, lookalike, parse, variables};
use crate::model::phrase::Phrase;
use crate::rules::{Rule, host};

/// The rule of a change, and what it means.
pub fn told(change: &HostChange) -> (&'static Rule, Phrase) {
    match change {
        HostChange::SchemeDowngraded => {
            (host::SCHEME_DOWNGRADED, "whoever is on the way reads and changes what is sent".into())
        }
        HostChange::Wildcarded => {
            (host::WILDCARDED, "any host under the domain, also one made tomorrow".into())
        }
        HostChange::PrivateTarget(class) => (
            host::PRIVATE_TARGET,
            Phrase::say(format!("{class}: reachable from the machine that runs the agent, not from outside")),
        ),
        HostChange::Lookalike(why) => (host::LOOKALIKE, Phrase::say(why.clone())),
        HostChange::RegistrableDomainChanged { from, to } => (
            host::REGISTRABLE_DOMAIN_CHANGED,
            Phrase::quote(from).and_say(" and ").and_quote(to).and_say(" can have different owners"),
        ),
        HostChange::TemplateVariableAdded(name) => (
            host::TEMPLATE_VARIABLE_ADDED,
            Phrase::say("who fills in ").and_quote(name).and_say(" chooses where the call goes"),
        ),
        HostChange::PortChanged => (host::PORT_CHANGED, "another port is another service".into()),
        HostChange::Changed => (host::CHANGED, "another machine of the same domain".into()),
    }
}

/// What a host that was not there before is by itself, the general rule only where no other speaks.
pub fn alone(text: &str, others: &[&str]) -> Vec<(&'static Rule, Phrase)> {
    let name = parse(text).map_or_else(|_| text.to_lowercase(), |spec| spec.name);
    let mut found = Vec::new();
    if let Some(class) = is_private(text) {
        found.push(told(&HostChange::PrivateTarget(class)));
    }
    if text.contains('*') {
        found.push(told(&HostChange::Wildcarded));
    }
    if let Some(variable) = variables(text).first() {
        found.push(told(&HostChange::TemplateVariableAdded((*variable).to_owned())));
    }
    let imitated = others.iter().find_map(|other| {
        let other = parse(other).map_or_else(|_| other.to_lowercase(), |spec| spec.name);
        lookalike(&other, &name).map(|why| (other, why))
    });
    if let Some((other, why)) = imitated {
        let (rule, here) = told(&HostChange::Lookalike(why));
        found.push((rule, here.and_say(": ").and_quote(other)));
    }
    if found.is_empty() {
        let plain = text.to_lowercase().starts_with("http://");
        let here = if plain {
            "could not be reached before; calls are not encrypted"
        } else {
            "could not be reached before"
        };
        found.push((host::ADDED, here.into()));
    }
    found
}
