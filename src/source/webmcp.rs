//! What pages declared to agents in (WebMCP), the surface of it out: each tool as its page declared it, below the origin of
//! the page.
//!
//! A page is looked at as it was visited: what it did not declare there it may declare elsewhere, so that absence says
//! nothing. No file is a source of this kind.

use std::collections::BTreeSet;

use super::sourced::{Options, Source, Sourced, sorted};
use crate::canon::digest::id16;
use crate::canon::{Fault, Node};
use crate::model::at::At;
use crate::model::baseline::Baseline;
use crate::model::origin::Origins;
use crate::model::phrase::Phrase;
use crate::model::schema_version::CURRENT;

/// The row of pages that were visited just now.
pub const LIVE: Source = Source {
    id: "webmcp",
    label: "tools that pages declare",
    is_whole: false,
    sniff: |_| false,
    wants: |_, _| BTreeSet::new(),
    read,
};

/// Reads what a visit told: origin, then name, then `source_method` and `raw`.
///
/// # Errors
/// It is laid out otherwise.
fn read(file: &str, document: &Node, _: &Options) -> Result<Sourced, Fault> {
    let mut origins = Vec::new();
    for (origin, tools) in At::root(file, document).required("webmcp")?.members()? {
        let mut entries = Vec::new();
        for (name, tool) in tools.members()? {
            let id = id16(&["cask.id/2", "webmcp", origin, name]);
            let entry = Node::map([
                ("stable_id", Node::text(id)),
                ("source_method", Node::text(tool.text_of("source_method")?)),
                ("raw", sorted(tool.required("raw")?.node)),
            ]);
            entries.push((name.to_owned(), entry));
        }
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        origins.push((origin.to_owned(), Node::map(entries)));
    }
    let raw = Node::map([("schema_version", Node::text(CURRENT)), ("webmcp", Node::map(origins))]);
    let baseline = Baseline::read(file, raw)?;
    let note = "tools that a page declares run in the page: without a browser they can't be called";
    Ok(Sourced { baseline, origins: Origins::default(), hostless: false, notes: vec![Phrase::say(note)] })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::testing::node;

    #[test]
    fn a_declared_tool_is_an_entry_with_an_id_of_its_own() {
        let text = r#"{"webmcp": {"https://shop.example": {
            "buy": {"source_method": "webmcp", "raw": {"name": "buy", "inputSchema": {"type": "object"}, "a": 1}}}}}"#;
        let options = Options { files: &BTreeMap::new(), host: None };
        let sourced = read("page", &node(text), &options).unwrap();
        let entry = &sourced.baseline.entries[0];
        assert_eq!(entry.pointer, "/webmcp/https:~1~1shop.example/buy");
        assert_eq!(entry.id, id16(&["cask.id/2", "webmcp", "https://shop.example", "buy"]));
        let raw = sourced.baseline.node(entry).unwrap().get("raw").unwrap();
        let keys: Vec<&str> = raw.members().iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["a", "inputSchema", "name"]);
        assert!(read("page", &node(r#"{"webmcp": {"o": {"t": {"raw": {}}}}}"#), &options).is_err());
    }
}
