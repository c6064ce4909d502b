//! THE RECEIVER: what programs send of their own calls (OTLP) in, spans held in bounded memory out.
//!
//! Nothing is written here: what is held goes the way of a file of spans, and is redacted before any of it is stored.

// This layer meets the world: sockets, clocks.
#![allow(clippy::disallowed_methods)]

mod answer;
mod body;
#[cfg(feature = "otlp-grpc")]
pub mod grpc;
pub mod held;
pub mod http;
pub mod refused;
pub mod taking;
