//! Completions and man pages, by the shells and readers of manuals that are there: bash always, zsh, fish, man and
//! mandoc where they are installed.
#![cfg(unix)]

use crate::support;

use std::collections::BTreeSet;
use std::process::Command;

use cask::cmd::table::{ALIASES, COMMANDS};
use cask::cmd::tree::tree;
use support::Place;

/// Whether a program is on this machine; where it is not, the test says what it left out.
#[expect(clippy::print_stderr, reason = "a test that was left out has to be seen")]
fn have(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let there = std::env::split_paths(&path).any(|dir| dir.join(program).is_file());
    if !there {
        eprintln!("SKIPPED: {program} is not here; ./test installs it");
    }
    there
}

/// What a program prints, which must not complain.
fn said(place: &Place, program: &str, args: &[&str]) -> String {
    let mut command = Command::new(program);
    command.args(args).current_dir(place.root()).env("HOME", place.dir.path()).env("LC_ALL", "C.UTF-8");
    let out = command.env_remove("MANPATH").env("TERM", "dumb").output().expect(program);
    let (told, err) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(out.status.success() && err.is_empty(), "{program} {args:?}: {told}{err}");
    told.into_owned()
}

/// A scratch folder with the script for a shell.
fn scripted(shell: &str) -> Place {
    let place = Place::new();
    place.write("script", place.cask(&["completions", shell]).ok());
    place
}

fn set<'a>(words: impl IntoIterator<Item = &'a str>) -> BTreeSet<&'a str> {
    words.into_iter().collect()
}

/// What bash offers for the last word of a line, as readline asks for it.
fn by_bash(place: &Place, line: &str) -> BTreeSet<String> {
    let ask = r#"source ./script
read -ra COMP_WORDS <<<"$1"
[[ $1 == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_LINE=$1 COMP_POINT=${#1}
compopt() { :; }
$(complete -p cask | sed 's/.*-F \([^ ]*\).*/\1/') cask "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
printf '%s\n' "${COMPREPLY[@]}""#;
    let told = said(place, "bash", &["--norc", "-c", ask, "bash", line]);
    told.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// The commands below a word, or below none.
fn below(word: &str) -> BTreeSet<&'static str> {
    let prefix = if word.is_empty() { String::new() } else { format!("{word} ") };
    let rest = COMMANDS.iter().filter_map(|row| row.words.strip_prefix(prefix.as_str()));
    rest.filter(|rest| !rest.contains(' ')).collect()
}

#[test]
fn bash_offers_every_command_and_option_and_no_former_spelling() {
    let place = scripted("bash");
    let offered = |line: &str| by_bash(&place, line);
    let words = |line: &str| -> BTreeSet<String> {
        offered(line).into_iter().filter(|word| !word.starts_with('-')).collect()
    };
    let owned = |words: BTreeSet<&str>| words.into_iter().map(str::to_owned).collect::<BTreeSet<_>>();
    let mut top = below("");
    top.insert("help");
    assert_eq!(words("cask "), owned(top.clone()));
    top.remove("help");
    assert_eq!(words("cask help "), owned(top));
    for group in COMMANDS.iter().filter(|row| row.leaf.is_none()) {
        assert_eq!(words(&format!("cask {} ", group.words)), owned(below(group.words)), "{}", group.words);
    }
    let mut root = tree(COMMANDS, ALIASES);
    root.build();
    for row in COMMANDS.iter().filter(|row| row.leaf.is_some()) {
        let command = row.words.split(' ').fold(&root, |at, word| at.find_subcommand(word).expect(row.words));
        let longs = command.get_arguments().filter_map(clap::Arg::get_long_and_visible_aliases).flatten();
        let wanted: BTreeSet<String> = longs.map(|long| format!("--{long}")).collect();
        assert_eq!(offered(&format!("cask {} --", row.words)), wanted, "{}", row.words);
    }
    assert_eq!(offered("cask gate al"), owned(set(["allow"])));
    assert_eq!(offered("cask --color "), owned(set(["always", "auto", "never"])));
    assert_eq!(offered("cask ci --format g"), owned(set(["github-md"])));
    assert_eq!(offered("cask completions p"), owned(set(["powershell"])));
    assert!(offered("cask no-such-command --").iter().all(|word| word.starts_with("--")));
}

#[test]
fn fish_offers_commands_with_what_they_do() {
    let place = scripted("fish");
    if !have("fish") {
        return;
    }
    let offered = |line: &str| {
        said(&place, "fish", &["--no-config", "-c", &format!("source ./script; complete -C '{line}'")])
    };
    let gate = offered("cask gate ");
    let names = |text: &str| -> BTreeSet<String> {
        text.lines().filter_map(|line| line.split('\t').next().map(str::to_owned)).collect()
    };
    assert!(below("gate").iter().all(|name| names(&gate).contains(*name)), "{gate}");
    assert!(gate.lines().any(|line| line == "allow\tSign tools"), "{gate}");
    assert!(names(&offered("cask ")).contains("completions"));
    assert!(!names(&offered("cask ")).contains("approve"), "a former spelling is offered");
    assert_eq!(names(&offered("cask ci --color a")), ["always", "auto"].map(str::to_owned).into());
}

#[test]
fn zsh_offers_commands() {
    let place = scripted("zsh");
    if !have("zsh") {
        return;
    }
    std::fs::create_dir(place.path("fpath")).expect("a folder");
    std::fs::rename(place.path("script"), place.path("fpath/_cask")).expect("a script");
    place.write("type.zsh", TYPED);
    let offered = |line: &str| said(&place, "zsh", &["-f", "type.zsh", line]);
    let gate = offered("cask gate ");
    assert!(below("gate").iter().all(|name| gate.contains(name)), "{gate}");
    assert!(gate.contains("Sign tools"), "{gate}");
    assert!(offered("cask gate al").contains("cask gate allow"));
    assert!(offered("cask --color al").contains("cask --color always"));
}

/// A zsh below a terminal of its own: the completion is loaded, the line typed, then a tab; the screen is read until it
/// is quiet.
const TYPED: &str = r#"zmodload zsh/zpty
zpty inner zsh -f -i
zpty -w inner 'fpath=($PWD/fpath $fpath); autoload -Uz compinit && compinit -u -D; LISTMAX=1000; PS1="rea""dy> "'
text=
hear() {
    local part quiet=0
    until (( quiet++ > $1 )); do
        sleep 0.05
        while zpty -rt inner part; do text+=$part quiet=0; done
    done
}
until [[ $text == *'ready> '* ]]; do hear 1; done
zpty -w -n inner $1
hear 4
zpty -w -n inner $'\t'
hear 20
zpty -d inner
print -r -- $text | tr -d '\r\a' | sed 's/\x1b\[[0-9;?]*[A-Za-z]//g'
"#;

#[test]
fn other_shells_are_given_a_script_with_every_command() {
    let place = Place::new();
    for shell in ["powershell", "elvish"] {
        let script = place.cask(&["completions", shell]).ok();
        assert!(below("").iter().all(|word| script.contains(word)), "{shell}");
    }
    let told = place.cask(&["completions", "tcsh"]).failed();
    assert!(told.contains("bash, elvish"), "{told}");
    assert!(place.cask(&["completions"]).failed().contains("<SHELL> is missing"));
}

#[test]
fn every_command_has_a_page_that_readers_of_manuals_take() {
    let place = Place::new();
    let whole = place.cask(&["man"]).ok();
    let told = place.cask(&["man", "manual/man1"]).ok();
    assert_eq!(told, format!("wrote {} pages to manual/man1\n", COMMANDS.len() + 1));
    assert_eq!(place.read("manual/man1/cask.1"), whole);
    let strange = place.cask(&["man", "a\u{1b}[31m"]).ok();
    assert!(strange.ends_with(" pages to a⟨U+001B⟩[31m\n"), "{strange:?}");
    for row in COMMANDS {
        let name = format!("cask-{}", row.words.replace(' ', "-"));
        let page = place.read(&format!("manual/man1/{name}.1"));
        assert!(page.contains(&format!(".TH {} 1", name.to_uppercase())), "{page}");
        let escaped = |text: &str| text.replace('-', "\\-").replace('\'', "\\*(Aq");
        assert!(row.examples.iter().all(|example| page.contains(&escaped(example))), "{page}");
        assert!(row.exits.iter().all(|(_, means)| page.contains(&escaped(means))), "{page}");
    }
    let again = Place::new();
    again.cask(&["man", "manual/man1"]).ok();
    assert_eq!(again.read("manual/man1/cask-ci.1"), place.read("manual/man1/cask-ci.1"));
    if have("man") {
        let shown = said(
            &place,
            "man",
            &["--warnings", "-E", "utf8", "-P", "cat", "-l", "manual/man1/cask-gate-allow.1"],
        );
        for part in
            ["NAME", "cask-gate-allow - Sign tools", "SYNOPSIS", "EXAMPLES", "EXIT STATUS", "cask-gate(1)"]
        {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        let shown =
            said(&place, "man", &["--warnings", "-E", "utf8", "-P", "cat", "-l", "manual/man1/cask.1"]);
        assert!(shown.contains("cask-gate(1)") && shown.contains("what an AI agent may do"), "{shown}");
    }
    if have("mandoc") {
        for row in COMMANDS {
            let name = format!("manual/man1/cask-{}.1", row.words.replace(' ', "-"));
            said(&place, "mandoc", &["-T", "lint", "-W", "error", &name]);
        }
    }
    place.write("file", "");
    assert!(place.cask(&["man", "file"]).failed().contains("do:   "));
}
