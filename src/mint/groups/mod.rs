//! Groups of tools that were proposed (`scopes.suggested.yaml`) taken into the file in which somebody keeps groups of
//! their own. Nothing of that file is lost: what stands there stays, and so do its comments.

mod edit;
mod fold;
mod merge;

pub use fold::wants_a_person;
pub use merge::{Merged, merge};

#[cfg(test)]
mod tests;
