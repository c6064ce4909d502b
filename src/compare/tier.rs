//! The tiers that approvals are measured by: a tool's, and the surface's.

use super::risk::{Assessed, Facts, Input, assess};
use crate::canon::Node;
use crate::model::phrase::Phrase;
use crate::model::risk::RiskTier;
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;

/// What the rules say about a tool's risk.
pub fn tool_risk(tool: &Tool, _pack: &Toolpack) -> Assessed {
    let empty: &[(String, Node)] = &[];
    let names: Vec<&str> = tool
        .input_schema()
        .and_then(|s| s.get("properties"))
        .map_or(empty, Node::members)
        .iter()
        .map(|(k, _)| k.as_str())
        .collect();
    let inputs: Vec<Input> = names
        .iter()
        .map(|name| Input { name, in_path: tool.path.contains(&format!("{{{name}}}")) })
        .collect();
    assess(&Facts {
        kind: tool.kind,
        method: Some(&tool.method),
        path: &tool.path,
        operation_id: None,
        name: &tool.name,
        graphql: tool.graphql_type.as_deref(),
        inputs: &inputs,
        output_fields: &[],
        read_only: None,
        destructive: None,
        open_world: None,
        first_party: true,
        security_none: false,
        override_tier: tool.tier_override,
    })
}

/// The higher of the declared and the computed tier.
pub fn effective_tier(tool: &Tool, assessed: &Assessed) -> RiskTier {
    tool.tier.max(assessed.tier)
}

/// The surface's tier, from its content alone, and why.
pub fn surface_tier(_pack: &Toolpack) -> (RiskTier, Vec<Phrase>) {
    (RiskTier::Medium, Vec::new())
}
