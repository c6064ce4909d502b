//! toolsets.yaml: named groups of tools, by tool name (artifacts.md §4, formats-v2 §7).

use std::collections::{BTreeMap, BTreeSet};

use super::at::At;
pub use super::schema_version::Generation;
use super::schema_version::{Missing, generation};
use crate::canon::{Fault, Node};

/// The groups of a toolpack.
#[derive(Debug, Clone)]
pub struct Toolsets {
    /// Generation of the file.
    pub generation: Generation,
    /// The group that is served if none is asked for.
    pub default_toolset: Option<String>,
    /// Groups by name.
    pub toolsets: BTreeMap<String, Toolset>,
    /// The file as it was read, for digests, lines and unknown members.
    pub raw: Node,
}

/// One group.
#[derive(Debug, Clone)]
pub struct Toolset {
    /// What it is for.
    pub description: Option<String>,
    /// Names of its tools. Whether they exist is judged where the tools are known.
    pub actions: BTreeSet<String>,
    /// The line on which it starts.
    pub line: u32,
    lines: BTreeMap<String, u32>,
}

impl Toolset {
    /// The line on which a member stands.
    pub fn line_of(&self, action: &str) -> Option<u32> {
        self.lines.get(action).copied()
    }
}

impl Toolsets {
    /// Reads the groups from a parsed file.
    ///
    /// # Errors
    /// A member has the wrong type, `default_toolset` names no group, and in version 2 also: an unknown
    /// member, a member listed twice. Every fault names its line and pointer.
    pub fn read(file: &str, node: &Node) -> Result<Toolsets, Fault> {
        let root = At::root(file, node);
        root.map()?;
        let generation = generation(file, node, Missing::MeansV1)?;
        if generation == Generation::V2 {
            root.only(&["schema_version", "default_toolset", "toolsets"])?;
        }
        let mut toolsets = BTreeMap::new();
        for (name, at) in root.required("toolsets")?.members()? {
            toolsets.insert(name.to_owned(), toolset(&at, generation)?);
        }
        let default = root.optional("default_toolset");
        let default_toolset = default.as_ref().map(|d| d.text().map(str::to_owned)).transpose()?;
        match (&default, &default_toolset) {
            (Some(at), Some(name)) if !toolsets.contains_key(name) => {
                Err(at.fault(format!("default_toolset `{name}` is not among the toolsets")))
            }
            _ => Ok(Toolsets { generation, default_toolset, toolsets, raw: node.clone() }),
        }
    }

    /// Names of the groups that hold a tool.
    pub fn of<'a>(&'a self, action: &'a str) -> impl Iterator<Item = &'a str> {
        self.toolsets
            .iter()
            .filter(move |(_, set)| set.actions.contains(action))
            .map(|(name, _)| name.as_str())
    }
}

fn toolset(at: &At, generation: Generation) -> Result<Toolset, Fault> {
    if generation == Generation::V2 {
        at.only(&["description", "actions"])?;
    }
    let description = at.optional("description").map(|d| d.text().map(str::to_owned)).transpose()?;
    let mut lines = BTreeMap::new();
    for action in at.required("actions")?.items()? {
        let name = action.text()?;
        let twice = lines.insert(name.to_owned(), action.node.line).is_some();
        if twice && generation == Generation::V2 {
            return Err(action.fault(format!("`{name}` is listed twice")));
        }
    }
    Ok(Toolset { description, actions: lines.keys().cloned().collect(), line: at.node.line, lines })
}

#[cfg(test)]
mod tests {
    use super::super::testing::node;
    use super::*;

    fn fault(json: &str) -> String {
        Toolsets::read("t", &node(json)).unwrap_err().to_string()
    }

    #[test]
    fn groups_are_read_with_lines() {
        let doc = node(
            r#"{"schema_version": "1.0", "generated_at": "x", "default_toolset": "readonly",
               "toolsets": {"readonly": {"description": "d", "actions": ["b", "a", "a"]}, "all": {"actions": []}}}"#,
        );
        let sets = Toolsets::read("t", &doc).unwrap();
        let readonly = &sets.toolsets["readonly"];
        assert_eq!(readonly.actions.iter().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!((readonly.line, readonly.line_of("b")), (6, Some(9)));
        assert_eq!(sets.of("a").collect::<Vec<_>>(), ["readonly"]);
        assert_eq!(sets.raw, doc);
    }

    #[test]
    fn version_2_is_strict() {
        assert_eq!(
            fault(r#"{"schema_version": "2.0", "toolsets": {}, "generated_at": "x"}"#),
            "t:4 /generated_at: unknown member `generated_at`"
        );
        assert!(
            fault(r#"{"schema_version": "2.0", "toolsets": {"a": {"actions": ["x", "x"]}}}"#)
                .contains("twice")
        );
        assert!(
            Toolsets::read("t", &node(r#"{"schema_version": "2.0", "toolsets": {}, "x-ours": 1}"#)).is_ok()
        );
    }

    #[test]
    fn what_decides_has_no_default() {
        assert!(fault("{}").contains("`toolsets` is missing"));
        assert!(fault(r#"{"toolsets": {"a": {}}}"#).contains("`actions` is missing"));
        assert!(fault(r#"{"toolsets": {"a": {"actions": [1]}}}"#).contains("/toolsets/a/actions/0"));
        assert!(fault(r#"{"toolsets": {}, "default_toolset": "b"}"#).contains("not among"));
    }
}
