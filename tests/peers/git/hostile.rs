//! Repositories and environments that want git to run, fetch or show something else: nothing comes of it.

use super::*;

/// Everything the reader can do, once.
fn exercise(repo: &Repo) {
    let head = repo.resolve("HEAD").expect("HEAD");
    let before = repo.commit_parents(&head).expect("parents");
    repo.merge_base(&head, &before[0]).expect("merge base");
    repo.is_ancestor(&before[0], &head).expect("ancestry");
    repo.default_branch().expect("default branch");
    repo.first_parent_history(&head, "a.txt").expect("history");
    for tree in [Tree::git(repo, &head), Tree::index(repo), Tree::worktree(repo)] {
        tree.list().expect("a listing");
        tree.read("a.txt", 99).expect("a.txt");
        let _ = tree.read("gone.txt", 99);
    }
    Tree::changed_in_worktree(repo, &["a.txt".into(), ".gitattributes".into()]).expect("changes");
}

#[test]
fn nothing_that_a_repository_configures_is_run() {
    let s = Sandbox::new();
    s.write("a.txt", "1");
    s.write(".gitattributes", "* filter=evil diff=evil merge=evil\n");
    s.commit("one");
    s.write("a.txt", "2");
    s.commit("two");
    let proof = s.dir.path().join("proof");
    let script = s.dir.path().join("evil.sh");
    std::fs::write(&script, format!("#!/bin/sh\necho \"$0 $*\" >> '{}'\ncat\n", proof.display())).unwrap();
    std::fs::set_permissions(&script, PermissionsExt::from_mode(0o755)).unwrap();
    let evil = script.to_str().unwrap();
    let hooks = s.dir.path().join("hooks");
    std::fs::create_dir(&hooks).unwrap();
    for hook in ["post-index-change", "reference-transaction", "post-checkout", "fsmonitor-watchman"] {
        std::fs::copy(&script, hooks.join(hook)).unwrap();
        std::fs::copy(&script, s.root().join(".git/hooks").join(hook)).unwrap();
    }
    for (key, value) in [
        ("core.fsmonitor", evil),
        ("core.hooksPath", hooks.to_str().unwrap()),
        ("core.pager", evil),
        ("core.editor", evil),
        ("core.sshCommand", evil),
        ("core.askPass", evil),
        ("core.alternateRefsCommand", evil),
        ("credential.helper", evil),
        ("gpg.program", evil),
        ("log.showSignature", "true"),
        ("pager.ls-tree", evil),
        ("alias.ls-tree", &format!("!{evil}")),
        ("diff.external", evil),
        ("diff.evil.command", evil),
        ("diff.evil.textconv", evil),
        ("filter.evil.clean", evil),
        ("filter.evil.smudge", evil),
        ("filter.evil.required", "true"),
        ("remote.origin.url", "ext::sh -c evil"),
        ("remote.origin.uploadpack", evil),
        ("remote.origin.promisor", "true"),
        ("remote.origin.partialclonefilter", "blob:none"),
        ("extensions.partialClone", "origin"),
        ("core.repositoryFormatVersion", "1"),
    ] {
        s.git(&["config", key, value]);
    }
    // An object that is not here: a partial clone would fetch it.
    let lost = s.root().join("gone.txt");
    std::fs::write(&lost, "lost\n").unwrap();
    let blob = s.git(&["hash-object", "--no-filters", "gone.txt"]);
    s.git(&[
        "-c",
        "core.fsmonitor=false",
        "update-index",
        "--add",
        "--cacheinfo",
        &format!("100644,{blob},gone.txt"),
    ]);
    let _ = std::fs::remove_file(&proof);

    // Touched, so that git would have to look at the content, through the filter.
    s.write("a.txt", "3");
    exercise(&s.repo());
    let fault = Tree::index(&s.repo()).read("gone.txt", 99).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Io, "an object that is not here is not a file that is not there");
    assert!(!proof.exists(), "ran: {}", std::fs::read_to_string(&proof).unwrap_or_default());

    // The trap is armed: git as people call it falls into it.
    s.git(&["status"]);
    let ran = std::fs::read_to_string(&proof).unwrap();
    assert!(ran.contains("evil.sh"), "{ran}");
}

#[test]
fn a_partial_clone_is_never_completed_behind_the_back() {
    let s = Sandbox::new();
    s.write("a.txt", "1");
    let one = s.commit("one");
    s.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", s.root().display());
    git_in(s.dir.path(), &["clone", "-q", "--no-checkout", "--filter=blob:none", &url, "partial"]);
    let partial = s.dir.path().join("partial");
    let tree = Tree::git(&open(&partial), &one);
    assert_eq!(paths(tree.list().unwrap()), ["a.txt"]);
    let fault = tree.read("a.txt", 9).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Io);
    assert!(fault.hint.is_some());
    git_in(&partial, &["fetch", "-q", "--refetch", "--no-filter", "origin"]);
    assert_eq!(Tree::git(&open(&partial), &one).read("a.txt", 9).unwrap().unwrap(), b"1");
}

#[test]
fn replacements_and_grafts_are_not_believed() {
    let s = Sandbox::new();
    s.write("trust", "real");
    let one = s.commit("one");
    let two = s.commit("two");
    s.git(&["checkout", "-q", "--orphan", "forged"]);
    s.write("trust", "forged");
    let forged = s.commit("forged");
    s.git(&["checkout", "-q", "main"]);
    s.git(&["replace", two.as_str(), forged.as_str()]);
    let info = s.root().join(".git/info");
    std::fs::create_dir_all(&info).unwrap();
    std::fs::write(info.join("grafts"), format!("{two}\n")).unwrap();
    let blobs =
        (s.git(&["rev-parse", "forged:trust"]), s.git(&["--no-replace-objects", "rev-parse", "main:trust"]));
    s.git(&["replace", &blobs.1, &blobs.0]);
    // The trap is armed.
    assert_eq!(s.git(&["show", &format!("{one}:trust")]), "forged");
    let repo = s.repo();
    assert_eq!(Tree::git(&repo, &two).read("trust", 99).unwrap().unwrap(), b"real");
    assert_eq!(repo.commit_parents(&two).unwrap(), std::slice::from_ref(&one));
    assert!(repo.is_ancestor(&one, &two).unwrap());
    assert_eq!(repo.first_parent_history(&two, "trust").unwrap().commits, [one]);
}

#[test]
#[ignore = "the child of environment_variables_of_git_are_ignored"]
fn child_reads_in_a_hostile_environment() {
    let root = PathBuf::from(std::env::var_os("CASK_TEST_ROOT").expect("set by the parent"));
    assert!(std::env::var_os("GIT_DIR").is_some());
    let repo = open(&root);
    let head = repo.resolve("HEAD").unwrap();
    assert_eq!(Tree::git(&repo, &head).read("a", 9).unwrap().unwrap(), b"right");
    assert_eq!(Tree::index(&repo).read("a", 9).unwrap().unwrap(), b"right");
    assert!(Tree::changed_in_worktree(&repo, &["a".into()]).unwrap().is_empty());
}

#[test]
fn environment_variables_of_git_are_ignored() {
    let (right, wrong) = (Sandbox::new(), Sandbox::new());
    right.write("a", "right");
    right.commit("right");
    wrong.write("a", "wrong");
    wrong.commit("wrong");
    let git_dir = wrong.root().join(".git");
    let out = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "git::hostile::child_reads_in_a_hostile_environment", "--ignored", "--nocapture"])
        .env("CASK_TEST_ROOT", right.root())
        .env("GIT_DIR", &git_dir)
        .env("GIT_WORK_TREE", wrong.root())
        .env("GIT_INDEX_FILE", git_dir.join("index"))
        .env("GIT_OBJECT_DIRECTORY", git_dir.join("objects"))
        .env("GIT_NAMESPACE", "x")
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", "core.worktree")
        .env("GIT_CONFIG_VALUE_0", wrong.root())
        .env("GIT_EXEC_PATH", "/nowhere")
        .env("GIT_TRACE", git_dir.join("trace"))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&out.stdout);
    assert!(out.status.success() && text.contains("1 passed"), "{text}");
    assert!(!git_dir.join("trace").exists());
}
