//! Every event of a workflow: which sides it is judged between, by whose trust, and what the steps after it read. In
//! real checkouts of a real repository on a server.
#![cfg(unix)]

use crate::{forge, hub};

use forge::*;
use hub::*;
use serde_json::{Value, json};

const MERGE: &str = "refs/pull/7/merge";

/// An approved shop on `main`, and a pull request that nobody signed.
fn unsigned() -> (Hub, String) {
    let hub = Hub::of(World::shop());
    hub.world.action(GET_USER, |action| action["description"] = json!("Get one user."));
    let head = hub.propose();
    (hub, head)
}

fn main_tip(hub: &Hub) -> String {
    hub.world.git(&["rev-parse", "main"])
}

#[test]
fn a_pull_request_is_judged_as_it_would_be_merged() {
    let (hub, head) = unsigned();
    for depth in [Some("--depth=1"), Some("--depth=2"), None] {
        let workspace = hub.checkout(MERGE, depth);
        let step = hub.step(&workspace, "pull_request", &hub.pull(&head), &[]);
        assert_eq!(step.code, 2, "{depth:?} {step:?}");
        assert_eq!(step.output("outcome"), "fail");
        assert_eq!(step.output("exit-code"), "2");
        assert_eq!(step.output("base-sha"), main_tip(&hub));
        assert_eq!(step.output("head-sha"), git(&workspace, &["rev-parse", "HEAD"]));
        assert_eq!(step.output("trust-source"), format!("git:{}", main_tip(&hub)));
        let counts: Value = serde_json::from_str(step.output("counts")).expect("JSON");
        assert_eq!(counts["changed"], 1, "{counts}");
        assert!(step.summary.contains("get_user"), "{}", step.summary);
        assert!(step.out.contains("::error file="), "{}", step.out);
        // Fetching the base cuts no history off.
        let is_shallow = git(&workspace, &["rev-parse", "--is-shallow-repository"]);
        assert_eq!(is_shallow == "true", depth.is_some());
    }
}

#[test]
fn a_merge_that_is_not_checked_out_is_compared_from_where_it_left_the_base() {
    let (hub, head) = unsigned();
    let left = main_tip(&hub);
    // The base moves on meanwhile.
    hub.world.git(&["checkout", "-q", "main"]);
    hub.world.write("README.md", "more\n");
    hub.world.commit("more");
    hub.push("main", "refs/heads/main");
    hub.world.git(&["checkout", "-q", "head"]);
    for depth in [Some("--depth=1"), None] {
        let workspace = hub.checkout("refs/pull/7/head", depth);
        let step = hub.step(&workspace, "pull_request", &hub.pull(&head), &[]);
        assert_eq!((step.code, step.output("base-sha")), (2, left.as_str()), "{step:?}");
        assert_eq!(step.output("head-sha"), head);
        assert_eq!(step.output("trust-source"), format!("git:{}", main_tip(&hub)));
    }
}

#[test]
fn a_key_that_was_revoked_after_the_pull_request_was_opened_counts_no_more() {
    let hub = Hub::of(World::shop());
    let w = &hub.world;
    w.action(GET_USER, |action| action["description"] = json!("Get one user."));
    w.sync(PACK);
    w.approve(GET_USER, &[Who::Bob]);
    w.approve(SURFACE, &[Who::Bob]);
    let head = hub.propose();
    let before = hub.step(&hub.checkout(MERGE, Some("--depth=1")), "pull_request", &hub.pull(&head), &[]);
    assert_eq!(before.output("outcome"), "pass", "{before:?}");
    // The payload stays as it was when the pull request was opened; the base does not.
    let payload = hub.pull(&head);
    w.git(&["checkout", "-q", "main"]);
    w.rotate(|trust| {
        for signer in trust.signers.iter_mut().filter(|signer| signer.id == "bob") {
            for key in &mut signer.keys {
                key.revoked = Some(cask::model::trust::Revocation { at: time(THEN), reason: "lost".into() });
            }
        }
    });
    w.commit("revoke");
    hub.push("main", "refs/heads/main");
    w.git(&["checkout", "-q", "head"]);
    let after = hub.step(&hub.checkout(MERGE, Some("--depth=1")), "pull_request", &payload, &[]);
    assert_eq!(after.output("outcome"), "fail", "{after:?}");
    assert_eq!(after.output("trust-source"), format!("git:{}", main_tip(&hub)));
}

#[test]
fn a_merge_of_the_pull_requests_own_making_is_not_judged() {
    let (hub, head) = unsigned();
    let w = &hub.world;
    // A commit of theirs, in which all is there already, merged with the tip that the event names.
    w.git(&["checkout", "-q", "-b", "forged", "head"]);
    w.write("extra", "x");
    w.commit("all of it");
    w.git(&["merge", "-q", "--no-ff", "-m", "merge", "main"]);
    let tree = w.git(&["rev-parse", "forged^{tree}"]);
    let forged = w.git(&["commit-tree", "-m", "m", "-p", "forged", "-p", "head", &tree]);
    w.git(&["checkout", "-q", "head"]);
    hub.push(&forged, "refs/heads/topic");
    let workspace = hub.checkout("refs/heads/topic", Some("--depth=1"));
    let step = hub.step(&workspace, "pull_request", &hub.pull(&head), &[]);
    assert_eq!((step.code, step.output("outcome")), (3, "error"), "{step:?}");
    assert!(step.err.contains("its first parent is not of the base branch"), "{}", step.err);
    assert!(step.summary.contains("ot judged"), "{}", step.summary);
}

#[test]
fn a_base_branch_that_is_gone_leaves_the_default_branch() {
    let (hub, head) = unsigned();
    let mut payload = hub.pull(&head);
    payload["pull_request"]["base"]["ref"] = json!("stacked");
    let step = hub.step(&hub.checkout("refs/pull/7/head", None), "pull_request", &payload, &[]);
    assert_eq!((step.code, step.output("base-sha")), (2, main_tip(&hub).as_str()), "{step:?}");
    assert!(step.summary.contains("stacked"), "{}", step.summary);
}

#[test]
fn a_deleted_fork_is_judged_like_any_other() {
    let (hub, head) = unsigned();
    let mut payload = hub.pull(&head);
    payload["pull_request"]["head"]["repo"] = Value::Null;
    let step = hub.step(&hub.checkout(MERGE, Some("--depth=1")), "pull_request", &payload, &[]);
    assert_eq!(step.code, 2, "{step:?}");
}

#[test]
fn the_merge_queue_has_its_own_base() {
    let (hub, head) = unsigned();
    let group = json!({"action": "checks_requested", "repository": hub.repository(), "merge_group": {
        "base_sha": main_tip(&hub), "head_sha": head, "base_ref": "refs/heads/main",
        "head_ref": format!("refs/heads/gh-readonly-queue/main/pr-7-{}", main_tip(&hub))}});
    let step = hub.step(&hub.checkout("refs/pull/7/head", Some("--depth=1")), "merge_group", &group, &[]);
    assert_eq!((step.code, step.output("base-sha")), (2, main_tip(&hub).as_str()), "{step:?}");
    assert_eq!(step.output("comment-url"), "");
}

#[test]
fn what_waits_in_the_merge_queue_is_trusted_by_nobody_yet() {
    // Ahead in the queue: another pull request with a trust file of its own.
    let hub = Hub::of(World::shop());
    let w = &hub.world;
    w.put_trust(&signed_trust(successor(&w.trust(), |_| {}), &[Who::Mallory]));
    w.commit("ahead");
    let ahead = w.git(&["rev-parse", "HEAD"]);
    w.action(GET_USER, |action| action["description"] = json!("Get one user."));
    let head = hub.propose();
    let group = json!({"action": "checks_requested", "repository": hub.repository(), "merge_group": {
        "base_sha": ahead, "head_sha": head, "base_ref": "refs/heads/main",
        "head_ref": format!("refs/heads/gh-readonly-queue/main/pr-7-{ahead}")}});
    let step = hub.step(&hub.checkout("refs/pull/7/head", None), "merge_group", &group, &[]);
    assert_eq!(step.output("base-sha"), ahead, "{step:?}");
    assert_eq!(step.output("trust-source"), format!("git:{}", main_tip(&hub)));
    assert_ne!(step.output("outcome"), "pass");
}

#[test]
fn an_option_counts_where_the_input_is_silent() {
    let (mut hub, head) = unsigned();
    hub.args.report.fail_on = Some(cask::model::gate_config::FailOn::Never);
    let workspace = hub.checkout(MERGE, Some("--depth=1"));
    let step = hub.step(&workspace, "pull_request", &hub.pull(&head), &[]);
    assert_eq!((step.code, step.output("exit-code")), (0, "2"), "{step:?}");
    let stricter = hub.step(&workspace, "pull_request", &hub.pull(&head), &[("fail-on", "breaking")]);
    assert_eq!(stricter.code, 2, "{stricter:?}");
}

#[test]
fn a_toolpack_that_is_required_has_to_be_there() {
    let hub = Hub::of({
        let world = World::empty();
        world.write("README.md", "x");
        world.commit("one");
        world.git(&["checkout", "-q", "-b", "head"]);
        world
    });
    hub.world.write(".mcp.json", "{\"mcpServers\": {\"a\": {\"command\": \"a\"}}}");
    let head = hub.propose();
    let workspace = hub.checkout(MERGE, Some("--depth=1"));
    let step = |with: &[(&str, &str)]| hub.step(&workspace, "pull_request", &hub.pull(&head), with);
    assert_ne!(step(&[]).code, 3);
    let required = step(&[("require-toolpack", "true")]);
    assert_eq!((required.code, required.output("outcome")), (3, "error"), "{required:?}");
}

#[test]
fn where_no_toolpack_matches_the_step_is_skipped() {
    // Nothing at all; a trust file and no toolpack that gate.yaml's globs match.
    let bare = || {
        let world = World::empty();
        world.write("README.md", "x");
        world.commit("one");
        world.git(&["checkout", "-q", "-b", "head"]);
        world
    };
    let elsewhere = || {
        let world = World::shop();
        world.put_gate(
            |gate| gate.toolpacks.include = vec!["services/*/toolpack.yaml".into()],
            &[Who::Alice, Who::Carol],
        );
        world.merge();
        world
    };
    for world in [bare(), elsewhere()] {
        let hub = Hub::of(world);
        hub.world.write("README.md", "more");
        let head = hub.propose();
        let workspace = hub.checkout(MERGE, Some("--depth=1"));
        let step = |with: &[(&str, &str)]| hub.step(&workspace, "pull_request", &hub.pull(&head), with);
        let skipped = step(&[]);
        assert_eq!((skipped.code, skipped.output("outcome")), (0, "skipped"), "{skipped:?}");
        assert_eq!((skipped.output("exit-code"), skipped.output("changed")), ("0", "false"), "{skipped:?}");
        let required = step(&[("require-toolpack", "true")]);
        assert_eq!((required.code, required.output("outcome")), (3, "error"), "{required:?}");
    }
}

fn push(hub: &Hub, before: &str, after: &str, branch: &str) -> Value {
    json!({"before": before, "after": after, "ref": format!("refs/heads/{branch}"), "repository": hub.repository()})
}

#[test]
fn a_push_is_judged_from_what_was_before_it() {
    let (hub, head) = unsigned();
    let (zero, tip) = ("0".repeat(40), main_tip(&hub));
    hub.push("head", "refs/heads/topic");
    let step = |payload: &Value| {
        let workspace = hub.checkout("refs/heads/topic", Some("--depth=1"));
        hub.step(&workspace, "push", payload, &[])
    };
    let new = step(&push(&hub, &zero, &head, "topic"));
    assert_eq!((new.code, new.output("base-sha")), (2, tip.as_str()), "{new:?}");
    let next = step(&push(&hub, &tip, &head, "topic"));
    assert_eq!((next.code, next.output("base-sha")), (2, tip.as_str()), "{next:?}");
    let gone = step(&push(&hub, &head, &zero, "topic"));
    assert_eq!((gone.code, gone.output("outcome")), (0, "skipped"));
    // A history that was rewritten has no before: the default branch is the base.
    let odd = hub.world.git(&["commit-tree", "-m", "x", &hub.world.git(&["rev-parse", "head^{tree}"])]);
    hub.push(&odd, "refs/heads/odd");
    let forced = step(&push(&hub, &odd, &head, "topic"));
    assert_eq!((forced.code, forced.output("base-sha")), (2, tip.as_str()), "{forced:?}");
}

#[test]
fn a_push_to_the_default_branch_is_not_judged_by_what_it_brought() {
    let hub = Hub::of(World::shop());
    let w = &hub.world;
    let before = main_tip(&hub);
    w.git(&["checkout", "-q", "main"]);
    w.put_trust(&signed_trust(successor(&w.trust(), |_| {}), &[Who::Mallory]));
    w.commit("mine now");
    hub.push("main", "refs/heads/main");
    let payload = push(&hub, &before, &main_tip(&hub), "main");
    let step = hub.step(&hub.checkout("refs/heads/main", Some("--depth=1")), "push", &payload, &[]);
    assert_eq!(step.code, 2, "{step:?}");
    assert_eq!(step.output("trust-source"), format!("git:{before}"));
}

#[test]
fn the_clock_judges_again_what_is_in_force() {
    let hub = Hub::of(World::shop());
    let payload = json!({"schedule": "17 4 * * *", "repository": hub.repository()});
    let step = hub.step(&hub.checkout("refs/heads/main", Some("--depth=1")), "schedule", &payload, &[]);
    assert_eq!((step.code, step.output("outcome")), (0, "pass"), "{step:?}");
    assert_eq!(step.output("base-sha"), step.output("head-sha"));
}

#[test]
fn an_event_that_nobody_knows_is_not_judged() {
    let hub = Hub::of(World::shop());
    let payload = json!({"action": "created", "repository": hub.repository()});
    let workspace = hub.checkout("refs/heads/main", Some("--depth=1"));
    let step = hub.step(&workspace, "issue_comment", &payload, &[]);
    assert_eq!((step.code, step.output("outcome")), (3, "error"), "{step:?}");
    let named =
        hub.step(&workspace, "issue_comment", &payload, &[("base-ref", "main"), ("head-ref", "main")]);
    assert_eq!((named.code, named.output("outcome")), (0, "pass"), "{named:?}");
}

#[test]
fn a_base_that_nobody_has_is_never_nothing_found() {
    let (hub, head) = unsigned();
    let workspace = hub.checkout(MERGE, Some("--depth=1"));
    std::fs::rename(hub.dir.path().join("server"), hub.dir.path().join("away")).expect("it moves");
    let step = hub.step(&workspace, "pull_request", &hub.pull(&head), &[]);
    assert_eq!((step.code, step.output("outcome")), (3, "error"), "{step:?}");
    assert_eq!(step.output("trust-source"), "none");
}

#[test]
fn what_a_workflow_asks_for_is_never_laxer_than_the_default_branch() {
    let hub = Hub::of(World::shop());
    let w = &hub.world;
    w.git(&["checkout", "-q", "main"]);
    w.put_gate(|gate| gate.fail_on = cask::model::gate_config::FailOn::Any, &[Who::Alice, Who::Carol]);
    w.commit("gate");
    hub.push("main", "refs/heads/main");
    w.git(&["checkout", "-q", "-B", "head"]);
    w.action(GET_USER, |action| action["description"] = json!("Get one user."));
    let head = hub.propose();
    let workspace = hub.checkout(MERGE, Some("--depth=1"));
    let step = hub.step(&workspace, "pull_request", &hub.pull(&head), &[("fail-on", "never")]);
    assert_eq!((step.code, step.output("exit-code")), (2, "2"), "{step:?}");
}

#[test]
fn a_base_that_the_command_names_is_what_is_compared_with() {
    // As the workflow of `cask init --ci github` does.
    let (mut hub, head) = unsigned();
    let workspace = hub.checkout(MERGE, None);
    git(&workspace, &["remote", "set-head", "origin", "main"]);
    hub.args.base_ref = Some("origin/main".to_owned());
    hub.args.report.format = Some("json".to_owned());
    let step = hub.step(&workspace, "pull_request", &hub.pull(&head), &[]);
    assert_eq!((step.code, step.outputs.len()), (2, 0), "{step:?}");
    let report: Value = serde_json::from_str(&step.out).expect("a report");
    assert_eq!(report["sources"]["base"]["commit"], main_tip(&hub));
}

#[test]
fn an_input_that_is_none_is_a_usage_error() {
    let (hub, head) = unsigned();
    let workspace = hub.checkout(MERGE, Some("--depth=1"));
    for with in [("fail-on", "Never"), ("failon", "never"), ("base-ref", "x"), ("working-directory", "..")] {
        let step = hub.step(&workspace, "pull_request", &hub.pull(&head), &[with]);
        assert_eq!(step.code, 3, "{with:?} {step:?}");
    }
}

#[test]
fn what_was_merged_past_the_gate_is_found_by_the_clock() {
    let hub = Hub::of(World::shop());
    let w = &hub.world;
    w.action(GET_USER, |action| action["description"] = json!("Get one user."));
    w.merge();
    hub.push("main", "refs/heads/main");
    let payload = json!({"schedule": "17 4 * * *", "repository": hub.repository()});
    let step = hub.step(&hub.checkout("refs/heads/main", Some("--depth=1")), "schedule", &payload, &[]);
    assert_eq!((step.code, step.output("outcome")), (2, "fail"), "{step:?}");
}

#[test]
fn drift_of_the_default_branch_is_news_every_time() {
    let hub = Hub::drifted();
    let payload = json!({"schedule": "17 4 * * *", "repository": hub.repository()});
    let workspace = hub.checkout("refs/heads/main", Some("--depth=1"));
    let step = hub.step(&workspace, "schedule", &payload, &[("mode", "drift")]);
    assert_eq!((step.code, step.rules()), (2, vec!["op.removed"]), "{step:?}");
    assert_eq!(step.report["command"], "drift");
}

#[test]
fn drift_that_nobody_asks_for_is_not_judged() {
    let hub = Hub::of(World::shop());
    let payload = json!({"schedule": "17 4 * * *", "repository": hub.repository()});
    let workspace = hub.checkout("refs/heads/main", Some("--depth=1"));
    let step = hub.step(&workspace, "schedule", &payload, &[("mode", "drift")]);
    assert_eq!(step.code, 3, "{step:?}");
    assert!(step.err.contains("no `drift:`"), "{}", step.err);
    // Least of all where there is nothing that could be asked about.
    let world = World::empty();
    world.write("README.md", "nothing is here");
    world.commit("begin");
    let hub = Hub::of(world);
    let payload = json!({"schedule": "17 4 * * *", "repository": hub.repository()});
    let workspace = hub.checkout("refs/heads/main", Some("--depth=1"));
    let step = hub.step(&workspace, "schedule", &payload, &[("mode", "drift")]);
    assert_eq!((step.code, step.output("outcome")), (3, "error"), "{step:?}");
    assert!(step.err.contains("no `drift:` counts"), "{}", step.err);
}

/// What an event means, in a word or two.
fn meant(name: &str) -> String {
    use cask::github::sides::{Base, Head, Stop, Trust, sides};
    let path = format!("{}/fixtures/github/events/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(path).expect("a fixture");
    let event = name.split('.').next().expect("a name");
    let payload = cask::github::event::read(event, name, &bytes).expect("a payload");
    let sides = match sides(&payload, None, None) {
        Ok(sides) => sides,
        Err(Stop::Skipped(_)) => return "skipped".to_owned(),
        Err(Stop::Find(_)) => return "find".to_owned(),
        Err(stop) => return format!("{stop:?}").to_lowercase(),
    };
    let head = match sides.head {
        Head::Merge { .. } => "merge",
        Head::Remote { .. } => "remote",
        Head::Commit(_) => "commit",
        Head::Named(_) => "named",
        Head::CheckedOut => "checkout",
    };
    let base = match sides.base {
        Base::Branch(_) => "branch",
        Base::Commit(_) => "commit",
        Base::Before(_) => "before",
        Base::Default => "default",
        Base::Named(_) => "named",
        Base::Itself => "itself",
    };
    let fork = if sides.pull.is_some_and(|pull| pull.is_from_fork()) { ", fork" } else { "" };
    let trust = if sides.trust == Trust::Base { ", by the base" } else { "" };
    format!("{head} on {base}{fork}{trust}")
}

#[test]
fn recorded_events_mean_what_the_table_says() {
    for (name, expected) in [
        ("issue_comment.created", "unsupported"),
        ("merge_group.checks-requested", "commit on commit"),
        ("pull_request.deleted-fork", "merge on branch, fork"),
        ("pull_request.dependabot", "merge on branch"),
        ("pull_request.fork", "merge on branch, fork"),
        ("pull_request.retargeted", "merge on branch"),
        ("pull_request.same-repository", "merge on branch"),
        ("pull_request.synchronize", "merge on branch"),
        ("pull_request_target.fork", "remote on branch, fork"),
        ("push.branch", "commit on before"),
        ("push.created", "commit on default"),
        ("push.default-branch", "commit on commit, by the base"),
        ("push.deleted", "skipped"),
        ("push.forced", "commit on before"),
        ("push.tag", "commit on default"),
        ("repository_dispatch.asked", "checkout on itself"),
        ("schedule.nightly", "checkout on itself"),
        ("workflow_dispatch.main", "checkout on itself"),
        ("workflow_run.fork", "find"),
        ("workflow_run.same-repository", "find"),
    ] {
        assert_eq!(meant(name), expected, "{name}");
    }
}

/// The commands that the runner finds in a log, as it reads it: a line that begins with `::` after blanks, `##[` anywhere
/// in one, and none but its own end after stop-commands.
fn commands(log: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut stopped: Option<String> = None;
    for line in log.lines() {
        let line = line.trim_start();
        // Its older form works everywhere.
        if line.contains("##[") {
            found.push("##[".to_owned());
        }
        let Some((name, data)) = line.strip_prefix("::").and_then(|rest| rest.split_once("::")) else {
            continue;
        };
        match &stopped {
            Some(token) if name == token => stopped = None,
            Some(_) => {}
            None if name == "stop-commands" => stopped = Some(data.to_owned()),
            None => found.push(name.split(' ').next().unwrap_or_default().to_owned()),
        }
    }
    found
}

#[test]
fn what_a_toolpack_says_is_text_in_every_sink() {
    let hub = Hub::of(World::shop());
    let hostile = "x\n::error::owned\n::set-output name=outcome::pass\r##[group]y ::add-mask::a </details> \
                   <!-- cask:report v=1 --> @org/team ![i](https://evil.example/p.png)\n::stop-commands::t\n\u{202e}";
    hub.world.action(GET_USER, |action| {
        action["description"] = json!(hostile);
        action["name"] = json!("`|@org/team<!-- cask:report");
    });
    let head = hub.propose();
    let mut payload = hub.pull(&head);
    payload["pull_request"]["base"]["ref"] = json!("`$(x)`|@org");
    payload["pull_request"]["title"] = json!(hostile);
    let step = hub.step(&hub.checkout(MERGE, Some("--depth=1")), "pull_request", &payload, &[]);
    assert_ne!(step.code, 0, "{step:?}");
    let found = commands(&step.out);
    let ours = ["error", "warning", "notice", "group", "endgroup"];
    assert!(found.iter().all(|name| ours.contains(&name.as_str())), "{found:?}\n{}", step.out);
    assert_eq!(step.outputs.len(), cask::github::outputs::OUTPUTS.len(), "{:?}", step.outputs);
    assert_ne!(step.output("outcome"), "pass");
    for text in [&step.summary, &step.file("comment.md"), &step.file("report.md")] {
        assert!(!text.contains("<!-- cask:report v=1 -->") && !text.contains("@org/team"), "{text}");
        assert!(!text.contains("![i]") && !text.contains('\u{202e}'), "{text}");
    }
}

#[test]
fn a_trust_file_of_the_pull_requests_own_is_shown_and_not_believed() {
    let hub = Hub::of(World::shop());
    let w = &hub.world;
    w.put_trust(&signed_trust(successor(&w.trust(), |_| {}), &[Who::Mallory]));
    w.action(GET_USER, |action| action["description"] = json!("Get one user."));
    let head = hub.propose();
    let step = hub.step(&hub.checkout(MERGE, Some("--depth=1")), "pull_request", &hub.pull(&head), &[]);
    assert_eq!((step.code, step.output("outcome")), (2, "fail"), "{step:?}");
    assert!(step.rules().contains(&"trust.rotation-unsigned"), "{:?}", step.rules());
    assert_eq!(step.output("trust-source"), format!("git:{}", main_tip(&hub)));
}

#[test]
fn a_trust_file_that_is_a_link_is_no_trust_file() {
    let hub = Hub::of(World::shop());
    let w = &hub.world;
    let text = w.read(TRUST);
    w.git(&["checkout", "-q", "main"]);
    w.remove(TRUST);
    w.write(".caskmcp/real.yaml", text);
    std::os::unix::fs::symlink("real.yaml", w.path(TRUST)).expect("a link");
    w.commit("link");
    hub.push("main", "refs/heads/main");
    w.git(&["checkout", "-q", "-B", "head"]);
    w.write("README.md", "x");
    let head = hub.propose();
    let step = hub.step(&hub.checkout(MERGE, Some("--depth=1")), "pull_request", &hub.pull(&head), &[]);
    assert_eq!((step.code, step.output("outcome")), (3, "error"), "{step:?}");
    assert!(step.err.contains("symbolic link"), "{}", step.err);
}
