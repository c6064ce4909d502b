//! A name that is none, wherever one is looked up: the message names the one that was meant, by the real binary.
#![cfg(unix)]

use crate::support;

use std::path::Path;

use support::{Place, copy};

#[test]
fn the_name_that_was_meant_is_told_wherever_names_are_looked_up() {
    let place = Place::with_git();
    copy(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/toolpacks/shop"),
        &place.path("toolpacks/shop"),
    );
    place.cask(&["key", "new", "--name", "work", "--no-passphrase"]).ok();
    place.cask(&["trust", "init", "--id", "alice", "--key", "work", "--yes"]).ok();
    place.cask(&["gate", "sync"]).ok();
    let desk = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/openapi/desk.yaml");
    std::fs::copy(desk, place.path("desk.yaml")).expect("a description");
    std::fs::create_dir_all(place.path(".caskmcp/auth/profiles/shop")).expect("a login");
    let pack = "toolpacks/shop";
    for (args, says) in [
        (&["gate", "allow", "get_usr"][..], "\"get_usr\" names nothing; near it: get_user"),
        (&["gate", "block", "Get_User", "--reason", "x"], "near it: get_user"),
        (&["gate", "withdraw", "get_usr"], "neither on the base nor in the lockfile; near it:"),
        (&["gate", "allow", "--all", "--toolset", "opertor"], "--toolset operator   (did you mean this?)"),
        (&["gate", "check", "--toolset", "opertor"], "--toolset operator   (did you mean this?)"),
        (
            &["config", "--toolpack", pack, "--toolset", "opertor"],
            "--toolset operator   (did you mean this?)",
        ),
        (&["run", "--toolpack", pack, "--toolset", "opertor"], "--toolset operator   (did you mean this?)"),
        (&["config", "--toolpack", pack, "--format", "vsode"], "--format vscode"),
        (&["gate", "check", "--format", "sarf"], "--format sarif       (did you mean this?)"),
        (
            &["mint", "desk.yaml", "--scope", "agent_safe_readnly"],
            "--scope agent_safe_readonly (did you mean this?)",
        ),
        (&["auth", "status", "--profile", "shpo"], "--profile shop       (did you mean this?)"),
        (&["key", "show", "wrok"], "cask key show work   (did you mean this?)"),
        (
            &["trust", "set", "signers.alcie.max_risk=low"],
            "signers.alice.max_risk=low   (did you mean this?)",
        ),
        (
            &["enrich", "get_usr", "--endpoint", "http://localhost:1/v1", "--model", "m", "--toolpack", pack],
            "\"get_user\"           (did you mean this?)",
        ),
    ] {
        let ran = place.cask(args);
        assert_eq!((ran.code, ran.out.as_str()), (3, ""), "{args:?}: {}", ran.err);
        assert!(ran.err.contains(says), "{args:?}: {}", ran.err);
    }
    // What resembles nothing is guessed at by nobody.
    let told = place.cask(&["gate", "allow", "zzzz"]).err;
    assert!(told.contains("\"zzzz\" names nothing\n") && !told.contains("near it"), "{told}");
}
