//! What was answered and sent, against the schemas of the operation.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::sides::{Called, Sides};
use super::told::{challenge, is_sure, of_operation, plain, statuses};
use crate::canon::Node;
use crate::canon::node::pointer_step;
use crate::compare::risk::resource_words;
use crate::compare::schema::seen::{Misfit, Sample, any, unnamed};
use crate::compare::schema::{Schema, is_sensitive};
use crate::drift::limits::Limits;
use crate::drift::surface::name;
use crate::model::finding::Finding;
use crate::model::phrase::Phrase;
use crate::model::schema::baseline::{Facet, Response};
use crate::model::surface::Locked;
use crate::rules::{Rule, Severity, obs, res};

/// Every rule that this check can emit.
pub const EMITS: &[&Rule] =
    &[obs::SCHEMA_VIOLATION, res::STATUS_SUCCESS_ADDED, res::FIELD_ADDED, res::FIELD_SENSITIVE_ADDED];

/// What is told of what came back.
const RESPONSE: &str = "response";
/// Misfits and members of one body that are named.
const NAMED: usize = 10;

/// What was found.
pub fn run(sides: &Sides, _: &Limits) -> Vec<Finding> {
    let one = |one: &Called| {
        let mut out = Vec::new();
        if challenge(one).is_none() {
            responses(sides, one, &mut out);
            request(sides, one, &mut out);
        }
        out
    };
    let found: Vec<Vec<Finding>> = sides.called.par_iter().map(one).collect();
    found.into_iter().flatten().collect()
}

/// The response that an operation promises for a status.
fn promised<'l>(was: &'l Locked, status: &str) -> Option<(&'l str, &'l Response)> {
    let class = status.get(..1).unwrap_or_default();
    // Where a success is named, the default is for failures.
    let named = was.content.responses.keys().any(|key| key.starts_with('2'));
    let default = if named { "" } else { "default" };
    let keys = [status.to_owned(), format!("{class}XX"), format!("{class}xx"), default.to_owned()];
    keys.iter()
        .find_map(|key| was.content.responses.get_key_value(key))
        .map(|(key, found)| (key.as_str(), found))
}

/// A response of a status, its media type, and its schema.
struct Promise<'l> {
    status: &'l str,
    media: &'l str,
    schema: &'l Node,
}

fn responses(sides: &Sides, one: &Called, out: &mut Vec<Finding>) {
    let (was, is) = (one.was, one.is);
    if !was.knows(Facet::Responses) || was.content.responses.is_empty() {
        return;
    }
    let success: Vec<(&String, &Response)> =
        is.content.responses.iter().filter(|(status, _)| status.starts_with('2')).collect();
    let mut all_known = true;
    for (status, _) in &success {
        if promised(was, status).is_none() {
            all_known = false;
            out.extend(new_status(sides, one, status));
        }
    }
    // Bodies are known by the class of their status: which of several they came with nobody knows.
    let mut bodies: BTreeMap<&str, &Node> = BTreeMap::new();
    for (_, response) in &success {
        bodies.extend(response.content.iter().map(|(media, schema)| (media.as_str(), schema)));
    }
    if !all_known {
        return;
    }
    for (media, seen) in bodies.into_iter().filter(|(media, _)| !media.is_empty()) {
        let (mut wanted, mut named, mut silent) = (Vec::new(), Vec::new(), false);
        for (status, response) in success.iter().filter_map(|(status, _)| promised(was, status)) {
            silent |= response.content.is_empty();
            named.extend(response.content.keys().map(String::as_str));
            let found = of_media(&response.content, media, was.knows(Facet::Media));
            wanted.extend(found.map(|(media, schema)| Promise { status, media, schema }));
        }
        // A response without a body says nothing of one.
        if silent {
            continue;
        }
        match wanted.as_slice() {
            [] => out.extend(other_media(sides, one, media, &named)),
            some => body(sides, one, seen, some, out),
        }
    }
}

/// The schema of a media type: its own, or that of a range that it is of.
fn of_media<'l>(
    content: &'l BTreeMap<String, Node>,
    media: &str,
    exact: bool,
) -> Option<(&'l str, &'l Node)> {
    let media = plain(media);
    let kind = media.split('/').next().unwrap_or_default();
    let ranges = [media.clone(), format!("{kind}/*"), "*/*".to_owned()];
    let found = ranges.iter().find_map(|range| content.iter().find(|(own, _)| plain(own) == *range));
    // One way of writing JSON is read like another.
    let json = |media: &str| media.contains("json");
    let found = found.or_else(|| content.iter().find(|(own, _)| json(&media) && json(&plain(own))));
    // What its source could not tell is the one that it had.
    let found = found.or_else(|| content.iter().next().filter(|_| !exact));
    found.map(|(own, schema)| (own.as_str(), schema))
}

fn new_status(sides: &Sides, one: &Called, status: &str) -> Option<Finding> {
    let finding = of_operation(res::STATUS_SUCCESS_ADDED, sides, one.was, "/responses")
        .values(None, Some(Node::text(status)))
        .says("response", Phrase::say("also ").and_quote(status))
        .here("callers may not know it".into());
    sides.calls_are_new.then_some(finding)
}

/// An answer in another form than any that is promised.
fn other_media(sides: &Sides, one: &Called, media: &str, named: &[&str]) -> Option<Finding> {
    if !one.was.knows(Facet::Media) || !one.is.knows(Facet::Media) {
        return None;
    }
    let change = Phrase::quote(media).and_say(", not ").and(Phrase::list(named.iter().take(2).copied()));
    let finding = of_operation(obs::SCHEMA_VIOLATION, sides, one.was, "/responses")
        .severity(grave(one.was))
        .values(Some(Node::texts(named.iter().copied())), Some(Node::text(media)))
        .says("response", change)
        .here("callers cannot read an answer in another form".into());
    Some(finding)
}

/// What few calls happened to have in common is no promise: a person looks.
fn grave(was: &Locked) -> Severity {
    if is_sure(was) { Severity::High } else { Severity::Medium }
}

fn body(sides: &Sides, one: &Called, seen: &Node, wanted: &[Promise], out: &mut Vec<Finding>) {
    let schemas: Vec<Schema> = wanted.iter().map(|own| Schema::new(own.schema, one.was.defs)).collect();
    let sample = Sample { whole: one.is.knows(Facet::Responses), response: true };
    let first = &wanted[0];
    let part = format!("/responses/{}/content/{}", pointer_step(first.status), pointer_step(first.media));
    let (found, fits_whole) = any(seen, &schemas, sample);
    let (named, named_whole) = unnamed(seen, &schemas);
    let whole = fits_whole && named_whole;
    let here = match is_sure(one.was) {
        true => "callers that rely on the schema fail",
        false => "the schema is that of few calls: they may have been alike by chance",
    };
    let at = At { part: &part, aspect: RESPONSE, severity: grave(one.was), here };
    out.extend(violation(sides, one.was, &at, &found, whole));
    let about = resource_words(&one.was.full_path());
    let (secret, plain): (Vec<String>, Vec<String>) =
        named.into_iter().partition(|field| is_sensitive(field, &about));
    let granted = sides.surface.tool(&one.was.content.stable_id).is_some();
    let severity = if granted { grave(one.was) } else { Severity::Medium };
    for (rule, fields, severity, here) in [
        (
            res::FIELD_SENSITIVE_ADDED,
            secret,
            severity,
            "an agent that calls it learns what it could not know before",
        ),
        (res::FIELD_ADDED, plain, Severity::Info, "callers may see it"),
    ] {
        let Some(names) = some(&fields) else { continue };
        let told = Phrase::say("also ").and(names);
        let finding = of_operation(rule, sides, one.was, &part)
            .severity(severity)
            .values(None, Some(Node::texts(fields.iter().take(NAMED))))
            .says("response", told)
            .here(here.into());
        out.extend(sides.calls_are_new.then_some(finding));
    }
}

/// Names, not too many.
fn some(fields: &[String]) -> Option<Phrase> {
    let more = fields.len().saturating_sub(2);
    let told = Phrase::list(fields.iter().take(2));
    (!fields.is_empty()).then(|| if more > 0 { told.and_say(format!(" and {more} more")) } else { told })
}

/// Where a body stands, and how grave it is if it does not fit.
struct At<'l> {
    part: &'l str,
    aspect: &'static str,
    severity: Severity,
    here: &'static str,
}

/// One body that does not fit is one finding, whatever of it does not.
fn violation(sides: &Sides, was: &Locked, at: &At, found: &[Misfit], whole: bool) -> Option<Finding> {
    let Some(first) = found.first() else {
        let unlooked = of_operation(obs::SCHEMA_VIOLATION, sides, was, at.part)
            .severity(Severity::Medium)
            .says(at.aspect, "its schema can't be looked at as a whole".into())
            .here("whether recorded bodies fit is not known".into());
        return (!whole).then_some(unlooked);
    };
    let told = |one: &Misfit| match one.field.as_str() {
        "" => one.change.clone(),
        field => Phrase::quote(field).and_say(" ").and(one.change.clone()),
    };
    let texts = found.iter().take(NAMED).map(|one| told(one).plain());
    let more = found.len() - 1;
    let change = if more > 0 { told(first).and_say(format!(", and {more} more")) } else { told(first) };
    let mut finding =
        of_operation(obs::SCHEMA_VIOLATION, sides, was, &format!("{}{}", at.part, first.pointer))
            .severity(at.severity)
            .values(None, Some(Node::texts(texts)))
            .says(at.aspect, change)
            .here(at.here.into());
    finding.why.extend(found.iter().skip(1).take(NAMED).map(told));
    if at.aspect == RESPONSE {
        finding
            .why
            .extend(found.iter().filter_map(Misfit::lacks).filter_map(|member| needed(sides, was, member)));
    }
    Some(finding)
}

/// Who is called with a member that is not there.
fn needed(sides: &Sides, was: &Locked, member: &str) -> Option<Phrase> {
    let takers = sides.flows.takers(&was.content.stable_id, member);
    let all = sides.surface.operations.iter();
    let named: Vec<String> =
        all.filter(|l| takers.contains(l.content.stable_id.as_str())).take(NAMED).map(name).collect();
    (!named.is_empty())
        .then(|| Phrase::quote(member).and_say(" is what these are called with: ").and(Phrase::list(named)))
}

/// What callers send is no promise of the API, and one that was refused says nothing: it counts where all calls
/// succeeded, and less.
fn request(sides: &Sides, one: &Called, out: &mut Vec<Finding>) {
    let accepted = statuses(one.is);
    let (Some(was), Some(is)) = (&one.was.content.request, &one.is.content.request) else { return };
    if accepted.is_empty() || accepted.iter().any(|status| *status >= 400) || !one.was.knows(Facet::Request) {
        return;
    }
    let sample = Sample { whole: one.is.knows(Facet::Request), response: false };
    for (media, seen) in &is.content {
        let Some((own, schema)) = of_media(&was.content, media, one.was.knows(Facet::Media)) else {
            continue;
        };
        let schema = Schema::new(schema, one.was.defs);
        let (found, fits_whole) = any(seen, &[schema], sample);
        let whole = fits_whole && unnamed(seen, &[schema]).1;
        let part = format!("/request/content/{}", pointer_step(own));
        let here = "other callers send what tools may not, and it is accepted";
        let at = At { part: &part, aspect: "request", severity: Severity::Medium, here };
        out.extend(violation(sides, one.was, &at, &found, whole));
    }
}
