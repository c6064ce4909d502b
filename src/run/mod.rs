//! THE SERVER: serves what is approved, and nothing else. A call is decided by `enforce`, and carried out here.

// This layer meets the world: the clock, the network, threads.
#![allow(clippy::disallowed_methods)]

pub mod inspect;
pub mod lines;
pub mod live;
pub mod state;
pub mod stdio;
