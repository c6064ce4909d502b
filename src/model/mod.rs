//! NOUNS: the types of the domain and their invariants.

mod at;
pub mod policy;
pub mod risk;
pub mod toolset;
