//! What the gate is asked about: one toolpack of the head, and what the base has of it.

use std::collections::HashMap;

use super::subjects::Subjects;
use crate::model::finding::{Place, Side, Subject, SubjectKind};
use crate::model::gate_config::GateFile;
use crate::model::lockfile::{AnyLockfile, Lockfile, Withdrawn};
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;
use crate::sign::ground::{Base, BaseSubject};
use crate::sign::subject::SURFACE;

/// The head's side of a toolpack.
pub struct HeadSide<'a> {
    /// The toolpack.
    pub pack: &'a Toolpack,
    /// Its subjects.
    pub subjects: &'a Subjects,
    /// Its lockfile, if there is one.
    pub lock: Option<&'a AnyLockfile>,
    /// Where the lockfile is, or would be.
    pub lock_path: &'a str,
    /// Whether any file of the toolpack differs from the base.
    pub touched: bool,
}

/// The base's side of a toolpack, as generation 2.
pub struct BaseSide<'a> {
    /// The toolpack.
    pub pack: &'a Toolpack,
    /// Its subjects.
    pub subjects: &'a Subjects,
    /// Its lockfile, if it is of generation 2.
    pub lock: Option<&'a Lockfile>,
}

/// What is known of the base.
pub enum BaseState<'a> {
    /// None is asked.
    NotAsked,
    /// The first state of all.
    Bootstrap,
    /// There is one; it has this toolpack, or not.
    Known {
        /// The toolpack there.
        side: Option<BaseSide<'a>>,
        /// A lockfile that stayed behind for its tombstones.
        left_behind: Option<&'a Lockfile>,
    },
}

impl<'a> BaseState<'a> {
    /// The toolpack on base.
    pub fn side(&self) -> Option<&BaseSide<'a>> {
        match self {
            BaseState::Known { side, .. } => side.as_ref(),
            BaseState::NotAsked | BaseState::Bootstrap => None,
        }
    }

    /// The lockfile on base, with or without its toolpack.
    pub fn lock(&self) -> Option<&'a Lockfile> {
        match self {
            BaseState::Known { side, left_behind } => side.as_ref().and_then(|s| s.lock).or(*left_behind),
            BaseState::NotAsked | BaseState::Bootstrap => None,
        }
    }

    /// Every tombstone on base: the lockfile's, and those that stayed behind when the toolpack went before.
    pub fn tombstones(&self) -> impl Iterator<Item = &'a Withdrawn> {
        let (own, behind) = match self {
            BaseState::Known { side, left_behind } => (side.as_ref().and_then(|s| s.lock), *left_behind),
            BaseState::NotAsked | BaseState::Bootstrap => (None, None),
        };
        own.into_iter().chain(behind).flat_map(|lock| &lock.withdrawn)
    }

    /// What the verifier needs of it.
    pub fn ground(&self) -> Base<'a> {
        let (side, lock) = match self {
            BaseState::NotAsked => return Base::NotAsked,
            BaseState::Bootstrap => return Base::Bootstrap,
            BaseState::Known { side, .. } => (side.as_ref(), self.lock()),
        };
        let mut subjects: HashMap<&'a str, BaseSubject<'a>> = HashMap::new();
        if let Some(side) = side {
            let all = side.subjects.tools.iter().map(|(id, s)| (id.as_str(), s));
            for (id, subject) in all.chain(std::iter::once((SURFACE, &side.subjects.surface))) {
                let of = subjects.entry(id).or_default();
                of.digest = Some(subject.digest.clone());
                of.toolsets = subject.toolsets.clone();
            }
        }
        if let Some(lock) = lock {
            let surface = subjects.entry(SURFACE).or_default();
            surface.written = Some(&lock.surface.digest);
            surface.approvals = &lock.surface.approvals;
            for (id, entry) in &lock.tools {
                let of = subjects.entry(id).or_default();
                of.written = Some(&entry.digest);
                of.approvals = &entry.approvals;
            }
        }
        for gone in self.tombstones() {
            let tombstone = (gone.at, gone.digest.as_str(), gone.approvals.as_slice());
            subjects.entry(&gone.tool_id).or_default().tombstones.push(tombstone);
            if side.is_none() {
                // The surface of a toolpack that went has no tombstone of its own; it went with its tools.
                subjects.entry(SURFACE).or_default().tombstones.push(tombstone);
            }
        }
        Base::Known(subjects)
    }
}

/// Names subjects and places of a toolpack the same way for every finding about it.
#[derive(Clone, Copy)]
pub struct Naming<'a> {
    /// The toolpack.
    pub pack: &'a Toolpack,
    /// Where its lockfile is.
    pub lock_path: &'a str,
    /// The lockfile, for lines.
    pub lock: Option<&'a AnyLockfile>,
}

impl Naming<'_> {
    /// A tool.
    pub fn tool(&self, id: &str, name: &str) -> Subject {
        self.subject(SubjectKind::Tool, id, name)
    }

    /// The surface.
    pub fn surface(&self) -> Subject {
        self.subject(SubjectKind::Surface, SURFACE, "(surface)")
    }

    /// Anything of this toolpack.
    pub fn subject(&self, kind: SubjectKind, id: &str, name: &str) -> Subject {
        Subject::of(self.pack, kind, id, name)
    }

    /// A member of an entry in the lockfile.
    pub fn in_lock(&self, id: &str, member: &str) -> Place {
        let entry = if id == SURFACE { "/surface".to_owned() } else { format!("/tools/{id}") };
        let pointer = if member.is_empty() { entry } else { format!("{entry}/{member}") };
        let first = member.split('/').next().unwrap_or_default();
        let line = self.lock.map_or(1, |lock| lock.line(id, first));
        Place { file: self.lock_path.to_owned(), line: line.max(1), pointer, side: Side::Head }
    }

    /// A tool in tools.json.
    pub fn in_manifest(&self, tool: &Tool, member: &str) -> Place {
        Place {
            file: self.pack.tools_path(),
            line: tool.line(member).max(1),
            pointer: tool.pointer(member),
            side: Side::Head,
        }
    }

    /// toolpack.yaml as a whole.
    pub fn in_header(&self) -> Place {
        Place {
            file: self.pack.path(crate::model::toolpack::HEADER),
            line: 1,
            pointer: String::new(),
            side: Side::Head,
        }
    }
}

/// How many days an approval of each tier may live: the stricter of trust.yaml and gate.yaml.
pub fn max_age_days(
    rules: &crate::model::trust::Rules,
    gate: &GateFile,
) -> std::collections::BTreeMap<crate::model::risk::RiskTier, u32> {
    let mut days = rules.max_age_days.clone();
    for (tier, limit) in &gate.approvals.max_days {
        days.entry(*tier).and_modify(|d| *d = (*d).min(*limit)).or_insert(*limit);
    }
    days
}
