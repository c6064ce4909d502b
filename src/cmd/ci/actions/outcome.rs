//! What a judged run comes to for the steps after it: a report in, the outputs out.

use crate::github::outputs::Outputs;
use crate::model::report::{Report, SourceKind, Verdict};
use crate::model::risk::RiskTier;

/// The outputs that a report gives; places and addresses are set by whoever has them.
pub fn outputs(report: &Report) -> Outputs {
    let mut out = Outputs::default();
    // No toolpack matches, and nothing else was found: nobody can take that for a judgement of one.
    let is_skipped =
        report.verdict != Verdict::Error && report.packs.is_empty() && report.findings.is_empty();
    out.set("outcome", if is_skipped { "skipped" } else { word(report.verdict) });
    out.set("exit-code", report.verdict.exit_code().to_string());
    out.set("changed", report.packs.iter().any(|pack| pack.changed).to_string());
    out.set("counts", counts(report));
    let highest = report.open().filter_map(|finding| finding.risk).max();
    out.set("highest-risk", highest.map_or("none", RiskTier::word));
    out.set("base-sha", report.base.commit.clone().unwrap_or_default());
    out.set("head-sha", report.head.commit.clone().unwrap_or_default());
    out.set("trust-source", trust(report));
    out.set("cask-version", report.tool_version);
    out
}

/// The word for a verdict in workflows.
pub fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Review => "warn",
        Verdict::Breaking => "fail",
        Verdict::Error => "error",
    }
}

fn counts(report: &Report) -> String {
    let counts = &report.counts;
    let waits = report.standings.iter().filter(|standing| standing.have < standing.need);
    let unsigned = waits.filter(|standing| standing.have == 0).count();
    let breaking = report.open().filter(|finding| finding.weighs == Verdict::Breaking).count();
    let unapproved = counts.pending + counts.rejected + counts.expired;
    format!(
        "{{\"added\":{},\"removed\":{},\"changed\":{},\"unapproved\":{unapproved},\"unsigned\":{unsigned},\"bad_signature\":{},\"breaking\":{breaking}}}",
        counts.tools_added, counts.tools_removed, counts.tools_changed, counts.signatures_invalid
    )
}

fn trust(report: &Report) -> String {
    let Some(source) = report.trust.as_ref().map(|trust| &trust.source) else { return "none".to_owned() };
    match (source.kind, &source.commit) {
        (SourceKind::Git, Some(commit)) => format!("git:{commit}"),
        (SourceKind::Server, Some(commit)) => format!("api:{commit}"),
        _ => "input".to_owned(),
    }
}
