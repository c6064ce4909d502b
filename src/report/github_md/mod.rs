//! A report as a comment or summary on GitHub: verdict first, then what an agent could do, who must sign and
//! how, evidence in folds, and by which trust it was judged.
//!
//! A page is made of whole blocks and is never longer than [`BUDGET`]: what does not fit is left out block by
//! block, the least grave first, and the page says so.

mod adoption;
mod details;
mod inline;
mod table;
mod tail;

use self::table::Tone;
use super::escape::link;
use super::escape::markdown::{Info, Sink, fence};
use super::failure;
use super::row::{Class, Row};
use super::style::Style;
use super::view::View;
use super::words::{self, count, number};
use crate::model::finding::SubjectKind;
use crate::model::report::{Report, Verdict};
use crate::rules::Severity;

/// Most bytes of a page, its marker included: GitHub takes 65,536 characters.
pub const BUDGET: usize = 60_000;
/// Most rows of the table under the title, on any size.
pub const ROWS: usize = 20;

/// How much is left out, in rising order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Cut {
    Nothing,
    MildDiffs,
    AllDiffs,
    MildRows,
    Details,
    AllRows,
}

const CUTS: [Cut; 6] =
    [Cut::Nothing, Cut::MildDiffs, Cut::AllDiffs, Cut::MildRows, Cut::Details, Cut::AllRows];

/// The page; ends in a line feed.
pub fn render(report: &Report, style: &Style) -> String {
    let view = View::of(report);
    let mut page = String::new();
    for cut in CUTS {
        page = whole(report, &view, style, cut);
        if page.len() <= BUDGET {
            break;
        }
    }
    page
}

fn whole(report: &Report, view: &View, style: &Style, cut: Cut) -> String {
    let mut blocks = vec![format!(
        "### {}{}: {}",
        icon(report, style),
        words::verdict(report),
        words::title(report, view)
    )];
    if let (Verdict::Error, Some(error)) = (report.verdict, &report.error) {
        if cut < Cut::AllRows {
            // The same five parts as on a terminal; a fence shows them as they are.
            let plain = Style { color: false, unicode: true, ..*style };
            blocks.push(fence(Info::Text, &failure::terminal(error, &plain), Sink::Comment));
        }
        blocks.push(tail::footer(report, None));
    } else if cut == Cut::AllRows {
        blocks.extend(lead(report, view, 0));
        blocks.push(tail::footer(report, Some("everything but the counts")));
    } else {
        judged(report, view, cut, &mut blocks);
    }
    let body = format!("{}\n", blocks.join("\n\n"));
    match marker(report) {
        Some(marker) => format!("{marker}\n{body}"),
        None => body,
    }
}

fn judged(report: &Report, view: &View, cut: Cut, blocks: &mut Vec<String>) {
    let first = !report.owners_to_confirm.is_empty() && view.count(Class::Stops) == 0;
    let many = words::by_rule_first(view);
    // What a reader must see: without an approval, or to be looked at; on a review the approved ones too.
    let main: Vec<&Row> = view
        .rows
        .iter()
        .filter(|row| row.class != Class::Approved || (report.verdict == Verdict::Review && !many))
        .filter(|row| cut < Cut::MildRows || row.severity >= Severity::Medium)
        .filter(|row| !first || row.is_change() && row.subject.kind != SubjectKind::Trust)
        .collect();
    let shown: Vec<&Row> = main.iter().take(ROWS).copied().collect();
    blocks.extend(lead(report, view, shown.len()));
    if first {
        blocks.push(adoption::owners(report));
    }
    if many {
        blocks.push(table::by_rule(view));
    }
    if !shown.is_empty() {
        blocks.push(table::subjects(report, &shown, Tone::Main));
    }
    let folded = |row: &&Row| row.class == Class::Approved && (report.verdict != Verdict::Review || many);
    let approved: Vec<&Row> = view.rows.iter().filter(folded).collect();
    let apart = many || cut >= Cut::Details;
    let hidden = if cut < Cut::MildRows { 0 } else { mild(report, view, many) };
    blocks.extend(left_out(report, main.len() - shown.len() + hidden, approved.len(), apart));
    blocks.extend(tail::next(&report.next));
    if first {
        blocks.extend(adoption::pin(report));
        blocks.extend(adoption::exempted(report));
    }
    let folds = folds(report, view, &shown, &approved, if apart { cut.max(Cut::Details) } else { cut });
    // One below the other, as a list of folds.
    if !folds.is_empty() {
        blocks.push(folds.join("\n"));
    }
    let quiet = view.rows.is_empty() && report.verdict == Verdict::Pass;
    blocks.push(tail::trust_and_coverage(report, !quiet));
    let rows = view.rows.len() - shown.len();
    let shortened = match cut {
        Cut::Nothing if !apart || rows == 0 => None,
        Cut::MildDiffs => Some("differences below high".to_owned()),
        Cut::AllDiffs => Some("all differences".to_owned()),
        _ => Some(format!("{}, all differences", count(rows, "row"))),
    };
    blocks.push(tail::footer(report, shortened.as_deref()));
}

/// The evidence: each row of the table under the title, then what needs nothing or does not count.
fn folds(report: &Report, view: &View, shown: &[&Row], approved: &[&Row], cut: Cut) -> Vec<String> {
    let diffs = |row: &Row| match cut {
        Cut::Nothing => true,
        Cut::MildDiffs => row.severity >= Severity::High,
        _ => false,
    };
    let mut folds: Vec<String> = Vec::new();
    if cut < Cut::Details {
        folds.extend(shown.iter().map(|row| details::subject(row, diffs(row))));
        if !approved.is_empty() {
            let told = match approved.len() {
                1 => "1 change is approved and needs nothing".to_owned(),
                n => format!("{} are approved and need nothing", count(n, "change")),
            };
            let rows: Vec<&Row> = approved.iter().take(ROWS).copied().collect();
            folds.push(details::fold(&told, &table::subjects(report, &rows, Tone::Folded)));
        }
    }
    let closed =
        [(&view.known, "that the base has too"), (&view.suppressed, "suppressed by the gate configuration")];
    for (findings, what) in closed.into_iter().filter(|(findings, _)| !findings.is_empty()) {
        let told = format!("{} {what}", count(findings.len(), "finding"));
        let body = match cut < Cut::Details {
            true => table::closed(findings, &report.publication),
            false => "The report file lists them.".to_owned(),
        };
        folds.push(details::fold(&told, &body));
    }
    folds
}

/// What the whole means, as one paragraph.
fn lead(report: &Report, view: &View, shown: usize) -> Option<String> {
    if !report.owners_to_confirm.is_empty() && view.count(Class::Stops) == 0 {
        return Some(adoption::LEAD.to_owned());
    }
    let mut said = words::consequence(report, view);
    if report.verdict == Verdict::Pass && !report.looked_at.is_empty() {
        let (last, rest) = report.looked_at.split_last()?;
        let list = match rest {
            [] => inline::say(last),
            rest => format!("{} and {}", inline::list(rest), inline::say(last)),
        };
        said.insert(0, format!("{} are as approved.", words::capital(&list)));
        said.truncate(1);
    }
    if words::by_rule_first(view) {
        let approved = view.count(Class::Approved);
        if approved > 0 {
            said.push(format!("The other {} are approved.", count(approved, "change")));
        }
        said.push(match view.count(Class::Stops) {
            0 => "Below: all changes by kind.".to_owned(),
            stops if stops > shown => {
                format!("Below: all changes by kind, then the {shown} gravest of the {}.", number(stops))
            }
            stops => format!("Below: all changes by kind, then the {}.", number(stops)),
        });
    }
    (!said.is_empty()).then(|| said.join(" "))
}

/// How many rows of low severity the table under the title would have.
fn mild(report: &Report, view: &View, many: bool) -> usize {
    let shown = |row: &&Row| row.class != Class::Approved || (report.verdict == Verdict::Review && !many);
    view.rows.iter().filter(shown).filter(|row| row.severity < Severity::Medium).count()
}

/// What the tables do not show, and where it is.
fn left_out(report: &Report, more: usize, approved: usize, apart: bool) -> Option<String> {
    if more == 0 && !apart && approved <= ROWS {
        return None;
    }
    let place = link::link("job summary", inline::run(&report.publication).as_ref());
    let mut said = Vec::new();
    let listed = if apart { approved } else { approved.saturating_sub(ROWS) };
    match (more, listed) {
        (0, 0) => {}
        (0, n) => said.push(format!("{} more approved are in the {place}.", number(n))),
        (m, 0) => said.push(format!("{} more in the {place}.", number(m))),
        (m, n) => {
            said.push(format!("{} more and the {} approved ones are in the {place}.", number(m), number(n)))
        }
    }
    if apart {
        said.push(
            "Differences are left out here for length; the summary and the report file have them.".to_owned(),
        );
    }
    (!said.is_empty()).then(|| said.join(" "))
}

fn icon(report: &Report, style: &Style) -> &'static str {
    match report.verdict {
        _ if !style.risk_icons => "",
        Verdict::Pass => "✅ ",
        Verdict::Review => "👀 ",
        Verdict::Breaking => "⛔ ",
        Verdict::Error => "❓ ",
    }
}

/// The first line of a sticky comment; only what is one is passed on.
fn marker(report: &Report) -> Option<&str> {
    let marker = report.publication.marker.as_deref()?;
    let inside = marker.strip_prefix("<!-- cask:")?.strip_suffix(" -->")?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'=' | b'.');
    inside.bytes().all(plain).then_some(marker)
}
