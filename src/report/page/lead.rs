//! What stands above and below the tables of a page: the icon, the paragraph that says what the whole means,
//! and the line that tells what is not shown and where it is.

use super::face::Face;
use super::inline;
use crate::model::report::{Report, Verdict};
use crate::report::escape::link;
use crate::report::row::{Class, Row};
use crate::report::style::Style;
use crate::report::view::View;
use crate::report::words::{self, count, number};
use crate::rules::Severity;

/// The icon of the title.
pub fn icon(report: &Report, style: &Style) -> &'static str {
    match report.verdict {
        _ if !style.risk_icons => "",
        Verdict::Pass => "✅ ",
        Verdict::Review => "👀 ",
        Verdict::Breaking => "⛔ ",
        Verdict::Error => "❓ ",
    }
}

/// What the whole means, as one paragraph.
pub fn lead(report: &Report, view: &View, shown: usize) -> Option<String> {
    if !report.owners_to_confirm.is_empty() && view.count(Class::Stops) == 0 {
        return Some(words::FIRST.to_owned());
    }
    let mut said = words::consequence(report, view);
    if report.verdict == Verdict::Pass && !report.looked_at.is_empty() {
        let (last, rest) = report.looked_at.split_last()?;
        let list = match rest {
            [] => inline::say(last),
            rest => format!("{} and {}", inline::list(rest), inline::say(last)),
        };
        said.insert(
            0,
            format!("{} {} {}.", words::capital(&list), report.looked_at_are(), words::as_signed(report)),
        );
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

/// What a page does not show.
#[derive(Debug, Default)]
pub struct Unshown<'a> {
    /// Rows that need a reader.
    pub rows: Vec<&'a Row<'a>>,
    /// How many approved rows, and of how many.
    pub approved: (usize, usize),
    /// How many approved rows have no evidence here.
    pub detail: usize,
    /// Whether the evidence is elsewhere.
    pub evidence: bool,
}

/// What the tables do not show, and where it is.
pub fn left_out(report: &Report, face: &Face, unshown: &Unshown) -> Option<String> {
    let (stops, looks): (Vec<&Row>, Vec<&Row>) =
        unshown.rows.iter().copied().partition(|row| row.class == Class::Stops);
    let mut parts = Vec::new();
    if !stops.is_empty() {
        parts.push(format!("{} more without approval ({})", number(stops.len()), severities(&stops)));
    }
    if !looks.is_empty() {
        parts.push(format!("{} more to look at ({})", number(looks.len()), severities(&looks)));
    }
    match unshown.approved {
        (0, _) => {}
        (1, 1) => parts.push("the approved one".to_owned()),
        (n, all) if n == all => parts.push(format!("the {} approved ones", number(n))),
        (n, _) => parts.push(format!("{} more approved", number(n))),
    }
    if unshown.detail > 0 {
        parts.push(format!("the evidence of {}", count(unshown.detail, "approved change")));
    }
    let run = face.marked.then(|| inline::run(&report.publication)).flatten();
    let mut said = Vec::new();
    if let Some((last, before)) = parts.split_last() {
        let list = match before {
            [] => last.clone(),
            before => format!("{} and {last}", before.join(", ")),
        };
        let are = if unshown.rows.len() + unshown.approved.0 + unshown.detail == 1 { "is" } else { "are" };
        said.push(format!("{list} {are} in the {}.", link::link(face.rest, run.as_ref())));
    }
    if unshown.evidence {
        let have = if face.marked {
            "the summary and the report file have them"
        } else {
            "the JSON report has them"
        };
        said.push(format!("Differences are left out here for length; {have}."));
    }
    (!said.is_empty()).then(|| said.join(" "))
}

/// `all high`, or how many of each.
fn severities(rows: &[&Row]) -> String {
    let of = |severity: Severity| rows.iter().filter(|row| row.severity == severity).count();
    let found: Vec<(usize, &str)> = Severity::GRAVEST_FIRST
        .into_iter()
        .map(|severity| (of(severity), severity.word()))
        .filter(|(n, _)| *n > 0)
        .collect();
    match found.as_slice() {
        [(1, word)] => (*word).to_owned(),
        [(_, word)] => format!("all {word}"),
        many => many.iter().map(|(n, word)| format!("{} {word}", number(*n))).collect::<Vec<_>>().join(", "),
    }
}
