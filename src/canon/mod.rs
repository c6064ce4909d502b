//! GROUND: bytes to trees and back, digests, time and text. Knows no word of the domain.

pub mod fault;
pub mod node;

pub use fault::{Fault, FaultKind};
pub use node::{Node, Value};
