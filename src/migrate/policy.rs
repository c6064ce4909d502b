//! The v1 policy.yaml in, the one of version 2 out: same rules, same order, nothing that decides by silence.

use std::sync::LazyLock;

use regex::Regex;

use super::carry::From;
use super::ids::Ids;
use super::notes::Notes;
use crate::canon::{Node, Value};
use crate::model::phrase::Phrase;
use crate::model::policy::{DefaultAction, Policy, Rule, RuleType, members as known};
use crate::model::schema_version::CURRENT;
use crate::model::toolpack::Toolpack;

const BEFORE_ACTION: &[&str] = &["name", "description"];
const BEFORE_RULES: &[&str] =
    &["global_rate_limit", "audit_all", "redact_headers", "redact_patterns", "redact_pattern_justifications"];

/// The reference system counts endpoints in the text: a new tool would change what everybody has signed.
static COUNTED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\AAuto-generated policy for [0-9]+ endpoints?\z").expect("the pattern is a constant")
});

/// Restates a policy.
pub(super) fn restate(v1: &Toolpack, ids: &Ids, notes: &mut Notes) -> Node {
    let file = v1.path(&v1.header.policy);
    let policy = &v1.policy;
    let from = From::root(&file, &policy.raw);
    // Version 1 wrote its own version beside the members that both know.
    let top = [&["version"], known::TOP].concat();
    let mut members = vec![("schema_version".to_owned(), Node::text(CURRENT))];
    members.extend(from.only(BEFORE_ACTION, &top, notes).into_iter().filter(|(key, value)| {
        let counted = key == "description" && value.as_text().is_some_and(|text| COUNTED.is_match(text));
        if counted {
            notes.tell(Phrase::say("the policy's description, which counts its endpoints, is dropped"));
        }
        !counted
    }));
    members.push(("default_action".to_owned(), default_action(policy, notes)));
    members.extend(from.only(BEFORE_RULES, &top, notes));
    members.push(("state_changing_overrides".to_owned(), overrides(&from, ids, notes)));
    let rules: Vec<Node> = policy.rules.iter().filter_map(|r| rule(&file, r, notes)).collect();
    members.push(("rules".to_owned(), Node::new(Value::List(rules))));
    members.extend(from.only(&["scope"], &top, notes));
    Node::map(members)
}

fn default_action(policy: &Policy, notes: &mut Notes) -> Node {
    let word = match policy.default_action {
        DefaultAction::Allow => "allow",
        DefaultAction::Deny => "deny",
    };
    let said = policy.raw.get("default_action").and_then(Node::as_text).unwrap_or_default();
    if said != word {
        notes.tell(
            Phrase::say("the policy's default_action becomes deny, which is how ")
                .and_quote(said)
                .and_say(" always worked"),
        );
    }
    Node::text(word)
}

/// None for a budget without a limit: it limits nothing, and version 2 refuses what only looks like a limit.
fn rule(file: &str, rule: &Rule, notes: &mut Notes) -> Option<Node> {
    let from = From { file, pointer: rule.pointer(), node: &rule.raw };
    let limit = rule.settings.per_minute.or(rule.settings.per_hour);
    if rule.kind == RuleType::Budget && limit.is_none() {
        notes.tell(Phrase::say("the budget ").and_quote(&rule.id).and_say(" is dropped: it has no limit"));
        return None;
    }
    let mut members =
        from.only(&["id", "name", "description", "type", "priority"], &["match", "settings"], notes);
    let part = |key: &str, known: &[&str], notes: &mut Notes| match rule.raw.get(key) {
        Some(node) => from.step(key, node).only(known, &[], notes),
        None => Vec::new(),
    };
    members.push(("match".to_owned(), Node::map(part("match", known::MATCH, notes))));
    let settings = part("settings", known::SETTINGS, notes);
    if !settings.is_empty() {
        members.push(("settings".to_owned(), Node::map(settings)));
    }
    Some(Node::map(members))
}

/// A correction that names a tool goes on naming it.
fn overrides(from: &From, ids: &Ids, notes: &mut Notes) -> Node {
    let empty = Node::null();
    let list =
        from.step("state_changing_overrides", from.node.get("state_changing_overrides").unwrap_or(&empty));
    let items = list.node.items().iter().enumerate().map(|(i, item)| {
        let mut members = list.step(&i.to_string(), item).only(known::OVERRIDE, &[], notes);
        if let Some((_, tool)) = members.iter_mut().find(|(key, _)| key == "tool_id")
            && let Some(text) = tool.as_text()
        {
            match ids.of_v1(text) {
                Some(id) => *tool = Node::text(id),
                None => notes.tell(
                    Phrase::say("a correction of what changes state names the tool ")
                        .and_quote(text)
                        .and_say(", which is no single tool of the manifest"),
                ),
            }
        }
        Node::map(members)
    });
    Node::new(Value::List(items.collect()))
}
