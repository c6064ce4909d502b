//! `cask gate`: the commands that read and write lockfiles. Each is a file; `desk` loads what they work on,
//! `act` signs and writes.

pub(in crate::cmd) mod act;
pub mod allow;
pub mod attach;
pub mod block;
pub mod check;
pub(in crate::cmd) mod desk;
pub mod resign;
pub mod review;
pub(in crate::cmd) mod say;
mod sitting;
pub mod snapshot;
pub mod status;
pub mod sync;
pub mod withdraw;
