//! Pull requests as they are now: the payload of an event may be old.

use serde::Deserialize;

use super::address::Slug;
use super::api::{Api, Question, of};
use crate::github::refused::Refused;

/// What reading pull requests takes.
const NEEDS: &str = "pull-requests: read";

/// A pull request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PullRequest {
    /// Its number.
    pub number: u64,
    /// `open` or `closed`.
    pub state: String,
    /// The commit that merges it, where GitHub has made one.
    pub merge_commit_sha: Option<String>,
    /// Its own side.
    pub head: End,
    /// What it is to be merged into.
    pub base: End,
}

impl PullRequest {
    /// Whether it can still be merged.
    pub fn is_open(&self) -> bool {
        self.state == "open"
    }
}

/// One side of a pull request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct End {
    /// Its branch. A stranger's word on the side of the head.
    #[serde(rename = "ref")]
    pub branch: String,
    /// Its last commit.
    pub sha: String,
    /// Its repository; none where a fork was deleted.
    pub repo: Option<EndRepository>,
}

/// The repository of a side.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct EndRepository {
    /// Its number.
    pub id: u64,
}

/// A file that a pull request changes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ChangedFile {
    /// Its path. A stranger's word.
    #[serde(rename = "filename")]
    pub path: String,
    /// `added`, `removed`, `modified`, `renamed` …
    pub status: String,
    /// What changes, as hunks; none where that is too much.
    pub patch: Option<String>,
}

impl Api {
    /// A pull request.
    ///
    /// # Errors
    /// It is not there, or not for this token.
    pub fn pull(&self, slug: Slug, number: u64) -> Result<PullRequest, Refused> {
        let number = number.to_string();
        let steps = of(slug, &["pulls", &number]);
        self.get(Question { steps: &steps, query: &[], needs: NEEDS })
    }

    /// The open pull requests of a branch of somebody's repository.
    ///
    /// # Errors
    /// They can't be read to their end.
    pub fn pulls_of(&self, slug: Slug, owner: &str, branch: &str) -> Result<Vec<PullRequest>, Refused> {
        let head = format!("{owner}:{branch}");
        let steps = of(slug, &["pulls"]);
        let query = [("state", "open"), ("head", head.as_str()), ("per_page", "100")];
        let question = Question { steps: &steps, query: &query, needs: NEEDS };
        self.list(question, |page: Vec<PullRequest>| page, usize::MAX)
    }

    /// The pull requests that a commit belongs to.
    ///
    /// # Errors
    /// They can't be read to their end.
    pub fn pulls_with(&self, slug: Slug, sha: &str) -> Result<Vec<PullRequest>, Refused> {
        let steps = of(slug, &["commits", sha, "pulls"]);
        let question = Question { steps: &steps, query: &[("per_page", "100")], needs: NEEDS };
        self.list(question, |page: Vec<PullRequest>| page, usize::MAX)
    }

    /// The files that a pull request changes: as many as GitHub lists, which are 3,000.
    ///
    /// # Errors
    /// They can't be read to their end.
    pub fn changed_files(&self, slug: Slug, number: u64) -> Result<Vec<ChangedFile>, Refused> {
        let number = number.to_string();
        let steps = of(slug, &["pulls", &number, "files"]);
        let question = Question { steps: &steps, query: &[("per_page", "100")], needs: NEEDS };
        self.list(question, |page: Vec<ChangedFile>| page, usize::MAX)
    }
}
