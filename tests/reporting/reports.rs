//! What people and programs see of a report: goldens of each format, and what must hold for any report,
//! hostile names included. `BLESS=1` writes the goldens anew.

mod annotations;
mod html;
mod pages;
mod sarif;

use crate::{gfm, stories};

use std::path::PathBuf;

use cask::canon::Node;
use cask::canon::visible::hidden;
use cask::judge::hide;
use cask::model::finding::{Finding, SubjectKind};
use cask::model::gate_config::FailOn;
use cask::model::phrase::Phrase;
use cask::model::report::{Report, Verdict};
use cask::report::formats::FORMATS;
use cask::report::style::Style;
use cask::report::{failure, github_md, json, status, terminal, width};
use cask::rules::{Severity, gate, host, text};
use gfm::{Event, count, hostile, rendered};

const ADDRESS: &str = "https://github.com/acme/shop-agent/";

fn golden(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/reports").join(name);
    if std::env::var_os("BLESS").is_some() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(&path, text).expect("written");
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, known, "{name} differs; BLESS=1 writes it anew");
}

fn all() -> Vec<(&'static str, Report)> {
    let all = vec![
        ("breaking", stories::breaking()),
        ("review", stories::review()),
        ("clean", stories::clean()),
        ("first-adoption", stories::first_adoption()),
        ("folded", stories::folded()),
        ("unjudged", stories::unjudged()),
    ];
    all.into_iter().map(|(name, report)| (name, stories::weighed(report))).collect()
}

#[test]
fn goldens_of_every_story_in_every_format() {
    for (name, report) in all() {
        for format in FORMATS {
            let text = (format.render)(&report, &Style::default());
            // The first format with an extension has it alone.
            let first = FORMATS.iter().find(|other| other.extension == format.extension);
            match first.is_some_and(|first| first.id == format.id) {
                true => golden(&format!("{name}.{}", format.extension), &text),
                false => golden(&format!("{name}.{}.{}", format.id, format.extension), &text),
            }
        }
    }
    let many = stories::many(5_000);
    golden("many.md", &github_md::render(&many, &Style::default()));
    golden("many.annotations.txt", &annotations::lines(&stories::weighed(many.clone())));
    golden("many.txt", &terminal::render(&many, &Style::default()));
    golden("status.txt", &status::terminal(&stories::status(), &Style::default()));
    golden("no-base.txt", &failure::terminal(&stories::no_base(), &Style::default()));
}

#[test]
fn what_fail_on_changed_is_said() {
    let mut report = stories::breaking();
    report.fail_on = FailOn::Never;
    let page = github_md::render(&report, &Style { risk_icons: false, ..Style::default() });
    assert!(page.contains("\n### Would block: 4 of 6 changes have no valid approval\n"), "{page}");
    assert!(page.contains("This step passes because fail-on is never."), "{page}");
    let text = terminal::render(&report, &Style::default());
    assert!(text.contains("\nwould block: 4 of 6 changes have no valid approval "), "{text}");
    assert!(text.contains("\nfail-on      never: no verdict fails this run\n"), "{text}");
    assert!(text.contains(" exit 0\n"), "{text}");
    let mut report = stories::review();
    report.fail_on = FailOn::Any;
    let text = terminal::render(&report, &Style::default());
    assert!(
        text.contains("ends on 2026-12-01") && text.contains(" exit 1\n") && !text.contains("fail-on"),
        "{text}"
    );
}

#[test]
fn titles_count_what_is_at_issue() {
    let title = |findings: Vec<Finding>| {
        let mut report = stories::status();
        (report.verdict, report.findings) = (Verdict::Breaking, findings);
        let page = github_md::render(&report, &Style::default());
        page.lines().skip(1).take(3).collect::<Vec<_>>().join("\n")
    };
    let finding = |rule, name: &str| {
        let at = stories::place("tools.json", 1, "");
        let mut finding = Finding::new(rule, stories::subject(SubjectKind::Tool, name), at);
        finding.approval = stories::missing(1, Vec::new());
        finding
    };
    assert_eq!(
        title(vec![finding(gate::UNAPPROVED, "get_order"), finding(gate::UNAPPROVED, "issue_refund")]),
        "### ⛔ Blocked: 2 of 9 tools have no valid approval\n\nSomething is not approved. 2 unchanged tools carry no \
         signature that counts."
    );
    assert_eq!(
        title(vec![finding(host::CHANGED, "get_order")]),
        "### ⛔ Blocked: 1 change has no valid approval\n\nAn approved tool now calls another host. 1 changed tool \
         carries no signature that counts."
    );
    let mut half = finding(host::CHANGED, "get_order");
    (half.approval.have, half.approval.need) = (1, 2);
    assert!(title(vec![half]).ends_with("1 changed tool lacks a signature that it needs."));
}

#[test]
fn a_subject_in_short_has_few_pieces_and_a_pin_no_break() {
    let mut report = stories::first_adoption();
    let pin = report.pin.clone().expect("a pin");
    let pieces = (1..=40).map(|n| {
        let subject = stories::subject(SubjectKind::Tool, "get_order");
        let finding = Finding::new(host::CHANGED, subject, stories::place("tools.json", n, ""));
        finding.severity(Severity::Info).says("host", Phrase::say(format!("piece {n}.")))
    });
    report.findings.extend(pieces);
    let narrow = Style { width: 40, ..Style::default() };
    let text = terminal::render(&report, &narrow);
    assert!(
        text.contains("piece 6.") && text.contains("and 34 more") && !text.contains("piece 7."),
        "{text}"
    );
    assert!(text.lines().any(|line| line.trim() == pin), "{text}");
}

#[test]
fn no_format_shows_a_credential_whole() {
    let token = "0123456789abcdefghijklmnop";
    let text = format!("send Bearer {token} with it");
    for (name, mut report) in all() {
        for finding in &mut report.findings {
            finding.subject.name.clone_from(&text);
            (finding.before, finding.after) = (Some(Node::text("send it")), Some(Node::text(&text)));
            (finding.change, finding.here) = (Phrase::quote(&text), Phrase::quote(&text));
            finding.why.push(Phrase::quote(&text));
            finding.facts.push((text.clone(), text.clone()));
            hide::in_finding(finding);
        }
        for standing in &mut report.standings {
            (standing.note, standing.target) = (Phrase::quote(&text), text.clone());
            hide::in_standing(standing);
        }
        if let Some(error) = &mut report.error {
            error.message.clone_from(&text);
            error.why.push(text.clone());
            hide::in_error(error);
        }
        for format in FORMATS {
            let page = (format.render)(&report, &Style::default());
            assert!(!page.contains(token), "{name}: {page}");
            let is_told = page.contains("secret: bearer token #");
            assert!(is_told || !matches!(name, "breaking" | "unjudged"), "{name}: {page}");
        }
    }
}

/// Every row of every table, as numbers of cells.
fn tables(events: &[Event]) -> Vec<Vec<usize>> {
    let mut tables: Vec<Vec<usize>> = Vec::new();
    for event in events {
        match event {
            Event::Open(name, _) if name == "table" => tables.push(Vec::new()),
            Event::Open(name, _) if name == "tr" => tables.last_mut().expect("a table").push(0),
            Event::Open(name, _) if name == "td" || name == "th" => {
                *tables.last_mut().and_then(|table| table.last_mut()).expect("a row") += 1;
            }
            _ => {}
        }
    }
    tables
}

/// How often each element that carries structure stands in the page; fails where something is not closed.
fn skeleton(page: &str, about: &str) -> Vec<usize> {
    let events = rendered(page);
    let closed = |of: &str| events.iter().filter(|e| matches!(e, Event::Close(name) if name == of)).count();
    let names = ["h3", "table", "tr", "td", "th", "details", "summary", "pre", "ul", "li", "sub"];
    for name in names {
        assert_eq!(count(&events, name), closed(name), "{about}: <{name}> and </{name}>");
    }
    for name in ["img", "script", "input", "em", "del", "h1", "h2", "h4", "blockquote", "hr", "ol", "iframe"]
    {
        assert_eq!(count(&events, name), 0, "{about}: <{name}>");
    }
    for event in &events {
        if let Event::Open(name, rest) = event
            && name == "a"
        {
            assert!(rest.starts_with(&format!("href=\"{ADDRESS}")), "{about}: {rest}");
        }
        if let Event::Text(text) = event {
            for after in text.split('@').skip(1) {
                let named = after.chars().next().is_some_and(|c| !matches!(c, '\u{200b}' | ' ' | '\n'));
                assert!(!named, "{about}: a mention in {text:?}");
            }
        }
    }
    names.iter().map(|name| count(&events, name)).collect()
}

#[test]
fn pages_are_whole_tables_and_folds() {
    for (name, report) in all() {
        for page in pages::FACES {
            skeleton(&page(&report, &Style::default()), name);
        }
    }
    let events = rendered(&github_md::render(&stories::breaking(), &Style::default()));
    let rules = |n: usize| vec![2; n + 1];
    assert_eq!(
        tables(&events),
        [vec![4; 5], rules(8), rules(3), rules(3), vec![3; 3], rules(2), vec![4; 3]],
        "subjects, three folds of rules, the policy's effect and its rules, the approved ones"
    );
    assert_eq!(count(&events, "details"), 5);
}

#[test]
fn pages_keep_their_budget_and_lose_whole_blocks() {
    let many = github_md::render(&stories::many(5_000), &Style::default());
    assert!(many.len() <= github_md::BUDGET, "{}", many.len());
    let events = rendered(&many);
    assert_eq!(tables(&events)[1].len(), github_md::ROWS + 1);
    assert_eq!(count(&events, "details"), 0);
    // Few changes, each with more to show than a page holds.
    let mut seen = std::collections::BTreeSet::new();
    for kilobytes in [1, 2, 3, 5, 8, 12, 80] {
        let mut report = stories::many(45);
        for (i, finding) in report.findings.iter_mut().enumerate() {
            let words: Vec<String> = (0..kilobytes * 100).map(|n| format!("word{}", n * 7 + i)).collect();
            finding.before = Some(Node::text("before"));
            finding.after = Some(Node::text(words.join(" ")));
            finding.here = cask::model::phrase::Phrase::quote("|".repeat(kilobytes * 30));
            finding.facts = vec![("f".repeat(90), words.join(" ")); 1 + kilobytes];
            if i >= 10 {
                finding.severity = Severity::Low;
            }
            finding.subject.name = format!("{}{i}", "*".repeat(kilobytes * 10));
        }
        if kilobytes == 80 {
            let cues = report.findings.clone().into_iter().flat_map(|finding| {
                [text::SECRECY, text::OVERRIDE, text::EXFIL_VERB]
                    .map(|rule| Finding { rule, ..finding.clone() })
            });
            report.findings.extend(cues.collect::<Vec<_>>());
        }
        let page = github_md::render(&report, &Style::default());
        assert!(page.len() <= github_md::BUDGET, "{kilobytes}: {}", page.len());
        seen.extend(page.split(" · ").filter_map(|part| part.strip_prefix("shortened: ")).map(str::to_owned));
        assert!(page.contains(" are in the [job summary]"), "{kilobytes}");
        skeleton(&page, "shortened");
        // The grave ones stay on any size.
        let rows = if page.contains(" rows, all differences") { 10 } else { github_md::ROWS };
        assert_eq!(tables(&rendered(&page))[0].len(), rows + 1, "{kilobytes}");
    }
    let steps: Vec<&str> = seen.iter().map(String::as_str).collect();
    assert_eq!(steps, ["35 rows, all differences", "all differences", "differences below high"]);
}

/// Text without its SGR sequences; fails on any other control.
fn stripped(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        out.push_str(&rest[..at]);
        let end = at + rest[at..].find('m').expect("an SGR sequence ends");
        let inside = &rest[at + 1..end];
        assert!(inside.starts_with('[') && inside[1..].bytes().all(|b| b.is_ascii_digit()), "{inside:?}");
        rest = &rest[end + 1..];
    }
    out + rest
}

/// What a line of a page may begin with.
const HEADS: &[&str] = &[
    " ",
    "cask ",
    "trust ",
    "✗ ",
    "! ",
    "✓ ",
    "· ",
    "looked at",
    "unseen",
    "known",
    "suppressed",
    "note",
    "blocked: ",
    "passed: ",
    "review: ",
    "author",
    "approver",
    "owner",
    "reviewer",
    "error:",
    "why:",
    "do:",
    "rule:",
    "not judged: ",
    "confirm",
    "then pin it",
    "40 | ",
    "41 | ",
    "42 | ",
    "next ",
    "fail-on",
    "exempted",
];

fn sound(page: &str, columns: usize, about: &str) {
    for line in page.lines() {
        assert!(!line.chars().any(hidden), "{about}: {line:?}");
        let fits = width::columns(line) <= columns || is_one_word(line);
        assert!(fits, "{about}: {} columns: {line}", width::columns(line));
        assert!(line.is_empty() || HEADS.iter().any(|head| line.starts_with(head)), "{about}: {line}");
        assert!(!line.ends_with(' '), "{about}: {line:?}");
    }
}

/// A word to paste is not broken, whatever the width: it stands alone, and no stranger's sign is in it.
fn is_one_word(line: &str) -> bool {
    let word = line.trim_start().trim_end_matches(" \\");
    line.starts_with("  ") && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"._/:-".contains(&b))
}

#[test]
fn colour_and_width_change_no_word() {
    for (name, report) in all().into_iter().chain([("many", stories::many(300))]) {
        for columns in [40, 80, 132] {
            let plain = terminal::render(&report, &Style { width: columns, ..Style::default() });
            sound(&plain, columns, name);
            let dyed = terminal::render(&report, &Style { color: true, width: columns, ..Style::default() });
            assert_eq!(stripped(&dyed), plain, "{name}");
            assert_ne!(dyed, plain, "{name}");
        }
        let ascii = terminal::render(&report, &Style { unicode: false, ..Style::default() });
        assert!(ascii.is_ascii(), "{name}: {ascii}");
    }
    let page = |style: &Style| status::terminal(&stories::status(), style);
    for columns in [40, 80, 132] {
        let style = Style { width: columns, ..Style::default() };
        let dyed = page(&Style { color: true, ..style });
        assert_eq!(stripped(&dyed), page(&style));
        assert!(page(&style).lines().all(|line| width::columns(line) <= columns), "{}", page(&style));
    }
    assert!(page(&Style { width: 132, ..Style::default() }).contains("GET api.shop.example/get_order"));
}

#[test]
fn strangers_change_no_terminal() {
    for (name, report) in all() {
        for (kind, text) in hostile() {
            let mut report = report.clone();
            stories::poison(&mut report, &text);
            for columns in [40, 80] {
                let style = Style { width: columns, ..Style::default() };
                sound(&terminal::render(&report, &style), columns, &format!("{name}, {kind}"));
            }
            let dyed = terminal::render(&report, &Style { color: true, ..Style::default() });
            assert_eq!(stripped(&dyed), terminal::render(&report, &Style::default()), "{name}, {kind}");
            let ascii = terminal::render(&report, &Style { unicode: false, ..Style::default() });
            assert!(ascii.is_ascii(), "{name}, {kind}: {ascii}");
        }
    }
    for (kind, text) in hostile() {
        let mut report = stories::status();
        stories::poison(&mut report, &text);
        let page = status::terminal(&report, &Style::default());
        for line in page.lines() {
            assert!(width::columns(line) <= 80 && !line.chars().any(hidden), "{kind}: {line:?}");
        }
    }
}

#[test]
fn strangers_change_no_json() {
    for (name, report) in all() {
        for (kind, text) in hostile().into_iter().filter(|(_, text)| text.len() < 100_000) {
            let mut report = report.clone();
            stories::poison(&mut report, &text);
            let out = json::render(&report, &Style::default());
            assert!(!out.chars().any(|c| c != '\n' && hidden(c)), "{name}, {kind}");
            let read: serde_json::Value = serde_json::from_str(&out).expect("JSON");
            assert_eq!(read["findings"].as_array().map(Vec::len), Some(report.findings.len()));
            for finding in read["findings"].as_array().expect("a list") {
                assert_eq!(finding["subject"]["name"], text.as_str(), "{name}, {kind}");
                let next = finding["next"].as_str().expect("a text");
                let pasted = !next.starts_with("cask gate allow ")
                    || !next.contains(['\n', ';', '$', '`', '|', '&', '\u{1b}']);
                assert!(pasted, "{name}, {kind}: {next}");
            }
            if report.error.is_some() {
                assert_eq!(read["error"]["message"], text.as_str(), "{name}, {kind}");
            }
        }
    }
}

fn keys(value: &serde_json::Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

#[test]
fn json_has_the_members_of_the_format_in_its_order() {
    let out = json::render(&stories::breaking(), &Style::default());
    let read: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(
        keys(&read).join(" "),
        "schema command verdict exit_code fail_on step_exit_code summary sources toolpacks findings shard error"
    );
    assert_eq!(
        keys(&read["summary"]).join(" "),
        "toolpacks toolpacks_changed tools approvals signatures findings axes highest_risk coverage"
    );
    assert_eq!(
        keys(&read["findings"][0]).join(" "),
        "rule axes severity risk subject place before after message why next fingerprint tracking approval known suppressed"
    );
    assert_eq!(read["summary"]["findings"]["critical"], 8);
    assert_eq!(read["summary"]["axes"]["trust"], 3);
    assert_eq!(read["findings"][0]["approval"]["reasons"][0], "gate.definition-mismatch");
    let order: Vec<_> = stories::breaking().findings.iter().map(|f| f.fingerprint()).collect();
    let shown: Vec<_> =
        read["findings"].as_array().expect("a list").iter().map(|f| f["fingerprint"].clone()).collect();
    assert_eq!(order, shown);
    let folded: serde_json::Value =
        serde_json::from_str(&json::render(&stories::folded(), &Style::default())).expect("JSON");
    assert_eq!(folded["summary"]["findings"]["high"], 0);
    assert_eq!(
        (&folded["summary"]["findings"]["known"], &folded["summary"]["findings"]["suppressed"]),
        (&1.into(), &1.into())
    );
    let unjudged: serde_json::Value =
        serde_json::from_str(&json::render(&stories::unjudged(), &Style::default())).expect("JSON");
    assert_eq!(
        (&unjudged["verdict"], &unjudged["exit_code"], &unjudged["error"]["kind"]),
        (&"error".into(), &3.into(), &"input".into())
    );
}
