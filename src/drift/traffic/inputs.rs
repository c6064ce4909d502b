//! Parameters and fields that calls carry and the surface does not name.

use super::sides::{Called, Sides};
use super::told::{of_operation, plain, statuses};
use crate::canon::Node;
use crate::compare::schema::Schema;
use crate::compare::schema::seen::unnamed;
use crate::drift::limits::Limits;
use crate::model::finding::Finding;
use crate::model::phrase::Phrase;
use crate::model::schema::baseline::Facet;
use crate::model::surface::Locked;
use crate::rules::{Rule, obs};

/// Every rule that this check can emit.
pub const EMITS: &[&Rule] = &[obs::PARAM_UNSEEN_BEFORE];

/// Names that are shown.
const NAMED: usize = 3;

/// What was found.
pub fn run(sides: &Sides, _: &Limits) -> Vec<Finding> {
    if !sides.calls_are_new {
        return Vec::new();
    }
    sides.called.iter().filter_map(|one| one_call(sides, one)).collect()
}

fn one_call(sides: &Sides, one: &Called) -> Option<Finding> {
    let mut names = Vec::new();
    if one.was.knows(Facet::Parameters) {
        let sent = one.is.content.parameters.keys().filter(|key| !key.starts_with("path."));
        names.extend(sent.filter(|key| !is_known(one.was, key)).cloned());
    }
    let refused = statuses(one.is).iter().any(|status| *status >= 400);
    if one.was.knows(Facet::Request) && !refused {
        names.extend(fields(one));
    }
    if names.is_empty() {
        return None;
    }
    let more = names.len().saturating_sub(NAMED);
    let told = Phrase::say("also ").and(Phrase::list(names.iter().take(NAMED)));
    let finding = of_operation(obs::PARAM_UNSEEN_BEFORE, sides, one.was, "/parameters")
        .values(None, Some(Node::texts(&names)))
        .says("input", if more > 0 { told.and_say(format!(" and {more} more")) } else { told })
        .here("what it does is not known; no tool sends it".into());
    Some(finding)
}

/// Whether a parameter is known: by its name, as a part of one (`filter[name]`), or as a credential.
fn is_known(was: &Locked, key: &str) -> bool {
    let base = |key: &str| key.split('[').next().unwrap_or_default().to_ascii_lowercase();
    let credential = |scheme: &Node| {
        let text = |member: &str| scheme.get(member).and_then(Node::as_text).unwrap_or_default();
        format!("{}.{}", text("in"), text("name")).eq_ignore_ascii_case(key)
    };
    was.content.parameters.contains_key(key)
        || was.content.parameters.keys().any(|own| base(own) == base(key))
        || was.schemes.values().any(credential)
}

/// Fields of bodies that no schema names.
fn fields(one: &Called) -> Vec<String> {
    let (Some(was), Some(is)) = (&one.was.content.request, &one.is.content.request) else {
        return Vec::new();
    };
    let mut names = Vec::new();
    for (media, seen) in &is.content {
        let own = was.content.iter().find(|(own, _)| plain(own) == plain(media));
        let Some((_, schema)) = own else { continue };
        // Whether all of it was looked at is told with the body.
        let (found, _) = unnamed(seen, &[Schema::new(schema, one.was.defs)]);
        names.extend(found.into_iter().map(|field| format!("body.{field}")));
    }
    names.sort();
    names.dedup();
    names
}
