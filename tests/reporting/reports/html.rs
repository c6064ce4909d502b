//! The page for a browser, as a parser that is not ours reads it: what a stranger wrote is text and nothing else,
//! nothing is loaded, and on any size the gravest stay.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use cask::canon::visible::visible;
use cask::model::phrase::Phrase;
use cask::model::report::{Report, Step};
use cask::report::style::Style;
use cask::report::{html, words};
use serde_json::Value;

use super::{ADDRESS, all, stories};
use crate::gfm::hostile;

fn page(report: &Report) -> String {
    html::render(report, &Style::default())
}

/// What Python's parser makes of the pages.
fn outlines(pages: &[String]) -> Vec<Value> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reporting/reports/outline.py");
    let mut child = Command::new("python3")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this test needs the program python3");
    let mut stdin = child.stdin.take().expect("stdin is piped");
    let input = serde_json::to_vec(pages).expect("JSON");
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().expect("python ends");
    writer.join().expect("the writer ends").expect("python reads its input");
    assert!(output.status.success(), "python failed");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().expect("a list").iter().map(|item| item.as_str().expect("a text")).collect()
}

/// Elements and attributes that the page is made of; others were a stranger's.
const ATTRIBUTES: &str = "class id href lang charset name content http-equiv viewbox width height aria-hidden \
    aria-label aria-labelledby d cx cy r scope type checked open tabindex";
const INSIDE: &str = "caption thead tbody tr th td span ins del bdi code b";

/// What holds for the outline of any page.
fn sound(outline: &Value, about: &str) {
    assert_eq!(texts(&outline["other"]), Vec::<&str>::new(), "{about}");
    let known: BTreeSet<&str> = ATTRIBUTES.split_whitespace().collect();
    for attribute in texts(&outline["attributes"]) {
        let name = attribute.split(' ').nth(1).unwrap_or_default();
        assert!(known.contains(name), "{about}: {attribute}");
        assert!(name != "href" || attribute.starts_with("a "), "{about}: {attribute}");
    }
    for tag in texts(&outline["inside"]) {
        assert!(INSIDE.split(' ').any(|known| known == tag), "{about}: <{tag}> in a difference");
    }
    let ids = texts(&outline["ids"]);
    assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len(), "{about}: {ids:?}");
    for id in &ids {
        assert!(
            id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
            "{about}: {id}"
        );
    }
    for link in texts(&outline["links"]) {
        match link.strip_prefix('#') {
            Some(id) => assert!(ids.contains(&id), "{about}: nothing is at {link}"),
            None => assert!(link.starts_with(ADDRESS), "{about}: {link}"),
        }
    }
    let policy = outline["policy"].as_str().expect("a policy");
    let parts: Vec<&str> = policy.split("; ").collect();
    assert_eq!(parts[0], "default-src 'none'", "{about}");
    for part in ["style-src 'sha256-", "script-src 'sha256-", "base-uri 'none'", "form-action 'none'"] {
        assert!(parts.iter().any(|p| p.starts_with(part)), "{about}: {policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains("http") && !policy.contains('*'), "{policy}");
}

/// Both have the same elements in the same order; shows the first that differ.
fn same_shape(one: &Value, other: &Value, about: &str) {
    let (a, b) = (texts(&one["shape"]), texts(&other["shape"]));
    let at = a.iter().zip(&b).position(|(a, b)| a != b).unwrap_or(a.len().min(b.len()));
    let near = |of: &[&str]| of[at.saturating_sub(12)..of.len().min(at + 4)].join(" ");
    assert_eq!(near(&a), near(&b), "{about}");
    assert_eq!(a.len(), b.len(), "{about}");
}

#[test]
fn pages_are_whole_and_load_nothing() {
    let stories = all();
    let pages: Vec<String> = stories.iter().map(|(_, report)| page(report)).collect();
    for (((name, report), page), outline) in stories.iter().zip(&pages).zip(outlines(&pages)) {
        sound(&outline, name);
        for word in ["@import", "url(", "src=", "style=", "innerHTML", "eval("] {
            assert!(!page.contains(word), "{name}: {word}");
        }
        // Whole without its script: every finding's rule and every subject stand in the page itself.
        let text = outline["text"].as_str().expect("a text");
        for finding in &report.findings {
            assert!(text.contains(finding.rule.id), "{name}: {}", finding.rule.id);
            assert!(text.contains(visible(&finding.subject.name, 80).as_str()), "{name}");
        }
        for step in &report.next {
            for command in step.commands.iter().map(|command| command.at_root()) {
                assert!(text.contains(&command), "{name}: {command}");
            }
        }
    }
}

#[test]
fn no_stranger_becomes_an_element() {
    for (name, report) in all() {
        let poisoned = |text: &str| {
            let mut report = report.clone();
            stories::poison(&mut report, text);
            page(&report)
        };
        let (kinds, mut pages): (Vec<String>, Vec<String>) =
            hostile().into_iter().map(|(kind, text)| (format!("{name}, {kind}"), poisoned(&text))).unzip();
        // No name that could be pasted: the next step is then told in words.
        pages.push(poisoned("Harmless, but for a blank"));
        let mut outlines = outlines(&pages);
        let harmless = outlines.pop().expect("the last");
        for (about, outline) in kinds.iter().zip(&outlines) {
            sound(outline, about);
            // What has no name is called by its kind; a flood costs a change its difference.
            if ![", empty", ", 1 MB name"].iter().any(|kind| about.ends_with(kind)) {
                same_shape(outline, &harmless, about);
            }
            assert_eq!(outline["title"], harmless["title"], "{about}");
        }
        for ((kind, text), outline) in hostile().iter().zip(&outlines) {
            let start = visible(&text.chars().take(9).collect::<String>(), 99);
            let shown = outline["text"].as_str().expect("a text");
            assert!(shown.contains(&start), "{name}, {kind}: {start:?} is not shown");
        }
    }
}

#[test]
fn five_thousand_changes_fit_and_every_one_that_stops_has_its_evidence() {
    for total in [5_000, 20_000] {
        let report = stories::weighed(stories::many(total));
        let page = page(&report);
        assert!(page.len() <= html::BUDGET, "{total}: {}", page.len());
        let outline = &outlines(std::slice::from_ref(&page))[0];
        sound(outline, "many");
        let folds = texts(&outline["ids"]).iter().filter(|id| id.starts_with("c-")).count();
        assert!(folds > 1_000 && folds < total, "{folds}");
        for i in [0, 6, 47, 78] {
            let name = if i < 48 { format!("create_thing_{i:04}") } else { format!("list_thing_{i:04}") };
            assert!(page.matches(&name).count() >= 2, "{name}");
        }
        let text = outline["text"].as_str().expect("a text");
        assert!(text.contains("subjects is left out for length; the JSON report has it."), "{folds}");
        let told = format!("The evidence of {}", words::count(total - folds, "more subject"));
        assert!(text.contains(&told), "{told}");
    }
    // One change that would fill the page alone costs only its own difference.
    let mut report = stories::breaking();
    let long: String = (0..400_000).map(|n| format!("word{n} ")).collect();
    report.findings[0].after =
        Some(cask::canon::Node::texts((0..9_000).map(|n| format!("{n}{}", &long[..150]))));
    report.findings[0].before = Some(cask::canon::Node::texts((0..9_000).map(|n| format!("{n}"))));
    let page = page(&report);
    assert!(page.len() <= html::BUDGET && page.matches("<details class=\"change\" id=").count() == 6);
}

#[test]
fn no_part_of_a_page_takes_the_room_of_the_others() {
    let long = || Phrase::quote("\u{202e}".repeat(200));
    let mut report = stories::weighed(stories::many(5_000));
    report.looked_at = (0..9_000).map(|_| long()).collect();
    report.not_looked_at.clone_from(&report.looked_at);
    report.notes.clone_from(&report.looked_at);
    let step = report.next.first().cloned().expect("a step");
    report.next = (0..9_000).map(|_| Step { text: long(), ..step.clone() }).collect();
    for finding in &mut report.findings {
        finding.change = long();
        finding.why = vec![long(), long(), long()];
    }
    let page = page(&report);
    assert!(page.len() <= html::BUDGET, "{}", page.len());
    assert!(page.contains("more in the JSON report") && page.contains("</html>"));
}

/// The document as Chromium holds it once its scripts have run.
fn dom(page: &str, dir: &Path, name: &str) -> String {
    let path = dir.join(format!("{name}.html"));
    std::fs::write(&path, page).expect("written");
    let output = Command::new("chromium")
        .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--dump-dom"])
        .arg(format!("--user-data-dir={}", dir.join("profile").display()))
        .arg(format!("file://{}", path.display()))
        .stderr(Stdio::null())
        .output()
        .expect("this test needs the program chromium (Debian: apt-get install chromium)");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(text.starts_with("<!DOCTYPE html>"), "{name}: {text}");
    text
}

#[test]
fn a_browser_runs_our_script_and_no_strangers() {
    let dir = tempfile::tempdir().expect("a folder");
    let all_at_once: Vec<String> =
        hostile().into_iter().map(|(_, text)| text.chars().take(400).collect()).collect();
    let attack = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">";
    let mut pages = Vec::new();
    for (name, text) in [
        ("harmless", "Harmless, but for a blank".to_owned()),
        ("attack", attack.to_owned()),
        ("all", all_at_once.concat()),
    ] {
        let mut report = stories::breaking();
        stories::poison(&mut report, &text);
        pages.push(dom(&page(&report), dir.path(), name));
    }
    // Were the encoder to fail, the policy would still stand.
    let pierced =
        page(&stories::breaking()).replace("<main id=\"main\">", &format!("<main id=\"main\">{attack}"));
    pages.push(dom(&pierced, dir.path(), "pierced"));
    let outlines = outlines(&pages);
    for (name, outline) in ["harmless", "attack", "all", "pierced"].iter().zip(&outlines) {
        assert!(texts(&outline["ids"]).contains(&"search"), "{name}: the script did not run");
        assert_eq!(outline["title"], outlines[0]["title"], "{name}");
        if *name != "pierced" {
            same_shape(outline, &outlines[0], name);
        }
    }
}
