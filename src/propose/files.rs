//! What is drafted in, the texts of its three files out. The same capture gives the same bytes: their time is that of
//! the last call, and their ids follow from what they name.

use std::collections::BTreeMap;

use super::drafted::Drafted;
use super::family::Family;
use super::parameter::Parameter;
use super::proposal::Proposal;
use super::question::Question;
use crate::canon::digest::{sha256_hex, short};
use crate::canon::emit::emit_yaml;
use crate::canon::{Node, Value};

/// The endpoints.
pub const CATALOG: &str = "endpoint_catalog.yaml";
/// The candidates for tools.
pub const PROPOSALS: &str = "tools.proposed.yaml";
/// What should be captured next.
pub const QUESTIONS: &str = "questions.yaml";
/// The version of all three.
pub const VERSION: &str = "1.0.0";

/// What the files say of where they come from.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// The capture.
    pub capture_id: &'a str,
    /// The name of the scope.
    pub scope: &'a str,
    /// When the last of its calls was made, if that is known.
    pub last: Option<&'a str>,
}

impl Origin<'_> {
    /// The folder that the files lie in.
    pub fn folder(&self) -> String {
        let words = format!("{}:{}:proposal", self.capture_id, self.scope);
        format!("proposal_{}", short(&sha256_hex(words.as_bytes()), 12))
    }
}

/// The files by name.
pub fn texts(drafted: &Drafted, origin: Origin) -> BTreeMap<&'static str, String> {
    let file = |list: &'static str, items: Vec<Node>| {
        let node = Node::map([
            ("version", Node::text(VERSION)),
            ("generated_at", origin.last.map_or_else(Node::null, Node::text)),
            ("capture_id", Node::text(origin.capture_id)),
            ("scope", Node::text(origin.scope)),
            (list, Node::new(Value::List(items))),
        ]);
        emit_yaml(&node)
    };
    BTreeMap::from([
        (CATALOG, file("families", drafted.families.iter().map(of_family).collect())),
        (PROPOSALS, file("proposals", drafted.proposals.iter().map(of_proposal).collect())),
        (QUESTIONS, file("questions", drafted.questions.iter().map(of_question).collect())),
    ])
}

fn kind(is_graphql: bool) -> Node {
    Node::text(if is_graphql { "graphql" } else { "rest" })
}

fn of_family(family: &Family) -> Node {
    let operations = family.operations().map(|member| {
        Node::map([
            ("name", Node::text(member.tool.graphql.as_deref().unwrap_or_default())),
            ("type", Node::text(member.tool.graphql_type.as_deref().unwrap_or("unknown"))),
            ("count", Node::int(member.calls)),
        ])
    });
    Node::map([
        ("family_id", Node::text(&family.id)),
        ("host", Node::text(family.host)),
        ("method", Node::text(family.method)),
        ("path_template", Node::text(&family.path)),
        ("kind", kind(family.is_graphql)),
        ("observation_count", Node::int(family.observed)),
        ("success_count", Node::int(family.answered)),
        ("risk_tier", Node::text(family.tier.word())),
        ("confidence", Node::int(family.confidence)),
        ("tags", Node::texts(family.tags.iter().copied())),
        ("response_key_hints", Node::texts(family.hints.iter().copied())),
        // No path is kept as it was called: ids stand in it.
        ("sample_paths", Node::texts([&family.path])),
        ("parameters", list(&family.parameters)),
        ("graphql_operations", Node::new(Value::List(operations.collect()))),
        ("needs_more_examples", Node::bool(family.needs_more())),
    ])
}

fn of_proposal(proposal: &Proposal) -> Node {
    let tool = proposal.tool;
    let text = |text: &Option<String>| text.as_ref().map_or_else(Node::null, Node::text);
    let type_of = || Node::text(tool.graphql_type.as_deref().unwrap_or("unknown"));
    Node::map([
        ("proposal_id", Node::text(&proposal.id)),
        ("tool_id", Node::text(&tool.id)),
        ("name", Node::text(&tool.name)),
        ("kind", kind(tool.graphql.is_some())),
        ("host", Node::text(&tool.host)),
        ("method", Node::text(&tool.method)),
        ("path_template", Node::text(&proposal.path)),
        ("risk_tier", Node::text(proposal.tier.word())),
        ("confidence", Node::int(proposal.confidence)),
        ("requires_review", Node::bool(proposal.requires_review)),
        ("parameters", list(&proposal.parameters)),
        ("fixed_body", tool.raw.get("fixed_body").cloned().unwrap_or_else(Node::null)),
        ("operation_name", text(&tool.graphql)),
        ("operation_type", tool.graphql.as_ref().map_or_else(Node::null, |_| type_of())),
        ("rationale", Node::texts(proposal.rationale.iter().cloned())),
    ])
}

fn of_question(question: &Question) -> Node {
    Node::map([
        ("question_id", Node::text(&question.id)),
        ("family_id", Node::text(&question.family_id)),
        ("priority", Node::int(question.priority)),
        ("prompt", Node::text(&question.prompt)),
        ("capture_hint", Node::text(&question.capture_hint)),
    ])
}

fn list(parameters: &[Parameter]) -> Node {
    Node::new(Value::List(parameters.iter().map(of_parameter).collect()))
}

fn of_parameter(parameter: &Parameter) -> Node {
    let mut made = vec![
        ("name", Node::text(&parameter.name)),
        ("location", Node::text(parameter.location)),
        ("required", Node::bool(parameter.required)),
        ("variability", Node::text(parameter.variability())),
        ("observed_values", Node::new(Value::List(parameter.observed.clone()))),
        ("default", parameter.default.clone().unwrap_or_else(Node::null)),
        ("source", Node::text(parameter.source())),
    ];
    if let Some(resolver) = parameter.resolver {
        let members = [("name", resolver.name), ("description", resolver.description), ("source", "runtime")];
        made.push(("resolver", Node::map(members.map(|(key, text)| (key, Node::text(text))))));
    }
    Node::map(made)
}
