//! The page of a subject: all that is signed of it and differs, why that is grave, what it does, and who signed what
//! before. Nothing of what is signed is cut: the page is shown to its end before anybody can approve it.

use super::sheet::{Change, Facts, Item, Kind, Sheet};
use crate::canon::Node;
use crate::canon::emit::emit_yaml;
use crate::model::finding::Finding;
use crate::model::phrase::Phrase;
use crate::report::escape::terminal::Paint;
use crate::report::patch::{self, Line, Sign};
use crate::report::screen::Screen;
use crate::report::style::Style;
use crate::report::width;
use crate::rules::Severity;

/// Most lines of a page; a longer one can't be approved here.
const MOST: usize = 20_000;
/// Characters of a text whose words are compared; longer ones are shown whole, before and after.
const COMPARED: usize = 8_000;
/// Where texts behind a label begin.
const TEXT: usize = 17;

/// The lines of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Page {
    /// The lines.
    pub(super) lines: Vec<String>,
    /// Whether there were too many.
    pub(super) cut: bool,
}

/// The page of a subject.
pub(super) fn of(sheet: &Sheet, item: &Item, paint: Paint, width: usize) -> Page {
    let style = Style { color: paint.color, unicode: paint.unicode, width, risk_icons: false };
    let mut page = Screen::new(&style);
    if item.kind == Kind::Elsewhere {
        heading(&mut page, "Not decided here");
        item.commands.iter().for_each(|command| page.command("", 3, command));
        return finished(page);
    }
    if let Some(why) = &item.against {
        heading(&mut page, "You can't approve it");
        say(&mut page, why);
    }
    if let Some(facts) = &item.facts {
        does(&mut page, facts);
    }
    let since = page.say(&item.since);
    heading(&mut page, &since);
    item.changes.iter().for_each(|change| differs(&mut page, change));
    if item.changes.is_empty() {
        page.line("   nothing of what is signed differs");
    }
    if !item.findings.is_empty() {
        heading(&mut page, &format!("Why {}", item.severity.word()));
        item.findings.iter().for_each(|finding| found(&mut page, finding));
    }
    if !item.reasons.is_empty() {
        heading(&mut page, &format!("Why its tier is {}", item.tier.word()));
        item.reasons.iter().for_each(|reason| say(&mut page, reason));
    }
    heading(&mut page, "Who signed what before");
    item.said.iter().for_each(|said| say(&mut page, said));
    if item.said.is_empty() {
        page.line("   nobody signed any state of it");
    }
    if let Some(end) = item.ends {
        text(&mut page, "", 3, &format!("an approval of today ends on {}", end.date()));
    }
    heading(&mut page, "Where");
    text(&mut page, "", 3, &paint.text(&item.place, 400));
    let trust = format!("judged by {}", page.say(&sheet.trust));
    text(&mut page, "", 3, &trust);
    finished(page)
}

fn finished(page: Screen) -> Page {
    let done = page.done();
    let mut lines: Vec<String> = done.lines().map(str::to_owned).collect();
    let cut = lines.len() > MOST;
    lines.truncate(MOST);
    Page { lines, cut }
}

fn heading(page: &mut Screen, words: &str) {
    page.gap();
    let line = format!(" {}", page.paint.bold(&page.paint.cut(words, page.width - 4)));
    page.line(&line);
}

fn text(page: &mut Screen, label: &str, to: usize, text: &str) {
    let paint = page.paint;
    page.hung(label, 3, to, text, |line| paint.signals(line));
}

fn say(page: &mut Screen, phrase: &Phrase) {
    let said = page.say(phrase);
    text(page, "", 3, &said);
}

/// What a tool does: what is called, what the model is told, what it takes, a call.
fn does(page: &mut Screen, facts: &Facts) {
    let paint = page.paint;
    let all = |text: &str| paint.text(text, usize::MAX);
    heading(page, "What it does");
    let call = format!("{} {}{}: {}", all(&facts.method), all(&facts.host), all(&facts.path), facts.effect);
    text(page, "calls", TEXT, &call);
    for (i, line) in facts.description.split('\n').enumerate() {
        text(page, if i == 0 { "says" } else { "" }, TEXT, &all(line));
    }
    for (i, (name, kind)) in facts.inputs.iter().enumerate() {
        text(page, if i == 0 { "takes" } else { "" }, TEXT, &format!("{}  {}", all(name), all(kind)));
    }
    if facts.personal {
        text(page, "gives", TEXT, "personal data");
    }
    text(page, "asks a person", TEXT, facts.confirmation);
    let sets: Vec<String> = facts.toolsets.iter().map(|set| all(set)).collect();
    text(page, "toolsets", TEXT, &if sets.is_empty() { "none".to_owned() } else { sets.join(", ") });
    text(page, "a call", TEXT, &all(&facts.call));
}

/// One place that differs, with its sign before each line.
fn differs(page: &mut Screen, change: &Change) {
    let paint = page.paint;
    let label = change.at.strip_prefix("/action/").unwrap_or(&change.at);
    text(page, "", 3, &paint.text(label, usize::MAX));
    for line in lines(change) {
        let (sign, pen): (&str, fn(Paint, &str) -> String) = match line.sign {
            Sign::Plus => ("+", |paint, text| paint.signals_in(text, |text| paint.green(text))),
            Sign::Minus => ("-", |paint, text| paint.signals_in(text, |text| paint.red(text))),
            Sign::Same | Sign::Gap => (" ", Paint::dim),
        };
        for part in width::lines(&paint.plain(&line.text), page.room(5)) {
            page.line(&format!(" {sign}   {}", pen(paint, &part)));
        }
    }
}

/// The lines of a place: of two texts those that differ, with what stands around; of all else each side whole.
fn lines(change: &Change) -> Vec<Line> {
    let (before, after) = (change.before.as_ref(), change.after.as_ref());
    if let (Some(old), Some(new)) = (before.and_then(Node::as_text), after.and_then(Node::as_text))
        && old.len().max(new.len()) <= COMPARED
    {
        let lines = patch::between(before, after, "").lines;
        let is_whole = |line: &Line| line.sign != Sign::Gap || line.text.ends_with("unchanged lines");
        if lines.iter().all(is_whole) {
            return lines;
        }
    }
    let side = |sign: Sign, node: Option<&Node>| -> Vec<Line> {
        let text = match node {
            None => return Vec::new(),
            Some(node) => node.as_text().map_or_else(|| emit_yaml(node), str::to_owned),
        };
        let text = text.strip_suffix('\n').unwrap_or(&text);
        text.split('\n').map(|line| Line::new(sign, visible(line))).collect()
    };
    let mut all = side(Sign::Minus, before);
    all.extend(side(Sign::Plus, after));
    all
}

fn visible(line: &str) -> String {
    Paint { color: false, unicode: true }.text(line, usize::MAX)
}

/// A finding: its rule, what it means here, and the evidence.
fn found(page: &mut Screen, finding: &Finding) {
    let paint = page.paint;
    let word = finding.severity.word();
    let word =
        if finding.severity >= Severity::High { paint.bold(&paint.red(word)) } else { word.to_owned() };
    let blanks = " ".repeat(TEXT.saturating_sub(3 + finding.severity.word().len()));
    page.line(&format!("   {word}{blanks}{}", paint.dim(finding.rule.id)));
    let change = page.say(&finding.change);
    text(page, finding.aspect.as_ref(), TEXT, &change);
    let mut told = vec![change];
    for phrase in std::iter::once(&finding.here).chain(&finding.why) {
        let said = page.say(phrase);
        if !said.is_empty() && !told.contains(&said) {
            text(page, "", TEXT, &said);
            told.push(said);
        }
    }
}
