//! `cask migrate` over folders on disk: what it writes, and that it writes all or nothing.

use super::*;

/// Writes a fixture into a folder.
fn scratch(name: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, bytes) in files(name) {
        let to = dir.path().join(path);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::write(to, bytes).unwrap();
    }
    dir
}

/// Runs the command in a folder: its exit code or message, and what it printed.
fn run(dir: &Path, args: command::Args) -> (Result<u8, String>, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut ctx = Ctx {
        out: &mut out,
        err: &mut err,
        now: Timestamp::MIN,
        env: &|_| None,
        names: &Vec::new,
        cwd: dir.to_owned(),
        random: &|_| {},
        terminal: None,
        may_ask: false,
        attended: false,
        global: Global::default(),
    };
    let code = command::run(args, &mut ctx).map_err(|failed| failed.0.message.clone());
    (code, String::from_utf8(out).unwrap())
}

fn named(paths: &[&str]) -> command::Args {
    command::Args { toolpack: paths.iter().map(PathBuf::from).collect(), ..command::Args::default() }
}

#[test]
fn the_command_rewrites_in_place_and_only_if_told_to() {
    let dir = scratch("base");
    let before = files_in(dir.path());
    let dry = command::Args { dry_run: true, ..named(&["."]) };
    let (code, told) = run(dir.path(), dry);
    assert_eq!((code, files_in(dir.path())), (Ok(0), before));
    assert!(told.contains("would be rewritten as version 2: 6 tools, 6 entries pending"), "{told}");

    let (code, told) = run(dir.path(), named(&["toolpack.yaml"]));
    assert_eq!(code, Ok(0));
    assert!(told.contains("is now version 2") && told.contains("6 approvals of version 1"), "{told}");
    assert!(told.contains("lockfile/caskmcp.lock.pending.yaml is not read any more"), "{told}");
    assert_eq!(files_in(dir.path()), written("base", &migrated("base")));

    let (code, _) = run(dir.path(), named(&["."]));
    assert!(code.unwrap_err().contains("nothing to do"));
}

#[test]
fn of_several_toolpacks_all_are_written_or_none() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["base", "demo"] {
        for (path, bytes) in files(name) {
            let to = dir.path().join(name).join(path);
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::write(to, bytes).unwrap();
        }
    }
    let broken = dir.path().join("demo/artifact/baseline.json");
    let text = std::fs::read_to_string(&broken).unwrap();
    std::fs::write(&broken, text.replacen(r#""auth_type": ""#, r#""auth_type": "x"#, 1)).unwrap();
    let before = files_in(dir.path());
    let (code, told) = run(dir.path(), named(&["base", "demo"]));
    assert!(code.unwrap_err().contains("unknown auth_type"));
    assert_eq!((files_in(dir.path()), told.as_str()), (before, ""));
    std::fs::write(&broken, text).unwrap();
    assert_eq!(run(dir.path(), named(&["base", "demo"])).0, Ok(0));
}

fn git_in(dir: &Path, args: &[&str]) {
    let mut git = std::process::Command::new("git");
    git.current_dir(dir).args(["-c", "user.name=t", "-c", "user.email=t@example.com"]).args(args);
    assert!(git.output().unwrap().status.success(), "git {args:?}");
}

#[cfg(unix)]
#[test]
fn the_lockfile_of_another_toolpack_is_never_kept() {
    use std::os::unix::ffi::OsStrExt;
    let dir = tempfile::tempdir().unwrap();
    let place = |to: &Path| {
        for (path, bytes) in files("base") {
            let to = to.join(path);
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::write(to, bytes).unwrap();
        }
    };
    // At the root a toolpack of version 2, and below it others of version 1.
    place(dir.path());
    assert_eq!(run(dir.path(), named(&["."])).0, Ok(0));
    git_in(dir.path(), &["init", "-q", "-b", "main"]);
    git_in(dir.path(), &["add", "-A"]);
    git_in(dir.path(), &["commit", "-q", "-m", "base"]);
    let onto_main = |dir: &Path| {
        run(dir, command::Args { base_ref: Some("main".to_owned()), ..named(&["."]) }).0.unwrap_err()
    };
    let odd = dir.path().join(std::ffi::OsStr::from_bytes(b"p\xff"));
    place(&odd);
    let told = onto_main(&odd);
    assert!(told.contains("path in the repository can't be followed"), "{told}");

    // A backslash is a letter of a name, not the way to another folder.
    let turned = dir.path().join("packs\\a");
    place(&turned);
    place(&dir.path().join("packs/a"));
    assert_eq!(run(&dir.path().join("packs/a"), named(&["."])).0, Ok(0));
    git_in(dir.path(), &["add", "packs/a"]);
    git_in(dir.path(), &["commit", "-q", "-m", "a"]);
    let told = onto_main(&turned);
    assert!(told.contains("missing"), "{told}");

    // Another toolpack lay where this one lies now.
    place(dir.path());
    let header = dir.path().join("toolpack.yaml");
    let text = std::fs::read_to_string(&header).unwrap();
    let id = text.lines().find_map(|line| line.strip_prefix("toolpack_id: ")).unwrap();
    std::fs::write(&header, text.replace(id, "tp_other")).unwrap();
    let told = onto_main(dir.path());
    assert!(told.contains("another toolpack lay in its folder there"), "{told}");
}

#[test]
fn a_branch_from_before_the_migration_keeps_the_approvals_of_its_base() {
    let dir = scratch("base");
    let git = |args: &[&str]| git_in(dir.path(), args);
    git(&["init", "-q", "-b", "main"]);
    assert_eq!(run(dir.path(), named(&["."])).0, Ok(0));
    let lock = dir.path().join("lockfile/caskmcp.lock.yaml");
    let text = std::fs::read_to_string(&lock).unwrap();
    let tombstone =
        "withdrawn:\n- tool_id: gone\n  digest: sha256:00\n  at: 2026-11-20T08:00:00Z\n  approvals: []\n";
    std::fs::write(&lock, text.replace("withdrawn: []\n", tombstone)).unwrap();
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "base"]);
    for (path, bytes) in files("02-additive-tool") {
        std::fs::write(dir.path().join(path), bytes).unwrap();
    }
    let args = command::Args { base_ref: Some("main".to_owned()), ..named(&["."]) };
    let (code, told) = run(dir.path(), args);
    assert_eq!(code, Ok(0));
    assert!(told.contains("next: cask gate sync"), "{told}");
    let text = std::fs::read_to_string(&lock).unwrap();
    assert!(text.contains("tool_id: gone") && text.contains("get_product"), "{text}");
}
