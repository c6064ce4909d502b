//! Toolpacks of two trees, judged: loads both sides of each, asks the diff and the gate, and hands what they
//! say to the judge.

mod bench;
mod gone;
mod present;
mod unjudged;

pub use bench::{Bench, read_ahead};
pub use present::moved;
pub use unjudged::list_unjudged;

use std::collections::{BTreeSet, HashSet};

use rayon::prelude::*;

use bench::{Both, load_both};
use gone::{Orphans, judge_gone, judge_left_behind};
use present::judge_present;

use crate::cmd::failed::Failed;
use crate::diff;
use crate::gate::discovery::Paired;
use crate::judge::pack::JudgedPack;
use crate::model::lockfile::AnyLockfile;
use crate::sign::ground::SignatureIndex;

/// Judges toolpacks.
///
/// # Errors
/// The first file of either side that cannot be read: then nothing is judged.
pub fn judge_packs(bench: &Bench, paired: Vec<Paired>) -> Result<Vec<JudgedPack>, Failed> {
    read_ahead(bench, &paired);
    let both: Vec<Both> =
        paired.into_par_iter().map(|p| load_both(bench, p)).collect::<Result<_, Failed>>()?;
    let left_behind = Orphans::find(bench, &both)?;
    let mut index = SignatureIndex::default();
    for side in both.iter().flat_map(|b| [b.head.as_ref(), b.base.as_ref()]).flatten() {
        if let Some(lock) = side.loaded.lock.as_ref().and_then(AnyLockfile::v2) {
            index.add(lock);
        }
    }
    let names: Vec<(String, String)> = both
        .iter()
        .filter_map(|b| b.head.as_ref())
        .flat_map(|s| {
            s.loaded
                .pack
                .manifest
                .tools
                .iter()
                .map(|t| (s.loaded.pack.header.toolpack_id.clone(), t.name.clone()))
        })
        .collect();
    let mut packs: Vec<JudgedPack> = both
        .par_iter()
        .map(|b| judge_one(bench, b, &index, &names, &left_behind))
        .collect::<Result<_, _>>()?;
    across(bench, &both, &mut packs);
    let sides = both.iter().flat_map(|b| [b.head.as_ref(), b.base()]).flatten();
    let there: HashSet<&str> = sides.map(|s| s.loaded.pack.header.toolpack_id.as_str()).collect();
    let ids: BTreeSet<&String> = left_behind.head.keys().chain(left_behind.base.keys()).collect();
    let gone = ids.into_iter().filter(|id| !there.contains(id.as_str()));
    let gone = gone.map(|id| judge_left_behind(bench, id, &index, &left_behind));
    // One that is in order is no news: nobody has it any more.
    packs.extend(gone.filter(|pack| pack.changed));
    Ok(packs)
}

/// What the tools of several toolpacks open together, and names that two of them have, told with the toolpack whose
/// change did it.
fn across(bench: &Bench, both: &[Both], packs: &mut [JudgedPack]) {
    if bench.base.is_none() || bench.bootstrap {
        return;
    }
    let sides: Vec<diff::sides::Sides> = both
        .iter()
        .map(|b| diff::sides::Sides {
            base: b.base().map(|side| &side.loaded.pack),
            head: b.head.as_ref().map(|side| &side.loaded.pack),
            touched: !b.untouched,
        })
        .collect();
    for (at, finding) in diff::across::run(&sides).into_iter().chain(diff::shadows::run(&sides)) {
        if let Some(pack) = packs.get_mut(at) {
            pack.changes.push(finding);
        }
    }
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
