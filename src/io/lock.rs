//! One writer at a time: an operating-system lock on a file beside the one that is changed.
//!
//! The lock goes when its holder goes, however it ends. The file beside stays: removing it would let two
//! writers hold locks on two files of one name.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::failure::Failure;
use super::fs;

/// How long a lock is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is asked for.
const PAUSE: Duration = Duration::from_millis(10);

/// The right to change a file, until dropped.
#[derive(Debug)]
pub struct Lock {
    /// Closing it gives the lock back.
    _file: File,
}

impl Lock {
    /// Waits for the right to change `path`, at most ten seconds. Missing folders are made.
    ///
    /// # Errors
    /// Another process holds it, or `<path>.lock` can't be made or locked.
    pub fn exclusive(path: &Path) -> Result<Lock, Failure> {
        Lock::within(path, PATIENCE)
    }

    fn within(path: &Path, patience: Duration) -> Result<Lock, Failure> {
        let subject = path.display().to_string();
        let beside = sidecar(path);
        let failed = |e: std::io::Error| {
            Failure::new(&subject, "its lock can't be taken")
                .why(e.to_string())
                .looked("lock", beside.display().to_string())
        };
        if let Some(dir) = path.parent() {
            std::fs::create_dir_all(dir).map_err(failed)?;
        }
        let file = open(&beside).map_err(failed)?;
        if !file.metadata().map_err(failed)?.is_file() {
            return Err(failed(std::io::Error::other("it is not a regular file")));
        }
        let deadline = Instant::now() + patience;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Lock { _file: file }),
                Err(TryLockError::Error(e)) => return Err(failed(e)),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => {
                    let waited = format!("another process held it for {} s", patience.as_secs());
                    return Err(failed(std::io::Error::other(waited))
                        .hint("let the other cask finish, then run this again"));
                }
            }
        }
    }
}

/// Changes a file under its lock: read, change, write whole. The only way in which lockfiles are written.
/// `change` gets what is there and gives what shall be there; none, or the same bytes, write nothing.
/// True if the file was written.
///
/// # Errors
/// Those of the lock, of the reading (at most `limit` bytes, no link), of `change`, of the writing.
pub fn update_locked(
    path: &Path,
    limit: usize,
    change: impl FnOnce(Option<&[u8]>) -> Result<Option<Vec<u8>>, Failure>,
) -> Result<bool, Failure> {
    let _lock = Lock::exclusive(path)?;
    let (dir, name) = (path.parent().unwrap_or(Path::new("")), path.file_name().and_then(|n| n.to_str()));
    let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    let before = match name {
        Some(name) => fs::read_inside(dir, name, limit),
        None => fs::read_bounded(path, limit),
    };
    let before = before.map_err(|fault| at(path, fault))?;
    match change(before.as_deref())? {
        Some(after) if before.as_deref() != Some(after.as_slice()) => {
            fs::write_atomic(path, &after)?;
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// As [`update_locked`], below a folder: no part of the way may be a link, so that a checked-out tree can't
/// lead the write elsewhere. Faults name the path below the folder.
///
/// # Errors
/// As [`update_locked`]; a link on the way or a path that leads out.
pub fn update_inside(
    root: &Path,
    rel: &str,
    limit: usize,
    change: impl FnOnce(Option<&[u8]>) -> Result<Option<Vec<u8>>, Failure>,
) -> Result<bool, Failure> {
    let path = fs::path_inside(root, rel)?;
    let whole = path.display().to_string();
    update_locked(&path, limit, change).map_err(|mut failure| {
        if failure.subject == whole {
            failure.subject = rel.to_owned();
        }
        for (_, text) in &mut failure.looked {
            *text = text.replace(&whole, rel);
        }
        if let Some(fault) = failure.fault.as_mut().filter(|fault| fault.file == whole) {
            fault.file = rel.to_owned();
        }
        failure
    })
}

fn at(path: &Path, mut fault: crate::canon::Fault) -> Failure {
    fault.file = path.display().to_string();
    fault.into()
}

/// The file that is locked: `<path>.lock`.
pub fn sidecar(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

#[cfg(unix)]
fn open(path: &Path) -> std::io::Result<File> {
    use rustix::fs::{Mode, OFlags};
    // Read only: a lock needs no more, and a link or a pipe put here does no harm.
    let flags = OFlags::RDONLY | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(File::from(rustix::fs::open(path, flags, Mode::from_raw_mode(0o666))?))
}

#[cfg(not(unix))]
fn open(path: &Path) -> std::io::Result<File> {
    File::options().read(true).write(true).create(true).truncate(false).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_lock_is_waited_for_and_then_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/er/caskmcp.lock.yaml");
        let held = Lock::exclusive(&path).unwrap();
        let failure = Lock::within(&path, Duration::from_millis(50)).unwrap_err();
        assert!(failure.why[0].contains("another process"), "{failure:?}");
        drop(held);
        // A process that another test is just starting holds a copy until it has become its program.
        Lock::within(&path, Duration::from_secs(5)).unwrap();
    }

    #[test]
    fn nothing_is_written_when_nothing_changes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        assert!(!update_locked(&path, 9, |old| Ok(old.map(<[u8]>::to_vec))).unwrap());
        assert!(update_locked(&path, 9, |old| Ok(Some(format!("{}", old.is_none()).into_bytes()))).unwrap());
        assert!(!update_locked(&path, 9, |old| Ok(old.map(<[u8]>::to_vec))).unwrap());
        assert_eq!(std::fs::read(&path).unwrap(), b"true");
        assert!(update_locked(&path, 3, |_| Ok(None)).unwrap_err().fault.is_some());
    }

    #[test]
    fn below_a_folder_the_message_names_the_path_below() {
        let dir = tempfile::tempdir().unwrap();
        assert!(update_inside(dir.path(), "a/b", 9, |_| Ok(Some(b"x".to_vec()))).unwrap());
        std::fs::write(dir.path().join("a/b"), "too long for it").unwrap();
        let failure = update_inside(dir.path(), "a/b", 9, |_| Ok(None)).unwrap_err();
        assert_eq!((failure.subject.as_str(), failure.fault.unwrap().file.as_str()), ("a/b", "a/b"));
        let failure = update_inside(dir.path(), "../b", 9, |_| Ok(None)).unwrap_err();
        assert_eq!(failure.subject, "../b");
    }

    #[test]
    fn a_failed_change_leaves_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        std::fs::write(&path, "old").unwrap();
        update_locked(&path, 9, |_| Err(Failure::new("x", "no"))).unwrap_err();
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        Lock::within(&path, Duration::ZERO).unwrap();
    }
}
