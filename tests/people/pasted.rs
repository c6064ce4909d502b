//! Commands that pages print, pasted where they were read: they name what is meant from there, and the next one is one
//! that can be run.

#![cfg(unix)]

use crate::support;

use std::path::Path;

use super::gate_cli::World;
use support::copy;

/// The commands that a page shows, each in one line.
fn shown(page: &str) -> Vec<String> {
    let whole = page.replace(" \\\n", " ");
    let commands = whole.lines().filter_map(|line| line.find("cask ").map(|at| &line[at..]));
    commands.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn what_is_printed_in_a_folder_is_pasted_in_that_folder() {
    let world = World::with_people();
    world.commit();
    copy(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/toolpacks/desk"),
        &world.place.path("toolpacks/desk"),
    );
    std::fs::create_dir(world.place.path("src")).expect("a folder");
    let mut named = 0;
    for (folder, toolpack) in
        [("toolpacks", "shop"), ("toolpacks/shop/artifact", ".."), ("src", "../toolpacks/shop")]
    {
        let there = |words: &[&str]| {
            let mut command = world.command(words);
            let ran = command.current_dir(world.place.path(folder)).output().expect("cask runs");
            let text = String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()).into_owned();
            (ran.status.code(), text)
        };
        for judged in [&["gate", "check"][..], &["gate", "status"], &["gate", "review"], &["ci"]] {
            let about = ["--toolpack", toolpack];
            let (_, page) = there(&[judged, if judged == ["ci"] { &[] } else { &about }].concat());
            // A page is never the next step of itself.
            let itself = format!("cask {} --toolpack", judged.join(" "));
            assert!(!judged.ends_with(&["status"]) || !page.contains(&itself), "{page}");
            let commands = shown(&page).into_iter().filter(|line| line.contains("--toolpack"));
            for line in commands.filter(|line| !line.contains("desk")) {
                let words: Vec<&str> = line.split(' ').skip(1).collect();
                assert!(words.ends_with(&about), "{folder}: {line}");
                // Whoever signs is asked by the terminal; here they say so.
                let signs = words.contains(&"allow");
                let said = if signs { &["--key", "alice", "--yes", "--reason", "seen"][..] } else { &[] };
                let (code, text) = there(&[&words, said].concat());
                let done = text.contains("nothing is pending that you have not signed");
                assert!(code.is_some_and(|code| code < 3) || done, "{folder}: {line}\n{text}");
                named += 1;
            }
        }
        // Where several lie, each is named as the way to it.
        if folder == "toolpacks" {
            let (code, text) = there(&["gate", "allow", "--all", "--key", "alice", "--yes"]);
            assert!(code == Some(3) && text.contains("--toolpack desk\n"), "{text}");
        }
        world.place.git(&["checkout", "-q", "--", "toolpacks/shop"]);
    }
    assert!(named >= 12, "{named}");
}

#[test]
fn what_comes_next_can_be_typed_as_it_stands() {
    let openapi = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/recordings/shop.yaml");
    let mint = ["mint", openapi.to_str().expect("text"), "-o", "packs/minted"];
    let next = |page: &str| {
        let line = page.lines().find_map(|line| line.strip_prefix("next")).expect("what comes next");
        line.trim_start_matches(':').trim().to_owned()
    };
    // Where nobody may approve, that comes first.
    let world = World::new();
    for args in [&["gate", "sync"][..], &["gate", "status"], &mint] {
        let said = world.ok(args);
        assert_eq!(next(&said), "cask init", "{said}");
    }
    // What there is is shown all the same, and why nothing of it is judged.
    let said = world.ok(&["gate", "status"]);
    assert!(said.contains("toolpacks/shop   6 tools   no trust file\n"), "{said}");
    assert!(said.lines().any(|line| line.contains("get_user") && line.contains(" -  ")), "{said}");
    assert!(said.contains("nothing is judged: there is no trust file"), "{said}");
    assert!(!said.contains("approved, "), "{said}");
    // Then what waits is reviewed.
    let world = World::with_people();
    for (args, folder) in [(&["gate", "sync"][..], "toolpacks/shop"), (&mint, "packs/minted")] {
        let said = world.ok(args);
        let review = next(&said);
        assert_eq!(review, format!("cask gate review --toolpack {folder}"), "{said}");
        world.exits(&review.split(' ').skip(1).collect::<Vec<_>>(), 1);
    }
    // Whoever names no toolpack is told which there are, by options that the command takes.
    for command in [&["compliance", "report"][..], &["doctor"], &["repair"]] {
        let told = world.exits(command, 3);
        for folder in ["toolpacks/shop", "packs/minted"] {
            assert!(told.contains(&format!("--toolpack {folder}\n")), "{told}");
        }
        assert!(!told.contains("--unsafe"), "{told}");
        let ran = world.place.cask(&[command, &["--toolpack", "packs/minted"]].concat());
        assert!(ran.code < 3, "{}{}", ran.out, ran.err);
    }
}
