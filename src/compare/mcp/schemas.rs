//! What a tool takes and what it promises to give back: whether it says so at all, then field by field.

use super::both::Both;
use crate::canon::{Node, Value};
use crate::compare::schema::{Context, Position, Schema, compare};
use crate::compare::surface::{Change, Under, placed};
use crate::model::finding::Side;
use crate::model::phrase::Phrase;
use crate::model::surface::Places;
use crate::rules::{Rule, mcpt};

/// What this part can emit beyond the rules of schemas.
pub const EMITS: &[&Rule] =
    &[mcpt::INPUT_SCHEMA_MISSING, mcpt::OUTPUT_SCHEMA_ADDED, mcpt::OUTPUT_SCHEMA_REMOVED];

const INPUT: &str = "/raw/inputSchema";
const OUTPUT: &str = "/raw/outputSchema";
/// Members that limit no value.
const SILENT: [&str; 6] = ["$schema", "$id", "$comment", "title", "description", "$defs"];

/// What differs.
pub fn changes(both: &Both, out: &mut Vec<Change>) {
    let (was, is) = both.at(INPUT);
    match (is.is_some_and(speaks), was.is_some_and(speaks)) {
        (false, true) => out.push(
            Change::new(mcpt::INPUT_SCHEMA_MISSING, INPUT, "arguments")
                .on(both.side(INPUT))
                .values(was.cloned(), is.cloned())
                .says(
                    "arguments",
                    Phrase::say(if is.is_some() { "the schema is empty" } else { "no schema" }),
                )
                .here("a model no longer knows what to send, and anything is taken"),
        ),
        // What only says nothing in another way differs in nothing.
        (false, false) => {}
        (true, _) => fields(both, INPUT, Position::ToolInput, "arguments", out),
    }
    let (was, is) = both.at(OUTPUT);
    match (was.is_some(), is.is_some()) {
        (true, false) => out.push(
            Change::new(mcpt::OUTPUT_SCHEMA_REMOVED, OUTPUT, "output")
                .on(Side::Base)
                .values(was.cloned(), None)
                .says("output", "no schema any more".into())
                .here("what callers read out of answers may be missing"),
        ),
        (false, true) => out.push(
            Change::new(mcpt::OUTPUT_SCHEMA_ADDED, OUTPUT, "output")
                .values(None, is.cloned())
                .says("output", "now has a schema".into())
                .here("answers that do not follow it are refused by clients"),
        ),
        (true, true) => fields(both, OUTPUT, Position::Response, "output", out),
        (false, false) => {}
    }
}

/// Whether a schema says anything of a value.
fn speaks(schema: &Node) -> bool {
    match &schema.value {
        Value::Map(members) => {
            members.iter().any(|(key, _)| !SILENT.contains(&key.as_str()) && !key.starts_with("x-"))
        }
        Value::Bool(b) => !b,
        _ => false,
    }
}

fn fields(both: &Both, part: &str, position: Position, aspect: &'static str, out: &mut Vec<Change>) {
    let (was, is) = both.at(part);
    let context = Context { position, writes: true, about: &[] };
    let schema = |node| Schema { node, defs: None };
    let (old, new) = (Places::new(both.old, ""), Places::new(both.new, ""));
    let under = Under { part, wire: "", aspect };
    out.extend(compare(schema(was), schema(is), &context).into_iter().map(|c| placed(c, &under, &old, &new)));
}
