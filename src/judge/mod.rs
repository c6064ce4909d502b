//! ENGINE: findings and approvals in, one report with one verdict out.
//!
//! The only place where severity, acknowledgement, suppression and fail-on meet. The steps run in this order:
//! attach approvals to changes, fold what the base already has, apply gate.yaml, sort, weigh, leave out what
//! gate.yaml does not want to hear of, hide credentials.

mod attach;
mod counts;
pub mod hide;
mod narrow;
pub mod next;
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
    let known_as: Vec<(String, String)> =
        input.packs.iter().filter_map(|p| Some((p.path.clone(), p.known_as.clone()?))).collect();
    // The word of gate.yaml is about pull requests; other commands have an option.
    let narrow = (input.command == "ci").then_some(input.gate.toolset.as_deref()).flatten();
    let narrow = narrow.map(|toolset| narrow::Narrow::to(toolset, &input.packs));
    for pack in input.packs {
        packs.push((pack.id.clone(), pack.name.clone(), pack.path.clone(), pack.tools, pack.changed));
        standings.extend(pack.states.iter().map(|s| s.standing.clone()));
        findings.extend(attach::attach(pack));
    }
    drop_repeated(&mut findings);
    let ground = suppress::Ground {
        gate: input.gate,
        names: known_as.iter().map(|(path, name)| (path.as_str(), name.as_str())).collect(),
        is_whole: input.command == "ci",
        now: input.now,
    };
    let said = suppress::apply(&mut findings, &ground);
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
    let mut packs: Vec<PackSummary> = packs
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
    let note = narrow.map(|narrow| narrow.apply(&mut findings));
    findings.iter_mut().for_each(hide::in_finding);
    standings.iter_mut().for_each(hide::in_standing);
    packs.iter_mut().for_each(|pack| hide::in_text(&mut pack.name));
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
        notes: note.into_iter().collect(),
        next,
        coverage: None,
        verified: None,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canon::Node;
    use crate::model::finding::{Place, Side, Subject, SubjectKind};
    use crate::model::gate_config::Suppression;
    use crate::rules::text;

    #[test]
    fn a_change_takes_no_name_that_a_suppression_is_about() {
        let gate = GateFile {
            suppressions: vec![Suppression {
                rule: text::SECRET_LITERAL.id.into(),
                toolpack: Some("Noisy".into()),
                tool: None,
                pointer: None,
                reason: "known".into(),
                owner: "alice".into(),
                expires: "2027-01-31".into(),
                line: 0,
            }],
            ..GateFile::default()
        };
        let quiet = |known_as: Option<&str>| {
            let subject = Subject {
                path: "packs/shop".into(),
                toolpack: "tp_shop".into(),
                kind: SubjectKind::Tool,
                id: "0b6b49c107c2370b".into(),
                name: "list".into(),
            };
            let place = Place { file: "f".into(), line: 1, pointer: String::new(), side: Side::Head };
            let pack = JudgedPack {
                name: "Noisy".into(),
                known_as: known_as.map(str::to_owned),
                path: "packs/shop".into(),
                changes: vec![Finding::new(text::SECRET_LITERAL, subject, place)],
                ..JudgedPack::default()
            };
            let report = judge(Input { packs: vec![pack], ..input(&gate) });
            report.findings.iter().any(|f| f.suppressed.is_some())
        };
        assert!(quiet(Some("Noisy")));
        assert!(!quiet(Some("Shop")), "renamed by the change");
        assert!(!quiet(None), "new with the change");
    }

    fn input(gate: &GateFile) -> Input<'_> {
        Input {
            command: "diff",
            gate,
            fail_on: FailOn::Breaking,
            min_risk: RiskTier::Safe,
            packs: Vec::new(),
            repository: Vec::new(),
            trust: None,
            trust_used: None,
            gate_source: None,
            base: Source::none(),
            head: Source::none(),
            publication: Publication::default(),
            now: "2027-01-01T12:00:00Z".parse().expect("a time"),
            base_name: None,
        }
    }

    #[test]
    fn no_report_carries_a_credential_and_every_finding_stays_the_same() {
        let key = ["AKIA", "Q2W3E4R5T6Y7U2I3"].concat();
        let subject = Subject {
            path: "packs/shop".into(),
            toolpack: "tp_shop".into(),
            kind: SubjectKind::Tool,
            id: "0b6b49c107c2370b".into(),
            name: key.clone(),
        };
        let pointer = format!("/actions/0/examples/{key}");
        let place = Place { file: "tools.json".into(), line: 1, pointer, side: Side::Head };
        let value = Node::map([(key.clone(), Node::texts([format!("use {key}")]))]);
        let found = Finding::new(text::SECRET_LITERAL, subject, place).values(None, Some(value));
        let prints = (found.fingerprint(), found.tracking());
        let gate = GateFile::default();
        let report = judge(Input { repository: vec![found], ..input(&gate) });
        let all = format!("{report:?}");
        assert!(!all.contains(&key) && all.contains("⟨secret: aws access key id AKIA… #"), "{all}");
        assert_eq!((report.findings[0].fingerprint(), report.findings[0].tracking()), prints);
    }
}
