//! Which operations are taken in: rules in order, of which the first that matches decides; what no rule matches
//! stays out (scopes.md §1).

mod file;
mod filter;
mod presets;
mod rule;

pub use file::read;
pub use filter::{Facts, Field, Filter, Operator, Pattern, Value};
pub use presets::{DEFAULT, PRESETS, preset};
pub use rule::{Scope, ScopeRule};

#[cfg(test)]
mod tests;
