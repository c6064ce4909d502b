//! Files of a hostile or failing disk: pipes, links, huge files, writers that die, writers that race.
#![cfg(unix)]

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use cask::canon::FaultKind;
use cask::io::fs::{create_private, read_bounded, read_inside, write_atomic, write_inside, write_private};
use cask::io::keystore::Keystore;
use cask::io::lock::update_locked;
use tempfile::tempdir;

fn mode(path: &Path) -> u32 {
    path.metadata().expect("a file").permissions().mode() & 0o7777
}

#[test]
fn what_is_no_file_is_refused_and_never_waited_for() {
    let dir = tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    assert!(Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
    fs::create_dir(at("folder")).unwrap();
    let _socket = UnixListener::bind(at("socket")).unwrap();
    symlink("/dev/zero", at("zero")).unwrap();
    symlink("file", at("link")).unwrap();
    symlink("nowhere", at("dangling")).unwrap();
    fs::write(at("file"), "text").unwrap();
    let start = Instant::now();
    for name in ["pipe", "folder", "socket", "zero", "link", "dangling"] {
        let fault = read_inside(dir.path(), name, 99).unwrap_err();
        assert_eq!((fault.kind, fault.file.as_str()), (FaultKind::Place, name), "{fault}");
    }
    for name in ["pipe", "folder", "socket", "zero"] {
        assert!(read_bounded(&at(name), 99).is_err(), "{name}");
    }
    assert!(start.elapsed() < Duration::from_secs(2));
    assert_eq!(read_inside(dir.path(), "file", 4).unwrap().unwrap(), b"text");
    assert_eq!(read_bounded(&at("link"), 4).unwrap().unwrap(), b"text");
    assert_eq!(read_bounded(&at("dangling"), 4).unwrap(), None);
    assert_eq!(read_bounded(&at("none/at/all"), 4).unwrap(), None);
    assert_eq!(read_inside(&at("none"), "file", 4).unwrap(), None);
    assert_eq!(read_inside(dir.path(), "file/x", 4).unwrap(), None);
    assert_eq!(read_inside(dir.path(), "pipe/x", 4).unwrap(), None);
}

#[test]
fn a_huge_file_is_refused_at_once() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("huge");
    File::create(&path).unwrap().set_len(100 << 20).unwrap();
    let start = Instant::now();
    assert_eq!(read_inside(dir.path(), "huge", 1 << 20).unwrap_err().kind, FaultKind::Limit);
    assert_eq!(read_bounded(&path, 1 << 20).unwrap_err().kind, FaultKind::Limit);
    assert!(start.elapsed() < Duration::from_millis(100));
    // Files of the kernel say that they are empty.
    assert_eq!(read_bounded(Path::new("/proc/self/maps"), 10).unwrap_err().kind, FaultKind::Limit);
}

#[test]
fn no_path_leads_out() {
    let dir = tempdir().unwrap();
    let root = dir.path().join("root");
    fs::create_dir_all(root.join("in")).unwrap();
    fs::write(dir.path().join("secret"), "x").unwrap();
    symlink("..", root.join("up")).unwrap();
    symlink(dir.path(), root.join("in/abs")).unwrap();
    let absolute = dir.path().join("secret").to_str().unwrap().to_owned();
    for bad in
        ["../secret", "in/../../secret", "up/secret", "in/abs/secret", "", ".", "in/", "/", "a\0b", &absolute]
    {
        assert_eq!(read_inside(&root, bad, 9).unwrap_err().kind, FaultKind::Place, "{bad:?}");
        assert_eq!(write_inside(&root, bad, b"x").unwrap_err().kind, FaultKind::Place, "{bad:?}");
    }
    assert_eq!(fs::read(dir.path().join("secret")).unwrap(), b"x");
    write_inside(&root, "new/deep/file", b"y").unwrap();
    assert_eq!(read_inside(&root, "new/deep/file", 9).unwrap().unwrap(), b"y");
    // The root itself may be a link: the person chose it.
    symlink("root", dir.path().join("alias")).unwrap();
    assert_eq!(read_inside(&dir.path().join("alias"), "new/deep/file", 9).unwrap().unwrap(), b"y");
}

#[test]
fn a_write_keeps_permissions_and_replaces_files_only() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("a");
    write_atomic(&path, b"1").unwrap();
    assert_eq!(mode(&path) & 0o600, 0o600);
    fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
    write_atomic(&path, b"2").unwrap();
    assert_eq!((mode(&path), fs::read(&path).unwrap()), (0o640, b"2".to_vec()));
    symlink("a", dir.path().join("link")).unwrap();
    assert_eq!(write_atomic(&dir.path().join("link"), b"3").unwrap_err().kind, FaultKind::Place);
    assert_eq!(write_atomic(dir.path(), b"3").unwrap_err().kind, FaultKind::Place);
    assert_eq!(fs::read(&path).unwrap(), b"2");
    write_private(&path, b"4").unwrap();
    assert_eq!(mode(&path), 0o600);
    assert_eq!(create_private(&path, b"5").unwrap_err().kind, FaultKind::Place);
    create_private(&dir.path().join("b"), b"6").unwrap();
    assert_eq!(mode(&dir.path().join("b")), 0o600);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 3, "nothing is left beside");
}

fn child(name: &str, file: &Path) -> Child {
    Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", &format!("fs::{name}"), "--ignored", "--nocapture"])
        .env("CASK_TEST_FILE", file)
        .stdout(Stdio::null())
        .spawn()
        .expect("a child")
}

fn child_file() -> PathBuf {
    PathBuf::from(std::env::var_os("CASK_TEST_FILE").expect("set by the parent"))
}

#[test]
#[ignore = "the child of a_killed_writer_never_leaves_a_broken_file"]
fn child_writes_for_ever() {
    let path = child_file();
    for n in 0u8.. {
        write_atomic(&path, &vec![b'a' + n % 26; 200_000]).unwrap();
    }
}

#[test]
fn a_killed_writer_never_leaves_a_broken_file() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("file");
    for round in 0..12 {
        let mut writer = child("child_writes_for_ever", &path);
        let start = Instant::now();
        let before = fs::read(&path).ok();
        while fs::read(&path).ok() == before && start.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_micros(1700 * round));
        writer.kill().unwrap();
        writer.wait().unwrap();
        let bytes = fs::read(&path).unwrap();
        assert_eq!(bytes.len(), 200_000);
        assert!(bytes.iter().all(|b| *b == bytes[0]), "a mixture after round {round}");
    }
}

#[test]
#[ignore = "the child of two_writers_lose_nothing"]
fn child_adds_fifty_lines() {
    for n in 0..50 {
        update_locked(&child_file(), 1 << 20, |old| {
            let mut text = old.unwrap_or_default().to_vec();
            text.extend(format!("{} {n}\n", std::process::id()).bytes());
            Ok(Some(text))
        })
        .unwrap();
    }
}

#[test]
fn two_writers_lose_nothing() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("caskmcp.lock.yaml");
    let writers = [child("child_adds_fifty_lines", &path), child("child_adds_fifty_lines", &path)];
    for mut writer in writers {
        assert!(writer.wait().unwrap().success());
    }
    let text = fs::read_to_string(&path).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 100);
    lines.sort_unstable();
    lines.dedup();
    assert_eq!(lines.len(), 100);
}

#[test]
fn a_lock_that_is_a_link_is_refused() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("caskmcp.lock.yaml");
    symlink("elsewhere", dir.path().join("caskmcp.lock.yaml.lock")).unwrap();
    assert!(update_locked(&path, 9, |_| Ok(Some(b"x".to_vec()))).is_err());
    assert!(!dir.path().join("elsewhere").exists() && !path.exists());
    fs::remove_file(dir.path().join("caskmcp.lock.yaml.lock")).unwrap();
    symlink("elsewhere", &path).unwrap();
    assert!(update_locked(&path, 9, |_| Ok(Some(b"x".to_vec()))).is_err());
    assert!(!dir.path().join("elsewhere").exists());
}

fn keystore(config: &Path) -> Result<Keystore, cask::io::Failure> {
    let config = config.to_str().expect("text").to_owned();
    Keystore::open(&|name| (name == "XDG_CONFIG_HOME").then(|| config.clone()))
}

#[test]
fn keys_are_the_owners_alone_and_never_overwritten() {
    let dir = tempdir().unwrap();
    let keys = keystore(dir.path()).unwrap();
    assert!(keys.list().unwrap().is_empty());
    keys.store("work", Some("private"), "public").unwrap();
    keys.store("token", None, "public of a token").unwrap();
    assert!(keys.store("work", Some("other"), "other").is_err());
    assert!(keys.store("token", Some("other"), "other").is_err());
    assert_eq!(mode(keys.dir()), 0o700);
    assert_eq!(mode(&dir.path().join("cask")), 0o700);
    assert_eq!(mode(&keys.private_path("work").unwrap()), 0o600);
    let listed: Vec<_> =
        keys.list().unwrap().into_iter().map(|k| (k.name, k.has_private, k.has_public)).collect();
    assert_eq!(listed, [("token".to_owned(), false, true), ("work".to_owned(), true, true)]);
    assert_eq!(keys.load_private("work").unwrap().unwrap().as_str(), "private");
    assert_eq!(keys.load_private("token").unwrap(), None);
    assert_eq!(keys.load_public("token").unwrap().unwrap(), "public of a token");
    for bad in ["", "../x", "a/b", ".hidden", "-f", "a b", "é", &"a".repeat(65)] {
        assert!(keys.load_private(bad).is_err() && keys.store(bad, None, "x").is_err(), "{bad:?}");
    }
    fs::set_permissions(keys.private_path("work").unwrap(), Permissions::from_mode(0o644)).unwrap();
    let failure = keys.load_private("work").unwrap_err();
    assert!(failure.hints[0].starts_with("chmod 600"), "{failure:?}");
}

#[test]
fn keys_are_never_kept_in_a_project() {
    let dir = tempdir().unwrap();
    let git = |args: &[&str]| {
        let mut command = Command::new("git");
        command.arg("-C").arg(dir.path()).args(args).env("GIT_CONFIG_GLOBAL", "/dev/null");
        assert!(command.status().expect("git").success(), "{args:?}");
    };
    git(&["init", "-q"]);
    let config = dir.path().join("config");
    let keys = keystore(&config).unwrap();
    assert!(keys.store("a", Some("private"), "public").is_err());
    assert!(!config.exists());
    fs::write(dir.path().join(".gitignore"), "/config/\n").unwrap();
    keys.store("a", Some("private"), "public").unwrap();
    keystore(&config).unwrap().load_private("a").unwrap().unwrap();
    git(&["add", "-f", "config"]);
    assert!(keystore(&config).is_err());
}

#[test]
fn the_home_is_where_the_environment_says() {
    let open = |vars: &[(&str, &str)]| {
        Keystore::open(&|name| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
            .map(|keys| keys.dir().to_owned())
    };
    let home = ("HOME", "/nowhere/home");
    assert_eq!(open(&[home]).unwrap(), Path::new("/nowhere/home/.config/cask/keys"));
    assert_eq!(open(&[home, ("XDG_CONFIG_HOME", "/x")]).unwrap(), Path::new("/x/cask/keys"));
    assert_eq!(
        open(&[home, ("XDG_CONFIG_HOME", "rel")]).unwrap(),
        Path::new("/nowhere/home/.config/cask/keys")
    );
    assert_eq!(open(&[home, ("XDG_CONFIG_HOME", "")]).unwrap(), Path::new("/nowhere/home/.config/cask/keys"));
    assert!(open(&[]).is_err());
}

#[test]
fn what_was_staged_by_runs_that_were_ended_is_taken_away() {
    let dir = tempfile::tempdir().expect("a folder");
    for name in [".a.json.Xy12.tmp", ".b.json.Xy12.tmp", "a.json.tmp", "a.json"] {
        std::fs::write(dir.path().join(name), "x").expect("written");
    }
    cask::io::fs::sweep_staged(dir.path(), "a.json");
    cask::io::fs::sweep_staged(dir.path(), "none/a.json");
    let left = dir.path().read_dir().expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let mut left: Vec<String> = left.map(|name| name.to_string_lossy().into_owned()).collect();
    left.sort();
    assert_eq!(left, [".b.json.Xy12.tmp", "a.json", "a.json.tmp"]);
}
