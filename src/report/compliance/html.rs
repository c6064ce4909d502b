//! A compliance report as one HTML file that loads nothing and sends nothing, in the style of the other report.

use super::sheets::{Facts, Sheet, facts};
use crate::model::compliance::Compliance;
use crate::model::compliance::claim::{Claim, State};
use crate::report::escape::html::html;
use crate::report::html::{BUDGET, head, ink};
use crate::report::style::Style;
use crate::report::words::{capital, count, number};

/// What this page shows that the other does not.
const STYLE: &str = include_str!("page.css");
/// Bytes that no table may have, so that what comes behind it has room.
const RESERVE: usize = 256 << 10;
/// Most pieces of evidence of a claim.
const EVIDENCE: usize = 6;
/// Sections: the id of each and its title, before and behind those of the document.
const IDS: [&str; 5] = ["oversight", "inventory", "risks", "accuracy", "trail"];

/// The page; ends in a line feed.
pub fn render(report: &Compliance, style: &Style) -> String {
    let title = title(report);
    let mut out = head::open_with(&title, STYLE);
    out += &top(report, style, &title);
    out += "<main id=\"main\">\n";
    out += &section("gaps", "Gaps", &gaps(report));
    for (((name, claims), facts), id) in report.sections().into_iter().zip(facts(report)).zip(IDS) {
        let room = BUDGET.saturating_sub(out.len() + RESERVE);
        out += &section(id, name, &format!("{}{}", table_of_claims(claims), told(&facts, room)));
    }
    out += &section("articles", "Articles", &articles(report));
    out += "</main>\n";
    out += &footer(report);
    out + &head::close()
}

fn title(report: &Compliance) -> String {
    let (open, unknown) = (report.summary.does_not_hold, report.summary.not_known);
    match (open, unknown) {
        (0, 0) => "every claim holds".to_owned(),
        (0, n) => format!("{} not known", count(n, "claim")),
        (n, 0) => format!("{} not hold", does(n)),
        (n, m) => format!("{} not hold, {} not known", does(n), number(m)),
    }
}

fn does(n: usize) -> String {
    if n == 1 { "1 claim does".to_owned() } else { format!("{} claims do", number(n)) }
}

fn top(report: &Compliance, style: &Style, title: &str) -> String {
    let (tone, icon) = match (report.summary.does_not_hold, report.summary.not_known) {
        (0, 0) => ("pass", "<circle cx=\"12\" cy=\"12\" r=\"10\"/><path d=\"M7 12.5l3.4 3.4L17 9\"/>"),
        (0, _) => ("none", "<circle cx=\"12\" cy=\"12\" r=\"10\"/><path d=\"M12 6v7m0 3v2\"/>"),
        _ => ("look", "<path d=\"M12 2.5L22.5 21h-21z\"/><path d=\"M12 9v6m0 2v2\"/>"),
    };
    let svg = match style.risk_icons {
        true => {
            format!("<svg viewBox=\"0 0 24 24\" width=\"44\" height=\"44\" aria-hidden=\"true\">{icon}</svg>")
        }
        false => String::new(),
    };
    let pack = &report.toolpack;
    let names = report.sections().map(|(name, _)| name);
    let links = IDS.iter().zip(names).map(|(id, name)| (*id, name));
    let links = std::iter::once(("gaps", "Gaps")).chain(links).chain([("articles", "Articles")]);
    let links: String = links.map(|(id, name)| format!("<li><a href=\"#{id}\">{name}</a></li>")).collect();
    let at = report.at.map(|at| format!(", judged as of {at}")).unwrap_or_default();
    let all = report.summary.holds + report.summary.does_not_hold + report.summary.not_known;
    format!(
        "<header class=\"top\">\n<p class=\"crumb\">cask compliance report <span aria-hidden=\"true\">·</span> {} \
         <span aria-hidden=\"true\">·</span> {}</p>\n<div class=\"verdict {tone}\">{svg}\n<h1>{}</h1></div>\n\
         <p class=\"lead\">{} of {} hold for {}{at}. This is {}.</p>\n\
         <nav aria-label=\"Sections\"><ul>{links}</ul></nav>\n</header>\n",
        ink::code(&pack.path, 120),
        ink::code(&pack.id, 140),
        capital(&html(title, 200)),
        number(report.summary.holds),
        count(all, "claim"),
        ink::code(&pack.name, 100),
        report.nature
    )
}

fn section(id: &str, name: &str, text: &str) -> String {
    format!(
        "\n<section id=\"{id}\" aria-labelledby=\"h-{id}\">\n<h2 id=\"h-{id}\">{name}</h2>\n{text}</section>\n"
    )
}

fn gaps(report: &Compliance) -> String {
    let claims: Vec<&Claim> = report.gaps.iter().filter_map(|gap| report.claim(gap.claim)).collect();
    if claims.is_empty() {
        return "<p>None: every claim holds.</p>\n".to_owned();
    }
    let rows = claims.iter().map(|claim| {
        format!(
            "<tr><td>{}</td><td>{}</td><td>{}</td></tr>\n",
            state(claim.state),
            ink::own(claim.statement),
            ink::say(&claim.why)
        )
    });
    let (body, _) = ink::fill(rows, usize::MAX, RESERVE / 4);
    let caption = "What does not hold, then what is not known";
    ink::table("rules", caption, &["State", "Claim", "Why"], &body)
}

fn state(state: State) -> String {
    let class = match state {
        State::Holds => "sev pass",
        State::NotKnown => "sev medium",
        State::DoesNotHold => "sev critical",
    };
    format!("<span class=\"{class}\">{}</span>", state.words())
}

fn table_of_claims(claims: &[Claim]) -> String {
    let rows = claims.iter().map(|claim| {
        let articles: Vec<String> = claim.articles.iter().map(u8::to_string).collect();
        format!(
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td class=\"num\">{}</td></tr>\n",
            state(claim.state),
            ink::own(claim.statement),
            ink::say(&claim.why),
            evidence(claim),
            articles.join(", ")
        )
    });
    let (body, _) = ink::fill(rows, usize::MAX, RESERVE);
    ink::table("claims", "Claims", &["State", "Claim", "Why", "Evidence", "Articles"], &body)
}

fn evidence(claim: &Claim) -> String {
    let mut parts: Vec<String> = claim
        .evidence
        .iter()
        .take(EVIDENCE)
        .map(|one| {
            let digest =
                one.digest.as_deref().map(|digest| format!(" {}", ink::quote(digest))).unwrap_or_default();
            format!(
                "{}{digest}<br><span class=\"q\">{}</span>",
                ink::code(&one.file, 120),
                ink::say(&one.what)
            )
        })
        .collect();
    let more = claim.evidence.len().saturating_sub(EVIDENCE);
    parts.extend((more > 0).then(|| format!("and {} more", number(more))));
    parts.join("<br>")
}

fn told(facts: &Facts, mut room: usize) -> String {
    let lines: String = facts.lines.iter().map(|line| format!("<li>{}</li>\n", ink::say(line))).collect();
    let mut out = format!("<ul>\n{lines}</ul>\n");
    for sheet in facts.sheets.iter().filter(|sheet| !sheet.rows.is_empty()) {
        let text = table(sheet, room);
        room = room.saturating_sub(text.len());
        out += &text;
    }
    out
}

fn table(sheet: &Sheet, room: usize) -> String {
    let rows = sheet.rows.iter().map(|row| {
        let cells: String = row.iter().map(|cell| format!("<td>{}</td>", ink::say(cell))).collect();
        format!("<tr>{cells}</tr>\n")
    });
    let (body, shown) = ink::fill(rows, usize::MAX, room);
    let caption = match sheet.rows.len() - shown {
        0 => format!("{}: {}", sheet.title, number(shown)),
        left => format!("{}: {}; {} more are in the JSON report", sheet.title, number(shown), number(left)),
    };
    ink::table("facts", &caption, sheet.heads, &body)
}

fn articles(report: &Compliance) -> String {
    let rows = report.articles.iter().map(|article| {
        let claims: Vec<String> = article.claims.iter().map(|id| ink::rule(id)).collect();
        format!(
            "<tr><td class=\"num\">{}</td><td>{}</td><td>{}</td></tr>\n",
            article.number,
            article.title,
            claims.join(", ")
        )
    });
    let body: String = rows.collect();
    let unseen: String =
        report.not_looked_at.iter().map(|what| format!("<li>{}</li>\n", ink::own(what))).collect();
    format!(
        "{}<div class=\"lists\">\n<div class=\"unseen\"><h3>Not looked at</h3>\n<ul>\n{unseen}</ul></div>\n</div>\n",
        ink::table(
            "rules",
            "Articles of Regulation (EU) 2024/1689, and the claims that are evidence for them",
            &["Article", "Title", "Claims"],
            &body
        )
    )
}

fn footer(report: &Compliance) -> String {
    format!(
        "<footer>cask {} <span aria-hidden=\"true\">·</span> {}. This file loads nothing and sends nothing.</footer>\n",
        html(report.tool_version, 40),
        capital(report.nature)
    )
}
