//! The program as CI starts it: `--version` beside an empty process, and `ci` on a repository with 200
//! toolpacks of which 2 changed, beside git listing both sides.

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

const CASK: &str = env!("CARGO_BIN_EXE_cask");
const TOOLPACKS: usize = 200;
const TOOLS_EACH: usize = 5;

fn main() {
    divan::main();
    let _ = std::fs::remove_dir_all(scratch());
}

fn scratch() -> PathBuf {
    std::env::temp_dir().join(format!("cask-bench-{}", std::process::id()))
}

fn git(dir: &Path, args: &[&str]) {
    let status = Command::new("git")
        .args(["-c", "user.name=bench", "-c", "user.email=bench@example.com", "-c", "commit.gpgsign=false"])
        .args(args)
        .current_dir(dir)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .stdout(std::process::Stdio::null())
        .status()
        .expect("git runs");
    assert!(status.success(), "git {args:?}");
}

fn write(dir: &Path, path: &str, text: &str) {
    let path = dir.join(path);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(path, text).expect("a file");
}

fn sign_and_write(dir: &Path, name: &str, root: &str, tools: usize) {
    let mut files = support::toolpack(name, tools);
    let lock = support::lockfile(&files, root, 1);
    files.insert("lockfile/caskmcp.lock.yaml".into(), lock);
    for (path, text) in &files {
        write(dir, &format!("packs/{name}/{path}"), text);
    }
}

/// A repository with 200 signed toolpacks on `main`; on `head`, two of them have one tool more.
static REPOSITORY: LazyLock<PathBuf> = LazyLock::new(|| {
    let dir = scratch().join("repository");
    std::fs::create_dir_all(&dir).expect("a folder");
    let (trust, text) = support::trust();
    git(&dir, &["init", "-q", "-b", "main"]);
    write(&dir, ".caskmcp/trust.yaml", &text);
    for i in 0..TOOLPACKS {
        sign_and_write(&dir, &format!("pack{i:03}"), trust.root(), TOOLS_EACH);
    }
    git(&dir, &["add", "-A"]);
    git(&dir, &["commit", "-q", "-m", "signed"]);
    git(&dir, &["checkout", "-q", "-b", "head"]);
    for i in [7, 133] {
        sign_and_write(&dir, &format!("pack{i:03}"), trust.root(), TOOLS_EACH + 1);
    }
    git(&dir, &["add", "-A"]);
    git(&dir, &["commit", "-q", "-m", "changed"]);
    dir
});

/// What no program can be faster than: a process that does nothing.
#[divan::bench]
fn floor_process() {
    Command::new("/bin/true").status().expect("true runs");
}

#[divan::bench]
fn version() {
    let out = Command::new(CASK).arg("--version").output().expect("cask runs");
    assert!(out.status.success());
}

/// What no judgement of two commits can be faster than: git naming the files of both.
#[divan::bench]
fn floor_git_lists_both_sides(bencher: divan::Bencher) {
    let dir = REPOSITORY.clone();
    bencher.bench_local(|| {
        for side in ["main", "head"] {
            git(&dir, &["ls-tree", "-r", "-z", "-t", "--long", side]);
        }
    });
}

#[divan::bench(sample_count = 20)]
fn ci_200_toolpacks_2_changed(bencher: divan::Bencher) {
    let dir = REPOSITORY.clone();
    bencher.bench_local(|| {
        let out = Command::new(CASK)
            .args(["ci", "--base-ref", "main", "--format", "json", "--fail-on", "any"])
            .current_dir(&dir)
            .env("CI", "true")
            .output()
            .expect("cask runs");
        // A bench that judged nothing would be fast.
        assert!(matches!(out.status.code(), Some(0..=2)), "{}", String::from_utf8_lossy(&out.stderr));
    });
}

const HOOKED: usize = 20;

/// A clone with 20 signed toolpacks on `origin/main`; the checked-out branch has one tool more in one of them.
static HOOKED_CLONE: LazyLock<PathBuf> = LazyLock::new(|| {
    let dir = scratch().join("hooked");
    std::fs::create_dir_all(&dir).expect("a folder");
    let (trust, text) = support::trust();
    git(&dir, &["init", "-q", "-b", "main"]);
    write(&dir, ".caskmcp/trust.yaml", &text);
    for i in 0..HOOKED {
        sign_and_write(&dir, &format!("pack{i:02}"), trust.root(), TOOLS_EACH);
    }
    git(&dir, &["add", "-A"]);
    git(&dir, &["commit", "-q", "-m", "signed"]);
    git(&dir, &["remote", "add", "origin", "https://git.invalid/x"]);
    git(&dir, &["update-ref", "refs/remotes/origin/main", "main"]);
    git(&dir, &["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"]);
    git(&dir, &["checkout", "-q", "-b", "head"]);
    sign_and_write(&dir, "pack07", trust.root(), TOOLS_EACH + 1);
    git(&dir, &["add", "-A"]);
    git(&dir, &["commit", "-q", "-m", "changed"]);
    dir
});

/// What a person waits for before a push; `unrelated`: one that brings nothing that is judged.
#[divan::bench(args = ["changed", "unrelated"], sample_count = 40)]
fn hook_run_20_toolpacks(bencher: divan::Bencher, push: &str) {
    let dir = HOOKED_CLONE.clone();
    let from = if push == "changed" { "refs/remotes/origin/main" } else { "HEAD" };
    bencher.bench_local(|| {
        let out = Command::new(CASK)
            .args(["hook", "run"])
            .current_dir(&dir)
            .envs([("PRE_COMMIT_FROM_REF", from), ("PRE_COMMIT_TO_REF", "HEAD")])
            .output()
            .expect("cask runs");
        let said = String::from_utf8_lossy(&out.stderr).into_owned() + &String::from_utf8_lossy(&out.stdout);
        assert_eq!(said.contains("changes nothing"), push != "changed", "{said}");
        assert!(matches!(out.status.code(), Some(0..=2)), "{said}");
    });
}

/// What a release waits for: judged where it lies, judged as it is packed, written.
#[divan::bench(sample_count = 20)]
fn bundle_1000_tools(bencher: divan::Bencher) {
    let dir = scratch().join("bundle");
    std::fs::create_dir_all(&dir).expect("a folder");
    let (trust, text) = support::trust();
    write(&dir, ".caskmcp/trust.yaml", &text);
    sign_and_write(&dir, "big", trust.root(), 1_000);
    bencher.bench_local(|| {
        let out = Command::new(CASK)
            .args(["bundle", "--toolpack", "packs/big", "--out", "big.zip", "--trust", ".caskmcp/trust.yaml"])
            .current_dir(&dir)
            .env("CI", "true")
            .output()
            .expect("cask runs");
        assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
    });
}

/// Reads, computes and verifies everything from disk, as a developer runs it.
#[divan::bench(args = [1_000, 10_000], sample_count = 5)]
fn gate_check_from_disk(bencher: divan::Bencher, tools: usize) {
    let dir = scratch().join(format!("{tools}"));
    std::fs::create_dir_all(&dir).expect("a folder");
    let (trust, text) = support::trust();
    write(&dir, ".caskmcp/trust.yaml", &text);
    sign_and_write(&dir, "big", trust.root(), tools);
    bencher.bench_local(|| {
        let out = Command::new(CASK)
            .args(["gate", "check", "--toolpack", "packs/big", "--trust", ".caskmcp/trust.yaml"])
            .current_dir(&dir)
            .env("CI", "true")
            .output()
            .expect("cask runs");
        assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
    });
}
