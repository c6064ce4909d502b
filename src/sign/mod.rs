//! TOOLS OF TRUST: what is signed, by whom, and whether it holds.

pub mod base64url;
pub mod chain;
pub mod defs;
pub mod edit;
#[cfg(test)]
mod edit_model;
pub mod edit_refused;
pub mod edit_set;
#[cfg(test)]
mod edit_testing;
pub mod envelope;
pub mod fault;
pub mod genuine;
pub mod ground;
pub mod key;
pub mod keypair;
pub mod keyring;
pub mod legacy;
mod python;
pub mod quorum;
pub mod signature;
pub mod signed_text;
pub mod statement;
mod steps;
pub mod subject;
#[cfg(test)]
mod vectors;
pub mod verify;
