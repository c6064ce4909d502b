//! Toolpacks of two trees, judged: loads both sides of each, asks the diff and the gate, and hands what they
//! say to the judge.

mod bench;
mod gone;
mod lot;
mod present;
mod unjudged;

pub use bench::{Bench, InHand, read_ahead_of};
pub use lot::Lot;
pub use present::moved;
pub use unjudged::list_unjudged;

use std::collections::BTreeSet;

use rayon::prelude::*;

use bench::{Both, load_both};
use gone::{Orphans, judge_gone, judge_left_behind};
use lot::asks_elsewhere;
use present::judge_present;

use crate::cmd::failed::Failed;
use crate::diff::sides::Sides;
use crate::diff::{across, shadows};
use crate::gate::discovery::Paired;
use crate::judge::pack::JudgedPack;
use crate::model::finding::Finding;
use crate::model::lockfile::AnyLockfile;
use crate::sign::ground::SignatureIndex;

/// What a lot comes to.
pub struct Judged {
    /// Its toolpacks, as they stand in the lot.
    pub packs: Vec<JudgedPack>,
    /// Toolpacks that no side has any more, of which something is wrong.
    pub stayed: Vec<JudgedPack>,
    /// What several toolpacks come to together has to be asked of each.
    pub together: Together,
}

/// What several toolpacks come to together: told, or, where some are judged elsewhere, what each has to do with it.
pub enum Together {
    /// The index of the toolpack that it is told with, and the finding.
    Here(Vec<(usize, Finding)>),
    /// Of each toolpack of the lot.
    Open(Vec<(across::Part, shadows::Part)>),
}

/// Judges toolpacks.
///
/// # Errors
/// The first file of either side that cannot be read: then nothing is judged.
pub fn judge_packs(bench: &Bench, paired: Vec<Paired>) -> Result<Vec<JudgedPack>, Failed> {
    let Judged { mut packs, stayed, together } = judge_lot(bench, &Lot::whole(paired))?;
    if let Together::Here(told) = together {
        tell(&mut packs, told);
    }
    packs.extend(stayed);
    Ok(packs)
}

/// Tells what several toolpacks come to with the one whose change did it.
pub fn tell(packs: &mut [JudgedPack], told: Vec<(usize, Finding)>) {
    for (at, finding) in told {
        if let Some(pack) = packs.get_mut(at) {
            pack.changes.push(finding);
        }
    }
}

/// Judges a lot: all toolpacks, or some.
///
/// # Errors
/// The first file that cannot be read: then nothing is judged.
pub fn judge_lot(bench: &Bench, lot: &Lot) -> Result<Judged, Failed> {
    lot.read_ahead(bench);
    let both: Vec<Both> =
        lot.own.par_iter().map(|(_, pair)| load_both(bench, pair)).collect::<Result<_, Failed>>()?;
    let left_behind = Orphans::find(bench, &both, lot)?;
    let mut index = SignatureIndex::default();
    for side in both.iter().flat_map(|b| [b.head.as_deref(), b.base.as_ref()]).flatten() {
        if let Some(lock) = side.loaded.lock.as_ref().and_then(AnyLockfile::v2) {
            index.add(lock);
        }
    }
    let names = lot.names(bench, &both)?;
    let judge = |index: &SignatureIndex| -> Result<(Vec<JudgedPack>, Vec<JudgedPack>), Failed> {
        let own = both.par_iter().map(|b| judge_one(bench, b, index, &names, &left_behind));
        Ok((own.collect::<Result<_, _>>()?, stayed(bench, lot, index, &left_behind)))
    };
    let (mut packs, mut stayed) = judge(&index)?;
    // Rare, and then worth a second look: who copied a signature is told from where.
    if !lot.rest.is_empty() && asks_elsewhere(packs.iter().chain(&stayed)) {
        lot.add_signatures(bench, &mut index)?;
        (packs, stayed) = judge(&index)?;
    }
    Ok(Judged { packs, stayed, together: together(bench, lot, &both) })
}

/// What the tools of several toolpacks open together, and names that two of them have.
fn together(bench: &Bench, lot: &Lot, both: &[Both]) -> Together {
    if !bench.tells_changes
        || bench.base.is_none()
        || bench.bootstrap
        || lot.is_part && !lot.is_touched(bench)
    {
        return Together::Here(Vec::new());
    }
    let sides: Vec<Sides> = both
        .iter()
        .map(|b| Sides {
            base: b.base().map(|side| &side.loaded.pack),
            head: b.head.as_ref().map(|side| &side.loaded.pack),
            touched: !b.untouched,
        })
        .collect();
    match lot.is_part {
        false => Together::Here(across::run(&sides).into_iter().chain(shadows::run(&sides)).collect()),
        true => {
            Together::Open(sides.par_iter().map(|s| (across::Part::of(s), shadows::Part::of(s))).collect())
        }
    }
}

/// Toolpacks that neither side has any more. One that is in order is no news: nobody has it any more.
fn stayed(bench: &Bench, lot: &Lot, index: &SignatureIndex, left_behind: &Orphans) -> Vec<JudgedPack> {
    if !lot.leads {
        return Vec::new();
    }
    let there = lot.ids();
    let ids: BTreeSet<&String> = left_behind.head.keys().chain(left_behind.base.keys()).collect();
    let gone = ids.into_iter().filter(|id| !there.contains(id.as_str()));
    let gone = gone.map(|id| judge_left_behind(bench, id, index, left_behind));
    gone.filter(|pack| pack.changed).collect()
}

fn judge_one(
    bench: &Bench,
    both: &Both,
    index: &SignatureIndex,
    names: &[(String, String)],
    left_behind: &Orphans,
) -> Result<JudgedPack, Failed> {
    match &both.head {
        Some(head) => judge_present(bench, both, head, index, names, left_behind),
        None => judge_gone(bench, both, index, left_behind),
    }
}
