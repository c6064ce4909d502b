//! Method and path of an operation, before and after: whether a call does more, or goes elsewhere.
//! The host has a comparison of its own.

use super::change::{Change, arrow};
use crate::compare::paths::{PathChange, compare as compare_paths};
use crate::compare::risk::{Facts, assess};
use crate::model::phrase::Phrase;
use crate::model::risk::Effect;
use crate::model::surface::Locked;
use crate::rules::{Rule, op};

/// Every rule that this part can emit.
pub const EMITS: &[&Rule] = &[
    op::METHOD_ESCALATED,
    op::METHOD_CHANGED,
    op::IDEMPOTENCY_LOST,
    op::PATH_BROADENED,
    op::PATH_CHANGED,
    op::PATH_NARROWED,
    op::PATH_PARAM_RENAMED,
    op::CONTENT_EFFECT_CHANGED,
];

/// What differs.
pub fn changes(old: &Locked, new: &Locked, out: &mut Vec<Change>) {
    method(&old.method, &new.method, out);
    execution(old, new, out);
    if old.full_path() == new.full_path() {
        return;
    }
    let Some(told) = compare_paths(&old.path, &new.path) else { return };
    let (rule, here) = match told {
        // A word of the path is a stranger's.
        PathChange::Broadened(word) => {
            (op::PATH_BROADENED, Phrase::say("the caller now chooses what was fixed to ").and_quote(word))
        }
        PathChange::Narrowed => (op::PATH_NARROWED, "what the caller could choose is fixed".into()),
        PathChange::Renamed => (op::PATH_PARAM_RENAMED, "same position, another name".into()),
        PathChange::Other => (op::PATH_CHANGED, "the call goes to another resource".into()),
    };
    out.push(
        Change::new(rule, "", "path")
            .texts(&old.path, &new.path)
            .says("path", arrow(&old.path, &new.path))
            .here(here),
    );
}

/// A call of the same method that begins to execute something, by the words of its path and name. Where the
/// method itself does more, that is told.
fn execution(old: &Locked, new: &Locked, out: &mut Vec<Change>) {
    let (was, is) = (request(old), request(new));
    if old.method != new.method || was == is || executes(old) || !executes(new) {
        return;
    }
    out.push(
        Change::new(op::CONTENT_EFFECT_CHANGED, "", "execution")
            .texts(&was, &is)
            .says("effect", Phrase::say("executes: ").and_quote(&is))
            .here("the call now runs something on the other side"),
    );
}

fn request(locked: &Locked) -> String {
    let named = locked.content.operation_id.iter().map(|id| format!(" ({id})"));
    named.fold(format!("{} {}", locked.method, locked.full_path()), |text, id| text + &id)
}

fn executes(locked: &Locked) -> bool {
    let path = locked.full_path();
    let operation_id = locked.content.operation_id.as_deref();
    let facts = Facts { operation_id, ..Facts::request(&locked.method, &path) };
    assess(&facts).effect == Effect::Execute
}

/// What a method does, from lax to grave.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Does {
    Reads,
    Writes,
    Deletes,
}

fn does(method: &str) -> Does {
    match method {
        "GET" | "HEAD" | "OPTIONS" | "TRACE" => Does::Reads,
        "DELETE" => Does::Deletes,
        // A method without a known meaning writes.
        _ => Does::Writes,
    }
}

fn is_idempotent(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS" | "TRACE" | "PUT" | "DELETE")
}

fn method(old: &str, new: &str, out: &mut Vec<Change>) {
    if old == new {
        return;
    }
    let (was, is) = (does(old), does(new));
    let (rule, here) = match () {
        () if is > was && is == Does::Deletes => (op::METHOD_ESCALATED, "the call now deletes"),
        () if is > was => (op::METHOD_ESCALATED, "the call only read and now writes"),
        () if is_idempotent(old) && !is_idempotent(new) => {
            (op::IDEMPOTENCY_LOST, "a repeated call now acts twice")
        }
        () => (op::METHOD_CHANGED, "servers may refuse it or take it for something else"),
    };
    out.push(Change::new(rule, "", "method").texts(old, new).says("method", arrow(old, new)).here(here));
}
