//! Flows that lead a person line by line, in a real terminal: to the end, and left half way with every byte as it was.

#![cfg(unix)]

use crate::{pane, support};

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use pane::Pane;
use support::{Place, copy};

const SIZE: (u16, u16) = (80, 24);
const TRUST: &str = ".caskmcp/trust.yaml";
const LOCK: &str = "toolpacks/shop/lockfile/caskmcp.lock.yaml";

/// A repository with the shop's toolpack, which knows nothing of trust.
fn shop() -> Place {
    let place = Place::with_git();
    copy(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/toolpacks/shop"),
        &place.path("toolpacks/shop"),
    );
    place.merge("tools");
    place
}

/// An SSH key of the person's, without a passphrase, where OpenSSH keeps it.
fn ssh_key(place: &Place) -> std::path::PathBuf {
    let folder = place.dir.path().join(&place.person).join(".ssh");
    std::fs::create_dir_all(&folder).expect("a folder");
    let key = folder.join("id_ed25519");
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key).output();
    assert!(made.expect("ssh-keygen runs").status.success());
    key
}

/// Every file of the repository and of the person's home.
fn bytes(place: &Place) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut todo = vec![place.root(), place.dir.path().join(&place.person)];
    while let Some(dir) = todo.pop() {
        for entry in std::fs::read_dir(dir).into_iter().flatten() {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => todo.push(path),
                false => _ = all.insert(path.display().to_string(), std::fs::read(&path).expect("a file")),
            }
        }
    }
    all
}

/// Answers each question once it stands last on the screen.
fn answer(pane: &Pane, talk: &[(&str, &str)]) {
    for (question, answer) in talk {
        pane.until_last(question);
        pane.line(answer);
    }
}

#[test]
fn init_asks_what_options_did_not_say_and_says_how_to_do_without() {
    let place = shop();
    let key = ssh_key(&place);
    let pane = Pane::open(&place, "cask init --github alice-gh", (80, 120), &[("USER", "alice")]);
    let asked = [
        ("Number, or the path of another key [1]:", ""),
        ("Name [alice-gh]:", "alice"),
        ("Number [1]:", ""),
        ("A hook before each push? [y/N]", "maybe"),
        ("A hook before each push? [y/N]", "y"),
        ("Numbers, - for none [all]:", "1,2"),
    ];
    answer(&pane, &asked);
    let shown = pane.until_last("Write and sign them? [y/N]");
    for file in [TRUST, ".caskmcp/gate.yaml", ".github/workflows/cask.yml", LOCK, ".git/hooks/pre-push"] {
        assert!(shown.contains(&format!("  {file}")), "{file}:\n{shown}");
        assert!(file == LOCK || !place.path(file).exists(), "{file} is there before the last yes");
    }
    pane.line("y");
    let shown = pane.ended(0);
    assert!(shown.contains("7 of 7 exempted until "), "{shown}");
    assert!(place.read(TRUST).contains("github: alice-gh"));
    assert!(!place.read(".gitignore").contains("evidence"), "{}", place.read(".gitignore"));
    place.cask(&["gate", "check"]).ok();

    // The line that it says does the same where nobody is asked.
    let (_, said) = shown.split_once("The same without questions:").expect("the line");
    let said = said.split("exit 0").next().expect("its end").replace("\\\n", " ");
    let words: Vec<&str> = said.split_whitespace().collect();
    assert_eq!(
        words,
        [
            "cask",
            "init",
            "--id",
            "alice",
            "--github",
            "alice-gh",
            "--key",
            key.to_str().expect("text"),
            "--ci",
            "github",
            "--ignore",
            "captures,drafts",
            "--hook",
            "--yes"
        ]
    );
    let other = shop();
    other.cask(&words[1..]).ok();
    for file in [".caskmcp/.gitignore", ".gitignore", ".caskmcp/config.yaml", ".git/hooks/pre-push"] {
        assert_eq!(other.read(file), place.read(file), "{file}");
    }
    assert_eq!(
        other.path(".github/workflows/cask.yml").exists(),
        place.path(".github/workflows/cask.yml").exists()
    );
}

#[test]
fn init_goes_back_to_an_earlier_question_even_from_the_last() {
    let place = shop();
    let key = ssh_key(&place);
    let pane = Pane::open(&place, "cask init", SIZE, &[("USER", "alice")]);
    let asked = [
        ("Number, or the path of another key [1]:", "2"),
        ("Name [alice]:", "back"),
        // What was said stands in brackets; another answer takes its place whole.
        ("Number, or the path of another key [2]:", "1"),
        ("Name [alice]:", ""),
        ("Login [none]:", ""),
        ("Number [1]:", "2"),
        ("A hook before each push? [y/N]", ""),
        ("Numbers, - for none [all]:", ""),
        ("Write and sign them? [y/N]", "back"),
        ("Numbers, - for none [all]:", "back"),
        ("A hook before each push? [y/N]", "y"),
        ("Numbers, - for none [all]:", ""),
    ];
    answer(&pane, &asked);
    let shown = pane.until_last("Write and sign them? [y/N]");
    assert!(
        shown.contains("  .git/hooks/pre-push") && shown.contains("back: to the question before"),
        "{shown}"
    );
    assert!(!place.path(TRUST).exists());
    pane.line("y");
    let shown = pane.ended(0);
    assert!(shown.contains("--hook --yes") && shown.contains(key.to_str().expect("text")), "{shown}");
    assert!(place.path(".git/hooks/pre-push").exists());
    assert!(!place.path("../alice/config/cask/keys/default.key").exists(), "the new key was taken back");
}

#[test]
fn whoever_leaves_init_leaves_every_byte_as_it_was() {
    let place = shop();
    ssh_key(&place);
    let before = bytes(&place);
    let asked = [
        ("Number, or the path of another key [1]:", "2"),
        ("Name [alice]:", ""),
        ("Login [none]:", ""),
        ("Number [1]:", ""),
        ("A hook before each push? [y/N]", "y"),
        ("Numbers, - for none [all]:", ""),
        ("Write and sign them? [y/N]", "y"),
        ("passphrase for the key:", "open sesame"),
    ];
    // Before each question, by Ctrl-C, and by the end of input; the last is the passphrase of the new key.
    for left in [0, 3, 6, 7, 8] {
        // The shell that goes on tells how it ended.
        let pane = Pane::open(&place, "trap : INT; cask init", (80, 120), &[("USER", "alice")]);
        answer(&pane, &asked[..left]);
        let next = asked.get(left).map_or("the same again:", |(question, _)| question);
        pane.until_last(next);
        pane.press(&["C-c"]);
        pane.until("exit 130");
        assert_eq!(bytes(&place), before, "Ctrl-C at {next}");
    }
    for left in [0, 5, 6] {
        let pane = Pane::open(&place, "cask init", (80, 120), &[("USER", "alice")]);
        answer(&pane, &asked[..left]);
        pane.until_last(asked[left].0);
        pane.press(&["C-d"]);
        let shown = pane.ended(3);
        assert!(shown.contains("nothing was changed"), "{shown}");
        assert_eq!(bytes(&place), before, "the end of input at {}", asked[left].0);
    }
    let pane =
        Pane::open(&place, "cask init", (80, 120), &[("USER", "alice"), ("TERM", "dumb"), ("NO_COLOR", "1")]);
    answer(&pane, &asked[..6]);
    pane.until_last(asked[6].0);
    pane.line("");
    let shown = pane.ended(3);
    assert!(shown.contains("the answer was no; nothing was changed"), "{shown}");
    assert_eq!(bytes(&place), before);
}

#[test]
fn where_somebody_may_not_sit_init_asks_nothing_of_it() {
    let place = shop();
    let pane = Pane::open(&place, "cask init --id alice --no-passphrase --yes", (80, 60), &[]);
    assert!(!pane.ended(0).contains("Which key"));
    // Where something is piped in: as ever.
    let place = shop();
    let pane = Pane::open(&place, "echo 1 | cask init --id alice --no-passphrase", (80, 60), &[]);
    let shown = pane.until_last("Write and sign them? [y/N]");
    assert!(!shown.contains("Which key") && !place.path(TRUST).exists(), "{shown}");
    pane.line("n");
    pane.ended(3);
    // In CI nothing is asked at all.
    let place = shop();
    let pane = Pane::open(&place, "cask init --id alice", (80, 60), &[("CI", "true")]);
    let shown = pane.ended(1);
    assert!(shown.contains("nothing was signed") && !place.path(TRUST).exists(), "{shown}");
    let place = shop();
    let pane = Pane::open(&place, "cask init --no-interactive", (80, 60), &[]);
    let shown = pane.ended(1);
    assert!(!shown.contains("Which key") && shown.contains("nothing was signed"), "{shown}");
}

/// The shop's toolpack with a trust file in the work tree alone, and everything waiting.
fn waiting() -> Place {
    let place = shop();
    place.cask(&["key", "new", "--no-passphrase"]).ok();
    place.cask(&["trust", "init", "--id", "alice", "--yes"]).ok();
    place.cask(&["gate", "sync"]).ok();
    place
}

#[test]
fn repair_runs_what_looks_if_somebody_says_so_and_tells_what_is_mended() {
    let place = waiting();
    // The toolpack that is the only one need not be named.
    let pane = Pane::open(&place, "cask repair --root .state", (80, 140), &[]);
    let shown = pane.until_last("r run, s skip, q quit [s]:");
    assert!(shown.contains("1 of 1  cask doctor --toolpack toolpacks/shop --root .state"), "{shown}");
    assert!(
        shown.contains("    cask gate allow get_user --toolpack toolpacks/shop --root .state\n"),
        "{shown}"
    );
    // Somebody mends it meanwhile, elsewhere.
    place.cask(&["gate", "allow", "--all", "--yes"]).ok();
    place.merge("trust and approvals");
    pane.line("r");
    let shown = pane.ended(0);
    assert!(shown.contains("ran cask doctor --toolpack toolpacks/shop --root .state: exit "), "{shown}");
    assert!(
        shown.contains("  cask gate review --toolpack toolpacks/shop --root .state   (what waits"),
        "{shown}"
    );
    assert!(shown.contains("looked again: 8 of 8 issues mended, 0 left"), "{shown}");
}

#[test]
fn whoever_leaves_repair_has_run_nothing() {
    let place = waiting();
    let before = bytes(&place);
    for (keys, code) in [("q", 1), ("", 1), ("s", 1)] {
        let line = "cask repair --toolpack toolpacks/shop";
        let pane = Pane::open(&place, line, (80, 140), &[("TERM", "dumb"), ("NO_COLOR", "1")]);
        pane.until_last("r run, s skip, q quit [s]:");
        pane.line(keys);
        let shown = pane.ended(code);
        assert!(!shown.contains("looked again") && shown.contains("Yours, since cask repair"), "{shown}");
        assert_eq!(bytes(&place), before, "{keys}");
    }
    let pane = Pane::open(&place, "cask repair", (80, 140), &[]);
    pane.until_last("r run, s skip, q quit [s]:");
    pane.press(&["C-d"]);
    assert!(pane.ended(3).contains("nothing was changed"));
    assert_eq!(bytes(&place), before);
    // Where nobody sits, or the plan goes elsewhere, nothing is asked.
    for line in [
        "cask repair --toolpack toolpacks/shop | cat",
        "cask repair --toolpack toolpacks/shop --format markdown",
    ] {
        let pane = Pane::open(&place, line, (80, 140), &[]);
        assert!(!pane.until("exit ").contains("r run"), "{line}");
    }
    place.cask(&["repair"]).failed();
}

#[test]
fn cask_alone_shows_how_things_stand_and_runs_what_is_chosen() {
    let place = waiting();
    let pane = Pane::open(&place, "cask", SIZE, &[("TERM", "dumb"), ("NO_COLOR", "1")]);
    let shown = pane.until_last("Number, or Enter to leave:");
    assert!(shown.contains("toolpacks/shop: 7 of 7 subjects may not be served"), "{shown}");
    assert!(shown.contains("  1  cask gate review --toolpack toolpacks/shop: look at what waits"), "{shown}");
    assert!(shown.starts_with('✗'), "it fits the screen:\n{shown}");
    pane.line("9");
    pane.until_last("Number, or Enter to leave:");
    pane.line("2");
    let shown = pane.ended(0);
    assert!(shown.contains("0 approved, 7 not"), "{shown}");
    // Several wait: a review is the way.
    assert!(shown.contains("cask gate review --toolpack toolpacks/shop"), "{shown}");
    let piped = place.cask(&["gate", "status"]).ok();
    assert!(piped.contains("cask gate allow") && !piped.contains("cask gate review"), "{piped}");

    // From a folder below, the command is the way from there.
    let pane = Pane::open(&place, "cd toolpacks; cask", SIZE, &[]);
    let shown = pane.until_last("Number, or Enter to leave:");
    assert!(shown.contains("--toolpack shop: look"), "{shown}");
    pane.line("q");
    pane.ended(0);
    // Before there is anything, the first is to begin.
    let place = shop();
    let pane = Pane::open(&place, "cask", SIZE, &[]);
    let shown = pane.until_last("Number, or Enter to leave:");
    assert!(shown.contains("nobody may approve") && shown.contains("  1  cask init: "), "{shown}");
    pane.line("1");
    pane.until_last("Number, or the path of another key [1]:");
}

#[test]
fn whoever_leaves_cask_alone_has_done_nothing_and_where_nobody_sits_it_is_the_help() {
    let place = waiting();
    let before = bytes(&place);
    for keys in [&["Enter"][..], &["q", "Enter"], &["C-d"]] {
        let pane = Pane::open(&place, "cask", SIZE, &[]);
        pane.until_last("Number, or Enter to leave:");
        pane.press(keys);
        pane.ended(0);
        assert_eq!(bytes(&place), before, "{keys:?}");
    }
    let help = place.cask(&["--help"]).ok();
    assert_eq!(place.cask(&[]).ok(), help);
    for (line, env) in [
        ("cask", vec![("CI", "true")]),
        ("cask --no-interactive", vec![]),
        ("cask | cat", vec![]),
        ("echo 1 | cask", vec![]),
    ] {
        let pane = Pane::open(&place, line, (80, 90), &env);
        let shown = pane.ended(0);
        assert!(
            shown.contains("Usage: cask <command> [options]") && !shown.contains("What comes next?"),
            "{line}"
        );
    }
    assert_eq!(bytes(&place), before);
}
