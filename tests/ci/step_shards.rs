//! The workflow of docs/action.md that judges in parts, run as it stands there: eight jobs, each with the token of one
//! that only reads, and the job that puts together what they hand over. One report, one comment, one verdict.
#![cfg(unix)]

use crate::{fake_github, hub, market, runner};

use std::path::{Path, PathBuf};
use std::sync::Arc;

use cask::canon::Limits;
use cask::canon::Node;
use cask::canon::read_yaml::{Dialect, read_yaml};
use fake_github::{Fake, Grant, Kind};
use hub::{Hub, REPOSITORY};
use market::market;
use runner::{Action, Done, Runner, Step, root};
use serde_json::Value;

const PARTS: usize = 8;

/// The workflow that the page shows.
fn workflow() -> Node {
    let page = std::fs::read_to_string(root().join("docs/action.md")).expect("the page");
    let (_, part) = page.split_once("\n## Many toolpacks\n").expect("its part");
    let (_, rest) = part.split_once("```yaml\n").expect("a workflow");
    let (text, _) = rest.split_once("```\n").expect("its end");
    read_yaml("docs/action.md", text.as_bytes(), Dialect::V12, &Limits::new(1 << 20)).expect("YAML")
}

/// A pull request that changes the text of a tool in one of five toolpacks, which nobody signed.
struct Site {
    hub: Hub,
    head: String,
    workflow: Node,
    github: Arc<fake_github::World>,
    _fake: Fake,
}

impl Site {
    fn new() -> Site {
        let hub = Hub::of(market());
        hub.world.replace("packs/a/artifact/tools.json", "\"description\": \"", "\"description\": \"Well: ");
        let head = hub.propose();
        let fake = Fake::start();
        let github = fake.world(Kind::Com);
        {
            let mut state = github.state();
            state.git = Some(hub.bare());
            let tip = hub.world.git(&["rev-parse", "main"]);
            state.open_pull(7, "mallory", ("head", &head), ("main", &tip));
        }
        Site { hub, head, workflow: workflow(), github, _fake: fake }
    }

    /// The machine of a job, with cask set up on it.
    fn machine(&self, job: &str, workspace: &Path) -> Runner {
        let mut runner = Runner::new();
        std::fs::write(runner.path("event.json"), self.hub.pull(&self.head).to_string()).expect("a payload");
        for (name, value) in [
            ("GITHUB_EVENT_NAME", "pull_request".to_owned()),
            ("GITHUB_EVENT_PATH", runner.path("event.json").display().to_string()),
            ("GITHUB_WORKSPACE", workspace.display().to_string()),
            ("GITHUB_SERVER_URL", self.hub.server()),
            ("GITHUB_API_URL", self.github.rest().to_owned()),
            ("GITHUB_GRAPHQL_URL", self.github.graphql()),
            ("GITHUB_REPOSITORY", REPOSITORY.to_owned()),
            ("GITHUB_REPOSITORY_ID", "1".to_owned()),
            ("GITHUB_REF", "refs/pull/7/merge".to_owned()),
            ("GITHUB_WORKFLOW_REF", format!("{REPOSITORY}/.github/workflows/cask.yml@refs/pull/7/merge")),
            ("GITHUB_JOB", job.to_owned()),
            ("GITHUB_RUN_ID", "42".to_owned()),
            ("GITHUB_RUN_ATTEMPT", "1".to_owned()),
        ] {
            runner.set(name, value);
        }
        let set_up =
            runner.run(&Action::read(&root().join("setup")), &[("cask-path", env!("CARGO_BIN_EXE_cask"))]);
        assert_eq!(set_up.code(), 0, "{}", set_up.log());
        let path = format!("{}:{}", set_up.steps[0].paths.join(":"), runner.env["PATH"]);
        runner.set("PATH", path);
        runner
    }

    /// The step of a job that the page writes a script for.
    fn script(&self, runner: &Runner, job: &str, matrix: usize, token: &str) -> Done {
        let steps = self.workflow.at(&format!("/jobs/{job}/steps")).map(Node::items).unwrap_or_default();
        let scripts: Vec<&Node> = steps.iter().filter(|step| step.get("run").is_some()).collect();
        let [step] = scripts[..] else { panic!("{job} has one script") };
        let text = |node: &Node| node.as_text().expect("a text").to_owned();
        let filled = |value: &Node| match value.as_text() {
            Some("${{ matrix.part }}") => matrix.to_string(),
            Some("${{ github.token }}") => token.to_owned(),
            other => panic!("nobody knows {other:?}"),
        };
        let env = step.get("env").map(Node::members).unwrap_or_default();
        let env: Vec<(String, String)> =
            env.iter().map(|(name, value)| (name.clone(), filled(value))).collect();
        let run = text(step.get("run").expect("a script"));
        assert!(!run.contains("${{"), "{run}");
        runner.bash(&Step { id: job.to_owned(), run, env: Vec::new() }, &env)
    }

    /// One of the judging jobs: what it hands over.
    fn judge(&self, part: usize) -> PathBuf {
        let workspace = self.hub.checkout("refs/pull/7/merge", Some("--depth=1"));
        let runner = self.machine("judge", &workspace);
        let done = self.script(&runner, "judge", part, &self.github.token(Grant::read_only()));
        assert_eq!(done.code, 0, "part {part}: {}", done.log);
        let kept = self.hub.dir.path().join(format!("kept-{part}.json"));
        std::fs::copy(workspace.join(format!("part-{part}.json")), &kept).expect("it was handed over");
        kept
    }

    /// The job that puts parts together: it has no checkout, only what was handed over.
    fn gate(&self, parts: &[PathBuf]) -> (Runner, Done) {
        let workspace = self.hub.dir.path().join("gate");
        let _ = std::fs::remove_dir_all(&workspace);
        std::fs::create_dir_all(workspace.join("parts")).expect("folders");
        for (n, part) in parts.iter().enumerate() {
            std::fs::copy(part, workspace.join(format!("parts/part-{n}.json"))).expect("a file");
        }
        let runner = self.machine("gate", &workspace);
        let done = self.script(&runner, "gate", 0, &self.github.token(Grant::job()));
        (runner, done)
    }

    fn bodies(&self) -> Vec<String> {
        self.github.state().bodies(7)
    }
}

/// The workflow has as many jobs as this test.
#[test]
fn the_page_names_every_part() {
    let parts = workflow();
    let parts = parts.at("/jobs/judge/strategy/matrix/part").map(Node::items).unwrap_or_default();
    assert_eq!(parts.len(), PARTS);
}

#[test]
fn eight_jobs_judge_and_one_comment_says_it() {
    let site = Site::new();
    let parts: Vec<PathBuf> = (1..=PARTS).map(|part| site.judge(part)).collect();
    assert!(site.github.writes().is_empty(), "a part tells nobody");

    let (_runner, done) = site.gate(&parts);
    assert_eq!(
        (done.code, done.outputs["outcome"].as_str(), done.outputs["degraded"].as_str()),
        (2, "fail", ""),
        "{}",
        done.log
    );
    assert_eq!(done.outputs["head-sha"].len(), 40);
    assert!(done.outputs["comment-url"].contains("#issuecomment-"));
    let bodies = site.bodies();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    assert!(done.summary.contains("packs/a") || done.summary.contains("packs&#47;a"), "{}", done.summary);

    // The same of one machine: the same files, and a comment that is there already.
    let merged = told(&done);
    let workspace = site.hub.checkout("refs/pull/7/merge", Some("--depth=1"));
    let runner = site.machine("gate", &workspace);
    let with = [("CASK_INPUT_TOKEN".to_owned(), site.github.token(Grant::job()))];
    let alone = runner.bash(&Step { id: "alone".into(), run: "cask ci".into(), env: Vec::new() }, &with);
    assert_eq!(alone.code, 2, "{}", alone.log);
    for ((name, one), (_, many)) in told(&alone).iter().zip(&merged) {
        assert!(one == many, "{name} differs:\n{one}\n--- in parts:\n{many}");
    }
    assert_eq!(alone.summary, done.summary);
    assert_eq!(alone.outputs["comment-url"], done.outputs["comment-url"]);
    assert_eq!(site.bodies(), bodies, "not a letter was written anew");
}

/// The reports that a step left.
fn told(done: &Done) -> Vec<(&'static str, String)> {
    let folder = Path::new(&done.outputs["report-dir"]);
    let read = |name| (name, std::fs::read_to_string(folder.join(name)).expect("a report"));
    ["report.json", "report.md", "report.sarif", "comment.md"].map(read).into()
}

#[test]
fn a_part_that_is_missing_or_there_twice_is_not_judged_and_says_which() {
    let site = Site::new();
    let parts: Vec<PathBuf> = (1..=PARTS).map(|part| site.judge(part)).collect();
    let twice = [&parts[..PARTS - 1], &parts[..1]].concat();
    for (given, names) in [(&parts[..PARTS - 1], "8/8"), (&twice[..], "1/8")] {
        let (_runner, done) = site.gate(given);
        assert_eq!((done.code, done.outputs["outcome"].as_str()), (3, "error"), "{}", done.log);
        assert!(done.log.contains(names), "{}", done.log);
        let report: Value = serde_json::from_str(&told(&done)[0].1).expect("JSON");
        assert_eq!(report["verdict"], "error");
    }
    // What could not be judged is told in the same place, and gives way to what could.
    assert_eq!(site.bodies().len(), 1);
    assert_eq!(site.gate(&parts).1.code, 2);
    let bodies = site.bodies();
    assert!(bodies.len() == 1 && bodies[0].contains(&site.head), "{bodies:?}");
}
