//! A read-only set of files, whatever holds it: a commit, the index, a folder, memory.
//!
//! Whoever judges sees paths and bytes only, and the same refusals from every source: no link or
//! submodule is followed, no large-file pointer is taken for the file, nothing is filtered or converted.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use super::batch::{Answer, Want};
use super::failure::Failure;
use super::fs;
use super::git::Repo;
use super::listing::{Found, Listing, Tracked, kind_of};
use super::oid::Oid;
use super::remote::{self, Remote};
use super::walk;
use crate::canon::{Fault, FaultKind};

pub use super::tree_entry::{Entry, EntryKind, OddName};

/// Content that stands in for a file kept elsewhere starts so (git-lfs specification, version 1).
const LFS: &[u8] = b"version https://git-lfs.github.com/spec/";
/// Largest folder object that is read, in bytes.
const MAX_FOLDER: usize = 64 << 20;
/// Files up to this size are read ahead, in bytes.
const READ_AHEAD: usize = 1 << 20;
/// As many of them are read at once.
const READ_TOGETHER: usize = 100;
/// No more are read ahead once this many bytes are kept.
const KEPT_AHEAD: usize = 256 << 20;
/// The largest file that anyone reads; in the work tree a larger one counts as changed.
const MAX_COMPARED: u64 = 256 << 20;
/// Work tree and HEAD are compared this many bytes at a time, or one file.
const COMPARED_TOGETHER: u64 = 64 << 20;
/// From this many files on, one listing is cheaper than following each path.
const LIST_FROM: usize = 8;

/// A read-only set of files.
pub struct Tree {
    source: Source,
    listing: OnceLock<Listing>,
    /// Folder objects read so far while following single paths.
    folders: Mutex<BTreeMap<Oid, Vec<u8>>>,
    /// Files that were read before anybody asked, by path.
    ahead: OnceLock<BTreeMap<String, Vec<u8>>>,
    /// What git tracks, of a work tree.
    tracked: OnceLock<Tracked>,
}

enum Source {
    Git { repo: Repo, commit: Oid },
    Remote { remote: Arc<dyn Remote>, repo: Option<Repo>, commit: Oid },
    Index { repo: Repo, file: Option<PathBuf> },
    Folder { root: PathBuf, repo: Option<Repo> },
    Memory(BTreeMap<String, Vec<u8>>),
}

impl Tree {
    fn new(source: Source) -> Tree {
        Tree {
            source,
            listing: OnceLock::new(),
            folders: Mutex::default(),
            ahead: OnceLock::new(),
            tracked: OnceLock::new(),
        }
    }

    /// The files of a commit. Nothing is read yet.
    pub fn git(repo: &Repo, commit: &Oid) -> Tree {
        Tree::new(Source::Git { repo: repo.clone(), commit: commit.clone() })
    }

    /// The files of a commit that is not in this clone. What the clone has of them is read there.
    pub fn remote(remote: Arc<dyn Remote>, repo: Option<&Repo>, commit: &Oid) -> Tree {
        Tree::new(Source::Remote { remote, repo: repo.cloned(), commit: commit.clone() })
    }

    /// The files that are staged: what a commit made now would hold.
    pub fn index(repo: &Repo) -> Tree {
        Tree::new(Source::Index { repo: repo.clone(), file: None })
    }

    /// The files of another index file: git names one to a hook by `GIT_INDEX_FILE` when only a part of
    /// what is staged is being committed.
    pub fn index_file(repo: &Repo, file: PathBuf) -> Tree {
        Tree::new(Source::Index { repo: repo.clone(), file: Some(file) })
    }

    /// The files of a folder. `node_modules` and `target` are skipped.
    pub fn folder(root: PathBuf) -> Tree {
        Tree::new(Source::Folder { root, repo: None })
    }

    /// The files of a repository's work tree. `node_modules` and `target` are skipped where nothing in
    /// them is tracked, and an untracked folder that can't be listed is told as an entry.
    pub fn worktree(repo: &Repo) -> Tree {
        Tree::new(Source::Folder { root: repo.root().to_owned(), repo: Some(repo.clone()) })
    }

    /// Files that stand nowhere. For tests.
    pub fn memory(files: BTreeMap<String, Vec<u8>>) -> Tree {
        Tree::new(Source::Memory(files))
    }

    /// What this is, for messages.
    pub fn describe(&self) -> String {
        match &self.source {
            Source::Git { commit, .. } | Source::Remote { commit, .. } => {
                format!("commit {}", commit.short())
            }
            Source::Index { .. } => "the index".to_owned(),
            Source::Folder { repo: Some(_), .. } => "the work tree".to_owned(),
            Source::Folder { root, repo: None } => format!("the folder {}", root.display()),
            Source::Memory(_) => "memory".to_owned(),
        }
    }

    /// The commit, if this is one.
    pub fn commit(&self) -> Option<&Oid> {
        match &self.source {
            Source::Git { commit, .. } | Source::Remote { commit, .. } => Some(commit),
            _ => None,
        }
    }

    /// Whether it was read from a server rather than from here.
    pub fn is_remote(&self) -> bool {
        matches!(self.source, Source::Remote { .. })
    }

    /// All files, sorted by path; read once.
    ///
    /// # Errors
    /// The tree can't be listed whole, or holds two entries at one path.
    pub fn list(&self) -> Result<&[Entry], Failure> {
        Ok(&self.listing()?.entries)
    }

    /// Whether git knows that a folder holds the same files in another commit. Not known is not the same.
    pub fn has_same_folder(&self, other: &Tree, dir: &str) -> bool {
        self.folder_id(dir).is_some_and(|id| other.folder_id(dir) == Some(id))
    }

    /// Whether git knows that a file has the same bytes in another commit. Not known is not the same.
    pub fn has_same_file(&self, other: &Tree, path: &str) -> bool {
        let id = |tree: &Tree| match (&tree.source, tree.listing()) {
            (Source::Git { .. } | Source::Remote { .. }, Ok(listing)) => match listing.find(path) {
                Found::File(oid) => oid,
                _ => None,
            },
            _ => None,
        };
        id(self).is_some_and(|oid| id(other) == Some(oid))
    }

    /// The name that git gives to a folder and all in it: equal names, equal files. None if it is not known.
    pub fn folder_id(&self, dir: &str) -> Option<String> {
        let (Source::Git { .. } | Source::Remote { .. }) = &self.source else { return None };
        self.listing().ok()?.folders.get(dir).map(|oid| oid.as_str().to_owned())
    }

    /// The bytes of a file. None if there is none.
    ///
    /// # Errors
    /// [`FaultKind::Place`] for anything but a regular file, for a link or submodule on the way and for a
    /// large-file pointer; [`FaultKind::Limit`] for more than `limit` bytes; [`FaultKind::Io`].
    pub fn read(&self, path: &str, limit: usize) -> Result<Option<Vec<u8>>, Fault> {
        self.read_many(&[(path.to_owned(), limit)]).pop().unwrap_or(Ok(None))
    }

    /// Reads the small files of a commit for which `wanted` holds in one go, so that reading them one
    /// toolpack after another does not wait for git each time; of very many no more than fit into memory.
    /// Does nothing for other trees, nor a second time; what is not read now is asked for again, and told,
    /// when it is needed.
    pub fn read_ahead(&self, wanted: impl Fn(&str) -> bool) {
        let (Source::Git { .. }, Ok(entries), None) = (&self.source, self.list(), self.ahead.get()) else {
            return;
        };
        let files = entries.iter().filter(|e| matches!(e.kind, EntryKind::File | EntryKind::Executable));
        let paths: Vec<(String, usize)> =
            files.filter(|e| wanted(&e.path)).map(|e| (e.path.clone(), READ_AHEAD)).collect();
        let (mut kept, mut total) = (BTreeMap::new(), 0);
        for some in paths.chunks(READ_TOGETHER) {
            for ((path, _), bytes) in some.iter().zip(self.read_many(some)) {
                if let Ok(Some(bytes)) = bytes {
                    total += bytes.len();
                    kept.insert(path.clone(), bytes);
                }
            }
            if total > KEPT_AHEAD {
                break;
            }
        }
        let _ = self.ahead.set(kept);
    }

    /// The bytes of many files, each as by [`Tree::read`], through one process.
    pub fn read_many(&self, paths: &[(String, usize)]) -> Vec<Result<Option<Vec<u8>>, Fault>> {
        if let Some(ahead) = self.ahead.get() {
            let kept = |(path, limit): &(String, usize)| {
                ahead.get(path).filter(|bytes| bytes.len() <= *limit).cloned()
            };
            let mut answers: Vec<Option<Vec<u8>>> = paths.iter().map(kept).collect();
            let open: Vec<(String, usize)> = paths
                .iter()
                .zip(&answers)
                .filter(|(_, kept)| kept.is_none())
                .map(|(want, _)| want.clone())
                .collect();
            let mut rest = self.read_now(&open).into_iter();
            return answers
                .iter_mut()
                .map(|kept| kept.take().map_or_else(|| rest.next().unwrap_or(Ok(None)), |b| Ok(Some(b))))
                .collect();
        }
        self.read_now(paths)
    }

    fn read_now(&self, paths: &[(String, usize)]) -> Vec<Result<Option<Vec<u8>>, Fault>> {
        if paths.is_empty() {
            return Vec::new();
        }
        let (repo, commit) = match &self.source {
            Source::Git { repo, commit } => (Some(repo), Some(commit)),
            Source::Index { repo, .. } => (Some(repo), None),
            Source::Remote { repo, .. } => (repo.as_ref(), None),
            Source::Folder { root, repo } => {
                return paths
                    .iter()
                    .map(|(path, limit)| self.read_in_folder(root, repo.as_ref(), path, *limit))
                    .collect();
            }
            Source::Memory(files) => {
                return paths.iter().map(|(path, limit)| read_in_memory(files, path, *limit)).collect();
            }
        };
        // Few files of a commit: follow their paths, folder by folder, instead of listing all.
        let walked = commit.filter(|_| self.listing.get().is_none() && paths.len() < LIST_FROM);
        let mut wants = Vec::new();
        let found: Vec<Result<bool, Fault>> = paths
            .iter()
            .map(|(path, limit)| {
                fs::check_relative(path)?;
                let found = match repo.zip(walked) {
                    Some((repo, commit)) => self.follow(repo, commit, path)?,
                    None => self.listing().map_err(|f| f.into_fault(path))?.find(path),
                };
                match file_of(path, found)? {
                    Some(oid) => wants.push(Want { name: oid.to_string(), limit: *limit }),
                    None => return Ok(false),
                }
                Ok(true)
            })
            .collect();
        let read = match (&self.source, repo) {
            (Source::Remote { remote, .. }, _) => remote::read(remote.as_ref(), repo, &wants),
            (_, Some(repo)) => repo.objects().read(&wants),
            (_, None) => Err("there is no repository".to_owned()),
        };
        let mut answers = read.map(Vec::into_iter);
        found
            .into_iter()
            .zip(paths)
            .map(|(found, (path, limit))| match (found?, &mut answers) {
                (false, _) => Ok(None),
                (true, Ok(answers)) => blob(path, answers.next(), *limit).map(Some),
                (true, Err(why)) => Err(Fault::new(path, FaultKind::Io, format!("it can't be read: {why}"))),
            })
            .collect()
    }

    /// The files below some paths whose bytes in the work tree are not those of HEAD: changed, added,
    /// removed, or of another kind. Filters play no part: compared is what would be judged.
    ///
    /// # Errors
    /// One of the sides can't be listed.
    pub fn changed_in_worktree(repo: &Repo, paths: &[String]) -> Result<Vec<String>, Failure> {
        let head = match repo.head()? {
            Some(commit) => Tree::git(repo, &commit),
            None => Tree::memory(BTreeMap::new()),
        };
        head.differs_from(&Tree::worktree(repo), paths)
    }

    /// As [`Tree::changed_in_worktree`], for trees of HEAD and of the work tree that are read already.
    ///
    /// # Errors
    /// One of the sides can't be listed.
    pub fn differs_from(&self, work: &Tree, paths: &[String]) -> Result<Vec<String>, Failure> {
        let head = self;
        let below = |e: &&Entry| {
            paths.iter().any(|p| {
                p == "."
                    || e.path.strip_prefix(p.as_str()).is_some_and(|r| r.is_empty() || r.starts_with('/'))
            })
        };
        let sizes: BTreeMap<&str, u64> =
            work.list()?.iter().filter(below).filter_map(|e| Some((e.path.as_str(), e.size?))).collect();
        let mut names: Vec<&str> =
            head.list()?.iter().chain(work.list()?).filter(below).map(|e| e.path.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let mut changed = Vec::new();
        let mut some: Vec<(String, usize)> = Vec::new();
        let mut together = 0;
        let compare = |some: &mut Vec<(String, usize)>, changed: &mut Vec<String>| {
            let pairs = head.read_many(some).into_iter().zip(work.read_many(some));
            let same = pairs.map(|pair| matches!(pair, (Ok(Some(a)), Ok(Some(b))) if a == b));
            changed
                .extend(some.iter().zip(same).filter(|(_, same)| !same).map(|((name, _), _)| name.clone()));
            some.clear();
        };
        for name in names {
            let Some(size) = sizes.get(name).copied().filter(|size| *size <= MAX_COMPARED) else {
                changed.push(name.to_owned());
                continue;
            };
            if together + size > COMPARED_TOGETHER {
                compare(&mut some, &mut changed);
                together = 0;
            }
            together += size;
            // Of no more bytes than the work tree has: a file that is longer in HEAD differs unread.
            some.push((name.to_owned(), usize::try_from(size).unwrap_or(usize::MAX)));
        }
        compare(&mut some, &mut changed);
        changed.sort_unstable();
        Ok(changed)
    }

    fn listing(&self) -> Result<&Listing, Failure> {
        match self.listing.get() {
            Some(listing) => Ok(listing),
            None => {
                let listing = self.make_listing()?;
                Ok(self.listing.get_or_init(|| listing))
            }
        }
    }

    /// What git tracks in the work tree; asked once.
    fn tracked(&self, repo: &Repo) -> Result<&Tracked, Failure> {
        match self.tracked.get() {
            Some(tracked) => Ok(tracked),
            None => {
                let tracked = Tracked::new(&printed(repo, &["ls-files", "-z"], None, "the index")?);
                Ok(self.tracked.get_or_init(|| tracked))
            }
        }
    }

    fn read_in_folder(
        &self,
        root: &Path,
        repo: Option<&Repo>,
        path: &str,
        limit: usize,
    ) -> Result<Option<Vec<u8>>, Fault> {
        fs::check_relative(path)?;
        // Where a walk came by, no other repository was on the way.
        let came_by = self.listing.get().is_some_and(|l| matches!(l.find(path), Found::File(_)));
        for (at, _) in path.match_indices('/').filter(|_| !came_by) {
            let (dir, mut tracked) = (&path[..at], Ok(false));
            let holds = || {
                tracked = repo.map_or(Ok(false), |repo| Ok(self.tracked(repo)?.holds(dir)));
                matches!(tracked, Ok(true))
            };
            // As in a commit, where another repository is a submodule.
            let barrier = walk::is_other_repository(&root.join(dir), holds);
            tracked.map_err(|failure: Failure| failure.into_fault(path))?;
            if barrier {
                return file_of(path, Found::Barrier(EntryKind::Submodule, dir.to_owned())).map(|_| None);
            }
        }
        fs::read_inside(root, path, limit)?.map(|bytes| plain(path, bytes)).transpose()
    }

    fn make_listing(&self) -> Result<Listing, Failure> {
        let subject = self.describe();
        match &self.source {
            Source::Git { repo, commit } => {
                let args = ["ls-tree", "-r", "-t", "-z", "--full-tree", "--end-of-options", commit.as_str()];
                Listing::of_tree(&printed(repo, &args, None, &subject)?, &subject)
            }
            Source::Remote { remote, commit, .. } => Listing::of_tree(&remote.listing(commit)?, &subject),
            Source::Index { repo, file } => {
                let args = ["ls-files", "-z", "--stage"];
                Listing::of_index(&printed(repo, &args, file.as_deref(), &subject)?, &subject)
            }
            Source::Folder { root, repo: None } => {
                Listing::new(walk::walk(root, "", None)?, BTreeMap::new(), &subject)
            }
            Source::Folder { root, repo: Some(repo) } => {
                let tracked = self.tracked(repo)?;
                let holds = |dir: &str| tracked.holds(dir);
                Listing::new(walk::walk(root, "", Some(&holds))?, BTreeMap::new(), &subject)
            }
            Source::Memory(files) => {
                let entries = files.iter().map(|(path, bytes)| {
                    let mut entry = Entry::new(path.clone(), EntryKind::File);
                    entry.size = Some(bytes.len() as u64);
                    entry
                });
                Listing::new(entries.collect(), BTreeMap::new(), &subject)
            }
        }
    }

    /// Follows a path through folder objects.
    fn follow(&self, repo: &Repo, commit: &Oid, path: &str) -> Result<Found, Fault> {
        let failed = |why: String| Fault::new(path, FaultKind::Io, format!("it can't be read: {why}"));
        let raw_len = commit.as_str().len() / 2;
        let mut folder = format!("{commit}^{{tree}}");
        let mut end = 0;
        for part in path.split('/') {
            end += part.len();
            let found = self
                .in_folder(repo, &folder, |bytes| find_raw(bytes, part.as_bytes(), raw_len))
                .map_err(failed)?
                .map_err(|()| failed("a folder object is damaged".to_owned()))?;
            let Some((mode, oid)) = found else { return Ok(Found::Nothing) };
            let kind = kind_of(&mode);
            let last = end == path.len();
            match (mode.as_str(), kind) {
                ("40000" | "040000", _) if last => return Ok(Found::Folder),
                ("40000" | "040000", _) => folder = oid.to_string(),
                (_, EntryKind::File | EntryKind::Executable) if last => return Ok(Found::File(Some(oid))),
                // A file where the path wants a folder: what the path names is not there.
                (_, EntryKind::File | EntryKind::Executable) => return Ok(Found::Nothing),
                _ => return Ok(Found::Barrier(kind, path[..end].to_owned())),
            }
            end += 1;
        }
        Ok(Found::Nothing)
    }

    fn in_folder<T>(&self, repo: &Repo, name: &str, look: impl Fn(&[u8]) -> T) -> Result<T, String> {
        let mut seen = self.folders.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let known = Oid::parse(name).and_then(|oid| seen.get(&oid));
        if let Some(bytes) = known {
            return Ok(look(bytes));
        }
        match repo.objects().one(name, MAX_FOLDER)? {
            Answer::Object { oid, kind, bytes } if kind == "tree" => {
                let result = look(&bytes);
                seen.insert(oid, bytes);
                Ok(result)
            }
            Answer::Object { kind, .. } => Err(format!("a {kind} stands where a folder should")),
            Answer::Missing => Err(absent(name)),
            Answer::TooLarge(size) => Err(format!("a folder object has {size} bytes")),
        }
    }
}

impl std::fmt::Debug for Tree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tree({})", self.describe())
    }
}

fn printed(repo: &Repo, args: &[&str], index: Option<&Path>, subject: &str) -> Result<Vec<u8>, Failure> {
    let args: Vec<&OsStr> = args.iter().map(OsStr::new).collect();
    let out = repo.git(&args, index, subject)?;
    match out.code {
        Some(0) => Ok(out.stdout),
        _ => Err(Failure::new(subject, "git can't list its files")
            .why(out.complaint())
            .hint("actions/checkout with  fetch-depth: 0  and without  filter")
            .hint("git fsck")),
    }
}

/// Finds a name in a tree object (`<mode> <name>\0<raw oid>` …). A name that stands twice is damage.
pub(super) fn find_raw(mut bytes: &[u8], name: &[u8], raw_len: usize) -> Result<Option<(String, Oid)>, ()> {
    let mut found = None;
    while !bytes.is_empty() {
        let space = bytes.iter().position(|b| *b == b' ').ok_or(())?;
        let nul = space + bytes[space..].iter().position(|b| *b == 0).ok_or(())?;
        let raw = bytes.get(nul + 1..nul + 1 + raw_len).ok_or(())?;
        if &bytes[space + 1..nul] == name {
            let mode = String::from_utf8_lossy(&bytes[..space]).into_owned();
            if found.replace((mode, Oid::from_raw(raw))).is_some() {
                return Err(());
            }
        }
        bytes = &bytes[nul + 1 + raw_len..];
    }
    Ok(found)
}

fn absent(name: &str) -> String {
    format!("object {} is not in this clone", name.get(..12).unwrap_or(name))
}

/// The object to read for what stands at a path; none if nothing does.
fn file_of(path: &str, found: Found) -> Result<Option<Oid>, Fault> {
    let refuse = |message: String| Err(Fault::new(path, FaultKind::Place, message));
    match found {
        Found::Nothing => Ok(None),
        Found::File(oid) => Ok(oid),
        Found::Folder => refuse("it is a folder; only a regular file is read".to_owned()),
        Found::Barrier(kind, at) => {
            let word = match kind {
                EntryKind::Symlink => "a symbolic link",
                EntryKind::Submodule => "a submodule",
                _ => "not a regular file",
            };
            match at == path {
                true => refuse(format!("it is {word}; only a regular file is read")),
                false => refuse(format!("{at} on the way is {word}; none is followed")),
            }
        }
    }
}

fn blob(path: &str, answer: Option<Answer>, limit: usize) -> Result<Vec<u8>, Fault> {
    match answer {
        Some(Answer::Object { kind, bytes, .. }) if kind == "blob" => plain(path, bytes),
        Some(Answer::TooLarge(size)) => Err(fs::too_large(path, size, limit)),
        Some(Answer::Missing) => Err(Fault::new(path, FaultKind::Io, "its content is not in this clone")
            .hint("fetch it whole: actions/checkout without  filter, or  git fetch --refetch --no-filter")),
        _ => Err(Fault::new(path, FaultKind::Io, "git holds something else than a file under its name")),
    }
}

/// Bytes that are the file itself.
fn plain(path: &str, bytes: Vec<u8>) -> Result<Vec<u8>, Fault> {
    match bytes.starts_with(LFS) {
        true => Err(Fault::new(path, FaultKind::Place, "it is an LFS pointer, not the file itself")
            .hint("keep it out of LFS: files that are judged must be in git")),
        false => Ok(bytes),
    }
}

fn read_in_memory(
    files: &BTreeMap<String, Vec<u8>>,
    path: &str,
    limit: usize,
) -> Result<Option<Vec<u8>>, Fault> {
    fs::check_relative(path)?;
    match files.get(path) {
        Some(bytes) if bytes.len() > limit => Err(fs::too_large(path, bytes.len() as u64, limit)),
        Some(bytes) => plain(path, bytes.clone()).map(Some),
        None => {
            let prefix = format!("{path}/");
            match files.range(prefix.clone()..).next() {
                Some((other, _)) if other.starts_with(&prefix) => file_of(path, Found::Folder).map(|_| None),
                _ => Ok(None),
            }
        }
    }
}
