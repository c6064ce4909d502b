//! The table of `gate status`: every signed subject, who signed it, until when, and what is missing.
//!
//! What stops the gate first, then what soon will, then the rest; inside each by risk, then name.

use std::collections::BTreeSet;

use super::escape::terminal::Mark;
use super::screen::{Screen, Table};
use super::style::Style;
use super::width::columns;
use super::words::{count, number};
use crate::model::finding::{Subject, SubjectKind};
use crate::model::lockfile::Status;
use crate::model::phrase::Phrase;
use crate::model::report::{Report, SourceKind, Standing};
use crate::model::risk::RiskTier;

/// Columns of a name in the table; `--format json` has it whole.
const NAME: usize = 16;

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
        report.findings.iter().filter(|f| f.ends.is_some()).map(|f| &f.subject).collect();
    let mut page = Screen::new(style);
    for pack in &report.packs {
        page.gap();
        let rows = rows(report, &pack.path, &soon);
        head(&mut page, report, &pack.path, pack.tools);
        table(&mut page, &rows);
        page.gap();
        tail(&mut page, &rows);
    }
    for step in &report.next {
        for command in &step.commands {
            page.command("next", 7, command);
        }
    }
    page.done()
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
    page.hung("", 0, 2, &line, str::to_owned);
    page.gap();
}

fn table(page: &mut Screen, rows: &[(State, &Standing)]) {
    let paint = page.paint;
    let wide = page.width >= 110;
    let longest = rows.iter().map(|(_, s)| columns(&name(page, s))).max().unwrap_or(0);
    let most = if wide { longest.clamp(NAME, 40) } else { NAME };
    let mut table = Table::new(&[most, 8, 9, 10, 40]);
    table.row(["tool", "risk", "approvals", "until", "by, or what is missing"].map(str::to_owned));
    for (state, standing) in rows {
        let until = match (state, standing.until) {
            (State::Stops, _) => "-".to_owned(),
            (_, Some(end)) => end.date(),
            (_, None) => "never".to_owned(),
        };
        table.row([
            name(page, standing),
            standing.tier.word().to_owned(),
            format!("{} of {}", standing.have, standing.need),
            until,
            note(page, *state, standing),
        ]);
    }
    for (i, cells) in table.cells().iter().enumerate() {
        let [name, risk, seats, until, by] = cells.as_slice() else { continue };
        let Some((state, standing)) = i.checked_sub(1).and_then(|i| rows.get(i)) else {
            let plain = format!("  {name}  {risk}  {seats}  {until}  {by}");
            page.line(&paint.dim(plain.trim_end()));
            continue;
        };
        let mark = match state {
            State::Stops => paint.red(paint.mark(Mark::Bad)),
            State::Soon => paint.yellow(paint.mark(Mark::Warn)),
            State::Good => paint.green(paint.mark(Mark::Good)),
        };
        let risk = if standing.tier >= RiskTier::High { paint.bold(risk) } else { risk.clone() };
        let used = 2 + columns(name) + 2 + 8 + 2 + columns(seats) + 2 + columns(until) + 2;
        let by = super::width::cut(by, page.width.saturating_sub(used));
        let (seats, until, by) = match state {
            State::Stops => (paint.red(seats), until.clone(), by),
            State::Soon => (seats.clone(), paint.yellow(until), by),
            State::Good => (paint.dim(seats), paint.dim(until), paint.dim(&by)),
        };
        let used = used + 40;
        let target = match wide && used < page.width {
            true => paint.dim(&super::width::cut(
                &paint.text(&standing.target, 200),
                page.width - used.min(page.width),
            )),
            false => String::new(),
        };
        let by = if target.is_empty() {
            by
        } else {
            format!("{by}{}", " ".repeat(40usize.saturating_sub(columns(cells[4].as_str()))))
        };
        page.line(&format!("{mark} {name}  {risk}  {seats}  {until}  {by}{target}"));
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
    let note = page.say(&standing.note);
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
        1 => ", 1 ends soon".to_owned(),
        n => format!(", {} end soon", number(n)),
    };
    page.hung("", 0, 0, &format!("{}{ends}", said.join(", ")), str::to_owned);
}
