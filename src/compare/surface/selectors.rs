//! What a call selects: one thing or many, and which page of them. Changes of parameters that mean one of
//! these in, the rule that says so out; the general ones about the same parameters are absorbed.

use std::collections::BTreeSet;

use crate::canon::node::pointer_step;
use crate::canon::text::words;
use crate::canon::{Node, Value};
use crate::compare::schema::SchemaChange;
use crate::model::phrase::Phrase;
use crate::model::surface::Locked;
use crate::rules::{Rule, Severity, op, par, req};

/// Rules of types whose change may be one thing that became many.
const TYPES: &[&Rule] = &[
    par::TYPE_CHANGED,
    par::TYPE_WIDENED,
    req::FIELD_TYPE_CHANGED,
    req::FIELD_TYPE_WIDENED,
    req::OBJECT_BECAME_ARRAY,
];

/// The same changes of a body, those that let one call act on many told as that.
pub fn batches(found: Vec<SchemaChange>) -> Vec<SchemaChange> {
    let lists = |node: &Option<Node>| node.as_ref().is_some_and(has_array);
    let many = |change: &SchemaChange| lists(&change.after) && !lists(&change.before);
    found.into_iter().map(|c| if selects(&c) && many(&c) { batch(c) } else { c }).collect()
}

/// The same of parameters.
pub fn parameter_batches(found: Vec<SchemaChange>, old: &Locked, new: &Locked) -> Vec<SchemaChange> {
    let lists = |locked: &Locked, change: &SchemaChange| {
        let step = change.pointer.split('/').nth(1).unwrap_or_default();
        let parameter = locked.content.parameters.get(&step.replace("~1", "/").replace("~0", "~"));
        parameter.and_then(|p| p.schema.as_ref()).is_some_and(has_array)
    };
    let many = |change: &SchemaChange| lists(new, change) && !lists(old, change);
    found.into_iter().map(|c| if selects(&c) && many(&c) { batch(c) } else { c }).collect()
}

/// Whether the type of what names a thing changed.
fn selects(change: &SchemaChange) -> bool {
    let names = words(change.field.rsplit(['.', ' ']).next().unwrap_or_default())
        .last()
        .is_some_and(|w| matches!(w.as_str(), "id" | "ids" | "uuid" | "uuids" | "key" | "keys"));
    names && TYPES.contains(&change.rule)
}

/// Whether a type, or the type of a schema, is or may be a list.
fn has_array(node: &Node) -> bool {
    match &node.value {
        Value::Text(text) => text == "array",
        Value::List(items) => items.iter().any(|n| n.as_text() == Some("array")),
        Value::Map(_) => node.get("type").is_some_and(has_array),
        _ => false,
    }
}

fn batch(change: SchemaChange) -> SchemaChange {
    SchemaChange {
        rule: op::BATCH_ENABLED,
        severity: Severity::High,
        here: Phrase::say("one call can name many, and acts on all of them"),
        ..change
    }
}

/// Ways to ask for a page, with the words of their parameters.
const PAGINATION: &[(&str, &[&str])] = &[
    (
        "cursor",
        &["cursor", "after", "before", "page_token", "next_token", "continuation", "continuation_token"],
    ),
    ("page number", &["page", "page_number"]),
    ("offset", &["offset", "skip", "start"]),
];

/// How an operation is paged through: the mechanisms, and the parameters that say so.
fn pagination(locked: &Locked) -> (BTreeSet<&'static str>, BTreeSet<String>) {
    let (mut how, mut by) = (BTreeSet::new(), BTreeSet::new());
    for key in locked.content.parameters.keys() {
        let Some(("query", name)) = key.split_once('.') else { continue };
        let folded = words(name).join("_");
        if let Some((mechanism, _)) = PAGINATION.iter().find(|(_, names)| names.contains(&folded.as_str())) {
            how.insert(*mechanism);
            by.insert(key.clone());
        }
    }
    (how, by)
}

/// The same changes, where the pages are asked for in another way with that told once.
pub fn pages(found: Vec<SchemaChange>, old: &Locked, new: &Locked) -> Vec<SchemaChange> {
    let ((was, by_old), (is, by_new)) = (pagination(old), pagination(new));
    if was == is || was.is_empty() || is.is_empty() {
        return found;
    }
    const ABSORBED: &[&Rule] = &[par::REMOVED, par::RENAMED, par::OPTIONAL_ADDED];
    let pointers: BTreeSet<String> =
        by_old.symmetric_difference(&by_new).map(|key| format!("/{}", pointer_step(key))).collect();
    let mut out: Vec<SchemaChange> = found
        .into_iter()
        .filter(|change| !(ABSORBED.contains(&change.rule) && pointers.contains(&change.pointer)))
        .collect();
    let told = |how: &BTreeSet<&'static str>| how.iter().copied().collect::<Vec<_>>().join(", ");
    let first = by_new.difference(&by_old).next().or(by_new.first());
    out.push(SchemaChange {
        rule: op::PAGINATION_CHANGED,
        pointer: first.map(|key| format!("/{}", pointer_step(key))).unwrap_or_default(),
        field: String::new(),
        before: Some(Node::texts(&by_old)),
        after: Some(Node::texts(&by_new)),
        change: Phrase::say(format!("pages by {} → {}", told(&was), told(&is))),
        here: Phrase::say("callers see the first page only, or the same one again"),
        severity: Severity::Medium,
    });
    out
}
