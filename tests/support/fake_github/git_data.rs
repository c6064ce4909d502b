//! Commits, refs, trees, blobs and comparisons, out of the repository on disk.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::answer::Answer;
use super::git::{self, Changed, Parts, Person};
use super::people::time;
use super::route::Call;
use super::state::State;

/// Commits that a comparison lists, and files that it or a commit lists.
const MAX_COMMITS: usize = 250;
const MAX_FILES: usize = 300;

/// GitHub breaks what it encodes into lines.
pub fn base64_lines(bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    let mut lines: String =
        text.as_bytes().chunks(60).map(|line| String::from_utf8_lossy(line) + "\n").collect();
    if lines.is_empty() {
        lines.push('\n');
    }
    lines
}

fn person(who: &Person) -> Value {
    json!({"name": who.name, "email": who.email, "date": time(who.time)})
}

fn unsigned() -> Value {
    json!({"verified": false, "reason": "unsigned", "signature": null, "payload": null, "verified_at": null})
}

fn parents(state: &State, call: &Call, parts: &Parts, below: &str) -> Vec<Value> {
    let parent = |sha: &String| {
        json!({
            "sha": sha, "url": call.site.api(state, &format!("{below}/{sha}")),
            "html_url": call.site.web(state, &format!("/commit/{sha}")),
        })
    };
    parts.parents.iter().map(parent).collect()
}

fn shown(state: &State, call: &Call, parts: &Parts) -> Value {
    let (api, sha) = (|below: &str| call.site.api(state, below), &parts.sha);
    json!({
        "sha": sha, "node_id": format!("C_{sha}"), "url": api(&format!("/commits/{sha}")),
        "html_url": call.site.web(state, &format!("/commit/{sha}")),
        "comments_url": api(&format!("/commits/{sha}/comments")),
        "commit": {
            "url": api(&format!("/git/commits/{sha}")), "message": parts.message, "comment_count": 0,
            "author": person(&parts.author), "committer": person(&parts.committer), "verification": unsigned(),
            "tree": {"sha": parts.tree, "url": api(&format!("/git/trees/{}", parts.tree))},
        },
        "author": null, "committer": null, "parents": parents(state, call, parts, "/commits"),
    })
}

/// A file that differs, as commits, comparisons and pull requests list it.
pub fn file(state: &State, call: &Call, head: &str, file: &Changed) -> Value {
    let path: Vec<_> = file.path.split('/').map(super::http::encoded).collect();
    let path = path.join("/");
    let mut shown = json!({
        "sha": file.sha, "filename": file.path, "status": file.status, "additions": file.additions,
        "deletions": file.deletions, "changes": file.additions + file.deletions,
        "blob_url": call.site.web(state, &format!("/blob/{head}/{path}")),
        "raw_url": call.site.web(state, &format!("/raw/{head}/{path}")),
        "contents_url": call.site.api(state, &format!("/contents/{path}?ref={head}")),
    });
    if let Some(before) = &file.before {
        shown["previous_filename"] = json!(before);
    }
    // Left out for binary files and for long ones.
    if let Some(patch) = file.patch.as_ref().filter(|patch| patch.len() < state.patch_limit) {
        shown["patch"] = json!(patch);
    }
    shown
}

pub fn commit(state: &mut State, call: &Call) -> Answer {
    let Some(dir) = state.git.clone() else { return Answer::refusal(409, "Git Repository is empty.") };
    let Some(parts) = git::commit(&dir, &call.args[0]).and_then(|sha| git::parts(&dir, &sha)) else {
        return Answer::refusal(422, &format!("No commit found for SHA: {}", call.args[0]));
    };
    // With the empty tree's hash a first commit can be compared too.
    let empty = if parts.sha.len() == 64 { EMPTY_TREE_256 } else { EMPTY_TREE };
    let before = parts.parents.first().map_or(empty, String::as_str);
    let files: Vec<_> = git::changed(&dir, before, &parts.sha).into_iter().take(MAX_FILES).collect();
    let mut body = shown(state, call, &parts);
    let sum = |count: fn(&Changed) -> u64| files.iter().map(count).sum::<u64>();
    let (more, less) = (sum(|f| f.additions), sum(|f| f.deletions));
    body["stats"] = json!({"additions": more, "deletions": less, "total": more + less});
    body["files"] = files.iter().map(|f| file(state, call, &parts.sha, f)).collect();
    Answer::ok(&body)
}

const EMPTY_TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
const EMPTY_TREE_256: &str = "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321";

pub fn compare(state: &mut State, call: &Call) -> Answer {
    let Some(dir) = state.git.clone() else { return Answer::not_found() };
    // A side may name the owner of a fork before a colon.
    let side = |text: &str| git::commit(&dir, text.rsplit(':').next().unwrap_or(text));
    let Some((base, head)) = call.args[0].split_once("...") else { return Answer::not_found() };
    let (Some(base), Some(head)) = (side(base), side(head)) else { return Answer::not_found() };
    let Some(merge_base) = git::merge_base(&dir, &base, &head) else {
        return Answer::refusal(404, "No common ancestor between the two sides.");
    };
    let (ahead, behind) = (git::between(&dir, &base, &head), git::between(&dir, &head, &base).len());
    let status = match (ahead.len(), behind) {
        (0, 0) => "identical",
        (_, 0) => "ahead",
        (0, _) => "behind",
        _ => "diverged",
    };
    let known = |sha: &str| git::parts(&dir, sha).expect("git named it");
    let web = call.site.web(state, &format!("/compare/{base}...{head}"));
    let commits: Vec<_> = ahead.iter().take(MAX_COMMITS).map(|sha| shown(state, call, &known(sha))).collect();
    let files = git::changed(&dir, &merge_base, &head);
    Answer::ok(&json!({
        "url": call.site.api(state, &format!("/compare/{base}...{head}")), "html_url": web,
        "permalink_url": web, "diff_url": format!("{web}.diff"), "patch_url": format!("{web}.patch"),
        "base_commit": shown(state, call, &known(&base)), "merge_base_commit": shown(state, call, &known(&merge_base)),
        "status": status, "ahead_by": ahead.len(), "behind_by": behind, "total_commits": ahead.len(),
        "commits": commits,
        "files": files.iter().take(MAX_FILES).map(|f| file(state, call, &head, f)).collect::<Vec<_>>(),
    }))
}

pub fn reference(state: &mut State, call: &Call) -> Answer {
    let name = format!("refs/{}", call.args[0]);
    let Some((sha, kind)) = state.git.as_ref().and_then(|dir| git::reference(dir, &name)) else {
        return Answer::not_found();
    };
    Answer::ok(&json!({
        "ref": name, "node_id": format!("REF_{sha}"), "url": call.site.api(state, &format!("/git/{name}")),
        "object": {"type": kind, "sha": sha, "url": call.site.api(state, &format!("/git/{kind}s/{sha}"))},
    }))
}

pub fn tree(state: &mut State, call: &Call) -> Answer {
    let Some(dir) = state.git.clone() else { return Answer::not_found() };
    let named = &call.args[0];
    let sha =
        git::commit(&dir, named).and_then(|sha| git::parts(&dir, &sha)).map_or(named.clone(), |p| p.tree);
    // Whatever stands behind the name, `false` included, means yes.
    let all = call.request.asked("recursive").is_some();
    let Some(entries) =
        git::kind(&dir, &sha).filter(|kind| kind == "tree").and_then(|_| git::tree(&dir, &sha, all))
    else {
        return Answer::not_found();
    };
    let truncated = entries.len() > state.tree_limit;
    let entry = |entry: &git::Entry| {
        let mut shown = json!({"path": entry.path, "mode": entry.mode, "type": entry.kind, "sha": entry.sha});
        if let Some(size) = entry.size {
            shown["size"] = json!(size);
        }
        if entry.kind != "commit" {
            shown["url"] = json!(call.site.api(state, &format!("/git/{}s/{}", entry.kind, entry.sha)));
        }
        shown
    };
    let listed: Vec<_> = entries.iter().take(state.tree_limit).map(entry).collect();
    let url = call.site.api(state, &format!("/git/trees/{sha}"));
    Answer::ok(&json!({"sha": sha, "url": url, "tree": listed, "truncated": truncated}))
}

pub fn blob(state: &mut State, call: &Call) -> Answer {
    let sha = &call.args[0];
    let Some(bytes) = state.git.as_ref().and_then(|dir| git::blob(dir, sha)) else {
        return Answer::not_found();
    };
    Answer::ok(&json!({
        "sha": sha, "node_id": format!("B_{sha}"), "size": bytes.len(), "encoding": "base64",
        "url": call.site.api(state, &format!("/git/blobs/{sha}")), "content": base64_lines(&bytes),
    }))
}

pub fn commit_object(state: &mut State, call: &Call) -> Answer {
    let sha = &call.args[0];
    let found = state
        .git
        .as_ref()
        .and_then(|dir| (git::kind(dir, sha)? == "commit").then(|| git::parts(dir, sha))?);
    let Some(parts) = found else { return Answer::not_found() };
    Answer::ok(&json!({
        "sha": parts.sha, "node_id": format!("C_{sha}"), "url": call.site.api(state, &format!("/git/commits/{sha}")),
        "html_url": call.site.web(state, &format!("/commit/{sha}")), "author": person(&parts.author),
        "committer": person(&parts.committer), "message": parts.message, "verification": unsigned(),
        "tree": {"sha": parts.tree, "url": call.site.api(state, &format!("/git/trees/{}", parts.tree))},
        "parents": parents(state, call, &parts, "/git/commits"),
    }))
}
