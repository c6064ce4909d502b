//! The comment on the pull request: what stands there is read, `github::sticky` decides, the steps are carried out.

use super::work::{Work, halving};
use crate::github::marker::{Kind, Marker};
use crate::github::place::Place;
use crate::github::refused::{Refused, Why};
use crate::github::sticky::{self, Plan, Seen, Step};
use crate::io::github::Comment;
use crate::model::report::{Report, Verdict};
use crate::report::github_md;
use crate::report::style::Style;

/// What commenting takes.
const NEEDS: &str = "pull-requests: write";

/// Whether a report has anything to say that nobody knew.
pub fn tells(report: &Report) -> bool {
    report.verdict != Verdict::Pass
        || report.open().next().is_some()
        || report.packs.iter().any(|pack| pack.changed)
}

/// The comment as it is posted: marker and body, in at most `budget` bytes.
pub fn text(place: &Place, report: &Report, style: &Style, budget: usize) -> (Marker, String) {
    let longest = Marker::new(Kind::Report, place, "").line().len() + 1;
    let below = github_md::below(report, style, budget.saturating_sub(longest));
    let marker = Marker::new(Kind::Report, place, &below);
    let text = format!("{}\n{below}", marker.line());
    (marker, text)
}

/// Posts it, or writes it anew; the address of the comment that tells of this pull request.
///
/// # Errors
/// It was not posted.
pub fn send(work: &Work) -> Result<Option<String>, Refused> {
    let Some(pull) = &work.place.pull else { return Ok(None) };
    halving(github_md::BUDGET, |budget| sent(work, pull.number, budget))
}

fn sent(work: &Work, pull: u64, budget: usize) -> Result<Option<String>, Refused> {
    let (marker, text) = text(work.place, work.report, &work.style(), budget);
    let there = listed(work, pull, &marker)?;
    let own = own(&there, work, &marker);
    let fails = work.report.exit_code() > 0;
    if !sticky::wanted(work.wanted.comment, !own.is_empty(), tells(work.report), fails) {
        return Ok(None);
    }
    let plan = sticky::plan(&own, &marker, &text, work.wanted.comment_mode);
    let written = carried_out(work, pull, &plan)?;
    let Some(posted) = written.posted else {
        return Ok(written.url.or_else(|| url_of(&there, plan.stays)));
    };
    // Two runs may both have seen none: whoever looks later heals, and both do the same.
    let there = listed(work, pull, &marker)?;
    if let [only] = there.as_slice()
        && only.id == posted
    {
        return Ok(written.url);
    }
    let healing = sticky::heal(&self::own(&there, work, &marker));
    let healed = carried_out(work, pull, &healing)?;
    Ok(healed.url.or_else(|| url_of(&there, healing.stays)).or(written.url))
}

/// All comments. Whose we are is only asked where a marker of this job stands somewhere.
fn listed(work: &Work, pull: u64, marker: &Marker) -> Result<Vec<Comment>, Refused> {
    let all = work.api.comments(work.slug(), pull)?;
    let ours =
        |comment: &Comment| Marker::read(&comment.seen.body).is_some_and(|(read, _)| read.id == marker.id);
    Ok(all.into_iter().filter(ours).collect())
}

fn own<'a>(there: &'a [Comment], work: &Work, marker: &Marker) -> Vec<(Marker, &'a Seen)> {
    if there.is_empty() {
        return Vec::new();
    }
    let login = work.login();
    let mut own: Vec<(Marker, &Seen)> = Vec::new();
    for comment in there {
        own.extend(sticky::own(std::slice::from_ref(&comment.seen), login, Kind::Report, &marker.id));
    }
    own.sort_by_key(|(_, seen)| seen.id);
    own
}

fn url_of(there: &[Comment], id: Option<u64>) -> Option<String> {
    there.iter().find(|comment| Some(comment.id) == id).map(|comment| comment.url.clone())
}

/// What carrying a plan out came to.
#[derive(Default)]
struct Written {
    /// Number of a comment that is new.
    posted: Option<u64>,
    /// Address of what was written last.
    url: Option<String>,
}

impl Written {
    fn posted(&mut self, comment: Comment) {
        self.posted = Some(comment.id);
        self.url = Some(comment.url);
    }
}

fn carried_out(work: &Work, pull: u64, plan: &Plan) -> Result<Written, Refused> {
    let (api, slug) = (work.api, work.slug());
    let mut written = Written::default();
    for step in &plan.steps {
        match step {
            Step::Create(text) => written.posted(api.create_comment(slug, pull, text, NEEDS)?),
            Step::Update(id, text) => match api.update_comment(slug, *id, text) {
                // Somebody deleted it meanwhile.
                Err(refused) if refused.why == Why::Missing => {
                    written.posted(api.create_comment(slug, pull, text, NEEDS)?);
                }
                other => written.url = Some(other?.url),
            },
            Step::Delete(id) => {
                if let Err(refused) = api.delete_comment(slug, *id) {
                    work.notice(format!("an older comment stays: {refused}"));
                }
            }
            Step::Hide { id, node_id, text } => {
                // It is only given up once it is hidden: else the next run would leave it for ever.
                if api.minimize(node_id).is_ok() {
                    let _ = api.update_comment(slug, *id, text);
                }
            }
        }
    }
    Ok(written)
}
