//! What changed about a subject since the base, in a few words: for the question before a signature.

use std::collections::BTreeSet;

use super::scene::Scene;
use super::sides::BaseSide;
use super::subjects::Subjects;
use crate::canon::Node;
use crate::model::phrase::Phrase;
use crate::model::tool::Tool;
use crate::model::toolpack::{HEADER, Toolpack};
use crate::sign::subject::SURFACE;

/// What changed about a subject since the base.
pub fn since_base(scene: &Scene, id: &str) -> Phrase {
    let Some(base) = scene.base.side() else { return Phrase::say("new: there is no base to compare with") };
    if id == SURFACE { surface(scene, base) } else { tool(scene, base, id) }
}

/// What differs between two states of a tool.
pub(super) struct ToolChange {
    /// Members of its action.
    pub members: Vec<String>,
    /// Whether its operation differs, or what that refers to.
    pub operation: bool,
    /// Whether the toolsets that it is in differ.
    pub toolsets: bool,
}

/// What differs between a tool of the base and of the head.
pub(super) fn tool_members(scene: &Scene, base: &BaseSide, was: &Tool, is: &Tool) -> ToolChange {
    let members = differing(&was.raw, &is.raw, &["depends_on"]);
    let operation = |pack: &Toolpack, tool: &Tool| {
        pack.baseline.operation(&tool.identity).map(|node| node.without(&["observed"]))
    };
    let digest = |s: &Subjects, tool: &Tool| s.tools.get(&tool.id).map(|t| t.digest.clone());
    let elsewhere = members.is_empty() && digest(base.subjects, was) != digest(scene.subjects, is);
    ToolChange {
        operation: operation(base.pack, was) != operation(scene.pack, is) || elsewhere,
        toolsets: base.pack.toolsets_of(was) != scene.pack.toolsets_of(is),
        members,
    }
}

fn tool(scene: &Scene, base: &BaseSide, id: &str) -> Phrase {
    let Some(is) = scene.tool(id) else { return Phrase::say("gone") };
    let Some(was) = scene.base_tool(id) else { return Phrase::say("new tool") };
    let change = tool_members(scene, base, was, is);
    let mut parts = change.members;
    if change.operation {
        parts.push("its operation in the baseline".to_owned());
    }
    if change.toolsets {
        parts.push("toolsets".to_owned());
    }
    changed(parts)
}

/// The parts of the surface that differ, each with the file that it stands in.
pub(super) fn surface_parts(scene: &Scene, base: &BaseSide) -> Vec<(&'static str, String)> {
    let (was, is) = (base.pack, scene.pack);
    let mut parts = Vec::new();
    let mut note = |differs: bool, name: &'static str, file: String| {
        if differs {
            parts.push((name, file));
        }
    };
    note(was.header.raw != is.header.raw, "toolpack.yaml", is.path(HEADER));
    note(was.policy.raw != is.policy.raw, "policy", is.path(&is.header.policy));
    note(was.toolsets.raw != is.toolsets.raw, "toolsets", is.path(&is.header.toolsets));
    note(was.manifest.rest != is.manifest.rest, "tools.json", is.tools_path());
    note(was.files != is.files, "files", is.path(HEADER));
    if parts.is_empty() && base.subjects.surface.digest != scene.subjects.surface.digest {
        parts.push(("baseline, or which tools are dangerous", is.path(&is.header.baseline)));
    }
    parts
}

fn surface(scene: &Scene, base: &BaseSide) -> Phrase {
    changed(surface_parts(scene, base).into_iter().map(|(part, _)| part.to_owned()).collect())
}

fn changed(members: Vec<String>) -> Phrase {
    match members.is_empty() {
        true => Phrase::say("unchanged since the base"),
        false => Phrase::say("changed: ").and(Phrase::list(members)),
    }
}

/// The names of members that two maps don't share with equal values, in order.
fn differing(was: &Node, is: &Node, skip: &[&str]) -> Vec<String> {
    let keys: BTreeSet<&str> = was
        .members()
        .iter()
        .chain(is.members())
        .map(|(k, _)| k.as_str())
        .filter(|k| !skip.contains(k))
        .collect();
    keys.into_iter().filter(|k| was.get(k) != is.get(k)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    #[test]
    fn the_members_that_differ_are_named() {
        let trust = trust(|t| t);
        let base = merged(&trust);
        over(&shop_with_text(GET_USER, "other"), Some(&base), &trust, at(1), |scene| {
            assert_eq!(since_base(scene, GET_USER).plain(), "changed: description");
            assert_eq!(since_base(scene, REFUND).plain(), "unchanged since the base");
            assert_eq!(since_base(scene, SURFACE).plain(), "unchanged since the base");
        });
        let sets = SETS.replace("Only reads.", "Reads.");
        over(&pack(|_| {}, &sets), Some(&base), &trust, at(1), |scene| {
            assert_eq!(since_base(scene, SURFACE).plain(), "changed: toolsets");
        });
    }
}
