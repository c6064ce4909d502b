//! Reports on GitHub: a finished report in, comments, checks, results and issues out, as far as they arrive.
//!
//! Nothing here fails a run or changes a verdict. A channel that does not work is told in one line, with what
//! would help, and the others go on.

mod check_run;
pub mod comment;
mod issue;
mod review;
mod sarif;
mod work;

use std::time::Duration;

pub use self::work::Wanted;
use self::work::Work;
use super::ctx::Ctx;
use crate::github::inputs::CommentWhen;
use crate::github::place::Place;
use crate::github::refused::Refused;
use crate::io::github::Api;
use crate::model::report::Report;

/// How long all channels together may take.
const BUDGET: Duration = Duration::from_secs(120);

/// A way in which a report reaches people.
struct Channel {
    /// Its word in the output `degraded`.
    name: &'static str,
    /// What people call it.
    label: &'static str,
    /// Whether it is wanted here.
    wanted: fn(&Wanted, &Place, &Report) -> bool,
    /// Sends it; its address or id.
    send: fn(&Work) -> Result<Option<String>, Refused>,
    /// Where that is kept.
    kept: fn(&mut Delivered) -> Option<&mut Option<String>>,
}

/// The channels, in the order in which they are served.
const CHANNELS: [Channel; 5] = [
    Channel {
        name: "comment",
        label: "the comment on the pull request",
        wanted: |wanted, place, _| wanted.comment != CommentWhen::Never && place.pull.is_some(),
        send: comment::send,
        kept: |delivered| Some(&mut delivered.comment_url),
    },
    Channel {
        name: "review",
        label: "comments on changed lines",
        wanted: |wanted, place, _| wanted.review_comments && place.pull.is_some(),
        send: review::send,
        kept: |_| None,
    },
    Channel {
        name: "check-run",
        label: "the check run",
        wanted: |wanted, _, _| wanted.check_run,
        send: check_run::send,
        kept: |delivered| Some(&mut delivered.check_run_url),
    },
    Channel {
        name: "sarif",
        label: "the upload to code scanning",
        wanted: |wanted, _, _| wanted.sarif_upload,
        send: sarif::send,
        kept: |delivered| Some(&mut delivered.sarif_id),
    },
    Channel {
        name: "issue",
        label: "the issue about drift",
        wanted: |wanted, place, _| wanted.issue && place.pull.is_none(),
        send: issue::send,
        kept: |delivered| Some(&mut delivered.issue_url),
    },
];

/// What arrived.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delivered {
    /// The comment.
    pub comment_url: Option<String>,
    /// The check run.
    pub check_run_url: Option<String>,
    /// The issue.
    pub issue_url: Option<String>,
    /// The upload.
    pub sarif_id: Option<String>,
    /// Channels that were wanted and did not arrive.
    pub degraded: Vec<&'static str>,
    /// What is to be said of it, a line each.
    pub notices: Vec<String>,
}

/// Sends a report over every channel that is wanted.
pub fn publish(ctx: &Ctx, api: &Api, wanted: &Wanted, place: &Place, report: &Report) -> Delivered {
    let mut delivered = Delivered::default();
    let channels: Vec<&Channel> =
        CHANNELS.iter().filter(|channel| (channel.wanted)(wanted, place, report)).collect();
    if channels.is_empty() {
        return delivered;
    }
    if let Some(why) = unable(api, place) {
        // Where there is nothing to tell, nothing is missing.
        delivered.degraded = channels
            .iter()
            .filter(|channel| channel.name != "comment" || is_missed(wanted, report))
            .map(|channel| channel.name)
            .collect();
        if !delivered.degraded.is_empty() {
            delivered.notices.push(why);
        }
        return delivered;
    }
    if let Err(refused) = api.within(BUDGET) {
        delivered.degraded = channels.iter().map(|channel| channel.name).collect();
        delivered.notices.push(format!("nothing was reported on GitHub: {refused}"));
        return delivered;
    }
    let work = Work::new(api, wanted, place, report, ctx.now);
    for channel in channels {
        match (channel.send)(&work) {
            Ok(given) => {
                if let Some(kept) = (channel.kept)(&mut delivered) {
                    *kept = given;
                }
            }
            Err(refused) => {
                delivered.degraded.push(channel.name);
                delivered.notices.push(format!("{} was not written: {refused}", channel.label));
            }
        }
    }
    delivered.notices.extend(work.into_notices());
    delivered
}

/// Whether a comment would be there.
fn is_missed(wanted: &Wanted, report: &Report) -> bool {
    let fails = report.exit_code() > 0;
    crate::github::sticky::wanted(wanted.comment, false, comment::tells(report), fails)
}

/// Why nothing is even tried, and what helps.
fn unable(api: &Api, place: &Place) -> Option<String> {
    match place.read_only {
        Some(whose) => Some(format!(
            "this run is of {whose}, whose token may only read: the job summary has the whole report; a second \
             workflow on workflow_run with mode: comment can post it (docs/action.md)"
        )),
        None if !api.has_token() => Some(
            "there is no token, so nothing was reported on GitHub: pass token: ${{ github.token }}"
                .to_owned(),
        ),
        None => None,
    }
}
