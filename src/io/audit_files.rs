//! The files of one audit trail and their lines, for whoever reads them: those that were rotated away, oldest first,
//! then the one that is written.

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::fs;
use crate::enforce::audit::line::MAX_LINE;

/// Where the file lies below a state root.
pub const PATH: &str = "state/audit/runtime.jsonl";
/// Where it lies beside the database of the confirmations.
const BESIDE: &str = "audit/runtime.jsonl";

/// Where the file lies below a state root, with no link on the way: a checked-out tree must not lead it elsewhere.
///
/// # Errors
/// A link on the way.
pub fn below(root: &Path) -> Result<PathBuf, Failure> {
    Ok(fs::path_inside(root, PATH)?)
}

/// Where the file lies beside a database of confirmations, with no link on the way from its folder.
///
/// # Errors
/// A link on the way.
pub fn beside(database: &Path) -> Result<PathBuf, Failure> {
    let folder = database.parent().unwrap_or(Path::new("."));
    Ok(fs::path_inside(folder, BESIDE)?)
}

/// The file with a number, as it is called once it is full.
pub fn rotated(path: &Path, number: u64) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{number}"));
    PathBuf::from(name)
}

/// The numbers of the files that were rotated away, rising.
///
/// # Errors
/// The folder can't be listed; a missing one has none.
pub fn numbers(path: &Path) -> Result<Vec<u64>, Failure> {
    let dir = match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    };
    let failed =
        |e: std::io::Error| Failure::new(dir.display().to_string(), format!("it can't be listed: {e}"));
    let listing = match std::fs::read_dir(dir) {
        Ok(listing) => listing,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(failed(e)),
    };
    let own = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let mut numbers = Vec::new();
    for entry in listing {
        let name = entry.map_err(failed)?.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix(own)?.strip_prefix('.')?.parse().ok());
        // `01` would be a second name for the same number.
        numbers.extend(number.filter(|n: &u64| name.to_str() == Some(&format!("{own}.{n}"))));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// All files of a trail that are there, in the order of their lines.
///
/// # Errors
/// The folder can't be listed.
pub fn all(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files: Vec<PathBuf> = numbers(path)?.into_iter().map(|n| rotated(path, n)).collect();
    if path.symlink_metadata().is_ok() {
        files.push(path.to_owned());
    }
    Ok(files)
}

/// Gives each line without its end, and whether it had one, until `each` says stop. A line longer than any that is
/// written is given up to that length, as one without an end.
///
/// # Errors
/// The file can't be read, or what `each` says.
pub fn lines<E: From<Failure>>(
    path: &Path,
    mut each: impl FnMut(&[u8], bool) -> Result<(), E>,
) -> Result<(), E> {
    let subject = path.display().to_string();
    let failed = |e: std::io::Error| Failure::new(&*subject, format!("it can't be read: {e}"));
    let file = fs::open_regular(path)
        .map_err(Failure::from)?
        .ok_or_else(|| Failure::new(&*subject, "there is no such file"))?;
    let mut reader = BufReader::with_capacity(256 << 10, file);
    let mut line = Vec::new();
    loop {
        line.clear();
        reader.by_ref().take(MAX_LINE as u64 + 1).read_until(b'\n', &mut line).map_err(failed)?;
        if line.is_empty() {
            return Ok(());
        }
        let ended = line.last() == Some(&b'\n');
        if ended {
            line.pop();
        }
        each(&line, ended)?;
        if !ended {
            return Ok(());
        }
    }
}

/// The end of a file: its last whole line without its end, and how many bytes of half a line come after it.
pub struct Tail {
    /// The line; none in a file without one.
    pub line: Option<Vec<u8>>,
    /// Bytes behind its end.
    pub torn: u64,
}

/// Reads the end of a file of a length.
///
/// # Errors
/// It can't be read, or its last line is longer than any that is written.
pub fn tail(file: &mut File, length: u64) -> std::io::Result<Tail> {
    let want = length.min(2 * MAX_LINE as u64);
    file.seek(SeekFrom::Start(length - want))?;
    let mut bytes = vec![0; want as usize];
    file.read_exact(&mut bytes)?;
    let too_long = || std::io::Error::new(ErrorKind::InvalidData, "its last line is longer than any record");
    let Some(end) = memchr::memrchr(b'\n', &bytes) else {
        return match want == length {
            true => Ok(Tail { line: None, torn: length }),
            false => Err(too_long()),
        };
    };
    let start = match memchr::memrchr(b'\n', &bytes[..end]) {
        Some(before) => before + 1,
        None if want == length => 0,
        None => return Err(too_long()),
    };
    Ok(Tail { line: Some(bytes[start..end].to_vec()), torn: want - end as u64 - 1 })
}

/// Whether a path names another file by now than the one that was opened.
pub fn is_other(path: &Path, file: &File) -> bool {
    match (path.symlink_metadata(), file.metadata()) {
        (Ok(there), Ok(opened)) => identity(&there) != identity(&opened),
        _ => false,
    }
}

/// What tells a file from another of the same name; none where the system has no such thing.
pub fn identity(meta: &std::fs::Metadata) -> Option<(u64, u64)> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        Some((meta.dev(), meta.ino()))
    }
    #[cfg(not(unix))]
    {
        let _ = meta;
        None
    }
}
