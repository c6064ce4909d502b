//! A toolpack on disk in, what is asked about out: with its approvals and the trust that judges them as far as there
//! are any. Read at the start, and again whenever a file of it changed.

use std::path::PathBuf;

use super::asked::Asked;
use crate::cmd::alone::Alone;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::options::PackArgs;
use crate::cmd::packs;
use crate::cmd::serving::files::Watched;
use crate::cmd::serving::load::{approved, found, hangs_on};
use crate::cmd::serving::what::WhatArgs;
use crate::gate::subjects::Subjects;
use crate::io::load;
use crate::model::lockfile::AnyLockfile;
use crate::run::inspect::looked::{Approvals, Looked};
use crate::run::state::{Material, State};

/// What was read, and what is to be told of it.
pub struct Read {
    /// What is asked about.
    pub looked: Looked,
    /// What whoever starts the server should know, one line each.
    pub warnings: Vec<String>,
}

impl Read {
    /// Names of its toolsets, for people.
    pub fn toolsets(&self) -> String {
        let names: Vec<&str> = self.looked.state.pack.toolsets.toolsets.keys().map(String::as_str).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    }
}

/// Reads what is asked about. `watched` is told which files it hangs on, before they are read.
///
/// # Errors
/// A file that is not there or can't be read, trust that is broken.
pub fn read(asked: &Asked, watched: &mut Watched, ctx: &mut Ctx) -> Result<Read, Failed> {
    match asked {
        Asked::Pack(what) => of_pack(what, watched, ctx),
        Asked::Alone(alone, lock) => {
            *watched = Watched::of(alone.files().chain(lock).cloned().collect());
            of_files(alone, lock.as_ref())
        }
    }
}

fn of_pack(what: &WhatArgs, watched: &mut Watched, ctx: &mut Ctx) -> Result<Read, Failed> {
    let packs = PackArgs { toolpack: what.toolpack.iter().cloned().collect(), lockfile: None };
    let place = packs::find(&packs, ctx)?;
    *watched = hangs_on(&place, what, ctx)?;
    let (mut loaded, subjects) = load::toolpack_with(&place.tree, &place.found[0].header, Subjects::of)?;
    let subjects = subjects?;
    if let Some(path) = &what.lockfile {
        let (name, full) = (path.display().to_string(), ctx.cwd.join(path));
        loaded.lock = Some(lockfile(&name, &full)?);
        loaded.lock_path = full.display().to_string();
    }
    let mut warnings = Vec::new();
    let (approved, approvals) = match loaded.lock {
        None => (None, Approvals::Missing),
        Some(AnyLockfile::V1(_)) => (None, Approvals::Old),
        Some(AnyLockfile::V2(lock, _)) => match found(&place, what, ctx)? {
            None => {
                let why = "there is no trust file: nobody can have approved anything";
                (None, Approvals::Unjudged { lock, why })
            }
            Some(anchored) => {
                if !anchored.anchored {
                    warnings.push(format!(
                        "trust: not anchored: {} is read where whoever changes the toolpack can change it too",
                        anchored.source.name
                    ));
                }
                (Some(approved(*lock, anchored)?), Approvals::Judged)
            }
        },
    };
    let state = State::of(Material { pack: loaded.pack, subjects, approved });
    Ok(Read { looked: Looked { state, approvals }, warnings })
}

/// Single files. What is signed names a toolpack, so that nothing of theirs can be approved.
fn of_files(alone: &Alone, lock: Option<&PathBuf>) -> Result<Read, Failed> {
    let loaded = alone.read()?;
    let approvals = match lock.map(|path| lockfile(&path.display().to_string(), path)).transpose()? {
        None => Approvals::Missing,
        Some(AnyLockfile::V1(_)) => Approvals::Old,
        Some(AnyLockfile::V2(lock, _)) => Approvals::Unjudged {
            lock,
            why: "signatures cover a whole toolpack, and only single files were named: --toolpack names it",
        },
    };
    let subjects = Subjects::of(&loaded.pack)?;
    let state = State::of(Material { pack: loaded.pack, subjects, approved: None });
    Ok(Read { looked: Looked { state, approvals }, warnings: Vec::new() })
}

/// A lockfile that was named: it has to be there.
fn lockfile(name: &str, path: &std::path::Path) -> Result<AnyLockfile, Failed> {
    load::lockfile_at(name, path)?.ok_or_else(|| {
        Failed::new("input", name, "there is no such lockfile").hint("--lockfile takes a file")
    })
}
