//! How findings about calls are made: at the operation where there is one, else at the recording.

use super::sides::{Called, Sides};
use crate::canon::Node;
use crate::drift::surface::name;
use crate::model::finding::{Finding, Side, Subject};
use crate::model::phrase::Phrase;
use crate::model::schema::baseline::Facet;
use crate::model::surface::Locked;
use crate::rules::Rule;

/// A finding about an operation of the surface, at a part of it.
pub fn of_operation(rule: &'static Rule, sides: &Sides, was: &Locked, part: &str) -> Finding {
    Finding::new(rule, subject(sides, was), sides.surface.place(&was.places, part, sides.side()))
}

/// A finding about calls of nothing that is known.
pub fn of_calls(rule: &'static Rule, sides: &Sides, is: &Locked) -> Finding {
    let side = if sides.calls_are_new { Side::Head } else { Side::Base };
    let subject = sides.calls.subject(&is.content.stable_id, &called(is));
    Finding::new(rule, subject, sides.calls.place(&is.places, "", side))
}

/// The tool that stands on an operation, else the operation.
fn subject(sides: &Sides, was: &Locked) -> Subject {
    let id = was.graphql.as_ref().map_or(&was.content.stable_id, |(_, own)| &own.stable_id);
    sides.surface.subject(id, &called(was))
}

fn called(locked: &Locked) -> String {
    match &locked.graphql {
        Some((operation, _)) => format!("{} {operation}", name(locked)),
        None => name(locked),
    }
}

/// `GET /users/{id}`, and the GraphQL operation there.
pub fn request(locked: &Locked) -> Phrase {
    let request = format!("{} {}", locked.method, locked.full_path());
    match &locked.graphql {
        Some((operation, _)) => Phrase::quote(request).and_say(" ").and_quote(operation),
        None => Phrase::quote(request),
    }
}

/// Whether what the surface asks for is more than what few calls happened to have in common.
pub fn is_sure(was: &Locked) -> bool {
    was.knows(Facet::Requiredness)
}

/// A count of what was observed of an operation.
pub fn observed(locked: &Locked, member: &str) -> Option<u64> {
    u64::try_from(locked.content.observed.as_ref()?.get(member)?.as_int()?).ok()
}

/// The statuses of all its calls.
pub fn statuses(is: &Locked) -> Vec<u16> {
    let all = is.content.observed.as_ref().and_then(|own| own.get("statuses"));
    let all = all.map(Node::members).unwrap_or_default();
    all.iter().filter_map(|(status, _)| status.parse().ok()).collect()
}

/// Media types that a person reads.
const PAGES: [&str; 2] = ["text/html", "application/xhtml+xml"];

/// Whether a media type is of a page.
pub fn is_page(media: &str) -> bool {
    PAGES.contains(&plain(media).as_str())
}

/// Whether no data was read in a body, whatever its media type says.
fn is_text(schema: &Node) -> bool {
    schema.get("type").is_none_or(|kind| kind.as_text() == Some("string"))
}

/// A media type without parameters, in lower case.
pub fn plain(media: &str) -> String {
    media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The status under which a page came where data should, if any did: what asks whether a person calls answers with
/// success, refuses, or says that it is busy.
pub fn challenge(called: &Called) -> Option<String> {
    let promised = || called.was.content.responses.values().flat_map(|response| response.content.keys());
    if !promised().any(|media| plain(media).contains("json")) || promised().any(|media| is_page(media)) {
        return None;
    }
    let asks = |status: &str| status.starts_with('2') || ["401", "403", "429", "503"].contains(&status);
    let all = called.is.content.responses.iter();
    all.filter(|(status, _)| asks(status))
        .find(|(_, response)| {
            response.content.iter().any(|(media, schema)| is_page(media) && is_text(schema))
        })
        .map(|(status, _)| status.clone())
}
