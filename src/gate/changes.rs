//! What changed about a subject since the base, in a few words: for the question before a signature.

use std::collections::BTreeSet;

use super::scene::Scene;
use super::sides::BaseSide;
use crate::canon::Node;
use crate::model::phrase::Phrase;
use crate::sign::subject::SURFACE;

/// What changed about a subject since the base.
pub fn since_base(scene: &Scene, id: &str) -> Phrase {
    let Some(base) = scene.base.side() else { return Phrase::say("new: there is no base to compare with") };
    if id == SURFACE { surface(scene, base) } else { tool(scene, base, id) }
}

fn tool(scene: &Scene, base: &BaseSide, id: &str) -> Phrase {
    let Some(is) = scene.pack.manifest.tool(id) else { return Phrase::say("gone") };
    let Some(was) = base.pack.manifest.tool(id) else { return Phrase::say("new tool") };
    let mut members = differing(&was.raw, &is.raw, &["depends_on"]);
    let operation = |pack: &crate::model::toolpack::Toolpack, identity: &str| {
        pack.baseline.operation(identity).map(|node| node.without(&["observed"]))
    };
    if operation(base.pack, &was.identity) != operation(scene.pack, &is.identity) {
        members.push("its operation in the baseline".to_owned());
    }
    let digests = |s: &super::subjects::Subjects| s.tools.get(id).map(|t| t.digest.clone());
    if members.is_empty() && digests(base.subjects) != digests(scene.subjects) {
        members.push("a definition that its operation refers to".to_owned());
    }
    if base.pack.toolsets_of(was) != scene.pack.toolsets_of(is) {
        members.push("toolsets".to_owned());
    }
    changed(members)
}

fn surface(scene: &Scene, base: &BaseSide) -> Phrase {
    let (was, is) = (base.pack, scene.pack);
    let mut parts = Vec::new();
    let mut note = |differs: bool, name: &str| {
        if differs {
            parts.push(name.to_owned());
        }
    };
    note(was.header.raw != is.header.raw, "toolpack.yaml");
    note(was.policy.raw != is.policy.raw, "policy");
    note(was.toolsets.raw != is.toolsets.raw, "toolsets");
    note(was.manifest.rest != is.manifest.rest, "tools.json");
    note(was.files != is.files, "files");
    if parts.is_empty() && base.subjects.surface.digest != scene.subjects.surface.digest {
        parts.push("baseline, or which tools are dangerous".to_owned());
    }
    changed(parts)
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
