//! TOOLS OF TRUST: what is signed, by whom, and whether it holds.

pub mod base64url;
pub mod envelope;
pub mod fault;
pub mod key;
pub mod keypair;
pub mod legacy;
mod python;
pub mod signature;
#[cfg(test)]
mod vectors;
