//! Files and folders at a commit. Beware: a link that leads to a file of the repository is answered as that file,
//! so who must know links has to read the tree.

use serde_json::{Value, json};

use super::answer::Answer;
use super::git::{self, Entry};
use super::git_data::base64_lines;
use super::route::Call;
use super::state::State;

/// Up to this size a file comes with its content, and up to the next at all.
const MAX_CONTENT: u64 = 1_000_000;
const MAX_FILE: u64 = 100_000_000;

/// What every kind of entry has.
fn common(state: &State, call: &Call, reference: &str, path: &str, entry: &Entry) -> Value {
    let encoded: Vec<_> = path.split('/').map(super::http::encoded).collect();
    let encoded = encoded.join("/");
    let api = call.site.api(state, &format!("/contents/{encoded}?ref={reference}"));
    let (git, web) = match entry.kind.as_str() {
        "commit" => (None, None),
        kind => (
            Some(call.site.api(state, &format!("/git/{kind}s/{}", entry.sha))),
            Some(call.site.web(state, &format!("/{kind}/{reference}/{encoded}"))),
        ),
    };
    let file = entry.kind == "blob";
    json!({
        "name": path.rsplit('/').next(), "path": path, "sha": entry.sha, "size": entry.size.unwrap_or(0), "url": api,
        "git_url": git, "html_url": web,
        "download_url": file.then(|| call.site.web(state, &format!("/raw/{reference}/{encoded}"))),
        "_links": {"self": api, "git": git, "html": web},
    })
}

/// Where a link leads, from the folder that it stands in; nothing where it leads out of the repository.
fn target(link: &str, text: &str) -> Option<String> {
    let mut parts: Vec<&str> = link.split('/').collect();
    parts.pop();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    (!text.starts_with('/')).then(|| parts.join("/"))
}

pub fn get(state: &mut State, call: &Call) -> Answer {
    let reference = call.request.asked("ref").unwrap_or(&state.default_branch).to_owned();
    let Some(dir) = state.git.clone() else { return Answer::refusal(404, "This repository is empty.") };
    let Some(commit) = git::commit(&dir, &reference) else {
        return Answer::refusal(404, &format!("No commit found for the ref {reference}"));
    };
    let path = &call.args[0];
    let Some(entry) = git::at(&dir, &commit, path) else { return Answer::not_found() };
    let mut shown = common(state, call, &reference, path, &entry);
    match (entry.mode.as_str(), entry.kind.as_str()) {
        (_, "tree") => {
            let listed = git::tree(&dir, &entry.sha, false).unwrap_or_default();
            let each = |inner: &Entry| {
                let at = format!("{path}/{}", inner.path);
                let mut shown = common(state, call, &reference, &at, inner);
                // Submodules are told as files in a list; that is kept so that nothing old breaks.
                shown["type"] = json!(match (inner.mode.as_str(), inner.kind.as_str()) {
                    (_, "tree") => "dir",
                    ("120000", _) => "symlink",
                    _ => "file",
                });
                shown
            };
            Answer::ok(&listed.iter().take(1000).map(each).collect())
        }
        (_, "commit") => {
            shown["type"] = json!("submodule");
            shown["submodule_git_url"] = json!(format!("{}/acme/elsewhere.git", call.site.html));
            Answer::ok(&shown)
        }
        ("120000", _) => {
            let text = git::blob(&dir, &entry.sha).unwrap_or_default();
            let text = String::from_utf8_lossy(&text).into_owned();
            let led = target(path, &text).and_then(|at| git::at(&dir, &commit, &at));
            match led.filter(|led| led.mode.starts_with("100")) {
                Some(led) => with_content(&dir, shown, &led),
                None => {
                    shown["type"] = json!("symlink");
                    shown["target"] = json!(text);
                    Answer::ok(&shown)
                }
            }
        }
        _ => with_content(&dir, shown, &entry),
    }
}

fn with_content(dir: &std::path::Path, mut shown: Value, entry: &Entry) -> Answer {
    let size = entry.size.unwrap_or(0);
    if size > MAX_FILE {
        let said = "This API returns blobs up to 100 MB in size.";
        return Answer::refusal(403, said);
    }
    let (encoding, content) = match size > MAX_CONTENT {
        true => ("none", String::new()),
        false => ("base64", base64_lines(&git::blob(dir, &entry.sha).unwrap_or_default())),
    };
    shown["type"] = json!("file");
    shown["size"] = json!(size);
    shown["sha"] = json!(entry.sha);
    shown["encoding"] = json!(encoding);
    shown["content"] = json!(content);
    Answer::ok(&shown)
}

#[cfg(test)]
mod tests {
    use super::target;

    #[test]
    fn a_link_is_followed_inside_the_repository_alone() {
        assert_eq!(target("a/b/link", "../c").as_deref(), Some("a/c"));
        assert_eq!(target("link", "./x").as_deref(), Some("x"));
        assert_eq!(target("link", "../x"), None);
        assert_eq!(target("link", "/etc/passwd"), None);
    }
}
