//! The sides of a change as a command found them, resolved: what is judged, what it is compared with, whose
//! trust judges. Out come the trees to read and the names to report; nothing is read here.

use std::path::PathBuf;

use super::sources;
use crate::io::commits::Commits;
use crate::io::git::Repo;
use crate::io::oid::Oid;
use crate::io::tree::Tree;
use crate::model::report::{Source, SourceKind};

/// What is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Head {
    /// A commit.
    Commit(Oid),
    /// What is staged, in the index of the repository or in another file that git named.
    Index(Option<PathBuf>),
}

impl Head {
    /// Its files.
    pub fn tree(&self, repo: &Repo) -> Tree {
        match self {
            Head::Commit(oid) => Tree::git(repo, oid),
            Head::Index(None) => Tree::index(repo),
            Head::Index(Some(file)) => Tree::index_file(repo, file.clone()),
        }
    }

    /// How it is named in reports.
    pub fn source(&self, name: &str) -> Source {
        match self {
            Head::Commit(oid) => sources::commit(name, oid),
            Head::Index(_) => Source { kind: SourceKind::Worktree, commit: None, name: name.to_owned() },
        }
    }
}

/// The sides of a run.
pub struct Refs {
    /// Where its commits are read.
    pub commits: Commits,
    /// The files that are judged.
    pub files: Tree,
    /// What they are.
    pub head: Head,
    /// What people call it.
    pub head_name: String,
    /// The tip of the branch that it is for.
    pub base_tip: Oid,
    /// What it is compared with: where it left that branch.
    pub base: Oid,
    /// What people call the branch.
    pub base_name: String,
    /// The commit whose trust file judges.
    pub trust_tip: Oid,
    /// What people call it.
    pub trust_name: String,
}

impl Refs {
    /// How the judged side is named in reports.
    pub fn head_source(&self) -> Source {
        self.head.source(&self.head_name)
    }
}
