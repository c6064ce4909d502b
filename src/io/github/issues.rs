//! Issues: the rolling one about drift.

use http::Method;
use serde::{Deserialize, Serialize};

use super::address::Slug;
use super::api::{Api, Question, of};
use super::comments::{Author, seen};
use crate::github::refused::Refused;
use crate::github::rolling::Issue;

/// What writing issues takes.
const NEEDS: &str = "issues: write";
/// Pages that are looked through for ours: it is among those that changed last.
const PAGES: usize = 3;

/// An issue as it was stored.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Stored")]
pub struct StoredIssue {
    /// Where people read it.
    pub url: String,
    /// What is decided on.
    pub issue: Issue,
}

#[derive(Deserialize)]
struct Stored {
    number: u64,
    #[serde(default)]
    html_url: String,
    state: String,
    closed_at: Option<String>,
    user: Option<Author>,
    body: Option<String>,
    pull_request: Option<Pull>,
}

/// That an issue is a pull request: the API lists both.
#[derive(Deserialize)]
struct Pull {}

impl From<Stored> for StoredIssue {
    fn from(stored: Stored) -> StoredIssue {
        let issue = Issue {
            number: stored.number,
            open: stored.state == "open",
            closed_at: stored.closed_at,
            is_pull: stored.pull_request.is_some(),
            seen: seen(stored.number, String::new(), stored.user, stored.body),
        };
        StoredIssue { url: stored.html_url, issue }
    }
}

#[derive(Serialize)]
struct New<'a> {
    title: &'a str,
    body: &'a str,
    labels: &'a [String],
}

#[derive(Serialize)]
struct Change<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_reason: Option<&'a str>,
}

impl Api {
    /// The issues that a login made with these labels, those that changed last.
    ///
    /// # Errors
    /// They can't be read.
    pub fn issues_of(&self, slug: Slug, login: &str, labels: &[String]) -> Result<Vec<StoredIssue>, Refused> {
        let steps = of(slug, &["issues"]);
        let labels = labels.join(",");
        let mut query = vec![("state", "all"), ("creator", login), ("sort", "updated"), ("per_page", "100")];
        if !labels.is_empty() {
            query.push(("labels", &labels));
        }
        let question = Question { steps: &steps, query: &query, needs: NEEDS };
        self.list(question, |page: Vec<StoredIssue>| page, PAGES)
    }

    /// Opens an issue, once; `login` is whose it will be, should the answer be lost.
    ///
    /// # Errors
    /// It was not opened.
    pub fn create_issue(
        &self,
        slug: Slug,
        login: &str,
        title: &str,
        body: &str,
        labels: &[String],
    ) -> Result<StoredIssue, Refused> {
        let steps = of(slug, &["issues"]);
        let question = Question { steps: &steps, query: &[], needs: NEEDS };
        self.add(question, &New { title, body, labels }, || {
            let all = self.issues_of(slug, login, labels)?;
            Ok(all.into_iter().find(|stored| stored.issue.seen.body.trim_end() == body.trim_end()))
        })
    }

    /// Writes an issue anew, and opens it again where it was closed.
    ///
    /// # Errors
    /// It stays as it is.
    pub fn update_issue(
        &self,
        slug: Slug,
        number: u64,
        title: &str,
        body: &str,
    ) -> Result<StoredIssue, Refused> {
        let change = Change { title: Some(title), body: Some(body), state: Some("open"), state_reason: None };
        self.change_issue(slug, number, &change)
    }

    /// Closes an issue as done.
    ///
    /// # Errors
    /// It stays open.
    pub fn close_issue(&self, slug: Slug, number: u64) -> Result<StoredIssue, Refused> {
        let change =
            Change { title: None, body: None, state: Some("closed"), state_reason: Some("completed") };
        self.change_issue(slug, number, &change)
    }

    fn change_issue(&self, slug: Slug, number: u64, change: &Change) -> Result<StoredIssue, Refused> {
        let number = number.to_string();
        let steps = of(slug, &["issues", &number]);
        let question = Question { steps: &steps, query: &[], needs: NEEDS };
        let heard = self.replace(Method::PATCH, question, Some(change))?;
        self.read(&heard)
    }
}
