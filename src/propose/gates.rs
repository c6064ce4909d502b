//! Candidates and what is asked of them in; which of them are published and why the others are not out.

use std::collections::BTreeSet;

use super::proposal::Proposal;
use crate::canon::digest::{sha256_hex, short};
use crate::model::risk::RiskTier;

/// What is asked of candidates. All of it must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filters {
    /// These alone; empty: all.
    pub only: BTreeSet<String>,
    /// How sure it must be, in percent.
    pub min_confidence: u8,
    /// How grave it may be.
    pub max_risk: RiskTier,
    /// Those too that a person has to look at first.
    pub include_review_required: bool,
    /// Those that a person has looked at.
    pub reviewed: BTreeSet<String>,
}

/// How sure it must be if nobody says otherwise.
pub const MIN_CONFIDENCE: u8 = super::confidence::SURE;

/// A candidate that is not published, and why.
#[derive(Debug, Clone)]
pub struct Excluded<'d, 'p> {
    /// The candidate.
    pub proposal: &'d Proposal<'p>,
    /// Every gate that it does not pass.
    pub reasons: Vec<String>,
}

/// What comes of it.
#[derive(Debug, Clone)]
pub struct Selection<'d, 'p> {
    /// What is published.
    pub selected: Vec<&'d Proposal<'p>>,
    /// What is not.
    pub excluded: Vec<Excluded<'d, 'p>>,
}

/// A fraction as percent: `0.75` of 75.
pub fn fraction(percent: u8) -> String {
    format!("{}.{:02}", percent / 100, percent % 100)
}

/// Puts candidates through the gates.
///
/// # Errors
/// The ids that were named and that no candidate has.
pub fn select<'d, 'p>(
    proposals: &'d [Proposal<'p>],
    filters: &Filters,
) -> Result<Selection<'d, 'p>, Vec<String>> {
    let known: BTreeSet<&str> = proposals.iter().map(|proposal| proposal.id.as_str()).collect();
    let named: BTreeSet<&String> = filters.only.iter().chain(&filters.reviewed).collect();
    let unknown: Vec<String> = named.into_iter().filter(|id| !known.contains(id.as_str())).cloned().collect();
    if !unknown.is_empty() {
        return Err(unknown);
    }
    let mut selection = Selection { selected: Vec::new(), excluded: Vec::new() };
    for proposal in proposals {
        let reasons = reasons(proposal, filters);
        match reasons.is_empty() {
            true => selection.selected.push(proposal),
            false => selection.excluded.push(Excluded { proposal, reasons }),
        }
    }
    selection.selected.sort_by(|a, b| (&a.tool.name, &a.id).cmp(&(&b.tool.name, &b.id)));
    let key = |excluded: &Excluded| (excluded.proposal.tool.name.clone(), excluded.proposal.id.clone());
    selection.excluded.sort_by_key(key);
    Ok(selection)
}

fn reasons(proposal: &Proposal, filters: &Filters) -> Vec<String> {
    let mut reasons = Vec::new();
    if !filters.only.is_empty() && !filters.only.contains(&proposal.id) {
        reasons.push("not-selected".to_owned());
    }
    if proposal.confidence < filters.min_confidence {
        reasons.push(format!("confidence<{}", fraction(filters.min_confidence)));
    }
    if proposal.tier > filters.max_risk {
        reasons.push(format!("risk>{}", filters.max_risk.word()));
    }
    let looked_at = filters.include_review_required || filters.reviewed.contains(&proposal.id);
    if proposal.requires_review && !looked_at {
        reasons.push("requires-review".to_owned());
    }
    reasons
}

/// The folder that a selection is published in: the same for the same capture, choice and gates.
pub fn folder(capture_id: &str, scope: &str, selection: &Selection, filters: &Filters) -> String {
    let mut ids: Vec<&str> = selection.selected.iter().map(|proposal| proposal.id.as_str()).collect();
    ids.sort_unstable();
    let review = if filters.include_review_required { "True" } else { "False" };
    let words = format!(
        "{capture_id}:{scope}:{}:{}0:{}:{review}",
        ids.join(","),
        fraction(filters.min_confidence),
        filters.max_risk.word(),
    );
    format!("pub_{}", short(&sha256_hex(words.as_bytes()), 12))
}
