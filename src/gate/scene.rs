//! What the writing side of the gate works on: one toolpack, its base, and who may sign.

use std::collections::HashMap;

use rayon::prelude::*;

use super::check::settled;
use super::sides::BaseState;
use super::subjects::Subjects;
use crate::model::lockfile::{Lockfile, Status};
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;
use crate::sign::ground::{Ground, SignedSubject};
use crate::sign::subject::SURFACE;
use crate::sign::verify::{Verdict, verify};

/// A toolpack of the head, its base, and the trust that judges.
pub struct Scene<'a> {
    /// The toolpack.
    pub pack: &'a Toolpack,
    /// Its subjects.
    pub subjects: &'a Subjects,
    /// What the base has.
    pub base: &'a BaseState<'a>,
    /// What verdicts rest on.
    pub ground: &'a Ground<'a>,
    tools: HashMap<&'a str, &'a Tool>,
    base_tools: HashMap<&'a str, &'a Tool>,
}

impl<'a> Scene<'a> {
    /// Puts a scene together.
    pub fn new(
        pack: &'a Toolpack,
        subjects: &'a Subjects,
        base: &'a BaseState<'a>,
        ground: &'a Ground<'a>,
    ) -> Scene<'a> {
        let index = |pack: &'a Toolpack| pack.manifest.tools.iter().map(|t| (t.id.as_str(), t)).collect();
        let base_tools = base.side().map(|side| index(side.pack)).unwrap_or_default();
        Scene { tools: index(pack), base_tools, pack, subjects, base, ground }
    }

    /// The tool with this id.
    pub fn tool(&self, id: &str) -> Option<&'a Tool> {
        self.tools.get(id).copied()
    }

    /// The base's tool with this id.
    pub fn base_tool(&self, id: &str) -> Option<&'a Tool> {
        self.base_tools.get(id).copied()
    }

    /// A subject as it is judged: where the base approved this very content, a tool's declared tier stands.
    pub fn judged(&self, id: &str) -> Option<SignedSubject> {
        let signed = self.subjects.get(id)?;
        Some(match self.tool(id) {
            Some(tool) => settled(tool.tier, signed, self.ground),
            None => signed.clone(),
        })
    }

    /// What the statements in a lockfile come to for a subject of the toolpack.
    pub fn verdict(&self, lock: &Lockfile, id: &str) -> Option<Verdict> {
        let subject = self.judged(id)?;
        let (written, approvals) = match id {
            SURFACE => (Some(lock.surface.digest.as_str()), lock.surface.approvals.as_slice()),
            _ => match lock.tools.get(id) {
                Some(entry) => (Some(entry.digest.as_str()), entry.approvals.as_slice()),
                None => (None, &[][..]),
            },
        };
        Some(verify(&subject, written, approvals, self.ground))
    }

    /// The name of a subject for readers. A stranger's word, unless it is the surface.
    pub fn name(&self, id: &'a str) -> &'a str {
        match id {
            SURFACE => "(surface)",
            _ => self.tool(id).map_or(id, |tool| &tool.name),
        }
    }

    /// Every subject's id: the surface, then the tools in the manifest's order.
    pub fn ids(&self) -> impl Iterator<Item = &'a str> {
        std::iter::once(SURFACE).chain(self.pack.manifest.tools.iter().map(|tool| tool.id.as_str()))
    }

    /// Writes what each entry's statements come to into its `status`.
    pub fn derive_status(&self, lock: &mut Lockfile) {
        if let Some(verdict) = self.verdict(lock, SURFACE) {
            lock.surface.status = verdict.status;
        }
        let ids: Vec<&String> = lock.tools.keys().collect();
        let statuses: Vec<(String, Status)> =
            ids.into_par_iter().filter_map(|id| Some((id.clone(), self.verdict(lock, id)?.status))).collect();
        for (id, status) in statuses {
            if let Some(entry) = lock.tools.get_mut(&id) {
                entry.status = status;
            }
        }
    }
}
