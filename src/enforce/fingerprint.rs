//! A call in, its digest out: what a confirmation is bound to and an audit record names (runtime.md §1).
//!
//! Numbers are told apart as the SDK hands them over: integers of up to 64 bits exactly, all others as the nearest
//! double, which is also what is sent.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::canon::digest::canonical_hex;
use crate::canon::{Node, Value as Tree};
use crate::model::tool::Tool;

/// The digest of a call, 64 hex digits. `values` are the arguments with what is fixed and without a token.
pub fn fingerprint(tool: &Tool, values: &Map<String, Value>) -> String {
    of_parts(&tool.id, &tool.method, &tool.full_path(), &tool.host, values)
}

/// The digest of its parts: id of the tool, method, path template, host, arguments.
pub fn of_parts(tool_id: &str, method: &str, path: &str, host: &str, values: &Map<String, Value>) -> String {
    let params = values.iter().map(|(name, value)| (name.clone(), node(value))).collect();
    canonical_hex(&Node::map([
        ("tool_id", Node::text(tool_id)),
        ("method", Node::text(method.to_uppercase())),
        ("path", Node::text(path)),
        ("host", Node::text(host.to_lowercase())),
        ("params", Node::new(Tree::Map(params))),
    ]))
}

/// The same tree as everything else that is digested.
pub fn node(value: &Value) -> Node {
    // Not a number: never in a value that came as JSON.
    Node::deserialize(value).unwrap_or_else(|_| Node::null())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn every_vector_of_the_reference_is_matched() {
        // Integers beyond 64 bits are what serde_json cannot hold; no row has one.
        let rows = include_str!("../../fixtures/enforce/request-digest.json");
        let rows: Vec<Value> = serde_json::from_str(rows).unwrap();
        assert_eq!(rows.len(), 4);
        for row in rows {
            let text = |key: &str| row["input"][key].as_str().unwrap();
            let values = row["input"]["params"].as_object().unwrap();
            let made = of_parts(text("tool_id"), text("method"), text("path"), text("host"), values);
            assert_eq!(made, row["sha256"], "{row}");
        }
    }

    #[test]
    fn what_differs_in_kind_differs() {
        let of =
            |value: Value| of_parts("t", "GET", "/", "h", &[("a".to_owned(), value)].into_iter().collect());
        let all: std::collections::BTreeSet<String> =
            [json!(1), json!(1.0), json!("1"), json!(true), json!(null), json!([1]), json!({"a": 1})]
                .map(of)
                .into();
        assert_eq!(all.len(), 7);
        assert_ne!(of(json!(null)), of_parts("t", "GET", "/", "h", &Map::new()));
        assert_ne!(of(json!(u64::MAX)), of(json!(u64::MAX - 1)));
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((".{0,4}", inner), 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn two_calls_with_other_arguments_have_other_digests(a in any_value(), b in any_value(), name in ".{0,6}") {
            let of = |value: &Value| of_parts("t", "POST", "/x", "h", &[(name.clone(), value.clone())].into_iter().collect());
            prop_assert!(a == b || of(&a) != of(&b));
        }
    }
}
