//! `cask propose`: candidates for tools of a capture, and a queue of drafts of what agents were denied. None of it
//! approves anything: what is published waits for signatures as every tool does, and servers never look here.

pub mod capture;
pub mod denied;
mod drafted;
pub mod list;
pub mod publish;
pub mod review;
pub mod show;
mod told;
