//! TOOLS OF JUDGEMENT that more than one engine needs.

mod address;
pub mod hosts;
pub mod keyed;
mod lookalike;
pub mod policy;
pub mod policy_diff;
pub mod risk;
mod risk_words;
