//! One encoder per sink. Text of a stranger (names, paths, hosts, descriptions, branches, signers) goes
//! in raw and comes out as text that its sink can only show, never act on.
//!
//! All encoders begin with [`visible()`]; none trusts that its caller did.

pub mod actions;
pub mod html;
pub mod json;
pub mod link;
pub mod markdown;
pub mod paste;
pub mod sarif;
pub mod terminal;

pub use crate::canon::visible::visible;
pub use paste::paste;
