//! How a call of each tool goes: asked of what decides about calls when they are served, in every toolset that the tool
//! is in.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::comply::input::Calls;
use crate::enforce::decide::{Asked, Weighed, weigh};
use crate::enforce::stateful;
use crate::gate::subjects::Subjects;
use crate::model::compliance::facts::Asks;
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;

/// Of each tool by its id.
pub fn of(pack: &Toolpack, subjects: &Subjects) -> BTreeMap<String, Calls> {
    pack.manifest.tools.par_iter().map(|tool| (tool.id.clone(), calls(pack, tool, subjects))).collect()
}

fn calls(pack: &Toolpack, tool: &Tool, subjects: &Subjects) -> Calls {
    let path = tool.full_path();
    let always = stateful::always(pack, tool);
    let asked = |toolset| Asked {
        toolpack_id: &pack.header.toolpack_id,
        tool,
        tier: subjects.tools.get(&tool.id).map_or(tool.tier, |subject| subject.tier),
        template: &path,
        path: &path,
        plain: &path,
        toolset,
        headers: &[],
        changes_state: always,
    };
    let sets = pack.toolsets_of(tool);
    let sets = match sets.is_empty() {
        true => vec![None],
        false => sets.iter().map(|set| Some(set.as_str())).collect(),
    };
    let passed: Vec<Weighed> =
        sets.into_iter().filter_map(|set| weigh(&pack.policy, &asked(set)).ok()).collect();
    let asks = match passed.iter().map(|weighed| weighed.confirm.is_some()).min() {
        None => Asks::Denied,
        Some(true) => Asks::Always,
        Some(false) => Asks::NotAlways,
    };
    let changes_state = match passed.is_empty() {
        true => always,
        false => passed.iter().any(|weighed| weighed.changes_state),
    };
    Calls { changes_state, asks, limited: passed.iter().all(|weighed| !weighed.limits.is_empty()) }
}
