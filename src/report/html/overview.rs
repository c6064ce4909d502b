//! The top of the page and its first section: verdict, what it means, the subjects, and who does what next.

use super::{adoption, ink, share};
use crate::model::report::{Report, Step, Verdict};
use crate::report::escape::html::html;
use crate::report::row::{Class, Row};
use crate::report::style::Style;
use crate::report::view::View;
use crate::report::words::{self, capital, count, number};
use crate::rules::Family;

/// Most rows of the table; the findings have all of them.
const ROWS: usize = 100;
/// Most pieces in the cell of a row.
const PIECES: usize = 6;
/// Most rules in the table by rule.
const RULES: usize = 60;
/// Most paths in the line over the title.
const PATHS: usize = 3;

/// Where it comes from, the verdict, what it means, and the sections.
pub fn top(
    report: &Report,
    view: &View,
    style: &Style,
    title: &str,
    sections: &[(&'static str, &'static str)],
) -> String {
    let (tone, icon) = match report.verdict {
        Verdict::Pass => ("pass", "<circle cx=\"12\" cy=\"12\" r=\"10\"/><path d=\"M7 12.5l3.4 3.4L17 9\"/>"),
        Verdict::Review => ("look", "<path d=\"M12 2.5L22.5 21h-21z\"/><path d=\"M12 9v6m0 2v2\"/>"),
        Verdict::Breaking => ("stop", "<path d=\"M8 2h8l6 6v8l-6 6H8l-6-6V8z\"/><path d=\"M6.5 12h11\"/>"),
        Verdict::Error => ("none", "<circle cx=\"12\" cy=\"12\" r=\"10\"/><path d=\"M12 6v7m0 3v2\"/>"),
    };
    let svg = match style.risk_icons {
        true => {
            format!("<svg viewBox=\"0 0 24 24\" width=\"44\" height=\"44\" aria-hidden=\"true\">{icon}</svg>")
        }
        false => String::new(),
    };
    let links: String =
        sections.iter().map(|(id, name)| format!("<li><a href=\"#{id}\">{name}</a></li>")).collect();
    format!(
        "<header class=\"top\">\n<p class=\"crumb\">{}</p>\n<div class=\"verdict {tone}\">{svg}\n<h1>{}</h1></div>\n{}\
         <nav aria-label=\"Sections\"><ul>{links}</ul></nav>\n</header>\n",
        crumb(report),
        html(title, 200),
        lead(report, view)
    )
}

fn crumb(report: &Report) -> String {
    let mut parts = vec![format!("cask {}", report.command)];
    if !report.publication.repository.is_empty() {
        parts.push(ink::code(&report.publication.repository, 120));
    }
    match report.packs.as_slice() {
        [] => {}
        // A side of drift that is no toolpack lies in a file of its own.
        [one] if one.path.is_empty() => parts.push(ink::code(&report.head.name, 120)),
        packs if packs.len() <= PATHS => {
            parts.extend(packs.iter().map(|pack| ink::code(&pack.path, 120)));
        }
        packs => parts.push(count(packs.len(), "toolpack")),
    }
    parts.join(" <span aria-hidden=\"true\">·</span> ")
}

/// What the whole means, as one paragraph.
fn lead(report: &Report, view: &View) -> String {
    let first = !report.owners_to_confirm.is_empty() && view.count(Class::Stops) == 0;
    let said = match report.verdict {
        Verdict::Error => vec!["Nothing was judged, and that is not a pass.".to_owned()],
        _ if first => vec![words::FIRST.to_owned()],
        _ => words::consequence(report, view),
    };
    match said.as_slice() {
        [] => String::new(),
        said => format!(
            "<p class=\"lead\">{}</p>\n",
            said.iter().map(|s| html(s, usize::MAX)).collect::<Vec<_>>().join(" ")
        ),
    }
}

/// The subjects beside what is to be done. The first `linked` rows have their evidence on the page.
pub fn section(report: &Report, view: &View, linked: usize) -> String {
    let next = next(&report.next);
    let mut left = String::new();
    if words::by_rule_first(view) {
        left += &by_rule(view);
    }
    if !view.rows.is_empty() {
        left += &subjects(report, view, linked);
    } else if !report.looked_at.is_empty() && report.verdict == Verdict::Pass {
        let (mut list, mut shown) = (String::new(), 0);
        for seen in report.looked_at.iter().map(ink::say) {
            if list.len() + seen.len() + 2 > share::LIST {
                break;
            }
            list += if shown > 0 { ", " } else { "" };
            list += &seen;
            shown += 1;
        }
        if report.looked_at.len() > shown {
            list += &format!(" and {} more", number(report.looked_at.len() - shown));
        }
        left += &format!(
            "<p>{} {} {}.</p>\n",
            capital_first(&list),
            report.looked_at_are(),
            words::as_signed(report)
        );
    }
    left += &adoption::whole(report, view);
    match (left.is_empty(), next.is_empty()) {
        (_, true) => left,
        (true, _) => next,
        _ => format!("<div class=\"cols\">\n<div>\n{left}</div>\n{next}</div>\n"),
    }
}

/// With a capital where it begins with a word of ours.
fn capital_first(text: &str) -> String {
    if text.starts_with('<') { text.to_owned() } else { capital(text) }
}

fn subjects(report: &Report, view: &View, linked: usize) -> String {
    let rows = view.rows.iter().enumerate().map(|(i, row)| {
        format!(
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
            severity(row.severity.word()),
            subject(report, row, (i < linked).then_some(i + 1)),
            what(row),
            approvals(row)
        )
    });
    let (body, shown) = ink::fill(rows, ROWS, share::SUBJECTS);
    let all = view.rows.len();
    let caption = match all - shown {
        0 => format!("{}, gravest first", count(all, "subject")),
        left => format!(
            "The {shown} gravest of {}; the findings below name the other {}",
            count(all, "subject"),
            number(left)
        ),
    };
    ink::table("subjects", &caption, &["Severity", "Subject", "What changes", "Approvals"], &body)
}

/// A severity in its frame.
pub fn severity(word: &'static str) -> String {
    format!("<span class=\"sev {word}\">{word}</span>")
}

/// The name, linked to its evidence if that is on the page.
pub fn subject(report: &Report, row: &Row, at: Option<usize>) -> String {
    let name = ink::name(&row.subject.name, row.subject.kind.word());
    let mut cell = match at {
        Some(n) => format!("<a class=\"subj\" href=\"#c-{n}\">{name}</a>"),
        None => name,
    };
    // The same name can be in two toolpacks.
    if report.packs.len() > 1 && !row.subject.path.is_empty() {
        cell += &format!("<br><span class=\"q\">in {}</span>", ink::code(&row.subject.path, 80));
    }
    cell
}

/// The parts that changed, a line each.
fn what(row: &Row) -> String {
    let mut lines = Vec::new();
    let (mut left, mut more) = (PIECES, 0);
    for group in row.groups() {
        let changes = group.changes();
        let shown: Vec<String> = changes.iter().take(left).map(ink::say).collect();
        more += changes.len() - shown.len();
        left -= shown.len();
        // A cue in a text says all that there is to say; elsewhere the gravest reason stands beside.
        let gravest = group.findings.iter().rev().max_by_key(|f| f.severity);
        let why = gravest
            .filter(|f| f.rule.family != Family::Text && f.facts.is_empty())
            .and_then(|f| f.why.first());
        let text = match (shown.join("; "), why) {
            (text, _) if text.is_empty() => continue,
            (text, Some(why)) if !changes.contains(why) => format!("{text}; {}", ink::say(why)),
            (text, _) => text,
        };
        lines.push(match group.aspect {
            "" => text,
            aspect => format!("<b>{aspect}</b> {text}"),
        });
    }
    if more > 0 {
        lines.push(format!("and {} more", number(more)));
    }
    lines.join("<br>")
}

fn approvals(row: &Row) -> String {
    let Some((have, need)) = row.seats() else { return ink::seats(row) };
    let below = if have >= need {
        ink::names(row.signers())
    } else {
        row.cause().map(|c| html(&c, 120)).unwrap_or_default()
    };
    match below.as_str() {
        "" => ink::seats(row),
        below => format!("{}<br><span class=\"q\">{below}</span>", ink::seats(row)),
    }
}

fn by_rule(view: &View) -> String {
    let rules = words::by_rule(view);
    let rows = rules.iter().map(|line| {
        format!(
            "<tr><td>{}</td><td>{}</td><td>{}</td><td class=\"num\">{}</td><td class=\"num\">{}</td></tr>\n",
            severity(line.severity.word()),
            ink::rule(line.rule.id),
            ink::own(line.rule.title),
            number(line.changes),
            number(line.missing)
        )
    });
    let (body, shown) = ink::fill(rows, RULES, share::RULES);
    let caption = match rules.len() - shown {
        0 => "All changes by rule".to_owned(),
        left => format!("The changes by rule, without {}", count(left, "milder rule")),
    };
    ink::table("rules", &caption, &["Severity", "Rule", "What changes", "Changes", "Not approved"], &body)
}

/// Who does what; commands that can be pasted have a line each.
fn next(steps: &[Step]) -> String {
    if steps.is_empty() {
        return String::new();
    }
    let rows = steps.iter().map(|step| {
        let who = if step.who.is_empty() { String::new() } else { format!(" ({})", ink::names(&step.who)) };
        let mut out =
            format!("<p><b>{}</b>{who}: {}.</p>\n", capital(step.role.word()), ink::say(&step.text));
        if !step.commands.is_empty() {
            let lines: Vec<String> = step.commands.iter().map(|line| html(&line.at_root(), 1_000)).collect();
            out += &format!("<pre tabindex=\"0\"><code>{}</code></pre>\n", lines.join("\n"));
        }
        out
    });
    let (body, shown) = ink::fill(rows, usize::MAX, share::NEXT);
    let more = match steps.len() - shown {
        0 => String::new(),
        left => format!("<p>{} more in the JSON report.</p>\n", number(left)),
    };
    format!("<div class=\"next\">\n<h3>Next</h3>\n{body}{more}</div>\n")
}
