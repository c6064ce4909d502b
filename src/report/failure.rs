//! Why nothing could be judged, in the five parts that a reader needs: what could not be done, where, why,
//! what to do, and the exit code. Never a trace, never more than three lines of a file.

use super::screen::Screen;
use super::style::Style;
use super::width::{columns, pad};
use crate::model::report::Unjudged;

/// What the last line says: an empty report is no clean one.
const NOT_JUDGED: &str = "not judged: nothing was found because nothing was looked at";
/// What it says for a command that does something rather than judge.
const NOT_DONE: &str = "not done: nothing was changed";
/// Columns of a shown line of a file.
const EXCERPT: usize = 72;
/// Characters of a text.
const TEXT: usize = 1_000;
/// Most reasons and most actions.
const ITEMS: usize = 12;

/// The message for a terminal; ends in a line feed.
pub fn terminal(error: &Unjudged, style: &Style) -> String {
    let mut page = Screen::new(style);
    let paint = page.paint;
    let text = |text: &str| paint.text(text, TEXT);
    let said = match error.subject.as_str() {
        "" => text(&error.message),
        subject => format!("cannot judge {}: {}", text(subject), text(&error.message)),
    };
    let bad = |word: &str| paint.bold(&paint.red(word));
    page.hung_with("error:", 7, &said, bad);
    place(&mut page, error);
    for (label, what) in error.looked.iter().take(ITEMS) {
        let label = pad(&paint.cut(&text(label), 20), 10);
        page.hung(&label, 2, (columns(&label) + 4).max(14), &text(what), |line| paint.signals(line));
    }
    for (i, why) in error.why.iter().take(ITEMS).enumerate() {
        page.hung(if i == 0 { "why:" } else { "" }, 0, 6, &text(why), |line| paint.signals(line));
    }
    for (i, hint) in error.hints.iter().take(ITEMS).enumerate() {
        let label = if i == 0 { "do:" } else { "" };
        if is_command(hint) {
            page.command(label, 6, hint);
        } else {
            page.hung(label, 0, 6, &text(hint), |line| paint.bold(line));
        }
    }
    if let Some(rule) = error.rule {
        page.hung("rule:", 0, 6, rule.id, |line| paint.dim(line));
    }
    page.gap();
    let last = if error.does { NOT_DONE } else { NOT_JUDGED };
    let word = last.split(':').next().unwrap_or_default();
    let dyed = last.replacen(word, &bad(word), 1);
    page.ends((last, &dyed), ("exit 3", &bad("exit 3")));
    page.done()
}

/// Whether a hint is a command rather than a sentence.
fn is_command(hint: &str) -> bool {
    let first = hint.split(' ').next().unwrap_or_default();
    matches!(first, "cask" | "git" | "gh" | "ssh-keygen") && first.len() < hint.len()
}

/// `--> file:line` and up to three lines, the one in question underlined.
fn place(page: &mut Screen, error: &Unjudged) {
    let Some(fault) = error.fault.as_ref().filter(|fault| !fault.file.is_empty()) else { return };
    let paint = page.paint;
    let at = match (fault.line, fault.pointer.as_str()) {
        (0, "") => fault.file.clone(),
        (0, pointer) => format!("{} {pointer}", fault.file),
        (line, _) => format!("{}:{line}", fault.file),
    };
    page.hung("-->", 2, 6, &paint.text(&at, TEXT), |line| line.to_owned());
    let shown: Vec<_> = fault.excerpt.iter().take(3).collect();
    if shown.is_empty() {
        return;
    }
    let gutter = shown.iter().map(|(n, _)| n.to_string().len()).max().unwrap_or(0).max(2);
    let bar = format!("{} |", " ".repeat(gutter));
    let room = EXCERPT.min(page.width.saturating_sub(gutter + 3));
    page.line(&paint.dim(&bar));
    for (n, line) in shown {
        let line = paint.cut(&paint.text(line, TEXT), room);
        let number = paint.dim(&format!("{n:>gutter$} |"));
        page.line(&format!("{number} {}", paint.signals(&line)));
        if *n == fault.line {
            let indent = line.len() - line.trim_start_matches(' ').len();
            let word = line[indent..].split(' ').next().unwrap_or_default();
            let under = "^".repeat(columns(word).clamp(1, room));
            let here = if indent + columns(&under) + 5 <= room { " here" } else { "" };
            let mark = paint.bold(&paint.red(&format!("{}{under}{here}", " ".repeat(indent.min(room - 1)))));
            page.line(&format!("{} {mark}", paint.dim(&bar)));
        }
    }
    page.line(&paint.dim(&bar));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canon::{Fault, FaultKind};
    use crate::rules::lock;

    fn conflict() -> Unjudged {
        let text = "version: 2\n    approvals:\n<<<<<<< HEAD\n    - signer: alice\n";
        let fault = Fault::new("shop/caskmcp.lock.yaml", FaultKind::Conflict, "x").line(3).excerpt_of(text);
        Unjudged {
            kind: "input",
            does: false,
            subject: "toolpacks/shop".into(),
            message: "the lockfile holds an unfinished merge".into(),
            fault: Some(fault),
            looked: vec![("in".into(), "the work tree".into())],
            why: vec!["approvals cannot be merged as text".into()],
            hints: vec!["cask gate sync --toolpack toolpacks/shop".into(), "or ask".into()],
            rule: Some(lock::CONFLICT_MARKERS),
        }
    }

    #[test]
    fn five_parts_in_their_order() {
        let shown = terminal(&conflict(), &Style::default());
        assert_eq!(
            shown,
            "error: cannot judge toolpacks/shop: the lockfile holds an unfinished merge\n  \
             --> shop/caskmcp.lock.yaml:3\n   |\n 2 |     approvals:\n 3 | <<<<<<< HEAD\n   | ^^^^^^^ here\n 4 |     \
             - signer: alice\n   |\n  in          the work tree\nwhy:  approvals cannot be merged as text\n\
             do:   cask gate sync --toolpack toolpacks/shop\n      or ask\nrule: lock.conflict-markers\n\n\
             not judged: nothing was found because nothing was looked at             exit 3\n"
        );
    }

    #[test]
    fn no_stranger_reaches_the_terminal_or_the_edge() {
        let mut error = conflict();
        error.subject = "\u{1b}[2J\nx".into();
        error.message = "word ".repeat(50);
        error.hints = vec!["cask \u{1b}]0;x\u{7} y".into()];
        if let Some(fault) = &mut error.fault {
            fault.excerpt = vec![(3, format!("{}\u{202e}", "製".repeat(300)))].into();
        }
        for width in [40, 80] {
            let shown = terminal(&error, &Style { width, ..Style::default() });
            assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{shown:?}");
            assert!(shown.lines().all(|line| columns(line) <= width), "{shown}");
        }
    }
}
