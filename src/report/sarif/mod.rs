//! A report as SARIF 2.1.0, for code scanning and editors: one run, a result for each finding, the gravest
//! first and at most as many as GitHub keeps.
//!
//! A run that could not judge has a result that says so: an empty list would close the alerts of earlier
//! runs as if all were well.

mod descriptor;
mod shape;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use self::descriptor::{HOME, MORE, NOT_JUDGED, Own, of_own, of_rule};
use self::shape::{
    Artifact, Automation, Base, Based, Bases, Descriptor, Driver, Facts, Fingerprints, Found, Invocation,
    Level, Location, Log, Notification, Physical, Provenance, ROOT, Region, Run, SCHEMA, Suppression, Text,
    Tool,
};
use super::escape::json::seen;
use super::escape::sarif::message;
use super::escape::{link, visible};
use super::line;
use super::style::Style;
use super::words::{capital, number};
use crate::canon::digest;
use crate::model::finding::{Finding, Place, Side, Subject};
use crate::model::lockfile::Status;
use crate::model::report::{Report, Unjudged, Verdict};
use crate::rules::{self, Rule, Severity};

/// Most results: GitHub keeps that many of a run.
pub const RESULTS: usize = 5_000;
/// Most characters of a message.
const MESSAGE: usize = 1_000;
/// The file at whose beginning stands what has no place: the one that makes a repository one under the gate.
const NOWHERE: &str = ".caskmcp/trust.yaml";

/// The document as indented JSON; ends in a line feed.
pub fn render(report: &Report, _style: &Style) -> String {
    under(report, &category(report.command), RESULTS)
}

/// The same under a category of the reader's own (`cask/gate`), with at most `most` results.
pub fn under(report: &Report, category: &str, most: usize) -> String {
    let log = Log { schema: SCHEMA, version: "2.1.0", runs: [run(report, category, most)] };
    let text = serde_json::to_string_pretty(&log).expect("a log has text for keys and only whole numbers");
    seen(&text) + "\n"
}

fn run<'a>(report: &'a Report, category: &str, most: usize) -> Run<'a> {
    let mut all: Vec<&Finding> = report.findings.iter().collect();
    all.sort_by_key(|f| (f.suppressed.is_some(), Reverse(f.weighs), Reverse(f.severity)));
    let most = if all.len() > most { most.saturating_sub(1) } else { most };
    let (told, rest) = all.split_at(all.len().min(most));
    let mut listed = Listed::of(told, report);
    let mut results = listed.results(told);
    if let Some(first) = rest.first() {
        let text = format!("{} more findings are in the JSON report only.", number(rest.len()));
        results.push(listed.own(&MORE, level(first), text, None));
    }
    let error = report.error.as_ref().filter(|_| report.verdict == Verdict::Error);
    if let Some(error) = error {
        let place = error.fault.as_ref().map(|f| (f.file.as_str(), f.line));
        results.push(listed.own(&NOT_JUDGED, Level::Error, cannot(error), place));
    }
    Run {
        tool: Tool {
            driver: Driver {
                name: "cask",
                semantic_version: report.tool_version,
                information_uri: HOME,
                rules: listed.rules,
            },
        },
        invocations: [Invocation {
            execution_successful: report.verdict != Verdict::Error,
            exit_code: report.exit_code(),
            tool_execution_notifications: error
                .map(|error| Notification { level: Level::Error, message: Text { text: cannot(error) } })
                .into_iter()
                .collect(),
        }],
        version_control_provenance: provenance(report).into_iter().collect(),
        original_uri_base_ids: Bases {
            root: Base { description: Text { text: "The root of the repository.".to_owned() } },
        },
        // Code scanning reads a category up to its last slash.
        automation_details: Automation { id: format!("{}/", category.trim_end_matches('/')) },
        column_kind: "utf16CodeUnits",
        results,
    }
}

/// Under which name code scanning keeps the run: the next one of the same name takes its place.
fn category(command: &str) -> String {
    match command {
        "ci" => "cask/gate".to_owned(),
        command => format!("cask/{}", command.replace(' ', "-")),
    }
}

/// The rules that results name, and what is needed to number both.
struct Listed<'r> {
    /// What an owner let in without an approval.
    exempted: BTreeSet<&'r Subject>,
    rules: Vec<Descriptor>,
    at: HashMap<&'static str, usize>,
    seen: HashMap<String, u32>,
}

impl<'r> Listed<'r> {
    fn of(told: &[&Finding], report: &'r Report) -> Listed<'r> {
        let mut found: BTreeMap<usize, (&'static Rule, Severity)> = BTreeMap::new();
        let mut order: HashMap<&'static str, usize> = HashMap::new();
        for finding in told {
            let rule = finding.rule;
            let at = *order.entry(rule.id).or_insert_with(|| rules::order(rule));
            let gravest = found.entry(at).or_insert((rule, finding.severity));
            gravest.1 = gravest.1.max(finding.severity);
        }
        let rules: Vec<Descriptor> = found
            .into_values()
            .map(|(rule, severity)| of_rule(rule, severity, report.tool_version))
            .collect();
        let at = rules.iter().enumerate().map(|(at, rule)| (rule.id, at)).collect();
        let exempted = report.standings.iter().filter(|s| s.status == Status::Exempted);
        Listed { exempted: exempted.map(|s| &s.subject).collect(), rules, at, seen: HashMap::new() }
    }

    fn results<'a>(&mut self, told: &[&'a Finding]) -> Vec<Found<'a>> {
        told.iter().map(|finding| self.result(finding)).collect()
    }

    fn result<'a>(&mut self, finding: &'a Finding) -> Found<'a> {
        let suppressions = finding.suppressed.iter().map(|s| Suppression {
            kind: "external",
            status: "accepted",
            justification: message(&format!("{} ({}, until {})", s.reason, s.owner, s.expires), MESSAGE),
        });
        Found {
            rule_id: finding.rule.id,
            rule_index: self.at.get(finding.rule.id).copied().unwrap_or_default(),
            level: level(finding),
            message: Text { text: said(finding, self.exempted.contains(&finding.subject)) },
            locations: [location(&finding.place, &finding.subject.path)],
            partial_fingerprints: self.known_by(finding.tracking_hex()),
            suppressions: suppressions.collect(),
            properties: Some(facts(finding)),
        }
    }

    /// A result of one of this format's own rules.
    fn own<'a>(&mut self, own: &Own, level: Level, text: String, place: Option<(&str, u32)>) -> Found<'a> {
        let at = self.rules.len();
        self.rules.push(of_own(own, level));
        let (file, line) = place.unwrap_or_default();
        Found {
            rule_id: own.id,
            rule_index: at,
            level,
            message: Text { text },
            locations: [physical(file, line, "")],
            partial_fingerprints: self.known_by(digest::sha256_hex(own.id.as_bytes())),
            suppressions: Vec::new(),
            properties: None,
        }
    }

    /// Code scanning counts equal ones up, as its own upload does with equal lines.
    fn known_by(&mut self, hex: String) -> Fingerprints {
        let n = self.seen.entry(hex.clone()).or_insert(0);
        *n += 1;
        Fingerprints { line: format!("{}:{n}", digest::short(&hex, 16)), finding: hex }
    }
}

/// By what the finding comes to: an approved change is no error, however grave it is.
fn level(finding: &Finding) -> Level {
    match finding.weighs {
        Verdict::Breaking | Verdict::Error => Level::Error,
        Verdict::Review => Level::Warning,
        Verdict::Pass => Level::Note,
    }
}

/// Subject and rule, change and meaning, approvals, what to do: a sentence each, and each begins with a word
/// of ours.
fn said(finding: &Finding, is_exempted: bool) -> String {
    let mut said = vec![format!("{}: {}", capital(&line::subject(&finding.subject)), finding.rule.title)];
    let told: Vec<String> =
        line::told(finding).into_iter().filter(|text| text != finding.rule.title).collect();
    if !told.is_empty() {
        said.push(format!("What changes: {}", told.join("; ")));
    }
    said.extend(line::approval(&finding.approval, is_exempted).map(|text| capital(&text)));
    said.push(format!("What to do: {}", finding.rule.fix));
    message(&(said.join(". ") + "."), MESSAGE)
}

fn cannot(error: &Unjudged) -> String {
    let shown = |text: &str| visible(text, 300);
    let listed =
        |texts: &[String]| texts.iter().take(4).map(|text| shown(text)).collect::<Vec<_>>().join("; ");
    let mut said = vec![match error.subject.as_str() {
        "" => format!("Not judged: {}", shown(&error.message)),
        subject => format!("Cannot judge {}: {}", shown(subject), shown(&error.message)),
    }];
    for (label, texts) in [("Why", &error.why), ("What to do", &error.hints)] {
        if !texts.is_empty() {
            said.push(format!("{label}: {}", listed(texts)));
        }
    }
    message(&(said.join(". ") + "."), MESSAGE)
}

/// Where a finding stands; what the head lacks stands at the beginning of the file that lacks it.
fn location(place: &Place, pack: &str) -> Location {
    let line = if place.side == Side::Head { place.line } else { 1 };
    physical(&place.file, line, pack)
}

/// The file, else the toolpack's, else the trust file: GitHub takes no result without a place.
fn physical(file: &str, line: u32, pack: &str) -> Location {
    let (uri, line) = match (link::path_of(file), link::path_of(pack)) {
        (Some(uri), _) => (uri, line.max(1)),
        (None, Some(pack)) => (format!("{pack}/toolpack.yaml"), 1),
        (None, None) => (NOWHERE.to_owned(), 1),
    };
    Location {
        physical_location: Physical {
            artifact_location: Artifact { uri, uri_base_id: ROOT },
            region: Region { start_line: line },
        },
    }
}

fn facts(finding: &Finding) -> Facts<'_> {
    Facts {
        severity: finding.severity.word(),
        axes: finding.rule.axes.iter().map(|axis| axis.word()).collect(),
        risk: finding.risk.map(|tier| tier.word()),
        toolpack: &finding.subject.toolpack,
        kind: finding.subject.kind.word(),
        name: visible(&finding.subject.name, 200),
        pointer: visible(&finding.place.pointer, 400),
        side: if finding.place.side == Side::Head { "head" } else { "base" },
        approval: finding.approval.state.word(),
        known: finding.known,
    }
}

/// The repository and the commit; nothing where neither has an address.
fn provenance(report: &Report) -> Option<Provenance> {
    let publication = &report.publication;
    let repository = link::repository_url(&publication.server, &publication.repository)?;
    let named = report.head.kind.is_commit() && !matches!(report.head.name.as_str(), "" | "HEAD");
    let commit = link::commit_url(&publication.server, &publication.repository, &publication.head);
    Some(Provenance {
        repository_uri: repository.as_str().to_owned(),
        revision_id: commit.map(|_| publication.head.clone()),
        branch: named.then(|| visible(&report.head.name, 200)),
        mapped_to: Based { uri_base_id: ROOT },
    })
}
