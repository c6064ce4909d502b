//! What the gate says about one signed subject.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::finding::{Approval, ApprovalState, Finding, Reason};
use super::lockfile::Status;
use super::report::Standing;

/// One subject, how it stands, and what is wrong with its approvals.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubjectState {
    /// How it stands.
    pub standing: Standing,
    /// What is wrong with its approvals, gravest rule first; each becomes a reason of the change that it is
    /// about, or stands alone where nothing changed.
    pub problems: Vec<Finding>,
    /// Signatures that hold.
    pub genuine: usize,
    /// Signatures that were refused.
    pub refused: usize,
}

impl SubjectState {
    /// The approval that findings about this subject carry.
    pub fn approval(&self) -> Approval {
        let state = match self.standing.status {
            Status::Approved | Status::Exempted => ApprovalState::Acknowledged,
            Status::Pending => ApprovalState::Missing,
            Status::Rejected => ApprovalState::Rejected,
        };
        let reasons = self
            .problems
            .iter()
            .map(|p| Reason { rule: p.rule, here: p.here.clone(), place: p.place.clone() })
            .collect();
        Approval {
            state,
            have: self.standing.have,
            need: self.standing.need,
            signers: self.standing.signers.clone(),
            reasons,
        }
    }
}
