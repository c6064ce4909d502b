//! Lines of any number in, the folder of a capture out: sorted, named after its content, there whole or not at all.
//!
//! Lines wait on disk and only their keys in memory, so that a capture may be larger than memory.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{blocks, fs};
use crate::canon::{Fault, FaultKind};

/// The exchanges of a capture.
pub const EXCHANGES: &str = "exchanges.jsonl";
/// Those of one that the reference system stored.
const OLD_EXCHANGES: &str = "exchanges.json";
/// What is known of them together.
pub const HEADER: &str = "capture.json";

/// How folders of captures that are being written begin.
const NEW: &str = ".new-";
/// A file in such a folder that is locked as long as somebody writes there.
const HELD: &str = "held";

/// The file that a path leads to: that of the exchanges, where it is the folder of a capture of either age.
pub fn file_of(path: &Path) -> PathBuf {
    let inside = [EXCHANGES, OLD_EXCHANGES].map(|name| path.join(name));
    match path.is_dir() {
        true => inside.iter().find(|path| path.is_file()).unwrap_or(&inside[0]).clone(),
        false => path.to_owned(),
    }
}

/// The folder of the capture that is stored under an id.
pub fn by_id(store: &Path, id: &str) -> Option<PathBuf> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let is_id = !id.is_empty() && !id.starts_with('.') && id.bytes().all(plain);
    is_id.then(|| store.join(id)).filter(|dir| dir.is_dir())
}

/// The lines of a capture that is being written.
pub struct Spool {
    // Members go in this order: the file before its folder, and that before the folders that it stands in.
    held: File,
    dir: tempfile::TempDir,
    made: Made,
    lines: BufWriter<File>,
    rows: Vec<Row>,
    end: u64,
}

struct Row {
    key: String,
    offset: u64,
    length: usize,
}

/// A capture whose exchanges are written, and which has no place yet.
pub struct Written {
    held: File,
    dir: tempfile::TempDir,
    _made: Made,
    store: PathBuf,
    /// 64 hex digits over the exchanges.
    pub sha256: String,
}

/// Folders that were made for a capture. Those that are empty in the end go away again.
struct Made(Vec<PathBuf>);

impl Drop for Made {
    fn drop(&mut self) {
        for dir in &self.0 {
            // One that something stands in stays.
            let _ = std::fs::remove_dir(dir);
        }
    }
}

fn failed(path: &Path, e: &std::io::Error) -> Fault {
    Fault::new(&path.to_string_lossy(), FaultKind::Io, format!("it can't be written: {e}"))
}

/// Takes away what runs left that were ended in the middle. One that nobody holds any more is nobody's.
fn sweep(store: &Path) {
    for entry in std::fs::read_dir(store).into_iter().flatten().flatten() {
        let is_new = entry.file_name().to_string_lossy().starts_with(NEW);
        if !is_new || !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        // What can't be taken away now is so the next time.
        let held = File::options().write(true).open(entry.path().join(HELD));
        if held.is_ok_and(|file| file.try_lock().is_ok()) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

impl Spool {
    /// Begins a capture in a folder of captures, which is made if it is not there.
    ///
    /// # Errors
    /// [`FaultKind::Io`] when the world fails.
    pub fn new(store: &Path) -> Result<Spool, Fault> {
        let missing = store.ancestors().take_while(|dir| !dir.as_os_str().is_empty() && !dir.exists());
        let made = Made(missing.map(Path::to_owned).collect());
        std::fs::create_dir_all(store).map_err(|e| failed(store, &e))?;
        sweep(store);
        let dir = tempfile::Builder::new().prefix(NEW).tempdir_in(store).map_err(|e| failed(store, &e))?;
        let held = dir.path().join(HELD);
        let held = File::create_new(&held).map_err(|e| failed(&held, &e))?;
        // Where files can't be locked, nobody takes it away either.
        let _ = held.try_lock();
        let path = dir.path().join("lines");
        let file = File::options()
            .create_new(true)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(|e| failed(&path, &e))?;
        Ok(Spool {
            held,
            dir,
            made,
            lines: BufWriter::with_capacity(1 << 20, file),
            rows: Vec::new(),
            end: 0,
        })
    }

    /// Takes a line. Lines stand in the order of their keys, and among equal keys as they came.
    ///
    /// # Errors
    /// [`FaultKind::Io`] when the world fails.
    pub fn add(&mut self, key: String, line: &str) -> Result<(), Fault> {
        self.lines.write_all(line.as_bytes()).map_err(|e| failed(self.dir.path(), &e))?;
        self.rows.push(Row { key, offset: self.end, length: line.len() });
        self.end += line.len() as u64;
        Ok(())
    }

    /// Writes all lines in their order, each as `shown` makes it of the line and of how many with an equal key stand
    /// before it.
    ///
    /// # Errors
    /// [`FaultKind::Io`] when the world fails.
    pub fn write(self, store: &Path, shown: &dyn Fn(&str, &str, usize) -> String) -> Result<Written, Fault> {
        let Spool { made, dir, held, lines, mut rows, .. } = self;
        let fail = |e: &std::io::Error| failed(dir.path(), e);
        let file = lines.into_inner().map_err(|e| fail(e.error()))?;
        let mut lines = BufReader::with_capacity(256 << 10, file);
        // Stable.
        rows.sort_by(|a, b| a.key.cmp(&b.key));
        let path = dir.path().join(EXCHANGES);
        let mut out = BufWriter::with_capacity(1 << 20, File::create_new(&path).map_err(|e| fail(&e))?);
        let (mut sum, mut before, mut repeats, mut at) = (Sha256::new(), None::<&str>, 0, 0u64);
        let mut line = Vec::new();
        lines.seek(SeekFrom::Start(0)).map_err(|e| fail(&e))?;
        for row in &rows {
            // Relative: what is in the buffer already is not read again.
            lines.seek_relative(row.offset as i64 - at as i64).map_err(|e| fail(&e))?;
            line.resize(row.length, 0);
            lines.read_exact(&mut line).map_err(|e| fail(&e))?;
            at = row.offset + row.length as u64;
            repeats = if before == Some(row.key.as_str()) { repeats + 1 } else { 0 };
            before = Some(&row.key);
            let mut text = shown(&row.key, std::str::from_utf8(&line).unwrap_or_default(), repeats);
            text.push('\n');
            sum.update(text.as_bytes());
            out.write_all(text.as_bytes()).map_err(|e| fail(&e))?;
        }
        out.into_inner().map_err(|e| fail(e.error()))?.sync_all().map_err(|e| fail(&e))?;
        std::fs::remove_file(dir.path().join("lines")).map_err(|e| fail(&e))?;
        let sha256 = sum.finalize().iter().map(|b| format!("{b:02x}")).collect();
        Ok(Written { held, dir, _made: made, store: store.to_owned(), sha256 })
    }
}

impl Written {
    /// Gives it its name and what is known of it. Where one of this name stands already only the rest is written, but
    /// for exchanges that are no longer those that were stored: they are written anew.
    ///
    /// # Errors
    /// [`FaultKind::Io`] when the world fails; nothing of it stands there then.
    pub fn place(self, id: &str, header: &str) -> Result<PathBuf, Fault> {
        let to = self.store.join(id);
        let there = to.join(EXCHANGES);
        if there.is_file() {
            if blocks::sha256(&there)? != self.sha256 {
                std::fs::rename(self.dir.path().join(EXCHANGES), &there).map_err(|e| failed(&there, &e))?;
            }
            fs::write_atomic(&to.join(HEADER), header.as_bytes())?;
            return Ok(to);
        }
        fs::write_atomic(&self.dir.path().join(HEADER), header.as_bytes())?;
        let held = self.dir.path().join(HELD);
        drop(self.held);
        std::fs::remove_file(&held).map_err(|e| failed(&held, &e))?;
        std::fs::rename(self.dir.path(), &to).map_err(|e| failed(&to, &e))?;
        // It is another folder's name now; nothing is left to be taken away.
        let _ = self.dir.keep();
        Ok(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(dir: &Path, lines: &[(&str, &str)]) -> PathBuf {
        let mut spool = Spool::new(dir).unwrap();
        for (key, line) in lines {
            spool.add((*key).to_owned(), line).unwrap();
        }
        let written = spool.write(dir, &|key, line, n| format!("{key}{n} {line}")).unwrap();
        let id = format!("cap_{}", &written.sha256[..6]);
        written.place(&id, "{}\n").unwrap()
    }

    #[test]
    fn an_id_leads_nowhere_else() {
        let dir = tempfile::tempdir().unwrap();
        let store = dir.path().join("captures");
        for name in ["captures/cap_1", "captures/.new-x", "other"] {
            std::fs::create_dir_all(dir.path().join(name)).unwrap();
        }
        assert_eq!(by_id(&store, "cap_1"), Some(store.join("cap_1")));
        for id in ["", ".", "..", "../other", ".new-x", "cap_2", "cap_1/", "/tmp"] {
            assert_eq!(by_id(&store, id), None, "{id}");
        }
    }

    #[test]
    fn what_is_given_up_leaves_no_folder() {
        let dir = tempfile::tempdir().unwrap();
        let store = dir.path().join(".caskmcp/captures");
        let mut spool = Spool::new(&store).unwrap();
        spool.add("a".into(), "{}").unwrap();
        assert!(store.is_dir());
        drop(spool);
        assert_eq!(dir.path().read_dir().unwrap().count(), 0);
        std::fs::create_dir_all(dir.path().join(".caskmcp")).unwrap();
        let mut spool = Spool::new(&store).unwrap();
        spool.add("a".into(), "{}").unwrap();
        drop(spool.write(&store, &|_, line, _| line.to_owned()).unwrap());
        assert!(!store.exists() && dir.path().join(".caskmcp").is_dir(), "it was there before");
    }

    #[test]
    fn lines_are_sorted_and_the_folder_is_there_whole() {
        let dir = tempfile::tempdir().unwrap();
        let lines = [("b", "2"), ("a", "1é"), ("b", "3"), ("a", "0")];
        let path = store(dir.path(), &lines);
        assert_eq!(std::fs::read_to_string(path.join(EXCHANGES)).unwrap(), "a0 1é\na1 0\nb0 2\nb1 3\n");
        assert_eq!(store(dir.path(), &lines), path, "the same again");
        std::fs::write(path.join(EXCHANGES), "a0 1\n").unwrap();
        assert_eq!(store(dir.path(), &lines), path);
        assert_eq!(std::fs::read_to_string(path.join(EXCHANGES)).unwrap(), "a0 1é\na1 0\nb0 2\nb1 3\n");
        assert_eq!(dir.path().read_dir().unwrap().count(), 1, "nothing else is left");
    }

    #[test]
    fn what_a_run_left_that_was_ended_is_taken_away_and_what_is_being_written_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let goes_on = Spool::new(dir.path()).unwrap();
        let left = dir.path().join(".new-left");
        std::fs::create_dir(&left).unwrap();
        std::fs::write(left.join(HELD), "").unwrap();
        // Not ours, or so new that nobody holds it yet.
        let other = dir.path().join(".new-other");
        std::fs::create_dir(&other).unwrap();
        let path = store(dir.path(), &[("a", "1")]);
        assert!(!left.exists() && other.exists() && goes_on.dir.path().exists());
        assert_eq!(path.read_dir().unwrap().count(), 2, "the exchanges, and what is known of them");
    }

    #[test]
    fn what_is_given_up_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let mut spool = Spool::new(dir.path()).unwrap();
        spool.add("a".into(), "1").unwrap();
        drop(spool);
        assert_eq!(dir.path().read_dir().unwrap().count(), 0);
    }
}
