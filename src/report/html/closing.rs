//! What the page ends with: who approved what, which trust judged, what was looked at, and where it comes from.

use super::{ink, share};
use crate::model::finding::SubjectKind;
use crate::model::phrase::Phrase;
use crate::model::report::{Report, Standing};
use crate::report::escape::html::html;
use crate::report::sections;
use crate::report::words::{count, not_asked, number};

/// Most signers.
const SIGNERS: usize = 50;

/// Every signed subject and who signed it, for the commands that are about that.
pub fn approvals(report: &Report) -> String {
    if report.standings.is_empty() || !report.command.starts_with("gate") {
        return String::new();
    }
    let rows = report.standings.iter().map(|s| {
        format!(
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{} of {}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
            name(s),
            s.tier.word(),
            s.status.word(),
            number(s.have as usize),
            number(s.need as usize),
            ink::names(&s.signers),
            s.until.map(|end| end.date()).unwrap_or_default(),
            ink::say(&s.note)
        )
    });
    let (body, shown) = ink::fill(rows, usize::MAX, share::APPROVALS);
    let caption = match report.standings.len() - shown {
        0 => count(shown, "signed subject"),
        left => format!("{}; {} more are in the JSON report", count(shown, "signed subject"), number(left)),
    };
    let heads = ["Subject", "Risk", "Status", "Approvals", "Signed by", "Until", "Note"];
    ink::table("standings", &caption, &heads, &body)
}

fn name(standing: &Standing) -> String {
    match standing.subject.kind {
        SubjectKind::Surface => "(surface)".to_owned(),
        kind => ink::name(&standing.subject.name, kind.word()),
    }
}

/// Which trust file judged, the way from it to an approval, and whose signatures count.
pub fn trust(report: &Report) -> String {
    let publication = &report.publication;
    let Some(trust) = &report.trust else {
        let said = match (report.owners_to_confirm.as_slice(), not_asked(report)) {
            ([], Some(why)) => format!("Not asked: {why}."),
            ([], None) => "None: no signature was checked against a trust file.".to_owned(),
            _ => format!(
                "None on {} ({}). The trust file of this change was read to show it, not to judge with it.",
                ink::source(publication, &report.base),
                ink::rule("trust.root-missing")
            ),
        };
        return format!("<p>{said}</p>\n");
    };
    let loose = if trust.anchored { "" } else { ", not anchored" };
    let own = if trust.head_version.is_some() { ", not with the one of this change" } else { "" };
    let mut out = format!(
        "<p>Judged with {} version {} of {}{loose}{own}.</p>\n{}",
        ink::code(&trust.path, 120),
        trust.version,
        ink::source(publication, &trust.source),
        chain(report)
    );
    if !trust.signers.is_empty() {
        let rows = trust.signers.iter().map(|(id, keys)| {
            let keys: Vec<String> = keys.iter().take(4).map(|key| ink::code(key, 80)).collect();
            format!("<tr><td>{}</td><td>{}</td></tr>\n", ink::code(id, 60), keys.join(", "))
        });
        let (body, shown) = ink::fill(rows, SIGNERS, share::SIGNERS);
        let caption = match trust.signers.len() - shown {
            0 => "Signatures that count".to_owned(),
            left => format!("Signatures that count, and those of {} more", number(left)),
        };
        out += &ink::table("keys", &caption, &["Signer", "Keys"], &body);
    }
    out
}

/// From the trust file to the approvals, a box a step; beneath, what breaks off.
fn chain(report: &Report) -> String {
    let Some(trust) = &report.trust else { return String::new() };
    let counts = &report.counts;
    let keys: usize = trust.signers.iter().map(|(_, keys)| keys.len()).sum();
    let invalid = counts.signatures_invalid + counts.signatures_weak;
    let settled = counts.approved + counts.exempted;
    let all = settled + counts.pending + counts.rejected + counts.expired;
    let step = |class: &str, head: String, text: String| {
        format!("<li class=\"{class}\"><b>{head}</b><span>{text}</span></li>\n")
    };
    let mut out = "<ol class=\"chain\" aria-label=\"Trust chain\">\n".to_owned();
    let anchored = if trust.anchored { "in force" } else { "not anchored" };
    out += &step(
        "g",
        format!("trust file {}", trust.version),
        format!("{anchored}, {}", count(trust.signers.len(), "signer")),
    );
    out += &step("g", count(keys, "key"), "known to it and live".to_owned());
    if counts.signatures_valid + invalid > 0 {
        out += &step(
            "g",
            count(counts.signatures_valid, "signature"),
            "by these keys, over what is there now".to_owned(),
        );
    }
    if all > 0 {
        let (class, mark) = if settled == all { ("g", "✓") } else { ("x", "✗") };
        let text = match all - settled {
            0 => format!("{mark} approved or let in by an owner"),
            left => format!("approved; {mark} {} not", number(left)),
        };
        out += &step(class, format!("{} of {}", number(settled), count(all, "subject")), text);
    }
    out += "</ol>\n";
    let mut off = Vec::new();
    if let Some(version) = trust.head_version {
        off.push(step("x", format!("trust file {version}"), "of this change: shown, not used".to_owned()));
    }
    if invalid > 0 {
        off.push(step(
            "x",
            count(invalid, "signature"),
            "unknown key, another state or the old format: does not count".to_owned(),
        ));
    }
    if !off.is_empty() {
        out +=
            &format!("<ul class=\"chain off\" aria-label=\"What does not count\">\n{}</ul>\n", off.concat());
    }
    out
}

/// What this run looked at, what it did not, and what else is to be known.
pub fn coverage(report: &Report) -> String {
    let list = |head: &str, class: &str, items: &[Phrase]| {
        if items.is_empty() {
            return String::new();
        }
        let rows = items.iter().map(|item| format!("<li>{}</li>\n", ink::say(item)));
        let (mut body, shown) = ink::fill(rows, usize::MAX, share::LIST);
        if items.len() > shown {
            body += &format!("<li>and {} more</li>\n", number(items.len() - shown));
        }
        format!("<div class=\"{class}\"><h3>{head}</h3>\n<ul>\n{body}</ul></div>\n")
    };
    let called: Vec<_> = report.coverage.iter().map(|own| Phrase::say(own.told())).collect();
    let verified: Vec<_> = sections::lines(report)
        .into_iter()
        .map(|line| {
            let pack = line.pack.map(|path| Phrase::quote(path).and_say(": ")).unwrap_or_default();
            pack.and_say(format!("{}: {}; ", line.section, line.state)).and(line.told)
        })
        .collect();
    let parts = [
        list("Verified", "verified", &verified),
        list("Called", "called", &called),
        list("Looked at", "seen", &report.looked_at),
        list("Not looked at", "unseen", &report.not_looked_at),
        list("Notes", "notes", &report.notes),
    ];
    match parts.concat().as_str() {
        "" => String::new(),
        parts => format!("<div class=\"lists\">\n{parts}</div>\n"),
    }
}

/// Version, commits, exit code.
pub fn footer(report: &Report) -> String {
    let publication = &report.publication;
    let mut parts = vec![format!("cask {}", html(report.tool_version, 40))];
    for (label, source) in [("head", &report.head), ("base", &report.base)] {
        let sha = source.commit.as_deref().map(|sha| ink::commit(publication, sha)).unwrap_or_default();
        if !sha.is_empty() {
            parts.push(format!("{label} {sha}"));
        }
    }
    parts.push(format!("fail-on {}, exit code {}", report.fail_on.word(), report.exit_code()));
    parts.push(format!("{} explains a rule", ink::command("cask rules <id>")));
    parts.push(format!("{} a finding", ink::command("cask explain <fingerprint>")));
    format!(
        "<footer>{}. This file loads nothing and sends nothing; its script only searches.</footer>\n",
        parts.join(" <span aria-hidden=\"true\">·</span> ")
    )
}
