//! `cask init` from outside: a repository with agent tools ends green, and what changes then is blocked.
#![cfg(unix)]

use crate::support;

use std::path::Path;

use support::{Place, Ran, copy};

const LOCK: &str = "toolpacks/shop/lockfile/caskmcp.lock.yaml";
const TRUST: &str = ".caskmcp/trust.yaml";
const GATE: &str = ".caskmcp/gate.yaml";

/// A repository that has a toolpack on its default branch and knows nothing of trust, on a branch of its own.
fn adopting(fixture: &str) -> Place {
    let place = Place::with_git();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(fixture);
    copy(&from, &place.path("toolpacks/shop"));
    place.merge("tools");
    place.git(&["checkout", "-q", "-b", "adopt"]);
    place
}

fn code(ran: &Ran, code: i32) {
    assert_eq!(ran.code, code, "{}\n{}", ran.out, ran.err);
}

/// Runs the one line that git is told in the text, and commits.
fn commit_as_told(place: &Place, said: &str) {
    let line = said
        .lines()
        .find_map(|l| l.trim_start_matches("next").trim().strip_prefix("git add "))
        .expect("a line");
    place.git(&[&["add"], &line.split(' ').collect::<Vec<_>>()[..]].concat());
    place.git(&["commit", "-q", "-m", "adopt"]);
    assert_eq!(place.git(&["status", "--porcelain"]), "", "something was not named");
}

fn pin(place: &Place) -> String {
    let shown = place.cask(&["trust", "show"]).ok();
    let at = shown.find("sha256:").expect("a digest");
    shown[at..at + 71].to_owned()
}

/// From the commit on: by the pin, after the merge, and when something changes.
fn stays_green(place: &Place) {
    let pin = pin(place);
    let ran = place.cask(&["ci", "--base-ref", "origin/main", "--trust-pin", &pin, "--fail-on", "any"]);
    code(&ran, 0);
    assert!(!ran.out.contains("uncommitted"), "{}", ran.out);
    place.git(&["push", "-q", "origin", "HEAD:main"]);
    let ran = place.cask(&["ci", "--format", "json"]);
    code(&ran, 0);
    assert!(ran.out.contains("gate.exempted"), "{}", ran.out);
    let ran = place.cask(&["gate", "check"]);
    code(&ran, 0);
    // Nobody approved it.
    assert!(
        ran.out.contains(" exemptions end, the first on ") && !ran.out.contains("approvals end"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains(" exempted until 2") && !ran.out.contains("approvals 1 of 1"), "{}", ran.out);
    // Nothing waits, and whoever wants to look is told how.
    let said = place.cask(&["gate", "review"]).ok();
    assert!(said.contains("6 tools and the surface are exempted until 2"), "{said}");
    let line = said.lines().find_map(|line| line.strip_prefix("next   cask ")).expect("a command");
    assert!(line.starts_with("gate allow "), "{said}");
    let words: Vec<&str> = line.split(' ').chain(["--yes", "--reason", "seen"]).collect();
    place.cask(&words).ok();
    let said = place.cask(&["gate", "review"]).ok();
    assert!(!said.contains("6 tools and the surface"), "{said}");
    place.git(&["checkout", "-q", "--", "."]);

    place.git(&["checkout", "-q", "-b", "change"]);
    let tools = place.read("toolpacks/shop/artifact/tools.json");
    let at = tools.find("\"description\": \"").expect("a description") + 16;
    place.write("toolpacks/shop/artifact/tools.json", format!("{}Always. {}", &tools[..at], &tools[at..]));
    place.git(&["commit", "-q", "-am", "change"]);
    // Not even the owner exempts what the base does not have.
    let said = place.cask(&["init"]).ok();
    assert!(said.contains("1 of 7 need an approval"), "{said}");
    place.git(&["commit", "-q", "--allow-empty", "-am", "exempt"]);
    let ran = place.cask(&["ci"]);
    code(&ran, 2);
    assert!(ran.out.contains("approvals 0 of 1"), "{}", ran.out);
}

#[test]
fn a_repository_with_tools_ends_green() {
    let place = adopting("toolpacks/shop");
    let said = place.cask(&["init", "--id", "alice", "--no-passphrase"]).ok();
    assert!(said.contains("✓ toolpacks/shop: 7 of 7 exempted until "), "{said}");
    for line in said.lines().filter(|line| !line.starts_with("public key")) {
        assert!(line.chars().count() <= 80, "{line}");
    }
    commit_as_told(&place, &said);
    let ran = place.cask(&["ci", "--base-ref", "origin/main", "--fail-on", "any"]);
    code(&ran, 1);
    assert!(ran.out.contains("trust.bootstrap"), "{}", ran.out);
    stays_green(&place);
}

#[test]
fn a_toolpack_of_version_1_keeps_its_artifacts() {
    let place = adopting("reference/pairs/base");
    let said = place.cask(&["init", "--id", "alice", "--no-passphrase"]).ok();
    commit_as_told(&place, &said);
    assert_eq!(
        place.git(&["diff", "--name-only", "origin/main", "HEAD", "--", "toolpacks/shop/artifact"]),
        ""
    );
    assert!(place.read(LOCK).starts_with("schema_version: \"2.0\"\n"));
    // The base has a lockfile and no trust file: only who knows the file can say that it is the one.
    assert!(said.contains("--trust-pin \\\n  sha256:"), "{said}");
    code(&place.cask(&["ci", "--base-ref", "origin/main"]), 3);
    stays_green(&place);
}

#[test]
fn a_second_run_changes_nothing_and_a_file_that_is_there_stays() {
    let place = adopting("toolpacks/shop");
    place.write(".gitignore", "target");
    place.write("toolpacks/shop/.gitattributes", "*.json -text\n");
    let said = place.cask(&["init", "--id", "alice", "--no-passphrase", "--days", "30"]).ok();
    assert!(said.contains("left       toolpacks/shop/.gitattributes, as it was"), "{said}");
    let ignore = place.read(".gitignore");
    assert!(
        ignore.starts_with("target\n\n# cask:begin\n/.caskmcp/captures/\n")
            && ignore.ends_with("# cask:end\n")
    );
    commit_as_told(&place, &said);
    place.git(&["push", "-q", "origin", "HEAD:main"]);
    let said = place.cask(&["init", "--id", "bob", "--no-passphrase"]).ok();
    assert_eq!(place.git(&["status", "--porcelain"]), "");
    assert!(!said.contains("wrote"), "{said}");
    for name in [TRUST, GATE, LOCK] {
        assert!(said.contains(&format!("left       {name}, as it was")), "{said}");
    }
    // Somebody else, who has no key and needs none; and, where something is open, has one that nobody knows.
    let mut place = place;
    place.person("eve");
    place.cask(&["trust", "accept", "--yes"]).ok();
    place.cask(&["init"]).ok();
    assert_eq!(place.cask(&["key", "list"]).ok(), "", "no key was made");
    let tools = place.read("toolpacks/shop/artifact/tools.json");
    place.write(
        "toolpacks/shop/artifact/tools.json",
        tools.replacen("api.shop.example", "api.shop.invalid", 1),
    );
    let said = place.cask(&["init", "--no-passphrase"]).ok();
    assert!(said.contains("your key is none of an owner's: nothing was signed"), "{said}");
    assert!(said.contains("of 7 need an approval"), "{said}");
}

#[test]
fn without_a_key_all_but_what_is_signed_is_written() {
    let place = adopting("toolpacks/shop");
    let ran = place.cask(&["init"]);
    code(&ran, 1);
    assert!(ran.out.contains("nothing was signed: you have no key"), "{}", ran.out);
    for command in ["cask key new", "cask init"] {
        assert!(ran.out.lines().any(|line| line.trim_start_matches("next").trim() == command), "{}", ran.out);
    }
    assert!(!place.path(TRUST).exists() && !place.path(GATE).exists());
    for name in [".caskmcp/config.yaml", ".caskmcp/.gitignore", ".gitignore", LOCK] {
        assert!(place.path(name).exists(), "{name}");
    }
    assert!(!place.read(LOCK).contains("decision:") && place.read(LOCK).contains("status: pending"));
    code(&place.cask_with(&["init", "--id", "a", "--no-passphrase"], &[("CI", "1")]), 1);
    // With the key it goes on from there.
    let said = place.cask(&["init", "--id", "alice", "--no-passphrase"]).ok();
    commit_as_told(&place, &said);
    stays_green(&place);
}

#[test]
fn gate_yaml_is_in_force_and_keeps_its_comments() {
    let place = adopting("toolpacks/shop");
    place.cask(&["init", "--id", "alice", "--no-passphrase"]).ok();
    let text = place.read(GATE);
    assert!(text.contains("# The lowest verdict that fails"), "{text}");
    place.merge("adopt");
    let ran = place.cask(&["gate", "check"]);
    code(&ran, 0);
    assert!(!ran.out.contains("ignored"), "{}", ran.out);
    // Changed without a signature, it counts for nothing and stops the change.
    place.write(GATE, text.replace("fail_on: breaking", "fail_on: never"));
    place.git(&["commit", "-q", "-am", "weaker"]);
    let ran = place.cask(&["ci"]);
    code(&ran, 2);
    assert!(ran.out.contains("trust.policy-weakened"), "{}", ran.out);
}

#[test]
fn it_works_outside_of_git_and_without_tools() {
    let place = Place::new();
    let said = place.cask(&["init", "--id", "alice", "--no-passphrase"]).ok();
    assert!(said.contains("There is no toolpack here yet"), "{said}");
    assert!(place.path(TRUST).exists());
    let told = place.cask(&["init", "-d", "no-such"]).failed();
    assert!(told.contains("no such folder"), "{told}");
    assert!(place.cask(&["init", "--days", "181"]).failed().contains("181"));
    let other = Place::new();
    assert!(other.cask(&["init", "--no-passphrase"]).failed().contains("cask init --id NAME"));
    assert!(other.cask(&["init", "--id", "a b", "--no-passphrase"]).failed().contains("can't be the id"));
    assert!(!other.path(".caskmcp").exists(), "nothing is written before that is known");
}

#[test]
fn no_branch_comes_into_a_command_to_paste_that_a_shell_reads_otherwise() {
    let place = adopting("toolpacks/shop");
    place.git(&["push", "-q", "origin", "origin/main:refs/heads/a;touch${IFS}x"]);
    place.git(&["remote", "set-head", "origin", "a;touch${IFS}x"]);
    let said = place.cask(&["init", "--id", "alice", "--no-passphrase"]).ok();
    assert!(said.contains("cask ci --base-ref <branch>") && !said.contains("touch"), "{said}");
}

/// The lines below a label, without it.
fn labelled<'a>(said: &'a str, label: &str) -> Vec<&'a str> {
    let mut lines = said.lines().skip_while(|line| !line.starts_with(label));
    let first = lines.next().map(|line| line[label.len()..].trim());
    let rest = lines.take_while(|line| line.starts_with("   ")).map(str::trim);
    first.into_iter().chain(rest).collect()
}

#[test]
fn it_says_what_it_finds_in_projects_of_each_kind_and_what_to_do_with_it() {
    let servers = r#"{"mcpServers":{"github":{"command":"npx","args":["-y","server-github@1.2.3"]}}}"#;
    let ci = "on: pull_request\njobs:\n  t:\n    runs-on: x\n    steps:\n    - run: make test\n";
    for (files, found, also) in [
        (
            &[("pyproject.toml", ""), ("uv.lock", ""), (".mcp.json", servers)][..],
            &["python (uv)", "git, default branch origin/main", ".mcp.json: 1 server of an agent (github)"][..],
            "cask lint",
        ),
        (
            &[
                ("package.json", "{}"),
                ("tsconfig.json", "{}"),
                ("pnpm-lock.yaml", ""),
                (".cursor/mcp.json", servers),
                (".github/workflows/ci.yml", ci),
            ],
            &[
                "typescript (pnpm)",
                "git, default branch origin/main",
                ".github/workflows/ci.yml: does not ask the gate",
                ".cursor/mcp.json: 1 server of an agent (github)",
            ],
            "cask init --ci github",
        ),
        (
            &[("go.mod", ""), ("web/package.json", "{}"), (".claude/settings.json", "{}")],
            &[
                "go (go)",
                "javascript (npm) in web",
                "git, default branch origin/main",
                ".claude/settings.json: settings of an agent, no servers",
            ],
            "cask hook install",
        ),
        (
            &[
                ("Cargo.toml", ""),
                (".vscode/mcp.json", "{\"servers\":"),
                ("openapi.yaml", "openapi: 3.1.0\n"),
            ],
            &[
                "rust (cargo)",
                "git, default branch origin/main",
                ".vscode/mcp.json: can't be read",
                "openapi.yaml: OpenAPI, 0 operations",
            ],
            "cask lint",
        ),
    ] {
        let place = Place::with_git();
        files.iter().for_each(|(name, text)| place.write(name, text));
        place.merge("project");
        let said = place.cask(&["init", "--id", "alice", "--no-passphrase"]).ok();
        let told = labelled(&said, "found");
        assert_eq!(told.len(), found.len(), "{said}");
        for (told, found) in told.iter().zip(found) {
            assert!(told.starts_with(found), "{found}\n{said}");
        }
        assert!(labelled(&said, "also").iter().any(|line| line.starts_with(also)), "{also}\n{said}");
        assert!(
            said.lines().all(|line| line.starts_with("public key") || line.chars().count() <= 80),
            "{said}"
        );
        for (name, text) in files {
            assert_eq!(place.read(name), *text, "{name} is the person's");
        }
    }
}

#[test]
fn what_it_says_makes_a_toolpack_and_the_next_run_takes_that_in() {
    let place = Place::with_git();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    std::fs::create_dir(place.path("docs")).expect("a folder");
    std::fs::copy(fixtures.join("openapi/desk.yaml"), place.path("docs/openapi.yaml")).expect("a file");
    std::fs::copy(fixtures.join("capture/shop.har"), place.path("calls.har")).expect("a file");
    place.merge("project");
    let said = place.cask(&["init", "--id", "alice", "--no-passphrase"]).ok();
    let lines = labelled(&said, "make one");
    assert_eq!(lines, ["cask mint docs/openapi.yaml", "cask mint calls.har"], "{said}");
    assert!(said.contains("docs/openapi.yaml: OpenAPI, 5 operations"), "{said}");
    for line in &lines {
        let words: Vec<&str> = line.split(' ').skip(1).collect();
        place.cask(&words).ok();
    }
    let said = place.cask(&["init"]).ok();
    assert_eq!(
        said.matches(" exempted until ").count() + said.matches(" need an approval").count(),
        2,
        "{said}"
    );
    assert!(labelled(&said, "make one").is_empty(), "{said}");
}

#[test]
fn from_another_folder_it_says_where_its_commands_work() {
    let place = Place::with_git();
    place.write("src/deep/x", "");
    for (from, to, way) in
        [("src/deep", ".", Some("cd ../..")), (".", "src", None), ("..", "repo", Some("cd repo"))]
    {
        let out = place
            .command(&["init", "--id", "alice", "--no-passphrase", "-d", to])
            .current_dir(place.path(from))
            .output()
            .expect("cask runs");
        let said = String::from_utf8(out.stdout).expect("text");
        assert_eq!(
            labelled(&said, "first").first().copied(),
            way,
            "{said}{}",
            String::from_utf8_lossy(&out.stderr)
        );
        assert!(place.path(TRUST).exists() && !place.path("src/.caskmcp").exists());
    }
}

#[test]
fn a_key_is_named_from_the_folder_in_which_the_command_is_typed() {
    let place = Place::with_git();
    place.cask(&["key", "new", "--name", "work", "--no-passphrase"]).ok();
    std::fs::create_dir_all(place.path("../keys")).expect("a folder");
    std::fs::copy(place.path("../alice/config/cask/keys/work.key"), place.path("../keys/mine"))
        .expect("a key");
    let init = |key: &str| {
        let mut command = place.command(&["init", "-d", "repo", "--id", "alice", "--key", key]);
        let out = command.current_dir(place.path("..")).output().expect("cask runs");
        (out.status.code(), String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned())
    };
    let (code, told) = init("nowhere/mine");
    assert_eq!(code, Some(3), "{told}");
    let (code, told) = init("keys/mine");
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains(&format!("wrote      {TRUST}")), "{told}");
    // A bare word is the name of a key of one's own still.
    std::fs::remove_dir_all(place.path(".caskmcp")).expect("a folder");
    std::fs::remove_dir_all(place.path("../alice/state")).expect("known roots");
    let (code, told) = init("work");
    assert_eq!(code, Some(0), "{told}");
}

#[test]
fn as_json_it_writes_nothing() {
    let place = Place::with_git();
    place.write("go.mod", "");
    place.write(".mcp.json", "{\"mcpServers\":{\"a\":{\"command\":\"x\"}}}");
    let told = place.cask(&["init", "--json"]).ok();
    let told: serde_json::Value = serde_json::from_str(&told).expect("JSON");
    assert_eq!(told["schema"], "cask.project/1");
    assert_eq!(told["languages"][0]["language"], "go");
    assert_eq!(told["agents"][0]["servers"], serde_json::json!(["a"]));
    assert_eq!(told["git"], serde_json::json!({"default_branch": null}));
    assert!(!place.path(".caskmcp").exists() && !place.path(".gitignore").exists());
}

#[test]
fn the_workflow_is_written_once_and_judges_the_change_that_brings_it() {
    const WORKFLOW: &str = ".github/workflows/cask.yml";
    let place = adopting("toolpacks/shop");
    let said = place.cask(&["init", "--id", "alice", "--no-passphrase", "--ci", "github"]).ok();
    let text = place.read(WORKFLOW);
    assert!(text.contains(&format!("CASK_TRUST_PIN: \"{}\"", pin(&place))), "{text}");
    assert!(!labelled(&said, "also").iter().any(|line| line.contains("--ci")), "{said}");
    commit_as_told(&place, &said);
    // What it runs, on the change that brings it.
    place.git(&["remote", "set-head", "origin", "main"]);
    let pinned = [("CASK_TRUST_PIN", pin(&place))];
    let pinned: Vec<(&str, &str)> = pinned.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let line = ["ci", "--base-ref", "origin/main", "--author", "alice", "--output", "cask-report"];
    code(&place.cask_with(&line, &pinned), 0);
    assert!(place.read("cask-report/report.md").starts_with("### "));
    // As a step of Actions it is the same: who names the base does not ask the event.
    let step = [("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_PATH", "nowhere"), pinned[0]];
    code(&place.cask_with(&line, &step), 0);
    // A variable that was emptied says nothing; a pin that is given empty is none.
    code(&place.cask_with(&line, &[("CASK_TRUST_PIN", "")]), 0);
    let none = [&line[..], &["--trust-pin", ""]].concat();
    assert!(place.cask(&none).failed().contains("is no pin"));
    place.git(&["push", "-q", "origin", "HEAD:main"]);
    // Taken away, it is missed.
    place.git(&["rm", "-q", WORKFLOW]);
    place.git(&["commit", "-q", "-m", "no gate"]);
    assert!(place.cask(&["ci"]).out.contains("trust.gate-removed"));
    place.write(WORKFLOW, "name: mine\n");
    let said = place.cask(&["init", "--ci", "github"]).ok();
    assert!(said.contains(&format!("left       {WORKFLOW}, as it was")), "{said}");
    assert_eq!(place.read(WORKFLOW), "name: mine\n");
}
