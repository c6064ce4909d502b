//! What the writing side of the gate works on: one toolpack, its base, and who may sign.

use super::check::settled;
use super::sides::BaseState;
use super::subjects::Subjects;
use crate::model::lockfile::{Lockfile, Status};
use crate::model::toolpack::Toolpack;
use crate::sign::ground::{Ground, SignedSubject};
use crate::sign::subject::SURFACE;
use crate::sign::verify::{Verdict, verify};

/// A toolpack of the head, its base, and the trust that judges.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// The toolpack.
    pub pack: &'a Toolpack,
    /// Its subjects.
    pub subjects: &'a Subjects,
    /// What the base has.
    pub base: &'a BaseState<'a>,
    /// What verdicts rest on.
    pub ground: &'a Ground<'a>,
}

impl<'a> Scene<'a> {
    /// A subject as it is judged: where the base approved this very content, a tool's declared tier stands.
    pub fn judged(&self, id: &str) -> Option<SignedSubject> {
        let signed = self.subjects.get(id)?;
        Some(match self.pack.manifest.tool(id) {
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
            _ => self.pack.manifest.tool(id).map_or(id, |tool| &tool.name),
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
        let statuses: Vec<(String, Status)> =
            lock.tools.keys().filter_map(|id| Some((id.clone(), self.verdict(lock, id)?.status))).collect();
        for (id, status) in statuses {
            if let Some(entry) = lock.tools.get_mut(&id) {
                entry.status = status;
            }
        }
    }
}
