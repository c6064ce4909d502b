//! What runs the gate: workflows and hooks before and after. One that ran it and no longer does, or whose run no
//! longer stops anything, is told.

use std::collections::BTreeSet;

use super::guards_read::{Gate, hook, mentions, tree, workflow};
use crate::model::finding::{Finding, Place, Side, Subject, SubjectKind};
use crate::model::phrase::Phrase;
use crate::rules::{Rule, trust};

/// Files that can run the gate, and may speak of it.
pub const HOOKS: &[&str] = &[
    ".pre-commit-config.yaml",
    ".pre-commit-config.yml",
    "lefthook.yml",
    "lefthook.yaml",
    ".lefthook.yml",
    ".lefthook.yaml",
    "lefthook.toml",
    "lefthook.json",
    ".gitlab-ci.yml",
    ".gitlab-ci.yaml",
    "azure-pipelines.yml",
    "Jenkinsfile",
    ".circleci/config.yml",
    "bitbucket-pipelines.yml",
];

/// Whether a path is one of a file that can run the gate.
pub fn is_guard(path: &str) -> bool {
    is_workflow(path)
        || HOOKS.contains(&path)
        || path.starts_with(".husky/")
        || path.starts_with(".githooks/")
}

fn is_workflow(path: &str) -> bool {
    path.strip_prefix(".github/workflows/")
        .is_some_and(|name| name.ends_with(".yml") || name.ends_with(".yaml"))
}

/// A file on both sides; bytes where it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// Its path.
    pub path: String,
    /// Before; or why it can't be read.
    pub base: Result<Option<Vec<u8>>, String>,
    /// After.
    pub head: Option<Vec<u8>>,
}

impl Guard {
    /// Whether the two sides differ, or may.
    pub fn differs(&self) -> bool {
        self.base.as_ref() != Ok(&self.head)
    }
}

/// How a file runs the gate.
enum Runs {
    Some(Vec<Gate>),
    /// It speaks of cask and can't be read.
    Unread(u32, String),
}

fn read(path: &str, bytes: Option<&Vec<u8>>) -> Runs {
    let Some(bytes) = bytes.filter(|bytes| mentions(bytes)) else { return Runs::Some(Vec::new()) };
    if !is_workflow(path) {
        return Runs::Some(hook(&String::from_utf8_lossy(bytes)));
    }
    match tree(path, bytes) {
        Ok(root) => Runs::Some(workflow(&root)),
        Err(fault) => Runs::Unread(fault.line.max(1), fault.message),
    }
}

/// Whether a file runs the gate, and nothing keeps that from stopping a change.
pub fn runs_gate(path: &str, bytes: &[u8]) -> bool {
    match read(path, Some(&bytes.to_vec())) {
        Runs::Some(gates) => gates.iter().any(|gate| gate.holes.is_empty()),
        Runs::Unread(..) => false,
    }
}

/// What the change does to what runs the gate. The files that differ, with all the others that could take over.
pub fn run(guards: &[Guard]) -> Vec<Finding> {
    let mut out = Vec::new();
    // Elsewhere in the head the gate may run as it did: then it moved.
    let elsewhere: Vec<(&str, Gate)> = guards
        .iter()
        .flat_map(|g| match read(&g.path, g.head.as_ref()) {
            Runs::Some(gates) => gates.into_iter().map(|gate| (g.path.as_str(), gate)).collect(),
            Runs::Unread(..) => Vec::new(),
        })
        .collect();
    for guard in guards.iter().filter(|g| g.differs()) {
        let before = match &guard.base {
            Ok(bytes) => read(&guard.path, bytes.as_ref()),
            Err(why) => Runs::Unread(1, why.clone()),
        };
        let after = read(&guard.path, guard.head.as_ref());
        let was = match before {
            Runs::Some(gates) => gates,
            // Nobody knows what it did; that it ran the gate is the safe guess.
            Runs::Unread(line, _) => {
                vec![Gate { pointer: String::new(), line, holes: BTreeSet::new(), rights: BTreeSet::new() }]
            }
        };
        let is = match after {
            Runs::Some(gates) => gates,
            Runs::Unread(line, why) => {
                if !was.is_empty() {
                    let here = Phrase::say("it ran the gate and can no longer be read: ").and_quote(why);
                    out.push(told(trust::GATE_REMOVED, guard, line, "", Side::Head, here));
                }
                continue;
            }
        };
        holes(guard, &was, &is, &elsewhere, &mut out);
        rights(guard, &was, &is, &mut out);
    }
    out
}

fn holes(guard: &Guard, was: &[Gate], is: &[Gate], elsewhere: &[(&str, Gate)], out: &mut Vec<Finding>) {
    // The best of the runs counts: one that always runs and stops.
    let Some(best) = was.iter().min_by_key(|g| g.holes.len()) else { return };
    let as_good = |g: &Gate| g.holes.is_subset(&best.holes);
    let same_kind = |path: &str| is_workflow(path) || !is_workflow(&guard.path);
    if is.iter().any(as_good)
        || elsewhere.iter().any(|(path, g)| *path != guard.path && same_kind(path) && as_good(g))
    {
        return;
    }
    match is.iter().min_by_key(|g| g.holes.difference(&best.holes).count()) {
        None => {
            let here = "it ran the gate, and nothing else here does".into();
            out.push(told(trust::GATE_REMOVED, guard, best.line, &best.pointer, Side::Base, here));
        }
        Some(now) => {
            let here = Phrase::say("new: ").and(Phrase::list(now.holes.difference(&best.holes).cloned()));
            out.push(told(trust::GATE_REMOVED, guard, now.line, &now.pointer, Side::Head, here));
        }
    }
}

fn rights(guard: &Guard, was: &[Gate], is: &[Gate], out: &mut Vec<Finding>) {
    let had: BTreeSet<&str> = was.iter().flat_map(|g| g.rights.iter().copied()).collect();
    for gate in is {
        let new: Vec<&str> = gate.rights.iter().copied().filter(|right| !had.contains(right)).collect();
        if !new.is_empty() {
            let here = Phrase::say(match new.contains(&"pull_request_target") {
                true => {
                    "on pull_request_target, with files of the head: they run with the repository's secrets"
                }
                false => "permissions: write-all",
            });
            out.push(told(trust::WORKFLOW_PRIVILEGED, guard, gate.line, &gate.pointer, Side::Head, here));
            return;
        }
    }
}

fn told(rule: &'static Rule, guard: &Guard, line: u32, pointer: &str, side: Side, here: Phrase) -> Finding {
    let subject = Subject {
        path: String::new(),
        toolpack: String::new(),
        kind: SubjectKind::Workflow,
        id: guard.path.clone(),
        name: guard.path.clone(),
    };
    let place = Place { file: guard.path.clone(), line: line.max(1), pointer: pointer.to_owned(), side };
    Finding::new(rule, subject, place).says("gate", here.clone()).here(here)
}
