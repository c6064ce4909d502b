//! A compliance report for a terminal: gaps first, then every claim with why it stands as it does. The facts behind
//! them are in the formats that have room for them.

use super::sheets::facts;
use crate::model::compliance::Compliance;
use crate::model::compliance::claim::{Claim, State};
use crate::report::escape::terminal::Mark;
use crate::report::screen::Screen;
use crate::report::style::Style;
use crate::report::words::{capital, count};

/// Where claims begin, behind their mark.
const CLAIM: usize = 2;
/// Where why begins, beneath its claim.
const WHY: usize = 4;

/// The page.
pub fn render(report: &Compliance, style: &Style) -> String {
    let mut page = Screen::new(style);
    let pack = &report.toolpack;
    let name = page.paint.text(&pack.name, 100);
    page.line(&page.paint.bold(&format!("Compliance evidence: {name}")));
    page.line(&capital(report.nature));
    page.gap();
    page.labelled(
        "toolpack",
        &format!("{} in {}", page.paint.text(&pack.id, 140), page.paint.text(&pack.path, 200)),
    );
    if let Some(at) = report.at {
        page.labelled("as of", &at.to_string());
    }
    let summary = &report.summary;
    let all = count(summary.holds + summary.does_not_hold + summary.not_known, "claim");
    page.labelled(
        "claims",
        &format!(
            "{} of {all} hold, {} do not, {} not known",
            summary.holds, summary.does_not_hold, summary.not_known
        ),
    );
    page.gap();
    page.line(&page.paint.bold("Gaps"));
    if report.gaps.is_empty() {
        page.hung("", 0, CLAIM, "none: every claim holds", str::to_owned);
    }
    for claim in report.gaps.iter().filter_map(|gap| report.claim(gap.claim)) {
        told(&mut page, claim);
    }
    for ((title, claims), facts) in report.sections().into_iter().zip(facts(report)) {
        page.gap();
        page.line(&page.paint.bold(title));
        for claim in claims.iter().filter(|claim| claim.state == State::Holds) {
            told(&mut page, claim);
        }
        for line in &facts.lines {
            let text = page.say(line);
            page.hung(page.paint.mark(Mark::Note), 0, CLAIM, &text, |line| line.to_owned());
        }
    }
    page.gap();
    page.labelled("not looked at", &report.not_looked_at.join("; "));
    page.labelled("everything", "--format html, markdown or json");
    page.done()
}

fn told(page: &mut Screen, claim: &Claim) {
    let (mark, word) = match claim.state {
        State::Holds => (Mark::Good, ""),
        State::NotKnown => (Mark::Unknown, " (not known)"),
        State::DoesNotHold => (Mark::Bad, " (does not hold)"),
    };
    let mark = page.paint.mark(mark);
    page.hung(mark, 0, CLAIM, &format!("{}{word}", claim.statement), str::to_owned);
    let why = page.say(&claim.why);
    let paint = page.paint;
    page.hung("", 0, WHY, &why, |line| paint.signals(line));
}
