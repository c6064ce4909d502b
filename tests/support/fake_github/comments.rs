//! Comments under issues and pull requests.

use serde_json::{Value, json};

use super::answer::Answer;
use super::people::time;
use super::route::Call;
use super::state::{BOT, Comment, State};

/// Characters that a body may have.
pub const MAX_BODY: usize = 65_536;

/// How somebody stands to the repository, as every text of theirs tells.
pub fn association(state: &State, login: &str) -> &'static str {
    match login {
        BOT => "NONE",
        login if login == state.owner => "OWNER",
        _ => "CONTRIBUTOR",
    }
}

fn shown(state: &mut State, call: &Call, comment: &Comment) -> Value {
    let kind = if state.pulls.contains_key(&comment.issue) { "pull" } else { "issues" };
    let mut shown = json!({
        "id": comment.id, "node_id": node_id(comment.id), "body": comment.body,
        "url": call.site.api(state, &format!("/issues/comments/{}", comment.id)),
        "html_url": call.site.web(state, &format!("/{kind}/{}#issuecomment-{}", comment.issue, comment.id)),
        "issue_url": call.site.api(state, &format!("/issues/{}", comment.issue)),
        "created_at": time(comment.created), "updated_at": time(comment.updated),
        "author_association": association(state, &comment.login), "performed_via_github_app": null,
    });
    shown["user"] = call.site.user(state, &comment.login);
    shown
}

/// The name that GraphQL knows a comment by.
pub fn node_id(id: u64) -> String {
    format!("IC_{id}")
}

/// A body that may be stored, or what is said otherwise.
pub fn body<'a>(call: &'a Call, resource: &str) -> Result<&'a str, Answer> {
    let Some(body) = call.text("body") else {
        return Err(Answer::invalid(resource, "body", "missing_field", "body is missing"));
    };
    if body.trim().is_empty() {
        return Err(Answer::invalid(resource, "body", "custom", "body can't be blank"));
    }
    if body.chars().count() > MAX_BODY {
        let said = format!("body is too long (maximum is {MAX_BODY} characters)");
        return Err(Answer::invalid(resource, "body", "custom", &said));
    }
    Ok(body)
}

/// Oldest first, by pages.
pub fn list(state: &mut State, call: &Call) -> Answer {
    let issue = call.number(0);
    if !state.issues.contains_key(&issue) {
        return Answer::not_found();
    }
    let found: Vec<_> = state.comments.iter().filter(|c| c.issue == issue).cloned().collect();
    call.page(found.iter().map(|c| shown(state, call, c)).collect())
}

pub fn create(state: &mut State, call: &Call) -> Answer {
    let issue = call.number(0);
    if !state.issues.contains_key(&issue) {
        return Answer::not_found();
    }
    let body = match body(call, "IssueComment") {
        Ok(body) => body,
        Err(answer) => return answer,
    };
    state.comment(issue, &call.grant.login, body);
    let made = state.comments.last().cloned().expect("just put there");
    Answer::created(&shown(state, call, &made))
}

fn find(state: &State, call: &Call) -> Option<usize> {
    state.comments.iter().position(|c| c.id == call.number(0))
}

pub fn get(state: &mut State, call: &Call) -> Answer {
    let Some(at) = find(state, call) else { return Answer::not_found() };
    let comment = state.comments[at].clone();
    Answer::ok(&shown(state, call, &comment))
}

/// The token of a job may change what others wrote too: GitHub lets everybody who can write do so.
pub fn update(state: &mut State, call: &Call) -> Answer {
    let Some(at) = find(state, call) else { return Answer::not_found() };
    let body = match body(call, "IssueComment") {
        Ok(body) => body.to_owned(),
        Err(answer) => return answer,
    };
    let now = state.tick();
    let comment = &mut state.comments[at];
    (comment.body, comment.updated) = (body, now);
    let comment = comment.clone();
    Answer::ok(&shown(state, call, &comment))
}

pub fn delete(state: &mut State, call: &Call) -> Answer {
    let Some(at) = find(state, call) else { return Answer::not_found() };
    state.comments.remove(at);
    Answer::empty(204)
}
