//! A bare repository with one of each thing that GitHub's API shows in a way of its own: links, a submodule, a file
//! too big to come along, a binary, a moved file, branches that parted, a merge.
#![allow(dead_code, reason = "each test file uses its part")]

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tempfile::TempDir;

use super::support::{git, git_command};

/// The repository, and the commits that matter.
pub struct ShopRepo {
    _dir: TempDir,
    pub bare: PathBuf,
    /// The tip of `main`.
    pub base: String,
    /// The tip of `feat/x`, which left `main` before its tip.
    pub head: String,
    /// What GitHub would merge: `refs/pull/7/merge`.
    pub merge: String,
}

/// One entry of a commit under construction: path, mode, content.
type File<'a> = (&'a str, &'a str, &'a [u8]);

/// Feeds a program of git's and gives back what it prints.
fn fed(dir: &Path, args: &[&str], input: &[u8]) -> String {
    let mut child =
        git_command(dir).args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("git runs");
    std::io::Write::write_all(&mut child.stdin.take().expect("piped"), input).expect("git reads");
    let out = child.wait_with_output().expect("git ends");
    assert!(out.status.success(), "git {args:?}");
    String::from_utf8_lossy(&out.stdout).trim_end().to_owned()
}

/// Writes a commit with these files and no others.
pub fn commit(bare: &Path, message: &str, parents: &[&str], files: &[File]) -> String {
    let index = bare.join("index");
    drop(std::fs::remove_file(&index));
    for (path, mode, content) in files {
        let object = match *mode {
            "160000" => String::from_utf8_lossy(content).into_owned(),
            _ => fed(bare, &["hash-object", "-w", "--stdin"], content),
        };
        git(bare, &["update-index", "--add", "--cacheinfo", &format!("{mode},{object},{path}")]);
    }
    let tree = git(bare, &["write-tree"]);
    let mut args = vec!["commit-tree", &tree, "-m", message];
    for parent in parents {
        args.extend(["-p", *parent]);
    }
    git(bare, &args)
}

impl ShopRepo {
    pub fn new() -> ShopRepo {
        let dir = TempDir::new().expect("a scratch folder");
        git(dir.path(), &["init", "-q", "--bare", "-b", "main", "shop.git"]);
        let bare = dir.path().join("shop.git");
        let trust = b"version: 2\n".as_slice();
        let tools: String = (1..=60).map(|n| format!("line {n}\n")).collect();
        let changed = tools.replace("line 30\n", "line 30, changed\nand one more\n");
        let big = vec![b'x'; 1_200_000];
        let module = "5".repeat(40);
        let mut files: Vec<File> = vec![
            (".caskmcp/trust.yaml", "100644", trust),
            ("shop/artifact/tools.json", "100644", tools.as_bytes()),
            ("shop/toolpack.yaml", "100644", b"id: shop\n"),
            ("shop/old name.txt", "100644", b"a file that moves\nand has lines\nenough to be known again\n"),
            ("links/inside", "120000", b"../.caskmcp/trust.yaml"),
            ("links/outside", "120000", b"/etc/passwd"),
            ("logo.png", "100755", b"\x89PNG\0\0"),
            ("big.txt", "100644", &big),
            ("module", "160000", module.as_bytes()),
        ];
        let root = commit(&bare, "Open the shop", &[], &files);
        files[0].2 = b"version: 3\n";
        let base = commit(&bare, "Revoke a key", &[&root], &files);
        files[0].2 = trust;
        files[1].2 = changed.as_bytes();
        files[3].0 = "shop/new name.txt";
        files[6].2 = b"\x89PNG\0\x01";
        let head = commit(&bare, "Change the shop\n\nWith a body.", &[&root], &files);
        files[0].2 = b"version: 3\n";
        let merge = commit(&bare, "Merge", &[&base, &head], &files);
        for (name, sha) in
            [("heads/main", &base), ("heads/feat/x", &head), ("pull/7/merge", &merge), ("pull/7/head", &head)]
        {
            git(&bare, &["update-ref", &format!("refs/{name}"), sha]);
        }
        git(&bare, &["tag", "-a", "-m", "one", "v1", &root]);
        ShopRepo { _dir: dir, bare, base, head, merge }
    }
}
