//! What tools stand on in, the actions of tools.json out: each with its texts, its arguments, and what the one
//! classifier says of its risk.

use std::collections::{BTreeSet, HashMap};

use rayon::prelude::*;

use super::closure::Closure;
use super::describe::{self, Described};
use super::entries::{self, Entry, What};
use super::graphql;
use super::inputs::{self, Inputs};
use super::operation::Operation;
use super::tags::{self, About};
use crate::canon::encode::encode;
use crate::canon::{Fault, Node, Value};
use crate::compare::properties::names;
use crate::compare::tier;
use crate::model::baseline::Baseline;
use crate::model::risk::{Effect, ReasonCode, RiskTier, ToolKind};
use crate::model::schema_version::CURRENT;
use crate::model::tool::{Confirmation, Manifest, Tool};

/// A tool that is made, with what its scope is told of it.
#[derive(Debug, Clone)]
pub(super) struct Action {
    /// The action as tools.json has it.
    pub(super) tool: Tool,
    pub(super) effect: Effect,
    pub(super) reasons: Vec<ReasonCode>,
    /// Every label.
    pub(super) labels: BTreeSet<String>,
    /// How one signs in.
    pub(super) auth: String,
    pub(super) first_party: bool,
    pub(super) observed: i64,
}

/// What actions are made under.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms<'a> {
    /// tools.json, for messages.
    pub(super) file: &'a str,
    /// Names that stay, by id.
    pub(super) names: &'a HashMap<&'a str, &'a str>,
    /// Hosts of the first party; empty: all.
    pub(super) first_party: &'a [String],
    /// Whether a person is asked before each call.
    pub(super) confirm: bool,
    /// Most calls a minute.
    pub(super) rate: Option<u64>,
    /// Members that are kept as they are, by id.
    pub(super) carried: &'a HashMap<&'a str, Vec<(String, Node)>>,
}

/// Makes the actions of a surface, in the order of its entries.
///
/// # Errors
/// More definitions than a toolpack may hold.
pub(super) fn make(surface: &Baseline, terms: &Terms) -> Result<Vec<Action>, Fault> {
    let entries = entries::entries(&surface.raw);
    let called = entries::names(&entries, terms.names);
    let secret = inputs::credentials(&surface.raw);
    let mut defs = Closure::new(terms.file, surface.raw.get("$defs"));
    let mut drafts = Vec::with_capacity(entries.len());
    for (entry, name) in entries.iter().zip(&called) {
        let carried = terms.carried.get(entry.id).map(Vec::as_slice).unwrap_or_default();
        drafts.push(draft(entry, name, carried, &secret, &mut defs)?);
    }
    let tools = read(terms.file, drafts)?;
    let both = tools.into_par_iter().zip(&entries);
    Ok(both.map(|(tool, entry)| judged(tool, entry, surface, terms)).collect())
}

fn read(file: &str, drafts: Vec<Node>) -> Result<Vec<Tool>, Fault> {
    let manifest =
        Node::map([("schema_version", Node::text(CURRENT)), ("actions", Node::new(Value::List(drafts)))]);
    Ok(Manifest::read(file, manifest)?.tools)
}

/// An action without what is judged.
fn draft(
    entry: &Entry,
    name: &str,
    carried: &[(String, Node)],
    secret: &BTreeSet<String>,
    defs: &mut Closure,
) -> Result<Node, Fault> {
    let mut members: Vec<(String, Node)> = Vec::new();
    let mut put = |key: &str, node: Node| members.push((key.to_owned(), node));
    put("name", Node::text(name));
    put("tool_id", Node::text(entry.id));
    match entry.what {
        What::Mcp { server, tool } => {
            put("kind", Node::text("mcp"));
            put("server", Node::text(server));
            put("tool", Node::text(tool));
        }
        What::WebMcp { origin, .. } => {
            put("kind", Node::text("webmcp"));
            put("origin", Node::text(origin));
        }
        What::Http(operation) => {
            let made = inputs::of_operation(&operation, secret, defs)?;
            let (place, schema) = operation.node.get("responses").and_then(answer).unzip();
            let described = described(&operation, None, schema, &made.schema, defs);
            http(&operation, &described, made, &mut put);
            put("output", place.map_or_else(Node::null, Node::text));
        }
        What::Graphql(operation, name) => {
            let made = inputs::of_graphql(operation.key, entry.node, defs)?;
            let kind = entry.node.get("type").and_then(Node::as_text);
            let schema = entry.node.get("response");
            let described = described(&operation, Some((name, kind)), schema, &made.schema, defs);
            http(&operation, &described, made, &mut put);
            put("output", schema.map_or_else(Node::null, |_| Node::text("200 application/json")));
            put("fixed_body", graphql::fixed_body(name, entry.node));
            let kind = kind.map(|kind| ("type", Node::text(kind)));
            put("graphql", Node::map([("operation_name", Node::text(name))].into_iter().chain(kind)));
        }
    }
    // Judged when it has been read.
    put("effect", Node::text("read"));
    put("risk_tier", Node::text("safe"));
    put("risk_reasons", Node::new(Value::List(Vec::new())));
    for (key, value) in carried.iter().filter(|(key, _)| key == "risk_override") {
        put(key, value.clone());
    }
    put("confirmation_required", Node::text("never"));
    put("rate_limit_per_minute", Node::int(1));
    if let What::Http(operation) | What::Graphql(operation, _) = entry.what {
        let own = entry.node.get("security").or(operation.node.get("security"));
        if let Some(security) = own {
            put("security", security.clone());
        }
    }
    let aliases = entry.aliases();
    if !aliases.is_empty() {
        put("aliases", Node::texts(aliases));
    }
    put("tags", Node::new(Value::List(Vec::new())));
    for (key, value) in carried.iter().filter(|(key, _)| key != "risk_override") {
        put(key, value.clone());
    }
    Ok(Node::map(members))
}

fn http(operation: &Operation, described: &Described, made: Inputs, put: &mut impl FnMut(&str, Node)) {
    put("kind", Node::text("http"));
    put("title", Node::text(describe::title(described)));
    put("description", Node::text(describe::text(described)));
    put("method", Node::text(operation.method));
    put("host", Node::text(operation.host));
    if !operation.base_path.is_empty() {
        put("base_path", Node::text(operation.base_path));
    }
    put("path", Node::text(operation.path));
    put("inputs", Node::map(made.places.into_iter().map(|(name, place)| (name, Node::text(place)))));
    put("input_schema", made.schema);
}

fn described<'a>(
    operation: &Operation<'a>,
    graphql: Option<(&'a str, Option<&'a str>)>,
    answer: Option<&'a Node>,
    arguments: &Node,
    defs: &Closure<'a>,
) -> Described<'a> {
    let own = graphql.is_none();
    let mut fields = names(arguments, None);
    fields.extend(answer.map(|schema| names(schema, defs.all)).unwrap_or_default());
    Described {
        method: operation.method,
        path: operation.path,
        graphql,
        summary: operation.text("summary").filter(|_| own),
        description: operation.text("description").filter(|_| own),
        returns: answer.map(|schema| members(inputs::followed(schema, defs.all))).unwrap_or_default(),
        domain: tags::domains(operation.path, &fields).first().copied(),
    }
}

/// Names of the members of an answer.
fn members(schema: &Node) -> Vec<&str> {
    let members = schema.get("properties").map(Node::members).unwrap_or_default();
    members.iter().map(|(name, _)| name.as_str()).collect()
}

/// The place and the schema of the answer to a call that went well: the lowest status, JSON where there is some.
fn answer(responses: &Node) -> Option<(String, &Node)> {
    let well = |status: &str| status.starts_with('2') || status == "default";
    let mut answers: Vec<&(String, Node)> =
        responses.members().iter().filter(|(status, _)| well(status)).collect();
    answers.sort_by(|a, b| a.0.cmp(&b.0));
    answers.into_iter().find_map(|(status, response)| {
        let (media, schema) = inputs::preferred(response.get("content")?)?;
        Some((format!("{status} {media}"), schema))
    })
}

/// The tool with what is known of its risk.
fn judged(mut tool: Tool, entry: &Entry, surface: &Baseline, terms: &Terms) -> Action {
    let first_party = tool.kind != ToolKind::Http
        || terms.first_party.is_empty()
        || tier::allows(terms.first_party, &tool.host);
    let defs = surface.raw.get("$defs");
    let found = tier::tool_risk(&tool, Some(entry.node), defs, first_party);
    let raw = entry.node.get("raw").filter(|_| tool.kind != ToolKind::Http);
    let path = if tool.kind == ToolKind::Http { tool.full_path() } else { String::new() };
    let mut names = tier::outputs(&tool, Some(entry.node), raw, defs);
    names.extend(tier::inputs(&tool, raw, &path).into_iter().map(|(name, _)| name));
    let reasons: Vec<ReasonCode> = found.reasons.iter().map(|reason| reason.code).collect();
    let about = About {
        method: &tool.method.clone(),
        path: &path,
        fields: &names,
        effect: found.effect,
        reasons: &reasons,
    };
    let declared: Vec<&str> = match entry.what {
        What::Http(operation) => operation
            .node
            .get("tags")
            .map(Node::items)
            .unwrap_or_default()
            .iter()
            .filter_map(Node::as_text)
            .collect(),
        _ => Vec::new(),
    };
    let confirmation = match terms.confirm {
        true => Confirmation::Always,
        false => confirmation(found.tier, found.effect),
    };
    let rate = terms.rate.map_or(rate(found.tier), |most| most.min(rate(found.tier)));
    let labels = tags::all(&about, &declared);
    let shown = match entry.what {
        What::Mcp { server, .. } => {
            vec![server.to_owned(), if found.effect.changes_state() { "write" } else { "read" }.to_owned()]
        }
        _ => tags::of_action(&about),
    };
    tool.raw.set("effect", Node::text(found.effect.word()));
    tool.raw.set("risk_tier", Node::text(found.tier.word()));
    tool.raw.set("risk_reasons", encode(&found.reasons));
    tool.raw.set("confirmation_required", Node::text(confirmation.word()));
    tool.raw.set("rate_limit_per_minute", Node::int(rate));
    tool.raw.set("tags", Node::texts(shown));
    tool.tier = found.tier;
    tool.effect = Some(found.effect);
    tool.confirmation = confirmation;
    tool.rate_limit = Some(rate);
    Action {
        effect: found.effect,
        reasons,
        labels,
        auth: auth(tool.raw.get("security")),
        first_party,
        observed: entry.node.at("/observed/count").and_then(Node::as_int).unwrap_or(0),
        tool,
    }
}

/// When a person is asked, by tier; what changes something is never called unasked.
fn confirmation(tier: RiskTier, effect: Effect) -> Confirmation {
    match tier {
        RiskTier::Safe | RiskTier::Low if effect.changes_state() => Confirmation::OnRisk,
        RiskTier::Safe | RiskTier::Low => Confirmation::Never,
        RiskTier::Medium => Confirmation::OnRisk,
        RiskTier::High | RiskTier::Critical => Confirmation::Always,
    }
}

/// Most calls a minute, by tier.
fn rate(tier: RiskTier) -> u64 {
    match tier {
        RiskTier::Safe => 120,
        RiskTier::Low => 60,
        RiskTier::Medium => 30,
        RiskTier::High => 10,
        RiskTier::Critical => 5,
    }
}

/// The names of the ways to sign in, between commas.
fn auth(security: Option<&Node>) -> String {
    let alternatives = security.map(Node::items).unwrap_or_default();
    let names: BTreeSet<&str> =
        alternatives.iter().flat_map(|a| a.members()).map(|(name, _)| name.as_str()).collect();
    if names.is_empty() { "none".to_owned() } else { names.into_iter().collect::<Vec<_>>().join(",") }
}
