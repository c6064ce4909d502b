//! policy.yaml of generation 2 (formats-v2 §7, artifacts.md §5).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::canon::Node;
use crate::model::policy::RuleType;
use crate::model::risk::RiskTier;
use crate::model::schema_version::CURRENT;

/// policy.yaml: which calls are allowed, confirmed, limited or denied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyFile {
    /// `2.0`.
    #[schemars(extend("const" = CURRENT))]
    pub schema_version: String,
    /// Its name for people.
    #[serde(default)]
    pub name: Option<String>,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// What happens to a call that no rule allows, confirms or denies.
    pub default_action: DefaultWord,
    /// Calls a minute over all tools.
    #[serde(default)]
    pub global_rate_limit: Option<u64>,
    /// Whether every call is recorded; if absent, it is.
    #[serde(default)]
    pub audit_all: Option<bool>,
    /// Header names whose values are redacted.
    #[serde(default)]
    pub redact_headers: Option<Vec<String>>,
    /// Linear-time regular expressions whose matches are redacted.
    #[serde(default)]
    pub redact_patterns: Option<Vec<String>>,
    /// Why each pattern is there.
    #[serde(default)]
    pub redact_pattern_justifications: Option<Node>,
    /// Corrections of what counts as a change of state.
    #[serde(default)]
    pub state_changing_overrides: Option<Vec<OverrideFile>>,
    /// Rules, at most 1,000. Every one that matches is collected: deny wins, then confirm, then allow.
    #[schemars(length(max = 1000))]
    pub rules: Vec<RuleFile>,
    /// What it was made for.
    #[serde(default)]
    pub scope: Option<String>,
}

/// What happens where no rule decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DefaultWord {
    /// The call is allowed.
    Allow,
    /// The call is denied.
    Deny,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleFile {
    /// Unique in the file.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Why it is there.
    #[serde(default)]
    pub description: Option<String>,
    /// What it does to the calls that it matches.
    #[serde(rename = "type")]
    pub kind: RuleType,
    /// Which calls it is about. All conditions hold; none given matches every call.
    #[serde(rename = "match")]
    pub matching: MatchFile,
    /// Higher goes first; 0 if absent.
    #[serde(default)]
    pub priority: Option<i64>,
    /// Its details.
    #[serde(default)]
    pub settings: Option<SettingsFile>,
}

/// The conditions of a rule; an empty list is an error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MatchFile {
    /// One of these hosts.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub hosts: Option<Vec<String>>,
    /// Linear-time regular expression of the whole host, whatever its case.
    #[serde(default)]
    pub host_pattern: Option<String>,
    /// One of these paths.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub paths: Option<Vec<String>>,
    /// Linear-time regular expression of the path from its start.
    #[serde(default)]
    pub path_pattern: Option<String>,
    /// One of these methods.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub methods: Option<Vec<String>>,
    /// All of these headers.
    #[serde(default)]
    pub headers: Option<BTreeMap<String, String>>,
    /// One of these tiers.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub risk_tiers: Option<Vec<RiskTier>>,
    /// One of these toolsets.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub scopes: Option<Vec<String>>,
}

/// The details of a rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingsFile {
    /// Budget: calls a minute. A budget has this or the next.
    #[serde(default)]
    pub per_minute: Option<u64>,
    /// Budget: calls an hour.
    #[serde(default)]
    pub per_hour: Option<u64>,
    /// Confirm: what the person is asked.
    #[serde(default)]
    pub message: Option<String>,
    /// Confirm: seconds that a person has to grant the call, and the agent to make it then. The shortest counts of all
    /// rules that ask, and none is longer than the server gives.
    #[serde(default)]
    #[schemars(range(min = 30, max = 3600))]
    pub ttl_seconds: Option<u32>,
    /// Redact: names of fields.
    #[serde(default)]
    pub fields: Option<Vec<String>>,
    /// Allow: also where a confirm rule of lower priority matches.
    #[serde(default)]
    pub allow_without_confirmation: Option<bool>,
    /// Audit: how much.
    #[serde(default)]
    pub level: Option<LevelWord>,
    /// Any: why the rule is as it is.
    #[serde(default)]
    pub justification: Option<String>,
}

/// How much of a call is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LevelWord {
    /// That it happened.
    Minimal,
    /// The usual record.
    Standard,
    /// With arguments and answer.
    Detailed,
    /// The same as `detailed`.
    Full,
}

/// A correction of what counts as a change of state; conditions that are given hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OverrideFile {
    /// This tool.
    #[serde(default)]
    pub tool_id: Option<String>,
    /// This method.
    #[serde(default)]
    pub method: Option<String>,
    /// This path template.
    #[serde(default)]
    pub path: Option<String>,
    /// This host.
    #[serde(default)]
    pub host: Option<String>,
    /// Whether a call changes state.
    pub state_changing: bool,
    /// Why.
    #[serde(default)]
    pub justification: Option<String>,
}
