//! drift.json of the reference system, for those who read it: what drifted, in its words (drift.md §5).

use serde::Serialize;

use crate::canon::Node;

/// One drift.
#[derive(Debug, Clone, Serialize)]
pub struct Item {
    /// Over the content.
    pub id: String,
    /// What its reader does about it.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// `critical`, `error`, `warning` or `info`.
    pub severity: &'static str,
    /// The endpoint.
    pub endpoint_id: Option<String>,
    /// Its path.
    pub path: Option<String>,
    /// Its method.
    pub method: Option<String>,
    /// What happened.
    pub title: String,
    /// In a sentence. A stranger's words are in it.
    pub description: String,
    /// What it was.
    pub before: Option<Node>,
    /// What it is.
    pub after: Option<Node>,
    /// What to do.
    pub recommendation: Option<&'static str>,
}

/// The report, its members in the order of the reference system.
#[derive(Debug, Serialize)]
pub struct DriftFile {
    /// Over the content.
    pub id: String,
    /// `1.0`.
    pub schema_version: &'static str,
    /// Never now: the same drift is the same file.
    pub generated_at: &'static str,
    /// Always empty here.
    pub from_capture_id: Option<()>,
    /// Always empty here.
    pub to_capture_id: Option<()>,
    /// The capture that the baseline was made from.
    pub from_baseline_id: Option<String>,
    /// Always empty here.
    pub from_timestamp: Option<()>,
    /// Always empty here.
    pub to_timestamp: Option<()>,
    /// How many.
    pub total_drifts: usize,
    /// How many of the type.
    pub breaking_count: usize,
    /// How many of the type.
    pub auth_count: usize,
    /// How many of the type.
    pub risk_count: usize,
    /// How many of the type.
    pub additive_count: usize,
    /// How many of the type.
    pub schema_count: usize,
    /// How many of the type.
    pub parameter_count: usize,
    /// How many of the type.
    pub contract_count: usize,
    /// How many of the type.
    pub unknown_count: usize,
    /// All of them, by type.
    pub drifts: Vec<Item>,
    /// Whether a caller breaks.
    pub has_breaking_changes: bool,
    /// Whether a person must look.
    pub requires_review: bool,
    /// As the command ends.
    pub exit_code: u8,
}
