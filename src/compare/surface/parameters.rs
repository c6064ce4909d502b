//! Parameters of an operation, before and after: path, query, header, cookie; and how they are written.

use std::collections::BTreeSet;

use super::change::{Change, arrow};
use super::field::{Under, told};
use super::selectors;
use crate::canon::Node;
use crate::canon::node::pointer_step;
use crate::compare::risk::resource_words;
use crate::compare::schema::{Parameter, Schema, SchemaChange, parameters as compare_parameters};
use crate::model::phrase::Phrase;
use crate::model::schema::baseline::{Facet, Parameter as Declared};
use crate::model::surface::Locked;
use crate::rules::{Rule, op, par};

/// What this part can emit beyond the rules of schemas.
pub const EMITS: &[&Rule] = &[par::STYLE_CHANGED, op::BATCH_ENABLED, op::PAGINATION_CHANGED];

/// Rules that only speak where it is known which parameters are required.
const REQUIREDNESS: &[&Rule] = &[par::BECAME_REQUIRED, par::BECAME_OPTIONAL, par::GUARD_BECAME_OPTIONAL];

/// What is told of parameters that came and went with a path.
const OF_A_PATH: &[&Rule] = &[par::REQUIRED_ADDED, par::REMOVED, par::RENAMED];

/// What differs.
pub fn changes(old: &Locked, new: &Locked, out: &mut Vec<Change>) {
    if !old.knows(Facet::Parameters) || !new.knows(Facet::Parameters) {
        return;
    }
    let about = resource_words(&new.full_path());
    let required = old.knows(Facet::Requiredness) && new.knows(Facet::Requiredness);
    let found = compare_parameters(&all(old), &all(new), new.writes(), &about);
    let found = selectors::pages(selectors::parameter_batches(found, old, new), old, new);
    let speaks = |rule: &Rule| required || !REQUIREDNESS.contains(&rule);
    let moved = old.full_path() != new.full_path();
    let secrets: BTreeSet<String> =
        found.iter().filter(|c| c.rule == par::SECRET_IN_QUERY).map(|c| c.pointer.clone()).collect();
    // Said already: the path as a whole is told with its parameters, a secret in the query as that.
    let is_said = |change: &SchemaChange| {
        moved && change.pointer.starts_with("/path.") && OF_A_PATH.contains(&change.rule)
            || change.rule == par::OPTIONAL_ADDED && secrets.contains(&change.pointer)
    };
    let under = Under { part: "/parameters", wire: "", aspect: "parameter" };
    out.extend(
        found.into_iter().filter(|c| speaks(c.rule) && !is_said(c)).map(|c| told(c, &under, old, new)),
    );
    for (key, is) in &new.content.parameters {
        if let Some(was) = old.content.parameters.get(key) {
            style(key, was, is, out);
        }
    }
}

fn all<'a>(locked: &'a Locked) -> Vec<Parameter<'a>> {
    let parameters = locked.content.parameters.iter().filter_map(|(key, declared)| {
        let (location, name) = key.split_once('.')?;
        Some(Parameter {
            location,
            name,
            required: declared.required || location == "path",
            description: declared.description.as_deref(),
            schema: Schema { node: schema(declared), defs: locked.defs },
        })
    });
    parameters.collect()
}

/// The schema of its value; of the first media type where it is not plain.
fn schema(declared: &Declared) -> Option<&Node> {
    declared.schema.as_ref().or_else(|| declared.content.as_ref()?.values().next())
}

/// How a value is written, with what OpenAPI means by silence.
fn style(key: &str, was: &Declared, is: &Declared, out: &mut Vec<Change>) {
    let form = |p: &Declared| {
        let usual = if key.starts_with("query.") || key.starts_with("cookie.") { "form" } else { "simple" };
        let style = p.style.clone().unwrap_or_else(|| usual.to_owned());
        let explode = p.explode.unwrap_or(style == "form");
        let reserved = p.allow_reserved.unwrap_or(false);
        let media = p.content.as_ref().and_then(|c| c.keys().next().cloned()).unwrap_or_default();
        let mut words = vec![style];
        words.extend(explode.then(|| "exploded".to_owned()));
        words.extend(reserved.then(|| "reserved characters kept".to_owned()));
        words.extend((!media.is_empty()).then_some(media));
        words.join(", ")
    };
    let (before, after) = (form(was), form(is));
    if before != after {
        out.push(
            Change::new(par::STYLE_CHANGED, format!("/parameters/{}", pointer_step(key)), key)
                .texts(&before, &after)
                .says("parameter", Phrase::quote(key).and_say(": ").and(arrow(&before, &after)))
                .here("the same value is written otherwise, and the server reads another one"),
        );
    }
}
