//! The paths of one host in, templates out: by evidence from all samples, in no order, with names that people would
//! have chosen. Literals keep a template of their own beside them.

mod given;
mod learn;
mod literal;
mod made;
mod names;
mod routes;
#[cfg(test)]
mod tests;

pub use given::Known;
pub use learn::{Learned, learn};
pub use made::{Kind, Template};
pub use routes::numbers;
