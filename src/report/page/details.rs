//! The evidence of a page: for each subject a fold with the difference and with every rule's meaning here.

use std::collections::{HashMap, HashSet};

use super::inline::{command, names, say};
use super::table::name;
use crate::canon::{Node, json};
use crate::model::finding::{Covers, Finding, SubjectKind};
use crate::model::phrase::Phrase;
use crate::report::escape::markdown::{Info, Sink, code, fence};
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
/// Most places whose difference is shown.
const PLACES: usize = 12;

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
    let policy = row.subject.kind == SubjectKind::Policy;
    if let Some(finding) = row.findings.iter().find(|f| !policy && !f.facts.is_empty()) {
        let aspect = if finding.aspect.is_empty() { "new" } else { finding.aspect };
        body.push(format!("@@ {aspect} @@"));
        body.extend(facts(&finding.facts));
    }
    let new = !body.is_empty();
    let places = places(row);
    for (pointer, before, after) in
        places.iter().take(PLACES).filter(|(_, before, _)| !new || before.is_some())
    {
        let hunks = match (before, after) {
            (Some(before), Some(after)) => patch::hunks(before, after, pointer),
            (before, after) => vec![patch::between(*before, *after, pointer)],
        };
        body.push(patch::body(&hunks));
    }
    if places.len() > PLACES {
        body.push(format!("@@ … {} more places differ @@", places.len() - PLACES));
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

type Change<'a> = (String, Option<&'a Node>, Option<&'a Node>);

/// The places that differ, each once. Several findings can be about one text: then its longest form counts.
fn places<'a>(row: &Row<'a>) -> Vec<Change<'a>> {
    let mut places: Vec<Change> = Vec::new();
    let mut at: HashMap<String, Vec<usize>> = HashMap::new();
    for finding in row.findings.iter().filter(|f| f.before.is_some() || f.after.is_some()) {
        let change = (pointer(finding), finding.before.as_ref(), finding.after.as_ref());
        let text = |c: &Change| [c.1, c.2].into_iter().flatten().all(|n| n.as_text().is_some());
        let size =
            |c: &Change| [c.1, c.2].into_iter().flatten().map(|n| json::compact(n).len()).sum::<usize>();
        let known = at.entry(change.0.clone()).or_default();
        let same = |i: &&usize| places.get(**i).is_some_and(|p| text(p) && text(&change) || *p == change);
        match known.iter().find(same).copied() {
            Some(i) if size(&places[i]) < size(&change) => places[i] = change,
            Some(_) => {}
            None => {
                known.push(places.len());
                places.push(change);
            }
        }
    }
    places
}

/// The pointer inside the subject: for a tool without the steps that lead to it.
fn pointer(finding: &Finding) -> String {
    let whole = finding.place.pointer.as_str();
    let inside = whole.strip_prefix("/actions/").filter(|_| finding.subject.kind == SubjectKind::Tool);
    match inside {
        Some(rest) => rest.find('/').map_or_else(String::new, |at| rest[at..].to_owned()),
        None => whole.to_owned(),
    }
}

/// What a policy now decides for each tool that it decides otherwise.
fn effects(row: &Row) -> Option<String> {
    if row.subject.kind != SubjectKind::Policy {
        return None;
    }
    let facts: Vec<&(String, String)> = row.findings.iter().flat_map(|f| &f.facts).collect();
    if facts.is_empty() {
        return None;
    }
    let mut lines = vec!["| Tool | Before | After |".to_owned(), "| :-- | :-- | :-- |".to_owned()];
    for (tool, effect) in facts.iter().take(FACTS) {
        let (before, after) = effect.split_once(" → ").unwrap_or(("", effect));
        lines.push(format!(
            "| {} | {} | {} |",
            code(tool, 80),
            decision(before, false),
            decision(after, true)
        ));
    }
    if facts.len() > FACTS {
        lines.push(format!("| {} more tools | | |", number(facts.len() - FACTS)));
    }
    Some(lines.join("\n"))
}

/// A decision in plain words; anything that is more than lower-case words is foreign text.
fn decision(text: &str, new: bool) -> String {
    let plain = text.len() <= 60 && text.bytes().all(|b| b.is_ascii_lowercase() || b == b' ');
    match text.trim() {
        "" => String::new(),
        words if plain && new => format!("**{words}**"),
        words if plain => words.to_owned(),
        _ => code(text, 120),
    }
}

/// Every rule and what it means here.
fn meanings(row: &Row) -> String {
    let mut rows: Vec<(&'static str, String)> = Vec::new();
    let mut told = HashSet::new();
    let found = row.findings.iter().map(|f| (f.rule.id, meaning(f)));
    for (rule, here) in found.chain(row.reasons().iter().map(|r| (r.rule.id, say(&r.here)))) {
        if told.insert((rule, here.clone())) {
            rows.push((rule, here));
        }
    }
    let mut lines = vec!["| Rule | What it means here |".to_owned(), "| :-- | :-- |".to_owned()];
    lines.extend(rows.iter().take(RULES).map(|(rule, here)| format!("| {} | {here} |", command(rule))));
    if rows.len() > RULES {
        lines.push(format!("| and {} more | |", number(rows.len() - RULES)));
    }
    lines.join("\n")
}

fn meaning(finding: &Finding) -> String {
    let mut said: Vec<String> = Vec::new();
    let title = Phrase::say(finding.rule.title);
    let here = (finding.here != title || finding.why.is_empty()).then_some(&finding.here);
    for phrase in here.into_iter().chain(finding.why.iter().take(6)) {
        let text = say(phrase);
        if !text.is_empty() && !said.contains(&text) {
            said.push(text);
        }
    }
    said.join("; ")
}
