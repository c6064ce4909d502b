//! THE OUTSIDE: everything that can fail for reasons of the world.

// The layer that reads and writes the world.
#![allow(clippy::disallowed_methods)]

pub mod archive;
pub mod audit_files;
pub mod audit_log;
mod batch;
pub mod beyond;
pub mod blocks;
pub mod browser;
pub mod captures;
pub mod chat;
pub mod clock;
pub mod clone;
pub mod commits;
pub mod confirmations;
pub mod credentials;
pub mod drafts;
pub(crate) mod end;
pub mod engine;
pub mod failure;
pub mod fetch;
pub mod fs;
#[cfg(any(test, fuzzing))]
pub mod fuzzed;
pub mod git;
pub mod github;
pub mod hook_file;
pub mod keystore;
pub mod known_roots;
mod listing;
pub mod load;
pub mod lock;
pub mod locks;
pub mod logins;
pub mod mcp;
pub mod net;
pub mod oid;
pub mod own_repo;
mod process;
pub mod program;
pub mod refname;
pub mod refs;
pub mod remote;
#[cfg(unix)]
pub mod screen;
pub mod spending;
pub mod ssh_keygen;
pub mod stdin;
pub mod together;
pub mod tree;
pub mod tree_entry;
pub mod tty;
mod walk;

pub use failure::Failure;
