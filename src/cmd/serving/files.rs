//! What tells one state of a toolpack's files from another, without reading them.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::io::fs;
use crate::io::git::Repo;
use crate::run::live::Stamp;

/// The files that a served toolpack hangs on.
#[derive(Debug, Clone, Default)]
pub struct Watched {
    /// Files of the toolpack, its lockfile, trust file and gate.yaml.
    pub files: Vec<PathBuf>,
    /// Where git keeps the tips that the trust in force is read from.
    pub refs: Vec<PathBuf>,
}

impl Watched {
    /// With where git keeps the tip of the default branch, and HEAD's.
    pub fn with_refs(mut self, repo: Option<&Repo>) -> Watched {
        let Some(repo) = repo else { return self };
        let own = repo.git_dir();
        // A linked work tree keeps its HEAD to itself and shares the rest.
        let common = std::fs::read_to_string(own.join("commondir"))
            .map_or_else(|_| own.to_owned(), |text| own.join(text.trim_end()));
        self.refs = vec![own.join("HEAD"), common.join("packed-refs"), common.join("config")];
        self.refs.extend(tips(&common, own));
        self
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
    heads.extend(remotes.map(|remote| remote.path().join("HEAD")));
    let pointed = |head: &PathBuf| {
        let text = std::fs::read_to_string(head).ok()?;
        Some(common.join(text.strip_prefix("ref: ")?.trim_end()))
    };
    heads.iter().flat_map(|head| std::iter::once(head.clone()).chain(pointed(head))).collect()
}
