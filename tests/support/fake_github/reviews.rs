//! Reviews of pull requests, and comments at lines of their files.

use serde_json::{Value, json};

use super::answer::Answer;
use super::comments::{self, association};
use super::git;
use super::people::time;
use super::pulls;
use super::route::Call;
use super::state::{Review, ReviewComment, State};

fn shown(state: &mut State, call: &Call, review: &Review) -> Value {
    let web = call.site.web(state, &format!("/pull/{}#pullrequestreview-{}", review.pull, review.id));
    let pull = call.site.api(state, &format!("/pulls/{}", review.pull));
    let mut shown = json!({
        "id": review.id, "node_id": format!("PRR_{}", review.id), "body": review.body, "state": review.state,
        "html_url": web, "pull_request_url": pull, "commit_id": review.commit, "submitted_at": time(review.submitted),
        "author_association": association(state, &review.login),
        "_links": {"html": {"href": web}, "pull_request": {"href": pull}},
    });
    shown["user"] = call.site.user(state, &review.login);
    shown
}

fn comment_shown(state: &mut State, call: &Call, comment: &ReviewComment) -> Value {
    let api = call.site.api(state, &format!("/pulls/comments/{}", comment.id));
    let web = call.site.web(state, &format!("/pull/{}#discussion_r{}", comment.pull, comment.id));
    let pull = call.site.api(state, &format!("/pulls/{}", comment.pull));
    let kind = if comment.line.is_some() { "line" } else { "file" };
    let mut shown = json!({
        "id": comment.id, "node_id": format!("PRRC_{}", comment.id), "url": api, "html_url": web,
        "pull_request_url": pull, "pull_request_review_id": comment.review, "diff_hunk": "@@ -1 +1 @@",
        "path": comment.path, "line": comment.line.unwrap_or(1), "side": comment.side, "commit_id": comment.commit,
        "original_commit_id": comment.commit, "body": comment.body, "created_at": time(comment.created),
        "updated_at": time(comment.updated), "author_association": association(state, &comment.login),
        "subject_type": kind,
        "_links": {"self": {"href": api}, "html": {"href": web}, "pull_request": {"href": pull}},
    });
    if let Some(answered) = comment.answers {
        shown["in_reply_to_id"] = json!(answered);
    }
    shown["user"] = call.site.user(state, &comment.login);
    shown
}

pub fn list(state: &mut State, call: &Call) -> Answer {
    let pull = call.number(0);
    if !state.pulls.contains_key(&pull) {
        return Answer::not_found();
    }
    let found: Vec<_> = state.reviews.iter().filter(|review| review.pull == pull).cloned().collect();
    call.page(found.iter().map(|review| shown(state, call, review)).collect())
}

pub fn comments(state: &mut State, call: &Call) -> Answer {
    let pull = call.number(0);
    if !state.pulls.contains_key(&pull) {
        return Answer::not_found();
    }
    let found: Vec<_> = state.review_comments.iter().filter(|c| c.pull == pull).cloned().collect();
    call.page(found.iter().map(|c| comment_shown(state, call, c)).collect())
}

/// What was sent about one comment, if it may stand where it wants to.
fn placed(state: &State, call: &Call, sent: &Value, review: Option<u64>) -> Result<ReviewComment, Answer> {
    let pull = call.number(0);
    let wrong = |field: &str, said: &str| Answer::invalid("PullRequestReviewComment", field, "custom", said);
    let (Some(path), Some(body)) = (sent["path"].as_str(), sent["body"].as_str()) else {
        return Err(wrong("path", "path and body are required"));
    };
    if body.trim().is_empty() || body.chars().count() > comments::MAX_BODY {
        return Err(wrong("body", "body is blank or too long (maximum is 65536 characters)"));
    }
    let side = sent["side"].as_str().unwrap_or("RIGHT");
    let whole = sent["subject_type"].as_str() == Some("file");
    let line = sent["line"].as_u64().filter(|_| !whole);
    if line.is_none() && !whole {
        return Err(wrong("line", "line is required"));
    }
    if state.git.is_some() {
        let files = pulls::changes(state, pull);
        let Some(file) = files.iter().find(|file| file.path == path) else {
            return Err(wrong("path", "path could not be resolved"));
        };
        let patch = file.patch.as_deref().unwrap_or_default();
        if line.is_some_and(|line| side == "RIGHT" && !git::right_lines(patch).contains(&line)) {
            return Err(wrong("line", "pull request review thread line must be part of the diff"));
        }
    }
    let head = state.pulls[&pull].head.sha.clone();
    Ok(ReviewComment {
        id: 0,
        pull,
        review,
        login: call.grant.login.clone(),
        body: body.to_owned(),
        path: path.to_owned(),
        line,
        side: side.to_owned(),
        commit: call.text("commit_id").unwrap_or(&head).to_owned(),
        answers: sent["in_reply_to"].as_u64(),
        created: 0,
        updated: 0,
    })
}

fn keep(state: &mut State, mut comment: ReviewComment) -> ReviewComment {
    let (id, now) = (state.fresh(), state.tick());
    (comment.id, comment.created, comment.updated) = (id, now, now);
    state.review_comments.push(comment.clone());
    comment
}

/// A review with all its comments, or nothing: one that may not stand where it wants to refuses them all.
pub fn create(state: &mut State, call: &Call) -> Answer {
    let pull = call.number(0);
    if !state.pulls.contains_key(&pull) {
        return Answer::not_found();
    }
    let wrong = |field: &str, said: &str| Answer::invalid("PullRequestReview", field, "custom", said);
    let verdict = match call.text("event") {
        Some("COMMENT") => "COMMENTED",
        Some("APPROVE") => "APPROVED",
        Some("REQUEST_CHANGES") => "CHANGES_REQUESTED",
        Some(_) => return wrong("event", "event is none of the known"),
        None => "PENDING",
    };
    let sent = call.body["comments"].as_array().cloned().unwrap_or_default();
    let body = call.text("body").unwrap_or("");
    if verdict == "COMMENTED" && body.is_empty() && sent.is_empty() {
        return wrong("body", "body can't be blank");
    }
    let id = state.fresh();
    let mut made = Vec::new();
    for each in &sent {
        // What stands at a file as a whole is sent alone.
        if each.get("subject_type").is_some() {
            return wrong("comments", "subject_type is not a permitted key");
        }
        match placed(state, call, each, Some(id)) {
            Ok(comment) => made.push(comment),
            Err(answer) => return answer,
        }
    }
    let head = state.pulls[&pull].head.sha.clone();
    let review = Review {
        id,
        pull,
        login: call.grant.login.clone(),
        body: body.to_owned(),
        state: verdict,
        commit: call.text("commit_id").unwrap_or(&head).to_owned(),
        submitted: state.tick(),
    };
    for comment in made {
        keep(state, comment);
    }
    state.reviews.push(review.clone());
    Answer::ok(&shown(state, call, &review))
}

/// One comment, without a review around it.
pub fn comment(state: &mut State, call: &Call) -> Answer {
    if !state.pulls.contains_key(&call.number(0)) {
        return Answer::not_found();
    }
    match placed(state, call, &call.body, None) {
        Ok(comment) => {
            let kept = keep(state, comment);
            Answer::created(&comment_shown(state, call, &kept))
        }
        Err(answer) => answer,
    }
}

pub fn delete(state: &mut State, call: &Call) -> Answer {
    match state.review_comments.iter().position(|c| c.id == call.number(0)) {
        Some(at) => {
            state.review_comments.remove(at);
            Answer::empty(204)
        }
        None => Answer::not_found(),
    }
}
