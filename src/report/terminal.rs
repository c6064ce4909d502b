//! A report for a terminal: gravest first, verdict and exit code last, where the eye is.

use super::escape::terminal::{Mark, Paint};
use super::failure;
use super::screen::{LABEL, Screen};
use super::style::Style;
use super::view::{Class, Group, Row, View};
use super::width::{columns, pad};
use super::words::{self, count, number};
use crate::canon::Node;
use crate::model::finding::{ApprovalState, Finding, Side};
use crate::model::phrase::Phrase;
use crate::model::report::{Report, SourceKind, Verdict};
use crate::report::patch::{self, Line, Sign};
use crate::rules::{Family, Severity};

/// Where the texts of a block begin.
const TEXT: usize = 15;
/// Most blocks, and most lines of approved subjects.
const BLOCKS: usize = 100;
const BRIEF: usize = 20;
/// Most signed lines of one text.
const SIGNED: usize = 8;
/// Most pieces of one part, and most sentences of evidence.
const PIECES: usize = 6;

/// The page; ends in a line feed.
pub fn render(report: &Report, style: &Style) -> String {
    if let (Verdict::Error, Some(error)) = (report.verdict, &report.error) {
        return failure::terminal(error, style);
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

fn head(page: &mut Screen, report: &Report) {
    let packs = match report.packs.as_slice() {
        [] => "no toolpack".to_owned(),
        [one] => page.paint.text(&one.path, 120),
        [one, two] => format!("{}, {}", page.paint.text(&one.path, 60), page.paint.text(&two.path, 60)),
        many => count(many.len(), "toolpack"),
    };
    let sides = format!("{} .. {}", page.source(&report.base), page.source(&report.head));
    // Behind a label, so that no line begins with a name.
    let line = format!("{}   {packs}   {sides}", report.tool_version);
    page.hung("cask", 0, 5, &line, str::to_owned);
    let trust = match &report.trust {
        None => "none: nothing could be checked against a trust file".to_owned(),
        Some(trust) => {
            let from = match trust.source.kind {
                SourceKind::Worktree | SourceKind::None => "the work tree".to_owned(),
                SourceKind::Git => page.paint.text(&trust.source.name, 60),
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

/// All that is to be said about one subject.
fn block(page: &mut Screen, report: &Report, row: &Row) {
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

fn seats(row: &Row) -> String {
    match row.seats() {
        Some((have, need)) if row.is_for_owners() => format!("owner signed {have} of {need}"),
        Some((have, need)) => format!("approvals {have} of {need}"),
        None => String::new(),
    }
}

fn severity(page: &Screen, severity: Severity) -> String {
    let word = format!("{:<8}", severity.word());
    match severity {
        Severity::Critical => page.paint.bold(&page.paint.red(&word)),
        Severity::High => page.paint.red(&word),
        Severity::Medium => page.paint.yellow(&word),
        Severity::Low => word,
        Severity::Info => page.paint.dim(&word),
    }
}

fn subject(page: &Screen, row: &Row) -> String {
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
                Some('+') => paint.green(line),
                Some('-') => paint.red(line),
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
    const PATCH: usize = 92;
    let word = next.split(' ').next().map_or(0, columns);
    columns(last.rsplit('\n').next().unwrap_or(last)) % (PATCH + 1) + 1 + word > PATCH
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
    page.hung("approval", 2, TEXT, &text, |line| paint.signals(line));
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
        let line = format!(
            "{} approved and {} to know; --format json lists them",
            count(approved, "change"),
            number(rows.len() - approved)
        );
        page.hung("", 0, 2, &line, str::to_owned);
    }
    page.gap();
}

fn in_short(page: &Screen, row: &Row) -> String {
    let parts = row.groups().into_iter().flat_map(|group| {
        group
            .changes()
            .iter()
            .map(|change| format!("{} {}", group.aspect, page.say(change)))
            .collect::<Vec<_>>()
    });
    parts.map(|part| part.trim().to_owned()).collect::<Vec<_>>().join("; ")
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
    if let Some(pin) = report.pin.as_deref().filter(|pin| words::is_digest(pin)) {
        page.labelled("then pin it", "trust-pin in the workflow, or --trust-pin:");
        page.command("", 2, pin);
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
    let mut said = words::title(report, view);
    if report.verdict.exit_code() != report.exit_code() {
        said.push_str(&format!(" (fail-on {})", report.fail_on.word()));
    }
    let paint = page.paint;
    let pen = |text: &str| match report.verdict {
        Verdict::Pass => paint.bold(&paint.green(text)),
        Verdict::Review => paint.bold(&paint.yellow(text)),
        Verdict::Breaking | Verdict::Error => paint.bold(&paint.red(text)),
    };
    let exit = format!("exit {}", report.exit_code());
    page.ends((&format!("{word}: {said}"), &format!("{}: {said}", pen(&word))), (&exit, &exit));
}

fn next(page: &mut Screen, report: &Report) {
    for step in &report.next {
        let label = step.role.word();
        if step.commands.is_empty() {
            let text = page.say(&step.text);
            page.labelled(label, &text);
        }
        for (i, command) in step.commands.iter().enumerate() {
            page.command(if i == 0 { label } else { "" }, LABEL, command);
        }
    }
}
