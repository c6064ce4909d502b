//! The rolling issue about drift.

use super::work::{Work, halving};
use crate::github::marker::{self, Kind, Marker};
use crate::github::place::Place;
use crate::github::refused::Refused;
use crate::github::rolling::{self, Issue, News, Step};
use crate::io::github::StoredIssue;
use crate::model::report::{Report, Verdict};
use crate::report::github_md;
use crate::report::view::View;
use crate::report::words;

/// What commenting on an issue takes.
const NEEDS: &str = "issues: write";

/// Opens, writes or closes the issue; its address.
///
/// # Errors
/// It was not written.
pub fn send(work: &Work) -> Result<Option<String>, Refused> {
    // What could not be looked at has neither drifted nor come back.
    if work.report.verdict == Verdict::Error {
        return Ok(None);
    }
    halving(github_md::BUDGET, |budget| sent(work, budget))
}

/// One issue for a workflow, whichever of its jobs looked.
fn place_of(work: &Work) -> Place {
    Place { job: String::new(), ..work.place.clone() }
}

fn sent(work: &Work, budget: usize) -> Result<Option<String>, Refused> {
    let (api, slug, report) = (work.api, work.slug(), work.report);
    let place = place_of(work);
    let set = rolling::set_id(report.open().map(|finding| finding.fingerprint()).collect());
    let marker = Marker { body: set, ..Marker::new(Kind::Drift, &place, "") };
    let below = github_md::below(report, &work.style(), budget.saturating_sub(marker.line().len() + 1));
    let (title, body) = (title(report), format!("{}\n{below}", marker.line()));

    let stored = found(work, &marker::id(&place))?;
    let issues: Vec<Issue> = stored.iter().map(|stored| stored.issue.clone()).collect();
    let own = rolling::own(&issues, work.login(), &marker.id);
    let mut url = own.as_ref().and_then(|(_, issue)| {
        stored.iter().find(|stored| stored.issue.number == issue.number).map(|stored| stored.url.clone())
    });
    let drifted = report.verdict > Verdict::Pass;
    for step in rolling::plan(own.as_ref(), &marker, drifted, work.now) {
        let written = match step {
            Step::Open => api.create_issue(slug, work.login(), &title, &body, &work.wanted.issue_labels)?,
            Step::Write(number) => api.update_issue(slug, number, &title, &body)?,
            Step::Close(number) => api.close_issue(slug, number)?,
            Step::Tell(number, news) => {
                api.create_comment(slug, number, &told(work, news), NEEDS)?;
                continue;
            }
        };
        url = Some(written.url);
    }
    Ok(url)
}

/// The issues that may be ours. Labels are dropped where the token may not set them, so none is no proof.
fn found(work: &Work, id: &str) -> Result<Vec<StoredIssue>, Refused> {
    let look = |labels: &[String]| work.api.issues_of(work.slug(), work.login(), labels);
    let ours =
        |stored: &StoredIssue| Marker::read(&stored.issue.seen.body).is_some_and(|(read, _)| read.id == id);
    let labelled = look(&work.wanted.issue_labels)?;
    if work.wanted.issue_labels.is_empty() || labelled.iter().any(ours) {
        return Ok(labelled);
    }
    look(&[])
}

fn title(report: &Report) -> String {
    format!("cask: {}: {}", words::verdict(report), words::title(report, &View::of(report)))
}

/// What is said below the issue, which shows the report itself.
fn told(work: &Work, news: News) -> String {
    let said = match news {
        News::Changed => "The drift is not what it was: the report above is new.",
        News::Back => "The drift is back: the report above is new.",
        News::Over => "Nothing drifts any more.",
    };
    // The run makes one telling another one's twin only if it is sent twice.
    let run = match &work.report.publication.run_url {
        Some(url) => format!(" [Run]({url})"),
        None => format!(" Run {}.{}", work.place.run_id, work.place.run_attempt),
    };
    format!("{said}{run}")
}
