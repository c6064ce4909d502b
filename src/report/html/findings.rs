//! Every finding as a row that can be filtered without a script, and in folds those that do not count.

use std::collections::BTreeSet;

use super::overview::{severity, subject};
use super::{ink, share};
use crate::model::finding::{Finding, Place, Side};
use crate::model::report::Report;
use crate::report::escape::link;
use crate::report::row::{Class, Row};
use crate::report::view::View;
use crate::report::words::{count, number};
use crate::rules::{Axis, Severity};

/// Most pieces of evidence beside a change.
const WHY: usize = 2;

/// Filter, table and folds. The first `linked` rows of the view have their evidence on the page.
pub fn section(report: &Report, view: &View, linked: usize) -> String {
    let mut out = String::new();
    let all: Vec<(usize, &Row, &Finding)> = view
        .rows
        .iter()
        .enumerate()
        .flat_map(|(i, row)| row.findings.iter().map(move |finding| (i, row, *finding)))
        .collect();
    if !all.is_empty() {
        out += &filter(&all);
        let rows =
            all.iter().map(|(i, row, finding)| line(report, row, finding, (*i < linked).then_some(i + 1)));
        let (body, shown) = ink::fill(rows, usize::MAX, share::FINDINGS);
        let caption = match all.len() - shown {
            0 => format!("{}, gravest subject first", count(shown, "finding")),
            left => format!(
                "{} of {}; the other {} are left out for length, the JSON report has them",
                number(shown),
                count(all.len(), "finding"),
                number(left)
            ),
        };
        let heads = ["Severity", "Subject", "What changes", "Rule", "Axis", "Where"];
        out += &ink::table("findings", &caption, &heads, &body);
        out += &format!("<p class=\"shown\" aria-hidden=\"true\"><span></span> of {}</p>\n", number(shown));
    }
    out += &fold(report, &view.known, "that the base has too");
    out + &fold(report, &view.suppressed, "suppressed by the gate configuration")
}

/// Boxes for what there is more than one kind of; the script adds a search.
fn filter(all: &[(usize, &Row, &Finding)]) -> String {
    let of = |has: &dyn Fn(&Row, &Finding) -> bool| all.iter().filter(|(_, row, f)| has(row, f)).count();
    let axes = [Axis::Contract, Axis::Capability, Axis::Trust, Axis::Hygiene];
    let severities = Severity::GRAVEST_FIRST.map(|s| (s.word(), of(&|_, f| f.severity == s)));
    let signed = [
        ("missing", of(&|row, _| row.class == Class::Stops)),
        ("look", of(&|row, _| row.class == Class::Look)),
        ("approved", of(&|row, _| row.class == Class::Approved)),
    ];
    let axes = axes.map(|axis| (axis.word(), of(&|_, f| f.rule.is_on(axis))));
    let sets = [set("Severity", &severities), set("Approval", &signed), set("Axis", &axes)];
    format!("<div class=\"filter\" id=\"filter\">\n{}</div>\n", sets.concat())
}

fn set(legend: &str, boxes: &[(&'static str, usize)]) -> String {
    let boxes: Vec<String> = boxes
        .iter()
        .filter(|(_, n)| *n > 0)
        .map(|(word, n)| {
            format!(
                "<label><input type=\"checkbox\" id=\"f-{word}\" checked> {} <span class=\"n\">{}</span></label>",
                if *word == "look" { "to look at" } else { word },
                number(*n)
            )
        })
        .collect();
    // One kind alone leaves nothing to choose.
    match boxes.len() {
        0 | 1 => String::new(),
        _ => format!("<fieldset><legend>{legend}</legend>{}</fieldset>\n", boxes.concat()),
    }
}

fn line(report: &Report, row: &Row, finding: &Finding, at: Option<usize>) -> String {
    let axes: BTreeSet<Axis> = finding.rule.axes.iter().copied().collect();
    let words: Vec<&str> = axes.iter().map(|axis| axis.word()).collect();
    let classes: Vec<String> = words.iter().map(|word| format!("a-{word}")).collect();
    let class = match row.class {
        Class::Stops => "missing",
        Class::Look => "look",
        Class::Approved => "approved",
    };
    format!(
        "<tr class=\"s-{} c-{class} {}\"><td>{}</td><td>{}</td><td>{}</td><td>{}<br><code class=\"print\">{}</code></td><td>{}</td><td class=\"place\">{}</td></tr>\n",
        finding.severity.word(),
        classes.join(" "),
        severity(finding.severity.word()),
        subject(report, row, at),
        change(finding),
        ink::rule(finding.rule.id),
        finding.fingerprint(),
        words.join(", "),
        place(report, &finding.place)
    )
}

/// What changed, and the first of the evidence.
fn change(finding: &Finding) -> String {
    let head = match &*finding.aspect {
        "" => String::new(),
        aspect => format!("<b>{aspect}</b> "),
    };
    let mut said = vec![ink::say(&finding.change)];
    for why in finding.why.iter().take(WHY).map(ink::say) {
        if !why.is_empty() && !said.contains(&why) {
            said.push(why);
        }
    }
    format!("{head}{}", said.join("; "))
}

/// The file's own name, and the line with a link to it.
fn place(report: &Report, place: &Place) -> String {
    if place.file.is_empty() {
        return String::new();
    }
    let publication = &report.publication;
    let name = place.file.rsplit('/').next().unwrap_or(&place.file);
    let target = match place.side {
        Side::Head => link::blob_url(
            &publication.server,
            &publication.repository,
            &publication.head,
            &place.file,
            place.line,
        ),
        Side::Base => None,
    };
    let line = match place.line {
        0 if target.is_none() => String::new(),
        0 => format!(" {}", ink::linked("file", target.as_ref())),
        n => format!(" {}", ink::linked(&format!("L{n}"), target.as_ref())),
    };
    let side = if place.side == Side::Base { " (base)" } else { "" };
    format!("<span>{}</span>{line}{side}", ink::code(name, 60))
}

/// Findings that do not count, and why.
fn fold(report: &Report, findings: &[&Finding], what: &str) -> String {
    if findings.is_empty() {
        return String::new();
    }
    let rows = findings.iter().map(|finding| {
        let why = match &finding.suppressed {
            Some(s) => format!(
                "{}: {}, until {}",
                ink::code(&s.owner, 60),
                ink::code(&s.reason, 200),
                ink::code(&s.expires, 20)
            ),
            None => "the base has it too".to_owned(),
        };
        format!(
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td class=\"place\">{}</td><td>{why}</td></tr>\n",
            severity(finding.severity.word()),
            ink::name(&finding.subject.name, finding.subject.kind.word()),
            change(finding),
            ink::rule(finding.rule.id),
            place(report, &finding.place)
        )
    });
    let (body, shown) = ink::fill(rows, usize::MAX, share::FOLD);
    let caption = match findings.len() - shown {
        0 => "Shown, not counted".to_owned(),
        left => format!("Shown, not counted; {} more are in the JSON report", number(left)),
    };
    let heads = ["Severity", "Subject", "What", "Rule", "Where", "Why it does not count"];
    format!(
        "<details class=\"change\"><summary><h3>{} {what}</h3></summary>\n{}</details>\n",
        count(findings.len(), "finding"),
        ink::table("closed", &caption, &heads, &body)
    )
}
