//! The restated actions and surface in; each action with the effect, tier and reasons that the one
//! classifier finds in them, out. A tier of version 1 is never lowered.

use std::collections::HashMap;

use super::ids::Ids;
use super::notes::Notes;
use crate::canon::encode::encode;
use crate::canon::{Fault, Node, Value};
use crate::compare::tier;
use crate::model::baseline::Baseline;
use crate::model::phrase::Phrase;
use crate::model::tool::{Manifest, Tool};
use crate::model::toolpack::Toolpack;

/// Fills in what `tools::restate` left open.
///
/// # Errors
/// What version 2 refuses of the restated files.
pub(super) fn judge(
    v1: &Toolpack,
    ids: &Ids,
    baseline: &Node,
    manifest: &mut Node,
    notes: &mut Notes,
) -> Result<(), Fault> {
    let tools = Manifest::read(&v1.tools_path(), manifest.clone())?.tools;
    let baseline = Baseline::read(&v1.path(&v1.header.baseline), baseline.clone())?;
    let of_v1: HashMap<&str, usize> =
        ids.tools.iter().enumerate().map(|(index, tool)| (tool.id.as_str(), index)).collect();
    let Value::Map(members) = &mut manifest.value else { return Ok(()) };
    let Some((_, Node { value: Value::List(actions), .. })) =
        members.iter_mut().find(|(key, _)| key == "actions")
    else {
        return Ok(());
    };
    for (tool, action) in tools.iter().zip(actions) {
        let found = tier::tool_risk(
            tool,
            baseline.operation(&tool.identity),
            baseline.raw.get("$defs"),
            of_v1.get(tool.id.as_str()).is_none_or(|index| is_first_party(v1, ids, *index, tool)),
        );
        if found.tier > tool.tier {
            let because = found.reasons.first().map(|r| r.because.clone()).unwrap_or_default();
            notes.tell(
                Phrase::say("the tier of ")
                    .and_quote(&tool.name)
                    .and_say(format!(" rises from {} to {}: ", tool.tier, found.tier))
                    .and_quote(because),
            );
        }
        action.set("effect", Node::text(found.effect.word()));
        action.set("risk_tier", Node::text(tier::effective_tier(tool, &found).word()));
        action.set("risk_reasons", encode(&found.reasons));
    }
    Ok(())
}

/// Both must say so: the endpoint's own flag, and the hosts that the toolpack allows. The flag has no place
/// in version 2, so this is the last time that it can speak.
fn is_first_party(v1: &Toolpack, ids: &Ids, index: usize, tool: &Tool) -> bool {
    let endpoint = ids.tools.get(index).and_then(|id| ids.operations.get(id.operation.as_deref()?));
    let endpoint = endpoint.and_then(|o| v1.baseline.raw.at(&format!("/endpoints/{}", o.index)));
    let denied = endpoint.and_then(|e| e.get("is_first_party")?.as_bool()) == Some(false);
    let allowed = &v1.header.allowed_hosts;
    !denied && (allowed.is_empty() || tier::allows(allowed, &tool.host))
}
