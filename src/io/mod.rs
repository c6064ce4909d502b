//! THE OUTSIDE: everything that can fail for reasons of the world.

mod batch;
pub mod failure;
pub mod fs;
pub mod git;
mod listing;
pub mod oid;
mod process;
pub mod refname;
pub mod tree;
pub mod tree_entry;
mod walk;

pub use failure::Failure;
