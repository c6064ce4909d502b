//! Names, commits and history, against the real git.

use super::*;

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
