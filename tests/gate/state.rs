//! `cask state` by the real binary: which locks there are, who holds them, and that only what nobody holds is taken away.
#![cfg(target_os = "linux")]

use crate::support;

use std::fs::File;

use serde_json::{Value, json};
use support::Place;

fn status(place: &Place) -> Vec<Value> {
    let told: Value =
        serde_json::from_str(&place.cask(&["state", "status", "--format", "json"]).ok()).expect("JSON");
    assert_eq!((&told["schema"], &told["root"]), (&json!("cask.state/1"), &json!(".caskmcp")));
    told["locks"].as_array().expect("locks").clone()
}

fn former(pid: u32) -> String {
    format!(r#"{{"command":"mint","created_at":1700000000.5,"pid":{pid}}}"#)
}

/// More than any process may have.
const NOBODY: u32 = 4_194_305;

#[test]
fn a_folder_without_locks_has_none() {
    let place = Place::new();
    assert_eq!(status(&place), Vec::<Value>::new());
    assert!(place.cask(&["state", "status"]).ok().contains("no lock"));
    assert!(place.cask(&["state", "unlock"]).ok().contains("nothing is locked"));
    place.cask(&["state", "unlock", "--id", "state/lock"]).failed();
}

#[test]
fn a_lock_of_the_system_is_told_with_its_holder_and_never_taken_away() {
    let place = Place::new();
    let name = ".caskmcp/state/audit/runtime.jsonl.lock";
    place.write(name, "");
    let file = File::open(place.path(name)).expect("a file");
    file.lock().expect("a lock");
    let locks = status(&place);
    assert_eq!(
        (&locks[0]["id"], &locks[0]["state"]),
        (&json!("state/audit/runtime.jsonl.lock"), &json!("held"))
    );
    // The number of a device differs on some file systems: then nobody is named, and nobody wrong.
    let pid = &locks[0]["pid"];
    assert!(pid.is_null() || *pid == std::process::id(), "{locks:?}");
    for args in [&["state", "unlock"][..], &["state", "unlock", "--force"]] {
        let ran = place.cask(args);
        assert_eq!(ran.code, 1, "{}", ran.err);
        assert!(ran.out.contains("kept") && place.path(name).exists(), "{}", ran.out);
    }
    file.unlock().expect("unlocked");
    assert_eq!(status(&place)[0]["state"], "free");
    // Free: nothing is locked, and the file stays.
    assert!(place.cask(&["state", "unlock"]).ok().contains("nothing is locked"));
    assert!(place.path(name).exists());
}

#[test]
fn a_lock_that_a_killed_process_left_goes_and_one_of_a_living_process_stays() {
    let place = Place::new();
    place.write(".caskmcp/state/lock", former(std::process::id()));
    place.write(".caskmcp/state/lock.0123456789ab", former(NOBODY));
    place.write(".caskmcp/state/lock.ba9876543210", "\u{1b}[31m half");
    let ran = place.cask(&["state", "unlock"]);
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(ran.out.contains("taken away: state/lock.0123456789ab"), "{}", ran.out);
    assert!(!place.path(".caskmcp/state/lock.0123456789ab").exists());
    let states: Vec<Value> = status(&place).iter().map(|lock| lock["state"].clone()).collect();
    assert_eq!(states, ["held", "not-known"]);
    assert!(
        place.cask(&["state", "status"]).ok().contains(&format!("process {} (mint)", std::process::id()))
    );
    place.cask(&["state", "unlock", "--id", "state/lock.ba9876543210", "--force"]).ok();
    assert!(place.path(".caskmcp/state/lock").exists(), "only the one that was named");
    place.cask(&["state", "unlock", "--force"]).ok();
    assert_eq!(status(&place), Vec::<Value>::new());
}

#[test]
fn hostile_names_and_links_lead_nowhere() {
    let place = Place::new();
    place.write("outside.lock", "");
    place.write(".caskmcp/state/\u{202e}\u{1b}[2J.lock", "");
    place.write(".caskmcp/state/lock", r#"{"command":"\u001b[2J\u202ex","pid":4194305}"#);
    std::os::unix::fs::symlink(place.path("outside.lock"), place.path(".caskmcp/state/a.lock"))
        .expect("a link");
    std::os::unix::fs::symlink(place.root(), place.path(".caskmcp/state/folder")).expect("a link");
    let text = place.cask(&["state", "status"]).ok();
    assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
    assert!(!text.contains("a.lock") && !text.contains("outside"), "{text}");
    assert_eq!(status(&place).len(), 2);
    for id in ["../outside.lock", "state/../../outside.lock", "/etc/passwd"] {
        place.cask(&["state", "unlock", "--id", id, "--force"]).failed();
    }
    place.cask(&["state", "unlock", "--force"]).ok();
    assert!(place.path("outside.lock").exists());
}
