//! The locks below a state folder: which there are, whether somebody holds them, and who.
//!
//! Ours are locks of the operating system on files that stay: they go with their holder, and a file that nobody holds is
//! no lock. The reference system made files whose being there is the lock, with the process in them; they are left behind
//! by a process that was killed, and only those can be taken away.

use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::Path;
use std::time::SystemTime;

use super::failure::Failure;
use super::fs;
use crate::canon::Node;
use crate::canon::digest::sha256_hex;
use crate::canon::limits::Limits;
use crate::canon::read_json::read_json;

/// Where the reference system's locks lie below a state folder, and what the names of those of a toolpack begin with.
const STATE: &str = "state";
const FORMER: &str = "lock";
/// How deep is looked, and at how many files.
const DEPTH: usize = 6;
const MOST: usize = 20_000;
/// The most bytes of a lock of the reference system.
const BYTES: usize = 1 << 16;

/// What kind of lock it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A lock of the operating system, on a file that stays.
    Advisory,
    /// A file that is the lock by being there.
    Existence,
}

/// Whether somebody holds a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// Nobody does.
    Free,
    /// A process does, as far as that can be told.
    By(Option<u64>),
    /// That can't be told: why.
    Unknown(String),
}

/// A lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its file, from the state folder.
    pub id: String,
    /// Its kind.
    pub kind: Kind,
    /// Whether somebody holds it.
    pub held: Held,
    /// What its holder runs, in its own words.
    pub command: Option<String>,
    /// Seconds since the file was written.
    pub age: Option<u64>,
    /// What tells the file that was looked at from another one that has its name since.
    pub stamp: Stamp,
}

/// A file as it was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stamp {
    /// Device and number, where files have them.
    file: Option<(u64, u64)>,
    /// When it was written.
    written: Option<SystemTime>,
    /// Digest of what it holds.
    content: String,
}

/// Every lock below a state folder, by its file. A folder that is not there has none.
///
/// # Errors
/// It can't be listed, or there are too many files.
pub fn list(root: &Path) -> Result<Vec<Found>, Failure> {
    let mut files = Vec::new();
    let mut seen = 0;
    walk(root, "", 0, &mut seen, &mut files)?;
    files.sort();
    files.iter().map(|id| look(root, id)).collect()
}

/// What became of a lock that was to be taken away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Removed {
    /// It is gone: taken away, or by its holder meanwhile.
    Gone,
    /// It is another one by now, or somebody holds it: as it is.
    Changed(Box<Found>),
}

/// Takes a lock of the reference system away, if it still is the one that was found: whoever waited for it may have made
/// one of the same name since, and that is theirs.
///
/// # Errors
/// It can't be looked at, or taken away.
pub fn remove(root: &Path, found: &Found) -> Result<Removed, Failure> {
    let id = &found.id;
    let path = fs::path_inside(root, id)?;
    if path.symlink_metadata().is_err_and(|e| e.kind() == ErrorKind::NotFound) {
        return Ok(Removed::Gone);
    }
    let now = look(root, id)?;
    if (&now.stamp, &now.held) != (&found.stamp, &found.held) {
        return Ok(Removed::Changed(Box::new(now)));
    }
    match std::fs::remove_file(&path) {
        Err(e) if e.kind() != ErrorKind::NotFound => {
            Err(Failure::new(id, format!("it can't be taken away: {e}")))
        }
        _ => Ok(Removed::Gone),
    }
}

fn walk(
    root: &Path,
    below: &str,
    depth: usize,
    seen: &mut usize,
    into: &mut Vec<String>,
) -> Result<(), Failure> {
    let folder = root.join(below);
    let failed =
        |e: std::io::Error| Failure::new(folder.display().to_string(), format!("it can't be listed: {e}"));
    let listing = match std::fs::read_dir(&folder) {
        Ok(listing) => listing,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(failed(e)),
    };
    for entry in listing {
        let entry = entry.map_err(failed)?;
        *seen += 1;
        if *seen > MOST {
            let message = format!("there are over {MOST} files below it");
            return Err(Failure::new(root.display().to_string(), message).hint("--root DIR"));
        }
        let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
        let id = if below.is_empty() { name } else { format!("{below}/{name}") };
        let kind = entry.file_type().map_err(failed)?;
        if kind.is_dir() && depth < DEPTH {
            walk(root, &id, depth + 1, seen, into)?;
        } else if kind.is_file() && (id.ends_with(".lock") || is_former(&id)) {
            into.push(id);
        }
    }
    Ok(())
}

/// `state/lock`, and `state/lock.` with twelve hex digits.
fn is_former(id: &str) -> bool {
    let Some(rest) = id.strip_prefix(STATE).and_then(|rest| rest.strip_prefix('/')?.strip_prefix(FORMER))
    else {
        return false;
    };
    let is_hex = |hex: &str| hex.len() == 12 && hex.bytes().all(|b| b.is_ascii_hexdigit());
    rest.is_empty() || rest.strip_prefix('.').is_some_and(is_hex)
}

fn look(root: &Path, id: &str) -> Result<Found, Failure> {
    let path = fs::path_inside(root, id)?;
    let written = path.symlink_metadata().ok().and_then(|meta| meta.modified().ok());
    let age = written.and_then(|at| SystemTime::now().duration_since(at).ok()).map(|age| age.as_secs());
    let mut stamp = Stamp { file: number(&path), written, content: String::new() };
    let (kind, held, said) = match is_former(id) {
        true => {
            let bytes = fs::read_inside(root, id, BYTES).ok().flatten();
            stamp.content = sha256_hex(bytes.as_deref().unwrap_or_default());
            let (held, said) = former(id, bytes.as_deref());
            (Kind::Existence, held, said)
        }
        false => (Kind::Advisory, advisory(&path), None),
    };
    let command = match held {
        Held::By(Some(pid)) => said.or_else(|| program(pid)),
        _ => said,
    };
    Ok(Found { id: id.to_owned(), kind, held, command, age, stamp })
}

/// The file by its number, so that one that was made anew under a name is another.
#[cfg(unix)]
fn number(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    path.symlink_metadata().ok().map(|meta| (meta.dev(), meta.ino()))
}

#[cfg(not(unix))]
fn number(_path: &Path) -> Option<(u64, u64)> {
    None
}

/// Whether somebody holds a lock of the operating system. It is asked for and given back at once: who waits for it asks
/// again.
fn advisory(path: &Path) -> Held {
    let file = match fs::open_regular(path) {
        Ok(Some(file)) => file,
        Ok(None) => return Held::Free,
        Err(fault) => return Held::Unknown(fault.message),
    };
    match file.try_lock_shared() {
        Ok(()) => Held::Free,
        Err(TryLockError::WouldBlock) => Held::By(holder(&file)),
        Err(TryLockError::Error(e)) => Held::Unknown(e.to_string()),
    }
}

/// Whether the process still runs that a lock of the reference system names; and what it ran.
fn former(id: &str, bytes: Option<&[u8]>) -> (Held, Option<String>) {
    let unknown = |why: &str| (Held::Unknown(why.to_owned()), None);
    let Some(bytes) = bytes else { return unknown("it can't be read") };
    let Ok(node) = read_json(id, bytes, &Limits::new(BYTES)) else { return unknown("it is no JSON") };
    let command = node.get("command").and_then(Node::as_text).map(str::to_owned);
    let pid = node.get("pid").and_then(Node::as_int).and_then(|pid| u64::try_from(pid).ok());
    match pid.filter(|pid| *pid > 0) {
        None => (Held::Unknown("it names no process".to_owned()), command),
        Some(pid) => match runs(pid) {
            Some(true) => (Held::By(Some(pid)), command),
            Some(false) => (Held::Free, command),
            None => (Held::Unknown("whether its process runs can't be told here".to_owned()), command),
        },
    }
}

/// Whether a process of this machine runs, that of another user too; none where that can't be told.
#[cfg(unix)]
fn runs(pid: u64) -> Option<bool> {
    use rustix::io::Errno;
    use rustix::process::{Pid, test_kill_process};
    let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return Some(false) };
    match test_kill_process(pid) {
        Ok(()) | Err(Errno::PERM) => Some(true),
        Err(Errno::SRCH) => Some(false),
        Err(_) => None,
    }
}

#[cfg(not(unix))]
fn runs(_pid: u64) -> Option<bool> {
    None
}

/// What a process runs, as it says itself.
fn program(pid: u64) -> Option<String> {
    let bytes = std::fs::read(Path::new("/proc").join(pid.to_string()).join("comm")).ok()?;
    Some(String::from_utf8_lossy(&bytes).trim_end().to_owned())
}

/// The process that holds a lock of the operating system on a file, as the system lists them.
#[cfg(target_os = "linux")]
fn holder(file: &File) -> Option<u64> {
    use std::os::unix::fs::MetadataExt;
    let meta = file.metadata().ok()?;
    holder_in(&std::fs::read_to_string("/proc/locks").ok()?, meta.dev(), meta.ino())
}

#[cfg(not(target_os = "linux"))]
fn holder(_file: &File) -> Option<u64> {
    None
}

/// The holder by a listing: `1: FLOCK  ADVISORY  WRITE 4711 08:01:131 0 EOF`.
#[cfg(target_os = "linux")]
fn holder_in(listing: &str, device: u64, inode: u64) -> Option<u64> {
    let (major, minor) = (rustix::fs::major(device), rustix::fs::minor(device));
    let place = format!("{major:02x}:{minor:02x}:{inode}");
    listing.lines().find_map(|line| {
        let mut words = line.split_whitespace().skip(1);
        // One that waits stands behind an arrow.
        let is_lock = words.next() == Some("FLOCK");
        let pid = words.nth(2)?;
        (is_lock && words.next() == Some(place.as_str())).then(|| pid.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_names_of_the_reference_system_are_its_locks() {
        for id in ["state/lock", "state/lock.0123456789ab"] {
            assert!(is_former(id), "{id}");
        }
        for id in ["lock", "state/lock.yaml", "state/lock.0123456789a", "state/locks", "state/a/lock"] {
            assert!(!is_former(id), "{id}");
        }
    }

    #[test]
    fn a_lock_of_the_system_is_held_until_its_holder_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state/audit/runtime.jsonl.lock");
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let file = File::create(&path).unwrap();
        file.lock().unwrap();
        let all = list(dir.path()).unwrap();
        let [found] = &all[..] else { panic!("{all:?}") };
        assert_eq!((found.id.as_str(), found.kind), ("state/audit/runtime.jsonl.lock", Kind::Advisory));
        assert!(matches!(found.held, Held::By(_)), "{found:?}");
        file.unlock().unwrap();
        assert_eq!(list(dir.path()).unwrap()[0].held, Held::Free);
    }

    #[test]
    fn a_lock_of_the_reference_system_is_held_while_its_process_runs() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("state")).unwrap();
        let write =
            |name: &str, text: &str| std::fs::write(dir.path().join("state").join(name), text).unwrap();
        write("lock", &format!(r#"{{"command":"mint","created_at":1.5,"pid":{}}}"#, std::process::id()));
        write("lock.0123456789ab", r#"{"command":"run","created_at":1.5,"pid":4194304}"#);
        write("lock.ffffffffffff", "half");
        let all = list(dir.path()).unwrap();
        assert_eq!(all[0].held, Held::By(Some(u64::from(std::process::id()))));
        assert_eq!((&all[1].held, all[1].command.as_deref()), (&Held::Free, Some("run")));
        assert!(matches!(all[2].held, Held::Unknown(_)));
        assert_eq!(remove(dir.path(), &all[1]).unwrap(), Removed::Gone);
        assert!(remove(dir.path(), &Found { id: "../x".into(), ..all[1].clone() }).is_err());
        assert_eq!(list(dir.path()).unwrap().len(), 2);
        // Gone is gone, whoever took it.
        assert_eq!(remove(dir.path(), &all[1]).unwrap(), Removed::Gone);
    }

    /// Between the look and the taking away somebody else may have got the lock.
    #[test]
    fn a_lock_that_was_made_meanwhile_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state/lock");
        std::fs::create_dir(dir.path().join("state")).unwrap();
        let left = r#"{"command":"run","created_at":1.5,"pid":4194304}"#;
        let own = format!(r#"{{"command":"mint","created_at":2.5,"pid":{}}}"#, std::process::id());
        for next in [own.as_str(), left, "half"] {
            std::fs::write(&path, left).unwrap();
            let found = list(dir.path()).unwrap().remove(0);
            // Put in its place as programs do it: another file, even one with the same text.
            let new = dir.path().join("state/new");
            std::fs::write(&new, next).unwrap();
            std::fs::rename(&new, &path).unwrap();
            let Removed::Changed(now) = remove(dir.path(), &found).unwrap() else {
                panic!("{next}: it is gone")
            };
            assert_eq!(std::fs::read_to_string(&path).unwrap(), next);
            assert_eq!(now.held == Held::By(Some(u64::from(std::process::id()))), next == own, "{now:?}");
            // Looked at again it may go.
            assert_eq!(remove(dir.path(), &now).unwrap(), Removed::Gone, "{next}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_holder_is_read_from_the_list_of_the_system() {
        let listing = "1: FLOCK  ADVISORY  WRITE 4711 08:01:131 0 EOF\n1: -> FLOCK  ADVISORY  WRITE 4712 08:01:131 0 EOF\n\
                       2: POSIX  ADVISORY  WRITE 12 08:01:132 0 EOF\n";
        let device = rustix::fs::makedev(8, 1);
        assert_eq!(holder_in(listing, device, 131), Some(4711));
        assert_eq!(holder_in(listing, device, 132), None);
        assert_eq!(holder_in(listing, device, 13), None);
    }
}
