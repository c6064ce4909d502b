//! The writing side of the gate as people use it: the real binary in a git repository of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use cask::gate::written;
use cask::model::bytes;
use cask::model::lockfile::{AnyLockfile, Decision, Lockfile, Status};

const LOCK: &str = "toolpacks/shop/lockfile/caskmcp.lock.yaml";
const REFUND: &str = "7de72ab2531e0c3e";
const GET_USER: &str = "78d6f2c56a18d995";
const GET_ORDER: &str = "0b6b49c107c2370b";
const CANCEL: &str = "f5e7c6bfe52af172";

/// A repository with the shop's toolpack, and a home with keys.
struct World {
    dir: tempfile::TempDir,
}

impl World {
    /// The toolpack, and a trust file with alice and bob, committed unless told otherwise.
    fn new() -> World {
        let world = World { dir: tempfile::tempdir().unwrap() };
        std::fs::create_dir(world.repo()).unwrap();
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/toolpacks/shop");
        copy(&from, &world.repo().join("toolpacks/shop"));
        world.git(&["init", "-q", "-b", "main"]);
        world
    }

    fn with_people() -> World {
        let world = World::new();
        for name in ["alice", "bob"] {
            world.ok(&["key", "new", "--name", name, "--no-passphrase"]);
        }
        world.ok(&["trust", "init", "--id", "alice", "--github", "alice-gh", "--key", "alice", "--yes"]);
        let bob = world.config().join("cask/keys/bob.pub");
        world.ok(&[
            "trust",
            "add",
            "bob",
            "--key",
            bob.to_str().unwrap(),
            "--role",
            "owner,approver",
            "--github",
            "bob-gh",
        ]);
        world.ok(&["trust", "set", "thresholds.approvals.critical=2"]);
        world.ok(&["trust", "sign", "--key", "alice", "--yes"]);
        world
    }

    fn repo(&self) -> PathBuf {
        self.dir.path().join("repo")
    }

    fn config(&self) -> PathBuf {
        self.dir.path().join("config")
    }

    fn git(&self, args: &[&str]) {
        let out = Command::new("git")
            .args(["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "core.fsync=none"])
            .args(args)
            .current_dir(self.repo())
            .output()
            .unwrap();
        assert!(out.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&out.stderr));
    }

    fn commit(&self) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", "state"]);
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cask"));
        command.args(args).current_dir(self.repo()).stdin(Stdio::null());
        for name in ["CI", "CASKMCP_APPROVERS", "CASKMCP_ROOT", "CASK_TRUST_PIN"] {
            command.env_remove(name);
        }
        command.env("XDG_CONFIG_HOME", self.config());
        command.env("XDG_STATE_HOME", self.dir.path().join("state"));
        command.env("HOME", self.dir.path()).env("CASK_NON_INTERACTIVE", "1");
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    fn ok(&self, args: &[&str]) -> String {
        self.exits(args, 0)
    }

    fn exits(&self, args: &[&str], code: i32) -> String {
        let out = self.run(args);
        let text =
            format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        assert_eq!(out.status.code(), Some(code), "cask {args:?}\n{text}");
        text
    }

    fn allow(&self, who: &str, rest: &[&str]) -> String {
        self.ok(&[&["gate", "allow", "--key", who, "--yes"], rest].concat())
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.repo().join(LOCK)).unwrap()
    }

    fn lock(&self) -> Lockfile {
        read(&self.text())
    }

    fn statuses(&self) -> BTreeMap<String, Status> {
        let lock = self.lock();
        let tools = lock.tools.values().map(|e| (e.name.clone(), e.status));
        tools.chain([("surface".to_owned(), lock.surface.status)]).collect()
    }

    fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.repo().join("toolpacks/shop").join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no {from}");
        std::fs::write(path, text.replace(from, to)).unwrap();
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => std::fs::write(&target, std::fs::read(entry.path()).unwrap()).unwrap(),
        }
    }
}

/// A lockfile that reads, strictly, and is written in the one layout.
fn read(text: &str) -> Lockfile {
    let node = bytes::yaml(LOCK, text.as_bytes(), 1 << 20).unwrap();
    let lock = AnyLockfile::read(LOCK, node).unwrap().v2().unwrap().clone();
    assert_eq!(written::text(&lock), text, "not in the layout of the format");
    lock
}

#[test]
fn from_nothing_to_approved() {
    let world = World::with_people();
    let said = world.exits(&["gate", "sync", "--exit-code"], 1);
    assert!(said.contains("7 of 7 subjects need an approval"), "{said}");
    let first = world.text();
    assert!(world.ok(&["gate", "sync"]).contains("in step"));
    assert_eq!(world.text(), first);

    let said = world.allow("alice", &["--all", "--reason", "first review"]);
    assert!(said.contains("issue_refund  pending, 1 of 2"), "{said}");
    assert_eq!(world.statuses().values().filter(|s| **s == Status::Approved).count(), 6);
    assert!(world.allow("alice", &["--all"]).contains("nothing is pending that you have not signed"));
    let said = world.allow("bob", &["issue_refund"]);
    assert!(said.contains("issue_refund  approved, 2 of 2"), "{said}");
    assert!(world.statuses().values().all(|s| *s == Status::Approved));
    world.exits(&["gate", "sync", "--exit-code"], 0);

    let status = world.ok(&["gate", "status"]);
    assert!(status.contains("issue_refund") && status.contains("2 of 2"), "{status}");
    world.commit();
    world.ok(&["gate", "snapshot"]);
    assert!(world.lock().snapshot.is_some());
    let before = world.text();
    world.ok(&["gate", "snapshot"]);
    assert_eq!(world.text(), before);

    // One tool changes: it alone is pending, and the base is what it is compared with.
    world.edit("artifact/tools.json", "Get one user by id. Returns: email, id.", "Get a user.");
    let said = world.ok(&["gate", "sync"]);
    assert!(said.contains("1 of 7 subjects need an approval: get_user"), "{said}");
    world.exits(&["gate", "snapshot"], 1);
    let said = world.allow("alice", &["get_user"]);
    assert!(said.contains("changed: description"), "{said}");
    assert!(world.statuses().values().all(|s| *s == Status::Approved));
}

#[test]
fn nothing_is_signed_without_being_asked_for_by_its_name() {
    let world = World::with_people();
    world.ok(&["gate", "sync"]);
    let before = world.text();
    let refused = |args: &[&str], word: &str| {
        let said = world.exits(&[&["gate"], args].concat(), 3);
        assert!(said.contains(word), "{args:?}: {said}");
        assert_eq!(world.text(), before, "{args:?}");
    };
    refused(&["allow", "get_user", "--key", "alice"], "would have been asked");
    refused(&["allow", "get_user", "get_usre", "--key", "alice", "--yes"], "get_usre");
    refused(&["allow", "get_user", "--key", "alice", "--by", "bob", "--yes"], "--by says bob");
    refused(&["allow", "--all", "--toolset", "opertor", "--key", "alice", "--yes"], "no toolset");
    refused(&["allow", "--key", "alice", "--yes"], "name the tools");
    refused(&["allow", "get_user", "--yes"], "several of your keys");
    refused(&["withdraw", "get_user", "--key", "alice", "--yes"], "still in tools.json");
    let mut in_ci = world.command(&["gate", "allow", "--all", "--key", "alice", "--yes"]);
    assert_eq!(in_ci.env("CI", "true").output().unwrap().status.code(), Some(3));
    let mut kept_out = world.command(&["gate", "allow", "--all", "--key", "alice", "--yes"]);
    assert_eq!(kept_out.env("CASKMCP_APPROVERS", "bob, carol").output().unwrap().status.code(), Some(3));
    world.ok(&["key", "new", "--name", "mallory", "--no-passphrase"]);
    refused(&["allow", "--all", "--key", "mallory", "--yes"], "not listed");
    world.ok(&["trust", "set", "signers.bob.max_risk=medium"]);
    world.ok(&["trust", "sign", "--key", "alice", "--yes"]);
    refused(&["allow", "issue_refund", "get_user", "--key", "bob", "--yes"], "may approve up to medium");
    assert_eq!(world.text(), before);
}

#[test]
fn a_refusal_a_removal_and_an_exemption_are_statements_too() {
    let world = World::with_people();
    world.ok(&["gate", "sync"]);
    world.commit();
    world.allow("alice", &["--all", "--exempt"]);
    assert!(world.statuses().values().all(|s| *s == Status::Exempted), "{:?}", world.statuses());
    world.ok(&["gate", "block", "cancel_order", "--reason", "no undo", "--key", "bob", "--yes"]);
    assert_eq!(world.statuses()["cancel_order"], Status::Rejected);
    world.commit();

    let tools = world.repo().join("toolpacks/shop/artifact/tools.json");
    let mut json: serde_json::Value = serde_json::from_slice(&std::fs::read(&tools).unwrap()).unwrap();
    json["actions"].as_array_mut().unwrap().retain(|a| a["name"] != "cancel_order");
    std::fs::write(&tools, json.to_string()).unwrap();
    world.edit("artifact/toolsets.yaml", "    - cancel_order\n", "");
    assert!(world.ok(&["gate", "sync"]).contains("removed tools keep their entries"));
    world.ok(&["gate", "withdraw", "cancel_order", "--key", "bob", "--yes"]);
    let lock = world.lock();
    assert!(!lock.tools.contains_key(CANCEL));
    let grave = &lock.withdrawn[0];
    assert_eq!((grave.tool_id.as_str(), grave.approvals[0].decision), (CANCEL, Decision::Withdraw));
    // The tombstone outlives a lockfile that somebody made anew.
    world.commit();
    std::fs::remove_file(world.repo().join(LOCK)).unwrap();
    world.ok(&["gate", "sync"]);
    assert_eq!(world.lock().withdrawn, lock.withdrawn);
}

#[test]
fn statements_are_handed_over_and_prove_themselves() {
    let world = World::with_people();
    world.ok(&["gate", "sync"]);
    let before = world.text();
    world.allow("alice", &["--all", "--detach", "../approvals.json"]);
    assert_eq!(world.text(), before);
    let file = world.dir.path().join("approvals.json");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("\"decision\": \"approve\"", "\"decision\": \"exempt\"")).unwrap();
    world.exits(&["gate", "attach", "../approvals.json"], 3);
    assert_eq!(world.text(), before);
    std::fs::write(&file, &text).unwrap();
    world.ok(&["gate", "attach", "../approvals.json"]);
    assert_eq!(world.statuses()["get_user"], Status::Approved);
    let attached = world.text();
    assert!(world.ok(&["gate", "attach", "../approvals.json"]).contains("stands already"));
    assert_eq!(world.text(), attached);
    // What changed since is told, not taken.
    world.edit("artifact/tools.json", "Get one user by id. Returns: email, id.", "Get a user.");
    assert!(
        world.exits(&["gate", "attach", "../approvals.json"], 3).contains("it changed since it was shown")
    );
}

#[test]
fn an_ssh_key_signs() {
    let world = World::new();
    let keygen = |name: &str| {
        let out = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-C", "t", "-f", name])
            .current_dir(world.dir.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(out.status.success());
    };
    keygen("token");
    let public = world.dir.path().join("token.pub");
    world.ok(&[
        "trust",
        "init",
        "--id",
        "alice",
        "--github",
        "alice-gh",
        "--key",
        public.to_str().unwrap(),
        "--yes",
    ]);
    world.ok(&["gate", "allow", "--all", "--key", public.to_str().unwrap(), "--yes"]);
    assert!(world.statuses().values().all(|s| *s == Status::Approved));
}

#[test]
fn two_writers_lose_nothing() {
    let world = World::with_people();
    world.ok(&["gate", "sync"]);
    let start = world.text();
    let spawn = |who: &str, tool: &str| -> Child {
        world
            .command(&["gate", "allow", tool, "--key", who, "--yes"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    for round in 0..20 {
        std::fs::write(world.repo().join(LOCK), &start).unwrap();
        let both = [spawn("alice", "get_user"), spawn("bob", "cancel_order")];
        for mut child in both {
            assert!(child.wait().unwrap().success(), "round {round}");
        }
        let lock = world.lock();
        for id in [GET_USER, CANCEL] {
            assert_eq!(lock.tools[id].status, Status::Approved, "round {round}");
        }
    }
}

#[test]
fn a_killed_writer_leaves_the_old_or_the_new() {
    let world = World::with_people();
    world.ok(&["gate", "sync"]);
    let start = world.text();
    let (mut old, mut new) = (0, 0);
    // A walk over the whole life of the process; what a run takes differs, so the steps are small.
    for step in 0..40u64 {
        std::fs::write(world.repo().join(LOCK), &start).unwrap();
        let args: &[&str] = match step % 2 {
            0 => &["gate", "allow", "get_order", "--key", "alice", "--yes"],
            _ => &["gate", "sync"],
        };
        if step % 2 == 1 {
            // Something to write: the entry is missing.
            let mut lock = world.lock();
            lock.tools.remove(GET_ORDER);
            std::fs::write(world.repo().join(LOCK), written::text(&lock)).unwrap();
        }
        let before = world.text();
        let mut child = world.command(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(1 + step * 4));
        child.kill().unwrap();
        child.wait().unwrap();
        let after = world.text();
        let lock = read(&after);
        match after == before {
            true => old += 1,
            false => {
                new += 1;
                assert!(lock.tools.contains_key(GET_ORDER));
                assert!(step % 2 == 1 || lock.tools[GET_ORDER].status == Status::Approved);
            }
        }
    }
    assert!(old > 0 && old + new == 40, "{old} old, {new} new");
    assert!(world.lock().tools.contains_key(REFUND));
}
