//! What many values had in common in, schemas out: no more is said of an API than all samples bear out.

mod evidence;
mod infer;
mod parameters;

pub use evidence::REQUIRED;
pub use infer::{sample, schema};
#[cfg(test)]
pub use parameters::of;
pub use parameters::parameters;
