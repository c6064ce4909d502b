//! Actions in, the groups that they are served in out (compile.md §6).

use std::collections::BTreeMap;

use crate::canon::Node;
use crate::model::risk::RiskTier;
use crate::model::schema_version::CURRENT;
use crate::model::tool::Tool;
use crate::model::toolset::Toolsets;

/// A group: its name, what it is for, and who is in it.
struct Set {
    name: &'static str,
    about: &'static str,
    has: fn(&Tool) -> bool,
}

fn changes(tool: &Tool) -> bool {
    tool.effect.is_none_or(|effect| effect.changes_state())
}

/// The group that is served if none is asked for.
const DEFAULT: &str = "readonly";

#[rustfmt::skip]
const SETS: &[Set] = &[
    Set { name: "readonly", about: "Read-only tools for autonomous agents",
        has: |tool| !changes(tool) && tool.tier < RiskTier::High },
    Set { name: "write_ops", about: "State-changing tools requiring explicit operator approval", has: changes },
    Set { name: "high_risk", about: "High/critical risk tools requiring extra controls",
        has: |tool| tool.tier >= RiskTier::High },
    Set { name: "operator", about: "Full reviewed tool surface for trusted operator flows", has: |_| true },
];

/// The groups of a manifest. What a person changed in those that there were stays: a tool is put where it would
/// have been put before only if it stood there, and groups of their own are kept.
pub(super) fn make(tools: &[Tool], before: Option<(&Toolsets, &[Tool])>) -> Node {
    let mut sets: BTreeMap<String, (String, Vec<String>)> = BTreeMap::new();
    for set in SETS {
        sets.insert(set.name.to_owned(), (set.about.to_owned(), Vec::new()));
    }
    let mut default = DEFAULT.to_owned();
    let mut known: BTreeMap<&str, &Tool> = BTreeMap::new();
    if let Some((groups, was)) = before {
        known = was.iter().map(|tool| (tool.id.as_str(), tool)).collect();
        if let Some(said) = &groups.default_toolset {
            default.clone_from(said);
        }
        for (name, set) in &groups.toolsets {
            let entry = sets.entry(name.clone()).or_default();
            if let Some(said) = &set.description {
                entry.0.clone_from(said);
            }
        }
        // A group that a person took away stays away.
        sets.retain(|name, _| groups.toolsets.contains_key(name));
    }
    for (name, (_, actions)) in &mut sets {
        let generated = SETS.iter().find(|set| set.name == name);
        for tool in tools {
            let would = |tool: &Tool| generated.is_some_and(|set| (set.has)(tool));
            let is_in = match (known.get(tool.id.as_str()), before) {
                (Some(was), Some((groups, _))) => {
                    let stood = groups.toolsets.get(name).is_some_and(|set| set.actions.contains(&was.name));
                    if stood == would(was) { would(tool) } else { stood }
                }
                _ => would(tool),
            };
            if is_in {
                actions.push(tool.name.clone());
            }
        }
        actions.sort();
    }
    let sets = sets.into_iter().map(|(name, (about, actions))| {
        let about = (!about.is_empty()).then(|| ("description", Node::text(about)));
        (name, Node::map(about.into_iter().chain([("actions", Node::texts(actions))])))
    });
    Node::map([
        ("schema_version", Node::text(CURRENT)),
        ("default_toolset", Node::text(default)),
        ("toolsets", Node::map(sets)),
    ])
}
