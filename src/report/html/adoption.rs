//! What the page shows of a repository's first trust file: the keys to confirm, the pin, and what is let in
//! without an approval.

use std::collections::BTreeMap;

use super::{ink, share};
use crate::canon::digest::is_digest;
use crate::model::finding::SubjectKind;
use crate::model::lockfile::Status;
use crate::model::report::Report;
use crate::model::risk::RiskTier;
use crate::report::escape::html::html;
use crate::report::row::Class;
use crate::report::view::View;
use crate::report::words::{self, number};

/// Most owners, and most names in a cell.
const NAMES: usize = 30;

/// All of it; empty where there is nothing to adopt.
pub fn whole(report: &Report, view: &View) -> String {
    if report.owners_to_confirm.is_empty() || view.count(Class::Stops) > 0 {
        return String::new();
    }
    owners(report) + &pin(report) + &exempted(report)
}

fn owners(report: &Report) -> String {
    let rows = report.owners_to_confirm.iter().map(|(owner, tier, key)| {
        let key = match words::fingerprint(key) {
            Some(lines) => format!("<code class=\"voice\">{}</code>", lines.join("<br>")),
            None => ink::code(key, 100),
        };
        format!("<tr><td>{}</td><td>{}</td><td>{key}</td></tr>\n", ink::code(owner, 60), tier.word())
    });
    let (body, shown) = ink::fill(rows, NAMES, share::ADOPTION);
    let heads = ["Owner", "May approve up to", "Key (SHA-256 of the public key)"];
    let caption = match report.owners_to_confirm.len() - shown {
        0 => "Keys to confirm".to_owned(),
        more => format!("Keys to confirm; {} more are in the trust file", number(more)),
    };
    ink::table("owners", &caption, &heads, &body)
}

/// The line for a workflow that makes this step pass for this trust file and fail for any other.
fn pin(report: &Report) -> String {
    let Some(pin) = report.pin.as_deref().filter(|pin| is_digest(pin)) else { return String::new() };
    format!(
        "<p><b>Pin</b>: in the workflow, this makes the step pass for this trust file and fail for any other.</p>\n\
         <pre tabindex=\"0\"><code>with:\n  trust-pin: {}</code></pre>\n",
        html(pin, 100)
    )
}

/// What exists and was let in, by risk.
fn exempted(report: &Report) -> String {
    let Some((n, end)) = words::exempted(report) else { return String::new() };
    let mut by_tier: BTreeMap<RiskTier, Vec<String>> = BTreeMap::new();
    let tools = report.standings.iter().filter(|s| s.subject.kind == SubjectKind::Tool);
    for tool in tools.filter(|s| s.status == Status::Exempted) {
        by_tier.entry(tool.tier).or_default().push(tool.subject.name.clone());
    }
    let rows = by_tier.into_iter().rev().map(|(tier, mut names)| {
        names.sort_unstable();
        let more = match names.len().saturating_sub(NAMES) {
            0 => String::new(),
            more => format!(", and {} more", number(more)),
        };
        let shown = ink::names(&names[..names.len().min(NAMES)]);
        format!(
            "<tr><td>{}</td><td class=\"num\">{}</td><td>{shown}{more}</td></tr>\n",
            tier.word(),
            number(names.len())
        )
    });
    let (body, _) = ink::fill(rows, NAMES, share::ADOPTION);
    let (tool, are) = if n == 1 { ("tool exists", "It is") } else { ("tools exist", "They are") };
    let until = end.map_or_else(String::new, |end| format!(", until {}", end.date()));
    format!(
        "<p>{} {tool} already. {are} <b>exempted, not approved</b>{until}; each one that changes needs an approval \
         at once.</p>\n{}",
        number(n),
        ink::table("exempted", "Let in without an approval", &["Risk", "Tools", "Of them"], &body)
    )
}
