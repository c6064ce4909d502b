//! A line of a bundle as JSON Schema tells it. Nothing is read by these types: a line is canonical or it is none.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::line::SCHEMA;

/// One line of a bundle, in canonical JSON. The first is of the kind `header`, the last of the kind `end`.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Line {
    /// `cask.evidence/1`.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: String,
    /// Number of the line, from 1.
    pub seq: u64,
    /// Digest of the line before; of the first line, `sha256:` and zeros.
    pub prev: String,
    /// `header`, `end`, or what the line tells: `toolpack`, `subject`, `finding`, `input` …
    pub kind: String,
    /// What was seen, redacted; a text of more than 4,096 characters as `{excerpt, cut, bytes, sha256}`. The end has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
    /// Of the end: how many lines lie between it and the header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// `sha256:` and 64 hex digits over the line's canonical JSON without this member.
    pub digest: String,
}
