//! TOOLS OF JUDGEMENT that more than one engine needs.

mod address;
mod host_parts;
pub mod host_rules;
pub mod hosts;
pub mod keyed;
pub mod leaves;
mod lookalike;
pub mod members;
pub mod paths;
pub mod policy;
mod policy_change;
pub mod policy_diff;
mod policy_facets;
mod policy_fields;
mod policy_reach;
mod policy_trial;
mod properties;
pub mod restate;
pub mod risk;
mod risk_rows;
mod risk_words;
pub mod rounds;
pub mod schema;
pub mod secrets;
pub mod surface;
pub mod text;
pub mod tier;
