//! Every schema of an operation, with the right to change it: parameters, bodies, answers, headers, and what GraphQL
//! operations take and give.

use crate::canon::{Node, Value};
use crate::compare::restate::{LISTS, MAPS, ONES};

/// Calls `change` with each schema that stands in an operation, not with those inside of it.
pub(super) fn each(operation: &mut Node, change: &mut impl FnMut(&mut Node)) {
    within(operation, "parameters", &mut |parameter| of_part(parameter, change));
    if let Some(request) = member(operation, "request") {
        within(request, "content", change);
    }
    within(operation, "responses", &mut |response| {
        within(response, "content", change);
        within(response, "headers", &mut |header| of_part(header, change));
    });
    within(operation, "graphql", &mut |entry| {
        ["variables", "response"].iter().for_each(|key| {
            if let Some(schema) = member(entry, key) {
                change(schema);
            }
        });
    });
}

/// A parameter or a header: its schema, or that of its media types.
fn of_part(part: &mut Node, change: &mut impl FnMut(&mut Node)) {
    if let Some(schema) = member(part, "schema") {
        change(schema);
    }
    within(part, "content", change);
}

fn within(holder: &mut Node, key: &str, change: &mut dyn FnMut(&mut Node)) {
    if let Some(Node { value: Value::Map(members), .. }) = member(holder, key) {
        members.iter_mut().for_each(|(_, value)| change(value));
    }
}

pub(super) fn member<'a>(holder: &'a mut Node, key: &str) -> Option<&'a mut Node> {
    match &mut holder.value {
        Value::Map(members) => members.iter_mut().find(|(k, _)| k == key).map(|(_, value)| value),
        _ => None,
    }
}

/// Writes each reference of a schema to a definition of another name. The readers bound the depth of a schema.
pub(super) fn rename(schema: &mut Node, new_name: &impl Fn(&str) -> Option<String>) {
    refer(schema, &|name| new_name(name).map(|name| format!("#/$defs/{name}")));
}

/// Writes each reference of a schema to a definition as one to a place that has them under the same names.
pub(super) fn point(schema: &mut Node, place: &str) {
    refer(schema, &|name| Some(format!("{place}{name}")));
}

fn refer(schema: &mut Node, target: &dyn Fn(&str) -> Option<String>) {
    let Value::Map(members) = &mut schema.value else { return };
    for (key, value) in members {
        let key = key.as_str();
        if key == "$ref" {
            let name = value.as_text().and_then(|text| text.strip_prefix("#/$defs/"));
            if let Some(target) = name.and_then(target) {
                value.value = Value::Text(target);
            }
        } else if MAPS.contains(&key) {
            if let Value::Map(parts) = &mut value.value {
                parts.iter_mut().for_each(|(_, part)| refer(part, target));
            }
        } else if LISTS.contains(&key) || ONES.contains(&key) {
            match &mut value.value {
                Value::List(parts) => parts.iter_mut().for_each(|part| refer(part, target)),
                _ => refer(value, target),
            }
        }
    }
}
