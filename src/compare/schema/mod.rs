//! Two schemas in, what changed for those who use them out, field by field and in both directions: what an
//! agent may no longer send or can no longer rely on, and what it can send or learn beyond that.
//!
//! The same meaning in another spelling is no change: references are followed, `allOf` is merged, `nullable`,
//! a list of types and `anyOf` with null are one, and what is left out has its default.

mod branches;
mod change;
mod decimal;
mod document;
mod ecma;
mod envelope;
mod equal;
mod fits;
mod judge;
mod kinds;
mod objects;
mod parameters;
mod pattern;
mod place;
mod rows;
mod same;
pub mod seen;
mod types;
mod values;
mod view;
mod walk;
mod words;

pub use change::{Context, Parameter, Position, Schema, SchemaChange};
pub use decimal::Decimal;
pub use parameters::parameters;
pub use words::{amount, is_sensitive};

/// Every change between two schemas, each once; the whole first, then place by place from the root down.
pub fn compare(old: Schema, new: Schema, context: &Context) -> Vec<SchemaChange> {
    parameters::compare(old, new, context)
}

#[cfg(test)]
mod tests;
