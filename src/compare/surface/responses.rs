//! What comes back, before and after: statuses, media types, headers, fields.

use std::collections::BTreeSet;

use super::change::{Change, arrow};
use super::field::{Under, told};
use super::request::is_binary;
use crate::canon::Node;
use crate::canon::node::pointer_step;
use crate::compare::risk::resource_words;
use crate::compare::schema::{Context, Position, Schema, compare};
use crate::model::finding::Side;
use crate::model::phrase::Phrase;
use crate::model::schema::baseline::{Facet, Response};
use crate::model::surface::Locked;
use crate::rules::{Rule, op, res};

/// What this part can emit beyond the rules of schemas.
pub const EMITS: &[&Rule] = &[
    res::STATUS_SUCCESS_REMOVED,
    res::STATUS_SUCCESS_CHANGED,
    res::STATUS_SUCCESS_ADDED,
    res::STATUS_ERROR_ADDED,
    res::STATUS_ERROR_REMOVED,
    res::MEDIA_REMOVED,
    res::MEDIA_CHANGED,
    res::HEADER_REQUIRED_REMOVED,
    res::STREAM_ENABLED,
    res::SCHEMA_LOST,
    op::CONTENT_EFFECT_CHANGED,
];

/// What differs.
pub fn changes(old: &Locked, new: &Locked, out: &mut Vec<Change>) {
    if !old.knows(Facet::Responses) || !new.knows(Facet::Responses) {
        return;
    }
    let pairs = statuses(old, new, out);
    for (was, is) in pairs {
        let (Some(before), Some(after)) = (old.content.responses.get(was), new.content.responses.get(is))
        else {
            continue;
        };
        response(old, (was, before), new, (is, after), out);
    }
}

/// Tells which statuses came and went, and gives the responses that answer the same: (old, new).
fn statuses<'a>(old: &'a Locked, new: &'a Locked, out: &mut Vec<Change>) -> Vec<(&'a str, &'a str)> {
    let keys =
        |locked: &'a Locked| locked.content.responses.keys().map(String::as_str).collect::<BTreeSet<_>>();
    let (was, is) = (keys(old), keys(new));
    let mut pairs: Vec<_> = was.intersection(&is).map(|status| (*status, *status)).collect();
    let success = |status: &&&str| is_success(status);
    let gone: Vec<&str> = was.difference(&is).filter(success).copied().collect();
    let come: Vec<&str> = is.difference(&was).filter(success).copied().collect();
    let change = |rule, status: &str, side| {
        Change::new(rule, format!("/responses/{status}"), format!("status {status}")).on(side)
    };
    match (&gone[..], &come[..]) {
        ([from], [to]) => {
            pairs.push((from, to));
            out.push(
                change(res::STATUS_SUCCESS_CHANGED, to, Side::Head)
                    .texts(from, to)
                    .says("response", arrow(from, to))
                    .here("callers that wait for the old status take the answer for a failure"),
            );
        }
        _ => {
            for status in gone {
                out.push(
                    change(res::STATUS_SUCCESS_REMOVED, status, Side::Base)
                        .values(Some(Node::text(status)), None)
                        .says("response", Phrase::say("no longer ").and_quote(status))
                        .here("callers wait for it in vain"),
                );
            }
            for status in come {
                out.push(
                    change(res::STATUS_SUCCESS_ADDED, status, Side::Head)
                        .values(None, Some(Node::text(status)))
                        .says("response", Phrase::say("also ").and_quote(status))
                        .here("callers may not know it"),
                );
            }
        }
    }
    for status in is.difference(&was).filter(|s| !is_success(s)) {
        out.push(
            change(res::STATUS_ERROR_ADDED, status, Side::Head)
                .values(None, Some(Node::text(*status)))
                .says("response", Phrase::say("also ").and_quote(*status))
                .here("one more way to fail"),
        );
    }
    for status in was.difference(&is).filter(|s| !is_success(s)) {
        out.push(
            change(res::STATUS_ERROR_REMOVED, status, Side::Base)
                .values(Some(Node::text(*status)), None)
                .says("response", Phrase::say("no longer ").and_quote(*status))
                .here("one way to fail is told no more"),
        );
    }
    pairs
}

/// 2xx, and 3xx, which a caller follows; `default` answers where nothing else is named.
fn is_success(status: &str) -> bool {
    matches!(status.as_bytes().first(), Some(b'2' | b'3'))
}

type Named<'a> = (&'a str, &'a Response);

fn response(old: &Locked, was: Named, new: &Locked, is: Named, out: &mut Vec<Change>) {
    let known = |facet| old.knows(facet) && new.knows(facet);
    let part = format!("/responses/{}", pointer_step(is.0));
    let bodies = bodies(was.1, is.1);
    if known(Facet::Media) {
        media(&part, was.1, is, bodies.renamed, out);
    }
    if known(Facet::Headers) {
        headers(old, was.1, new, is, out);
    }
    if is.1.stream == Some(true) && was.1.stream != Some(true) {
        out.push(
            Change::new(res::STREAM_ENABLED, format!("{part}/stream"), format!("{} stream", is.0))
                .values(was.1.stream.map(Node::bool), is.1.stream.map(Node::bool))
                .says("response", Phrase::say("comes in pieces without an end"))
                .here("callers that wait for the whole answer wait for ever"),
        );
    }
    let about = resource_words(&new.full_path());
    let context = Context { position: Position::Response, writes: new.writes(), about: &about };
    for (media, before, after) in bodies.pairs {
        let part = format!("{part}/content/{}", pointer_step(media));
        if says_nothing(after) && !says_nothing(before) {
            out.push(
                Change::new(res::SCHEMA_LOST, part, format!("{} body", is.0))
                    .values(Some(before.clone()), Some(after.clone()))
                    .says("response", Phrase::say("no schema any more"))
                    .here("nothing is promised about the answer"),
            );
            continue;
        }
        let under = Under { part: &part, wire: is.0, aspect: "response" };
        let found = compare(Schema::new(before, old.defs), Schema::new(after, new.defs), &context);
        out.extend(found.into_iter().map(|change| told(change, &under, old, new)));
    }
}

/// A schema that any value satisfies.
fn says_nothing(schema: &Node) -> bool {
    schema.as_bool() == Some(true)
        || schema.is_map()
            && schema.members().iter().all(|(key, _)| matches!(key.as_str(), "description" | "title"))
}

/// Bodies that answer the same.
struct Bodies<'a> {
    pairs: Vec<(&'a str, &'a Node, &'a Node)>,
    /// One media type took the place of another.
    renamed: bool,
}

fn bodies<'a>(was: &'a Response, is: &'a Response) -> Bodies<'a> {
    let shared: Vec<_> = is
        .content
        .iter()
        .filter_map(|(media, new)| Some((media.as_str(), was.content.get(media)?, new)))
        .collect();
    match (shared.is_empty(), was.content.iter().next(), is.content.iter().next()) {
        (true, Some((_, old)), Some((media, new))) if was.content.len() == 1 && is.content.len() == 1 => {
            Bodies { pairs: vec![(media.as_str(), old, new)], renamed: true }
        }
        _ => Bodies { pairs: shared, renamed: false },
    }
}

fn media(part: &str, was: &Response, is: Named, renamed: bool, out: &mut Vec<Change>) {
    let (status, is) = is;
    let list = |response: &Response| Some(Node::texts(response.content.keys()));
    let change = |rule, media: &str| {
        Change::new(rule, format!("{part}/content/{}", pointer_step(media)), format!("{status} {media}"))
            .values(list(was), list(is))
    };
    let downloads = was.content.keys().any(|m| is_binary(m));
    if let (true, Some(from), Some(to)) = (renamed, was.content.keys().next(), is.content.keys().next()) {
        let (rule, here) = match is_binary(to) && !downloads {
            true => (op::CONTENT_EFFECT_CHANGED, "the call now hands out files"),
            false => (res::MEDIA_CHANGED, "callers read the answer in the old form"),
        };
        out.push(change(rule, to).says("response", arrow(from, to)).here(here));
        return;
    }
    for media in was.content.keys().filter(|m| !is.content.contains_key(*m)) {
        out.push(
            change(res::MEDIA_REMOVED, media)
                .on(Side::Base)
                .says("response", Phrase::say("no longer ").and_quote(media))
                .here("callers that ask for it are refused"),
        );
    }
}

/// Headers that were promised, and what their values may be.
fn headers(old: &Locked, was: &Response, new: &Locked, is: Named, out: &mut Vec<Change>) {
    let (status, is) = is;
    let about = resource_words(&new.full_path());
    for (name, before) in &was.headers {
        let part = format!("/responses/{}/headers/{}", pointer_step(status), pointer_step(name));
        match is.headers.get(name) {
            None => out.push(
                Change::new(res::HEADER_REQUIRED_REMOVED, part, format!("{status} {name}"))
                    .on(Side::Base)
                    .values(Some(before.clone()), None)
                    .says("response", Phrase::say("no header ").and_quote(name).and_say(" any more"))
                    .here("callers that rely on the header miss it"),
            ),
            Some(after) => {
                let context = Context {
                    position: Position::ResponseHeader { name },
                    writes: new.writes(),
                    about: &about,
                };
                let wire = format!("{status} {name}");
                let under = Under { part: &format!("{part}/schema"), wire: &wire, aspect: "response header" };
                let found = compare(
                    Schema { node: before.get("schema"), defs: old.defs },
                    Schema { node: after.get("schema"), defs: new.defs },
                    &context,
                );
                out.extend(found.into_iter().map(|change| told(change, &under, old, new)));
            }
        }
    }
}
