//! Operations that were not called, that answer that they are gone, and calls of what nobody knows.

use std::collections::BTreeMap;

use super::sides::{Called, Sides};
use super::told::{challenge, observed, of_calls, of_operation, request, statuses};
use crate::canon::Node;
use crate::compare::hosts;
use crate::compare::risk::{Facts, assess};
use crate::compare::surface::gone;
use crate::drift::flows;
use crate::drift::limits::Limits;
use crate::model::finding::Finding;
use crate::model::phrase::Phrase;
use crate::model::surface::Locked;
use crate::rules::{Rule, Severity, flow, obs, op};

/// Every rule that this check can emit.
pub const EMITS: &[&Rule] = &[
    op::NOT_OBSERVED,
    op::REMOVED,
    op::REMOVED_AFTER_SUNSET,
    op::REMOVED_BEFORE_SUNSET,
    obs::GONE,
    obs::CHALLENGE_PAGE,
    obs::UNDOCUMENTED_ENDPOINT,
    obs::HOST_NEW,
    flow::DEPENDENCY_BROKEN,
];

/// Calls after which "not there" is about the operation, and not about one thing that it was asked for.
const SEVERAL: u64 = 3;
/// Operations of one host that are named.
const NAMED: usize = 10;

/// What was found.
pub fn run(sides: &Sides, limits: &Limits) -> Vec<Finding> {
    let mut out = Vec::new();
    if sides.calls_are_new {
        let mut gone = Vec::new();
        for one in &sides.called {
            if let Some(finding) = gone_now(sides, one) {
                gone.extend((finding.severity >= Severity::High).then_some(one.was));
                out.push(finding);
            }
        }
        out.extend(flows::broken(sides.surface, &gone, sides.side()));
        out.extend(sides.uncalled.iter().map(|was| not_called(sides, was)));
        unknown(sides, &mut out);
    } else {
        // What was called once is not in a surface that lists all it has.
        out.extend(sides.unknown.iter().map(|is| removed(sides, is, limits)));
    }
    out.extend(sides.called.iter().filter_map(|one| page(sides, one)));
    out
}

fn not_called(sides: &Sides, was: &Locked) -> Finding {
    of_operation(op::NOT_OBSERVED, sides, was, "")
        .says("operation", request(was).and_say(" not called"))
        .here("nothing is known of it: a recording shows only what was used".into())
}

fn gone_now(sides: &Sides, one: &Called) -> Option<Finding> {
    let all = statuses(one.is);
    if all.is_empty() || !all.iter().all(|status| matches!(status, 404 | 410)) || challenge(one).is_some() {
        return None;
    }
    // One thing that is not there is not the place where such things are.
    let one_thing = one.was.full_path().contains('{')
        && !all.contains(&410)
        && observed(one.is, "count").is_none_or(|count| count < SEVERAL);
    let (severity, here) = match one_thing {
        true => (Severity::Medium, "it, or the one thing that was asked for, is not there"),
        false => (Severity::High, "calls to it fail"),
    };
    let told: Vec<String> = all.iter().map(u16::to_string).collect();
    let finding = of_operation(obs::GONE, sides, one.was, "")
        .severity(severity)
        .values(None, Some(Node::texts(told.iter())))
        .says("operation", request(one.was).and_say(format!(" answers {} only", told.join(" and "))))
        .here(here.into());
    Some(finding)
}

fn removed(sides: &Sides, is: &Locked, limits: &Limits) -> Finding {
    of_calls(gone(is, limits.now), sides, is)
        .values(Some(Node::text(format!("{} {}", is.method, is.full_path()))), None)
        .says("operation", request(is).and_say(" gone"))
        .here("it was called, and is not there any more".into())
}

/// Calls of what is not known: those to one host that is not known are one cause.
fn unknown(sides: &Sides, out: &mut Vec<Finding>) {
    let known = |host: &str| sides.surface.operations.iter().any(|o| o.host == host) || lists(sides, host);
    let mut hosts: BTreeMap<&str, (bool, Vec<&Locked>)> = BTreeMap::new();
    for is in &sides.unknown {
        let host = hosts.entry(is.host.as_str()).or_insert_with(|| (known(&is.host), Vec::new()));
        host.1.push(is);
    }
    for (host, (is_known, calls)) in hosts {
        match is_known {
            true => out.extend(
                calls.into_iter().filter(|is| !is_shadow(sides, is)).map(|is| undocumented(sides, is)),
            ),
            false => out.extend(new_host(sides, host, &calls)),
        }
    }
}

/// Whether the toolpack allows a host.
fn lists(sides: &Sides, host: &str) -> bool {
    let Ok(spec) = hosts::parse(host) else { return false };
    let names = |own: &String| hosts::parse(own).is_ok_and(|own| own.names(&spec) && own.port == spec.port);
    sides.surface.source.pack.is_some_and(|pack| pack.header.allowed_hosts.iter().any(names))
}

/// What can be read can be asked for its head.
fn is_shadow(sides: &Sides, is: &Locked) -> bool {
    let same = |was: &Locked| was.method == "GET" && was.host == is.host && was.full_path() == is.full_path();
    is.method == "HEAD"
        && sides.called.iter().map(|one| one.was).chain(sides.uncalled.iter().copied()).any(same)
}

fn undocumented(sides: &Sides, is: &Locked) -> Finding {
    let path = is.full_path();
    let assessed = assess(&Facts::request(&is.method, &path));
    let mut finding = of_calls(obs::UNDOCUMENTED_ENDPOINT, sides, is).risk(assessed.tier);
    finding.severity = finding.severity.min(Severity::High);
    let count = observed(is, "count").unwrap_or(1);
    let calls = if count == 1 { "1 call was".to_owned() } else { format!("{count} calls were") };
    finding
        .values(None, Some(Node::text(format!("{} {path}", is.method))))
        .says("operation", request(is).and_say(" is not known"))
        .here(Phrase::say(format!("{calls} recorded of what no tool calls")))
}

fn new_host(sides: &Sides, host: &str, calls: &[&Locked]) -> Option<Finding> {
    let first = calls.first()?;
    let mut finding = of_calls(obs::HOST_NEW, sides, first)
        .values(None, Some(Node::text(host)))
        .says("host", Phrase::quote(host).and_say(" is not known"))
        .here("nothing of what was locked is on it".into());
    finding.subject = sides.calls.whole();
    let named = calls.iter().take(NAMED).map(|is| format!("{} {}", is.method, is.full_path()));
    let told = Phrase::say("called there: ").and(Phrase::list(named));
    finding.why.push(if calls.len() > NAMED { told.and_say(" and others") } else { told });
    Some(finding)
}

fn page(sides: &Sides, one: &Called) -> Option<Finding> {
    let status = challenge(one)?;
    let finding = of_operation(obs::CHALLENGE_PAGE, sides, one.was, "/responses")
        .values(None, Some(Node::text(&status)))
        .says("response", Phrase::say("a page came with status ").and_quote(status))
        .here("something asked whether a person calls, so nothing is known of the operation".into());
    Some(finding)
}
