//! The reading of repositories, against the real git: what is refused, what is never run, what is ignored.
#![cfg(unix)]

mod hostile;
mod places;
mod refs;

use crate::support;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use cask::canon::FaultKind;
use cask::io::git::Repo;
use cask::io::oid::Oid;
use cask::io::tree::{Entry, EntryKind, OddName, Tree};
use support::git as git_in;
use tempfile::TempDir;

/// A scratch folder with a repository in `repo`; its git knows nothing of the machine's configuration.
struct Sandbox {
    dir: TempDir,
}

impl Sandbox {
    fn new() -> Sandbox {
        Sandbox::with(&[])
    }

    fn with(init: &[&str]) -> Sandbox {
        let sandbox = Sandbox { dir: TempDir::new().expect("a scratch folder") };
        std::fs::create_dir(sandbox.root()).expect("a folder");
        sandbox.git(&[&["init", "-q", "-b", "main"], init].concat());
        sandbox
    }

    fn root(&self) -> PathBuf {
        self.dir.path().join("repo")
    }

    fn git(&self, args: &[&str]) -> String {
        git_in(&self.root(), args)
    }

    fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        self.write_os(OsStr::new(path), bytes);
    }

    fn write_os(&self, path: &OsStr, bytes: impl AsRef<[u8]>) {
        let path = self.root().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        std::fs::write(path, bytes).expect("a file");
    }

    fn commit(&self, message: &str) -> Oid {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.oid("HEAD")
    }

    fn oid(&self, name: &str) -> Oid {
        Oid::parse(&self.git(&["rev-parse", name])).expect("an object name")
    }

    fn repo(&self) -> Repo {
        open(&self.root())
    }
}

fn open(dir: &Path) -> Repo {
    Repo::discover(dir).expect("readable").expect("a repository")
}

fn kind(result: Result<Option<Vec<u8>>, cask::canon::Fault>) -> FaultKind {
    result.expect_err("refused").kind
}

fn paths(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|e| e.path.as_str()).collect()
}

/// A commit whose files are everything but plain.
fn crooked() -> Sandbox {
    let s = Sandbox::new();
    s.write("plain/a.yaml", "a: 1\n");
    s.write("plain/run.sh", "#!/bin/sh\n");
    std::fs::set_permissions(s.root().join("plain/run.sh"), PermissionsExt::from_mode(0o755))
        .expect("a mode");
    s.write("lfs.json", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n");
    s.write("big.bin", vec![b'x'; 3 << 20]);
    std::fs::create_dir(s.root().join(".caskmcp")).expect("a folder");
    symlink("../plain/a.yaml", s.root().join(".caskmcp/trust.yaml")).expect("a link");
    symlink("plain", s.root().join("way")).expect("a link");
    let head = s.commit("files");
    s.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{head},sub")]);
    s.git(&["commit", "-q", "-m", "submodule"]);
    s
}

#[test]
fn only_plain_files_are_read_from_every_source() {
    let s = crooked();
    let repo = s.repo();
    let head = repo.head().unwrap().unwrap();
    std::fs::create_dir(s.root().join("sub")).unwrap();
    std::fs::write(s.root().join("sub/.git"), "gitdir: ../.git/modules/sub\n").unwrap();
    std::fs::write(s.root().join("sub/x"), "x").unwrap();
    let listed = Tree::git(&repo, &head);
    listed.list().unwrap();
    let sources =
        [Tree::git(&repo, &head), listed, Tree::index(&repo), Tree::folder(s.root()), Tree::worktree(&repo)];
    for tree in sources {
        let read = |path: &str| tree.read(path, 1 << 20);
        assert_eq!(read("plain/a.yaml").unwrap().unwrap(), b"a: 1\n", "{tree:?}");
        assert_eq!(read("plain/run.sh").unwrap().unwrap(), b"#!/bin/sh\n");
        for missing in ["nothing", "plain/nothing", "plain/a.yaml/x", "plain/a", "no/such/way"] {
            assert_eq!(read(missing).unwrap(), None, "{tree:?} {missing}");
        }
        for place in [
            ".caskmcp/trust.yaml",
            "way",
            "way/a.yaml",
            "sub/x",
            "lfs.json",
            "plain",
            "../repo/plain/a.yaml",
            "/etc/passwd",
            "plain/../plain/a.yaml",
            "./plain/a.yaml",
            "plain//a.yaml",
            "",
        ] {
            assert_eq!(kind(read(place)), FaultKind::Place, "{tree:?} {place:?}");
        }
        assert_eq!(kind(read("big.bin")), FaultKind::Limit, "{tree:?}");
        assert_eq!(tree.read("big.bin", 3 << 20).unwrap().unwrap().len(), 3 << 20);
        let kinds: BTreeMap<&str, EntryKind> =
            tree.list().unwrap().iter().map(|e| (e.path.as_str(), e.kind)).collect();
        assert_eq!(kinds["plain/a.yaml"], EntryKind::File);
        assert_eq!(kinds["plain/run.sh"], EntryKind::Executable);
        assert_eq!(kinds["way"], EntryKind::Symlink);
        assert_eq!(kinds[".caskmcp/trust.yaml"], EntryKind::Symlink);
        assert_eq!(kinds["sub"], EntryKind::Submodule);
        assert!(!kinds.contains_key("way/a.yaml") && !kinds.contains_key("sub/x"));
    }
}

#[test]
fn many_files_come_back_in_order_and_each_with_its_own_answer() {
    let s = crooked();
    for n in 0..300 {
        s.write(&format!("many/{n}.txt"), format!("{n}"));
    }
    let head = s.commit("many");
    let tree = Tree::git(&s.repo(), &head);
    let mut wants: Vec<(String, usize)> = (0..300).map(|n| (format!("many/{n}.txt"), 10)).collect();
    // In the middle: one that ends the process, one that is drained, one missing, one refused.
    wants.insert(150, ("big.bin".into(), 10));
    wants.insert(150, ("plain/a.yaml".into(), 1));
    wants.insert(150, ("nothing".into(), 10));
    wants.insert(150, ("way".into(), 10));
    let answers = tree.read_many(&wants);
    assert_eq!(answers.len(), 304);
    let mut n = 0;
    for ((path, _), answer) in wants.iter().zip(answers) {
        match path.as_str() {
            "big.bin" | "plain/a.yaml" => assert_eq!(kind(answer), FaultKind::Limit),
            "way" => assert_eq!(kind(answer), FaultKind::Place),
            "nothing" => assert_eq!(answer.unwrap(), None),
            _ => {
                assert_eq!(answer.unwrap().unwrap(), n.to_string().as_bytes());
                n += 1;
            }
        }
    }
}

#[test]
fn odd_names_are_listed_as_such_and_hide_nothing() {
    let s = Sandbox::new();
    s.write_os(OsStr::from_bytes(b"a/\xff.yaml"), "x");
    s.write("a/line\nbreak.yaml", "newline");
    s.write("a/tab\there", "x");
    s.write("a/\u{fffd}.yaml", "real");
    let head = s.commit("odd");
    let repo = s.repo();
    for tree in [Tree::git(&repo, &head), Tree::index(&repo), Tree::folder(s.root())] {
        let odd: Vec<(&str, Option<OddName>)> =
            tree.list().unwrap().iter().map(|e| (e.path.as_str(), e.odd)).collect();
        assert_eq!(odd.len(), 4, "{tree:?}");
        assert!(odd.contains(&("a/line\nbreak.yaml", Some(OddName::Control))));
        assert!(odd.contains(&("a/tab\there", Some(OddName::Control))));
        assert!(odd.contains(&("a/\u{fffd}.yaml", Some(OddName::NotUtf8))));
        assert!(odd.contains(&("a/\u{fffd}.yaml", None)));
        assert_eq!(tree.read("a/line\nbreak.yaml", 99).unwrap().unwrap(), b"newline");
        assert_eq!(tree.read("a/\u{fffd}.yaml", 99).unwrap().unwrap(), b"real", "{tree:?}");
    }
}

#[test]
fn a_folder_keeps_its_name_while_nothing_in_it_changes() {
    let s = Sandbox::new();
    s.write("packs/a/toolpack.yaml", "1");
    s.write("packs/b/toolpack.yaml", "1");
    s.write_os(OsStr::from_bytes(b"packs/\xff/toolpack.yaml"), "1");
    let one = s.commit("one");
    s.write("packs/b/toolpack.yaml", "2");
    let two = s.commit("two");
    let repo = s.repo();
    let (one, two) = (Tree::git(&repo, &one), Tree::git(&repo, &two));
    assert_eq!(one.folder_id("packs/a"), two.folder_id("packs/a"));
    assert_ne!(one.folder_id("packs/b"), two.folder_id("packs/b"));
    assert!(one.folder_id("packs/a").is_some());
    assert_eq!(one.folder_id("packs/c"), None);
    assert!(one.has_same_folder(&two, "packs/a") && !one.has_same_folder(&two, "packs/b"));
    let same = |path: &str| one.has_same_file(&two, path);
    assert!(same("packs/a/toolpack.yaml") && !same("packs/b/toolpack.yaml") && !same("packs/a"));
    // Not known is not the same: neither side has the one, and the other's name can't be said.
    assert!(!one.has_same_folder(&two, "packs/c") && !one.has_same_folder(&two, "packs/\u{fffd}"));
    assert_eq!(Tree::folder(s.root()).folder_id("packs/a"), None);
}

#[test]
fn the_index_is_what_is_staged_and_can_be_another_file() {
    let s = Sandbox::new();
    s.write("a", "committed");
    s.commit("one");
    s.write("a", "staged");
    s.git(&["add", "a"]);
    s.write("a", "edited");
    let repo = s.repo();
    assert_eq!(Tree::index(&repo).read("a", 99).unwrap().unwrap(), b"staged");
    let other = s.root().join(".git/next-index");
    git_in(&s.root(), &["read-tree", "--index-output=.git/next-index", "HEAD"]);
    assert_eq!(Tree::index_file(&repo, other).read("a", 99).unwrap().unwrap(), b"committed");
}
