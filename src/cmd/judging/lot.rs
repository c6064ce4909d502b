//! Which of the toolpacks of a repository are judged here. The rest is judged elsewhere, and is asked only for what
//! judging the others takes: where lockfiles lie, what tools are called, and which signatures there are.

use std::collections::HashSet;

use super::bench::{Bench, Both, is_untouched, read_ahead};
use crate::cmd::failed::Failed;
use crate::gate::discovery::{Found, Paired};
use crate::io::beyond;
use crate::io::tree::Tree;
use crate::judge::pack::JudgedPack;
use crate::model::finding::Reason;
use crate::model::lockfile::AnyLockfile;
use crate::rules::sig;
use crate::sign::ground::SignatureIndex;

/// Toolpacks of a repository, each with what it is compared with.
pub struct Lot {
    /// Those that are judged here, with their place in the whole.
    pub own: Vec<(usize, Paired)>,
    /// Those that are judged elsewhere, with their place in the whole.
    pub rest: Vec<(usize, Paired)>,
    /// Whether what belongs to no toolpack is judged here.
    pub leads: bool,
    /// Whether it is a part that is put together with others, even if those have no toolpack.
    pub is_part: bool,
}

impl Lot {
    /// All of them.
    pub fn whole(paired: Vec<Paired>) -> Lot {
        Lot { own: paired.into_iter().enumerate().collect(), rest: Vec::new(), leads: true, is_part: false }
    }

    /// Some of them.
    pub fn part(paired: Vec<Paired>, is_own: impl Fn(&Paired) -> bool, leads: bool) -> Lot {
        let (own, rest) = paired.into_iter().enumerate().partition(|(_, pair)| is_own(pair));
        Lot { own, rest, leads, is_part: true }
    }

    /// Has git hand over in one go what the toolpacks will be read from.
    pub fn read_ahead(&self, bench: &Bench) {
        let own: Vec<&Paired> = self.own.iter().map(|(_, pair)| pair).collect();
        read_ahead(bench, &own);
    }

    /// The same toolpacks with the head on both sides: as they stand once the head is merged.
    pub fn of_heads(&self) -> Lot {
        let both = |(at, pair): &(usize, Paired)| {
            let head = pair.head.clone()?;
            Some((*at, Paired { base: Some(head.clone()), head: Some(head) }))
        };
        let of = |pairs: &[(usize, Paired)]| pairs.iter().filter_map(both).collect();
        Lot { own: of(&self.own), rest: of(&self.rest), leads: false, is_part: true }
    }

    /// Whether anything of any toolpack differs, here or elsewhere.
    pub fn is_touched(&self, bench: &Bench) -> bool {
        self.own.iter().chain(&self.rest).any(|(_, pair)| !is_untouched(bench, pair))
    }

    /// Ids of all toolpacks of either side.
    pub fn ids(&self) -> HashSet<&str> {
        let sides = self.own.iter().chain(&self.rest).flat_map(|(_, pair)| [&pair.head, &pair.base]);
        sides.flatten().map(|found| found.id.as_str()).collect()
    }

    /// Where the lockfiles of the rest lie on one side.
    pub fn lock_paths(
        &self,
        tree: &Tree,
        side: fn(&Paired) -> Option<&Found>,
    ) -> Result<Vec<String>, Failed> {
        let headers: Vec<&str> =
            self.rest.iter().filter_map(|(_, pair)| side(pair)).map(|found| found.header.as_str()).collect();
        if headers.is_empty() { Ok(Vec::new()) } else { Ok(beyond::lock_paths(tree, &headers)?) }
    }

    /// Toolpack ids and names of all tools of the head, in the order of the toolpacks. Those of the rest are read only
    /// where something here is compared: nobody else asks for them.
    pub fn names(&self, bench: &Bench, both: &[Both]) -> Result<Vec<(String, String)>, Failed> {
        let mut names: Vec<(usize, &str, Vec<String>)> = Vec::new();
        for ((at, _), both) in self.own.iter().zip(both) {
            let Some(pack) = both.head.as_ref().map(|side| &side.loaded.pack) else { continue };
            let own = pack.manifest.tools.iter().map(|tool| tool.name.clone()).collect();
            names.push((*at, &pack.header.toolpack_id, own));
        }
        if both.iter().any(|both| both.head.is_some() && !both.untouched) {
            let rest = self.rest.iter().filter_map(|(at, pair)| Some((*at, pair.head.as_ref()?)));
            let rest: Vec<(usize, &Found)> = rest.collect();
            let headers: Vec<&str> = rest.iter().map(|(_, found)| found.header.as_str()).collect();
            let read = beyond::tool_names(bench.head, &headers)?;
            names.extend(rest.iter().zip(read).map(|((at, found), own)| (*at, found.id.as_str(), own)));
        }
        names.sort_by_key(|(at, ..)| *at);
        let each = |(_, id, own): (usize, &str, Vec<String>)| {
            own.into_iter().map(|name| (id.to_owned(), name)).collect::<Vec<_>>()
        };
        Ok(names.into_iter().flat_map(each).collect())
    }

    /// Takes the signatures of the rest in: those that one run over all toolpacks would know.
    pub fn add_signatures(&self, bench: &Bench, index: &mut SignatureIndex) -> Result<(), Failed> {
        let heads = self.lock_paths(bench.head, |pair| pair.head.as_ref())?;
        let mut locks = beyond::lockfiles(bench.head, &heads)?;
        if let Some(base) = bench.base {
            let touched = self.rest.iter().filter(|(_, pair)| !is_untouched(bench, pair));
            let headers: Vec<&str> = touched
                .filter_map(|(_, pair)| pair.base.as_ref())
                .map(|found| found.header.as_str())
                .collect();
            locks.extend(beyond::lockfiles(base, &beyond::lock_paths(base, &headers)?)?);
        }
        locks.iter().filter_map(AnyLockfile::v2).for_each(|lock| index.add(lock));
        Ok(())
    }
}

/// Whether a signature does not hold, so that it matters whether it was copied from a toolpack that is judged
/// elsewhere.
pub fn asks_elsewhere<'a>(mut packs: impl Iterator<Item = &'a JudgedPack>) -> bool {
    let is = |reasons: &[Reason]| reasons.iter().any(|reason| reason.rule == sig::INVALID);
    packs.any(|pack| {
        let mut found = pack.states.iter().flat_map(|state| &state.problems).chain(&pack.beyond);
        found.any(|f| f.rule == sig::INVALID || is(&f.approval.reasons))
            || pack.removals.values().any(|approval| is(&approval.reasons))
    })
}
