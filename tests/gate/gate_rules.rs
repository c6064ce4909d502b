//! What the gate's own configuration and a lockfile's odd entries come to, by the real binary: suppressions
//! that do not hold, approvals in bulk, without a reason, and beside enough others.
#![cfg(unix)]

use crate::{hostile, support};

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

#[test]
fn levels_and_suppressions_of_the_default_branch_count_and_are_shown_in_every_format() {
    let world = World::new();
    let place = &world.place;
    place.git(&["switch", "-q", "-c", "work"]);
    // Two tools lose a guarantee, each signed as it is now.
    let tools = place.read(hostile::TOOLS);
    let tier = "\"risk_tier\": \"low\"";
    assert!(tools.matches(tier).count() >= 1, "{tools}");
    let described: Vec<usize> =
        tools.match_indices("\"description\": \"").map(|(at, text)| at + text.len()).collect();
    let (first, second) = (described[0], described[1]);
    let changed = format!("{}Anew: {}Anew: {}", &tools[..first], &tools[first..second], &tools[second..]);
    place.write(hostile::TOOLS, changed);
    place.cask(&["gate", "sync", "--toolpack", PACK]).ok();
    place.cask(&["gate", "allow", "--all", "--yes", "--toolpack", PACK]).ok();
    place.git(&["add", "-A"]);
    place.git(&["commit", "-qm", "reworded"]);
    let judged = |gate: &str| {
        place.git(&["switch", "-q", "main"]);
        let lenient = place.read(GATE);
        let head: String = lenient.lines().take(3).map(|l| format!("{l}\n")).collect();
        let head = head.replace("signatures: []\n", "");
        place.write(GATE, format!("{head}{gate}signatures: []\n"));
        place.cask(&["trust", "sign", "--gate", "--yes"]).ok();
        place.git(&["commit", "-qam", "gate", "--allow-empty"]);
        place.git(&["push", "-q", "--force", "origin", "HEAD:main"]);
        place.git(&["switch", "-q", "work"]);
        let run = world.run(&["ci", "--format", "json"]);
        let report: serde_json::Value = serde_json::from_str(&run.out).expect("a report");
        assert!(report["error"].is_null(), "{}", run.out);
        report
    };
    let of = |report: &serde_json::Value, rule: &str| {
        let all = report["findings"].as_array().expect("findings").clone();
        all.into_iter().filter(|f| f["rule"] == rule).collect::<Vec<_>>()
    };
    const REWORDED: &str = "tool.description-changed";
    let plain = judged("");
    let found = of(&plain, REWORDED);
    assert_eq!((found.len(), &plain["verdict"]), (2, &"pass".into()), "{plain:#}");
    let name = found[0]["subject"]["name"].as_str().expect("a name").to_owned();
    let raised = judged("levels:\n  tool.description-changed: critical\n");
    assert!(of(&raised, REWORDED).iter().all(|f| f["severity"] == "critical"), "{raised:#}");
    assert_eq!(raised["verdict"], "review", "signed, and grave: somebody should look");
    assert!(of(&judged("levels:\n  tool.description-changed: \"off\"\n"), REWORDED).is_empty());
    let soon = world_soon();
    let quiet = judged(&format!(
        "levels:\n  tool.description-changed: critical\nsuppressions:\n- rule: {REWORDED}\n  toolpack: shop\n  tool: \"{name}\"\n  \
         reason: agreed with the vendor\n  owner: alice\n  expires: {soon}\n- rule: tool.removed\n  reason: later\n  owner: alice\n  \
         expires: {soon}\n"
    ));
    let found = of(&quiet, REWORDED);
    let (still, open): (Vec<_>, Vec<_>) = found.iter().partition(|f| f["suppressed"].is_object());
    assert_eq!((still.len(), open.len(), &quiet["verdict"]), (1, 1, &"review".into()), "{quiet:#}");
    assert_eq!(still[0]["subject"]["name"], name.as_str());
    assert_eq!(still[0]["suppressed"]["reason"], "agreed with the vendor");
    assert_eq!(quiet["summary"]["findings"]["suppressed"], 1);
    let idle = &of(&quiet, "sup.unused")[0];
    let line = idle["place"]["line"].as_u64().expect("a line") as usize;
    let gate = place.git(&["show", &format!("origin/main:{GATE}")]);
    assert!(
        gate.lines().nth(line - 1).is_some_and(|l| l.contains("rule: tool.removed")),
        "{line} of\n{gate}"
    );
    for format in cask::report::formats::FORMATS {
        let shown = world.run(&["ci", "--format", format.id]).out;
        // Annotations stand beside lines that ask for something; what is suppressed asks for nothing.
        assert!(shown.contains("suppress") || format.id == "annotations", "{}:\n{shown}", format.id);
    }
}

/// A day within the time that a suppression may run.
fn world_soon() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    let today = cask::canon::time::Timestamp::from_seconds(now.as_secs() as i64).expect("in this world");
    today.plus_days(30).date().to_string()
}
