//! Issues and their labels. A pull request is an issue too, and stands in their list: who looks for issues alone
//! has to leave it out.

use serde_json::{Value, json};

use super::answer::Answer;
use super::comments::{self, association};
use super::people::time;
use super::route::Call;
use super::state::{Issue, State};

fn label_shown(state: &State, call: &Call, name: &str) -> Value {
    let id = 900 + state.labels.iter().position(|label| label == name).unwrap_or(0);
    json!({
        "id": id, "node_id": format!("LA_{id}"), "name": name, "color": "ededed", "default": false,
        "description": null, "url": call.site.api(state, &format!("/labels/{}", super::http::encoded(name))),
    })
}

fn shown(state: &mut State, call: &Call, issue: &Issue) -> Value {
    let api = call.site.api(state, &format!("/issues/{}", issue.number));
    let is_pull = state.pulls.contains_key(&issue.number);
    let kind = if is_pull { "pull" } else { "issues" };
    let web = call.site.web(state, &format!("/{kind}/{}", issue.number));
    let labels: Vec<_> = issue.labels.iter().map(|name| label_shown(state, call, name)).collect();
    let said = state.comments.iter().filter(|c| c.issue == issue.number).count();
    let mut shown = json!({
        "id": issue.id, "node_id": format!("I_{}", issue.id), "number": issue.number, "title": issue.title,
        "body": issue.body, "state": if issue.open { "open" } else { "closed" }, "state_reason": issue.state_reason,
        "url": api, "html_url": web, "repository_url": call.site.api(state, ""),
        "labels_url": format!("{api}/labels{{/name}}"), "comments_url": format!("{api}/comments"),
        "events_url": format!("{api}/events"), "labels": labels, "assignee": null, "assignees": [],
        "milestone": null, "locked": false, "comments": said, "created_at": time(issue.created),
        "updated_at": time(issue.updated), "closed_at": issue.closed.map(time),
        "author_association": association(state, &issue.login), "performed_via_github_app": null,
    });
    shown["user"] = call.site.user(state, &issue.login);
    if is_pull {
        let pull = call.site.api(state, &format!("/pulls/{}", issue.number));
        shown["pull_request"] = json!({"url": pull, "html_url": web, "diff_url": format!("{web}.diff"), "patch_url": format!("{web}.patch")});
    }
    shown
}

/// What is said where the repository has none.
fn disabled(state: &State) -> Option<Answer> {
    (!state.issues_enabled).then(|| Answer::refusal(410, "Issues has been disabled in this repository."))
}

pub fn list(state: &mut State, call: &Call) -> Answer {
    if let Some(answer) = disabled(state) {
        return answer;
    }
    let asked = |name: &str| call.request.asked(name);
    let wanted: Vec<&str> =
        asked("labels").unwrap_or("").split(',').filter(|label| !label.is_empty()).collect();
    let mut found: Vec<Issue> = state.issues.values().cloned().collect();
    found.retain(|issue| match asked("state").unwrap_or("open") {
        "all" => true,
        "closed" => !issue.open,
        _ => issue.open,
    });
    found.retain(|issue| asked("creator").is_none_or(|login| login == issue.login));
    found.retain(|issue| wanted.iter().all(|label| issue.labels.iter().any(|has| has == label)));
    match asked("sort").unwrap_or("created") {
        "updated" => found.sort_by_key(|issue| issue.updated),
        _ => found.sort_by_key(|issue| issue.created),
    }
    if asked("direction").unwrap_or("desc") == "desc" {
        found.reverse();
    }
    call.page(found.iter().map(|issue| shown(state, call, issue)).collect())
}

/// The names in `labels`: texts, or objects with a name. Those that the repository has not are made.
fn named(state: &mut State, call: &Call) -> Option<Vec<String>> {
    let names = call.body["labels"].as_array()?;
    let name = |label: &Value| label.as_str().or_else(|| label["name"].as_str()).map(str::to_owned);
    let names: Vec<String> = names.iter().filter_map(name).collect();
    for name in &names {
        if !state.labels.contains(name) {
            state.labels.push(name.clone());
        }
    }
    Some(names)
}

pub fn create(state: &mut State, call: &Call) -> Answer {
    if let Some(answer) = disabled(state) {
        return answer;
    }
    let Some(title) = call.text("title").filter(|title| !title.trim().is_empty()) else {
        return Answer::invalid("Issue", "title", "missing_field", "title is missing");
    };
    let body = call.text("body").unwrap_or("");
    if body.chars().count() > comments::MAX_BODY {
        return Answer::invalid("Issue", "body", "custom", "body is too long (maximum is 65536 characters)");
    }
    let (labels, number) = (named(state, call).unwrap_or_default(), state.next_number());
    let issue = state.open_issue(number, &call.grant.login, title, body);
    issue.labels = labels;
    let made = issue.clone();
    Answer::created(&shown(state, call, &made))
}

pub fn get(state: &mut State, call: &Call) -> Answer {
    match state.issues.get(&call.number(0)).cloned() {
        Some(issue) => Answer::ok(&shown(state, call, &issue)),
        None => Answer::not_found(),
    }
}

pub fn update(state: &mut State, call: &Call) -> Answer {
    let number = call.number(0);
    if !state.issues.contains_key(&number) {
        return Answer::not_found();
    }
    if call.text("body").is_some_and(|body| body.chars().count() > comments::MAX_BODY) {
        return Answer::invalid("Issue", "body", "custom", "body is too long (maximum is 65536 characters)");
    }
    let (labels, now) = (named(state, call), state.tick());
    let issue = state.issues.get_mut(&number).expect("it was there");
    issue.updated = now;
    if let Some(labels) = labels {
        issue.labels = labels;
    }
    if let Some(title) = call.text("title") {
        title.clone_into(&mut issue.title);
    }
    if let Some(body) = call.text("body") {
        body.clone_into(&mut issue.body);
    }
    match call.text("state") {
        Some("closed") => {
            issue.open = false;
            issue.closed = Some(now);
            issue.state_reason = Some(call.text("state_reason").unwrap_or("completed").to_owned());
        }
        Some("open") if !issue.open => {
            (issue.open, issue.closed) = (true, None);
            issue.state_reason = Some("reopened".to_owned());
        }
        _ => {}
    }
    let issue = issue.clone();
    Answer::ok(&shown(state, call, &issue))
}

pub fn add_labels(state: &mut State, call: &Call) -> Answer {
    let number = call.number(0);
    if !state.issues.contains_key(&number) {
        return Answer::not_found();
    }
    let names = named(state, call).unwrap_or_default();
    let issue = state.issues.get_mut(&number).expect("it was there");
    for name in names {
        if !issue.labels.contains(&name) {
            issue.labels.push(name);
        }
    }
    let labels = issue.labels.clone();
    Answer::ok(&labels.iter().map(|name| label_shown(state, call, name)).collect())
}

/// Those that the repository has.
pub fn labels(state: &mut State, call: &Call) -> Answer {
    call.page(state.labels.iter().map(|name| label_shown(state, call, name)).collect())
}

pub fn label(state: &mut State, call: &Call) -> Answer {
    match state.labels.iter().find(|name| **name == call.args[0]) {
        Some(name) => Answer::ok(&label_shown(state, call, name)),
        None => Answer::not_found(),
    }
}
