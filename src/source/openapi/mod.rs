//! A description of an HTTP API in (OpenAPI 2.0, 3.0, 3.1, 3.2), the surface that it describes out.
//!
//! - An operation stands under its first server; further ones are kept beside it, so that a list of twenty
//!   regions does not make twenty operations of each. A description without a host gets the one it is told.
//! - Parameters of the path are those of the operation, the document's security is that of each operation which
//!   has none of its own, parameters and answers that are shared are written out: the same API told in another
//!   way is the same surface.
//! - Schemas are restated to JSON Schema 2020-12. What they refer to becomes a definition of the baseline; a
//!   reference that leads nowhere, or out of the project, says so in its place (`x-unresolved`).
//! - What must be there to know an operation at all, and is not, ends the run.

mod bodies;
mod document;
mod made;
mod operations;
mod parameters;
mod parts;
mod path;
mod read;
mod schemas;
mod security;
mod servers;

pub use servers::NO_HOST;

use super::sourced::Source;

/// The row of the table.
pub const SOURCE: Source = Source {
    id: "openapi",
    label: "OpenAPI",
    is_whole: true,
    sniff: read::sniff,
    wants: path::wanted,
    read: read::read,
};
