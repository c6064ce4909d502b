//! Configurations of agent clients as data: which servers a client starts or calls, and what it may do unasked.
//!
//! Each client has a file and words of its own; all are read into one form, and the tree stays beside it.

pub mod file;
pub mod filled;
mod grants;
pub mod kind;
pub mod launch;
pub mod parts;
mod settings;

pub use file::ClientFile;
pub use kind::Kind;
pub use launch::{Launch, Transport};
pub use parts::{Grant, Server};
pub use settings::{Setting, unknown};
