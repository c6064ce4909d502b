//! THE OUTSIDE: everything that can fail for reasons of the world.

// The layer that reads and writes the world.
#![allow(clippy::disallowed_methods)]

mod batch;
pub mod failure;
pub mod fs;
pub mod git;
mod listing;
pub mod load;
pub mod oid;
mod process;
pub mod refname;
pub mod tree;
pub mod tree_entry;
mod walk;

pub use failure::Failure;
