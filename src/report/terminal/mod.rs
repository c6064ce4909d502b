//! A report for a terminal: gravest first, verdict and exit code last, where the eye is.

mod block;

use self::block::{PIECES, block, seats, severity, subject};
use super::escape::terminal::Mark;
use super::failure;
use super::row::{Class, Row};
use super::screen::{LABEL, Screen};
use super::sections;
use super::style::Style;
use super::view::View;
use super::width::{columns, pad};
use super::words::{self, count, number};
use crate::canon::digest::is_digest;
use crate::model::gate_config::FailOn;
use crate::model::report::{Report, SourceKind, Standing, Verdict};
use crate::rules::Severity;

/// Most blocks, and most lines of approved subjects.
const BLOCKS: usize = 100;
const BRIEF: usize = 20;
/// The page; ends in a line feed.
pub fn render(report: &Report, style: &Style) -> String {
    if let (Verdict::Error, Some(error)) = (report.verdict, &report.error) {
        return unjudged(report, style) + &failure::terminal(error, style);
    }
    let view = View::of(report);
    let mut page = Screen::new(style);
    head(&mut page, report);
    if words::by_rule_first(&view) {
        by_rule(&mut page, &view);
    }
    blocks(&mut page, report, &view);
    brief(&mut page, report, &view);
    adoption(&mut page, report);
    tail(&mut page, report, &view);
    verdict(&mut page, report, &view);
    next(&mut page, report);
    page.done()
}

/// What there is and could not be judged, a line each: nobody may take silence for a pass.
fn unjudged(report: &Report, style: &Style) -> String {
    let mut page = Screen::new(style);
    let shown: Vec<(String, &Standing)> =
        report.standings.iter().take(BLOCKS).map(|s| (page.paint.text(&s.subject.name, 26), s)).collect();
    let wide = shown.iter().map(|(name, _)| columns(name)).max().unwrap_or(0);
    for (name, standing) in shown {
        let mark = page.paint.mark(Mark::Unknown);
        let target = page.paint.text(&standing.target, 200);
        let line = format!("{mark} {}  {:<8}  {target}", pad(&name, wide), standing.tier.word());
        page.line(&page.paint.cut(&line, page.room(0)));
    }
    if report.standings.len() > BLOCKS {
        page.line(&format!("  … and {} more", number(report.standings.len() - BLOCKS)));
    }
    page.gap();
    page.done()
}

fn head(page: &mut Screen, report: &Report) {
    let packs = match report.packs.as_slice() {
        [] => "no toolpack".to_owned(),
        [one] => page.paint.text(&one.path, 120),
        [one, two] => format!("{}, {}", page.paint.text(&one.path, 60), page.paint.text(&two.path, 60)),
        many => count(many.len(), "toolpack"),
    };
    let head = page.source(&report.head);
    let sides = match (report.base.kind, report.command) {
        // What compares says with what, and be it with nothing; what only looks has one side.
        (SourceKind::None, command) if !matches!(command, "diff" | "ci") => head,
        _ => format!("{} .. {head}", page.source(&report.base)),
    };
    // Behind a label, so that no line begins with a name.
    let line = format!("{}   {packs}   {sides}", report.tool_version);
    page.hung("cask", 0, 5, &line, str::to_owned);
    let trust = match &report.trust {
        None => match words::not_asked(report) {
            Some(why) => format!("not asked: {why}"),
            None => "none: nothing could be checked against a trust file".to_owned(),
        },
        Some(trust) => {
            let from = match trust.source.kind {
                SourceKind::Worktree | SourceKind::None => "the work tree".to_owned(),
                kind if kind.is_commit() => page.paint.text(&trust.source.name, 60),
                _ => page.paint.text(&trust.path, 120),
            };
            let loose = if trust.anchored { "" } else { ", not anchored" };
            let own = match trust.head_version {
                Some(version) => format!(" (this branch's own version {version} is not used)"),
                None => String::new(),
            };
            format!("version {} from {from}{loose}{own}", trust.version)
        }
    };
    page.labelled("trust", &trust);
    page.gap();
}

/// One line for each rule, where there are too many changes to read.
fn by_rule(page: &mut Screen, view: &View) {
    for line in words::by_rule(view) {
        let missing =
            if line.missing > 0 { format!("{} not approved", number(line.missing)) } else { String::new() };
        let left = format!("  {:<8}  {:>7}  {}", line.severity.word(), number(line.changes), line.rule.title);
        let room = page.room(columns(&missing));
        let left = page.paint.cut(&left, room);
        let dyed = page.paint.red(&missing);
        page.ends((&left, &left), (&missing, &dyed));
    }
    page.gap();
}

/// Whether a row takes a block of its own: what stops, what a person must look at, and on a review what is
/// grave although it is approved.
fn is_block(report: &Report, row: &Row) -> bool {
    match row.class {
        Class::Stops => true,
        Class::Look => row.severity >= Severity::Medium,
        Class::Approved => report.verdict == Verdict::Review && row.severity >= Severity::High,
    }
}

fn blocks(page: &mut Screen, report: &Report, view: &View) {
    let rows: Vec<&Row> = view.rows.iter().filter(|row| is_block(report, row)).collect();
    for row in rows.iter().take(BLOCKS) {
        block(page, report, row);
        page.gap();
    }
    if rows.len() > BLOCKS {
        let line = format!("… and {} more; --format json has all", number(rows.len() - BLOCKS));
        let line = page.paint.plain(&line);
        page.hung("", 0, 2, &line, str::to_owned);
        page.gap();
    }
}

/// What needs nothing, or only to be known: a line each.
fn brief(page: &mut Screen, report: &Report, view: &View) {
    let rows: Vec<&Row> = view.rows.iter().filter(|row| !is_block(report, row)).collect();
    let shown = if rows.len() > BRIEF { &rows[..0] } else { &rows[..] };
    let names: Vec<String> = shown.iter().map(|row| page.paint.cut(&subject(page, row), 24)).collect();
    let widest = names.iter().map(|name| columns(name)).max().unwrap_or(0).max(15);
    for (row, name) in shown.iter().zip(&names) {
        let paint = page.paint;
        let (mark, dyed) = match row.class {
            Class::Approved => (paint.mark(Mark::Good), paint.green(paint.mark(Mark::Good))),
            _ => (paint.mark(Mark::Note), paint.dim(paint.mark(Mark::Note))),
        };
        let seats = seats(row);
        let name = pad(name, widest);
        let room = page.room(12 + widest + 2 + columns(&seats));
        let what = in_short(page, row);
        // What does not fit has lines of its own: its end can be what matters.
        let (what, below) = if columns(&what) <= room { (what, None) } else { (String::new(), Some(what)) };
        let left = format!("{mark} {:<8}  {name}  {what}", row.severity.word());
        let dyed = format!("{dyed} {}  {name}  {what}", severity(page, row.severity));
        page.ends((&left, &dyed), (&seats, &seats));
        if let Some(below) = below {
            page.hung("", 0, 12, &below, |line| paint.signals(line));
        }
    }
    if shown.len() < rows.len() {
        let approved = rows.iter().filter(|row| row.class == Class::Approved).count();
        let mut line = format!("{} approved", count(approved, "change"));
        if approved < rows.len() {
            line.push_str(&format!(", {} to know", number(rows.len() - approved)));
        }
        line.push_str("; --format json lists them");
        page.hung("", 0, 2, &line, str::to_owned);
    }
    page.gap();
}

fn in_short(page: &Screen, row: &Row) -> String {
    let groups = row.groups();
    let changes: Vec<_> = groups
        .iter()
        .flat_map(|group| group.changes().into_iter().map(|change| (group.aspect, change)))
        .collect();
    let parts = changes.iter().take(PIECES);
    let mut parts: Vec<String> =
        parts.map(|(aspect, change)| format!("{aspect} {}", page.say(change)).trim().to_owned()).collect();
    if changes.len() > PIECES {
        parts.push(format!("and {} more", number(changes.len() - PIECES)));
    }
    parts.join("; ")
}

/// The keys of a first trust file, to be compared by voice, and the pin that a workflow would take.
fn adoption(page: &mut Screen, report: &Report) {
    for (owner, tier, key) in report.owners_to_confirm.iter().take(BRIEF) {
        let owner = page.quote(owner);
        page.labelled(
            "confirm",
            &format!("{owner}, may approve up to {}; the key's SHA-256 is", tier.word()),
        );
        match words::fingerprint(key) {
            Some(lines) => lines.iter().for_each(|line| page.labelled("", line)),
            None => {
                let key = page.quote(key);
                page.labelled("", &key);
            }
        }
    }
    if let Some(pin) = report.pin.as_deref().filter(|pin| is_digest(pin)) {
        page.labelled("then pin it", "trust-pin in the workflow, or --trust-pin:");
        // A value, not a command: on one line whatever the width, to be taken as it is.
        page.line(&format!("  {}", page.paint.bold(pin)));
    }
    if let (false, Some((tools, until))) = (report.owners_to_confirm.is_empty(), words::exempted(report)) {
        let until = until.map_or_else(String::new, |end| format!(" until {}", end.date()));
        let said =
            format!("{}{until}, not approved; what changes needs an approval at once", count(tools, "tool"));
        page.labelled("exempted", &said);
    }
    page.gap();
}

/// What was looked at, what was not, and what else is to be known.
fn tail(page: &mut Screen, report: &Report, view: &View) {
    if !view.known.is_empty() {
        let said =
            format!("{} that the base has too; --format json lists them", count(view.known.len(), "finding"));
        page.labelled("known", &said);
    }
    if !view.suppressed.is_empty() {
        let end =
            view.suppressed.iter().filter_map(|f| f.suppressed.as_ref()).map(|s| s.expires.as_str()).min();
        let end = page.paint.text(end.unwrap_or_default(), 20);
        let said = format!("{} by gate.yaml, the first until {end}", count(view.suppressed.len(), "finding"));
        page.labelled("suppressed", &said);
    }
    if let Some(coverage) = report.coverage {
        page.labelled("coverage", &coverage.told());
    }
    for line in sections::lines(report) {
        let pack = line.pack.map(|path| page.quote(path) + ": ").unwrap_or_default();
        let said = format!("{pack}{} ({})", line.state, page.say(&line.told));
        page.labelled(line.section, &said);
    }
    for (label, phrases) in [("looked at", &report.looked_at), ("unseen", &report.not_looked_at)] {
        if !phrases.is_empty() {
            let list = page.list(phrases);
            page.labelled(label, &list);
        }
    }
    for note in &report.notes {
        let note = page.say(note);
        page.labelled("note", &note);
    }
    page.gap();
}

fn verdict(page: &mut Screen, report: &Report, view: &View) {
    let word = words::verdict(report).to_lowercase();
    let said = words::title(report, view);
    let paint = page.paint;
    let pen = |text: &str| match report.verdict {
        Verdict::Pass => paint.bold(&paint.green(text)),
        Verdict::Review => paint.bold(&paint.yellow(text)),
        Verdict::Breaking | Verdict::Error => paint.bold(&paint.red(text)),
    };
    let exit = format!("exit {}", report.exit_code());
    page.ends((&format!("{word}: {said}"), &format!("{}: {said}", pen(&word))), (&exit, &exit));
    if report.verdict.exit_code() != report.exit_code() {
        let what = match report.fail_on {
            FailOn::Never => "never: no verdict fails this run",
            _ => "breaking: a review does not fail this run",
        };
        page.labelled("fail-on", what);
    }
}

fn next(page: &mut Screen, report: &Report) {
    for step in &report.next {
        let label = step.role.word();
        if step.commands.is_empty() {
            let text = page.say(&step.text);
            page.labelled(label, &text);
        }
        for (i, command) in step.commands.iter().enumerate() {
            page.command(if i == 0 { label } else { "" }, LABEL, &command.from(&report.publication.reader));
        }
    }
}
