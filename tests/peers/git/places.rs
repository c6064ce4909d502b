//! Where a repository lies and what shape it has: bare, sha256, linked, damaged, shallow folders, large ones.

use super::*;

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
