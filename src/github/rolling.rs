//! The one issue that tells of drift: what there is and what was found in, what is opened, written, closed out.

use super::marker::{Kind, Marker};
use super::sticky::{Seen, is_by};
use crate::canon::digest;
use crate::canon::time::Timestamp;

/// An issue that was closed longer ago than this is history: a new one is opened.
const REOPENED: i64 = 30 * 24 * 60 * 60;

/// An issue, as much of it as is decided on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Issue {
    /// Its number.
    pub number: u64,
    /// Whether it is open.
    pub open: bool,
    /// When it was closed.
    pub closed_at: Option<String>,
    /// Whether it is a pull request.
    pub is_pull: bool,
    /// Who wrote it, and its text.
    pub seen: Seen,
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A new issue.
    Open,
    /// The issue is written anew, and open.
    Write(u64),
    /// Somebody is told: the findings are not those of the last run.
    Tell(u64, News),
    /// The issue is closed.
    Close(u64),
}

/// What is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// Other findings than before.
    Changed,
    /// It is back.
    Back,
    /// It is over.
    Over,
}

/// The id of a set of findings, whatever their order.
pub fn set_id(mut fingerprints: Vec<String>) -> String {
    fingerprints.sort_unstable();
    fingerprints.dedup();
    let words: Vec<&str> = fingerprints.iter().map(String::as_str).collect();
    digest::id16(&words)
}

/// The issue that is ours: an open one before a closed one, of several the oldest.
pub fn own<'a>(issues: &'a [Issue], login: &str, id: &str) -> Option<(Marker, &'a Issue)> {
    issues
        .iter()
        .filter(|issue| !issue.is_pull && is_by(&issue.seen, login))
        .filter_map(|issue| Some((Marker::read(&issue.seen.body)?.0, issue)))
        .filter(|(marker, _)| marker.kind == Kind::Drift && marker.id == id)
        .min_by_key(|(_, issue)| (!issue.open, issue.number))
}

/// What is done about drift, or about its end. `marker` is that of this run; its `body` is [`set_id`].
pub fn plan(own: Option<&(Marker, &Issue)>, marker: &Marker, drifted: bool, now: Timestamp) -> Vec<Step> {
    let Some((theirs, issue)) = own else {
        return if drifted { vec![Step::Open] } else { Vec::new() };
    };
    let number = issue.number;
    if theirs.run > marker.run {
        return Vec::new();
    }
    match (drifted, issue.open) {
        (true, true) if theirs.body == marker.body => vec![Step::Write(number)],
        (true, true) => vec![Step::Write(number), Step::Tell(number, News::Changed)],
        (true, false) if is_recent(issue, now) => {
            vec![Step::Write(number), Step::Tell(number, News::Back)]
        }
        (true, false) => vec![Step::Open],
        (false, true) => vec![Step::Tell(number, News::Over), Step::Close(number)],
        (false, false) => Vec::new(),
    }
}

/// Whether it was closed not long ago; where nobody knows when, it was.
fn is_recent(issue: &Issue, now: Timestamp) -> bool {
    let closed: Option<Timestamp> = issue.closed_at.as_deref().and_then(|text| text.parse().ok());
    closed.is_none_or(|closed| now.seconds().saturating_sub(closed.seconds()) < REOPENED)
}

#[cfg(test)]
mod tests {
    use super::super::place::Place;
    use super::super::sticky::JOB;
    use super::*;

    fn marker(run: u64, set: &str) -> Marker {
        let place = Place { run_id: run, run_attempt: 1, ..Place::default() };
        Marker { body: set_id(vec![set.to_owned()]), ..Marker::new(Kind::Drift, &place, "") }
    }

    fn issue(number: u64, open: bool, marker: &Marker) -> Issue {
        let seen = Seen {
            id: number,
            login: JOB.to_owned(),
            bot: true,
            body: format!("{}\ntext", marker.line()),
            ..Seen::default()
        };
        Issue {
            number,
            open,
            closed_at: (!open).then(|| "2026-11-01T00:00:00Z".to_owned()),
            is_pull: false,
            seen,
        }
    }

    fn planned(issues: &[Issue], run: u64, set: Option<&str>, now: &str) -> Vec<Step> {
        let marker = marker(run, set.unwrap_or_default());
        let own = own(issues, JOB, &marker.id);
        plan(own.as_ref(), &marker, set.is_some(), now.parse().unwrap())
    }

    #[test]
    fn one_issue_rolls() {
        let now = "2026-11-20T00:00:00Z";
        let late = "2026-12-02T00:00:00Z";
        let (open, closed) = (issue(5, true, &marker(1, "a")), issue(5, false, &marker(1, "a")));
        let newer = issue(5, true, &marker(9, "a"));
        #[rustfmt::skip]
        let rows = [
            (None, Some("a"), now, vec![Step::Open]),
            (None, None, now, vec![]),
            (Some(&open), Some("a"), now, vec![Step::Write(5)]),
            (Some(&open), Some("b"), now, vec![Step::Write(5), Step::Tell(5, News::Changed)]),
            (Some(&open), None, now, vec![Step::Tell(5, News::Over), Step::Close(5)]),
            (Some(&closed), None, now, vec![]),
            (Some(&closed), Some("a"), now, vec![Step::Write(5), Step::Tell(5, News::Back)]),
            (Some(&closed), Some("a"), late, vec![Step::Open]),
            (Some(&newer), None, now, vec![]),
        ];
        for (there, set, now, wanted) in rows {
            let there: Vec<Issue> = there.into_iter().cloned().collect();
            assert_eq!(planned(&there, 2, set, now), wanted, "{there:?} {set:?}");
        }
    }

    #[test]
    fn an_open_one_comes_first_and_what_others_wrote_is_theirs() {
        let of = |number, open| issue(number, open, &marker(1, "a"));
        let mut forged = of(1, true);
        forged.seen.login = "mallory".to_owned();
        forged.seen.bot = false;
        let mut pull = of(2, true);
        pull.is_pull = true;
        let issues = [forged, pull, of(3, false), of(5, true), of(4, true)];
        assert_eq!(own(&issues, JOB, &marker(1, "").id).map(|(_, issue)| issue.number), Some(4));
    }

    #[test]
    fn a_set_has_no_order() {
        let set = |of: &[&str]| set_id(of.iter().map(|one| (*one).to_owned()).collect());
        assert_eq!(set(&["a", "b", "a"]), set(&["b", "a"]));
        assert_ne!(set(&["a"]), set(&[]));
    }
}
