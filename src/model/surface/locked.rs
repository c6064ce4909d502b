//! What an operation is, as its baseline locks it.

use std::collections::BTreeMap;

use super::places::Places;
use crate::canon::Node;
use crate::model::schema::baseline::{Facet, GraphqlOperation, Operation};

/// An operation of a baseline.
#[derive(Debug, Clone)]
pub struct Locked<'a> {
    /// Upper-case method.
    pub method: String,
    /// Host, lower-case, with a port if it is not the scheme's.
    pub host: String,
    /// Path template below the base path.
    pub path: String,
    /// Everything else, in the shape of version 2.
    pub content: Operation,
    /// The GraphQL operation of it that is meant, by name.
    pub graphql: Option<(String, GraphqlOperation)>,
    /// Schemes that `content` names; those that version 1 implies are among them.
    pub schemes: BTreeMap<String, Node>,
    /// Schemas that `content` refers to.
    pub defs: Option<&'a Node>,
    /// Where its parts stand.
    pub places: Places<'a>,
}

impl Locked<'_> {
    /// Base path and path.
    pub fn full_path(&self) -> String {
        format!("{}{}", self.content.base_path.as_deref().unwrap_or_default(), self.path)
    }

    /// Whether its source could tell a facet.
    pub fn knows(&self, facet: Facet) -> bool {
        !self.content.unknown.contains(&facet)
    }

    /// Whether a call may change something: whatever is not a method that only reads.
    pub fn writes(&self) -> bool {
        !matches!(self.method.as_str(), "GET" | "HEAD" | "OPTIONS" | "TRACE")
    }
}
