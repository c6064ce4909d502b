//! Tools of MCP servers and of pages that came, went or changed: what they take, what they give back, what
//! they say.

use super::surface::Surface;
use crate::canon::Node;
use crate::canon::time::Timestamp;
use crate::compare::keyed::{Keyed, keyed};
use crate::compare::members::same;
use crate::compare::schema::{Context, Position, Schema, compare};
use crate::compare::surface::{Under, placed};
use crate::model::finding::{Finding, Side};
use crate::model::phrase::Phrase;
use crate::model::surface::Places;
use crate::rules::{Rule, Severity, par, req, res, tool, val};

/// Every rule that this check can emit.
pub const EMITS: &[&[&Rule]] = &[
    &[tool::ADDED, tool::REMOVED, tool::DESCRIPTION_CHANGED, tool::DEFINITION_CHANGED],
    par::ALL,
    req::ALL,
    res::ALL,
    val::ALL,
];

type Entry<'a> = (&'a str, &'a str, &'a Node);

/// What drifted.
pub fn run(old: &Surface, new: &Surface, _: Option<Timestamp>) -> Vec<Finding> {
    let mut out = Vec::new();
    for entry in keyed(&old.served, &new.served, |(id, ..)| *id) {
        match entry {
            Keyed::Removed(was) => out.push(
                Finding::new(tool::REMOVED, old.subject(was.0, name(was)), place(old, was, Side::Base))
                    .values(Some(was.2.clone()), None)
                    .says("tool", Phrase::say("gone"))
                    .here("calls to it fail".into()),
            ),
            Keyed::Added(is) => out.push(
                Finding::new(tool::ADDED, new.subject(is.0, name(is)), place(new, is, Side::Head))
                    .severity(Severity::Medium)
                    .values(None, Some(is.2.clone()))
                    .says("new tool", Phrase::quote(name(is)))
                    .here("nothing calls it until it is approved".into()),
            ),
            Keyed::Both(was, is) => changed(old, was, new, is, &mut out),
        }
    }
    out
}

fn name<'a>(entry: &Entry<'a>) -> &'a str {
    let own = entry.2.at("/raw/name").and_then(Node::as_text);
    own.unwrap_or_else(|| entry.1.rsplit('/').next().unwrap_or(entry.0))
}

fn place(surface: &Surface, entry: &Entry, side: Side) -> crate::model::finding::Place {
    surface.place(&Places::new(entry.2, entry.1), "", side)
}

fn changed(old: &Surface, was: &Entry, new: &Surface, is: &Entry, out: &mut Vec<Finding>) {
    if same(was.2.get("raw"), is.2.get("raw")) {
        return;
    }
    let before = out.len();
    let places = (Places::new(was.2, was.1), Places::new(is.2, is.1));
    for (key, position, aspect) in
        [("inputSchema", Position::ToolInput, "arguments"), ("outputSchema", Position::Response, "output")]
    {
        let part = format!("/raw/{key}");
        let context = Context { position, writes: true, about: &[] };
        let schema = |entry: &Entry<'_>| entry.2.at(&part).cloned();
        let (b, h) = (schema(was), schema(is));
        let found = compare(
            Schema { node: b.as_ref(), defs: None },
            Schema { node: h.as_ref(), defs: None },
            &context,
        );
        let under = Under { part: &part, wire: "", aspect };
        for change in found {
            let change = placed(change, &under, &places.0, &places.1);
            let (surface, at) = match change.side {
                Side::Base => (old, &places.0),
                Side::Head => (new, &places.1),
            };
            let finding = Finding::new(
                change.rule,
                new.subject(is.0, name(is)),
                surface.place(at, &change.part, change.side),
            );
            out.push(
                finding
                    .severity(change.severity.unwrap_or(Severity::Medium))
                    .values(change.before, change.after)
                    .says(change.aspect, change.change)
                    .here(change.here),
            );
        }
    }
    let text = |entry: &Entry<'_>| entry.2.at("/raw/description").and_then(Node::as_text).map(str::to_owned);
    let (b, h) = (text(was), text(is));
    if b != h {
        out.push(
            Finding::new(
                tool::DESCRIPTION_CHANGED,
                new.subject(is.0, name(is)),
                new.place(&places.1, "/raw/description", Side::Head),
            )
            // Nobody has read it yet, so it is more than a word that a reviewer saw.
            .severity(Severity::Medium)
            .values(b.map(Node::text), h.map(Node::text))
            .says("description", Phrase::say("reworded"))
            .here("a model reads other words than those that were approved".into()),
        );
    }
    if out.len() == before {
        out.push(
            Finding::new(tool::DEFINITION_CHANGED, new.subject(is.0, name(is)), place(new, is, Side::Head))
                .severity(Severity::Medium)
                .values(was.2.get("raw").cloned(), is.2.get("raw").cloned())
                .says("definition", Phrase::say("differs beside schemas and description"))
                .here("hints, icons or other members are not those that were approved".into()),
        );
    }
}
