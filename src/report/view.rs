//! Findings in; out come the rows that every format shows: one for each subject that something was found
//! about, its findings grouped by the part of it that changed.
//!
//! Nothing is judged here: severities, approvals and the order of findings are taken as they are.

use std::collections::BTreeMap;

use super::row::{Class, Row};
use crate::model::finding::{Finding, Subject};
use crate::model::report::{Report, Standing};

/// All rows of a report.
#[derive(Debug)]
pub struct View<'a> {
    /// Open rows: what stops first, then gravest first, then in the order of the report.
    pub rows: Vec<Row<'a>>,
    /// Findings that the base has too.
    pub known: Vec<&'a Finding>,
    /// Findings that gate.yaml suppresses.
    pub suppressed: Vec<&'a Finding>,
}

impl<'a> View<'a> {
    /// The rows of a report.
    pub fn of(report: &'a Report) -> View<'a> {
        let standings: BTreeMap<&Subject, &Standing> =
            report.standings.iter().map(|standing| (&standing.subject, standing)).collect();
        let mut order: BTreeMap<&Subject, usize> = BTreeMap::new();
        let mut found: Vec<(&Subject, Vec<&Finding>)> = Vec::new();
        for finding in report.open() {
            let at = *order.entry(&finding.subject).or_insert(found.len());
            match found.get_mut(at) {
                Some((_, findings)) => findings.push(finding),
                None => found.push((&finding.subject, vec![finding])),
            }
        }
        let mut rows: Vec<Row> = found
            .into_iter()
            .filter_map(|(subject, findings)| Row::of(subject, findings, standings.get(subject).copied()))
            .collect();
        rows.sort_by_key(|row| (row.class != Class::Stops, std::cmp::Reverse(row.severity)));
        let closed = |f: &&Finding| f.suppressed.is_none() && f.known;
        View {
            rows,
            known: report.findings.iter().filter(closed).collect(),
            suppressed: report.findings.iter().filter(|f| f.suppressed.is_some()).collect(),
        }
    }

    /// The rows of a class.
    pub fn of_class(&self, class: Class) -> impl Iterator<Item = &Row<'a>> {
        self.rows.iter().filter(move |row| row.class == class)
    }

    /// How many rows a class has.
    pub fn count(&self, class: Class) -> usize {
        self.of_class(class).count()
    }

    /// How many rows tell of a change.
    pub fn changes(&self) -> usize {
        self.rows.iter().filter(|row| row.is_change()).count()
    }

    /// The findings that are about time, in the order of their ends.
    pub fn ending(&self) -> Vec<&'a Finding> {
        let mut ending: Vec<&Finding> =
            self.rows.iter().flat_map(|row| &row.findings).copied().filter(|f| f.ends.is_some()).collect();
        ending.sort_by_key(|finding| finding.ends);
        ending
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::finding::{ApprovalState, Covers, Place, Reason, Side, SubjectKind};
    use crate::model::phrase::Phrase;
    use crate::rules::{Rule, Severity, gate, host, policy, sig, text, tool};

    fn finding(rule: &'static Rule, name: &str, state: ApprovalState) -> Finding {
        let subject = Subject {
            path: "p".into(),
            toolpack: "tp".into(),
            kind: SubjectKind::Tool,
            id: name.into(),
            name: name.into(),
        };
        let place = Place { file: "f".into(), line: 1, pointer: String::new(), side: Side::Head };
        let mut finding = Finding::new(rule, subject, place);
        finding.approval.state = state;
        finding.approval.need = u32::from(state != ApprovalState::NotNeeded);
        finding
    }

    fn report(findings: Vec<Finding>) -> Report {
        let error = crate::model::report::Unjudged {
            kind: "io",
            does: false,
            subject: String::new(),
            message: String::new(),
            fault: None,
            looked: Vec::new(),
            why: Vec::new(),
            hints: Vec::new(),
            rule: None,
        };
        Report { findings, ..Report::unjudged("ci", "0", crate::model::gate_config::FailOn::Breaking, error) }
    }

    #[test]
    fn what_stops_comes_first_then_what_is_grave() {
        use ApprovalState::{Acknowledged, Missing, NotNeeded};
        let report = report(vec![
            finding(gate::EXPIRING, "soon", NotNeeded),
            finding(host::CHANGED, "signed", Acknowledged),
            finding(tool::DESCRIPTION_CHANGED, "open", Missing),
            finding(gate::UNAPPROVED, "bare", NotNeeded),
            finding(policy::METHOD_GUARD_MISSING, "unguarded", NotNeeded),
            finding(host::CHANGED, "open", Missing),
        ]);
        let view = View::of(&report);
        let rows: Vec<_> =
            view.rows.iter().map(|r| (r.subject.name.as_str(), r.class, r.findings.len())).collect();
        assert_eq!(
            rows,
            [
                ("open", Class::Stops, 2),
                ("bare", Class::Stops, 1),
                ("signed", Class::Approved, 1),
                ("unguarded", Class::Look, 1),
                ("soon", Class::Look, 1),
            ]
        );
        assert_eq!(view.rows[0].severity, Severity::Critical);
        assert!(view.rows[0].is_change() && !view.rows[1].is_change());
    }

    #[test]
    fn known_and_suppressed_findings_make_no_row() {
        let mut known = finding(host::CHANGED, "a", ApprovalState::NotNeeded);
        known.known = true;
        let report = report(vec![known]);
        let view = View::of(&report);
        assert_eq!((view.rows.len(), view.known.len(), view.suppressed.len()), (0, 1, 0));
    }

    #[test]
    fn cues_of_a_text_are_one_sentence_of_the_gravest() {
        let mut findings: Vec<Finding> =
            [text::SECRECY, text::PSEUDO_MARKUP, text::HIDDEN_UNICODE, text::SECRECY]
                .map(|rule| finding(rule, "a", ApprovalState::Missing))
                .into();
        findings.iter_mut().for_each(|f| f.aspect = "description".into());
        findings.push(finding(host::CHANGED, "a", ApprovalState::Missing).says("host", Phrase::quote("b")));
        let report = report(findings);
        let view = View::of(&report);
        let groups = view.rows[0].groups();
        let told: Vec<String> = groups.iter().flat_map(|g| g.changes()).map(|c| c.plain()).collect();
        assert_eq!(told, ["instructs the model: asks for secrecy, hides characters", "b"]);
    }

    #[test]
    fn the_cause_is_why_and_not_how_many() {
        let cause = |rules: &[&'static Rule], covers: Covers| {
            let mut finding = finding(host::CHANGED, "a", ApprovalState::Missing);
            finding.covers = covers;
            finding.approval.reasons = rules
                .iter()
                .enumerate()
                .map(|(i, rule)| Reason {
                    rule,
                    here: Phrase::say(i.to_string()),
                    place: finding.place.clone(),
                })
                .collect();
            let report = report(vec![finding]);
            View::of(&report).rows[0].cause()
        };
        let told = |text: &str| Some(text.to_owned());
        assert_eq!(
            cause(&[gate::QUORUM_NOT_MET, sig::UNKNOWN_KEY, sig::UNKNOWN_KEY], Covers::Tool),
            told("2 by an unknown key")
        );
        assert_eq!(cause(&[gate::DEFINITION_MISMATCH], Covers::Tool), told("changed since approval"));
        assert_eq!(cause(&[gate::LIFETIME_TOO_LONG], Covers::Tool), told("approval runs too long"));
        assert_eq!(cause(&[gate::QUORUM_NOT_MET], Covers::Tool), None);
        assert_eq!(cause(&[], Covers::Owners), told("no owner signed"));
    }
}
