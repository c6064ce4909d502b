//! `cask gate review` as people use it: the real binary in a real terminal, from the list to a lockfile that holds, and
//! every way out of it that must change nothing.

#![cfg(unix)]

use crate::{pane, support};

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use pane::Pane;
use support::{Place, copy};

const LOCK: &str = "toolpacks/shop/lockfile/caskmcp.lock.yaml";
const PASSPHRASE: &str = "open sesame";
const SIZE: (u16, u16) = (80, 24);

/// A repository with the shop's toolpack and alice, its owner, whose key has a passphrase.
fn shop() -> Place {
    let place = Place::with_git();
    copy(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/toolpacks/shop"),
        &place.path("toolpacks/shop"),
    );
    place.cask(&["key", "new", "--name", "alice", "--no-passphrase"]).ok();
    place.cask(&["trust", "init", "--id", "alice", "--github", "alice-gh", "--yes"]).ok();
    let key = place.dir.path().join("alice/config/cask/keys/alice.key");
    let locked = Command::new("ssh-keygen")
        .args(["-q", "-p", "-P", "", "-N", PASSPHRASE, "-f"])
        .arg(&key)
        .output()
        .expect("ssh-keygen runs");
    assert!(locked.status.success(), "{}", String::from_utf8_lossy(&locked.stderr));
    place
}

/// Every file of the repository and of the person's home.
fn bytes(place: &Place) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut todo = vec![place.root(), place.dir.path().join(&place.person)];
    while let Some(dir) = todo.pop() {
        for entry in std::fs::read_dir(dir).expect("a folder") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => todo.push(path),
                false => _ = all.insert(path.display().to_string(), std::fs::read(&path).expect("a file")),
            }
        }
    }
    all
}

/// Approves the subject whose page is shown, with its name where that is asked for.
fn approve(pane: &Pane) {
    pane.press(&["End"]);
    pane.press(&["a"]);
    std::thread::sleep(std::time::Duration::from_millis(300));
    let shown = pane.text();
    if let Some((before, _)) = shown.split_once(" to approve it:") {
        pane.line(before.rsplit(' ').next().expect("a name"));
    }
    pane.until("Nothing is signed yet");
}

#[test]
fn from_the_list_to_a_lockfile_that_the_gate_accepts() {
    let place = shop();
    let pane = Pane::open(&place, "cask gate review", SIZE, &[]);
    let list = pane.until("to decide. Nothing is signed before the last screen.");
    assert!(list.contains(" > undecided  critical  issue_refund"), "{list}");
    // The light ones at once.
    pane.press(&["b"]);
    pane.until("Together these allow an agent to");
    pane.press(&["End"]);
    pane.press(&["y"]);
    pane.until("marked to approve");
    // The grave ones one by one.
    pane.press(&["Home", "Enter"]);
    pane.until("esc list");
    for _ in 0..20 {
        approve(&pane);
        pane.press(&["n"]);
        let shown = pane.until("0 of ");
        if shown.contains("0 of 7 to decide") || shown.contains("nothing else waits") {
            break;
        }
    }
    pane.press(&["Escape"]);
    pane.until(" 0 to decide.");
    assert!(!place.path(LOCK).exists(), "nothing is written before the last screen");
    pane.press(&["s"]);
    pane.until("Reason (goes into each approval)");
    pane.line("first review");
    pane.until("Type sign and enter");
    pane.line("sign");
    pane.until("Passphrase of the key");
    pane.line("wrong");
    let shown = pane.until("nothing was signed");
    assert!(!shown.contains("wrong\n") && !place.path(LOCK).exists(), "{shown}");
    pane.line("sign");
    pane.until("Passphrase of the key");
    pane.line(PASSPHRASE);
    pane.ended(0);
    let lock = place.read(LOCK);
    assert!(lock.contains("reason: first review"), "{lock}");
    place.cask(&["gate", "check"]).ok();
    let nothing = place.cask(&["gate", "review"]);
    assert!(nothing.ok().contains("nothing waits for a decision"));
}

#[test]
fn whoever_leaves_leaves_every_byte_as_it_was() {
    let place = shop();
    let before = bytes(&place);
    for way in ["q", "ctrl-c", "term", "hangs on"] {
        let pane = Pane::open(&place, "cask gate review get_user", SIZE, &[]);
        pane.until("What it does");
        pane.press(&["End", "a"]);
        pane.until("Nothing is signed yet");
        match way {
            "q" => {
                pane.press(&["q"]);
                pane.until("End without signing?");
                pane.press(&["y"]);
            }
            "ctrl-c" => pane.press(&["C-c", "C-c"]),
            "term" => {
                assert!(
                    Command::new("kill").args(["-TERM", &pane.cask()]).status().expect("kill runs").success()
                );
            }
            _ => {
                // Stopped and gone on with, decided is what was decided.
                let cask = pane.cask();
                assert!(Command::new("kill").args(["-TSTP", &cask]).status().expect("kill runs").success());
                std::thread::sleep(std::time::Duration::from_millis(500));
                assert!(Command::new("kill").args(["-CONT", &cask]).status().expect("kill runs").success());
                // What is typed before the terminal is taken again is for nobody.
                std::thread::sleep(std::time::Duration::from_millis(1_000));
                pane.press(&["Escape"]);
                pane.until("approve    medium    get_user");
                pane.press(&["C-c"]);
                pane.until("End without signing?");
                pane.press(&["y"]);
            }
        }
        pane.ended(1);
        assert_eq!(bytes(&place), before, "{way}");
    }
}

#[test]
fn a_terminal_that_shrinks_waits_and_one_that_is_small_gets_the_list() {
    let place = shop();
    let pane = Pane::open(&place, "cask gate review", (120, 40), &[]);
    pane.until("> undecided");
    pane.resize(60, 20);
    pane.until("gate review needs 80 x 24; this is 60 x 20.");
    pane.resize(80, 24);
    pane.until("Nothing is signed before the last screen.");
    pane.press(&["q"]);
    pane.ended(1);
    let pane = Pane::open(&place, "cask gate review | cat", (70, 40), &[]);
    let shown = pane.until("cask gate allow");
    assert!(shown.contains("next") && shown.contains("issue_refund"), "{shown}");
}

#[test]
fn what_is_piped_in_answers_nothing() {
    let place = shop();
    let before = bytes(&place);
    let pane = Pane::open(&place, "yes sign | cask gate review", SIZE, &[("NO_COLOR", "1")]);
    pane.until("Nothing is signed before the last screen.");
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert!(pane.text().contains("> undecided"));
    pane.press(&["q"]);
    pane.until("exit ");
    assert_eq!(bytes(&place), before);
}

#[test]
fn line_by_line_where_nothing_can_be_drawn() {
    let place = shop();
    for (line, env) in [("cask gate review --plain", vec![]), ("cask gate review", vec![("TERM", "dumb")])] {
        let pane = Pane::open(&place, line, (100, 200), &env);
        pane.until("a number to look");
        pane.line("bulk");
        pane.until("leave, mark");
        pane.line("mark");
        pane.until("marked to approve");
        pane.line("refuse 1");
        pane.until("Why is issue_refund refused?");
        pane.line("no limit");
        pane.until("refuse. Nothing is signed yet");
        pane.line("sign");
        pane.until("Reason");
        pane.line("");
        pane.until("Type sign and enter");
        pane.line("sign");
        pane.until("Passphrase");
        pane.line(PASSPHRASE);
        pane.ended(0);
        let lock = place.read(LOCK);
        assert!(lock.contains("decision: reject") && lock.contains("reason: no limit"), "{lock}");
        std::fs::remove_file(place.path(LOCK)).expect("it was written");
    }
}

#[test]
fn a_state_that_nobody_approved_is_shown_whole() {
    let place = shop();
    // It is merged, and nobody has signed it; then one word of it changes.
    place.merge("unseen");
    let tools = "toolpacks/shop/artifact/tools.json";
    let text = place.read(tools);
    let said = "List products, cheapest first.";
    assert!(text.contains(said));
    place.write(tools, text.replace(said, "List products, newest first."));
    let pane = Pane::open(&place, "cask gate review list_products", (120, 400), &[]);
    let shown = pane.until("What it does");
    assert!(shown.contains("Whole: of what the base has, nobody approved it"), "{shown}");
    // All that is signed stands there, as new, and not the one word alone.
    for whole in [
        "List products, newest first.",
        "/products",
        "api.shop.example",
        "risk_tier",
        "rate_limit_per_minute",
    ] {
        let is_new = |line: &str| line.trim_start().starts_with('+') && line.contains(whole);
        assert!(shown.lines().any(is_new) || shown.contains(whole), "{whole}: {shown}");
    }
    assert!(!shown.contains("cheapest first"), "what nobody approved is nothing to compare with: {shown}");
    pane.press(&["q"]);
    pane.ended(1);
}

#[test]
fn where_nobody_can_be_asked_the_list_and_its_commands_are_printed() {
    let place = shop();
    for env in [vec![], vec![("CI", "true")]] {
        let ran = place.cask_with(&["gate", "review", "--risk", "high"], &env);
        assert_eq!(ran.code, 1, "{}", ran.err);
        assert!(ran.out.contains("cask gate allow ") && ran.out.contains("issue_refund"), "{}", ran.out);
        assert!(!ran.out.contains("list_products"), "{}", ran.out);
    }
    let unknown = place.cask(&["gate", "review", "get_usr"]).failed();
    assert!(unknown.contains("get_user"), "{unknown}");
}
