//! Several files put in place together: all of them, or what was there before stands again.
//!
//! No power cut can be undone so: whoever stages files that speak of others puts those last.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::fs::Staged;
use crate::canon::{Fault, FaultKind};

/// Why files could not be put in place together.
#[derive(Debug)]
pub struct Unplaced {
    /// What kept the first of them from it.
    pub fault: Fault,
    /// Files that could not be put back as they were; empty: everything stands as before.
    pub mixed: Vec<PathBuf>,
}

/// Puts files in place, in this order.
///
/// # Errors
/// One of them could not be put there; those before it were put back.
pub fn place(files: Vec<Staged>) -> Result<(), Unplaced> {
    let clean = |fault| Unplaced { fault, mixed: Vec::new() };
    let mut before = Vec::with_capacity(files.len());
    for file in &files {
        before.push(Before::of(file.path()).map_err(clean)?);
    }
    for (at, file) in files.into_iter().enumerate() {
        if let Err(fault) = file.place() {
            // The last one too: it may be there although the disk did not confirm it.
            let placed = before.drain(..=at).rev();
            let mixed = placed.filter_map(|file| file.put_back().err()).collect();
            return Err(Unplaced { fault, mixed });
        }
    }
    Ok(())
}

/// What stood at a path: the file itself under a second name, or nothing.
struct Before {
    path: PathBuf,
    kept: Option<tempfile::TempPath>,
}

impl Before {
    fn of(path: &Path) -> Result<Before, Fault> {
        let name = path.to_string_lossy();
        let failed = |e: std::io::Error| {
            Fault::new(&name, FaultKind::Io, format!("it can't be kept while others are written: {e}"))
        };
        let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let kept = match path.symlink_metadata() {
            Err(e) if e.kind() == ErrorKind::NotFound => None,
            Err(e) => return Err(failed(e)),
            Ok(_) => {
                let mut builder = tempfile::Builder::new();
                builder.prefix(".cask.").suffix(".tmp");
                let linked = builder.make_in(dir, |second| std::fs::hard_link(path, second));
                // Not every file system has second names.
                let kept = match linked {
                    Ok(linked) => linked.into_temp_path(),
                    Err(_) => {
                        let copy = builder.tempfile_in(dir).map_err(failed)?.into_temp_path();
                        std::fs::copy(path, &copy).map_err(failed)?;
                        copy
                    }
                };
                Some(kept)
            }
        };
        Ok(Before { path: path.to_owned(), kept })
    }

    fn put_back(self) -> Result<(), PathBuf> {
        let Some(kept) = self.kept else {
            // What is no file is not ours: it kept our file from its place.
            let ours = self.path.symlink_metadata().is_ok_and(|meta| meta.is_file());
            return match ours.then(|| std::fs::remove_file(&self.path)) {
                Some(Err(_)) => Err(self.path),
                _ => Ok(()),
            };
        };
        let second = kept.to_path_buf();
        kept.persist(&self.path).map_err(|_| self.path)?;
        // Where the file was not replaced, both names are of one file, and the rename left both.
        let _ = std::fs::remove_file(second);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::fs::stage_inside;

    #[test]
    fn where_one_file_cannot_be_placed_all_stand_as_before() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::write(at("old"), "before").unwrap();
        let mut staged = Vec::new();
        for name in ["old", "new", "stuck", "never"] {
            staged.push(stage_inside(dir.path(), name, b"after").unwrap());
        }
        // Came there since it was staged.
        std::fs::create_dir(at("stuck")).unwrap();
        let unplaced = place(staged).unwrap_err();
        assert!(unplaced.fault.file.ends_with("stuck"), "{unplaced:?}");
        assert!(unplaced.mixed.is_empty(), "{unplaced:?}");
        assert_eq!(std::fs::read(at("old")).unwrap(), b"before");
        let mut left: Vec<_> = dir.path().read_dir().unwrap().map(|e| e.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["old", "stuck"]);
    }

    #[test]
    fn all_are_placed_and_nothing_is_left_beside_them() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("old"), "before").unwrap();
        let staged = ["old", "sub/new"].map(|name| stage_inside(dir.path(), name, b"after").unwrap());
        place(staged.into()).unwrap();
        assert_eq!(std::fs::read(dir.path().join("old")).unwrap(), b"after");
        assert_eq!(std::fs::read(dir.path().join("sub/new")).unwrap(), b"after");
        assert_eq!(dir.path().read_dir().unwrap().count(), 2);
    }
}
