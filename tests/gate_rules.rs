//! What the gate's own configuration and a lockfile's odd entries come to, by the real binary: suppressions
//! that do not hold, approvals in bulk, without a reason, and beside enough others.
#![cfg(unix)]

#[path = "support/hostile.rs"]
mod hostile;
#[path = "support/cask.rs"]
mod support;

use std::path::Path;

use hostile::{GATE, LOCK, PACK, World};
use support::Place;

#[test]
fn owners_are_told_of_suppressions_and_approvals_that_do_not_hold() {
    let world = World::new();
    let place = &world.place;
    // The approvals wait on a branch, with one more than is needed, by somebody who is not listed.
    place.git(&["switch", "-q", "-c", "work"]);
    let lock = place.read(LOCK);
    let at = lock.find("    approvals:\n    - signer: alice").expect("a tool that alice approved");
    let one = &lock[at + "    approvals:\n".len()..];
    let end = one[1..].find("\n  ").map_or(one.len(), |_| one.find("    signature: ").expect("signed"));
    let end = end + one[end..].find('\n').expect("a line") + 1;
    let copy = one[..end].replace("signer: alice", "signer: zed");
    let with = format!("{}{}{}", &lock[..at + "    approvals:\n".len() + end], copy, &one[end..]);
    place.write(LOCK, with);
    place.git(&["commit", "-qam", "zed too"]);
    // The gate that judges is stricter than the one under which they were made.
    place.git(&["switch", "-q", "main"]);
    place.git(&["reset", "-q", "--hard", "HEAD~1"]);
    let lenient = place.read(GATE);
    let head: String =
        lenient.lines().filter(|l| !l.contains("signature")).take(3).map(|l| format!("{l}\n")).collect();
    let entry = |rule: &str, reason: &str, expires: &str| {
        format!("- rule: {rule}\n  reason: {reason}\n  owner: alice\n  expires: {expires}\n")
    };
    let today: cask::canon::time::Timestamp = cask::canon::time::Timestamp::from_seconds(
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs()
            as i64,
    )
    .expect("in this world");
    let soon = today.plus_days(30).date().to_string();
    let strict = format!(
        "{head}approvals:\n  reason_required: [safe, low, medium, high, critical]\n  bulk_max: 1\nsuppressions:\n{}{}{}{}signatures: []\n",
        entry("no.such-rule", "x", &soon),
        entry("tool.removed", "x", "2026-01-31"),
        entry("tool.removed", "\"\"", &soon),
        entry("tool.removed", "x", &soon),
    );
    place.write(GATE, strict);
    place.cask(&["trust", "sign", "--gate", "--yes"]).ok();
    place.git(&["commit", "-qam", "a stricter gate"]);
    place.git(&["push", "-q", "--force", "origin", "HEAD:main"]);
    let run = world.run(&["ci", "--head-ref", "work", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&run.out).expect("a report");
    let found: Vec<&str> =
        report["findings"].as_array().expect("findings").iter().filter_map(|f| f["rule"].as_str()).collect();
    for rule in [
        "sup.malformed",
        "sup.expired",
        "sup.no-reason",
        "sup.unused",
        "gate.bulk-approval",
        "gate.reason-missing",
        "sig.ignored",
    ] {
        assert!(found.contains(&rule), "no {rule} in {found:?}\n{}", run.err);
    }
}

#[test]
fn a_signature_that_an_ssh_key_made_for_something_else_is_told_as_that() {
    let place = Place::with_git();
    support::copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/toolpacks/shop"), &place.path(PACK));
    let key = place.dir.path().join("k").to_str().expect("a plain path").to_owned();
    let ssh_keygen = |args: &[&str]| {
        let out = std::process::Command::new("ssh-keygen").args(args).env_remove("SSH_AUTH_SOCK").output();
        assert!(out.expect("ssh-keygen runs").status.success(), "{args:?}");
    };
    ssh_keygen(&["-q", "-t", "ed25519", "-N", "", "-f", &key]);
    place.cask(&["trust", "init", "--id", "alice", "--key", &key, "--yes"]).ok();
    place.merge("trust");
    place.cask(&["gate", "sync"]).ok();
    place.cask(&["gate", "allow", "--all", "--yes", "--key", &key]).ok();
    assert_eq!(place.cask(&["gate", "check"]).code, 0);
    // What git would have had signed: a commit.
    place.write("commit", "tree 0\n");
    ssh_keygen(&["-q", "-Y", "sign", "-f", &key, "-n", "git", place.path("commit").to_str().expect("plain")]);
    let made = cask::sign::signature::from_sshsig_pem(&place.read("commit.sig")).expect("a signature");
    let lock = place.read(LOCK);
    let (before, rest) = lock.split_once("signature: ").expect("signed");
    let (_, after) = rest.split_once('\n').expect("a line");
    place.write(LOCK, format!("{before}signature: {made}\n{after}"));
    let ran = place.cask(&["gate", "check", "--format", "json"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.out.contains("\"sig.namespace-mismatch\""), "{}", ran.out);
}
