//! The tools that may be called, as the SDK gives them out.

use std::collections::HashSet;

use rmcp::model::Tool as Offered;

use super::ready::Ready;
use crate::enforce::offer::{self, Terms};
use crate::enforce::standing::Admitted;
use crate::model::policy::RuleType;
use crate::model::risk::RiskTier;
use crate::model::tool::{Confirmation, Tool};

/// A tool as it is offered.
#[derive(Debug, Clone)]
pub struct Offer {
    /// What clients are given.
    pub tool: Offered,
}

impl Offer {
    /// All tools that may be called. One that can't be called rightly is left out.
    pub fn all(ready: &Ready, admitted: &[(&Tool, Option<Admitted>)]) -> Vec<Offer> {
        let pack = &ready.state.pack;
        let ids: HashSet<&str> = admitted.iter().map(|(tool, _)| tool.id.as_str()).collect();
        let offer = |(tool, by): &(&Tool, Option<Admitted>)| {
            ready.prepared(tool).ok()?;
            let keys: Vec<String> = by.iter().flat_map(|by| by.keys.iter().cloned()).collect();
            let changes_state = ready.state.always_changes(tool);
            let terms = Terms {
                is_served: &|id| ids.contains(id),
                approved_by: &keys,
                changes_state,
                can_confirm: can_confirm(ready, tool, changes_state),
                output: ready.output(tool),
            };
            // What we made is a tool; that it might not be read as one is no reason to show none of the others.
            serde_json::from_value(offer::tool(pack, tool, &terms)?).ok().map(|tool| Offer { tool })
        };
        admitted.iter().filter_map(offer).collect()
    }
}

/// Whether a call of a tool can come to need a person's word: its tier, its own word, what it changes, or any rule
/// that could match a call of it.
fn can_confirm(ready: &Ready, tool: &Tool, changes_state: bool) -> bool {
    let policy = &ready.state.pack.policy;
    changes_state
        || tool.confirmation == Confirmation::Always
        || ready.state.subject(tool).tier >= RiskTier::High
        || policy.rules.iter().any(|rule| rule.kind == RuleType::Confirm)
        || !policy.state_changing_overrides.is_empty()
}
