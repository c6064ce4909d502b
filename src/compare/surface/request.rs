//! The body that a call sends, before and after: whether there must be one, its media types, its fields.

use super::change::Change;
use super::field::{Under, told};
use super::selectors;
use crate::canon::node::pointer_step;
use crate::canon::{Node, Value};
use crate::compare::risk::resource_words;
use crate::compare::schema::{Context, Position, Schema, compare};
use crate::model::finding::Side;
use crate::model::phrase::Phrase;
use crate::model::schema::baseline::{Facet, Request};
use crate::model::surface::Locked;
use crate::rules::{Rule, Severity, op, req};

/// What this part can emit beyond the rules of schemas.
pub const EMITS: &[&Rule] = &[
    req::BODY_REQUIRED_ADDED,
    req::BODY_OPTIONAL_ADDED,
    req::BODY_REMOVED,
    req::BODY_BECAME_REQUIRED,
    req::BODY_BECAME_OPTIONAL,
    req::MEDIA_REMOVED,
    req::MEDIA_ADDED,
    op::CONTENT_EFFECT_CHANGED,
    op::BATCH_ENABLED,
];

/// What differs.
pub fn changes(old: &Locked, new: &Locked, out: &mut Vec<Change>) {
    if !old.knows(Facet::Request) || !new.knows(Facet::Request) {
        return;
    }
    match (&old.content.request, &new.content.request) {
        (None, None) => {}
        (None, Some(is)) => {
            let (rule, here) = match is.required {
                true => (req::BODY_REQUIRED_ADDED, "calls without a body fail"),
                false => (req::BODY_OPTIONAL_ADDED, "the caller can send more than before"),
            };
            let media: Vec<&String> = is.content.keys().collect();
            out.push(
                Change::new(rule, "/request", "body")
                    .values(None, Some(Node::texts(media.iter().copied())))
                    .says("body", Phrase::say("new: ").and(Phrase::list(media)))
                    .here(here),
            );
        }
        (Some(was), None) => out.push(
            Change::new(req::BODY_REMOVED, "/request", "body")
                .on(Side::Base)
                .values(Some(Node::texts(was.content.keys())), None)
                .says("body", Phrase::say("no longer taken"))
                .here("what callers send there is lost or refused"),
        ),
        (Some(was), Some(is)) => both(old, was, new, is, out),
    }
}

fn both(old: &Locked, was: &Request, new: &Locked, is: &Request, out: &mut Vec<Change>) {
    if was.required != is.required && old.knows(Facet::Requiredness) && new.knows(Facet::Requiredness) {
        let (rule, words, here) = match is.required {
            true => (req::BODY_BECAME_REQUIRED, "optional → required", "calls without a body fail"),
            false => (req::BODY_BECAME_OPTIONAL, "required → optional", "calls can leave it out"),
        };
        out.push(
            Change::new(rule, "/request/required", "body")
                .values(Some(Node::bool(was.required)), Some(Node::bool(is.required)))
                .says("body", Phrase::say(words))
                .here(here),
        );
    }
    if old.knows(Facet::Media) && new.knows(Facet::Media) {
        media(was, is, out);
    }
    let about = resource_words(&new.full_path());
    let context = Context { position: Position::RequestBody, writes: new.writes(), about: &about };
    for (media, was, is) in pairs(was, is) {
        let under = Under {
            part: &format!("/request/content/{}", pointer_step(media)),
            wire: "body",
            aspect: "body",
        };
        let found = compare(Schema::new(was, old.defs), Schema::new(is, new.defs), &context);
        out.extend(selectors::batches(found).into_iter().map(|change| told(change, &under, old, new)));
    }
}

/// Bodies of one media type. Where there is one on each side, they are compared whatever their types.
fn pairs<'a>(was: &'a Request, is: &'a Request) -> Vec<(&'a str, &'a Node, &'a Node)> {
    let shared: Vec<_> = is
        .content
        .iter()
        .filter_map(|(media, new)| Some((media.as_str(), was.content.get(media)?, new)))
        .collect();
    match (shared.is_empty(), was.content.len(), is.content.iter().next()) {
        (true, 1, Some((media, new))) if is.content.len() == 1 => {
            was.content.values().map(|old| (media.as_str(), old, new)).collect()
        }
        _ => shared,
    }
}

fn media(was: &Request, is: &Request, out: &mut Vec<Change>) {
    let list =
        |request: &Request| Some(Node::new(Value::List(request.content.keys().map(Node::text).collect())));
    let uploads = was.content.keys().any(|m| is_upload(m));
    for media in is.content.keys().filter(|m| !was.content.contains_key(*m)) {
        let part = format!("/request/content/{}", pointer_step(media));
        let (rule, here) = match is_upload(media) && !uploads {
            true => (op::CONTENT_EFFECT_CHANGED, "the call can now carry files"),
            false => (req::MEDIA_ADDED, "the server reads one more form of body"),
        };
        let change = Change::new(rule, part, format!("body {media}"))
            .values(list(was), list(is))
            .says("body", Phrase::say("also ").and_quote(media))
            .here(here);
        // XML brings entities and includes along, forms with parts bring files.
        let grave = media.contains("xml") || media.starts_with("multipart/");
        out.push(match grave && rule == req::MEDIA_ADDED {
            true => Change { severity: Some(Severity::High), ..change },
            false => change,
        });
    }
    for media in was.content.keys().filter(|m| !is.content.contains_key(*m)) {
        out.push(
            Change::new(
                req::MEDIA_REMOVED,
                format!("/request/content/{}", pointer_step(media)),
                format!("body {media}"),
            )
            .on(Side::Base)
            .values(list(was), list(is))
            .says("body", Phrase::say("no longer ").and_quote(media))
            .here("callers that send it are refused"),
        );
    }
}

/// Media types that carry files.
pub fn is_upload(media: &str) -> bool {
    let family = media.split('/').next().unwrap_or_default();
    matches!(family, "multipart" | "image" | "audio" | "video") || is_binary(media)
}

/// Media types of no structure that a caller could read.
pub fn is_binary(media: &str) -> bool {
    matches!(media, "application/octet-stream" | "application/zip" | "application/gzip" | "application/pdf")
}
