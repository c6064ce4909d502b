//! Contracts: is each about something that the toolpack has, and are the schemas that were compiled into it those that
//! are locked. What their assertions come to is told by outcomes.

use super::found::Found;
use super::operations::{Operation, Operations, place};
use super::schemas::{answer, body};
use crate::canon::Node;
use crate::compare::risk::resource_words;
use crate::compare::schema::{Context, Position, Schema, SchemaChange, compare};
use crate::model::contracts::{Compiled, Contract, Contracts};
use crate::model::finding::{Finding, Place};
use crate::model::phrase::Phrase;
use crate::model::schema::baseline::Facet;
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
    let request = format!("{}:{}:{}", own.method, own.host, own.path);
    let by_name = || own.tool.as_deref().and_then(|tool| operations.find(tool));
    let Some(operation) = operations.find(&request).or_else(by_name) else {
        let at = place(&contracts.file, contract.line, &contract.pointer);
        let named = format!("{} {}{}", own.method, own.host, own.path);
        return missing(operations, contract, &named, at, found);
    };
    let Some(locked) = &operation.locked else { return };
    let name = operation.name();
    let about = resource_words(&locked.full_path());
    let hold = |written: &Node, is: &Node, position| {
        let context = Context { position, writes: locked.writes(), about: &about };
        compare(Schema::new(written, None), Schema::new(is, locked.defs), &context)
    };
    let mut parts = Vec::new();
    if let (Some(written), Some(answer)) = (&own.response, answer(operation)) {
        parts.push(("response_schema", hold(written, answer.schema, Position::Response)));
    }
    if let (Some(written), Some((_, is))) = (says_something(own.request.as_ref()), body(operation))
        && locked.knows(Facet::Request)
    {
        parts.push(("request_schema", hold(written, is, Position::RequestBody)));
    }
    if parts.is_empty() {
        let why = Phrase::say("no schema stands on both sides");
        found.check(&name, "schema_match", State::Skipped, why);
    }
    for (key, changes) in parts {
        let broken: Vec<SchemaChange> = changes.into_iter().filter(breaks).collect();
        let Some(worst) = broken.iter().map(|change| change.severity).max() else {
            found.holds(&name, "schema_match");
            continue;
        };
        let at = place(&contracts.file, contract.line, format!("{}/{key}", contract.pointer));
        let finding = Finding::new(verify::CONTRACT_BROKEN, operations.of_operation(operation), at)
            .severity(worst)
            .says("contract", Phrase::quote(&contract.id).and_say(format!(": {key} is not what is locked")));
        let finding = risk(operation, finding);
        let finding = broken.iter().take(NAMED).fold(finding, |finding, change| finding.why(said(change)));
        let state = if worst >= Severity::High { State::Fail } else { State::Unknown };
        let why = broken.first().map(said).unwrap_or_default();
        found.check(&name, "schema_match", state, why);
        found.findings.push(finding);
    }
}

/// With the tier of the tool that it is about.
pub fn risk(operation: &Operation, finding: Finding) -> Finding {
    match operation.tools.first() {
        // A contract is as grave as it is, whatever the tool can do.
        Some(tool) => Finding { risk: Some(tool.tier), ..finding },
        None => finding,
    }
}

/// What the reference system writes of a call that sends nothing.
fn says_something(schema: Option<&Node>) -> Option<&Node> {
    schema.filter(|own| own.get("properties").is_none_or(|properties| !properties.members().is_empty()))
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
