//! The parts of a page for a repository's first trust file: the keys to confirm, the pin, and what is let in
//! without an approval.

use std::collections::BTreeMap;

use super::inline::fingerprint;
use crate::canon::digest::is_digest;
use crate::model::finding::SubjectKind;
use crate::model::lockfile::Status;
use crate::model::report::{Report, Standing};
use crate::model::risk::RiskTier;
use crate::report::escape::markdown::code;
use crate::report::words::{self, number};

/// Most names in a cell, and most owners.
const NAMES: usize = 30;

/// The owners and the whole fingerprints of their keys.
pub fn owners(report: &Report) -> String {
    let mut lines = vec![
        "| Owner | May approve up to | Key (SHA-256 of the public key) |".to_owned(),
        "| :-- | :-- | :-- |".to_owned(),
    ];
    for (owner, tier, key) in report.owners_to_confirm.iter().take(NAMES) {
        lines.push(format!("| {} | {} | {} |", code(owner, 60), tier.word(), fingerprint(key)));
    }
    if report.owners_to_confirm.len() > NAMES {
        lines.push(format!("| and {} more | | |", number(report.owners_to_confirm.len() - NAMES)));
    }
    lines.join("\n")
}

/// The line for a workflow that makes this step pass for this trust file and fail for any other.
pub fn pin(report: &Report) -> Option<String> {
    let pin = report.pin.as_deref().filter(|pin| is_digest(pin))?;
    Some(format!(
        "**Pin**: in the workflow, this makes the step pass for this trust file and fail for any other.\n\n\
         ```yaml\nwith:\n  trust-pin: {pin}\n```"
    ))
}

/// What exists and was let in, by risk.
pub fn exempted(report: &Report) -> Option<String> {
    let tools: Vec<&Standing> = report
        .standings
        .iter()
        .filter(|s| s.status == Status::Exempted && s.subject.kind == SubjectKind::Tool)
        .collect();
    let (_, end) = words::exempted(report)?;
    let until = end.map_or_else(String::new, |end| format!(", until {}", end.date()));
    let mut by_tier: BTreeMap<RiskTier, Vec<&str>> = BTreeMap::new();
    for tool in &tools {
        by_tier.entry(tool.tier).or_default().push(&tool.subject.name);
    }
    let (tool, are) = if tools.len() == 1 { ("tool exists", "It is") } else { ("tools exist", "They are") };
    let mut lines = vec![
        format!(
            "{} {tool} already. {are} **exempted, not approved**{until}; each one that changes needs an approval \
             at once.\n",
            number(tools.len())
        ),
        "| Risk | Tools | Of them |".to_owned(),
        "| :-- | --: | :-- |".to_owned(),
    ];
    for (tier, mut names) in by_tier.into_iter().rev() {
        names.sort_unstable();
        let mut shown: Vec<String> = names.iter().take(NAMES).map(|name| code(name, 60)).collect();
        if names.len() > NAMES {
            shown.push(format!("and {} more", number(names.len() - NAMES)));
        }
        lines.push(format!("| {} | {} | {} |", tier.word(), number(names.len()), shown.join(", ")));
    }
    Some(lines.join("\n"))
}
