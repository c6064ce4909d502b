//! A subject and all that was found about it: what it asks of its reader, by which parts it is shown, and why
//! its approvals do not count.

use std::collections::HashSet;

use crate::model::finding::{Approval, ApprovalState, Covers, Finding, Place, Reason, Subject, SubjectKind};
use crate::model::lockfile::Status;
use crate::model::phrase::Phrase;
use crate::model::report::Standing;
use crate::rules::{Axis, Family, Severity};

/// What a row asks of its reader, gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// No valid approval, or a matter of trust from high on.
    Stops,
    /// Nothing to sign; a person should look.
    Look,
    /// Enough people have signed this state.
    Approved,
}

/// Findings about one part of a subject.
#[derive(Debug)]
pub struct Group<'a> {
    /// The part, in words of ours; may be empty.
    pub aspect: &'a str,
    /// What was found about it, in the order of the report.
    pub findings: Vec<&'a Finding>,
}

/// A subject and all that was found about it.
#[derive(Debug)]
pub struct Row<'a> {
    /// What it is.
    pub subject: &'a Subject,
    /// What it asks of the reader.
    pub class: Class,
    /// The gravest severity among its findings.
    pub severity: Severity,
    /// What was found, in the order of the report.
    pub findings: Vec<&'a Finding>,
    /// How the row stands with those who may sign: the worst among its findings.
    pub approval: &'a Approval,
    /// Whose signatures it waits for.
    pub covers: Covers,
    /// How the subject stands as a whole, where the report says so.
    pub standing: Option<&'a Standing>,
}

impl<'a> Row<'a> {
    /// The row of a subject; none without findings.
    pub fn of(
        subject: &'a Subject,
        findings: Vec<&'a Finding>,
        standing: Option<&'a Standing>,
    ) -> Option<Row<'a>> {
        let severity = findings.iter().map(|f| f.severity).max()?;
        let worst = findings.iter().rev().max_by_key(|f| (f.approval.state, f.approval.need))?;
        let class = if findings.iter().any(|f| stops(f)) {
            Class::Stops
        } else if findings.iter().any(|f| f.ends.is_some())
            || findings.iter().any(|f| !acknowledged(f) && f.severity >= Severity::Medium)
            || !findings.iter().any(|f| acknowledged(f))
        {
            Class::Look
        } else {
            Class::Approved
        };
        Some(Row {
            subject,
            class,
            severity,
            approval: &worst.approval,
            covers: worst.covers,
            findings,
            standing,
        })
    }

    /// Whether the subject differs from its other state, or its approvals alone are at issue.
    pub fn is_change(&self) -> bool {
        self.findings.iter().any(|f| {
            f.before.is_some()
                || f.after.is_some()
                || !f.facts.is_empty()
                || !f.rule.is_on(Axis::Trust)
                || f.rule.family == Family::Trust
        })
    }

    /// The gravest finding; the first of several.
    pub fn gravest(&self) -> Option<&'a Finding> {
        self.findings.iter().rev().max_by_key(|f| f.severity).copied()
    }

    /// Where the gravest finding stands.
    pub fn place(&self) -> Option<&'a Place> {
        self.gravest().map(|f| &f.place)
    }

    /// The findings by the part that they are about; parts in the order in which they come up, nameless last.
    pub fn groups(&self) -> Vec<Group<'a>> {
        let mut groups: Vec<Group> = Vec::new();
        for finding in &self.findings {
            match groups.iter_mut().find(|group| group.aspect == finding.aspect) {
                Some(group) => group.findings.push(finding),
                None => groups.push(Group { aspect: &finding.aspect, findings: vec![finding] }),
            }
        }
        groups.sort_by_key(|group| group.aspect.is_empty());
        groups
    }

    /// Why approvals do not count, each reason once.
    pub fn reasons(&self) -> Vec<&'a Reason> {
        let mut reasons: Vec<&Reason> = Vec::new();
        for reason in self.findings.iter().flat_map(|f| &f.approval.reasons) {
            if !reasons.iter().any(|r| r.rule == reason.rule && r.here == reason.here) {
                reasons.push(reason);
            }
        }
        reasons
    }

    /// That an owner let it in without an approval, and until when: `exempted until 2026-12-20`.
    pub fn exempted(&self) -> Option<String> {
        let standing = self.standing.filter(|s| s.status == Status::Exempted)?;
        if self.approval.waits() || self.is_for_owners() {
            return None;
        }
        let until = standing.until.map_or_else(String::new, |end| format!(" until {}", end.date()));
        Some(format!("exempted{until}"))
    }

    /// How many people have approved it and how many it takes; nothing where nobody has to, or it is exempted.
    pub fn seats(&self) -> Option<(u32, u32)> {
        if self.exempted().is_some() {
            return None;
        }
        if self.approval.need > 0 {
            return Some((self.approval.have, self.approval.need));
        }
        self.standing.filter(|s| s.need > 0).map(|s| (s.have, s.need))
    }

    /// Who has signed.
    pub fn signers(&self) -> &'a [String] {
        match self.standing {
            Some(standing) if self.approval.need == 0 => &standing.signers,
            _ => &self.approval.signers,
        }
    }

    /// Why the seats are not filled, in a few words of ours.
    pub fn cause(&self) -> Option<String> {
        if self.approval.state == ApprovalState::Rejected {
            return Some("refused".to_owned());
        }
        let reasons = self.reasons();
        // That there are too few is what the numbers say; why is what the others say.
        let told = reasons.iter().filter_map(|reason| Some((reason.rule.id, short(reason.rule.id)?)));
        if let Some((id, words)) = told.clone().next() {
            let same = told.filter(|(other, _)| *other == id).count();
            return Some(if id.starts_with("sig.") { format!("{same} {words}") } else { words.to_owned() });
        }
        if let Some(reason) = reasons.iter().find(|r| r.rule.id != "gate.quorum-not-met") {
            return Some(reason.rule.title.to_owned());
        }
        match (self.covers, self.approval.have) {
            (Covers::Owners, 0) => Some("no owner signed".to_owned()),
            (Covers::Owners, _) => Some("too few owners signed".to_owned()),
            (Covers::Withdrawal, _) => Some("withdrawal not signed".to_owned()),
            _ => None,
        }
    }

    /// Whether it is about who may approve: then owners sign, not approvers.
    pub fn is_for_owners(&self) -> bool {
        self.covers == Covers::Owners
            || matches!(self.subject.kind, SubjectKind::Trust | SubjectKind::GateConfig)
    }
}

impl<'a> Group<'a> {
    /// What changed, each piece once. Cues in texts are gathered behind one head: the gravest of them by
    /// their titles.
    pub fn changes(&self) -> Vec<Phrase> {
        // By the thousand where each field of a tool is told: a set, not a search.
        let mut told: HashSet<&Phrase> = HashSet::new();
        let mut changes: Vec<Phrase> = Vec::new();
        let mut cues: Vec<&Finding> = Vec::new();
        let mut at = 0;
        for finding in self.findings.iter().copied() {
            if finding.rule.family == Family::Text {
                if cues.is_empty() {
                    at = changes.len();
                }
                cues.push(finding);
            } else if !finding.change.is_empty() && told.insert(&finding.change) {
                changes.push(finding.change.clone());
            }
        }
        let line = cue_line(&cues);
        if !line.is_empty() && !told.contains(&line) {
            changes.insert(at, line);
        }
        changes
    }
}

fn cue_line(cues: &[&Finding]) -> Phrase {
    let top = cues.iter().map(|f| f.severity).max();
    let mut titles: Vec<&'static str> = Vec::new();
    for cue in cues.iter().filter(|f| Some(f.severity) == top) {
        if !titles.contains(&cue.rule.title) {
            titles.push(cue.rule.title);
        }
    }
    match titles.as_slice() {
        [] => Phrase::default(),
        [only] if only.starts_with("instructs the model") => Phrase::say(*only),
        titles if top >= Some(Severity::High) => {
            Phrase::say("instructs the model: ").and_say(titles.join(", "))
        }
        titles => Phrase::say(titles.join(", ")),
    }
}

fn acknowledged(finding: &Finding) -> bool {
    finding.approval.state == ApprovalState::Acknowledged
}

fn stops(finding: &Finding) -> bool {
    let unsigned = finding.approval.state == ApprovalState::NotNeeded;
    let grave = finding.rule.is_on(Axis::Trust) && finding.severity >= Severity::High;
    finding.approval.waits() || unsigned && grave
}

/// The few words of a cause beside the seats.
fn short(rule: &str) -> Option<&'static str> {
    Some(match rule {
        "gate.definition-mismatch" => "changed since approval",
        "gate.expired" => "approval has ended",
        "gate.author-approved" => "signed by its author alone",
        "gate.approver-not-allowed" => "signed by someone who may not",
        "gate.same-principal-twice" => "one person signed twice",
        "gate.scope-mismatch" => "approved for other toolsets",
        "gate.rejected-present" => "refused",
        "sig.unknown-key" => "by an unknown key",
        "sig.revoked-key" => "by a revoked key",
        "sig.invalid" => "that does not hold",
        "sig.wrong-signer" => "by the wrong key",
        "sig.replayed" => "copied from elsewhere",
        "sig.outside-validity" => "outside the key's time",
        "sig.stale" => "signed too long ago",
        "sig.legacy-payload" => "of the old format",
        _ => return None,
    })
}
