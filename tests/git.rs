//! The reading of repositories, against the real git: what is refused, what is never run, what is ignored.
#![cfg(unix)]

#[path = "git/hostile.rs"]
mod hostile;
#[path = "support/cask.rs"]
mod support;

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
fn names_that_are_options_or_expressions_are_refused() {
    let s = Sandbox::new();
    let one = s.commit("one");
    s.commit("two");
    let repo = s.repo();
    let proof = s.dir.path().join("proof");
    let option = format!("--upload-pack=touch {}", proof.display());
    for bad in
        ["-x", &option, "--all", "HEAD^1", "HEAD~1", "main@{1}", "main..main", ":/one", "main:a", "", "@"]
    {
        let failure = repo.resolve(bad).expect_err(bad);
        assert_eq!(failure.subject, bad);
        assert!(!failure.hints.is_empty());
    }
    assert!(!proof.exists());
    // A ref may really be named so; it can be reached by its whole name.
    s.git(&["update-ref", "refs/heads/-x", one.as_str()]);
    assert!(repo.resolve("-x").is_err());
    assert_eq!(repo.resolve("refs/heads/-x").unwrap(), one);
}

#[test]
fn branches_tags_and_commits_are_found() {
    let s = Sandbox::new();
    let one = s.commit("one");
    s.git(&["tag", "-a", "v1", "-m", "v1"]);
    s.git(&["tag", "-a", "outer", "-m", "tag of a tag", "v1"]);
    let two = s.commit("two");
    s.git(&["update-ref", "refs/remotes/origin/main", one.as_str()]);
    let repo = s.repo();
    assert_eq!(repo.resolve("HEAD").unwrap(), two);
    assert_eq!(repo.resolve("main").unwrap(), two);
    assert_eq!(repo.resolve("refs/heads/main").unwrap(), two);
    assert_eq!(repo.resolve("v1").unwrap(), one);
    assert_eq!(repo.resolve("outer").unwrap(), one);
    assert_eq!(repo.resolve("origin/main").unwrap(), one);
    assert_eq!(repo.resolve(one.as_str()).unwrap(), one);
    assert_eq!(repo.resolve(&one.as_str().to_uppercase()).unwrap(), one);
    let tag = s.oid("v1");
    assert_ne!(tag, one);
    assert_eq!(repo.resolve(tag.as_str()).unwrap(), one);
    // Objects that are no commits, and names that only begin like one, are not.
    let tree = s.oid("HEAD^{tree}");
    for bad in [tree.as_str(), &one.as_str()[..12], "mai", "heads", "origin"] {
        assert!(repo.resolve(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_name_with_two_meanings_is_refused() {
    let s = Sandbox::new();
    let one = s.commit("one");
    let two = s.commit("two");
    let repo = s.repo();
    s.git(&["update-ref", "refs/tags/main", two.as_str()]);
    assert_eq!(repo.resolve("main").unwrap(), two, "both mean the same commit");
    s.git(&["update-ref", "refs/tags/main", one.as_str()]);
    let failure = repo.resolve("main").unwrap_err();
    assert_eq!(failure.hints, ["refs/heads/main", "refs/tags/main"]);
    // Git's own rules would look for these under other prefixes.
    s.git(&["update-ref", "refs/tags/refs/heads/gone", one.as_str()]);
    s.git(&["update-ref", "refs/heads/origin/x", one.as_str()]);
    assert!(repo.resolve("refs/heads/gone").is_err());
    assert_eq!(repo.resolve("origin/x").unwrap(), one);
}

#[test]
fn an_unknown_name_tells_where_it_was_looked_for_and_three_things_that_help() {
    let s = Sandbox::new();
    s.commit("one");
    let failure = s.repo().resolve("origin/main").unwrap_err();
    assert_eq!(failure.subject, "origin/main");
    assert_eq!(failure.looked[0], ("looked for".to_owned(), "origin/main".to_owned()));
    assert_eq!(failure.hints.len(), 3);
    assert!(s.repo().resolve(&"1".repeat(40)).is_err());
    assert!(s.repo().resolve(&"1".repeat(64)).is_err());
}

#[test]
fn before_the_first_commit_there_is_no_head() {
    let s = Sandbox::new();
    let repo = s.repo();
    assert_eq!(repo.head().unwrap(), None);
    assert!(repo.resolve("HEAD").is_err());
    s.write("a", "1");
    assert_eq!(Tree::changed_in_worktree(&repo, &["a".into()]).unwrap(), ["a"]);
    assert_eq!(paths(Tree::worktree(&repo).list().unwrap()), ["a"]);
}

#[test]
fn a_ref_that_cannot_be_read_is_not_taken_for_none() {
    let s = Sandbox::new();
    let one = s.commit("one");
    s.git(&["update-ref", "refs/remotes/origin/main", one.as_str()]);
    s.git(&["remote", "add", "origin", "."]);
    s.git(&["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"]);
    let repo = s.repo();
    assert!(repo.default_branch().unwrap().is_some());
    let dir = s.root().join(".git");
    let gone = format!("{}\n", "1".repeat(40));
    for damage in ["garbage\n", "", gone.as_str()] {
        std::fs::write(dir.join("refs/heads/main"), damage).unwrap();
        assert!(repo.head().is_err(), "{damage:?}");
        std::fs::write(dir.join("refs/heads/main"), one.as_str()).unwrap();
        assert_eq!(repo.head().unwrap(), Some(one.clone()));

        // A tag of the same name would be taken instead.
        s.git(&["tag", "side", "main"]);
        std::fs::write(dir.join("refs/heads/side"), damage).unwrap();
        assert!(repo.resolve("side").is_err(), "{damage:?}");
        std::fs::remove_file(dir.join("refs/heads/side")).unwrap();
        assert_eq!(repo.resolve("side").unwrap(), one);
        s.git(&["tag", "-d", "side"]);

        std::fs::write(dir.join("refs/remotes/origin/main"), damage).unwrap();
        assert!(repo.default_branch().is_err(), "{damage:?}");
        std::fs::write(dir.join("refs/remotes/origin/main"), one.as_str()).unwrap();
    }
    std::fs::write(dir.join("refs/remotes/origin/HEAD"), "garbage\n").unwrap();
    assert!(repo.default_branch().is_err());
    // A detached HEAD whose commit is not here.
    std::fs::write(dir.join("HEAD"), &gone).unwrap();
    assert!(repo.head().is_err());
    // Whatever is called HEAD elsewhere is not looked at.
    s.git(&["update-ref", "refs/heads/HEAD", one.as_str()]);
    std::fs::write(dir.join("HEAD"), "ref: refs/heads/unborn\n").unwrap();
    assert_eq!(repo.head().unwrap(), None);
}

#[test]
fn a_commit_graph_is_not_believed() {
    let s = Sandbox::new();
    s.write("trust", "1");
    let one = s.commit("one");
    s.write("trust", "2");
    let two = s.commit("two");
    s.git(&["commit-graph", "write", "--reachable", "--changed-paths"]);
    // A graph that says of the second commit that it has no parent, and touches nothing.
    let graph = s.root().join(".git/objects/info/commit-graph");
    let mut bytes = std::fs::read(&graph).unwrap();
    let place = bytes.windows(4).position(|w| w == b"CDAT").unwrap();
    let start = u64::from_be_bytes(bytes[place + 4..place + 12].try_into().unwrap()) as usize;
    let second = if one < two { start + 36 } else { start };
    bytes[second + 20..second + 24].copy_from_slice(&0x7000_0000_u32.to_be_bytes());
    std::fs::remove_file(&graph).unwrap();
    std::fs::write(&graph, bytes).unwrap();
    assert_eq!(s.git(&["rev-list", "--count", "main"]), "1", "the trap is armed");
    let repo = s.repo();
    assert!(repo.is_ancestor(&one, &two).unwrap());
    assert_eq!(repo.merge_base(&one, &two).unwrap(), Some(one.clone()));
    assert_eq!(repo.first_parent_history(&two, "trust").unwrap().commits, [two, one]);
}

#[test]
fn a_shallow_clone_names_parents_it_does_not_have() {
    let s = Sandbox::new();
    let one = s.commit("one");
    s.git(&["checkout", "-q", "-b", "side"]);
    let side = s.commit("side");
    s.git(&["checkout", "-q", "main"]);
    let two = s.commit("two");
    s.git(&["merge", "-q", "--no-ff", "-m", "merge", "side"]);
    let merge = s.oid("HEAD");
    let url = format!("file://{}", s.root().display());
    git_in(s.dir.path(), &["clone", "-q", "--depth=1", &url, "shallow"]);
    let shallow = open(&s.dir.path().join("shallow"));
    assert!(shallow.is_shallow() && !s.repo().is_shallow());
    assert_eq!(shallow.head().unwrap(), Some(merge.clone()));
    assert_eq!(shallow.commit_parents(&merge).unwrap(), [two.clone(), side.clone()]);
    assert_eq!(shallow.commit_at(&two).unwrap(), None);
    let failure = shallow.resolve(one.as_str()).unwrap_err();
    assert!(failure.hints[0].contains("fetch-depth: 0"), "{failure:?}");
    assert!(shallow.merge_base(&merge, &one).is_err());
    assert!(!shallow.first_parent_history(&merge, "a").unwrap().complete);
    assert_eq!(s.repo().merge_base(&two, &side).unwrap(), Some(one.clone()));
    assert!(s.repo().is_ancestor(&one, &merge).unwrap());
    assert!(!s.repo().is_ancestor(&side, &two).unwrap());
}

#[test]
fn commits_without_a_common_ancestor_have_no_merge_base() {
    let s = Sandbox::new();
    let one = s.commit("one");
    s.git(&["checkout", "-q", "--orphan", "other"]);
    let other = s.commit("other");
    assert_eq!(s.repo().merge_base(&one, &other).unwrap(), None);
    assert!(s.repo().merge_base(&one, &Oid::parse(&"1".repeat(40)).unwrap()).is_err());
}

#[test]
fn the_default_branch_is_what_the_remote_says() {
    let s = Sandbox::new();
    let one = s.commit("one");
    s.git(&["branch", "trunk"]);
    s.git(&["symbolic-ref", "HEAD", "refs/heads/trunk"]);
    let clone = |name: &str, extra: &[&str]| {
        let url = format!("file://{}", s.root().display());
        git_in(s.dir.path(), &[&["clone", "-q"], extra, &[&url, name]].concat());
        s.dir.path().join(name)
    };
    let found = open(&clone("a", &[])).default_branch().unwrap().unwrap();
    assert_eq!((found.remote.as_str(), found.refname.as_str()), ("origin", "refs/remotes/origin/trunk"));
    assert_eq!(found.tip, one);
    let single = clone("b", &["-o", "upstream"]);
    assert_eq!(open(&single).default_branch().unwrap().unwrap().remote, "upstream");
    git_in(&single, &["remote", "add", "second", "."]);
    assert_eq!(open(&single).default_branch().unwrap(), None, "two remotes, none of them origin");
    let without = clone("c", &[]);
    git_in(&without, &["remote", "set-head", "origin", "--delete"]);
    assert_eq!(open(&without).default_branch().unwrap(), None);
    // The link must not lead to a branch of one's own.
    git_in(&without, &["symbolic-ref", "refs/remotes/origin/HEAD", "refs/heads/trunk"]);
    assert_eq!(open(&without).default_branch().unwrap(), None);
    assert_eq!(s.repo().default_branch().unwrap(), None, "no remote");
}

#[test]
fn history_follows_first_parents_and_counts_a_merge_as_its_change() {
    let s = Sandbox::new();
    s.write(".caskmcp/trust.yaml", "1");
    let one = s.commit("one");
    s.write("other", "x");
    s.commit("unrelated");
    s.git(&["checkout", "-q", "-b", "side"]);
    s.write(".caskmcp/trust.yaml", "half");
    s.commit("half");
    s.write(".caskmcp/trust.yaml", "2");
    s.commit("whole");
    s.git(&["checkout", "-q", "main"]);
    s.git(&["merge", "-q", "--no-ff", "-m", "merge", "side"]);
    let merge = s.oid("HEAD");
    s.git(&["rm", "-q", ".caskmcp/trust.yaml"]);
    let gone = s.commit("gone");
    let history = s.repo().first_parent_history(&gone, ".caskmcp/trust.yaml").unwrap();
    assert_eq!(history.commits, [gone.clone(), merge, one]);
    assert!(history.complete);
    // A path is a path, not a pattern.
    assert!(s.repo().first_parent_history(&gone, ".caskmcp/*").unwrap().commits.is_empty());
    assert!(s.repo().first_parent_history(&gone, ":(glob)**").unwrap().commits.is_empty());
}

#[test]
fn a_bare_repository_is_read() {
    let s = Sandbox::with(&[]);
    s.write("a", "1");
    let one = s.commit("one");
    git_in(s.dir.path(), &["clone", "-q", "--bare", "repo", "bare.git"]);
    let bare = open(&s.dir.path().join("bare.git"));
    assert!(bare.is_bare() && !s.repo().is_bare());
    assert_eq!(bare.resolve("main").unwrap(), one);
    assert_eq!(Tree::git(&bare, &one).read("a", 9).unwrap().unwrap(), b"1");
    // Committed as files inside a work tree it is never taken for the repository.
    git_in(s.dir.path(), &["clone", "-q", "--bare", "repo", "repo/evil.git"]);
    assert_eq!(open(&s.root().join("evil.git")).root(), s.root().canonicalize().unwrap());
}

#[test]
fn a_sha256_repository_is_read() {
    let s = Sandbox::with(&["--object-format=sha256"]);
    s.write("dir/a", "1");
    symlink("a", s.root().join("dir/link")).unwrap();
    let one = s.commit("one");
    let two = s.commit("two");
    assert_eq!(one.as_str().len(), 64);
    let repo = s.repo();
    assert_eq!(repo.resolve("main").unwrap(), two);
    assert_eq!(repo.resolve(one.as_str()).unwrap(), one);
    assert!(repo.resolve(&"1".repeat(40)).is_err());
    assert_eq!(repo.commit_parents(&two).unwrap(), std::slice::from_ref(&one));
    let tree = Tree::git(&repo, &one);
    assert_eq!(tree.read("dir/a", 9).unwrap().unwrap(), b"1");
    assert_eq!(kind(tree.read("dir/link", 9)), FaultKind::Place);
    assert_eq!(tree.folder_id("dir").unwrap().len(), 64);
}

#[test]
fn a_linked_work_tree_is_read() {
    let s = Sandbox::new();
    s.write("a", "1");
    let one = s.commit("one");
    s.git(&["worktree", "add", "-q", "-b", "side", "../linked"]);
    let linked = s.dir.path().join("linked");
    std::fs::create_dir(linked.join("deep")).unwrap();
    let repo = open(&linked.join("deep"));
    assert_eq!(repo.root(), linked.canonicalize().unwrap());
    assert!(!repo.is_bare() && repo.git_dir().ends_with("worktrees/linked"));
    assert_eq!(repo.head().unwrap(), Some(one));
    std::fs::write(linked.join("a"), "2").unwrap();
    assert_eq!(Tree::changed_in_worktree(&repo, &["a".into()]).unwrap(), ["a"]);
    assert!(Tree::changed_in_worktree(&s.repo(), &["a".into()]).unwrap().is_empty());
}

#[test]
fn a_folder_without_a_repository_has_none_and_a_broken_one_is_told() {
    let dir = TempDir::new().unwrap();
    assert!(Repo::discover(dir.path()).unwrap().is_none());
    assert!(Repo::discover(&dir.path().join("nowhere")).is_err());
    std::fs::write(dir.path().join(".git"), "gitdir: /nowhere\n").unwrap();
    let failure = Repo::discover(dir.path()).unwrap_err();
    assert!(!failure.why.is_empty(), "{failure:?}");
}

#[test]
fn a_damaged_repository_is_not_taken_for_none() {
    let dir = TempDir::new().unwrap();
    let place = dir.path().canonicalize().unwrap();
    let at = |name: &str| place.join(".git").join(name);
    let told = |what: &str| {
        let failure = Repo::discover(&place).expect_err(what);
        assert_eq!(failure.message, "its .git folder is damaged", "{what}");
        assert_eq!(failure.why, ["not a git repository: '.git'"], "{what}");
    };
    // To git an empty one is none either.
    std::fs::create_dir(place.join(".git")).unwrap();
    assert!(Repo::discover(&place).unwrap().is_none());
    git_in(&place, &["init", "-q", "-b", "main"]);
    for part in ["HEAD", "objects", "refs"] {
        std::fs::rename(at(part), place.join("away")).unwrap();
        told(part);
        std::fs::rename(place.join("away"), at(part)).unwrap();
    }
    std::fs::rename(place.join(".git"), place.join("away")).unwrap();
    symlink("nowhere", place.join(".git")).unwrap();
    told("a link to nothing");
    std::fs::remove_file(place.join(".git")).unwrap();
    symlink(".git", place.join(".git")).unwrap();
    told("a link to itself");
    std::fs::remove_file(place.join(".git")).unwrap();
    symlink("away", place.join(".git")).unwrap();
    assert!(Repo::discover(&place).unwrap().is_some(), "whole again, behind a link");
}

#[test]
fn a_work_tree_shows_tracked_files_wherever_they_lie() {
    let s = Sandbox::new();
    s.write("packages/target/toolpack.yaml", "tracked");
    s.write("a.yaml", "1");
    s.commit("one");
    s.write("target/debug/x", "built");
    s.write("node_modules/m/toolpack.yaml", "foreign");
    s.write("new.yaml", "untracked");
    s.write("vendor/other/.git/HEAD", "x");
    s.write("vendor/other/toolpack.yaml", "another repository");
    let repo = s.repo();
    assert_eq!(
        paths(Tree::worktree(&repo).list().unwrap()),
        ["a.yaml", "new.yaml", "packages/target/toolpack.yaml", "vendor/other"]
    );
    assert_eq!(paths(Tree::folder(s.root()).list().unwrap()), ["a.yaml", "new.yaml", "vendor/other"]);
    s.write("a.yaml", "2");
    std::fs::remove_file(s.root().join("packages/target/toolpack.yaml")).unwrap();
    let all = ["a.yaml", "packages", "new.yaml", "pack"].map(str::to_owned);
    assert_eq!(
        Tree::changed_in_worktree(&repo, &all).unwrap(),
        ["a.yaml", "new.yaml", "packages/target/toolpack.yaml"]
    );
}

#[test]
fn a_git_folder_takes_nothing_that_is_tracked_out_of_sight() {
    let s = Sandbox::new();
    s.write("packs/a/toolpack.yaml", "1");
    s.write("packs/a/artifact/tools.json", "2");
    s.commit("one");
    s.git(&["clone", "-q", ".", "packs/foreign"]);
    let inner = s.root().join("packs/foreign");
    std::fs::create_dir_all(s.root().join("packs/sub/.git")).unwrap();
    std::fs::write(s.root().join("packs/sub/toolpack.yaml"), "3").unwrap();
    s.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{},packs/sub", s.oid("HEAD"))]);
    s.git(&["init", "-q", "packs/a"]);
    s.write("packs/a/artifact/.git", "gitdir: nowhere");
    let repo = s.repo();
    let whole = Tree::worktree(&repo);
    let listed: Vec<(&str, EntryKind)> =
        whole.list().unwrap().iter().map(|e| (e.path.as_str(), e.kind)).collect();
    assert_eq!(
        listed,
        [
            ("packs/a/artifact/tools.json", EntryKind::File),
            ("packs/a/toolpack.yaml", EntryKind::File),
            ("packs/foreign", EntryKind::Submodule),
            ("packs/sub", EntryKind::Submodule),
        ]
    );
    assert!(inner.join("packs/a/toolpack.yaml").is_file());
    // Asked without a listing the answers are the same.
    for tree in [whole, Tree::worktree(&repo)] {
        assert_eq!(tree.read("packs/a/artifact/tools.json", 9).unwrap().unwrap(), b"2");
        assert_eq!(kind(tree.read("packs/foreign/packs/a/toolpack.yaml", 9)), FaultKind::Place);
        assert_eq!(kind(tree.read("packs/sub/toolpack.yaml", 9)), FaultKind::Place);
    }
    s.write("packs/a/artifact/tools.json", "4");
    assert_eq!(
        Tree::changed_in_worktree(&repo, &["packs/a".into()]).unwrap(),
        ["packs/a/artifact/tools.json"]
    );
}

/// 200 toolpacks of 6 files in two commits, read whole from both. Prints its figure; asserts no time.
#[test]
fn two_sides_of_two_hundred_toolpacks_are_read() {
    let s = Sandbox::new();
    let files = ["toolpack.yaml", "artifact/tools.json", "artifact/baseline.json", "artifact/policy.yaml"];
    let files = [&files[..], &["artifact/toolsets.yaml", "lockfile/caskmcp.lock.yaml"]].concat();
    for pack in 0..200 {
        for file in &files {
            s.write(&format!("toolpacks/p{pack}/{file}"), format!("{pack} {file}\n").repeat(100));
        }
    }
    let one = s.commit("one");
    s.write("toolpacks/p7/toolpack.yaml", "changed");
    let two = s.commit("two");
    s.git(&["repack", "-adq"]);
    let start = std::time::Instant::now();
    let repo = s.repo();
    let sides = [Tree::git(&repo, &one), Tree::git(&repo, &two)];
    let read = sides.each_ref().map(|side| {
        let wants: Vec<_> = side.list().unwrap().iter().map(|e| (e.path.clone(), 1 << 20)).collect();
        let read: Result<Vec<_>, _> = side.read_many(&wants).into_iter().collect();
        read.unwrap()
    });
    println!("2 sides of {} files: {:?}", read[0].len(), start.elapsed());
    assert_eq!((read[0].len(), read[1].len()), (1200, 1200));
    assert_eq!(read[0].iter().zip(&read[1]).filter(|(a, b)| a != b).count(), 1);
    let changed = |n: &usize| {
        let dir = format!("toolpacks/p{n}");
        sides[0].folder_id(&dir) != sides[1].folder_id(&dir)
    };
    assert_eq!((0..200).filter(changed).collect::<Vec<_>>(), [7]);
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
