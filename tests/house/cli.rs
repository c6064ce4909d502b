//! The command line from outside: help, usage errors, exit codes, streams, and the pages made from its table.

use crate::{support, typed};

use std::io::Read;
use std::process::Stdio;

use cask::cmd::row::{JUDGES, Shown};
use cask::cmd::table::{ALIASES, COMMANDS};
use cask::cmd::{docs, formats_page, schema_kinds};
use support::{Place, in_step};
use typed::Taken;

#[test]
fn the_help_page_fits_and_is_the_same_by_every_way() {
    let place = Place::new();
    let page = place.cask(&[]).ok();
    for args in [&["--help"][..], &["-h"], &["help"]] {
        assert_eq!(place.cask(args).ok(), page, "{args:?}");
    }
    assert!(page.lines().all(|line| line.chars().count() <= 80), "{page}");
    assert!(page.lines().count() <= 55, "{page}");
    for heading in ["Usage: cask <command> [options]", "Options everywhere", "Exit codes"] {
        assert!(page.contains(heading), "{heading}");
    }
    for row in COMMANDS.iter().filter(|row| row.shown != Shown::Inside) {
        assert!(page.contains(row.words), "{} is not on the page", row.words);
    }
    assert!(page.contains("\n  key           your own keys: new, list, show, import, export\n"), "{page}");
}

#[test]
fn every_command_of_the_table_has_help_with_examples_and_exit_codes() {
    let place = Place::new();
    let all = place.cask(&["--help-all"]).ok();
    for row in COMMANDS.iter().filter(|row| row.leaf.is_some()) {
        let words: Vec<&str> = row.words.split(' ').collect();
        let help = place.cask(&[&words[..], &["--help"]].concat()).ok();
        assert_eq!(place.cask(&[&["help"], &words[..]].concat()).ok(), help, "{}", row.words);
        assert!(help.starts_with(&row.line[..1].to_uppercase()), "{}: {help}", row.words);
        assert!(help.contains(&format!("Usage: cask {}", row.words)), "{}: {help}", row.words);
        assert_eq!(row.examples.len(), 2, "{} has two examples", row.words);
        assert!(row.examples.iter().all(|line| help.contains(line)), "{}: {help}", row.words);
        let mut lines = help.lines().filter(|line| !row.examples.contains(&line.trim()));
        assert!(lines.all(|line| line.chars().count() <= 80), "{}: {help}", row.words);
        assert!(row.exits.iter().all(|(code, says)| help.contains(&format!("  {code}  {says}"))));
        assert!(row.exits.iter().all(|(code, _)| JUDGES.iter().any(|(c, _)| c == code)), "{}", row.words);
        assert!(!row.line.ends_with('.') && row.line.chars().count() <= 90, "{}", row.words);
        assert!(all.contains(&format!("\n  {} ", row.words)), "{} is not listed", row.words);
    }
}

#[test]
fn the_examples_in_help_are_command_lines_that_parse() {
    for row in COMMANDS {
        for example in row.examples {
            let commands = typed::commands(example).expect("a line of a shell");
            assert!(!commands.is_empty(), "{example}");
            for command in commands {
                assert_eq!(typed::taken(&command), Taken::Whole, "{example}");
            }
        }
    }
}

#[test]
fn a_line_that_is_no_command_is_told() {
    let told = |line: &str| {
        let commands = typed::commands(line).expect("a line");
        commands.iter().map(|words| typed::taken(words)).collect::<Vec<_>>()
    };
    assert_eq!(
        told("cask key export --public | A=1 cask trust add ci --key - > x && git x"),
        [Taken::Whole, Taken::Whole]
    );
    assert_eq!(told("cask man | man -l -"), [Taken::Whole]);
    assert_eq!(told("cask trust add bob"), [Taken::Unfinished]);
    assert!(matches!(&told("cask gate allow --al")[..], [Taken::Not(_)]));
    assert!(matches!(&told("cask help key nwe")[..], [Taken::Not(_)]));
    assert_eq!(typed::commands("cask gate allow \""), None);
}

#[test]
fn former_spellings_call_the_command_they_stood_for() {
    let place = Place::new();
    for (old, new) in ALIASES.iter().filter(|(_, new)| COMMANDS.iter().any(|row| row.words == *new)) {
        let help = |words: &str| {
            let words: Vec<&str> = words.split(' ').chain(["--help"]).collect();
            place.cask(&words).ok().replace(&format!("cask {old}"), &format!("cask {new}"))
        };
        assert_eq!(help(old), help(new), "{old}");
    }
}

#[test]
fn usage_errors_are_3_in_one_form_and_leave_stdout_empty() {
    let place = Place::new();
    for (args, says) in [
        (&["no-such"][..], "unknown command \"no-such\""),
        (&["key", "lst"], "cask key list        (did you mean this?)"),
        (&["ruls"], "cask rules           (did you mean this?)"),
        (&["key"], "`cask key` needs a command"),
        (&["gate", "alow"], "cask gate allow      (did you mean this?)"),
        (&["allow"], "cask gate allow      (did you mean this?)"),
        (&["inspct"], "unknown command \"inspct\""),
        (&["ci", "--formt", "json"], "cask ci --format     (did you mean this?)"),
        (&["--color", "alway", "key", "list"], "--color always       (did you mean this?)"),
        (&["completions", "zhs"], "zsh                  (did you mean this?)"),
        (&["schema", "tust"], "cask schema trust    (did you mean this?)"),
        (&["--no-such"], "\"--no-such\""),
        (&["key", "new", "--nam", "x"], "--name"),
        (&["key", "new", "--name"], "--name <NAME>"),
        (&["key", "import"], "<FILE> is missing"),
        (&["trust", "add", "bob"], "--key"),
        (&["trust", "add", "bob", "--key", "x", "--max-risk", "severe"], "severe"),
        (&["--color", "pink", "key", "list"], "pink"),
        (&["rules", "gate.unaproved"], "no rule or family is called \"gate.unaproved\""),
        (&["rules", "gate.unaproved"], "cask rules gate.unapproved (did you mean this?)"),
        (&["rules", "trust.bootstrp"], "cask rules trust.bootstrap (did you mean this?)"),
        (&["rules", "trst"], "cask rules trust     (did you mean this?)"),
        (&["rules", "--family", "gat"], "--family gate        (did you mean this?)"),
        (&["rules", "show"], "the id of a rule is missing"),
        (&["rules", "show", "trust"], "no rule or family is called \"trust\""),
        (&["rules", "trust", "sig"], "one argument too many"),
        (&["rules", "--axis", "money"], "one of: trust, capability, contract, hygiene"),
        (&["rules", "--severity", "grave"], "by-risk, unjudged"),
        (&["rules", "--family", "gat"], "one of: op, host"),
        (&["explain"], "<ID|FINGERPRINT|NAME> is missing"),
        (&["explain", "0123456789abcdef"], "not in a git repository"),
        (&["explain", "x", "--report", "no-such.json"], "there is no such file"),
        (&["explain", "bootstrap"], "cask rules trust.bootstrap (did you mean this?)"),
        (&["schema", "no-such"], "name one of trust, gate, toolpack"),
        (&["workflow"], "`cask workflow` is not built"),
        (&["workflow", "run", "--dir", "x"], "`cask workflow` is not built"),
        (&["trust", "sign", "--trust-ref"], "--trust-ref"),
        (&["key", "show", "no-such"], "no key of this name"),
        (&["key", "show"], "you have no key yet"),
        (&["key", "new", "--name", "../x", "--no-passphrase"], "can't be the name of a key"),
    ] {
        let told = place.cask(args).failed();
        assert!(told.contains(says), "{args:?}: {told}");
        assert!(told.contains("do:   "), "{args:?} leaves the reader alone: {told}");
    }
}

#[test]
fn global_options_stand_before_and_after_the_command() {
    let place = Place::new();
    for args in [&["-q", "key", "list"][..], &["key", "-q", "list"], &["key", "list", "-q"]] {
        let ran = place.cask(args);
        assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "", ""), "{args:?}");
    }
    assert!(place.cask(&["key", "list"]).err.contains("no keys yet"));
    let told = place.cask(&["key", "lst", "--color", "always"]);
    assert!(told.err.contains("unknown command"), "{}", told.err);
}

#[test]
fn the_version_is_one_line_under_both_names() {
    let place = Place::new();
    let version = format!("cask {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(place.cask(&["--version"]).ok(), version);
    assert_eq!(place.cask(&["-V"]).ok(), version);
    let other = std::process::Command::new(env!("CARGO_BIN_EXE_caskmcp")).arg("-V").output().expect("runs");
    assert_eq!(String::from_utf8_lossy(&other.stdout), version);
}

#[test]
fn a_reader_that_goes_away_is_no_panic_and_changes_no_exit_code() {
    let place = Place::new();
    let mut child =
        place.command(&["rules"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("cask runs");
    drop(child.stdout.take());
    let status = child.wait().expect("it ends");
    let mut err = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut err).expect("text");
    assert_eq!((status.code(), err.as_str()), (Some(0), ""));
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_can_not_be_written_is_not_a_pass() {
    let place = Place::new();
    let full = std::fs::File::options().write(true).open("/dev/full").expect("Linux has it");
    let out = place.command(&["rules"]).stdout(full).output().expect("cask runs");
    assert_eq!(out.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&out.stderr).contains("can't be written"));
}

#[test]
fn a_rule_has_a_page_and_a_family_a_list() {
    let place = Place::new();
    let page = place.cask(&["rules", "trust.bootstrap"]).ok();
    assert_eq!(place.cask(&["explain", "trust.bootstrap"]).ok(), page);
    assert!(page.starts_with("trust.bootstrap  first trust file\n"), "{page}");
    let list = place.cask(&["rules", "trust"]).ok();
    assert!(list.lines().count() > 5 && list.lines().all(|line| line.starts_with("trust.")), "{list}");
    assert_eq!(place.cask(&["rules"]).ok().lines().count(), cask::rules::all().count());
    assert_eq!(place.cask(&["rules", "show", "trust.bootstrap"]).ok(), page);
}

#[test]
fn rules_are_filtered_and_shown_for_programs_and_pages() {
    use cask::rules::{Axis, Level, Severity, all};
    let place = Place::new();
    let lines = |args: &[&str]| place.cask(&[&["rules"], args].concat()).ok().lines().count();
    let grave = all().filter(|r| r.level == Level::Fixed(Severity::Critical) && r.is_on(Axis::Capability));
    assert_eq!(lines(&["--axis", "capability", "--severity", "critical"]), grave.count());
    let text = all().filter(|r| r.id.starts_with("text.")).count();
    assert_eq!(lines(&["--family", "text"]), text);
    assert_eq!(lines(&["text", "--axis", "trust"]), 0);
    let by_risk = all().filter(|r| r.level == Level::ByRisk).count();
    assert!(by_risk > 0 && lines(&["--severity", "by-risk"]) == by_risk);
    let out = place.cask(&["rules", "--format", "json"]).ok();
    let read: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(read["schema"], "cask.rules/1");
    let ids: Vec<&str> =
        read["rules"].as_array().expect("a list").iter().filter_map(|r| r["id"].as_str()).collect();
    assert_eq!(ids, all().map(|r| r.id).collect::<Vec<_>>());
    let first = &read["rules"][0];
    for member in ["id", "family", "severity", "title", "clause", "why", "fix"] {
        assert!(first[member].as_str().is_some_and(|text| !text.is_empty()), "{member}");
    }
    let page = place.cask(&["rules", "text", "--format", "markdown"]).ok();
    assert!(page.starts_with("## Text cues\n\n### text."), "{page}");
    let whole =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/rules.md")).expect("there");
    assert!(whole.contains(&page) && page.matches("\n### ").count() == text, "{page}");
}

#[test]
fn every_schema_is_printed_and_kept_under_docs() {
    let place = Place::new();
    let listed = place.cask(&["schema"]).ok();
    for kind in schema_kinds::KINDS {
        assert!(listed.contains(kind.name), "{listed}");
        let text = place.cask(&["schema", kind.name]).ok();
        let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(value["$schema"], "https://json-schema.org/draft/2020-12/schema", "{}", kind.name);
        in_step(&format!("docs/schemas/{}", kind.path()), &text);
    }
}

#[test]
fn the_pages_made_from_the_table_are_in_step() {
    in_step("docs/cli.md", &docs::cli());
    in_step("docs/exit-codes.md", &docs::exit_codes());
    in_step("docs/formats.md", &formats_page::formats());
}
