//! Annotations as the runner of GitHub Actions reads them: which there are, where they point, and that no
//! stranger makes one.

use std::collections::BTreeMap;

use cask::canon::visible::hidden;
use cask::model::finding::Side;
use cask::model::gate_config::FailOn;
use cask::model::report::Report;
use cask::report::annotations;
use cask::report::style::Style;
use cask::rules::Severity;

use super::{all, stories};
use crate::gfm::hostile;

/// A workflow command.
#[derive(Debug, Clone)]
struct Command {
    kind: String,
    properties: BTreeMap<String, String>,
    text: String,
}

fn decoded(text: &str) -> String {
    text.replace("%0D", "\r").replace("%0A", "\n").replace("%3A", ":").replace("%2C", ",").replace("%25", "%")
}

/// Reads as the runner does; fails on a line that is no annotation.
fn read(out: &str) -> Vec<Command> {
    let line = |line: &str| {
        let (head, text) = line.strip_prefix("::").expect("a command").split_once("::").expect("its text");
        let (kind, properties) = head.split_once(' ').expect("properties");
        assert!(["error", "warning", "notice"].contains(&kind), "{line}");
        let properties = properties.split(',').map(|pair| {
            let (name, value) = pair.split_once('=').expect("a value");
            assert!(["file", "line", "endLine", "title"].contains(&name), "{line}");
            (name.to_owned(), decoded(value))
        });
        assert!(!line.contains("##["), "{line}");
        Command { kind: kind.to_owned(), properties: properties.collect(), text: decoded(text) }
    };
    out.strip_suffix('\n').expect("a last line feed").split('\n').map(line).collect()
}

/// The text of the format.
pub fn lines(report: &Report) -> String {
    annotations::render(report, &Style::default())
}

fn commands(report: &Report) -> Vec<Command> {
    read(&lines(report))
}

fn kinds(report: &Report) -> Vec<String> {
    commands(report).into_iter().map(|c| c.kind).collect()
}

#[test]
fn what_fails_the_run_is_an_error_and_no_other() {
    let mut breaking = stories::weighed(stories::breaking());
    assert_eq!(kinds(&breaking), ["error", "error", "error", "error", "notice", "notice"]);
    breaking.fail_on = FailOn::Never;
    assert_eq!(kinds(&breaking), ["warning", "warning", "warning", "warning", "notice", "notice"]);
    let mut review = stories::weighed(stories::review());
    assert!(!kinds(&review).contains(&"error".to_owned()));
    review.fail_on = FailOn::Any;
    assert_eq!(kinds(&review).iter().filter(|kind| *kind == "error").count(), 1);
    assert_eq!(kinds(&stories::unjudged()), ["error"]);
}

#[test]
fn a_run_that_found_nothing_says_so() {
    for report in [stories::clean(), stories::weighed(stories::folded())] {
        let told = commands(&report);
        assert_eq!((told.len(), told[0].kind.as_str()), (1, "notice"));
        assert_eq!(told[0].properties["title"], "cask: Passed");
        assert_eq!(told[0].text, "Nothing changed that needs an approval");
    }
}

#[test]
fn of_thousands_the_gravest_nine_are_shown_and_the_tenth_counts_the_others() {
    let mut report = stories::weighed(stories::many(5_000));
    // The gravest stand last, as in a report they need not.
    report.findings.rotate_left(40);
    let told = commands(&report);
    let of = |kind: &str| told.iter().filter(|c| c.kind == kind).collect::<Vec<_>>();
    assert_eq!((of("error").len(), of("warning").len(), of("notice").len()), (10, 0, 10));
    let critical = of("error").iter().filter(|c| c.properties["title"].ends_with("(critical)")).count();
    assert_eq!(critical, 7);
    assert_eq!(of("error")[9].properties["title"], "cask: 70 more");
    assert_eq!(of("notice")[9].properties["title"], "cask: 4,912 more");
    assert!(told.iter().position(|c| c.kind == "notice") > told.iter().rposition(|c| c.kind == "error"));
}

#[test]
fn an_annotation_points_into_the_head() {
    let mut report = stories::weighed(stories::breaking());
    report.findings.truncate(1);
    let at = |report: &Report| {
        let told = commands(report);
        let get = |name: &str| told[0].properties.get(name).cloned();
        (get("file"), get("line"), get("endLine"))
    };
    let some = |text: &str| Some(text.to_owned());
    let file = "toolpacks/shop/artifact/tools.json";
    assert_eq!(at(&report), (some(file), some("118"), some("118")));
    report.findings[0].place.side = Side::Base;
    assert_eq!(at(&report), (some(file), some("1"), some("1")), "what the head lacks has no line there");
    report.findings[0].place.side = Side::Head;
    report.findings[0].place.line = 0;
    assert_eq!(at(&report).1, some("1"));
    for file in ["", "/etc/passwd", "../outside", "a//b", "a\u{202e}b", &"a".repeat(300)] {
        report.findings[0].place.file = file.to_owned();
        assert_eq!(at(&report), (None, None, None), "{file}");
    }
    let told = commands(&stories::unjudged());
    assert_eq!(told[0].properties["file"], "toolpacks/shop/lockfile/caskmcp.lock.yaml");
    assert_eq!(told[0].properties["line"], "41");
}

/// What a line of a message may begin with.
const HEADS: &[&str] = &[
    "tool",
    "policy",
    "trust",
    "surface",
    "approvals: ",
    "rules: ",
    "cannot judge ",
    "why: ",
    "do: ",
    "rule: ",
    "description ",
    "new tool ",
    "host ",
    "trust file ",
    "rate limit ",
    "unchanged",
];

#[test]
fn strangers_make_no_command_and_begin_no_line() {
    for (name, report) in all() {
        let poisoned = |text: &str| {
            let mut report = report.clone();
            stories::poison(&mut report, text);
            commands(&report)
        };
        let shape = |told: &[Command]| {
            told.iter().map(|c| (c.kind.clone(), c.properties["title"].clone())).collect::<Vec<_>>()
        };
        let harmless = poisoned("harmless");
        for (kind, text) in hostile() {
            let told = poisoned(&text);
            assert_eq!(shape(&told), shape(&harmless), "{name}, {kind}");
            for command in &told {
                assert!(command.text.chars().count() <= 2_000, "{name}, {kind}");
                for line in command.text.split('\n').filter(|_| told.len() > 1) {
                    let cut = line.ends_with('…');
                    assert!(cut || HEADS.iter().any(|head| line.starts_with(head)), "{name}, {kind}: {line}");
                    assert!(!line.chars().any(|c| hidden(c) && c != '\u{200b}'), "{name}, {kind}: {line:?}");
                }
            }
        }
    }
}

#[test]
fn a_subject_has_one_annotation_whatever_was_found_about_it() {
    let report = stories::weighed(stories::breaking());
    let told = commands(&report);
    let order: Vec<&Command> = told.iter().filter(|c| c.text.starts_with("tool get_order:")).collect();
    assert_eq!(order.len(), 1);
    assert_eq!(order[0].properties["title"], "cask: another registrable domain (critical)");
    assert!(order[0].text.contains("\ndescription instructs the model: "), "{}", order[0].text);
    assert!(order[0].text.contains("\napprovals: 0 of 1, changed since approval\n"), "{}", order[0].text);
    assert!(report.findings.iter().filter(|f| f.severity == Severity::Critical).count() > 4);
}
