//! What toolpacks are judged against, and a toolpack with both sides: trees in, loaded sides and the ground on which
//! signatures are looked at out.

use std::collections::HashSet;

use crate::canon::time::Timestamp;
use crate::cmd::before::Side;
use crate::cmd::failed::Failed;
use crate::gate::discovery::{Found, Paired};
use crate::gate::sides::max_age_days;
use crate::io::tree::Tree;
use crate::model::gate_config::{GateFile, MAX_EXEMPTION_DAYS};
use crate::sign::ground::{Base, Ground, SignatureIndex};
use crate::sign::keyring::Keyring;

/// What toolpacks are judged against.
#[derive(Clone, Copy)]
pub struct Bench<'a> {
    /// The state under review.
    pub head: &'a Tree,
    /// The state that it is compared with; `None`: none is asked.
    pub base: Option<&'a Tree>,
    /// Whether the base has neither trust file nor lockfile.
    pub bootstrap: bool,
    /// Who may sign.
    pub keyring: &'a Keyring<'a>,
    /// The gate's configuration in force.
    pub gate: &'a GateFile,
    /// Whether what changed is told. Where only approvals are asked for, the base is what they are measured against.
    pub tells_changes: bool,
    /// Login of the author, if known.
    pub author: Option<&'a str>,
    /// The machine's clock.
    pub now: Timestamp,
}

/// A toolpack with both sides in memory. Where nothing differs, both are one.
pub struct Both {
    /// The state under review.
    pub head: Option<Side>,
    /// The state that it is compared with, where its bytes differ.
    pub base: Option<Side>,
    /// Whether git says that nothing differs.
    pub untouched: bool,
    /// Whether nothing differs, of a work tree too.
    is_one: bool,
}

impl Both {
    /// What it was.
    pub fn base(&self) -> Option<&Side> {
        if self.is_one { self.head.as_ref() } else { self.base.as_ref() }
    }
}

/// Has git hand over in one go what the toolpacks will be read from: of the base only what differs. Once is
/// enough: whoever reads beside the judging calls this before.
pub fn read_ahead(bench: &Bench, paired: &[&Paired]) {
    let below = |dirs: &HashSet<&str>, path: &str| {
        let above = path.match_indices('/').map(|(at, _)| &path[..at]);
        std::iter::once("").chain(above).any(|dir| dirs.contains(dir))
    };
    let heads: HashSet<&str> = paired.iter().filter_map(|p| p.head.as_ref()).map(Found::dir).collect();
    let bases: HashSet<&str> = paired
        .iter()
        .filter(|p| !is_untouched(bench, p))
        .filter_map(|p| p.base.as_ref())
        .map(Found::dir)
        .collect();
    rayon::join(
        || bench.head.read_ahead(|path| below(&heads, path)),
        || bench.base.map(|base| base.read_ahead(|path| below(&bases, path))),
    );
}

/// Whether git names the toolpack's folder alike on both sides: then nothing of it differs.
pub(super) fn is_untouched(bench: &Bench, paired: &Paired) -> bool {
    match (&paired.head, &paired.base, bench.base) {
        (Some(h), Some(b), Some(base)) if h == b => bench.head.has_same_folder(base, h.dir()),
        _ => false,
    }
}

/// Whether a toolpack of the work tree has the bytes that it has on base: to compare them is much less than to read them
/// twice. What can't be compared is read.
fn is_as_it_was(bench: &Bench, paired: &Paired) -> bool {
    let (Some(head), Some(base), Some(tree)) = (&paired.head, &paired.base, bench.base) else { return false };
    let dir = if head.dir().is_empty() { "." } else { head.dir() };
    // Who writes a lockfile leaves an empty file beside it, which holds nothing that anybody reads.
    let is_empty_lock = |path: &String| {
        path.ends_with(".lock")
            && matches!(bench.head.read(path, 1), Ok(Some(bytes)) if bytes.is_empty())
            && matches!(tree.read(path, 1), Ok(None))
    };
    head == base
        && bench.head.commit().is_none()
        && tree
            .differs_from(bench.head, &[dir.to_owned()])
            .is_ok_and(|changed| changed.iter().all(is_empty_lock))
}

/// Reads both sides of a toolpack.
///
/// # Errors
/// A file that cannot be read.
pub fn load_both(bench: &Bench, paired: &Paired) -> Result<Both, Failed> {
    let untouched = is_untouched(bench, paired);
    let is_one = untouched || is_as_it_was(bench, paired);
    let side = |tree: &Tree, found: &Found| {
        Side::read(tree, &found.header, if found.dir().is_empty() { "." } else { found.dir() })
    };
    let head = paired.head.as_ref().map(|f| side(bench.head, f)).transpose()?;
    let base = match (&paired.base, bench.base) {
        (Some(found), Some(tree)) if !is_one => Some(side(tree, found)?),
        _ => None,
    };
    let base = base.map(|b| b.as_base_of(head.as_ref().map(Side::generation))).transpose()?;
    Ok(Both { head, base, untouched, is_one })
}

/// The ground on which signatures of a toolpack are looked at.
pub fn ground<'a>(
    bench: &'a Bench,
    id: &'a str,
    dir: &'a str,
    base: Base<'a>,
    index: &'a SignatureIndex,
) -> Ground<'a> {
    let exemptions = &bench.gate.exemptions;
    Ground {
        keyring: bench.keyring,
        toolpack_id: id,
        toolpack_dir: dir,
        now: bench.now,
        author: bench.author,
        base,
        max_age_days: max_age_days(&bench.keyring.trust.file.rules, bench.gate),
        max_exemption_days: exemptions.allowed.then_some(exemptions.max_days.min(MAX_EXEMPTION_DAYS)),
        elsewhere: index,
    }
}
