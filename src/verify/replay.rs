//! Replay: does each locked operation have its tool, each tool its locked operation, and is what a tool takes and answers
//! what was locked. Schemas are compared by the one comparison, and differences carry its rules.

use rayon::prelude::*;

use super::found::Found;
use super::operations::{Operation, Operations, place};
use super::schemas::answer;
use crate::canon::Node;
use crate::compare::arguments;
use crate::compare::risk::resource_words;
use crate::compare::schema::{Context, Position, Schema, compare};
use crate::compare::surface::{self, Change, Under, told};
use crate::model::finding::{Finding, Side};
use crate::model::phrase::Phrase;
use crate::model::surface::{Locked, Places};
use crate::model::tool::Tool;
use crate::model::verified::{Section, SectionReport, State};
use crate::rules::{Severity, par, req, val, verify};

/// Looks at every operation and every tool.
pub fn run(operations: &Operations) -> (SectionReport, Vec<Finding>) {
    let each: Vec<Found> = operations.all.par_iter().map(|one| operation(operations, one)).collect();
    let mut found = Found::default();
    each.into_iter().for_each(|one| found.add(one));
    for tool in &operations.loose {
        let file = operations.pack.tools_path();
        found.check(
            &tool.name,
            "operation_present",
            State::Fail,
            Phrase::say("the baseline does not have its operation"),
        );
        let request = format!("{} {}{}", tool.method, tool.host, tool.full_path());
        found.findings.push(
            Finding::new(
                verify::OPERATION_MISSING,
                operations.of_tool(tool),
                place(&file, tool.line(""), tool.pointer("")),
            )
            .risk(tool.tier)
            .says("operation", Phrase::say("no entry in baseline.json for ").and_quote(request)),
        );
    }
    found.section(Section::Replay, &operations.file, "neither an operation nor a tool")
}

fn operation(operations: &Operations, own: &Operation) -> Found {
    let mut found = Found::default();
    let name = own.name();
    if operations.has_tool(own) {
        found.holds(&name, "endpoint_present");
    } else {
        found.check(&name, "endpoint_present", State::Fail, Phrase::say("no tool stands on it"));
        let at = place(&operations.file, own.node.line, &own.entry.pointer);
        found.findings.push(
            Finding::new(verify::TOOL_MISSING, operations.of_operation(own, None), at)
                .says("tool", Phrase::say("no tool for ").and_quote(&name)),
        );
    }
    for tool in &own.tools {
        schemas(operations, own, tool, &name, &mut found);
    }
    found
}

/// What a tool takes and answers, against its operation. The variables of a GraphQL operation are no parameters, and a
/// tool of a server or page has no schema beside the one that is locked.
fn schemas(operations: &Operations, own: &Operation, tool: &Tool, name: &str, found: &mut Found) {
    let Some(locked) = own.locked.as_ref().filter(|o| o.graphql.is_none() && tool.graphql.is_none()) else {
        return;
    };
    let call = arguments::call(tool, Some(locked));
    let call = Locked { defs: call.defs.or(locked.defs), ..call };
    let at = Sides { operations, locked, call: &call, tool };
    let mut changes = surface::compare(locked, &call);
    changes.retain(|change| is_told(change, tool));
    at.tell(changes, name, "request_match", found);
    output(&at, own, name, found);
}

/// Whether an action says anything of what a change is about. How a value is written on the wire, whether there must be
/// a body, and what holds of the body as a whole are read from the operation when a call is made; that nothing more is
/// sent than what it names is said of all arguments together.
fn is_told(change: &Change, tool: &Tool) -> bool {
    let of_the_whole = change.part.starts_with("/request/") && !change.part.contains("/properties/");
    let closed = || {
        let schema = tool.input_schema();
        schema.and_then(|own| own.get("additionalProperties")).and_then(Node::as_bool) == Some(false)
    };
    match change.rule {
        rule if rule == par::STYLE_CHANGED || rule == req::BODY_BECAME_OPTIONAL => false,
        rule if rule == val::BOUND_REMOVED => !of_the_whole,
        rule if rule == val::ADDITIONAL_PROPERTIES_OPENED => !(of_the_whole && closed()),
        _ => true,
    }
}

/// The answer that a tool names has to be there; of the reference system tools bring a schema of their own.
fn output(at: &Sides, own: &Operation, name: &str, found: &mut Found) {
    let (tool, locked) = (at.tool, at.locked);
    if let Some(named) = tool.raw.get("output").and_then(Node::as_text) {
        let (status, media) = named.split_once(' ').map_or((named, None), |(s, m)| (s, Some(m)));
        let response = locked.content.responses.get(status);
        let is_there = response.is_some_and(|own| media.is_none_or(|media| own.content.contains_key(media)));
        if is_there {
            found.holds(name, "output_present");
            return;
        }
        found.check(
            name,
            "output_present",
            State::Fail,
            Phrase::say("no answer ").and_quote(named).and_say(" is locked"),
        );
        let file = at.operations.pack.tools_path();
        found.findings.push(
            Finding::new(
                verify::OUTPUT_MISSING,
                at.operations.of_tool(tool),
                place(&file, tool.line("output"), tool.pointer("output")),
            )
            .risk(tool.tier)
            .says("output", Phrase::say("no answer ").and_quote(named).and_say(" is locked")),
        );
        return;
    }
    let own_schema = ["output_schema", "response_schema"]
        .into_iter()
        .find_map(|key| Some((key, tool.raw.get(key).filter(|schema| !says_nothing(schema))?)));
    if let (Some((key, schema)), Some(answer)) = (own_schema, answer(own, Some(tool))) {
        if says_nothing(answer.schema) {
            return;
        }
        let about = resource_words(&locked.full_path());
        let context = Context { position: Position::Response, writes: locked.writes(), about: &about };
        let found_there =
            compare(Schema::new(answer.schema, locked.defs), Schema::new(schema, locked.defs), &context);
        let mut places = Places::new(&tool.raw, tool.pointer(""));
        places.moved(&answer.part, format!("/{key}"));
        let call = Locked { places, ..at.call.clone() };
        let under = Under { part: &answer.part, wire: "", aspect: "response" };
        let changes = found_there.into_iter().map(|change| told(change, &under, locked, &call)).collect();
        Sides { call: &call, ..*at }.tell(changes, name, "schema_match", found);
    }
}

/// An empty schema, as the reference system writes where it knows none.
fn says_nothing(schema: &Node) -> bool {
    schema.members().is_empty()
}

/// An operation, and a tool as the call that it makes.
#[derive(Clone, Copy)]
struct Sides<'s, 'a> {
    operations: &'s Operations<'a>,
    locked: &'s Locked<'a>,
    call: &'s Locked<'s>,
    tool: &'a Tool,
}

impl Sides<'_, '_> {
    /// What differs, as findings and as one check: what is grave fails it, what a person must look at leaves it open.
    fn tell(&self, changes: Vec<Change>, name: &str, what: &'static str, found: &mut Found) {
        let mut worst = State::Pass;
        let mut why = Vec::new();
        for change in changes {
            let finding = self.finding(change);
            let state = match finding.severity {
                Severity::Critical | Severity::High => State::Fail,
                Severity::Medium => State::Unknown,
                Severity::Low | Severity::Info => State::Pass,
            };
            if state != State::Pass {
                why.push(finding.change.clone());
            }
            worst = State::of([worst, state]);
            found.findings.push(finding);
        }
        let why = why.into_iter().reduce(|all, one| all.and_say("; ").and(one)).unwrap_or_default();
        found.check(name, what, worst, why);
    }

    fn finding(&self, change: Change) -> Finding {
        let at = match change.side {
            Side::Head => {
                let (pointer, line) = self.call.places.find(&change.part);
                place(&self.operations.pack.tools_path(), line, pointer)
            }
            Side::Base => {
                let (pointer, line) = self.locked.places.find(&change.part);
                place(&self.operations.file, line, pointer)
            }
        };
        let finding = Finding::new(change.rule, self.operations.of_tool(self.tool), at)
            .risk(self.tool.tier)
            .values(change.before, change.after)
            .says(change.aspect, change.change)
            .here(change.here)
            .why(Phrase::say("the tool, against the operation that it stands on"));
        match change.severity {
            Some(severity) => finding.severity(severity),
            None => finding,
        }
    }
}
