//! ENGINE: what other commands found out about a toolpack in; a diagnosis and a plan out. Nothing is carried out, and what
//! does not verify is never signed again: it is looked into.

mod action;
mod diagnose;
pub mod input;
mod plan;
pub mod reasons;

use self::input::{Given, Input};
use crate::model::compliance::Pack;
use crate::model::repair::{Diagnosis, Repair};

/// Every command that can be proposed about a toolpack with this path and a tool with this name, with what the person
/// said, word by word.
pub fn proposals(path: &str, name: &str, given: &Given) -> Vec<Vec<String>> {
    action::ALL.iter().filter_map(|action| action.command(path, name, given)).collect()
}

/// Diagnoses and plans. The same input gives the same plan.
pub fn repair(input: &Input) -> Repair {
    let found = diagnose::issues(input);
    let plan = plan::plan(input, &found.causes);
    let issues = found.causes.into_iter().map(|cause| cause.issue).collect::<Vec<_>>();
    let exit_code = match () {
        () if issues.iter().any(|issue| issue.tampering) => 2,
        () if issues.is_empty() => 0,
        () => 1,
    };
    let mut diagnosis = Diagnosis {
        looked_at: input.looked_at.clone(),
        not_looked_at: input.not_looked_at.clone(),
        ..Diagnosis::default()
    };
    for issue in &issues {
        *diagnosis.by_severity.entry(issue.severity).or_default() += 1;
        *diagnosis.by_source.entry(issue.source).or_default() += 1;
        let cluster = match issue.subject.as_str() {
            "" => format!("{}:{}", issue.source.word(), issue.code),
            subject => format!("subject:{subject}"),
        };
        diagnosis.clusters.entry(cluster).or_default().push(issue.id.clone());
    }
    diagnosis.issues = issues;
    let (id, name) = (input.id.to_owned(), input.name.to_owned());
    Repair {
        schema: "cask.repair/1",
        tool_version: input.tool_version,
        toolpack: Pack { id, name, path: input.path.to_owned() },
        exit_code,
        diagnosis,
        plan,
        redacted: found.redacted,
    }
}
