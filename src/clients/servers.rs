//! Servers that came, went, were renamed or changed in the configurations of clients.

use std::collections::{BTreeMap, BTreeSet};

use super::around::Around;
use super::locked;
use super::place::{below, subject};
use crate::canon::Node;
use crate::compare::launch::{LaunchChange, changes, key, state};
use crate::compare::launch_own::weakens;
use crate::model::client::{ClientFile, Server};
use crate::model::finding::{Finding, Side};
use crate::model::phrase::Phrase;
use crate::rules::{Severity, mcp};

/// What changed.
pub fn run(base: &[ClientFile], head: &[ClientFile], around: &Around) -> Vec<Finding> {
    let before: BTreeMap<&str, &ClientFile> = base.iter().map(|f| (f.path.as_str(), f)).collect();
    let after: BTreeSet<&str> = head.iter().map(|f| f.path.as_str()).collect();
    let known: BTreeSet<String> = base.iter().flat_map(|f| &f.servers).map(|s| key(&s.launch)).collect();
    let mut out = Vec::new();
    for file in head {
        one(before.get(file.path.as_str()).copied(), file, &known, around, &mut out);
    }
    for gone in base.iter().filter(|f| !after.contains(f.path.as_str())) {
        out.extend(gone.servers.iter().map(|server| removed(gone, server)));
    }
    out
}

fn one(
    base: Option<&ClientFile>,
    head: &ClientFile,
    known: &BTreeSet<String>,
    around: &Around,
    out: &mut Vec<Finding>,
) {
    let old: BTreeMap<&str, &Server> =
        base.map(|f| &f.servers).into_iter().flatten().map(|s| (s.name.as_str(), s)).collect();
    let new: BTreeSet<&str> = head.servers.iter().map(|s| s.name.as_str()).collect();
    let mut gone: BTreeMap<&str, &Server> =
        old.iter().filter(|(name, _)| !new.contains(*name)).map(|(name, s)| (*name, *s)).collect();
    let mut left: BTreeMap<String, Vec<&Server>> = BTreeMap::new();
    for server in gone.values() {
        left.entry(key(&server.launch)).or_default().push(server);
    }
    let mut come: BTreeMap<String, usize> = BTreeMap::new();
    for server in head.servers.iter().filter(|s| !old.contains_key(s.name.as_str())) {
        *come.entry(key(&server.launch)).or_default() += 1;
    }
    for server in &head.servers {
        let mut found = Vec::new();
        if let Some(was) = old.get(server.name.as_str()) {
            found.extend(
                changes(&was.launch, &server.launch).into_iter().map(|c| told(base, was, head, server, c)),
            );
            weakened(head, server, Some(was), around, &mut found);
        } else {
            let key = key(&server.launch);
            // Only where it is plain which one it was.
            match left.get(&key).map(Vec::as_slice) {
                Some([was]) if come.get(&key) == Some(&1) => {
                    gone.remove(was.name.as_str());
                    found.push(renamed(was, head, server));
                }
                _ => {
                    found.push(added(head, server, known.contains(&key)));
                    found.extend(
                        state(&server.launch).into_iter().map(|c| told(None, server, head, server, c)),
                    );
                    weakened(head, server, None, around, &mut found);
                }
            }
        }
        if !found.is_empty()
            && let Some((approval, path)) = locked::approval(&server.launch, around.locked)
        {
            let locked = |f: &&mut Finding| f.rule != mcp::LAUNCH_CASK_WEAKENED;
            for finding in found.iter_mut().filter(locked) {
                finding.approval = approval.clone();
                finding.why.push(Phrase::say("signed so in the toolpack ").and_quote(&path));
            }
        }
        out.extend(found);
    }
    if let Some(base) = base {
        out.extend(gone.into_values().map(|server| removed(base, server)));
    }
}

/// A change of a launch line as a finding.
fn told(
    base: Option<&ClientFile>,
    was: &Server,
    head: &ClientFile,
    is: &Server,
    change: LaunchChange,
) -> Finding {
    let place = match (change.side, base) {
        (Side::Base, Some(base)) => below(base, was, &change.part, Side::Base),
        _ => below(head, is, &change.part, Side::Head),
    };
    let finding = Finding::new(change.rule, subject(head, &is.name), place)
        .values(change.before, change.after)
        .says(change.aspect, change.change)
        .here(change.here);
    match change.severity {
        Some(severity) => finding.severity(severity),
        None => finding,
    }
}

fn line(server: &Server) -> Node {
    Node::text(server.launch.line())
}

fn added(head: &ClientFile, server: &Server, is_known: bool) -> Finding {
    let mut finding =
        Finding::new(mcp::SERVER_ADDED, subject(head, &server.name), below(head, server, "", Side::Head))
            .values(None, Some(line(server)))
            .says("new server", Phrase::quote(server.launch.line()))
            .here("every client that reads this file starts or calls it".into());
    // Another client starts it already: nothing runs that did not run before.
    if is_known {
        finding = finding.severity(Severity::Medium).why(Phrase::say("another client has it already"));
    }
    if !server.launch.env.is_empty() {
        finding = finding.why(Phrase::say("it gets ").and(Phrase::list(server.launch.env.keys())));
    }
    if !server.launch.headers.is_empty() {
        finding = finding.why(Phrase::say("it is sent ").and(Phrase::list(server.launch.headers.keys())));
    }
    finding
}

fn removed(base: &ClientFile, server: &Server) -> Finding {
    Finding::new(mcp::SERVER_REMOVED, subject(base, &server.name), below(base, server, "", Side::Base))
        .values(Some(line(server)), None)
        .says("server", Phrase::say("gone: ").and_quote(server.launch.line()))
        .here("agents no longer have its tools".into())
}

fn renamed(was: &Server, head: &ClientFile, server: &Server) -> Finding {
    Finding::new(mcp::SERVER_RENAMED, subject(head, &server.name), below(head, server, "", Side::Head))
        .values(Some(Node::text(&was.name)), Some(Node::text(&server.name)))
        .says("name", Phrase::quote(&was.name).and_say(" → ").and_quote(&server.name))
        .here("it is started as before".into())
}

fn weakened(
    head: &ClientFile,
    server: &Server,
    was: Option<&&Server>,
    around: &Around,
    out: &mut Vec<Finding>,
) {
    // The same words with another value are another weakening.
    let before: BTreeSet<(String, Option<String>)> = was
        .map(|s| weakens(&s.launch, around.hosts))
        .unwrap_or_default()
        .into_iter()
        .map(|weak| (weak.word, weak.value))
        .collect();
    let mut found = weakens(&server.launch, around.hosts);
    found.retain(|weak| !before.contains(&(weak.word.clone(), weak.value.clone())));
    if let Some(finding) = super::state::weakened(head, server, &found) {
        // One that says how it is weakened absorbs that it is launched otherwise, there and nowhere else.
        let absorbed = |pointer: &str| {
            let part = pointer.strip_prefix(server.pointer.as_str()).unwrap_or_default();
            part.starts_with("/args") || part == "/command" || found.iter().any(|weak| weak.part == part)
        };
        out.retain(|f| f.rule != mcp::LAUNCH_COMMAND_CHANGED || !absorbed(&f.place.pointer));
        out.push(finding);
    }
}
