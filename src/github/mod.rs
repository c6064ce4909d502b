//! GITHUB as values: what it said in, what it is asked next out.
//!
//! Nothing here reaches a network or a clock: `io::github` does what these functions decide, and `cmd` wires
//! both, so each decision can be tested with a few literals.

pub mod link;
pub mod marker;
pub mod place;
pub mod refused;
pub mod retry;
pub mod sticky;
