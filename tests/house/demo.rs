//! `cask demo` from outside: the same bytes wherever it runs, nothing left behind, nothing of a person's
//! overwritten.
#![cfg(unix)]

use crate::support;

use std::path::Path;

use support::{Place, git, in_step};

const PAGE: &str = "fixtures/demo.txt";

fn listed(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(dir)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn it_shows_six_steps_in_one_screen() {
    let place = Place::new();
    let page = place.cask(&["demo"]).ok();
    in_step(PAGE, &page);
    assert!(page.lines().count() <= 35 && page.lines().all(|line| line.chars().count() <= 80), "{page}");
    for says in
        ["8 of 8 signed", "approvals 0 of 1", "owner signed 0 of 1", "✓ passed: 8 tools, all approved"]
    {
        assert!(page.contains(says), "{says}\n{page}");
    }
    assert_eq!(page.matches("exit 2").count(), 2);
    assert_eq!(place.cask(&["demo"]).ok(), page, "two runs differ");
    assert_eq!(listed(&place.root()), [""; 0], "it left something here");
}

#[test]
fn the_machine_it_runs_on_does_not_show() {
    let place = Place::new();
    let page = place.cask(&["demo"]).ok();
    let out = place.command(&["demo"]).env_clear().output().expect("cask runs");
    assert_eq!(String::from_utf8_lossy(&out.stdout), page, "{}", String::from_utf8_lossy(&out.stderr));

    // A person's configuration that runs, ignores, rewrites and asks.
    let home = place.dir.path().join("alice");
    std::fs::create_dir_all(home.join("hooks")).expect("folders");
    let config = "[core]\n\thooksPath = ~/hooks\n\tautocrlf = true\n\texcludesFile = ~/all\n\tfsmonitor = false\n\
                  [commit]\n\tgpgSign = true\n\ttemplate = ~/no-such\n[init]\n\ttemplateDir = ~/no-such\n\
                  \tdefaultBranch = trunk\n[user]\n\tuseConfigOnly = true\n";
    std::fs::write(home.join(".gitconfig"), config).expect("a file");
    std::fs::write(home.join("all"), "*\n").expect("a file");
    let env = [
        ("CI", "true"),
        ("CASK_TRUST_PIN", "sha256:no"),
        ("CASKMCP_APPROVERS", "nobody"),
        ("CASKMCP_ROOT", "/no/such"),
        ("GIT_DIR", "/no/such"),
        ("GIT_INDEX_FILE", "/no/such"),
        ("GIT_AUTHOR_DATE", "never"),
        ("GIT_CONFIG_COUNT", "1"),
    ];
    assert_eq!(place.cask_with(&["demo"], &env).ok(), page);

    // A scratch folder inside a repository, which would refuse keys.
    git(&place.root(), &["init", "-q"]);
    place.write("scratch/x", "");
    let scratch = place.path("scratch");
    let ran = place.cask_with(&["demo"], &[("TMPDIR", scratch.to_str().expect("a plain path"))]);
    assert_eq!(ran.ok(), page);
    assert_eq!(listed(&scratch), ["x"], "it left something in the scratch folder");
}

#[test]
fn colours_only_repeat_what_words_say() {
    let place = Place::new();
    let page = place.cask(&["demo"]).ok();
    let coloured = place.cask(&["--color", "always", "demo"]).ok();
    let mut plain = String::new();
    for (n, part) in coloured.split('\u{1b}').enumerate() {
        plain += if n == 0 { part } else { part.split_once('m').expect("SGR alone").1 };
    }
    assert_ne!(coloured, page);
    assert_eq!(plain, page);
}

#[test]
fn what_is_kept_is_a_repository_to_look_at() {
    let place = Place::with_git();
    let page = place.cask(&["demo", "--keep"]).ok();
    assert!(page.contains("look       cask-demo/comment.md, the comment"), "{page}");
    let comment = place.read("cask-demo/comment.md");
    assert!(comment.contains("### ⛔ Blocked: 1 change has no valid approval"), "{comment}");
    let page = place.read("cask-demo/report.md");
    assert!(page.starts_with("### ⛔ Blocked: 1 change has no valid approval\n"), "{page}");
    let sarif = place.read("cask-demo/report.sarif");
    assert!(sarif.contains("\"level\": \"error\"") && sarif.contains("/artifact/tools.json\""), "{sarif}");
    let kept = place.path("cask-demo/repository");
    assert_eq!(git(&kept, &["log", "--format=%s"]).lines().count(), 5);
    assert_eq!(git(&kept, &["diff", "--stat", "main", "HEAD"]).lines().count(), 2, "README.md alone is left");
    let key = |dir: &Path| std::process::Command::new("grep").args(["-rl", "PRIVATE KEY"]).arg(dir).output();
    assert_eq!(key(&place.path("cask-demo")).expect("grep runs").stdout, b"", "keys are not kept");

    let before = listed(&place.path("cask-demo"));
    let told = place.cask(&["demo", "--keep"]).failed();
    assert!(told.contains("cask-demo: the folder is not empty; nothing was written"), "{told}");
    assert_eq!(listed(&place.path("cask-demo")), before);
    place.write("mine", "text");
    assert!(place.cask(&["demo", "--out", "mine"]).failed().contains("mine"));
    assert_eq!(place.read("mine"), "text");
    std::fs::create_dir(place.path("new")).expect("a folder");
    assert!(place.cask(&["demo", "--out", "new"]).ok().contains("new/comment.md"));
}

#[test]
fn without_git_it_says_so() {
    let place = Place::new();
    let told = place.cask_with(&["demo"], &[("PATH", "/no/such")]).failed();
    assert!(told.contains("the program git was not found"), "{told}");
    place.cask_with(&["demo", "--keep"], &[("PATH", "/no/such")]).failed();
    place.cask(&["demo", "--keep"]).ok();
}
