//! A workflow or hook file in; where in it the gate runs, and what keeps that from counting, out.

use std::collections::BTreeSet;

use crate::canon::node::Value;
use crate::canon::read_yaml::{Dialect, read_yaml};
use crate::canon::{Fault, Limits, Node};
use crate::model::limits;

/// One run of the gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// Where it stands.
    pub pointer: String,
    /// Its line.
    pub line: u32,
    /// What keeps it from stopping a change.
    pub holes: BTreeSet<String>,
    /// Rights that the change under review could use.
    pub rights: BTreeSet<&'static str>,
}

/// Whether a text speaks of cask at all: then it has to be read.
pub fn mentions(bytes: &[u8]) -> bool {
    bytes.windows(4).any(|w| w.eq_ignore_ascii_case(b"cask"))
}

/// Whether a line runs the gate.
pub fn runs(line: &str) -> bool {
    let line = line.trim();
    let words: Vec<&str> =
        line.split([' ', '\t', '"', '\'', ';', '&', '|', '(', ')', '=']).filter(|w| !w.is_empty()).collect();
    words.windows(2).enumerate().any(|(n, pair)| {
        let program = pair[0].rsplit('/').next().unwrap_or(pair[0]);
        let program = program.trim_end_matches(".exe");
        let own = matches!(program, "cask" | "caskmcp" | "$CASK_BIN" | "${CASK_BIN}");
        let shown = words[..n].iter().any(|w| matches!(*w, "echo" | "printf" | "#") || w.starts_with('#'));
        own && matches!(pair[1], "ci" | "gate" | "hook" | "diff" | "lint") && !shown
    })
}

/// Whether an action is cask's.
fn is_action(uses: &str) -> bool {
    let name = uses.split('@').next().unwrap_or(uses);
    let local = name.strip_prefix("./").is_some_and(|rest| rest.trim_end_matches('/').is_empty());
    local
        || name
            .split('/')
            .any(|part| part.eq_ignore_ascii_case("cask") || part.eq_ignore_ascii_case("cask-action"))
            && !name.ends_with("/setup")
}

/// The tree of a workflow.
///
/// # Errors
/// What YAML readers refuse.
pub fn tree(path: &str, bytes: &[u8]) -> Result<Node, Fault> {
    let limits = Limits { depth: 64, ..Limits::new(limits::SMALL).with_aliases(limits::V1_ALIASES) };
    read_yaml(path, bytes, Dialect::V11, &limits)
}

/// The runs of the gate in a workflow. `own`: the repository's own action counts, named by its folder.
pub fn workflow(root: &Node) -> Vec<Gate> {
    let mut found = Vec::new();
    let (holes, rights) = (around(root), rights(root));
    for (name, job) in root.get("jobs").map(Node::members).unwrap_or_default() {
        let at = format!("/jobs/{}", crate::canon::node::pointer_step(name));
        let mut of_job = holes.clone();
        switched(job, "the job", &mut of_job);
        let mut may = rights.clone();
        writes_all(job, &mut may);
        if let Some(uses) = job.get("uses").and_then(Node::as_text).filter(|uses| is_action(uses)) {
            let _ = uses;
            found.push(Gate {
                pointer: at.clone(),
                line: job.line,
                holes: of_job.clone(),
                rights: may.clone(),
            });
        }
        let steps = job.get("steps").map(Node::items).unwrap_or_default();
        if may.contains("pull_request_target") && !steps.iter().any(checks_out_head) {
            may.remove("pull_request_target");
        }
        for (n, step) in steps.iter().enumerate() {
            let text = |key: &str| step.get(key).and_then(Node::as_text).unwrap_or_default();
            let lines: Vec<&str> = text("run").lines().filter(|line| runs(line)).collect();
            if !is_action(text("uses")) && lines.is_empty() {
                continue;
            }
            let mut of_step = of_job.clone();
            switched(step, "the step", &mut of_step);
            if lines.iter().any(|line| {
                line.contains("||")
                    || line.contains("--fail-on never")
                    || line.contains("--fail-on=never")
                    || line.contains("--fail-on none")
            }) {
                of_step.insert("its exit code is ignored".to_owned());
            }
            if text("run").lines().any(|line| line.trim() == "set +e") {
                of_step.insert("its exit code is ignored".to_owned());
            }
            let with = step.get("with");
            let fail_on = with.and_then(|w| w.get("fail-on")).and_then(Node::as_text).unwrap_or_default();
            if matches!(fail_on, "never" | "none") {
                of_step.insert("fail-on: never".to_owned());
            }
            found.push(Gate {
                pointer: format!("{at}/steps/{n}"),
                line: step.line,
                holes: of_step,
                rights: may.clone(),
            });
        }
    }
    found
}

fn on(root: &Node) -> Option<&Node> {
    // YAML 1.1 takes the word for a boolean, and writes that as text.
    ["on", "true", "True"].iter().find_map(|key| root.get(key))
}

/// What of the triggers keeps the gate from running on changes.
fn around(root: &Node) -> BTreeSet<String> {
    let mut holes = BTreeSet::new();
    let Some(on) = on(root) else { return holes };
    let names: Vec<&str> = match &on.value {
        Value::Text(name) => vec![name],
        Value::List(items) => items.iter().filter_map(Node::as_text).collect(),
        _ => on.members().iter().map(|(name, _)| name.as_str()).collect(),
    };
    if !names.iter().any(|n| matches!(*n, "pull_request" | "pull_request_target")) {
        holes.insert("it does not run on pull requests".to_owned());
    }
    for (event, filter) in on.members().iter().filter(|(name, _)| name.starts_with("pull_request")) {
        for key in ["paths", "paths-ignore", "branches", "branches-ignore"] {
            if let Some(value) = filter.get(key) {
                holes
                    .insert(format!("{event} only for some {key}: {}", crate::canon::json::canonical(value)));
            }
        }
        let usual = ["opened", "synchronize", "reopened"];
        if let Some(types) = filter.get("types") {
            let has = |t: &&&str| types.items().iter().filter_map(Node::as_text).any(|have| have == **t);
            for missing in usual.iter().filter(|t| !has(t)) {
                holes.insert(format!("{event} without {missing}"));
            }
        }
    }
    holes
}

fn switched(node: &Node, what: &str, holes: &mut BTreeSet<String>) {
    if let Some(go_on) = node.get("continue-on-error").filter(|n| n.as_bool() != Some(false)) {
        holes.insert(format!("continue-on-error of {what}: {}", crate::canon::json::canonical(go_on)));
    }
    if let Some(when) = node.get("if").filter(|n| n.as_bool() != Some(true)) {
        holes.insert(format!("{what} runs only if {}", crate::canon::json::canonical(when)));
    }
}

fn rights(root: &Node) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    writes_all(root, &mut found);
    let target = on(root).is_some_and(|on| match &on.value {
        Value::Text(name) => name == "pull_request_target",
        Value::List(items) => items.iter().any(|i| i.as_text() == Some("pull_request_target")),
        _ => on.get("pull_request_target").is_some(),
    });
    if target {
        found.insert("pull_request_target");
    }
    found
}

fn writes_all(node: &Node, found: &mut BTreeSet<&'static str>) {
    match node.get("permissions") {
        Some(all) if all.as_text() == Some("write-all") => _ = found.insert("write-all"),
        Some(_) => _ = found.remove("write-all"),
        None => {}
    }
}

/// Whether a step takes the files of the change under review.
fn checks_out_head(step: &Node) -> bool {
    let uses = step.get("uses").and_then(Node::as_text).unwrap_or_default();
    let with =
        |key: &str| step.get("with").and_then(|w| w.get(key)).and_then(Node::as_text).unwrap_or_default();
    let of_head = |text: &str| {
        text.contains("head") || text.contains("refs/pull/") || text.contains("merge_commit_sha")
    };
    let run = step.get("run").and_then(Node::as_text).unwrap_or_default();
    uses.starts_with("actions/checkout@") && (of_head(with("ref")) || of_head(with("repository")))
        || run.contains("gh pr checkout")
        || run.contains("git") && run.contains("refs/pull/")
}

/// The runs of the gate in a hook: a script, or a configuration of a hook runner, line by line.
pub fn hook(text: &str) -> Vec<Gate> {
    let mut found = Vec::new();
    for (line, number) in text.lines().zip(1u32..) {
        let plain = line.trim();
        let id = plain
            .trim_start_matches("- ")
            .strip_prefix("id:")
            .map(str::trim)
            .is_some_and(|id| id.starts_with("cask-"));
        if plain.starts_with('#') || !id && !runs(plain) {
            continue;
        }
        let mut holes = BTreeSet::new();
        if plain.contains("||") || plain.contains("--fail-on never") {
            holes.insert("its exit code is ignored".to_owned());
        }
        found.push(Gate { pointer: String::new(), line: number, holes, rights: BTreeSet::new() });
    }
    found
}
