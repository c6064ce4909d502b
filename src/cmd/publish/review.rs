//! Comments on the lines of a pull request where findings stand.

use std::cmp::Reverse;

use super::work::Work;
use crate::github::marker;
use crate::github::refused::Refused;
use crate::github::review::{Changed, Inline, Wish, plan};
use crate::model::finding::{Finding, Side};
use crate::model::report::{Report, Verdict};
use crate::report::page::remark;

/// Posts what is new, and deletes what is over.
///
/// # Errors
/// It was not posted.
pub fn send(work: &Work) -> Result<Option<String>, Refused> {
    let Some(pull) = &work.place.pull else { return Ok(None) };
    let (api, slug, number) = (work.api, work.slug(), pull.number);
    let wishes = wishes(work.report);
    let standing = api.review_comments(slug, number)?;
    if wishes.is_empty() && standing.is_empty() {
        return Ok(None);
    }
    let files = if wishes.is_empty() { Vec::new() } else { api.changed_files(slug, number)? };
    let changed: Vec<Changed> = files
        .iter()
        .map(|file| Changed {
            path: &file.path,
            patch: file.patch.as_deref(),
            removed: file.status == "removed",
        })
        .collect();
    let plan = plan(&wishes, &changed, &standing, work.login(), &marker::id(work.place));
    let (lines, whole): (Vec<&Inline>, Vec<&Inline>) = plan.post.iter().partition(|one| one.line.is_some());
    if !lines.is_empty() {
        api.review(slug, number, &pull.head_sha, &lines)?;
    }
    for one in whole {
        api.comment_on_file(slug, number, &pull.head_sha, one)?;
    }
    for id in plan.delete {
        api.delete_review_comment(slug, id)?;
    }
    Ok(None)
}

/// What is to be said, the gravest first: what counts, and stands in the state under review.
fn wishes(report: &Report) -> Vec<Wish> {
    let mut told: Vec<&Finding> = report
        .open()
        .filter(|f| f.weighs > Verdict::Pass && f.place.side == Side::Head && f.place.line > 0)
        .collect();
    told.sort_by_key(|f| (Reverse(f.weighs), Reverse(f.severity)));
    let wish = |f: &Finding| Wish {
        path: f.place.file.clone(),
        line: f.place.line,
        print: f.fingerprint(),
        text: remark(f),
    };
    told.into_iter().map(wish).collect()
}
