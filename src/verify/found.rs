//! What a section finds: its checks, and the findings that its verdict is made of.

use crate::model::finding::Finding;
use crate::model::phrase::Phrase;
use crate::model::verified::{Check, Section, SectionReport, State};

/// What was found so far.
#[derive(Default)]
pub struct Found {
    /// What was checked.
    pub checks: Vec<Check>,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

impl Found {
    /// Takes a check in.
    pub fn check(&mut self, subject: impl Into<String>, what: &'static str, state: State, why: Phrase) {
        self.checks.push(Check { subject: subject.into(), what, state, why });
    }

    /// Takes one in that holds.
    pub fn holds(&mut self, subject: impl Into<String>, what: &'static str) {
        self.check(subject, what, State::Pass, Phrase::default());
    }

    /// Takes all of another in.
    pub fn add(&mut self, other: Found) {
        self.checks.extend(other.checks);
        self.findings.extend(other.findings);
    }

    /// The section that it is. `why`: what is said where nothing was checked.
    pub fn section(
        self,
        section: Section,
        file: &str,
        why: impl Into<Phrase>,
    ) -> (SectionReport, Vec<Finding>) {
        let state = match self.checks.is_empty() {
            true => State::Skipped,
            false => State::of(self.checks.iter().map(|check| check.state)),
        };
        let why = if state.ran() { Phrase::default() } else { why.into() };
        let report = SectionReport {
            file: Some(file.to_owned()),
            checks: self.checks,
            ..SectionReport::without(section, state, why)
        };
        (report, self.findings)
    }
}
