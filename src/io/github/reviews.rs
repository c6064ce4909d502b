//! Comments on lines of a pull request.

use http::Method;
use serde::{Deserialize, Serialize};

use super::address::Slug;
use super::api::{Api, Question, of};
use super::comments::{Author, seen};
use crate::github::refused::{Refused, Why};
use crate::github::review::{Inline, Standing};

/// What commenting on lines takes.
const NEEDS: &str = "pull-requests: write";

#[derive(Deserialize)]
#[serde(from = "Stored")]
struct Read(Standing);

#[derive(Deserialize)]
struct Stored {
    id: u64,
    #[serde(default)]
    node_id: String,
    user: Option<Author>,
    body: Option<String>,
    in_reply_to_id: Option<u64>,
}

impl From<Stored> for Read {
    fn from(stored: Stored) -> Read {
        let seen = seen(stored.id, stored.node_id, stored.user, stored.body);
        Read(Standing { seen, answers: stored.in_reply_to_id })
    }
}

#[derive(Serialize)]
struct Review<'a> {
    commit_id: &'a str,
    event: &'a str,
    comments: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    path: &'a str,
    line: u32,
    side: &'a str,
    body: &'a str,
}

#[derive(Serialize)]
struct WholeFile<'a> {
    commit_id: &'a str,
    path: &'a str,
    body: &'a str,
    subject_type: &'a str,
}

/// That something was stored.
#[derive(Deserialize)]
struct Done {}

impl Api {
    /// All comments on lines of a pull request.
    ///
    /// # Errors
    /// They can't be read to their end.
    pub fn review_comments(&self, slug: Slug, number: u64) -> Result<Vec<Standing>, Refused> {
        let number = number.to_string();
        let steps = of(slug, &["pulls", &number, "comments"]);
        let question =
            Question { steps: &steps, query: &[("per_page", "100")], needs: "pull-requests: read" };
        let all = self.list(question, |page: Vec<Read>| page, usize::MAX)?;
        Ok(all.into_iter().map(|Read(standing)| standing).collect())
    }

    /// Comments on lines, all in one review, once.
    ///
    /// # Errors
    /// They were not posted.
    pub fn review(&self, slug: Slug, number: u64, sha: &str, comments: &[&Inline]) -> Result<(), Refused> {
        let text = number.to_string();
        let steps = of(slug, &["pulls", &text, "reviews"]);
        let question = Question { steps: &steps, query: &[], needs: NEEDS };
        let lines = comments.iter().filter_map(|one| {
            Some(Line { path: &one.path, line: one.line?, side: "RIGHT", body: &one.body })
        });
        let review = Review { commit_id: sha, event: "COMMENT", comments: lines.collect() };
        self.add(question, &review, || self.landed(slug, number, comments)).map(|_: Done| ())
    }

    /// A comment on a file as a whole, once: of a file whose changes are too many to be shown.
    ///
    /// # Errors
    /// It was not posted.
    pub fn comment_on_file(
        &self,
        slug: Slug,
        number: u64,
        sha: &str,
        comment: &Inline,
    ) -> Result<(), Refused> {
        let text = number.to_string();
        let steps = of(slug, &["pulls", &text, "comments"]);
        let question = Question { steps: &steps, query: &[], needs: NEEDS };
        let Inline { path, body, .. } = comment;
        let whole = WholeFile { commit_id: sha, path, body, subject_type: "file" };
        self.add(question, &whole, || self.landed(slug, number, &[comment])).map(|_: Done| ())
    }

    /// Deletes a comment on a line; one that is gone is deleted.
    ///
    /// # Errors
    /// It is still there.
    pub fn delete_review_comment(&self, slug: Slug, id: u64) -> Result<(), Refused> {
        let id = id.to_string();
        let steps = of(slug, &["pulls", "comments", &id]);
        let question = Question { steps: &steps, query: &[], needs: NEEDS };
        match self.replace(Method::DELETE, question, None::<&()>) {
            Err(refused) if refused.why != Why::Missing => Err(refused),
            _ => Ok(()),
        }
    }

    /// Whether comments are there already.
    fn landed(&self, slug: Slug, number: u64, comments: &[&Inline]) -> Result<Option<Done>, Refused> {
        let all = self.review_comments(slug, number)?;
        let there = comments
            .iter()
            .any(|one| all.iter().any(|standing| standing.seen.body.trim_end() == one.body.trim_end()));
        Ok(there.then_some(Done {}))
    }
}
