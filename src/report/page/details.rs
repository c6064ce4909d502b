//! The evidence of a page: for each subject a fold with the difference and with every rule's meaning here.

use super::inline::{command, names, say};
use super::table::name;
use crate::model::finding::{Covers, SubjectKind};
use crate::report::escape::markdown::{Info, Sink, code, fence};
use crate::report::evidence;
use crate::report::patch;
use crate::report::row::{Class, Row};
use crate::report::width::{columns, lines, pad};
use crate::report::words::{is_new, number};

/// Most rules in a fold.
const RULES: usize = 30;
/// Most facts of something new.
const FACTS: usize = 40;
/// Columns of a fact.
const FACT: usize = patch::WIDTH;

/// A fold; its body is set off by empty lines, as GitHub needs it.
pub fn fold(summary: &str, body: &str) -> String {
    format!("<details><summary>{summary}</summary>\n\n{body}\n\n</details>")
}

/// All about one subject.
pub fn subject(row: &Row, diffs: bool) -> String {
    let mut blocks = Vec::new();
    if diffs {
        blocks.extend(difference(row));
    }
    blocks.extend(effects(row));
    blocks.push(meanings(row));
    fold(&summary(row), &blocks.join("\n\n"))
}

/// Which subject, and what is told of it.
fn summary(row: &Row) -> String {
    let risk = row.findings.iter().filter_map(|f| f.risk).max();
    let file = matches!(row.subject.kind, SubjectKind::Trust | SubjectKind::GateConfig);
    let name = match row.place() {
        Some(place) if file && !place.file.is_empty() => code(&place.file, 120),
        _ => name(row),
    };
    let stale = row.reasons().iter().any(|r| r.rule.id == "gate.definition-mismatch");
    let told = match (row.subject.kind, row.class) {
        _ if row.covers == Covers::Withdrawal => "gone, and not withdrawn by a signature".to_owned(),
        (SubjectKind::Trust | SubjectKind::GateConfig, Class::Stops) => "not signed by its owners".to_owned(),
        (SubjectKind::Policy, _) => "effective decision before and after".to_owned(),
        _ if is_new(row) => match risk {
            Some(tier) => format!("new, risk {}, and why", tier.word()),
            None => "new, and why".to_owned(),
        },
        _ if row.exempted().is_some() && !row.is_change() => "let in without an approval".to_owned(),
        _ if row.findings.iter().all(|f| f.ends.is_some()) => "approval that ends soon".to_owned(),
        _ if stale => "what changed since it was approved".to_owned(),
        _ if !row.is_change() => "why its approvals do not count".to_owned(),
        (_, Class::Approved) => format!("what changed, approved by {}", names(row.signers())),
        _ => "what changed".to_owned(),
    };
    format!("{name}: {told}")
}

/// The facts of something new, or what differs place by place, as one diff.
fn difference(row: &Row) -> Option<String> {
    let mut body = Vec::new();
    if let Some((aspect, known)) = evidence::facts(row) {
        body.push(format!("@@ {aspect} @@"));
        body.extend(facts(known));
    }
    let (hunks, more) = evidence::differences(row, !body.is_empty());
    body.extend(hunks.iter().map(|hunk| patch::body(std::slice::from_ref(hunk))));
    if more > 0 {
        body.push(format!("@@ … {more} more places differ @@"));
    }
    body.retain(|lines| !lines.is_empty());
    (!body.is_empty()).then(|| fence(Info::Diff, &body.join("\n"), Sink::Comment))
}

/// Label and value in two columns, all added.
fn facts(facts: &[(String, String)]) -> Vec<String> {
    let shown = |text: &str| crate::report::escape::visible(text, 2_000);
    let label = |text: &str| crate::report::width::cut(&shown(text), 24);
    let width = facts.iter().map(|(l, _)| columns(&label(l))).max().unwrap_or(0).max(12);
    let mut out = Vec::new();
    for (name, value) in facts.iter().take(FACTS) {
        let (head, room) = match name.as_str() {
            "" => (String::new(), FACT),
            name => (format!("{}  ", pad(&label(name), width)), FACT - width - 2),
        };
        for (i, line) in lines(&shown(value), room).iter().enumerate() {
            let head = if i == 0 { head.clone() } else { " ".repeat(columns(&head)) };
            out.push(format!("+ {head}{line}").trim_end_matches(' ').to_owned());
        }
    }
    if facts.len() > FACTS {
        out.push(format!("@@ … {} more @@", facts.len() - FACTS));
    }
    out
}

/// What a policy now decides for each tool that it decides otherwise.
fn effects(row: &Row) -> Option<String> {
    let effects = evidence::effects(row);
    if effects.is_empty() {
        return None;
    }
    let mut lines = vec!["| Tool | Before | After |".to_owned(), "| :-- | :-- | :-- |".to_owned()];
    for (tool, before, after) in effects.iter().take(FACTS) {
        lines.push(format!(
            "| {} | {} | {} |",
            code(tool, 80),
            decision(before, false),
            decision(after, true)
        ));
    }
    if effects.len() > FACTS {
        lines.push(format!("| {} more tools | | |", number(effects.len() - FACTS)));
    }
    Some(lines.join("\n"))
}

/// A decision in plain words.
fn decision(text: &str, new: bool) -> String {
    match text {
        "" => String::new(),
        words if evidence::is_plain(words) && new => format!("**{words}**"),
        words if evidence::is_plain(words) => words.to_owned(),
        _ => code(text, 120),
    }
}

/// Every rule and what it means here.
fn meanings(row: &Row) -> String {
    let rows = evidence::meanings(row);
    let mut lines = vec!["| Rule | What it means here |".to_owned(), "| :-- | :-- |".to_owned()];
    lines.extend(rows.iter().take(RULES).map(|(rule, said)| {
        let said: Vec<String> = said.iter().map(say).filter(|text| !text.is_empty()).collect();
        format!("| {} | {} |", command(rule), said.join("; "))
    }));
    if rows.len() > RULES {
        lines.push(format!("| and {} more | |", number(rows.len() - RULES)));
    }
    lines.join("\n")
}
