//! One thing in which two ways to start or reach a server differ.

use super::surface::Change;
use crate::canon::Node;
use crate::model::finding::Side;
use crate::model::phrase::Phrase;
use crate::rules::{Rule, Severity};

/// One thing that differs, or that is so.
#[derive(Debug, Clone, PartialEq)]
pub struct LaunchChange {
    /// The rule.
    pub rule: &'static Rule,
    /// Another severity than the rule's own.
    pub severity: Option<Severity>,
    /// Where it stands below the server.
    pub part: String,
    /// In which state.
    pub side: Side,
    /// What it was.
    pub before: Option<Node>,
    /// What it is.
    pub after: Option<Node>,
    /// What part of the server it is.
    pub aspect: &'static str,
    /// What changed.
    pub change: Phrase,
    /// What it means.
    pub here: Phrase,
}

impl LaunchChange {
    /// In the head, with the rule's own severity.
    pub fn new(
        rule: &'static Rule,
        part: impl Into<String>,
        aspect: &'static str,
        change: Phrase,
        here: Phrase,
    ) -> LaunchChange {
        LaunchChange {
            rule,
            severity: None,
            part: part.into(),
            side: Side::Head,
            before: None,
            after: None,
            aspect,
            change,
            here,
        }
    }

    /// With the values.
    pub fn values(mut self, before: Option<Node>, after: Option<Node>) -> LaunchChange {
        (self.before, self.after) = (before, after);
        self
    }

    /// In the base.
    pub fn gone(mut self) -> LaunchChange {
        self.side = Side::Base;
        self
    }

    /// The same as a change of the server that keeps the launch line.
    pub fn of_server(self) -> Change {
        // Command and arguments are one launch line, and one cause.
        let line = self.part.starts_with("/args") || self.part.starts_with("/command");
        let part = format!("/launch{}", self.part);
        let mut change = Change::new(self.rule, part.clone(), part)
            .on(self.side)
            .values(self.before, self.after)
            .says(self.aspect, self.change)
            .here(self.here);
        change.severity = self.severity;
        if line {
            change.also = ["/launch/command", "/launch/args"].map(str::to_owned).into();
        }
        change
    }

    /// With another severity.
    pub fn severity(mut self, severity: Severity) -> LaunchChange {
        self.severity = Some(severity);
        self
    }
}
