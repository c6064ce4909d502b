//! The corpus of cases: every folder of fixtures/cases is a change of one toolpack, or of what lies beside toolpacks,
//! and says exactly what must be told of it. `BLESS=1` writes what a reader sees of each, after which a person reads it.
//! fixtures/cases/README.md tells how to add one.

use crate::{case, edit, mirrors};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use case::{Case, Command, DESCRIPTION, Files, PAGES, RECORDING};
use cask::canon::time::Timestamp;
use cask::cmd::beside::{Beside, changes};
use cask::cmd::diff::compare;
use cask::cmd::side::{self, Side};
use cask::compare::launch;
use cask::diff::{CHECKS, DiffContext, Pair};
use cask::drift::{self, Limits, Surface, SurfaceSource, traffic};
use cask::io::load::{self, Loaded};
use cask::io::tree::Tree;
use cask::judge::pack::JudgedPack;
use cask::judge::{Input, judge};
use cask::model::bytes;
use cask::model::finding::{Covers, Finding};
use cask::model::gate_config::{self, FailOn, GateFile};
use cask::model::page_assertions::PageAssertions;
use cask::model::report::{Coverage, Publication, Report, Source, SourceKind};
use cask::model::risk::RiskTier;
use cask::model::verified::{Governance, Section, Strictness, Verified, VerifiedPack};
use cask::report::formats;
use cask::report::style::Style;
use cask::rules::{Rule, all, find, mcp, op, tool, trust};
use cask::source::{self, Options, Sourced};
use cask::verify::{self, Asked, Operations};
use mirrors::MIRRORS;
use rayon::prelude::*;

/// Rules of the diff that no case can hold, with where they are shown.
const BEYOND: &[(&str, &str)] = &[
    ("tool.text-unread", "more text than belongs into a file that people read: src/diff/tests.rs"),
    ("flow.unfollowed", "more hints than belong into a file that people read: src/diff/depends.rs"),
];

/// The faces that are kept beside each case.
const GOLDENS: [(&str, &str); 2] = [("github-md", "expect.github.md"), ("json", "expect.json")];

/// A case and what is told of it, once for all tests.
struct Shown {
    case: Case,
    report: Report,
}

static CASES: LazyLock<Vec<Shown>> = LazyLock::new(|| {
    let cases = Case::all();
    assert!(cases.len() >= 90, "the cases were not read");
    cases.into_par_iter().map(|case| Shown { report: report(&case), case }).collect()
});

fn loaded(files: &Files, case: &str) -> Loaded {
    let tree = Tree::memory(files.clone());
    load::toolpack(&tree, "desk/toolpack.yaml").unwrap_or_else(|fault| panic!("{case}: {fault}"))
}

/// The day on which all cases are judged.
fn now() -> Timestamp {
    "2026-11-24T00:00:00Z".parse().expect("a time")
}

/// Names of the tools of toolpacks beside a case's.
fn names_beside(case: &Case) -> Vec<&str> {
    case.beside.iter().map(String::as_str).collect()
}

/// What lies around a case.
fn context<'c>(case: &'c Case, beside: &'c [&'c str]) -> DiffContext<'c> {
    DiffContext { other_tool_names: beside, now: Some(now()), limits: case.limits.as_ref() }
}

/// What recorded calls show: those of the head against the description of the base, or against those of the base.
fn heard(base: &Files, head: &Files, case: &Case) -> (Vec<Finding>, Coverage) {
    let side = |files: &Files, path: &str| {
        let source = Source { kind: SourceKind::File, commit: None, name: path.to_owned() };
        Side::of_tree(&Tree::memory(files.clone()), path, source).expect("a side")
    };
    let locked = if base.contains_key(DESCRIPTION) { DESCRIPTION } else { RECORDING };
    let (old, new) = side::meet(side(base, locked), side(head, RECORDING), &case.hosts, None).expect("calls");
    let (old, new) =
        (Surface::read(old.surface()).expect("operations"), Surface::read(new.surface()).expect("calls"));
    let gate = GateFile {
        limits: case.limits.clone().unwrap_or_default(),
        coverage: gate_config::Coverage { min: case.coverage },
        ..GateFile::default()
    };
    let limits = Limits::of(&gate, now());
    (drift::run(&old, &new, &limits), drift::coverage(&old, &new, &limits).expect("a recording"))
}

/// What drifted between two descriptions.
fn drifted(base: &Files, head: &Files) -> Vec<Finding> {
    let read = |files: &Files| {
        let document = bytes::described(DESCRIPTION, &files[DESCRIPTION], 16 << 20).expect("YAML");
        let options = Options { files: &BTreeMap::new(), host: None };
        let kind = source::find(&document).expect("a description");
        (kind.read)(DESCRIPTION, &document, &options).unwrap_or_else(|fault| panic!("{fault}"))
    };
    let (old, new) = (read(base), read(head));
    fn surface(sourced: &Sourced) -> Surface<'_> {
        let (baseline, origins) = (&sourced.baseline, Some(&sourced.origins));
        Surface::read(SurfaceSource { file: DESCRIPTION, baseline, pack: None, origins, recorded: None })
            .expect("operations")
    }
    drift::run(&surface(&old), &surface(&new), &Limits::on(Some(now())))
}

/// What a toolpack holds of what was written down for it.
fn verified(case: &Case, files: &Files) -> (Vec<VerifiedPack>, Vec<Finding>) {
    let (tree, loaded) = (Tree::memory(files.clone()), loaded(files, &case.name));
    let contracts = load::contracts(&tree, &loaded.pack);
    let contracts = contracts.unwrap_or_else(|fault| panic!("{}: {fault}", case.name));
    let pages = files.get(PAGES).map(|text| {
        let node = bytes::described(PAGES, text, 1 << 20).expect("YAML");
        PageAssertions::read(PAGES, &node).unwrap_or_else(|fault| panic!("{}: {fault}", case.name))
    });
    let operations = Operations::read(&loaded.pack).expect("operations");
    let (sections, findings) = verify::run(&Asked {
        live: None,
        sighted: None,
        operations: &operations,
        sections: &Section::ALL,
        how: Strictness::default(),
        contracts: contracts.as_ref(),
        pages: pages.as_ref(),
        recorded: None,
    });
    let pack = VerifiedPack {
        id: loaded.pack.header.toolpack_id.clone(),
        path: "desk".to_owned(),
        governance: Governance::None,
        tools: Vec::new(),
        sections,
    };
    (vec![pack], findings)
}

/// What lies beside toolpacks, in both states.
fn beside(base: &Files, head: &Files) -> Beside {
    let (base, head) = (Tree::memory(base.clone()), Tree::memory(head.clone()));
    Beside::look(&GateFile::default(), Some(&base), &head).unwrap_or_else(|failed| panic!("{failed:?}"))
}

/// What the command of a case reports.
fn report(case: &Case) -> Report {
    match case.command {
        Command::Ci => {
            let beside = beside(&case.base, &case.head);
            let mut report = judged("ci", Vec::new(), changes(beside.handed(), &[]).expect("configurations"));
            report.looked_at.extend(beside.looked_at());
            report.not_looked_at.extend(beside.not_looked_at());
            report
        }
        Command::Drift => {
            let (changes, coverage) = match case.is_recorded() {
                true => {
                    let (changes, coverage) = heard(&case.base, &case.head, case);
                    (changes, Some(coverage))
                }
                false => (drifted(&case.base, &case.head), None),
            };
            let name = DESCRIPTION.to_owned();
            let pack = JudgedPack { name, changed: !changes.is_empty(), changes, ..JudgedPack::default() };
            Report { coverage, ..judged("drift", vec![pack], Vec::new()) }
        }
        Command::Verify => {
            let (packs, findings) = verified(case, &case.head);
            let pack = JudgedPack {
                id: packs[0].id.clone(),
                path: "desk".to_owned(),
                changes: findings,
                ..JudgedPack::default()
            };
            let how = Strictness::default();
            let verified = Some(Verified { asked: Section::ALL.to_vec(), how, packs });
            Report { verified, ..judged("verify", vec![pack], Vec::new()) }
        }
        Command::Diff => {
            let (base, head) = (loaded(&case.base, &case.name), loaded(&case.head, &case.name));
            let pack = compare(Some(base), head, &context(case, &names_beside(case)));
            let pack = pack.unwrap_or_else(|failed| panic!("{}: {failed:?}", case.name));
            judged("diff", vec![pack], Vec::new())
        }
    }
}

fn judged(command: &'static str, packs: Vec<JudgedPack>, repository: Vec<Finding>) -> Report {
    let side = |name: &str| Source { kind: SourceKind::Folder, commit: None, name: name.to_owned() };
    judge(Input {
        command,
        gate: &GateFile::default(),
        fail_on: FailOn::Any,
        min_risk: RiskTier::Safe,
        packs,
        repository,
        trust: None,
        trust_used: None,
        gate_source: None,
        base: side("base"),
        head: side("head"),
        publication: Publication::default(),
        now: now(),
        base_name: None,
    })
}

/// What the engine finds between two states.
fn found(base: &Files, head: &Files, case: &Case) -> Vec<Finding> {
    match case.command {
        Command::Drift if case.is_recorded() => return heard(base, head, case).0,
        Command::Drift => return drifted(base, head),
        Command::Ci => return changes(beside(base, head).handed(), &[]).expect("configurations"),
        Command::Verify => return verified(case, head).1,
        Command::Diff => {}
    }
    let (base, head) = (loaded(base, &case.name), loaded(head, &case.name));
    let pair = Pair::new(Some(&base.pack), Some(&head.pack)).expect("operations that can be read");
    cask::diff::run(&pair, &context(case, &names_beside(case)))
}

/// What is told, as cases write it. That something signed differs is told beside or instead of what it means; only
/// cases that name a rule which says so look at it.
fn told(case: &Case, report: &Report) -> Vec<String> {
    let named =
        |rule: &Rule| case.near.iter().chain(&case.rules).any(|r| r.split(' ').next() == Some(rule.id));
    let counts = |f: &&Finding| !tool::UNJUDGED.contains(&f.rule) || named(f.rule);
    let findings = report.findings.iter().filter(counts);
    let mut told: Vec<String> = findings.map(|f| format!("{} {}", f.rule.id, f.severity)).collect();
    told.sort();
    told
}

fn speaks(findings: &[Finding], rule: &str) -> bool {
    findings.iter().any(|f| f.rule.id == rule)
}

/// What is wrong with the cases, one line each.
fn gathered(look: impl Fn(&Case, &Report) -> Vec<String> + Sync) -> Vec<String> {
    CASES.par_iter().flat_map(|shown| look(&shown.case, &shown.report)).collect()
}

fn none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_case_tells_exactly_what_it_says() {
    none(gathered(|case, report| {
        let told = told(case, report);
        match told == case.rules {
            true => Vec::new(),
            false => vec![format!("{} ({}):\n  told {told:?}\n  said {:?}", case.name, case.why, case.rules)],
        }
    }));
}

#[test]
fn readers_see_what_was_read_and_accepted() {
    let bless = std::env::var_os("BLESS").is_some();
    none(gathered(|case, report| {
        let mut wrong = Vec::new();
        for (format, file) in GOLDENS {
            let path = case.dir.join(file);
            // A near miss is about what is not there to be read.
            if case.is_silent() {
                assert!(!path.exists(), "{}: {file} of a near miss", case.name);
                continue;
            }
            let text = (formats::find(format).expect("a format").render)(report, &Style::default());
            if bless {
                std::fs::write(&path, &text).expect("written");
            }
            if std::fs::read_to_string(&path).unwrap_or_default() != text {
                wrong.push(format!("{}: {file} differs; BLESS=1 writes it anew", case.name));
            }
        }
        wrong
    }));
}

#[test]
fn every_rule_of_the_diff_speaks_in_a_case_and_is_silent_in_a_near_miss() {
    let cases = || CASES.iter().map(|shown| &shown.case).filter(|case| case.command != Command::Ci);
    let told: BTreeSet<&str> = cases().flat_map(|c| &c.rules).filter_map(|r| r.split(' ').next()).collect();
    let near: BTreeSet<&str> = cases().flat_map(|c| &c.near).map(String::as_str).collect();
    let mut wrong = Vec::new();
    for id in told.iter().chain(&near) {
        if find(id).is_none() {
            wrong.push(format!("{id}: cases name it and it is no rule"));
        }
    }
    let rules: Vec<&Rule> = all().filter(|rule| CHECKS.iter().any(|check| check.can_emit(rule))).collect();
    assert!(rules.len() > 50, "the checks were not read");
    for Rule { id, .. } in rules.into_iter().filter(|r| BEYOND.iter().all(|(id, _)| *id != r.id)) {
        if !told.contains(id) {
            wrong.push(format!("{id}: no case makes it speak: fixtures/cases/{id}/case.yaml"));
        }
        if !near.contains(id) {
            wrong.push(format!("{id}: no case has it under `near`: fixtures/cases/silent--…/case.yaml"));
        }
    }
    none(wrong);
}

/// Rules of recorded calls; what is told of the way back, where the recording comes first, stands in tests/judging/drift.rs.
#[test]
fn every_rule_of_recorded_calls_speaks_in_a_case_and_is_silent_in_a_near_miss() {
    let cases = || CASES.iter().map(|shown| &shown.case).filter(|case| case.is_recorded());
    let told: BTreeSet<&str> = cases().flat_map(|c| &c.rules).filter_map(|r| r.split(' ').next()).collect();
    let near: BTreeSet<&str> = cases().flat_map(|c| &c.near).map(String::as_str).collect();
    let back = [op::REMOVED, op::REMOVED_AFTER_SUNSET, op::REMOVED_BEFORE_SUNSET];
    let rules = traffic::CHECKS.iter().flat_map(|check| check.emits).filter(|rule| !back.contains(rule));
    let mut wrong = Vec::new();
    for rule in rules {
        if !told.contains(rule.id) {
            wrong.push(format!("{}: no case with calls makes it speak", rule.id));
        }
        if !near.contains(rule.id) {
            wrong.push(format!("{}: no case with calls has it under `near`", rule.id));
        }
    }
    none(wrong);
}

/// Rules of verification: every one speaks in a case of its own; each case is a near miss for the others.
#[test]
fn every_rule_of_verification_speaks_in_a_case_and_is_silent_in_a_near_miss() {
    let cases = || CASES.iter().map(|shown| &shown.case).filter(|case| case.command == Command::Verify);
    let told: BTreeSet<&str> = cases().flat_map(|c| &c.rules).filter_map(|r| r.split(' ').next()).collect();
    let near: BTreeSet<&str> = cases().flat_map(|c| &c.near).map(String::as_str).collect();
    for rule in cask::rules::verify::ALL {
        assert!(told.contains(rule.id), "{}: no case with command: verify", rule.id);
        assert!(near.contains(rule.id), "{}: no near miss with command: verify", rule.id);
    }
}

/// Rules of what lies beside toolpacks: those of launch lines are of the diff too, and must speak in both.
#[test]
fn every_rule_of_clients_and_guards_speaks_in_a_case_and_is_silent_in_a_near_miss() {
    let cases = || CASES.iter().map(|shown| &shown.case).filter(|case| case.command == Command::Ci);
    assert!(cases().count() >= 90, "the cases were not read");
    let told: BTreeSet<&str> = cases().flat_map(|c| &c.rules).filter_map(|r| r.split(' ').next()).collect();
    let near: BTreeSet<&str> = cases().flat_map(|c| &c.near).map(String::as_str).collect();
    assert!(told.iter().chain(&near).all(|id| find(id).is_some()), "{told:?} {near:?}");
    let own: [&Rule; 9] = [
        mcp::SERVER_ADDED,
        mcp::SERVER_REMOVED,
        mcp::SERVER_RENAMED,
        mcp::CLIENT_SETTING_CHANGED,
        mcp::AUTO_APPROVE_WIDENED,
        mcp::DENY_REMOVED,
        mcp::LAUNCH_CASK_WEAKENED,
        trust::GATE_REMOVED,
        trust::WORKFLOW_PRIVILEGED,
    ];
    for rule in launch::EMITS.iter().copied().chain(own) {
        assert!(told.contains(rule.id), "{}: no case with command: ci", rule.id);
        assert!(near.contains(rule.id), "{}: no near miss with command: ci", rule.id);
    }
}

#[test]
fn every_finding_can_be_shown_found_again_and_signed() {
    none(gathered(|case, _| {
        let mut wrong = Vec::new();
        let mut prints: BTreeMap<String, &str> = BTreeMap::new();
        for f in &found(&case.base, &case.head, case) {
            let id = f.rule.id;
            let mut say = |what: &str| wrong.push(format!("{}: {id}: {what}", case.name));
            let is_there = match case.command {
                Command::Ci => case.head.contains_key(&f.place.file) || case.base.contains_key(&f.place.file),
                Command::Diff | Command::Drift | Command::Verify => f.place.file.starts_with("desk/"),
            };
            if f.place.line == 0 || !is_there {
                say(&format!("stands nowhere: {:?}", f.place));
            }
            if f.aspect.is_empty() || f.change.is_empty() || f.here.is_empty() {
                say("a text is missing");
            }
            let message = f.message().plain();
            if message.chars().count() >= 120 {
                say(&format!("long: {message}"));
            }
            // The judge's copy says so of every finding, since a diff asks nobody to sign.
            if f.covers == Covers::Nothing && case.command == Command::Diff {
                say("nobody can sign it");
            }
            if let Some(other) = prints.insert(f.fingerprint(), id) {
                say(&format!("has the fingerprint of {other}"));
            }
        }
        wrong
    }));
}

#[test]
fn nothing_differs_from_itself() {
    none(gathered(|case, _| {
        let mut wrong = Vec::new();
        // A toolpack is no state of what is written down for it.
        if case.command == Command::Verify {
            return wrong;
        }
        // Calls are no state of what they are held against: only those before fit it.
        let sides = [("base", &case.base), ("head", &case.head)];
        for (side, files) in sides.into_iter().take(if case.is_recorded() { 1 } else { 2 }) {
            if case.coverage > 0 {
                continue;
            }
            let found = found(files, files, case);
            wrong.extend(found.iter().map(|f| format!("{}, {side} with itself: {}", case.name, f.rule.id)));
        }
        wrong
    }));
}

#[test]
fn every_face_shows_every_case() {
    none(gathered(|case, report| {
        let shown = |id: &str| (formats::find(id).expect("a format").render)(report, &Style::default());
        let mut wrong = Vec::new();
        let mut holds = |what: &str, is: bool| {
            if !is {
                wrong.push(format!("{}: {what}", case.name));
            }
        };
        for format in formats::FORMATS {
            let text = shown(format.id);
            holds(format.id, !text.is_empty() || format.id == "annotations");
            holds(format.id, text.is_empty() || text.ends_with('\n'));
        }
        let sarif: serde_json::Value = serde_json::from_str(&shown("sarif")).expect("JSON");
        let results = sarif["runs"][0]["results"].as_array().expect("results");
        let told: BTreeSet<&str> = results.iter().filter_map(|r| r["ruleId"].as_str()).collect();
        let page = shown("markdown");
        for rule in report.findings.iter().map(|f| f.rule.id) {
            holds("sarif tells each rule", told.contains(rule));
            holds("the page tells each rule", page.contains(rule));
        }
        for line in shown("annotations").lines() {
            holds(
                "annotations are commands",
                ["::error ", "::warning ", "::notice "].iter().any(|c| line.starts_with(c)),
            );
        }
        wrong
    }));
}

#[test]
fn the_way_back_is_told_by_the_rules_that_mirror() {
    none(gathered(|case, report| {
        // What a recording lacks is no way back, and a state by itself has none.
        if case.is_recorded() || case.command == Command::Verify {
            return Vec::new();
        }
        let back = found(&case.head, &case.base, case);
        let told = MIRRORS.iter().filter(|(rule, _)| speaks(&report.findings, rule));
        let unanswered = told.filter(|(_, answers)| !answers.iter().any(|rule| speaks(&back, rule)));
        unanswered.map(|(rule, answers)| format!("{}: {rule}, back none of {answers:?}", case.name)).collect()
    }));
    for (rule, _) in MIRRORS {
        assert!(CASES.iter().any(|c| speaks(&c.report.findings, rule)), "{rule}: no case tells it");
    }
}

#[test]
fn an_edit_that_does_not_fit_is_refused() {
    use cask::canon::{Limits, read_json::read_json};
    let node = |text: &str| read_json("edit", text.as_bytes(), &Limits::new(4096)).expect("JSON");
    let tree = r#"{"a": {"b": 1}, "list": [{"name": "x", "n": 1}, {"id": "y"}, "z"]}"#;
    let run = |edit: &str| {
        let mut root = node(tree);
        edit::Edit::read(&node(edit))?.apply(&mut root).map(|()| root)
    };
    for (written, made) in [
        (
            r#"{"set": "/a/c", "to": 2}"#,
            r#"{"a": {"b": 1, "c": 2}, "list": [{"name": "x", "n": 1}, {"id": "y"}, "z"]}"#,
        ),
        (
            r#"{"set": "/list/x/n", "to": 2}"#,
            r#"{"a": {"b": 1}, "list": [{"name": "x", "n": 2}, {"id": "y"}, "z"]}"#,
        ),
        (r#"{"remove": "/list/z"}"#, r#"{"a": {"b": 1}, "list": [{"name": "x", "n": 1}, {"id": "y"}]}"#),
        (r#"{"remove": "/list/0"}"#, r#"{"a": {"b": 1}, "list": [{"id": "y"}, "z"]}"#),
        (
            r#"{"rename": "/a/b", "to": "c"}"#,
            r#"{"a": {"c": 1}, "list": [{"name": "x", "n": 1}, {"id": "y"}, "z"]}"#,
        ),
        (
            r#"{"append": "/list", "value": 1}"#,
            r#"{"a": {"b": 1}, "list": [{"name": "x", "n": 1}, {"id": "y"}, "z", 1]}"#,
        ),
    ] {
        assert_eq!(run(written), Ok(node(made)), "{written}");
    }
    for wrong in [
        r#"{"set": "/no/c", "to": 2}"#,
        r#"{"set": "/list/w", "to": 2}"#,
        r#"{"set": "/a/b/c", "to": 2}"#,
        r#"{"set": "", "to": 2}"#,
        r#"{"set": "a", "to": 2}"#,
        r#"{"remove": "/a/c"}"#,
        r#"{"remove": "/list/3"}"#,
        r#"{"rename": "/list/x", "to": "y"}"#,
        r#"{"append": "/a", "value": 1}"#,
        r#"{"set": "/a"}"#,
        r#"{"put": "/a", "to": 1}"#,
    ] {
        assert!(run(wrong).is_err(), "{wrong}");
    }
}
