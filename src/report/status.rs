//! The table of `gate status`: every signed subject, who signed it, until when, and what is missing.
//!
//! What stops the gate first, then what soon will, then the rest; inside each by risk, then name.

use std::collections::{BTreeMap, BTreeSet};

use super::escape::paste;
use super::escape::terminal::{Mark, Paint};
use super::screen::{Screen, Table};
use super::style::Style;
use super::width::{columns, lines};
use super::words::{count, number};
use crate::model::finding::{Subject, SubjectKind};
use crate::model::lockfile::Status;
use crate::model::phrase::Phrase;
use crate::model::report::{Report, SourceKind, Standing};
use crate::model::risk::RiskTier;
use crate::rules::gate;

/// Columns of a name in the table; `--format json` has it whole.
const NAME: usize = 16;

/// Below this width, ends and notes stand beneath; from that one on, there is a column for the call itself.
const NARROW: usize = 70;
const WIDE: usize = 110;

/// The command that shows this page.
const STATUS: &str = "cask gate status";

/// How a row stands, gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    Stops,
    Soon,
    Good,
}

/// The page for a terminal: a table for each toolpack; ends in a line feed.
pub fn terminal(report: &Report, style: &Style) -> String {
    let soon: BTreeSet<&Subject> =
        report.findings.iter().filter(|f| f.rule == gate::EXPIRING).map(|f| &f.subject).collect();
    let mut page = Screen::new(style);
    for (path, tools) in packs(report) {
        page.gap();
        let rows = rows(report, path, &soon);
        head(&mut page, report, path, tools);
        table(&mut page, &rows);
        page.gap();
        match &report.error {
            Some(error) => {
                page.hung("", 0, 0, &format!("nothing is judged: {}", error.message), str::to_owned)
            }
            None => tail(&mut page, &rows),
        }
    }
    for step in &report.next {
        // Who reads this has asked it already.
        for command in step.commands.iter().filter(|command| !command.is(STATUS)) {
            page.command("next", 7, &command.from(&report.publication.reader));
        }
    }
    page.done()
}

/// Folder and number of tools of each toolpack; where nothing could be judged, of those that there are.
fn packs(report: &Report) -> Vec<(&str, usize)> {
    if report.error.is_none() {
        return report.packs.iter().map(|pack| (pack.path.as_str(), pack.tools)).collect();
    }
    let mut tools: BTreeMap<&str, usize> = BTreeMap::new();
    for standing in &report.standings {
        *tools.entry(&standing.subject.path).or_default() += 1;
    }
    tools.into_iter().collect()
}

fn rows<'a>(report: &'a Report, path: &str, soon: &BTreeSet<&Subject>) -> Vec<(State, &'a Standing)> {
    let mut rows: Vec<(State, &Standing)> = report
        .standings
        .iter()
        .filter(|standing| standing.subject.path == path)
        .map(|standing| match standing.status.serves() {
            false => (State::Stops, standing),
            true if soon.contains(&standing.subject) => (State::Soon, standing),
            true => (State::Good, standing),
        })
        .collect();
    rows.sort_by(|a, b| {
        let key = |row: &(State, &Standing)| (row.0, std::cmp::Reverse(row.1.tier));
        key(a).cmp(&key(b)).then_with(|| a.1.subject.name.cmp(&b.1.subject.name))
    });
    rows
}

fn head(page: &mut Screen, report: &Report, path: &str, tools: usize) {
    let trust = match &report.trust {
        None => "no trust file".to_owned(),
        Some(trust) => {
            let place = match trust.source.kind {
                SourceKind::Worktree => "work tree".to_owned(),
                _ => page.source(&trust.source),
            };
            let loose = if trust.anchored { "" } else { ", not anchored" };
            format!("trust version {} ({place}{loose})", trust.version)
        }
    };
    let line = format!("{}   {}   {trust}", page.paint.text(path, 200), count(tools, "tool"));
    // A folder's name could be made to look like a line of ours.
    page.hung("", 0, if paste(path).is_some() { 0 } else { 2 }, &line, str::to_owned);
    page.gap();
}

fn table(page: &mut Screen, rows: &[(State, &Standing)]) {
    let paint = page.paint;
    let (narrow, wide) = (page.width < NARROW, page.width >= WIDE);
    let name_most = if wide { 40 } else { NAME.min(page.width - 26) };
    let mut table = Table::new(paint, &[name_most, 8, 9, 10, 32]);
    let heads = ["tool", "risk", "approvals", "until", "by, or what is missing"].map(str::to_owned);
    table.row(heads.into_iter().chain(wide.then(|| "method, host and path".to_owned())));
    for (state, standing) in rows {
        let until = match (state, standing.until) {
            (State::Stops, _) => "-".to_owned(),
            (_, Some(end)) => end.date(),
            (_, None) => "never".to_owned(),
        };
        let cells = [
            name(page, standing),
            standing.tier.word().to_owned(),
            // Without a trust file nobody says how many it takes.
            match (standing.status, standing.need) {
                (Status::Exempted, _) => "none".to_owned(),
                (_, 0) => "-".to_owned(),
                (_, need) => format!("{} of {need}", standing.have),
            },
            until,
            note(page, *state, standing),
        ];
        table.row(cells.into_iter().chain(wide.then(|| page.paint.text(&standing.target, 300))));
    }
    for (i, cells) in table.cells().into_iter().enumerate() {
        let [name, risk, seats, until, rest @ ..] = cells.as_slice() else { continue };
        let row = i.checked_sub(1).and_then(|i| rows.get(i)).copied();
        let (mark, [risk, seats, until_dyed]) = dyed(paint, row, [risk, seats, until]);
        let head = format!("{mark} {name}  {risk}  {seats}");
        // What does not fit beside goes beneath; nothing of what is missing is cut.
        let beside =
            2 + [name, &cells[1], &cells[2], until].iter().map(|cell| columns(cell) + 2).sum::<usize>();
        let (start, text) = match narrow {
            true => (4, format!("{}  {}", until.trim_end(), rest.join("  "))),
            false => (beside, rest.join("  ")),
        };
        let mut below = lines(&text, page.width.saturating_sub(start)).into_iter();
        let dim = |text: &str| match row {
            Some((State::Stops | State::Soon, _)) => text.to_owned(),
            _ => paint.dim(text),
        };
        if narrow {
            page.line(&head);
        } else {
            let first = below.next().unwrap_or_default();
            page.line(&format!("{head}  {until_dyed}  {}", dim(&first)));
        }
        for line in below {
            page.line(&format!("{}{}", " ".repeat(start), dim(&line)));
        }
    }
}

/// Mark, risk, seats and end in the colours of their row; the head of the table is dim.
fn dyed(paint: Paint, row: Option<(State, &Standing)>, cells: [&String; 3]) -> (String, [String; 3]) {
    let Some((state, standing)) = row else {
        return (" ".to_owned(), cells.map(|cell| paint.dim(cell)));
    };
    let [risk, seats, until] = cells.map(String::as_str);
    let risk = if standing.tier >= RiskTier::High { paint.bold(risk) } else { risk.to_owned() };
    match state {
        State::Stops => (paint.red(paint.mark(Mark::Bad)), [risk, paint.red(seats), until.to_owned()]),
        State::Soon => (paint.yellow(paint.mark(Mark::Warn)), [risk, seats.to_owned(), paint.yellow(until)]),
        State::Good => {
            (paint.green(paint.mark(Mark::Good)), [paint.dim(&risk), paint.dim(seats), paint.dim(until)])
        }
    }
}

fn name(page: &Screen, standing: &Standing) -> String {
    match standing.subject.kind {
        SubjectKind::Surface => "(surface)".to_owned(),
        _ => page.paint.text(&standing.subject.name, 200),
    }
}

fn note(page: &Screen, state: State, standing: &Standing) -> String {
    let signers = page.say(&Phrase::list(standing.signers.iter().cloned()));
    let note = Some(page.say(&standing.note)).filter(|note| *note != signers).unwrap_or_default();
    match state {
        State::Stops if note.is_empty() => "nobody signed this state".to_owned(),
        State::Stops => note,
        State::Soon if note.is_empty() => format!("{signers}; ends soon"),
        _ if standing.status == Status::Exempted && note.is_empty() => "exempted, not approved".to_owned(),
        _ if note.is_empty() => signers,
        _ => format!("{signers}; {note}"),
    }
}

fn tail(page: &mut Screen, rows: &[(State, &Standing)]) {
    let of = |state: State| rows.iter().filter(|(s, _)| *s == state).count();
    let exempted = rows.iter().filter(|(_, s)| s.status == Status::Exempted).count();
    let approved = rows.len() - of(State::Stops) - exempted;
    let mut said = vec![format!("{} approved", number(approved))];
    if exempted > 0 {
        said.push(format!("{} exempted", number(exempted)));
    }
    said.push(format!("{} not", number(of(State::Stops))));
    let ends = match of(State::Soon) {
        0 => String::new(),
        1 => ", 1 of the approved ends soon".to_owned(),
        n => format!(", {} of the approved end soon", number(n)),
    };
    page.hung("", 0, 0, &format!("{}{ends}", said.join(", ")), str::to_owned);
}
