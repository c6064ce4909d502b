//! The other side of MCP: a server that somebody else wrote is started or reached, asked who it is and what it offers,
//! and ended. Nothing that it says is trusted, kept without bound, or waited for without end.

pub mod asks;
pub mod conversation;
pub mod events;
pub mod http;
pub mod listing;
pub mod locked;
pub mod message;
pub mod peer;
pub mod pipe;
pub mod published;
pub mod remote;
pub mod site;
pub mod sse;
pub mod wire;
