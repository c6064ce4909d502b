//! THE SERVER: serves what is approved, and nothing else. A call is decided by `enforce`, and carried out here.

// This layer meets the world: the clock, the network, threads.
#![allow(clippy::disallowed_methods)]

mod apart;
mod asking;
pub mod gateway;
pub mod how;
pub mod http;
pub mod inspect;
pub mod invoke;
pub mod judge;
pub mod lines;
pub mod listen;
pub mod live;
pub mod offer;
mod reading;
pub mod ready;
mod relay;
mod send;
pub mod served;
pub mod server;
pub mod servers;
pub mod state;
pub mod stdio;
pub mod trail;
