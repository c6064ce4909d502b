//! What is drafted of a capture.

use super::family::Family;
use super::proposal::Proposal;
use super::question::Question;

/// Endpoints, candidates and questions.
#[derive(Debug, Clone)]
pub struct Drafted<'p> {
    /// Endpoints, by host, method and path.
    pub families: Vec<Family<'p>>,
    /// Candidates for tools, in the order of their endpoints.
    pub proposals: Vec<Proposal<'p>>,
    /// What nobody knows yet.
    pub questions: Vec<Question>,
}
