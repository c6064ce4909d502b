//! What every channel works with: what is wanted, where it goes, what is told, and whose token it is.

use std::cell::{OnceCell, RefCell};

use crate::canon::time::Timestamp;
use crate::github::inputs::{CommentMode, CommentWhen};
use crate::github::place::Place;
use crate::github::refused::{Refused, Why};
use crate::github::sticky;
use crate::io::github::{Api, Slug};
use crate::model::report::Report;
use crate::report::style::Style;

/// Which reports are wanted on GitHub.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// When there is a comment.
    pub comment: CommentWhen,
    /// What becomes of an earlier one.
    pub comment_mode: CommentMode,
    /// Comments on changed lines.
    pub review_comments: bool,
    /// A check run of its own.
    pub check_run: bool,
    /// Upload of SARIF.
    pub sarif_upload: bool,
    /// Its category in code scanning.
    pub sarif_category: String,
    /// The rolling issue about drift.
    pub issue: bool,
    /// Its labels.
    pub issue_labels: Vec<String>,
    /// Marks of risk as pictures.
    pub risk_icons: bool,
}

/// The work of a channel.
pub struct Work<'a> {
    /// The API.
    pub api: &'a Api,
    /// What is wanted.
    pub wanted: &'a Wanted,
    /// Where it goes.
    pub place: &'a Place,
    /// What is told.
    pub report: &'a Report,
    /// When.
    pub now: Timestamp,
    login: OnceCell<String>,
    notices: RefCell<Vec<String>>,
}

impl<'a> Work<'a> {
    /// The work on a report.
    pub fn new(
        api: &'a Api,
        wanted: &'a Wanted,
        place: &'a Place,
        report: &'a Report,
        now: Timestamp,
    ) -> Work<'a> {
        Work { api, wanted, place, report, now, login: OnceCell::new(), notices: RefCell::default() }
    }

    /// The repository.
    pub fn slug(&self) -> Slug<'a> {
        Slug { owner: &self.place.owner, repo: &self.place.repo }
    }

    /// How pages look.
    pub fn style(&self) -> Style {
        Style { risk_icons: self.wanted.risk_icons, ..Style::default() }
    }

    /// Whose the token is. Where that is not told, it is that of a job: the usual one.
    pub fn login(&self) -> &str {
        self.login.get_or_init(|| self.api.login().unwrap_or_else(|_| sticky::JOB.to_owned()))
    }

    /// One more thing to be said of what went well otherwise.
    pub fn notice(&self, text: String) {
        self.notices.borrow_mut().push(text);
    }

    /// What is to be said.
    pub fn into_notices(self) -> Vec<String> {
        self.notices.into_inner()
    }

    /// The commit that GitHub shows reports on: the head of the pull request, not its merge.
    pub fn shown_on(&self) -> &'a str {
        match &self.place.pull {
            Some(pull) => &pull.head_sha,
            None => &self.place.head_sha,
        }
    }
}

/// Tries with the whole budget, and with half of it if that is too long.
///
/// # Errors
/// Whatever else is in the way.
pub fn halving<T>(budget: usize, send: impl Fn(usize) -> Result<T, Refused>) -> Result<T, Refused> {
    match send(budget) {
        Err(refused) if refused.why == Why::TooLong => send(budget / 2),
        other => other,
    }
}
