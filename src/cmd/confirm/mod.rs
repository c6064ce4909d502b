//! `cask confirm`: what a person does with calls that wait for one. Each command is a file; `bench` finds the store and
//! the audit trail beside it, `say` shows a challenge.

pub(in crate::cmd) mod bench;
pub mod deny;
pub mod grant;
pub mod list;
mod say;
pub mod show;
pub mod watch;
