//! Whether the parts that were handed over are one whole: each of them there once, all judged, of one run, and together
//! all toolpacks.

use std::collections::BTreeMap;

use super::file::{HandOver, Outcome};
use super::part::{Named, Pack, Part, list_digest};
use super::shard::Shard;
use crate::canon::time::Timestamp;
use crate::cmd::failed::Failed;
use crate::sign::ground::CLOCK_SKEW;

/// A part is put together with the others within so many seconds: what it says of days that end is true no longer.
const FRESH: i64 = 24 * 60 * 60;

const AGAIN: &str = "run all parts of one change again, and hand over what each writes";

/// All parts, each with the name of its file, as one whole: the parts in order, and the last of their clocks.
///
/// # Errors
/// A part that is missing, there twice, was not judged or is of another run; toolpacks that no part judged.
pub fn whole(files: Vec<(String, HandOver)>, now: Timestamp) -> Result<(Vec<Part>, Timestamp), Failed> {
    let mut by_k: BTreeMap<u32, (String, HandOver)> = BTreeMap::new();
    let Some(n) = files.first().map(|(_, handed)| handed.shard.n()) else {
        return Err(Failed::new("input", "the parts", "there is none").hint(AGAIN));
    };
    for (file, handed) in files {
        if handed.shard.n() != n {
            let message = format!("it is part {} and others are of {n}", handed.shard);
            return Err(Failed::new("input", file, message).hint(AGAIN));
        }
        let shard = handed.shard;
        if let Some((other, _)) = by_k.insert(shard.k(), (file.clone(), handed)) {
            return Err(Failed::new("input", file, format!("part {shard} is there twice"))
                .looked("also", other)
                .hint("hand over each part once"));
        }
    }
    let missing: Vec<String> =
        (1..=n).filter(|k| !by_k.contains_key(k)).map(|k| format!("{k}/{n}")).collect();
    if !missing.is_empty() {
        let (some, more) = (missing[..missing.len().min(8)].join(", "), missing.len().saturating_sub(8));
        let some = if more > 0 { format!("{some} and {more} more") } else { some };
        return Err(Failed::new("input", "the parts", format!("missing: {some}"))
            .why("what was not judged is not passed")
            .hint(AGAIN));
    }
    let mut parts: Vec<(String, Shard, Part)> = Vec::new();
    let mut latest = None;
    for (file, handed) in by_k.into_values() {
        let age = now.seconds().saturating_sub(handed.at.seconds());
        if !(-CLOCK_SKEW..=FRESH).contains(&age) {
            let message = format!("it was judged at {}, and the clock here says {now}", handed.at);
            return Err(Failed::new("input", file, message)
                .why("what is put together is judged within a day, by clocks that agree")
                .hint(AGAIN));
        }
        latest = latest.max(Some(handed.at));
        match handed.outcome {
            Outcome::Judged(part) => parts.push((file, handed.shard, *part)),
            Outcome::Error(refused) => {
                let what =
                    if refused.subject.is_empty() { String::new() } else { format!("{}: ", refused.subject) };
                let message = format!("part {} was not judged: {what}{}", handed.shard, refused.message);
                let failed = refused.why.into_iter().fold(Failed::new("input", file, message), Failed::why);
                return Err(refused.hints.into_iter().fold(failed, Failed::hint));
            }
        }
    }
    agree(&parts)?;
    complete(&parts)?;
    let parts = parts.into_iter().map(|(.., part)| part).collect();
    Ok((parts, latest.unwrap_or(now)))
}

/// Whether all are parts of one run.
fn agree(parts: &[(String, Shard, Part)]) -> Result<(), Failed> {
    let Some((_, first, one)) = parts.first() else { return Ok(()) };
    for (file, shard, other) in parts {
        if let Some(what) = one.run.differs_in(&other.run) {
            let message = format!("part {shard} judged by another {what} than part {first}");
            return Err(Failed::new("input", file, message).hint(AGAIN));
        }
    }
    Ok(())
}

/// Whether every toolpack of the run was judged.
fn complete(parts: &[(String, Shard, Part)]) -> Result<(), Failed> {
    let mut packs: Vec<&Pack> = parts.iter().flat_map(|(.., part)| &part.packs).collect();
    packs.sort_by_key(|pack| pack.at);
    let Some((file, _, first)) = parts.first() else { return Ok(()) };
    let named: Vec<&Named> = packs.iter().map(|pack| &pack.named).collect();
    if named.len() != first.run.toolpacks || list_digest(named.into_iter()) != first.run.list {
        return Err(Failed::new(
            "input",
            file,
            "the parts together are not the toolpacks that the change has",
        )
        .hint(AGAIN));
    }
    let asked = packs.iter().filter(|pack| pack.together.is_some()).count();
    // What differs anywhere is asked of all.
    let is_touched = packs.iter().any(|pack| pack.judged.changed) && !first.run.bootstrap;
    if asked != packs.len() && (asked > 0 || is_touched) {
        return Err(Failed::new("input", file, "toolpacks don't say what they have to do with each other")
            .hint(AGAIN));
    }
    Ok(())
}
