//! What the API knows of a repository and its commits, for a run without git objects or with none of the base.

use serde::Deserialize;

use super::address::Slug;
use super::api::{Api, Question, of};
use crate::github::refused::{Refused, Why};

/// What reading a repository takes.
const NEEDS: &str = "contents: read";

/// A repository.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Repository {
    /// Its number, which outlives its name.
    pub id: u64,
    /// `owner/name`.
    pub full_name: String,
    /// Its default branch.
    pub default_branch: String,
}

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "StoredCommit")]
pub struct Commit {
    /// Its id.
    pub sha: String,
    /// Its tree.
    pub tree: String,
    /// The commits before it.
    pub parents: Vec<String>,
}

#[derive(Deserialize)]
struct StoredCommit {
    sha: String,
    parents: Vec<Object>,
    commit: Inner,
}

#[derive(Deserialize)]
struct Inner {
    tree: Object,
}

#[derive(Deserialize)]
struct Object {
    sha: String,
}

impl From<StoredCommit> for Commit {
    fn from(stored: StoredCommit) -> Commit {
        let parents = stored.parents.into_iter().map(|parent| parent.sha).collect();
        Commit { sha: stored.sha, tree: stored.commit.tree.sha, parents }
    }
}

impl Api {
    /// The repository.
    ///
    /// # Errors
    /// It is not there, or not for this token.
    pub fn repository(&self, slug: Slug) -> Result<Repository, Refused> {
        let steps = of(slug, &[]);
        self.get(Question { steps: &steps, query: &[], needs: "metadata: read" })
    }

    /// The commit that a branch ends in; nothing where there is no such branch.
    ///
    /// # Errors
    /// Nobody knows.
    pub fn branch_tip(&self, slug: Slug, branch: &str) -> Result<Option<String>, Refused> {
        #[derive(Deserialize)]
        struct Ref {
            #[serde(rename = "ref")]
            name: String,
            object: Object,
        }
        let mut steps = of(slug, &["git", "ref", "heads"]);
        steps.extend(branch.split('/'));
        let found: Result<Ref, Refused> = self.get(Question { steps: &steps, query: &[], needs: NEEDS });
        match found {
            // The API may answer with a branch whose name only begins so.
            Ok(found) if found.name == format!("refs/heads/{branch}") => Ok(Some(found.object.sha)),
            Ok(_) => Ok(None),
            Err(refused) if refused.why == Why::Missing => {
                // A repository that is not for us has no branches either.
                self.repository(slug).map(|_| None)
            }
            Err(refused) => Err(refused),
        }
    }

    /// The commit of an id, a branch or a tag.
    ///
    /// # Errors
    /// There is none, or it is not for this token.
    pub fn commit(&self, slug: Slug, name: &str) -> Result<Commit, Refused> {
        let mut steps = of(slug, &["commits"]);
        steps.extend(name.split('/'));
        self.get(Question { steps: &steps, query: &[("per_page", "1")], needs: NEEDS })
    }

    /// The commit at which two lines of development part.
    ///
    /// # Errors
    /// They have none in common, or are not there.
    pub fn merge_base(&self, slug: Slug, base: &str, head: &str) -> Result<String, Refused> {
        #[derive(Deserialize)]
        struct Compared {
            merge_base_commit: Object,
        }
        let both = format!("{base}...{head}");
        let steps = of(slug, &["compare", &both]);
        let question = Question { steps: &steps, query: &[("per_page", "1")], needs: NEEDS };
        self.get(question).map(|compared: Compared| compared.merge_base_commit.sha)
    }
}
