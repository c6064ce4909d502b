//! A diagnosis and its plan in Markdown: a page, or a comment. Both are bounded; what does not fit is counted in words.

use crate::model::repair::{Issue, Patch, Repair};
use crate::report::escape::markdown::code;
use crate::report::page::inline;
use crate::report::style::Style;
use crate::report::words::{count, number};
use crate::report::{github_md, markdown};

/// Characters of what was seen.
const WHAT: usize = 300;
/// Most issues of a row of the plan that are named.
const NAMED: usize = 6;

/// The page.
pub fn page(repair: &Repair, _style: &Style) -> String {
    within(repair, markdown::BUDGET)
}

/// The comment.
pub fn comment(repair: &Repair, _style: &Style) -> String {
    within(repair, github_md::BUDGET)
}

fn within(repair: &Repair, budget: usize) -> String {
    let issues = &repair.diagnosis.issues;
    let title = match (issues.len(), repair.exit_code) {
        (0, _) => "nothing is wrong".to_owned(),
        (n, 2) => format!("{}, and a signature or digest does not hold", count(n, "issue")),
        (n, _) => count(n, "issue"),
    };
    let mut out = format!("### Repair of {}: {title}\n", code(&repair.toolpack.name, 100));
    // What can be done is short, and worth more than the last of many issues.
    let tail = format!("{}{}", plan(&repair.plan, budget / 4), looked(repair, budget / 8));
    if !issues.is_empty() {
        out += "\n| Severity | Where | Subject | What | Times |\n| --- | --- | --- | --- | --- |\n";
        let room = budget.saturating_sub(tail.len() + 1_000);
        out += &rows(issues.iter().map(issue), room);
    }
    out + &tail
}

fn issue(issue: &Issue) -> String {
    format!(
        "| {} | {} {} | {} | {} | {} |\n",
        issue.severity.word(),
        issue.source.word(),
        code(&issue.code, 80),
        if issue.subject.is_empty() { "-".to_owned() } else { code(&issue.subject, 80) },
        code(&issue.what, WHAT),
        number(issue.count as usize)
    )
}

fn plan(plan: &[Patch], room: usize) -> String {
    if plan.is_empty() {
        return String::new();
    }
    let row = |patch: &Patch| {
        let ids: Vec<String> = patch.issues.iter().take(NAMED).map(|id| inline::quote(id)).collect();
        let more = patch.issues.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {} more", number(more)) } else { String::new() };
        let command =
            patch.command.as_ref().map_or("-".to_owned(), |words| inline::command(&words.join(" ")));
        format!(
            "| {} | {} | {command} | {}{more} |\n",
            patch.kind.words(),
            inline::own(patch.text),
            ids.join(", ")
        )
    };
    let head = "\n#### What can be done; nothing was\n\n| Kind | What | Command | Issues |\n| --- | --- | --- | --- |\n";
    format!("{head}{}", rows(plan.iter().map(row), room))
}

fn looked(repair: &Repair, room: usize) -> String {
    let list = |head: &str, texts: &[String]| {
        if texts.is_empty() {
            return String::new();
        }
        let lines = texts.iter().map(|text| format!("- {}\n", code(text, 300)));
        format!("\n{head}:\n\n{}", rows(lines, room / 2))
    };
    let diagnosis = &repair.diagnosis;
    list("Looked at", &diagnosis.looked_at) + &list("Not looked at", &diagnosis.not_looked_at)
}

/// Lines as long as they fit, and how many do not.
fn rows(lines: impl Iterator<Item = String>, room: usize) -> String {
    let (mut out, mut left) = (String::new(), 0);
    for line in lines {
        match left == 0 && out.len() + line.len() <= room {
            true => out += &line,
            false => left += 1,
        }
    }
    if left > 0 { format!("{out}\n{} more are in the JSON report.\n", number(left)) } else { out }
}
