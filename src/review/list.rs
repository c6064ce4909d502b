//! The list: what waits for a decision first, then how the rest stands, and a few words about the row that is meant.

use super::sheet::{Item, Stand};
use super::state::State;
use super::words;
use crate::report::escape::terminal::Paint;
use crate::report::row::Row;
use crate::report::screen::Screen;
use crate::report::style::Style;

/// Lines of the words about one row.
pub(super) const PREVIEW: usize = 7;

/// Columns of decision, severity, subject and what changes; approvals take the rest.
fn widths(width: usize) -> [usize; 4] {
    let more = width.saturating_sub(80);
    [9, 8, 15 + more / 3, 26 + more / 2]
}

/// The names of the columns, and a rule.
pub(super) fn columns_head(state: &State) -> [String; 2] {
    let [a, b, c, d] = widths(state.width);
    let line = format!(
        "   {:<a$}  {:<b$}  {:<c$}  {:<d$}  approvals",
        "decision", "severity", "subject", "what changes"
    );
    [state.paint.dim(&line), words::rule(state.paint, state.width)]
}

/// The rows from one to another, with a rule where what waits ends.
pub(super) fn rows(state: &State, from: usize, to: usize) -> Vec<String> {
    let rows = state.rows();
    let waits = |row: usize| state.sheet.items[row].stand <= Stand::Elsewhere;
    let mut lines = Vec::new();
    for (at, row) in rows.iter().enumerate().take(to).skip(from) {
        if at > from && waits(rows[at - 1]) && !waits(*row) {
            lines.push(words::rule(state.paint, state.width));
        }
        lines.push(line(state, *row, at == state.at));
    }
    if rows.is_empty() {
        lines.push("   no row has these words".to_owned());
    }
    lines
}

fn line(state: &State, row: usize, is_meant: bool) -> String {
    let (paint, item) = (state.paint, &state.sheet.items[row]);
    let [a, b, c, d] = widths(state.width);
    let decision = state.marks[row].word(item);
    let severity = match item.stand <= Stand::Elsewhere {
        true => words::severity(paint, item.severity),
        false => format!("{:<b$}", item.tier.word()),
    };
    let name = words::cell(paint, &paint.text(&item.name, 200), c);
    let what = words::cell(paint, &words::say(paint, &item.what), d);
    let room = state.width.saturating_sub(a + b + c + d + 12);
    let seats = paint.cut(&seats(paint, item), room);
    let name = if is_meant { paint.bold(&name) } else { name };
    let mark = if is_meant { ">" } else { " " };
    format!(" {mark} {decision:<a$}  {severity}  {name}  {what}  {seats}")
}

/// How many have signed a subject, for the head of its page.
pub(super) fn signed(item: &Item) -> String {
    match (item.stand, item.lapses) {
        (Stand::Exempted, Some(end)) => format!("an owner let it in until {}, unseen", end.date()),
        (Stand::Exempted, None) => "an owner let it in, unseen".to_owned(),
        _ => format!("{} of {} have signed this state", item.have, item.need),
    }
}

/// How many have signed, and who; of what is exempted, until when.
fn seats(paint: Paint, item: &Item) -> String {
    if item.need == 0 {
        return "by owners".to_owned();
    }
    if item.stand == Stand::Exempted {
        return item.lapses.map_or_else(|| "exempted".to_owned(), |end| format!("until {}", end.date()));
    }
    let who: Vec<String> = item.signers.iter().take(4).map(|name| paint.text(name, 30)).collect();
    format!("{} of {}  {}", item.have, item.need, who.join(", ")).trim_end().to_owned()
}

/// What is to be known about the row that is meant, before its page is opened.
pub(super) fn preview(state: &State) -> Vec<String> {
    let Some(item) = state.meant().map(|row| &state.sheet.items[row]) else { return Vec::new() };
    let paint = state.paint;
    let style = Style { color: paint.color, unicode: paint.unicode, width: state.width, risk_icons: false };
    let mut page = Screen::new(&style);
    page.line(&format!(
        " {}",
        paint.bold(&paint.cut(&paint.text(&item.name, 200), state.width.saturating_sub(2)))
    ));
    if let Some(row) =
        item.findings.first().and_then(|f| Row::of(&f.subject, item.findings.iter().collect(), None))
    {
        for group in row.groups() {
            let changes: Vec<String> = group.changes().iter().map(|change| page.say(change)).collect();
            page.hung(group.aspect, 3, 16, &changes.join("; "), |line| paint.signals(line));
        }
    } else if !item.what.is_empty() {
        page.hung("change", 3, 16, &words::say(paint, &item.what), |line| paint.signals(line));
    }
    if let Some(said) = item.said.first() {
        page.hung("before", 3, 16, &words::say(paint, said), |line| paint.signals(line));
    }
    for command in &item.commands {
        page.hung("do", 3, 16, &paint.text(command, 200), str::to_owned);
    }
    let text = page.done();
    std::iter::once(String::new()).chain(text.lines().take(PREVIEW - 2).map(str::to_owned)).collect()
}
