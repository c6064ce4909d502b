//! A report as annotations: workflow commands that GitHub shows beside the lines of the change.
//!
//! It shows ten of each kind for a step and forgets the others without a word, in the order of printing. So
//! the gravest come first, a subject has one annotation whatever was found about it, and the tenth says how
//! many more there are. A title has words of ours only.

use std::cmp::Reverse;

use super::escape::actions::{MESSAGE, TITLE, workflow_data, workflow_property};
use super::escape::{link, visible};
use super::line;
use super::row::Row;
use super::style::Style;
use super::view::View;
use super::words::{self, number};
use crate::model::finding::{Place, Side};
use crate::model::report::{Report, Unjudged, Verdict};

/// Most annotations of a kind, before the one that counts the others.
const SHOWN: usize = 9;
/// Most characters of a path: a longer one is not cut, since it would name another file.
const PATH: usize = 1_000;
/// Most characters of a line about what could not be judged.
const LINE: usize = 300;
/// Most rules named in a message.
const RULES: usize = 8;

/// A kind of annotation, loudest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Fails the step.
    Error,
    /// Is to be looked at, and does not fail it.
    Warning,
    /// Is to be known.
    Notice,
}

impl Kind {
    const ALL: [Kind; 3] = [Kind::Error, Kind::Warning, Kind::Notice];

    /// The kind of a row: by the worst of its findings and by what fails this run.
    fn of(report: &Report, row: &Row) -> Kind {
        match row.findings.iter().map(|f| f.weighs).max().unwrap_or(Verdict::Pass) {
            worst if worst.step_exit_code(report.fail_on) > 0 => Kind::Error,
            Verdict::Pass => Kind::Notice,
            _ => Kind::Warning,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Kind::Error => "error",
            Kind::Warning => "warning",
            Kind::Notice => "notice",
        }
    }
}

/// An annotation before it is written in the form of its sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// How loud it is.
    pub kind: Kind,
    /// File and line; none for what can't be shown beside one.
    pub place: Option<(String, u32)>,
    /// Words of ours.
    pub title: String,
    /// All about one subject.
    pub text: String,
}

/// All annotations of a judged report, loudest and gravest first, one for each subject.
pub fn all(report: &Report) -> Vec<Told> {
    let view = View::of(report);
    let mut told = Vec::new();
    for kind in Kind::ALL {
        let mut rows: Vec<&Row> = view.rows.iter().filter(|row| Kind::of(report, row) == kind).collect();
        rows.sort_by_key(|row| Reverse(row.severity));
        told.extend(rows.iter().map(|row| subject(report, kind, row)));
    }
    told
}

/// The commands, a line each; at least one.
pub fn render(report: &Report, _style: &Style) -> String {
    if let (Verdict::Error, Some(error)) = (report.verdict, &report.error) {
        return unjudged(error);
    }
    let view = View::of(report);
    let mut lines = Vec::new();
    for kind in Kind::ALL {
        let mut rows: Vec<&Row> = view.rows.iter().filter(|row| Kind::of(report, row) == kind).collect();
        rows.sort_by_key(|row| Reverse(row.severity));
        lines.extend(rows.iter().take(SHOWN).map(|row| written(&subject(report, kind, row))));
        if rows.len() > SHOWN {
            let more = rows.len() - SHOWN;
            let title = format!("cask: {} more", number(more));
            let text = format!("{} of this kind: the job summary and the report list them", number(more));
            lines.push(command(kind, None, &title, &text));
        }
    }
    if lines.is_empty() {
        let text = words::capital(&words::title(report, &view));
        lines.push(command(Kind::Notice, None, &format!("cask: {}", words::verdict(report)), &text));
    }
    lines.join("\n") + "\n"
}

/// All about one subject, where the gravest of it stands.
fn subject(report: &Report, kind: Kind, row: &Row) -> Told {
    let mut text = format!("{}:", line::subject(row.subject));
    if report.packs.len() > 1 && !row.subject.path.is_empty() {
        text = format!("{} in {}:", line::subject(row.subject), visible(&row.subject.path, 80));
    }
    let changes: Vec<String> = row.groups().iter().filter_map(line::group).collect();
    let mut lines = vec![format!("{text} {}", changes.first().map_or("", String::as_str))];
    lines.extend(changes.into_iter().skip(1));
    lines.push(line::seats(row));
    lines.push(format!("rules: {} (cask rules <id> explains)", rules(row)));
    let title = row
        .gravest()
        .map_or_else(|| "cask".to_owned(), |f| format!("cask: {} ({})", f.rule.title, row.severity.word()));
    Told { kind, place: row.place().and_then(shown_at), title, text: lines.join("\n") }
}

fn written(told: &Told) -> String {
    command(told.kind, told.place.as_ref(), &told.title, &told.text)
}

fn rules(row: &Row) -> String {
    let mut ids: Vec<&str> = Vec::new();
    for id in row.findings.iter().map(|f| f.rule.id) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let more = match ids.len().saturating_sub(RULES) {
        0 => String::new(),
        n => format!(" and {} more", number(n)),
    };
    format!("{}{more}", ids.into_iter().take(RULES).collect::<Vec<_>>().join(", "))
}

fn unjudged(error: &Unjudged) -> String {
    let shown = |text: &str| visible(text, LINE);
    let mut lines = vec![match error.subject.as_str() {
        "" => format!("not judged: {}", shown(&error.message)),
        subject => format!("cannot judge {}: {}", shown(subject), shown(&error.message)),
    }];
    lines.extend(error.why.iter().take(4).map(|why| format!("why: {}", shown(why))));
    lines.extend(error.hints.iter().take(4).map(|hint| format!("do: {}", shown(hint))));
    lines.extend(error.rule.map(|rule| format!("rule: {}", rule.id)));
    let place = error.fault.as_ref().map(|fault| Place {
        file: fault.file.clone(),
        line: fault.line,
        pointer: String::new(),
        side: Side::Head,
    });
    command(Kind::Error, place.as_ref().and_then(shown_at).as_ref(), "cask: not judged", &lines.join("\n"))
        + "\n"
}

/// File and line to be shown beside. What the head lacks is shown at the beginning of its file; a file whose name
/// would be another one once it is written, nowhere.
fn shown_at(place: &Place) -> Option<(String, u32)> {
    let named = link::path_of(&place.file).is_some() && visible(&place.file, PATH) == place.file;
    let line = if place.side == Side::Head { place.line.max(1) } else { 1 };
    named.then(|| (place.file.clone(), line))
}

/// A workflow command.
fn command(kind: Kind, place: Option<&(String, u32)>, title: &str, text: &str) -> String {
    let mut properties = Vec::new();
    if let Some((file, line)) = place {
        properties.push(format!("file={}", workflow_property(file, PATH)));
        properties.push(format!("line={line},endLine={line}"));
    }
    properties.push(format!("title={}", workflow_property(title, TITLE)));
    format!("::{} {}::{}", kind.word(), properties.join(","), workflow_data(text, MESSAGE))
}
