//! What the base has of toolpacks: paired, read and restated in one way for those who judge and for those who
//! write lockfiles, so that what one shows as approved the other does not refuse.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashSet};

use super::failed::Failed;
use crate::canon::FaultKind;
use crate::gate::discovery::{self, Found, Paired, dir_of};
use crate::gate::sides::{BaseSide, BaseState};
use crate::gate::subjects::Subjects;
use crate::io::load::{self, Loaded};
use crate::io::tree::Tree;
use crate::migrate;
use crate::model::lockfile::{AnyLockfile, Lockfile};
use crate::model::schema_version::Generation;

/// One side of a toolpack in memory.
pub struct Side {
    /// The toolpack with its lockfile.
    pub loaded: Loaded,
    /// Its subjects.
    pub subjects: Subjects,
}

impl Side {
    /// Reads a side of a toolpack; `about` is how it is named in what goes wrong.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn read(tree: &Tree, header: &str, about: &str) -> Result<Side, Failed> {
        Side::read_seen(tree, header, about, &mut |_, _| ())
    }

    /// The same; `seen` gets each artifact and the lockfile, by path: the very bytes that it is made from.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn read_seen(
        tree: &Tree,
        header: &str,
        about: &str,
        seen: &mut dyn FnMut(&str, &[u8]),
    ) -> Result<Side, Failed> {
        let told = |fault| Failed::from(fault).about(about);
        let (loaded, subjects) = load::toolpack_seen(tree, header, seen, Subjects::of).map_err(told)?;
        Ok(Side { loaded, subjects: subjects.map_err(told)? })
    }

    /// Its generation.
    pub fn generation(&self) -> Generation {
        self.loaded.pack.header.generation
    }

    /// A base as one of the head's generation. One of generation 1 under a head of generation 2 is compared as
    /// what `migrate` makes of it: a pure function of the base's files, so that an exemption of what base has
    /// can be told from one of something new.
    ///
    /// # Errors
    /// A base that cannot be migrated.
    pub fn as_base_of(self, head: Option<Generation>) -> Result<Side, Failed> {
        if self.generation() != Generation::V1 || head != Some(Generation::V2) {
            return Ok(self);
        }
        let migrated = migrate::toolpack(&self.loaded.pack, self.loaded.lock.as_ref())?;
        let subjects = Subjects::of(&migrated.pack)?;
        let lock = match self.loaded.lock {
            Some(AnyLockfile::V2(lock, node)) => Some(AnyLockfile::V2(lock, node)),
            _ => None,
        };
        Ok(Side { loaded: Loaded { pack: migrated.pack, lock, ..self.loaded }, subjects })
    }

    fn as_base(&self) -> BaseSide<'_> {
        BaseSide {
            pack: &self.loaded.pack,
            subjects: &self.subjects,
            lock: self.loaded.lock.as_ref().and_then(AnyLockfile::v2),
        }
    }
}

/// What is known of a base that there is: its side of a toolpack, and what stayed behind of that toolpack's id.
pub fn known<'a>(side: Option<&'a Side>, stayed: Option<&'a Orphan>) -> BaseState<'a> {
    BaseState::Known { side: side.map(Side::as_base), left_behind: stayed.map(|orphan| &orphan.lock) }
}

/// What stayed behind of one toolpack.
pub struct Orphan {
    /// The first of its lockfiles.
    pub path: String,
    /// That lockfile, with the tombstones of the others.
    pub lock: Lockfile,
}

/// Lockfiles that stayed behind where a toolpack went, by toolpack id: they keep tombstones. Of several with
/// one id each counts, so that a second one can't stand in for the first. `used` are the paths of lockfiles
/// that toolpacks still have.
///
/// # Errors
/// A lockfile that cannot be read: it could hold a tombstone.
pub fn left_behind(tree: &Tree, used: &HashSet<&str>) -> Result<BTreeMap<String, Orphan>, Failed> {
    let mut found: BTreeMap<String, Orphan> = BTreeMap::new();
    for path in load::lockfiles(tree)?.into_iter().filter(|p| !used.contains(p.as_str())) {
        if let Some(AnyLockfile::V2(lock, _)) = load::lockfile(tree, &path)? {
            match found.entry(lock.toolpack_id.clone()) {
                Entry::Vacant(vacant) => _ = vacant.insert(Orphan { path, lock: *lock }),
                Entry::Occupied(known) => known.into_mut().lock.withdrawn.extend(lock.withdrawn),
            }
        }
    }
    Ok(found)
}

/// Toolpacks of the work tree, each with the base's that it is compared with.
///
/// # Errors
/// A base that cannot be listed or read.
pub fn pair_with(base: &Tree, found: &[Found]) -> Result<Vec<Paired>, Failed> {
    let mut there = Vec::new();
    for header in load::headers(base)? {
        // A toolpack that is malformed on base is told by ci; here only its id is asked for.
        match load::toolpack_id(base, &header) {
            Ok(id) => there.push(Found { header, id }),
            Err(fault) if fault.kind == FaultKind::Io => return Err(fault.into()),
            Err(_) => {}
        }
    }
    let paired = discovery::pair(&there, found);
    Ok(paired.into_iter().filter(|p| p.head.is_some()).collect())
}

/// What a merged state has of the toolpacks that somebody writes lockfiles of.
pub struct Before {
    tree: Tree,
    paired: Vec<Paired>,
    stayed: BTreeMap<String, Orphan>,
}

impl Before {
    /// Pairs toolpacks with the base's, and finds what stayed behind of others.
    ///
    /// # Errors
    /// A base that cannot be read.
    pub fn of(tree: Tree, found: &[Found]) -> Result<Before, Failed> {
        let paired = pair_with(&tree, found)?;
        let bases = paired.iter().filter_map(|p| p.base.as_ref());
        let used = bases
            .map(|b| load::lock_path(&tree, &b.header).map_err(|f| on_base(f, &b.header)))
            .collect::<Result<Vec<String>, Failed>>()?;
        let stayed = left_behind(&tree, &used.iter().map(String::as_str).collect())?;
        Ok(Before { tree, paired, stayed })
    }

    /// The base's side of the toolpack whose toolpack.yaml lies at a path.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn side(&self, header: &str, generation: Generation) -> Result<Option<Side>, Failed> {
        let is_it = |p: &&Paired| p.head.as_ref().is_some_and(|h| h.header == header);
        let Some(found) = self.paired.iter().find(is_it).and_then(|p| p.base.as_ref()) else {
            return Ok(None);
        };
        let side = Side::read(&self.tree, &found.header, &format!("{} on the base", dir_of(&found.header)))?;
        side.as_base_of(Some(generation)).map(Some)
    }

    /// What stayed behind of a toolpack's id.
    pub fn stayed(&self, id: &str) -> Option<&Orphan> {
        self.stayed.get(id)
    }
}

fn on_base(fault: crate::canon::Fault, header: &str) -> Failed {
    Failed::from(fault).about(format!("{} on the base", dir_of(header)))
}
