//! Flows that lead a person line by line, in a real terminal: to the end, and left half way with every byte as it was.
#![cfg(unix)]

#[path = "support/pane.rs"]
mod pane;
#[path = "support/cask.rs"]
mod support;

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
    // In CI, or where something is piped in: as ever.
    for (line, env) in [
        ("cask init --id alice", vec![("CI", "true")]),
        ("echo 1 | cask init --id alice --no-passphrase", vec![]),
    ] {
        let place = shop();
        let pane = Pane::open(&place, line, (80, 60), &env);
        let shown = pane.until_last("Write and sign them? [y/N]");
        assert!(!shown.contains("Which key") && !place.path(TRUST).exists(), "{line}\n{shown}");
        pane.line("n");
        pane.ended(3);
    }
    let place = shop();
    let pane = Pane::open(&place, "cask init --no-interactive", (80, 60), &[]);
    let shown = pane.ended(1);
    assert!(!shown.contains("Which key") && shown.contains("nothing was signed"), "{shown}");
}
