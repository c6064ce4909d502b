//! Code scanning: results as SARIF.

use serde::{Deserialize, Serialize};

use super::address::Slug;
use super::api::{Api, Question, of};
use crate::github::refused::Refused;

/// What uploading takes.
const NEEDS: &str = "security-events: write";

/// How an upload stands.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Upload {
    /// `pending`, `complete` or `failed`.
    #[serde(default)]
    pub processing_status: String,
    /// What is wrong with it.
    pub errors: Option<Vec<String>>,
}

#[derive(Serialize)]
struct New<'a> {
    commit_sha: &'a str,
    #[serde(rename = "ref")]
    git_ref: &'a str,
    sarif: &'a str,
    tool_name: &'a str,
}

impl Api {
    /// Uploads results, packed as they are to be; the id of the upload. Sent twice they are the same results: the
    /// later upload of a commit and a category takes the place of the earlier one.
    ///
    /// # Errors
    /// They were not taken.
    pub fn upload_sarif(
        &self,
        slug: Slug,
        sha: &str,
        git_ref: &str,
        packed: &str,
    ) -> Result<String, Refused> {
        #[derive(Deserialize)]
        struct Taken {
            id: String,
        }
        let steps = of(slug, &["code-scanning", "sarifs"]);
        let question = Question { steps: &steps, query: &[], needs: NEEDS };
        let new = New { commit_sha: sha, git_ref, sarif: packed, tool_name: "cask" };
        self.add(question, &new, || Ok(None)).map(|taken: Taken| taken.id)
    }

    /// How an upload stands.
    ///
    /// # Errors
    /// Nobody knows.
    pub fn upload_state(&self, slug: Slug, id: &str) -> Result<Upload, Refused> {
        let steps = of(slug, &["code-scanning", "sarifs", id]);
        self.get(Question { steps: &steps, query: &[], needs: NEEDS })
    }
}
