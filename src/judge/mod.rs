//! ENGINE: findings and approvals in, one report with one verdict out.
//!
//! The only place where severity, acknowledgement, suppression and fail-on meet. The steps run in this order:
//! attach approvals to changes, fold what the base already has, apply gate.yaml, sort, weigh.

mod attach;
mod counts;
mod next;
mod order;
pub mod pack;
mod suppress;
pub mod verdict;

use std::collections::HashSet;

use crate::canon::time::Timestamp;
use crate::model::finding::Finding;
use crate::model::gate_config::{FailOn, GateFile};
use crate::model::report::{PackSummary, Publication, Report, Source, TrustUsed, Verdict};
use crate::model::risk::RiskTier;
use crate::model::trust::Trust;
use pack::JudgedPack;

/// Everything that a report is made from.
pub struct Input<'a> {
    /// `ci`, `diff`, `gate check`.
    pub command: &'static str,
    /// The gate's configuration in force (its defaults where there is none).
    pub gate: &'a GateFile,
    /// The stricter of gate.yaml, option and input.
    pub fail_on: FailOn,
    /// The stricter of gate.yaml, option and input.
    pub min_risk: RiskTier,
    /// The toolpacks, by path.
    pub packs: Vec<JudgedPack>,
    /// What was found about the repository: trust file, gate.yaml, discovery.
    pub repository: Vec<Finding>,
    /// The trust file that judged.
    pub trust: Option<&'a Trust>,
    /// How it is shown.
    pub trust_used: Option<TrustUsed>,
    /// Where gate.yaml was read, and its digest.
    pub gate_source: Option<(Source, String)>,
    /// What it was compared with.
    pub base: Source,
    /// What was judged.
    pub head: Source,
    /// For links.
    pub publication: Publication,
    /// The machine's clock.
    pub now: Timestamp,
    /// The name of the base branch in commands to paste, if it is safe there.
    pub base_name: Option<String>,
}

/// Makes the one report.
pub fn judge(input: Input) -> Report {
    let mut findings = input.repository;
    let mut standings = Vec::new();
    let mut counts = counts::of(&input.packs);
    let mut packs = Vec::new();
    for pack in input.packs {
        packs.push((pack.id.clone(), pack.name.clone(), pack.path.clone(), pack.tools, pack.changed));
        standings.extend(pack.states.iter().map(|s| s.standing.clone()));
        findings.extend(attach::attach(pack));
    }
    drop_repeated(&mut findings);
    let said = suppress::apply(&mut findings, input.gate, input.now);
    findings.extend(said);
    order::sort(&mut findings);
    counts.expired = findings.iter().filter(|f| f.rule == crate::rules::gate::EXPIRED).count();
    for finding in &mut findings {
        finding.weighs = verdict::weigh(finding, input.min_risk);
    }
    let worst = |path: Option<&str>| {
        let mine = findings
            .iter()
            .filter(|f| path.is_none_or(|p| f.subject.path == p && !f.subject.toolpack.is_empty()));
        mine.map(|f| f.weighs).max().unwrap_or(Verdict::Pass)
    };
    let verdict = worst(None);
    let packs: Vec<PackSummary> = packs
        .into_iter()
        .map(|(id, name, path, tools, changed)| PackSummary {
            verdict: worst(Some(&path)),
            id,
            name,
            path,
            tools,
            changed,
        })
        .collect();
    let next = next::steps(&findings, input.trust, input.base_name.as_deref());
    Report {
        command: input.command,
        tool_version: env!("CARGO_PKG_VERSION"),
        verdict,
        fail_on: input.fail_on,
        base: input.base,
        head: input.head,
        trust: input.trust_used,
        gate: input.gate_source,
        packs,
        counts,
        findings,
        standings,
        looked_at: Vec::new(),
        not_looked_at: Vec::new(),
        notes: Vec::new(),
        next,
        publication: input.publication,
        owners_to_confirm: Vec::new(),
        pin: None,
        error: None,
    }
}

/// The same cause told by two engines is one finding.
fn drop_repeated(findings: &mut Vec<Finding>) {
    let mut seen = HashSet::new();
    findings.retain(|f| {
        seen.insert((
            f.rule.id,
            f.subject.clone(),
            f.place.pointer.clone(),
            f.place.file.clone(),
            f.change.plain(),
        ))
    });
}
