//! The shapes of generation 2 whose readers keep the tree as it was read: what their JSON Schemas and
//! docs/formats.md are made from. The files that are read into types outright have theirs beside the reader.

pub mod baseline;
pub mod mcp;
pub mod policy;
pub mod security;
pub mod tools;
pub mod toolsets;
