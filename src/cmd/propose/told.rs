//! What `cask propose` says, in lines. Names come of recordings and of agents: they go through the terminal's escaper.

use crate::model::draft::Draft;
use crate::propose::Drafted;
use crate::propose::gates::{Selection, fraction};
use crate::report::escape::terminal::Paint;
use crate::report::width::{columns, pad};
use crate::report::words::count;

/// Characters of one name that are shown.
const NAME: usize = 60;

/// What was drafted, and where it lies.
pub fn drafted<'n>(
    paint: Paint,
    drafted: &Drafted,
    place: &str,
    files: impl Iterator<Item = &'n &'static str>,
    all: bool,
) -> String {
    let review = drafted.proposals.iter().filter(|proposal| proposal.requires_review).count();
    let files: Vec<&str> = files.copied().collect();
    let place = paint.text(place, 400);
    let mut text = format!(
        "Generated proposal artifacts: {place}\n  Endpoint families: {}\n  Proposals: {} ({review} to be reviewed)\n  \
         Questions: {}\n  Files: {}\n",
        drafted.families.len(),
        drafted.proposals.len(),
        drafted.questions.len(),
        files.join(", "),
    );
    if all {
        for question in &drafted.questions {
            text += &format!("    {}  {}\n", question.id, paint.text(&question.prompt, 400));
        }
    }
    text + &format!("Next: read them, then cask propose publish {place}\n")
}

/// Which candidates are published, and why the others are not.
pub fn selection(paint: Paint, selection: &Selection) -> String {
    let (selected, excluded) = (&selection.selected, &selection.excluded);
    let mut text = format!("  Selected: {}\n  Excluded: {}\n", selected.len(), excluded.len());
    let rows: Vec<[String; 4]> = excluded
        .iter()
        .map(|one| {
            let proposal = one.proposal;
            let sure = format!("{} {}", proposal.tier.word(), fraction(proposal.confidence));
            [proposal.id.clone(), paint.text(&proposal.tool.name, NAME), sure, one.reasons.join(", ")]
        })
        .collect();
    let wide = |at: usize| rows.iter().map(|row| columns(&row[at])).max().unwrap_or(0);
    let (names, sure) = (wide(1), wide(2));
    for [id, name, how, reasons] in &rows {
        text += &format!("    {id}  {}  {}  {reasons}\n", pad(name, names), pad(how, sure));
    }
    text
}

/// A draft in one line.
pub fn brief(paint: Paint, draft: &Draft) -> String {
    format!(
        "  {}  [{}]  tool={}  risk={}  reason={}  {}\n",
        draft.id,
        draft.status.word(),
        paint.text(&draft.suggested_tool, NAME),
        draft.risk_guess.word(),
        paint.text(&draft.reason_code, NAME),
        count(usize::try_from(draft.count).unwrap_or(usize::MAX), "denial"),
    )
}

/// All of a draft.
pub fn whole(paint: Paint, draft: &Draft) -> String {
    let shown =
        |text: &Option<String>| text.as_deref().map_or_else(|| "-".to_owned(), |t| paint.text(t, 600));
    let at = draft.reviewed_at.map(|at| at.to_string());
    let rows = [
        ("Proposal", draft.id.clone()),
        ("Status", draft.status.word().to_owned()),
        ("Created", draft.created_at.to_string()),
        ("Reason code", paint.text(&draft.reason_code, NAME)),
        ("Attempted action", paint.text(&draft.attempted_action, 300)),
        ("Suggested tool", paint.text(&draft.suggested_tool, 300)),
        ("Suggested host", shown(&draft.suggested_host)),
        ("Method", shown(&draft.method)),
        ("Risk guess", draft.risk_guess.word().to_owned()),
        ("Denials", draft.count.to_string()),
        ("First", paint.text(&draft.proposed_at, NAME)),
        ("Last", paint.text(&draft.last_seen, NAME)),
        ("Reviewed at", shown(&at)),
        ("Reviewed by", shown(&draft.reviewed_by)),
        ("Rejection reason", shown(&draft.rejection_reason)),
    ];
    rows.iter().fold(String::new(), |text, (label, value)| text + &format!("{label}: {value}\n"))
}
