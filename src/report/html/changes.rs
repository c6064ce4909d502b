//! The evidence: a fold for each subject with what differs, why that is grave, who signed, and what to do.

use super::overview::severity;
use super::{ink, share};
use crate::model::finding::{Finding, SubjectKind};
use crate::report::escape::html::{html, marked};
use crate::report::evidence;
use crate::report::line::next;
use crate::report::patch::{Hunk, Sign};
use crate::report::row::{Class, Row};
use crate::report::view::View;
use crate::report::words::{capital, count, number};
use crate::rules::Severity;

/// Most bytes of a fold with its difference.
const ONE: usize = 1 << 17;
/// Folds that stand open at first.
const OPEN: usize = 8;
/// Most facts of something new, rules of a subject, and tools that a policy decides otherwise.
const FACTS: usize = 60;
const RULES: usize = 40;
const TOOLS: usize = 60;

/// The section, and how many rows of the view it shows: the first ones.
pub struct Changes {
    /// The folds; empty without rows.
    pub text: String,
    /// How many.
    pub shown: usize,
}

/// As many folds as fit, gravest first.
pub fn section(view: &View) -> Changes {
    let (mut text, mut shown) = (String::new(), 0);
    for (i, row) in view.rows.iter().enumerate() {
        let whole = fold(row, i + 1, true);
        let fold = if whole.len() > ONE { fold(row, i + 1, false) } else { whole };
        if text.len() + fold.len() > share::CHANGES {
            break;
        }
        text += &fold;
        shown += 1;
    }
    let left = view.rows.len() - shown;
    if left > 0 {
        text += &format!(
            "<p class=\"q\">The evidence of {} is left out for length; the JSON report has it.</p>\n",
            count(left, "more subject")
        );
    }
    Changes { text, shown }
}

fn fold(row: &Row, n: usize, diffs: bool) -> String {
    let open = if n <= OPEN && row.class != Class::Approved { " open" } else { "" };
    let call = match row.standing.map(|s| s.target.as_str()) {
        Some(target) if !target.is_empty() => ink::code(target, 120),
        _ if row.subject.name.is_empty() || row.subject.kind == SubjectKind::Tool => String::new(),
        _ => row.subject.kind.word().to_owned(),
    };
    let seats = match row.seats() {
        Some(_) if row.is_for_owners() => format!("{} owners", ink::seats(row)),
        Some(_) => format!("{} approvals", ink::seats(row)),
        None => row.exempted().unwrap_or_default(),
    };
    let mut out = format!(
        "<details class=\"change\" id=\"c-{n}\"{open}>\n<summary><h3>{} <span class=\"call\">{call}</span></h3>\
         <span class=\"meta\">{} {seats}</span></summary>\n",
        ink::name(&row.subject.name, row.subject.kind.word()),
        severity(row.severity.word())
    );
    let clauses = clauses(row);
    if !clauses.is_empty() {
        out += &format!("<p>{}</p>\n", html(&clauses, usize::MAX));
    }
    if diffs {
        out += &difference(row);
    } else {
        out += "<p class=\"q\">What differs is too long for this page.</p>\n";
    }
    out += &effects(row);
    out += &reasons(row);
    out + &who(row) + "</details>\n"
}

/// What the gravest two findings that say different things let an agent do.
fn clauses(row: &Row) -> String {
    let mut findings: Vec<&Finding> = row.findings.clone();
    findings.sort_by_key(|f| std::cmp::Reverse(f.severity));
    let mut said: Vec<&'static str> = Vec::new();
    for finding in findings {
        if said.len() < 2
            && !said.contains(&finding.rule.clause)
            && (said.is_empty() || finding.severity >= Severity::Medium)
        {
            said.push(finding.rule.clause);
        }
    }
    said.iter().map(|clause| format!("{}.", capital(clause))).collect::<Vec<_>>().join(" ")
}

/// The facts of something new, and what differs place by place.
fn difference(row: &Row) -> String {
    let mut body = String::new();
    let facts = evidence::facts(row);
    if let Some((aspect, facts)) = facts {
        body += &head(&html(aspect, 60));
        for (label, value) in facts.iter().take(FACTS) {
            let label = match label.as_str() {
                "" => String::new(),
                label => format!("<b>{}</b> ", marked(label, 40)),
            };
            body += &signed(Sign::Plus, &format!("{label}{}", marked(value, 2_000)));
        }
        if facts.len() > FACTS {
            body += &head(&format!("{} more", number(facts.len() - FACTS)));
        }
    }
    let (hunks, more) = evidence::differences(row, facts.is_some());
    hunks.iter().for_each(|hunk| body += &shown(hunk));
    if more > 0 {
        body += &head(&format!("{more} more places differ"));
    }
    match body.as_str() {
        "" => body,
        lines => format!(
            "<div class=\"scroll\"><table class=\"diff\"><caption>{}</caption><tbody>{lines}</tbody></table></div>\n",
            if facts.is_some() { "What is new" } else { "What differs" }
        ),
    }
}

fn shown(hunk: &Hunk) -> String {
    let mut out = head(&match hunk.pointer.as_str() {
        "" => "whole value".to_owned(),
        pointer => ink::code(pointer, 200),
    });
    for line in &hunk.lines {
        out += &match line.sign {
            Sign::Gap => head(&html(&line.text, 200)),
            sign => signed(sign, &marked(&line.text, usize::MAX)),
        };
    }
    out
}

fn head(text: &str) -> String {
    format!("<tr class=\"hunk\"><td></td><th scope=\"rowgroup\">{text}</th></tr>")
}

fn signed(sign: Sign, text: &str) -> String {
    let (class, mark, said, tag) = match sign {
        Sign::Plus => ("add", "+", "added", "ins"),
        Sign::Minus => ("rem", "−", "removed", "del"),
        Sign::Same | Sign::Gap => {
            return format!("<tr class=\"same\"><td></td><td><bdi>{text}</bdi></td></tr>");
        }
    };
    format!(
        "<tr class=\"{class}\"><td><span aria-hidden=\"true\">{mark}</span><span class=\"vh\">{said}</span></td>\
         <td><{tag}><bdi>{text}</bdi></{tag}></td></tr>"
    )
}

/// What a policy now decides for each tool that it decides otherwise.
fn effects(row: &Row) -> String {
    let effects = evidence::effects(row);
    if effects.is_empty() {
        return String::new();
    }
    let decision = |text: &str, new: bool| match text {
        words if evidence::is_plain(words) && new => format!("<b>{words}</b>"),
        words if evidence::is_plain(words) => words.to_owned(),
        _ => ink::code(text, 120),
    };
    let rows = effects.iter().map(|(tool, before, after)| {
        format!(
            "<tr><td>{}</td><td>{}</td><td>{}</td></tr>\n",
            ink::code(tool, 80),
            decision(before, false),
            decision(after, true)
        )
    });
    let (body, shown) = ink::fill(rows, TOOLS, usize::MAX);
    let caption = match effects.len() - shown {
        0 => "Effective decision".to_owned(),
        left => format!("Effective decision; of {} more it differs too", count(left, "tool")),
    };
    ink::table("effects", &caption, &["Tool", "Before", "After"], &body)
}

/// Every rule and what it means here.
fn reasons(row: &Row) -> String {
    let meanings = evidence::meanings(row);
    let mut items: Vec<String> = meanings
        .iter()
        .take(RULES)
        .map(|(rule, said)| {
            let said: Vec<String> = said.iter().map(ink::say).filter(|text| !text.is_empty()).collect();
            format!("<li>{} <span>{}</span></li>\n", ink::rule(rule), said.join("; "))
        })
        .collect();
    if meanings.len() > RULES {
        items.push(format!("<li>and {} more</li>\n", number(meanings.len() - RULES)));
    }
    format!("<h4>Why {}</h4><ul class=\"reasons\">\n{}</ul>\n", row.severity.word(), items.concat())
}

/// Who signed, and what to do.
fn who(row: &Row) -> String {
    let signers = row.signers();
    let missing = row.seats().is_some_and(|(have, need)| have < need);
    if let (Class::Approved, Some(exempted)) = (row.class, row.exempted()) {
        return format!("<p>{}, not approved. Nothing to do.</p>\n", capital(&exempted));
    }
    if row.class == Class::Approved {
        return format!("<p>Approved by {}. Nothing to do.</p>\n", ink::names(signers));
    }
    let by = match (signers, missing) {
        ([], _) | (_, false) => String::new(),
        (signers, true) => format!("<b>Signed so far</b>: {}. ", ink::names(signers)),
    };
    let Some(gravest) = row.gravest() else { return String::new() };
    let step = next(gravest);
    let step = if step.starts_with("cask ") || step.starts_with("git ") {
        ink::command(&step)
    } else {
        capital(&ink::own(&step))
    };
    format!("<p>{by}<b>Next</b>: {step}</p>\n")
}
