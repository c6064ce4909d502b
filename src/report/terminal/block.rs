//! A subject on a terminal: its heading, what changed about each part, how its approvals stand, where it is.

use std::collections::BTreeMap;

use crate::canon::Node;
use crate::model::finding::{ApprovalState, Finding, Side, SubjectKind};
use crate::model::phrase::Phrase;
use crate::model::report::Report;
use crate::report::escape::terminal::{Mark, Paint};
use crate::report::patch::{self, Line, Sign};
use crate::report::row::{Class, Group, Row};
use crate::report::screen::Screen;
use crate::report::width::columns;
use crate::report::words::number;
use crate::rules::{Family, Severity};

/// Where the texts of a block begin.
const TEXT: usize = 15;
/// Most signed lines of one text.
const SIGNED: usize = 8;
/// Most pieces of one part, and most sentences of evidence.
pub const PIECES: usize = 6;

/// All that is to be said about one subject.
pub fn block(page: &mut Screen, report: &Report, row: &Row) {
    heading(page, row);
    if report.packs.len() > 1 && !row.subject.path.is_empty() {
        let path = page.paint.text(&row.subject.path, 200);
        page.hung("toolpack", 2, TEXT, &path, str::to_owned);
    }
    for group in row.groups() {
        part(page, &group);
    }
    approval(page, row);
    if let Some(place) = row.place().filter(|place| !place.file.is_empty()) {
        let side = match place.side {
            Side::Base => " (base)",
            Side::Head => "",
        };
        let line = if place.line > 0 { format!(":{}", place.line) } else { String::new() };
        let at = format!("{}{line}{side}", page.paint.text(&place.file, 300));
        let paint = page.paint;
        page.hung("at", 2, TEXT, &at, |line| paint.dim(line));
    }
    let mut ids: Vec<&str> = Vec::new();
    let reasons = row.reasons();
    for id in row.findings.iter().map(|f| f.rule.id).chain(reasons.iter().map(|r| r.rule.id)) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let paint = page.paint;
    page.hung("rules", 2, TEXT, &ids.join(" "), |line| paint.dim(line));
}

/// `✗ critical  get_order        approvals 0 of 1`.
fn heading(page: &mut Screen, row: &Row) {
    let paint = page.paint;
    let (mark, pen): (&str, fn(_, &str) -> String) = match (row.class, row.severity) {
        (Class::Stops, _) => (paint.mark(Mark::Bad), |p: Paint, t| p.bold(&p.red(t))),
        (Class::Approved, _) => (paint.mark(Mark::Good), |p, t| p.green(t)),
        (Class::Look, Severity::Low | Severity::Info) => (paint.mark(Mark::Note), |p, t| p.dim(t)),
        (Class::Look, _) => (paint.mark(Mark::Warn), |p, t| p.yellow(t)),
    };
    let seats = seats(row);
    let room = page.room(12 + columns(&seats));
    let name = page.paint.cut(&subject(page, row), room);
    let left = format!("{mark} {:<8}  {name}", row.severity.word());
    let dyed = format!("{} {}  {}", pen(paint, mark), severity(page, row.severity), paint.bold(&name));
    let missing = row.seats().is_some_and(|(have, need)| have < need);
    let end = if missing { paint.red(&seats) } else { seats.clone() };
    page.ends((&left, &dyed), (&seats, &end));
}

/// `approvals 0 of 1`, or `exempted until 2026-12-20`; nothing where nobody has to sign.
pub fn seats(row: &Row) -> String {
    if let Some(exempted) = row.exempted() {
        return exempted;
    }
    match row.seats() {
        Some((have, need)) if row.is_for_owners() => format!("owner signed {have} of {need}"),
        Some((have, need)) => format!("approvals {have} of {need}"),
        None => String::new(),
    }
}

/// The word in its colour, eight columns wide.
pub fn severity(page: &Screen, severity: Severity) -> String {
    let word = format!("{:<8}", severity.word());
    match severity {
        Severity::Critical => page.paint.bold(&page.paint.red(&word)),
        Severity::High => page.paint.red(&word),
        Severity::Medium => page.paint.yellow(&word),
        Severity::Low => word,
        Severity::Info => page.paint.dim(&word),
    }
}

/// What people call the subject.
pub fn subject(page: &Screen, row: &Row) -> String {
    match row.subject.name.as_str() {
        "" => format!("({})", row.subject.kind.word()),
        name => page.paint.text(name, 200),
    }
}

/// What changed about one part: the text itself where it is one, then what is to be said of it.
fn part(page: &mut Screen, group: &Group) {
    let paint = page.paint;
    let mut label = group.aspect;
    let mut told: Vec<String> = Vec::new();
    if let Some(finding) = text_of(group) {
        for line in signed(page, finding) {
            let pen = |line: &str| match line.chars().next() {
                Some('+') => paint.signals_in(line, |text| paint.green(text)),
                Some('-') => paint.signals_in(line, |text| paint.red(text)),
                _ => paint.dim(line),
            };
            page.hung(label, 2, TEXT, &line, pen);
            label = "";
        }
    }
    let changes = group.changes();
    let left = changes.len().saturating_sub(PIECES);
    for change in changes.iter().take(PIECES) {
        told.push(page.say(change));
    }
    if left > 0 {
        told.push(format!("and {} more", number(left)));
    }
    told.extend(effects(page, group));
    for why in group.findings.iter().flat_map(|f| &f.why).take(PIECES) {
        let why = page.say(why);
        if !told.contains(&why) {
            told.push(why);
        }
    }
    for text in told {
        let text = if text.is_empty() { "changed".to_owned() } else { text };
        page.hung(label, 2, TEXT, &text, |line| paint.signals(line));
        label = "";
    }
}

/// What a policy now decides otherwise: the tools of each change of decision together.
fn effects(page: &Screen, group: &Group) -> Vec<String> {
    let mut by_effect: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for finding in group.findings.iter().filter(|f| f.subject.kind == SubjectKind::Policy) {
        for (tool, effect) in &finding.facts {
            by_effect.entry(effect).or_default().push(tool);
        }
    }
    let lines = by_effect.into_iter().take(PIECES).map(|(effect, tools)| {
        let mut names: Vec<String> = tools.iter().take(PIECES).map(|tool| page.quote(tool)).collect();
        if tools.len() > PIECES {
            names.push(format!("{} more", number(tools.len() - PIECES)));
        }
        format!("{}: {}", names.join(", "), page.quote(effect))
    });
    lines.collect()
}

/// The finding whose text is shown: the longest where a description or another text changed.
fn text_of<'a>(group: &Group<'a>) -> Option<&'a Finding> {
    let long = |f: &&Finding| {
        let size = |node: &Option<Node>| node.as_ref().and_then(Node::as_text).map_or(0, str::len);
        let texts = [&f.before, &f.after].into_iter().flatten().all(|node| node.as_text().is_some());
        let longest = size(&f.before).max(size(&f.after));
        (texts && longest > 0 && (f.rule.family == Family::Text || longest > 60)).then_some(longest)
    };
    group.findings.iter().copied().rev().filter(|f| long(f).is_some()).max_by_key(|f| long(f))
}

/// The lines of a text that differ, each behind its sign, wrapped anew for the terminal.
fn signed(page: &Screen, finding: &Finding) -> Vec<String> {
    let hunk = patch::between(finding.before.as_ref(), finding.after.as_ref(), "");
    let mut runs: Vec<Line> = Vec::new();
    for line in hunk.lines.into_iter().filter(|line| matches!(line.sign, Sign::Minus | Sign::Plus)) {
        match runs.last_mut() {
            // What the patch wrapped at its own width is one line again.
            Some(last) if last.sign == line.sign && wrapped(&last.text, &line.text) => {
                last.text.push(' ');
                last.text.push_str(&line.text);
            }
            _ => runs.push(line),
        }
    }
    let mut out = Vec::new();
    for line in runs {
        let sign = if line.sign == Sign::Plus { "+ " } else { "- " };
        let rows = page.paint.wrap(&line.text, page.room(TEXT), 0, sign);
        out.extend(rows);
    }
    let left = out.len().saturating_sub(SIGNED);
    if left > 1 {
        out.truncate(SIGNED);
        out.push(page.paint.plain(&format!("… {left} more lines")));
    }
    out
}

fn wrapped(last: &str, next: &str) -> bool {
    let word = next.split(' ').next().map_or(0, columns);
    columns(last.rsplit('\n').next().unwrap_or(last)) % (patch::WIDTH + 1) + 1 + word > patch::WIDTH
}

fn approval(page: &mut Screen, row: &Row) {
    let said: Vec<String> = row
        .reasons()
        .iter()
        .take(PIECES)
        .map(|reason| page.say(&reason.here))
        .filter(|s| !s.is_empty())
        .collect();
    let text = match (said.is_empty(), row.approval.state, row.seats()) {
        (false, ..) => said.join("; "),
        (true, ApprovalState::Missing, Some((0, _))) if !row.is_for_owners() => {
            "nobody signed this state".to_owned()
        }
        (true, ApprovalState::Rejected, _) => "refused".to_owned(),
        _ if !row.signers().is_empty() => {
            format!("signed by {}", page.say(&Phrase::list(row.signers().iter().cloned())))
        }
        _ => return,
    };
    let paint = page.paint;
    let label = if row.exempted().is_some() { "exemption" } else { "approval" };
    page.hung(label, 2, TEXT, &text, |line| paint.signals(line));
}
