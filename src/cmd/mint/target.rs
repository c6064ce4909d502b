//! Where a toolpack is minted into: its folder, the repository around it, and what lies there already.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::sources::{Read, named_after};
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::io::fs::slashed;
use crate::io::git::Repo;
use crate::io::load::{self, Loaded};
use crate::io::lock::{Lock, sidecar};
use crate::io::tree::Tree;
use crate::model::schema_version::Generation;
use crate::model::toolpack::{HEADER, is_plain_path, join};
use crate::model::{limits, lockfile};

/// Where the toolpack lies, or will lie.
pub struct Target {
    /// The folder.
    pub dir: PathBuf,
    /// As the user can type it.
    pub shown: String,
    /// Its path from the root of what is judged.
    pub inside: String,
    /// The root of what is judged.
    pub root: PathBuf,
    /// The repository that it lies in.
    pub repo: Option<Repo>,
}

/// The place of a new toolpack, held while its files are written.
pub struct First {
    held: Lock,
    /// Folders that were not there.
    made: BTreeSet<PathBuf>,
    /// The file that is locked, if it was not there.
    beside: Option<PathBuf>,
}

impl First {
    /// Takes away what was made for it, where nothing came of it. What is not empty stays.
    pub fn undo(self) {
        // While it is held: whoever comes next finds nothing, and makes it anew.
        if let Some(beside) = &self.beside {
            let _ = std::fs::remove_file(beside);
        }
        // What lies below comes behind what is above.
        for dir in self.made.iter().rev() {
            let _ = std::fs::remove_dir(dir);
        }
        drop(self.held);
    }
}

impl Target {
    /// The folder that was named, or one named after what was read.
    ///
    /// # Errors
    /// No folder, or a path that not every machine reads alike.
    pub fn of(output: Option<&Path>, name: Option<&str>, read: &[Read], ctx: &Ctx) -> Result<Target, Failed> {
        let default =
            || PathBuf::from("toolpacks").join(name.map_or_else(|| named_after(read), str::to_owned));
        let output = output.map_or_else(default, Path::to_owned);
        let output = match output.file_name().is_some_and(|name| name == HEADER) {
            true => output.parent().map_or_else(PathBuf::new, Path::to_owned),
            false => output,
        };
        let shown = output.display().to_string();
        let shown = if shown.is_empty() { ".".to_owned() } else { shown };
        let full = ctx.cwd.join(&output);
        if full.exists() && !full.is_dir() {
            return Err(Failed::new("input", shown, "it is no folder")
                .hint("--output names the folder of a toolpack"));
        }
        // The part of the way that is there can be followed; the rest is made.
        let (mut there, mut rest) = (full.clone(), Vec::new());
        while !there.exists() {
            let Some(name) = there.file_name().map(|name| name.to_owned()) else { break };
            rest.push(name);
            there.pop();
        }
        let there = there.canonicalize().map_err(|e| Failed::new("io", shown.clone(), e.to_string()))?;
        let dir = rest.iter().rev().fold(there.clone(), |dir, name| dir.join(name));
        let repo = Repo::discover(&there)?.filter(|repo| !repo.is_bare());
        let root = match &repo {
            Some(repo) => repo.root().canonicalize().unwrap_or_else(|_| repo.root().to_owned()),
            None => dir.clone(),
        };
        let inside = dir.strip_prefix(&root).ok().and_then(slashed);
        let inside = inside.filter(|path| path.is_empty() || is_plain_path(path)).ok_or_else(|| {
            Failed::new("input", shown.clone(), "its path has characters that not every machine reads alike")
                .hint("folders of toolpacks are named with A-Z a-z 0-9 . _ -")
        })?;
        Ok(Target { dir, shown, inside, root, repo })
    }

    /// The toolpack that lies there, if one does.
    pub fn load(&self) -> Result<Option<Loaded>, Failed> {
        if !self.dir.join(HEADER).exists() {
            return Ok(None);
        }
        let header = join(&self.inside, HEADER);
        let loaded = load::toolpack(&self.tree(), &header).map_err(|f| Failed::from(f).about(&self.shown))?;
        match loaded.pack.header.generation {
            Generation::V2 => Ok(Some(loaded)),
            Generation::V1 => {
                Err(Failed::new("input", self.shown.clone(), "the toolpack that lies there is of version 1")
                    .hint(format!("cask migrate --toolpack {}, then mint again", self.shown)))
            }
        }
    }

    pub fn tree(&self) -> Tree {
        match &self.repo {
            Some(repo) => Tree::worktree(repo),
            None => Tree::folder(self.root.clone()),
        }
    }

    /// Holds the lockfile of the toolpack that lies there.
    ///
    /// # Errors
    /// A header that cannot be read, or a lockfile that somebody else holds.
    pub fn hold(&self) -> Result<Lock, Failed> {
        let header = join(&self.inside, HEADER);
        let lock = load::lock_path(&self.tree(), &header).map_err(|f| Failed::from(f).about(&self.shown))?;
        Ok(Lock::exclusive(&self.root.join(lock))?)
    }

    /// Makes the folder of a new toolpack and holds it. `texts` are the files that it will have.
    ///
    /// # Errors
    /// Somebody else holds it, or made a toolpack there.
    pub fn first(&self, texts: &BTreeMap<String, String>, lock: &str) -> Result<First, Failed> {
        let lock = self.dir.join(lock);
        let beside = sidecar(&lock);
        let files = texts.keys().map(|path| self.dir.join(path)).chain([beside.clone()]);
        let mut made: BTreeSet<PathBuf> = BTreeSet::new();
        for file in files {
            let above = file.ancestors().skip(1).map(Path::to_owned);
            made.extend(
                above.take_while(|dir| !dir.as_os_str().is_empty() && dir.symlink_metadata().is_err()),
            );
        }
        let beside = beside.symlink_metadata().is_err().then_some(beside);
        let held = Lock::exclusive(&lock)?;
        match self.dir.join(HEADER).exists() {
            true => Err(Failed::new("input", self.shown.clone(), "a toolpack came there meanwhile")
                .hint("run the command again")),
            false => Ok(First { held, made, beside }),
        }
    }

    /// Refuses a folder that has another file than these, or one of them with other bytes; `free` may have any.
    ///
    /// # Errors
    /// Such a file, with its name, or a folder that cannot be read.
    pub fn has_only(&self, texts: &BTreeMap<String, String>, free: &[&str]) -> Result<(), Failed> {
        let other = |path: &str, what: &str| {
            Failed::new("input", format!("{}/{path}", self.shown), what)
                .why("what somebody put there would be taken over as if it had been made")
                .hint(format!("read it, then move {} away or name another folder: --output DIR", self.shown))
        };
        let locks: Vec<PathBuf> = free.iter().map(|path| sidecar(&self.dir.join(path))).collect();
        let mut open = vec![self.dir.clone()];
        while let Some(dir) = open.pop() {
            let failed = |e: std::io::Error| Failed::new("io", self.shown.clone(), e.to_string());
            for entry in std::fs::read_dir(&dir).map_err(failed)? {
                let entry = entry.map_err(failed)?;
                let (full, kind) = (entry.path(), entry.file_type().map_err(failed)?);
                let inside = full.strip_prefix(&self.dir).ok().and_then(slashed);
                let path = inside.unwrap_or_else(|| entry.file_name().to_string_lossy().into_owned());
                let above = format!("{path}/");
                let is_free = free.contains(&path.as_str()) || locks.contains(&full);
                if kind.is_dir() {
                    if !texts.keys().any(|own| own.starts_with(&above)) {
                        return Err(other(&path, "it is no folder of what would be written"));
                    }
                    open.push(full);
                } else if !kind.is_file() || !is_free && !texts.contains_key(&path) {
                    return Err(other(&path, "it is no file that would be written"));
                }
            }
        }
        let fixed = self.changed(texts)?.into_iter().filter(|(path, _)| !free.contains(path));
        match fixed.map(|(path, _)| path).find(|path| self.dir.join(path).exists()) {
            Some(path) => Err(other(path, "it is not what would be written")),
            None => Ok(()),
        }
    }

    /// The files that are not there with the same bytes.
    pub fn changed<'t>(
        &self,
        texts: &'t BTreeMap<String, String>,
    ) -> Result<Vec<(&'t str, &'t str)>, Failed> {
        let tree = Tree::folder(self.dir.clone());
        let mut changed = Vec::new();
        for (path, text) in texts {
            if tree.read(path, limits::BASELINE)?.as_deref() != Some(text.as_bytes()) {
                changed.push((path.as_str(), text.as_str()));
            }
        }
        // Last what speaks of the others: the header, and then the lockfile.
        let rank = |path: &str| match path {
            HEADER => 1,
            _ if path.ends_with(lockfile::NAME) => 2,
            _ => 0,
        };
        changed.sort_by_key(|(path, _)| rank(path));
        Ok(changed)
    }
}
