//! Reports that were kept: a folder or files in, those of drift and verify about a toolpack out.

use std::path::{Path, PathBuf};

use super::name::shown;
use crate::canon::digest::sha256_hex;
use crate::canon::limits::Limits;
use crate::canon::read_json::read_json;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::io::fs;
use crate::model::kept::Kept;

/// Where reports are looked for below the state folder.
pub const FOLDER: &str = "reports";
/// The most bytes of one report.
const MOST_BYTES: usize = 64 << 20;
/// Most files of a folder.
const MOST_FILES: usize = 1_000;
/// How deep folders are looked into: a report of several files is a folder of its own.
const DEPTH: usize = 3;

/// What a folder holds.
#[derive(Debug)]
pub struct Found {
    /// The folder.
    pub folder: String,
    /// Files that are no report about the toolpack.
    pub passed_over: usize,
}

/// Hands over each report about a toolpack, by file, in the folder that is named, or that of the state folder; none where
/// nothing is named and nothing lies there. One is read at a time, and what is kept of it is for `take` to say.
///
/// # Errors
/// The folder that is named is not there, there are too many files in it, or one of them can't be read or contradicts
/// itself: a report that can't be read may be the one that told of harm.
pub fn in_folder(
    named: Option<&Path>,
    toolpack_id: &str,
    ctx: &Ctx,
    take: &mut dyn FnMut(Kept),
) -> Result<Option<Found>, Failed> {
    let folder = match named {
        Some(named) => ctx.cwd.join(named),
        None => fs::path_inside(&ctx.cwd.join(&ctx.global.root), FOLDER)?,
    };
    if !folder.is_dir() {
        return match named {
            None => Ok(None),
            Some(named) => Err(Failed::new("input", named.display().to_string(), "there is no such folder")
                .hint("--reports names the folder into which `cask drift --format json --output` writes")),
        };
    }
    let mut files = Vec::new();
    list(&folder, 0, &mut files)?;
    if files.len() > MOST_FILES {
        return Err(Failed::new(
            "input",
            folder.display().to_string(),
            format!("there are {} files with reports, at most {MOST_FILES} are read", files.len()),
        )
        .hint("--reports names a folder with the reports that count"));
    }
    files.sort();
    let mut found = Found { folder: shown(&folder, ctx), passed_over: 0 };
    for file in &files {
        match read(file, ctx)?.filter(|kept| kept.is_about(toolpack_id)) {
            Some(kept) => take(kept),
            None => found.passed_over += 1,
        }
    }
    Ok(Some(found))
}

/// The report in a file; none if it is JSON of another kind.
///
/// # Errors
/// There is no such file, it can't be read, is no JSON, or contradicts itself.
pub fn read(path: &Path, ctx: &Ctx) -> Result<Option<Kept>, Failed> {
    let name = shown(path, ctx);
    let bytes = fs::read_bounded(path, MOST_BYTES)
        .map_err(|mut fault| {
            fault.file.clone_from(&name);
            fault
        })?
        .ok_or_else(|| Failed::new("input", &name, "there is no such file"))?;
    let node = read_json(&name, &bytes, &Limits::new(MOST_BYTES))?;
    let digest = format!("sha256:{}", sha256_hex(&bytes));
    Kept::read(&name, &digest, &node)
        .map_err(|why| Failed::new("input", &name, why).hint("make it anew, or take it out of the folder"))
}

/// Files whose names end as reports for programs do. No link is followed.
fn list(folder: &Path, depth: usize, into: &mut Vec<PathBuf>) -> Result<(), Failed> {
    let failed = |e: std::io::Error| {
        Failed::new("io", folder.display().to_string(), format!("it can't be listed: {e}"))
    };
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let (kind, path) = (entry.file_type().map_err(failed)?, entry.path());
        match kind.is_dir() {
            true if depth < DEPTH => list(&path, depth + 1, into)?,
            false if kind.is_file() && path.extension().is_some_and(|e| e == "json") => into.push(path),
            _ => {}
        }
    }
    Ok(())
}
