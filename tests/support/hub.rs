//! A repository on a server, and a step of a workflow that runs on a checkout of it: everything that the runner gives
//! a step, and what it reads afterwards.
#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cask::cmd::ci;
use cask::cmd::ctx::{Ctx, Global};
use cask::model::gate_config::DriftEntry;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::forge::{PACK, Who, World};
use super::support::git_command;

/// `owner/name` of the repository.
pub const REPOSITORY: &str = "acme/shop";
const URL: &str = "server/acme/shop";

/// A server with one repository, made of a world.
pub struct Hub {
    pub dir: TempDir,
    pub world: World,
    /// What the command line says.
    pub args: ci::Args,
}

/// What a step came to.
#[derive(Debug)]
pub struct Step {
    pub code: u8,
    pub out: String,
    pub err: String,
    pub outputs: BTreeMap<String, String>,
    pub summary: String,
    /// report.json of the output `report-json`.
    pub report: Value,
    /// What the runner would keep until the job ends.
    temp: TempDir,
}

impl Step {
    pub fn output(&self, name: &str) -> &str {
        self.outputs.get(name).map_or_else(|| panic!("no output {name}: {self:?}"), String::as_str)
    }

    /// A file of the output `report-dir`.
    pub fn file(&self, name: &str) -> String {
        let path = Path::new(self.output("report-dir")).join(name);
        assert!(path.starts_with(self.temp.path()), "{path:?} is not in RUNNER_TEMP");
        std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{path:?}: {why}"))
    }

    pub fn rules(&self) -> Vec<&str> {
        let findings = self.report["findings"].as_array();
        findings.into_iter().flatten().filter_map(|finding| finding["rule"].as_str()).collect()
    }
}

impl Hub {
    /// A server with the `main` of a world.
    pub fn of(world: World) -> Hub {
        let args = ci::Args { head_ref: Some("HEAD".into()), ..ci::Args::default() };
        let hub = Hub { dir: TempDir::new().expect("a scratch folder"), world, args };
        let bare = hub.dir.path().join(URL);
        std::fs::create_dir_all(&bare).expect("folders");
        git(&bare, &["init", "-q", "--bare", "-b", "main"]);
        git(&bare, &["config", "uploadpack.allowAnySHA1InWant", "true"]);
        hub.push("main", "refs/heads/main");
        hub
    }

    /// One whose `main` has moved away from the description that gate.yaml names.
    pub fn drifted() -> Hub {
        let hub = Hub::of(World::shop());
        let w = &hub.world;
        w.write("api/baseline.json", w.read(&format!("{PACK}/artifact/baseline.json")));
        let entry = DriftEntry { toolpack: "shop".into(), to: "api/baseline.json".into(), line: 0 };
        w.put_gate(|gate| gate.drift = vec![entry], &[Who::Alice, Who::Carol]);
        w.json("api/baseline.json", |api| {
            let operations = api["operations"].as_object_mut().expect("operations");
            operations.remove("api.shop.example/v1/orders POST").expect("it was there");
        });
        w.merge();
        hub.push("main", "refs/heads/main");
        hub
    }

    pub fn server(&self) -> String {
        format!("file://{}", self.dir.path().join("server").display())
    }

    /// The repository as the server keeps it.
    pub fn bare(&self) -> PathBuf {
        self.dir.path().join(URL)
    }

    fn url(&self) -> String {
        format!("file://{}", self.dir.path().join(URL).display())
    }

    pub fn push(&self, from: &str, to: &str) {
        let url = self.url();
        self.world.git(&["push", "-q", "-f", &url, &format!("{from}:{to}")]);
    }

    pub fn delete(&self, branch: &str) {
        git(&self.dir.path().join(URL), &["branch", "-q", "-D", branch]);
    }

    /// Commits the work tree as pull request 7, with the merge that GitHub makes of it. Its head.
    pub fn propose(&self) -> String {
        self.world.commit("proposed");
        self.remerge()
    }

    /// The merge of the head with `main` as it is now.
    pub fn remerge(&self) -> String {
        let w = &self.world;
        let head = w.git(&["rev-parse", "head"]);
        w.git(&["checkout", "-q", "--detach", "main"]);
        w.git(&["merge", "-q", "--no-ff", "-m", "merge", "head"]);
        self.push("HEAD", "refs/pull/7/merge");
        w.git(&["checkout", "-q", "head"]);
        self.push("head", "refs/pull/7/head");
        head
    }

    /// As actions/checkout does it: of a ref, with so much history.
    pub fn checkout(&self, name: &str, depth: Option<&str>) -> PathBuf {
        let workspace = self.dir.path().join("workspace");
        let _ = std::fs::remove_dir_all(&workspace);
        std::fs::create_dir_all(&workspace).expect("a folder");
        git(&workspace, &["init", "-q", "-b", "none"]);
        let url = self.url();
        git(&workspace, &["remote", "add", "origin", &url]);
        let target = format!("+{name}:refs/remotes/checked/out");
        let all = "+refs/heads/*:refs/remotes/origin/*";
        match depth {
            Some(depth) => git(&workspace, &["fetch", "-q", "--no-tags", depth, &url, &target]),
            None => git(&workspace, &["fetch", "-q", "--no-tags", &url, all, &target]),
        };
        git(&workspace, &["checkout", "-q", "--detach", "refs/remotes/checked/out"]);
        workspace
    }

    /// The payload of pull request 7.
    pub fn pull(&self, head: &str) -> Value {
        let tip = self.world.git(&["rev-parse", "main"]);
        json!({
            "action": "synchronize", "number": 7, "repository": self.repository(), "sender": {"login": "mallory"},
            "pull_request": {
                "number": 7, "user": {"login": "mallory"}, "merge_commit_sha": null, "title": "x",
                "base": {"ref": "main", "sha": tip, "repo": {"id": 1}},
                "head": {"ref": "head", "sha": head, "repo": {"id": 1}},
            },
        })
    }

    pub fn repository(&self) -> Value {
        json!({"id": 1, "full_name": REPOSITORY, "default_branch": "main", "owner": {"login": "acme"}})
    }

    /// Runs the step `cask ci` in a workspace.
    pub fn step(&self, workspace: &Path, event: &str, payload: &Value, with: &[(&str, &str)]) -> Step {
        self.step_in(workspace, event, payload, with, &[])
    }

    pub fn step_in(
        &self,
        workspace: &Path,
        event: &str,
        payload: &Value,
        with: &[(&str, &str)],
        more: &[(&str, &str)],
    ) -> Step {
        let at = TempDir::new_in(self.dir.path()).expect("a scratch folder");
        let file = |name: &str| at.path().join(name).display().to_string();
        std::fs::write(file("event.json"), payload.to_string()).expect("a file");
        let mut env: BTreeMap<String, String> = [
            ("GITHUB_ACTIONS", "true".to_owned()),
            ("CI", "true".to_owned()),
            ("GITHUB_EVENT_NAME", event.to_owned()),
            ("GITHUB_EVENT_PATH", file("event.json")),
            ("GITHUB_SERVER_URL", self.server()),
            ("GITHUB_REPOSITORY", REPOSITORY.to_owned()),
            ("GITHUB_REPOSITORY_ID", "1".to_owned()),
            ("GITHUB_RUN_ID", "42".to_owned()),
            ("GITHUB_RUN_ATTEMPT", "1".to_owned()),
            ("GITHUB_JOB", "gate".to_owned()),
            ("GITHUB_WORKFLOW_REF", format!("{REPOSITORY}/.github/workflows/gate.yml@refs/pull/7/merge")),
            ("GITHUB_WORKSPACE", workspace.display().to_string()),
            ("GITHUB_OUTPUT", file("output")),
            ("GITHUB_STEP_SUMMARY", file("summary")),
            ("RUNNER_TEMP", file("temp")),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        for (name, value) in with {
            let name = name.to_ascii_uppercase().replace('-', "_");
            env.insert(format!("CASK_INPUT_{name}"), (*value).to_owned());
        }
        env.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut ctx = Ctx {
            out: &mut out,
            err: &mut err,
            now: self.world.now,
            env: &|name| env.get(name).cloned(),
            names: &|| env.keys().cloned().collect(),
            cwd: workspace.to_owned(),
            random: &|bytes| bytes.fill(7),
            terminal: None,
            may_ask: false,
            attended: false,
            global: Global::default(),
        };
        let (code, told) = match ci::run(self.args.clone(), &mut ctx) {
            Ok(code) => (code, String::new()),
            Err(failed) => (3, format!("{:?}", failed.0)),
        };
        let read = |name: &str| std::fs::read_to_string(at.path().join(name)).unwrap_or_default();
        let outputs = heredocs(&read("output"));
        let report = outputs.get("report-json").and_then(|path| std::fs::read(path).ok());
        Step {
            code,
            out: String::from_utf8(out).expect("text"),
            err: String::from_utf8(err).expect("text") + &told,
            summary: read("summary"),
            report: report.map_or(Value::Null, |bytes| serde_json::from_slice(&bytes).expect("JSON")),
            outputs,
            temp: at,
        }
    }
}

/// Outputs as the runner reads them: `name<<delimiter`, lines, the delimiter; the last one of a name counts.
pub fn heredocs(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let (name, end) = line.split_once("<<").unwrap_or_else(|| panic!("{line:?} opens no output"));
        let value: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
        found.insert(name.to_owned(), value.join("\n"));
    }
    found
}

pub fn git(dir: &Path, args: &[&str]) -> String {
    let out = git_command(dir).args(args).output().expect("git runs");
    assert!(out.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).trim_end().to_owned()
}
