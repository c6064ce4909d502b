//! `cask audit`: what servers wrote down, and whether it is still what they wrote. Each command is a file; `trail` finds
//! the files and tells which records are wanted and how one is shown.

pub mod show;
pub mod tail;
pub(in crate::cmd) mod trail;
pub mod verify;
