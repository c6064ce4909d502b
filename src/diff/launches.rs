//! Servers that a toolpack launches or calls: which came, went, or is started or reached otherwise.

use super::check::{Check, DiffContext, Sink, place, subject};
use super::offers::placed;
use super::pair::Pair;
use super::servers::{Server, Servers};
use crate::canon::Node;
use crate::compare::keyed::Keyed;
use crate::compare::launch::{self, LaunchChange, changes, state};
use crate::model::client::Launch;
use crate::model::finding::{Covers, Finding, Place, Side, SubjectKind};
use crate::model::phrase::Phrase;
use crate::model::toolpack::Toolpack;
use crate::rules::mcp;

/// The check.
pub const CHECK: Check = Check {
    name: "launches",
    emits: &[launch::EMITS, &[mcp::SERVER_ADDED, mcp::SERVER_REMOVED, mcp::SERVER_RENAMED]],
    run,
};

fn run(pair: &Pair, _: &DiffContext, out: &mut Sink) {
    let Some(head) = pair.head else { return };
    let servers = Servers::of(pair);
    for entry in servers.paired() {
        let (was, is) = match entry {
            Keyed::Both(was, is) => (Some(was), Some(is)),
            Keyed::Added(is) => (None, Some(is)),
            Keyed::Removed(was) => (Some(was), None),
        };
        match (pair.base.zip(was).zip(was.and_then(|s| s.launch)), is.zip(is.and_then(|s| s.launch))) {
            (Some(((base, was), old)), Some((is, new))) => {
                if was.name != is.name {
                    out.push(renamed(head, was, is));
                }
                for change in changes(old, new) {
                    out.push(told(change, Some((base, was)), (head, is)));
                }
            }
            (None, Some((is, new))) => {
                out.push(added(head, is, was, new));
                let base = pair.base.zip(was);
                for change in state(new) {
                    out.push(told(change, base, (head, is)));
                }
            }
            (Some(((base, was), old)), None) => out.push(removed((base, was), (head, is), old)),
            (None, None) => {}
        }
    }
}

fn at(pack: &Toolpack, server: &Server, part: &str, side: Side) -> Place {
    let pointer = format!("{}{part}", server.pointer);
    place(pack, &pack.header.baseline, &pack.baseline.raw, pointer, side)
}

fn told(
    change: LaunchChange,
    base: Option<(&Toolpack, &Server)>,
    (head, is): (&Toolpack, &Server),
) -> Finding {
    let base = base.map(|(base, was)| (base, (was.node, was.pointer.clone())));
    let base = base.as_ref().map(|(base, spot)| (*base, Some(spot)));
    let new = (is.node, is.pointer.clone());
    let subject = subject(head, SubjectKind::Server, is.name, is.name);
    placed(change.of_server(), subject, base, (head, Some(&new))).covered_by(Covers::Surface)
}

/// Where a server came or went; where only its launch line did, that alone: what else it says is still compared.
fn whole(other: Option<&Server>) -> &'static str {
    if other.is_some() { "/launch" } else { "" }
}

fn added(head: &Toolpack, is: &Server, was: Option<&Server>, launch: &Launch) -> Finding {
    let spot = at(head, is, whole(was), Side::Head);
    Finding::new(mcp::SERVER_ADDED, subject(head, SubjectKind::Server, is.name, is.name), spot)
        .values(None, Some(Node::text(launch.line())))
        .says("new server", Phrase::quote(launch.line()))
        .here("calls of its tools go to it".into())
        .covered_by(Covers::Surface)
}

fn removed(
    (base, was): (&Toolpack, &Server),
    (head, is): (&Toolpack, Option<&Server>),
    launch: &Launch,
) -> Finding {
    let spot = at(base, was, whole(is), Side::Base);
    Finding::new(mcp::SERVER_REMOVED, subject(head, SubjectKind::Server, was.name, was.name), spot)
        .values(Some(Node::text(launch.line())), None)
        .says("server", Phrase::say("gone: ").and_quote(launch.line()))
        .here("calls of its tools fail".into())
        .covered_by(Covers::Surface)
}

fn renamed(head: &Toolpack, was: &Server, is: &Server) -> Finding {
    // What it says beside that is compared for itself: the name speaks for the launch line alone.
    let spot = at(head, is, "/launch", Side::Head);
    Finding::new(mcp::SERVER_RENAMED, subject(head, SubjectKind::Server, is.name, is.name), spot)
        .values(Some(Node::text(was.name)), Some(Node::text(is.name)))
        .says("name", Phrase::quote(was.name).and_say(" → ").and_quote(is.name))
        .here("it is started or reached as before".into())
        .covered_by(Covers::Surface)
}
