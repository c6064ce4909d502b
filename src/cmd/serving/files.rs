//! What tells one state of a toolpack's files from another, without reading them.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::io::fs;
use crate::io::git::Repo;
use crate::run::live::Stamp;

/// Bytes of a file in which git keeps the name of a ref or a folder.
const MAX_REF: usize = 64 << 10;
/// Remotes whose HEAD is looked at.
const MAX_REMOTES: usize = 1_000;

/// The files that a served toolpack hangs on.
#[derive(Debug, Clone, Default)]
pub struct Watched {
    /// Files of the toolpack, its lockfile, trust file and gate.yaml.
    files: Vec<PathBuf>,
    /// Where git keeps the tips that the trust in force is read from.
    refs: Vec<PathBuf>,
}

impl Watched {
    /// Files alone.
    pub fn of(files: Vec<PathBuf>) -> Watched {
        Watched { files, refs: Vec::new() }
    }

    /// With where git keeps HEAD, the tip of the default branch, and that of the ref that a person named.
    pub fn with_refs(mut self, repo: Option<&Repo>, named: Option<&str>) -> Watched {
        let Some(repo) = repo else { return self };
        let own = repo.git_dir();
        // A linked work tree keeps its HEAD to itself and shares the rest.
        let common = line(&own.join("commondir")).map_or_else(|| own.to_owned(), |path| own.join(path));
        let kept = ["packed-refs", "config", "reftable/tables.list"].map(|file| common.join(file));
        self.refs = vec![own.join("HEAD")];
        self.refs.extend(kept);
        self.refs.extend(tips(&common, own));
        // As git looks a short name up.
        for folder in named.iter().flat_map(|_| ["", "refs", "refs/tags", "refs/heads", "refs/remotes"]) {
            self.refs.extend(named.map(|name| common.join(folder).join(name)));
        }
        self
    }

    /// These and others, each once.
    pub fn and(&self, others: &Watched) -> Watched {
        let both = |own: &[PathBuf], others: &[PathBuf]| {
            let known: HashSet<&PathBuf> = own.iter().collect();
            own.iter().chain(others.iter().filter(|path| !known.contains(path))).cloned().collect()
        };
        Watched { files: both(&self.files, &others.files), refs: both(&self.refs, &others.refs) }
    }

    /// Whether anything of them was written since then.
    pub fn written_since(&self, then: SystemTime) -> bool {
        let then = then.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64);
        self.stamp().0.into_iter().flatten().any(|[_, written, changed, ..]| written.max(changed) >= then)
    }

    /// How they stand now. A file that is not there is a state too.
    pub fn stamp(&self) -> Stamp {
        Stamp(self.files.iter().chain(&self.refs).map(|path| fs::stamp(path)).collect())
    }
}

/// The files of single refs that HEAD and the remotes' HEAD point at.
fn tips(common: &Path, own: &Path) -> Vec<PathBuf> {
    let mut heads = vec![own.join("HEAD")];
    let remotes = std::fs::read_dir(common.join("refs/remotes")).into_iter().flatten().flatten();
    heads.extend(remotes.take(MAX_REMOTES).map(|remote| remote.path().join("HEAD")));
    let pointed = |head: &PathBuf| Some(common.join(line(head)?.strip_prefix("ref: ")?));
    heads.iter().flat_map(|head| std::iter::once(head.clone()).chain(pointed(head))).collect()
}

/// What a small file of git says on its one line.
fn line(path: &Path) -> Option<String> {
    let bytes = fs::read_bounded(path, MAX_REF).ok()??;
    Some(String::from_utf8(bytes).ok()?.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_two_sets_are_looked_at_once_each_and_a_new_one_is_seen() {
        let dir = tempfile::tempdir().unwrap();
        let [a, b, c] = ["a", "b", "c"].map(|name| dir.path().join(name));
        std::fs::write(&a, "a").unwrap();
        let old = Watched::of(vec![a.clone(), b.clone()]);
        let both = old.and(&Watched::of(vec![c.clone(), a]));
        assert_eq!(both.files.len(), 3);
        let (before, of_old) = (both.stamp(), old.stamp());
        std::fs::write(&c, "c").unwrap();
        assert!(both.stamp() != before && old.stamp() == of_old);
    }
}
