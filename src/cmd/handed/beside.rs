//! What was found beside toolpacks, but for what the toolpacks themselves say of it: they may be judged elsewhere.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::finding::Finding;
use crate::model::phrase::Phrase;

/// Client configurations, workflows and hooks of both sides.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BesideIn {
    /// The configurations of both sides, where they differ: which of their servers toolpacks lock is not known yet.
    pub clients: Option<Clients>,
    /// What needs no toolpack to be told.
    pub found: Vec<Finding>,
    /// What was looked at.
    pub looked_at: Vec<Phrase>,
    /// What could not be.
    pub not_looked_at: Vec<Phrase>,
    /// Whether there is nothing to judge.
    pub is_empty: bool,
}

/// The configurations of clients on both sides.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Clients {
    /// In the base.
    pub base: Vec<Text>,
    /// In the head.
    pub head: Vec<Text>,
}

/// A file and what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// Its path from the root.
    pub path: String,
    /// Its text.
    pub text: String,
}
