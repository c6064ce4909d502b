//! The audit trail as it is written: one line a record, in one call, under a lock of the operating system, so that
//! several processes make one chain. What can't be written down is an error: the caller does not act then.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock, TryLockError as TryLock};
use std::time::{Duration, Instant, SystemTime};

use super::audit_files::{self, identity, rotated, tail};
use super::confirmations::database::private_folder;
use super::failure::Failure;
use crate::canon::digest::sha256_hex;
use crate::enforce::audit::chain::after;
use crate::enforce::audit::crash::{Intents, Unmatched};
use crate::enforce::audit::line::{FIRST, Place, write};
use crate::enforce::audit::record::Record;
use crate::enforce::audit::redact::Redactor;

/// Bytes from which a file is rotated away, if nobody says otherwise.
pub const MAX_BYTES: u64 = 50 << 20;
/// How long another process may hold the lock.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest pause between two tries for it.
const PAUSE: Duration = Duration::from_millis(2);

/// What a record must outlive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// The process: it is in the hands of the operating system.
    Written,
    /// The machine: it is on the disk. For intents and confirmations.
    Synced,
}

/// What was found when a trail was opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Bytes of half a line that a crash left at the end; they are taken away.
    pub cut_off_bytes: Option<u64>,
    /// Requests whose outcome nobody wrote down.
    pub unmatched: Vec<Open>,
}

/// A request without an outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// The request.
    pub intent: Unmatched,
    /// Whether its process still runs, as far as that can be told: then it may just not have ended yet.
    pub running: bool,
}

/// An audit trail that is written.
#[derive(Debug)]
pub struct AuditLog {
    path: PathBuf,
    max_bytes: u64,
    redactor: RwLock<Redactor>,
    /// The file whose lock all writers take; none for a device.
    lock: Option<File>,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    file: File,
    id: Option<(u64, u64)>,
    length: u64,
    next: Place,
}

impl AuditLog {
    /// Opens a trail, made where it is missing, and says what a crash left behind. A character device (a terminal,
    /// `/dev/null`) is taken as it is: without lock, rotation or what it held before.
    ///
    /// # Errors
    /// A link or something else is in the way, the last line is no record of a chain, or the world fails.
    pub fn open(path: &Path, max_bytes: u64) -> Result<(AuditLog, Recovered), Failure> {
        let told = |e: std::io::Error| told(path, "it can't be opened", &e);
        if is_device(path) {
            let file = OpenOptions::new().append(true).open(path).map_err(told)?;
            let inner = Inner { file, id: None, length: 0, next: Place::first() };
            return Ok((AuditLog::of(path, max_bytes, None, inner), Recovered::default()));
        }
        private_folder(path)?;
        let mut beside = path.as_os_str().to_owned();
        beside.push(".lock");
        let lock = private(Path::new(&beside)).map_err(told)?;
        let _held = Held::take(&lock, path)?;
        let mut recovered = Recovered::default();
        let (inner, torn) = at_end(path, None)?;
        if torn > 0 {
            recovered.cut_off_bytes = Some(torn);
        }
        recovered.unmatched = unmatched(path)?;
        drop(_held);
        Ok((AuditLog::of(path, max_bytes, Some(lock), inner), recovered))
    }

    fn of(path: &Path, max_bytes: u64, lock: Option<File>, inner: Inner) -> AuditLog {
        let redactor = RwLock::default();
        AuditLog { path: path.to_owned(), max_bytes, redactor, lock, inner: Mutex::new(inner) }
    }

    /// From now on takes the patterns of a policy out of every text too.
    pub fn redact_with(&self, redactor: Redactor) {
        *self.redactor.write().unwrap_or_else(PoisonError::into_inner) = redactor;
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a record as the next line; gives its number in the file.
    ///
    /// # Errors
    /// It is not written, or not known to be: a full disk, a lock that is held for too long, a file that somebody cut.
    pub fn append(&self, record: &Record, durability: Durability) -> Result<u64, Failure> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let _held = self.lock.as_ref().map(|lock| Held::take(lock, &self.path)).transpose()?;
        self.add(&mut inner, record, durability)
    }

    /// The same without a wait, for a record that need not outlive the machine. None where somebody else writes just now:
    /// nothing is written then.
    pub fn append_at_once(&self, record: &Record) -> Option<Result<u64, Failure>> {
        let mut inner = match self.inner.try_lock() {
            Ok(inner) => inner,
            Err(TryLock::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLock::WouldBlock) => return None,
        };
        // Whatever else is wrong with the lock, the one who waits for it tells.
        let _held = match &self.lock {
            Some(lock) => Some(lock.try_lock().ok().map(|()| Held(lock))?),
            None => None,
        };
        Some(self.add(&mut inner, record, Durability::Written))
    }

    /// The next line, by who may write it.
    fn add(&self, inner: &mut Inner, record: &Record, durability: Durability) -> Result<u64, Failure> {
        if self.lock.is_some() {
            self.catch_up(inner)?;
        }
        let redactor = self.redactor.read().unwrap_or_else(PoisonError::into_inner);
        let mut text = write(record, &inner.next, now(), &redactor);
        if self.lock.is_some() && inner.length > 0 && inner.length + text.len() as u64 >= self.max_bytes {
            self.rotate(inner)?;
            text = write(record, &inner.next, now(), &redactor);
        }
        let next = Place { seq: inner.next.seq + 1, prev: sha256_hex(text.as_bytes()) };
        text.push('\n');
        if let Err(e) = at_once(&mut inner.file, text.as_bytes()) {
            // Half a line must not stay: the next one would be glued to it.
            if self.lock.is_some() {
                let _ = inner.file.set_len(inner.length);
            }
            return Err(told(&self.path, "nothing can be written to the audit log", &e));
        }
        inner.length += text.len() as u64;
        inner.next = next;
        if durability == Durability::Synced && self.lock.is_some() {
            inner
                .file
                .sync_data()
                .map_err(|e| told(&self.path, "the audit log is not known to be on the disk", &e))?;
        }
        Ok(inner.next.seq - 1)
    }

    /// Takes in what other processes wrote since.
    fn catch_up(&self, inner: &mut Inner) -> Result<(), Failure> {
        let there = self.path.symlink_metadata().ok();
        let same = there.as_ref().is_some_and(|meta| identity(meta) == inner.id && inner.id.is_some());
        let length = there.as_ref().map_or(0, std::fs::Metadata::len);
        if same && length == inner.length {
            return Ok(());
        }
        if same && length < inner.length && length > 0 {
            return Err(cut(&self.path));
        }
        (*inner, _) = at_end(&self.path, Some(&inner.next.prev))?;
        Ok(())
    }

    /// Gives the full file a number and goes on in a new one.
    fn rotate(&self, inner: &mut Inner) -> Result<(), Failure> {
        let number = audit_files::numbers(&self.path)?.last().map_or(1, |last| last + 1);
        let away = rotated(&self.path, number);
        std::fs::rename(&self.path, &away)
            .map_err(|e| told(&self.path, "the full audit log can't be rotated away", &e))?;
        (*inner, _) = at_end(&self.path, Some(&inner.next.prev))?;
        Ok(())
    }
}

/// The file at a path, made where it is missing, and where its next line goes; how many bytes of half a line were taken
/// away. `known` is the hash of the last line that this process knows of.
fn at_end(path: &Path, known: Option<&str>) -> Result<(Inner, u64), Failure> {
    let told = |e: std::io::Error| told(path, "it can't be opened", &e);
    let mut file = private(path).map_err(told)?;
    let meta = file.metadata().map_err(told)?;
    let end = tail(&mut file, meta.len()).map_err(told)?;
    if end.torn > 0 {
        file.set_len(meta.len() - end.torn).map_err(told)?;
    }
    let next = match end.line {
        Some(line) => place(path, &line)?,
        None => Place { seq: 1, prev: behind(path, known)? },
    };
    Ok((Inner { id: identity(&meta), length: meta.len() - end.torn, next, file }, end.torn))
}

/// The hash behind which a file without a line goes on: where the newest file that was rotated away ends; where there is
/// none, `known`, since it was moved away whole.
fn behind(path: &Path, known: Option<&str>) -> Result<String, Failure> {
    let Some(end) = before(path)? else { return Ok(known.unwrap_or(FIRST).to_owned()) };
    match known {
        // What others wrote meanwhile may have filled several files.
        Some(known) if known != end && known != FIRST && !is_rotated(path, known)? => Err(cut(path)),
        _ => Ok(end),
    }
}

/// Whether a line of this hash stands in a file that was rotated away.
fn is_rotated(path: &Path, hash: &str) -> Result<bool, Failure> {
    for number in audit_files::numbers(path)?.into_iter().rev() {
        let mut is_there = false;
        audit_files::lines(&rotated(path, number), |line, _| {
            is_there |= sha256_hex(line) == hash;
            Ok::<(), Failure>(())
        })?;
        if is_there {
            return Ok(true);
        }
    }
    Ok(false)
}

/// That lines are gone which this process knows were there.
fn cut(path: &Path) -> Failure {
    Failure::new(path.display().to_string(), "somebody cut lines off the audit log")
        .hint(format!("cask audit verify {}", path.display()))
        .hint("move it away and start again, to begin a new one")
}

/// The hash with which the newest file that was rotated away ends.
fn before(path: &Path) -> Result<Option<String>, Failure> {
    let Some(number) = audit_files::numbers(path)?.pop() else { return Ok(None) };
    let path = rotated(path, number);
    let told = |e: std::io::Error| told(&path, "it can't be read", &e);
    let mut file = super::fs::open_regular(&path)?
        .ok_or_else(|| Failure::new(path.display().to_string(), "it is gone"))?;
    let length = file.metadata().map_err(told)?.len();
    tail(&mut file, length).map_err(told)?.line.map(|line| place(&path, &line).map(|p| p.prev)).transpose()
}

fn place(path: &Path, line: &[u8]) -> Result<Place, Failure> {
    after(line).ok_or_else(|| {
        Failure::new(path.display().to_string(), "its last line is not a record as cask writes it")
            .why("a chain can't go on behind it")
            .hint(format!("cask audit verify {}", path.display()))
            .hint("move it away, or --audit-log FILE, to begin a new one")
    })
}

/// What is open in a trail: the file that is written and the one before it.
fn unmatched(path: &Path) -> Result<Vec<Open>, Failure> {
    let mut intents = Intents::default();
    let newest = audit_files::numbers(path)?.pop().map(|number| rotated(path, number));
    for file in newest.iter().map(PathBuf::as_path).chain([path]) {
        audit_files::lines(file, |line, ended| {
            if ended {
                intents.see(line);
            }
            Ok::<(), Failure>(())
        })?;
    }
    let own = u64::from(std::process::id());
    let running = |pid: u64| pid != own && Path::new("/proc").join(pid.to_string()).exists();
    let open = |intent: Unmatched| Open { running: intent.pid.is_some_and(running), intent };
    Ok(intents.finish().into_iter().map(open).collect())
}

/// All of a line in one call; a call that takes only a part has failed.
fn at_once(file: &mut File, bytes: &[u8]) -> std::io::Result<()> {
    loop {
        match file.write(bytes) {
            Ok(n) if n == bytes.len() => return Ok(()),
            Ok(_) => return Err(std::io::Error::new(ErrorKind::StorageFull, "only a part was taken")),
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
}

/// Opens a file for its owner alone, made where it is missing; no link.
fn private(path: &Path) -> std::io::Result<File> {
    if path.symlink_metadata().is_ok_and(|meta| !meta.is_file()) {
        return Err(std::io::Error::other("it is not a regular file"));
    }
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Whether a path names a device itself: behind a link, what is written down would be gone and nobody told.
fn is_device(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        path.symlink_metadata().is_ok_and(|meta| meta.file_type().is_char_device())
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

fn told(path: &Path, message: &str, error: &std::io::Error) -> Failure {
    Failure::new(path.display().to_string(), message).why(error.to_string())
}

/// The lock of all writers, until dropped.
struct Held<'a>(&'a File);

impl<'a> Held<'a> {
    fn take(lock: &'a File, path: &Path) -> Result<Held<'a>, Failure> {
        let deadline = Instant::now() + PATIENCE;
        let mut pause = Duration::from_micros(50);
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(Held(lock)),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                    std::thread::sleep(pause);
                    pause = (pause * 2).min(PAUSE);
                }
                Err(TryLockError::WouldBlock) => {
                    let message = format!("another process held its lock for {} s", PATIENCE.as_secs());
                    return Err(Failure::new(path.display().to_string(), message));
                }
                Err(TryLockError::Error(e)) => return Err(told(path, "its lock can't be taken", &e)),
            }
        }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        // It goes with the file in any case.
        let _ = self.0.unlock();
    }
}
