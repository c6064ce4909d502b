//! The event that started a workflow: its name and payload in, what matters of it out.
//!
//! Names of branches, logins and titles in it are strangers' words. Fields: GitHub's "Events that trigger workflows"
//! and "Webhook events and payloads".

use serde::Deserialize;

use crate::canon::decode::decode;
use crate::canon::read_json::read_json;
use crate::canon::{Fault, Limits};

/// Most bytes of a payload.
pub const MAX_PAYLOAD: usize = 5 << 20;

/// What started the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A pull request, whose own workflow runs.
    PullRequest(Pull),
    /// A pull request, for which the workflow of the default branch runs.
    PullRequestTarget(Pull),
    /// The merge queue.
    MergeGroup(MergeGroup),
    /// A branch or tag was moved.
    Push(Push),
    /// Another workflow has ended.
    WorkflowRun(WorkflowRun),
    /// The clock.
    Schedule,
    /// Somebody, or a program, asked for it.
    Dispatch,
    /// Anything else.
    Other,
}

/// A payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    /// What started the run.
    pub event: Event,
    /// The repository that it is about.
    pub repository: Option<Repository>,
    /// Login of who caused it.
    pub sender: Option<String>,
}

/// A repository.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Repository {
    /// Its number.
    pub id: u64,
    /// `owner/name`.
    pub full_name: String,
    /// The branch whose trust file judges.
    pub default_branch: Option<String>,
    /// Who owns it.
    pub owner: Option<Account>,
}

/// Somebody.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Account {
    /// The name by which they log in; of the owner of a repository in a push, it may be missing.
    #[serde(default)]
    pub login: String,
}

/// A pull request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Pull {
    /// Its number.
    pub number: u64,
    /// Where it is to be merged.
    pub base: Branch,
    /// What it brings.
    pub head: Branch,
    /// Who opened it.
    pub user: Option<Account>,
    /// The merge that GitHub tried last.
    pub merge_commit_sha: Option<String>,
    /// `open` or `closed`.
    #[serde(default)]
    pub state: String,
}

/// One end of a pull request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Branch {
    /// The branch.
    #[serde(rename = "ref")]
    pub name: String,
    /// Its tip when the event was sent.
    pub sha: String,
    /// Where it is; none where the fork was deleted.
    pub repo: Option<RepositoryId>,
}

/// Which repository.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RepositoryId {
    /// Its number.
    pub id: u64,
}

/// A group of the merge queue.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct MergeGroup {
    /// The commit on which it stands.
    pub base_sha: String,
    /// The commit that would be merged.
    pub head_sha: String,
    /// The ref of it: `refs/heads/gh-readonly-queue/<base>/pr-<number>-<sha>`.
    pub head_ref: String,
    /// The branch that it is for.
    pub base_ref: String,
}

/// A push.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Push {
    /// The tip before; zeros where the branch is new.
    pub before: String,
    /// The tip after; zeros where it was deleted.
    pub after: String,
    /// The whole ref.
    #[serde(rename = "ref")]
    pub name: String,
    /// Whether the ref was deleted.
    #[serde(default)]
    pub deleted: bool,
}

/// A run of another workflow.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct WorkflowRun {
    /// Its number.
    pub id: u64,
    /// What started it.
    pub event: String,
    /// The commit that it ran for.
    pub head_sha: String,
    /// The branch of it; none where it is gone.
    pub head_branch: Option<String>,
    /// The repository of that branch.
    pub head_repository: Option<HeadRepository>,
}

/// The repository of a run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct HeadRepository {
    /// Its number.
    pub id: u64,
    /// Who owns it.
    pub owner: Account,
}

/// What every payload may have.
#[derive(Deserialize)]
struct Common {
    repository: Option<Repository>,
    sender: Option<Account>,
}

#[derive(Deserialize)]
struct WithPull {
    pull_request: Pull,
}

#[derive(Deserialize)]
struct WithGroup {
    merge_group: MergeGroup,
}

#[derive(Deserialize)]
struct WithRun {
    workflow_run: WorkflowRun,
}

/// Reads a payload.
///
/// # Errors
/// It is no JSON, is too large, or lacks what an event of this name has.
pub fn read(name: &str, file: &str, bytes: &[u8]) -> Result<Payload, Fault> {
    let root = read_json(file, bytes, &Limits::new(MAX_PAYLOAD))?;
    let event = match name {
        "pull_request" => Event::PullRequest(decode::<WithPull>(file, &root)?.pull_request),
        "pull_request_target" => Event::PullRequestTarget(decode::<WithPull>(file, &root)?.pull_request),
        "merge_group" => Event::MergeGroup(decode::<WithGroup>(file, &root)?.merge_group),
        "push" => Event::Push(decode(file, &root)?),
        "workflow_run" => Event::WorkflowRun(decode::<WithRun>(file, &root)?.workflow_run),
        "schedule" => Event::Schedule,
        "workflow_dispatch" | "repository_dispatch" => Event::Dispatch,
        _ => Event::Other,
    };
    let Common { repository, sender } = decode(file, &root)?;
    let sender = sender.map(|account| account.login).filter(|login| !login.is_empty());
    Ok(Payload { event, repository, sender })
}

impl Pull {
    /// Whether it can still be merged.
    pub fn is_open(&self) -> bool {
        self.state == "open"
    }

    /// Whether its branch lies in another repository than the one that it is for; one that is gone was a fork.
    pub fn is_from_fork(&self) -> bool {
        match (&self.base.repo, &self.head.repo) {
            (Some(base), Some(head)) => base.id != head.id,
            _ => true,
        }
    }
}

impl MergeGroup {
    /// The number of the pull request in the name of the group, and the branch that it is for. Informative only.
    pub fn pull_number(&self) -> Option<u64> {
        let rest = self.head_ref.strip_prefix("refs/heads/gh-readonly-queue/")?;
        rest.rsplit('/').next()?.strip_prefix("pr-")?.split('-').next()?.parse().ok()
    }
}

impl Push {
    /// The branch, where it is one.
    pub fn branch(&self) -> Option<&str> {
        self.name.strip_prefix("refs/heads/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(name: &str, payload: &serde_json::Value) -> Result<Payload, Fault> {
        read(name, "event.json", payload.to_string().as_bytes())
    }

    fn pull(head_repo: &serde_json::Value) -> serde_json::Value {
        let sha = "a".repeat(40);
        json!({"action": "opened", "number": 7, "pull_request": {
            "number": 7, "user": {"login": "mallory"}, "merge_commit_sha": null,
            "base": {"ref": "main", "sha": sha, "repo": {"id": 1}},
            "head": {"ref": "x", "sha": sha, "repo": head_repo}},
            "repository": {"id": 1, "full_name": "acme/shop", "default_branch": "main", "owner": {"login": "acme"}},
            "sender": {"login": "mallory"}})
    }

    #[test]
    fn a_branch_of_another_repository_and_of_none_is_a_fork() {
        let fork = |repo| match of("pull_request", &pull(&repo)).unwrap().event {
            Event::PullRequest(pull) => pull.is_from_fork(),
            other => panic!("{other:?}"),
        };
        assert!(!fork(json!({"id": 1})));
        assert!(fork(json!({"id": 2})));
        assert!(fork(json!(null)));
    }

    #[test]
    fn a_merge_group_is_no_pull_request() {
        let sha = "b".repeat(40);
        let group = json!({"merge_group": {"base_sha": sha, "head_sha": sha, "base_ref": "refs/heads/main",
            "head_ref": format!("refs/heads/gh-readonly-queue/release/1.x/pr-104-{sha}")}});
        let Event::MergeGroup(group) = of("merge_group", &group).unwrap().event else { panic!() };
        assert_eq!(group.pull_number(), Some(104));
    }

    #[test]
    fn a_payload_that_lacks_its_member_is_told_with_its_place() {
        let fault = of("pull_request", &json!({"merge_group": {}})).unwrap_err();
        assert!(fault.message.contains("pull_request"), "{fault:?}");
        assert!(read("push", "event.json", b"{").is_err());
        assert_eq!(of("issue_comment", &json!({})).unwrap().event, Event::Other);
    }
}
