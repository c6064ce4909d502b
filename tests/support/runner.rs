//! What a runner of GitHub does with a composite action, as far as ours needs it: inputs and their defaults, the few
//! expressions that action.yml may use, steps in order by bash, and what files and log lines say afterwards, read by
//! the runner's own rules. An expression or a key that is not known here fails the test.
#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cask::canon::read_yaml::{Dialect, read_yaml};
use cask::canon::{Limits, Node};
use tempfile::TempDir;

/// A composite action as it is written.
pub struct Action {
    /// The folder of its action.yml.
    pub dir: PathBuf,
    pub root: Node,
}

/// A step of it.
pub struct Step {
    pub id: String,
    pub run: String,
    pub env: Vec<(String, String)>,
}

/// What a step came to.
pub struct Done {
    pub id: String,
    pub code: i32,
    pub log: String,
    pub outputs: BTreeMap<String, String>,
    pub summary: String,
    pub env_file: String,
    pub paths: Vec<String>,
    pub state: String,
    pub commands: Vec<Said>,
}

/// A line of the log that the runner acts on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub name: String,
    pub properties: BTreeMap<String, String>,
    pub data: String,
}

/// What the action came to: the steps that ran, and its outputs.
pub struct Job {
    pub steps: Vec<Done>,
    pub outputs: BTreeMap<String, String>,
}

impl Job {
    /// The code of the step that failed, or 0.
    pub fn code(&self) -> i32 {
        self.steps.iter().map(|step| step.code).find(|code| *code != 0).unwrap_or(0)
    }

    pub fn step(&self, id: &str) -> &Done {
        self.steps.iter().find(|step| step.id == id).unwrap_or_else(|| panic!("{id} ran: {}", self.log()))
    }

    pub fn log(&self) -> String {
        self.steps.iter().map(|step| step.log.as_str()).collect()
    }

    pub fn commands(&self) -> Vec<&Said> {
        self.steps.iter().flat_map(|step| &step.commands).collect()
    }
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Reads YAML of this repository.
pub fn yaml(path: &Path) -> Node {
    let bytes = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    read_yaml(&path.display().to_string(), &bytes, Dialect::V12, &Limits::new(1 << 20)).expect("YAML")
}

fn text(node: &Node, key: &str) -> String {
    node.get(key).and_then(Node::as_text).unwrap_or_default().to_owned()
}

impl Action {
    pub fn read(dir: &Path) -> Action {
        let root = yaml(&dir.join("action.yml"));
        assert_eq!(root.at("/runs/using").and_then(Node::as_text), Some("composite"));
        Action { dir: dir.to_owned(), root }
    }

    /// Names and defaults of inputs, in order.
    pub fn inputs(&self) -> Vec<(String, String)> {
        let inputs = self.root.get("inputs").map(Node::members).unwrap_or_default();
        inputs.iter().map(|(name, input)| (name.clone(), text(input, "default"))).collect()
    }

    /// Names and expressions of outputs, in order.
    pub fn outputs(&self) -> Vec<(String, String)> {
        let outputs = self.root.get("outputs").map(Node::members).unwrap_or_default();
        outputs.iter().map(|(name, output)| (name.clone(), text(output, "value"))).collect()
    }

    pub fn steps(&self) -> Vec<Step> {
        let steps = self.root.at("/runs/steps").map(Node::items).unwrap_or_default();
        let known = ["name", "id", "shell", "run", "env"];
        let read = |step: &Node| {
            let odd = step.members().iter().find(|(key, _)| !known.contains(&key.as_str()));
            assert!(odd.is_none(), "the harness does not know {odd:?}");
            assert_eq!(text(step, "shell"), "bash");
            let env = step.get("env").map(Node::members).unwrap_or_default();
            let value = |node: &Node| node.as_text().expect("a text").to_owned();
            Step {
                id: text(step, "id"),
                run: text(step, "run"),
                env: env.iter().map(|(name, node)| (name.clone(), value(node))).collect(),
            }
        };
        steps.iter().map(read).collect()
    }
}

/// The machine that runs jobs: its folders, and what it tells every step.
pub struct Runner {
    pub dir: TempDir,
    pub env: BTreeMap<String, String>,
    /// The token of the job.
    pub token: String,
}

impl Runner {
    pub fn new() -> Runner {
        let dir = TempDir::new().expect("a scratch folder");
        for name in ["temp", "tools", "workspace", "home", "files"] {
            std::fs::create_dir(dir.path().join(name)).expect("a folder");
        }
        let at = |name: &str| dir.path().join(name).display().to_string();
        let env = [
            ("PATH", std::env::var("PATH").expect("a path")),
            ("HOME", at("home")),
            ("CI", "true".into()),
            ("GITHUB_ACTIONS", "true".into()),
            ("GITHUB_WORKSPACE", at("workspace")),
            ("GITHUB_SERVER_URL", "https://github.com".into()),
            ("RUNNER_OS", "Linux".into()),
            ("RUNNER_ARCH", "X64".into()),
            ("RUNNER_TEMP", at("temp")),
            ("RUNNER_TOOL_CACHE", at("tools")),
        ];
        let env = env.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Runner { dir, env, token: "ghs_0123456789abcdefghijABCDEFGHIJ012345".to_owned() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.env.insert(name.to_owned(), value.into());
    }

    /// Runs the action with these inputs. A step after one that failed does not run.
    pub fn run(&self, action: &Action, with: &[(&str, &str)]) -> Job {
        let mut inputs: BTreeMap<String, String> = BTreeMap::new();
        for (name, default) in action.inputs() {
            let given = with.iter().find(|(given, _)| *given == name).map(|(_, value)| (*value).to_owned());
            let value = given.unwrap_or_else(|| self.filled(action, &default, &BTreeMap::new(), &[]));
            inputs.insert(name, value);
        }
        let unknown = with.iter().find(|(name, _)| !inputs.contains_key(*name));
        assert!(unknown.is_none(), "no such input: {unknown:?}");
        let action_path = action.dir.display().to_string();
        let mut steps: Vec<Done> = Vec::new();
        for step in action.steps() {
            let env: Vec<(String, String)> = step
                .env
                .iter()
                .map(|(name, value)| (name.clone(), self.filled(action, value, &inputs, &steps)))
                .collect();
            assert!(!step.run.contains("${{"), "a text of a stranger would be run: {}", step.run);
            let done =
                self.bash(&step, &[env, vec![("GITHUB_ACTION_PATH".into(), action_path.clone())]].concat());
            let failed = done.code != 0;
            steps.push(done);
            if failed {
                break;
            }
        }
        let outputs = action.outputs();
        let outputs = outputs
            .into_iter()
            .map(|(name, value)| (name, self.filled(action, &value, &inputs, &steps)))
            .collect();
        Job { steps, outputs }
    }

    /// A text with its expressions filled in.
    fn filled(
        &self,
        action: &Action,
        text: &str,
        inputs: &BTreeMap<String, String>,
        steps: &[Done],
    ) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${{") {
            let (expression, after) = after.split_once("}}").expect("an expression ends");
            // The first that is not empty, else the last.
            let values = expression.split("||").map(|term| self.value(action, term.trim(), inputs, steps));
            let values: Vec<String> = values.collect();
            let found = values.iter().find(|value| !value.is_empty()).or(values.last());
            out += before;
            out += found.expect("a value");
            rest = after;
        }
        out + rest
    }

    fn value(
        &self,
        action: &Action,
        term: &str,
        inputs: &BTreeMap<String, String>,
        steps: &[Done],
    ) -> String {
        let path: Vec<&str> = term.split('.').collect();
        match path.as_slice() {
            ["github", "token"] => self.token.clone(),
            ["github", "action_path"] => action.dir.display().to_string(),
            ["inputs", name] => inputs.get(*name).unwrap_or_else(|| panic!("no input {name}")).clone(),
            ["steps", id, "outputs", name] => {
                let known = action.steps().iter().any(|step| step.id == *id);
                assert!(known, "no step {id}");
                let step = steps.iter().find(|step| step.id == *id);
                step.and_then(|step| step.outputs.get(*name)).cloned().unwrap_or_default()
            }
            _ => match term.strip_prefix('\'').and_then(|t| t.strip_suffix('\'')) {
                Some(literal) => literal.to_owned(),
                None => panic!("the harness does not know the expression {term}"),
            },
        }
    }

    /// Runs one step with these variables beside those of the machine.
    pub fn bash(&self, step: &Step, env: &[(String, String)]) -> Done {
        let files = TempDir::new_in(self.path("files")).expect("a folder");
        let names = ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STATE"];
        let script = files.path().join("script.sh");
        std::fs::write(&script, &step.run).expect("a script");
        let log = files.path().join("log");
        let shared = std::fs::File::create(&log).expect("a log");
        let mut command = Command::new("/bin/bash");
        command.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(&script);
        command.current_dir(&self.env["GITHUB_WORKSPACE"]).env_clear().envs(&self.env);
        for name in names {
            std::fs::write(files.path().join(name), "").expect("a file");
            command.env(name, files.path().join(name));
        }
        command.envs(env.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stderr(shared.try_clone().expect("a second way to it")).stdout(shared);
        let status = command.status().expect("bash runs");
        let file = |name: &str| {
            let bytes = std::fs::read(files.path().join(name)).expect("a file");
            String::from_utf8(bytes).unwrap_or_else(|e| panic!("{name} is not UTF-8: {e}"))
        };
        let log = file("log");
        Done {
            id: step.id.clone(),
            code: status.code().expect("bash was not killed"),
            outputs: pairs(&file("GITHUB_OUTPUT")),
            summary: file("GITHUB_STEP_SUMMARY"),
            env_file: file("GITHUB_ENV"),
            paths: file("GITHUB_PATH").lines().map(str::to_owned).collect(),
            state: file("GITHUB_STATE"),
            commands: commands(&log),
            log,
        }
    }
}

/// The values of a file of outputs: `name=value`, or `name<<END` with lines until one that is END.
pub fn pairs(file: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut lines = file.split('\n').map(|line| line.trim_end_matches('\r'));
    while let Some(line) = lines.next() {
        let (equals, here) = (line.find('='), line.find("<<"));
        if line.is_empty() {
            continue;
        }
        if let Some(here) = here.filter(|here| equals.is_none_or(|equals| *here < equals)) {
            let (name, end) = (&line[..here], &line[here + 2..]);
            assert!(!name.is_empty() && !end.is_empty(), "invalid format: {line}");
            let mut value = Vec::new();
            loop {
                match lines.next() {
                    Some(line) if line == end => break,
                    Some(line) => value.push(line),
                    None => panic!("no line ends the value of {name}"),
                }
            }
            found.insert(name.to_owned(), value.join("\n"));
        } else {
            let equals = equals.unwrap_or_else(|| panic!("invalid format: {line}"));
            assert!(equals > 0, "a value without a name: {line}");
            found.insert(line[..equals].to_owned(), line[equals + 1..].to_owned());
        }
    }
    found
}

/// What runners act on.
const COMMANDS: &[&str] = &[
    "add-mask",
    "add-matcher",
    "add-path",
    "debug",
    "echo",
    "endgroup",
    "error",
    "group",
    "notice",
    "remove-matcher",
    "save-state",
    "set-env",
    "set-output",
    "stop-commands",
    "warning",
];

/// The commands of a log, in order, as long as they are not stopped.
pub fn commands(log: &str) -> Vec<Said> {
    let mut found: Vec<Said> = Vec::new();
    let mut stopped: Option<String> = None;
    for line in log.lines() {
        if let Some(end) = &stopped {
            if line.trim() == format!("::{end}::") {
                stopped = None;
            }
            continue;
        }
        let Some(said) = new_form(line).or_else(|| old_form(line)) else { continue };
        if said.name == "stop-commands" {
            stopped = Some(said.data.clone());
        }
        found.push(said);
    }
    found
}

/// `::name key=value,key=value::data`, at the beginning of a line.
fn new_form(line: &str) -> Option<Said> {
    let (head, data) = line.trim_start().strip_prefix("::")?.split_once("::")?;
    said(head, ',', data)
}

/// `##[name key=value;key=value]data`, anywhere in a line.
fn old_form(line: &str) -> Option<Said> {
    let (head, data) = line.split_once("##[")?.1.split_once(']')?;
    said(head, ';', data)
}

fn said(head: &str, between: char, data: &str) -> Option<Said> {
    let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
    let name = name.to_ascii_lowercase();
    let pairs = properties.split(between).filter_map(|pair| pair.trim().split_once('='));
    let properties = pairs
        .map(|(key, value)| (key.to_owned(), decoded(&value.replace("%3A", ":").replace("%2C", ","))))
        .collect();
    COMMANDS.contains(&name.as_str()).then(|| Said { name, properties, data: decoded(data) })
}

fn decoded(text: &str) -> String {
    text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
}
