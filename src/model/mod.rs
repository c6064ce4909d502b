//! NOUNS: the types of the domain and their invariants.

mod at;
pub mod policy;
mod policy_read;
pub mod risk;
pub mod toolset;

#[cfg(test)]
pub(crate) mod testing;
