//! Toolpacks that the head has no more, and tombstones that stayed behind of them.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::bench::{Bench, Both, ground};
use super::lot::Lot;
use crate::cmd::before::{Orphan, known, left_behind};
use crate::cmd::failed::Failed;
use crate::diff::{self, check::DiffContext, pair::Pair};
use crate::gate::sides::BaseState;
use crate::gate::tombstones;
use crate::judge::pack::JudgedPack;
use crate::model::finding::Finding;
use crate::model::lockfile::{AnyLockfile, Lockfile};
use crate::sign::ground::{Ground, SignatureIndex};

/// What stayed behind of toolpacks, by id.
pub struct Orphans {
    /// Those of the head.
    pub head: BTreeMap<String, Orphan>,
    /// Those of the base.
    pub base: BTreeMap<String, Orphan>,
}

impl Orphans {
    /// Those of both sides.
    ///
    /// # Errors
    /// A lockfile that cannot be read.
    pub fn find(bench: &Bench, both: &[Both], lot: &Lot) -> Result<Orphans, Failed> {
        // Each side by its own toolpacks: a lockfile that the head takes up again was left behind on base.
        let rest = lot.lock_paths(bench.head, |pair| pair.head.as_ref())?;
        let own = both.iter().filter_map(|b| b.head.as_ref()).map(|s| s.loaded.lock_path.as_str());
        let head: HashSet<&str> = own.chain(rest.iter().map(String::as_str)).collect();
        let rest = bench.base.map(|base| lot.lock_paths(base, |pair| pair.base.as_ref())).transpose()?;
        let own = both.iter().filter_map(Both::base).map(|s| s.loaded.lock_path.as_str());
        let base: HashSet<&str> = own.chain(rest.iter().flatten().map(String::as_str)).collect();
        let base = bench.base.map(|tree| left_behind(tree, &base)).transpose()?.unwrap_or_default();
        Ok(Orphans { head: left_behind(bench.head, &head)?, base })
    }

    /// What is wrong with what stayed behind of a toolpack; `also` are the tombstones of the lockfile that it
    /// has in the head.
    pub fn problems(&self, id: &str, also: Option<&Lockfile>, ground: &Ground, dir: &str) -> Vec<Finding> {
        let (before, after) = (self.base.get(id), self.head.get(id));
        let all = |of: Option<&Lockfile>| of.map(|l| l.withdrawn.clone()).unwrap_or_default();
        let mut stay = all(after.map(|o| &o.lock));
        // Those of the head's own lockfile are told with it.
        let forged = tombstones::left_behind(&[], &stay, ground, dir, after.map_or("", |o| &o.path));
        stay.extend(all(also));
        let path = before.or(after).map_or("", |o| &o.path);
        let gone = tombstones::left_behind(&all(before.map(|o| &o.lock)), &stay, ground, dir, path);
        gone.into_iter().filter(|f| f.rule == crate::rules::lock::TOMBSTONE_REMOVED).chain(forged).collect()
    }
}

/// What the base knows of a toolpack.
pub fn base_state<'a>(bench: &Bench, both: &'a Both, id: &str, left_behind: &'a Orphans) -> BaseState<'a> {
    match (bench.base, bench.bootstrap) {
        (None, _) => BaseState::NotAsked,
        (Some(_), true) => BaseState::Bootstrap,
        (Some(_), false) => known(both.base(), left_behind.base.get(id)),
    }
}

/// A toolpack that neither side has any more, of which tombstones stayed behind.
pub fn judge_left_behind(
    bench: &Bench,
    id: &str,
    index: &SignatureIndex,
    left_behind: &Orphans,
) -> JudgedPack {
    let of = |side: &BTreeMap<String, Orphan>| side.get(id).map(|o| o.path.clone());
    let path = of(&left_behind.head).or_else(|| of(&left_behind.base)).unwrap_or_default();
    let dir = path.rsplit_once('/').map_or("", |(dir, _)| dir).to_owned();
    let base = left_behind.base.get(id);
    let state = known(None, base);
    let ground = ground(bench, id, &dir, state.ground(), index);
    let beyond = left_behind.problems(id, None, &ground, &dir);
    JudgedPack {
        id: id.to_owned(),
        name: id.to_owned(),
        known_as: None,
        changed: !beyond.is_empty(),
        path: dir,
        beyond,
        known: Some(BTreeSet::new()),
        has_base: base.is_some(),
        ..JudgedPack::default()
    }
}

/// A toolpack that the head no longer has: every tool of it goes, each with a signed withdrawal in the
/// lockfile that stays behind.
///
/// # Errors
/// An operation of it that cannot be read.
pub fn judge_gone(
    bench: &Bench,
    both: &Both,
    index: &SignatureIndex,
    left_behind: &Orphans,
) -> Result<JudgedPack, Failed> {
    let Some(base) = both.base() else { return Ok(JudgedPack::default()) };
    let pack = &base.loaded.pack;
    let id = &pack.header.toolpack_id;
    let state = base_state(bench, both, id, left_behind);
    let ground = ground(bench, id, &pack.dir, state.ground(), index);
    let stayed = left_behind.head.get(id);
    let lock = stayed.map(|orphan| &orphan.lock);
    let path = stayed.map_or(base.loaded.lock_path.as_str(), |orphan| orphan.path.as_str());
    let removals: BTreeMap<_, _> = base
        .subjects
        .tools
        .iter()
        .map(|(tool, subject)| {
            (tool.clone(), tombstones::removal(tool, &subject.digest, lock, &ground, path))
        })
        .collect();
    let before = base.loaded.lock.as_ref().and_then(AnyLockfile::v2);
    let (before, after) = (before.map(|l| &l.withdrawn[..]), lock.map(|l| &l.withdrawn[..]));
    let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
    let beyond = tombstones::left_behind(before, after, &ground, &pack.dir, path);
    let pair = Pair::new(Some(pack), None)?;
    Ok(JudgedPack {
        id: id.clone(),
        name: pack.header.name.clone(),
        known_as: Some(pack.header.name.clone()),
        path: pack.dir.clone(),
        changed: true,
        changes: diff::run(
            &pair,
            &DiffContext { other_tool_names: &[], now: Some(bench.now), limits: Some(&bench.gate.limits) },
        ),
        moved: (0, pack.manifest.tools.len(), 0, 0),
        removals,
        beyond,
        known: Some(BTreeSet::new()),
        has_base: true,
        ..JudgedPack::default()
    })
}
