//! Pull requests as they are now: the payload of an event may be old.

use serde::Deserialize;

use super::address::Slug;
use super::api::{Api, Question, of};
use crate::github::event::Pull;
use crate::github::refused::Refused;

/// What reading pull requests takes.
const NEEDS: &str = "pull-requests: read";

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
    pub fn pull(&self, slug: Slug, number: u64) -> Result<Pull, Refused> {
        let number = number.to_string();
        let steps = of(slug, &["pulls", &number]);
        self.get(Question { steps: &steps, query: &[], needs: NEEDS })
    }

    /// The open pull requests of a branch of somebody's repository.
    ///
    /// # Errors
    /// They can't be read to their end.
    pub fn pulls_of(&self, slug: Slug, owner: &str, branch: &str) -> Result<Vec<Pull>, Refused> {
        let head = format!("{owner}:{branch}");
        let steps = of(slug, &["pulls"]);
        let query = [("state", "open"), ("head", head.as_str()), ("per_page", "100")];
        let question = Question { steps: &steps, query: &query, needs: NEEDS };
        self.list(question, |page: Vec<Pull>| page, usize::MAX)
    }

    /// The pull requests that a commit belongs to.
    ///
    /// # Errors
    /// They can't be read to their end.
    pub fn pulls_with(&self, slug: Slug, sha: &str) -> Result<Vec<Pull>, Refused> {
        let steps = of(slug, &["commits", sha, "pulls"]);
        let question = Question { steps: &steps, query: &[("per_page", "100")], needs: NEEDS };
        self.list(question, |page: Vec<Pull>| page, usize::MAX)
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
