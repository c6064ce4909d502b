//! toolsets.yaml of generation 2 (formats-v2 §7).

use std::collections::{BTreeMap, BTreeSet};

use crate::model::schema_version::CURRENT;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// toolsets.yaml: named groups of tools. A tool in no group is served to nobody who asks for a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ToolsetsFile {
    /// `2.0`.
    #[schemars(extend("const" = CURRENT))]
    pub schema_version: String,
    /// The group that is served where none is asked for.
    #[serde(default)]
    pub default_toolset: Option<String>,
    /// Groups by name.
    pub toolsets: BTreeMap<String, ToolsetFile>,
}

/// One group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ToolsetFile {
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// Names of its tools, each once, each of a tool in tools.json.
    pub actions: BTreeSet<String>,
}
