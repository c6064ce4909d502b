//! The tables of a page: one row for each subject, and one for each rule where there are too many changes.

use super::face::Room;
use super::inline::{blob, command, names, own, say};
use crate::model::finding::{Finding, Side};
use crate::model::report::{Publication, Report};
use crate::report::escape::link;
use crate::report::escape::markdown::code;
use crate::report::row::Row;
use crate::report::sections;
use crate::report::view::View;
use crate::report::words::{self, number};
use crate::rules::{Family, Severity};

/// Most pieces in the cell of a row.
const PIECES: usize = 8;
/// Most bytes of a reason beside a change.
const WHY: usize = 120;
/// Most sections of toolpacks that were verified.
const SECTIONS: usize = 40;
/// Most rules.
const RULES: usize = 40;

const HEAD: &str = "| Severity | Subject | What changes | Approvals |\n| :-- | :-- | :-- | :-- |";

/// How loud a table is: what needs a reader is bold, what needs nothing is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// The table under the title.
    Main,
    /// A table in a fold.
    Folded,
}

/// The rows as a table, as many as there is room for; how many those are.
pub fn subjects<'a>(
    report: &Report,
    rows: impl Iterator<Item = &'a Row<'a>>,
    tone: Tone,
    room: Room,
) -> (String, usize) {
    let lines = rows.map(|row| {
        let loud = tone == Tone::Main;
        format!(
            "| {} | {} | {} | {} |",
            bold(row.severity.word(), loud && row.severity >= Severity::Medium),
            subject(report, row),
            what(row, loud),
            approvals(row, loud)
        )
    });
    room.fill(HEAD, lines)
}

/// What was verified, a row for each section, where something was.
pub fn sections(report: &Report) -> Option<String> {
    let lines = sections::lines(report);
    let rows = lines.iter().take(SECTIONS).map(|line| {
        let pack = line.pack.map(|path| code(path, 80) + " ").unwrap_or_default();
        format!("| {pack}{} | {} | {} |", line.section, line.state, say(&line.told))
    });
    let mut table: Vec<String> =
        std::iter::once("| Section | Result | Checks |\n| :-- | :-- | :-- |".to_owned())
            .chain(rows)
            .collect();
    if lines.len() > SECTIONS {
        table.push(format!("| … | | and {} more |", number(lines.len() - SECTIONS)));
    }
    (!lines.is_empty()).then(|| table.join("\n"))
}

/// The name, and where it stands.
fn subject(report: &Report, row: &Row) -> String {
    let mut cell = name(row);
    if let Some(place) = row.place().filter(|place| place.side == Side::Head && !place.file.is_empty()) {
        match blob(&report.publication, &place.file, place.line) {
            target @ Some(_) => cell = format!("{cell} {}", link::line_link(place.line, target.as_ref())),
            None if place.line > 0 => cell = format!("{cell} {}", link::line_link(place.line, None)),
            None => {}
        }
    }
    // The same name can be in two toolpacks.
    if report.packs.len() > 1 && !row.subject.path.is_empty() {
        cell = format!("{cell}<br>in {}", code(&row.subject.path, 80));
    }
    cell
}

/// What people call the subject.
pub fn name(row: &Row) -> String {
    match row.subject.name.as_str() {
        "" => format!("({})", row.subject.kind.word()),
        name => code(name, 80),
    }
}

/// The parts that changed, a line each.
fn what(row: &Row, loud: bool) -> String {
    let mut lines = Vec::new();
    let mut left = PIECES;
    let mut more = 0;
    for group in row.groups() {
        let changes = group.changes();
        let shown: Vec<String> = changes.iter().take(left).map(say).collect();
        more += changes.len() - shown.len();
        left -= shown.len();
        if shown.is_empty() {
            continue;
        }
        let mut text = shown.join("; ");
        // The reason that makes a change grave stands beside it; all of them are in the fold.
        let gravest = group.findings.iter().rev().max_by_key(|f| f.severity);
        let why = gravest
            .filter(|f| f.rule.family != Family::Text && f.facts.is_empty())
            .and_then(|f| f.why.first())
            .map(say);
        if let Some(why) = why.filter(|why| !why.is_empty() && why.len() <= WHY && !text.contains(why)) {
            text = format!("{text}; {why}");
        }
        lines.push(match group.aspect {
            "" => text,
            aspect => format!("{} {text}", bold(aspect, loud)),
        });
    }
    if more > 0 {
        lines.push(format!("and {} more", number(more)));
    }
    lines.join("<br>")
}

fn approvals(row: &Row, loud: bool) -> String {
    if let Some(exempted) = row.exempted() {
        return exempted;
    }
    let Some((have, need)) = row.seats() else { return "not needed".to_owned() };
    let seats = bold(&format!("{have} of {need}"), loud);
    let below = if have >= need { Some(names(row.signers())) } else { row.cause() };
    match below.filter(|text| !text.is_empty()) {
        Some(text) => format!("{seats}<br>{text}"),
        None => seats,
    }
}

/// All changes by rule.
pub fn by_rule(view: &View) -> String {
    let mut lines = vec![
        "| Severity | Rule | What changes | Changes | Not approved |".to_owned(),
        "| :-- | :-- | :-- | --: | --: |".to_owned(),
    ];
    let rules = words::by_rule(view);
    for line in rules.iter().take(RULES) {
        lines.push(format!(
            "| {} | `{}` | {} | {} | {} |",
            bold(line.severity.word(), line.missing > 0),
            line.rule.id,
            own(line.rule.title),
            number(line.changes),
            number(line.missing)
        ));
    }
    if rules.len() > RULES {
        lines.push(format!("| | | and {} more rules | | |", number(rules.len() - RULES)));
    }
    lines.join("\n")
}

/// Words of ours in bold, if they are to be.
fn bold(text: &str, loud: bool) -> String {
    if loud { format!("**{text}**") } else { text.to_owned() }
}

/// What is folded since it does not count: rule, subject, and why.
pub fn closed(findings: &[&Finding], publication: &Publication, room: Room) -> String {
    let lines = findings.iter().map(|finding| {
        let subject = match finding.subject.name.as_str() {
            "" => format!("({})", finding.subject.kind.word()),
            name => code(name, 80),
        };
        let place = &finding.place;
        let at = match blob(publication, &place.file, place.line) {
            target @ Some(_) if place.side == Side::Head => {
                format!(" {}", link::line_link(place.line, target.as_ref()))
            }
            _ => String::new(),
        };
        let why = match &finding.suppressed {
            Some(s) => {
                format!("{}: {}, until {}", code(&s.owner, 60), code(&s.reason, 200), command(&s.expires))
            }
            None => "the base has it too".to_owned(),
        };
        format!("| {} | `{}` | {subject}{at} | {why} |", finding.severity.word(), finding.rule.id)
    });
    let head = "| Severity | Rule | Subject | Why it does not count |\n| :-- | :-- | :-- | :-- |";
    let (mut table, shown) = room.fill(head, lines);
    if findings.len() > shown {
        table += &format!("\n| | | and {} more | |", number(findings.len() - shown));
    }
    table
}
