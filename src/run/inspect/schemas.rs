//! What the tools of the inspect server take and give, as JSON Schema. Answers hold to these: nothing else, and all of
//! it.

use serde_json::{Map, Value, json};

/// A schema.
pub type Schema = Map<String, Value>;

/// The tiers that can be asked for.
const TIERS: [&str; 6] = ["safe", "low", "medium", "high", "critical", "unknown"];
/// The words for how a tool stands.
const STATUSES: [&str; 5] = ["approved", "exempted", "pending", "rejected", "unknown"];
/// The words for what signatures are worth.
const SIGNATURES: [&str; 4] = ["valid", "invalid", "missing", "untrusted"];
/// The words for what happens to a call.
const DECISIONS: [&str; 3] = ["allow", "confirm", "deny"];

/// An object that has all of these members and no others.
fn closed(members: Value) -> Schema {
    let names: Vec<&String> = members.as_object().into_iter().flat_map(Map::keys).collect();
    let names = json!(names);
    object(json!({"type": "object", "properties": members, "required": names, "additionalProperties": false}))
}

fn object(value: Value) -> Schema {
    match value {
        Value::Object(members) => members,
        _ => Schema::new(),
    }
}

/// An object that may have these members and no others, and must have those.
fn takes(members: Value, required: &[&str]) -> Schema {
    object(
        json!({"type": "object", "properties": members, "required": required, "additionalProperties": false}),
    )
}

fn text() -> Value {
    json!({"type": "string"})
}

fn or_null(kind: &str) -> Value {
    json!({"type": [kind, "null"]})
}

fn word(words: &[&str]) -> Value {
    json!({"type": "string", "enum": words})
}

fn list(of: Value) -> Value {
    json!({"type": "array", "items": of})
}

fn count() -> Value {
    json!({"type": "integer", "minimum": 0})
}

fn offset() -> Value {
    json!({"type": "integer", "minimum": 0, "description": "Where the page begins: next_offset of the one before"})
}

fn action_name() -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": 256, "description": "Name or id of the action"})
}

fn toolset() -> Value {
    json!({"type": "string", "maxLength": 256, "description": "The toolset that would be served"})
}

/// Nothing.
pub fn no_arguments() -> Schema {
    takes(json!({}), &[])
}

/// A page of a list.
pub fn page_arguments() -> Schema {
    takes(json!({"offset": offset()}), &[])
}

/// One action.
pub fn action_arguments() -> Schema {
    takes(json!({"action_name": action_name()}), &["action_name"])
}

/// One action in a toolset.
pub fn approval_arguments() -> Schema {
    takes(json!({"action_name": action_name(), "toolset": toolset()}), &["action_name"])
}

/// One call in a toolset.
pub fn policy_arguments() -> Schema {
    let call = json!({"type": "object", "description": "Arguments of the call, to ask about this very one"});
    let members = json!({"action_name": action_name(), "toolset": toolset(), "arguments": call});
    takes(members, &["action_name"])
}

/// A toolset.
pub fn toolset_arguments() -> Schema {
    takes(json!({"toolset": toolset()}), &[])
}

/// Filters of the list of actions.
pub fn filter_arguments() -> Schema {
    takes(
        json!({
            "filter_risk": {"type": "string", "enum": TIERS, "description": "Only actions of this risk tier"},
            "filter_method": {
                "type": "string", "pattern": "^[A-Za-z][A-Za-z-]{0,31}$",
                "description": "Only actions with this method, as GET, HEAD or OPTIONS; mcp for tools of MCP servers"
            },
            "filter_status": {"type": "string", "enum": STATUSES, "description": "Only actions that stand so"},
            "offset": offset()
        }),
        &[],
    )
}

/// The list of actions.
pub fn actions() -> Schema {
    let action = closed(json!({
        "name": text(), "method": text(), "path": text(), "risk_tier": word(&TIERS),
        "approval_status": word(&STATUSES), "description": text()
    }));
    closed(
        json!({"total": count(), "actions": list(Value::Object(action)), "next_offset": or_null("integer")}),
    )
}

/// What would happen to a call.
pub fn policy() -> Schema {
    let limit = closed(json!({
        "rule": text(), "per_minute": or_null("integer"), "per_hour": or_null("integer")
    }));
    closed(json!({
        "action": text(), "decision": word(&DECISIONS), "reason_code": text(), "reason": text(),
        "toolset": or_null("string"), "allowed": {"type": "boolean"},
        "would_require_confirmation": {"type": "boolean"}, "requires_confirmation": {"type": "boolean"},
        "confirmation_message": or_null("string"), "policy_decision": word(&DECISIONS),
        "rule_ids": list(text()), "matched_rule": or_null("string"),
        "changes_state": {"type": "boolean"}, "limits": list(Value::Object(limit))
    }))
}

/// How an action stands.
pub fn approval() -> Schema {
    let words: Vec<&str> = STATUSES.into_iter().chain(["no_lockfile", "not_found"]).collect();
    let signer = closed(json!({"signer": text(), "keys": list(text())}));
    let problem = closed(json!({"rule": text(), "signer": text(), "message": text()}));
    closed(json!({
        "action": text(), "status": word(&words), "risk_tier": word(&TIERS), "signature": word(&SIGNATURES),
        "approved_by": or_null("string"), "approved_at": or_null("string"), "expires_at": or_null("string"),
        "rejection_reason": or_null("string"), "have": or_null("integer"), "need": or_null("integer"),
        "signers": list(Value::Object(signer)), "approved_toolsets": list(text()),
        "problems": list(Value::Object(problem)), "usable": {"type": "boolean"}, "reason_code": or_null("string"),
        "toolset": or_null("string"), "message": text(), "version": or_null("integer")
    }))
}

/// What waits for approval.
pub fn pending() -> Schema {
    let action = closed(json!({
        "name": text(), "method": text(), "path": text(), "risk_tier": word(&TIERS),
        "change_type": word(&["new", "modified", "unchanged"]), "have": or_null("integer"),
        "need": or_null("integer")
    }));
    closed(json!({
        "total_pending": count(), "pending_actions": list(Value::Object(action)), "message": text(),
        "next_offset": or_null("integer")
    }))
}

/// All of an action.
pub fn details() -> Schema {
    let schema = json!({"type": ["object", "boolean", "null"]});
    closed(json!({
        "name": text(), "tool_id": text(), "kind": word(&["http", "mcp", "webmcp"]), "title": or_null("string"),
        "method": text(), "path": text(), "host": text(), "description": text(), "risk_tier": word(&TIERS),
        "declared_risk_tier": word(&TIERS), "effect": word(&["read", "write", "delete", "execute"]),
        "toolsets": list(text()), "input_schema": schema, "output_schema": schema, "omitted": list(text()),
        "confirmation_required": word(&["never", "on_risk", "always"]), "approval_status": word(&STATUSES),
        "signature": word(&SIGNATURES), "approved_by": or_null("string"), "approved_at": or_null("string")
    }))
}

/// How many actions of which tier.
pub fn risks() -> Schema {
    let tier = Value::Object(closed(json!({"count": count(), "actions": list(text())})));
    let tiers: Map<String, Value> = TIERS.iter().map(|name| ((*name).to_owned(), tier.clone())).collect();
    let statuses: Map<String, Value> = STATUSES.iter().map(|name| ((*name).to_owned(), count())).collect();
    closed(json!({
        "total_actions": count(), "by_risk_tier": closed(Value::Object(tiers)),
        "approval_summary": closed(Value::Object(statuses)), "truncated": {"type": "boolean"}
    }))
}

/// Which actions feed which.
pub fn flows() -> Schema {
    let flow = closed(json!({"action": text(), "depends_on": list(text()), "enables": list(text())}));
    closed(json!({
        "total_actions_with_flows": count(), "flows": list(Value::Object(flow)), "next_offset": or_null("integer")
    }))
}

/// A report: what was found, in short.
pub fn report() -> Schema {
    let finding = closed(json!({
        "rule": text(), "severity": text(), "subject": text(), "message": text(), "next": or_null("string")
    }));
    closed(json!({
        "verdict": word(&["pass", "review", "breaking"]), "exit_code": count(),
        "findings_total": count(), "findings": list(Value::Object(finding)), "truncated": {"type": "boolean"},
        "summary": {"type": "object"}
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_is_one_and_asks_for_all_that_it_names() {
        let takes = [
            no_arguments,
            page_arguments,
            action_arguments,
            policy_arguments,
            approval_arguments,
            toolset_arguments,
            filter_arguments,
        ];
        let gives = [actions, policy, approval, pending, details, risks, flows, report];
        for schema in takes.iter().chain(&gives) {
            let schema = Value::Object(schema());
            assert!(jsonschema::draft202012::meta::is_valid(&schema), "{schema}");
            assert_eq!(schema["type"], "object");
            assert_eq!(schema["additionalProperties"], false, "{schema}");
        }
        for schema in gives.map(|schema| schema()) {
            let members = schema["properties"].as_object().map_or(0, Map::len);
            assert_eq!(schema["required"].as_array().map(Vec::len), Some(members));
        }
    }
}
