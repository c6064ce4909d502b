//! MCP servers and tools of pages in baseline.json (formats-v2 §4): what was answered is kept as it came.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::canon::Node;

/// An MCP server as it was locked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Server {
    /// How it is started or reached: `transport` and command, args, env names, package; or url, header names.
    #[serde(default)]
    pub launch: Option<Node>,
    /// Protocol version as answered.
    #[serde(default)]
    pub protocol_version: Option<String>,
    /// Name and version as answered.
    #[serde(default)]
    pub server_info: Option<Node>,
    /// Capabilities as answered.
    #[serde(default)]
    pub capabilities: Option<Node>,
    /// Instructions as answered.
    #[serde(default)]
    pub instructions: Option<String>,
    /// Whether two listings in one run differed.
    #[serde(default)]
    pub unstable: Option<bool>,
    /// Tools by name.
    #[serde(default)]
    pub tools: BTreeMap<String, ServerEntry>,
    /// Prompts by name.
    #[serde(default)]
    pub prompts: BTreeMap<String, ServerEntry>,
    /// Resources by uri.
    #[serde(default)]
    pub resources: BTreeMap<String, ServerEntry>,
    /// Resource templates by uriTemplate.
    #[serde(default)]
    pub resource_templates: BTreeMap<String, ServerEntry>,
}

/// A tool, prompt, resource or template of a server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ServerEntry {
    /// Its id. Unique in the file.
    pub stable_id: String,
    /// Earlier ids, sorted.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// The object as it was received, every member of it.
    pub raw: Node,
}

/// A tool that a page declares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PageTool {
    /// Its id. Unique in the file.
    pub stable_id: String,
    /// Earlier ids, sorted.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// How it was found.
    #[serde(default)]
    pub source_method: Option<String>,
    /// The object as it was received, every member of it.
    pub raw: Node,
}
