//! A folder of the disk as a sorted list of entries: no link is followed, nothing is read.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::failure::Failure;
use super::tree_entry::{Entry, EntryKind, MAX_ENTRIES};

/// Folders that tools fill with what others wrote; skipped unless something in them is tracked.
const SKIPPED: [&str; 2] = ["node_modules", "target"];
/// Deepest nesting that is looked at.
const MAX_DEPTH: usize = 128;

/// Walks what lies below `start` (empty: all of `root`). `tracked` says whether a folder holds tracked
/// files; none where nothing is known of tracking.
pub(crate) fn walk(
    root: &Path,
    start: &str,
    tracked: Option<&dyn Fn(&str) -> bool>,
) -> Result<Vec<Entry>, Failure> {
    let is_tracked = |dir: &str| tracked.is_some_and(|tracked| tracked(dir));
    let mut entries = Vec::new();
    let mut folders = vec![(start.to_owned(), root.join(start), 0)];
    while let Some((rel, path, depth)) = folders.pop() {
        let failed = |e: std::io::Error| {
            let name = if rel.is_empty() { "the folder" } else { &rel };
            Failure::new(name, format!("it can't be listed: {e}"))
        };
        let listing = match fs::read_dir(&path) {
            Ok(listing) => listing,
            // Gone since its parent was listed.
            Err(e) if depth > 0 && e.kind() == ErrorKind::NotFound => continue,
            // Another program's closed folder among the untracked ones is not ours to judge.
            Err(_) if tracked.is_some() && depth > 0 && !is_tracked(&rel) => {
                entries.push(Entry::new(rel, EntryKind::Other));
                continue;
            }
            Err(e) => return Err(failed(e)),
        };
        for item in listing {
            let item = item.map_err(failed)?;
            let name = item.file_name();
            if name.eq_ignore_ascii_case(".git") {
                continue;
            }
            let parent = if rel.is_empty() { String::new() } else { format!("{rel}/") };
            let mut entry = Entry::named(&parent, name.as_encoded_bytes(), EntryKind::Other);
            let kind = item.file_type().map_err(failed)?;
            if kind.is_dir() {
                let skipped = SKIPPED.iter().any(|s| name == *s) && !is_tracked(&entry.path);
                if skipped || entry.odd.is_some_and(|odd| odd.is_unreadable()) {
                    if !skipped {
                        entries.push(entry);
                    }
                    continue;
                }
                if is_other_repository(&item.path(), || is_tracked(&entry.path)) {
                    entry.kind = EntryKind::Submodule;
                    entries.push(entry);
                } else if depth >= MAX_DEPTH {
                    return Err(Failure::new(
                        entry.path,
                        format!("folders are nested deeper than {MAX_DEPTH}"),
                    ));
                } else {
                    folders.push((entry.path, item.path(), depth + 1));
                }
                continue;
            }
            if kind.is_symlink() {
                entry.kind = EntryKind::Symlink;
            } else if kind.is_file() {
                let meta = match item.metadata() {
                    Ok(meta) => meta,
                    // Gone since it was listed.
                    Err(e) if e.kind() == ErrorKind::NotFound => continue,
                    Err(e) => return Err(failed(e)),
                };
                entry.size = Some(meta.len());
                entry.kind = if is_executable(&meta) { EntryKind::Executable } else { EntryKind::File };
            }
            entries.push(entry);
            if entries.len() > MAX_ENTRIES {
                return Err(Failure::new("the folder", format!("it holds more than {MAX_ENTRIES} files")));
            }
        }
    }
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(entries)
}

/// Whether a folder is a repository of its own, in a commit a submodule: it has a `.git`, and `holds_tracked`
/// files of this repository it does not. Otherwise whoever lays a `.git` into a folder would take what is
/// tracked there out of sight.
pub(crate) fn is_other_repository(dir: &Path, holds_tracked: impl FnOnce() -> bool) -> bool {
    dir.join(".git").symlink_metadata().is_ok() && !holds_tracked()
}

#[cfg(unix)]
fn is_executable(meta: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    meta.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &fs::Metadata) -> bool {
    false
}
