//! A compliance report in Markdown: a page with every fact, or a comment with the claims alone. Both are bounded; what
//! does not fit is counted in words.

use super::sheets::{Facts, Sheet, facts};
use crate::model::compliance::Compliance;
use crate::model::compliance::claim::{Claim, State};
use crate::report::page::inline;
use crate::report::style::Style;
use crate::report::words::{capital, count, number};
use crate::report::{github_md, markdown};

/// Bytes that no table may have of a page, so that what comes behind it has room.
const RESERVE: usize = 96 << 10;
/// Most claims of evidence in a cell.
const EVIDENCE: usize = 3;
/// Bytes of one cell.
const CELL: usize = 2_000;

/// The page.
pub fn page(report: &Compliance, _style: &Style) -> String {
    let mut out = head(report);
    let all = facts(report);
    for ((title, claims), facts) in report.sections().into_iter().zip(&all) {
        out += &section(title, claims);
        let room = markdown::BUDGET.saturating_sub(out.len() + RESERVE);
        out += &told(facts, room);
    }
    out + &foot(report)
}

/// The comment: gaps and claims, without the facts.
pub fn comment(report: &Compliance, _style: &Style) -> String {
    let mut out = head(report);
    for (title, claims) in report.sections() {
        let part = section(title, claims);
        if out.len() + part.len() > github_md::BUDGET - 8_000 {
            out += &format!("\n{title}: see the JSON report.\n");
            continue;
        }
        out += &part;
    }
    out + &foot(report)
}

fn head(report: &Compliance) -> String {
    let summary = &report.summary;
    let pack = &report.toolpack;
    let mut out = format!(
        "### Compliance evidence: {}\n\n**{}.** {} of {} hold, {} do not, {} not known.\n\nToolpack {} in {}{}.\n",
        inline::quote(&pack.name),
        capital(report.nature),
        summary.holds,
        count(summary.holds + summary.does_not_hold + summary.not_known, "claim"),
        summary.does_not_hold,
        summary.not_known,
        inline::quote(&pack.id),
        inline::quote(&pack.path),
        report.at.map(|at| format!(", judged as of {at}")).unwrap_or_default(),
    );
    out += "\n#### Gaps\n\n";
    if report.gaps.is_empty() {
        return out + "None: every claim holds.\n";
    }
    out += "| State | Claim | Why |\n| --- | --- | --- |\n";
    for claim in report.gaps.iter().filter_map(|gap| report.claim(gap.claim)) {
        out += &format!(
            "| {} | {} | {} |\n",
            state(claim.state),
            claim.statement,
            cell(&inline::say(&claim.why))
        );
    }
    out
}

fn state(state: State) -> String {
    match state {
        State::Holds => "holds".to_owned(),
        other => format!("**{}**", other.words()),
    }
}

fn section(title: &str, claims: &[Claim]) -> String {
    let mut out = format!(
        "\n#### {title}\n\n| State | Claim | Why | Evidence | Articles |\n| --- | --- | --- | --- | --- |\n"
    );
    for claim in claims {
        let mut evidence: Vec<String> = claim
            .evidence
            .iter()
            .take(EVIDENCE)
            .map(|one| {
                let digest =
                    one.digest.as_deref().map(|d| format!(" {}", inline::quote(d))).unwrap_or_default();
                format!("{}{digest}: {}", inline::quote(&one.file), inline::say(&one.what))
            })
            .collect();
        let more = claim.evidence.len().saturating_sub(EVIDENCE);
        evidence.extend((more > 0).then(|| format!("and {} more", number(more))));
        let articles: Vec<String> = claim.articles.iter().map(u8::to_string).collect();
        out += &format!(
            "| {} | {} | {} | {} | {} |\n",
            state(claim.state),
            claim.statement,
            cell(&inline::say(&claim.why)),
            evidence.join("<br>"),
            articles.join(", ")
        );
    }
    out
}

/// A cell that is not cut inside an element: one that is too long is left out whole.
fn cell(text: &str) -> &str {
    if text.len() <= CELL { text } else { "see the JSON report" }
}

fn told(facts: &Facts, mut room: usize) -> String {
    let mut out = String::from("\n");
    for line in &facts.lines {
        out += &format!("- {}\n", inline::say(line));
    }
    for sheet in facts.sheets.iter().filter(|sheet| !sheet.rows.is_empty()) {
        let text = table(sheet, room);
        room = room.saturating_sub(text.len());
        out += &text;
    }
    out
}

fn table(sheet: &Sheet, room: usize) -> String {
    let mut out = format!(
        "\n<details><summary>{}: {}</summary>\n\n| {} |\n|{}\n",
        sheet.title,
        number(sheet.rows.len()),
        sheet.heads.join(" | "),
        " --- |".repeat(sheet.heads.len())
    );
    let mut shown = 0;
    for row in &sheet.rows {
        let cells: Vec<String> = row.iter().map(|phrase| cell(&inline::say(phrase)).to_owned()).collect();
        let line = format!("| {} |\n", cells.join(" | "));
        if out.len() + line.len() > room {
            break;
        }
        out += &line;
        shown += 1;
    }
    let left = sheet.rows.len() - shown;
    if left > 0 {
        out += &format!("\n{} more are in the JSON report.\n", number(left));
    }
    out + "\n</details>\n"
}

fn foot(report: &Compliance) -> String {
    let mut out = "\n#### Articles of Regulation (EU) 2024/1689\n\n| Article | Title | Claims that are evidence |\n| --- | --- | --- |\n".to_owned();
    for article in &report.articles {
        let claims: Vec<String> = article.claims.iter().map(|id| format!("`{id}`")).collect();
        out += &format!("| {} | {} | {} |\n", article.number, article.title, claims.join(", "));
    }
    out += "\nNot looked at:\n\n";
    for what in &report.not_looked_at {
        out += &format!("- {what}\n");
    }
    out + &format!("\ncask {}\n", report.tool_version)
}
