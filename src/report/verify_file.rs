//! verify_ID.json: what was verified of one toolpack, in the members of the reference system (verify.md §8), with what it
//! came to. Sorted keys, paths from the repository's root, and no time: the same input is the same file.

use serde_json::{Map, Value, json};

use super::escape::json::seen;
use super::json::verify::{check, traced, word};
use crate::model::report::{Report, Verdict};
use crate::model::verified::{Section, SectionReport, State, Verified, VerifiedPack};

/// The files: id of the toolpack, content.
pub fn files(report: &Report) -> Vec<(&str, String)> {
    let packs =
        report.verified.iter().flat_map(|verified| verified.packs.iter().map(move |pack| (verified, pack)));
    packs.map(|(verified, pack)| (pack.id.as_str(), text(&file(report, verified, pack)))).collect()
}

fn text(value: &Value) -> String {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    seen(&text) + "\n"
}

/// As its word for what our verdict says.
fn overall(report: &Report, pack: &VerifiedPack) -> (Verdict, &'static str) {
    let own = report.packs.iter().find(|summary| summary.path == pack.path && summary.id == pack.id);
    let verdict = own.map_or(report.verdict, |summary| summary.verdict);
    let word = match verdict {
        Verdict::Pass => "pass",
        Verdict::Review => "gated",
        Verdict::Breaking => "fail",
        Verdict::Error => "error",
    };
    (verdict, word)
}

fn file(report: &Report, verified: &Verified, pack: &VerifiedPack) -> Value {
    let (verdict, overall) = overall(report, pack);
    let how = &verified.how;
    let mode = match verified.asked.as_slice() {
        [one] => one.word(),
        _ => "all",
    };
    let reasons = report.open().filter(|f| f.subject.path == pack.path && f.weighs > Verdict::Pass);
    let reasons: Vec<Value> = reasons
        .map(|f| json!({"rule": f.rule.id, "message": format!("{} {}", f.aspect, f.change.plain()).trim_start()}))
        .collect();
    let mut whole = Map::new();
    whole.insert("schema_version".into(), json!("1.0"));
    whole.insert("generated_at".into(), json!("1970-01-01T00:00:00Z"));
    whole.insert("toolpack_id".into(), json!(pack.id));
    whole.insert("mode".into(), json!(mode));
    whole.insert("governance_mode".into(), json!(pack.governance.word()));
    whole.insert(
        "config".into(),
        json!({
            "strict": how.strict, "top_k": how.top_k, "min_confidence": how.min_confidence,
            "unknown_budget": how.unknown_budget,
        }),
    );
    for own in &pack.sections {
        let asked = own.why.plain() != crate::model::verified::NOT_ASKED;
        whole.insert(own.section.word().into(), section(own, asked));
    }
    whole.insert(
        "evidence_index".into(),
        json!({"trace_refs": [], "response_slices": refs(pack), "screenshots": [], "dom_snapshots": []}),
    );
    whole.insert("tool_ids".into(), json!(pack.tools));
    whole.insert("overall_status".into(), json!(overall));
    whole.insert("exit_code".into(), json!(verdict.exit_code()));
    whole.insert("reasons".into(), json!(reasons));
    Value::Object(whole)
}

/// A section that nobody asked for is null, provenance apart.
fn section(own: &SectionReport, asked: bool) -> Value {
    let (is_provenance, ran) = (own.section == Section::Provenance, own.state.ran());
    if !asked && !is_provenance {
        return Value::Null;
    }
    // The reference system knows four words: what was not run was skipped, and why is told.
    let status = if ran { word(own.state) } else { "skipped" };
    let mut made = Map::new();
    made.insert("status".into(), json!(status));
    if !own.why.is_empty() {
        made.insert("message".into(), json!(own.why.plain()));
    }
    if is_provenance {
        made.insert("ui_assertions_path".into(), json!(own.file));
        made.insert("basis".into(), json!(own.basis));
        made.insert("results".into(), json!(own.traced.iter().map(traced).collect::<Vec<_>>()));
        return Value::Object(made);
    }
    let path = if own.section == Section::Replay { "baseline_path" } else { "contract_path" };
    made.insert(path.into(), json!(own.file));
    let count = |state| own.count(state);
    made.insert(
        "checks".into(),
        json!({
            "pass_count": count(State::Pass), "fail_count": count(State::Fail),
            "unknown_count": count(State::Unknown), "skipped_count": count(State::Skipped),
            "details": own.checks.iter().map(check).collect::<Vec<_>>(),
        }),
    );
    Value::Object(made)
}

/// The recorded calls that show what pages should.
fn refs(pack: &VerifiedPack) -> Vec<&str> {
    let traced = pack.sections.iter().flat_map(|own| &own.traced);
    let chosen = traced.filter(|own| own.state == State::Pass).filter_map(|own| own.candidates.first());
    let mut refs: Vec<&str> = chosen.flat_map(|own| &own.evidence).map(String::as_str).collect();
    refs.sort_unstable();
    refs.dedup();
    refs
}
