//! Descriptions of what agents can call in, surfaces out: what an API or a server says of itself, as the one
//! shape that drift compares and a mint would lock.
//!
//! A reader gets the tree of a document that was read already, and gives a baseline of version 2 whose nodes
//! keep the lines of the document, with a note of where each entry stands in it. No file, no network: what a
//! document refers to comes as trees too.

pub mod mcp;
pub mod openapi;
mod sourced;

pub use sourced::{Notes, Options, Source, Sourced};

use crate::canon::Node;

/// Every kind of description, in the order in which they are tried.
pub const SOURCES: &[Source] = &[openapi::SOURCE, mcp::SOURCE];

/// The kind that a document is, told from its content; a file's name says nothing.
pub fn find(document: &Node) -> Option<&'static Source> {
    SOURCES.iter().find(|source| (source.sniff)(document))
}

/// The kinds, for people: `OpenAPI, …`.
pub fn labels() -> String {
    SOURCES.iter().map(|source| source.label).collect::<Vec<_>>().join(", ")
}
