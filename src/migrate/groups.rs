//! The v1 toolsets.yaml in, the one of version 2 out.

use super::carry::From;
use super::notes::Notes;
use crate::canon::Node;
use crate::model::schema_version::CURRENT;
use crate::model::toolpack::Toolpack;

const TOP: &[&str] = &[
    "version",
    "schema_version",
    "generated_at",
    "source_manifest",
    "capture_id",
    "scope",
    "default_toolset",
    "toolsets",
];

/// Restates the groups; their members sorted and once each.
pub(super) fn restate(v1: &Toolpack, notes: &mut Notes) -> Node {
    let file = v1.path(&v1.header.toolsets);
    let raw = &v1.toolsets.raw;
    let from = From::root(&file, raw);
    let mut members = vec![("schema_version".to_owned(), Node::text(CURRENT))];
    members.extend(from.only(&["default_toolset"], TOP, notes));
    let mut sets = Vec::new();
    let empty = Node::null();
    let all = from.step("toolsets", raw.get("toolsets").unwrap_or(&empty));
    for (name, node) in all.node.members() {
        let mut set = all.step(name, node).only(&["description"], &["actions"], notes);
        let actions = v1.toolsets.toolsets.get(name).map(|set| Node::texts(&set.actions));
        set.extend(actions.map(|actions| ("actions".to_owned(), actions)));
        sets.push((name.clone(), Node::map(set)));
    }
    members.push(("toolsets".to_owned(), Node::map(sets)));
    Node::map(members)
}
