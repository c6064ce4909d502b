//! policy.yaml: which calls are allowed, confirmed, limited or denied (artifacts.md §5, formats-v2 §7).
//!
//! Read once into types that leave nothing to interpret: a word that is not known, a pattern that cannot
//! be matched in linear time and an empty list of conditions are faults with a line, never a rule that
//! silently matches less or more. Reading stands in `policy_read`, deciding in `compare::policy`.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use regex::{Regex, RegexBuilder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::risk::RiskTier;
pub use super::schema_version::Generation;
use crate::canon::Node;

/// A policy.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Generation of the file.
    pub generation: Generation,
    /// What happens to a call that no rule allows, confirms or denies.
    pub default_action: DefaultAction,
    /// Rules in the order of the file; ids are unique.
    pub rules: Vec<Rule>,
    /// Calls a minute over all tools.
    pub global_rate_limit: Option<u64>,
    /// Whether every call is audited.
    pub audit_all: bool,
    /// Header names whose values are redacted, lower-case.
    pub redact_headers: BTreeSet<String>,
    /// Patterns whose matches are redacted, as written, each compiled once for all who redact.
    pub redact_patterns: BTreeMap<String, Regex>,
    /// Corrections of what counts as a change of state, in the order of the file.
    pub state_changing_overrides: Vec<StateOverride>,
    /// The file as it was read, for digests, lines and unknown members.
    pub raw: Node,
}

/// What happens where no rule decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultAction {
    /// The call is allowed.
    Allow,
    /// The call is denied. Version 1 files may name any rule type here; only `allow` ever allowed.
    Deny,
}

/// What a rule does to the calls that it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RuleType {
    /// Grants.
    Allow,
    /// Refuses, whatever else matches.
    Deny,
    /// Grants after a person confirmed.
    Confirm,
    /// Removes fields from the answer, from what whoever grants the call is shown, and from the log.
    Redact,
    /// Limits how often; grants nothing.
    Budget,
    /// Records at a level.
    Audit,
}

/// How much of a call is recorded, in rising order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AuditLevel {
    /// That it happened.
    Minimal,
    /// The usual record.
    Standard,
    /// With arguments and answer.
    Detailed,
}

impl AuditLevel {
    /// The word that stands for this level in a policy.
    pub fn word(self) -> &'static str {
        match self {
            AuditLevel::Minimal => "minimal",
            AuditLevel::Standard => "standard",
            AuditLevel::Detailed => "detailed",
        }
    }
}

/// One rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its id.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Why it is there.
    pub description: Option<String>,
    /// What it does.
    pub kind: RuleType,
    /// Which calls it is about.
    pub matching: Match,
    /// Higher goes first.
    pub priority: i64,
    /// Its details.
    pub settings: Settings,
    /// Its index in the file: the pointer is `/rules/<index>`.
    pub index: usize,
    /// The rule as it was read, with its line.
    pub raw: Node,
}

impl Rule {
    /// JSON pointer of the rule in its file.
    pub fn pointer(&self) -> String {
        format!("/rules/{}", self.index)
    }
}

/// The conditions of a rule. All that are given must hold; none given matches every call.
#[derive(Debug, Clone)]
pub struct Match {
    /// One of these hosts, lower-case.
    pub hosts: Option<BTreeSet<String>>,
    /// The whole host.
    pub host_pattern: Option<Pattern>,
    /// One of these paths, as written.
    pub paths: Option<BTreeSet<String>>,
    /// The path, from its start.
    pub path_pattern: Option<Pattern>,
    /// One of these methods, upper-case.
    pub methods: Option<BTreeSet<String>>,
    /// All of these headers, lower-case name to value.
    pub headers: Option<BTreeMap<String, String>>,
    /// One of these tiers.
    pub risk_tiers: Option<BTreeSet<RiskTier>>,
    /// One of these toolsets.
    pub scopes: Option<BTreeSet<String>>,
}

/// Seconds that a person may be given to grant a call: some to look, and no grant stands for long.
pub const TTL_SECONDS: RangeInclusive<u32> = 30..=3_600;

/// Largest compiled pattern, in bytes.
const MAX_COMPILED: usize = 1 << 20;

/// A pattern of a policy as it counts wherever it is used: in any case, bounded.
///
/// # Errors
/// It is no linear-time regular expression, or too big.
pub fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).case_insensitive(true).size_limit(MAX_COMPILED).build()
}

/// A pattern as it was written, and compiled.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// As written.
    pub text: String,
    pub(super) compiled: Regex,
}

impl Pattern {
    /// Whether the pattern matches, anchored as its condition says.
    pub fn is_match(&self, text: &str) -> bool {
        self.compiled.is_match(text)
    }
}

/// What a rule says beyond its conditions; members that its type does not know are only kept in the raw node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Budget: calls a minute.
    pub per_minute: Option<u64>,
    /// Budget: calls an hour.
    pub per_hour: Option<u64>,
    /// Confirm: what the person is asked.
    pub message: Option<String>,
    /// Confirm: seconds that a person has to grant the call, and the agent to make it then.
    pub ttl_seconds: Option<u32>,
    /// Redact: names of fields.
    pub fields: BTreeSet<String>,
    /// Allow: also where a confirm rule of lower priority matches.
    pub allow_without_confirmation: bool,
    /// Audit: how much.
    pub level: AuditLevel,
    /// Any: why the rule is as it is.
    pub justification: Option<String>,
}

/// A correction of what counts as a change of state; conditions that are given must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateOverride {
    /// This tool.
    pub tool_id: Option<String>,
    /// This method, upper-case.
    pub method: Option<String>,
    /// This path template.
    pub path: Option<String>,
    /// This host, lower-case.
    pub host: Option<String>,
    /// Whether a call changes state.
    pub state_changing: bool,
    /// Why.
    pub justification: Option<String>,
    /// The line on which it starts.
    pub line: u32,
}

impl Policy {
    /// The rule of an id.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }
}

/// Names of the members of policy.yaml that version 2 knows.
pub mod members {
    /// Of the file.
    pub const TOP: &[&str] = &[
        "schema_version",
        "name",
        "description",
        "default_action",
        "global_rate_limit",
        "audit_all",
        "redact_headers",
        "redact_patterns",
        "redact_pattern_justifications",
        "state_changing_overrides",
        "rules",
        "scope",
    ];
    /// Of a rule.
    pub const RULE: &[&str] = &["id", "name", "description", "type", "match", "priority", "settings"];
    /// Of its conditions.
    pub const MATCH: &[&str] =
        &["hosts", "host_pattern", "paths", "path_pattern", "methods", "headers", "risk_tiers", "scopes"];
    /// Of its settings.
    pub const SETTINGS: &[&str] = &[
        "per_minute",
        "per_hour",
        "message",
        "ttl_seconds",
        "fields",
        "allow_without_confirmation",
        "level",
        "justification",
    ];
    /// Of an override of what changes state.
    pub const OVERRIDE: &[&str] = &["tool_id", "method", "path", "host", "state_changing", "justification"];
}
