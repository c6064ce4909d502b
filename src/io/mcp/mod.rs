//! The other side of MCP: a server that somebody else wrote is started or reached, asked who it is and what it offers,
//! and ended. Nothing that it says is trusted, kept without bound, or waited for without end.

pub mod conversation;
pub mod listing;
pub mod pipe;
pub mod published;
pub mod wire;
