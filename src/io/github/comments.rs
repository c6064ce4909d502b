//! Comments on pull requests and issues.

use http::Method;
use serde::Deserialize;
use serde_json::json;

use super::address::Slug;
use super::api::{Api, Question, of};
use crate::github::refused::{Refused, Why};
use crate::github::sticky::Seen;

/// What writing and deleting comments on a pull request takes.
const NEEDS: &str = "pull-requests: write";

/// A comment as it was stored.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Stored")]
pub struct Comment {
    /// Its number.
    pub id: u64,
    /// Where people read it.
    pub url: String,
    /// Who wrote it, and what it says.
    pub seen: Seen,
}

/// Whoever wrote something.
#[derive(Deserialize)]
pub(super) struct Author {
    login: String,
    #[serde(rename = "type", default)]
    kind: String,
}

#[derive(Deserialize)]
struct Stored {
    id: u64,
    #[serde(default)]
    node_id: String,
    #[serde(default)]
    html_url: String,
    user: Option<Author>,
    body: Option<String>,
}

/// What is decided on of something that was written.
pub(super) fn seen(id: u64, node_id: String, author: Option<Author>, body: Option<String>) -> Seen {
    let bot = author.as_ref().is_some_and(|author| author.kind == "Bot");
    let login = author.map(|author| author.login).unwrap_or_default();
    Seen { id, node_id, login, bot, body: body.unwrap_or_default() }
}

impl From<Stored> for Comment {
    fn from(stored: Stored) -> Comment {
        let seen = seen(stored.id, stored.node_id, stored.user, stored.body);
        Comment { id: stored.id, url: stored.html_url, seen }
    }
}

impl Api {
    /// All comments on a pull request or an issue, oldest first.
    ///
    /// # Errors
    /// They can't be read to their end.
    pub fn comments(&self, slug: Slug, number: u64) -> Result<Vec<Comment>, Refused> {
        let number = number.to_string();
        let steps = of(slug, &["issues", &number, "comments"]);
        let question =
            Question { steps: &steps, query: &[("per_page", "100")], needs: "pull-requests: read" };
        self.list(question, |page: Vec<Comment>| page, usize::MAX)
    }

    /// Posts a comment, once: where the answer is lost, it is looked for before it is sent again.
    ///
    /// # Errors
    /// It was not posted.
    pub fn create_comment(
        &self,
        slug: Slug,
        number: u64,
        body: &str,
        needs: &'static str,
    ) -> Result<Comment, Refused> {
        let text = number.to_string();
        let steps = of(slug, &["issues", &text, "comments"]);
        let question = Question { steps: &steps, query: &[], needs };
        // What we posted begins with a marker of this very run; whoever copies it all has posted it as well.
        let there = || {
            let all = self.comments(slug, number)?;
            Ok(all.into_iter().rev().find(|comment| comment.seen.body.trim_end() == body.trim_end()))
        };
        self.add(question, &json!({ "body": body }), there)
    }

    /// Writes a comment anew.
    ///
    /// # Errors
    /// It stays as it is, or is gone.
    pub fn update_comment(&self, slug: Slug, id: u64, body: &str) -> Result<Comment, Refused> {
        let id = id.to_string();
        let steps = of(slug, &["issues", "comments", &id]);
        let question = Question { steps: &steps, query: &[], needs: NEEDS };
        let heard = self.replace(Method::PATCH, question, Some(&json!({ "body": body })))?;
        self.read(&heard)
    }

    /// Deletes a comment; one that is gone is deleted.
    ///
    /// # Errors
    /// It is still there.
    pub fn delete_comment(&self, slug: Slug, id: u64) -> Result<(), Refused> {
        let id = id.to_string();
        let steps = of(slug, &["issues", "comments", &id]);
        let question = Question { steps: &steps, query: &[], needs: NEEDS };
        match self.replace(Method::DELETE, question, None::<&()>) {
            Err(refused) if refused.why != Why::Missing => Err(refused),
            _ => Ok(()),
        }
    }
}
