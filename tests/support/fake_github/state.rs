//! What a world holds: one repository with its people, issues, pull requests, comments, checks and uploads. Tests
//! write into it and look at it; the endpoints do the same.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use super::Kind;

/// The bot behind the token of a job.
pub const BOT: &str = "github-actions[bot]";

/// What a token may do, as name of a permission and `read` or `write`.
#[derive(Clone, Debug)]
pub struct Grant {
    pub login: String,
    pub may: Vec<(&'static str, &'static str)>,
}

impl Grant {
    /// The token of a job with every permission that cask can use.
    pub fn job() -> Grant {
        let writes = ["pull_requests", "issues", "checks", "security_events"];
        let may = writes.into_iter().map(|name| (name, "write"));
        Grant {
            login: BOT.to_owned(),
            may: may.chain([("contents", "read"), ("metadata", "read")]).collect(),
        }
    }

    /// The token of a job as a fork gets it.
    pub fn read_only() -> Grant {
        Grant { login: BOT.to_owned(), may: vec![("contents", "read"), ("metadata", "read")] }
    }

    /// Somebody's own token.
    pub fn person(login: &str) -> Grant {
        Grant { login: login.to_owned(), ..Grant::job() }
    }

    /// Without one of them.
    pub fn without(mut self, permission: &str) -> Grant {
        self.may.retain(|(name, _)| *name != permission);
        self
    }

    pub fn has(&self, permission: &str, level: &str) -> bool {
        self.may.iter().any(|(name, has)| *name == permission && (*has == level || *has == "write"))
    }
}

/// A repository as another names it: a fork.
#[derive(Clone, Debug)]
pub struct RepoName {
    pub id: u64,
    pub owner: String,
    pub name: String,
}

/// One end of a pull request.
#[derive(Clone, Debug)]
pub struct Side {
    pub name: String,
    pub sha: String,
    /// `None` where the fork was deleted.
    pub repo: Option<RepoName>,
}

/// What an issue has; a pull request is an issue too.
#[derive(Clone, Debug)]
pub struct Issue {
    pub id: u64,
    pub number: u64,
    pub title: String,
    pub body: String,
    pub login: String,
    pub open: bool,
    pub state_reason: Option<String>,
    pub labels: Vec<String>,
    pub created: i64,
    pub updated: i64,
    pub closed: Option<i64>,
}

/// What a pull request has beyond its issue.
#[derive(Clone, Debug)]
pub struct Pull {
    pub head: Side,
    pub base: Side,
    pub merge_sha: Option<String>,
    pub merged: bool,
}

#[derive(Clone, Debug)]
pub struct Comment {
    pub id: u64,
    pub issue: u64,
    pub login: String,
    pub body: String,
    pub created: i64,
    pub updated: i64,
    /// The reason for which it is folded away.
    pub minimized: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Review {
    pub id: u64,
    pub pull: u64,
    pub login: String,
    pub body: String,
    pub state: &'static str,
    pub commit: String,
    pub submitted: i64,
}

#[derive(Clone, Debug)]
pub struct ReviewComment {
    pub id: u64,
    pub pull: u64,
    /// The review that it came with.
    pub review: Option<u64>,
    pub login: String,
    pub body: String,
    pub path: String,
    /// `None` where it stands at the file as a whole.
    pub line: Option<u64>,
    pub side: String,
    pub commit: String,
    pub answers: Option<u64>,
    pub created: i64,
    pub updated: i64,
}

/// A check run, with what was sent about it.
#[derive(Clone, Debug)]
pub struct Check {
    pub id: u64,
    pub name: String,
    pub head_sha: String,
    pub external_id: String,
    pub details_url: Option<String>,
    pub status: String,
    pub conclusion: Option<String>,
    pub started: i64,
    pub completed: Option<i64>,
    pub title: Option<String>,
    pub summary: Option<String>,
    pub text: Option<String>,
    pub annotations: Vec<Value>,
}

/// An upload of SARIF, unpacked.
#[derive(Clone, Debug)]
pub struct Upload {
    pub id: String,
    pub commit_sha: String,
    pub git_ref: String,
    pub sarif: Value,
    /// How often it is still told to be pending.
    pub pending: u32,
    pub errors: Vec<String>,
}

/// A world's repository and all that hangs on it.
pub struct State {
    pub owner: String,
    pub repo: String,
    pub repo_id: u64,
    pub private: bool,
    pub default_branch: String,
    /// A bare repository on disk, out of which trees and files are served.
    pub git: Option<PathBuf>,
    pub grants: BTreeMap<String, Grant>,
    /// Ids of people by login; whoever is named gets one.
    pub people: BTreeMap<String, u64>,
    pub issues: BTreeMap<u64, Issue>,
    pub pulls: BTreeMap<u64, Pull>,
    pub labels: Vec<String>,
    pub comments: Vec<Comment>,
    pub reviews: Vec<Review>,
    pub review_comments: Vec<ReviewComment>,
    pub checks: Vec<Check>,
    pub uploads: Vec<Upload>,
    /// `has_issues` of the repository.
    pub issues_enabled: bool,
    pub scanning_enabled: bool,
    /// How often an upload is pending before it is complete, and what the analysis then finds wrong.
    pub upload_pending: u32,
    pub upload_errors: Vec<String>,
    /// From so many entries on, a tree is cut off.
    pub tree_limit: usize,
    /// From so many bytes on, a patch is left out of the files of a pull request.
    pub patch_limit: usize,
    /// Whether bodies are packed for who takes that.
    pub packs: bool,
    /// What is left of the hour's requests; own servers have no limit.
    pub requests_left: Option<u64>,
    /// Seconds of 1970. Each change takes one.
    pub now: i64,
    last_id: u64,
}

impl State {
    pub fn new(kind: Kind, number: u64) -> State {
        State {
            owner: "acme".to_owned(),
            repo: "shop".to_owned(),
            repo_id: 1000 + number,
            private: false,
            default_branch: "main".to_owned(),
            git: None,
            grants: BTreeMap::new(),
            people: BTreeMap::new(),
            issues: BTreeMap::new(),
            pulls: BTreeMap::new(),
            labels: vec!["bug".to_owned()],
            comments: Vec::new(),
            reviews: Vec::new(),
            review_comments: Vec::new(),
            checks: Vec::new(),
            uploads: Vec::new(),
            issues_enabled: true,
            scanning_enabled: true,
            upload_pending: 1,
            upload_errors: Vec::new(),
            tree_limit: 100_000,
            patch_limit: 200_000,
            packs: false,
            requests_left: (kind == Kind::Com).then_some(5000),
            now: 1_767_225_600,
            last_id: 0,
        }
    }

    /// An id that nothing else has; later things have greater ones.
    pub fn fresh(&mut self) -> u64 {
        self.last_id += 1;
        // Beyond 32 bits, as real ones are.
        5_000_000_000 + self.last_id
    }

    /// The time of the next change.
    pub fn tick(&mut self) -> i64 {
        self.now += 1;
        self.now
    }

    /// Issues and pull requests are counted together.
    pub fn next_number(&self) -> u64 {
        self.issues.keys().next_back().map_or(1, |last| last + 1)
    }

    pub fn own_name(&self) -> RepoName {
        RepoName { id: self.repo_id, owner: self.owner.clone(), name: self.repo.clone() }
    }

    /// A new open issue.
    pub fn open_issue(&mut self, number: u64, login: &str, title: &str, body: &str) -> &mut Issue {
        let (id, now) = (self.fresh(), self.tick());
        let issue = Issue {
            id,
            number,
            title: title.to_owned(),
            body: body.to_owned(),
            login: login.to_owned(),
            open: true,
            state_reason: None,
            labels: Vec::new(),
            created: now,
            updated: now,
            closed: None,
        };
        self.issues.insert(number, issue);
        self.issues.get_mut(&number).expect("just put there")
    }

    /// A new open pull request from a branch of this repository; change its sides to make it another.
    pub fn open_pull(
        &mut self,
        number: u64,
        login: &str,
        head: (&str, &str),
        base: (&str, &str),
    ) -> &mut Pull {
        self.open_issue(number, login, "Change the shop", "");
        let repo = Some(self.own_name());
        let side = |(name, sha): (&str, &str)| Side {
            name: name.to_owned(),
            sha: sha.to_owned(),
            repo: repo.clone(),
        };
        let pull = Pull { head: side(head), base: side(base), merge_sha: None, merged: false };
        self.pulls.insert(number, pull);
        self.pulls.get_mut(&number).expect("just put there")
    }

    /// Somebody says something.
    pub fn comment(&mut self, issue: u64, login: &str, body: &str) -> u64 {
        let (id, now) = (self.fresh(), self.tick());
        self.comments.push(Comment {
            id,
            issue,
            login: login.to_owned(),
            body: body.to_owned(),
            created: now,
            updated: now,
            minimized: None,
        });
        id
    }

    /// The texts under an issue or a pull request, oldest first.
    pub fn bodies(&self, issue: u64) -> Vec<String> {
        self.comments.iter().filter(|c| c.issue == issue).map(|c| c.body.clone()).collect()
    }

    /// The id of somebody, now known.
    pub fn person(&mut self, login: &str) -> u64 {
        let next = 70_000 + self.people.len() as u64;
        *self.people.entry(login.to_owned()).or_insert(next)
    }
}
