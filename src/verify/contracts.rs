//! Contracts: is each about something that the toolpack has, and are the schemas that were compiled into it those that
//! are locked. What their assertions come to is told by outcomes.

use super::found::Found;
use super::operations::{Operations, place, request};
use super::schemas::{answer, body};
use crate::canon::{Node, Value};
use crate::compare::risk::resource_words;
use crate::compare::schema::{Context, Position, Schema, SchemaChange, compare};
use crate::model::contracts::{Compiled, Contract, Contracts};
use crate::model::finding::{Finding, Place};
use crate::model::phrase::Phrase;
use crate::model::schema::baseline::Facet;
use crate::model::surface::Locked;
use crate::model::tool::Tool;
use crate::model::verified::{Section, SectionReport, State};
use crate::rules::{Axis, Severity, verify};

/// Most differences of one schema that are named.
const NAMED: usize = 10;

/// Looks at every contract.
pub fn run(operations: &Operations, contracts: &Contracts) -> (SectionReport, Vec<Finding>) {
    let mut found = Found::default();
    for contract in &contracts.contracts {
        for (target, pointer, line) in &contract.targets {
            match operations.knows(target) {
                true => found.holds(&contract.id, "target_present"),
                false => {
                    let at = place(&contracts.file, *line, pointer);
                    missing(operations, contract, target, at, &mut found);
                }
            }
        }
        if let Some(compiled) = &contract.compiled {
            schemas(operations, contracts, contract, compiled, &mut found);
        }
        if contract.targets.is_empty() && contract.compiled.is_none() {
            let why = Phrase::say("it names no target, and no schema was compiled into it");
            found.check(&contract.id, "target_present", State::Skipped, why);
        }
    }
    found.section(Section::Contracts, &contracts.file, "no contract names a target or a schema")
}

/// A contract about something that is not there.
pub fn missing(operations: &Operations, contract: &Contract, target: &str, at: Place, found: &mut Found) {
    let why = Phrase::say("nothing here, or more than one thing, is called ").and_quote(target);
    found.check(&contract.id, "target_present", State::Fail, why.clone());
    found.findings.push(
        Finding::new(verify::TARGET_MISSING, operations.of_pack(), at)
            .values(Some(Node::text(target)), None)
            .says("contract", Phrase::quote(&contract.id).and_say(": ").and(why)),
    );
}

fn schemas(
    operations: &Operations,
    contracts: &Contracts,
    contract: &Contract,
    own: &Compiled,
    found: &mut Found,
) {
    let by_name = own.tool.as_deref().and_then(|tool| operations.find(tool));
    let by_request = operations.find(&format!("{}:{}:{}", own.method, own.host, own.path));
    // The name tells which of several is meant, and alone it tells nothing: a tool can be another one under its name.
    let named = by_name.into_iter().chain(by_request).find_map(|(operation, tool)| {
        let locked = operation.locked.as_ref().filter(|locked| is_request(locked, own))?;
        Some((operation, tool, locked))
    });
    let Some((operation, tool, locked)) = named else {
        let at = place(&contracts.file, contract.line, &contract.pointer);
        let named = format!("{} {}{}", own.method, own.host, own.path);
        return missing(operations, contract, &named, at, found);
    };
    let name = operation.name();
    let about = resource_words(&locked.full_path());
    let hold = |written: &Node, is: &Node, position| {
        let context = Context { position, writes: locked.writes(), about: &about };
        compare(Schema::new(written, None), Schema::new(is, locked.defs), &context)
    };
    let answer = answer(operation, tool).map(|answer| answer.schema);
    let body = body(operation).map(|(_, schema)| schema);
    let sides = [
        ("response_schema", &own.response, answer, Position::Response, Facet::Responses),
        ("request_schema", &own.request, body, Position::RequestBody, Facet::Request),
    ];
    for (key, written, is, position, facet) in sides {
        let Some(written) = written else { continue };
        let came = match is {
            _ if says_nothing(written) => Came::Nothing("says nothing"),
            _ if refers(written) => {
                let why = "refers to a schema that is not in the file";
                Came::Broken(Severity::Medium, vec![Phrase::say(why)])
            }
            _ if facet == Facet::Request && !locked.knows(facet) => Came::Nothing(UNTOLD),
            Some(_) if position == Position::RequestBody && sends_nothing(written) => {
                Came::Nothing("has no member, and a body is locked")
            }
            Some(is) => Came::of(hold(written, is, position)),
            None if !locked.knows(facet) => Came::Nothing(UNTOLD),
            None if sends_nothing(written) => Came::Nothing("has no member, and nothing in JSON is locked"),
            None => Came::Broken(Severity::High, vec![Phrase::say("nothing in JSON is locked")]),
        };
        let (worst, why) = match came {
            Came::Holds => {
                found.holds(&name, "schema_match");
                continue;
            }
            Came::Nothing(why) => {
                let why = Phrase::say(format!("{key} {why}"));
                found.check(&name, "schema_match", State::Skipped, why);
                continue;
            }
            Came::Broken(worst, why) => (worst, why),
        };
        let at = place(&contracts.file, contract.line, format!("{}/{key}", contract.pointer));
        let finding = Finding::new(verify::CONTRACT_BROKEN, operations.of_operation(operation, tool), at)
            .severity(worst)
            .says("contract", Phrase::quote(&contract.id).and_say(format!(": {key} is not what is locked")));
        let finding = risk(tool, finding);
        let finding = why.iter().take(NAMED).fold(finding, |finding, why| finding.why(why.clone()));
        let state = if worst >= Severity::High { State::Fail } else { State::Unknown };
        found.check(&name, "schema_match", state, why.into_iter().next().unwrap_or_default());
        found.findings.push(finding);
    }
    if own.response.is_none() && own.request.is_none() {
        let why = Phrase::say("no schema was compiled into it");
        found.check(&name, "schema_match", State::Skipped, why);
    }
}

/// Why there is nothing to compare with.
const UNTOLD: &str = "is about what the source of the toolpack could not tell";

/// What a schema of a contract came to, against the one that is locked.
enum Came {
    Holds,
    /// There is nothing to compare, and why.
    Nothing(&'static str),
    /// How grave, and what differs.
    Broken(Severity, Vec<Phrase>),
}

impl Came {
    fn of(changes: Vec<SchemaChange>) -> Came {
        let broken: Vec<SchemaChange> = changes.into_iter().filter(breaks).collect();
        match broken.iter().map(|change| change.severity).max() {
            None => Came::Holds,
            Some(worst) => Came::Broken(worst, broken.iter().take(NAMED).map(said).collect()),
        }
    }
}

/// Whether a contract is about this operation: placeholders may be called otherwise.
fn is_request(locked: &Locked, own: &Compiled) -> bool {
    request(&locked.method, &locked.host, &locked.full_path()) == request(&own.method, &own.host, &own.path)
}

/// With the tier of the tool that it is about.
pub fn risk(tool: Option<&Tool>, finding: Finding) -> Finding {
    match tool {
        // A contract is as grave as it is, whatever the tool can do.
        Some(tool) => Finding { risk: Some(tool.tier), ..finding },
        None => finding,
    }
}

/// A schema that anything fits: it would hold whatever is locked.
fn says_nothing(schema: &Node) -> bool {
    schema.members().is_empty()
}

/// What the reference system writes of a call that sends or answers nothing.
fn sends_nothing(schema: &Node) -> bool {
    schema.get("properties").is_some_and(|properties| properties.members().is_empty())
}

/// Whether a schema refers to another anywhere: a contract brings none beside its own.
fn refers(schema: &Node) -> bool {
    match &schema.value {
        Value::Map(members) => {
            members.iter().any(|(key, inner)| key == "$ref" && inner.as_text().is_some() || refers(inner))
        }
        Value::List(items) => items.iter().any(refers),
        _ => false,
    }
}

/// Whether a caller who relies on the contract would notice.
fn breaks(change: &SchemaChange) -> bool {
    change.rule.is_on(Axis::Contract) && change.severity >= Severity::Medium
}

fn said(change: &SchemaChange) -> Phrase {
    let field = match change.field.as_str() {
        "" => Phrase::default(),
        field => Phrase::quote(field).and_say(": "),
    };
    field.and(change.change.clone()).and_say(" (").and_say(change.rule.id).and_say(")")
}
