//! tools.json of generation 2 (formats-v2 §6). Members that are not listed are kept and signed.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::security::Security;
use crate::canon::Node;
use crate::model::risk::{Effect, RiskReason, RiskTier, ToolKind};
use crate::model::schema_version::CURRENT;
use crate::model::tool::Confirmation;

/// tools.json: what an agent may call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ToolsFile {
    /// `2.0`.
    #[schemars(extend("const" = CURRENT))]
    pub schema_version: String,
    /// The toolpack that it belongs to.
    pub toolpack_id: String,
    /// The tools, sorted by name.
    pub actions: Vec<Action>,
}

/// One tool. `kind` says which members name what it calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("allOf" = [
    {"if": {"properties": {"kind": {"const": "http"}}}, "then": {"required": ["method", "host", "path"]}},
    {"if": {"properties": {"kind": {"const": "mcp"}}}, "then": {"required": ["server", "tool"]}},
    {"if": {"properties": {"kind": {"const": "webmcp"}}}, "then": {"required": ["origin"]}},
]))]
pub struct Action {
    /// What the agent calls it: `[a-z][a-z0-9_]{0,47}`, for MCP the server's own; unique.
    #[schemars(length(min = 1))]
    pub name: String,
    /// The stable id of its operation or entry; approvals name it.
    #[schemars(length(min = 1))]
    pub tool_id: String,
    /// Where its calls go.
    pub kind: ToolKind,
    /// Display name, at most 80 characters.
    #[serde(default)]
    pub title: Option<String>,
    /// What the model is told, at most 1,024 characters. For MCP the entry of the server counts.
    #[serde(default)]
    pub description: Option<String>,
    /// Method, upper-case (http).
    #[serde(default)]
    pub method: Option<String>,
    /// Host, lower-case, with a port if it is not the scheme's (http).
    #[serde(default)]
    pub host: Option<String>,
    /// Server path, without a final slash (http).
    #[serde(default)]
    pub base_path: Option<String>,
    /// Path template below it (http).
    #[serde(default)]
    pub path: Option<String>,
    /// Name of the server in the baseline (mcp).
    #[serde(default)]
    pub server: Option<String>,
    /// Name of the tool there (mcp).
    #[serde(default)]
    pub tool: Option<String>,
    /// Origin of the page (webmcp).
    #[serde(default)]
    pub origin: Option<String>,
    /// Argument to its place: `path.n`, `query.n`, `header.n`, `cookie.n`, `body` or `body.<pointer>`.
    #[serde(default)]
    pub inputs: BTreeMap<String, String>,
    /// JSON Schema of the arguments, with its own `$defs`.
    #[serde(default)]
    pub input_schema: Option<Node>,
    /// Status and media type of the answer in the operation.
    #[serde(default)]
    pub output: Option<String>,
    /// Members of the body that the caller can't change (GraphQL).
    #[serde(default)]
    pub fixed_body: Option<Node>,
    /// The GraphQL operation that it is.
    #[serde(default)]
    pub graphql: Option<Graphql>,
    /// What a call does to the state of the world.
    pub effect: Effect,
    /// How much harm a call can do; computed anew by whoever judges.
    pub risk_tier: RiskTier,
    /// Why it has that tier.
    #[serde(default)]
    pub risk_reasons: Vec<RiskReason>,
    /// A tier set by a person; may only raise.
    #[serde(default)]
    pub risk_override: Option<RiskOverride>,
    /// When a person is asked before a call.
    pub confirmation_required: Confirmation,
    /// Calls per minute.
    #[serde(default)]
    pub rate_limit_per_minute: Option<u64>,
    /// Ways to prove who calls, copied from the operation.
    #[serde(default)]
    pub security: Option<Security>,
    /// Earlier ids.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Words to find it by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Whether a model wrote its texts.
    #[serde(default)]
    pub enriched: Option<bool>,
    /// Tools that are called before it. Not signed.
    #[serde(default)]
    pub depends_on: Vec<Dependency>,
}

/// One GraphQL operation of an endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Graphql {
    /// Its name.
    pub operation_name: String,
    /// `query`, `mutation` or `subscription`.
    #[serde(default, rename = "type")]
    pub kind: Option<String>,
}

/// A tier set by a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RiskOverride {
    /// The tier.
    pub tier: RiskTier,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
    /// Who answers for it.
    #[serde(default)]
    pub owner: Option<String>,
}

/// A tool whose answer fills a field of this one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Dependency {
    /// Its id.
    pub tool: String,
    /// The argument that it fills.
    pub field: String,
    /// Percent.
    pub confidence: u8,
}
