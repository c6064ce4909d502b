//! What is told about a change of a policy: which rule or field, where it stands, what it does to which tool.

use crate::model::policy::Policy;

/// Stands where a tool's name stands, for effects on every call.
pub const EVERY_CALL: &str = "*";

/// One change of a policy and what it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyChange {
    /// Id of the rule; `None` for a top-level field.
    pub rule_id: Option<String>,
    /// What happened to it.
    pub cause: Cause,
    /// What differs inside a changed rule, as `type`, `priority`, `match.hosts`, `settings.fields` ….
    pub fields: Vec<String>,
    /// JSON pointer of the rule or field, in the head or, where the head lacks it, in the base.
    pub pointer: String,
    /// Line of the same place; 0 if unknown.
    pub line: u32,
    /// Whether `pointer` and `line` are places of the base.
    pub in_base: bool,
    /// Tools whose calls are decided more freely, sorted. Empty if the change frees nothing.
    pub loosened: Vec<Effect>,
    /// Tools whose calls are decided more strictly, sorted.
    pub tightened: Vec<Effect>,
    /// Tools of which some calls may be decided more freely, though none that was tried is; sorted.
    pub untried: Vec<String>,
}

/// What happened to a rule or a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The rule is gone.
    Removed,
    /// The rule is new.
    Added,
    /// The rule says something else.
    Changed,
    /// The rule's priority or its place among the others differs, and nothing else.
    Reordered,
    /// A field beside the rules differs.
    TopLevel(&'static str),
}

/// What a change does to one tool, in words for people. Words may quote field names of the policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Effect {
    /// Name of the tool, or [`EVERY_CALL`].
    pub tool: String,
    /// What happened before.
    pub before: String,
    /// What happens now.
    pub after: String,
    /// Fields of its answer that were redacted and no longer are; sorted.
    pub bared: Vec<String>,
}

impl Effect {
    /// An effect on every call.
    pub(super) fn every(before: impl Into<String>, after: impl Into<String>) -> Effect {
        Effect { tool: EVERY_CALL.to_owned(), before: before.into(), after: after.into(), bared: Vec::new() }
    }
}

impl PolicyChange {
    /// A change of a field beside the rules, with its place and without effects.
    pub(super) fn of_field(base: &Policy, head: &Policy, name: &'static str) -> PolicyChange {
        let (node, in_base) = match (head.raw.get(name), base.raw.get(name)) {
            (None, Some(node)) => (Some(node), true),
            (node, _) => (node, false),
        };
        PolicyChange {
            rule_id: None,
            cause: Cause::TopLevel(name),
            fields: Vec::new(),
            pointer: format!("/{name}"),
            line: node.map_or(0, |n| n.line),
            in_base,
            loosened: Vec::new(),
            tightened: Vec::new(),
            untried: Vec::new(),
        }
    }
}
