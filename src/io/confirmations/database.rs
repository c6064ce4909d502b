//! The file of confirmations and budgets: made for its owner's eyes alone, opened by many processes at a time.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior};

use super::former;
use super::trouble::failed;
use crate::canon::Fault;
use crate::enforce::token::Key;
use crate::io::failure::Failure;
use crate::io::fs;

/// Where the file lies below a state root.
pub const PATH: &str = "state/confirmations.db";
/// The version of the schema that is written.
pub const VERSION: i64 = 2;
/// How long another process may hold the database.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long between two tries where SQLite itself does not wait.
const PAUSE: Duration = Duration::from_millis(5);

const SCHEMA: &str = "
CREATE TABLE challenges(
  id TEXT PRIMARY KEY,
  status TEXT NOT NULL,
  bindings TEXT NOT NULL,
  open_key TEXT,
  shown TEXT NOT NULL,
  run_id TEXT NOT NULL,
  handle_only INTEGER NOT NULL,
  code_mac TEXT,
  mac BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  ended_at INTEGER,
  reason TEXT
) STRICT;
CREATE UNIQUE INDEX one_open ON challenges(open_key) WHERE status IN ('pending', 'granted');
CREATE INDEX of_status ON challenges(status, expires_at);
CREATE INDEX of_end ON challenges(ended_at);
CREATE TABLE grants(
  challenge TEXT NOT NULL REFERENCES challenges(id) ON DELETE CASCADE,
  signer TEXT NOT NULL,
  key_id TEXT NOT NULL,
  signed_at TEXT NOT NULL,
  reason TEXT NOT NULL,
  signature TEXT,
  mac TEXT NOT NULL,
  PRIMARY KEY(challenge, signer)
) STRICT;
CREATE TABLE spending(
  scope TEXT NOT NULL,
  second INTEGER NOT NULL,
  calls INTEGER NOT NULL,
  PRIMARY KEY(scope, second)
) STRICT, WITHOUT ROWID;
CREATE INDEX of_second ON spending(second);
";

/// Where the file lies below a state root, with no link on the way: a checked-out tree must not lead it elsewhere.
///
/// # Errors
/// A link on the way.
pub fn below(root: &Path) -> Result<PathBuf, Fault> {
    fs::path_inside(root, PATH)
}

/// Opens the file, making it if `create`, and brings its schema up to date. `key` belongs to it.
///
/// # Errors
/// It is not there, is a link, others can write its folder, another version made it, or the world fails.
pub fn open(path: &Path, key: &Key, now: i64) -> Result<Connection, Failure> {
    let told = |e: rusqlite::Error| failed(path, &e);
    tighten(path)?;
    // Not by URI: a path is a path. Not made here: a file that SQLite makes has the mode of the umask.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(told)?;
    connection.busy_timeout(PATIENCE).map_err(told)?;
    write_ahead(&connection).map_err(told)?;
    // A token that was used stays used when the power fails.
    connection.pragma_update(None, "synchronous", "FULL").map_err(told)?;
    connection.pragma_update(None, "foreign_keys", true).map_err(told)?;
    connection.pragma_update(None, "trusted_schema", false).map_err(told)?;
    prepare(&mut connection, path, key, now)?;
    Ok(connection)
}

/// The write-ahead journal: readers and one writer at a time. Switching to it does not wait for other processes that
/// do the same, so it is tried until it holds.
fn write_ahead(connection: &Connection) -> Result<(), rusqlite::Error> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let mode = connection.query_row("PRAGMA journal_mode=WAL", [], |row| row.get::<_, String>(0));
        match mode {
            Ok(mode) if mode.eq_ignore_ascii_case("wal") => return Ok(()),
            // A file system without shared memory: slower, as safe.
            Ok(_) => return Ok(()),
            Err(e) if is_busy(&e) && Instant::now() < deadline => std::thread::sleep(PAUSE),
            Err(e) => return Err(e),
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked)
    )
}

fn prepare(connection: &mut Connection, path: &Path, key: &Key, now: i64) -> Result<(), Failure> {
    let told = |e: rusqlite::Error| failed(path, &e);
    if version(connection).map_err(told)? == Some(VERSION) {
        return Ok(());
    }
    let work = begin(connection).map_err(told)?;
    match version(&work).map_err(told)? {
        // Another process was first.
        Some(VERSION) => return Ok(()),
        None => {
            let there: i64 =
                work.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0)).map_err(told)?;
            if there > 0 {
                return Err(Failure::new(path.display().to_string(), "it is a database of something else")
                    .hint("--store FILE, for another one"));
            }
            work.execute_batch("CREATE TABLE schema_info(version INTEGER NOT NULL)").map_err(told)?;
            work.execute("INSERT INTO schema_info(version) VALUES (?1)", [VERSION]).map_err(told)?;
            work.execute_batch(SCHEMA).map_err(told)?;
        }
        Some(1) => {
            work.execute_batch(SCHEMA).map_err(told)?;
            former::take_over(&work, key, now).map_err(told)?;
            work.execute("UPDATE schema_info SET version = ?1", [VERSION]).map_err(told)?;
        }
        Some(other) => {
            let message = format!("its schema is version {other}; this cask reads 1 and {VERSION}");
            return Err(Failure::new(path.display().to_string(), message)
                .hint("use the cask that made it, or --store FILE for another one"));
        }
    }
    work.commit().map_err(told)
}

/// The version that is written in a file; none in an empty one.
fn version(connection: &Connection) -> Result<Option<i64>, rusqlite::Error> {
    let there: i64 = connection.query_row(
        "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_info'",
        [],
        |row| row.get(0),
    )?;
    match there {
        0 => Ok(None),
        // A table without a row says as little as a version that nobody knows.
        _ => Ok(connection
            .query_row("SELECT version FROM schema_info", [], |row| row.get(0))
            .optional()?
            .or(Some(0))),
    }
}

/// A transaction that has the right to write from its beginning: what it reads stays true until it ends.
pub fn begin(connection: &mut Connection) -> Result<Transaction<'_>, rusqlite::Error> {
    connection.transaction_with_behavior(TransactionBehavior::Immediate)
}

/// The same without a wait; none where somebody else writes just now.
///
/// # Errors
/// Anything else that keeps it from beginning.
pub fn begin_at_once(connection: &mut Connection) -> Result<Option<Transaction<'_>>, rusqlite::Error> {
    let connection = &*connection;
    connection.busy_timeout(Duration::ZERO)?;
    let begun = Transaction::new_unchecked(connection, TransactionBehavior::Immediate);
    connection.busy_timeout(PATIENCE)?;
    match begun {
        Ok(work) => Ok(Some(work)),
        Err(e) if is_busy(&e) => Ok(None),
        Err(e) => Err(e),
    }
}

/// Makes an empty file for the owner's eyes, where there is none, in a folder of the same kind. SQLite gives its side
/// files the mode of the file.
///
/// # Errors
/// A link or something else is in the way, or the world fails.
pub fn make(path: &Path) -> Result<(), Failure> {
    private_folder(path)?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(e) => Err(Failure::new(path.display().to_string(), format!("it can't be made: {e}"))),
    }
}

/// Makes the folder of a file for its owner alone. One that is there keeps its mode unless it is the state folder, and
/// is refused where others can put files into it.
///
/// # Errors
/// It can't be made, or others can write in it.
pub fn private_folder(path: &Path) -> Result<(), Failure> {
    let dir = match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    };
    let told =
        |e: std::io::Error| Failure::new(dir.display().to_string(), format!("the folder can't be made: {e}"));
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(told)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = dir.metadata().map_err(told)?.permissions().mode();
        let is_state = dir.file_name().is_some_and(|name| name == "state" || name == "audit");
        if is_state && mode & 0o077 != 0 {
            std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700)).map_err(told)?;
        } else if mode & 0o022 != 0 && mode & 0o1000 == 0 {
            let message = format!("others can put files into it (mode {:04o})", mode & 0o7777);
            return Err(
                Failure::new(dir.display().to_string(), message).hint(format!("chmod 700 {}", dir.display()))
            );
        }
    }
    Ok(())
}

/// The file is one, and for its owner's eyes.
fn tighten(path: &Path) -> Result<(), Failure> {
    let subject = path.display().to_string();
    let meta = match path.symlink_metadata() {
        Ok(meta) => meta,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            return Err(Failure::new(
                subject,
                "there are no confirmations here: no server has asked for one",
            )
            .hint("--root DIR or --store FILE, as the server was started with"));
        }
        Err(e) => return Err(Failure::new(subject, format!("it can't be looked at: {e}"))),
    };
    if !meta.is_file() {
        return Err(Failure::new(subject, "it is not a regular file"));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        for ending in ["", "-wal", "-shm"] {
            let mut name = path.as_os_str().to_owned();
            name.push(ending);
            let file = PathBuf::from(name);
            let Ok(meta) = file.symlink_metadata() else { continue };
            if meta.is_file() && meta.permissions().mode() & 0o077 != 0 {
                std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).map_err(|e| {
                    Failure::new(file.display().to_string(), "others can read it, and that can't be changed")
                        .why(e.to_string())
                })?;
            }
        }
    }
    Ok(())
}
