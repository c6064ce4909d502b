//! The two things that cask asks of GraphQL: who am I, and fold this comment away. Errors come with status 200.

use serde_json::json;

use super::answer::Answer;
use super::comments::node_id;
use super::route::Call;
use super::state::State;

const REASONS: &[&str] = &["SPAM", "ABUSE", "OFF_TOPIC", "OUTDATED", "DUPLICATE", "RESOLVED"];

fn error(kind: &str, said: &str) -> Answer {
    Answer::ok(&json!({"data": null, "errors": [{"type": kind, "message": said}]}))
}

pub fn answer(state: &mut State, call: &Call) -> Answer {
    let Some(query) = call.text("query") else {
        return Answer::ok(
            &json!({"errors": [{"message": "A query attribute must be specified and must be a string."}]}),
        );
    };
    if query.contains("minimizeComment") {
        return minimize(state, call);
    }
    if query.contains("viewer") {
        return Answer::ok(&json!({"data": {"viewer": {"login": call.grant.login}}}));
    }
    error("undefinedField", "the fake knows viewer and minimizeComment alone")
}

/// Subject and reason may stand in the query or in its variables; either way they stand in the body.
fn minimize(state: &mut State, call: &Call) -> Answer {
    if !call.grant.has("pull_requests", "write") && !call.grant.has("issues", "write") {
        return error("FORBIDDEN", "Resource not accessible by integration");
    }
    let words = call.body.to_string();
    let words: Vec<&str> = words.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    let Some(reason) = REASONS.iter().find(|reason| words.contains(reason)) else {
        return error("argumentLiteralsIncompatible", "Argument 'classifier' has an invalid value");
    };
    let Some(comment) = state.comments.iter_mut().find(|c| words.contains(&node_id(c.id).as_str())) else {
        return error("NOT_FOUND", "Could not resolve to a node with the global id");
    };
    comment.minimized = Some((*reason).to_owned());
    Answer::ok(&json!({"data": {"minimizeComment": {"minimizedComment": {"isMinimized": true}}}}))
}
