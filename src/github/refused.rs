//! A request that came to nothing: why, and what helps, in words for the one line that a run says about it.

use std::fmt;

use crate::canon::visible::visible;

/// Most characters of what GitHub said.
const SAID: usize = 200;

/// Why a request came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The token is not accepted.
    Unauthorized,
    /// The token may not do that.
    Forbidden,
    /// Not there, or not to be seen with this token.
    Missing,
    /// Switched off in this repository.
    Gone,
    /// More text than it takes.
    TooLong,
    /// Not accepted as it is.
    Invalid,
    /// Too many requests.
    Limited,
    /// It failed, time and again.
    Broken,
    /// No answer.
    Unreachable,
    /// No answer to a request that adds something: it may have been carried out.
    Unsure,
    /// The answer is not what it should be.
    Unreadable,
    /// The answer is larger than what is read.
    TooLarge,
    /// It leads where a request with a token may not go.
    Astray,
    /// The time for reports is over.
    OutOfTime,
}

impl Why {
    /// Whether the same request may come to something a little later.
    pub fn passes(self) -> bool {
        matches!(self, Why::Limited | Why::Broken | Why::Unreachable)
    }
}

/// A request that came to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Why.
    pub why: Why,
    /// Status of the answer, where there was one.
    pub status: Option<u16>,
    /// What happened: one line, lower case, no full stop.
    pub reason: String,
    /// What helps.
    pub fix: String,
    /// Which permissions would do, as GitHub said.
    pub permissions: Option<String>,
}

impl Refused {
    /// A request that came to nothing on the way.
    pub fn new(why: Why, reason: impl Into<String>, fix: impl Into<String>) -> Refused {
        Refused { why, status: None, reason: reason.into(), fix: fix.into(), permissions: None }
    }

    /// What GitHub answered. `needs` is the permission that the request takes (`pull-requests: write`).
    pub fn answered(why: Why, status: u16, said: &str, needs: &str, permissions: Option<&str>) -> Refused {
        let said = match visible(said, SAID) {
            said if said.is_empty() => String::new(),
            said => format!(": {said}"),
        };
        let fix = match why {
            Why::Unauthorized => "pass a token that is valid: token: ${{ github.token }}".to_owned(),
            Why::Forbidden | Why::Missing => format!("give the job permissions: {needs}"),
            Why::Gone => "switch it on in the settings of the repository, or this report off".to_owned(),
            Why::Limited => "run it again later, or reduce how many jobs report at the same time".to_owned(),
            Why::TooLong | Why::Invalid => "the job summary has the whole report".to_owned(),
            _ => "run the job again; see whether GitHub reports an incident".to_owned(),
        };
        Refused {
            why,
            status: Some(status),
            reason: format!("GitHub answered {status}{said}"),
            fix,
            permissions: permissions.map(|names| visible(names, SAID)),
        }
    }

    /// An answer that can't be read.
    pub fn unreadable(status: u16, reason: impl fmt::Display) -> Refused {
        Refused {
            status: Some(status),
            ..Refused::new(
                Why::Unreadable,
                format!("GitHub's answer can't be read: {}", visible(&reason.to_string(), 2 * SAID)),
                "see whether a proxy answers in its place, and whether GITHUB_API_URL is right",
            )
        }
    }

    /// The one line about it.
    pub fn line(&self) -> String {
        let accepted = match &self.permissions {
            Some(names) => format!(" (GitHub accepts: {names})"),
            None => String::new(),
        };
        format!("{}; {}{accepted}", self.reason, self.fix)
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line())
    }
}

impl std::error::Error for Refused {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_what_would_do() {
        let refused = Refused::answered(
            Why::Forbidden,
            403,
            "Resource not accessible by integration",
            "pull-requests: write",
            Some("issues=write; pull_requests=write"),
        );
        assert_eq!(
            refused.to_string(),
            "GitHub answered 403: Resource not accessible by integration; give the job permissions: \
             pull-requests: write (GitHub accepts: issues=write; pull_requests=write)"
        );
    }

    #[test]
    fn what_was_said_is_one_short_line() {
        let said = format!("a\n::error::{}", "x".repeat(500));
        for line in [
            Refused::answered(Why::Broken, 502, &said, "", Some(&said)).line(),
            Refused::unreadable(200, &said).line(),
        ] {
            assert!(!line.contains('\n') && line.chars().count() < 700, "{line}");
        }
    }
}
