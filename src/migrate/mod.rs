//! ENGINE: the files of a toolpack of version 1 in, the same toolpack in version 2 out (formats-v2 §15).
//!
//! A pure function of the files: no clock, no name of a folder, no order of arrival is in what it gives, so
//! that a verifier can compute for itself what an honest migration of the base would have been. Nothing is
//! dropped or raised without a note, and what version 2 cannot hold is a fault with its place.

mod baseline;
mod carry;
mod describe;
mod groups;
mod header;
mod ids;
mod judged;
mod lock;
mod notes;
mod policy;
mod schema;
mod tools;
mod written;

use std::collections::BTreeMap;

use crate::canon::emit::emit_yaml_with;
use crate::canon::encode::encode;
use crate::canon::{Fault, FaultKind};
use crate::model::lockfile;
use crate::model::lockfile::{AnyLockfile, Lockfile};
use crate::model::phrase::Phrase;
use crate::model::schema_version::Generation;
use crate::model::toolpack::{HEADER, Toolpack};

/// A toolpack in version 2, ready to be written.
#[derive(Debug, Clone)]
pub struct Migrated {
    /// The toolpack as the readers see it in the files below.
    pub pack: Toolpack,
    /// What to write, by path below the toolpack's folder.
    pub files: BTreeMap<String, String>,
    /// The lockfile: every subject with the digest that it now has.
    pub lock: Lockfile,
    /// What was dropped or changed, in the order of the files.
    pub notes: Vec<Phrase>,
}

impl Migrated {
    /// Where the lockfile is to be written, below the toolpack's folder.
    pub fn lock_path(&self) -> &str {
        self.pack.header.lockfiles.first().map_or(lockfile::PATH, String::as_str)
    }

    /// The text of the lockfile.
    pub fn lock_text(&self) -> String {
        emit_yaml_with(&encode(&self.lock), &|_| false)
    }
}

/// Where the lockfile of a migrated toolpack lies, below its folder: known before it is migrated, so that the
/// right to write it can be taken first.
pub fn lock_path(v1: &Toolpack) -> String {
    header::lock_path(&v1.header.lockfiles)
}

/// Migrates a toolpack with its lockfile, if it has one: approvals of version 1 become notes in entries that
/// are pending.
///
/// # Errors
/// As [`onto`].
pub fn toolpack(v1: &Toolpack, lock: Option<&AnyLockfile>) -> Result<Migrated, Fault> {
    onto(v1, lock, None)
}

/// Migrates the head of a change whose base has been migrated already: the base's entries, approvals and
/// withdrawals stay, `gate sync` does the rest (decision: unrelated tools don't change).
///
/// # Errors
/// A toolpack that is of version 2 already, or partly; and anything that version 2 cannot hold, with its
/// file, line and pointer.
pub fn onto(v1: &Toolpack, lock: Option<&AnyLockfile>, base: Option<&Lockfile>) -> Result<Migrated, Fault> {
    must_be_v1(v1)?;
    let mut notes = notes::Notes::default();
    let ids = ids::assign(v1, &mut notes)?;

    let header = header::restate(v1, &mut notes);
    let baseline = baseline::restate(v1, &ids, &mut notes)?;
    let mut tools = tools::restate(v1, &ids, &baseline, &mut notes)?;
    judged::judge(v1, &ids, &baseline, &mut tools, &mut notes)?;
    let groups = groups::restate(v1, &mut notes);
    let policy = policy::restate(v1, &ids, &mut notes);

    let files = written::texts(v1, [&header, &tools, &groups, &policy, &baseline]);
    let pack = written::read_back(v1, &files)?;
    let lock = lock::restate(v1, lock, base, &ids, &pack, &mut notes)?;
    Ok(Migrated { pack, files, lock, notes: notes.into_phrases() })
}

fn must_be_v1(pack: &Toolpack) -> Result<(), Fault> {
    let header = pack.path(HEADER);
    let parts = [
        (header.clone(), pack.header.generation),
        (pack.tools_path(), pack.manifest.generation),
        (pack.path(&pack.header.toolsets), pack.toolsets.generation),
        (pack.path(&pack.header.policy), pack.policy.generation),
        (pack.path(&pack.header.baseline), pack.baseline.generation),
    ];
    let newer: Vec<&str> =
        parts.iter().filter(|(_, g)| *g == Generation::V2).map(|(file, _)| file.as_str()).collect();
    match newer[..] {
        [] => Ok(()),
        [file, ..] if newer.len() < parts.len() => Err(Fault::new(
            file,
            FaultKind::Content,
            "this file is of version 2 and others of the toolpack are of version 1",
        )
        .pointer("/schema_version")
        .hint("restore the files as they were before, then run `cask migrate` once")),
        _ => Err(Fault::new(&header, FaultKind::Content, "the toolpack is of version 2: nothing to do")
            .pointer("/schema_version")
            .hint("leave it: only toolpacks of version 1 are rewritten")),
    }
}
