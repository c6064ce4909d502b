//! `cask drift`: the pairs of the reference system against a table, what it compares, and what it refuses.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;

#[path = "support/pairs.rs"]
mod pairs;
#[path = "support/cask.rs"]
mod support;

use support::{Place, Ran};

/// A row of drift.tsv.
struct Row {
    pair: String,
    exit: i32,
    reference: i32,
    rules: BTreeSet<String>,
    why: String,
}

fn table() -> Vec<Row> {
    let text = include_str!("../fixtures/reference/drift.tsv");
    let rows = text.lines().filter(|l| !l.starts_with('#')).skip(1);
    rows.map(|line| {
        let cells: Vec<&str> = line.split('\t').collect();
        let [pair, exit, reference, rules, why] = cells[..] else { panic!("five cells: {line}") };
        Row {
            pair: pair.into(),
            exit: exit.parse().unwrap(),
            reference: reference.parse().unwrap(),
            rules: rules.split(' ').filter(|r| *r != "-").map(str::to_owned).collect(),
            why: why.into(),
        }
    })
    .collect()
}

/// A folder with base and head of a pair.
fn place(pair: &str) -> Place {
    let place = Place::new();
    for (side, files) in [("base", pairs::base()), ("head", pairs::head_of(pair))] {
        for (path, bytes) in files {
            place.write(&format!("{side}/{path}"), bytes);
        }
    }
    place
}

fn rules(ran: &Ran) -> BTreeSet<String> {
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let found = report["findings"].as_array().unwrap();
    found.iter().map(|f| f["rule"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_pairs_drift_as_the_table_foretells() {
    let rows = table();
    for pair in 1..=24 {
        assert!(rows.iter().any(|r| r.pair == format!("{pair:02}")), "pair {pair:02} has no row");
    }
    let mut wrong = Vec::new();
    for row in rows {
        assert!(row.exit == row.reference || !row.why.is_empty(), "{}: why it differs is not said", row.pair);
        let place = place(&row.pair);
        let ran = place.cask(&["drift", "--from", "base", "--to", "head", "--format", "json"]);
        let told = rules(&ran);
        if ran.code != row.exit || told != row.rules {
            wrong.push(format!("{}: exit {} (foretold {}), {told:?}", row.pair, ran.code, row.exit));
        }
        // A baseline alone has the same surface.
        let alone = place.cask(&[
            "drift",
            "--baseline",
            "base/artifact/baseline.json",
            "--to",
            "head/artifact/baseline.json",
            "--format",
            "json",
        ]);
        if (alone.code, rules(&alone)) != (row.exit, told) {
            wrong.push(format!("{}: the baselines alone: exit {}", row.pair, alone.code));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_files_of_the_reference_are_written_on_request() {
    let place = place("05");
    let args = ["drift", "--baseline", "base/artifact/baseline.json", "--to", "head/artifact/baseline.json"];
    place.cask(&[&args[..], &["--format", "both", "--output", "out"]].concat());
    let file: serde_json::Value = serde_json::from_str(&place.read("out/drift.json")).unwrap();
    // As the reference system wrote it of this very pair.
    let risk = file["drifts"].as_array().unwrap().iter().find(|d| d["type"] == "risk").unwrap();
    assert_eq!(risk["id"], "d_00adbbcdfaad");
    assert_eq!(file["from_baseline_id"], "cap_ref_base");
    let text = place.read("out/drift.md");
    assert!(text.contains("### RISK (1)\n\n#### Risk tier escalated\n\n- **Severity:** warning\n- **Endpoint:** `POST /v1/orders`"), "{text}");
    let nowhere = place.cask(&[&args[..], &["--format", "both"]].concat());
    assert_eq!(nowhere.code, 3);
}

#[test]
fn a_side_in_git_is_read_from_its_commit() {
    let place = Place::with_git();
    for (path, bytes) in pairs::base() {
        place.write(&format!("pack/{path}"), bytes);
    }
    place.merge("base");
    for (path, bytes) in pairs::head_of("04") {
        place.write(&format!("pack/{path}"), bytes);
    }
    let ran = place.cask(&["drift", "--from", "git:HEAD:pack", "--to", "pack"]);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("drifted: 1 of 6 tools no longer matches what was approved"), "{}", ran.out);
    let same = place.cask(&["drift", "--toolpack", "pack", "--to", "pack"]);
    assert_eq!(same.code, 0);
    assert!(same.out.contains("passed: everything is as it was locked"), "{}", same.out);
}

#[test]
fn what_cannot_be_looked_at_is_never_no_drift() {
    let place = place("01");
    place.write("broken.json", "{\"endpoints\": {}}");
    for (args, told) in [
        (&["--from", "base"][..], "what is there now is not named"),
        (&["--to", "base"], "what was locked is not named"),
        (&["--from", "base", "--to", "nowhere"], "there is no such file or folder"),
        (&["--from", "git:HEAD:base", "--to", "base"], "git"),
        (&["--from", "base", "--to", "broken.json"], "broken.json"),
        (&["--from", "base", "--baseline", "base/artifact/baseline.json", "--to", "base"], "--from"),
    ] {
        let ran = place.cask(&[&["drift"][..], args].concat());
        assert_eq!(ran.code, 3, "{args:?}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains(told), "{args:?}: {}", ran.err);
        assert!(ran.out.is_empty(), "{args:?}");
    }
}
