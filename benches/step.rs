//! A step of a workflow from the start of the program to the comment on the pull request: 20 toolpacks of ten tools, one
//! of them changed, a shallow checkout, and a GitHub on loopback. Beside it the same judgement without a GitHub.

mod support;

#[path = "../tests/support/fake_github/mod.rs"]
mod fake_github;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, OnceLock};

use fake_github::{Fake, Grant, Kind};
use tempfile::TempDir;

const PACKS: usize = 20;
const TOOLS: usize = 10;

fn main() {
    divan::main();
}

fn git(dir: &Path, args: &[&str]) -> String {
    let who = ["-c", "user.name=bench", "-c", "user.email=bench@invalid", "-c", "gc.auto=0"];
    let out = Command::new("git").current_dir(dir).args(who).args(args).output().expect("git runs");
    assert!(out.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).trim_end().to_owned()
}

/// A repository on a server with pull request 7, and a checkout of its merge as workflows have it.
struct Site {
    dir: TempDir,
    workspace: PathBuf,
    head: String,
    github: Arc<fake_github::World>,
    _fake: Fake,
}

fn site() -> &'static Site {
    static SITE: OnceLock<Site> = OnceLock::new();
    SITE.get_or_init(|| {
        let dir = TempDir::new().expect("a folder");
        let work = dir.path().join("work");
        let write = |path: String, text: &str| {
            let path = work.join(path);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
            std::fs::write(path, text).expect("a file");
        };
        let (trust, text) = support::trust();
        write(".caskmcp/trust.yaml".into(), &text);
        for n in 0..PACKS {
            let files = support::toolpack(&format!("p{n:02}"), TOOLS);
            let lock = support::lockfile(&files, trust.root(), 1);
            write(format!("packs/p{n:02}/lockfile/caskmcp.lock.yaml"), &lock);
            for (path, text) in &files {
                write(format!("packs/p{n:02}/{path}"), text);
            }
        }
        git(&work, &["init", "-q", "-b", "main"]);
        git(&work, &["add", "-A"]);
        git(&work, &["commit", "-q", "-m", "all"]);
        git(&work, &["checkout", "-q", "-b", "head"]);
        let changed = work.join("packs/p07/artifact/tools.json");
        let text = std::fs::read_to_string(&changed).expect("a file");
        std::fs::write(changed, text.replacen("Get one item", "Get an item", 1)).expect("a file");
        git(&work, &["commit", "-q", "-a", "-m", "change"]);
        let head = git(&work, &["rev-parse", "head"]);
        git(&work, &["checkout", "-q", "--detach", "main"]);
        git(&work, &["merge", "-q", "--no-ff", "-m", "merge", "head"]);
        git(&work, &["update-ref", "refs/pull/7/merge", "HEAD"]);
        let bare = dir.path().join("server/acme/shop");
        std::fs::create_dir_all(&bare).expect("folders");
        git(&bare, &["init", "-q", "--bare", "-b", "main"]);
        git(&bare, &["config", "uploadpack.allowAnySHA1InWant", "true"]);
        let url = format!("file://{}", bare.display());
        git(&work, &["push", "-q", &url, "main", "head", "refs/pull/7/merge"]);
        let workspace = dir.path().join("workspace");
        std::fs::create_dir(&workspace).expect("a folder");
        git(&workspace, &["init", "-q"]);
        git(&workspace, &["fetch", "-q", "--depth=1", &url, "refs/pull/7/merge"]);
        git(&workspace, &["checkout", "-q", "--detach", "FETCH_HEAD"]);
        let fake = Fake::start();
        let github = fake.world(Kind::Com);
        {
            let mut state = github.state();
            state.git = Some(bare);
            let tip = git(&work, &["rev-parse", "main"]);
            state.open_pull(7, "mallory", ("head", &head), ("main", &tip));
        }
        let payload = format!(
            r#"{{"number": 7, "repository": {{"id": 1, "full_name": "acme/shop", "default_branch": "main"}},
            "pull_request": {{"number": 7, "user": {{"login": "mallory"}},
            "base": {{"ref": "main", "sha": "{head}", "repo": {{"id": 1}}}},
            "head": {{"ref": "head", "sha": "{head}", "repo": {{"id": 1}}}}}}}}"#
        );
        std::fs::write(dir.path().join("event.json"), payload).expect("a file");
        Site { dir, workspace, head, github, _fake: fake }
    })
}

fn step(site: &Site, token: Option<&str>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cask"));
    command.arg("ci").current_dir(&site.workspace).env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    for (name, value) in [
        ("GITHUB_ACTIONS", "true"),
        ("CI", "true"),
        ("GITHUB_EVENT_NAME", "pull_request"),
        ("GITHUB_REPOSITORY", "acme/shop"),
        ("GITHUB_RUN_ID", "1"),
        ("GITHUB_API_URL", site.github.rest()),
        ("GITHUB_GRAPHQL_URL", &site.github.graphql()),
        ("CASK_INPUT_TOKEN", token.unwrap_or_default()),
    ] {
        command.env(name, value);
    }
    command.env("GITHUB_SERVER_URL", format!("file://{}", site.dir.path().join("server").display()));
    command.env("GITHUB_EVENT_PATH", site.dir.path().join("event.json"));
    command.env("GITHUB_WORKSPACE", &site.workspace).env("RUNNER_TEMP", site.dir.path().join("temp"));
    let out = command.output().expect("cask runs");
    assert_eq!(out.status.code(), Some(2), "{}", String::from_utf8_lossy(&out.stdout));
}

/// To the comment, a new one each time.
#[divan::bench(sample_count = 10)]
fn to_the_comment(bencher: divan::Bencher) {
    let site = site();
    let token = site.github.token(Grant::job());
    step(site, Some(&token));
    bencher
        .with_inputs(|| site.github.state().comments.clear())
        .bench_local_values(|()| step(site, Some(&token)));
    let bodies = site.github.state().bodies(7);
    assert!(bodies.len() == 1 && bodies[0].contains(&site.head), "{bodies:?}");
}

/// The same without a GitHub.
#[divan::bench(sample_count = 10)]
fn judged_alone(bencher: divan::Bencher) {
    let site = site();
    step(site, None);
    bencher.bench_local(|| step(site, None));
}
