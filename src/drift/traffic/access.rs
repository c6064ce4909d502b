//! Who was let in: calls that are refused now, and calls that succeed without a credential.

use std::collections::BTreeSet;

use super::sides::{Called, Sides};
use super::told::{challenge, observed, of_operation, statuses};
use crate::canon::Node;
use crate::drift::limits::Limits;
use crate::model::finding::Finding;
use crate::model::phrase::Phrase;
use crate::model::schema::baseline::Facet;
use crate::model::surface::Locked;
use crate::rules::{Rule, auth};

/// Every rule that this check can emit.
pub const EMITS: &[&Rule] = &[auth::OBSERVED_STATUS_CHANGED, auth::OBSERVED_ANONYMOUS_SUCCESS];

/// What was found.
pub fn run(sides: &Sides, _: &Limits) -> Vec<Finding> {
    if !sides.calls_are_new {
        return Vec::new();
    }
    let carried = carried(sides);
    let all = sides.called.iter().filter(|one| challenge(one).is_none());
    all.flat_map(|one| [refused(sides, one), anonymous(sides, one, &carried)]).flatten().collect()
}

/// Every call was refused, though nothing was missing that is asked for.
fn refused(sides: &Sides, one: &Called) -> Option<Finding> {
    let all = statuses(one.is);
    let denied = !all.is_empty() && all.iter().all(|status| matches!(status, 401 | 403));
    let open = one.was.knows(Facet::Security) && one.was.content.security.as_ref().is_none_or(Vec::is_empty);
    let proved = one.is.content.security.as_ref().is_some_and(|own| own.iter().any(|way| !way.is_empty()));
    let answered = one.was.content.responses.is_empty()
        || one.was.content.responses.keys().any(|status| status.starts_with('2') || status == "default");
    if !denied || !answered || !(open || proved) {
        return None;
    }
    let told: Vec<String> = all.iter().map(u16::to_string).collect();
    let here = match proved {
        true => "the credential that calls carry is not enough any more",
        false => "it asked for no credential when it was locked",
    };
    let finding = of_operation(auth::OBSERVED_STATUS_CHANGED, sides, one.was, "/security")
        .values(None, Some(Node::texts(told.iter())))
        .says("credential", Phrase::say(format!("answers {} only", told.join(" and "))))
        .here(here.into());
    Some(finding)
}

/// A call succeeded without a credential. Exports leave credentials out too: only where the same recording has one of
/// the kind that is asked for, its absence says something.
fn anonymous(sides: &Sides, one: &Called, carried: &BTreeSet<(String, String)>) -> Option<Finding> {
    let count = observed(one.is, "anonymous").filter(|count| *count > 0)?;
    // Whoever is sent elsewhere may be sent to where people sign in.
    let elsewhere = statuses(one.is).iter().any(|status| (300..400).contains(status));
    let asked =
        one.was.content.security.as_ref().filter(|own| !own.is_empty() && one.was.knows(Facet::Security))?;
    let free = asked.iter().any(|way| way.is_empty());
    let kinds = kinds(one.was);
    let seen = kinds.iter().any(|kind| carried.contains(&(one.is.host.clone(), kind.clone())));
    if elsewhere || free || !seen {
        return None;
    }
    let calls = if count == 1 { "1 call was".to_owned() } else { format!("{count} calls were") };
    let finding = of_operation(auth::OBSERVED_ANONYMOUS_SUCCESS, sides, one.was, "/security")
        .values(None, Some(Node::text("none needed")))
        .says("credential", Phrase::say(format!("{calls} answered without one")))
        .here("a credential is asked for, and none was needed".into());
    Some(finding)
}

/// The kinds of credentials that calls to each host carried.
fn carried(sides: &Sides) -> BTreeSet<(String, String)> {
    let all = sides.calls.operations.iter();
    all.flat_map(|locked| kinds(locked).into_iter().map(|kind| (locked.host.clone(), kind))).collect()
}

/// The kinds of credentials that an operation asks for, as a recording can tell them apart.
fn kinds(locked: &Locked) -> BTreeSet<String> {
    let ways = locked.content.security.iter().flatten();
    let schemes = ways.flat_map(|way| way.keys()).filter_map(|name| locked.schemes.get(name));
    let text = |scheme: &Node, key: &str| {
        scheme.get(key).and_then(Node::as_text).unwrap_or_default().to_ascii_lowercase()
    };
    schemes
        .map(|scheme| match text(scheme, "type").as_str() {
            "oauth2" | "openidconnect" => "http bearer".to_owned(),
            "apikey" if text(scheme, "in") == "cookie" => "cookie".to_owned(),
            "apikey" => format!("{} {}", text(scheme, "in"), text(scheme, "name")),
            kind => format!("{kind} {}", text(scheme, "scheme")),
        })
        .collect()
}
