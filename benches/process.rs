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
