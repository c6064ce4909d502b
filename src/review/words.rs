//! Words and small pieces that several screens share.

use super::keys::{KEYS, Key, Place};
use crate::model::phrase::{Part, Phrase};
use crate::report::escape::terminal::Paint;
use crate::report::width::{columns, pad};
use crate::rules::Severity;

/// Characters of a stranger's text inside a sentence.
const QUOTE: usize = 200;

/// A sentence on one line, with its quotes encoded.
pub(super) fn say(paint: Paint, phrase: &Phrase) -> String {
    let parts = phrase.0.iter().map(|part| match part {
        Part::Say(text) => paint.text(text, usize::MAX),
        Part::Quote(text) => paint.text(text, QUOTE),
    });
    parts.collect()
}

/// A severity in eight columns.
pub(super) fn severity(paint: Paint, severity: Severity) -> String {
    let word = format!("{:<8}", severity.word());
    match severity {
        Severity::Critical | Severity::High => paint.bold(&paint.red(&word)),
        _ => word,
    }
}

/// A cell of exactly so many columns.
pub(super) fn cell(paint: Paint, text: &str, width: usize) -> String {
    pad(&paint.cut(text, width), width)
}

/// A line across the screen.
pub(super) fn rule(paint: Paint, width: usize) -> String {
    let dash = if paint.unicode { "─" } else { "-" };
    paint.dim(&format!(" {}", dash.repeat(width.saturating_sub(2))))
}

/// Words between commas, the last behind `and`.
pub(super) fn and(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// What the keys of a screen do, in a line.
pub(super) fn footer(paint: Paint, place: Place) -> String {
    let mut said = Vec::new();
    for row in KEYS {
        let Some((_, label)) = row.on.iter().find(|(on, label)| *on == place && !label.is_empty()) else {
            continue;
        };
        let key = match (row.keys, paint.unicode) {
            ([Key::Up, ..], true) => "↑↓",
            ([Key::Up, ..], false) => "up/down",
            ([Key::Enter, ..], true) => "↵",
            ([Key::Char('q'), ..], _) => "q",
            _ => row.shown,
        };
        said.push(format!("{key} {label}"));
    }
    let gap = ["   ", "  "].into_iter().find(|gap| columns(&said.join(gap)) < 79).unwrap_or(" ");
    said.join(gap)
}

/// All keys, and what guards them.
pub(super) fn help(paint: Paint) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for row in KEYS {
        let places: Vec<&str> = row.on.iter().map(|(place, _)| name(*place)).collect();
        let on = if places.len() >= 4 { String::new() } else { format!(" ({})", places.join(", ")) };
        lines.push(format!(" {}  {}{}", pad(row.shown, 10), row.help, paint.dim(&on)));
    }
    lines.push(String::new());
    lines.extend(
        [
            " Nothing is signed before the last screen, and nothing is written before all of",
            " it is signed. A page has to be shown to its end before its subject can be",
            " approved; of what is high or critical the name is typed. A key that is held",
            " down decides once, and what is pasted decides nothing.",
        ]
        .map(str::to_owned),
    );
    lines
}

fn name(place: Place) -> &'static str {
    match place {
        Place::List => "list",
        Place::Detail => "page",
        Place::Together => "together",
        Place::Signing => "last screen",
        Place::Help => "help",
    }
}
