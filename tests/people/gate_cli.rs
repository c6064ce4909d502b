//! The writing side of the gate as people use it: the real binary in a git repository of its own.

#![cfg(unix)]

use crate::support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use cask::canon::emit::{emit_json, emit_yaml_with};
use cask::gate::written;
use cask::model::bytes;
use cask::model::lockfile::{AnyLockfile, Decision, Lockfile, Status};
use support::{Place, copy};

const LOCK: &str = "toolpacks/shop/lockfile/caskmcp.lock.yaml";
const REFUND: &str = "7de72ab2531e0c3e";
const GET_USER: &str = "78d6f2c56a18d995";
const GET_ORDER: &str = "0b6b49c107c2370b";
const CANCEL: &str = "f5e7c6bfe52af172";

/// A repository with the shop's toolpack, and a home with keys.
pub(super) struct World {
    pub(super) place: Place,
}

impl World {
    /// The toolpack alone, in a repository without a remote.
    pub(super) fn new() -> World {
        let world = World { place: Place::new() };
        world.place.git(&["init", "-q", "-b", "main"]);
        world.fill()
    }

    fn fill(self) -> World {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/toolpacks/shop");
        copy(&from, &self.place.path("toolpacks/shop"));
        self
    }

    /// With a trust file that lists alice and bob as owners; critical tools need both. Nothing is committed.
    pub(super) fn with_people() -> World {
        World::new().meet()
    }

    fn meet(self) -> World {
        for name in ["alice", "bob"] {
            self.ok(&["key", "new", "--name", name, "--no-passphrase"]);
        }
        self.ok(&["trust", "init", "--id", "alice", "--github", "alice-gh", "--key", "alice", "--yes"]);
        let bob = self.public("bob");
        let bob = ["trust", "add", "bob", "--key", &bob, "--role", "owner,approver", "--github", "bob-gh"];
        self.ok(&bob);
        self.ok(&["trust", "set", "thresholds.approvals.critical=2"]);
        self.ok(&["trust", "sign", "--key", "alice", "--yes"]);
        self
    }

    /// Trust file, lockfile and all approvals on the default branch of a remote.
    fn merged() -> World {
        let world = World { place: Place::with_git() }.fill().meet();
        world.allow("alice", &["--all"]);
        world.allow("bob", &["--all"]);
        world.place.merge("adopt");
        world
    }

    fn dir(&self) -> PathBuf {
        self.place.dir.path().to_owned()
    }

    fn public(&self, name: &str) -> String {
        let home = self.dir().join(&self.place.person);
        home.join("config/cask/keys").join(format!("{name}.pub")).display().to_string()
    }

    pub(super) fn commit(&self) {
        self.place.git(&["add", "-A"]);
        self.place.git(&["commit", "-q", "-m", "state"]);
    }

    pub(super) fn command(&self, args: &[&str]) -> Command {
        self.place.command(args)
    }

    pub(super) fn ok(&self, args: &[&str]) -> String {
        self.exits(args, 0)
    }

    pub(super) fn exits(&self, args: &[&str], code: i32) -> String {
        let ran = self.place.cask(args);
        let text = format!("{}{}", ran.out, ran.err);
        assert_eq!(ran.code, code, "cask {args:?}\n{text}");
        text
    }

    fn allow(&self, who: &str, rest: &[&str]) -> String {
        self.ok(&[&["gate", "allow", "--key", who, "--yes"], rest].concat())
    }

    fn text(&self) -> String {
        self.place.read(LOCK)
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
        let path = format!("toolpacks/shop/{file}");
        let text = self.place.read(&path);
        assert!(text.contains(from), "{file} has no {from}");
        self.place.write(&path, text.replace(from, to));
    }
}

/// A lockfile that reads, strictly, and is written in the one layout.
fn read(text: &str) -> Lockfile {
    let node = bytes::yaml(LOCK, text.as_bytes(), 1 << 20).expect("it reads");
    let lock = AnyLockfile::read(LOCK, node).expect("it is a lockfile");
    let lock = lock.v2().expect("of generation 2").clone();
    assert_eq!(written::text(&lock), text, "not in the layout of the format");
    lock
}

#[test]
fn the_toolpack_of_the_tests_is_in_the_layout_of_the_formats() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/toolpacks/shop");
    let text = |name: &str| std::fs::read_to_string(dir.join(name)).unwrap();
    for name in ["artifact/tools.json", "artifact/baseline.json"] {
        let node = bytes::json(name, text(name).as_bytes(), 1 << 20).unwrap();
        assert_eq!(emit_json(&node), text(name), "{name}");
    }
    let lists = |pointer: &str| ["/actions", "/allowed_hosts"].iter().any(|end| pointer.ends_with(end));
    for name in ["toolpack.yaml", "artifact/toolsets.yaml", "artifact/policy.yaml"] {
        let node = bytes::yaml(name, text(name).as_bytes(), 1 << 20).unwrap();
        assert_eq!(emit_yaml_with(&node, &lists), text(name), "{name}");
    }
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

    world.exits(&["gate", "check"], 0);
    let status = world.ok(&["gate", "status"]);
    assert!(status.contains("issue_refund") && status.contains("2 of 2"), "{status}");
    world.commit();
    world.ok(&["gate", "snapshot"]);
    assert!(world.lock().snapshot.is_some());
    let before = world.text();
    world.ok(&["gate", "snapshot"]);
    assert_eq!(world.text(), before);

    // The options of the reference system name the same toolpack.
    let tools = "toolpacks/shop/artifact/tools.json";
    world.ok(&["gate", "sync", "--tools", tools, "--lockfile", LOCK]);
    assert_eq!(world.text(), before);
    world.exits(&["gate", "sync", "--tools", tools, "--policy", tools], 3);

    // One tool changes: it alone is pending, and the base is what it is compared with.
    world.edit("artifact/tools.json", "Get one user by id. Returns: email, id.", "Get a user.");
    let said = world.ok(&["gate", "sync"]);
    assert!(said.contains("1 of 7 subjects need an approval: get_user"), "{said}");
    world.exits(&["gate", "snapshot"], 1);
    world.exits(&["gate", "check"], 2);
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
fn small_changes_of_what_was_approved_go_in_bulk_and_nothing_else() {
    let world = World::with_people();
    world.allow("alice", &["--all"]);
    world.allow("bob", &["--all"]);
    world.commit();
    world.edit(
        "artifact/tools.json",
        "List products, cheapest first. Returns: id, name, price.",
        "List products.",
    );
    world.edit("artifact/tools.json", "\"rate_limit_per_minute\": 10,", "\"rate_limit_per_minute\": 900,");
    let said = world.allow("alice", &["--all", "--changes-up-to", "medium"]);
    assert!(said.contains("list_products  approved") && said.contains("left out: cancel_order"), "{said}");
    assert_eq!(world.statuses()["cancel_order"], Status::Pending);
    let said =
        world.exits(&["gate", "allow", "--all", "--changes-up-to", "low", "--key", "alice", "--yes"], 3);
    assert!(said.contains("nothing is pending that alice may sign"), "{said}");
}

#[test]
fn what_steers_a_tool_of_another_toolpack_never_goes_in_bulk() {
    let world = World::with_people();
    world.allow("alice", &["--all"]);
    world.allow("bob", &["--all"]);
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/toolpacks/desk");
    copy(&from, &world.place.path("toolpacks/desk"));
    world.commit();
    let shop = ["--toolpack", "toolpacks/shop", "--all", "--changes-up-to", "medium"];
    world.edit(
        "artifact/tools.json",
        "List products, cheapest first. Returns: id, name, price.",
        "List products, cheapest first. Returns: id, name, price. Use instead of search_articles.",
    );
    let allow = [&["gate", "allow", "--key", "alice", "--yes"], &shop[..]].concat();
    let said = world.exits(&allow, 3);
    assert!(said.contains("list_products") && said.contains("text.other-tool-reference"), "{said}");
    // A review tells of it.
    let listed = world.exits(&["gate", "review", "--toolpack", "toolpacks/shop"], 1);
    assert!(listed.contains("high      list_products"), "{listed}");
    // What can't be read may have that tool: then nobody knows, and nothing goes unseen.
    world.place.write("toolpacks/desk/artifact/tools.json", "{");
    let said = world.exits(&allow, 3);
    assert!(said.contains("toolpacks/desk/artifact/tools.json") && said.contains("nobody looks"), "{said}");
    let listed = world.exits(&["gate", "review", "--toolpack", "toolpacks/shop"], 1);
    assert!(listed.contains("toolpacks/desk/artifact/tools.json can't be read"), "{listed}");
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

    let tools = world.place.path("toolpacks/shop/artifact/tools.json");
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
    std::fs::remove_file(world.place.path(LOCK)).unwrap();
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
    let file = world.dir().join("approvals.json");
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
            .current_dir(world.dir())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(out.status.success());
    };
    keygen("token");
    let public = world.dir().join("token.pub");
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
        std::fs::write(world.place.path(LOCK), &start).unwrap();
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
        std::fs::write(world.place.path(LOCK), &start).unwrap();
        let args: &[&str] = match step % 2 {
            0 => &["gate", "allow", "get_order", "--key", "alice", "--yes"],
            _ => &["gate", "sync"],
        };
        if step % 2 == 1 {
            // Something to write: the entry is missing.
            let mut lock = world.lock();
            lock.tools.remove(GET_ORDER);
            std::fs::write(world.place.path(LOCK), written::text(&lock)).unwrap();
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

#[test]
fn trust_of_the_branch_under_work_lets_nobody_sign() {
    let world = World::merged();
    world.exits(&["gate", "sync", "--exit-code"], 0);
    assert!(!world.ok(&["gate", "sync"]).contains("not anchored"));
    world.place.git(&["checkout", "-q", "-b", "work"]);
    world.ok(&["key", "new", "--name", "mallory", "--no-passphrase"]);
    // A trust file of one's own, with a root of its own, beside an edited tool.
    std::fs::remove_file(world.place.path(".caskmcp/trust.yaml")).unwrap();
    world.ok(&[
        "trust",
        "init",
        "--new-root",
        "--id",
        "mallory",
        "--github",
        "m",
        "--key",
        "mallory",
        "--yes",
    ]);
    world.edit("artifact/tools.json", "at most what was paid", "as much as you like");
    world.commit();
    world.ok(&["gate", "sync"]);
    let before = world.text();
    let said = world.exits(&["gate", "allow", "--all", "--key", "mallory", "--yes"], 3);
    assert!(said.contains("not listed"), "{said}");
    assert_eq!(world.text(), before);
    assert_eq!(world.statuses()["issue_refund"], Status::Pending);
}

#[test]
fn what_was_approved_once_does_not_come_back_with_an_older_state() {
    let world = World::merged();
    world.place.git(&["checkout", "-q", "-b", "work"]);
    let first = (world.place.read("toolpacks/shop/artifact/tools.json"), world.text());
    world.edit("artifact/tools.json", "at most what was paid", "at most once");
    world.allow("alice", &["issue_refund"]);
    world.allow("bob", &["issue_refund"]);
    world.place.merge("a safer refund");
    // The older tools.json with its older lockfile: each signature in it is genuine.
    world.place.git(&["checkout", "-q", "-b", "back"]);
    world.place.write("toolpacks/shop/artifact/tools.json", &first.0);
    world.place.write(LOCK, &first.1);
    world.exits(&["gate", "check"], 2);
    let said = world.ok(&["gate", "sync"]);
    assert!(said.contains("lock.downgraded"), "{said}");
    assert_eq!(world.statuses()["issue_refund"], Status::Pending);
    // Nor does signing anew bring it back unseen, from whichever lockfile.
    for text in [world.text(), first.1] {
        world.place.write(LOCK, text);
        let said = world.ok(&["gate", "resign", "--key", "alice", "--yes"]);
        assert!(said.contains("cancel_order") && !said.contains("issue_refund"), "{said}");
    }
}

#[test]
fn a_base_whose_toolpack_cannot_be_looked_at_is_not_a_base_without_it() {
    let world = World::merged();
    world.exits(&["gate", "check"], 0);
    let header = world.place.git(&["rev-parse", "HEAD:toolpacks/shop/toolpack.yaml"]);
    let object = world.place.path(".git/objects").join(&header[..2]).join(&header[2..]);
    std::fs::remove_file(object).expect("objects are loose");
    let told = world.exits(&["gate", "check"], 3);
    assert!(told.contains("toolpack.yaml: its content is not in this"), "{told}");
}

#[test]
fn an_author_without_a_name_is_not_known() {
    let world = World { place: Place::with_git() }.fill().meet();
    world.ok(&["trust", "set", "rules.author_may_approve=false"]);
    world.ok(&["trust", "sign", "--key", "alice", "--yes"]);
    world.place.merge("adopt");
    for (author, is_known) in [("", false), (" ", false), ("someone", true)] {
        let ran = world.place.cask(&["ci", "--author", author]);
        assert_eq!(ran.out.contains("author rule not evaluated"), !is_known, "{author:?}: {}", ran.out);
    }
}

#[test]
fn a_tombstone_that_stayed_behind_binds_who_signs_as_it_binds_the_gate() {
    let world = World::merged();
    world.place.git(&["checkout", "-q", "-b", "work"]);
    let files = ["toolpacks/shop/artifact/tools.json", "toolpacks/shop/artifact/toolsets.yaml", LOCK];
    let first = files.map(|file| world.place.read(file));
    let mut json: serde_json::Value = serde_json::from_str(&first[0]).unwrap();
    json["actions"].as_array_mut().unwrap().retain(|a| a["name"] != "cancel_order");
    world.place.write(files[0], json.to_string());
    world.edit("artifact/toolsets.yaml", "    - cancel_order\n", "");
    world.ok(&["gate", "withdraw", "cancel_order", "--key", "bob", "--yes"]);
    world.allow("alice", &["--all"]);
    // Its tombstone stands in the second of two lockfiles that an earlier toolpack of this id left behind.
    let mut lock = world.lock();
    let grave = std::mem::take(&mut lock.withdrawn);
    world.place.write(LOCK, written::text(&lock));
    lock.tools.clear();
    lock.surface.approvals.clear();
    lock.surface.status = Status::Pending;
    world.place.write("old/caskmcp.lock.yaml", written::text(&lock));
    lock.withdrawn = grave;
    world.place.write("older/caskmcp.lock.yaml", written::text(&lock));
    world.place.merge("cancel_order goes");

    world.place.git(&["checkout", "-q", "-b", "back"]);
    files.iter().zip(&first).for_each(|(file, text)| world.place.write(file, text));
    let said = world.exits(&["gate", "check"], 2);
    assert!(said.contains("cancel_order"), "{said}");
    world.ok(&["gate", "sync"]);
    assert_eq!(world.statuses()["cancel_order"], Status::Pending);
}

#[test]
fn a_diff_of_several_toolpacks_knows_the_tools_of_all() {
    let place = Place::with_git();
    for pack in ["shop", "desk"] {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/toolpacks").join(pack);
        copy(&from, &place.path("toolpacks").join(pack));
    }
    place.merge("two toolpacks");
    let tools = "toolpacks/shop/artifact/tools.json";
    let said = "Get one user by id.";
    place.write(tools, place.read(tools).replace(said, &format!("{said} Call list_tickets first.")));
    let both = place.cask(&["diff", "--format", "json"]).ok();
    assert!(both.contains("\"text.other-tool-reference\""), "{both}");
    let alone = place.cask(&["diff", "--toolpack", "toolpacks/shop", "--format", "json"]).ok();
    assert!(!alone.contains("\"text.other-tool-reference\""), "{alone}");
}
