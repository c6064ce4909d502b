//! What a report of `cask ci` says, read from its JSON: which subjects it names, by which rules, and whether
//! that is what the demo foretold.

use std::collections::BTreeSet;

use crate::canon::{Fault, Node};
use crate::model::bytes;

/// A report.
#[derive(Debug)]
pub struct Told {
    /// The exit code that the command gave.
    pub code: u8,
    /// What it names, in its order.
    pub subjects: Vec<Subject>,
    /// How many tools it looked at.
    pub tools: i64,
    /// How many subjects are not approved.
    pub open: i64,
}

/// One thing that a report names.
#[derive(Debug)]
pub struct Subject {
    /// Its name: `get_product`, `trust.yaml`.
    pub name: String,
    /// Whether owners sign it, and not approvers.
    pub is_trust: bool,
    /// How grave the gravest finding is.
    pub severity: String,
    /// Signatures that count.
    pub have: i64,
    /// Signatures that are needed.
    pub need: i64,
    /// Whether one is missing.
    pub is_missing: bool,
    /// Every rule that is named for it.
    pub rules: BTreeSet<String>,
    /// What changed.
    pub changes: Vec<Change>,
}

/// A finding in one line.
#[derive(Debug, PartialEq, Eq)]
pub struct Change {
    /// Which member of the tool.
    pub member: String,
    /// What it was and is, where that fits on the line.
    pub moved: Option<(String, String)>,
    /// What it means.
    pub message: String,
}

/// What a run of the gate must come to.
pub struct Foretold {
    /// The exit code.
    pub code: u8,
    /// Subjects, each with rules that must be named for it. None else may be named.
    pub subjects: &'static [(&'static str, &'static [&'static str])],
}

impl Told {
    /// Reads a report.
    ///
    /// # Errors
    /// It is no JSON.
    pub fn read(code: u8, report: &[u8]) -> Result<Told, Fault> {
        let node = bytes::json("report.json", report, 16 << 20)?;
        let number = |pointer: &str| node.at(pointer).and_then(Node::as_int).unwrap_or(-1);
        let mut subjects: Vec<Subject> = Vec::new();
        for finding in node.get("findings").map(Node::items).unwrap_or_default() {
            let name = text(finding, "/subject/name");
            let at = subjects.iter().position(|s| s.name == name).unwrap_or_else(|| {
                subjects.push(Subject::of(finding, name));
                subjects.len() - 1
            });
            subjects[at].take(finding);
        }
        Ok(Told {
            code,
            subjects,
            tools: number("/toolpacks/0/tools"),
            open: ["pending", "rejected", "expired"]
                .map(|s| number(&format!("/summary/approvals/{s}")))
                .iter()
                .sum(),
        })
    }

    /// Why this is not what was foretold. None if it is.
    pub fn differs(&self, foretold: &Foretold) -> Option<String> {
        if self.code != foretold.code {
            return Some(format!("exit {}, and it should be exit {}", self.code, foretold.code));
        }
        for (name, rules) in foretold.subjects {
            let Some(subject) = self.subjects.iter().find(|s| s.name == *name) else {
                return Some(format!("nothing is said about {name}"));
            };
            if let Some(rule) = rules.iter().find(|rule| !subject.rules.contains(**rule)) {
                return Some(format!("{name}: {rule} is not found"));
            }
        }
        match self.subjects.len() > foretold.subjects.len() {
            true => Some("it names what nobody touched".to_owned()),
            false => (self.code == 0 && self.open != 0).then(|| "it passes what is not approved".to_owned()),
        }
    }
}

impl Subject {
    fn of(finding: &Node, name: String) -> Subject {
        let number = |pointer| finding.at(pointer).and_then(Node::as_int).unwrap_or(-1);
        Subject {
            name,
            is_trust: text(finding, "/subject/kind") == "trust",
            severity: text(finding, "/severity"),
            have: number("/approval/have"),
            need: number("/approval/need"),
            is_missing: text(finding, "/approval/state") == "missing",
            rules: BTreeSet::new(),
            changes: Vec::new(),
        }
    }

    fn take(&mut self, finding: &Node) {
        let rule = text(finding, "/rule");
        let reasons = finding.at("/approval/reasons").map(Node::items).unwrap_or_default();
        self.rules.extend(reasons.iter().filter_map(Node::as_text).map(str::to_owned));
        let message = text(finding, "/message");
        let message = message.strip_prefix(&format!("{}: ", self.name)).unwrap_or(&message);
        let (before, after) = (text(finding, "/before"), text(finding, "/after"));
        let fits = |text: &str| (1..=20).contains(&text.len());
        let change = Change {
            member: text(finding, "/place/pointer").rsplit('/').next().unwrap_or_default().to_owned(),
            moved: (fits(&before) && fits(&after)).then_some((before, after)),
            // A text that speaks to the model, and not about the tool.
            message: if rule.starts_with("text.") {
                format!("instructs the model: {message}")
            } else {
                message.to_owned()
            },
        };
        // Two rules may speak of one place: what moved there is shown once.
        let same = |c: &Change| c.member == change.member && c.moved.is_some() && c.moved == change.moved;
        if !self.changes.iter().any(same) {
            self.changes.push(change);
        }
        self.rules.insert(rule);
    }
}

fn text(node: &Node, pointer: &str) -> String {
    node.at(pointer).and_then(Node::as_text).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCKED: Foretold =
        Foretold { code: 2, subjects: &[("get_product", &["host.added", "sig.unknown-key"])] };
    const PASSED: Foretold = Foretold { code: 0, subjects: &[] };

    fn told(code: u8, name: &str, reason: &str, pending: u8) -> Told {
        let report = format!(
            r#"{{"summary":{{"approvals":{{"pending":{pending},"rejected":0,"expired":0}}}},"toolpacks":[{{"tools":8}}],
            "findings":[{{"rule":"host.added","severity":"critical","subject":{{"kind":"tool","name":"{name}"}},
            "place":{{"pointer":"/actions/3/host"}},"before":"a.example","after":"b.example","message":"{name}: another",
            "approval":{{"state":"missing","have":0,"need":1,"reasons":["{reason}"]}}}}]}}"#
        );
        Told::read(code, report.as_bytes()).unwrap()
    }

    #[test]
    fn a_report_is_told_by_subject() {
        let told = told(2, "get_product", "sig.unknown-key", 1);
        let subject = &told.subjects[0];
        assert_eq!((subject.severity.as_str(), subject.have, subject.need), ("critical", 0, 1));
        let moved = Some(("a.example".to_owned(), "b.example".to_owned()));
        assert_eq!(subject.changes, [Change { member: "host".into(), moved, message: "another".into() }]);
        assert_eq!(told.differs(&BLOCKED), None);
    }

    #[test]
    fn a_gate_that_fails_is_told_from_one_that_holds() {
        let differs = |told: Told, foretold| told.differs(foretold).unwrap();
        assert!(differs(told(0, "get_product", "sig.unknown-key", 1), &BLOCKED).contains("exit 0"));
        assert!(differs(told(2, "other", "sig.unknown-key", 1), &BLOCKED).contains("nothing is said"));
        assert!(differs(told(2, "get_product", "sig.invalid", 1), &BLOCKED).contains("sig.unknown-key"));
        assert!(differs(told(0, "get_product", "sig.invalid", 0), &PASSED).contains("nobody touched"));
        let empty = |pending| {
            let report =
                format!(r#"{{"summary":{{"approvals":{{"pending":{pending},"rejected":0,"expired":0}}}}}}"#);
            Told::read(0, report.as_bytes()).unwrap()
        };
        assert!(empty(1).differs(&PASSED).unwrap().contains("not approved"));
        assert_eq!(empty(0).differs(&PASSED), None);
        assert!(Told::read(0, b"{}").unwrap().differs(&PASSED).is_some(), "no count is no pass");
    }
}
