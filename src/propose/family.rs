//! A toolpack in, its endpoints out: each with its tools, what calls showed of it, and how sure it is.

use std::collections::{BTreeMap, BTreeSet};

use super::confidence::{self, Evidence};
use super::parameter::{self, Parameter};
use crate::canon::Node;
use crate::canon::digest::{sha256_hex, short};
use crate::model::risk::{RiskTier, ToolKind};
use crate::model::seen::{Heard, Told, Variety};
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;

/// Most members of an answer that are named.
const HINTS: usize = 8;

/// An endpoint: host, method and path.
#[derive(Debug, Clone)]
pub struct Family<'p> {
    /// `fam_` and 12 hex digits.
    pub id: String,
    /// Its host.
    pub host: &'p str,
    /// Its method.
    pub method: &'p str,
    /// Its path with placeholders.
    pub path: String,
    /// Whether it speaks GraphQL.
    pub is_graphql: bool,
    /// How often it was called.
    pub observed: u64,
    /// How often it was answered with success.
    pub answered: u64,
    /// The gravest of its tools.
    pub tier: RiskTier,
    /// How sure it is, in percent.
    pub confidence: u8,
    /// Labels of its tools.
    pub tags: BTreeSet<&'p str>,
    /// Members of an answer.
    pub hints: Vec<&'p str>,
    /// Inputs of its tools.
    pub parameters: Vec<Parameter>,
    /// Its tools by name: one, or one for each GraphQL operation.
    pub tools: Vec<Member<'p>>,
}

/// A tool of an endpoint.
#[derive(Debug, Clone)]
pub struct Member<'p> {
    /// The tool.
    pub tool: &'p Tool,
    /// How often it was called.
    pub calls: u64,
    /// Its inputs.
    pub parameters: Vec<Parameter>,
}

impl Family<'_> {
    /// How people write it.
    pub fn address(&self) -> String {
        format!("{} {}{}", self.method, self.host, self.path)
    }

    /// Whether more of it should be seen.
    pub fn needs_more(&self) -> bool {
        self.observed < 2 || self.answered == 0
    }

    /// Names of its GraphQL operations.
    pub fn operations(&self) -> impl Iterator<Item = &Member<'_>> {
        self.tools.iter().filter(|member| member.tool.graphql.is_some())
    }
}

/// The endpoints of a toolpack by host, method and path.
pub fn all<'p>(pack: &'p Toolpack, told: &Told) -> Vec<Family<'p>> {
    let mut by_address: BTreeMap<(&str, &str, String), Vec<&Tool>> = BTreeMap::new();
    for tool in pack.manifest.tools.iter().filter(|tool| tool.kind == ToolKind::Http) {
        by_address.entry((&tool.host, &tool.method, tool.full_path())).or_default().push(tool);
    }
    by_address.into_iter().map(|(address, tools)| of(pack, told, address, tools)).collect()
}

fn of<'p>(
    pack: &'p Toolpack,
    told: &Told,
    (host, method, path): (&'p str, &'p str, String),
    mut tools: Vec<&'p Tool>,
) -> Family<'p> {
    tools.sort_by(|a, b| a.name.cmp(&b.name));
    let key = format!("{host}{path} {method}");
    let nothing = Heard::default();
    let heard = |name: Option<&String>| told.get(&(key.clone(), name.cloned())).unwrap_or(&nothing);
    let whole = heard(None);
    let members: Vec<Member> = tools
        .iter()
        .map(|tool| {
            let heard = heard(tool.graphql.as_ref());
            Member { tool, calls: heard.calls, parameters: parameter::all(tool, heard) }
        })
        .collect();
    let mut parameters: Vec<Parameter> = Vec::new();
    for parameter in members.iter().flat_map(|member| &member.parameters) {
        let same =
            |known: &&Parameter| (known.location, &known.name) == (parameter.location, &parameter.name);
        if !parameters.iter().any(|known| same(&known)) {
            parameters.push(parameter.clone());
        }
    }
    let is_graphql = tools.iter().any(|tool| tool.graphql.is_some());
    let own = || parameters.iter().filter(|parameter| parameter.resolver.is_none());
    let confidence = confidence::of_family(Evidence {
        answered: whole.answered,
        varies: own().any(|parameter| parameter.variety == Variety::Many),
        derived: parameters.iter().any(|parameter| parameter.resolver.is_some()),
        operations: is_graphql,
        unknown: own().any(|parameter| parameter.variety == Variety::Unknown),
    });
    let tags = tools.iter().flat_map(|tool| tool.raw.get("tags").map(Node::items).unwrap_or_default());
    Family {
        id: format!("fam_{}", short(&sha256_hex(format!("{host}:{method}:{path}").as_bytes()), 12)),
        host,
        method,
        is_graphql,
        observed: whole.calls,
        answered: whole.answered,
        tier: tools.iter().map(|tool| tool.tier).max().unwrap_or(RiskTier::Critical),
        confidence,
        tags: tags.filter_map(Node::as_text).collect(),
        hints: hints(pack, &key),
        parameters,
        tools: members,
        path,
    }
}

/// Names of the members of what is answered with success.
fn hints<'p>(pack: &'p Toolpack, key: &str) -> Vec<&'p str> {
    let raw = &pack.baseline.raw;
    let responses = raw.get("operations").and_then(|all| all.get(key)?.get("responses"));
    let responses = responses.map(Node::members).unwrap_or_default();
    let content = responses
        .iter()
        .filter(|(status, _)| status.starts_with('2'))
        .flat_map(|(_, response)| response.get("content").map(Node::members).unwrap_or_default());
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for (_, schema) in content {
        let schema = followed(schema, raw);
        let schema = schema.get("items").map_or(schema, |items| followed(items, raw));
        let members = schema.get("properties").map(Node::members).unwrap_or_default();
        names.extend(members.iter().map(|(name, _)| name.as_str()));
    }
    names.into_iter().take(HINTS).collect()
}

/// A schema, or the definition that it refers to.
fn followed<'p>(schema: &'p Node, raw: &'p Node) -> &'p Node {
    let name = schema.get("$ref").and_then(Node::as_text).and_then(|text| text.strip_prefix("#/$defs/"));
    name.and_then(|name| raw.get("$defs")?.get(name)).unwrap_or(schema)
}
