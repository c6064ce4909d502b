//! Servers that a toolpack launches or calls: which came, went, or is started or reached otherwise.

use super::check::{Check, DiffContext, Sink, place, subject};
use super::pair::Pair;
use crate::canon::Node;
use crate::canon::node::pointer_step;
use crate::compare::keyed::{Keyed, keyed};
use crate::compare::launch::{self, LaunchChange, changes, same, state};
use crate::model::client::Launch;
use crate::model::finding::{Covers, Finding, Side, SubjectKind};
use crate::model::phrase::Phrase;
use crate::model::toolpack::Toolpack;
use crate::rules::mcp;

/// The check.
pub const CHECK: Check = Check {
    name: "launches",
    emits: &[launch::EMITS, &[mcp::SERVER_ADDED, mcp::SERVER_REMOVED, mcp::SERVER_RENAMED]],
    run,
};

type Entry = (String, Launch);

fn run(pair: &Pair, _: &DiffContext, out: &mut Sink) {
    let Some(head) = pair.head else { return };
    let new = head.baseline.servers.as_slice();
    let old = pair.base.map(|base| base.baseline.servers.as_slice()).unwrap_or_default();
    let (mut come, mut gone) = (Vec::new(), Vec::new());
    for entry in keyed(old, new, |(name, _)| name.as_str()) {
        match entry {
            Keyed::Both(was, is) => {
                for change in changes(&was.1, &is.1) {
                    out.push(told(pair, head, &is.0, change));
                }
            }
            Keyed::Added(is) => come.push(is),
            Keyed::Removed(was) => gone.push(was),
        }
    }
    for is in come {
        let alone = |all: &[&Entry]| all.iter().filter(|e| same(&e.1, &is.1)).count() == 1;
        match gone.iter().position(|was| same(&was.1, &is.1)).filter(|_| alone(&gone)) {
            Some(at) => out.push(renamed(head, gone.remove(at), is)),
            None => {
                out.push(added(head, is));
                for change in state(&is.1) {
                    out.push(told(pair, head, &is.0, change));
                }
            }
        }
    }
    if let Some(base) = pair.base {
        for was in gone {
            out.push(removed(base, head, was));
        }
    }
}

fn at(pack: &Toolpack, name: &str, part: &str, side: Side) -> crate::model::finding::Place {
    let mut pointer = format!("/mcp/{}{part}", pointer_step(name));
    // Names of variables and headers stand in lists.
    if pack.baseline.raw.at(&pointer).is_none() {
        pointer.truncate(pointer.rfind('/').unwrap_or(0));
    }
    place(pack, &pack.header.baseline, &pack.baseline.raw, pointer, side)
}

fn told(pair: &Pair, head: &Toolpack, name: &str, change: LaunchChange) -> Finding {
    let part = format!("/launch{}", change.part);
    let spot = match (change.side, pair.base) {
        (Side::Base, Some(base)) => at(base, name, &part, Side::Base),
        _ => at(head, name, &part, Side::Head),
    };
    // Command and arguments are one launch line, and one cause.
    let also = match change.part.starts_with("/args") || change.part.starts_with("/command") {
        true => ["/launch/command", "/launch/args"].map(|part| at(head, name, part, Side::Head)).into(),
        false => Vec::new(),
    };
    let also: Vec<_> = also.into_iter().filter(|place| *place != spot).collect();
    let mut finding = Finding::new(change.rule, subject(head, SubjectKind::Server, name, name), spot)
        .values(change.before, change.after)
        .says(change.aspect, change.change)
        .here(change.here)
        .covered_by(Covers::Surface);
    finding.also = also;
    match change.severity {
        Some(severity) => finding.severity(severity),
        None => finding,
    }
}

fn added(head: &Toolpack, (name, launch): &Entry) -> Finding {
    let spot = at(head, name, "", Side::Head);
    Finding::new(mcp::SERVER_ADDED, subject(head, SubjectKind::Server, name, name), spot)
        .values(None, Some(Node::text(launch.line())))
        .says("new server", Phrase::quote(launch.line()))
        .here("calls of its tools go to it".into())
        .covered_by(Covers::Surface)
}

fn removed(base: &Toolpack, head: &Toolpack, (name, launch): &Entry) -> Finding {
    let spot = at(base, name, "", Side::Base);
    Finding::new(mcp::SERVER_REMOVED, subject(head, SubjectKind::Server, name, name), spot)
        .values(Some(Node::text(launch.line())), None)
        .says("server", Phrase::say("gone: ").and_quote(launch.line()))
        .here("calls of its tools fail".into())
        .covered_by(Covers::Surface)
}

fn renamed(head: &Toolpack, was: &Entry, is: &Entry) -> Finding {
    let spot = at(head, &is.0, "", Side::Head);
    Finding::new(mcp::SERVER_RENAMED, subject(head, SubjectKind::Server, &is.0, &is.0), spot)
        .values(Some(Node::text(&was.0)), Some(Node::text(&is.0)))
        .says("name", Phrase::quote(&was.0).and_say(" → ").and_quote(&is.0))
        .here("it is started or reached as before".into())
        .covered_by(Covers::Surface)
}
