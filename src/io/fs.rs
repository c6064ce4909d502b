//! Files of the disk: bounded reads that no link, pipe or device can lead astray, and writes that are
//! there whole or not at all.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use crate::canon::{Fault, FaultKind};

/// Reads a file that a person or a fixed rule named. A link given as the file itself is followed; what it
/// leads to must be a regular file. None if there is nothing.
///
/// # Errors
/// [`FaultKind::Place`] for anything but a regular file, [`FaultKind::Limit`] for more than `limit` bytes
/// (before they are read), [`FaultKind::Io`] when the world fails.
pub fn read_bounded(path: &Path, limit: usize) -> Result<Option<Vec<u8>>, Fault> {
    let name = path.to_string_lossy();
    match open::named(path) {
        Ok(file) => content(file, &name, limit).map(Some),
        Err(e) if is_absent(&e) => Ok(None),
        Err(e) => Err(not_opened(&name, &e)),
    }
}

/// Opens a file that a person named, to be read piece by piece, as [`read_bounded`] reads one. None if there is nothing.
///
/// # Errors
/// [`FaultKind::Place`] for anything but a regular file, [`FaultKind::Io`] when the world fails.
pub fn open_regular(path: &Path) -> Result<Option<File>, Fault> {
    let name = path.to_string_lossy();
    let file = match open::named(path) {
        Ok(file) => file,
        Err(e) if is_absent(&e) => return Ok(None),
        Err(e) => return Err(not_opened(&name, &e)),
    };
    let meta = file.metadata().map_err(|e| not_opened(&name, &e))?;
    match meta.is_file() {
        true => Ok(Some(file)),
        false => {
            let message = format!("it is {}; only a regular file is read", kind_word(meta.file_type()));
            Err(Fault::new(&name, FaultKind::Place, message))
        }
    }
}

/// What tells a state of a file from another without reading it: size, when it was written and when anything of it
/// changed (which no program can set back), and which file it is; of a link, what it leads to. None if there is nothing.
pub fn stamp(path: &Path) -> Option<[u64; 5]> {
    let meta = std::fs::metadata(path).or_else(|_| std::fs::symlink_metadata(path)).ok()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let nanos = |seconds: i64, nanos: i64| seconds.wrapping_mul(1_000_000_000).wrapping_add(nanos) as u64;
        let (written, changed) =
            (nanos(meta.mtime(), meta.mtime_nsec()), nanos(meta.ctime(), meta.ctime_nsec()));
        Some([meta.len(), written, changed, meta.ino(), meta.dev()])
    }
    #[cfg(not(unix))]
    {
        let written = meta.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?.as_nanos() as u64;
        Some([meta.len(), written, written, 0, 0])
    }
}

/// Reads the file at a `/`-separated path below a folder. No link is followed on the way, the folder
/// itself apart; the path can't lead out. None if there is nothing.
///
/// # Errors
/// As [`read_bounded`]; a link, a `..` or an absolute path is [`FaultKind::Place`].
pub fn read_inside(root: &Path, rel: &str, limit: usize) -> Result<Option<Vec<u8>>, Fault> {
    check_relative(rel)?;
    match open::inside(root, rel)? {
        Some(file) => content(file, rel, limit).map(Some),
        None => Ok(None),
    }
}

/// Whether a path of an artifact or a tree can be followed: `/`-separated, relative, no empty, `.` or `..`
/// part, no NUL.
///
/// # Errors
/// [`FaultKind::Place`] naming what is wrong.
pub fn check_relative(rel: &str) -> Result<(), Fault> {
    let refuse = |message: &str| Err(Fault::new(rel, FaultKind::Place, message));
    if rel.is_empty() {
        return refuse("the path is empty");
    }
    if rel.contains('\0') || (cfg!(windows) && rel.contains(['\\', ':'])) {
        return refuse("the path holds a character that no path may have");
    }
    if rel.starts_with('/') {
        return refuse("the path is absolute");
    }
    match rel.split('/').find(|part| matches!(*part, "" | "." | "..")) {
        Some("..") => refuse("the path leads out of its folder (`..`)"),
        Some(_) => refuse("the path has an empty part or a `.`"),
        None => Ok(()),
    }
}

/// A relative path as files are named in trees: its parts with `/` between them. None where a part is not UTF-8: no
/// text names such a file, and one that nearly does names another.
pub fn slashed(path: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> = path.iter().map(|part| part.to_str()).collect();
    parts.map(|parts| parts.join("/"))
}

fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn not_opened(name: &str, error: &std::io::Error) -> Fault {
    Fault::new(name, FaultKind::Io, format!("it can't be opened: {error}"))
}

fn link(name: &str, at: &str) -> Fault {
    let message = match at == name {
        true => "it is a symbolic link; only a regular file is read".to_owned(),
        false => format!("{at} on the way is a symbolic link; none is followed"),
    };
    Fault::new(name, FaultKind::Place, message).hint("put the file itself there")
}

fn content(file: File, name: &str, limit: usize) -> Result<Vec<u8>, Fault> {
    let failed = |e: std::io::Error| Fault::new(name, FaultKind::Io, format!("it can't be read: {e}"));
    let meta = file.metadata().map_err(failed)?;
    if !meta.is_file() {
        let message = format!("it is {}; only a regular file is read", kind_word(meta.file_type()));
        return Err(Fault::new(name, FaultKind::Place, message));
    }
    if meta.len() > limit as u64 {
        return Err(too_large(name, meta.len(), limit));
    }
    let mut bytes = Vec::with_capacity(meta.len() as usize);
    // It may grow while it is read.
    file.take(limit as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() > limit {
        return Err(too_large(name, bytes.len() as u64, limit));
    }
    Ok(bytes)
}

/// The fault of a file over its limit, the same from every kind of tree.
pub(crate) fn too_large(name: &str, size: u64, limit: usize) -> Fault {
    let message = format!("it has {size} bytes; at most {limit} are read");
    Fault::new(name, FaultKind::Limit, message)
}

fn kind_word(kind: std::fs::FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return "a pipe";
        }
        if kind.is_socket() {
            return "a socket";
        }
        if kind.is_block_device() || kind.is_char_device() {
            return "a device";
        }
    }
    if kind.is_dir() { "a folder" } else { "something else" }
}

#[cfg(unix)]
mod open {
    use super::{Fault, FaultKind, File, Path, is_absent, kind_word, link, not_opened};
    use rustix::fs::{AtFlags, FileType, Mode, OFlags};
    use std::os::fd::{AsFd, OwnedFd};

    // Non-blocking, or a pipe without a writer would hold us for ever; no effect on regular files.
    const FILE: OFlags = OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);
    const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

    pub(super) fn named(path: &Path) -> std::io::Result<File> {
        // Opening a device can have effects: look first. `content` looks again at what was opened.
        let kind = std::fs::metadata(path)?.file_type();
        if !kind.is_file() && !kind.is_dir() {
            return Err(std::io::Error::other(format!("it is {}", kind_word(kind))));
        }
        Ok(File::from(rustix::fs::open(path, FILE, Mode::empty())?))
    }

    /// The folder at the end of a way without links, in one call where the system has it. None for whatever
    /// reason: then the way is gone step by step, which tells where it ends.
    #[cfg(target_os = "linux")]
    fn at_once(dir: &OwnedFd, way: &str) -> Option<OwnedFd> {
        use rustix::fs::ResolveFlags;
        let strict = ResolveFlags::NO_SYMLINKS | ResolveFlags::BENEATH;
        rustix::fs::openat2(dir.as_fd(), way, FOLDER, Mode::empty(), strict).ok()
    }

    #[cfg(not(target_os = "linux"))]
    fn at_once(_: &OwnedFd, _: &str) -> Option<OwnedFd> {
        None
    }

    pub(super) fn inside(root: &Path, rel: &str) -> Result<Option<File>, Fault> {
        let mut dir: OwnedFd = match rustix::fs::open(root, FOLDER, Mode::empty()) {
            Ok(dir) => dir,
            Err(e) if is_absent(&e.into()) => return Ok(None),
            Err(e) => return Err(not_opened(rel, &e.into())),
        };
        let mut end = 0;
        let mut rest = rel;
        if let Some((way, name)) = rel.rsplit_once('/')
            && let Some(folder) = at_once(&dir, way)
        {
            (dir, end, rest) = (folder, way.len() + 1, name);
        }
        for part in rest.split('/') {
            end += part.len();
            let last = end == rel.len();
            let flags = if last { FILE } else { FOLDER } | OFlags::NOFOLLOW;
            let kind = match rustix::fs::statat(dir.as_fd(), part, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) => FileType::from_raw_mode(stat.st_mode),
                Err(e) if is_absent(&e.into()) => return Ok(None),
                Err(e) => return Err(not_opened(rel, &e.into())),
            };
            match (kind, last) {
                (FileType::Symlink, _) => return Err(link(rel, &rel[..end])),
                (FileType::RegularFile | FileType::Directory, true) | (FileType::Directory, false) => {}
                // A file where the path wants a folder: what the path names is not there.
                (_, false) => return Ok(None),
                (_, true) => {
                    let word = match kind {
                        FileType::Fifo => "a pipe",
                        FileType::Socket => "a socket",
                        _ => "a device",
                    };
                    let message = format!("it is {word}; only a regular file is read");
                    return Err(Fault::new(rel, FaultKind::Place, message));
                }
            }
            // Swapped since it was looked at: NOFOLLOW and DIRECTORY make this fail.
            let opened = rustix::fs::openat(dir.as_fd(), part, flags, Mode::empty())
                .map_err(|e| not_opened(rel, &e.into()))?;
            if last {
                return Ok(Some(File::from(opened)));
            }
            dir = opened;
            end += 1;
        }
        Ok(None)
    }
}

#[cfg(not(unix))]
mod open {
    use super::{Fault, File, Path, is_absent, link, not_opened};

    pub(super) fn named(path: &Path) -> std::io::Result<File> {
        File::open(path)
    }

    pub(super) fn inside(root: &Path, rel: &str) -> Result<Option<File>, Fault> {
        let mut path = root.to_owned();
        let mut end = 0;
        for part in rel.split('/') {
            path.push(part);
            end += part.len();
            match path.symlink_metadata() {
                Ok(meta) if meta.file_type().is_symlink() => return Err(link(rel, &rel[..end])),
                Ok(_) => {}
                Err(e) if is_absent(&e) => return Ok(None),
                Err(e) => return Err(not_opened(rel, &e)),
            }
            end += 1;
        }
        File::open(&path).map(Some).map_err(|e| not_opened(rel, &e))
    }
}

/// Who may read a file that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Readers {
    /// As the file it replaces; a new file as the umask says.
    AsBefore,
    /// Its owner only (0600).
    Owner,
}

/// Writes a file whole or not at all: beside it, synced, renamed into place. A file that is replaced keeps
/// its permissions. Missing folders are made.
///
/// # Errors
/// [`FaultKind::Place`] if something other than a regular file is there, [`FaultKind::Io`] when the world
/// fails; the old file then still stands.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    write(path, bytes, Readers::AsBefore, true)
}

/// As [`write_atomic`], readable by the owner only (0600). For keys.
///
/// # Errors
/// As [`write_atomic`].
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    write(path, bytes, Readers::Owner, true)
}

/// As [`write_private`], but never over a file that is there.
///
/// # Errors
/// As [`write_atomic`]; [`FaultKind::Place`] if there is anything.
pub fn create_private(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    write(path, bytes, Readers::Owner, false)
}

/// As [`write_atomic`], below a folder: no part of the way may be a link, so that a checked-out tree can't
/// lead a write elsewhere.
///
/// # Errors
/// As [`write_atomic`] and [`read_inside`].
pub fn write_inside(root: &Path, rel: &str, bytes: &[u8]) -> Result<(), Fault> {
    let path = path_inside(root, rel)?;
    write_atomic(&path, bytes).map_err(|fault| Fault { file: rel.to_owned(), ..fault })
}

/// The path below a folder, checked for links as it now stands.
///
/// # Errors
/// [`FaultKind::Place`] for a link on the way or a path that leads out.
pub fn path_inside(root: &Path, rel: &str) -> Result<PathBuf, Fault> {
    check_relative(rel)?;
    let mut path = root.to_owned();
    let mut end = 0;
    for part in rel.split('/') {
        path.push(part);
        end += part.len();
        if path.symlink_metadata().is_ok_and(|m| m.file_type().is_symlink()) {
            return Err(link(rel, &rel[..end]));
        }
        end += 1;
    }
    Ok(path)
}

/// A file that is written and synced beside its place, and not there yet. Dropped, it leaves nothing.
pub struct Staged {
    temp: tempfile::NamedTempFile,
    path: PathBuf,
    replace: bool,
}

/// Writes a file below a folder up to the last step, so that many can be put in place once all are written.
///
/// # Errors
/// As [`write_inside`]; the old file still stands.
pub fn stage_inside(root: &Path, rel: &str, bytes: &[u8]) -> Result<Staged, Fault> {
    let path = path_inside(root, rel)?;
    stage(&path, bytes, Readers::AsBefore, true).map_err(|fault| Fault { file: rel.to_owned(), ..fault })
}

/// Takes away what runs that were ended in the middle have staged for a file. For those who hold the lock under which
/// it is written: nobody else is staging anything there.
pub fn sweep_staged(root: &Path, rel: &str) {
    let path = root.join(rel);
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return };
    let prefix = staged_prefix(name);
    for entry in std::fs::read_dir(folder_of(&path)).into_iter().flatten().flatten() {
        let own =
            entry.file_name().to_str().is_some_and(|own| own.starts_with(&prefix) && own.ends_with(STAGED));
        if own && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            // What can't be taken away now is so the next time.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// How the names of staged files end.
const STAGED: &str = ".tmp";

/// How the names of those that are staged for a file begin.
fn staged_prefix(name: &str) -> String {
    format!(".{name}.")
}

fn write(path: &Path, bytes: &[u8], readers: Readers, replace: bool) -> Result<(), Fault> {
    stage(path, bytes, readers, replace)?.place()
}

fn stage(path: &Path, bytes: &[u8], readers: Readers, replace: bool) -> Result<Staged, Fault> {
    let name = path.to_string_lossy();
    let failed = |e: std::io::Error| Fault::new(&name, FaultKind::Io, format!("it can't be written: {e}"));
    let refuse = |message: &str| Fault::new(&name, FaultKind::Place, message);
    let Some(file_name) = path.file_name() else {
        return Err(refuse("the path names no file"));
    };
    let before = match path.symlink_metadata() {
        Ok(_) if !replace => return Err(refuse(OCCUPIED)),
        Ok(meta) if meta.is_file() => Some(meta.permissions()),
        Ok(meta) if meta.file_type().is_symlink() => {
            return Err(refuse("it is a symbolic link; writing would replace it"));
        }
        Ok(_) => return Err(refuse("something that is not a file is in the way")),
        Err(e) if e.kind() == ErrorKind::NotFound => None,
        Err(e) => return Err(failed(e)),
    };
    let dir = folder_of(path);
    std::fs::create_dir_all(dir).map_err(failed)?;
    let prefix = staged_prefix(&file_name.to_string_lossy());
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(STAGED);
    #[cfg(unix)]
    if readers == Readers::AsBefore {
        use std::os::unix::fs::PermissionsExt;
        // The system takes the umask off; without this the file would be 0600.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut temp = builder.tempfile_in(dir).map_err(failed)?;
    temp.write_all(bytes).map_err(failed)?;
    if let (Some(permissions), Readers::AsBefore) = (before, readers) {
        temp.as_file().set_permissions(permissions).map_err(failed)?;
    }
    temp.as_file().sync_all().map_err(failed)?;
    Ok(Staged { temp, path: path.to_owned(), replace })
}

const OCCUPIED: &str = "there is such a file already; it is never overwritten";

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    }
}

impl Staged {
    /// Where the file will be.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// [`FaultKind::Place`] if something came there that must not be replaced, [`FaultKind::Io`].
    pub fn place(self) -> Result<(), Fault> {
        let name = self.path.to_string_lossy().into_owned();
        let failed =
            |e: std::io::Error| Fault::new(&name, FaultKind::Io, format!("it can't be written: {e}"));
        let placed = match self.replace {
            true => self.temp.persist(&self.path),
            false => self.temp.persist_noclobber(&self.path),
        };
        placed.map_err(|e| match e.error.kind() {
            ErrorKind::AlreadyExists => Fault::new(&name, FaultKind::Place, OCCUPIED),
            _ => failed(e.error),
        })?;
        // The rename itself must outlive a crash. Windows has no such call and needs none.
        #[cfg(unix)]
        File::open(folder_of(&self.path)).and_then(|dir| dir.sync_all()).map_err(failed)?;
        Ok(())
    }
}
