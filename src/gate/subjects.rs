//! The signed subjects of a toolpack, recomputed from its artifacts: digest, tier and toolsets of each tool
//! and of the surface.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;

use crate::canon::Fault;
use crate::compare::risk::Assessed;
use crate::compare::tier;
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;
use crate::sign::defs::DefDigests;
use crate::sign::ground::SignedSubject;
use crate::sign::statement::SignedKind;
use crate::sign::subject::{SURFACE, digests};

/// Everything of a toolpack that is signed.
#[derive(Debug, Clone)]
pub struct Subjects {
    /// Everything but the tools.
    pub surface: SignedSubject,
    /// Each tool by its lockfile key.
    pub tools: BTreeMap<String, SignedSubject>,
    /// What the rules say about each tool's risk.
    pub assessed: HashMap<String, Assessed>,
    /// What references in the baseline bind.
    pub defs: DefDigests,
}

impl Subjects {
    /// Computes the subjects of a toolpack.
    ///
    /// # Errors
    /// A baseline whose references do not resolve.
    pub fn of(pack: &Toolpack) -> Result<Subjects, Fault> {
        let mut digests = digests(pack)?;
        let assessed: HashMap<String, Assessed> =
            pack.manifest.tools.par_iter().map(|tool| (tool.id.clone(), tier::of_tool(pack, tool))).collect();
        let tools = pack
            .manifest
            .tools
            .iter()
            .map(|tool| {
                let subject = SignedSubject {
                    kind: SignedKind::Tool,
                    id: tool.id.clone(),
                    digest: digests
                        .tools
                        .remove(&tool.id)
                        .expect("every tool has a digest, and no id stands twice"),
                    tier: tier::effective_tier(tool, &assessed[&tool.id]),
                    toolsets: pack.toolsets_of(tool),
                };
                (tool.id.clone(), subject)
            })
            .collect();
        let surface = SignedSubject {
            kind: SignedKind::Surface,
            id: SURFACE.to_owned(),
            digest: digests.surface,
            tier: tier::surface_tier(pack).0,
            toolsets: Vec::new(),
        };
        Ok(Subjects { surface, tools, assessed, defs: digests.defs })
    }

    /// The subject with this id: a tool's, or the surface.
    pub fn get(&self, id: &str) -> Option<&SignedSubject> {
        if id == SURFACE { Some(&self.surface) } else { self.tools.get(id) }
    }

    /// Whether the manifest declares a tool less risky than the rules compute.
    pub fn is_understated(&self, tool: &Tool) -> bool {
        self.assessed.get(&tool.id).is_some_and(|assessed| tier::effective_tier(tool, assessed) > tool.tier)
    }
}
