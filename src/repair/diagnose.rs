//! What others found, as issues: each once, the gravest first, each with what is to be done about it.

use std::collections::BTreeMap;

use super::action::Action;
use super::input::{Input, TRUST_MISSING};
use super::reasons;
use crate::canon::digest::id16;
use crate::canon::visible::visible;
use crate::compare::secrets::redact;
use crate::model::finding::{Finding, SubjectKind};
use crate::model::kept::{Kept, KeptFinding};
use crate::model::lockfile::SURFACE;
use crate::model::repair::{Issue, Source};
use crate::rules::{self, Family, Rule, Severity, gate, lock, pack, sig, trust};

/// Most characters of what was seen.
const WHAT: usize = 400;
/// Most characters of a name.
const NAME: usize = 100;
/// Most pieces of evidence of an issue.
const EVIDENCE: usize = 5;

/// Rules by which a signature or a digest does not hold.
const TAMPERING: &[&Rule] = &[
    sig::INVALID,
    sig::MALFORMED,
    sig::REPLAYED,
    sig::NAMESPACE_MISMATCH,
    sig::WRONG_SIGNER,
    sig::MISSING,
    sig::UNKNOWN_KEY,
    sig::REVOKED_KEY,
    gate::DEFINITION_MISMATCH,
    lock::ENTRY_FORGED,
    lock::DOWNGRADED,
    lock::TOMBSTONE_REMOVED,
    pack::DIGEST_MISMATCH,
];

/// An issue, and what is to be done about it.
pub(super) struct Cause {
    /// The issue.
    pub issue: Issue,
    /// What is to be done.
    pub action: Action,
    /// Names by which its tool can be called in a command, the best first.
    pub names: Vec<String>,
}

/// What is wrong.
pub(super) struct Found {
    /// The gravest first.
    pub causes: Vec<Cause>,
    /// Credentials that were taken out.
    pub redacted: usize,
}

/// Every issue of what was found out.
pub(super) fn issues(input: &Input) -> Found {
    let mut desk = Desk { causes: BTreeMap::new(), redacted: 0 };
    input.gate.iter().for_each(|finding| desk.finding(Source::Gate, finding));
    input.lint.iter().for_each(|finding| desk.finding(Source::Lint, finding));
    for seen in input.doctor {
        desk.put(New {
            source: Source::Doctor,
            code: seen.id,
            severity: seen.severity,
            what: &seen.what,
            action: if seen.id == TRUST_MISSING { Action::Adopt } else { Action::Look },
            ..New::none()
        });
    }
    if let Some(broken) = input.trail.and_then(|trail| trail.chain.as_ref()?.broken.as_ref()) {
        let place = format!("{} line {}", broken.file, broken.line);
        desk.put(New {
            source: Source::Audit,
            code: "chain-broken",
            severity: Severity::Critical,
            tampering: true,
            what: &broken.why,
            evidence: &place,
            action: Action::Trail,
            ..New::none()
        });
    }
    for refused in input.trail.iter().flat_map(|trail| &trail.refusals) {
        // A word that is not known here may be of a later version, or of nobody: it is told all the same.
        let (severity, tampering, action) =
            reasons::of(&refused.reason_code).unwrap_or((Severity::Medium, false, Action::Ask));
        let last = format!("last {}", refused.last);
        let id = refused.tool_id.as_str();
        let name = input.tools.get(id).copied().unwrap_or(id);
        desk.put(New {
            source: Source::Audit,
            code: &refused.reason_code,
            severity,
            tampering,
            subject: name,
            what: "calls were refused",
            count: refused.count,
            evidence: &last,
            names: vec![name.to_owned(), id.to_owned()],
            action,
        });
    }
    for kept in input.kept {
        kept.findings.iter().for_each(|finding| desk.kept(kept, finding));
        if kept.findings.is_empty() && kept.exit_code > 0 {
            let what = format!("verdict {}", kept.verdict);
            desk.put(New {
                source: source_of(kept),
                code: "verdict",
                severity: if kept.exit_code > 1 { Severity::High } else { Severity::Medium },
                what: &what,
                evidence: &kept.file,
                action: again(kept),
                ..New::none()
            });
        }
    }
    let mut causes: Vec<Cause> = desk.causes.into_values().collect();
    causes.sort_by(|a, b| {
        let key = |cause: &Cause| (cause.issue.source, cause.issue.subject.clone(), cause.issue.code.clone());
        b.issue.severity.cmp(&a.issue.severity).then_with(|| key(a).cmp(&key(b)))
    });
    Found { causes, redacted: desk.redacted }
}

/// An issue as it is told.
struct New<'a> {
    source: Source,
    code: &'a str,
    severity: Severity,
    tampering: bool,
    subject: &'a str,
    what: &'a str,
    count: u64,
    evidence: &'a str,
    names: Vec<String>,
    action: Action,
}

impl New<'_> {
    fn none() -> Self {
        New {
            source: Source::Doctor,
            code: "",
            severity: Severity::Info,
            tampering: false,
            subject: "",
            what: "",
            count: 1,
            evidence: "",
            names: Vec::new(),
            action: Action::Look,
        }
    }
}

/// Where issues are collected, each once.
struct Desk {
    causes: BTreeMap<String, Cause>,
    redacted: usize,
}

impl Desk {
    fn put(&mut self, new: New) {
        let id = id16(&[new.source.word(), new.code, new.subject, new.what]);
        let (subject, what) = (self.clean(new.subject, NAME), self.clean(new.what, WHAT));
        let evidence = self.clean(new.evidence, WHAT);
        let cause = self.causes.entry(id.clone()).or_insert_with(|| Cause {
            issue: Issue {
                id,
                source: new.source,
                code: visible(new.code, NAME),
                severity: new.severity,
                tampering: new.tampering,
                subject,
                what,
                count: 0,
                evidence: Vec::new(),
            },
            action: new.action,
            names: new.names,
        });
        cause.issue.count += new.count;
        cause.issue.severity = cause.issue.severity.max(new.severity);
        let known = &mut cause.issue.evidence;
        if !evidence.is_empty() && known.len() < EVIDENCE && !known.contains(&evidence) {
            known.push(evidence);
        }
    }

    /// A text without credentials and of bounded length, in which everything can be seen.
    fn clean(&mut self, text: &str, most: usize) -> String {
        match redact(text) {
            None => visible(text, most),
            Some(clean) => {
                self.redacted += 1;
                visible(&clean, most)
            }
        }
    }

    fn finding(&mut self, source: Source, finding: &Finding) {
        let subject = &finding.subject;
        let is_tool = subject.kind == SubjectKind::Tool;
        let names = match subject.kind {
            SubjectKind::Tool => vec![subject.name.clone(), subject.id.clone()],
            _ => vec![SURFACE.to_owned()],
        };
        let named = if is_tool { subject.name.as_str() } else { subject.kind.word() };
        let message = finding.message().plain();
        let here = finding.here.plain();
        let what = if here.is_empty() { message } else { format!("{message}: {here}") };
        let place = format!("{}:{} {}", finding.place.file, finding.place.line, finding.place.pointer);
        self.put(New {
            source,
            code: finding.rule.id,
            severity: finding.severity,
            tampering: TAMPERING.contains(&finding.rule),
            subject: named,
            what: &what,
            count: 1,
            evidence: place.trim_end(),
            names,
            action: action_of(source, finding.rule),
        });
    }

    fn kept(&mut self, kept: &Kept, finding: &KeptFinding) {
        let action = match (kept.command, rules::find(&finding.rule)) {
            // A rule of none of ours says nothing that could be acted on.
            (_, None) => again(kept),
            // A signature makes no drift go away.
            ("drift", Some(_)) => Action::ReMint,
            _ => again(kept),
        };
        self.put(New {
            source: source_of(kept),
            code: &finding.rule,
            severity: finding.severity,
            tampering: false,
            subject: &finding.subject,
            what: &finding.message,
            count: 1,
            evidence: &kept.file,
            // What drifted may be an operation that no tool stands on: the surface covers it.
            names: vec![SURFACE.to_owned()],
            action,
        });
    }
}

fn source_of(kept: &Kept) -> Source {
    if kept.command == "drift" { Source::Drift } else { Source::Verify }
}

/// What judges again as the report was made.
fn again(kept: &Kept) -> Action {
    if kept.command == "verify" { Action::Verify } else { Action::Judge }
}

/// What a rule asks for.
fn action_of(source: Source, rule: &'static Rule) -> Action {
    let waits = [
        gate::UNAPPROVED,
        gate::QUORUM_NOT_MET,
        gate::SCOPE_MISMATCH,
        gate::EXPIRED,
        gate::EXPIRING,
        gate::EXEMPTED,
        gate::LIFETIME_TOO_LONG,
        gate::REASON_MISSING,
        sig::STALE,
        sig::OUTSIDE_VALIDITY,
        sig::LEGACY_PAYLOAD,
    ];
    match (source, rule.family) {
        _ if rule == trust::ROOT_MISSING => Action::Adopt,
        _ if TAMPERING.contains(&rule) => Action::Investigate,
        _ if waits.contains(&rule) => Action::Allow,
        (Source::Gate, Family::Gate | Family::Sig | Family::Trust | Family::Lock | Family::Pack) => {
            Action::Investigate
        }
        _ => Action::Mend,
    }
}
