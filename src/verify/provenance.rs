//! Provenance: which tool's call does what a page shows come from (verify.md §6). Four signals make a score by fixed
//! weights. Without a recording they are told from names alone, which is a guess and marked so; with one, from what the
//! recorded calls answered.

use super::operations::{Operation, Operations, place};
use super::recorded::Recorded;
use super::schemas::answer;
use super::seen::names;
use crate::model::finding::Finding;
use crate::model::page_assertions::{PageAssertion, PageAssertions};
use crate::model::phrase::Phrase;
use crate::model::tool::Tool;
use crate::model::verified::{Candidate, Section, SectionReport, State, Strictness, Traced};
use crate::rules::{Severity, verify};

/// How much each signal counts: timing, content, shape, repetition.
const WEIGHTS: [f64; 4] = [0.30, 0.35, 0.25, 0.10];
/// From which score on something is an answer of the API, rather than a state of the page.
const RESPONSE: f64 = 0.55;
/// The least that timing tells, and how much less it tells with each step away.
const LEAST: f64 = 0.2;
const STEP: f64 = 0.12;

/// What a page showed of what it should: it, or what is instead.
pub type Sighted = Result<(), String>;

/// What is known of pages beside what names tell.
#[derive(Clone, Copy, Default)]
pub struct Seen<'r> {
    /// What was called.
    pub recorded: Option<&'r Recorded>,
    /// What the pages showed, assertion by assertion, where they were looked at.
    pub sighted: Option<&'r [Sighted]>,
}

/// Traces every assertion. One that does not hold on the page fails, whatever call it could come from.
pub fn run(
    operations: &Operations,
    pages: &PageAssertions,
    Seen { recorded, sighted }: Seen,
    how: Strictness,
) -> (SectionReport, Vec<Finding>) {
    let mut standing: Vec<Standing> =
        operations.pack.manifest.tools.iter().map(|tool| (tool, None)).collect();
    for operation in &operations.all {
        for tool in &operation.tools {
            standing[tool.index].1 = Some(operation);
        }
    }
    let all = pages.all.iter().enumerate();
    let unmet = |at: usize| sighted.and_then(|all| all.get(at)).and_then(|own| own.as_ref().err());
    let traced: Vec<Traced> = all
        .map(|(at, assertion)| {
            let own = trace(operations, &standing, (at, assertion), recorded, how);
            match unmet(at) {
                Some(why) => {
                    let note = Phrase::say("the page does not show it: ").and_say(why.clone());
                    Traced { state: State::Fail, note, ..own }
                }
                None => own,
            }
        })
        .collect();
    let mut findings = Vec::new();
    for (n, (assertion, own)) in pages.all.iter().zip(&traced).enumerate() {
        if own.state == State::Pass {
            continue;
        }
        let at = place(&pages.file, assertion.line, &assertion.pointer);
        let rule = if unmet(n).is_some() { verify::CONTRACT_BROKEN } else { verify::UNMAPPED };
        let finding = Finding::new(rule, operations.of_pack(), at)
            .says("page", Phrase::quote(&own.name).and_say(": ").and(own.note.clone()));
        findings.push(match own.state {
            State::Fail => finding.severity(Severity::High),
            _ => finding,
        });
    }
    let open = traced.iter().filter(|own| own.state == State::Unknown).count();
    if !traced.is_empty() && open as f64 / traced.len() as f64 > how.unknown_budget {
        let told =
            format!("{open} of {}, where {:.0} % may be", traced.len(), (how.unknown_budget * 100.0).round());
        findings.push(
            Finding::new(verify::UNKNOWN_BUDGET, operations.of_pack(), place(&pages.file, 1, ""))
                .says("pages", Phrase::say(told)),
        );
    }
    let state = match traced.is_empty() {
        true => State::Skipped,
        false => State::of(traced.iter().map(|own| own.state)),
    };
    let why = if traced.is_empty() { Phrase::say("no assertion about a page") } else { Phrase::default() };
    let report = SectionReport {
        file: Some(pages.file.clone()),
        basis: Some(if recorded.is_some() { "recorded" } else { "heuristic" }),
        traced,
        ..SectionReport::without(Section::Provenance, state, why)
    };
    (report, findings)
}

/// A tool, and the operation that it stands on.
type Standing<'s, 'a> = (&'a Tool, Option<&'s Operation<'a>>);

fn trace(
    operations: &Operations,
    standing: &[Standing],
    (at, assertion): (usize, &PageAssertion),
    recorded: Option<&Recorded>,
    how: Strictness,
) -> Traced {
    let all = standing.iter().enumerate();
    let mut candidates: Vec<Candidate> = all
        .map(|(index, (tool, own))| match recorded {
            Some(recorded) => by_calls(operations, tool, *own, (at, assertion), recorded),
            None => candidate(tool, by_names(tool, index, assertion), Vec::new()),
        })
        .collect();
    // Equal ones stay in the order of the manifest.
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
    let (state, note) = judged(&candidates, recorded.is_some(), how);
    candidates.truncate(how.top_k);
    Traced { name: assertion.name.clone(), state, candidates, note }
}

fn judged(candidates: &[Candidate], is_recorded: bool, how: Strictness) -> (State, Phrase) {
    let Some(first) = candidates.first() else {
        return (State::Fail, Phrase::say("the toolpack has no tool that it could come from"));
    };
    let sure = first.signals.iter().filter(|signal| **signal >= how.min_confidence).count();
    // Of several whose recorded answers show it alike, none is known to be the one.
    let twin = candidates.get(1).filter(|second| is_recorded && second.score == first.score);
    match twin {
        Some(second) => {
            let both = Phrase::quote(&first.tool).and_say(" and ").and_quote(&second.tool);
            (State::Unknown, both.and_say(" answer with it alike"))
        }
        None if first.score >= how.min_confidence && sure >= 2 && first.is_response => {
            (State::Pass, Phrase::say("of ").and_quote(&first.tool))
        }
        None => (State::Unknown, Phrase::say("insufficient confidence for deterministic mapping")),
    }
}

fn candidate(tool: &Tool, signals: [f64; 4], evidence: Vec<String>) -> Candidate {
    let signals = signals.map(rounded);
    let score = rounded(WEIGHTS.iter().zip(signals).fold(0.0, |sum, (weight, signal)| sum + weight * signal));
    Candidate {
        tool: tool.name.clone(),
        request: format!("{}|{}|{}", tool.method, tool.host, tool.full_path()),
        score,
        signals,
        is_response: score >= RESPONSE,
        evidence,
    }
}

/// To three decimals, as the reference system writes them.
fn rounded(value: f64) -> f64 {
    format!("{value:.3}").parse().unwrap_or(value)
}

/// What names tell: the place in the manifest, the expected text in names and path, words of the path, the method.
fn by_names(tool: &Tool, index: usize, assertion: &PageAssertion) -> [f64; 4] {
    let timing = (1.0 - STEP * index as f64).max(LEAST);
    let words = format!("{} {} {} {}", tool.id, tool.name, tool.host, tool.full_path()).to_lowercase();
    let text = assertion.text.trim().to_lowercase();
    let content = if !text.is_empty() && words.contains(&text) { 1.0 } else { 0.35 };
    let path = tool.full_path().to_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| path.contains(part));
    let shape = match () {
        () if has(&["search"]) => 0.9,
        () if has(&["facet", "filter"]) => 0.85,
        () if has(&["product", "detail", "item"]) => 0.8,
        () => 0.5,
    };
    [timing, content, shape, if tool.method == "GET" { 0.7 } else { 0.5 }]
}

/// What recorded calls tell: how long before the end of the recording it was answered, whether it was, whether the
/// locked schema names the field, how often the operation was called.
fn by_calls(
    operations: &Operations,
    tool: &Tool,
    own: Option<&Operation>,
    (at, assertion): (usize, &PageAssertion),
    recorded: &Recorded,
) -> Candidate {
    let shows = own.and_then(|own| recorded.shows(own.entry, at));
    let repetition = match own.map_or(0, |own| recorded.count(own.entry)) {
        0 => 0.0,
        1 => 0.5,
        _ => 0.7,
    };
    let Some((own, shows)) = own.zip(shows) else {
        return candidate(tool, [LEAST, 0.0, 0.5, repetition], Vec::new());
    };
    // Recordings have whole seconds; a window that ends within one has that second.
    let window = i64::try_from(assertion.window_ms.div_ceil(1_000)).unwrap_or(i64::MAX).max(1);
    let gap = shows.at.and_then(|answered| recorded.before_end(answered));
    let timing = gap.map_or(LEAST, |gap| {
        let windows = (gap - 1).max(0) / window;
        (1.0 - STEP * windows as f64).max(LEAST)
    });
    let defs = operations.pack.baseline.raw.get("$defs");
    let is_named = answer(own, Some(tool)).is_some_and(|answer| names(answer.schema, &shows.way, defs));
    let evidence = shows.calls.iter().map(|call| format!("recording/{call}")).collect();
    candidate(tool, [timing, 1.0, if is_named { 0.9 } else { 0.5 }, repetition], evidence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_those_of_the_reference_system() {
        // 0.30·0.88 + 0.35·0.35 + 0.25·0.5 + 0.10·0.7, and what its own rounding makes of a half.
        let score = |signals: [f64; 4]| {
            rounded(WEIGHTS.iter().zip(signals).fold(0.0, |sum, (weight, signal)| sum + weight * signal))
        };
        for (signals, wanted) in [
            ([1.0, 1.0, 0.9, 0.7], 0.945),
            ([1.0, 0.35, 0.5, 0.7], 0.617),
            ([0.2, 0.35, 0.5, 0.5], 0.357),
            ([0.88, 1.0, 0.8, 0.7], 0.884),
        ] {
            assert_eq!(score(signals), wanted, "{signals:?}");
        }
    }
}
