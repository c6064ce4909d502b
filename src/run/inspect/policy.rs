//! A call that nobody makes in, what would happen to it out: the engine of the governed server, up to where it would
//! begin to charge, ask or send anything.

use serde_json::{Map, Value, json};

use super::answers::{Answer, Question};
use crate::enforce::arguments::Arguments;
use crate::enforce::decide::{Asked, weigh};
use crate::enforce::prepared::Prepared;
use crate::enforce::reason::{ReasonCode, Refusal};
use crate::enforce::request::Request;
use crate::enforce::stateful;
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;

/// `check_policy`. Without arguments it is asked about the template of the action, as people approved it.
pub fn check_policy(ask: &Question) -> Answer {
    let (tool, toolset) = (ask.action()?, ask.served()?);
    let state = &ask.looked.state;
    let pack = &state.pack;
    let admitted = ask.looked.admit(tool, toolset, ask.now);
    let built = built(pack, tool, ask.arguments.get("arguments").and_then(Value::as_object));
    let template = tool.full_path();
    let (path, plain, sent, values) = match &built {
        Ok(Some((arguments, request))) => {
            (request.path.as_str(), request.plain_path(), request.all_headers(), arguments.values.clone())
        }
        Ok(None) | Err(_) => (template.as_str(), template.clone(), Vec::new(), Map::new()),
    };
    let headers: Vec<(&str, &str)> = sent.iter().map(|(name, value)| (&**name, &**value)).collect();
    let changes_state = stateful::changes_state(&pack.policy, tool, state.always_changes(tool), &values);
    let asked = Asked {
        toolpack_id: &pack.header.toolpack_id,
        tool,
        tier: ask.tier(tool),
        template: &template,
        path,
        plain: &plain,
        toolset,
        headers: &headers,
        changes_state,
    };
    let weighed = weigh(&pack.policy, &asked);
    let (by_policy, rules, message, changes_state, limits) = match &weighed {
        Ok(weighed) => (
            if weighed.confirm.is_some() { "confirm" } else { "allow" },
            &weighed.rules,
            weighed.confirm.as_deref(),
            weighed.changes_state,
            weighed.limits.as_slice(),
        ),
        Err((_, rules)) => ("deny", rules, None, changes_state, [].as_slice()),
    };
    // In the order of a call.
    let denied = weighed.as_ref().err().map(|(refusal, _)| refusal);
    let refusal = admitted.as_ref().err().or(built.as_ref().err()).or(denied);
    let (decision, code, reason) = match (refusal, message) {
        (Some(refusal), _) => ("deny", refusal.code, refusal.message.as_str()),
        (None, Some(message)) => ("confirm", ReasonCode::ConfirmationRequired, message),
        (None, None) => ("allow", ReasonCode::AllowedPolicy, "the policy allows it"),
    };
    let limits: Vec<Value> = limits
        .iter()
        .map(|limit| json!({"rule": limit.name, "per_minute": limit.per_minute, "per_hour": limit.per_hour}))
        .collect();
    Ok(json!({
        "action": tool.name, "decision": decision, "reason_code": code.word(), "reason": reason,
        "toolset": toolset, "allowed": decision != "deny",
        "would_require_confirmation": decision == "confirm", "requires_confirmation": decision == "confirm",
        "confirmation_message": message.filter(|_| decision == "confirm"), "policy_decision": by_policy,
        "rule_ids": rules, "matched_rule": rules.first(), "changes_state": changes_state, "limits": limits
    }))
}

/// The request that a call would become; none where no arguments were given.
fn built(
    pack: &Toolpack,
    tool: &Tool,
    arguments: Option<&Map<String, Value>>,
) -> Result<Option<(Arguments, Request)>, Refusal> {
    let prepared = Prepared::of(pack, tool)?;
    let Some(arguments) = arguments else { return Ok(None) };
    let arguments = prepared.arguments(arguments)?;
    let request = prepared.request(&arguments)?;
    Ok(Some((arguments, request)))
}
