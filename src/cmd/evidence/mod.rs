//! `cask evidence`, and `--evidence` of the commands that judge: what was judged and what it came to, kept in lines that
//! nobody can change one by one.

pub mod keep;
mod of_report;
pub mod verify;
