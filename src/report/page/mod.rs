//! A report as a page of Markdown: verdict first, then what an agent could do, who must sign and how,
//! evidence in folds, and by which trust it was judged.
//!
//! A page is made of whole blocks and is never longer than its face allows: what does not fit is left out
//! block by block, the least grave first, and the page says so.

mod adoption;
mod details;
mod face;
pub(super) mod inline;
mod lead;
mod remark;
mod table;
mod tail;

pub use self::face::Face;
use self::face::{CUTS, Cut, LEAST, Room};
use self::lead::{Unshown, icon, lead, left_out};
pub use self::remark::remark;
use self::table::Tone;
use super::escape::markdown::{Info, Sink, fence};
use super::failure;
use super::row::{Class, Row};
use super::style::Style;
use super::view::View;
use super::words::{self, count};
use crate::model::finding::SubjectKind;
use crate::model::report::{Report, Verdict};
use crate::rules::Severity;

/// Bytes kept free for numbers that are known only when all is laid out.
const SLACK: usize = 1_024;
/// Most rows of a fold about what does not count, in a comment.
const CLOSED: usize = 40;

/// The page; ends in a line feed.
pub fn render(report: &Report, style: &Style, face: &Face) -> String {
    let view = View::of(report);
    let page = |cut| Page { report, view: &view, style, face, cut }.text();
    CUTS.into_iter().find_map(page).unwrap_or_default()
}

/// A page that is being made.
struct Page<'a> {
    report: &'a Report,
    view: &'a View<'a>,
    style: &'a Style,
    face: &'a Face,
    cut: Cut,
}

/// The rows of a page.
struct Rows<'a> {
    /// What a reader must see: without an approval, or to be looked at; on a review the approved ones too.
    main: Vec<&'a Row<'a>>,
    /// Of these, those that are left out since they are mild.
    mild: Vec<&'a Row<'a>>,
    /// What needs nothing.
    approved: Vec<&'a Row<'a>>,
}

fn sized(blocks: &[String]) -> usize {
    blocks.iter().map(|block| block.len() + 2).sum()
}

impl<'a> Page<'a> {
    /// The text, if it fits.
    fn text(&self) -> Option<String> {
        let report = self.report;
        let marker = if self.face.marked { marker(report) } else { None };
        let mut blocks = vec![format!(
            "### {}{}: {}",
            icon(report, self.style),
            words::verdict(report),
            words::title(report, self.view)
        )];
        if let (Verdict::Error, Some(error)) = (report.verdict, &report.error) {
            if self.cut < Cut::All {
                // The same five parts as on a terminal; a fence shows them as they are.
                let plain = Style { color: false, unicode: true, ..*self.style };
                blocks.push(fence(Info::Text, &failure::terminal(error, &plain), Sink::Comment));
            }
            blocks.push(tail::footer(report, None));
        } else if self.cut == Cut::All {
            blocks.extend(lead(report, self.view, 0));
            blocks.push(tail::footer(report, Some("everything but the counts")));
        } else {
            self.judged(marker.map_or(0, str::len), &mut blocks)?;
        }
        let body = format!("{}\n", blocks.join("\n\n"));
        let page = match marker {
            Some(marker) => format!("{marker}\n{body}"),
            None => body,
        };
        (page.len() <= self.face.budget || self.cut == Cut::All).then_some(page)
    }

    /// All blocks under the title; nothing if they are more than fit.
    fn judged(&self, used: usize, blocks: &mut Vec<String>) -> Option<()> {
        let rows = self.rows();
        let most = rows.main.len().min(self.face.rows);
        let least = most.min(LEAST);
        let around = |shown| (self.before(shown), self.after());
        let (before, after) = around(least);
        let quiet = self.view.rows.is_empty() && self.report.verdict == Verdict::Pass;
        let trust = tail::trust_and_coverage(self.report, !quiet);
        let footer = tail::footer(self.report, None);
        let taken = [used, sized(blocks), sized(&before), sized(&after), trust.len(), footer.len(), SLACK];
        let mut left = self.face.budget.checked_sub(taken.iter().sum())?;
        let (table, shown) = table::subjects(
            self.report,
            rows.main.iter().copied(),
            Tone::Main,
            Room { rows: most, bytes: left },
        );
        if shown < if self.cut < Cut::Rows { most } else { least } {
            return None;
        }
        left = left.saturating_sub(table.len());
        let (folds, [listed, detailed]) = self.folds(&rows, shown, left)?;
        let approved = rows.approved.len();
        let unshown = Unshown {
            rows: rows.main.iter().skip(shown).chain(&rows.mild).copied().collect(),
            approved: (approved - listed, approved),
            detail: if self.face.marked || self.apart() { 0 } else { approved - detailed },
            evidence: self.apart(),
        };
        let (before, after) = around(shown);
        blocks.extend(before);
        if shown > 0 {
            blocks.push(table);
        }
        blocks.extend(left_out(self.report, self.face, &unshown));
        blocks.extend(after);
        // One below the other, as a list of folds.
        if !folds.is_empty() {
            blocks.push(folds.join("\n"));
        }
        blocks.push(trust);
        let shortened = self.shortened(unshown.rows.len() + unshown.approved.0);
        blocks.push(tail::footer(self.report, shortened.as_deref()));
        Some(())
    }

    /// Whether this is the page of a first trust file.
    fn first(&self) -> bool {
        !self.report.owners_to_confirm.is_empty() && self.view.count(Class::Stops) == 0
    }

    /// Whether the evidence of the rows is not here: a comment leaves that of many changes to the summary.
    fn apart(&self) -> bool {
        self.cut >= Cut::Details || self.face.marked && words::by_rule_first(self.view)
    }

    fn rows(&self) -> Rows<'a> {
        let listed = self.report.verdict == Verdict::Review && !words::by_rule_first(self.view);
        let first = self.first();
        let (open, approved): (Vec<&Row>, Vec<&Row>) =
            self.view.rows.iter().partition(|row| row.class != Class::Approved || listed);
        let (main, mild) = open
            .into_iter()
            .filter(|row| !first || row.is_change() && row.subject.kind != SubjectKind::Trust)
            .partition(|row| self.cut < Cut::MildRows || row.severity >= Severity::Medium);
        Rows { main, mild, approved }
    }

    /// What stands between the title and the table of subjects.
    fn before(&self, shown: usize) -> Vec<String> {
        let mut blocks: Vec<String> = lead(self.report, self.view, shown).into_iter().collect();
        if self.first() {
            blocks.push(adoption::owners(self.report));
        }
        if words::by_rule_first(self.view) {
            blocks.push(table::by_rule(self.view));
        }
        blocks
    }

    /// What stands between the tables and the evidence.
    fn after(&self) -> Vec<String> {
        let mut blocks: Vec<String> = table::sections(self.report).into_iter().collect();
        blocks.extend(tail::next(&self.report.next));
        if self.first() {
            blocks.extend(adoption::pin(self.report));
            blocks.extend(adoption::exempted(self.report));
        }
        blocks
    }

    /// The evidence: each row of the table under the title, then what needs nothing or does not count; and
    /// how many approved rows are listed, and with evidence. Nothing if that of the first is more than fits.
    fn folds(&self, rows: &Rows, shown: usize, mut left: usize) -> Option<(Vec<String>, [usize; 2])> {
        let diffs = |row: &Row| match self.cut {
            Cut::Nothing => true,
            Cut::MildDiffs => row.severity >= Severity::High,
            _ => false,
        };
        let mut folds: Vec<String> = Vec::new();
        if !self.apart() {
            for row in rows.main.iter().take(shown) {
                let fold = details::subject(row, diffs(row));
                left = left.checked_sub(fold.len() + 1)?;
                folds.push(fold);
            }
        }
        let closed = self.closed(left / 2);
        left = left.saturating_sub(sized(&closed));
        let mut listed = [0, 0];
        if !self.apart() && !rows.approved.is_empty() {
            let told = match rows.approved.len() {
                1 => "1 change is approved and needs nothing".to_owned(),
                n => format!("{} are approved and need nothing", count(n, "change")),
            };
            left = left.saturating_sub(SLACK / 4);
            let room = Room { rows: self.face.rows, bytes: left };
            let (table, n) = table::subjects(self.report, rows.approved.iter().copied(), Tone::Folded, room);
            if n > 0 {
                listed[0] = n;
                left = left.saturating_sub(table.len());
                folds.push(details::fold(&told, &table));
            }
        }
        if !self.apart() && !self.face.marked && listed[0] == rows.approved.len() {
            for row in &rows.approved {
                let fold = details::subject(row, diffs(row));
                let Some(after) = left.checked_sub(fold.len() + 1) else { break };
                left = after;
                listed[1] += 1;
                folds.push(fold);
            }
        }
        folds.extend(closed);
        Some((folds, listed))
    }

    /// The folds about what does not count.
    fn closed(&self, room: usize) -> Vec<String> {
        let closed = [
            (&self.view.known, "that the base has too"),
            (&self.view.suppressed, "suppressed by the gate configuration"),
        ];
        let rows = if self.face.marked { CLOSED } else { usize::MAX };
        let folds =
            closed.into_iter().filter(|(findings, _)| !findings.is_empty()).map(|(findings, what)| {
                let told = format!("{} {what}", count(findings.len(), "finding"));
                let body = match self.apart() {
                    true => "The report file lists them.".to_owned(),
                    false => {
                        table::closed(findings, &self.report.publication, Room { rows, bytes: room / 2 })
                    }
                };
                details::fold(&told, &body)
            });
        folds.collect()
    }

    /// What the footer says of what was left out.
    fn shortened(&self, rows: usize) -> Option<String> {
        let counted = || count(rows, "row");
        match self.cut {
            Cut::Nothing | Cut::MildDiffs | Cut::AllDiffs if self.apart() && rows > 0 => {
                Some(format!("{}, all differences", counted()))
            }
            Cut::Nothing if rows > 0 => Some(counted()),
            Cut::Nothing => None,
            Cut::MildDiffs => Some("differences below high".to_owned()),
            Cut::AllDiffs => Some("all differences".to_owned()),
            _ => Some(format!("{}, all differences", counted())),
        }
    }
}

/// The first line of a sticky comment; only what is one is passed on.
fn marker(report: &Report) -> Option<&str> {
    let marker = report.publication.marker.as_deref()?;
    let inside = marker.strip_prefix("<!-- cask:")?.strip_suffix(" -->")?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'=' | b'.');
    inside.bytes().all(plain).then_some(marker)
}
