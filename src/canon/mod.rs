//! GROUND: bytes to trees and back, digests, time and text. Knows no word of the domain.

pub mod decode;
mod decode_error;
pub mod digest;
pub mod emit;
mod emit_yaml;
pub mod encode;
pub mod fault;
pub mod json;
pub mod jsonc;
pub mod limits;
pub mod near;
pub mod node;
mod node_serde;
mod open;
mod plain;
pub mod read_json;
pub mod read_toml;
pub mod read_yaml;
mod scalar11;
mod scalar12;
#[cfg(test)]
pub(crate) mod testing;
pub mod text;
pub mod time;
mod tree;
pub mod view;
pub mod visible;

pub use fault::{Fault, FaultKind};
pub use limits::Limits;
pub use node::{Node, Value};
