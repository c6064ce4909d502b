//! Check runs.

use http::Method;
use serde::{Deserialize, Serialize};

use super::address::Slug;
use super::api::{Api, Question, of};
use crate::github::checks::Batch;
use crate::github::refused::Refused;

/// What writing check runs takes.
const NEEDS: &str = "checks: write";

/// A check run as it was stored.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CheckRun {
    /// Its number.
    pub id: u64,
    /// What its maker called it.
    pub external_id: Option<String>,
    /// Where people read it.
    pub html_url: Option<String>,
    #[serde(default)]
    output: Shown,
}

/// What it shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
struct Shown {
    #[serde(default)]
    annotations_count: usize,
}

impl CheckRun {
    /// How many annotations it has.
    pub fn annotations(&self) -> usize {
        self.output.annotations_count
    }
}

#[derive(Serialize)]
struct New<'a> {
    name: &'a str,
    head_sha: &'a str,
    external_id: &'a str,
    status: &'a str,
}

impl Api {
    /// The check runs of a name on a commit.
    ///
    /// # Errors
    /// They can't be read to their end.
    pub fn checks(&self, slug: Slug, sha: &str, name: &str) -> Result<Vec<CheckRun>, Refused> {
        #[derive(Deserialize)]
        struct Page {
            check_runs: Vec<CheckRun>,
        }
        let steps = of(slug, &["commits", sha, "check-runs"]);
        let query = [("check_name", name), ("filter", "all"), ("per_page", "100")];
        let question = Question { steps: &steps, query: &query, needs: NEEDS };
        self.list(question, |page: Page| page.check_runs, usize::MAX)
    }

    /// Begins a check run, once.
    ///
    /// # Errors
    /// It was not begun.
    pub fn create_check(
        &self,
        slug: Slug,
        sha: &str,
        name: &str,
        external_id: &str,
    ) -> Result<CheckRun, Refused> {
        let steps = of(slug, &["check-runs"]);
        let question = Question { steps: &steps, query: &[], needs: NEEDS };
        let new = New { name, head_sha: sha, external_id, status: "in_progress" };
        self.add(question, &new, || {
            let all = self.checks(slug, sha, name)?;
            Ok(all.into_iter().find(|run| run.external_id.as_deref() == Some(external_id)))
        })
    }

    /// Adds a batch of annotations, or ends the run; with it, the run has `total` annotations. Annotations add
    /// up, so where the answer is lost their number is looked at before they are sent again.
    ///
    /// # Errors
    /// It was not added.
    pub fn update_check(
        &self,
        slug: Slug,
        id: u64,
        batch: &Batch,
        total: usize,
    ) -> Result<CheckRun, Refused> {
        let id = id.to_string();
        let steps = of(slug, &["check-runs", &id]);
        let question = Question { steps: &steps, query: &[], needs: NEEDS };
        if batch.output.annotations.is_empty() {
            let heard = self.replace(Method::PATCH, question, Some(batch))?;
            return self.read(&heard);
        }
        self.add_by(Method::PATCH, question, batch, || {
            let run: CheckRun = self.get(question)?;
            Ok((run.annotations() >= total).then_some(run))
        })
    }
}
