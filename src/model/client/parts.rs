//! What a client's configuration is made of: servers, and what is granted or denied.

use super::launch::Launch;
use crate::canon::Node;

/// A server.
#[derive(Debug, Clone, PartialEq)]
pub struct Server {
    /// Its name there.
    pub name: String,
    /// How it is started or reached.
    pub launch: Launch,
    /// Where it stands.
    pub pointer: String,
    /// What is written there.
    pub raw: Node,
}

/// Something that a client may do unasked, or may not do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// What it is: `allow rule`, `mode` …
    pub what: &'static str,
    /// The server that it is about, if it is about one.
    pub server: String,
    /// What is granted.
    pub text: String,
    /// Where it stands.
    pub pointer: String,
}
