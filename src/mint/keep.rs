//! What a mint would have made of the toolpack that there was, that toolpack, and what is made now in; what is written
//! out: whoever changed something by hand finds it unchanged.

use std::collections::HashMap;

use super::actions::Action;
use crate::canon::Node;
use crate::model::tool::{Confirmation, Tool};
use crate::model::toolpack::Toolpack;

/// That a model wrote the description.
const ENRICHED: &str = "enriched";
/// Members of an action that a person may have written.
const BY_HAND: &[&str] = &["title", "description", "rate_limit_per_minute", "tags"];

/// What a text that a model wrote is about: where one of them is another, it speaks of what was.
const ABOUT: &[&str] = &[
    "title",
    "description",
    "method",
    "base_path",
    "path",
    "inputs",
    "input_schema",
    "output",
    "fixed_body",
    "graphql",
    "effect",
];

/// Puts into actions what was changed by hand in those that there were. `would` are the actions that a mint would
/// have made of the surface that there was. Gives how many lost the text that a model wrote.
pub(super) fn actions(now: &mut [Action], pack: &Toolpack, would: &[Action]) -> usize {
    let would: HashMap<&str, &Node> = would.iter().map(|a| (a.tool.id.as_str(), &a.tool.raw)).collect();
    let before: HashMap<&str, &Tool> =
        pack.manifest.tools.iter().map(|tool| (tool.id.as_str(), tool)).collect();
    let mut outdated = 0;
    for action in now {
        let Some(was) = before.get(action.tool.id.as_str()) else { continue };
        let tool = &mut action.tool;
        if let Some(made) = would.get(tool.id.as_str()) {
            let is_outdated =
                is_enriched(&was.raw) && ABOUT.iter().any(|key| made.get(key) != tool.raw.get(key));
            if is_outdated {
                tool.raw = tool.raw.without(&[ENRICHED]);
                outdated += 1;
            }
            for key in BY_HAND {
                if is_outdated && *key == "description" {
                    continue;
                }
                if was.raw.get(key) != made.get(key)
                    && let Some(by_hand) = was.raw.get(key)
                {
                    tool.raw.set(key, by_hand.clone());
                }
            }
            asks(tool, was, made);
        }
    }
    outdated
}

fn is_enriched(action: &Node) -> bool {
    action.get(ENRICHED).and_then(Node::as_bool) == Some(true)
}

/// A person may ask to be asked more often, never less: what is asked less often was not agreed on here.
fn asks(tool: &mut Tool, was: &Tool, made: &Node) {
    let would = made.get("confirmation_required").and_then(Node::as_text);
    let would = would.and_then(|word| word.parse::<Confirmation>().ok());
    if would == Some(was.confirmation) {
        return;
    }
    tool.confirmation = was.confirmation.max(tool.confirmation);
    tool.raw.set("confirmation_required", Node::text(tool.confirmation.word()));
}

/// Members of the actions that there were which no mint makes and every mint keeps, by id: a tier that an owner
/// raised, and what others wrote beside ours.
pub(super) fn carried(pack: &Toolpack) -> HashMap<&str, Vec<(String, Node)>> {
    let own = |key: &str| matches!(key, "risk_override" | ENRICHED) || key.starts_with("x-");
    let of = |tool: &Tool| tool.raw.members().iter().filter(|(key, _)| own(key)).cloned().collect();
    pack.manifest.tools.iter().map(|tool| (tool.id.as_str(), of(tool))).collect()
}
