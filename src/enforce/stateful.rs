//! A call in, whether it changes something out (runtime.md §5): by what the tool does, by its method, and for calls
//! that say they only read by the words of their path and of the arguments that name an act.
//!
//! Words count whole: `/updates` and `Settings` change nothing.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::canon::Node;
use crate::canon::text::words;
use crate::compare::policy::{Request, changes_state as overridden};
use crate::compare::risk::tells_an_act;
use crate::compare::risk_words::path_words;
use crate::compare::tier;
use crate::model::policy::Policy;
use crate::model::risk::{Effect, RiskTier, ToolKind};
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;

/// Methods that say they only read.
const READING: [&str; 5] = ["GET", "HEAD", "OPTIONS", "TRACE", "QUERY"];
/// Words of paths that change something on a GET, beside those that the classifier of risk knows as acts.
const PATH_ACTS: &[&str] = &["checkout", "favorite", "favourite", "purchase", "unsubscribe", "wishlist"];
/// Arguments that ask for a change by being there.
const FLAGS: &[&str] = &["add", "remove", "delete", "update", "toggle"];
/// Arguments whose value names an act.
const NAMERS: &[&str] = &["action", "op", "operation", "intent", "verb", "cmd", "command", "do", "method"];
/// Values that name an act, beside those that the classifier knows.
const ACTS: &[&str] = &[
    "buy",
    "checkout",
    "clear",
    "disable",
    "edit",
    "enable",
    "insert",
    "modify",
    "move",
    "patch",
    "pay",
    "post",
    "publish",
    "purchase",
    "put",
    "rename",
    "replace",
    "restart",
    "save",
    "start",
    "stop",
    "submit",
    "unsubscribe",
    "upload",
    "write",
];

/// Whether every call of a tool changes something, whatever its arguments are.
pub fn always(pack: &Toolpack, tool: &Tool) -> bool {
    let found = tier::of_tool(pack, tool).effect;
    let said = tool.effect.is_some_and(Effect::changes_state);
    if tool.kind != ToolKind::Http || tool.graphql.is_some() {
        return said || found.changes_state();
    }
    said || !READING.contains(&tool.method.as_str()) || tells(&tool.full_path())
}

/// Whether a call of a tool changes something. `always` is what [`always`] said of the tool; `values` are its
/// arguments. An override of the policy replaces all of it.
pub fn changes_state(policy: &Policy, tool: &Tool, always: bool, values: &Map<String, Value>) -> bool {
    let path = tool.full_path();
    overridden(
        policy,
        &Request {
            tool_id: &tool.id,
            method: &tool.method,
            host: &tool.host,
            path: &path,
            tier: RiskTier::Safe,
            scope: None,
            headers: &[],
            state_changing: always || asks(tool, values),
        },
    )
}

/// Whether the words of a path tell an act.
fn tells(path: &str) -> bool {
    let is_act = |word: &String| PATH_ACTS.contains(&word.as_str()) || tells_an_act(word);
    path_words(path).iter().flatten().any(is_act)
}

/// Whether arguments ask for a change.
fn asks(tool: &Tool, values: &Map<String, Value>) -> bool {
    let mut in_path: Option<BTreeSet<&str>> = None;
    values.iter().any(|(name, value)| {
        let said = words(name);
        match &said[..] {
            [one] if FLAGS.contains(&one.as_str()) => true,
            [one] if NAMERS.contains(&one.as_str()) && names_an_act(value) => true,
            // What fills the path is a word of it.
            _ => {
                value.as_str().is_some_and(is_bare_act)
                    && in_path.get_or_insert_with(|| fill_path(tool)).contains(name.as_str())
            }
        }
    })
}

/// Names of the arguments that fill the path.
fn fill_path(tool: &Tool) -> BTreeSet<&str> {
    if tool.kind != ToolKind::Http {
        return BTreeSet::new();
    }
    let placed = tool.raw.get("inputs").map(Node::members).unwrap_or_default();
    let filling = placed.iter().filter(|(_, place)| place.as_text().is_some_and(|p| p.starts_with("path.")));
    let braced = tool.path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name);
    filling.map(|(name, _)| name.as_str()).chain(braced).collect()
}

/// A value that is one word, and that word an act: the name of a thing may have such a word among others.
fn is_bare_act(value: &str) -> bool {
    matches!(&words(value)[..], [one] if is_act(one))
}

fn is_act(word: &str) -> bool {
    ACTS.contains(&word) || PATH_ACTS.contains(&word) || tells_an_act(word)
}

/// Whether a value names an act, alone or in a list.
fn names_an_act(value: &Value) -> bool {
    match value {
        Value::String(text) => words(text).iter().any(|word| is_act(word)),
        Value::Array(items) => {
            items.iter().filter_map(Value::as_str).any(|text| words(text).iter().any(|w| is_act(w)))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::testing::policy;
    use crate::model::testing_pack::PackText;

    fn pack(method: &str, path: &str, effect: &str) -> Toolpack {
        let change = |p: &mut PackText| {
            let action = p.action("list_products");
            action["method"] = method.into();
            action["path"] = path.into();
            action["base_path"] = "".into();
            action["effect"] = effect.into();
            action["inputs"] = json!({});
        };
        PackText::shop().edit(change).build()
    }

    fn changes(method: &str, path: &str, effect: &str, values: Value) -> bool {
        let pack = pack(method, path, effect);
        let tool = pack.manifest.tool("id-list_products").unwrap();
        changes_state(&pack.policy, tool, always(&pack, tool), values.as_object().unwrap())
    }

    /// Where the reference's substrings are wrong: it finds an act in a longer word, or misses one for its case.
    const OURS_DIFFER: [&str; 6] = [
        "/updates {}",                 // a list of what is new
        "/favorites {}",               // a list of favourites
        "/x/removed {}",               // a list of what is gone
        r#"/a {"action":"Settings"}"#, // `set` in another word
        r#"/a {"op":"padding"}"#,      // `add` in another word
        r#"/a {"Action":"delete"}"#,   // any case
    ];

    #[test]
    fn whole_words_tell_an_act_where_the_reference_matches_pieces() {
        let rows: Vec<Value> =
            serde_json::from_str(include_str!("../../fixtures/enforce/stateful-get.json")).unwrap();
        assert_eq!(rows.len(), 16);
        let mut differ = 0;
        for row in rows {
            let path = row["path"].as_str().unwrap();
            let theirs = row["state_changing"].as_bool().unwrap();
            let ours = changes("GET", path, "read", row["params"].clone());
            let purpose = OURS_DIFFER.contains(&format!("{path} {}", row["params"]).as_str());
            assert_eq!(ours != theirs, purpose, "{row}");
            differ += usize::from(purpose);
        }
        assert_eq!(differ, OURS_DIFFER.len());
    }

    #[test]
    fn method_and_effect_come_before_words() {
        for (method, path, effect, expected) in [
            ("GET", "/products", "read", false),
            ("GET", "/products", "write", true),
            ("POST", "/products", "read", true),
            ("PROPFIND", "/products", "read", true),
            ("HEAD", "/products", "read", false),
            ("QUERY", "/products", "read", false),
            ("GET", "/run%2F{id}", "read", true),
            ("GET", "/{delete}", "read", false),
        ] {
            assert_eq!(changes(method, path, effect, json!({})), expected, "{method} {path} {effect}");
        }
    }

    #[test]
    fn arguments_that_name_an_act_count_in_any_case() {
        for (values, expected) in [
            (json!({"ACTION": "deleteAll"}), true),
            (json!({"_method": "PUT"}), true),
            (json!({"op": ["list", "remove"]}), true),
            (json!({"op": "list"}), false),
            (json!({"intent": 3}), false),
            (json!({"action_type": "delete"}), false),
            (json!({"verb": "delete"}), true),
            (json!({"address": 1}), false),
        ] {
            assert_eq!(changes("GET", "/x/{name}", "read", values.clone()), expected, "{values}");
        }
        assert!(changes("GET", "/x/{name}", "read", json!({"name": "delete"})), "a word of the path");
        assert!(!changes("GET", "/x/{name}", "read", json!({"name": "delete-me-not-please"})));
        assert!(!changes("GET", "/x", "read", json!({"name": "delete"})));
    }

    #[test]
    fn an_override_replaces_all_of_it() {
        let pack = pack("POST", "/search", "read");
        let tool = pack.manifest.tool("id-list_products").unwrap();
        let policy = policy(
            r#"{"default_action": "deny", "state_changing_overrides": [{"path": "/search", "state_changing": false}]}"#,
        );
        assert!(!changes_state(&policy, tool, true, &Map::new()));
    }

    #[test]
    fn a_query_of_graphql_reads_though_it_is_posted() {
        let of = |kind: &str, document: &str| {
            let pack = PackText::shop().edit(|p| {
                let action = p.action("list_products");
                action["method"] = "POST".into();
                action["graphql"] = json!({"operation_name": "Q", "type": kind});
                action["fixed_body"] = json!({"operationName": "Q", "query": document});
            });
            let pack = pack.build();
            always(&pack, pack.manifest.tool("id-list_products").unwrap())
        };
        assert!(!of("query", "query Q { a }"));
        assert!(of("mutation", "mutation Q { a }"));
        assert!(of("query", "mutation Q { a }"), "the document says otherwise");
    }
}
