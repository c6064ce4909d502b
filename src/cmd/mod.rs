//! COMMANDS: one file a subcommand; load, judge, deliver.

// The layer that meets the world.
#![allow(clippy::disallowed_methods)]

pub mod ci;
pub mod ctx;
pub mod deliver;
pub mod failed;
pub mod in_force;
pub mod judging;
pub mod migrate;
pub mod options;
