//! NOUNS: the types of the domain and their invariants.

pub mod risk;
