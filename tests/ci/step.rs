//! A step of a workflow with a GitHub beside it: what is posted, what is read by the API where git can't, and that
//! nothing of it changes a verdict.
#![cfg(unix)]

use crate::{fake_github, forge, hub};

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use fake_github::state::RepoName;
use fake_github::{Fake, Fault, Grant, Kind};
use forge::*;
use hub::*;
use serde_json::{Value, json};

const MERGE: &str = "refs/pull/7/merge";

/// A repository with pull request 7, which nobody signed, on a GitHub.
struct Site {
    hub: Hub,
    head: String,
    _fake: Fake,
    github: Arc<fake_github::World>,
}

impl Site {
    fn new() -> Site {
        let hub = Hub::of(World::shop());
        hub.world.action(GET_USER, |action| action["description"] = json!("Get one user."));
        Site::with(hub)
    }

    /// One whose pull request changes nothing that is judged.
    fn harmless() -> Site {
        let hub = Hub::of(World::shop());
        hub.world.write("README.md", "words\n");
        Site::with(hub)
    }

    fn with(hub: Hub) -> Site {
        let head = hub.propose();
        let fake = Fake::start();
        let github = fake.world(Kind::Com);
        {
            let mut state = github.state();
            state.git = Some(hub.bare());
            let tip = hub.world.git(&["rev-parse", "main"]);
            state.open_pull(7, "mallory", ("head", &head), ("main", &tip));
        }
        Site { hub, head, _fake: fake, github }
    }

    fn env(&self) -> [(&'static str, String); 2] {
        [("GITHUB_API_URL", self.github.rest().to_owned()), ("GITHUB_GRAPHQL_URL", self.github.graphql())]
    }

    fn run(
        &self,
        grant: Grant,
        workspace: &Path,
        event: &str,
        payload: &Value,
        with: &[(&str, &str)],
    ) -> Step {
        let token = self.github.token(grant);
        let mut with = with.to_vec();
        with.push(("token", &token));
        let env = self.env();
        let env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let step = self.hub.step_in(workspace, event, payload, &with, &env);
        assert_eq!(step.out.matches(&token).count(), 1, "only to have it masked: {}", step.out);
        assert!(!step.err.contains(&token) && !step.summary.contains(&token));
        step
    }

    fn pull_request(&self, grant: Grant, with: &[(&str, &str)]) -> Step {
        let workspace = self.hub.checkout(MERGE, Some("--depth=1"));
        self.run(grant, &workspace, "pull_request", &self.payload(), with)
    }

    fn payload(&self) -> Value {
        self.hub.pull(&self.head)
    }

    /// The payload, and GitHub's own memory, as if the branch were in a fork.
    fn fork(&self) -> Value {
        let fork = RepoName { id: 99, owner: "mallory".to_owned(), name: "shop".to_owned() };
        self.github.state().pulls.get_mut(&7).expect("it is open").head.repo = Some(fork);
        let mut payload = self.payload();
        payload["pull_request"]["head"]["repo"] = json!({"id": 99});
        payload
    }

    /// The built program as a step on this pull request, with nothing of this machine around it.
    fn program(&self, workspace: &Path, token: &str) -> Command {
        let event = self.hub.dir.path().join("event.json");
        std::fs::write(&event, self.payload().to_string()).expect("a file");
        let mut command = Command::new(env!("CARGO_BIN_EXE_cask"));
        command.arg("ci").current_dir(workspace).env_clear().envs(self.env()).env("CI", "true");
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("CASK_INPUT_TOKEN", token);
        command.env("GITHUB_ACTIONS", "true").env("GITHUB_EVENT_NAME", "pull_request");
        command.env("GITHUB_EVENT_PATH", &event).env("GITHUB_SERVER_URL", self.hub.server());
        command.env("GITHUB_REPOSITORY", REPOSITORY).env("GITHUB_WORKSPACE", workspace);
        command.env("GITHUB_RUN_ID", "1").env("RUNNER_TEMP", self.hub.dir.path());
        command
    }

    fn bodies(&self) -> Vec<String> {
        self.github.state().bodies(7)
    }
}

#[test]
fn a_pull_request_gets_one_comment_and_keeps_it() {
    let site = Site::new();
    let first = site.pull_request(Grant::job(), &[]);
    assert_eq!((first.code, first.output("degraded")), (2, ""), "{first:?}");
    let bodies = site.bodies();
    assert_eq!(bodies.len(), 1, "{first:?}");
    assert!(bodies[0].starts_with("<!-- cask:report v=1 id="), "{}", bodies[0]);
    assert!(bodies[0].contains("get&#95;user") || bodies[0].contains("get_user"), "{}", bodies[0]);
    assert!(first.output("comment-url").contains("#issuecomment-"), "{first:?}");
    let again = site.pull_request(Grant::job(), &[]);
    assert_eq!((again.code, site.bodies()), (2, bodies));
    assert_eq!(again.output("comment-url"), first.output("comment-url"));
}

#[test]
fn what_changes_nothing_gets_no_comment() {
    let site = Site::harmless();
    let step = site.pull_request(Grant::job(), &[]);
    assert_eq!((step.code, step.output("outcome"), site.bodies().len()), (0, "pass", 0), "{step:?}");
    let always = site.pull_request(Grant::job(), &[("comment", "always")]);
    assert_eq!((always.code, site.bodies().len()), (0, 1), "{always:?}");
}

#[test]
fn of_a_fork_nothing_is_posted_and_the_code_is_the_same() {
    let site = Site::new();
    let payload = site.fork();
    let workspace = site.hub.checkout(MERGE, Some("--depth=1"));
    let step = site.run(Grant::read_only(), &workspace, "pull_request", &payload, &[]);
    assert_eq!((step.code, step.output("degraded")), (2, "comment"), "{step:?}");
    assert_eq!(site.github.writes().len(), 0);
    assert_eq!(step.out.matches("::notice title=cask%3A report::").count(), 1, "{}", step.out);
    assert!(step.summary.contains("get_user") || step.summary.contains("get&#95;user"));
}

#[test]
fn a_verdict_stands_though_every_call_is_refused() {
    let site = Site::new();
    for method in ["GET", "POST", "PATCH"] {
        site.github
            .fault(Fault::on(method, "").always().refused(403, "Resource not accessible by integration"));
    }
    let step = site.pull_request(Grant::job(), &[]);
    assert_eq!(
        (step.code, step.output("outcome"), step.output("degraded")),
        (2, "fail", "comment"),
        "{step:?}"
    );
    assert!(step.summary.contains("get_user") || step.summary.contains("get&#95;user"));
    let strict = site.pull_request(Grant::job(), &[("require-report", "true"), ("fail-on", "never")]);
    assert_eq!((strict.code, strict.output("outcome")), (3, "fail"), "{strict:?}");
}

#[test]
fn where_git_gets_nothing_the_api_is_read() {
    let site = Site::new();
    let workspace = site.hub.checkout(MERGE, Some("--depth=1"));
    // As for a private repository whose checkout left no credentials.
    std::fs::rename(site.hub.bare(), site.hub.bare().with_extension("away")).expect("it moves");
    site.github.state().git = Some(site.hub.bare().with_extension("away"));
    let step = site.run(Grant::job(), &workspace, "pull_request", &site.payload(), &[]);
    let tip = site.hub.world.git(&["rev-parse", "main"]);
    assert_eq!((step.code, step.output("outcome")), (2, "fail"), "{step:?}");
    assert_eq!(step.output("trust-source"), format!("api:{tip}"));
    assert_eq!(site.bodies().len(), 1);
    let blobs = site.github.calls("GET", "/git/blobs/");
    assert!(!blobs.is_empty());
    // What both sides have alike is read out of the checkout.
    assert!(blobs.len() < 6, "{} files were asked for", blobs.len());
}

/// Where the API does not answer git is asked before the API is again: nothing is waited for.
#[test]
fn a_dead_api_is_asked_once_where_git_knows() {
    for fault in
        [Fault::on("GET", "/git/ref/").unreachable(502), Fault::on("GET", "/git/ref/").retry_after(429, 60)]
    {
        let site = Site::new();
        site.github.fault(fault.always());
        let (step, trusted) = tipped(&site, |_| ());
        assert_eq!(step.status.code(), Some(2), "{step:?}");
        assert_eq!(trusted, site.hub.world.git(&["rev-parse", "main"]));
        assert_eq!(site.github.calls("GET", "/git/ref/").len(), 1);
    }
}

/// Where git knows nothing either, the API gets its patience after all.
#[test]
fn an_api_that_comes_back_is_heard_where_git_knows_nothing() {
    let site = Site::new();
    site.github.fault(Fault::on("GET", "/git/ref/").times(2).unreachable(502));
    let away = site.hub.bare().with_extension("away");
    let (step, trusted) = tipped(&site, |_| {
        std::fs::rename(site.hub.bare(), &away).expect("it moves");
        site.github.state().git = Some(away.clone());
    });
    assert_eq!(step.status.code(), Some(2), "{step:?}");
    assert_eq!(trusted, site.hub.world.git(&["rev-parse", "main"]));
    assert_eq!(site.github.calls("GET", "/git/ref/").len(), 3, "once, and then patiently");
}

/// Whoever wrote into the configuration of the clone where the server is has no say while the API may still answer.
#[test]
fn a_clone_that_leads_git_elsewhere_is_not_believed_for_a_failing_api() {
    let site = Site::new();
    site.github.fault(Fault::on("GET", "/git/ref/").times(2).unreachable(502));
    let (step, trusted) = tipped(&site, |workspace| {
        // The same repository, but its main is the pull request: everything of it would be trusted.
        let theirs = site.hub.dir.path().join("theirs/acme/shop");
        std::fs::create_dir_all(&theirs).expect("folders");
        let (ours, theirs) = (site.hub.bare().display().to_string(), theirs.display().to_string());
        git(workspace, &["clone", "-q", "--bare", &ours, &theirs]);
        git(Path::new(&theirs), &["update-ref", "refs/heads/main", &site.head]);
        let rule = format!("url.file://{theirs}.insteadOf");
        git(workspace, &["config", &rule, &format!("{}/{REPOSITORY}", site.hub.server())]);
    });
    assert_eq!(step.status.code(), Some(2), "{step:?}");
    assert_eq!(trusted, site.hub.world.git(&["rev-parse", "main"]));
    assert_eq!(site.github.calls("GET", "/git/ref/").len(), 3, "git was not asked in between");
}

/// The step in a checkout that something was done to, by the program itself, and the commit that it trusted.
fn tipped(site: &Site, change: impl FnOnce(&Path)) -> (Output, String) {
    let workspace = site.hub.checkout(MERGE, Some("--depth=1"));
    change(&workspace);
    let token = site.github.token(Grant::job());
    let outputs = site.hub.dir.path().join("outputs");
    let mut command = site.program(&workspace, &token);
    command.env("GITHUB_OUTPUT", &outputs).env("CASK_INPUT_COMMENT", "never");
    let out = command.output().expect("cask runs");
    let outputs = heredocs(&std::fs::read_to_string(outputs).expect("outputs"));
    let trusted = outputs.get("trust-source").map(String::as_str).unwrap_or_default();
    (out, trusted.rsplit(':').next().unwrap_or_default().to_owned())
}

fn ended(site: &Site, event: &str) -> Value {
    json!({"action": "completed", "repository": site.hub.repository(), "workflow_run": {
        "id": 5, "event": event, "head_sha": site.head, "head_branch": "head",
        "head_repository": {"id": 99, "owner": {"login": "mallory"}}, "pull_requests": []}})
}

#[test]
fn the_second_stage_reports_on_a_fork_and_reads_nothing_that_the_first_left() {
    let site = Site::new();
    site.fork();
    // What a run of a stranger could leave: an artifact, a number of another pull request.
    let workspace = site.hub.dir.path().join("empty");
    std::fs::create_dir_all(workspace.join("artifact")).expect("folders");
    std::fs::write(workspace.join("artifact/pr-number"), "1").expect("a file");
    std::fs::write(workspace.join("artifact/report.json"), "{\"verdict\": \"pass\"}").expect("a file");
    let with = [("mode", "comment")];
    let step = site.run(Grant::job(), &workspace, "workflow_run", &ended(&site, "pull_request"), &with);
    assert_eq!((step.code, step.output("outcome")), (2, "fail"), "{step:?}");
    assert_eq!(site.bodies().len(), 1, "{step:?}");
    assert!(step.output("trust-source").starts_with("api:"), "{step:?}");
    let push = site.run(Grant::job(), &workspace, "workflow_run", &ended(&site, "push"), &with);
    assert_eq!((push.code, push.output("outcome")), (0, "skipped"), "{push:?}");
}

#[test]
fn a_pull_request_that_moved_on_is_not_reported_on() {
    let site = Site::new();
    site.fork();
    site.github.state().pulls.get_mut(&7).expect("it is open").head.sha = "b".repeat(40);
    let workspace = site.hub.dir.path().join("empty");
    std::fs::create_dir_all(&workspace).expect("a folder");
    let with = [("mode", "comment")];
    let step = site.run(Grant::job(), &workspace, "workflow_run", &ended(&site, "pull_request"), &with);
    assert_eq!((step.code, step.output("outcome"), site.bodies().len()), (0, "skipped", 0), "{step:?}");
}

#[test]
fn with_the_rights_of_the_default_branch_the_head_is_only_read() {
    let site = Site::new();
    let payload = site.fork();
    let own = site.hub.checkout("refs/heads/main", Some("--depth=1"));
    let step = site.run(Grant::job(), &own, "pull_request_target", &payload, &[]);
    assert_eq!((step.code, step.output("outcome")), (2, "fail"), "{step:?}");
    assert_eq!(step.output("head-sha"), site.head);
    assert!(step.summary.contains("not merged with the base"), "{}", step.summary);
    assert_eq!(site.bodies().len(), 1);
    for of in [MERGE, "refs/pull/7/head"] {
        let theirs = site.hub.checkout(of, Some("--depth=1"));
        let step = site.run(Grant::job(), &theirs, "pull_request_target", &payload, &[]);
        assert_eq!(step.code, 3, "{of} {step:?}");
        assert!(step.err.contains("is checked out"), "{}", step.err);
    }
}

#[test]
fn an_older_run_does_not_write_over_a_newer_one() {
    let site = Site::new();
    let workspace = site.hub.checkout(MERGE, Some("--depth=1"));
    let token = site.github.token(Grant::job());
    let run = |id: &str, fail_on: &str| {
        let env = site.env();
        let mut env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
        env.push(("GITHUB_RUN_ID", id));
        let with = [("token", token.as_str()), ("fail-on", fail_on)];
        site.hub.step_in(&workspace, "pull_request", &site.payload(), &with, &env)
    };
    assert_eq!(run("43", "any").code, 2);
    let newer = site.bodies();
    assert!(newer[0].contains("run=43.1"), "{newer:?}");
    let older = run("42", "breaking");
    assert_eq!((older.code, older.output("degraded"), site.bodies()), (2, "", newer));
}

#[test]
fn drift_on_a_schedule_has_one_issue() {
    let site = Site::with(Hub::drifted());
    let payload = json!({"schedule": "17 4 * * *", "repository": site.hub.repository()});
    let workspace = site.hub.checkout("refs/heads/main", Some("--depth=1"));
    let with = [("mode", "drift")];
    let first = site.run(Grant::job(), &workspace, "schedule", &payload, &with);
    assert_eq!((first.code, first.output("degraded")), (2, ""), "{first:?}");
    assert!(first.output("issue-url").contains("/issues/"), "{first:?}");
    let again = site.run(Grant::job(), &workspace, "schedule", &payload, &with);
    assert_eq!(again.output("issue-url"), first.output("issue-url"));
    // A job of the same workflow that judges approvals has no say in it: it passes, and nothing is over.
    let gate = site.run(Grant::job(), &workspace, "schedule", &payload, &[]);
    assert_eq!((gate.code, gate.output("issue-url")), (0, ""), "{gate:?}");
    let open = site.github.state().issues.values().filter(|issue| issue.open && issue.number != 7).count();
    assert_eq!(open, 1);
    let pulls: Vec<u64> = site.github.state().pulls.keys().copied().collect();
    let issues = site.github.state().issues.keys().filter(|number| !pulls.contains(number)).count();
    assert_eq!(issues, 1);
}

#[test]
fn the_token_reaches_no_other_program() {
    use std::os::unix::fs::PermissionsExt;
    let site = Site::new();
    let workspace = site.hub.checkout(MERGE, Some("--depth=1"));
    let bin = site.hub.dir.path().join("bin");
    let seen = site.hub.dir.path().join("seen");
    std::fs::create_dir(&bin).expect("a folder");
    let path = std::env::var("PATH").expect("a PATH");
    let script =
        format!("#!/bin/sh\n{{ env; echo \"$@\"; }} >>'{}'\nPATH='{path}' exec git \"$@\"\n", seen.display());
    std::fs::write(bin.join("git"), script).expect("a file");
    std::fs::set_permissions(bin.join("git"), std::fs::Permissions::from_mode(0o755)).expect("a mode");
    let token = site.github.token(Grant::job());
    let mut command = site.program(&workspace, &token);
    command.env("PATH", format!("{}:{path}", bin.display())).env("GITHUB_TOKEN", &token);
    let out = command.output().expect("cask runs");
    assert_eq!(out.status.code(), Some(2), "{out:?}");
    let seen = std::fs::read_to_string(&seen).expect("git was called");
    assert!(seen.contains("GIT_TERMINAL_PROMPT=0") && seen.contains("cat-file"), "{seen}");
    assert!(!seen.contains(&token), "{seen}");
    assert!(!String::from_utf8_lossy(&out.stderr).contains(&token));
}
