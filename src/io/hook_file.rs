//! The file that git runs as a hook: what stands in its place, putting one there, and moving another aside and
//! back. Nothing is ever overwritten but what the caller recognised.

use std::io::ErrorKind;
use std::path::Path;

use super::failure::Failure;
use super::fs;

/// Most bytes of a hook that are looked at.
const MAX_HOOK: usize = 1 << 20;

/// What stands where a hook would.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum There {
    /// Nothing.
    Nothing,
    /// A regular file, and whether git would run it.
    File(Vec<u8>, bool),
    /// A link, a folder, or a file too large to be looked at.
    Other,
}

/// Looks.
///
/// # Errors
/// The place can't be looked at.
pub fn look(path: &Path) -> Result<There, Failure> {
    let meta = match path.symlink_metadata() {
        Ok(meta) => meta,
        Err(e) if matches!(e.kind(), ErrorKind::NotFound) => return Ok(There::Nothing),
        Err(e) => return Err(failed(path, "it can't be looked at", &e)),
    };
    if !meta.is_file() || meta.len() > MAX_HOOK as u64 {
        return Ok(There::Other);
    }
    match fs::read_bounded(path, MAX_HOOK) {
        Ok(Some(bytes)) => Ok(There::File(bytes, is_executable(&meta))),
        Ok(None) => Ok(There::Nothing),
        Err(fault) => Err(Failure::from(fault)),
    }
}

/// Writes a hook that git can run.
///
/// # Errors
/// It can't be written.
pub fn put(path: &Path, text: &[u8]) -> Result<(), Failure> {
    fs::write_atomic(path, text)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let meta = path.metadata().map_err(|e| failed(path, "it can't be looked at", &e))?;
        let mode = meta.permissions().mode() & 0o777;
        // Whoever may read it may run it: the umask has its say.
        let open = std::fs::Permissions::from_mode(mode | ((mode & 0o444) >> 2));
        std::fs::set_permissions(path, open).map_err(|e| failed(path, "it can't be made executable", &e))?;
    }
    Ok(())
}

/// Moves a file to a place where nothing is.
///
/// # Errors
/// Something is there, or it can't be moved.
pub fn move_aside(from: &Path, to: &Path) -> Result<(), Failure> {
    if to.symlink_metadata().is_ok() {
        return Err(Failure::new(
            to.to_string_lossy(),
            "there is such a file already; it is never overwritten",
        )
        .hint("look what it is, and give it another name"));
    }
    std::fs::rename(from, to).map_err(|e| failed(from, "it can't be moved aside", &e))
}

/// Moves a file back over the one that took its place.
///
/// # Errors
/// It can't be moved.
pub fn move_back(from: &Path, to: &Path) -> Result<(), Failure> {
    std::fs::rename(from, to).map_err(|e| failed(from, "it can't be moved back", &e))
}

/// Takes a hook away.
///
/// # Errors
/// It can't be removed.
pub fn remove(path: &Path) -> Result<(), Failure> {
    std::fs::remove_file(path).map_err(|e| failed(path, "it can't be removed", &e))
}

fn failed(path: &Path, what: &str, error: &std::io::Error) -> Failure {
    Failure::new(path.to_string_lossy(), format!("{what}: {error}"))
        .hint("make the folder writable for the user that runs cask, then run again")
}

#[cfg(unix)]
fn is_executable(meta: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    meta.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &std::fs::Metadata) -> bool {
    true
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_hook_is_put_with_its_bit_and_moved_there_and_back() {
        let dir = tempfile::tempdir().unwrap();
        let (hook, aside) = (dir.path().join("hooks/pre-push"), dir.path().join("hooks/pre-push.local"));
        assert_eq!(look(&hook).unwrap(), There::Nothing);
        put(&hook, b"#!/bin/sh\n").unwrap();
        assert_eq!(look(&hook).unwrap(), There::File(b"#!/bin/sh\n".to_vec(), true));
        move_aside(&hook, &aside).unwrap();
        put(&hook, b"two").unwrap();
        assert!(move_aside(&hook, &aside).is_err(), "something is there");
        move_back(&aside, &hook).unwrap();
        assert_eq!(look(&hook).unwrap(), There::File(b"#!/bin/sh\n".to_vec(), true));
        remove(&hook).unwrap();
        std::os::unix::fs::symlink("nowhere", &hook).unwrap();
        assert_eq!(look(&hook).unwrap(), There::Other);
    }
}
