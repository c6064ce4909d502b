//! Toolpacks that are judged elsewhere: the little that judging others asks of them, read without judging them. Where
//! their lockfiles lie, what their tools are called, and their lockfiles.

use std::collections::HashSet;

use rayon::prelude::*;

use super::failure::Failure;
use super::load::{lock_candidates, lockfile, read_header, required};
use super::tree::{EntryKind, Tree};
use crate::canon::Fault;
use crate::model::bytes;
use crate::model::limits;
use crate::model::lockfile::{AnyLockfile, PATH};
use crate::model::tool::Manifest;
use crate::model::toolpack::{Header, join};

/// So many files are held in memory at once.
const TOGETHER: usize = 64;

/// Where the lockfiles of toolpacks lie, or would be written, told from what the tree lists: in the order of the
/// toolpack.yaml files.
///
/// # Errors
/// A toolpack.yaml that cannot be read, or a tree that cannot be listed.
pub fn lock_paths(tree: &Tree, headers: &[&str]) -> Result<Vec<String>, Failure> {
    let is_file = |kind: &EntryKind| *kind != EntryKind::Submodule;
    let there: HashSet<&str> =
        tree.list()?.iter().filter(|e| is_file(&e.kind)).map(|e| e.path.as_str()).collect();
    let read = each(tree, headers, |path, header| {
        let dir = dir(path);
        let mut candidates: Vec<String> =
            lock_candidates(header).iter().map(|candidate| join(dir, candidate)).collect();
        let found = candidates.iter().position(|candidate| there.contains(candidate.as_str())).unwrap_or(0);
        if candidates.is_empty() { join(dir, PATH) } else { candidates.swap_remove(found) }
    })?;
    Ok(read)
}

/// The names of the tools of toolpacks, in the order of the toolpack.yaml files.
///
/// # Errors
/// A toolpack.yaml or tools.json that cannot be read.
pub fn tool_names(tree: &Tree, headers: &[&str]) -> Result<Vec<Vec<String>>, Fault> {
    let paths = each(tree, headers, |path, header| join(dir(path), &header.tools))?;
    let mut names = Vec::new();
    for some in paths.chunks(TOGETHER) {
        let wanted: Vec<(String, usize)> = some.iter().map(|path| (path.clone(), limits::TOOLS)).collect();
        let read = tree.read_many(&wanted);
        let of = |(path, bytes): (&String, Result<Option<Vec<u8>>, Fault>)| {
            let bytes = required(bytes?, path)?;
            let manifest = Manifest::read(path, bytes::json(path, &bytes, limits::TOOLS)?)
                .map_err(bytes::shown(&bytes))?;
            Ok(manifest.tools.into_iter().map(|tool| tool.name).collect())
        };
        let read: Vec<Vec<String>> = some.par_iter().zip(read).map(of).collect::<Result<_, Fault>>()?;
        names.extend(read);
    }
    Ok(names)
}

/// Reads lockfiles, those that are there.
///
/// # Errors
/// One that cannot be read.
pub fn lockfiles(tree: &Tree, paths: &[String]) -> Result<Vec<AnyLockfile>, Fault> {
    let read = paths.par_iter().map(|path| lockfile(tree, path));
    Ok(read.collect::<Result<Vec<_>, Fault>>()?.into_iter().flatten().collect())
}

fn dir(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(dir, _)| dir)
}

fn each<T: Send>(
    tree: &Tree,
    headers: &[&str],
    of: impl Fn(&str, &Header) -> T + Sync,
) -> Result<Vec<T>, Fault> {
    let wanted: Vec<(String, usize)> =
        headers.iter().map(|path| ((*path).to_owned(), limits::SMALL)).collect();
    let read = |(path, bytes): (&&str, Result<Option<Vec<u8>>, Fault>)| {
        let bytes = required(bytes?, path)?;
        Ok(of(path, &read_header(path, &bytes)?))
    };
    headers.par_iter().zip(tree.read_many(&wanted)).map(read).collect()
}
