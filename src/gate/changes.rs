//! What changed about a subject since the base, in a few words: for the question before a signature.

use std::collections::{BTreeSet, HashSet};

use super::definitions::reached;
use super::scene::Scene;
use super::sides::BaseSide;
use super::spots::spots;
use crate::canon::Node;
use crate::model::phrase::Phrase;
use crate::sign::subject::{SURFACE, Trees};

/// What changed about a subject since the base.
pub fn since_base(scene: &Scene, id: &str) -> Phrase {
    let Some(base) = scene.base.side() else { return Phrase::say("new: there is no base to compare with") };
    if id == SURFACE { surface(scene, base) } else { tool(scene, base, id) }
}

/// The trees of a subject that both sides sign; `None` if one side has no such subject.
pub(super) fn both(scene: &Scene, base: &BaseSide, id: &str) -> Option<(Node, Node)> {
    let (before, after) =
        (Trees::with(base.pack, &base.subjects.defs), Trees::with(scene.pack, &scene.subjects.defs));
    if id == SURFACE {
        return Some((before.surface(), after.surface()));
    }
    Some((before.tool(scene.base_tool(id)?).to_node(), after.tool(scene.tool(id)?).to_node()))
}

fn tool(scene: &Scene, base: &BaseSide, id: &str) -> Phrase {
    let Some(is) = scene.tool(id) else { return Phrase::say("gone") };
    let Some(was) = scene.base_tool(id) else { return Phrase::say("new tool") };
    let Some((before, after)) = both(scene, base, id) else { return Phrase::say("new tool") };
    let mut parts = match (before.get("action"), after.get("action")) {
        (Some(before), Some(after)) => differing(before, after),
        _ => Vec::new(),
    };
    if before.without(&["action"]) != after.without(&["action"]) {
        parts.push("its operation in the baseline".to_owned());
    }
    if base.pack.toolsets_of(was) != scene.pack.toolsets_of(is) {
        parts.push("toolsets".to_owned());
    }
    changed(parts)
}

fn surface(scene: &Scene, base: &BaseSide) -> Phrase {
    let Some((before, after)) = both(scene, base, SURFACE) else { return changed(Vec::new()) };
    let parts = differing(&before, &after).into_iter().map(|part| match part.as_str() {
        "guarded" => "which tools are dangerous".to_owned(),
        "manifest" => "tools.json".to_owned(),
        "toolpack" => "toolpack.yaml".to_owned(),
        _ => part,
    });
    changed(parts.collect())
}

/// A place of what is signed, by its pointer, with what stood there and what stands there.
pub type Difference = (String, Option<Node>, Option<Node>);

/// Every place that differs between the base and the head in what is signed of a subject; of a subject that the base
/// has not, the whole of it. What no finding speaks about is among them, and shared definitions, which are signed by
/// their digests.
pub fn differences(scene: &Scene, id: &str) -> Vec<Difference> {
    let side = scene.base.side();
    let Some((was, is)) = side.and_then(|base| both(scene, base, id)) else { return whole(scene, id) };
    let spots = spots(&was, &is);
    let mut all: Vec<Difference> =
        spots.into_iter().map(|s| (s.pointer, s.before.cloned(), s.after.cloned())).collect();
    let sets =
        (side.zip(scene.base_tool(id)).map(|(base, tool)| base.pack.toolsets_of(tool)), toolsets(scene, id));
    if let (Some(before), after) = sets
        && before != after
    {
        all.push(("toolsets".to_owned(), Some(Node::texts(before)), Some(Node::texts(after))));
    }
    let before = side.map(|base| reached(&was, base.pack, &base.subjects.defs)).unwrap_or_default();
    let after = reached(&is, scene.pack, &scene.subjects.defs);
    let known: HashSet<&str> = before.values().map(|def| def.digest).collect();
    let new = after.iter().filter(|(_, def)| !known.contains(def.digest));
    all.extend(new.map(|(name, def)| {
        (format!("/$defs/{name}"), before.get(name).map(|def| def.node.clone()), Some(def.node.clone()))
    }));
    all
}

/// The whole of what is signed of a subject, as differences from nothing.
pub fn whole(scene: &Scene, id: &str) -> Vec<Difference> {
    let trees = Trees::with(scene.pack, &scene.subjects.defs);
    let tree = match id {
        SURFACE => trees.surface(),
        _ => match scene.tool(id) {
            Some(tool) => trees.tool(tool).to_node(),
            None => return Vec::new(),
        },
    };
    let mut all: Vec<Difference> =
        tree.members().iter().map(|(key, node)| (format!("/{key}"), None, Some(node.clone()))).collect();
    if id != SURFACE {
        all.push(("toolsets".to_owned(), None, Some(Node::texts(toolsets(scene, id)))));
    }
    let defs = reached(&tree, scene.pack, &scene.subjects.defs);
    all.extend(defs.iter().map(|(name, def)| (format!("/$defs/{name}"), None, Some(def.node.clone()))));
    all
}

fn toolsets(scene: &Scene, id: &str) -> Vec<String> {
    scene.tool(id).map(|tool| scene.pack.toolsets_of(tool)).unwrap_or_default()
}

fn changed(members: Vec<String>) -> Phrase {
    match members.is_empty() {
        true => Phrase::say("unchanged since the base"),
        false => Phrase::say("changed: ").and(Phrase::list(members)),
    }
}

/// The names of members that two maps don't share with equal values, in order.
fn differing(was: &Node, is: &Node) -> Vec<String> {
    let keys: BTreeSet<&str> = was.members().iter().chain(is.members()).map(|(k, _)| k.as_str()).collect();
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
