//! One toolpack as the engines left it.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::client::Launch;
use crate::model::finding::{Approval, Finding, SubjectKind};
use crate::model::subject_state::SubjectState;

/// A toolpack with everything that was found about it.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JudgedPack {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The name under which the base knows it: what a change writes itself can't be what the owners meant. Without
    /// a base that is asked, its name.
    pub known_as: Option<String>,
    /// Its folder.
    pub path: String,
    /// How many tools it has.
    pub tools: usize,
    /// Whether any of its files differs from the base.
    pub changed: bool,
    /// The servers that it locks.
    pub servers: Vec<Launch>,
    /// The hosts that it allows.
    pub hosts: Vec<String>,
    /// Its toolsets and their members, by tool name.
    pub toolsets: Vec<(String, Vec<String>)>,
    /// What changed.
    pub changes: Vec<Finding>,
    /// How many tools are new, gone, changed and as they were.
    pub moved: (usize, usize, usize, usize),
    /// Every subject.
    pub states: Vec<SubjectState>,
    /// How each removal stands, by tool id.
    pub removals: BTreeMap<String, Approval>,
    /// What is wrong beyond single subjects.
    pub beyond: Vec<Finding>,
    /// Fingerprints of what the gate says about the base's own state; `None`: nothing of the toolpack
    /// differs from the base, so everything that is not about a change is known there.
    pub known: Option<BTreeSet<String>>,
    /// Whether there is a base to know anything from.
    pub has_base: bool,
}

impl JudgedPack {
    /// The toolpack with nothing said of it yet, for what it is compared with for its own sake.
    pub fn of_drift(&self) -> JudgedPack {
        JudgedPack {
            id: self.id.clone(),
            name: self.name.clone(),
            known_as: self.known_as.clone(),
            path: self.path.clone(),
            tools: self.tools,
            ..JudgedPack::default()
        }
    }

    /// Leaves out what is said about tools outside a toolset. The trust axis is never narrowed: whatever is
    /// wrong beyond single tools, and the surface, stay.
    ///
    /// # Errors
    /// The names of the toolsets that there are, if this is none of them.
    pub fn narrow_to(&mut self, toolset: &str) -> Result<(), Vec<String>> {
        let Some((_, members)) = self.toolsets.iter().find(|(name, _)| name == toolset) else {
            return Err(self.toolsets.iter().map(|(name, _)| name.clone()).collect());
        };
        self.states.retain(|s| {
            s.standing.subject.kind != SubjectKind::Tool || members.contains(&s.standing.subject.name)
        });
        Ok(())
    }
}
