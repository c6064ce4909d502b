//! Trees and policies from JSON, for tests of this layer and of those that judge its types.

use super::policy::Policy;
use crate::canon::{Node, Value};

/// A tree; each value stands on a line of its own, in order of appearance.
pub(crate) fn node(json: &str) -> Node {
    let mut line = 0;
    from(serde_json::from_str(json).unwrap(), &mut line)
}

fn from(value: serde_json::Value, line: &mut u32) -> Node {
    *line += 1;
    let at = *line;
    let value = match value {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(b) => Value::Bool(b),
        serde_json::Value::Number(n) if n.is_f64() => Value::Float(n.as_f64().unwrap()),
        serde_json::Value::Number(n) => Value::Int(n.to_string()),
        serde_json::Value::String(s) => Value::Text(s),
        serde_json::Value::Array(items) => Value::List(items.into_iter().map(|i| from(i, line)).collect()),
        serde_json::Value::Object(map) => {
            Value::Map(map.into_iter().map(|(k, v)| (k, from(v, line))).collect())
        }
    };
    Node { value, line: at }
}

/// A policy.
pub(crate) fn policy(json: &str) -> Policy {
    Policy::read("policy.yaml", &node(json)).unwrap()
}

/// A policy that takes matches of patterns away and denies all.
pub(crate) fn policy_redacting(patterns: &[&str]) -> Policy {
    let policy = serde_json::json!({ "default_action": "deny", "redact_patterns": patterns });
    self::policy(&policy.to_string())
}
