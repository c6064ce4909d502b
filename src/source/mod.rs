//! Descriptions of what agents can call in, surfaces out: what an API or a server says of itself, as the one
//! shape that drift compares and a mint would lock.
//!
//! A reader gets the tree of a document that was read already, and gives a baseline of version 2 whose nodes
//! keep the lines of the document, with a note of where each entry stands in it. No file, no network: what a
//! document refers to comes as trees too.

pub mod mcp;
pub mod openapi;
mod sourced;
pub mod webmcp;

pub use sourced::{Notes, Options, Source, Sourced};

use crate::canon::Node;

/// Every kind of description, in the order in which they are tried.
pub const SOURCES: &[Source] = &[openapi::SOURCE, mcp::SOURCE];

/// Members that files of our own have at their top, of any version, and no description has.
const OURS: [&str; 7] =
    ["schema_version", "toolpack_id", "endpoints", "operations", "actions", "toolsets", "approvals"];

/// The kind that a document is, told from its content; a file's name says nothing. A file of ours is none,
/// whatever else it says: it would be compared by what it says beside what was locked.
pub fn find(document: &Node) -> Option<&'static Source> {
    let ours = OURS.iter().any(|key| document.get(key).is_some());
    SOURCES.iter().find(|source| !ours && (source.sniff)(document))
}

/// The kinds, for people: `OpenAPI, …`.
pub fn labels() -> String {
    SOURCES.iter().map(|source| source.label).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::node;

    #[test]
    fn a_file_of_ours_is_no_description_whatever_else_it_says() {
        for own in OURS {
            for other in [r#""openapi": "3.1.0", "paths": {}"#, r#""swagger": "2.0""#, r#""tools": []"#] {
                assert!(find(&node(&format!("{{{other}}}"))).is_some(), "{other}");
                let both = format!(r#"{{"{own}": null, {other}}}"#);
                assert!(find(&node(&both)).is_none(), "{both}");
            }
        }
    }
}
