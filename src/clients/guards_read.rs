//! A workflow or hook file in; where in it the gate runs, and what keeps that from counting, out.

use std::collections::BTreeSet;

use super::script;
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

/// The action that is cask's own, and hooks of the same repository.
const OWN: &str = "cask-dev/cask";

/// The runs of an action that says it is cask's, and what speaks against it: whoever writes the action decides what
/// the gate says.
fn action(uses: &str) -> Option<BTreeSet<String>> {
    let (name, version) = uses.split_once('@').unwrap_or((uses, ""));
    let name = name.trim_end_matches('/').to_ascii_lowercase();
    let local = name == ".";
    let named =
        name.split('/').any(|part| matches!(part, "cask" | "cask-action")) && !name.ends_with("/setup");
    if !local && !named {
        return None;
    }
    let mut holes = BTreeSet::new();
    let path = name.strip_prefix(OWN).filter(|rest| rest.is_empty() || rest.starts_with('/'));
    if path.is_none() {
        holes.insert(format!("it is the action {name}"));
    }
    let pinned = version.len() == 40 && version.bytes().all(|b| b.is_ascii_hexdigit());
    if !pinned && !name.starts_with('.') {
        holes.insert("its action is not pinned to a commit".to_owned());
    }
    Some(holes)
}

/// Inputs of an action by which a workflow decides what judges, what is judged, and by what.
const DECIDE: &[&str] = &[
    "args",
    "base-ref",
    "cask-path",
    "command",
    "head-ref",
    "mode",
    "path",
    "trust",
    "trust-ref",
    "version",
    "working-directory",
];

/// What they are if nobody says anything.
const USUAL: &[(&str, &str)] = &[("mode", "gate"), ("working-directory", ".")];

/// Shells that stop where a command fails, as they are named in a workflow.
const STOPS: &[&str] = &["bash", "sh", "pwsh", "powershell"];

/// Another way to run the text: it need not run it at all.
fn other_shell(root: &Node, job: &Node, step: &Node) -> Option<String> {
    let of = |node: &Node| node.at("/defaults/run/shell").and_then(Node::as_text).map(str::to_owned);
    let shell = step.get("shell").and_then(Node::as_text).map(str::to_owned);
    let shell = shell.or_else(|| of(job)).or_else(|| of(root))?;
    (!STOPS.contains(&shell.as_str())).then(|| format!("shell: {shell}"))
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
        if let Some(of_action) = job.get("uses").and_then(Node::as_text).and_then(action) {
            found.push(Gate {
                pointer: at.clone(),
                line: job.line,
                holes: of_job.union(&of_action).cloned().collect(),
                rights: may.clone(),
            });
        }
        let steps = job.get("steps").map(Node::items).unwrap_or_default();
        if may.contains("pull_request_target") && !steps.iter().any(|step| checks_out_head(root, job, step)) {
            may.remove("pull_request_target");
        }
        for (n, step) in steps.iter().enumerate() {
            let text = |key: &str| step.get(key).and_then(Node::as_text).unwrap_or_default();
            let of_action = action(text("uses"));
            let lines = script::runs(text("run"));
            // The best of them counts: another one takes nothing away from it.
            let best = of_action.or_else(|| lines.into_iter().map(|run| run.holes).min_by_key(BTreeSet::len));
            let Some(best) = best else { continue };
            let mut of_step: BTreeSet<String> = of_job.union(&best).cloned().collect();
            switched(step, "the step", &mut of_step);
            of_step.extend(other_shell(root, job, step).filter(|_| text("uses").is_empty()));
            let with = step.get("with");
            let fail_on = with.and_then(|w| w.get("fail-on")).and_then(Node::as_text).unwrap_or_default();
            if matches!(fail_on.trim().to_ascii_lowercase().as_str(), "never" | "none") {
                of_step.insert("fail-on: never".to_owned());
            }
            // Whoever sets these decides by what it judges.
            for (name, value) in with.map(Node::members).unwrap_or_default() {
                let usual = USUAL.iter().any(|(n, usual)| n == name && value.as_text() == Some(usual));
                if DECIDE.contains(&name.as_str()) && !usual {
                    of_step.insert(format!("with {name}: {}", crate::canon::json::canonical(value)));
                }
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
fn checks_out_head(root: &Node, job: &Node, step: &Node) -> bool {
    let of_head = |text: &str| {
        let text = text.to_ascii_lowercase();
        text.contains("head") || text.contains("pull/") || text.contains("merge_commit_sha")
    };
    let with = |key: &str| step.get("with").and_then(|w| w.get(key)).and_then(Node::as_text);
    if with("ref").is_some_and(of_head) || with("repository").is_some_and(of_head) {
        return true;
    }
    let run = step.get("run").and_then(Node::as_text).unwrap_or_default().to_ascii_lowercase();
    let words: Vec<&str> = run.split_whitespace().collect();
    let names_head = ["pull/", "pull_request.head", "head_ref", "head.sha", "head.ref", "merge_commit_sha"];
    let given = [root, job, step].into_iter().filter_map(|node| node.get("env")).flat_map(Node::members);
    let mut given = given.filter_map(|(_, value)| value.as_text()).map(str::to_ascii_lowercase);
    words.windows(3).any(|w| w == ["gh", "pr", "checkout"])
        || words.contains(&"git")
            && (names_head.iter().any(|name| run.contains(name))
                || given.any(|value| names_head.iter().any(|name| value.contains(name))))
}

/// The runs of the gate in a hook: a script, or a configuration of a hook runner, line by line.
pub fn hook(text: &str) -> Vec<Gate> {
    let gate = |line: usize, holes| Gate {
        pointer: String::new(),
        line: u32::try_from(line).unwrap_or(u32::MAX).saturating_add(1),
        holes,
        rights: BTreeSet::new(),
    };
    let mut found: Vec<Gate> = script::runs(text).into_iter().map(|run| gate(run.line, run.holes)).collect();
    for (number, line) in text.lines().enumerate() {
        let id = line.trim().trim_start_matches("- ").strip_prefix("id:").map(str::trim);
        let Some(id) = id.filter(|id| id.starts_with("cask-")) else { continue };
        let mut holes = BTreeSet::new();
        if id.starts_with("cask-lint") {
            holes.insert("it compares nothing and asks for no approval".to_owned());
        }
        found.push(gate(number, holes));
    }
    found
}
