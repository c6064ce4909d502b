//! The pages of Markdown: what the whole page has that a comment leaves out, by which steps a page gets
//! shorter, and that no stranger changes the form of either.

use cask::canon::Node;
use cask::model::finding::Finding;
use cask::model::phrase::Phrase;
use cask::model::report::Report;
use cask::report::style::Style;
use cask::report::{github_md, markdown};
use cask::rules::Severity;

use super::{all, skeleton, stories, tables};
use crate::gfm::{count, hostile, rendered};

/// Every renderer of a page.
pub const FACES: [fn(&Report, &Style) -> String; 2] = [github_md::render, markdown::render];

fn whole(report: &Report) -> String {
    markdown::render(report, &Style::default())
}

#[test]
fn strangers_change_no_page() {
    for (name, report) in all() {
        for (face, budget) in FACES.into_iter().zip([github_md::BUDGET, markdown::BUDGET]) {
            let page = |text: &str| {
                let mut report = report.clone();
                stories::poison(&mut report, text);
                face(&report, &Style::default())
            };
            let harmless = skeleton(&page("harmless"), name);
            for (kind, text) in hostile() {
                let page = page(&text);
                let shape = skeleton(&page, &format!("{name}, {kind}"));
                // A flood may cost a page its evidence, not its form.
                if page.contains(" · shortened: ") {
                    assert!(text.len() > 1_000, "{name}, {kind}");
                } else {
                    assert_eq!(shape, harmless, "{name}, {kind}:\n{page}");
                }
                assert!(page.len() <= budget, "{name}, {kind}");
                let title = page.lines().find(|line| line.starts_with("### ")).expect("a title");
                assert!(!title.contains("<code>"), "{title}");
            }
        }
    }
}

#[test]
fn the_whole_page_is_no_comment_and_has_every_row_with_its_evidence() {
    for (_, report) in all() {
        assert!(whole(&report).starts_with("### "), "no marker");
    }
    let report = stories::many(300);
    let page = whole(&report);
    let events = rendered(&page);
    let rows: Vec<usize> = tables(&events).iter().map(Vec::len).collect();
    assert_eq!(rows[1], 79 + 1, "all that wait for an approval");
    assert!(rows.contains(&(221 + 1)), "all that are approved");
    assert_eq!(count(&events, "details"), 300 + 1);
    assert!(!page.contains("shortened") && !page.contains("left out"), "{page}");
    let comment = github_md::render(&report, &Style::default());
    assert_eq!(tables(&rendered(&comment))[1].len(), github_md::ROWS + 1);
    assert!(
        comment.contains(
            "59 more without approval (all high) and the 221 approved ones are in the [job summary]"
        )
    );
}

#[test]
fn five_thousand_changes_fit_and_all_that_need_somebody_stay() {
    let page = whole(&stories::many(5_000));
    assert!(page.len() <= markdown::BUDGET, "{}", page.len());
    skeleton(&page, "many");
    let rows: Vec<usize> = tables(&rendered(&page)).iter().map(Vec::len).collect();
    assert_eq!(rows[1], 79 + 1);
    let listed = rows.last().expect("the approved ones") - 1;
    assert!(listed > 1_000 && listed < 4_921, "{listed}");
    let left = 4_921 - listed;
    let told = format!(
        "{},{:03} more approved and the evidence of 4,921 approved changes are in the JSON report.",
        left / 1_000,
        left % 1_000
    );
    assert!(page.contains(&told), "{told}");
    assert!(page.len() > markdown::BUDGET - 2_048, "the room is used: {}", page.len());
}

/// All of thousands of changes wait for an approval, a third each critical, high and low.
fn open(total: usize, words: usize) -> Report {
    let mut report = stories::many(48);
    let like = report.findings[0].clone();
    let one = |i: usize| {
        let mut finding: Finding = like.clone();
        let name = format!("tool_{i:05}");
        (finding.subject.name, finding.subject.id) = (name.clone(), name);
        finding.severity = [Severity::Critical, Severity::High, Severity::Low][i % 3];
        finding.before = Some(Node::text("before"));
        finding.after = Some(Node::text((0..words).map(|n| format!("w{} ", n * i)).collect::<String>()));
        finding.here = Phrase::quote("here ".repeat(words / 4));
        finding
    };
    report.findings = (0..total).map(one).collect();
    report
}

#[test]
fn a_page_gets_shorter_by_differences_then_mild_rows_then_evidence_then_rows() {
    let shortened = |report: &Report| {
        let page = whole(report);
        assert!(page.len() <= markdown::BUDGET, "{}", page.len());
        skeleton(&page, "shortened");
        let said = page.split(" · ").find_map(|part| part.strip_prefix("shortened: ")).unwrap_or("nothing");
        let tables = tables(&rendered(&page));
        let critical = page.lines().filter(|line| line.starts_with("| **critical** | <code>")).count();
        (said.to_owned(), tables.get(1).map_or(0, Vec::len).saturating_sub(1), critical)
    };
    assert_eq!(shortened(&open(300, 100)), ("nothing".to_owned(), 300, 100));
    assert_eq!(shortened(&open(600, 150)), ("differences below high".to_owned(), 600, 200));
    assert_eq!(shortened(&open(900, 150)), ("all differences".to_owned(), 900, 300));
    let (said, rows, critical) = shortened(&open(1_500, 150));
    assert_eq!((said.as_str(), rows, critical), ("500 rows, all differences", 1_000, 500));
    let (_, rows, critical) = shortened(&open(2_700, 150));
    assert_eq!((rows, critical), (1_800, 900));
    let (said, rows, critical) = shortened(&open(9_000, 150));
    assert_eq!(
        said,
        format!("{},{:03} rows, all differences", (9_000 - rows) / 1_000, (9_000 - rows) % 1_000)
    );
    assert!(rows > 1_500 && rows < 6_000, "{rows}");
    assert_eq!(critical, rows.min(3_000), "the gravest stay");
}
