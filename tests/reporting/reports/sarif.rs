//! SARIF as its readers take it: the schema of the standard, Microsoft's validator with the rules of GitHub,
//! and what code scanning does with results.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use cask::canon::visible::hidden;
use cask::model::finding::Side;
use cask::model::report::Report;
use cask::report::sarif;
use cask::report::style::Style;
use serde_json::Value;

use super::{all, stories};
use crate::gfm::hostile;

/// Where ./test puts Microsoft's validator, which brings the schema along.
fn validator() -> PathBuf {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools/node_modules/@microsoft/sarif-multitool-linux");
    assert!(folder.is_dir(), "this test needs the SARIF multitool, which ./test installs once");
    folder
}

fn text(report: &Report) -> String {
    sarif::render(report, &Style::default())
}

fn read(report: &Report) -> Value {
    serde_json::from_str(&text(report)).expect("JSON")
}

fn results(log: &Value) -> &[Value] {
    log["runs"][0]["results"].as_array().expect("a list")
}

/// Every report there is, one of many changes, and one with every hostile text in all of its places.
fn corpus() -> Vec<(&'static str, Report)> {
    let mut corpus = all();
    corpus.push(("many", stories::weighed(stories::many(300))));
    let mut strangers = stories::weighed(stories::breaking());
    let poisoned = |(_, text): (String, String)| {
        let mut report = strangers.clone();
        stories::poison(&mut report, &text);
        report.findings.into_iter().take(3)
    };
    strangers.findings = hostile().into_iter().flat_map(poisoned).collect();
    corpus.push(("strangers", strangers));
    corpus
}

fn schema() -> jsonschema::Validator {
    let text = std::fs::read_to_string(validator().join("sarif-2.1.0.json")).expect("the validator's schema");
    jsonschema::validator_for(&serde_json::from_str(&text).expect("JSON")).expect("a schema")
}

#[test]
fn the_schema_and_the_rules_of_github_hold_for_every_report() {
    let tool = validator();
    let schema = schema();
    let folder = tempfile::tempdir().expect("a folder");
    let corpus = corpus();
    for (name, report) in &corpus {
        let text = text(report);
        let log: Value = serde_json::from_str(&text).expect("JSON");
        // First the schema: the validator says nothing about a file that breaks it.
        let wrong: Vec<String> =
            schema.iter_errors(&log).take(3).map(|e| format!("{e} at {}", e.instance_path())).collect();
        assert!(wrong.is_empty(), "{name}: {wrong:?}");
        assert!(!text.chars().any(|c| c != '\n' && hidden(c)), "{name}");
        std::fs::write(folder.path().join(format!("{name}.sarif")), text).expect("written");
    }
    let out = folder.path().join("out.json");
    let ran = Command::new(tool.join("Sarif.Multitool"))
        .arg("validate")
        .arg(folder.path().join("*.sarif"))
        .args([
            "--rule-kind",
            "Sarif;Ghas",
            "--level",
            "Error;Warning",
            "--log",
            "ForceOverwrite",
            "--output",
        ])
        .arg(&out)
        .env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1")
        .output()
        .expect("the validator runs");
    // It exits 0 whatever it finds: only what it wrote counts, and that it looked at every file.
    let told = String::from_utf8_lossy(&ran.stdout).into_owned();
    let said: Value =
        serde_json::from_str(&std::fs::read_to_string(&out).unwrap_or_else(|_| panic!("{told}")))
            .expect("JSON");
    assert!(told.contains(&format!("Done. {} files scanned.", corpus.len())), "{told}");
    let wrong: Vec<String> = results(&said).iter().take(5).map(|r| r.to_string()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_finding_is_a_result_with_one_place_in_the_repository() {
    for (name, report) in all() {
        let log = read(&report);
        let own = usize::from(report.error.is_some());
        assert_eq!(results(&log).len(), report.findings.len() + own, "{name}");
        let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().expect("rules");
        for result in results(&log) {
            let rule = &rules[result["ruleIndex"].as_u64().expect("a number") as usize];
            assert_eq!(rule["id"], result["ruleId"], "{name}");
            assert_eq!(result["locations"].as_array().map(Vec::len), Some(1));
            let place = &result["locations"][0]["physicalLocation"];
            let uri = place["artifactLocation"]["uri"].as_str().expect("a path");
            assert!(!uri.is_empty() && !uri.starts_with('/') && !uri.contains(':'), "{uri}");
            assert!(place["region"]["startLine"].as_u64() >= Some(1), "{place}");
        }
    }
}

#[test]
fn a_place_that_the_head_has_not_is_still_one() {
    let mut report = stories::weighed(stories::breaking());
    report.findings.truncate(1);
    let at = |report: &Report| {
        let place = &read(report)["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
        (
            place["artifactLocation"]["uri"].as_str().expect("a path").to_owned(),
            place["region"]["startLine"].as_u64(),
        )
    };
    assert_eq!(at(&report), ("toolpacks/shop/artifact/tools.json".to_owned(), Some(118)));
    report.findings[0].place.side = Side::Base;
    assert_eq!(at(&report).1, Some(1));
    for file in ["", "/etc/passwd", "../outside", "a/./b"] {
        report.findings[0].place.file = file.to_owned();
        assert_eq!(at(&report), ("toolpacks/shop/toolpack.yaml".to_owned(), Some(1)), "{file}");
    }
    report.findings[0].subject.path = String::new();
    assert_eq!(at(&report).0, ".caskmcp/trust.yaml");
    report.findings[0].place.file = "a b/é:[x]".to_owned();
    assert_eq!(at(&report).0, "a%20b/%C3%A9%3A%5Bx%5D");
}

#[test]
fn five_thousand_results_are_kept_gravest_first_and_the_last_counts_the_others() {
    let whole = read(&stories::weighed(stories::many(5_000)));
    assert_eq!(results(&whole).len(), sarif::RESULTS);
    assert!(results(&whole).iter().all(|r| r["ruleId"] != "cask.more-findings"));
    let mut report = stories::weighed(stories::many(6_000));
    report.findings.reverse();
    let cut = read(&report);
    let results = results(&cut);
    assert_eq!(results.len(), sarif::RESULTS);
    let levels: Vec<&str> = results.iter().map(|r| r["level"].as_str().expect("a level")).collect();
    assert_eq!(levels.iter().filter(|level| **level == "error").count(), 79, "none of the gravest is cut");
    assert!(levels[..79].iter().all(|level| *level == "error"));
    assert_eq!(results[0]["properties"]["severity"], "critical");
    let last = results.last().expect("a last one");
    assert_eq!(last["ruleId"], "cask.more-findings");
    assert!(schema().is_valid(&cut));
    assert_eq!(last["message"]["text"], "1,001 more findings are in the JSON report only.");
}

#[test]
fn alerts_are_known_again_when_lines_move_and_values_change() {
    let report = stories::weighed(stories::breaking());
    let ids = |report: &Report| -> Vec<String> {
        let log = read(report);
        let id = |r: &Value| {
            r["partialFingerprints"]["primaryLocationLineHash"].as_str().expect("a text").to_owned()
        };
        results(&log).iter().map(id).collect()
    };
    let known = ids(&report);
    assert_eq!(known.iter().collect::<BTreeSet<_>>().len(), known.len(), "no two are one alert");
    let tracking: BTreeSet<String> = report.findings.iter().map(|f| format!("{}:1", f.tracking())).collect();
    assert_eq!(known.iter().cloned().collect::<BTreeSet<_>>(), tracking);
    let mut moved = report.clone();
    for finding in &mut moved.findings {
        finding.place.line += 7;
        finding.after = None;
    }
    assert_eq!(ids(&moved), known);
    let mut twice = report.clone();
    twice.findings.insert(1, twice.findings[0].clone());
    assert_eq!(ids(&twice).iter().filter(|id| id.ends_with(":2")).count(), 1);
    let whole = read(&report)["runs"][0]["results"][0]["partialFingerprints"]["caskFinding/v1"].clone();
    assert_eq!(whole.as_str().map(str::len), Some(64));
}

#[test]
fn levels_follow_what_a_finding_comes_to_and_rules_the_gravest_that_was_found() {
    let log = read(&stories::weighed(stories::breaking()));
    let of = |name: &str| {
        let found = results(&log).iter().find(|r| r["properties"]["name"] == name).expect(name);
        found["level"].as_str().expect("a level").to_owned()
    };
    assert_eq!(["get_order", "issue_refund", "list_categories"].map(of), ["error", "error", "note"]);
    let rule = |id: &str| {
        let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().expect("rules");
        rules.iter().find(|r| r["id"] == id).expect(id).clone()
    };
    assert_eq!(rule("tool.added")["properties"]["security-severity"], "9.5");
    assert_eq!(rule("text.secrecy")["properties"]["precision"], "medium");
    let help = rule("host.registrable-domain-changed")["helpUri"].clone();
    assert_eq!(
        help,
        "https://github.com/cask-dev/cask/blob/v0.1.0/docs/rules.md#hostregistrable-domain-changed"
    );
}

#[test]
fn suppressed_findings_are_suppressed_alerts() {
    let log = read(&stories::weighed(stories::folded()));
    let lists: Vec<&Value> = results(&log).iter().map(|r| &r["suppressions"]).collect();
    assert_eq!((lists[0].as_array().map(Vec::len), lists[1].as_array().map(Vec::len)), (Some(0), Some(1)));
    assert_eq!(lists[1][0]["justification"], "our own help pages (alice, until 2027-01-31)");
}

#[test]
fn a_run_that_could_not_judge_is_an_alert_and_not_an_empty_list() {
    let log = read(&stories::unjudged());
    assert_eq!(log["runs"][0]["invocations"][0]["executionSuccessful"], false);
    assert_eq!((results(&log).len(), &results(&log)[0]["level"]), (1, &"error".into()));
    assert_eq!(results(&log)[0]["locations"][0]["physicalLocation"]["region"]["startLine"], 41);
    assert_eq!(read(&stories::clean())["runs"][0]["results"], serde_json::json!([]));
}

#[test]
fn strangers_write_no_links() {
    for (name, report) in all() {
        for (kind, text) in hostile() {
            let mut report = report.clone();
            stories::poison(&mut report, &text);
            for result in results(&read(&report)) {
                let said = result["message"]["text"].as_str().expect("a text");
                assert!(said.chars().count() <= 1_000, "{name}, {kind}");
                let plain = said.replace("\\\\", "").replace("\\[", "").replace("\\]", "");
                assert!(!plain.contains(['[', ']', '\\']), "{name}, {kind}: {said}");
                assert!(!said.chars().any(hidden), "{name}, {kind}: {said:?}");
            }
        }
    }
}
