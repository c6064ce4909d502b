//! Check runs. Annotations are sent in parts and add up.

use serde_json::{Value, json};

use super::answer::Answer;
use super::people::time;
use super::route::Call;
use super::state::{Check, State};

/// Annotations that one request may bring.
const MAX_ANNOTATIONS: usize = 50;

fn shown(state: &mut State, call: &Call, check: &Check) -> Value {
    let api = call.site.api(state, &format!("/check-runs/{}", check.id));
    let mut shown = json!({
        "id": check.id, "node_id": format!("CR_{}", check.id), "name": check.name, "head_sha": check.head_sha,
        "external_id": check.external_id, "url": api, "details_url": check.details_url,
        "html_url": call.site.web(state, &format!("/runs/{}", check.id)), "status": check.status,
        "conclusion": check.conclusion, "started_at": time(check.started), "completed_at": check.completed.map(time),
        "output": {
            "title": check.title, "summary": check.summary, "text": check.text,
            "annotations_count": check.annotations.len(), "annotations_url": format!("{api}/annotations"),
        },
        "check_suite": {"id": 77}, "pull_requests": [],
    });
    shown["app"] = call.site.app(state);
    shown
}

/// What is wrong with the output that was sent, if anything.
fn refused(call: &Call) -> Option<Answer> {
    let output = call.body.get("output")?;
    if !output["title"].is_string() || !output["summary"].is_string() {
        return Some(Answer::invalid(
            "CheckRun",
            "output",
            "missing_field",
            "title and summary are required",
        ));
    }
    for field in ["summary", "text"] {
        if output[field].as_str().is_some_and(|text| text.len() > 65_535) {
            let said = format!("{field} is too long (maximum is 65535 characters)");
            return Some(Answer::invalid("CheckRun", field, "custom", &said));
        }
    }
    let annotations = output["annotations"].as_array().map_or(&[][..], Vec::as_slice);
    if annotations.len() > MAX_ANNOTATIONS {
        return Some(Answer::invalid("CheckRun", "annotations", "custom", "No more than 50 annotations"));
    }
    let odd = |a: &Value| {
        (a["start_column"].is_u64() || a["end_column"].is_u64()) && a["start_line"] != a["end_line"]
    };
    annotations.iter().any(odd).then(|| {
        let said = "columns are allowed only where start_line and end_line are equal";
        Answer::invalid("CheckRun", "start_column", "invalid", said)
    })
}

fn apply(check: &mut Check, call: &Call, now: i64) {
    for (field, into) in
        [("name", &mut check.name), ("external_id", &mut check.external_id), ("status", &mut check.status)]
    {
        if let Some(text) = call.text(field) {
            text.clone_into(into);
        }
    }
    if let Some(url) = call.text("details_url") {
        check.details_url = Some(url.to_owned());
    }
    if let Some(conclusion) = call.text("conclusion") {
        check.conclusion = Some(conclusion.to_owned());
        // It is over with that, whatever the status was said to be.
        "completed".clone_into(&mut check.status);
        check.completed = Some(now);
    }
    let Some(output) = call.body.get("output") else { return };
    let text = |field: &str| output[field].as_str().map(str::to_owned);
    (check.title, check.summary) = (text("title"), text("summary"));
    check.text = text("text").or(check.text.take());
    check.annotations.extend(output["annotations"].as_array().cloned().unwrap_or_default());
}

pub fn create(state: &mut State, call: &Call) -> Answer {
    if let Some(answer) = refused(call) {
        return answer;
    }
    let (Some(name), Some(head)) = (call.text("name"), call.text("head_sha")) else {
        return Answer::invalid("CheckRun", "name", "missing_field", "name and head_sha are required");
    };
    if let Some(git) = &state.git
        && super::git::commit(git, head).is_none()
    {
        return Answer::refusal(422, &format!("No commit found for SHA: {head}"));
    }
    let (id, now) = (state.fresh(), state.tick());
    let mut check = Check {
        id,
        name: name.to_owned(),
        head_sha: head.to_owned(),
        external_id: String::new(),
        details_url: None,
        status: "queued".to_owned(),
        conclusion: None,
        started: now,
        completed: None,
        title: None,
        summary: None,
        text: None,
        annotations: Vec::new(),
    };
    apply(&mut check, call, now);
    state.checks.push(check.clone());
    Answer::created(&shown(state, call, &check))
}

pub fn get(state: &mut State, call: &Call) -> Answer {
    match state.checks.iter().find(|check| check.id == call.number(0)).cloned() {
        Some(check) => Answer::ok(&shown(state, call, &check)),
        None => Answer::not_found(),
    }
}

pub fn update(state: &mut State, call: &Call) -> Answer {
    if let Some(answer) = refused(call) {
        return answer;
    }
    let now = state.tick();
    let Some(check) = state.checks.iter_mut().find(|check| check.id == call.number(0)) else {
        return Answer::not_found();
    };
    apply(check, call, now);
    let check = check.clone();
    Answer::ok(&shown(state, call, &check))
}

/// The runs of a commit. Unless all are asked for, the latest of each name.
pub fn list(state: &mut State, call: &Call) -> Answer {
    let asked = |name: &str| call.request.asked(name);
    let sha = match &state.git {
        Some(git) => super::git::commit(git, &call.args[0]).unwrap_or_default(),
        None => call.args[0].clone(),
    };
    let mut found: Vec<Check> = state.checks.iter().filter(|check| check.head_sha == sha).cloned().collect();
    found.retain(|check| asked("check_name").is_none_or(|name| name == check.name));
    found.retain(|check| asked("status").is_none_or(|status| status == check.status));
    found.reverse();
    if asked("filter").unwrap_or("latest") == "latest" {
        let mut names = Vec::new();
        found.retain(|check| {
            let new = !names.contains(&check.name);
            names.push(check.name.clone());
            new
        });
    }
    call.page_in("check_runs", found.iter().map(|check| shown(state, call, check)).collect())
}

pub fn annotations(state: &mut State, call: &Call) -> Answer {
    let Some(check) = state.checks.iter().find(|check| check.id == call.number(0)) else {
        return Answer::not_found();
    };
    let shown = |a: &Value| {
        let mut all = json!({
            "path": null, "start_line": 1, "end_line": 1, "start_column": null, "end_column": null,
            "annotation_level": null, "title": null, "message": null, "raw_details": null,
            "blob_href": call.site.api(state, "/git/blobs/0"),
        });
        for (name, value) in a.as_object().into_iter().flatten() {
            all[name] = value.clone();
        }
        all
    };
    call.page(check.annotations.iter().map(shown).collect())
}
