//! What was verified as rows that all formats show: one for each section of each toolpack.

use super::words::count;
use crate::model::phrase::Phrase;
use crate::model::report::Report;
use crate::model::verified::{Section, SectionReport, State, Verified, VerifiedPack};

/// A section of a toolpack.
pub struct Line<'a> {
    /// Its folder, where there are several toolpacks.
    pub pack: Option<&'a str>,
    /// Which section.
    pub section: &'static str,
    /// What it came to.
    pub state: State,
    /// What was checked, or why nothing was.
    pub told: Phrase,
}

/// Every section of every toolpack, in the order of the report.
pub fn lines(report: &Report) -> Vec<Line<'_>> {
    let Some(verified) = &report.verified else { return Vec::new() };
    let several = verified.packs.len() > 1;
    let of = |pack: &'_ VerifiedPack| {
        pack.sections
            .iter()
            .map(|own| (own.section.word(), own.state, told(own, verified)))
            .collect::<Vec<_>>()
    };
    let all = verified.packs.iter().flat_map(|pack| of(pack).into_iter().map(move |line| (pack, line)));
    all.map(|(pack, (section, state, told))| Line {
        pack: several.then_some(pack.path.as_str()),
        section,
        state,
        told,
    })
    .collect()
}

fn told(own: &SectionReport, verified: &Verified) -> Phrase {
    if !own.why.is_empty() {
        return own.why.clone();
    }
    let counts = own.told();
    if own.section != Section::Provenance {
        return Phrase::say(counts);
    }
    // In hundredths, as the budget is given.
    let open = own.count(State::Unknown) * 100 / own.traced.len().max(1);
    let basis = own.basis.unwrap_or_default();
    let what = count(own.traced.len(), "assertion");
    Phrase::say(format!(
        "{counts} of {what}; {open} % open, {:.0} % may be; told by {}",
        verified.how.unknown_budget * 100.0,
        if basis == "recorded" { "recorded calls" } else { "names alone, a guess" }
    ))
}
