//! tools.json: what an agent may call.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::read::At;
use super::risk::{Effect, RiskTier, ToolKind};
use super::schema_version::{Generation, Missing, generation};
use crate::canon::{Fault, FaultKind, Node, Value};

impl FromStr for ToolKind {
    type Err = String;
    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "http" => Ok(ToolKind::Http),
            "mcp" => Ok(ToolKind::Mcp),
            "webmcp" => Ok(ToolKind::WebMcp),
            _ => Err(format!("unknown kind {word:?}, expected http, mcp or webmcp")),
        }
    }
}

impl FromStr for Effect {
    type Err = String;
    fn from_str(word: &str) -> Result<Self, String> {
        [Effect::Read, Effect::Write, Effect::Delete, Effect::Execute]
            .into_iter()
            .find(|effect| effect.word() == word)
            .ok_or_else(|| format!("unknown effect {word:?}, expected read, write, delete or execute"))
    }
}

/// When a person is asked before a call. The order is from lax to strict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Confirmation {
    /// Never.
    Never,
    /// When the tier or a rule asks for it.
    OnRisk,
    /// Each time.
    Always,
}

impl Confirmation {
    /// The word in files.
    pub fn word(self) -> &'static str {
        match self {
            Confirmation::Never => "never",
            Confirmation::OnRisk => "on_risk",
            Confirmation::Always => "always",
        }
    }
}

impl FromStr for Confirmation {
    type Err = String;
    fn from_str(word: &str) -> Result<Self, String> {
        [Confirmation::Never, Confirmation::OnRisk, Confirmation::Always]
            .into_iter()
            .find(|c| c.word() == word)
            .ok_or_else(|| format!("unknown confirmation {word:?}, expected never, on_risk or always"))
    }
}

impl fmt::Display for Confirmation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// One action of the manifest.
#[derive(Debug, Clone)]
pub struct Tool {
    /// The key in the lockfile: v2 `tool_id`; v1 `signature_id`, else `tool_id`.
    pub id: String,
    /// What stays when parameters change: v2 `tool_id`; v1 `endpoint_id` and the GraphQL operation.
    pub identity: String,
    /// Earlier ids.
    pub aliases: Vec<String>,
    /// What the agent calls it.
    pub name: String,
    /// Where its calls go.
    pub kind: ToolKind,
    /// Display name.
    pub title: Option<String>,
    /// What the model is told. For MCP tools filled in from the locked server entry.
    pub description: String,
    /// Upper-case method; `mcp` and `webmcp` for the other kinds.
    pub method: String,
    /// Host, lower-case, with a port if it is not the scheme's; server or origin for the other kinds.
    pub host: String,
    /// Server base path, without a trailing slash.
    pub base_path: String,
    /// Path template below the base path; the tool's own name for the other kinds.
    pub path: String,
    /// GraphQL operation name, if it is one operation.
    pub graphql: Option<String>,
    /// `query`, `mutation`, `subscription` or another word.
    pub graphql_type: Option<String>,
    /// The effect that the manifest claims (v2).
    pub effect: Option<Effect>,
    /// The tier that the manifest claims.
    pub tier: RiskTier,
    /// A tier that an owner set by hand; may only raise.
    pub tier_override: Option<RiskTier>,
    /// When a person is asked.
    pub confirmation: Confirmation,
    /// Calls per minute.
    pub rate_limit: Option<u64>,
    /// The whole action as read.
    pub raw: Node,
    /// Its place in `actions`.
    pub index: usize,
}

impl Tool {
    /// Base path and path: what is called on the host.
    pub fn full_path(&self) -> String {
        format!("{}{}", self.base_path, self.path)
    }

    /// The path with every placeholder written `{}`: what stays when a parameter is renamed.
    pub fn shape(&self) -> String {
        let full = self.full_path();
        let mut shape = String::with_capacity(full.len());
        let mut depth = 0usize;
        for c in full.chars() {
            match c {
                '{' => {
                    if depth == 0 {
                        shape.push_str("{}");
                    }
                    depth += 1;
                }
                '}' => depth = depth.saturating_sub(1),
                _ if depth == 0 => shape.push(c),
                _ => {}
            }
        }
        shape
    }

    /// The pointer of a member of this action in tools.json; empty `member` is the action.
    pub fn pointer(&self, member: &str) -> String {
        if member.is_empty() {
            format!("/actions/{}", self.index)
        } else {
            format!("/actions/{}/{member}", self.index)
        }
    }

    /// The line of a member, or of the action if it lacks the member.
    pub fn line(&self, member: &str) -> u32 {
        self.raw.get(member).map_or(self.raw.line, |n| n.line)
    }

    /// The schema of its arguments.
    pub fn input_schema(&self) -> Option<&Node> {
        self.raw.get("input_schema")
    }
}

/// tools.json as read.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// Which generation it follows.
    pub generation: Generation,
    /// Everything but `actions`.
    pub rest: Node,
    /// The actions in file order.
    pub tools: Vec<Tool>,
}

impl Manifest {
    /// Reads a tools manifest.
    ///
    /// # Errors
    /// A fault with line and pointer for a wrong type, an unknown word in a deciding field, an action that
    /// gives method, path or host twice, or two actions with one id.
    pub fn read(file: &str, node: Node) -> Result<Manifest, Fault> {
        let generation = generation(file, &node, Missing::MeansV1)?;
        At::new(file, "", &node).map()?;
        let rest = node.without(&["actions"]);
        let line = node.line;
        let actions = match node.value {
            Value::Map(members) => {
                members.into_iter().find(|(key, _)| key == "actions").map(|(_, actions)| actions)
            }
            _ => None,
        };
        let Some(Node { value: Value::List(actions), .. }) = actions else {
            return Err(Fault::new(file, FaultKind::Content, "actions must be a list")
                .line(line)
                .pointer("/actions"));
        };
        let mut tools: Vec<Tool> = Vec::with_capacity(actions.len());
        let mut ids = HashMap::with_capacity(actions.len());
        for (index, raw) in actions.into_iter().enumerate() {
            let tool = read_action(file, generation, index, raw)?;
            // An approval names an id: with two actions under one, it would approve what nobody signed.
            if let Some(first) = ids.insert(tool.id.clone(), index) {
                let line = tool.line("tool_id");
                let message =
                    format!("a second action with the id {:?} (the first is actions/{first})", tool.id);
                return Err(Fault::new(file, FaultKind::Content, message)
                    .line(line)
                    .pointer(tool.pointer("tool_id")));
            }
            tools.push(tool);
        }
        Ok(Manifest { generation, rest, tools })
    }

    /// The tool with this lockfile key.
    pub fn tool(&self, id: &str) -> Option<&Tool> {
        self.tools.iter().find(|tool| tool.id == id)
    }
}

fn read_action(file: &str, generation: Generation, index: usize, raw: Node) -> Result<Tool, Fault> {
    let pointer = format!("/actions/{index}");
    let at = At::new(file, &pointer, &raw);
    at.map()?;
    if let Some(endpoint) = raw.get("endpoint") {
        for key in ["method", "path", "host"] {
            if raw.get(key).is_some() && endpoint.get(key).is_some() {
                return Err(at.fault_at(key, format!("{key} is given twice, here and in endpoint")));
            }
        }
    }
    let kind = match generation {
        Generation::V1 => ToolKind::Http,
        Generation::V2 => at.word("kind")?,
    };
    let name = at.text("name")?.to_owned();
    let graphql = match generation {
        Generation::V1 => at.opt_text("graphql_operation_name")?.map(str::to_owned),
        Generation::V2 => raw.at("/graphql/operation_name").and_then(Node::as_text).map(str::to_owned),
    };
    let graphql_type = match generation {
        Generation::V1 => at.opt_text("graphql_operation_type")?.map(str::to_owned),
        Generation::V2 => raw.at("/graphql/type").and_then(Node::as_text).map(str::to_owned),
    };
    let (id, identity, aliases) = match generation {
        Generation::V2 => {
            let id = at.text("tool_id")?.to_owned();
            (id.clone(), id, at.texts("aliases")?)
        }
        Generation::V1 => v1_ids(&at, &name, graphql.as_deref())?,
    };
    if id.is_empty() {
        return Err(at.fault_at("tool_id", "tool_id is empty"));
    }
    let (method, host, path) = match kind {
        ToolKind::Http => (
            at.text("method")?.to_ascii_uppercase(),
            at.text("host")?.to_ascii_lowercase(),
            at.text("path")?.to_owned(),
        ),
        ToolKind::Mcp => ("mcp".to_owned(), at.text("server")?.to_owned(), at.text("tool")?.to_owned()),
        ToolKind::WebMcp => ("webmcp".to_owned(), at.text("origin")?.to_owned(), name.clone()),
    };
    let effect = match generation {
        Generation::V1 => None,
        Generation::V2 => Some(at.word("effect")?),
    };
    let tier_override = match raw.get("risk_override") {
        Some(over) if generation == Generation::V2 && !over.is_null() => {
            let pointer = format!("{pointer}/risk_override");
            Some(At::new(file, &pointer, over).word("tier")?)
        }
        _ => None,
    };
    Ok(Tool {
        id,
        identity,
        aliases,
        kind,
        title: at.opt_text("title")?.map(str::to_owned),
        description: at.opt_text("description")?.unwrap_or_default().to_owned(),
        method,
        host,
        base_path: at.opt_text("base_path")?.unwrap_or_default().to_owned(),
        path,
        graphql,
        graphql_type,
        effect,
        tier: at.word("risk_tier")?,
        tier_override,
        confirmation: at.word("confirmation_required")?,
        rate_limit: at.opt_count("rate_limit_per_minute")?,
        name,
        index,
        raw,
    })
}

/// Lockfile key, identity and earlier ids of a v1 action (the lockfile's rule: `signature_id`, else
/// `tool_id`, else the name).
fn v1_ids(at: &At, name: &str, graphql: Option<&str>) -> Result<(String, String, Vec<String>), Fault> {
    let signature = at.opt_text("signature_id")?.filter(|s| !s.is_empty());
    let tool = at.opt_text("tool_id")?.filter(|s| !s.is_empty());
    let id = signature.or(tool).unwrap_or(name).to_owned();
    let identity = match (at.opt_text("endpoint_id")?.filter(|s| !s.is_empty()), graphql) {
        (Some(endpoint), Some(operation)) => format!("{endpoint}\0{operation}"),
        (Some(endpoint), None) => endpoint.to_owned(),
        (None, _) => id.clone(),
    };
    let aliases = [signature, tool].into_iter().flatten().map(str::to_owned).collect();
    Ok((id, identity, aliases))
}
