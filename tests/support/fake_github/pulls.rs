//! Pull requests, and the files that they change.

use serde_json::{Value, json};

use super::answer::Answer;
use super::comments::association;
use super::git::{self, Changed};
use super::git_data;
use super::people::time;
use super::route::Call;
use super::state::{Issue, Pull, Side, State};

/// Files that a pull request lists at most, over all pages.
const MAX_FILES: usize = 3000;

fn side(state: &mut State, call: &Call, side: &Side) -> Value {
    let owner = side.repo.as_ref().map_or("ghost", |repo| &repo.owner);
    let mut shown = json!({
        "label": format!("{owner}:{}", side.name), "ref": side.name, "sha": side.sha, "repo": null,
    });
    shown["user"] = call.site.user(state, owner);
    if let Some(repo) = &side.repo {
        shown["repo"] = call.site.repo(state, repo);
    }
    shown
}

/// A pull request as lists show it.
fn simple(state: &mut State, call: &Call, issue: &Issue, pull: &Pull) -> Value {
    let number = issue.number;
    let (api, web) =
        (call.site.api(state, &format!("/pulls/{number}")), call.site.web(state, &format!("/pull/{number}")));
    let issue_api = call.site.api(state, &format!("/issues/{number}"));
    let statuses = call.site.api(state, &format!("/statuses/{}", pull.head.sha));
    let comment = call.site.api(state, "/pulls/comments{/number}");
    let link = |href: String| json!({ "href": href });
    let label = |name: &String| {
        json!({"id": 1, "node_id": "LA_1", "url": call.site.api(state, &format!("/labels/{}", super::http::encoded(name))), "name": name,
            "description": "", "color": "ededed", "default": false})
    };
    let mut shown = json!({
        "url": api, "id": issue.id + 1_000_000, "node_id": format!("PR_{number}"), "html_url": web,
        "diff_url": format!("{web}.diff"), "patch_url": format!("{web}.patch"), "issue_url": issue_api,
        "commits_url": format!("{api}/commits"), "review_comments_url": format!("{api}/comments"),
        "review_comment_url": comment, "comments_url": format!("{issue_api}/comments"), "statuses_url": statuses,
        "number": number, "state": if issue.open { "open" } else { "closed" }, "locked": false, "title": issue.title,
        "body": issue.body, "labels": issue.labels.iter().map(label).collect::<Vec<_>>(), "milestone": null,
        "created_at": time(issue.created), "updated_at": time(issue.updated), "closed_at": issue.closed.map(time),
        "merged_at": pull.merged.then(|| time(issue.updated)), "merge_commit_sha": pull.merge_sha, "assignee": null,
        "assignees": [], "requested_reviewers": [], "requested_teams": [], "draft": false, "auto_merge": null,
        "author_association": association(state, &issue.login),
        "_links": {
            "self": link(api.clone()), "html": link(web.clone()), "issue": link(issue_api.clone()),
            "comments": link(format!("{issue_api}/comments")), "review_comments": link(format!("{api}/comments")),
            "review_comment": link(comment.clone()), "commits": link(format!("{api}/commits")),
            "statuses": link(statuses.clone()),
        },
    });
    shown["user"] = call.site.user(state, &issue.login);
    shown["head"] = side(state, call, &pull.head);
    shown["base"] = side(state, call, &pull.base);
    shown
}

fn both(state: &State, number: u64) -> Option<(Issue, Pull)> {
    Some((state.issues.get(&number)?.clone(), state.pulls.get(&number)?.clone()))
}

/// What a pull request changes: from where the branches parted to its head.
pub fn changes(state: &State, number: u64) -> Vec<Changed> {
    let (Some(dir), Some(pull)) = (&state.git, state.pulls.get(&number)) else { return Vec::new() };
    match git::merge_base(dir, &pull.base.sha, &pull.head.sha) {
        Some(base) => git::changed(dir, &base, &pull.head.sha),
        None => Vec::new(),
    }
}

pub fn get(state: &mut State, call: &Call) -> Answer {
    let Some((issue, pull)) = both(state, call.number(0)) else { return Answer::not_found() };
    let files = changes(state, issue.number);
    let commits = match &state.git {
        Some(dir) => git::between(dir, &pull.base.sha, &pull.head.sha).len(),
        None => 1,
    };
    let sum = |count: fn(&Changed) -> u64| files.iter().map(count).sum::<u64>();
    let said = state.comments.iter().filter(|c| c.issue == issue.number).count();
    let reviewed = state.review_comments.iter().filter(|c| c.pull == issue.number).count();
    let more = json!({
        "merged": pull.merged, "mergeable": pull.merge_sha.is_some(), "rebaseable": null, "mergeable_state": "clean",
        "merged_by": null, "comments": said, "review_comments": reviewed, "maintainer_can_modify": false,
        "commits": commits, "additions": sum(|f| f.additions), "deletions": sum(|f| f.deletions),
        "changed_files": files.len(),
    });
    let mut shown = simple(state, call, &issue, &pull);
    for (name, value) in more.as_object().into_iter().flatten() {
        shown[name] = value.clone();
    }
    Answer::ok(&shown)
}

fn listed(state: &mut State, call: &Call, keep: impl Fn(&Issue, &Pull) -> bool) -> Answer {
    let numbers: Vec<u64> = state.pulls.keys().rev().copied().collect();
    let all: Vec<_> = numbers.iter().filter_map(|number| both(state, *number)).collect();
    let found: Vec<_> = all.iter().filter(|(issue, pull)| keep(issue, pull)).collect();
    call.page(found.into_iter().map(|(issue, pull)| simple(state, call, issue, pull)).collect())
}

/// The newest first. `head` counts only as owner and branch with a colon between them; else it is passed over, and
/// all are listed.
pub fn list(state: &mut State, call: &Call) -> Answer {
    let asked = |name: &str| call.request.asked(name).map(str::to_owned);
    let (wanted, base, head) =
        (asked("state").unwrap_or_else(|| "open".to_owned()), asked("base"), asked("head"));
    let head = head.filter(|head| head.contains(':'));
    listed(state, call, |issue, pull| {
        let owner = pull.head.repo.as_ref().map_or("ghost", |repo| &repo.owner);
        (wanted == "all" || issue.open == (wanted == "open"))
            && base.as_ref().is_none_or(|base| *base == pull.base.name)
            && head.as_ref().is_none_or(|head| *head == format!("{owner}:{}", pull.head.name))
    })
}

/// The pull requests that brought a commit, or would.
pub fn of_commit(state: &mut State, call: &Call) -> Answer {
    let sha = call.args[0].clone();
    listed(state, call, |_, pull| {
        pull.head.sha == sha || (pull.merged && pull.merge_sha.as_ref() == Some(&sha))
    })
}

pub fn files(state: &mut State, call: &Call) -> Answer {
    let Some(pull) = state.pulls.get(&call.number(0)).cloned() else { return Answer::not_found() };
    let files = changes(state, call.number(0));
    call.page(files.iter().take(MAX_FILES).map(|f| git_data::file(state, call, &pull.head.sha, f)).collect())
}
