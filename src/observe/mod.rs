//! What traffic showed in, exchange by exchange; the surface that it tells of out, by way of a part.
//!
//! A part is a summary that merges in any order ([`part`]). Everything that takes judgement (templates, schemas, what
//! is required, how callers prove who they are, what feeds what) is decided once, from the merged part: so one machine
//! and a hundred come to the same baseline.

mod auth;
pub mod baseline;
mod flows;
mod graphql;
pub mod inputs;
mod observed;
mod operation;
pub mod part;
mod schema;
mod templates;
#[cfg(test)]
mod tests;
