//! ENGINE: a toolpack as a mint would make it of a capture, and what its calls showed, in; candidates for tools out, how
//! sure each is, and what should be captured next. And which of them may be published.
//!
//! The endpoints are those of the mint; nothing is aggregated here. No value of a recording becomes the default of a path,
//! an id, a secret, something personal, or of anything that changes state. Nothing here approves.

mod confidence;
pub mod denials;
mod drafted;
mod family;
pub mod files;
pub mod gates;
mod parameter;
mod proposal;
mod question;
mod resolver;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

pub use drafted::Drafted;
pub use family::Family;
pub use proposal::Proposal;
pub use question::Question;

use crate::canon::{Fault, FaultKind};
use crate::model::seen::Told;
use crate::model::toolpack::Toolpack;

/// Drafts of a toolpack and of what the calls behind it showed.
///
/// # Errors
/// Two candidates have one id: whoever names it would not know which is meant.
pub fn draft<'p>(pack: &'p Toolpack, told: &Told) -> Result<Drafted<'p>, Fault> {
    let families = family::all(pack, told);
    let proposals: Vec<Proposal> = families.iter().flat_map(proposal::of).collect();
    let mut ids = BTreeSet::new();
    if let Some(twice) = proposals.iter().find(|proposal| !ids.insert(proposal.id.as_str())) {
        let message =
            format!("two candidates have the id {}: one of them is {:?}", twice.id, twice.tool.name);
        return Err(Fault::new(files::PROPOSALS, FaultKind::Content, message)
            .hint("leave one of them out: --scope-file with a rule of its own"));
    }
    let questions = families.iter().flat_map(question::of).collect();
    Ok(Drafted { families, proposals, questions })
}
