//! A report for programs: `cask.report/1` (formats-v2 §11). Members are only ever added.
//!
//! Values of toolpacks are written as they are, whatever the size of their numbers; characters that cannot
//! be seen, and so might steer a terminal, stand as `\uXXXX`, which is the same JSON.

pub mod shape;
pub mod verify;

use serde_json::value::RawValue;

use self::shape::{
    Approval, Approvals, Axes, Coverage, Error, Found, Gate, Long, Looked, OneSide, Pack, Place, Severities,
    Signatures, Sources, Stands, Subject, Summary, Suppressed, Tools, Trust, Whole,
};
use super::escape::json::seen;
use super::line;
use super::style::Style;
use crate::canon::{Node, digest, json};
use crate::model::finding as model;
use crate::model::finding::{Finding, Side};
use crate::model::report::{PackSummary, Report, Source, SourceKind, Standing, TrustUsed, Unjudged};
use crate::rules::{Axis, Severity};

/// Characters of a value in JSON; what is longer is described.
const VALUE: usize = 2_000;
/// Characters of what is shown of it.
const EXCERPT: usize = 500;

/// The report as indented JSON; ends in a line feed.
pub fn render(report: &Report, _style: &Style) -> String {
    let text = serde_json::to_string_pretty(&Whole::of(report))
        .expect("a report has text for keys and only finite numbers");
    seen(&text) + "\n"
}

impl<'a> Whole<'a> {
    fn of(report: &'a Report) -> Whole<'a> {
        Whole {
            schema: "cask.report/1",
            command: report.command,
            verdict: report.verdict.word(),
            exit_code: report.verdict.exit_code(),
            fail_on: report.fail_on.word(),
            step_exit_code: report.exit_code(),
            summary: Summary::of(report),
            sources: Sources {
                base: side(&report.base),
                head: side(&report.head),
                trust: report.trust.as_ref().map(trust),
                gate: report.gate.as_ref().map(|(source, digest)| Gate { source: side(source), digest }),
            },
            toolpacks: report.packs.iter().map(pack).collect(),
            subjects: report
                .command
                .starts_with("gate")
                .then(|| report.standings.iter().map(stands).collect()),
            findings: report.findings.iter().map(found).collect(),
            verify: report.verified.as_ref().map(verify::shown),
            shard: None,
            error: report.error.as_ref().map(error),
        }
    }
}

impl Summary {
    /// Findings are counted that stand open: those that the base has and those that are suppressed have
    /// counts of their own.
    fn of(report: &Report) -> Summary {
        let counts = &report.counts;
        let of = |severity: Severity| report.open().filter(|f| f.severity == severity).count();
        let on = |axis: Axis| report.open().filter(|f| f.rule.is_on(axis)).count();
        Summary {
            toolpacks: report.packs.len(),
            toolpacks_changed: report.packs.iter().filter(|pack| pack.changed).count(),
            tools: Tools {
                added: counts.tools_added,
                removed: counts.tools_removed,
                changed: counts.tools_changed,
                unchanged: counts.tools_unchanged,
            },
            approvals: Approvals {
                approved: counts.approved,
                pending: counts.pending,
                rejected: counts.rejected,
                exempted: counts.exempted,
                expired: counts.expired,
            },
            signatures: Signatures {
                valid: counts.signatures_valid,
                weak: counts.signatures_weak,
                invalid: counts.signatures_invalid,
            },
            findings: Severities {
                critical: of(Severity::Critical),
                high: of(Severity::High),
                medium: of(Severity::Medium),
                low: of(Severity::Low),
                info: of(Severity::Info),
                known: report.findings.iter().filter(|f| f.known && f.suppressed.is_none()).count(),
                suppressed: report.findings.iter().filter(|f| f.suppressed.is_some()).count(),
            },
            axes: Axes {
                trust: on(Axis::Trust),
                capability: on(Axis::Capability),
                contract: on(Axis::Contract),
                hygiene: on(Axis::Hygiene),
            },
            highest_risk: report.open().filter_map(|f| f.risk).max().map(|tier| tier.word()),
            coverage: report.coverage.map(|own| Coverage {
                exercised: own.exercised,
                operations: own.operations,
                percent: own.percent(),
                min: own.min,
            }),
        }
    }
}

fn subject_of(subject: &model::Subject) -> Subject<'_> {
    Subject { toolpack: &subject.toolpack, kind: subject.kind.word(), id: &subject.id, name: &subject.name }
}

fn stands(standing: &Standing) -> Stands<'_> {
    Stands {
        subject: subject_of(&standing.subject),
        risk: standing.tier.word(),
        status: standing.status.word(),
        have: standing.have,
        need: standing.need,
        signers: &standing.signers,
        until: standing.until.map(|end| end.to_string()),
        note: standing.note.plain(),
        target: &standing.target,
    }
}

fn side(source: &Source) -> OneSide<'_> {
    let named = matches!(source.kind, SourceKind::Folder | SourceKind::File);
    OneSide {
        kind: source.kind.word(),
        commit: source.commit.as_deref(),
        path: named.then_some(source.name.as_str()),
    }
}

fn trust(trust: &TrustUsed) -> Trust<'_> {
    Trust {
        source: side(&trust.source),
        version: trust.version,
        digest: &trust.digest,
        anchored: trust.anchored,
    }
}

fn pack(pack: &PackSummary) -> Pack<'_> {
    Pack { id: &pack.id, path: &pack.path, verdict: pack.verdict.word(), tools: pack.tools }
}

fn found(finding: &Finding) -> Found<'_> {
    let mut axes = finding.rule.axes.to_vec();
    axes.sort();
    let subject = &finding.subject;
    let mut why = vec![finding.here.plain()];
    why.extend(finding.why.iter().map(|phrase| phrase.plain()));
    Found {
        rule: finding.rule.id,
        axes: axes.into_iter().map(Axis::word).collect(),
        severity: finding.severity.word(),
        risk: finding.risk.map(|tier| tier.word()),
        subject: subject_of(subject),
        place: Place {
            file: &finding.place.file,
            line: finding.place.line,
            pointer: &finding.place.pointer,
            side: (finding.place.side == Side::Base).then_some("base"),
        },
        before: finding.before.as_ref().map(value),
        after: finding.after.as_ref().map(value),
        message: finding.message().plain(),
        why,
        next: line::next(finding),
        fingerprint: finding.fingerprint(),
        tracking: finding.tracking(),
        approval: Approval {
            state: finding.approval.state.word(),
            have: finding.approval.have,
            need: finding.approval.need,
            signers: &finding.approval.signers,
            reasons: finding.approval.reasons.iter().map(|reason| reason.rule.id).collect(),
        },
        known: finding.known,
        suppressed: finding.suppressed.as_ref().map(|s| Suppressed {
            rule: finding.rule.id,
            reason: &s.reason,
            owner: &s.owner,
            expires: &s.expires,
        }),
    }
}

/// The value itself, or what can be said of one that is too long.
fn value(node: &Node) -> Box<RawValue> {
    let text = json::compact(node);
    let raw = if text.chars().nth(VALUE).is_none() {
        RawValue::from_string(text)
    } else {
        let whole = json::canonical(node);
        let start = node.as_text().unwrap_or(&text);
        let cut = start.char_indices().nth(EXCERPT).map_or(start.len(), |(at, _)| at);
        let sha256 = digest::sha256_hex(whole.as_bytes());
        serde_json::value::to_raw_value(&Long { excerpt: &start[..cut], bytes: whole.len(), sha256: &sha256 })
    };
    raw.unwrap_or_else(|_| RawValue::NULL.to_owned())
}

fn error(error: &Unjudged) -> Error<'_> {
    Error {
        kind: error.kind,
        message: &error.message,
        hints: &error.hints,
        subject: &error.subject,
        place: error.fault.as_ref().map(|fault| Place {
            file: &fault.file,
            line: fault.line,
            pointer: &fault.pointer,
            side: None,
        }),
        looked: error.looked.iter().map(|(label, text)| Looked { label, text }).collect(),
        why: &error.why,
        rule: error.rule.map(|rule| rule.id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canon::node::Value;

    #[test]
    fn values_keep_every_digit_and_long_ones_are_described() {
        let big = "123456789012345678901234567890";
        assert_eq!(value(&Node::new(Value::Int(big.into()))).get(), big);
        assert_eq!(value(&Node::new(Value::Float(1.0))).get(), "1.0");
        let long = value(&Node::text("é".repeat(2_000)));
        let read: serde_json::Value = serde_json::from_str(long.get()).expect("JSON");
        assert_eq!(
            (read["excerpt"].as_str().map(|t| t.chars().count()), &read["bytes"]),
            (Some(500), &12_002.into())
        );
        assert_eq!(read["sha256"].as_str().map(str::len), Some(64));
    }
}
