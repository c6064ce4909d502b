//! A row in; out comes what the pages show as its evidence: facts of something new, what differs place by place,
//! what a policy decides otherwise, and what every rule means here.

use std::collections::{HashMap, HashSet};

use super::patch::{self, Hunk};
use super::row::Row;
use crate::canon::{Node, json};
use crate::model::finding::{Finding, SubjectKind};
use crate::model::phrase::Phrase;

/// Most places whose difference is shown.
const PLACES: usize = 12;
/// Most sentences of evidence beside a rule.
const WHY: usize = 6;

/// Label and value of each thing that is known about something new.
pub type Facts = [(String, String)];

/// The facts of something new, and which part of the subject they are about.
pub fn facts<'a>(row: &Row<'a>) -> Option<(&'a str, &'a Facts)> {
    let policy = row.subject.kind == SubjectKind::Policy;
    let finding = row.findings.iter().copied().find(|f| !policy && !f.facts.is_empty())?;
    Some((if finding.aspect.is_empty() { "new" } else { &finding.aspect }, &finding.facts))
}

/// What differs, and how many more places do. Of what is new, only what was something else before: the rest
/// is told by its facts.
pub fn differences(row: &Row, new: bool) -> (Vec<Hunk>, usize) {
    let places = places(row);
    let mut found = Vec::new();
    for (pointer, before, after) in
        places.iter().take(PLACES).filter(|(_, before, _)| !new || before.is_some())
    {
        match (before, after) {
            (Some(before), Some(after)) => found.extend(patch::hunks(before, after, pointer)),
            (before, after) => found.push(patch::between(*before, *after, pointer)),
        }
    }
    (found, places.len().saturating_sub(PLACES))
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

/// For each tool that a policy decides otherwise: its name, the decision before and the one now.
pub fn effects<'a>(row: &Row<'a>) -> Vec<(&'a str, &'a str, &'a str)> {
    if row.subject.kind != SubjectKind::Policy {
        return Vec::new();
    }
    let facts = row.findings.iter().copied().flat_map(|f| &f.facts);
    facts
        .map(|(tool, effect)| {
            let (before, after) = effect.split_once(" → ").unwrap_or(("", effect));
            (tool.as_str(), before.trim(), after.trim())
        })
        .collect()
}

/// Whether a decision is in words of ours; anything that is more than lower-case words is foreign text.
pub fn is_plain(decision: &str) -> bool {
    decision.len() <= 60 && decision.bytes().all(|b| b.is_ascii_lowercase() || b == b' ')
}

/// Every rule and what it means here, each once; then why approvals do not count.
pub fn meanings(row: &Row) -> Vec<(&'static str, Vec<Phrase>)> {
    let mut told = HashSet::new();
    let found = row.findings.iter().map(|f| (f.rule.id, meaning(f)));
    let reasons = row.reasons().into_iter().map(|r| (r.rule.id, vec![r.here.clone()]));
    found.chain(reasons).filter(|line| told.insert(line.clone())).collect()
}

fn meaning(finding: &Finding) -> Vec<Phrase> {
    let mut said: Vec<Phrase> = Vec::new();
    let title = Phrase::say(finding.rule.title);
    let here = (finding.here != title || finding.why.is_empty()).then_some(&finding.here);
    for phrase in here.into_iter().chain(finding.why.iter().take(WHY)) {
        if !phrase.is_empty() && !said.contains(phrase) {
            said.push(phrase.clone());
        }
    }
    said
}
